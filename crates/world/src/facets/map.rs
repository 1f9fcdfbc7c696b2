//! Members that are maps: each of their members is a facet.

use super::{path, path_mut, set_path, unknown};
use crate::delta::State;
use butfor_network::describe::UNKNOWN;
use serde_json::{Map, Value, json};

/// Names and values that are known.
pub(super) fn entries(value: &Value) -> Vec<(String, Value)> {
    let members = value.as_object().into_iter().flatten();
    let known =
        members.filter(|(name, value)| *name != UNKNOWN && unknown::key(value).is_none() && !value.is_null());
    known.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What one member of a map is, or the map as a whole. A map that is empty counts as absent.
pub(super) fn state(name: Option<&str>, map: &Value) -> State {
    // Others may be there that nobody knows.
    let is_open = unknown::key(map).is_some();
    match name {
        None => {
            let hides =
                map.as_object().is_some_and(|all| all.values().any(|value| unknown::key(value).is_some()));
            match map {
                _ if is_open || hides => State::Unknown,
                Value::Object(all) if all.is_empty() => State::Absent,
                known => State::Present(known.clone()),
            }
        }
        Some(name) => match map.get(name) {
            Some(value) if unknown::key(value).is_some() => State::Unknown,
            None if is_open => State::Unknown,
            Some(Value::Null) | None => State::Absent,
            Some(value) => State::Present(value.clone()),
        },
    }
}

/// Sets one member of a map in a document.
pub(super) fn apply(document: &mut Value, member: &str, name: &str, after: &State) {
    if path(document, member).is_none_or(|map| !map.is_object()) {
        // Of a map that is unknown the other members stay unknown.
        let is_open = path(document, member).is_some_and(|map| unknown::key(map).is_some());
        if *after == State::Absent && !is_open {
            return;
        }
        let others = is_open.then(|| (UNKNOWN.to_owned(), Value::from("")));
        set_path(document, member, Value::Object(others.into_iter().collect::<Map<_, _>>()));
    }
    let Some(map) = path_mut(document, member).and_then(Value::as_object_mut) else { return };
    let is_open = map.contains_key(UNKNOWN);
    match after {
        State::Present(value) => drop(map.insert(name.to_owned(), value.clone())),
        State::Unknown => drop(map.insert(name.to_owned(), json!({ UNKNOWN: name }))),
        // In a map of which not all is known, `null` says that this one is known not to be there.
        State::Absent if is_open => drop(map.insert(name.to_owned(), Value::Null)),
        State::Absent => drop(map.remove(name)),
    }
}
