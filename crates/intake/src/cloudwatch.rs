//! The message CloudWatch publishes to SNS, and what it shares with EventBridge's events.

use crate::json::{body_key, first, get, owned, required, scalar, text, time};
use crate::message::{Action, Malformed, Message, alarm_title, is_test};
use crate::named::{Arn, Named, region_code};
use butfor_incident::Timestamp;
use serde_json::Value;

/// Whether a body is such a message.
pub(crate) fn is_message(body: &Value) -> bool {
    body.get("AlarmName").is_some() || body.get("NewStateValue").is_some()
}

/// A message, `original` its text; `topic` is where it came through, `id` the envelope's.
pub(crate) fn message(
    body: &Value,
    original: &str,
    topic: Option<&str>,
    id: Option<&str>,
) -> Result<Message, Malformed> {
    let name = required(body, "AlarmName")?;
    let state = State::parse(body, "NewStateValue")?;
    let at = time(body, "StateChangeTime")?;
    let arn = text(body, "AlarmArn");
    let place = Arn::of(arn);
    let topic = Arn::of(topic);
    let account = scalar(body, "AWSAccountId").or(place.account);
    // The message has the region's display name; an alarm can only tell topics of its own region
    // (CloudWatch User Guide, "Notifying users on alarm changes").
    let region = place.region.or_else(|| region_code(text(body, "Region")?)).or(topic.region);
    let mut resources = Named::default();
    dimensions(get(body, "Trigger"), &mut resources);
    let words = [text(body, "AlarmDescription"), text(body, "NewStateReason")];
    words.iter().flatten().for_each(|text| resources.words(text));
    let mut service = None;
    application(get(body, "Trigger"), &mut service);
    Ok(Message {
        dedup_key: dedup_key(&Key {
            account: account.as_deref(),
            region: region.as_deref(),
            alarm: arn.unwrap_or(name),
            state,
            at,
            part: None,
            otherwise: id,
            original,
        }),
        sender_id: Some(sender_id(arn.unwrap_or(name), at)),
        title: alarm_title(name),
        description: description(&words),
        action: state.action(),
        priority: None,
        is_test: is_test(&words) || is_test(&[Some(name)]),
        at,
        account,
        region,
        alarm: Some(name.to_owned()),
        service,
        resources: resources.list(),
        payload: original.to_owned(),
    })
}

/// The state an alarm went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Alarm,
    Ok,
    InsufficientData,
}

impl State {
    pub(crate) fn parse(body: &Value, path: &str) -> Result<Self, Malformed> {
        match required(body, path)? {
            "ALARM" => Ok(Self::Alarm),
            "OK" => Ok(Self::Ok),
            "INSUFFICIENT_DATA" => Ok(Self::InsufficientData),
            _ => Err(Malformed::new(path, "expected ALARM, OK or INSUFFICIENT_DATA")),
        }
    }

