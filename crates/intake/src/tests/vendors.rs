//! Bodies of senders that are not AWS.

use super::formats::{alarm, check, check_error, content, line, messages, one, parsed};
use super::signatures::{TIMESTAMP, now, sender};
use crate::{Action, Auth, Content, Delivery, Format, Headers, read};
use butfor_incident::AlertState;
use serde_json::{Value, json};

fn group() -> Value {
    let alert = |status: &str, instance: &str, ends: &str| {
        json!({"status": status, "labels": {"alertname": "Errors", "severity": "critical", "service": "pay", "account_id": "111122223333",
            "region": "us-east-1", "instance": instance}, "annotations": {"summary": "s", "description": "d"},
            "startsAt": "2026-05-20T23:05:08.331Z", "endsAt": ends, "fingerprint": format!("f-{instance}")})
    };
    json!({"version": "4", "groupKey": "{}:{alertname=\"Errors\"}", "truncatedAlerts": 0, "status": "firing", "receiver": "r",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://x",
        "alerts": [alert("firing", "a:9100", "0001-01-01T00:00:00Z"), alert("resolved", "b:9100", "2026-05-20T23:15:08Z")]})
}

#[test]
fn alertmanager() {
    let both = messages(Format::Alertmanager, &group());
    let lines: Vec<_> = both.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            r#"Trigger CRITICAL: Errors at 2026-05-20T23:05:08.331Z in 111122223333 us-east-1, Errors of pay ["a:9100"]"#,
            r#"Resolve CRITICAL: Errors at 2026-05-20T23:15:08Z in 111122223333 us-east-1, Errors of pay ["b:9100"]"#,
        ]
    );
    assert_eq!(both[0].dedup_key, "alert f-a:9100 2026-05-20T23:05:08.331Z firing");
    assert_eq!(parsed(&both[0]).state, AlertState::Alarm);
    assert_eq!(parsed(&both[1]).state, AlertState::Ok);
    let mut body = group();
    body["alerts"][0]["labels"].as_object_mut().unwrap().remove("alertname");
    let nameless = messages(Format::Alertmanager, &body);
    assert_eq!(parsed(&nameless[0]).name, "s");
    body["alerts"][1]["startsAt"] = json!("then");
    check_error(
        Format::Alertmanager,
        &body,
        "field `alerts[1].startsAt`: expected a time such as 2026-05-02T13:37:00Z",
    );
    body["alerts"][1]["status"] = json!("flapping");
    check_error(Format::Alertmanager, &body, "field `alerts[1].status`: expected firing or resolved");
    check_error(Format::Alertmanager, &json!({"title": "t"}), "field `alerts`: missing, or not a list");
    check_error(Format::Alertmanager, &json!({"alerts": {}}), "field `alerts`: missing, or not a list");
}

