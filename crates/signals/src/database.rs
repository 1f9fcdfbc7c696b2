//! What a database suffers from, by its metrics, its load by statement and wait, and its events.
//!
//! The readings an engineer makes on Amazon RDS: storage, connections, replication, processor, locks, memory, disks,
//! maintenance, failover. Several may hold at once; the cause is the one that makes the others (a vacuum that keeps
//! checkpoints running also keeps the processor busy), and what else was high is named with the reason why it is not the cause. Metric
//! names, units and statistics: Amazon RDS User Guide, "Amazon CloudWatch instance-level metrics for Amazon RDS"; waits: "RDS
//! for PostgreSQL wait events".

mod reading;

use std::collections::BTreeMap;

/// What is known of a database instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Database {
    /// `CloudWatch` metrics by name, each as moments (seconds since 1970) and values in its own unit.
    pub metrics: BTreeMap<String, Vec<(i64, f64)>>,
    /// Statements by load, as Performance Insights lists them.
    pub statements: Vec<Statement>,
    /// Waits by load, over all statements.
    pub waits: Vec<Part>,
    /// Users by load.
    pub users: Vec<Part>,
    /// Events of the instance, in any order.
    pub events: Vec<Event>,
    /// What the alarm says.
    pub alarm: String,
}

/// A statement and its load.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statement {
    /// Its text.
    pub text: String,
    /// Average active sessions, or a share: comparable within an instance.
    pub load: f64,
    /// What its sessions waited for.
    pub waits: Vec<Part>,
}

/// A part of the load: what sessions wait for, or whose they are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// Such as `Lock:relation`, `CPU`, or a user.
    pub name: String,
    /// How much.
    pub load: f64,
}

/// An event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Seconds since 1970.
    pub at: i64,
    /// What happened.
    pub message: String,
}

/// What a database can suffer from, the more original first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ailment {
    /// No storage is left: writes wait for ever.
    StorageFull,
    /// A vacuum, checkpoints, or both, keep disks and processor busy.
    Maintenance,
    /// A replica cannot replay what the primary writes.
    ReplicationLag,
    /// Sessions take up all connections.
    ConnectionsExhausted,
    /// The instance failed over or restarted.
    Failover,
    /// Sessions wait for locks of others.
    LockContention,
    /// Memory is short.
    MemoryShort,
    /// Statements keep the processor busy.
    ProcessorSaturated,
    /// The disks are at their limit.
    DisksSaturated,
}

/// A reading that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What.
    pub ailment: Ailment,
    /// The numbers and quotes it rests on.
    pub grounds: Vec<String>,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diagnosis {
    /// The cause; none where no reading holds; see [`Diagnosis::is_healthy`].
    pub cause: Option<Reading>,
    /// Further readings that hold: effects of the cause, or things beside it.
    pub also: Vec<Reading>,
    /// What might be thought and is not so, with the reason.
    pub ruled_out: Vec<String>,
    /// Metrics every instance has and that are not here: with one of them missing, no cause is not yet healthy.
    pub missing: Vec<&'static str>,
}

impl Diagnosis {
    /// Nothing is wrong, and enough was seen to say so.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.cause.is_none() && self.also.is_empty() && self.missing.is_empty()
    }
}

/// Reads all there is. The cause is the most original ailment that holds.
#[must_use]
pub fn diagnose(database: &Database) -> Diagnosis {
    let mut readings = reading::all(database);
    readings.sort_by_key(|reading| reading.ailment);
    let mut readings = readings.into_iter();
    let cause = readings.next();
    let also: Vec<_> = readings.collect();
    let ruled_out = reading::ruled_out(database, cause.as_ref(), &also);
    let always = ["CPUUtilization", "DatabaseConnections", "FreeStorageSpace", "WriteIOPS"];
    let missing = always.into_iter().filter(|name| !database.metrics.contains_key(*name)).collect();
    Diagnosis { cause, also, ruled_out, missing }
}

#[cfg(test)]
mod tests;
