//! Commands for settings of tables, services, groups of instances, alarms and stages of APIs.

use super::plan::{Bucket, Done, Plan, element, text, unknown, unsupported, wanted, whole_list};
use super::shell::Call;
use super::{CommandError, Place, variables};
use crate::delta::{Edit, State};
use crate::facets;
use serde_json::{Map, Value, json};

/// How a call takes a value.
#[derive(Debug, Clone, Copy)]
enum As {
    /// As a word.
    Word,
    /// As JSON.
    Json,
    /// `--flag` or `--no-flag`.
    Switch,
}

/// Member, flag, form.
type Setting = (&'static str, &'static str, As);

/// Puts a setting into a call where the table has its member; says whether it did.
fn set(call: &mut Call, settings: &[Setting], edit: &Edit) -> Result<bool, CommandError> {
    let Some((_, flag, form)) = settings.iter().find(|(member, ..)| *member == edit.facet.member) else {
        return Ok(false);
    };
    let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the value it had"))?;
    *call = match (form, value) {
        (As::Switch, value) => {
            let is_on = value.as_bool().or_else(|| value.as_str()?.parse().ok());
            call.clone().toggle(flag, is_on.ok_or_else(|| unknown(edit, "whether it was on"))?)
        }
        (As::Word, Value::String(text)) => call.clone().arg(flag, text.as_str()),
        (_, value) => call.clone().json(flag, value),
    };
    Ok(true)
}

const GROUP: &[Setting] = &[
    ("MinSize", "--min-size", As::Word),
    ("MaxSize", "--max-size", As::Word),
    ("DesiredCapacity", "--desired-capacity", As::Word),
    ("LaunchConfigurationName", "--launch-configuration-name", As::Word),
    ("HealthCheckType", "--health-check-type", As::Word),
    ("HealthCheckGracePeriod", "--health-check-grace-period", As::Word),
    ("DefaultCooldown", "--default-cooldown", As::Word),
    ("MixedInstancesPolicy", "--mixed-instances-policy", As::Json),
];

pub(super) fn scaling_group(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let base = |operation: &'static str| {
        Call::new(&place, "autoscaling", operation).arg("--auto-scaling-group-name", bucket.id)
    };
    let mut call = base("UpdateAutoScalingGroup");
    let (mut said, mut suspended, mut resumed) = (Vec::new(), Vec::new(), Vec::new());
    for edit in &bucket.edits {
        let member = edit.facet.member.as_str();
        match member {
            "SuspendedProcesses" => match wanted(edit)? {
                Some(_) => suspended.push(element(edit)?.to_owned()),
                None => resumed.push(element(edit)?.to_owned()),
            },
            "LaunchTemplate" => {
                let template = wanted(edit)?.ok_or_else(|| unknown(edit, "the template it had"))?;
                // A call takes the id or the name, not both (Auto Scaling API reference, LaunchTemplateSpecification).
                let id =
                    text(template, "LaunchTemplateId").ok_or_else(|| unknown(edit, "the template's id"))?;
                let version = text(template, "Version").unwrap_or_else(|| "$Default".to_owned());
                call = call.arg("--launch-template", format!("LaunchTemplateId={id},Version={version}"));
                said.push(member);
            }
            _ if set(&mut call, GROUP, edit)? => said.push(member),
            _ => return Err(unsupported(edit, "a group is made again from its template")),
        }
    }
    for (operation, processes, verb) in
        [("ResumeProcesses", resumed, "Resume"), ("SuspendProcesses", suspended, "Suspend")]
    {
        if !processes.is_empty() {
            let call = base(operation).args("--scaling-processes", &processes);
            plan.push(call.say(format!("{verb} {} of {}", processes.join(", "), bucket.id)));
        }
    }
    if !said.is_empty() {
        plan.push(call.say(format!("Set {} of {}", said.join(", "), bucket.id)));
    }
    Ok(())
}

