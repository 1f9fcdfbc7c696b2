//! One body of every kind, and what is wrong with broken ones. Whatever is read, the engine reads its payload.

use super::signatures::{BODY, SIGNATURE, TIMESTAMP, now, sender};
use crate::{Action, Auth, Content, Delivery, Format, Headers, Message, Priority, read};
use butfor_incident::{Alert, AlertState, Body, Cites, Evidence, Query};
use serde_json::{Value, json};

pub(super) fn content(
    format: Format,
    headers: &[(&str, &str)],
    body: &Value,
) -> Result<Content, crate::Malformed> {
    let headers: Headers = headers.iter().copied().collect();
    let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    read(&sender(format, Auth::Bearer), &Delivery::new(&headers, body.as_bytes(), now()))
}

pub(super) fn messages(format: Format, body: &Value) -> Vec<Message> {
    match content(format, &[], body) {
        Ok(Content::Messages(messages)) => messages,
        other => panic!("{other:?} from {body}"),
    }
}

pub(super) fn one(format: Format, body: &Value) -> Message {
    let messages = messages(format, body);
    assert_eq!(messages.len(), 1, "{body}");
    messages[0].clone()
}

pub(super) fn check_error(format: Format, body: &Value, expected: &str) {
    assert_eq!(content(format, &[], body).unwrap_err().to_string(), expected, "{body}");
}

/// What the engine reads of a message's payload.
pub(super) fn parsed(message: &Message) -> Alert {
    let query = Query {
        account: String::new(),
        region: String::new(),
        service: "alert".to_owned(),
        operation: String::new(),
        parameters: "{}".into(),
    };
    let cites = Cites::one(Evidence::new(query, None, Body::Alert("{}".into())).id());
    let alerts = butfor_engine::alert::parse(&message.payload, cites)
        .unwrap_or_else(|error| panic!("{error}: {}", message.payload));
    assert_eq!(alerts.len(), 1, "{}", message.payload);
    alerts.into_iter().next().unwrap()
}

/// A message in one line: action, priority, title, time, account, region, alarm, service, resources.
pub(super) fn line(message: &Message) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let action = match &message.action {
        Action::Suppressed { by } => format!("Suppressed by {by}"),
        Action::Ignore { why } => format!("Ignore ({why})"),
        other => format!("{other:?}"),
    };
    format!(
        "{action} {}{}: {} at {} in {} {}, {} of {} {:?}",
        message.priority.map_or("-", Priority::word),
        if message.is_test { " test" } else { "" },
        message.title,
        message.at.map_or("-".to_owned(), |at| at.to_string()),
        text(&message.account),
        text(&message.region),
        text(&message.alarm),
        text(&message.service),
        message.resources,
    )
}

pub(super) fn check(format: Format, body: &Value, expected: &str) {
    let message = one(format, body);
    assert_eq!(line(&message), expected, "{body}");
    let alert = parsed(&message);
    assert_eq!(
        (alert.account, alert.region),
        (message.account.clone(), message.region.clone()),
        "{}",
        message.payload
    );
    if message.action == Action::Resolve {
        assert_eq!(alert.state, AlertState::Ok);
    }
    if message.action == Action::Trigger {
        assert_eq!(alert.state, AlertState::Alarm);
        assert_eq!(alert.at, message.at);
    }
}

/// Requirement ING-09, with every key.
fn incident() -> Value {
    json!({"eventType": "incident", "incidentId": "db-1", "action": "created", "priority": "HIGH", "title": "CloudWatch Alarm: db",
        "description": "host i-0123456789abcdef0", "timestamp": "2026-05-02T13:30:02.418+0000", "service": "orders",
        "data": {"metadata": {"alarmName": "db", "region": "us-east-1", "accountId": "111122223333", "newState": "ALARM", "reason": "r",
            "alarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:db",
            "metrics": [{"metricStat": {"metric": {"namespace": "AWS/RDS", "name": "X", "dimensions": {"DBInstanceIdentifier": "orders-db"}}}}]}}})
}

