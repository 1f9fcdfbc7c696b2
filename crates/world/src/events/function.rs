//! Functions: their settings, code, versions and aliases, and what feeds them.
//!
//! Records never have a function's variables: `environment` is `{}` whether or not the call set any (Lambda guide,
//! logging with CloudTrail; Lambda API reference, EnvironmentResponse). That a call may have set them is all that can be
//! said; what it set is told by observations before and after it, if at all.

use super::Event;
use super::part::{Part, members_of, partition};
use crate::delta::{Edit, State};
use butfor_network::describe::UNKNOWN;
use serde_json::{Map, Value, json};

const FUNCTION: &str = "AWS::Lambda::Function";
const VERSION: &str = "AWS::Lambda::Version";
const ALIAS: &str = "AWS::Lambda::Alias";
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

pub(super) fn create_function(event: &Event<'_>) -> Vec<Edit> {
    let Some(arn) = function_arn(event) else { return Vec::new() };
    if !event.answered.has("FunctionArn") {
        return Vec::new();
    }
    let mut created = described(event);
    // Nothing is reserved for a new function.
    created.insert("ReservedConcurrentExecutions".to_owned(), Value::Null);
    vec![Part::of(FUNCTION, &arn).created(Value::Object(created))]
}

/// The function an answer describes, its variables unknown.
fn described(event: &Event<'_>) -> Map<String, Value> {
    let mut members = event.answered.value().as_object().cloned().unwrap_or_default();
    members.insert("Environment".to_owned(), json!({"Variables": UNKNOWN}));
    // The answer comes while the function is being made; what counts is the state it settles in.
    if event.answered.text("State").as_deref() == Some("Pending") {
        members.insert("State".to_owned(), json!("Active"));
    }
    members
}

pub(super) fn update_function(event: &Event<'_>) -> Vec<Edit> {
    let Some(arn) = function_arn(event) else { return Vec::new() };
    let part = Part::of(FUNCTION, &arn);
    let asked = event.asked;
    let mut edits = Vec::new();
    if asked.has("VpcConfig") {
        for member in ["SubnetIds", "SecurityGroupIds"] {
            let ids = asked.at("VpcConfig").texts(member);
            edits.push(part.assigned(&format!("VpcConfig/{member}"), json!(ids)));
        }
    }
    for member in
        ["Role", "Handler", "Runtime", "KMSKeyArn", "DeadLetterConfig/TargetArn", "TracingConfig/Mode"]
    {
        if let Some(text) = asked.text(member) {
            edits.push(part.assigned(member, json!(text)));
        }
    }
    for member in ["Timeout", "MemorySize", "EphemeralStorage/Size"] {
        if let Some(number) = asked.number(member) {
            edits.push(part.assigned(member, json!(number)));
        }
    }
    if asked.get("Layers").is_some() {
        let layers: Vec<_> = asked.texts("Layers").iter().map(|arn| json!({"Arn": arn})).collect();
        edits.push(part.assigned("Layers", Value::Array(layers)));
    }
    // Some recorders leave out members that are empty: a request without an environment tells as little as one with it.
    edits.push(part.unclear("Environment/Variables"));
    edits
}

pub(super) fn update_code(event: &Event<'_>) -> Vec<Edit> {
    let Some(arn) = function_arn(event).filter(|_| event.asked.flag("DryRun") != Some(true)) else {
        return Vec::new();
    };
    let part = Part::of(FUNCTION, &arn);
    match event.answered.text("CodeSha256") {
        Some(sum) => vec![part.assigned("CodeSha256", json!(sum))],
        None => vec![part.unclear("CodeSha256")],
    }
}

pub(super) fn delete_function(event: &Event<'_>) -> Vec<Edit> {
    let Some(arn) = function_arn(event) else { return Vec::new() };
    // With a qualifier only one version goes.
    match event.asked.text("Qualifier") {
        Some(version) => vec![Part::of(VERSION, &format!("{arn}:{version}")).deleted()],
        None => vec![Part::of(FUNCTION, &arn).deleted()],
    }
}

pub(super) fn put_concurrency(event: &Event<'_>) -> Vec<Edit> {
    let (Some(arn), Some(number)) = (function_arn(event), event.asked.number("ReservedConcurrentExecutions"))
    else {
        return Vec::new();
    };
    vec![Part::of(FUNCTION, &arn).assigned("ReservedConcurrentExecutions", json!(number))]
}

pub(super) fn delete_concurrency(event: &Event<'_>) -> Vec<Edit> {
    let removed = |arn: String| {
        Part::of(FUNCTION, &arn).set("ReservedConcurrentExecutions", State::Unknown, State::Absent)
    };
    function_arn(event).map(removed).into_iter().collect()
}

