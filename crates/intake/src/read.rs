//! Bodies into messages, by the integration's format.

use crate::delivery::Delivery;
use crate::integration::{Format, Integration};
use crate::json::{BODY_KEY, get, parse, text};
use crate::message::{Content, Malformed, Message};
use crate::{
    alertmanager, cloudwatch, datadog, deployments, eventbridge, generic, pagerduty, servicenow, sns,
};
use serde_json::Value;

/// Reads a delivery that [`crate::verify`] has accepted.
///
/// # Errors
/// [`Malformed`], naming the member that is missing or wrong: answer 400.
pub fn read(integration: &Integration, delivery: &Delivery<'_>) -> Result<Content, Malformed> {
    let mut content = content(integration, delivery)?;
    if let Content::Messages(messages) = &mut content {
        for message in messages {
            // Known by its words alone, and no time in them: a sender that tries again says the same, but so does a
            // fault that comes back tomorrow, which must not be lost.
            if message.at.is_none() && message.dedup_key.starts_with(BODY_KEY) {
                let hour = delivery.now.as_millis().div_euclid(3_600_000);
                message.dedup_key = format!("{} {hour}", message.dedup_key);
            }
        }
    }
    Ok(content)
}

fn content(integration: &Integration, delivery: &Delivery<'_>) -> Result<Content, Malformed> {
    if integration.format == Format::Sns {
        return sns::content(integration, delivery);
    }
    let original = body_text(delivery.body)?;
    let body = parse(delivery.body)?;
    match integration.format {
        Format::Generic | Format::EventBridge | Format::Sns => shapes(&body, original).map(Content::Messages),
        Format::Alertmanager => alertmanager::alerts(&body, original, "alertmanager").map(Content::Messages),
        Format::Grafana => alertmanager::alerts(&body, original, "grafana").map(Content::Messages),
        Format::PagerDuty => pagerduty::event(&body, original),
        Format::Datadog => one(datadog::alert(&body, original)),
        Format::ServiceNow => one(servicenow::ticket(integration, delivery, &body, original)),
        Format::GitHub => deployments::github(delivery, &body),
        Format::GitLab => one(deployments::gitlab(&body)),
    }
}

fn one(message: Result<Message, Malformed>) -> Result<Content, Malformed> {
    message.map(|message| Content::Messages(vec![message]))
}

/// The body as text; JSON is UTF-8 (RFC 8259).
pub(crate) fn body_text(body: &[u8]) -> Result<&str, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| Malformed::new("(body)", "not UTF-8"))?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// What a forwarder may send to one address: an incident, an alarm's message bare or in SNS's envelope or in Lambda's
/// records (requirement ING-02), or an EventBridge event.
pub(crate) fn shapes(body: &Value, original: &str) -> Result<Vec<Message>, Malformed> {
    if let Some(records) = get(body, "Records").as_array() {
        if records.is_empty() {
            return Err(Malformed::new("Records", "expected at least one record"));
        }
        return records.iter().enumerate().map(|(index, each)| record(each, index)).collect();
    }
    if text(body, "Type") == Some("Notification") && body.get("Message").is_some() {
        return Ok(vec![sns::notification(body)?]);
    }
    Ok(vec![passed_on(body, original, None, None)?])
}

/// A record of a Lambda event: from SNS, or from a queue between.
fn record(record: &Value, index: usize) -> Result<Message, Malformed> {
    let within = |part: &str, error: Malformed| {
        Malformed::new(format!("Records[{index}].{part}.{}", error.field), error.message)
    };
    if record.get("Sns").is_some() {
        return sns::notification(get(record, "Sns")).map_err(|error| within("Sns", error));
    }
    let Some(text) = text(record, "body") else {
        return Err(Malformed::new(format!("Records[{index}].Sns"), "missing"));
    };
    let envelope = parse(text.as_bytes()).map_err(|error| within("body", error))?;
    let message = if envelope.get("Message").is_some() {
        sns::notification(&envelope)
    } else {
        passed_on(&envelope, text, None, None)
    };
    message.map_err(|error| within("body", error))
}

/// Whether an object is in one of the forms that [`passed_on`] reads.
pub(crate) fn is_known(body: &Value) -> bool {
    eventbridge::is_event(body) || cloudwatch::is_message(body) || body.get("eventType").is_some()
}

/// An event, an alarm or an incident in another's envelope.
pub(crate) fn passed_on(
    body: &Value,
    original: &str,
    topic: Option<&str>,
    id: Option<&str>,
) -> Result<Message, Malformed> {
    if eventbridge::is_event(body) {
        eventbridge::event(body, original)
    } else if cloudwatch::is_message(body) {
        cloudwatch::message(body, original, topic, id)
    } else {
        generic::incident(body, original)
    }
}
