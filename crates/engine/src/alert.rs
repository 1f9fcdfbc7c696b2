//! Alerts out of the payloads that carry them.
//!
//! One message may be wrapped: a CloudWatch alarm in an SNS envelope in a Lambda event. [`parse`] takes the wrappers
//! off and reads what is inside. Every text in a payload is untrusted: it is kept as text and never interpreted
//! beyond names, numbers and times.
//! Source of the formats: webhook-formats, sections 1 (webhook), 4 (SNS), 5 (EventBridge), 6 (Alertmanager), 9 (PagerDuty).

mod cloudwatch;
mod region;
mod senders;

pub(crate) use cloudwatch::metrics_of_alarm;

use butfor_incident::{Alert, AlertSource, AlertState, Cites, Timestamp};
use serde_json::Value;

/// Wrappers taken off one payload; real ones come to three (Lambda event, SNS envelope, webhook around an event).
const WRAPPERS_MAX: usize = 5;

/// A payload that is no alert we can read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlertError {
    /// Not JSON at all.
    #[error("not valid JSON: {0}")]
    Json(String),
    /// A member is missing or is not what it should be.
    #[error("field `{field}`: {text}")]
    Field {
        /// Dotted name (`detail.state.value`).
        field: String,
        /// What is wrong.
        text: String,
    },
    /// No known payload.
    #[error(
        "not an alert this program knows: expected an EventBridge event, an SNS message, a CloudWatch alarm message, an incident webhook or a PagerDuty event"
    )]
    Unrecognised,
}

/// Reads every alert a payload carries, in its order.
///
/// # Errors
/// [`AlertError`], naming the member that is missing or wrong.
pub fn parse(text: &str, cites: Cites) -> Result<Vec<Alert>, AlertError> {
    let payload = json(text)?;
    let mut alerts = Vec::new();
    unwrap(Member::root(&payload), &cites, 0, &mut alerts)?;
    Ok(alerts)
}

fn json(text: &str) -> Result<Value, AlertError> {
    serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| AlertError::Json(error.to_string()))
}

/// Takes wrappers off until an alert is found.
fn unwrap(
    payload: Member<'_>,
    cites: &Cites,
    depth: usize,
    alerts: &mut Vec<Alert>,
) -> Result<(), AlertError> {
    if depth > WRAPPERS_MAX {
        return Err(payload.wrong("too many wrappers around the alert"));
    }
    if let Some(messages) = payload.value.as_array() {
        for (index, _) in messages.iter().enumerate() {
            unwrap(payload.element(index), cites, depth + 1, alerts)?;
        }
        return Ok(());
    }
    let records = payload.get("Records");
    if records.value.is_array() {
        return unwrap(records, cites, depth + 1, alerts);
    }
    // A Lambda event's record: from SNS, or from a queue between.
    if payload.has("Sns") {
        return unwrap(payload.get("Sns"), cites, depth + 1, alerts);
    }
    let body = payload.get("body");
    if let Some(text) = body.text().filter(|text| text.trim_start().starts_with('{')) {
        return within(&body, text, cites, depth, alerts);
    }
    if payload.get("Type").value.is_string() && payload.has("Message") {
        return sns(&payload, cites, depth, alerts);
    }
    if payload.has("alerts") {
        return senders::alertmanager(&payload, cites, alerts);
    }
    alerts.push(one(&payload, cites)?);
    Ok(())
}

/// A payload that carries one alert, or a piece of one inside another.
fn one(payload: &Member<'_>, cites: &Cites) -> Result<Alert, AlertError> {
    if payload.has("detail-type") || payload.has("alarmData") {
        cloudwatch::event(payload, cites)
    } else if payload.has("AlarmName") || payload.has("NewStateValue") {
        cloudwatch::message(payload, cites)
    } else if payload.has("eventType") || payload.has("incidentId") {
        senders::webhook(payload, cites)
    } else if payload.get("event").has("event_type") {
        senders::pagerduty(payload, cites)
    } else {
        senders::unknown(payload, cites)
    }
}

/// A wrapped message that is JSON text.
fn within(
    at: &Member<'_>,
    text: &str,
    cites: &Cites,
    depth: usize,
    alerts: &mut Vec<Alert>,
) -> Result<(), AlertError> {
    let value = json(text).map_err(|error| at.wrong(&error.to_string()))?;
    unwrap(Member { path: at.path.clone(), value: &value }, cites, depth + 1, alerts)
}

