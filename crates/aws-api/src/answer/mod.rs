//! An answer as it came over the wire, in each of the five protocols, into JSON by the AWS CLI's names.
//!
//! The rules are those of Smithy's AWS protocols (<https://smithy.io/2.0/aws/protocols/index.html>), as botocore's
//! `parsers.py` applies them. Members that the model does not know are passed over; what is not of the type that the
//! model says is kept as it came, because an answer that is read in part is worth more than none.

mod failure;
mod json;
mod scalar;
mod tree;
mod xml;

pub(crate) use failure::{Failure, failure};

use crate::model::{Location, Operation, Protocol, Service, Shape, Structure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// How deep an answer may be nested. AWS's deepest have about 20 levels.
const DEPTH_MAX: usize = 100;

/// An HTTP answer, unpacked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What an answer cannot be read for.
pub(crate) type Problem = String;

/// Reads the answer of a call that succeeded.
///
/// # Errors
/// A sentence, where the body is not what the protocol says.
pub(crate) fn output(service: &Service, operation: &Operation, raw: &Raw) -> Result<Value, Problem> {
    let Some(output) = service.output(operation) else { return Ok(Value::Object(Map::new())) };
    match service.protocol {
        Protocol::Ec2 | Protocol::Query => {
            let root = tree::parse(&raw.body)?;
            let start = match &operation.wrapper {
                Some(name) => root.child(name).ok_or_else(|| format!("it has no element `{name}`"))?,
                None => &root,
            };
            Ok(Value::Object(xml::structure(service, output, start)))
        }
        Protocol::Json => json::document(service, output, &raw.body).map(Value::Object),
        Protocol::RestJson | Protocol::RestXml => rest(service, output, raw).map(Value::Object),
    }
}

fn rest(service: &Service, output: &Structure, raw: &Raw) -> Result<Map<String, Value>, Problem> {
    let is_json = service.protocol == Protocol::RestJson;
    let payload = output.payload.as_ref().and_then(|name| output.member(name));
    let mut found = Map::new();
    if let Some(member) = payload {
        let value = match service.of(member) {
            Shape::Blob => Some(Value::String(STANDARD.encode(&raw.body))),
            Shape::String => Some(Value::String(String::from_utf8_lossy(&raw.body).into_owned())),
            _ if raw.body.is_empty() => None,
            shape if is_json => Some(json::value(service, shape, &json::parse(&raw.body)?)),
            shape => xml::value(service, shape, &member.2, &[&tree::parse(&raw.body)?]),
        };
        if let Some(value) = value {
            found.insert(member.0.clone(), value);
        }
    } else if output.members.iter().any(|member| member.2.location.is_none()) && !raw.body.is_empty() {
        found = if is_json {
            json::document(service, output, &raw.body)?
        } else {
            xml::structure(service, output, &tree::parse(&raw.body)?)
        };
    }
    headers(service, output, raw, &mut found);
    Ok(found)
}

/// Members that are in headers, and the status.
fn headers(service: &Service, output: &Structure, raw: &Raw, found: &mut Map<String, Value>) {
    for member in &output.members {
        let name = member.2.name.as_ref().unwrap_or(&member.0);
        let value = match member.2.location {
            Some(Location::Header) => {
                raw.header(name).map(|text| scalar::header(service, service.of(member), &member.2, text))
            }
            Some(Location::Headers) => Some(Value::Object(prefixed(name, raw))),
            Some(Location::Status) => Some(raw.status.into()),
            _ => None,
        };
        if let Some(value) = value {
            found.insert(member.0.clone(), value);
        }
    }
}

/// Headers that begin with a prefix, as a map of what follows it.
fn prefixed(prefix: &str, raw: &Raw) -> Map<String, Value> {
    let prefix = prefix.to_ascii_lowercase();
    raw.headers
        .iter()
        .filter_map(|(name, value)| {
            Some((name.to_ascii_lowercase().strip_prefix(&prefix)?.to_owned(), Value::String(value.clone())))
        })
        .collect()
}

#[cfg(test)]
mod tests;