#[test]
fn generic() {
    let expected = r#"Trigger HIGH: CloudWatch Alarm: db at 2026-05-02T13:30:02.418Z in 111122223333 us-east-1, db of orders ["orders-db", "i-0123456789abcdef0"]"#;
    check(Format::Generic, &incident(), expected);
    let message = one(Format::Generic, &incident());
    assert_eq!(message.sender_id.as_deref(), Some("db-1"));
    assert_eq!(serde_json::from_str::<Value>(&message.payload).unwrap(), incident());
    for (action, state, expected) in [
        ("updated", "ALARM", "Update"),
        ("resolved", "ALARM", "Resolve"),
        ("closed", "x", "Resolve"),
        ("created", "OK", "Resolve"),
        ("created", "INSUFFICIENT_DATA", "Ignore"),
        ("created", "", "Trigger"),
    ] {
        let mut body = incident();
        body["action"] = json!(action);
        body["data"]["metadata"]["newState"] = json!(state);
        let read = one(Format::Generic, &body);
        assert!(format!("{:?}", read.action).starts_with(expected), "{action} {state}: {read:?}");
        assert_eq!(read.dedup_key == message.dedup_key, action == "created", "{action}");
    }
    let mut naive = incident();
    naive["timestamp"] = json!("2026-05-02T13:30:02.418");
    check(Format::Generic, &naive, expected);
    let bare = json!({"eventType": "incident", "incidentId": "1", "action": "created", "priority": "MINIMAL", "title": "t", "timestamp": ""});
    check_error(Format::Generic, &bare, "field `timestamp`: expected a time such as 2026-05-02T13:37:00Z");
}

#[test]
fn generic_errors_name_the_field() {
    for (field, value, expected) in [
        ("eventType", json!("change"), "field `eventType`: expected `incident`"),
        ("eventType", Value::Null, "field `eventType`: missing"),
        ("incidentId", json!(""), "field `incidentId`: expected a text that is not empty"),
        ("incidentId", json!(7), "field `incidentId`: expected a text that is not empty"),
        ("action", json!("opened"), "field `action`: expected created, updated, closed or resolved"),
        ("priority", json!("P1"), "field `priority`: expected CRITICAL, HIGH, MEDIUM, LOW or MINIMAL"),
        ("title", Value::Null, "field `title`: missing"),
        ("description", json!([]), "field `description`: expected a text"),
        ("timestamp", json!("yesterday"), "field `timestamp`: expected a time such as 2026-05-02T13:37:00Z"),
        ("data", json!("x"), "field `data`: expected an object"),
    ] {
        let mut body = incident();
        body[field] = value;
        check_error(Format::Generic, &body, expected);
    }
    check_error(Format::Generic, &json!("[]"), "field `(body)`: expected a JSON object");
    let error = content(Format::Generic, &[], &json!("{")).unwrap_err();
    assert_eq!(error.field, "(body)");
    // The body of the known answer is signed right and says too little.
    let headers: Headers =
        [("x-amzn-event-timestamp", TIMESTAMP), ("x-amzn-event-signature", SIGNATURE)].into_iter().collect();
    let delivery = Delivery::new(&headers, BODY.as_bytes(), now());
    assert_eq!(read(&sender(Format::Generic, Auth::Signature), &delivery).unwrap_err().field, "action");
}

fn event() -> Value {
    json!({"version": "0", "id": "e1", "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
        "account": "111122223333", "time": "2026-05-02T13:30:05Z", "region": "us-east-1",
        "resources": ["arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors"],
        "detail": {"alarmName": "errors",
            "state": {"value": "ALARM", "reason": "r", "reasonData": "{\"threshold\": 3.5}", "timestamp": "2026-05-02T13:30:04.919+0000"},
            "previousState": {"value": "OK", "timestamp": "2026-05-01T13:30:04.919+0000"},
            "configuration": {"description": "d", "metrics": [{"id": "m1", "metricStat": {"metric":
                {"namespace": "AWS/RDS", "name": "X", "dimensions": {"DBInstanceIdentifier": "orders-db", "Service": "orders"}}, "period": 60, "stat": "Sum"}}]}}})
}