pub(super) fn publish_version(event: &Event<'_>) -> Vec<Edit> {
    let (Some(arn), Some(version)) = (function_arn(event), event.answered.text("Version")) else {
        return Vec::new();
    };
    vec![Part::of(VERSION, &format!("{arn}:{version}")).created(Value::Object(described(event)))]
}

pub(super) fn create_alias(event: &Event<'_>) -> Vec<Edit> {
    let created = |arn: String| {
        let mut members = members_of(event.asked, &["Name", "FunctionVersion", "RoutingConfig"]);
        members.insert("AliasArn".to_owned(), json!(arn));
        Part::of(ALIAS, &arn).created(Value::Object(members))
    };
    alias_arn(event).map(created).into_iter().collect()
}

pub(super) fn update_alias(event: &Event<'_>) -> Vec<Edit> {
    let Some(arn) = alias_arn(event) else { return Vec::new() };
    let part = Part::of(ALIAS, &arn);
    let mut edits = Vec::new();
    if let Some(version) = event.asked.text("FunctionVersion") {
        edits.push(part.assigned("FunctionVersion", json!(version)));
    }
    if let Some(routing) = event.asked.get("RoutingConfig") {
        let weights = event.asked.has("RoutingConfig/AdditionalVersionWeights");
        let after = if weights { State::Present(routing.clone()) } else { State::Absent };
        edits.push(part.set("RoutingConfig", State::Unknown, after));
    }
    edits
}

pub(super) fn delete_alias(event: &Event<'_>) -> Vec<Edit> {
    alias_arn(event).map(|arn| Part::of(ALIAS, &arn).deleted()).into_iter().collect()
}

fn alias_arn(event: &Event<'_>) -> Option<String> {
    let arn = function_arn(event)?;
    Some(format!("{arn}:{}", event.asked.text("Name")?))
}

/// Members of an event source mapping that a call sets.
const MAPPING_MEMBERS: &[&str] = &[
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "ParallelizationFactor",
    "FilterCriteria",
    "DestinationConfig",
    "ScalingConfig",
];

pub(super) fn update_mapping(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = mapping_id(event) else { return Vec::new() };
    let part = Part::of(MAPPING, &id);
    let mut edits = Vec::new();
    if let Some(is_on) = event.asked.flag("Enabled") {
        let word = |is_on: bool| State::Present(json!(if is_on { "Enabled" } else { "Disabled" }));
        edits.push(part.set("State", word(!is_on), word(is_on)));
    }
    if event.asked.has("FunctionName")
        && let Some(arn) = function_arn(event)
    {
        edits.push(part.assigned("FunctionArn", json!(arn)));
    }
    for member in MAPPING_MEMBERS {
        if let Some(value) = event.asked.get(member) {
            edits.push(part.assigned(member, value.clone()));
        }
    }
    edits
}

pub(super) fn create_mapping(event: &Event<'_>) -> Vec<Edit> {
    let (Some(id), Some(members)) = (mapping_id(event), event.answered.value().as_object()) else {
        return Vec::new();
    };
    let mut members = members.clone();
    members.insert("UUID".to_owned(), json!(id));
    let is_on = event.asked.flag("Enabled") != Some(false);
    members.insert("State".to_owned(), json!(if is_on { "Enabled" } else { "Disabled" }));
    vec![Part::of(MAPPING, &id).created(Value::Object(members))]
}

pub(super) fn delete_mapping(event: &Event<'_>) -> Vec<Edit> {
    mapping_id(event).map(|id| Part::of(MAPPING, &id).deleted()).into_iter().collect()
}

/// Records write `uUID`, which is not how any other member is written.
fn mapping_id(event: &Event<'_>) -> Option<String> {
    event.asked.text("UUID|Uuid").or_else(|| event.answered.text("UUID|Uuid"))
}

/// The unqualified ARN of the function, which a call names by name, partial ARN or full ARN.
pub(super) fn function_arn(event: &Event<'_>) -> Option<String> {
    let name = event.answered.text("FunctionArn").or_else(|| event.asked.text("FunctionName"))?;
    // ...:function:NAME[:QUALIFIER]
    let (prefix, rest) = match name.split_once(":function:") {
        Some((prefix, rest)) => (Some(prefix), rest),
        None => (None, name.as_str()),
    };
    let name = rest.split(':').next().unwrap_or(rest);
    if let Some(prefix) = prefix.filter(|prefix| prefix.starts_with("arn:")) {
        return Some(format!("{prefix}:function:{name}"));
    }
    let record = event.record;
    // A partial ARN is `ACCOUNT:function:NAME`.
    let account = prefix.unwrap_or(&record.account);
    Some(format!("arn:{}:lambda:{}:{account}:function:{name}", partition(&record.region), record.region))
}
