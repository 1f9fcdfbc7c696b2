//! The REST protocols: members go into the path, the query string, headers, and a body of JSON or XML.

use super::{Wire, json, plain, xml};
use crate::Error;
use crate::encode;
use crate::model::{Location, Member, Operation, Protocol, Service, Shape, Structure};
use crate::time::{self, Notation};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

pub(super) fn request(
    service: &Service,
    operation: &Operation,
    parameters: &Map<String, Value>,
) -> Result<Wire, Error> {
    let (path, fixed) = operation.uri().split_once('?').unwrap_or((operation.uri(), ""));
    let mut wire = Wire::default();
    // `key` without a value must be signed as `key=`.
    let mut query: Vec<String> = fixed
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| if part.contains('=') { part.to_owned() } else { format!("{part}=") })
        .collect();
    let mut path = path.to_owned();
    if let Some(input) = service.input(operation) {
        for member in &input.members {
            let Some(given) = parameters.get(&member.0).filter(|value| !value.is_null()) else { continue };
            place(service, member, given, &mut path, &mut query, &mut wire)?;
        }
        body(service, operation, input, parameters, &mut wire);
    }
    wire.path = path;
    wire.query = query.join("&");
    Ok(wire)
}

/// Puts a member where its location says; those of the body are left for [`body`].
fn place(
    service: &Service,
    member: &Member,
    given: &Value,
    path: &mut String,
    query: &mut Vec<String>,
    wire: &mut Wire,
) -> Result<(), Error> {
    let name = member.2.name.as_ref().unwrap_or(&member.0);
    match member.2.location {
        Some(Location::Path) => {
            let text = text(service.of(member), &member.2.time_format, given, Notation::Iso);
            // An empty label would ask for another resource: the list instead of the one.
            if text.is_empty() || text == "." || text == ".." {
                return Err(bad(&member.0, "cannot stand in a path"));
            }
            let greedy = format!("{{{name}+}}");
            if path.contains(&greedy) {
                *path = path.replace(&greedy, &encode::path(&text));
            } else {
                *path = path.replace(&format!("{{{name}}}"), &encode::strict(&text));
            }
        }
        Some(Location::Query) => pairs(service, member, name, given, query),
        Some(Location::Header) => {
            if let Some(value) = header(service, member, given) {
                push_header(wire, member, name, value)?;
            }
        }
        Some(Location::Headers) => {
            for (key, value) in given.as_object().into_iter().flatten() {
                push_header(wire, member, &format!("{name}{key}"), plain(value))?;
            }
        }
        Some(Location::Status) | None => {}
    }
    Ok(())
}

fn bad(path: &str, problem: &str) -> Error {
    Error::BadParameter { path: path.to_owned(), problem: problem.to_owned() }
}

fn push_header(wire: &mut Wire, member: &Member, name: &str, value: String) -> Result<(), Error> {
    let is_plain = |letter: char| letter == '\t' || (' '..='~').contains(&letter);
    if name.is_empty()
        || !name.chars().all(|letter| letter.is_ascii_graphic())
        || !value.chars().all(is_plain)
    {
        return Err(bad(&member.0, "cannot stand in a header"));
    }
    wire.headers.push((name.to_ascii_lowercase(), value));
    Ok(())
}

fn text(shape: &Shape, format: &Option<String>, given: &Value, usual: Notation) -> String {
    match shape {
        Shape::Timestamp => {
            let notation = Notation::named(format.as_deref(), usual);
            time::parse(given).map_or_else(|| plain(given), |at| time::write(at, notation))
        }
        _ => plain(given),
    }
}

fn pairs(service: &Service, member: &Member, name: &str, given: &Value, query: &mut Vec<String>) {
    let mut push = |name: &str, value: String| {
        query.push(format!("{}={}", encode::strict(name), encode::strict(&value)));
    };
    match (service.of(member), given) {
        (Shape::Map { .. }, Value::Object(given)) => {
            for (key, value) in given {
                match value {
                    Value::Array(items) => items.iter().for_each(|item| push(key, plain(item))),
                    value => push(key, plain(value)),
                }
            }
        }
        (Shape::List { element }, Value::Array(given)) => {
            for item in given {
                push(name, text(service.at(element), &element.1.time_format, item, Notation::Iso));
            }
        }
        (shape, given) => push(name, text(shape, &member.2.time_format, given, Notation::Iso)),
    }
}

/// `None` for an empty list, which is no header.
fn header(service: &Service, member: &Member, given: &Value) -> Option<String> {
    match (service.of(member), given) {
        (Shape::List { .. }, Value::Array(items)) => {
            let quoted = |text: String| {
                if text.contains(['"', ',']) { format!("\"{}\"", text.replace('"', "\\\"")) } else { text }
            };
            let items: Vec<String> = items.iter().map(|item| quoted(plain(item))).collect();
            (!items.is_empty()).then(|| items.join(","))
        }
        _ if member.2.json_value => Some(STANDARD.encode(given.to_string())),
        (shape, given) => Some(text(shape, &member.2.time_format, given, Notation::Http)),
    }
}

fn body(
    service: &Service,
    operation: &Operation,
    input: &Structure,
    parameters: &Map<String, Value>,
    wire: &mut Wire,
) {
    let is_json = service.protocol == Protocol::RestJson;
    let payload = input.payload.as_ref().and_then(|name| input.member(name));
    if let Some(member) = payload {
        let Some(given) = parameters.get(&member.0) else { return };
        match service.of(member) {
            Shape::Blob => wire.body = STANDARD.decode(plain(given)).unwrap_or_default(),
            Shape::String => wire.body = plain(given).into_bytes(),
            shape if is_json => {
                wire.body = json::value(service, shape, &member.2, given).to_string().into_bytes();
            }
            shape => wire.body = xml::element(service, &member.0, shape, &member.2, given).into_bytes(),
        }
    } else if is_json {
        let has_body = input.members.iter().any(|member| member.2.location.is_none());
        if has_body {
            wire.body = Value::Object(json::structure(service, input, parameters)).to_string().into_bytes();
        }
    } else if let Some((name, namespace)) = &operation.root {
        wire.body = xml::document(service, name, namespace.as_deref(), input, parameters).into_bytes();
    }
    if !wire.body.is_empty() {
        let kind = if is_json { "application/json" } else { "application/xml" };
        wire.headers.push(("content-type".to_owned(), kind.to_owned()));
    }
}
