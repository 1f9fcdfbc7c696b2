//! JSON as a tree that keeps numbers as they were written, so that what is rebuilt equals what was stored.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// Levels a document may have; those of AWS have about ten.
const DEPTH_MAX: usize = 100;

/// A JSON value. Members are sorted, so that equal documents have equal texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// A number, `true`, `false` or `null`, as it was written.
    Plain(String),
    Text(String),
    List(Vec<Node>),
    Object(BTreeMap<String, Node>),
}

impl Node {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
        node(raw, 0)
    }

    /// Compact text, members in order of their names.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Text(text) => quoted(text, out),
            Self::List(nodes) => {
                out.push('[');
                for (index, node) in nodes.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    node.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, node)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    quoted(name, out);
                    out.push(':');
                    node.write(out);
                }
                out.push('}');
            }
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        if let Self::Object(members) = self { members.get(name) } else { None }
    }
}

fn quoted(text: &str, out: &mut String) {
    // A text can always be written; were it not so, an empty one would still be JSON.
    out.push_str(&serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned()));
}

fn node(raw: &RawValue, depth: usize) -> Result<Node, String> {
    if depth > DEPTH_MAX {
        return Err(format!("more than {DEPTH_MAX} levels"));
    }
    let text = raw.get();
    let failed = |error: serde_json::Error| error.to_string();
    match text.as_bytes().first() {
        Some(b'"') => Ok(Node::Text(serde_json::from_str(text).map_err(failed)?)),
        Some(b'[') => {
            let raws: Vec<&RawValue> = serde_json::from_str(text).map_err(failed)?;
            Ok(Node::List(raws.into_iter().map(|raw| node(raw, depth + 1)).collect::<Result<_, _>>()?))
        }
        Some(b'{') => {
            let Members(raws) = serde_json::from_str(text).map_err(failed)?;
            let members = raws
                .into_iter()
                .map(|(name, raw)| Ok((name, node(raw, depth + 1)?)))
                .collect::<Result<_, String>>()?;
            Ok(Node::Object(members))
        }
        _ => Ok(Node::Plain(text.to_owned())),
    }
}

/// The members of an object, not yet parsed.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::Node;

    #[test]
    fn text_is_canonical_and_numbers_stay_as_written() {
        let text = r#" {"b": [1.10, 12345678901234567890123, "x\u00e9\n"], "a": {"z": null, "y": true}} "#;
        let canonical = r#"{"a":{"y":true,"z":null},"b":[1.10,12345678901234567890123,"xé\n"]}"#;
        let node = Node::parse(text).unwrap();
        assert_eq!(node.to_text(), canonical);
        assert_eq!(Node::parse(canonical).unwrap(), node);
    }

    #[test]
    fn a_bottomless_document_is_refused() {
        let text = format!("{}{}", "[".repeat(120), "]".repeat(120));
        assert!(Node::parse(&text).is_err());
    }
}