/// What CloudWatch sends to SNS for the same change.
pub(super) fn alarm() -> Value {
    json!({"AlarmName": "errors", "AlarmDescription": "d", "AWSAccountId": "111122223333", "NewStateValue": "ALARM", "NewStateReason": "r",
        "StateChangeTime": "2026-05-02T13:30:04.919+0000", "Region": "US East (N. Virginia)",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors",
        "Trigger": {"MetricName": "X", "Namespace": "AWS/RDS", "Dimensions":
            [{"name": "DBInstanceIdentifier", "value": "orders-db"}, {"name": "Service", "value": "orders"}]}})
}

fn envelope(message: &str) -> Value {
    json!({"Type": "Notification", "MessageId": "m1", "TopicArn": "arn:aws:sns:us-east-1:999988887777:t", "Subject": "s",
        "Message": message, "Timestamp": "2026-05-02T13:30:05.100Z"})
}

const ALARM: &str = r#"Trigger -: CloudWatch Alarm: errors at 2026-05-02T13:30:04.919Z in 111122223333 us-east-1, errors of orders ["orders-db", "orders"]"#;

#[test]
fn one_alarm_by_every_way() {
    check(Format::EventBridge, &event(), ALARM);
    check(Format::Sns, &envelope(&alarm().to_string()), ALARM);
    check(
        Format::Sns,
        &json!({"Records": [{"EventSource": "aws:sns", "Sns": envelope(&alarm().to_string())}]}),
        ALARM,
    );
    check(Format::Sns, &json!({"Records": [{"body": envelope(&alarm().to_string()).to_string()}]}), ALARM);
    check(Format::Sns, &envelope(&event().to_string()), ALARM);
    check(Format::Generic, &alarm(), ALARM);
    // A retry, a fan-out to two topics and both ways of CloudWatch are one change of state (trap T18).
    let keys: std::collections::BTreeSet<_> = [
        (Format::EventBridge, event()),
        (Format::Sns, envelope(&alarm().to_string())),
        (Format::Sns, envelope(&event().to_string())),
    ]
    .iter()
    .map(|(format, body)| one(*format, body).dedup_key)
    .collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    let both =
        json!({"Records": [{"Sns": envelope(&alarm().to_string())}, {"Sns": envelope("it is down\nhelp")}]});
    let messages = messages(Format::Sns, &both);
    assert_eq!(messages.len(), 2);
    let expected = r#"Trigger -: s at 2026-05-02T13:30:05.100Z in 999988887777 us-east-1, - of - []"#;
    assert_eq!(line(&messages[1]), expected);
    assert_eq!(parsed(&messages[1]).name, "s");
}

#[test]
fn alarms_without_an_arn_take_their_place_from_the_topic() {
    let mut body = alarm();
    body.as_object_mut().unwrap().remove("AlarmArn");
    let message = one(Format::Sns, &envelope(&body.to_string()));
    // ING-18: published into another account's topic, the alarm keeps its account.
    assert_eq!(
        (message.account.as_deref(), message.region.as_deref()),
        (Some("111122223333"), Some("us-east-1"))
    );
    body.as_object_mut().unwrap().remove("StateChangeTime");
    let first = one(Format::Sns, &envelope(&body.to_string()));
    assert!(first.dedup_key.contains("id m1"), "{}", first.dedup_key);
}

/// Requirements ING-02, ING-04 and ING-05: the articles' own test event.
#[test]
fn the_test_event() {
    let body = r#"{"Records": [{"Sns": {"Message": "{\"AlarmName\":\"TEST-webhook-verification\",\"AlarmDescription\":\"[TEST] This is a webhook integration test - not a real incident. No investigation needed.\",\"NewStateValue\":\"ALARM\",\"NewStateReason\":\"[TEST] Manual test to verify webhook connectivity from Lambda to DevOps Agent. Safe to ignore.\",\"Region\":\"us-east-1\"}"}}]}"#;
    let expected = r#"Trigger - test: CloudWatch Alarm: TEST-webhook-verification at - in - us-east-1, TEST-webhook-verification of - []"#;
    for format in [Format::Sns, Format::Generic] {
        check(format, &json!(body), expected);
    }
}

