//! X-Ray: answers of `BatchGetTraces` and `GetServiceGraph`, and bare segment documents.
//!
//! Source: <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html> and the API reference. A segment is a span of
//! the component it is named after; a subsegment with a `namespace` is a call of what it is named after, others are
//! work within the component.

use super::json::{flag, list, member, name, number, text, words};
use super::{Blame, Edge, Failure, Kind, Parsed, ReadError, Span};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The spans of a `BatchGetTraces` answer, of a segment document, or of a list of such. Segments' documents are JSON
/// in JSON, as the API sends them, or plain objects.
///
/// # Errors
///
/// When it is not JSON, or holds neither traces nor segments.
pub fn read(document: &str) -> Result<Parsed, ReadError> {
    let value: Value = serde_json::from_str(document)?;
    let mut parsed = Parsed::default();
    let roots = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice);
    let mut is_known = roots.is_empty();
    for root in roots {
        if let Some(traces) = member(root, &["Traces", "traces"]) {
            is_known = true;
            for trace in traces.as_array().into_iter().flatten() {
                segments(trace, &mut parsed);
            }
        } else if member(root, &["Segments", "segments"]).is_some() {
            is_known = true;
            segments(root, &mut parsed);
        } else if root.get("start_time").is_some() || root.get("Document").is_some() {
            is_known = true;
            segment(root, None, &mut parsed);
        } else {
            parsed.skipped += 1;
        }
    }
    if is_known { Ok(parsed) } else { Err(ReadError::Shape("Traces")) }
}

fn segments(trace: &Value, parsed: &mut Parsed) {
    let id = text(trace, &["Id", "id"]);
    for item in list(trace, &["Segments", "segments"]) {
        segment(item, id, parsed);
    }
}

fn segment(item: &Value, trace: Option<&str>, parsed: &mut Parsed) {
    let inner;
    let document = match member(item, &["Document", "document"]) {
        Some(Value::String(text)) => match serde_json::from_str::<Value>(text) {
            Ok(value) => {
                inner = value;
                &inner
            }
            Err(_) => {
                parsed.skipped += 1;
                return;
            }
        },
        Some(object) => object,
        None => item,
    };
    let trace = text(document, &["trace_id"]).or(trace);
    let (Some(trace), Some(component)) = (trace, text(document, &["name"])) else {
        parsed.skipped += 1;
        return;
    };
    let (trace, component) = (name(trace), name(component));
    // A list instead of recursion: how deep subsegments nest is the document's choice.
    let parent = text(document, &["parent_id"]).map(name);
    let mut open = vec![(document, parent, true)];
    while let Some((piece, parent, is_segment)) = open.pop() {
        let Some(span) = span(piece, &trace, parent, &component, is_segment) else {
            parsed.skipped += 1;
            continue;
        };
        let id = span.id.clone();
        parsed.push(span);
        for below in list(piece, &["subsegments"]).iter().rev() {
            open.push((below, Some(id.clone()), false));
        }
    }
}

fn span(
    piece: &Value,
    trace: &Arc<str>,
    parent: Option<Arc<str>>,
    component: &Arc<str>,
    is_segment: bool,
) -> Option<Span> {
    let id = name(text(piece, &["id"])?);
    let own_name = text(piece, &["name"])?;
    let start_ns = seconds(piece.get("start_time")?)?;
    let is_call = !is_segment && text(piece, &["namespace"]).is_some();
    let http = piece.get("http");
    let request = http.and_then(|http| http.get("request"));
    let call = piece.get("aws").and_then(|aws| text(aws, &["operation"]));
    let method = request.and_then(|request| text(request, &["method"]));
    let operation = match (call, method) {
        (Some(call), _) => call,
        (None, Some(method)) if is_segment || is_call => method,
        _ => own_name,
    };
    Some(Span {
        trace: trace.clone(),
        id,
        parent,
        component: component.clone(),
        operation: name(operation),
        kind: match (is_segment, is_call) {
            (true, _) => Kind::Server,
            (false, true) => Kind::Client,
            (false, false) => Kind::Internal,
        },
        start_ns,
        end_ns: piece.get("end_time").and_then(seconds),
        failure: failure(piece),
        peer: is_call.then(|| name(own_name)),
    })
}

/// Seconds since 1970 with a fraction, as nanoseconds. A double keeps microseconds of today's times.
fn seconds(value: &Value) -> Option<i64> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    (seconds.abs() < 9e9).then(|| (seconds * 1e6).round() as i64 * 1000)
}

fn failure(piece: &Value) -> Option<Failure> {
    let response = piece.get("http").and_then(|http| http.get("response"));
    let status = response.and_then(|response| response.get("status")).and_then(number);
    // A throttled call has `error`, too.
    let blame = if flag(piece, "throttle") {
        Blame::Throttle
    } else if flag(piece, "fault") {
        Blame::Fault
    } else if flag(piece, "error") {
        status.and_then(Blame::of_status).filter(|blame| *blame == Blame::Throttle).unwrap_or(Blame::Error)
    } else {
        return None;
    };
    let exception = piece.get("cause").and_then(|cause| list(cause, &["exceptions"]).first());
    let said = exception.map(|exception| {
        let parts = [text(exception, &["type"]), text(exception, &["message"])];
        words(&parts.into_iter().flatten().collect::<Vec<_>>().join(": "))
    });
    Some(Failure {
        blame,
        status: status.and_then(|status| u16::try_from(status).ok()),
        text: said.filter(|said| !said.is_empty()),
    })
}

/// The edges of a `GetServiceGraph` answer, in the order of its services. A client, whose requests come from outside, is
/// a component as others are.
///
/// # Errors
///
/// When it is not JSON, or holds no services.
pub fn read_graph(document: &str) -> Result<Vec<Edge>, ReadError> {
    let value: Value = serde_json::from_str(document)?;
    let services = member(&value, &["Services", "services"]).and_then(Value::as_array);
    let services = services.ok_or(ReadError::Shape("Services"))?;
    let mut names = BTreeMap::new();
    for service in services {
        let id = service.get("ReferenceId").and_then(number);
        let called = text(service, &["Name"]).or_else(|| text(service, &["Type"]));
        if let (Some(id), Some(called)) = (id, called) {
            names.entry(id).or_insert_with(|| name(called));
        }
    }
    let name_of = |value: &Value| value.get("ReferenceId").and_then(number).and_then(|id| names.get(&id));
    let mut edges = Vec::new();
    for service in services {
        let Some(caller) = name_of(service) else { continue };
        for edge in list(service, &["Edges"]) {
            let Some(callee) = name_of(edge) else { continue };
            let statistics = edge.get("SummaryStatistics").unwrap_or(&Value::Null);
            let count = |path: &[&str]| {
                let found = path.iter().try_fold(statistics, |value, name| value.get(name));
                found.and_then(number).unwrap_or(0)
            };
            edges.push(Edge {
                caller: caller.clone(),
                callee: callee.clone(),
                calls: count(&["TotalCount"]),
                errors: count(&["ErrorStatistics", "TotalCount"]),
                throttles: count(&["ErrorStatistics", "ThrottleCount"]),
                faults: count(&["FaultStatistics", "TotalCount"]),
                seconds: statistics
                    .get("TotalResponseTime")
                    .and_then(Value::as_f64)
                    .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
                    .unwrap_or(0.0),
            });
        }
    }
    Ok(edges)
}
