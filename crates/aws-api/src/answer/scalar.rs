//! Single values: out of a text, a header, or JSON.

use crate::encode;
use crate::model::{Service, Shape, Traits};
use crate::time;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

/// A value out of the text of an element; `None` where nothing stands for a number.
pub(super) fn text(shape: &Shape, text: &str) -> Option<Value> {
    let own = || Value::String(text.to_owned());
    Some(match shape {
        Shape::Boolean => Value::Bool(text.trim() == "true"),
        Shape::Integer | Shape::Long | Shape::Float | Shape::Double if text.trim().is_empty() => return None,
        Shape::Integer | Shape::Long => text.trim().parse::<i64>().map_or_else(|_| own(), Value::from),
        Shape::Float | Shape::Double => {
            // What JSON cannot have (NaN, Infinity) stays a text.
            text.trim().parse().ok().and_then(Number::from_f64).map_or_else(own, Value::Number)
        }
        Shape::Timestamp if text.trim().is_empty() => return None,
        Shape::Root if text.is_empty() => Value::Null,
        _ => json(shape, &own()),
    })
}

/// A value out of a header.
pub(super) fn header(service: &Service, shape: &Shape, traits: &Traits, found: &str) -> Value {
    if traits.json_value {
        let json = STANDARD.decode(found).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        return json.unwrap_or_else(|| Value::String(found.to_owned()));
    }
    match shape {
        Shape::List { element } => found
            .split(',')
            .map(|part| header(service, service.at(element), &element.1, part.trim()))
            .collect(),
        shape => text(shape, found).unwrap_or_else(|| Value::String(found.to_owned())),
    }
}

/// A value out of JSON; what is not of the shape is kept as it came.
pub(super) fn json(shape: &Shape, found: &Value) -> Value {
    match (shape, found) {
        (Shape::Timestamp, found) => time::normal(found),
        (Shape::Policy, Value::String(text)) => {
            serde_json::from_str(&encode::decode(text)).unwrap_or_else(|_| found.clone())
        }
        (Shape::Template, Value::String(text)) => match serde_json::from_str(text) {
            // A YAML template that is one word or one number is JSON too, but no template.
            Ok(document @ Value::Object(_)) => document,
            _ => found.clone(),
        },
        (Shape::Console, Value::String(text)) => STANDARD.decode(text.trim()).map_or_else(
            |_| found.clone(),
            |bytes| Value::String(String::from_utf8_lossy(&bytes).into_owned()),
        ),
        _ => found.clone(),
    }
}
