//! Databases: what one suffers from, where alerts or failing clients name it.
//!
//! The readings are those of `signals::database`. What is added here is which database is meant, whether what it shows is unusual
//! for it, and how many witnesses say the same: a busy processor alone is a symptom, not a cause.

mod collect;
mod insights;

use crate::scene::Scene;
use butfor_incident::{Cites, EvidenceId, Grade, RuledOut};
use butfor_signals::database::{Ailment, Diagnosis, Reading, diagnose};
use butfor_world::{Resource, ResourceKey};
use collect::Collected;
use std::collections::{BTreeMap, BTreeSet};

/// Metrics that a level is read from; what is as high before as now is usual.
const LEVELS: &[(Ailment, &str)] = &[
    (Ailment::StorageFull, "FreeStorageSpace"),
    (Ailment::ReplicationLag, "ReplicaLag"),
    (Ailment::ConnectionsExhausted, "DatabaseConnections"),
    (Ailment::MemoryShort, "FreeableMemory"),
    (Ailment::ProcessorSaturated, "CPUUtilization"),
    (Ailment::DisksSaturated, "DiskQueueDepth"),
];

/// A level within this share of the usual one is the usual one: what differs from day to day by chance.
const USUAL_SHARE: f64 = 0.2;

/// One database that the incident is about.
pub(crate) struct Patient<'s> {
    pub resource: &'s Resource,
    pub diagnosis: Diagnosis,
    /// The reading that may be the cause, with how sure it is; `None` where it is only a symptom, or usual.
    pub cause: Option<(Reading, Grade)>,
    /// Readings that hold and are no cause by themselves.
    pub symptoms: Vec<Reading>,
    /// By name.
    pub metrics: BTreeMap<String, EvidenceId>,
    /// What is no metric.
    pub evidence: BTreeSet<EvidenceId>,
}

/// The databases that alerts or failing clients name, each with its diagnosis.
pub(crate) fn patients<'s>(scene: &'s Scene<'_>) -> Vec<Patient<'s>> {
    collect::databases(scene).into_iter().map(|(resource, collected)| patient(resource, collected)).collect()
}

fn patient<'s>(resource: &'s Resource, collected: Collected) -> Patient<'s> {
    let mut diagnosis = diagnose(&collected.database);
    let is_unusual = |reading: &Reading| !is_usual(&collected, reading);
    let mut readings: Vec<Reading> =
        diagnosis.cause.take().into_iter().chain(diagnosis.also.drain(..)).filter(is_unusual).collect();
    readings.sort_by_key(|reading| reading.ailment);
    let at = readings.iter().position(|reading| grade(reading).is_some());
    let cause = at.map(|at| readings.remove(at)).and_then(|reading| {
        let grade = grade(&reading)?;
        Some((reading, grade))
    });
    Patient {
        resource,
        diagnosis,
        cause,
        symptoms: readings,
        metrics: collected.metrics,
        evidence: collected.evidence,
    }
}

/// Whether the level a reading speaks of was there before: every night, or all the time.
fn is_usual(collected: &Collected, reading: &Reading) -> bool {
    let metric = LEVELS.iter().find(|(ailment, _)| *ailment == reading.ailment).map(|(_, metric)| *metric);
    let told = reading.grounds.iter().any(|ground| ground.starts_with("event:"));
    let Some((before, now)) = metric.and_then(|metric| collected.levels.get(metric)) else { return false };
    !told && (now - before).abs() <= before.abs() * USUAL_SHARE
}

/// Who says it: kinds of sources that know of it independently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Witness {
    Metric,
    Event,
    Load,
}

fn witnesses(reading: &Reading) -> BTreeSet<Witness> {
    reading.grounds.iter().map(|ground| witness(ground)).collect()
}

fn witness(ground: &str) -> Witness {
    if ground.starts_with("event:") {
        Witness::Event
    } else if ground.starts_with("Performance Insights") || ground.contains("of the load") {
        Witness::Load
    } else {
        Witness::Metric
    }
}

/// The grounds of a reading that tell most: one of each kind of source first.
pub(crate) fn telling(reading: &Reading) -> impl Iterator<Item = &str> {
    let firsts = [Witness::Metric, Witness::Event, Witness::Load];
    let first = |wanted: &Witness| reading.grounds.iter().position(|ground| witness(ground) == *wanted);
    let chosen: Vec<usize> = firsts.iter().filter_map(first).collect();
    // More of the same event says nothing more.
    let rest = (0..reading.grounds.len()).filter(|at| {
        reading.grounds.get(*at).is_some_and(|ground| witness(ground) != Witness::Event)
            && !chosen.contains(at)
    });
    let order: Vec<usize> = chosen.iter().copied().chain(rest).collect();
    order.into_iter().filter_map(|at| reading.grounds.get(at)).map(String::as_str)
}

