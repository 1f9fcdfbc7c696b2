//! Maps that calls set as a whole: variables of functions and stages.

use super::CommandError;
use super::plan::{Bucket, Plan, unknown, wanted};
use crate::delta::{Edit, Facet, State};
use crate::facets;
use serde_json::{Map, Value};

/// The map as it is when the edits of `member` are made: what there is now with each edit's value in its place. `None`
/// where no edit is about it. A value that was left out of what was recorded cannot be written back, and a map of which
/// not all is known cannot be set without losing the rest.
pub(super) fn after(
    plan: &Plan<'_>,
    bucket: &Bucket<'_>,
    member: &str,
) -> Result<Option<Map<String, Value>>, CommandError> {
    let Some(first) = bucket.of(member).next() else { return Ok(None) };
    let whole = Facet { member: member.to_owned(), element: None };
    let found = plan.document(bucket.kind, bucket.id);
    let mut map = match found.map(|found| facets::state(bucket.kind, &found.document, &whole)) {
        Some(State::Present(Value::Object(map))) => Some(map),
        Some(State::Absent) => Some(Map::new()),
        _ => None,
    };
    for edit in bucket.of(member) {
        let value = wanted(edit)?;
        match &edit.facet.element {
            None => map = Some(value.and_then(Value::as_object).cloned().unwrap_or_default()),
            Some(name) => {
                let known = map
                    .as_mut()
                    .ok_or_else(|| unknown(first, "all the other variables, which the call sets at once"))?;
                match value {
                    Some(value) => drop(known.insert(name.clone(), value.clone())),
                    None => drop(known.remove(name)),
                }
            }
        }
    }
    let map = map.unwrap_or_default();
    match map.iter().find(|(_, value)| facets::is_redacted(value) || value.is_null()) {
        Some((name, _)) => Err(left_out(first, name)),
        None => Ok(Some(map)),
    }
}

fn left_out(edit: &Edit, name: &str) -> CommandError {
    unknown(edit, &format!("the value of `{name}`, which was left out of what was recorded"))
}
