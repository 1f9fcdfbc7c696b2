//! EventBridge events: alarms' states, their contributors, their configuration, and changes of other services.

use crate::cloudwatch::{self, Key, State};
use crate::json::{body_key, get, owned, required, scalar, short, text, time};
use crate::message::{Action, Malformed, Message, alarm_title, is_test};
use crate::named::{Arn, Named, region_code};
use serde_json::Value;

/// Whether a body is an event.
pub(crate) fn is_event(body: &Value) -> bool {
    body.get("detail-type").is_some() && body.get("detail").is_some()
}

/// One event, `original` its text.
pub(crate) fn event(body: &Value, original: &str) -> Result<Message, Malformed> {
    let kind = required(body, "detail-type")?;
    if !get(body, "detail").is_object() {
        return Err(Malformed::new("detail", "missing, or not an object"));
    }
    match kind {
        // Only AWS can send with a source that begins with `aws.` (EventBridge API reference, PutEvents).
        _ if !text(body, "source").is_some_and(|source| source.starts_with("aws.")) => {
            let why = "the event's source is not AWS: alarms come from aws.cloudwatch".to_owned();
            Ok(other(body, original, kind, Action::Ignore { why }))
        }
        "CloudWatch Alarm State Change" | "CloudWatch Alarm Contributor State Change" => {
            alarm(body, original)
        }
        "CloudWatch Alarm Configuration Change" => configuration(body, original),
        _ => Ok(other(
            body,
            original,
            kind,
            other_action(text(body, "source").unwrap_or_default(), kind, get(body, "detail")),
        )),
    }
}

/// An alarm, or one series of a grouped alarm, changed its state.
fn alarm(body: &Value, original: &str) -> Result<Message, Malformed> {
    let detail = get(body, "detail");
    let name = required(body, "detail.alarmName")?;
    let state = State::parse(body, "detail.state.value")?;
    let at = time(body, "detail.state.timestamp")?;
    let at = if at.is_none() { time(body, "time")? } else { at };
    let contributor = scalar(detail, "alarmContributor.id");
    let suppressed = suppressed_by(detail);
    let part = [contributor.as_deref(), suppressed.as_ref().map(|_| "suppressed")];
    let part: Vec<_> = part.into_iter().flatten().collect();
    let part = (!part.is_empty()).then(|| part.join(" "));
    let place = place(body);
    let arn = get(body, "resources").get(0).and_then(Value::as_str);
    let mut resources = Named::default();
    cloudwatch::dimensions(get(detail, "configuration"), &mut resources);
    if let Some(attributes) = get(detail, "alarmContributor.attributes").as_object() {
        attributes.values().filter_map(Value::as_str).for_each(|value| resources.add(value));
    }
    let words = [text(detail, "configuration.description"), text(detail, "state.reason")];
    words.iter().flatten().for_each(|text| resources.words(text));
    let mut service = cloudwatch::tagged_application(get(detail, "alarmTags"));
    cloudwatch::application(get(detail, "configuration"), &mut service);
    let action = match (state, suppressed) {
        (State::Alarm, Some(by)) => Action::Suppressed { by },
        _ => state.action(),
    };
    Ok(Message {
        dedup_key: cloudwatch::dedup_key(&Key {
            account: place.0.as_deref(),
            region: place.1.as_deref(),
            alarm: arn.unwrap_or(name),
            state,
            at,
            part: part.as_deref(),
            otherwise: text(body, "id"),
            original,
        }),
        sender_id: owned(body, "id"),
        title: alarm_title(name),
        description: cloudwatch::description(&words),
        action,
        priority: None,
        is_test: is_test(&words) || is_test(&[Some(name)]),
        at,
        account: place.0,
        region: place.1,
        alarm: Some(name.to_owned()),
        service,
        resources: resources.list(),
        payload: original.to_owned(),
    })
}

/// By what an alarm's actions are kept quiet: another alarm, or a mute rule.
fn suppressed_by(detail: &Value) -> Option<String> {
    owned(detail, "muteDetail.mutedByArn")
        .or_else(|| owned(detail, "state.actionsSuppressedBy"))
        .or_else(|| get(detail, "muteDetail").is_object().then(|| "a mute rule".to_owned()))
}

