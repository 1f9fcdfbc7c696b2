//! One payload of every kind, and what is wrong with broken ones.

use super::{AlertError, parse};
use butfor_incident::{Alert, AlertSource, AlertState, Body, Cites, Evidence, Query};
use proptest::prelude::*;
use serde_json::{Value, json};

fn cites() -> Cites {
    let query = Query {
        account: String::new(),
        region: String::new(),
        service: "alert".to_owned(),
        operation: String::new(),
        parameters: "{}".into(),
    };
    Cites::one(Evidence::new(query, None, Body::Alert("{}".into())).id())
}

fn alerts(payload: &Value) -> Vec<Alert> {
    parse(&payload.to_string(), cites()).unwrap()
}

/// One line an alert: source, name, state, time, account, region, metrics, threshold.
fn check(payload: &Value, expected: &[&str]) {
    let lines: Vec<_> = alerts(payload)
        .iter()
        .map(|alert| {
            let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            let metrics: Vec<_> = alert
                .metrics
                .iter()
                .map(|metric| format!("{}/{}{:?}", metric.namespace, metric.name, metric.dimensions))
                .collect();
            format!(
                "{} {} {:?} {} {} {} [{}] {}",
                alert.source.as_str(),
                alert.name,
                alert.state,
                alert.at.map_or("-".to_owned(), |at| at.to_string()),
                text(&alert.account),
                text(&alert.region),
                metrics.join(" "),
                text(&alert.threshold)
            )
        })
        .collect();
    assert_eq!(lines, expected);
}

fn check_error(payload: &Value, expected: &str) {
    assert_eq!(parse(&payload.to_string(), cites()).unwrap_err().to_string(), expected, "{payload}");
}

fn event() -> Value {
    json!({
        "version": "0", "id": "e", "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
        "account": "111122223333", "time": "2026-05-02T13:30:05Z", "region": "us-east-1",
        "resources": ["arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors"],
        "detail": {
            "alarmName": "errors",
            "state": {"value": "ALARM", "reason": "r", "reasonData": "{\"threshold\": 3.5}", "timestamp": "2026-05-02T13:30:04.919+0000"},
            "configuration": {"description": "d", "metrics": [
                {"id": "m1", "metricStat": {"metric": {"namespace": "AWS/RDS", "name": "X", "dimensions": {"A": "b"}}, "period": 60, "stat": "Sum"}},
                {"id": "e1", "expression": "m1*2"}]}}})
}

fn message() -> Value {
    json!({
        "AlarmName": "errors", "AlarmDescription": "d", "AWSAccountId": "111122223333", "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed", "StateChangeTime": "2026-05-02T13:30:04.919+0000", "Region": "US East (N. Virginia)",
        "Trigger": {"MetricName": "X", "Namespace": "AWS/RDS", "Dimensions": [{"name": "A", "value": "b"}], "Threshold": 3.5}})
}

const FROM_EVENT: &str =
    r#"eventbridge errors Alarm 2026-05-02T13:30:04.919Z 111122223333 us-east-1 [AWS/RDS/X{"A": "b"}] 3.5"#;
const FROM_MESSAGE: &str =
    r#"sns errors Alarm 2026-05-02T13:30:04.919Z 111122223333 us-east-1 [AWS/RDS/X{"A": "b"}] 3.5"#;

fn envelope(message: &str) -> Value {
    json!({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:999988887777:t", "Subject": "s",
           "Message": message, "Timestamp": "2026-05-02T13:30:05.100Z"})
}

#[test]
fn eventbridge() {
    check(&event(), &[FROM_EVENT]);
    let mut contributor = event();
    contributor["detail-type"] = json!("CloudWatch Alarm Contributor State Change");
    contributor["detail"]["state"]["reasonData"] = Value::Null;
    contributor["detail"]["state"]["reason"] =
        json!("1 datapoint [9.0 (02/05/26)] was greater than the threshold (3.5).");
    check(&contributor, &[FROM_EVENT]);
    let mut action = event();
    action["alarmData"] = action["detail"].take();
    action.as_object_mut().unwrap().remove("detail-type");
    check(&action, &[FROM_EVENT]);
    let health = json!({"detail-type": "AWS Health Event", "account": "1", "region": "us-east-1", "detail": {"service": "EC2"}});
    check(&health, &["unknown AWS Health Event Alarm - 1 us-east-1 [] -"]);
}

#[test]
fn sns_in_every_wrapping() {
    check(&message(), &[FROM_MESSAGE]);
    let wrapped = envelope(&message().to_string());
    check(&wrapped, &[FROM_MESSAGE]);
    check(&json!({"Records": [{"EventSource": "aws:sns", "Sns": wrapped}]}), &[FROM_MESSAGE]);
    check(
        &json!({"Records": [{"body": wrapped.to_string()}, {"body": wrapped.to_string()}]}),
        &[FROM_MESSAGE; 2],
    );
    check(&envelope(&event().to_string()), &[FROM_EVENT]);
    check(
        &envelope("it is down\nhelp"),
        &["sns s Alarm 2026-05-02T13:30:05.100Z 999988887777 eu-west-1 [] -"],
    );
    let mut math = message();
    math["Trigger"] = json!({"Threshold": 1, "Metrics": [{"Id": "m", "MetricStat": {"Metric": {"MetricName": "X", "Namespace": "AWS/RDS", "Dimensions": [{"name": "A", "value": "b"}]}}}, {"Id": "e", "Expression": "m"}]});
    math["Region"] = json!("Somewhere");
    math["AlarmArn"] = json!("arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors");
    check(&math, &[&FROM_MESSAGE.replace("3.5", "1")]);
}

