//! The JSON protocol, and JSON bodies of the REST protocol.

use super::Wire;
use crate::model::{Operation, Service, Shape, Structure, Traits};
use crate::time::{self, Notation};
use serde_json::{Map, Value};

pub(super) fn request(
    service: &Service,
    name: &str,
    operation: &Operation,
    parameters: &Map<String, Value>,
) -> Wire {
    let (target, content_type) = service.json_headers(name);
    let body = service.input(operation).map_or_else(Map::new, |input| structure(service, input, parameters));
    let mut headers = vec![("x-amz-target".to_owned(), target), ("content-type".to_owned(), content_type)];
    if service.query_codes {
        headers.push(("x-amzn-query-mode".to_owned(), "true".to_owned()));
    }
    Wire {
        path: "/".to_owned(),
        headers,
        body: Value::Object(body).to_string().into_bytes(),
        ..Wire::default()
    }
}

/// The members that belong into a body, under their names on the wire.
pub(super) fn structure(
    service: &Service,
    shape: &Structure,
    given: &Map<String, Value>,
) -> Map<String, Value> {
    let mut body = Map::new();
    for member in shape.members.iter().filter(|member| member.2.location.is_none()) {
        let Some(item) = given.get(&member.0).filter(|value| !value.is_null()) else { continue };
        let name = member.2.name.as_ref().unwrap_or(&member.0);
        body.insert(name.clone(), value(service, service.of(member), &member.2, item));
    }
    body
}

pub(super) fn value(service: &Service, shape: &Shape, traits: &Traits, given: &Value) -> Value {
    match (shape, given) {
        (Shape::Structure(shape), Value::Object(given)) => Value::Object(structure(service, shape, given)),
        (Shape::List { element }, Value::Array(given)) => {
            given.iter().map(|item| value(service, service.at(element), &element.1, item)).collect()
        }
        (Shape::Map { value: shape, .. }, Value::Object(given)) => given
            .iter()
            .map(|(key, item)| (key.clone(), value(service, service.at(shape), &shape.1, item)))
            .collect(),
        (Shape::Timestamp, given) => {
            match (Notation::named(traits.time_format.as_deref(), Notation::Epoch), time::parse(given)) {
                (Notation::Epoch, Some(at)) => time::number(at),
                (notation, Some(at)) => Value::String(time::write(at, notation)),
                (_, None) => given.clone(),
            }
        }
        _ => given.clone(),
    }
}
