//! Databases that are not well, and one that is.

use crate::scenarios::make::cloud::Place;
use crate::scenarios::make::estate::cause;
use crate::scenarios::make::signal::{Alarm, Format};
use crate::scenarios::make::software::endpoint;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::truth::Truth;
use serde_json::json;

const NAME: &str = "ledger-store";
const GIB: f64 = 1_073_741_824.0;

fn place() -> Place {
    Place::new("295570143308", "us-east-1")
}

fn alarm(metric: &'static str, description: &'static str) -> Alarm {
    Alarm {
        namespace: "AWS/RDS",
        metric,
        statistic: "Average",
        dimensions: vec![("DBInstanceIdentifier", NAME.to_owned())],
        ..Alarm::errors("ledger-store-health", description, "ledger")
    }
}

fn level(value: f64) -> Vec<f64> {
    (0..24).map(|number| value + f64::from(number % 3)).collect()
}

/// From one value to another in the second half.
fn course(from: f64, to: f64) -> Vec<f64> {
    let step = |number: i32| f64::from((number - 11).clamp(0, 8)) / 8.0;
    (0..24).map(|number| (from + (to - from) * step(number)).round()).collect()
}

/// Metrics of two hours, those of `unusual` in place of the ordinary ones.
fn metrics(story: &mut Story, unusual: &[(&str, Vec<f64>)]) {
    let ordinary = [
        ("CPUUtilization", level(22.0)),
        ("DatabaseConnections", level(61.0)),
        ("FreeStorageSpace", level(48.0).iter().map(|gib| gib * GIB).collect()),
        ("WriteIOPS", level(240.0)),
        ("ReadIOPS", level(410.0)),
        ("FreeableMemory", level(3.0).iter().map(|gib| gib * GIB).collect()),
    ];
    for (metric, values) in ordinary {
        let values =
            unusual.iter().find(|(name, _)| *name == metric).map_or(values, |(_, values)| values.clone());
        story.database_metric(&place(), (NAME, metric), "07:00:00", &values);
    }
}

fn truth(words: &'static [&'static str]) -> Truth {
    Truth {
        outcome: "root_cause",
        causes: vec![cause(
            &place(),
            NAME,
            &[place().arn("rds", &format!("db:{NAME}"))],
            words,
            ("", &[], None),
        )],
        plan_status: vec!["unverified"],
        ..Truth::default()
    }
}

/// No storage is left.
pub(super) fn storage_full(story: &mut Story) {
    let place = place();
    story.at("08:20:00");
    story.fire(&place, alarm("WriteLatency", "writes take too long"), "08:12:00", Format::EventBridge);
    story.investigate("08:56:00");
    story.list_database(&place, NAME, "storage-full");
    metrics(story, &[("FreeStorageSpace", course(31.0 * GIB, 0.1 * GIB)), ("WriteIOPS", course(240.0, 6.0))]);
    let events = [
        ("08:21:40", "DB instance has run out of storage space. ran out of storage"),
        ("02:10:00", "Finished DB Instance backup"),
    ];
    story.database_events(&place, NAME, &events);
    story.truth = Truth {
        title: "A database takes no more writes",
        why: "the alarm is about latency; what explains it is the storage, by metric, event and status",
        apply: vec![(
            "rds",
            "ModifyDBInstance",
            json!({ "DBInstanceIdentifier": NAME, "AllocatedStorage": 120, "ApplyImmediately": true }),
        )],
        must_mention: vec!["storage", "6 hours"],
        ..truth(&["storage"])
    };
}

/// All connections are taken.
pub(super) fn connections_taken(story: &mut Story) {
    let place = place();
    let error = format!(
        "{{at}} ERROR ledger.db OperationalError: connection to server at \"{}\", port 5432 failed: FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
        endpoint(&place, NAME)
    );
    story.log_every(&place, ("/app/ledger", "i-0aa41c7be92d5f308"), ("08:20:04", 21, 60), &error);
    story.log_every(
        &place,
        ("/app/ledger", "i-0aa41c7be92d5f308"),
        ("07:40:04", 40, 58),
        "{at} INFO ledger posted 201",
    );
    let own = format!("/aws/rds/instance/{NAME}/postgresql");
    let line = "{at} UTC:10.7.1.18(51544):ledger@ledger:[20117]:FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute";
    story.log_every(&place, (&own, NAME), ("08:20:03", 30, 30), line);
    story.at("08:22:00");
    let alarm = Alarm::errors("ledger-errors", "the ledger cannot open connections", "ledger");
    story.fire(&place, alarm, "08:20:04", Format::Sns);
    story.investigate("08:42:00");
    story.list_database(&place, NAME, "available");
    metrics(story, &[("DatabaseConnections", course(61.0, 198.0))]);
    story.truth = Truth {
        title: "An application cannot open connections to its database",
        why: "the alert is the application's; its log names the database, which says itself that it has no slot left",
        must_mention: vec!["connection"],
        ..truth(&["connection"])
    };
}

/// The database is as every day; the application has an error of its own.
pub(super) fn healthy(story: &mut Story) {
    let place = place();
    story.log_every(
        &place,
        ("/app/ledger", "i-0aa41c7be92d5f308"),
        ("08:20:04", 21, 40),
        "{at} ERROR ledger.rates ValueError: unknown currency 'XTS'",
    );
    story.log_every(
        &place,
        ("/app/ledger", "i-0aa41c7be92d5f308"),
        ("07:40:04", 40, 58),
        "{at} INFO ledger posted 201",
    );
    story.at("08:22:00");
    let alarm = Alarm {
        dimensions: vec![("DBInstanceIdentifier", NAME.to_owned())],
        ..alarm("CommitLatency", "commits of the ledger take long")
    };
    story.fire(&place, alarm, "08:20:04", Format::EventBridge);
    story.investigate("08:42:00");
    story.list_database(&place, NAME, "available");
    metrics(story, &[("CPUUtilization", level(84.0))]);
    story.database_events(&place, NAME, &[("02:10:00", "Finished DB Instance backup")]);
    story.truth = Truth {
        title: "An alarm on a database that is as it always is",
        why: "a processor that is as busy as in all the hours before is usual for it, whatever the number",
        outcome: "undetermined",
        also_allowed: vec!["no_fault"],
        must_not_blame: vec![NAME.to_owned(), place.arn("rds", &format!("db:{NAME}"))],
        must_rule_out: vec!["ledger-store".to_owned()],
        plan_status: vec!["none"],
        ..Truth::default()
    };
}
