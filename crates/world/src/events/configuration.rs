//! Settings of tables, services, groups of instances, alarms and stages of APIs.

use super::Event;
use super::part::{Part, partition};
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use butfor_network::describe::resource_id;
use serde_json::{Map, Number, Value, json};

const TABLE: &str = "AWS::DynamoDB::Table";
const SERVICE: &str = "AWS::ECS::Service";
const TASK_DEFINITION: &str = "AWS::ECS::TaskDefinition";
const GROUP: &str = "AWS::AutoScaling::AutoScalingGroup";
const ALARM: &str = "AWS::CloudWatch::Alarm";
const STAGE: &str = "AWS::ApiGateway::Stage";
const HTTP_STAGE: &str = "AWS::ApiGatewayV2::Stage";
const RESOURCE: &str = "AWS::ApiGateway::Resource";

/// Sets members to what the request has under their own names; numbers and booleans may be text.
pub(super) fn assigned(part: Part<'_>, asked: Fields<'_>, members: &[&str]) -> Vec<Edit> {
    let plain = |value: &Value| match value {
        Value::String(text) => {
            let number = text.parse::<i64>().ok().map(Number::from).map(Value::Number);
            number.or_else(|| text.parse::<bool>().ok().map(Value::Bool)).unwrap_or_else(|| value.clone())
        }
        other => other.clone(),
    };
    members.iter().filter_map(|member| Some(part.assigned(member, plain(asked.get(member)?)))).collect()
}

pub(super) fn update_table(event: &Event<'_>) -> Vec<Edit> {
    let (asked, record) = (event.asked, event.record);
    let Some(name) = asked.text("TableName") else { return Vec::new() };
    let id = resource_id(TABLE, &name, &record.account, &record.region).unwrap_or(name);
    let part = Part::of(TABLE, &id);
    let mut edits = Vec::new();
    let mode = asked.text("BillingMode");
    if let Some(mode) = &mode {
        edits.push(part.assigned("BillingModeSummary/BillingMode", json!(mode)));
    }
    let capacity = ["ProvisionedThroughput/ReadCapacityUnits", "ProvisionedThroughput/WriteCapacityUnits"];
    if mode.as_deref() == Some("PAY_PER_REQUEST") {
        // A table that is paid by request has none (DynamoDB API reference, ProvisionedThroughputDescription).
        edits.extend(capacity.iter().map(|member| part.assigned(member, json!(0))));
    } else {
        edits.extend(assigned(part, asked, &capacity));
    }
    let others = [
        "OnDemandThroughput/MaxReadRequestUnits",
        "OnDemandThroughput/MaxWriteRequestUnits",
        "StreamSpecification/StreamEnabled",
        "DeletionProtectionEnabled",
    ];
    edits.extend(assigned(part, asked, &others));
    if let Some(class) = asked.text("TableClass") {
        edits.push(part.assigned("TableClassSummary/TableClass", json!(class)));
    }
    let list = "GlobalSecondaryIndexes";
    for update in asked.list("GlobalSecondaryIndexUpdates") {
        let index = |member: &str| Some((update.text(&format!("{member}/IndexName"))?, update.at(member)));
        if let Some((name, index)) = index("Update") {
            edits.push(part.element(list, name, State::Unknown, State::Present(index.value().clone())));
        } else if let Some((name, index)) = index("Create") {
            edits.push(part.added(list, name, index.value().clone()));
        } else if let Some((name, _)) = index("Delete") {
            edits.push(part.removed(list, name, State::Unknown));
        }
    }
    edits
}

