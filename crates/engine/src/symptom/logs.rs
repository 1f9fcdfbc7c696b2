//! Failures that applications logged: which stream, which kind, towards which address.
//!
//! Log text is untrusted data. It can name addresses and ports to look at; it can never add a cause, a command or a
//! sentence of its own to a report other than as a quoted line.

use super::log_answers::{LogAnswer, LogEvent};
use crate::lenient::or_default;
use butfor_incident::{EvidenceId, Timestamp};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What kind of failure a line tells. A security group or network ACL drops silently, so only a time-out (or nothing)
/// can come from one; a refusal comes from a host that was reached (requirements, NET-09 and EVI-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FailureKind {
    TimedOut,
    Refused,
    Unreachable,
    NameNotFound,
    AccessDenied,
}

impl FailureKind {
    /// In words.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::TimedOut => "timed out",
            Self::Refused => "was refused",
            Self::Unreachable => "was unreachable",
            Self::NameNotFound => "could not resolve a name",
            Self::AccessDenied => "was denied",
        }
    }
}

/// A host or address with a port, as a log line names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LogTarget {
    /// Name or address.
    pub host: String,
    /// Port, where named.
    pub port: Option<u16>,
}

/// All lines of one stream that tell the same.
#[derive(Debug, Clone)]
pub(crate) struct LoggedFailure {
    pub group: String,
    pub stream: String,
    pub kind: FailureKind,
    pub targets: Vec<LogTarget>,
    /// Instance, interface and host names anywhere in its lines: who logged it, where the stream does not say.
    pub hosts: BTreeSet<String>,
    pub count: u64,
    /// Every moment, in order, the earliest ones up to a limit.
    pub times: Vec<Timestamp>,
    pub first: Timestamp,
    pub last: Timestamp,
    /// The first line, cut.
    pub line: String,
    pub evidence: Vec<EvidenceId>,
}

/// What the application logs say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logs {
    /// In order of first appearance.
    pub failures: Vec<LoggedFailure>,
    /// Streams that logged anything at all, by (group, stream), with their last moment.
    pub streams: BTreeMap<(String, String), Timestamp>,
    /// Name to addresses, from Route 53 resolver query logs.
    pub answers: BTreeMap<String, Vec<IpAddr>>,
}

/// Moments kept of one kind of failure: enough to tell since when it goes on.
const TIMES_MAX: usize = 10_000;

/// A pause that ends a run of failures: longer than retries with back-off and batch intervals of minutes.
const PAUSE_SECONDS_MAX: i64 = 10 * 60;

impl LoggedFailure {
    /// Since when it has been going on at `moment`: the start of the run that is under way then, or comes next. A single
    /// time-out an hour before is noise, not the start.
    pub(crate) fn since(&self, moment: Timestamp) -> Timestamp {
        let mut since = self.first;
        let mut previous = self.first;
        for at in &self.times {
            if at.seconds_since(previous) > PAUSE_SECONDS_MAX && previous < moment {
                since = *at;
            }
            previous = *at;
        }
        since
    }
}

/// Longest quoted line.
const LINE_CHARS_MAX: usize = 200;

