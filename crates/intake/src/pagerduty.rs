//! PagerDuty webhooks, version 3 (PagerDuty developer documentation, "Webhooks Overview").

use crate::cloudwatch;
use crate::delivery::Delivery;
use crate::generic;
use crate::integration::Integration;
use crate::json::{body_key, first, get, object, owned, required, short, text, time};
use crate::message::{Action, Content, Malformed, Message, Priority, is_test};
use crate::named::Named;
use crate::verify::Refusal;
use serde_json::{Value, json};

/// PagerDuty tries for 48 hours; what is older was sent again by somebody else.
const AGE_MAX_S: u32 = 48 * 3600;

/// Bounds the age of a verified event, since its signature covers no time of sending.
pub(crate) fn fresh(integration: &Integration, delivery: &Delivery<'_>) -> Result<(), Refusal> {
    let body = crate::json::parse(delivery.body).unwrap_or_default();
    // Test pings and what is malformed have none: the former carry nothing, the latter will not be read.
    let Ok(Some(at)) = time(&body, "event.occurred_at") else { return Ok(()) };
    let age_ms = delivery.now.as_millis() - at.as_millis();
    let window_ms = i64::from(integration.window_s) * 1000;
    if age_ms <= i64::from(AGE_MAX_S) * 1000 + window_ms && age_ms >= -window_ms {
        return Ok(());
    }
    Err(Refusal::new(
        401,
        "stale",
        "event.occurred_at is older than PagerDuty tries, or in the future: look at both clocks",
    ))
}

/// One event. What is not about an incident's course is taken and ignored: three refusals switch a subscription off.
pub(crate) fn event(body: &Value, original: &str) -> Result<Content, Malformed> {
    let kind = required(body, "event.event_type")?;
    if kind == "pagey.ping" {
        return Ok(Content::Ping("pong".to_owned()));
    }
    let action = match kind {
        "incident.triggered" | "incident.reopened" => Action::Trigger,
        "incident.priority_updated" | "incident.escalated" | "incident.reassigned" | "incident.annotated" => {
            Action::Update
        }
        "incident.resolved" => Action::Resolve,
        _ => {
            Action::Ignore { why: format!("`{}` does not change what is known of an incident", short(kind)) }
        }
    };
    let data = get(body, "event.data");
    // An annotation's data is the note; the incident is named inside.
    let incident = if get(data, "incident").is_object() { get(data, "incident") } else { data };
    let id = match action {
        Action::Ignore { .. } => owned(incident, "id"),
        _ => Some(required_id(data, incident)?),
    };
    let details = [get(data, "body.details"), get(data, "body.cef_details.details")]
        .into_iter()
        .find(|details| details.get("AlarmName").is_some())
        .unwrap_or(&Value::Null);
    let mut resources = Named::default();
    let alarm = cloudwatch::inside(details, &mut resources);
    resources.within(get(data, "body"));
    let title = first(incident, &["title", "summary"]);
    title.iter().for_each(|title| resources.words(title));
    let description = owned(data, "body.details").or_else(|| owned(data, "content"));
    let mut message = Message {
        dedup_key: match text(body, "event.id") {
            Some(event) => format!("event {event}"),
            None => body_key(original),
        },
        sender_id: id,
        is_test: is_test(&[
            title.as_deref(),
            description.as_deref(),
            text(details, "AlarmDescription"),
            text(details, "NewStateReason"),
        ]),
        title: title.clone().unwrap_or_else(|| format!("PagerDuty {}", short(kind))),
        description: description.or_else(|| {
            cloudwatch::description(&[text(details, "AlarmDescription"), text(details, "NewStateReason")])
        }),
        action,
        priority: priority(data),
        at: time(body, "event.occurred_at")?,
        account: alarm.account,
        region: alarm.region,
        alarm: alarm.name,
        service: owned(incident, "service.summary").or(alarm.service),
        resources: resources.list(),
        payload: original.to_owned(),
    };
    if first(data, &["title", "summary"]).is_none() {
        let note = object([("event", Some(get(body, "event").clone())), ("note", Some(json!(kind)))]);
        message.payload = generic::payload("pagerduty", &message, &note);
    }
    Ok(Content::Messages(vec![message]))
}

fn required_id(data: &Value, incident: &Value) -> Result<String, Malformed> {
    owned(incident, "id").ok_or_else(|| {
        let is_note = !std::ptr::eq(data, incident);
        Malformed::new(if is_note { "event.data.incident.id" } else { "event.data.id" }, "missing")
    })
}

/// The account's own priorities are named by number; without one the urgency says high or low.
fn priority(data: &Value) -> Option<Priority> {
    let named =
        first(data, &["priority.summary", "priority.name"]).and_then(|name| Priority::severity(&name));
    named.or(match text(data, "urgency") {
        Some("high") => Some(Priority::High),
        Some("low") => Some(Priority::Low),
        _ => None,
    })
}
