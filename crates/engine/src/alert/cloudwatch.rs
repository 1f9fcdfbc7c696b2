//! CloudWatch alarms: EventBridge events, Lambda alarm actions, SNS messages.

use super::region::{self, Arn};
use super::{AlertError, Member, blank, json};
use butfor_incident::{Alert, AlertSource, Cites, MetricRef};
use serde_json::Value;
use std::collections::BTreeMap;

/// An EventBridge event ("CloudWatch Alarm State Change", "... Contributor State Change"), or the like-shaped event of
/// a Lambda alarm action (`alarmData` instead of `detail`).
pub(super) fn event(event: &Member<'_>, cites: &Cites) -> Result<Alert, AlertError> {
    let detail = event.get(if event.has("alarmData") { "alarmData" } else { "detail" });
    if !detail.value.is_object() {
        return Err(detail.wrong("missing, or not an object"));
    }
    let kind = event.get("detail-type");
    if !detail.has("alarmName") && kind.text().is_some_and(|kind| !kind.starts_with("CloudWatch Alarm")) {
        return other_event(event, &detail, cites);
    }
    let name = detail.get("alarmName").required()?;
    let state = detail.get("state");
    let arn = [event.get("alarmArn"), event.get("resources").element(0)].iter().find_map(Member::owned);
    let place = arn.as_deref().map(Arn::parse).unwrap_or_default();
    let configuration = detail.get("configuration");
    let reason = state.get("reason").owned();
    let from_data = state.get("reasonData").text().and_then(|data| json(data).ok());
    let threshold = from_data.as_ref().and_then(|data| Member::root(data).get("threshold").scalar());
    Ok(Alert {
        description: configuration.get("description").owned(),
        state: state.get("value").state()?,
        threshold: threshold.or_else(|| threshold_in(reason.as_deref())),
        reason,
        at: first_time(&[state.get("timestamp"), event.get("time")])?,
        account: [event.get("account"), event.get("accountId")]
            .iter()
            .find_map(Member::scalar)
            .or(place.account),
        region: place.region.or_else(|| event.get("region").text().and_then(region::code)),
        arn,
        metrics: metrics(&configuration.get("metrics")),
        ..blank(AlertSource::EventBridge, name, cites)
    })
}

/// Some other service's event (AWS Health, a pipeline): where and when, but no alarm.
fn other_event(event: &Member<'_>, detail: &Member<'_>, cites: &Cites) -> Result<Alert, AlertError> {
    Ok(Alert {
        description: Some(detail.value.to_string()),
        at: event.get("time").time()?,
        account: event.get("account").scalar(),
        region: event.get("region").text().and_then(region::code),
        ..blank(AlertSource::Unknown, event.get("detail-type").required()?, cites)
    })
}

/// The message CloudWatch publishes to SNS.
pub(super) fn message(message: &Member<'_>, cites: &Cites) -> Result<Alert, AlertError> {
    let name = message.get("AlarmName").required()?;
    let trigger = message.get("Trigger");
    let arn = message.get("AlarmArn").owned();
    let place = arn.as_deref().map(Arn::parse).unwrap_or_default();
    let reason = message.get("NewStateReason").owned();
    let mut metrics = metrics(&trigger.get("Metrics"));
    metrics.extend(metric(&trigger));
    Ok(Alert {
        description: message.get("AlarmDescription").owned(),
        state: message.get("NewStateValue").state()?,
        threshold: trigger.get("Threshold").scalar().or_else(|| threshold_in(reason.as_deref())),
        reason,
        at: message.get("StateChangeTime").time()?,
        account: message.get("AWSAccountId").scalar().or(place.account),
        region: place.region.or_else(|| message.get("Region").text().and_then(region::code)),
        arn,
        metrics,
        ..blank(AlertSource::Sns, name, cites)
    })
}

/// The metrics of `configuration.metrics` or `Trigger.Metrics`; expressions over them name none themselves.
pub(super) fn metrics(list: &Member<'_>) -> Vec<MetricRef> {
    list.elements()
        .filter_map(|entry| {
            let stat =
                if entry.has("metricStat") { entry.get("metricStat") } else { entry.get("MetricStat") };
            let inner = if stat.has("metric") { stat.get("metric") } else { stat.get("Metric") };
            metric(&inner)
        })
        .collect()
}

/// Metrics of an alarm as DescribeAlarms tells it.
pub(crate) fn metrics_of_alarm(document: &Value) -> Vec<MetricRef> {
    let alarm = Member::root(document);
    let mut found = metrics(&alarm.get("Metrics"));
    found.extend(metric(&alarm));
    found
}

/// A metric's name, namespace and dimensions, in EventBridge's or in SNS's spelling.
fn metric(metric: &Member<'_>) -> Option<MetricRef> {
    let either = |names: [&str; 2]| names.iter().find_map(|name| metric.get(name).owned());
    Some(MetricRef {
        name: either(["name", "MetricName"])?,
        namespace: either(["namespace", "Namespace"])?,
        dimensions: dimensions(&metric.get(if metric.has("dimensions") {
            "dimensions"
        } else {
            "Dimensions"
        })),
    })
}

/// A map in EventBridge's events, a list of name and value in SNS messages.
fn dimensions(given: &Member<'_>) -> BTreeMap<String, String> {
    if let Value::Object(map) = given.value {
        return map
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect();
    }
    given
        .elements()
        .filter_map(|pair| {
            let name = [pair.get("name"), pair.get("Name")].iter().find_map(Member::owned)?;
            let value = [pair.get("value"), pair.get("Value")].iter().find_map(Member::scalar)?;
            Some((name, value))
        })
        .collect()
}

/// The number in "... was greater than the threshold (10.0) ...", CloudWatch's own wording of a reason.
pub(super) fn threshold_in(reason: Option<&str>) -> Option<String> {
    let (_, rest) = reason?.split_once("threshold (")?;
    let (number, _) = rest.split_once(')')?;
    number.parse::<f64>().ok().map(|_| number.to_owned())
}

/// The first time that can be read; an error only when none can and one was there.
pub(super) fn first_time(
    candidates: &[Member<'_>],
) -> Result<Option<butfor_incident::Timestamp>, AlertError> {
    let mut error = None;
    for candidate in candidates {
        match candidate.time() {
            Ok(None) => {}
            Ok(at) => return Ok(at),
            Err(wrong) => error = error.or(Some(wrong)),
        }
    }
    error.map_or(Ok(None), Err)
}