/// An SNS envelope; its message is an alarm as JSON, or words for people.
fn sns(
    envelope: &Member<'_>,
    cites: &Cites,
    depth: usize,
    alerts: &mut Vec<Alert>,
) -> Result<(), AlertError> {
    let kind = envelope.get("Type");
    if kind.text() != Some("Notification") {
        return Err(kind.wrong("this SNS message carries no alert: expected `Notification`"));
    }
    let message = envelope.get("Message");
    let text = message.text().ok_or_else(|| message.wrong("missing"))?;
    if text.trim_start().starts_with('{') {
        return within(&message, text, cites, depth, alerts);
    }
    let topic = envelope.get("TopicArn").text().map(region::Arn::parse).unwrap_or_default();
    let first_line = text.lines().next().unwrap_or_default();
    alerts.push(Alert {
        description: Some(text.to_owned()),
        at: envelope.get("Timestamp").time()?,
        account: topic.account,
        region: topic.region,
        ..blank(AlertSource::Sns, envelope.get("Subject").text().unwrap_or(first_line), cites)
    });
    Ok(())
}

/// An alert of which only the name is known yet.
fn blank(source: AlertSource, name: &str, cites: &Cites) -> Alert {
    Alert {
        source,
        name: name.to_owned(),
        description: None,
        state: AlertState::Alarm,
        reason: None,
        at: None,
        account: None,
        region: None,
        arn: None,
        metrics: Vec::new(),
        threshold: None,
        incident_id: None,
        cites: cites.clone(),
    }
}

/// A member of a payload that remembers its dotted name for error messages.
#[derive(Debug, Clone)]
pub(crate) struct Member<'a> {
    path: String,
    pub(crate) value: &'a Value,
}

impl<'a> Member<'a> {
    pub(crate) fn root(value: &'a Value) -> Self {
        Self { path: String::new(), value }
    }

    pub(crate) fn get(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Self { path, value: self.value.get(name).unwrap_or(&Value::Null) }
    }

    pub(crate) fn element(&self, index: usize) -> Self {
        Self { path: format!("{}[{index}]", self.path), value: self.value.get(index).unwrap_or(&Value::Null) }
    }

    /// The elements of a list; none where there is no list.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Self> {
        (0..self.value.as_array().map_or(0, Vec::len)).map(|index| self.element(index))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value.get(name).is_some_and(|value| !value.is_null())
    }

    /// A text that is there and not empty.
    pub(crate) fn text(&self) -> Option<&'a str> {
        self.value.as_str().filter(|text| !text.trim().is_empty())
    }

    pub(crate) fn owned(&self) -> Option<String> {
        self.text().map(str::to_owned)
    }

    /// A text or a number, as text.
    pub(crate) fn scalar(&self) -> Option<String> {
        match self.value {
            Value::Number(number) => Some(number.to_string()),
            _ => self.owned(),
        }
    }

    pub(crate) fn required(&self) -> Result<&'a str, AlertError> {
        self.text().ok_or_else(|| {
            self.wrong(if self.value.is_null() { "missing" } else { "expected a text that is not empty" })
        })
    }

    /// A moment; `None` where there is none.
    pub(crate) fn time(&self) -> Result<Option<Timestamp>, AlertError> {
        if self.value.is_null() {
            return Ok(None);
        }
        let text = self.text().ok_or_else(|| self.wrong("expected a time such as 2026-05-02T13:37:00Z"))?;
        Timestamp::parse(text).map(Some).map_err(|error| self.wrong(&error.to_string()))
    }

    fn state(&self) -> Result<AlertState, AlertError> {
        match self.required()? {
            "ALARM" => Ok(AlertState::Alarm),
            "OK" => Ok(AlertState::Ok),
            "INSUFFICIENT_DATA" => Ok(AlertState::InsufficientData),
            other => {
                let other: String = other.chars().take(60).collect();
                Err(self.wrong(&format!(
                    "`{other}` is not an alarm state: expected ALARM, OK or INSUFFICIENT_DATA"
                )))
            }
        }
    }

    pub(crate) fn wrong(&self, text: &str) -> AlertError {
        let field = if self.path.is_empty() { "(the whole payload)".to_owned() } else { self.path.clone() };
        AlertError::Field { field, text: text.to_owned() }
    }
}

#[cfg(test)]
mod tests;
