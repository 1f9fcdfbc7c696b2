//! A sender that passes on no more than the alarm's name: what the alarm watches is known from the account.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may stop it")]

use butfor_adapters::bundle::{Folder, Limits, Memory, read_files};
use butfor_incident::Outcome;
use serde_json::{Value, json};
use std::path::Path;

/// A recorded incident with a message about its alarm that names neither metric nor threshold.
fn assessed(scenario: &str, name: Option<&str>) -> butfor_incident::Assessment {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(scenario);
    let mut files = Memory::read(&Folder::open(&path).unwrap()).unwrap();
    let event: Value = serde_json::from_slice(files.0.get("alert.json").unwrap()).unwrap();
    let told = |path: &str| event.pointer(path).unwrap().clone();
    let name = name.map_or_else(|| told("/detail/alarmName"), Value::from);
    let message = json!({
        "eventType": "incident", "incidentId": "one", "action": "created", "priority": "HIGH", "title": "an alarm went off",
        "timestamp": told("/time"),
        "data": {"metadata": {"alarmName": name, "accountId": told("/account"), "region": told("/region")}},
    });
    files.0.insert("alert.json".to_owned(), message.to_string().into_bytes());
    let bundle = read_files(&files, Limits::default(), &mut |_| {}).unwrap();
    butfor_engine::assess(&bundle.case)
}

#[test]
fn the_metric_of_a_named_alarm_is_read_from_the_account() {
    let assessment = assessed("185-ledger-store", None);
    assert_eq!(assessment.verdict.outcome, Outcome::RootCause, "{}", assessment.verdict.summary);
    assert!(!assessment.incident.alerts.first().unwrap().metrics.is_empty());
}

#[test]
fn an_alarm_that_nobody_described_stays_as_it_came() {
    let assessment = assessed("185-ledger-store", Some("another-alarm"));
    assert!(assessment.incident.alerts.first().unwrap().metrics.is_empty());
    assert_eq!(assessment.verdict.outcome, Outcome::Undetermined, "{}", assessment.verdict.summary);
}
