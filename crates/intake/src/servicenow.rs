//! ServiceNow incidents, as the documented business rule sends them (webhook-formats, section 8).

use crate::delivery::Delivery;
use crate::generic;
use crate::integration::{Integration, ServiceNowOptions, TicketState};
use crate::json::{fingerprint, first, get, owned, required, scalar, time};
use crate::message::{Action, Malformed, Message, Priority, is_test};
use crate::named::Named;
use serde_json::Value;

/// One incident.
pub(crate) fn ticket(
    integration: &Integration,
    delivery: &Delivery<'_>,
    body: &Value,
    original: &str,
) -> Result<Message, Malformed> {
    let event = required(body, "eventType")?;
    let id = required(body, "sysId")?;
    let is_active = scalar(body, "active").is_none_or(|word| !matches!(word.as_str(), "false" | "0"));
    let state = state(&integration.options.servicenow, scalar(body, "incidentState").as_deref());
    let action = match event {
        "delete" => Action::Resolve,
        "create" | "update" if state != TicketState::Open || !is_active => Action::Resolve,
        "create" => Action::Trigger,
        "update" => Action::Update,
        _ => return Err(Malformed::new("eventType", "expected create, update or delete")),
    };
    let number = scalar(body, "additionalContext.number");
    let title = owned(body, "shortDescription")
        .or_else(|| number.clone().map(|number| format!("ServiceNow incident {number}")))
        .ok_or_else(|| Malformed::new("shortDescription", "missing"))?;
    let description = owned(body, "description");
    let mut resources = Named::default();
    resources.within(body);
    // The header's time tells one update from the next; without it the body does.
    let moment = delivery
        .headers
        .text("x-amzn-event-timestamp")
        .map_or_else(|| fingerprint(original.as_bytes()), str::to_owned);
    let opened = time(body, "additionalContext.opened_at").ok().flatten();
    let mut message = Message {
        dedup_key: format!("ticket {id} {moment}"),
        sender_id: Some(id.to_owned()),
        is_test: is_test(&[Some(&title), description.as_deref()]),
        title,
        description,
        action,
        priority: scalar(body, "priority").and_then(|word| Priority::numbered(&word)),
        at: opened.filter(|_| event == "create"),
        account: None,
        region: None,
        alarm: None,
        service: first(body, &["additionalContext.business_service", "additionalContext.cmdb_ci"])
            .filter(|service| !get(body, "additionalContext").is_null() && !is_sys_id(service)),
        resources: resources.list(),
        payload: String::new(),
    };
    message.payload = generic::payload("servicenow", &message, body);
    Ok(message)
}

/// By the instance's table: the whole text, or the number it begins with.
fn state(options: &ServiceNowOptions, given: Option<&str>) -> TicketState {
    let Some(given) = given.map(str::trim) else { return TicketState::Open };
    let number = given.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    [given, number].iter().find_map(|word| options.states.get(*word)).copied().unwrap_or(TicketState::Open)
}

/// A reference by its key instead of by its name.
fn is_sys_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
