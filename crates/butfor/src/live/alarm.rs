//! The alarm that is investigated, as the event CloudWatch would have sent: what starts a live investigation is the same
//! document that starts one from a webhook.

use super::Connection;
use crate::output::BadInput;
use anyhow::bail;
use butfor_incident::Timestamp;
use serde_json::{Value, json};

/// An alarm's state changes are looked for so long before the moment asked about (CloudWatch keeps them for 30 days).
const HISTORY_S: i64 = 30 * 24 * 3600;

/// The event of an alarm by name: of its latest change to ALARM, before `at` where a moment is given. The accounts are searched in their
/// order, and the connection is seen from the one that has the alarm afterwards.
pub(super) async fn named(
    connection: &mut Connection,
    name: &str,
    at: Option<Timestamp>,
    now: Timestamp,
) -> anyhow::Result<Value> {
    let mut refused = None;
    for place in 0..=connection.others.len() {
        match described(connection, name).await {
            Ok(Some(alarm)) => return of(connection, &alarm, at, now).await,
            Ok(None) => {}
            Err(error) => refused = Some(error),
        }
        // Each swap brings the next account home; the last one brings the first back.
        connection.move_to(place);
    }
    if let Some(error) = refused {
        return Err(error);
    }
    let places = [&connection.home].into_iter().chain(&connection.others);
    let places: Vec<String> = places.map(|place| format!("{} {}", place.account, place.region)).collect();
    bail!(BadInput(format!(
        "there is no alarm `{name}` in {}; alarm names are case sensitive",
        places.join(", ")
    )))
}

async fn described(connection: &Connection, name: &str) -> anyhow::Result<Option<Value>> {
    let described = connection.call("cloudwatch", "DescribeAlarms", &json!({"AlarmNames": [name]})).await?;
    let list =
        |key: &str| described.get(key).and_then(Value::as_array).and_then(|list| list.first()).cloned();
    Ok(list("MetricAlarms").or_else(|| list("CompositeAlarms")))
}

/// The event of a described alarm.
pub(super) async fn of(
    connection: &Connection,
    alarm: &Value,
    at: Option<Timestamp>,
    now: Timestamp,
) -> anyhow::Result<Value> {
    let is_now = at.is_none() && text(alarm, "StateValue") == Some("ALARM");
    let change = if is_now { None } else { latest_change(connection, alarm, at.unwrap_or(now)).await? };
    let state = change.unwrap_or_else(|| {
        json!({
            "value": alarm.get("StateValue"),
            "reason": alarm.get("StateReason"),
            "reasonData": alarm.get("StateReasonData"),
            "timestamp": alarm.get("StateTransitionedTimestamp").or_else(|| alarm.get("StateUpdatedTimestamp")),
        })
    });
    let home = &connection.home;
    Ok(json!({
        "version": "0",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": home.account,
        "region": home.region,
        "time": state.get("timestamp"),
        "resources": [alarm.get("AlarmArn")],
        "detail": {
            "alarmName": alarm.get("AlarmName"),
            "state": state,
            "configuration": {"description": alarm.get("AlarmDescription"), "metrics": metrics(alarm)},
        },
    }))
}

/// The state of the latest change to ALARM up to a moment, from the alarm's history.
async fn latest_change(
    connection: &Connection,
    alarm: &Value,
    at: Timestamp,
) -> anyhow::Result<Option<Value>> {
    // A little past the moment: whoever reads a clock says the minute.
    let parameters = json!({
        "AlarmName": alarm.get("AlarmName"), "HistoryItemType": "StateUpdate", "ScanBy": "TimestampDescending",
        "StartDate": at.plus_seconds(-HISTORY_S).to_string(), "EndDate": at.plus_seconds(60).to_string(),
    });
    // Without its history the alarm's present state is all there is to go by.
    let Ok(history) = connection.call("cloudwatch", "DescribeAlarmHistory", &parameters).await else {
        return Ok(None);
    };
    let items = history.get("AlarmHistoryItems").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(items.iter().find_map(|item| {
        let data: Value = serde_json::from_str(text(item, "HistoryData")?).ok()?;
        let state = data.get("newState")?;
        let is_alarm = text(state, "stateValue") == Some("ALARM");
        is_alarm.then(|| {
            json!({"value": "ALARM", "reason": state.get("stateReason"), "reasonData": state.get("stateReasonData").map(Value::to_string),
                "timestamp": item.get("Timestamp")})
        })
    }))
}

/// The metrics of an alarm as its event has them: one metric, or several with mathematics.
fn metrics(alarm: &Value) -> Value {
    let dimensions = |of: &Value| -> Value {
        let list = of.get("Dimensions").and_then(Value::as_array);
        let pairs = list
            .into_iter()
            .flatten()
            .filter_map(|one| Some((text(one, "Name")?.to_owned(), one.get("Value")?.clone())));
        Value::Object(pairs.collect())
    };
    if let Some(queries) = alarm.get("Metrics").and_then(Value::as_array).filter(|list| !list.is_empty()) {
        let each = queries.iter().filter_map(|query| {
            let stat = query.get("MetricStat")?;
            let metric = stat.get("Metric")?;
            Some(json!({"id": query.get("Id"), "returnData": query.get("ReturnData"), "metricStat": {
                "metric": {"namespace": metric.get("Namespace"), "name": metric.get("MetricName"), "dimensions": dimensions(metric)},
                "period": stat.get("Period"), "stat": stat.get("Stat")}}))
        });
        return each.collect();
    }
    if alarm.get("MetricName").is_none() {
        return json!([]);
    }
    json!([{"id": "m1", "returnData": true, "metricStat": {
        "metric": {"namespace": alarm.get("Namespace"), "name": alarm.get("MetricName"), "dimensions": dimensions(alarm)},
        "period": alarm.get("Period"), "stat": alarm.get("Statistic").or_else(|| alarm.get("ExtendedStatistic"))}}])
}

/// When the alarm of an event went off.
pub(super) fn time(event: &Value) -> Option<Timestamp> {
    text(event, "time").and_then(|at| Timestamp::parse(at).ok())
}

pub(super) fn text<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    value.get(member).and_then(Value::as_str)
}