/// Reads every log answer of a case.
pub(crate) fn read(answers: &[LogAnswer<'_>]) -> Logs {
    let mut logs = Logs::default();
    let mut failures: BTreeMap<(String, String, FailureKind, Vec<LogTarget>), LoggedFailure> =
        BTreeMap::new();
    for answer in answers {
        let group = &answer.group;
        for LogEvent { at, stream, message } in &answer.events {
            let at = *at;
            if logs.remember_answer(message) {
                continue;
            }
            let last = logs.streams.entry((group.clone(), stream.clone())).or_insert(at);
            *last = at.max(*last);
            let Some(kind) = failure_kind(message) else { continue };
            let targets = targets(message);
            let key = (group.clone(), stream.clone(), kind, targets.clone());
            let entry = failures.entry(key).or_insert_with(|| LoggedFailure {
                group: group.clone(),
                stream: stream.clone(),
                kind,
                targets,
                hosts: BTreeSet::new(),
                count: 0,
                times: Vec::new(),
                first: at,
                last: at,
                line: String::new(),
                evidence: Vec::new(),
            });
            let line = first_line(message);
            if entry.line.is_empty() || (at, &line) < (entry.first, &entry.line) {
                entry.line = line;
            }
            entry.hosts.extend(own_names(message));
            entry.count += 1;
            if entry.times.len() < TIMES_MAX {
                entry.times.push(at);
            }
            entry.first = entry.first.min(at);
            entry.last = entry.last.max(at);
            if !entry.evidence.contains(&answer.evidence.id()) {
                entry.evidence.push(answer.evidence.id());
            }
        }
    }
    logs.failures = failures.into_values().collect();
    for failure in &mut logs.failures {
        failure.evidence.sort_unstable();
        failure.times.sort_unstable();
    }
    logs.failures.sort_by(|a, b| (a.first, &a.group, &a.stream).cmp(&(b.first, &b.group, &b.stream)));
    logs
}

impl Logs {
    /// Keeps the answer of a resolver query log line; false when the line is none.
    fn remember_answer(&mut self, message: &str) -> bool {
        if !message.starts_with('{') || !message.contains("\"query_name\"") {
            return false;
        }
        let Ok(query) = serde_json::from_str::<ResolverQuery>(message) else { return false };
        let addresses = query.answers.iter().filter_map(|answer| answer.data.parse::<IpAddr>().ok());
        let known = self.answers.entry(query.name.trim_end_matches('.').to_ascii_lowercase()).or_default();
        known.extend(addresses);
        known.sort_unstable();
        known.dedup();
        true
    }
}

/// Names AWS gives to instances, interfaces and hosts (`i-...`, `eni-...`, `ip-10-0-0-1.ec2.internal`) in a message.
fn own_names(message: &str) -> impl Iterator<Item = String> {
    let words = message.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.'));
    words
        .map(|word| word.trim_matches('.'))
        .filter(|word| word.len() > 8)
        .filter(|word| word.starts_with("i-") || word.starts_with("eni-") || word.starts_with("ip-"))
        .map(str::to_owned)
}

fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(LINE_CHARS_MAX).collect();
    if cut.len() < line.len() { format!("{cut}…") } else { cut }
}

/// The kind of failure a message tells, if any.
fn failure_kind(message: &str) -> Option<FailureKind> {
    let text = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["accessdenied", "access denied", "not authorized to perform", "unauthorizedoperation"]) {
        Some(FailureKind::AccessDenied)
    } else if has(&[
        "enotfound",
        "eai_again",
        "nxdomain",
        "name or service not known",
        "could not resolve",
        "no such host",
    ]) {
        Some(FailureKind::NameNotFound)
    } else if has(&["econnrefused", "connection refused", "actively refused"]) {
        Some(FailureKind::Refused)
    } else if has(&["no route to host", "network is unreachable", "ehostunreach", "enetunreach"]) {
        Some(FailureKind::Unreachable)
    } else if has(&["etimedout", "timed out", "timeout", "timedout", "connecttimeout"])
        && has(&["error", "err=", "fail", "fatal", "exception", "warn", "traceback", "etimedout"])
    {
        Some(FailureKind::TimedOut)
    } else {
        None
    }
}

/// Endings of source files, so that `connection.js:216` is not taken for a host.
const SOURCE_ENDINGS: [&str; 16] =
    ["js", "mjs", "cjs", "jsx", "ts", "tsx", "py", "java", "go", "rb", "rs", "php", "cs", "kt", "scala", "c"];

/// Words that, right before a name, say that it is the other side.
const HOST_PREFIXES: [&str; 9] =
    ["://", "host=", "hostname=", "hostname: ", "host: ", "server at ", "address: ", "tcp ", "connect to "];

