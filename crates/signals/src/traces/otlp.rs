//! OpenTelemetry: OTLP in JSON (`resourceSpans`), one document or one a line as the Collector's file exporter writes.
//!
//! Source: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding> and the semantic conventions for attributes; older
//! names of attributes and of the scope are read, too.

use super::json::{list, member, name, number, text, words};
use super::{Blame, Failure, Kind, Parsed, ReadError, Span};
use serde_json::Value;
use std::sync::Arc;

/// What a span of a service without a name belongs to (OpenTelemetry's own default).
const UNNAMED: &str = "unknown_service";

/// Attributes that say what a client calls, the most telling first.
const PEERS: [&str; 9] = [
    "peer.service",
    "rpc.service",
    "messaging.destination.name",
    "db.namespace",
    "db.name",
    "db.system.name",
    "db.system",
    "server.address",
    "net.peer.name",
];

/// The spans of all documents in a text.
///
/// # Errors
///
/// When the first document is not JSON, or none holds `resourceSpans`. A later document that is broken (the file was cut) is counted as
/// skipped.
pub fn read(text: &str) -> Result<Parsed, ReadError> {
    let mut parsed = Parsed::default();
    let mut is_known = false;
    let mut is_first = true;
    for document in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match document {
            Ok(document) => is_known |= resources(&document, &mut parsed),
            Err(error) if is_first => return Err(error.into()),
            Err(_) => {
                parsed.skipped += 1;
                break;
            }
        }
        is_first = false;
    }
    if is_known { Ok(parsed) } else { Err(ReadError::Shape("resourceSpans")) }
}

fn resources(document: &Value, parsed: &mut Parsed) -> bool {
    let names = ["resourceSpans", "resource_spans"];
    if member(document, &names).is_none() {
        return false;
    }
    for resource in list(document, &names) {
        let attributes = resource.get("resource").map(|it| list(it, &["attributes"])).unwrap_or_default();
        let component = name(string(attributes, "service.name").unwrap_or(UNNAMED));
        let scopes = ["scopeSpans", "scope_spans", "instrumentationLibrarySpans"];
        for scope in list(resource, &scopes) {
            for item in list(scope, &["spans"]) {
                match span(item, &component) {
                    Some(span) => parsed.push(span),
                    None => parsed.skipped += 1,
                }
            }
        }
    }
    true
}

fn span(item: &Value, component: &Arc<str>) -> Option<Span> {
    let time = |names: &[&str]| member(item, names).and_then(number).and_then(|ns| i64::try_from(ns).ok());
    let attributes = list(item, &["attributes"]);
    let kind = kind(item.get("kind"));
    Some(Span {
        trace: name(text(item, &["traceId", "trace_id"])?),
        id: name(text(item, &["spanId", "span_id"])?),
        parent: text(item, &["parentSpanId", "parent_span_id"]).filter(|id| !is_none(id)).map(name),
        component: component.clone(),
        operation: name(text(item, &["name"]).unwrap_or_default()),
        kind,
        start_ns: time(&["startTimeUnixNano", "start_time_unix_nano"])?,
        // 0 is the default of the field: not set.
        end_ns: time(&["endTimeUnixNano", "end_time_unix_nano"]).filter(|ns| *ns != 0),
        failure: failure(item, attributes),
        peer: (kind == Kind::Client)
            .then(|| PEERS.iter().find_map(|key| string(attributes, key)).map(name))
            .flatten(),
    })
}

/// An id of zeros is none.
fn is_none(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

/// `SpanKind` of opentelemetry/proto/trace/v1/trace.proto, as number or name.
fn kind(value: Option<&Value>) -> Kind {
    let Some(value) = value else { return Kind::Unknown };
    match (value.as_str().unwrap_or_default(), number(value).unwrap_or(0)) {
        ("SPAN_KIND_INTERNAL", _) | (_, 1) => Kind::Internal,
        ("SPAN_KIND_SERVER" | "SPAN_KIND_CONSUMER", _) | (_, 2 | 5) => Kind::Server,
        ("SPAN_KIND_CLIENT" | "SPAN_KIND_PRODUCER", _) | (_, 3 | 4) => Kind::Client,
        _ => Kind::Unknown,
    }
}

fn attribute<'v>(attributes: &'v [Value], key: &str) -> Option<&'v Value> {
    let found = attributes.iter().find(|item| item.get("key").and_then(Value::as_str) == Some(key))?;
    found.get("value")
}

fn string<'v>(attributes: &'v [Value], key: &str) -> Option<&'v str> {
    attribute(attributes, key).and_then(|value| text(value, &["stringValue", "string_value"]))
}

fn failure(item: &Value, attributes: &[Value]) -> Option<Failure> {
    let status = item.get("status");
    let code = status.and_then(|status| status.get("code"));
    let is_error =
        code.is_some_and(|code| number(code) == Some(2) || code.as_str() == Some("STATUS_CODE_ERROR"));
    if !is_error {
        return None;
    }
    let http = ["http.response.status_code", "http.status_code"]
        .iter()
        .find_map(|key| attribute(attributes, key))
        .and_then(|value| member(value, &["intValue", "int_value", "stringValue"]).and_then(number));
    let exception = list(item, &["events"]).iter().rev().find_map(|event| {
        let attributes = list(event, &["attributes"]);
        let parts = [string(attributes, "exception.type"), string(attributes, "exception.message")];
        let said = parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
        (!said.is_empty()).then_some(said)
    });
    let said = exception.or_else(|| status.and_then(|status| text(status, &["message"])).map(str::to_owned));
    Some(Failure {
        blame: http.and_then(Blame::of_status).unwrap_or(Blame::Fault),
        status: http.and_then(|status| u16::try_from(status).ok()),
        text: said.map(|said| words(&said)),
    })
}
