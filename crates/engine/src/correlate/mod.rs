//! Which incident an alarm belongs to: a pure function that says why.
//!
//! [`correlate`] takes one arriving alarm and the incidents that are open, and answers open, link or skip, each with a
//! sentence for whoever is on call. Nothing is stored and nothing is final: [`split`] takes alarms out again that the
//! cause, once it is proven, does not explain, and a person may unlink any alarm for good.
//!
//! The rules, in order; of several incidents the one with the strongest rule is taken, then the oldest:
//!
//! 1. Tests and real alarms never mix.
//! 2. [`Rule::SameAlarm`]: an open incident has this very alarm (same key), however long ago it began.
//! 3. Whatever is not a trigger (OK, update, suppressed, change) belongs to the incident that has it, or to none; it
//!    never starts one. A change links like a trigger, but starts nothing either.
//! 4. [`Rule::OneChange`]: the proven cause of an incident affects what the alarm is about, and the alarm came after the
//!    change: at any time where the cause names it, and up to [`EXPLAINED_S`] after the change where only the topology
//!    says so.
//! 5. [`Rule::SameApplication`]: received within [`WINDOW_S`] of the incident's first alarm, same application. The
//!    window is fixed: later alarms do not lengthen it, else a flapping one would keep an incident open for unrelated ones.
//! 6. [`Rule::SharedDependency`]: received within the same window, and both need the same thing of the topology: see
//!    [`Dependencies`] for which things tell.
//!
//! Rules 4 to 6 never link an alarm that the proven cause contradicts: see [`split`].
//!
//! Source of the window and of the rules: requirements COR-01 to COR-07.

mod application;
mod arrival;
mod correlator;
mod dependencies;
mod explained;
mod profile;
mod rules;
#[cfg(test)]
mod tests;
mod topology;

pub use correlator::{Correlator, correlate};
pub use dependencies::Dependencies;
pub use explained::split;

use butfor_incident::Timestamp;
use std::collections::BTreeSet;

/// Seconds from an incident's first alarm within which alarms are linked by application or dependency; the last one
/// counts (60 s is in, 61 s is out).
pub const WINDOW_S: i64 = 60;

/// Seconds after a proven change within which an alarm is linked because its resource depends on what was changed,
/// without being named by the cause. CloudWatch's usual alarms look at up to three periods of five minutes.
pub const EXPLAINED_S: i64 = 900;

/// What an alarm says has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arriving {
    /// It went off (`ALARM`, firing, triggered).
    Trigger,
    /// News of something that went off before (acknowledged, reassigned, `INSUFFICIENT_DATA`).
    Update,
    /// It is over (`OK`, resolved, closed).
    Resolve,
    /// It went off, but somebody muted it.
    Suppressed {
        /// By what: the suppressor alarm or the mute rule.
        by: String,
    },
    /// Something was changed or deployed.
    Change,
}

/// One alarm, or other event, as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// When its state changed; when it was received where the sender does not say.
    pub at: Timestamp,
    /// When it was received.
    pub received_at: Timestamp,
    /// Who sent it (`sns`, `pagerduty`).
    pub source: String,
    /// The alarm's name, or a title.
    pub name: String,
    /// Names the same alarm every time: its ARN, or what [`Arrival::key_of`] makes of source, name, account and region.
    pub key: String,
    /// What has happened.
    pub state: Arriving,
    /// Twelve-digit account; empty where it is not known.
    pub account: String,
    /// Region code; empty where it is not known.
    pub region: String,
    /// The application, where the sender names it. What the topology says of `resources` counts as well.
    pub application: Option<String>,
    /// What it is about: ids, ARNs, values of dimensions.
    pub resources: Vec<String>,
    /// A test: it meets only tests.
    pub is_test: bool,
}

/// An incident that is not closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIncident {
    /// Its number.
    pub id: i64,
    /// When its first alarm was received.
    pub opened_at: Timestamp,
    /// Its application, where that is known besides what its members say.
    pub application: Option<String>,
    /// Whether it is of tests.
    pub is_test: bool,
    /// Everything linked to it, the first alarm included.
    pub members: Vec<Arrival>,
    /// Keys of alarms that a person said do not belong: they are never linked to it again.
    pub unlinked_keys: Vec<String>,
    /// What its investigation proved; `None` before its verdict.
    pub explained: Option<Explained>,
}

/// What an investigation proved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explained {
    /// Proven causes; with none, nothing is linked or split because of them.
    pub causes: Vec<ExplainedCause>,
    /// Ids and names of what was looked at and works.
    pub unaffected: BTreeSet<String>,
}

/// A proven cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedCause {
    /// What happened, in a sentence.
    pub headline: String,
    /// Ids of what was changed.
    pub resource_ids: BTreeSet<String>,
    /// When; `None` where nobody saw it.
    pub changed_at: Option<Timestamp>,
    /// Ids and names of what does not work because of it.
    pub affected: BTreeSet<String>,
}

/// Why an alarm was linked; the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The incident has this very alarm.
    SameAlarm,
    /// The incident's proven cause affects it.
    OneChange,
    /// Same application, same minute.
    SameApplication,
    /// Both need the same thing, same minute.
    SharedDependency,
}

impl Rule {
    /// The word stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SameAlarm => "same_alarm",
            Self::OneChange => "one_change",
            Self::SameApplication => "same_application",
            Self::SharedDependency => "shared_dependency",
        }
    }
}

/// What becomes of an alarm. Reasons are sentences without a full stop that name ids and seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A new incident.
    Open {
        /// Why not an open one.
        reason: String,
    },
    /// It belongs to an open incident.
    Link {
        /// Its number.
        incident: i64,
        /// Why, in a word.
        rule: Rule,
        /// Why.
        reason: String,
    },
    /// Nothing is to be done.
    Skip {
        /// Why.
        reason: String,
    },
}

impl Decision {
    /// Why.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Open { reason } | Self::Link { reason, .. } | Self::Skip { reason } => reason,
        }
    }
}

/// An alarm that does not belong to its incident after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Index into [`OpenIncident::members`].
    pub member: usize,
    /// How the cause contradicts it.
    pub reason: String,
}
