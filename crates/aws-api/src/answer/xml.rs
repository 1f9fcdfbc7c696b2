//! Values out of XML elements, by their shape.

use super::scalar;
use super::tree::Element;
use crate::model::{Member, Reference, Service, Shape, Structure, Traits};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The members of a structure that are in the element.
pub(super) fn structure(service: &Service, shape: &Structure, element: &Element) -> Map<String, Value> {
    let mut children: BTreeMap<&str, Vec<&Element>> = BTreeMap::new();
    for child in &element.children {
        children.entry(child.name.as_str()).or_default().push(child);
    }
    let mut found = Map::new();
    for member in shape.members.iter().filter(|member| member.2.location.is_none()) {
        let value = match children.get(name(service, member)) {
            Some(elements) => value(service, service.of(member), &member.2, elements),
            None if member.2.attribute => attribute(member, element),
            None => None,
        };
        if let Some(value) = value {
            found.insert(member.0.clone(), value);
        }
    }
    found
}

/// A flattened list goes by the name of its elements.
fn name<'m>(service: &'m Service, member: &'m Member) -> &'m str {
    if let (Shape::List { element }, true) = (service.of(member), member.2.flattened)
        && let Some(name) = &element.1.name
    {
        return name;
    }
    member.2.name.as_ref().unwrap_or(&member.0)
}

fn attribute(member: &Member, element: &Element) -> Option<Value> {
    let name = member.2.name.as_ref().unwrap_or(&member.0);
    element.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| Value::String(value.clone()))
}

/// A value out of the elements of its name; more than one only where a list or a map is flattened.
pub(super) fn value(
    service: &Service,
    shape: &Shape,
    traits: &Traits,
    elements: &[&Element],
) -> Option<Value> {
    let first = *elements.first()?;
    match shape {
        Shape::Structure(shape) => Some(Value::Object(structure(service, shape, first))),
        Shape::List { element } => Some(if traits.flattened {
            list(service, element, elements.iter().copied())
        } else {
            list(service, element, first.children.iter())
        }),
        Shape::Map { key, value } => Some(Value::Object(if traits.flattened {
            map(service, key, value, elements.iter().copied())
        } else {
            map(service, key, value, first.children.iter())
        })),
        shape => scalar::text(shape, &first.text),
    }
}

fn list<'e>(service: &Service, of: &Reference, elements: impl Iterator<Item = &'e Element>) -> Value {
    elements.filter_map(|element| value(service, service.at(of), &of.1, &[element])).collect()
}

fn map<'e>(
    service: &Service,
    key: &Reference,
    of: &Reference,
    entries: impl Iterator<Item = &'e Element>,
) -> Map<String, Value> {
    let key_name = key.1.name.as_deref().unwrap_or("key");
    let value_name = of.1.name.as_deref().unwrap_or("value");
    entries
        .filter_map(|entry| {
            let key = entry.child(key_name)?.text.clone();
            let value = value(service, service.at(of), &of.1, &[entry.child(value_name)?])?;
            Some((key, value))
        })
        .collect()
}
