//! A request as it goes over the wire, in each of the five protocols.
//!
//! The rules are those of Smithy's AWS protocols (<https://smithy.io/2.0/aws/protocols/index.html>), as botocore's
//! `serialize.py` applies them.

mod json;
mod query;
mod rest;
mod xml;

use crate::Error;
use crate::model::{Operation, Protocol, Service};
use serde_json::{Map, Value};

/// A request without host and signature.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Wire {
    pub(crate) method: String,
    /// Percent-encoded, beginning with a slash.
    pub(crate) path: String,
    /// Percent-encoded, without the question mark.
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// What goes before the host.
    pub(crate) host_prefix: String,
}

/// Writes the request. Parameters were checked against the shape before.
///
/// # Errors
/// [`Error::BadParameter`] where a value cannot stand in a path, a header or a host.
pub(crate) fn request(
    service: &Service,
    name: &str,
    operation: &Operation,
    parameters: &Map<String, Value>,
) -> Result<Wire, Error> {
    let mut wire = match service.protocol {
        Protocol::Ec2 | Protocol::Query => query::request(service, name, operation, parameters),
        Protocol::Json => json::request(service, name, operation, parameters),
        Protocol::RestJson | Protocol::RestXml => rest::request(service, operation, parameters)?,
    };
    wire.method = operation.method().to_owned();
    if let Some(prefix) = &operation.host {
        wire.host_prefix = host_prefix(prefix, parameters)?;
    }
    Ok(wire)
}

/// `{AccountId}.` with the value of the member; only letters, digits, hyphens and dots can stand in a host.
fn host_prefix(pattern: &str, parameters: &Map<String, Value>) -> Result<String, Error> {
    let Some((before, rest)) = pattern.split_once('{') else { return Ok(pattern.to_owned()) };
    let Some((name, after)) = rest.split_once('}') else { return Ok(pattern.to_owned()) };
    let value = parameters.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_label = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.';
    if value.is_empty() || !value.chars().all(is_label) {
        return Err(Error::BadParameter {
            path: name.to_owned(),
            problem: "must consist of letters, digits, hyphens and dots".to_owned(),
        });
    }
    Ok(format!("{before}{value}{after}"))
}

/// A value as a text of its own: in a path, a query string, a header, a form.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
