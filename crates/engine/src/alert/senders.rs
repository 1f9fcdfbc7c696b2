//! Incident senders that are not AWS: webhooks, PagerDuty, Alertmanager, and payloads nobody knows.

use super::cloudwatch::{first_time, metrics, threshold_in};
use super::region::{self, Arn};
use super::{AlertError, Member, blank, one};
use butfor_incident::{Alert, AlertSource, AlertState, Cites};

/// Prefix senders put before the alarm's name in a title.
const TITLE_PREFIXES: [&str; 2] = ["CloudWatch Alarm: ", "ALARM: "];

/// The generic incident webhook, version 1 and 2 (one body).
pub(super) fn webhook(body: &Member<'_>, cites: &Cites) -> Result<Alert, AlertError> {
    let kind = body.get("eventType");
    if kind.required()? != "incident" {
        return Err(kind.wrong("this webhook carries no alert: expected `incident`"));
    }
    let incident_id = body.get("incidentId").required()?;
    let title = body.get("title").required()?;
    let action = body.get("action");
    let state = match action.required()? {
        "created" | "updated" => AlertState::Alarm,
        "resolved" | "closed" => AlertState::Ok,
        _ => return Err(action.wrong("expected created, updated, closed or resolved")),
    };
    let data = body.get("data");
    let metadata = data.get("metadata");
    let text = |names: &[&str]| names.iter().find_map(|name| metadata.get(name).scalar());
    let arn = text(&["alarmArn", "alarm_arn"]);
    let place = arn.as_deref().map(Arn::parse).unwrap_or_default();
    let reason = text(&["reason", "newStateReason"]);
    let name = text(&["alarmName", "alarm_name"]);
    let alert = Alert {
        description: body.get("description").owned(),
        state: metadata.get("newState").state().ok().filter(|_| state == AlertState::Alarm).unwrap_or(state),
        at: body.get("timestamp").time()?,
        account: text(&["accountId", "account_id", "account"]).or(place.account),
        region: place.region.or_else(|| region::code(&text(&["region"])?)),
        arn,
        metrics: metrics(&metadata.get("metrics")),
        threshold: text(&["threshold"]).or_else(|| threshold_in(reason.as_deref())),
        reason,
        incident_id: Some(incident_id.to_owned()),
        ..blank(AlertSource::Webhook, name.as_deref().unwrap_or_else(|| without_prefix(title)), cites)
    };
    // `data` may be the event that made the sender speak, whole.
    let original = [data.clone(), data.get("event"), data.get("originalEvent")]
        .iter()
        .filter(|data| ["detail-type", "AlarmName"].iter().any(|member| data.has(member)))
        .find_map(|data| one(data, cites).ok());
    Ok(match original {
        Some(original) => completed(alert, original, name.is_none()),
        None => alert,
    })
}

/// A PagerDuty v3 event; an alarm that came through CloudWatch's integration has its message in `body.details`.
pub(super) fn pagerduty(payload: &Member<'_>, cites: &Cites) -> Result<Alert, AlertError> {
    let event = payload.get("event");
    let data = event.get("data");
    let title = [data.get("title"), data.get("summary")].iter().find_map(Member::owned);
    let Some(title) = title else { return Err(data.get("title").wrong("missing")) };
    let resolved = event.get("event_type").text() == Some("incident.resolved");
    let alert = Alert {
        state: if resolved { AlertState::Ok } else { AlertState::Alarm },
        at: first_time(&[event.get("occurred_at"), data.get("created_at")])?,
        incident_id: data.get("id").owned(),
        ..blank(AlertSource::PagerDuty, without_prefix(&title), cites)
    };
    let body = data.get("body");
    let details = [body.get("details"), body.get("cef_details").get("details")]
        .into_iter()
        .find(|details| details.has("AlarmName"))
        .and_then(|details| one(&details, cites).ok());
    Ok(match details {
        Some(details) => completed(alert, details, true),
        None => Alert { description: body.get("details").owned(), ..alert },
    })
}

/// Prometheus Alertmanager and Grafana: several alerts in one body, told by labels.
pub(super) fn alertmanager(
    body: &Member<'_>,
    cites: &Cites,
    alerts: &mut Vec<Alert>,
) -> Result<(), AlertError> {
    let list = body.get("alerts");
    if !list.value.is_array() {
        return Err(list.wrong("expected a list"));
    }
    for alert in list.elements() {
        let labels = alert.get("labels");
        let annotations = alert.get("annotations");
        let label = |names: &[&str]| names.iter().find_map(|name| labels.get(name).scalar());
        alerts.push(Alert {
            description: [annotations.get("description"), annotations.get("summary")]
                .iter()
                .find_map(Member::owned),
            state: if alert.get("status").text() == Some("resolved") {
                AlertState::Ok
            } else {
                AlertState::Alarm
            },
            reason: annotations.get("summary").owned(),
            at: alert.get("startsAt").time()?,
            account: label(&["account_id", "accountId", "aws_account_id", "account"]),
            region: label(&["region", "aws_region"]).and_then(|region| region::code(&region)),
            incident_id: body.get("groupKey").owned(),
            ..blank(AlertSource::Unknown, labels.get("alertname").required()?, cites)
        });
    }
    Ok(())
}

/// A payload in no known form: its title, and account, region and time where members with the usual names have them.
pub(super) fn unknown(payload: &Member<'_>, cites: &Cites) -> Result<Alert, AlertError> {
    let text = |names: &[&str]| names.iter().find_map(|name| payload.get(name).scalar());
    let Some(name) = text(&["title", "alarmName", "name", "summary", "shortDescription", "subject"]) else {
        return Err(AlertError::Unrecognised);
    };
    let arn = text(&["alarmArn", "AlarmArn", "arn"]);
    let place = arn.as_deref().map(Arn::parse).unwrap_or_default();
    Ok(Alert {
        description: text(&["description", "message", "body"]),
        at: first_time(&[payload.get("timestamp"), payload.get("time"), payload.get("at")])
            .unwrap_or_default(),
        account: text(&["accountId", "account_id", "account", "AWSAccountId"]).or(place.account),
        region: place.region.or_else(|| region::code(&text(&["region", "Region"])?)),
        arn,
        incident_id: text(&["id", "sysId"]),
        ..blank(AlertSource::Unknown, without_prefix(&name), cites)
    })
}

fn without_prefix(title: &str) -> &str {
    TITLE_PREFIXES.iter().find_map(|prefix| title.strip_prefix(prefix)).unwrap_or(title)
}

/// `alert` with what it lacks taken from the alarm it was made of.
fn completed(alert: Alert, from: Alert, take_name: bool) -> Alert {
    Alert {
        name: if take_name { from.name } else { alert.name },
        description: alert.description.or(from.description),
        reason: alert.reason.or(from.reason),
        at: from.at.or(alert.at),
        account: alert.account.or(from.account),
        region: alert.region.or(from.region),
        arn: alert.arn.or(from.arn),
        metrics: if alert.metrics.is_empty() { from.metrics } else { alert.metrics },
        threshold: alert.threshold.or(from.threshold),
        ..alert
    }
}
