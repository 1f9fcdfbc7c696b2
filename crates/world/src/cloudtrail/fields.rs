//! Reading members of a document that several dialects spell differently.

use serde_json::Value;

static NULL: Value = Value::Null;

/// A document seen through tolerant accessors.
///
/// A path names nested members with `/` and alternatives with `|` (`NatGateway/NatGatewayId|NatGatewayId`): the first
/// alternative that is there wins. Null and empty text count as not there.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    value: &'a Value,
}

impl<'a> Fields<'a> {
    /// Looks at `value`.
    #[must_use]
    pub fn of(value: &'a Value) -> Self {
        Self { value }
    }

    /// The document looked at; null where a path led nowhere.
    #[must_use]
    pub fn value(self) -> &'a Value {
        self.value
    }

    /// The member at `path`.
    #[must_use]
    pub fn get(self, path: &str) -> Option<&'a Value> {
        path.split('|').find_map(|path| self.walk(path))
    }

    fn walk(self, path: &str) -> Option<&'a Value> {
        let value = path.split('/').try_fold(self.value, |value, name| value.get(name))?;
        let is_there = !value.is_null() && value.as_str() != Some("");
        is_there.then_some(value)
    }

    /// The member at `path` as a document of its own.
    #[must_use]
    pub fn at(self, path: &str) -> Self {
        Self { value: self.get(path).unwrap_or(&NULL) }
    }

    /// Whether the member is there and not empty (`{}`, `[]` and empty text are empty).
    #[must_use]
    pub fn has(self, path: &str) -> bool {
        match self.get(path) {
            Some(Value::Object(members)) => !members.is_empty(),
            Some(Value::Array(elements)) => !elements.is_empty(),
            other => other.is_some(),
        }
    }

    /// Text; numbers and booleans as AWS would write them; `{"Value": x}` as x.
    #[must_use]
    pub fn text(self, path: &str) -> Option<String> {
        scalar(self.get(path)?)
    }

    /// A boolean, also as text.
    #[must_use]
    pub fn flag(self, path: &str) -> Option<bool> {
        match self.text(path)?.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A whole number, also as text.
    #[must_use]
    pub fn number(self, path: &str) -> Option<i64> {
        self.text(path)?.trim().parse().ok()
    }

    /// The elements of a list, however it is spelt: a list, one element alone, or `{}` for none; under a plural, a
    /// singular or a `...Set` name.
    #[must_use]
    pub fn list(self, path: &str) -> Vec<Self> {
        let found = path.split('|').find_map(|path| {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            let parent = if parent.is_empty() { self } else { self.at(parent) };
            spellings(name).iter().find_map(|name| parent.walk(name))
        });
        match found {
            Some(Value::Array(elements)) => {
                elements.iter().filter(|element| !element.is_null()).map(Self::of).collect()
            }
            Some(Value::Object(members)) if members.is_empty() => Vec::new(),
            Some(one) => vec![Self::of(one)],
            None => Vec::new(),
        }
    }

    /// The texts of a list; an element that is an object with one member (`{"SubnetId": "subnet-0123"}`) counts as
    /// that member.
    #[must_use]
    pub fn texts(self, path: &str) -> Vec<String> {
        self.list(path).into_iter().filter_map(Self::only_text).collect()
    }

    /// The text this is, or the text of its only member.
    #[must_use]
    pub fn only_text(self) -> Option<String> {
        match self.value {
            Value::Object(members) if members.len() == 1 => members.values().next().and_then(scalar),
            other => scalar(other),
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Object(members) if members.len() == 1 => scalar(members.get("Value")?),
        _ => None,
    }
}

/// The names one list goes by: as given, singular, plural, and EC2's `...Set`.
fn spellings(name: &str) -> Vec<String> {
    let singular = match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => name.strip_suffix('s').unwrap_or(name).to_owned(),
    };
    vec![
        name.to_owned(),
        singular.clone(),
        format!("{name}Set"),
        format!("{singular}Set"),
        format!("{name}s"),
    ]
}