/// Hosts and addresses a message names, with ports.
pub(crate) fn targets(message: &str) -> Vec<LogTarget> {
    let mut found: Vec<LogTarget> = Vec::new();
    let is_host_char = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let mut rest = message;
    let mut consumed = String::new();
    while let Some(start) = rest.find(is_host_char) {
        let (skipped, from) = rest.split_at(start);
        consumed.push_str(skipped);
        let length = from.find(|c| !is_host_char(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(length);
        if let Some(target) = target_of(word.trim_matches(['.', '-']), &consumed, after)
            && !found.contains(&target)
        {
            found.push(target);
        }
        consumed.push_str(word);
        rest = after;
    }
    // A name with its address behind it in brackets is one target; the address decides.
    found.sort();
    found
}

fn target_of(word: &str, before: &str, after: &str) -> Option<LogTarget> {
    let port = port_after(after);
    if word.parse::<IpAddr>().is_ok() {
        let dialled = port.is_some() || HOST_PREFIXES.iter().any(|prefix| before.ends_with(prefix));
        return dialled.then(|| LogTarget { host: word.to_owned(), port });
    }
    let ending = word.rsplit('.').next()?;
    let looks_like_host = word.contains('.')
        && ending.len() >= 2
        && ending.chars().all(|c| c.is_ascii_alphabetic())
        && !SOURCE_ENDINGS.contains(&ending.to_ascii_lowercase().as_str());
    if !looks_like_host {
        return None;
    }
    let before = before.trim_end_matches(['"', '\'', '`']);
    let introduced = HOST_PREFIXES.iter().any(|prefix| before.ends_with(prefix));
    let direct_port = after.starts_with(':') && port.is_some();
    if !introduced && !direct_port {
        return None;
    }
    let default = if before.ends_with("https://") {
        Some(443)
    } else if before.ends_with("http://") {
        Some(80)
    } else {
        None
    };
    Some(LogTarget { host: word.to_ascii_lowercase(), port: port.or(default) })
}

/// The port right behind a host: `:443`, `", port 5432`, `', port=443`, within one short phrase.
fn port_after(after: &str) -> Option<u16> {
    let number = |text: &str| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u16>().ok().filter(|port| *port > 0)
    };
    if let Some(rest) = after.strip_prefix(':') {
        return number(rest);
    }
    let phrase: String = after.chars().take(40).collect();
    let at = phrase.find("port")?;
    // Only punctuation, or an address in brackets, may stand between the host and the word.
    let between = phrase.get(..at)?;
    if between.chars().any(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    number(phrase.get(at + 4..)?.trim_start_matches([' ', '=', ':']))
}

#[derive(Deserialize)]
struct ResolverQuery {
    #[serde(rename = "query_name")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    answers: Vec<ResolverAnswer>,
}

#[derive(Deserialize)]
struct ResolverAnswer {
    #[serde(rename = "Rdata", default, deserialize_with = "or_default")]
    data: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, kind: Option<FailureKind>, expected: &[(&str, Option<u16>)]) {
        assert_eq!(failure_kind(message), kind, "{message}");
        let targets: Vec<_> = targets(message).into_iter().map(|target| (target.host, target.port)).collect();
        let expected: Vec<_> = expected.iter().map(|(host, port)| ((*host).to_owned(), *port)).collect();
        assert_eq!(targets, expected, "{message}");
    }

    #[test]
    fn reads_failures_of_common_clients() {
        check(
            "[ERROR] Error: connect ETIMEDOUT\n at X (/opt/app/mysql2/lib/base/connection.js:216:17)",
            Some(FailureKind::TimedOut),
            &[],
        );
        check(
            "ERROR connection to server at \"db.example.rds.amazonaws.com\" (10.0.1.2), port 5432 failed: Connection timed out",
            Some(FailureKind::TimedOut),
            &[("10.0.1.2", Some(5432)), ("db.example.rds.amazonaws.com", Some(5432))],
        );
        check(
            "level=error err=\"dial tcp 10.2.1.103:3306: i/o timeout\" route=POST /orders",
            Some(FailureKind::TimedOut),
            &[("10.2.1.103", Some(3306))],
        );
        check(
            "ConnectTimeout: HTTPSConnectionPool(host='api.example.net', port=443): Max retries, Traceback",
            Some(FailureKind::TimedOut),
            &[("api.example.net", Some(443))],
        );
        check(
            "[ERROR] https://checkip.example.com failed: Connect Timeout Error (attempted address: checkip.example.com:443, timeout: 5000ms)",
            Some(FailureKind::TimedOut),
            &[("checkip.example.com", Some(443))],
        );
        check(
            "Error: connect ECONNREFUSED 10.0.0.9:6379",
            Some(FailureKind::Refused),
            &[("10.0.0.9", Some(6379))],
        );
    }

    #[test]
    fn quiet_lines_are_no_failures() {
        check("2026-05-18 13:48:01,000 INFO app.web GET /items/18 200 24ms", None, &[]);
        check("INFO request timeout is set to 30s", None, &[]);
        check("", None, &[]);
    }
}
