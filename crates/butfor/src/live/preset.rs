//! Starting points without an alarm's name: the latest alarm, an error rate, a busy processor (ING-22).

use super::Connection;
use super::alarm::{self, text};
use crate::cli::Preset;
use crate::output::BadInput;
use anyhow::bail;
use butfor_incident::Timestamp;
use serde_json::{Value, json};

/// Metrics that say so: namespace, metric, statistic.
const ERROR_RATES: &[(&str, &str, &str)] = &[
    ("AWS/ApiGateway", "5XXError", "Sum"),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum"),
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum"),
    ("AWS/Lambda", "Errors", "Sum"),
];
const PROCESSORS: &[(&str, &str, &str)] = &[
    ("AWS/EC2", "CPUUtilization", "Average"),
    ("AWS/RDS", "CPUUtilization", "Average"),
    ("AWS/ECS", "CPUUtilization", "Average"),
];

/// Metrics compared at the most (GetMetricData: 500 a call).
const METRICS_MAX: usize = 500;

/// How long before the moment metrics are compared, seconds.
const WINDOW_S: i64 = 3600;

/// The event that a preset stands for.
pub(super) async fn alert(
    connection: &mut Connection,
    preset: Preset,
    at: Option<Timestamp>,
    now: Timestamp,
) -> anyhow::Result<Value> {
    match preset {
        Preset::LatestAlarm => latest(connection, at, now).await,
        Preset::ErrorRate => worst(connection, ERROR_RATES, "error rate", at.unwrap_or(now)).await,
        Preset::HighCpu => worst(connection, PROCESSORS, "high CPU", at.unwrap_or(now)).await,
    }
}

/// The alarm that went off last and still is, else the one that went off last.
async fn latest(connection: &mut Connection, at: Option<Timestamp>, now: Timestamp) -> anyhow::Result<Value> {
    let firing = connection.call("cloudwatch", "DescribeAlarms", &json!({"StateValue": "ALARM"})).await?;
    let alarms = firing.get("MetricAlarms").and_then(Value::as_array).cloned().unwrap_or_default();
    let since = |alarm: &Value| {
        let at = text(alarm, "StateTransitionedTimestamp").or_else(|| text(alarm, "StateUpdatedTimestamp"));
        at.and_then(|at| Timestamp::parse(at).ok())
    };
    if at.is_none()
        && let Some(alarm) = alarms.iter().max_by_key(|alarm| since(alarm))
    {
        return alarm::of(connection, alarm, None, now).await;
    }
    let moment = at.unwrap_or(now);
    let parameters = json!({"HistoryItemType": "StateUpdate", "ScanBy": "TimestampDescending", "EndDate": moment.plus_seconds(60).to_string()});
    let history = connection.call("cloudwatch", "DescribeAlarmHistory", &parameters).await?;
    let items = history.get("AlarmHistoryItems").and_then(Value::as_array).cloned().unwrap_or_default();
    let went_off = items
        .iter()
        .find(|item| text(item, "HistorySummary").is_some_and(|summary| summary.ends_with("to ALARM")));
    match went_off.and_then(|item| text(item, "AlarmName")) {
        Some(name) => alarm::named(connection, name, Some(moment), now).await,
        None => bail!(BadInput(format!(
            "no alarm of account {} {} went off in the last 30 days",
            connection.home.account, connection.home.region
        ))),
    }
}

/// The metric of a kind whose highest value stands out most against its middle one.
async fn worst(
    connection: &Connection,
    kinds: &[(&str, &str, &str)],
    what: &str,
    at: Timestamp,
) -> anyhow::Result<Value> {
    let mut queries = Vec::new();
    for (namespace, name, statistic) in kinds {
        let listed = connection
            .call("cloudwatch", "ListMetrics", &json!({"Namespace": namespace, "MetricName": name}))
            .await?;
        for metric in listed.get("Metrics").and_then(Value::as_array).into_iter().flatten() {
            let id = format!("m{}", queries.len());
            queries
                .push(json!({"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}}));
        }
    }
    queries.truncate(METRICS_MAX);
    if queries.is_empty() {
        bail!(BadInput(format!(
            "account {} {} has no metric of this kind",
            connection.home.account, connection.home.region
        )));
    }
    let parameters = json!({"MetricDataQueries": queries, "StartTime": at.plus_seconds(-WINDOW_S).to_string(), "EndTime": at.to_string()});
    let data = connection.call("cloudwatch", "GetMetricData", &parameters).await?;
    let results = data.get("MetricDataResults").and_then(Value::as_array).cloned().unwrap_or_default();
    let found = results
        .iter()
        .filter_map(|result| Some((rise(result)?, text(result, "Id")?.to_owned())))
        .max_by(|a, b| a.0.0.total_cmp(&b.0.0).then_with(|| b.1.cmp(&a.1)));
    let Some(((_, peak, since), id)) = found else {
        bail!(BadInput(format!("no metric of this kind rose in the hour before {at}")))
    };
    let query = queries.iter().find(|query| text(query, "Id") == Some(&id)).cloned().unwrap_or_default();
    let metric = query.pointer("/MetricStat/Metric").cloned().unwrap_or_default();
    let alarm = json!({
        "AlarmName": format!("{what}: {} {}", text(&metric, "Namespace").unwrap_or_default(), text(&metric, "MetricName").unwrap_or_default()),
        "StateValue": "ALARM", "StateTransitionedTimestamp": since,
        "StateReason": format!("started by hand: the highest value in the hour before {at} is {peak}"),
        "Namespace": metric.get("Namespace"), "MetricName": metric.get("MetricName"), "Dimensions": metric.get("Dimensions"),
        "Period": 60, "Statistic": query.pointer("/MetricStat/Stat"),
    });
    alarm::of(connection, &alarm, None, at).await
}

/// How far the highest value is above the middle one, the value, and the first moment it was half way there.
fn rise(result: &Value) -> Option<(f64, f64, String)> {
    let values: Vec<f64> = result.get("Values")?.as_array()?.iter().filter_map(Value::as_f64).collect();
    let times: Vec<&str> = result.get("Timestamps")?.as_array()?.iter().filter_map(Value::as_str).collect();
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let (middle, peak) = (*sorted.get(sorted.len() / 2)?, *sorted.last()?);
    let half = f64::midpoint(middle, peak);
    let since = times.iter().zip(&values).filter(|(_, value)| **value >= half).map(|(at, _)| *at).min()?;
    (peak > middle).then(|| (peak - middle, peak, since.to_owned()))
}