const SERVICE: &[Setting] = &[
    ("desiredCount", "--desired-count", As::Word),
    ("taskDefinition", "--task-definition", As::Word),
    ("platformVersion", "--platform-version", As::Word),
    ("networkConfiguration", "--network-configuration", As::Json),
    ("deploymentConfiguration", "--deployment-configuration", As::Json),
    ("healthCheckGracePeriodSeconds", "--health-check-grace-period-seconds", As::Word),
];

pub(super) fn service(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let (cluster, name) = service_names(bucket.id).ok_or_else(|| unknown(first, "its cluster"))?;
    let mut call = Call::new(&place, "ecs", "UpdateService").arg("--cluster", cluster).arg("--service", name);
    let mut said = Vec::new();
    for edit in &bucket.edits {
        if !set(&mut call, SERVICE, edit)? {
            return Err(unsupported(edit, "a service is made again from its definition"));
        }
        said.push(edit.facet.member.as_str());
    }
    plan.push(call.say(format!("Set {} of service {name}", said.join(", "))));
    Ok(())
}

/// Cluster and name: `arn:...:service/CLUSTER/NAME`; older ARNs have no cluster.
pub(super) fn service_names(arn: &str) -> Option<(&str, &str)> {
    arn.split_once(":service/")?.1.split_once('/')
}

pub(super) fn task_definition(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let name = bucket.id.rsplit('/').next().unwrap_or(bucket.id);
        let is_gone = match wanted(edit)? {
            None => true,
            Some(Value::String(status)) => status == "INACTIVE",
            Some(_) => false,
        };
        if !is_gone {
            return Err(unsupported(
                edit,
                "a revision that was deregistered does not come back: register another",
            ));
        }
        let call = Call::new(&plan.place(edit)?, "ecs", "DeregisterTaskDefinition");
        plan.push(call.arg("--task-definition", bucket.id).say(format!("Deregister {name}")));
    }
    Ok(())
}

const CLUSTER: &[Setting] = &[
    ("Port", "--port", As::Word),
    ("EngineVersion", "--engine-version", As::Word),
    ("DBClusterParameterGroup", "--db-cluster-parameter-group-name", As::Word),
    ("DBClusterInstanceClass", "--db-cluster-instance-class", As::Word),
    ("BackupRetentionPeriod", "--backup-retention-period", As::Word),
    ("DeletionProtection", "deletion-protection", As::Switch),
];

pub(super) fn database_cluster(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let mut call = Call::new(&place, "rds", "ModifyDBCluster").arg("--db-cluster-identifier", bucket.id);
    let mut said = Vec::new();
    let mut scaling = Map::new();
    for edit in &bucket.edits {
        let member = edit.facet.member.as_str();
        if member == "VpcSecurityGroups" {
            continue;
        }
        if let Some(name) = member.strip_prefix("ServerlessV2ScalingConfiguration/") {
            let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the value it had"))?;
            scaling.insert(name.to_owned(), value.clone());
        } else if !set(&mut call, CLUSTER, edit)? {
            return Err(unsupported(edit, "this follows from the cluster's life"));
        }
        said.push(member);
    }
    if !scaling.is_empty() {
        call = call.json("--serverless-v2-scaling-configuration", &Value::Object(scaling));
    }
    if let Some(groups) =
        whole_list(plan, bucket, "VpcSecurityGroups", |group| text(group, "VpcSecurityGroupId"))?
    {
        call = call.args("--vpc-security-group-ids", &groups);
        said.push("security groups");
    }
    plan.push(call.switch("--apply-immediately").say(format!("Set {} of {}", said.join(", "), bucket.id)));
    Ok(())
}