/// ECS writes its names in camel case, in answers and records alike. Names in maps (options of a log driver) are
/// lower case, too, but for labels, whose case a record has lost.
fn camel(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (camel_name(name), camel(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(camel).collect(),
        other => other.clone(),
    }
}

pub(super) fn update_service(event: &Event<'_>) -> Vec<Edit> {
    let Some(arn) = service_arn(event) else { return Vec::new() };
    let (part, asked) = (Part::of(SERVICE, &arn), event.asked);
    let mut edits = Vec::new();
    for member in ["DesiredCount", "HealthCheckGracePeriodSeconds"] {
        if let Some(number) = asked.number(member) {
            edits.push(part.assigned(&camel_name(member), json!(number)));
        }
    }
    if asked.has("TaskDefinition") {
        edits.push(match task_definition(event) {
            Some(arn) => part.assigned("taskDefinition", json!(arn)),
            None => part.unclear("taskDefinition"),
        });
    }
    if let Some(version) = asked.text("PlatformVersion") {
        edits.push(part.assigned("platformVersion", json!(version)));
    }
    for member in ["NetworkConfiguration", "DeploymentConfiguration"] {
        // The answer has the whole; the request what was asked to change.
        let whole = event.answered.get(&format!("Service/{member}"));
        match (asked.has(member), whole) {
            (true, Some(whole)) => edits.push(part.assigned(&camel_name(member), camel(whole))),
            (true, None) => edits.push(part.unclear(&camel_name(member))),
            _ => {}
        }
    }
    edits
}

fn camel_name(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

/// The revision a service is set to: a family alone means its latest, which only the answer tells.
fn task_definition(event: &Event<'_>) -> Option<String> {
    if let Some(arn) = event.answered.text("Service/TaskDefinition") {
        return Some(arn);
    }
    let asked = event.asked.text("TaskDefinition")?;
    let (record, has_revision) =
        (event.record, asked.rsplit('/').next().is_some_and(|name| name.contains(':')));
    match (asked.starts_with("arn:"), has_revision) {
        (true, true) => Some(asked),
        (false, true) => Some(format!(
            "arn:{}:ecs:{}:{}:task-definition/{asked}",
            partition(&record.region),
            record.region,
            record.account
        )),
        _ => None,
    }
}

pub(super) fn delete_service(event: &Event<'_>) -> Vec<Edit> {
    service_arn(event).map(|arn| Part::of(SERVICE, &arn).deleted()).into_iter().collect()
}

fn service_arn(event: &Event<'_>) -> Option<String> {
    if let Some(arn) = event.answered.text("Service/ServiceArn") {
        return Some(arn);
    }
    let (asked, record) = (event.asked, event.record);
    let service = asked.text("Service")?;
    if service.starts_with("arn:") {
        return Some(service);
    }
    // A call that names no cluster means the one called `default` (ECS API reference, UpdateService).
    let cluster = asked.text("Cluster").unwrap_or_else(|| "default".to_owned());
    let cluster = cluster.rsplit('/').next().unwrap_or_default();
    let region = &record.region;
    Some(format!("arn:{}:ecs:{region}:{}:service/{cluster}/{service}", partition(region), record.account))
}

pub(super) fn register_task_definition(event: &Event<'_>) -> Vec<Edit> {
    let definition = event.answered.at("TaskDefinition");
    let Some(arn) = definition.text("TaskDefinitionArn") else { return Vec::new() };
    vec![Part::of(TASK_DEFINITION, &arn).created(camel(definition.value()))]
}

pub(super) fn deregister_task_definition(event: &Event<'_>) -> Vec<Edit> {
    let arn = event.answered.text("TaskDefinition/TaskDefinitionArn");
    let arn = arn.or_else(|| event.asked.text("TaskDefinition").filter(|name| name.starts_with("arn:")));
    let state = |word: &str| State::Present(json!(word));
    arn.map(|arn| Part::of(TASK_DEFINITION, &arn).set("status", state("ACTIVE"), state("INACTIVE")))
        .into_iter()
        .collect()
}

pub(super) fn update_group(event: &Event<'_>) -> Vec<Edit> {
    let Some(name) = event.asked.text("AutoScalingGroupName") else { return Vec::new() };
    let part = Part::of(GROUP, &name);
    let members = [
        "MinSize",
        "MaxSize",
        "DesiredCapacity",
        "LaunchConfigurationName",
        "HealthCheckType",
        "HealthCheckGracePeriod",
        "DefaultCooldown",
    ];
    let mut edits = assigned(part, event.asked, &members);
    // The request names a template by its id or its name, answers by both.
    let named =
        ["LaunchTemplate", "MixedInstancesPolicy"].into_iter().filter(|member| event.asked.has(member));
    edits.extend(named.map(|member| part.unclear(member)));
    edits
}

/// Processes of a group that can be suspended (Auto Scaling guide, types of processes): all of them where a call names
/// none.
const PROCESSES: &[&str] = &[
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
];

pub(super) fn suspend(event: &Event<'_>) -> Vec<Edit> {
    processes(event, |part, process| {
        part.added("SuspendedProcesses", process, json!({"ProcessName": process}))
    })
}

pub(super) fn resume(event: &Event<'_>) -> Vec<Edit> {
    processes(event, |part, process| {
        let before = State::Present(json!({"ProcessName": process}));
        part.removed("SuspendedProcesses", process, before)
    })
}

fn processes(event: &Event<'_>, edit: fn(Part<'_>, &str) -> Edit) -> Vec<Edit> {
    let Some(name) = event.asked.text("AutoScalingGroupName") else { return Vec::new() };
    let part = Part::of(GROUP, &name);
    let named = event.asked.texts("ScalingProcesses");
    if named.is_empty() {
        // Which of them were suspended before is not told.
        return PROCESSES
            .iter()
            .map(|process| Edit { before: State::Unknown, ..edit(part, process) })
            .collect();
    }
    named.iter().map(|process| edit(part, process)).collect()
}

fn alarm_arn(event: &Event<'_>, name: &str) -> String {
    let record = event.record;
    let region = &record.region;
    format!("arn:{}:cloudwatch:{region}:{}:alarm:{name}", partition(region), record.account)
}

pub(super) fn set_alarm_state(event: &Event<'_>) -> Vec<Edit> {
    let (Some(name), Some(state)) = (event.asked.text("AlarmName"), event.asked.text("StateValue")) else {
        return Vec::new();
    };
    vec![Part::of(ALARM, &alarm_arn(event, &name)).assigned("StateValue", json!(state))]
}

pub(super) fn enable_alarm_actions(event: &Event<'_>) -> Vec<Edit> {
    alarms(event, |part| part.flipped("ActionsEnabled", true))
}

pub(super) fn disable_alarm_actions(event: &Event<'_>) -> Vec<Edit> {
    alarms(event, |part| part.flipped("ActionsEnabled", false))
}

pub(super) fn delete_alarms(event: &Event<'_>) -> Vec<Edit> {
    alarms(event, |part| part.deleted())
}

fn alarms(event: &Event<'_>, edit: fn(Part<'_>) -> Edit) -> Vec<Edit> {
    let names = event.asked.texts("AlarmNames");
    names.iter().map(|name| edit(Part::of(ALARM, &alarm_arn(event, name)))).collect()
}

