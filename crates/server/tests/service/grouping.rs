//! Grouping: one fault is one incident, whatever the storm; what people say counts.

use crate::support::*;
use butfor_engine::correlate::{Explained, ExplainedCause};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_alarms_of_one_application_are_one_incident_with_a_reason_each() {
    let service = Arc::new(Running::start().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..1000 {
        let service = Arc::clone(&service);
        tasks.spawn(
            async move { service.send(&alarm(&format!("s-{n}"), &format!("alarm-{n}"), "shop")).await },
        );
    }
    let mut incidents = BTreeSet::new();
    while let Some(answered) = tasks.join_next().await {
        let (status, answer) = answered.unwrap();
        assert_eq!(status, 200, "{answer}");
        assert!(!answer["reason"].as_str().unwrap().is_empty());
        incidents.insert(answer["investigationId"].as_str().unwrap().to_owned());
    }
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    let (_, incident) = service.api("GET", "/incidents/1", None).await;
    assert_eq!(incident["alerts"], 1000);
    let (_, alerts) = service.api("GET", "/incidents/1/alerts?limit=500", None).await;
    for alert in alerts["items"].as_array().unwrap() {
        assert!(alert["reason"].as_str().is_some_and(|it| it.len() > 10), "{alert}");
    }
    let (_, more) = service
        .api(
            "GET",
            &format!("/incidents/1/alerts?limit=500&cursor={}", alerts["next"].as_str().unwrap()),
            None,
        )
        .await;
    assert_eq!(more["items"].as_array().unwrap().len(), 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_faults_are_two_incidents_and_ok_opens_none() {
    let service = Running::start().await;
    let (_, one) = service.send(&alarm("1", "orders-5xx", "orders")).await;
    let (_, other) = service.send(&alarm("2", "billing-5xx", "billing")).await;
    assert_eq!((one["decision"].as_str(), other["decision"].as_str()), (Some("opened"), Some("opened")));
    let mut over = alarm("3", "nobody-knows", "x");
    over["action"] = json!("resolved");
    let (_, answer) = service.send(&over).await;
    assert_eq!(answer["decision"], "skipped", "{answer}");
    let mut over = alarm("4", "orders-5xx", "orders");
    over["action"] = json!("resolved");
    let (_, answer) = service.send(&over).await;
    assert_eq!(answer["decision"], "linked", "{answer}");
    assert_eq!(answer["investigationId"], one["investigationId"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlinked_alert_gets_its_own_incident_and_stays_out() {
    let service = Running::start().await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    service.send(&alarm("2", "orders-latency", "orders")).await;
    let (_, alerts) = service.api("GET", "/incidents/1/alerts", None).await;
    assert_eq!(alerts["items"].as_array().unwrap().len(), 2, "{alerts}");
    let second = alerts["items"][1]["id"].as_i64().unwrap();
    let (status, answer) = service.api("DELETE", &format!("/incidents/1/alerts/{second}"), None).await;
    assert_eq!(status, 200, "{answer}");
    let opened = answer["incident"].as_i64().unwrap();
    service.assessed(opened, 1).await;
    let (_, answer) = service.send(&alarm("3", "orders-latency", "orders")).await;
    assert_eq!(answer["investigationId"].as_str(), Some(opened.to_string().as_str()), "{answer}");
    let (status, _) = service.api("DELETE", &format!("/incidents/1/alerts/{second}"), None).await;
    assert_eq!(status, 404, "it does not belong there any more");
    let (_, log) = service.api("GET", "/audit?limit=100", None).await;
    assert!(log.to_string().contains("alert.unlink"), "{log}");
}

/// Another replica, or a person, may close an incident that this process still has on its board.
#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_of_an_incident_that_was_closed_behind_the_board_opens_another() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("shared.db").display().to_string();
    let setup = || Setup { database: Some(database.clone()), ..Setup::default() };
    let service = Running::with(setup()).await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    service.assessed(1, 1).await;
    let store = butfor_store::Store::open(Some(&database), folder.path()).await.unwrap();
    let now = butfor_incident::Timestamp::from_seconds(1_800_000_000);
    store.close_incident(butfor_store::IncidentId(1), now).await.unwrap();
    let (status, answer) = service.send(&alarm("2", "orders-5xx", "orders")).await;
    assert_eq!((status, answer["decision"].as_str()), (200, Some("opened")), "{answer}");
    service.assessed(2, 1).await;
}

/// Also where the alarm that was taken out had opened the incident, and its own one is closed again.
#[tokio::test(flavor = "multi_thread")]
async fn an_unlinked_alarm_that_opened_the_incident_stays_out() {
    let service = Running::start().await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    service.send(&alarm("2", "orders-latency", "orders")).await;
    let (_, alerts) = service.api("GET", "/incidents/1/alerts", None).await;
    let first = alerts["items"][0]["id"].as_i64().unwrap();
    let (_, answer) = service.api("DELETE", &format!("/incidents/1/alerts/{first}"), None).await;
    let opened = answer["incident"].as_i64().unwrap();
    assert_eq!(service.api("POST", &format!("/incidents/{opened}/close"), None).await.0, 204);
    let (_, answer) = service.send(&alarm("3", "orders-5xx", "orders")).await;
    assert_eq!(answer["decision"], "opened", "{answer}");
    assert_ne!(answer["investigationId"], "1", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_contradicts_the_cause_splits_off_by_itself() {
    let setup = Setup::default();
    let cause = ExplainedCause {
        headline: "a route was removed".to_owned(),
        resource_ids: BTreeSet::from(["rtb-1".to_owned()]),
        changed_at: None,
        affected: BTreeSet::from(["orders-5xx".to_owned()]),
    };
    let works = BTreeSet::from(["billing-queue".to_owned()]);
    *setup.investigator.explained.lock().unwrap() = Explained { causes: vec![cause], unaffected: works };
    let service = Running::with(setup).await;
    let mut other = alarm("2", "billing-queue-age", "orders");
    other["data"]["metadata"]["metrics"] = json!([{"id": "m1", "metricStat": {"metric": {"namespace": "AWS/SQS",
        "name": "ApproximateAgeOfOldestMessage", "dimensions": {"QueueName": "billing-queue"}}, "period": 60, "stat": "Maximum"}}]);
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    let (_, answer) = service.send(&other).await;
    let split = service.until("a split", || async {
        let (_, list) = service.api("GET", "/incidents", None).await;
        let items = list["items"].as_array()?.clone();
        items
            .into_iter()
            .find(|it| it["title"].as_str().is_some_and(|title| title.contains("billing-queue-age")))
    });
    // It came before the verdict and split off after it, or came after and was never linked.
    let split = split.await;
    assert_ne!(split["id"], 1, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_read_from_the_store_decides_as_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("kept.db").display().to_string();
    let setup = || Setup { database: Some(database.clone()), ..Setup::default() };
    let service = Running::with(setup()).await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    service.assessed(1, 1).await;
    service.end().await;
    let service = Running::with(setup()).await;
    let (_, answer) = service.send(&alarm("2", "orders-5xx", "orders")).await;
    assert_eq!(
        (answer["decision"].as_str(), answer["investigationId"].as_str()),
        (Some("linked"), Some("1")),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_investigation_is_tried_again_and_a_broken_one_harms_no_other() {
    let setup = Setup::default();
    setup.investigator.panics.store(1, std::sync::atomic::Ordering::SeqCst);
    let service = Running::with(setup).await;
    service.send(&alarm("1", "one", "one")).await;
    service.send(&alarm("2", "two", "two")).await;
    // One of them broke down, the other is there at once.
    let done = service
        .until("one verdict", || async {
            let (_, list) = service.api("GET", "/incidents", None).await;
            let items = list["items"].as_array()?.clone();
            items.into_iter().find(|it| it["outcome"] == "root_cause")
        })
        .await;
    assert_eq!(done["status"], "COMPLETED");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (_, jobs) = service.api("GET", "/jobs?state=ready", None).await;
    assert!(jobs.to_string().contains("broke down"), "the other waits for its next attempt: {jobs}");
}
