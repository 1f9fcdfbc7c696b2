//! One line: a request with its policies.

use super::cache::{Cached, Slot};
use butfor_policy::{Context, Layer, Request};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// Documents of every layer, as texts or read.
#[derive(Debug)]
pub(crate) struct Documents<T> {
    pub(crate) resource_control: Option<Vec<Vec<T>>>,
    pub(crate) service_control: Option<Vec<Vec<T>>>,
    pub(crate) vpc_endpoint: Option<Vec<T>>,
    pub(crate) resource: Option<Vec<T>>,
    pub(crate) identity: Vec<T>,
    pub(crate) boundary: Option<Vec<T>>,
    pub(crate) session: Option<Vec<T>>,
}

impl Documents<&str> {
    /// Reads each document.
    pub(crate) fn map(self, mut read: impl FnMut(Slot, &str) -> Rc<Cached>) -> Documents<Rc<Cached>> {
        let mut list =
            |layer: Layer, level: Option<usize>, is_list: bool, texts: Vec<&str>| -> Vec<Rc<Cached>> {
                let slot = |index: usize| Slot { layer, level, index: is_list.then_some(index) };
                texts.into_iter().enumerate().map(|(index, text)| read(slot(index), text)).collect()
            };
        let mut levels = |layer: Layer, levels: Option<Vec<Vec<&str>>>| {
            let one = |(level, texts)| list(layer, Some(level), true, texts);
            levels.map(|levels| levels.into_iter().enumerate().map(one).collect())
        };
        let resource_control = levels(Layer::ResourceControl, self.resource_control);
        let service_control = levels(Layer::ServiceControl, self.service_control);
        let identity = list(Layer::Identity, None, true, self.identity);
        let mut one = |layer: Layer, texts: Option<Vec<&str>>| {
            texts.map(|texts| list(layer, None, texts.len() > 1, texts))
        };
        Documents {
            resource_control,
            service_control,
            vpc_endpoint: one(Layer::VpcEndpoint, self.vpc_endpoint),
            resource: one(Layer::Resource, self.resource),
            identity,
            boundary: one(Layer::Boundary, self.boundary),
            session: one(Layer::Session, self.session),
        }
    }
}

/// A line, read.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// Given back with the decision, as it is written.
    pub(crate) id: &'a str,
    pub(crate) request: Request,
    pub(crate) documents: Documents<&'a str>,
}

/// The members of a line; others are left to whoever wrote them.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    principal: Cow<'a, str>,
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow)]
    resource: Cow<'a, str>,
    #[serde(borrow, default)]
    resource_account: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    role_arn: Option<Cow<'a, str>>,
    #[serde(default)]
    wildcard_only_action: Option<bool>,
    #[serde(default)]
    context: Option<Keys>,
    #[serde(borrow, default)]
    identity: Option<OneOrMany<'a>>,
    #[serde(borrow, default)]
    resource_policy: Option<OneOrMany<'a>>,
    #[serde(borrow, default)]
    boundary: Option<OneOrMany<'a>>,
    #[serde(borrow, default)]
    session: Option<OneOrMany<'a>>,
    #[serde(borrow, default)]
    scp: Option<Vec<Vec<&'a RawValue>>>,
    #[serde(borrow, default)]
    rcp: Option<Vec<Vec<&'a RawValue>>>,
    #[serde(borrow, default)]
    vpce: Option<OneOrMany<'a>>,
}

/// One document, or a list of them.
struct OneOrMany<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for OneOrMany<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        if !raw.get().starts_with('[') {
            return Ok(Self(vec![raw]));
        }
        serde_json::from_str(raw.get()).map(Self).map_err(serde::de::Error::custom)
    }
}

/// The context of a request.
struct Keys(Context);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Keys(Context::complete()))
    }
}

impl<'de> Visitor<'de> for Keys {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of context keys")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut keys: A) -> Result<Self, A::Error> {
        while let Some(key) = keys.next_key::<Cow<'de, str>>()? {
            match keys.next_value()? {
                Given::Nothing => self.0.set_absent(&key),
                Given::One(value) => self.0.set(&key, value),
                Given::Many(values) => self.0.set_many(&key, values),
            }
        }
        Ok(self)
    }
}

/// A value of a context key.
enum Given {
    Nothing,
    One(String),
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GivenVisitor)
    }
}

struct GivenVisitor;