/// Members of a metric alarm that a call sets.
const ALARM: &[Setting] = &[
    ("Namespace", "--namespace", As::Word),
    ("MetricName", "--metric-name", As::Word),
    ("Statistic", "--statistic", As::Word),
    ("ExtendedStatistic", "--extended-statistic", As::Word),
    ("Period", "--period", As::Word),
    ("EvaluationPeriods", "--evaluation-periods", As::Word),
    ("DatapointsToAlarm", "--datapoints-to-alarm", As::Word),
    ("Threshold", "--threshold", As::Word),
    ("ComparisonOperator", "--comparison-operator", As::Word),
    ("TreatMissingData", "--treat-missing-data", As::Word),
    ("Unit", "--unit", As::Word),
    ("AlarmDescription", "--alarm-description", As::Word),
    ("ActionsEnabled", "actions-enabled", As::Switch),
    ("Dimensions", "--dimensions", As::Json),
    ("Metrics", "--metrics", As::Json),
    ("AlarmActions", "--alarm-actions", As::Json),
    ("OKActions", "--ok-actions", As::Json),
    ("InsufficientDataActions", "--insufficient-data-actions", As::Json),
];

pub(super) fn alarm(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let name = alarm_name(bucket.id).ok_or_else(|| unknown(first, "its name"))?;
    let base = |operation: &'static str| Call::new(&place, "cloudwatch", operation);
    if let ([edit], "ActionsEnabled") = (bucket.edits.as_slice(), first.facet.member.as_str()) {
        let is_on =
            wanted(edit)?.and_then(Value::as_bool).ok_or_else(|| unknown(edit, "whether they were on"))?;
        let (operation, verb) =
            if is_on { ("EnableAlarmActions", "on") } else { ("DisableAlarmActions", "off") };
        plan.push(
            base(operation)
                .arg("--alarm-names", name)
                .say(format!("Switch {verb} the actions of alarm {name}")),
        );
        return Ok(());
    }
    let mut document = plan.document(bucket.kind, bucket.id).map(|found| found.document);
    for edit in &bucket.edits {
        match (edit.facet.member.as_str(), wanted(edit)?) {
            ("", None) => {
                plan.push(
                    base("DeleteAlarms").arg("--alarm-names", name).say(format!("Delete alarm {name}")),
                );
                return Ok(());
            }
            ("", Some(whole)) => document = Some(whole.clone()),
            ("StateValue", _) => return Err(unsupported(edit, "an alarm's state follows from its metric")),
            _ => {
                let known = document
                    .as_mut()
                    .ok_or_else(|| unknown(edit, "the rest of the alarm, which one call sets"))?;
                facets::apply(bucket.kind, known, edit);
            }
        }
    }
    let document = document.ok_or_else(|| unknown(first, "the alarm"))?;
    if text(&document, "AlarmRule").is_some() || document.get("ComparisonOperator").is_none() {
        return Err(unknown(first, "the whole definition of the alarm, which one call sets"));
    }
    let mut call = base("PutMetricAlarm").arg("--alarm-name", name);
    for (member, flag, form) in ALARM {
        let Some(value) = document.get(member).filter(|value| !value.is_null()) else { continue };
        if value.as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        call = match (form, value) {
            (As::Switch, value) => call.toggle(flag, value.as_bool() != Some(false)),
            (As::Word, Value::String(text)) => call.arg(flag, text.as_str()),
            (_, value) => call.json(flag, value),
        };
    }
    plan.push(call.say(format!("Set alarm {name} as it was")));
    Ok(())
}

/// `arn:...:alarm:NAME`
pub(super) fn alarm_name(arn: &str) -> Option<&str> {
    Some(arn.split_once(":alarm:")?.1)
}

/// Names of one method's settings in a document and in the path of a patch (API Gateway API reference, UpdateStage).
const METHOD_SETTINGS: &[(&str, &str)] = &[
    ("metricsEnabled", "metrics/enabled"),
    ("loggingLevel", "logging/loglevel"),
    ("dataTraceEnabled", "logging/dataTrace"),
    ("throttlingBurstLimit", "throttling/burstLimit"),
    ("throttlingRateLimit", "throttling/rateLimit"),
    ("cachingEnabled", "caching/enabled"),
    ("cacheTtlInSeconds", "caching/ttlInSeconds"),
    ("cacheDataEncrypted", "caching/dataEncrypted"),
];