pub(super) fn put_metric_alarm(event: &Event<'_>) -> Vec<Edit> {
    let Some(name) = event.asked.text("AlarmName") else { return Vec::new() };
    let (arn, asked) = (alarm_arn(event, &name), event.asked);
    let part = Part::of(ALARM, &arn);
    let members = [
        "Namespace",
        "MetricName",
        "Statistic",
        "ExtendedStatistic",
        "Period",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
    ];
    let mut edits = assigned(part, asked, &members);
    for member in ["AlarmActions", "OKActions", "InsufficientDataActions"] {
        if asked.get(member).is_some() {
            edits.push(part.assigned(member, json!(asked.texts(member))));
        }
    }
    // Left out it is true (CloudWatch API reference, PutMetricAlarm).
    edits.push(part.assigned("ActionsEnabled", json!(asked.flag("ActionsEnabled").unwrap_or(true))));
    edits
}

/// The stage a call names, of a REST API or of an HTTP or WebSocket API.
fn stage(event: &Event<'_>) -> Option<(&'static str, String)> {
    let asked = event.asked;
    let name = asked.text("StageName|CreateDeploymentInput/StageName|UpdateStageInput/StageName")?;
    let rest = asked.text("RestApiId").map(|api| (STAGE, api));
    let (kind, api) = rest.or_else(|| Some((HTTP_STAGE, asked.text("ApiId")?)))?;
    Some((kind, format!("{api}/{name}")))
}

