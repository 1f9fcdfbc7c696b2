//! Tolerant reading of AWS JSON: nulls where lists are expected, numbers as text, members that are of no use.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

/// Shared text: ids, states, names.
pub type Text = Arc<str>;

/// Empty text.
pub(crate) fn empty() -> Text {
    Arc::from("")
}

/// What was read and what could not be.
pub(crate) struct Reading<T> {
    pub value: T,
    /// Members (`IpPermissions[2]`) that could not be read, with the reason.
    pub unread: Vec<(String, String)>,
}

/// Reads a resource; members that cannot be read are left out and named, and so are single elements of lists.
pub(crate) fn read<T: DeserializeOwned + Default>(json: &str) -> Result<Reading<T>, String> {
    if let Ok(value) = serde_json::from_str(json) {
        return Ok(Reading { value, unread: Vec::new() });
    }
    let members: Map<String, Value> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let mut unread = Vec::new();
    let mut kept = Map::new();
    for (name, value) in members {
        match probe::<T>(&name, value.clone()) {
            Ok(()) => {
                kept.insert(name, value);
            }
            Err(reason) => match value {
                Value::Array(elements) => {
                    let mut good = Vec::new();
                    for (number, element) in elements.into_iter().enumerate() {
                        match probe::<T>(&name, Value::Array(vec![element.clone()])) {
                            Ok(()) => good.push(element),
                            Err(reason) => unread.push((format!("{name}[{number}]"), reason)),
                        }
                    }
                    kept.insert(name, Value::Array(good));
                }
                _ => unread.push((name, reason)),
            },
        }
    }
    let value = serde_json::from_value(Value::Object(kept)).unwrap_or_default();
    Ok(Reading { value, unread })
}

fn probe<T: DeserializeOwned>(name: &str, value: Value) -> Result<(), String> {
    let mut alone = Map::new();
    alone.insert(name.to_owned(), value);
    serde_json::from_value::<T>(Value::Object(alone)).map(drop).map_err(|error| error.to_string())
}

/// Text, also from a number or a boolean; empty for `null`.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
    Ok(maybe_text(from)?.unwrap_or_else(empty))
}

/// Text, also from a number or a boolean; `None` for `null` and for empty text.
pub(crate) fn maybe_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Text>, D::Error> {
    struct Seen;
    impl<'de> Visitor<'de> for Seen {
        type Value = Option<Text>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text")
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok((!text.is_empty()).then(|| Arc::from(text)))
        }
        fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
            Ok(Some(Arc::from(number.to_string())))
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(Arc::from(number.to_string())))
        }
        fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
            Ok(Some(Arc::from(if flag { "true" } else { "false" })))
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    from.deserialize_any(Seen)
}

/// A whole number, also from text; `None` for `null`.
pub(crate) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    struct Seen;
    impl<'de> Visitor<'de> for Seen {
        type Value = Option<i64>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number")
        }
        fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
            Ok(Some(number))
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
            i64::try_from(number).map(Some).map_err(|_| E::custom("the number is too large"))
        }
        fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
            format!("{number}").parse().map(Some).map_err(|_| E::custom("not a whole number"))
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            if text.is_empty() {
                return Ok(None);
            }
            text.trim().parse().map(Some).map_err(|_| E::custom("not a whole number"))
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    from.deserialize_any(Seen)
}

/// Yes or no, also as text (`true`, `enable`, `enabled`); `None` for `null`.
pub(crate) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    let text = maybe_text(from)?;
    match text.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None => Ok(None),
        Some("true" | "enable" | "enabled" | "on" | "1") => Ok(Some(true)),
        Some("false" | "disable" | "disabled" | "off" | "0") => Ok(Some(false)),
        Some(_) => Err(D::Error::custom("neither true nor false")),
    }
}

/// A CIDR block; an address alone stands for itself; `None` for `null`.
pub(crate) fn cidr<'de, D: Deserializer<'de>>(from: D) -> Result<Option<IpNet>, D::Error> {
    let Some(text) = maybe_text(from)? else { return Ok(None) };
    parse_cidr(&text).map(Some).ok_or_else(|| D::Error::custom(format!("`{text}` is no CIDR block")))
}

/// Address blocks from text, host bits cleared.
#[must_use]
pub fn parse_cidr(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>().map(|net| net.trunc()).or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()
}

/// An IP address; `None` for `null` and empty text.
pub(crate) fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Option<IpAddr>, D::Error> {
    let Some(text) = maybe_text(from)? else { return Ok(None) };
    text.trim().parse().map(Some).map_err(|_| D::Error::custom(format!("`{text}` is no IP address")))
}

/// A list; `null` is empty.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    struct Seen<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Seen<T> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
            let mut found = Vec::new();
            while let Some(element) = elements.next_element()? {
                found.push(element);
            }
            Ok(found)
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
    }
    from.deserialize_any(Seen(PhantomData))
}

/// A list that may not have been described at all: absent is `None`, `null` is empty.
pub(crate) fn known_list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<Vec<T>>, D::Error> {
    list(from).map(Some)
}

/// An object; `null` is its default.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// A list of text.
pub(crate) fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Text>, D::Error> {
    Ok(list::<D, Word>(from)?.into_iter().map(|word| word.0).collect())
}

/// A list of text that may not have been described at all.
pub(crate) fn known_texts<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Text>>, D::Error> {
    texts(from).map(Some)
}

/// A list of CIDR blocks as text.
pub(crate) fn cidrs<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<IpNet>>, D::Error> {
    let mut blocks = Vec::new();
    for text in texts(from)? {
        blocks.push(parse_cidr(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no CIDR block")))?);
    }
    Ok(Some(blocks))
}

/// One member of an object in a list, as text: `[{"GroupId": "sg-1"}]`.
macro_rules! named {
    ($name:ident, $key:literal) => {
        #[derive(Debug, Clone, Default, serde::Deserialize)]
        #[serde(default)]
        pub(crate) struct $name {
            #[serde(rename = $key, deserialize_with = "crate::model::read::text")]
            pub id: crate::model::read::Text,
        }
    };
}
pub(crate) use named;

struct Word(Text);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from).map(Word)
    }
}

/// A member whose value is kept as JSON text.
pub(crate) fn any_json<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    Value::deserialize(from)
}

/// The values of an object whose keys do not matter.
pub(crate) fn values<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    struct Seen<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Seen<T> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let mut found = Vec::new();
            while members.next_key::<IgnoredAny>()?.is_some() {
                found.push(members.next_value()?);
            }
            Ok(found)
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
    }
    from.deserialize_any(Seen(PhantomData))
}