    /// Requirement ING-11: nothing but ALARM starts anything.
    pub(crate) fn action(self) -> Action {
        match self {
            Self::Alarm => Action::Trigger,
            Self::Ok => Action::Resolve,
            Self::InsufficientData => Action::Ignore { why: "not ALARM state, skipping".to_owned() },
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Alarm => "ALARM",
            Self::Ok => "OK",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

/// What makes one change of an alarm's state.
pub(crate) struct Key<'a> {
    pub(crate) account: Option<&'a str>,
    pub(crate) region: Option<&'a str>,
    /// ARN, or name.
    pub(crate) alarm: &'a str,
    pub(crate) state: State,
    pub(crate) at: Option<Timestamp>,
    /// A contributor, or that it was suppressed.
    pub(crate) part: Option<&'a str>,
    /// The event's or the envelope's id, for a state without a time.
    pub(crate) otherwise: Option<&'a str>,
    /// The message's text, for one without either.
    pub(crate) original: &'a str,
}

/// Account, region, alarm and the state's time; without a time the event's id (requirements, trap T18).
pub(crate) fn dedup_key(key: &Key<'_>) -> String {
    let moment = match (key.at, key.otherwise) {
        (Some(at), _) => at.to_string(),
        (None, Some(id)) => format!("id {id}"),
        (None, None) => return body_key(key.original),
    };
    let place = [key.account.unwrap_or("-"), key.region.unwrap_or("-")].join("/");
    let part = key.part.map(|part| format!(" {part}")).unwrap_or_default();
    format!("alarm {place} {} {} {moment}{part}", key.alarm, key.state.word())
}

/// CloudWatch has no id of an incident: the alarm and when it changed, as the articles' sender makes one (ING-09).
pub(crate) fn sender_id(alarm: &str, at: Option<Timestamp>) -> String {
    let name = alarm.split_once(":alarm:").map_or(alarm, |(_, name)| name);
    at.map_or_else(|| name.to_owned(), |at| format!("{name}-{at}"))
}

/// What the alarm's author wrote, then what CloudWatch did.
pub(crate) fn description(words: &[Option<&str>]) -> Option<String> {
    let words: Vec<_> = words.iter().flatten().copied().collect();
    (!words.is_empty()).then(|| words.join("\n"))
}

/// Names that dimensions, tags and labels use for an application.
const APPLICATION: [&str; 8] = [
    "service",
    "servicename",
    "service_name",
    "application",
    "applicationname",
    "app",
    "app.kubernetes.io/name",
    "appname",
];

/// The application a map or list of name and value names.
pub(crate) fn named_application<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let pairs: Vec<_> = pairs.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    APPLICATION.iter().find_map(|wanted| {
        let (_, value) = pairs.iter().find(|(name, value)| name == wanted && !value.trim().is_empty())?;
        Some((*value).to_owned())
    })
}

/// The pairs of dimensions: a map in EventBridge's events, a list in SNS messages.
fn pairs(given: &Value) -> Vec<(&str, &str)> {
    match given {
        Value::Object(map) => {
            map.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect()
        }
        Value::Array(list) => list
            .iter()
            .filter_map(|pair| {
                let either = |names: [&str; 2]| names.iter().find_map(|name| text(pair, name));
                Some((either(["name", "Name"])?, either(["value", "Value"])?))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Every set of dimensions in a trigger or configuration.
fn each_dimensions<'a>(value: &'a Value, depth: usize, found: &mut Vec<&'a Value>) {
    // Trigger.Metrics[].MetricStat.Metric.Dimensions is the deepest there is.
    if depth > 6 {
        return;
    }
    match value {
        Value::Array(list) => list.iter().for_each(|value| each_dimensions(value, depth + 1, found)),
        Value::Object(members) => {
            for (name, value) in members {
                if name.eq_ignore_ascii_case("dimensions") {
                    found.push(value);
                } else {
                    each_dimensions(value, depth + 1, found);
                }
            }
        }
        _ => {}
    }
}

/// The values of all dimensions in a trigger or configuration.
pub(crate) fn dimensions(value: &Value, resources: &mut Named) {
    let mut found = Vec::new();
    each_dimensions(value, 0, &mut found);
    found.iter().flat_map(|given| pairs(given)).for_each(|(_, value)| resources.add(value));
}

/// The application that dimensions name, if none is known yet.
pub(crate) fn application(value: &Value, service: &mut Option<String>) {
    let mut found = Vec::new();
    each_dimensions(value, 0, &mut found);
    if service.is_none() {
        *service = named_application(found.iter().flat_map(|given| pairs(given)));
    }
}

/// The application that a map of tags or labels names.
pub(crate) fn tagged_application(tags: &Value) -> Option<String> {
    named_application(pairs(tags).into_iter())
}

/// The account and region that labels or metadata name, in the usual spellings.
pub(crate) fn place(labels: &Value) -> (Option<String>, Option<String>) {
    let account = first(
        labels,
        &["accountId", "account_id", "aws_account_id", "aws_account", "account", "AWSAccountId"],
    );
    let region = first(labels, &["region", "aws_region", "awsRegion", "Region"]);
    (account, region.and_then(|region| region_code(&region)))
}

/// An alarm inside another sender's payload: its name, account, region and what its dimensions name.
pub(crate) struct Inside {
    pub(crate) name: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) service: Option<String>,
}

/// Reads an alarm's message that another sender passes on.
pub(crate) fn inside(details: &Value, resources: &mut Named) -> Inside {
    let arn = Arn::of(text(details, "AlarmArn"));
    dimensions(get(details, "Trigger"), resources);
    let mut service = None;
    application(get(details, "Trigger"), &mut service);
    Inside {
        name: owned(details, "AlarmName"),
        account: scalar(details, "AWSAccountId").or(arn.account),
        region: arn.region.or_else(|| region_code(text(details, "Region")?)),
        service,
    }
}
