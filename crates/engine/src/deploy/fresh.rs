//! What the log of a component says after a deploy and never said before it.

use super::component::{Component, alerted, components};
use crate::symptom::Symptom;
use crate::symptom::log_answers::LogAnswer;
use butfor_incident::{EvidenceId, Timestamp};
use butfor_signals::logs::signature::{self, Fact, Kind, Thing};
use butfor_world::World;
use std::collections::{BTreeMap, BTreeSet};

/// How far back the baseline reaches: what was usual an hour ago is usual.
const BASELINE_SECONDS: i64 = 60 * 60;

/// Lines without which a baseline says nothing, and how long before the deploy it must begin. A function that is called once a
/// minute logs three lines an invocation.
const BASELINE_LINES_MIN: usize = 5;
const BASELINE_SECONDS_MIN: i64 = 4 * 60;

/// Lines of one log that are looked at.
const LINES_MAX: usize = 50_000;

/// Longest quoted line, in characters.
const QUOTE_CHARS_MAX: usize = 160;

/// Parts of the names of exceptions that speak of the other side, the way there, or permissions: any of these may begin without
/// a change of the code that raises them.
const OUTSIDE_WORDS: &[&str] = &[
    "timeout",
    "timedout",
    "connect",
    "socket",
    "network",
    "http",
    "throttl",
    "access",
    "denied",
    "auth",
    "permission",
    "credential",
    "clienterror",
    "serviceexception",
    "ssl",
    "tls",
    "dns",
    "resolve",
    "gaierror",
    "operational",
    "database",
    "sql",
    "deadlock",
    "toomany",
    "limitexceeded",
    "unavailable",
    "ioexception",
    "oserror",
    "memory",
    "disk",
];

/// The log of one component.
pub(crate) struct ComponentLog<'a> {
    pub component: Component,
    /// In order of time, each line once.
    pub lines: Vec<(Timestamp, &'a str, EvidenceId)>,
}

/// A failure that a log tells of.
#[derive(Debug, Clone)]
pub(crate) struct Fresh {
    /// `raises KeyError`.
    pub words: String,
    /// What to look for in the log afterwards.
    pub pattern: String,
    /// Whether it can only arise in the component's own code or package.
    pub is_own: bool,
    pub first: Timestamp,
    pub last: Timestamp,
    pub count: usize,
    pub line: String,
    pub evidence: BTreeSet<EvidenceId>,
}

/// The lines before a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Baseline {
    pub lines: usize,
    pub seconds: i64,
}

impl Baseline {
    /// Whether what is not in it can be called new.
    pub(crate) fn is_enough(self) -> bool {
        self.lines >= BASELINE_LINES_MIN && self.seconds >= BASELINE_SECONDS_MIN
    }
}

/// The logs of a case by component.
///
/// What an alert names and has no log here has an empty one: a deploy of it may still be suspected.
pub(crate) fn logs<'a>(
    now: &World,
    symptom: &Symptom,
    answers: &'a [LogAnswer<'_>],
) -> Vec<ComponentLog<'a>> {
    let place = |answer: &'a LogAnswer<'_>| {
        let query = &answer.evidence.query;
        (query.account.as_str(), query.region.as_str(), answer.group.as_str())
    };
    let all = components(now, answers.iter().map(place));
    let log = |component: Component| {
        let wanted = (component.account.as_str(), component.region.as_str(), component.group.as_str());
        let mut lines: Vec<_> = answers
            .iter()
            .filter(|answer| place(answer) == wanted)
            .flat_map(|answer| {
                let id = answer.evidence.id();
                answer.events.iter().map(move |event| (event.at, event.message.as_str(), id))
            })
            .collect();
        lines.sort();
        lines.dedup_by(|a, b| (a.0, a.1) == (b.0, b.1));
        lines.truncate(LINES_MAX);
        ComponentLog { component, lines }
    };
    let mut logs: Vec<ComponentLog<'a>> = all.into_iter().map(log).collect();
    for component in alerted(now, symptom) {
        if logs.iter().all(|log| log.component.name != component.name) {
            logs.push(ComponentLog { component, lines: Vec::new() });
        }
    }
    logs
}