pub(super) fn stage(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let (api, name) = bucket.id.split_once('/').ok_or_else(|| unknown(first, "its name"))?;
    let mut patch = Vec::new();
    for edit in &bucket.edits {
        match edit.facet.member.as_str() {
            "variables" => variable(edit, &mut patch)?,
            "methodSettings" => method_settings(plan, edit, &mut patch)?,
            member @ ("deploymentId" | "cacheClusterEnabled" | "cacheClusterSize" | "tracingEnabled") => {
                let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the value it had"))?;
                patch.push(replace(format!("/{member}"), value));
            }
            _ => return Err(unsupported(edit, "a stage is made again from a deployment")),
        }
    }
    let call =
        Call::new(&place, "apigateway", "UpdateStage").arg("--rest-api-id", api).arg("--stage-name", name);
    let call = call.json("--patch-operations", &Value::Array(patch));
    let call = if bucket.of("methodSettings").next().is_some() {
        call.caution("settings of methods reach all of API Gateway's servers within a minute or so")
    } else {
        call
    };
    plan.push(call.say(format!("Set stage {name} of API {api} as it was")));
    Ok(())
}

fn replace(path: String, value: &Value) -> Value {
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    json!({"op": "replace", "path": path, "value": value})
}

fn variable(edit: &Edit, patch: &mut Vec<Value>) -> Done {
    let name = element(edit)?;
    match wanted(edit)? {
        Some(value) if facets::is_redacted(value) => {
            return Err(unknown(
                edit,
                &format!("the value of `{name}`, which was left out of what was recorded"),
            ));
        }
        Some(value) => patch.push(replace(format!("/variables/{name}"), value)),
        None => patch.push(json!({"op": "remove", "path": format!("/variables/{name}")})),
    }
    Ok(())
}

fn method_settings(plan: &Plan<'_>, edit: &Edit, patch: &mut Vec<Value>) -> Done {
    let name = element(edit)?;
    let Some(value) = wanted(edit)? else {
        patch.push(json!({"op": "remove", "path": format!("/{name}")}));
        return Ok(());
    };
    let now = match plan.now(edit) {
        State::Present(now) => now,
        State::Absent | State::Unknown => Value::Null,
    };
    for (member, path) in METHOD_SETTINGS {
        match value.get(member) {
            Some(value) if now.get(member) != Some(value) => {
                patch.push(replace(format!("/{name}/{path}"), value))
            }
            _ => {}
        }
    }
    Ok(())
}

const HTTP_STAGE: &[Setting] =
    &[("DeploymentId", "--deployment-id", As::Word), ("AutoDeploy", "auto-deploy", As::Switch)];

pub(super) fn http_stage(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let (api, name) = bucket.id.split_once('/').ok_or_else(|| unknown(first, "its name"))?;
    let mut call =
        Call::new(&place, "apigatewayv2", "UpdateStage").arg("--api-id", api).arg("--stage-name", name);
    let mut defaults = Map::new();
    for edit in &bucket.edits {
        let member = edit.facet.member.as_str();
        if let Some(setting) = member.strip_prefix("DefaultRouteSettings/") {
            let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the value it had"))?;
            defaults.insert(setting.to_owned(), value.clone());
        } else if !matches!(member, "StageVariables" | "RouteSettings") && !set(&mut call, HTTP_STAGE, edit)?
        {
            return Err(unsupported(edit, "a stage is made again from a deployment"));
        }
    }
    if !defaults.is_empty() {
        call = call.json("--default-route-settings", &Value::Object(defaults));
    }
    for (member, flag) in [("StageVariables", "--stage-variables"), ("RouteSettings", "--route-settings")] {
        if let Some(map) = variables::after(plan, bucket, member)? {
            call = call.json(flag, &Value::Object(map));
        }
    }
    plan.push(call.say(format!("Set stage {name} of API {api} as it was")));
    Ok(())
}

