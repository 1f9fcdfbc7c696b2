//! Requests as logs tell of them: how long a service took, what it answered, and where a proxy gave up waiting.

use super::log_answers::{LogAnswer, LogEvent};
use butfor_incident::{EvidenceId, Timestamp};
use butfor_signals::logs::signature::{self, Kind, Timeout};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Requests that one log group tells of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchanges {
    /// Durations of answered requests, in milliseconds, in order.
    pub durations_ms: Vec<f64>,
    /// Status codes, with how often.
    pub statuses: BTreeMap<u16, usize>,
    /// Paths that were answered with success and quickly: health checks.
    pub health: BTreeMap<String, usize>,
    /// When a line last said that a proxy gave up waiting for its backend.
    pub gave_up_last: Option<Timestamp>,
    pub evidence: BTreeSet<EvidenceId>,
}

/// Members that hold a duration in milliseconds.
const DURATIONS: &[&str] =
    &["duration_ms", "durationMs", "elapsed_ms", "response_time_ms", "latency_ms", "took_ms"];

/// Reads every log answer of a case, by log group.
pub(crate) fn read(answers: &[LogAnswer<'_>]) -> BTreeMap<String, Exchanges> {
    let mut all: BTreeMap<String, Exchanges> = BTreeMap::new();
    for answer in answers {
        for event in &answer.events {
            let group = all.entry(answer.group.clone()).or_default();
            if group.add(event) {
                group.evidence.insert(answer.evidence.id());
            }
        }
    }
    for group in all.values_mut() {
        group.durations_ms.sort_by(f64::total_cmp);
    }
    all
}

impl Exchanges {
    /// Takes what a line tells; false when it tells of no request.
    fn add(&mut self, event: &LogEvent) -> bool {
        let message = event.message.as_str();
        let gave_up = signature::read(message)
            .iter()
            .any(|fact| matches!(fact.kind, Kind::TimedOut { by: Timeout::Upstream, .. }));
        // The access log's 504 is the answer to the same request that the error log says was given up.
        if gave_up && !message.contains("\" 504 ") {
            self.gave_up_last = self.gave_up_last.max(Some(event.at));
            return true;
        }
        self.structured(message) || self.access(message)
    }

    fn structured(&mut self, message: &str) -> bool {
        if !message.starts_with('{') {
            return false;
        }
        let Ok(entry) = serde_json::from_str::<Value>(message) else { return false };
        let status =
            entry.get("status").and_then(|status| status.as_u64().or_else(|| status.as_str()?.parse().ok()));
        let duration = DURATIONS.iter().find_map(|name| entry.get(*name)?.as_f64());
        if let Some(status) = status.and_then(|status| u16::try_from(status).ok()) {
            *self.statuses.entry(status).or_default() += 1;
            let text = ["msg", "message", "path", "url"].iter().find_map(|name| entry.get(*name)?.as_str());
            if let Some(path) = text.and_then(health_path).filter(|_| status == 200) {
                *self.health.entry(path.to_owned()).or_default() += 1;
                return true;
            }
        }
        self.durations_ms.extend(duration);
        status.is_some() || duration.is_some()
    }

    /// A line of an access log in the common form: `"GET /path HTTP/1.1" 504 167`.
    fn access(&mut self, message: &str) -> bool {
        let Some((_, rest)) = message.split_once(" HTTP/") else { return false };
        let Some((_, rest)) = rest.split_once("\" ") else { return false };
        let code = rest.split(' ').next().and_then(|code| code.parse::<u16>().ok());
        let Some(code) = code.filter(|code| (100..600).contains(code)) else { return false };
        *self.statuses.entry(code).or_default() += 1;
        true
    }
}

/// The path of a health check in a text.
fn health_path(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| word.starts_with('/') && word.to_ascii_lowercase().contains("health"))
}
