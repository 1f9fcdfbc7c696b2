//! Kinds of effects, and the symptoms each can produce.

use crate::change_match::class::{Class, Presence};

/// What an effect explains of a symptom it is not known to produce.
const UNEXPECTED: f64 = 0.12;

/// What a diff can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EffectKind {
    /// A check is gone.
    GuardRemoved,
    /// An error is no longer looked at.
    ErrorIgnored,
    /// A call is gone, and nothing like it came.
    CallRemoved,
    /// What frees, closes or unlocks is gone.
    ReleaseRemoved,
    /// A lock or a synchronisation is gone.
    LockRemoved,
    /// A pause between tries is gone or shorter.
    PauseCut,
    /// A time limit is shorter.
    TimeLimitCut,
    /// A time limit is longer.
    TimeLimitRaised,
    /// Something lives shorter: a cache entry, a token.
    LifetimeCut,
    /// Something lives longer.
    LifetimeRaised,
    /// A limit, a pool, a number of copies is smaller.
    CapacityCut,
    /// The same, larger.
    CapacityRaised,
    /// More tries.
    RetriesRaised,
    /// Another number changed.
    NumberChanged,
    /// A query or a loop lost its bound.
    BoundRemoved,
    /// An index, a cache or a batch is gone: the same work costs more.
    ShortcutRemoved,
    /// Work is done once for each item.
    PerItem,
    /// A table, a column or a constraint is changed.
    SchemaChanged,
    /// A query is new.
    QueryAdded,
    /// A loop that ends only from inside.
    EndlessLoop,
    /// Something is collected that nothing takes away.
    Accumulates,
    /// Threads or tasks are started.
    TaskStarted,
    /// A lock is taken, a transaction is longer.
    LockAdded,
    /// Something slow is waited for.
    WaitAdded,
    /// A check is new, or stricter.
    CheckAdded,
    /// A pattern that can take exponential time.
    CostlyPattern,
    /// More is logged.
    LogRaised,
    /// A switch is turned.
    Switched,
    /// A condition or an operator is another.
    ConditionChanged,
    /// A type or a unit is another.
    TypeChanged,
    /// A name or an address in quotes is another.
    NameChanged,
    /// A dependency has another version.
    Dependency,
    /// The form changed; what it does is not seen to.
    Reshaped,
}

use Class as C;
use EffectKind as K;