#[test]
fn grafana() {
    let mut body = group();
    body["version"] = json!("1");
    body["orgId"] = json!(1);
    assert_eq!(messages(Format::Grafana, &body).len(), 2);
    body["alerts"] = json!([{"status": "firing", "labels": {"alertname": "TestAlert", "instance": "Grafana"},
        "annotations": {"summary": "Notification test"}, "startsAt": "2026-05-20T23:05:08Z", "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "57c6d9296de2ad39"}]);
    check(
        Format::Grafana,
        &body,
        r#"Trigger - test: TestAlert at 2026-05-20T23:05:08Z in - -, TestAlert of - ["Grafana"]"#,
    );
    let own = json!({"title": "disk is full", "state": "alerting", "message": "on i-0123456789abcdef0", "service": "files"});
    check(
        Format::Grafana,
        &own,
        r#"Trigger -: disk is full at - in - -, - of files ["i-0123456789abcdef0"]"#,
    );
}

fn page() -> Value {
    json!({"event": {"id": "01E", "event_type": "incident.triggered", "resource_type": "incident", "occurred_at": "2026-05-21T05:43:04.600Z",
        "agent": null, "client": {"name": "CloudWatch"}, "data": {"id": "Q2", "type": "incident", "number": 7, "status": "triggered",
            "title": "ALARM: errors", "service": {"id": "P", "summary": "reports"}, "priority": {"summary": "P2"}, "urgency": "low",
            "body": {"type": "incident_body", "details": alarm()}}}})
}

#[test]
fn pagerduty() {
    let expected = r#"Trigger HIGH: ALARM: errors at 2026-05-21T05:43:04.600Z in 111122223333 us-east-1, errors of reports ["orders-db", "orders"]"#;
    let message = one(Format::PagerDuty, &page());
    assert_eq!(line(&message), expected);
    assert_eq!((message.sender_id.as_deref(), message.dedup_key.as_str()), (Some("Q2"), "event 01E"));
    assert_eq!(parsed(&message).account.as_deref(), Some("111122223333"));
    for (kind, expected) in [
        ("incident.reopened", "Trigger"),
        ("incident.escalated", "Update"),
        ("incident.reassigned", "Update"),
        ("incident.priority_updated", "Update"),
        ("incident.resolved", "Resolve"),
        ("incident.acknowledged", "Ignore"),
        ("service.updated", "Ignore"),
        ("something.new", "Ignore"),
    ] {
        let mut body = page();
        body["event"]["event_type"] = json!(kind);
        let message = one(Format::PagerDuty, &body);
        assert!(format!("{:?}", message.action).starts_with(expected), "{kind}");
        assert_eq!(parsed(&message).state == AlertState::Ok, kind == "incident.resolved");
    }
    let note = json!({"event": {"id": "02E", "event_type": "incident.annotated", "occurred_at": "2026-05-21T05:50:00Z",
        "data": {"id": "N1", "type": "incident_note", "content": "we look", "incident": {"id": "Q2", "summary": "errors"}}}});
    check(Format::PagerDuty, &note, "Update -: errors at 2026-05-21T05:50:00Z in - -, - of - []");
    assert_eq!(one(Format::PagerDuty, &note).sender_id.as_deref(), Some("Q2"));
    let ping = json!({"event": {"id": "03E", "event_type": "pagey.ping", "data": {"message": "hi"}}});
    assert!(matches!(content(Format::PagerDuty, &[], &ping), Ok(Content::Ping(_))));
    check_error(Format::PagerDuty, &json!({"event": {}}), "field `event.event_type`: missing");
    check_error(
        Format::PagerDuty,
        &json!({"event": {"event_type": "incident.triggered", "data": {}}}),
        "field `event.data.id`: missing",
    );
}

#[test]
fn datadog() {
    let mut body = json!({"id": "1", "alert_id": "77", "alert_cycle_key": "9", "alert_transition": "Triggered", "alert_type": "error",
        "alert_priority": "P2", "hostname": "web-1", "tags": "env:prod,service:shop,region:us-east-1,aws_account:111122223333",
        "title": "[Triggered] CPU is high", "message": "on i-0123456789abcdef0", "date": "1777728602000", "link": "$LINK", "aggreg_key": ""});
    let expected = r#"Trigger HIGH: [Triggered] CPU is high at 2026-05-02T13:30:02Z in 111122223333 us-east-1, Datadog monitor 77 of shop ["web-1", "i-0123456789abcdef0"]"#;
    check(Format::Datadog, &body, expected);
    let first = one(Format::Datadog, &body);
    assert_eq!(
        (first.sender_id.as_deref(), first.dedup_key.as_str()),
        (Some("9"), "datadog 9 Triggered 1777728602000")
    );
    for (transition, expected) in [
        ("Re-Triggered", "Update"),
        ("Renotify", "Update"),
        ("No Data", "Trigger"),
        ("Re-No Data", "Update"),
        ("Warn", "Trigger"),
        ("Recovered", "Resolve"),
        ("$ALERT_TRANSITION", "Trigger"),
        ("", "Trigger"),
    ] {
        body["alert_transition"] = json!(transition);
        let message = one(Format::Datadog, &body);
        assert!(format!("{:?}", message.action).starts_with(expected), "{transition}");
        assert_eq!(message.sender_id.as_deref(), Some("9"));
        let _ = parsed(&message);
    }
    body["title"] = json!("$EVENT_TITLE");
    assert_eq!(content(Format::Datadog, &[], &body).unwrap_err().field, "title");
    // Our own template as Datadog would send it where nothing resolves.
    assert_eq!(content(Format::Datadog, &[], &json!(crate::DATADOG_TEMPLATE)).unwrap_err().field, "title");
}

#[test]
fn servicenow() {
    let body = json!({"eventType": "create", "sysId": "a1", "priority": "1", "impact": "1", "active": true, "urgency": "1",
        "description": "see arn:aws:rds:us-east-1:111122223333:db:orders", "shortDescription": "orders are down", "incidentState": "1",
        "severity": "1", "problem": null, "additionalContext": {"number": "INC7", "opened_at": "2026-05-02 13:30:02"}});
    check(
        Format::ServiceNow,
        &body,
        r#"Trigger CRITICAL: orders are down at 2026-05-02T13:30:02Z in - -, - of - ["arn:aws:rds:us-east-1:111122223333:db:orders"]"#,
    );
    for (event, state, active, expected) in [
        ("update", "2", "true", "Update"),
        ("update", "6", "true", "Resolve"),
        ("update", "7 - Closed", "true", "Resolve"),
        ("update", "2", "false", "Resolve"),
        ("delete", "2", "true", "Resolve"),
        ("create", "6", "true", "Resolve"),
    ] {
        let mut body = body.clone();
        body["eventType"] = json!(event);
        body["incidentState"] = json!(state);
        body["active"] = json!(active);
        let message = one(Format::ServiceNow, &body);
        assert!(format!("{:?}", message.action).starts_with(expected), "{event} {state} {active}");
    }
    let key = |at: &str| match content(Format::ServiceNow, &[("x-amzn-event-timestamp", at)], &body) {
        Ok(Content::Messages(messages)) => messages[0].dedup_key.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(key(TIMESTAMP), format!("ticket a1 {TIMESTAMP}"));
    let mut own = sender(Format::ServiceNow, Auth::Bearer);
    own.options.servicenow.states = [("3".to_owned(), crate::TicketState::Resolved)].into();
    let mut body = body.clone();
    (body["eventType"], body["incidentState"]) = (json!("update"), json!("3"));
    let (headers, text) = (Headers::default(), body.to_string());
    let Ok(Content::Messages(messages)) = read(&own, &Delivery::new(&headers, text.as_bytes(), now())) else {
        panic!()
    };
    assert_eq!(messages[0].action, Action::Resolve);
    body["sysId"] = Value::Null;
    check_error(Format::ServiceNow, &body, "field `sysId`: missing");
}

#[test]
fn deployments() {
    let github = json!({"action": "created",
        "deployment": {"id": 42, "sha": "a10867b14bb761a232cd80139fbd4c0d33264240", "ref": "main", "environment": "production", "creator": {"login": "mona"}, "created_at": "2026-05-02T13:00:00Z"},
        "deployment_status": {"id": 7, "state": "success", "description": "done", "environment": "production", "created_at": "2026-05-02T13:02:00Z"},
        "repository": {"name": "shop", "full_name": "acme/shop"}, "sender": {"login": "mona"}});
    check(
        Format::GitHub,
        &github,
        r#"Change -: deployment of acme/shop to production succeeded at 2026-05-02T13:02:00Z in - -, - of shop ["acme/shop", "a10867b14bb761a232cd80139fbd4c0d33264240"]"#,
    );
    assert_eq!(one(Format::GitHub, &github).dedup_key, "deployment acme/shop 42 7");
    let mut queued = github.clone();
    queued["deployment_status"]["state"] = json!("queued");
    assert!(matches!(one(Format::GitHub, &queued).action, Action::Ignore { .. }));
    let mut requested = github;
    requested.as_object_mut().unwrap().remove("deployment_status");
    assert_eq!(one(Format::GitHub, &requested).title, "deployment of acme/shop to production requested");
    assert!(matches!(
        one(Format::GitHub, &json!({"action": "opened", "issue": {}})).action,
        Action::Ignore { .. }
    ));
    let ping = json!({"zen": "Keep it logically awesome.", "hook_id": 1});
    assert!(matches!(content(Format::GitHub, &[("X-GitHub-Event", "ping")], &ping), Ok(Content::Ping(_))));

    let gitlab = json!({"object_kind": "deployment", "status": "success", "status_changed_at": "2021-04-28 21:50:00 +0200", "deployment_id": 15,
        "environment": "staging", "project": {"name": "shop", "path_with_namespace": "acme/shop"}, "short_sha": "279484c0",
        "user": {"username": "root"}, "commit_url": "http://x/acme/shop/-/commit/279484c09fbe69ededfced8c1bb6e6d24616b468", "commit_title": "Add new file", "ref": "main"});
    check(
        Format::GitLab,
        &gitlab,
        r#"Change -: deployment of acme/shop to staging succeeded at 2021-04-28T19:50:00Z in - -, - of shop ["acme/shop", "279484c09fbe69ededfced8c1bb6e6d24616b468"]"#,
    );
    assert!(matches!(one(Format::GitLab, &json!({"object_kind": "push"})).action, Action::Ignore { .. }));
    check_error(Format::GitLab, &json!({}), "field `object_kind`: missing");
}