impl ComponentLog<'_> {
    /// How much is known of the time before a moment.
    pub(crate) fn baseline(&self, moment: Timestamp) -> Baseline {
        let since = moment.plus_seconds(-BASELINE_SECONDS);
        let own: Vec<Timestamp> =
            self.lines.iter().map(|(at, ..)| *at).filter(|at| *at >= since && *at < moment).collect();
        let seconds = own.first().map_or(0, |first| moment.seconds_since(*first));
        Baseline { lines: own.len(), seconds }
    }

    /// Whether it told of a failure before a moment that it still tells of: then what happened at that moment did not begin it.
    pub(crate) fn was_failing(&self, moment: Timestamp) -> bool {
        let since = moment.plus_seconds(-BASELINE_SECONDS);
        let told = |wanted: &dyn Fn(Timestamp) -> bool| -> BTreeSet<String> {
            let own = self.lines.iter().filter(|(at, ..)| wanted(*at));
            own.flat_map(|(_, message, _)| failures(message)).map(|(words, ..)| words).collect()
        };
        let before = told(&|at| at >= since && at < moment);
        !before.is_disjoint(&told(&|at| at >= moment))
    }

    /// Failures that are told since a moment and never before it, the earliest first.
    pub(crate) fn fresh(&self, moment: Timestamp) -> Vec<Fresh> {
        let mut known: BTreeSet<String> = BTreeSet::new();
        let mut found: BTreeMap<String, Fresh> = BTreeMap::new();
        for (at, message, evidence) in &self.lines {
            for (words, pattern, is_own, quote) in failures(message) {
                if *at < moment {
                    known.insert(words);
                    continue;
                }
                let entry = found.entry(words.clone()).or_insert_with(|| Fresh {
                    words,
                    pattern,
                    is_own,
                    first: *at,
                    last: *at,
                    count: 0,
                    line: quote.chars().take(QUOTE_CHARS_MAX).collect(),
                    evidence: BTreeSet::new(),
                });
                entry.count += 1;
                entry.last = *at;
                // One line that tells of something outside is enough to doubt that all come from the code.
                entry.is_own &= is_own;
                entry.evidence.insert(*evidence);
            }
        }
        found.retain(|words, _| !known.contains(words));
        let mut all: Vec<Fresh> = found.into_values().collect();
        all.sort_by(|a, b| (!a.is_own, a.first, &a.words).cmp(&(!b.is_own, b.first, &b.words)));
        all
    }
}

/// The failures one line tells of: in words, what to look for, whether they are the component's own, and the words quoted.
fn failures(message: &str) -> Vec<(String, String, bool, String)> {
    let facts = signature::read(message);
    let is_outside = facts.iter().any(|fact| is_outside(&fact.kind));
    facts
        .into_iter()
        .filter_map(|fact| {
            let Fact { kind, quote } = fact;
            let (words, pattern, is_own) = described(kind)?;
            Some((words, pattern, is_own && !is_outside, quote))
        })
        .collect()
}

/// Whether a line tells of something that need not come from the code.
fn is_outside(kind: &Kind) -> bool {
    match kind {
        Kind::MissingEnvironmentVariable { .. }
        | Kind::InitFailed { .. }
        | Kind::InvocationFailed { .. }
        | Kind::ContainerExited { .. } => false,
        // Tables and columns go when somebody changes the database.
        Kind::Missing { thing, .. } => !matches!(thing, Thing::Module | Thing::Class | Thing::File),
        Kind::Exception { name, .. } => {
            let name = name.to_lowercase();
            OUTSIDE_WORDS.iter().any(|word| name.contains(word))
        }
        _ => true,
    }
}

/// In words, what to look for, and whether it may be the component's own.
fn described(kind: Kind) -> Option<(String, String, bool)> {
    let own = !is_outside(&kind);
    Some(match kind {
        Kind::Exception { name, .. } => (format!("raises {name}"), name, own),
        Kind::MissingEnvironmentVariable { name } => {
            (format!("lacks the environment variable {name}"), name, own)
        }
        Kind::Missing { name: Some(name), .. } => (format!("does not find {name}"), name, own),
        Kind::InitFailed { error_type } => {
            let name = error_type.unwrap_or_else(|| "error".to_owned());
            (format!("fails before its handler runs ({name})"), name, own)
        }
        Kind::TimedOut { .. } => ("runs into a time-out".to_owned(), "imed out".to_owned(), own),
        Kind::Connection { .. } => ("loses connections".to_owned(), "onnection".to_owned(), own),
        Kind::OutOfMemory { .. } => ("runs out of memory".to_owned(), "memory".to_owned(), own),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_arises_in_the_code_is_its_own() {
        let own = |message: &str| failures(message).iter().map(|(_, _, own, _)| *own).collect::<Vec<_>>();
        let trace = "Traceback (most recent call last):\n  File \"/var/task/app.py\", line 9, in handler\n    x = order[\"total\"]\nKeyError: 'total'";
        assert_eq!(own(trace), [true]);
        let refused = "Error: connect ETIMEDOUT 10.0.0.9:5432\n    at TCPConnectWrap.afterConnect";
        assert!(own(refused).iter().all(|own| !own), "{refused}");
        assert!(own("INFO GET /orders 200 12 ms").is_empty());
    }
}