impl EffectKind {
    /// What it does, after the name of a change.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            K::GuardRemoved => "takes a check away",
            K::ErrorIgnored => "does not look at an error any more",
            K::CallRemoved => "takes a call away",
            K::ReleaseRemoved => "does not free what it takes any more",
            K::LockRemoved => "takes a lock away",
            K::PauseCut => "cuts a pause between tries",
            K::TimeLimitCut => "cuts a time limit",
            K::TimeLimitRaised => "raises a time limit",
            K::LifetimeCut => "lets something live shorter",
            K::LifetimeRaised => "lets something live longer",
            K::CapacityCut => "cuts a limit or a number of copies",
            K::CapacityRaised => "raises a limit or a number of copies",
            K::RetriesRaised => "tries more often",
            K::NumberChanged => "changes a number",
            K::BoundRemoved => "takes the bound of a query or a loop away",
            K::ShortcutRemoved => "takes an index, a cache or a batch away",
            K::PerItem => "does work once for each item",
            K::SchemaChanged => "changes a table",
            K::QueryAdded => "adds a query",
            K::EndlessLoop => "adds a loop that ends only from inside",
            K::Accumulates => "collects what nothing takes away",
            K::TaskStarted => "starts threads or tasks",
            K::LockAdded => "takes a lock",
            K::WaitAdded => "waits for something slow",
            K::CheckAdded => "adds a check",
            K::CostlyPattern => "adds a costly pattern",
            K::LogRaised => "logs more",
            K::Switched => "turns a switch",
            K::ConditionChanged => "changes a condition",
            K::TypeChanged => "changes a type or a unit",
            K::NameChanged => "changes a name or an address",
            K::Dependency => "changes the version of a dependency",
            K::Reshaped => "changes the form",
        }
    }

    /// The symptoms it can produce, with how typical they are. Others are possible but not expected: [`UNEXPECTED`].
    const fn produces(self) -> &'static [(Class, f64)] {
        match self {
            K::GuardRemoved => &[
                (C::Crash, 1.0),
                (C::Format, 0.6),
                (C::Wrong, 0.8),
                (C::Access, 0.5),
                (C::Missing, 0.4),
                (C::Throttled, 0.4),
                (C::Backlog, 0.3),
            ],
            K::ErrorIgnored => &[(C::Crash, 0.8), (C::Wrong, 0.9), (C::Format, 0.5), (C::Missing, 0.4)],
            K::CallRemoved => &[
                (C::Missing, 1.0),
                (C::Crash, 0.7),
                (C::Wrong, 0.8),
                (C::Access, 0.6),
                (C::Memory, 0.5),
                (C::Format, 0.4),
                (C::Cache, 0.6),
                (C::Backlog, 0.6),
                (C::Database, 0.4),
                (C::Throttled, 0.4),
            ],
            K::ReleaseRemoved => &[
                (C::Connections, 1.0),
                (C::Memory, 1.0),
                (C::Threads, 1.0),
                (C::Lock, 0.9),
                (C::Disk, 0.7),
                (C::Timeout, 0.6),
                (C::Latency, 0.5),
                (C::Backlog, 0.7),
                (C::Restart, 0.6),
                (C::Cache, 0.4),
            ],
            K::LockRemoved => &[(C::Crash, 0.9), (C::Wrong, 1.0), (C::Lock, 0.6), (C::Threads, 0.4)],
            K::PauseCut | K::RetriesRaised => &[
                (C::Throttled, 1.0),
                (C::Cpu, 0.8),
                (C::Timeout, 0.6),
                (C::Database, 0.6),
                (C::Latency, 0.6),
                (C::Backlog, 0.5),
                (C::Connections, 0.6),
                (C::Refused, 0.5),
            ],
            K::TimeLimitCut => &[
                (C::Timeout, 1.0),
                (C::Latency, 0.4),
                (C::Refused, 0.4),
                (C::Restart, 0.7),
                (C::Backlog, 0.5),
                (C::Access, 0.4),
                (C::Wrong, 0.3),
            ],
            K::TimeLimitRaised => &[
                (C::Connections, 0.9),
                (C::Latency, 0.8),
                (C::Threads, 0.8),
                (C::Backlog, 0.6),
                (C::Timeout, 0.4),
                (C::Memory, 0.4),
                (C::Wrong, 0.3),
            ],
            K::LifetimeCut => &[
                (C::Cache, 1.0),
                (C::Database, 0.9),
                (C::Access, 0.7),
                (C::Cpu, 0.5),
                (C::Latency, 0.6),
                (C::Throttled, 0.6),
                (C::Connections, 0.5),
                (C::Missing, 0.4),
                (C::Dns, 0.4),
            ],
            K::LifetimeRaised => &[
                (C::Memory, 0.9),
                (C::Disk, 0.9),
                (C::Wrong, 0.8),
                (C::Access, 0.6),
                (C::Dns, 0.5),
                (C::Connections, 0.5),
                (C::Refused, 0.4),
            ],
            K::CapacityCut => &[
                (C::Connections, 1.0),
                (C::Throttled, 1.0),
                (C::Memory, 0.9),
                (C::Restart, 0.9),
                (C::Cpu, 0.8),
                (C::Backlog, 0.9),
                (C::Latency, 0.7),
                (C::Timeout, 0.7),
                (C::Threads, 0.8),
                (C::Cache, 0.7),
                (C::Disk, 0.7),
                (C::Database, 0.5),
                (C::Format, 0.4),
            ],
            K::CapacityRaised => &[
                (C::Memory, 0.9),
                (C::Throttled, 0.7),
                (C::Connections, 0.7),
                (C::Database, 0.6),
                (C::Cpu, 0.6),
                (C::Disk, 0.6),
                (C::Lock, 0.5),
                (C::Restart, 0.6),
                (C::Latency, 0.4),
                (C::Threads, 0.5),
            ],
            K::BoundRemoved => &[
                (C::Database, 1.0),
                (C::Latency, 1.0),
                (C::Memory, 0.9),
                (C::Cpu, 0.8),
                (C::Timeout, 0.8),
                (C::Throttled, 0.5),
                (C::Lock, 0.5),
                (C::Disk, 0.5),
                (C::Wrong, 0.5),
            ],
            K::ShortcutRemoved => &[
                (C::Database, 1.0),
                (C::Latency, 0.9),
                (C::Cache, 1.0),
                (C::Cpu, 0.8),
                (C::Throttled, 0.9),
                (C::Timeout, 0.7),
                (C::Connections, 0.6),
            ],
            K::PerItem => &[
                (C::Database, 1.0),
                (C::Throttled, 1.0),
                (C::Latency, 0.9),
                (C::Connections, 0.8),
                (C::Timeout, 0.7),
                (C::Cpu, 0.6),
                (C::Backlog, 0.6),
            ],
            K::SchemaChanged => &[
                (C::Lock, 0.9),
                (C::Missing, 0.9),
                (C::Database, 0.8),
                (C::Format, 0.8),
                (C::Timeout, 0.5),
                (C::Latency, 0.5),
                (C::Wrong, 0.4),
            ],
            K::QueryAdded => &[
                (C::Database, 0.8),
                (C::Missing, 0.8),
                (C::Latency, 0.7),
                (C::Connections, 0.6),
                (C::Throttled, 0.5),
                (C::Lock, 0.4),
                (C::Timeout, 0.5),
            ],
            K::EndlessLoop => &[
                (C::Cpu, 1.0),
                (C::Throttled, 0.9),
                (C::Memory, 0.5),
                (C::Timeout, 0.6),
                (C::Latency, 0.6),
                (C::Backlog, 0.6),
                (C::Threads, 0.5),
            ],
            K::Accumulates => &[(C::Memory, 1.0), (C::Restart, 0.7), (C::Disk, 0.5), (C::Latency, 0.4)],
            K::TaskStarted => &[
                (C::Threads, 1.0),
                (C::Memory, 0.8),
                (C::Connections, 0.7),
                (C::Cpu, 0.5),
                (C::Wrong, 0.6),
                (C::Crash, 0.5),
                (C::Throttled, 0.5),
            ],
            K::LockAdded => &[
                (C::Lock, 1.0),
                (C::Latency, 0.8),
                (C::Timeout, 0.8),
                (C::Connections, 0.6),
                (C::Backlog, 0.6),
                (C::Database, 0.6),
            ],
            K::WaitAdded => &[
                (C::Latency, 1.0),
                (C::Timeout, 1.0),
                (C::Threads, 0.6),
                (C::Backlog, 0.6),
                (C::Connections, 0.5),
                (C::Refused, 0.3),
            ],
            K::CheckAdded => &[
                (C::Format, 0.8),
                (C::Access, 0.8),
                (C::Missing, 0.5),
                (C::Throttled, 0.5),
                (C::Restart, 0.5),
            ],
            K::CostlyPattern => &[(C::Cpu, 1.0), (C::Latency, 0.9), (C::Timeout, 0.8)],
            K::LogRaised => &[(C::Disk, 1.0), (C::Cpu, 0.4), (C::Latency, 0.3), (C::Throttled, 0.3)],
            K::Switched => &[
                (C::Access, 0.7),
                (C::Tls, 0.8),
                (C::Cache, 0.8),
                (C::Wrong, 0.6),
                (C::Format, 0.6),
                (C::Missing, 0.5),
                (C::Restart, 0.5),
                (C::Throttled, 0.4),
                (C::Latency, 0.4),
                (C::Disk, 0.4),
            ],
            K::ConditionChanged => &[
                (C::Wrong, 0.9),
                (C::Crash, 0.6),
                (C::Access, 0.8),
                (C::Format, 0.6),
                (C::Backlog, 0.4),
                (C::Missing, 0.4),
                (C::Restart, 0.4),
                (C::Throttled, 0.4),
            ],
            K::TypeChanged => &[(C::Crash, 0.7), (C::Format, 1.0), (C::Wrong, 0.9), (C::Missing, 0.3)],
            K::NameChanged => &[
                (C::Missing, 0.9),
                (C::Format, 0.9),
                (C::Refused, 0.9),
                (C::Dns, 0.9),
                (C::Access, 0.8),
                (C::Tls, 0.6),
                (C::Restart, 0.5),
                (C::Backlog, 0.4),
                (C::Timeout, 0.4),
                (C::Wrong, 0.4),
                (C::Cache, 0.5),
            ],
            K::Dependency => {
                &[(C::Crash, 0.6), (C::Missing, 0.5), (C::Format, 0.6), (C::Tls, 0.5), (C::Memory, 0.4)]
            }
            K::NumberChanged => &[
                (C::Wrong, 0.6),
                (C::Throttled, 0.4),
                (C::Latency, 0.3),
                (C::Restart, 0.4),
                (C::Refused, 0.4),
                (C::Backlog, 0.3),
            ],
            K::Reshaped => &[],
        }
    }

    /// How well this explains what is present.
    pub(in crate::change_match) fn explains(self, present: &Presence) -> f64 {
        let typical =
            self.produces().iter().map(|(class, weight)| weight * present.get(class).copied().unwrap_or(0.0));
        typical.fold(UNEXPECTED, f64::max)
    }
}
