//! Readings of databases made for the purpose.

use super::{Ailment, Database, Event, Part, Statement, diagnose};
use proptest::prelude::*;

const START: i64 = 1_000_000;

fn part(name: &str, load: f64) -> Part {
    Part { name: name.to_owned(), load }
}

/// A quiet instance.
fn quiet() -> Database {
    let flat = |level: f64| {
        (0..20).map(|minute| (START + minute * 60, level + f64::from(minute as i32 % 3))).collect()
    };
    let metrics = [
        ("CPUUtilization", 20.0),
        ("DatabaseConnections", 80.0),
        ("FreeStorageSpace", 2e11),
        ("WriteIOPS", 300.0),
        ("ReplicaLag", 1.0),
        ("TransactionLogsGeneration", 4e6),
        ("DiskQueueDepth", 0.1),
        ("FreeableMemory", 3e10),
    ];
    Database {
        metrics: metrics.into_iter().map(|(name, level)| (name.to_owned(), flat(level))).collect(),
        statements: vec![Statement { text: "SELECT 1".to_owned(), load: 0.5, waits: vec![part("CPU", 0.4)] }],
        waits: vec![part("CPU", 0.4), part("IO:DataFileRead", 0.1)],
        ..Database::default()
    }
}

fn ramp(database: &mut Database, metric: &str, from: f64, to: f64) {
    let points =
        (0..20).map(|minute| (START + minute * 60, from + (to - from) * minute as f64 / 19.0)).collect();
    database.metrics.insert(metric.to_owned(), points);
}

fn event(database: &mut Database, minute: i64, message: &str) {
    database.events.push(Event { at: START + minute * 60, message: message.to_owned() });
}

fn load(database: &mut Database, text: &str, waits: &[(&str, f64)]) {
    let waits: Vec<Part> = waits.iter().map(|(name, load)| part(name, *load)).collect();
    let total = waits.iter().map(|wait| wait.load).sum();
    database.waits.extend(waits.clone());
    database.statements.push(Statement { text: text.to_owned(), load: total, waits });
}

/// What makes a quiet instance ill.
type Change = fn(&mut Database);

#[test]
fn each_ailment_has_its_signs() {
    let cases: &[(&str, Change, Option<Ailment>)] = &[
        ("quiet", |_| {}, None),
        ("storage", |database| ramp(database, "FreeStorageSpace", 5e10, 1e8), Some(Ailment::StorageFull)),
        (
            "storage without its metric",
            |database| {
                database.metrics.remove("FreeStorageSpace");
                event(database, 8, "DB instance ran out of storage space.");
            },
            Some(Ailment::StorageFull),
        ),
        ("storage that is merely used", |database| ramp(database, "FreeStorageSpace", 2e11, 1.2e11), None),
        (
            "connections",
            |database| {
                ramp(database, "DatabaseConnections", 100.0, 198.0);
                event(database, 10, "approaching max_connections: 190 of 200");
            },
            Some(Ailment::ConnectionsExhausted),
        ),
        (
            "connections far from the limit",
            |database| event(database, 10, "max_connections is 5000, in use 90 of 5000"),
            None,
        ),
        (
            "lag",
            |database| {
                ramp(database, "ReplicaLag", 2.0, 900.0);
                ramp(database, "TransactionLogsGeneration", 4e6, 2e8);
                ramp(database, "CPUUtilization", 25.0, 99.0);
                load(database, "UPDATE t SET a = 1", &[("WAL:Lock", 5.0)]);
            },
            Some(Ailment::ReplicationLag),
        ),
        (
            "processor",
            |database| {
                database.metrics.remove("CPUUtilization");
                ramp(database, "CPUUtilization", 85.0, 95.0);
                load(database, "SELECT * FROM t", &[("CPU", 6.0), ("IO:DataFileRead", 1.0)]);
            },
            Some(Ailment::ProcessorSaturated),
        ),
        (
            "vacuum",
            |database| {
                ramp(database, "CPUUtilization", 85.0, 95.0);
                ramp(database, "DiskQueueDepth", 0.1, 40.0);
                load(database, "autovacuum: VACUUM public.t", &[("IO:WALWrite", 6.0)]);
            },
            Some(Ailment::Maintenance),
        ),
        (
            "locks",
            |database| load(database, "UPDATE t SET a = 1 WHERE b = 2", &[("Lock:transactionid", 7.0)]),
            Some(Ailment::LockContention),
        ),
        (
            "failover",
            |database| event(database, 5, "A Multi-AZ failover has been initiated"),
            Some(Ailment::Failover),
        ),
        ("failover of yesterday", |database| event(database, -1440, "Multi-AZ failover completed"), None),
        ("memory", |database| ramp(database, "FreeableMemory", 3e10, 1e9), Some(Ailment::MemoryShort)),
    ];
    for (name, change, expected) in cases {
        let mut database = quiet();
        change(&mut database);
        let found = diagnose(&database);
        assert_eq!(found.cause.as_ref().map(|cause| cause.ailment), *expected, "{name}: {found:#?}");
        assert!(found.cause.is_some() || found.is_healthy(), "{name}: {found:#?}");
        assert!(found.cause.is_none_or(|cause| !cause.grounds.is_empty()));
    }
}

#[test]
fn nothing_seen_is_not_healthy() {
    assert!(!diagnose(&Database::default()).is_healthy());
}

#[test]
fn what_is_not_the_cause_is_named() {
    let mut database = quiet();
    ramp(&mut database, "ReplicaLag", 2.0, 900.0);
    ramp(&mut database, "CPUUtilization", 25.0, 99.0);
    load(&mut database, "UPDATE t SET a = 1", &[("WAL:Lock", 5.0)]);
    load(&mut database, "SELECT sum(x) FROM u", &[("CPU:user", 2.0)]);
    event(&mut database, -600, "Multi-AZ failover finished");
    let out = diagnose(&database).ruled_out.join("\n");
    for part in ["causally independent", "SELECT sum(x) FROM u", "historical", "failover finished"] {
        assert!(out.contains(part), "{part}: {out}");
    }
}

proptest! {
    #[test]
    fn anything_is_read_without_panic(
        names in prop::collection::vec("(CPUUtilization|ReplicaLag|FreeStorageSpace|DatabaseConnections|WriteIOPS|\\PC{0,8})", 0..5),
        points in prop::collection::vec((any::<i64>(), any::<f64>()), 0..20),
        messages in prop::collection::vec((any::<i64>(), "\\PC{0,40}|[0-9]{1,4} of [0-9é]{1,4} max_connections"), 0..5),
        loads in prop::collection::vec(("\\PC{0,30}|(?i:update) é", any::<f64>()), 0..5),
    ) {
        let mut database = Database::default();
        for name in names {
            database.metrics.insert(name, points.clone());
        }
        database.events = messages.into_iter().map(|(at, message)| Event { at, message }).collect();
        database.statements = loads.iter().map(|(text, load)| Statement { text: text.clone(), load: *load, waits: vec![part(text, *load)] }).collect();
        database.waits = loads.iter().map(|(text, load)| part(text, *load)).collect();
        prop_assert_eq!(format!("{:?}", diagnose(&database)), format!("{:?}", diagnose(&database)));
    }
}