#[test]
fn states_that_do_not_start_anything() {
    for (state, expected) in [("OK", "Resolve"), ("INSUFFICIENT_DATA", "Ignore (not ALARM state, skipping)")]
    {
        let mut body = event();
        body["detail"]["state"]["value"] = json!(state);
        check(Format::EventBridge, &body, &ALARM.replace("Trigger", expected));
        let mut body = alarm();
        body["NewStateValue"] = json!(state);
        check(Format::Sns, &envelope(&body.to_string()), &ALARM.replace("Trigger", expected));
    }
    let mut body = event();
    body["detail"]["state"]["actionsSuppressedBy"] = json!("WaitPeriod");
    check(Format::EventBridge, &body, &ALARM.replace("Trigger", "Suppressed by WaitPeriod"));
    assert_ne!(one(Format::EventBridge, &body).dedup_key, one(Format::EventBridge, &event()).dedup_key);
    body["detail"]["muteDetail"] =
        json!({"mutedByArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm-mute-rule:night"});
    check(
        Format::EventBridge,
        &body,
        &ALARM.replace(
            "Trigger",
            "Suppressed by arn:aws:cloudwatch:us-east-1:111122223333:alarm-mute-rule:night",
        ),
    );
    body["detail"]["state"]["value"] = json!("OK");
    check(Format::EventBridge, &body, &ALARM.replace("Trigger", "Resolve"));
}

#[test]
fn other_events() {
    let mut body = event();
    body["detail-type"] = json!("CloudWatch Alarm Contributor State Change");
    body["detail"]["alarmContributor"] =
        json!({"id": "c1", "attributes": {"InstanceId": "i-0123456789abcdef0"}});
    body["detail"].as_object_mut().unwrap().remove("previousState");
    check(Format::EventBridge, &body, &ALARM.replace("\"]", "\", \"i-0123456789abcdef0\"]"));
    assert!(one(Format::EventBridge, &body).dedup_key.ends_with(" c1"));

    let mut body = event();
    body["detail-type"] = json!("CloudWatch Alarm Configuration Change");
    body["detail"]["operation"] = json!("update");
    body["detail"]["configuration"]["threshold"] = json!(90);
    body["detail"]["previousConfiguration"] = event()["detail"]["configuration"].clone();
    body["detail"]["previousConfiguration"]["threshold"] = json!(50);
    let message = one(Format::EventBridge, &body);
    assert_eq!(
        (message.action, message.title.as_str()),
        (Action::Change, "CloudWatch Alarm updated: errors")
    );
    assert_eq!(message.description.as_deref(), Some("threshold: 50 -> 90"));

    for (source, kind, expected) in [
        ("aws.codedeploy", "CodeDeploy Deployment State-change Notification", "Change"),
        ("aws.ecs", "ECS Deployment State Change", "Change"),
        ("aws.ecs", "ECS Task State Change", "Ignore"),
        ("aws.health", "AWS Health Event", "Update"),
        ("my.app", "CloudWatch Alarm State Change", "Ignore"),
    ] {
        let body = json!({"id": "e2", "source": source, "detail-type": kind, "account": "111122223333", "region": "us-east-1",
            "time": "2026-05-02T13:30:05Z", "detail": {"deploymentId": "d-1"}});
        let message = one(Format::EventBridge, &body);
        assert!(format!("{:?}", message.action).starts_with(expected), "{kind}: {message:?}");
        assert_eq!(message.dedup_key, "event e2");
    }
    let stack = |status: &str| json!({"status-details": {"status": status}});
    for (source, detail, expected) in [
        ("aws.cloudformation", stack("UPDATE_ROLLBACK_IN_PROGRESS"), Action::Trigger),
        ("aws.cloudformation", stack("UPDATE_ROLLBACK_COMPLETE"), Action::Change),
        ("aws.cloudformation", stack("UPDATE_COMPLETE"), Action::Change),
        ("aws.codedeploy", json!({"state": "FAILURE"}), Action::Trigger),
        ("aws.ecs", json!({"eventName": "SERVICE_DEPLOYMENT_FAILED"}), Action::Trigger),
        ("aws.ecs", json!({"eventName": "SERVICE_DEPLOYMENT_COMPLETED"}), Action::Change),
    ] {
        let body = json!({"id": "e3", "source": source, "detail-type": "ECS Deployment State Change", "detail": detail});
        assert_eq!(one(Format::EventBridge, &body).action, expected, "{body}");
    }
    let mut body = event();
    body["detail"]["state"]["value"] = json!("alarm");
    check_error(
        Format::EventBridge,
        &body,
        "field `detail.state.value`: expected ALARM, OK or INSUFFICIENT_DATA",
    );
    body["detail"] = Value::Null;
    check_error(Format::EventBridge, &body, "field `detail`: missing, or not an object");
}

