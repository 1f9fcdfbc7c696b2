//! The generic incident webhook: read, and written for senders whose own form the engine does not read.

use crate::cloudwatch::{self, State};
use crate::json::{body_key, fingerprint, first, get, object, owned, required, short, text, time};
use crate::message::{Action, Malformed, Message, Priority, is_test};
use crate::named::{Arn, Named};
use butfor_incident::Timestamp;
use serde_json::{Value, json};

/// A body of version 1 or 2, `original` its text.
pub(crate) fn incident(body: &Value, original: &str) -> Result<Message, Malformed> {
    if !body.is_object() {
        return Err(Malformed::new("(body)", "expected a JSON object"));
    }
    if required(body, "eventType")? != "incident" {
        return Err(Malformed::new("eventType", "expected `incident`"));
    }
    let id = required(body, "incidentId")?;
    let word = required(body, "action")?;
    let metadata = get(body, "data.metadata");
    let action = action(word, metadata)?;
    let priority = Priority::of(required(body, "priority")?)
        .ok_or_else(|| Malformed::new("priority", "expected CRITICAL, HIGH, MEDIUM, LOW or MINIMAL"))?;
    let title = required(body, "title")?;
    for optional in ["description", "service"] {
        if !matches!(get(body, optional), Value::Null | Value::String(_)) {
            return Err(Malformed::new(optional, "expected a text"));
        }
    }
    if !matches!(get(body, "data"), Value::Null | Value::Object(_)) {
        return Err(Malformed::new("data", "expected an object"));
    }
    let at = time(body, "timestamp")?;
    let arn = first(metadata, &["alarmArn", "alarm_arn"]);
    let from_arn = Arn::of(arn.as_deref());
    let (account, region) = cloudwatch::place(metadata);
    let mut resources = Named::default();
    cloudwatch::dimensions(get(body, "data"), &mut resources);
    resources.words(title);
    text(body, "description").iter().for_each(|text| resources.words(text));
    resources.within(get(body, "data"));
    let reason = first(metadata, &["reason", "newStateReason"]);
    // Several updates without a time are told apart by what they say; a start is told by its id alone, because a
    // sender that tries again may word it anew.
    let moment = match (at, &action) {
        (Some(at), _) => at.to_string(),
        (None, Action::Update) => fingerprint(original.as_bytes()),
        (None, _) => String::new(),
    };
    Ok(Message {
        dedup_key: format!("incident {id} {word} {moment}"),
        sender_id: Some(id.to_owned()),
        title: title.to_owned(),
        description: owned(body, "description"),
        action,
        priority: Some(priority),
        is_test: is_test(&[Some(title), text(body, "description"), reason.as_deref()]),
        at,
        account: account.or(from_arn.account),
        region: from_arn.region.or(region),
        alarm: first(metadata, &["alarmName", "alarm_name"]),
        service: owned(body, "service"),
        resources: resources.list(),
        payload: readable(body, original, at),
    })
}

/// The body as it came, unless its time is in a notation that only we read.
fn readable(body: &Value, original: &str, at: Option<Timestamp>) -> String {
    let is_read =
        at.is_none() || text(body, "timestamp").is_some_and(|given| Timestamp::parse(given).is_ok());
    if is_read {
        return original.to_owned();
    }
    let mut body = body.clone();
    if let (Some(at), Some(members)) = (at, body.as_object_mut()) {
        let _ = members.insert("timestamp".to_owned(), Value::String(at.to_string()));
    }
    body.to_string()
}

fn action(word: &str, metadata: &Value) -> Result<Action, Malformed> {
    let action = match word {
        "created" => Action::Trigger,
        "updated" => Action::Update,
        "closed" | "resolved" => return Ok(Action::Resolve),
        _ => return Err(Malformed::new("action", "expected created, updated, closed or resolved")),
    };
    // A forwarder that passes on every state of an alarm (ING-11).
    Ok(match State::parse(metadata, "newState") {
        Ok(State::Alarm) | Err(_) => action,
        Ok(state) => state.action(),
    })
}

/// A message in the generic form, for a sender in a form of its own; `original` is kept whole under `data.original`.
pub(crate) fn payload(source: &str, message: &Message, original: &Value) -> String {
    let action = match message.action {
        Action::Resolve => "resolved",
        Action::Update => "updated",
        _ => "created",
    };
    let given = |text: &Option<String>| text.clone().map(Value::String);
    object([
        ("eventType", Some(json!("incident"))),
        ("incidentId", Some(json!(message.sender_id.as_ref().unwrap_or(&message.dedup_key)))),
        ("action", Some(json!(action))),
        ("priority", Some(json!(message.priority.unwrap_or(Priority::Medium).word()))),
        ("title", Some(json!(message.title))),
        ("description", given(&message.description)),
        ("timestamp", message.at.map(|at| json!(at.to_string()))),
        ("service", given(&message.service)),
        (
            "data",
            Some(json!({
                "metadata": object([
                    ("source", Some(json!(source))),
                    ("accountId", given(&message.account)),
                    ("region", given(&message.region)),
                    ("alarmName", given(&message.alarm)),
                    ("resources", (!message.resources.is_empty()).then(|| json!(message.resources))),
                ]),
                "original": original,
            })),
        ),
    ])
    .to_string()
}

/// A body in no form we know, from a sender that is known: its title, and what its members with the usual names say.
pub(crate) fn unknown(source: &str, body: &Value, original: &str) -> Result<Message, Malformed> {
    let Some(title) = first(body, &["title", "alarmName", "name", "summary", "subject", "shortDescription"])
    else {
        return Err(Malformed::new("title", "missing"));
    };
    let word = first(body, &["status", "state", "action"]).unwrap_or_default().to_ascii_lowercase();
    let action = match word.as_str() {
        "ok" | "resolved" | "closed" | "recovered" | "normal" => Action::Resolve,
        _ => Action::Trigger,
    };
    let at = ["timestamp", "time", "at"].iter().find_map(|path| time(body, path).ok().flatten());
    let (account, region) = cloudwatch::place(body);
    let description = first(body, &["description", "message", "body"]);
    let mut resources = Named::default();
    resources.within(body);
    let id = first(body, &["id", "incidentId", "groupKey"]);
    let mut message = Message {
        dedup_key: body_key(original),
        sender_id: id,
        is_test: is_test(&[Some(&title), description.as_deref()]),
        title: short_title(&title),
        description,
        action,
        priority: first(body, &["priority", "severity"]).and_then(|word| Priority::severity(&word)),
        at,
        account,
        region,
        alarm: None,
        service: cloudwatch::tagged_application(body),
        resources: resources.list(),
        payload: String::new(),
    };
    message.payload = payload(source, &message, body);
    Ok(message)
}

/// A title of one line.
pub(crate) fn short_title(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or(text);
    if line.chars().count() <= 200 { line.trim().to_owned() } else { format!("{}...", short(line)) }
}