pub(super) fn update_stage(event: &Event<'_>) -> Vec<Edit> {
    match stage(event) {
        Some((STAGE, id)) => {
            let operations = event.asked.list("PatchOperations|UpdateStageInput/PatchOperations");
            let part = Part::of(STAGE, &id);
            operations.into_iter().filter_map(|operation| patched(part, operation)).collect()
        }
        Some((kind, id)) => http_stage(Part::of(kind, &id), event.asked),
        None => Vec::new(),
    }
}

/// One operation of a patch (API Gateway API reference, patch operations).
fn patched(part: Part<'_>, operation: Fields<'_>) -> Option<Edit> {
    let path = operation.text("Path")?;
    let is_removed = operation.text("Op").as_deref() == Some("remove");
    let value = || match operation.text("Value") {
        Some(value) if !is_removed => State::Present(json!(value)),
        _ => State::Absent,
    };
    let steps: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    Some(match steps.as_slice() {
        [member @ ("deploymentId" | "cacheClusterEnabled" | "cacheClusterSize" | "tracingEnabled")] => {
            part.set(member, State::Unknown, value())
        }
        ["variables", name] => part.element("variables", *name, State::Unknown, value()),
        ["canarySettings", ..] => part.unclear("canarySettings"),
        // /{resource}/{method}/throttling/rateLimit: one setting of several under one name.
        [resource, method, ..] if !matches!(*resource, "accessLogSettings") => {
            let name = format!("{resource}/{method}");
            let after = if is_removed && steps.len() == 2 { State::Absent } else { State::Unknown };
            part.element("methodSettings", name, State::Unknown, after)
        }
        _ => return None,
    })
}

fn http_stage(part: Part<'_>, asked: Fields<'_>) -> Vec<Edit> {
    let mut edits = assigned(part, asked, &["AutoDeploy"]);
    if let Some(id) = asked.text("DeploymentId") {
        edits.push(part.assigned("DeploymentId", json!(id)));
    }
    if let Some(settings) = asked.get("DefaultRouteSettings").and_then(Value::as_object) {
        let set = |(name, value): (&String, &Value)| {
            part.assigned(&format!("DefaultRouteSettings/{name}"), value.clone())
        };
        edits.extend(settings.iter().map(set));
    }
    // Records write the names of variables and routes as they write members, so that their case is lost.
    let maps = ["StageVariables", "RouteSettings"].into_iter().filter(|member| asked.has(member));
    edits.extend(maps.map(|member| part.unclear(member)));
    edits
}

pub(super) fn create_deployment(event: &Event<'_>) -> Vec<Edit> {
    let (Some((kind, id)), Some(deployment)) = (stage(event), event.answered.text("Id|DeploymentId")) else {
        return Vec::new();
    };
    let member = if kind == STAGE { "deploymentId" } else { "DeploymentId" };
    vec![Part::of(kind, &id).assigned(member, json!(deployment))]
}

pub(super) fn delete_stage(event: &Event<'_>) -> Vec<Edit> {
    stage(event).map(|(kind, id)| Part::of(kind, &id).deleted()).into_iter().collect()
}

/// A method's integration changed; records do not tell the method as answers do.
pub(super) fn change_method(event: &Event<'_>) -> Vec<Edit> {
    let asked = event.asked;
    let (Some(api), Some(resource), Some(method)) =
        (asked.text("RestApiId"), asked.text("ResourceId"), asked.text("HttpMethod"))
    else {
        return Vec::new();
    };
    let id = format!("{api}/{resource}");
    vec![Part::of(RESOURCE, &id).element("resourceMethods", method, State::Unknown, State::Unknown)]
}
