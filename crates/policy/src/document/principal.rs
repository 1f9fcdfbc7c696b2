//! `Principal` and `NotPrincipal` in JSON: `*`, or an object of kinds.

use super::Element;
use super::json::{self, Json};
use super::read::{Fault, texts};
use crate::element::{Entry, Principals};

/// Reads an element; `name` is which of the two it is.
pub(super) fn read(name: &'static str, value: &Json) -> Result<(Element, Principals), Fault> {
    let is_negated = name == "NotPrincipal";
    let members = match value {
        Json::Text(text) if text == "*" => {
            let element = Element { is_negated, entries: vec!["*".to_owned()] };
            return Ok((element, Principals::new(vec![Entry::Anyone], is_negated)));
        }
        Json::Object(members) => members,
        _ => {
            let message =
                "expected `*`, or an object like `{\"AWS\": \"arn:aws:iam::111111111111:role/app\"}`";
            return Err(Fault::new(name, message));
        }
    };
    if let Some(kind) = json::duplicate(members) {
        return Err(Fault::new(format!("{name}.{kind}"), "is there twice; keep one of them"));
    }
    let mut written = Vec::new();
    let mut entries = Vec::new();
    for (kind, value) in members {
        let path = format!("{name}.{kind}");
        for text in texts(&path, value)? {
            entries.push(Entry::parse(kind, &text).map_err(|message| Fault::new(path.as_str(), message))?);
            written.push(format!("{kind}:{text}"));
        }
    }
    Ok((Element { is_negated, entries: written }, Principals::new(entries, is_negated)))
}