/// How much a table is paid for: what one call sets together.
pub(super) fn table_capacity(plan: &mut Plan<'_>, place: &Place, bucket: &Bucket<'_>) -> Done {
    let name = bucket.id.rsplit('/').next().unwrap_or(bucket.id);
    let mut call = Call::new(place, "dynamodb", "UpdateTable").arg("--table-name", name);
    let mut said = Vec::new();
    let mut capacity = Map::new();
    let mut updates = Vec::new();
    let mut mode = None;
    for edit in &bucket.edits {
        let member = edit.facet.member.as_str();
        match member {
            "BillingModeSummary/BillingMode" => {
                // A table that was never paid by request has no such member (DynamoDB API reference, BillingModeSummary).
                let value = wanted(edit)?.and_then(Value::as_str).unwrap_or("PROVISIONED").to_owned();
                call = call.arg("--billing-mode", value.as_str());
                mode = Some(value);
            }
            "ProvisionedThroughput/ReadCapacityUnits" | "ProvisionedThroughput/WriteCapacityUnits" => {
                let units = wanted(edit)?.ok_or_else(|| unknown(edit, "the capacity it had"))?;
                let unit = member.rsplit('/').next().unwrap_or_default();
                capacity.insert(unit.to_owned(), units.clone());
            }
            "GlobalSecondaryIndexes" => updates.push(index_update(edit)?),
            _ if set(&mut call, TABLE, edit)? => {}
            _ => continue,
        }
        said.push(member.rsplit('/').next().unwrap_or(member));
    }
    if said.is_empty() {
        return Ok(());
    }
    if mode.as_deref() != Some("PAY_PER_REQUEST") && !capacity.is_empty() {
        let now = plan.document(bucket.kind, bucket.id).map(|found| found.document);
        for unit in ["ReadCapacityUnits", "WriteCapacityUnits"] {
            if let Some(units) =
                now.as_ref().and_then(|now| now.pointer(&format!("/ProvisionedThroughput/{unit}")))
            {
                capacity.entry(unit).or_insert_with(|| units.clone());
            }
        }
        if let (true, Some(edit)) = (capacity.len() < 2, bucket.edits.first()) {
            return Err(unknown(edit, "the other capacity, which one call sets with it"));
        }
        call = call.json("--provisioned-throughput", &Value::Object(capacity));
    }
    if !updates.is_empty() {
        call = call.json("--global-secondary-index-updates", &Value::Array(updates));
    }
    plan.push(call.say(format!("Set {} of table {name}", said.join(", "))));
    Ok(())
}

const TABLE: &[Setting] = &[("DeletionProtectionEnabled", "deletion-protection-enabled", As::Switch)];

fn index_update(edit: &Edit) -> Result<Value, CommandError> {
    let name = element(edit)?;
    let units = |index: &Value| {
        let read = index.pointer("/ProvisionedThroughput/ReadCapacityUnits")?.clone();
        let write = index.pointer("/ProvisionedThroughput/WriteCapacityUnits")?.clone();
        Some(json!({"ReadCapacityUnits": read, "WriteCapacityUnits": write}))
    };
    match (wanted(edit)?, &edit.before) {
        (None, _) => Ok(json!({"Delete": {"IndexName": name}})),
        (Some(_), State::Absent) => Err(unsupported(
            edit,
            "an index that was deleted is built anew: create it with its keys and projection",
        )),
        (Some(index), _) => {
            let units = units(index).ok_or_else(|| unknown(edit, "the capacity it had"))?;
            Ok(json!({"Update": {"IndexName": name, "ProvisionedThroughput": units}}))
        }
    }
}
