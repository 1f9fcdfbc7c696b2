//! Values out of JSON, by their shape.

use super::{DEPTH_MAX, Problem, scalar};
use crate::model::{Service, Shape, Structure};
use serde_json::{Map, Value};

/// Reads JSON; an empty body is an empty object, as botocore has it.
///
/// # Errors
/// A sentence, where it is no JSON. `serde_json` itself refuses more than 128 levels.
pub(super) fn parse(body: &[u8]) -> Result<Value, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body).map_err(|error| format!("it is no JSON: {error}"))
}

/// A body that is a structure.
pub(super) fn document(
    service: &Service,
    shape: &Structure,
    body: &[u8],
) -> Result<Map<String, Value>, Problem> {
    match parse(body)? {
        Value::Object(found) => Ok(structure(service, shape, &found, 0)),
        _ => Err("it is JSON, but no object".to_owned()),
    }
}

pub(super) fn value(service: &Service, shape: &Shape, found: &Value) -> Value {
    nested(service, shape, found, 0)
}

fn structure(
    service: &Service,
    shape: &Structure,
    found: &Map<String, Value>,
    depth: usize,
) -> Map<String, Value> {
    shape
        .members
        .iter()
        .filter(|member| member.2.location.is_none())
        .filter_map(|member| {
            let name = member.2.name.as_ref().unwrap_or(&member.0);
            let value = found.get(name).filter(|value| !value.is_null())?;
            Some((member.0.clone(), nested(service, service.of(member), value, depth + 1)))
        })
        .collect()
}

fn nested(service: &Service, shape: &Shape, found: &Value, depth: usize) -> Value {
    if depth > DEPTH_MAX {
        return found.clone();
    }
    match (shape, found) {
        (Shape::Structure(shape), Value::Object(found)) => {
            Value::Object(structure(service, shape, found, depth))
        }
        (Shape::List { element }, Value::Array(found)) => {
            found.iter().map(|item| nested(service, service.at(element), item, depth + 1)).collect()
        }
        (Shape::Map { value, .. }, Value::Object(found)) => found
            .iter()
            .map(|(key, item)| (key.clone(), nested(service, service.at(value), item, depth + 1)))
            .collect(),
        (shape, found) => scalar::json(shape, found),
    }
}