impl Patient<'_> {
    /// Evidence for a reading: of the metrics it names, and all that is not a metric.
    pub(crate) fn evidence_of(&self, reading: &Reading) -> impl Iterator<Item = EvidenceId> {
        let named = self
            .metrics
            .iter()
            .filter(|(metric, _)| reading.grounds.iter().any(|ground| ground.contains(*metric)));
        named.map(|(_, id)| *id).chain(self.evidence.iter().copied())
    }
}

/// How sure a reading is as a cause; `None` where it is a symptom by itself.
fn grade(reading: &Reading) -> Option<Grade> {
    let witnesses = witnesses(reading);
    let is_state = matches!(
        reading.ailment,
        Ailment::StorageFull | Ailment::ConnectionsExhausted | Ailment::ReplicationLag | Ailment::Failover
    );
    match (witnesses.len(), is_state) {
        // A failover is an event of the service itself: nobody else can tell of it.
        _ if reading.ailment == Ailment::Failover => Some(Grade::Corroborated),
        (2.., _) => Some(Grade::Corroborated),
        // Writes that stop are a second thing that is seen, of the same source.
        (_, true) if reading.grounds.len() > 1 => Some(Grade::Corroborated),
        (_, true) => Some(Grade::Suspected),
        (_, false) => None,
    }
}

/// What speaks for the databases that are named, or against what might be thought of them.
pub(crate) fn ruled_out(scene: &Scene<'_>) -> Vec<RuledOut> {
    let mut all = Vec::new();
    for patient in patients(scene) {
        let cites = Cites::many(patient.metrics.values().chain(&patient.evidence).copied());
        let own = name(&patient.resource.key);
        let is_well = patient.cause.is_none() && patient.symptoms.is_empty();
        if is_well && patient.diagnosis.missing.is_empty() && !patient.diagnosis.ruled_out.is_empty() {
            let why = format!("its metrics are as usual: {}", patient.diagnosis.ruled_out.join("; "));
            all.push(RuledOut { what: format!("load of RDS database {own}"), why, cites: cites.clone() });
        }
        if patient.cause.is_some() {
            all.extend(patient.diagnosis.ruled_out.iter().map(|text| {
                let (what, why) = text.split_once(':').unwrap_or((text, ""));
                RuledOut {
                    what: format!("database {own}: {what}"),
                    why: why.trim().to_owned(),
                    cites: cites.clone(),
                }
            }));
        }
    }
    all
}

/// Its short name.
pub(crate) fn name(key: &ResourceKey) -> &str {
    key.id.rsplit(':').next().unwrap_or(&key.id)
}

/// What an ailment is, after the name of the database; the kind of defect; the part of the database.
pub(crate) fn words(ailment: Ailment) -> (&'static str, &'static str, &'static str) {
    match ailment {
        Ailment::StorageFull => ("ran out of storage", "database-storage-full", "storage"),
        Ailment::Maintenance => {
            ("is busy with maintenance", "database-maintenance", "vacuum and checkpoints")
        }
        Ailment::ReplicationLag => ("falls behind its source", "database-replication-lag", "replication"),
        Ailment::ConnectionsExhausted => {
            ("has no connection left", "database-connections-exhausted", "connections")
        }
        Ailment::Failover => ("failed over", "database-failover", "availability"),
        Ailment::LockContention => ("waits for locks", "database-lock-contention", "locks"),
        Ailment::MemoryShort => ("is short of memory", "database-memory-short", "memory"),
        Ailment::ProcessorSaturated => {
            ("has its processor saturated by a statement", "database-processor-saturated", "processor")
        }
        Ailment::DisksSaturated => ("has its disks at their limit", "database-disks-saturated", "disks"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(ailment: Ailment, grounds: &[&str]) -> Reading {
        Reading { ailment, grounds: grounds.iter().map(|ground| (*ground).to_owned()).collect() }
    }

    #[test]
    fn a_busy_processor_alone_is_a_symptom() {
        let cpu = "CPUUtilization is 97 % at the median of the later half, from 12 %";
        let load = "Performance Insights: `SELECT` has a load of 9.0 (CPU 9.0)";
        let check = |ailment, grounds: &[&str], expected: Option<Grade>| {
            assert_eq!(grade(&reading(ailment, grounds)), expected, "{grounds:?}");
        };
        check(Ailment::ProcessorSaturated, &[cpu], None);
        check(Ailment::ProcessorSaturated, &[cpu, load], Some(Grade::Corroborated));
        check(Ailment::StorageFull, &["FreeStorageSpace fell"], Some(Grade::Suspected));
        check(Ailment::StorageFull, &["FreeStorageSpace fell", "event: `full`"], Some(Grade::Corroborated));
    }
}
