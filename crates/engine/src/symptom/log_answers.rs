//! What CloudWatch Logs answered, read once for every reader of log lines.

use super::log_query;
use crate::lenient::or_default;
use butfor_incident::{Body, CaseFile, Evidence, Timestamp};
use serde::Deserialize;

/// The answer of one query for log events.
pub(crate) struct LogAnswer<'c> {
    pub evidence: &'c Evidence,
    /// The log group that was asked for; empty when the query names none.
    pub group: String,
    /// The filter pattern the events had to match; empty for all.
    pub filter: String,
    /// From when on was asked, where the query says.
    pub from: Option<Timestamp>,
    /// Until when: at the latest the moment of the query.
    pub until: Option<Timestamp>,
    pub events: Vec<LogEvent>,
}

/// One event of a log.
pub(crate) struct LogEvent {
    pub at: Timestamp,
    /// Its log stream; empty when neither the event nor the query names one.
    pub stream: String,
    pub message: String,
}

/// Reads every log answer of a case, in the order of the evidence.
pub(crate) fn read(case: &CaseFile) -> Vec<LogAnswer<'_>> {
    let started = log_query::Started::read(case);
    case.evidence.iter().filter_map(|one| answer(one).or_else(|| started.answer(one))).collect()
}

fn answer(evidence: &Evidence) -> Option<LogAnswer<'_>> {
    let Body::Call(output) = &evidence.body else { return None };
    if !matches!(evidence.query.operation.as_str(), "FilterLogEvents" | "GetLogEvents") {
        return None;
    }
    let asked: Parameters = serde_json::from_str(&evidence.query.parameters).unwrap_or_default();
    let output: Output = serde_json::from_str(output).ok()?;
    let events: Vec<LogEvent> = output
        .events
        .into_iter()
        .map(|event| LogEvent {
            at: Timestamp::from_millis(event.timestamp),
            stream: event.stream.or_else(|| asked.stream.clone()).unwrap_or_default(),
            message: event.message,
        })
        .collect();
    let from = asked.from_ms.map(Timestamp::from_millis);
    let until = [asked.until_ms.map(Timestamp::from_millis), evidence.at].into_iter().flatten().min();
    Some(LogAnswer { evidence, events, group: asked.group, filter: asked.filter, from, until })
}

#[derive(Deserialize, Default)]
struct Parameters {
    #[serde(rename = "logGroupName", default, deserialize_with = "or_default")]
    group: String,
    #[serde(rename = "logStreamName")]
    stream: Option<String>,
    #[serde(rename = "filterPattern", default, deserialize_with = "or_default")]
    filter: String,
    #[serde(rename = "startTime", default, deserialize_with = "or_default")]
    from_ms: Option<i64>,
    #[serde(rename = "endTime", default, deserialize_with = "or_default")]
    until_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default, deserialize_with = "or_default")]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "logStreamName")]
    stream: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    timestamp: i64,
    #[serde(default, deserialize_with = "or_default")]
    message: String,
}
