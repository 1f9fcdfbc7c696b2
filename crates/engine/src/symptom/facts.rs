//! What application logs say in known words: a missing variable, throttling, a time-out of a function, memory that ran out.
//!
//! Text is untrusted: a fact is a kind and a few names, quoted as a line; it never becomes a command.

use super::log_answers::{LogAnswer, LogEvent};
use butfor_incident::{EvidenceId, Timestamp};
use butfor_signals::logs::signature::{self, Kind, Timeout};
use std::collections::{BTreeMap, BTreeSet};

/// Moments kept of one fact.
const TIMES_MAX: usize = 10_000;

/// Longest quoted line, in characters.
const QUOTE_CHARS_MAX: usize = 200;

/// What a log says, in the words of a report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Saying {
    /// An environment variable is not set.
    MissingVariable(String),
    /// Requests were turned away because there were too many.
    Throttled,
    /// A function ran out of its time.
    FunctionTimedOut,
    /// A function or container ran out of memory.
    OutOfMemory,
    /// A module, class, table or file that is looked up by name is not there.
    Missing(String),
}

impl Saying {
    /// In words, after the name of who says it.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::MissingVariable(name) => format!("lacks the environment variable {name}"),
            Self::Throttled => "is throttled".to_owned(),
            Self::FunctionTimedOut => "runs out of its time".to_owned(),
            Self::OutOfMemory => "runs out of memory".to_owned(),
            Self::Missing(name) => format!("does not find {name}"),
        }
    }

    fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::MissingEnvironmentVariable { name } => Some(Self::MissingVariable(name)),
            Kind::Throttled { .. } => Some(Self::Throttled),
            Kind::TimedOut { by: Timeout::Lambda, .. } => Some(Self::FunctionTimedOut),
            Kind::OutOfMemory { .. } => Some(Self::OutOfMemory),
            Kind::Missing { name: Some(name), .. } => Some(Self::Missing(name)),
            _ => None,
        }
    }
}

/// All lines of one log group that say the same.
#[derive(Debug, Clone)]
pub(crate) struct LoggedFact {
    pub account: String,
    pub region: String,
    pub group: String,
    pub saying: Saying,
    /// Every moment, each once: the same event in the answers of two queries is one.
    pub times: BTreeSet<Timestamp>,
    /// The first line that says so, cut.
    pub line: String,
    pub evidence: Vec<EvidenceId>,
}

impl LoggedFact {
    /// When it was first said.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.times.first().copied()
    }
}

type Key = ((String, String), String, Saying);

/// Reads every log answer of a case; in order of first appearance.
pub(crate) fn read(answers: &[LogAnswer<'_>]) -> Vec<LoggedFact> {
    let mut all: BTreeMap<Key, LoggedFact> = BTreeMap::new();
    for LogAnswer { evidence, group, events, .. } in answers {
        for LogEvent { at, message, .. } in events {
            let at = *at;
            for fact in signature::read(message) {
                let Some(saying) = Saying::of(fact.kind) else { continue };
                let place = (evidence.query.account.clone(), evidence.query.region.clone());
                let key = (place, group.clone(), saying.clone());
                let entry = all.entry(key).or_insert_with(|| LoggedFact {
                    account: evidence.query.account.clone(),
                    region: evidence.query.region.clone(),
                    group: group.clone(),
                    saying,
                    times: BTreeSet::new(),
                    line: String::new(),
                    evidence: Vec::new(),
                });
                let line: String = fact.quote.chars().take(QUOTE_CHARS_MAX).collect();
                if entry.line.is_empty()
                    || entry.first().is_some_and(|first| (at, &line) < (first, &entry.line))
                {
                    entry.line = line;
                }
                if entry.times.len() < TIMES_MAX {
                    entry.times.insert(at);
                }
                if !entry.evidence.contains(&evidence.id()) {
                    entry.evidence.push(evidence.id());
                }
            }
        }
    }
    let mut all: Vec<LoggedFact> = all.into_values().collect();
    for fact in &mut all {
        fact.evidence.sort_unstable();
    }
    all.sort_by(|a, b| (a.first(), &a.group, &a.saying).cmp(&(b.first(), &b.group, &b.saying)));
    all
}
