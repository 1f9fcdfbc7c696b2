//! Looking into JSON that may have any shape.

use super::{NAME_BYTES_MAX, TEXT_BYTES_MAX};
use serde_json::Value;
use std::sync::Arc;

/// The first of several spellings of a member.
pub(super) fn member<'v>(value: &'v Value, names: &[&str]) -> Option<&'v Value> {
    names.iter().find_map(|name| value.get(name))
}

/// The elements of a member that is a list.
pub(super) fn list<'v>(value: &'v Value, names: &[&str]) -> &'v [Value] {
    member(value, names).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A member that is text and not empty.
pub(super) fn text<'v>(value: &'v Value, names: &[&str]) -> Option<&'v str> {
    member(value, names).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A whole number not below 0, written as a number or as text.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).or_else(|| {
        value.as_f64().filter(|number| *number >= 0.0 && *number < 1e18).map(|number| number as u64)
    })
}

pub(super) fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// A name, cut to a length a table can hold.
pub(super) fn name(text: &str) -> Arc<str> {
    cut(text, NAME_BYTES_MAX).into()
}

/// What an error says, cut.
pub(super) fn words(text: &str) -> String {
    cut(text, TEXT_BYTES_MAX).to_owned()
}

fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}