#[test]
fn objects_of_other_programs_through_sns() {
    let body = envelope(r#"{"Event Source": "db-instance", "Event Message": "failover"}"#);
    check(
        Format::Sns,
        &body,
        "Trigger -: s at 2026-05-02T13:30:05.100Z in 999988887777 us-east-1, - of - []",
    );
    let titled = envelope(r#"{"title": "disk is full", "region": "us-east-1", "accountId": "111122223333"}"#);
    check(Format::Sns, &titled, "Trigger -: disk is full at - in 111122223333 us-east-1, - of - []");
    assert_eq!(one(Format::Sns, &titled).dedup_key, "sns m1");
    let confirmation = json!({"Records": [{"Sns": {"Type": "SubscriptionConfirmation", "Message": "m"}}]});
    check_error(Format::Sns, &confirmation, "field `Records[0].Sns.Type`: expected Notification");
}

#[test]
fn the_same_words_a_day_later_are_news() {
    let read_at = |seconds: i64| {
        let (headers, body) = (Headers::default(), json!({"title": "disk is full"}).to_string());
        let delivery = Delivery::new(&headers, body.as_bytes(), now().plus_seconds(seconds));
        let Ok(Content::Messages(messages)) = read(&sender(Format::Grafana, Auth::Bearer), &delivery) else {
            panic!()
        };
        messages[0].dedup_key.clone()
    };
    assert_eq!(read_at(0), read_at(60));
    assert_ne!(read_at(0), read_at(86_400));
}

/// Every recorded alert of the scenarios reads as the engine reads it.
#[test]
fn recorded_alerts() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios");
    let mut count = 0;
    for folder in std::fs::read_dir(root).unwrap() {
        let Ok(text) = std::fs::read_to_string(folder.unwrap().path().join("alert.json")) else { continue };
        let body: Value = serde_json::from_str(&text).unwrap();
        let format = if body.get("event").is_some() {
            Format::PagerDuty
        } else if body.get("alerts").is_some() {
            Format::Alertmanager
        } else {
            Format::Sns
        };
        // An incident's body, or a bare event, came by its own way.
        let is_bare = body.get("eventType").is_some() || body.get("detail-type").is_some();
        let format = if is_bare { Format::Generic } else { format };
        let (headers, cites) = (Headers::default(), parsed(&one(Format::Generic, &incident())).cites);
        let delivery = Delivery::new(&headers, text.as_bytes(), now());
        let Content::Messages(messages) = read(&sender(format, Auth::Bearer), &delivery).unwrap() else {
            panic!("{text}")
        };
        let expected = butfor_engine::alert::parse(&text, cites).unwrap();
        assert_eq!(messages.len(), expected.len(), "{text}");
        for (message, expected) in messages.iter().zip(&expected) {
            let alert = parsed(message);
            assert_eq!(
                (&alert.name, alert.state, alert.at, &alert.metrics),
                (&expected.name, expected.state, expected.at, &expected.metrics)
            );
            assert_eq!(
                (&alert.account, &alert.region, &alert.arn),
                (&expected.account, &expected.region, &expected.arn)
            );
            assert_eq!((&message.account, message.at), (&expected.account, expected.at), "{text}");
            assert!(message.region == expected.region || message.region.is_none(), "{text}");
            assert_eq!(message.action == Action::Trigger, expected.state == AlertState::Alarm, "{text}");
            count += 1;
        }
    }
    assert!(count >= 24, "{count}");
}

#[test]
fn words_of_formats_and_proofs() {
    for format in Format::ALL {
        assert_eq!(Format::of(format.word()), Some(format));
    }
    for auth in [Auth::Signature, Auth::Bearer, Auth::Basic, Auth::Header("X-Key".to_owned())] {
        assert_eq!(Auth::of(&auth.word()), Some(auth));
    }
    for word in ["", "header:", "header:a b", "none", "Bearer"] {
        assert_eq!(Auth::of(word), None, "{word}");
    }
}