#[test]
fn webhook() {
    let reason = "1 datapoint was greater than the threshold (10.0) (minimum 1)";
    let mut payload = json!({
        "eventType": "incident", "incidentId": "errors-1", "action": "created", "priority": "HIGH", "title": "CloudWatch Alarm: errors",
        "timestamp": "2026-05-02T13:30:02.418+0000",
        "data": {"metadata": {"region": "ap-southeast-1", "accountId": "111122223333", "newState": "ALARM", "reason": reason,
            "metrics": [{"metricStat": {"metric": {"namespace": "N", "name": "M", "dimensions": {}}}}]}}});
    let expected = "webhook errors Alarm 2026-05-02T13:30:02.418Z 111122223333 ap-southeast-1 [N/M{}] 10.0";
    check(&payload, &[expected]);
    assert_eq!(alerts(&payload)[0].incident_id.as_deref(), Some("errors-1"));
    payload["action"] = json!("resolved");
    check(&payload, &[&expected.replace("Alarm", "Ok")]);
    payload["action"] = json!("created");
    payload["data"] = event();
    check(&payload, &[&FROM_EVENT.replace("eventbridge", "webhook")]);
    payload["data"] = Value::Null;
    check(&payload, &["webhook errors Alarm 2026-05-02T13:30:02.418Z - - [] -"]);
}

#[test]
fn pagerduty_and_alertmanager() {
    let mut payload = json!({"event": {"event_type": "incident.triggered", "occurred_at": "2026-05-21T05:43:04.600Z",
        "data": {"id": "Q", "title": "ALARM: errors", "body": {"details": message()}}}});
    check(&payload, &[&FROM_MESSAGE.replace("sns", "pagerduty")]);
    payload["event"]["data"]["body"] = Value::Null;
    check(&payload, &["pagerduty errors Alarm 2026-05-21T05:43:04.600Z - - [] -"]);
    let labels = json!({"alertname": "Errors", "account_id": "222222222222", "region": "us-east-1"});
    let payload = json!({"version": "4", "groupKey": "g", "alerts": [
        {"status": "firing", "labels": labels, "annotations": {"summary": "s"}, "startsAt": "2026-05-20T23:05:08.331Z"},
        {"status": "resolved", "labels": labels}]});
    check(
        &payload,
        &[
            "unknown Errors Alarm 2026-05-20T23:05:08.331Z 222222222222 us-east-1 [] -",
            "unknown Errors Ok - 222222222222 us-east-1 [] -",
        ],
    );
    check(
        &json!({"title": "it is slow", "region": "us-east-1"}),
        &["unknown it is slow Alarm - - us-east-1 [] -"],
    );
}

#[test]
fn a_state_is_kept() {
    let mut ok = event();
    ok["detail"]["state"]["value"] = json!("INSUFFICIENT_DATA");
    let [alert] = alerts(&ok).try_into().unwrap();
    let alert: Alert = alert;
    assert_eq!((alert.state, alert.source), (AlertState::InsufficientData, AlertSource::EventBridge));
}

#[test]
fn what_is_wrong_is_named() {
    let without = |mut payload: Value, pointer: &str, value: Value| {
        *payload.pointer_mut(pointer).unwrap() = value;
        payload
    };
    check_error(&without(event(), "/detail/alarmName", Value::Null), "field `detail.alarmName`: missing");
    check_error(&without(event(), "/detail", Value::Null), "field `detail`: missing, or not an object");
    check_error(
        &without(event(), "/detail/state/value", json!("BAD")),
        "field `detail.state.value`: `BAD` is not an alarm state: expected ALARM, OK or INSUFFICIENT_DATA",
    );
    check_error(
        &without(message(), "/StateChangeTime", json!("noon")),
        "field `StateChangeTime`: `noon` is not a time: expected ISO 8601 such as 2026-05-02T13:37:00Z",
    );
    let inner = without(message(), "/AlarmName", json!(7)).to_string();
    check_error(
        &json!({"Records": [{"Sns": envelope(&inner)}]}),
        "field `Records[0].Sns.Message.AlarmName`: expected a text that is not empty",
    );
    check_error(&json!({"eventType": "incident"}), "field `incidentId`: missing");
    check_error(
        &json!({"Type": "SubscriptionConfirmation", "Message": "m"}),
        "field `Type`: this SNS message carries no alert: expected `Notification`",
    );
    assert_eq!(parse("{}", cites()), Err(AlertError::Unrecognised));
    assert!(matches!(parse("{", cites()), Err(AlertError::Json(_))));
    // A time that cannot be read does no harm where another can.
    check(&without(event(), "/time", json!("noon")), &[FROM_EVENT]);
}

/// Payloads with one member replaced by anything.
fn damaged() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!([[], {}])),
        Just(json!({"a": []}))
    ];
    let payload = prop::sample::select(vec![
        event(),
        message(),
        envelope(&message().to_string()),
        json!({"Records": [envelope("x")]}),
    ]);
    (payload, any::<prop::sample::Index>(), value).prop_map(|(mut payload, index, value)| {
        let mut pointers = Vec::new();
        collect(&payload, "", &mut pointers);
        let pointer: &String = index.get(&pointers);
        if let Some(member) = payload.pointer_mut(pointer) {
            *member = value;
        }
        payload.to_string()
    })
}

fn collect(value: &Value, at: &str, pointers: &mut Vec<String>) {
    pointers.push(at.to_owned());
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, value)| collect(value, &format!("{at}/{name}"), pointers))
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, value)| collect(value, &format!("{at}/{n}"), pointers))
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in prop_oneof![damaged(), ".{0,60}"]) {
        let _ = parse(&text, cites());
    }
}