/// Somebody made, edited or deleted an alarm: an edited threshold is itself a cause.
fn configuration(body: &Value, original: &str) -> Result<Message, Malformed> {
    let detail = get(body, "detail");
    let name = required(body, "detail.alarmName")?;
    let operation = required(body, "detail.operation")?;
    let past = match operation {
        "create" => "created",
        "update" => "updated",
        "delete" => "deleted",
        other => other,
    };
    let mut message = other(body, original, &format!("CloudWatch Alarm {past}: {name}"), Action::Change);
    message.alarm = Some(name.to_owned());
    message.service = cloudwatch::tagged_application(get(detail, "alarmTags"));
    cloudwatch::application(get(detail, "configuration"), &mut message.service);
    let mut resources = Named::default();
    cloudwatch::dimensions(get(detail, "configuration"), &mut resources);
    message.resources = resources.list();
    message.description = differences(get(detail, "previousConfiguration"), get(detail, "configuration"));
    Ok(message)
}

/// The settings that differ, before and after.
fn differences(before: &Value, after: &Value) -> Option<String> {
    /// A line for people; what it leaves out is in the payload.
    const LINES_MAX: usize = 12;
    let (before, after) = (before.as_object()?, after.as_object()?);
    let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let show =
        |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), |value| short(&value.to_string()));
    let lines: Vec<_> = names
        .into_iter()
        // The time of the edit is no setting.
        .filter(|name| name.as_str() != "timestamp" && before.get(*name) != after.get(*name))
        .map(|name| format!("{name}: {} -> {}", show(before.get(name)), show(after.get(name))))
        .take(LINES_MAX)
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What the events of other services are: deployments and stacks are changes, and something broke where one failed;
/// health events are news.
fn other_action(source: &str, kind: &str, detail: &Value) -> Action {
    let is_change = matches!(source, "aws.codedeploy" | "aws.codepipeline" | "aws.cloudformation")
        || source == "aws.ecs" && kind == "ECS Deployment State Change";
    match source {
        _ if is_change && outcome(detail).is_some_and(has_failed) => Action::Trigger,
        _ if is_change => Action::Change,
        "aws.health" => Action::Update,
        _ => Action::Ignore { why: format!("`{}` is no alarm, deployment or health event", short(kind)) },
    }
}

/// How far a deployment or a stack is, by the member each service has for it (EventBridge events reference).
fn outcome(detail: &Value) -> Option<&str> {
    ["status-details.status", "state", "eventName"].iter().find_map(|path| text(detail, path))
}

/// A failure, or the beginning of a rollback: its end tells nothing new.
fn has_failed(outcome: &str) -> bool {
    outcome.contains("FAIL") || outcome.ends_with("ROLLBACK_IN_PROGRESS")
}

/// An event that is no alarm's state.
fn other(body: &Value, original: &str, title: &str, action: Action) -> Message {
    let (account, region) = place(body);
    let id = owned(body, "id");
    let detail = get(body, "detail");
    let reason = ["status-details.status-reason", "reason"].iter().find_map(|path| text(detail, path));
    let mut resources = Named::default();
    if let Some(list) = get(body, "resources").as_array() {
        list.iter().filter_map(Value::as_str).for_each(|text| resources.words(text));
    }
    resources.within(detail);
    Message {
        dedup_key: id.as_ref().map_or_else(|| body_key(original), |id| format!("event {id}")),
        sender_id: id,
        title: title.to_owned(),
        description: cloudwatch::description(&[outcome(detail), reason]),
        action,
        priority: None,
        is_test: is_test(&[Some(title)]),
        // A time that cannot be read does not make an event worth nothing.
        at: time(body, "time").unwrap_or_default(),
        account,
        region,
        alarm: None,
        service: None,
        resources: resources.list(),
        payload: original.to_owned(),
    }
}

/// The account and region of an event; the alarm's ARN is surer than the bus the event came through.
fn place(body: &Value) -> (Option<String>, Option<String>) {
    let arn = Arn::of(get(body, "resources").get(0).and_then(Value::as_str));
    let account = arn.account.or_else(|| scalar(body, "account"));
    (account, arn.region.or_else(|| region_code(text(body, "region")?)))
}