impl<'de> Visitor<'de> for GivenVisitor {
    type Value = Given;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, a number, a boolean, or an array of them")
    }

    fn visit_unit<E>(self) -> Result<Given, E> {
        Ok(Given::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Given, E> {
        Ok(Given::One(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Given, E> {
        Ok(Given::One(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Given, E> {
        Ok(Given::One(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Given, E> {
        Ok(Given::One(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Given, E> {
        Ok(Given::One(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Given, A::Error> {
        let mut values = Vec::new();
        while let Some(item) = items.next_element()? {
            match item {
                Given::One(value) => values.push(value),
                Given::Nothing => {}
                Given::Many(_) => {
                    return Err(serde::de::Error::custom("an array in an array is no value of a key"));
                }
            }
        }
        Ok(Given::Many(values))
    }
}

impl<'a> Line<'a> {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong, with the member it is wrong in.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(line).map_err(|error| format!("not valid UTF-8: {error}"))?;
        let members: Members<'a> = serde_json::from_str(text).map_err(|error| complaint(text, &error))?;
        let request = Request::new(&members.principal, &members.action, &members.resource)
            .map_err(|error| format!("field `{}`: {error}", field_of(&error)))?;
        let mut request = match members.context {
            Some(Keys(context)) => request.with_context(context),
            None => request,
        };
        if let Some(account) = members.resource_account {
            request = request.with_resource_account(account);
        }
        if let Some(arn) = members.role_arn {
            request = request.with_role_arn(arn);
        }
        if members.wildcard_only_action == Some(true) {
            request = request.on_any_resource();
        }
        let texts =
            |list: Vec<&'a RawValue>| -> Vec<&'a str> { list.into_iter().map(RawValue::get).collect() };
        let one = |list: Option<OneOrMany<'a>>| list.map(|OneOrMany(list)| texts(list));
        let levels = |levels: Option<Vec<Vec<&'a RawValue>>>| {
            levels.map(|levels| levels.into_iter().map(texts).collect())
        };
        let documents = Documents {
            resource_control: levels(members.rcp),
            service_control: levels(members.scp),
            vpc_endpoint: one(members.vpce),
            resource: one(members.resource_policy),
            identity: one(members.identity).unwrap_or_default(),
            boundary: one(members.boundary),
            session: one(members.session),
        };
        Ok(Self { id: members.id.map_or("null", RawValue::get), request, documents })
    }
}

fn field_of(error: &butfor_policy::RequestError) -> &'static str {
    use butfor_policy::RequestError::{Action, Principal, Resource};
    match error {
        Principal(_) => "principal",
        Action(_) => "action",
        Resource(_) => "resource",
    }
}

/// The `id` of a line that could not be read, as it is written.
pub(crate) fn id_of(line: &[u8]) -> Option<&str> {
    #[derive(Deserialize)]
    struct Id<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
    }
    serde_json::from_slice::<Id<'_>>(line).ok().map(|line| line.id.get())
}

/// Which member is wrong. The first reading does not tell; this one, member by member, has time.
fn complaint(text: &str, error: &serde_json::Error) -> String {
    let members: BTreeMap<Cow<'_, str>, &RawValue> = match serde_json::from_str(text) {
        Ok(members) => members,
        Err(_) if error.is_data() => {
            return "expected an object with `principal`, `action` and `resource`".to_owned();
        }
        Err(error) => return format!("not valid JSON: {error}"),
    };
    for name in ["principal", "action", "resource"] {
        match members.get(name) {
            None => return format!("field `{name}`: missing"),
            Some(raw) if !raw.get().starts_with('"') => return format!("field `{name}`: expected a text"),
            Some(_) => {}
        }
    }
    let is_wrong = |name: &str, raw: &RawValue| {
        let raw = raw.get();
        match name {
            "resource_account" | "role_arn" => serde_json::from_str::<Option<String>>(raw).is_err(),
            "wildcard_only_action" => serde_json::from_str::<Option<bool>>(raw).is_err(),
            "context" => serde_json::from_str::<Option<Keys>>(raw).is_err(),
            "scp" | "rcp" => serde_json::from_str::<Option<Vec<Vec<&RawValue>>>>(raw).is_err(),
            _ => false,
        }
    };
    let expected = |name: &str| match name {
        "resource_account" | "role_arn" => "a text",
        "wildcard_only_action" => "`true` or `false`",
        "context" => "an object of texts, numbers, booleans, and arrays of them",
        _ => "an array of levels, each an array of policies",
    };
    match members.iter().find(|(name, raw)| is_wrong(name, raw)) {
        Some((name, _)) => format!("field `{name}`: expected {}", expected(name)),
        None => error.to_string(),
    }
}
