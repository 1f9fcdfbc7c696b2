//! XML bodies of the REST protocol. Few reads have one.

use super::plain;
use crate::model::{Service, Shape, Structure, Traits};
use crate::time::{self, Notation};
use serde_json::{Map, Value};

/// A body whose element is named by the operation.
pub(super) fn document(
    service: &Service,
    name: &str,
    namespace: Option<&str>,
    shape: &Structure,
    given: &Map<String, Value>,
) -> String {
    let mut inside = String::new();
    members(service, shape, given, &mut inside);
    wrap(name, namespace, &inside)
}

/// A body that is one member.
pub(super) fn element(service: &Service, own: &str, shape: &Shape, traits: &Traits, given: &Value) -> String {
    let mut out = String::new();
    write(service, own, shape, traits, given, &mut out);
    out
}

fn wrap(name: &str, namespace: Option<&str>, inside: &str) -> String {
    match namespace {
        Some(uri) => format!("<{name} xmlns=\"{}\">{inside}</{name}>", escape(uri)),
        None => format!("<{name}>{inside}</{name}>"),
    }
}

fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

fn members(service: &Service, shape: &Structure, given: &Map<String, Value>, out: &mut String) {
    for member in shape.members.iter().filter(|member| member.2.location.is_none()) {
        if let Some(value) = given.get(&member.0).filter(|value| !value.is_null()) {
            write(service, &member.0, service.of(member), &member.2, value, out);
        }
    }
}

fn write(service: &Service, own: &str, shape: &Shape, traits: &Traits, given: &Value, out: &mut String) {
    let name = traits.name.as_deref().unwrap_or(own);
    let mut inside = String::new();
    match (shape, given) {
        (Shape::Structure(shape), Value::Object(given)) => members(service, shape, given, &mut inside),
        (Shape::List { element }, Value::Array(given)) => {
            let item_name = element.1.name.as_deref().unwrap_or("member");
            let item_name = if traits.flattened { name } else { item_name };
            for item in given {
                write(service, item_name, service.at(element), &element.1, item, &mut inside);
            }
            if traits.flattened {
                out.push_str(&inside);
                return;
            }
        }
        (Shape::Map { key, value }, Value::Object(given)) => {
            let key_name = key.1.name.as_deref().unwrap_or("key");
            for (entry, item) in given {
                let mut pair = wrap(key_name, None, &escape(entry));
                write(service, "value", service.at(value), &value.1, item, &mut pair);
                inside.push_str(&wrap(if traits.flattened { name } else { "entry" }, None, &pair));
            }
            if traits.flattened {
                out.push_str(&inside);
                return;
            }
        }
        (Shape::Timestamp, given) => {
            let notation = Notation::named(traits.time_format.as_deref(), Notation::Iso);
            inside = time::parse(given).map_or_else(|| escape(&plain(given)), |at| time::write(at, notation));
        }
        (_, given) => inside = escape(&plain(given)),
    }
    out.push_str(&wrap(name, traits.namespace.as_deref(), &inside));
}
