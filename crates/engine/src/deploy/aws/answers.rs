//! What CodeDeploy, CodePipeline and CloudFormation answer about deployments that were begun.

use super::super::{Brings, Standing};
use super::text;
use butfor_incident::{Body, CaseFile, Cites, Evidence, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;

/// One deployment as its service describes it.
#[derive(Debug, Clone)]
pub(super) struct Deployment {
    pub id: String,
    pub brings: Brings,
    pub what: String,
    /// In lower case.
    pub names: BTreeSet<String>,
    pub began: Timestamp,
    pub ended: Option<Timestamp>,
    pub standing: Standing,
    pub commit: Option<String>,
    pub region: String,
    pub cites: Cites,
}

/// How an update of a stack went.
#[derive(Debug, Clone)]
pub(super) struct Stack {
    pub standing: Standing,
    pub ended: Option<Timestamp>,
    /// Physical ids of what it updated, in lower case.
    pub resources: BTreeSet<String>,
    pub cites: Cites,
}

#[derive(Debug, Clone)]
struct StackEvent {
    stack: String,
    at: Timestamp,
    kind: String,
    status: String,
    id: String,
    cites: Cites,
}

/// All answers of a case.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub deployments: Vec<Deployment>,
    events: Vec<StackEvent>,
}

impl Answers {
    pub(super) fn read(case: &CaseFile) -> Self {
        let mut answers = Self::default();
        for evidence in &case.evidence {
            let Body::Call(output) = &evidence.body else { continue };
            let operation = evidence.query.operation.as_str();
            if !matches!(
                operation,
                "GetDeployment" | "BatchGetDeployments" | "ListPipelineExecutions" | "DescribeStackEvents"
            ) {
                continue;
            }
            let Ok(output) = serde_json::from_str::<Value>(output) else { continue };
            match operation {
                "GetDeployment" => answers
                    .deployments
                    .extend(output.get("deploymentInfo").and_then(|info| code_deploy(info, evidence))),
                "BatchGetDeployments" => answers
                    .deployments
                    .extend(list(&output, "deploymentsInfo").filter_map(|info| code_deploy(info, evidence))),
                "ListPipelineExecutions" => {
                    let asked: Value = serde_json::from_str(&evidence.query.parameters).unwrap_or_default();
                    let name = text(&asked, "pipelineName").unwrap_or_default();
                    let runs = list(&output, "pipelineExecutionSummaries");
                    answers.deployments.extend(runs.filter_map(|run| pipeline(name, run, evidence)));
                }
                _ => answers
                    .events
                    .extend(list(&output, "StackEvents").filter_map(|event| stack_event(event, evidence))),
            }
        }
        answers.deployments.sort_by(|a, b| (a.began, &a.id).cmp(&(b.began, &b.id)));
        answers.events.sort_by(|a, b| (a.at, &a.id, &a.status).cmp(&(b.at, &b.id, &b.status)));
        answers
    }

    /// How the update of a stack that was begun at a moment went.
    pub(super) fn stack(&self, name: Option<&String>, since: Timestamp) -> Option<Stack> {
        let name = name?;
        let own: Vec<&StackEvent> = self
            .events
            .iter()
            .filter(|event| event.stack == *name && event.at >= since.plus_seconds(-5))
            .collect();
        let cites = own.iter().map(|event| event.cites.clone()).reduce(|a, b| a.and(&b))?;
        // Statuses of the stack itself that end an update (CloudFormation User Guide, stack status codes).
        let over = own.iter().filter(|event| event.kind == "AWS::CloudFormation::Stack").find(|event| {
            event.status.ends_with("_COMPLETE") && !event.status.contains("CLEANUP")
                || event.status.ends_with("_FAILED")
        });
        let standing = match over.map(|event| event.status.as_str()) {
            Some("UPDATE_COMPLETE" | "CREATE_COMPLETE" | "IMPORT_COMPLETE") => Standing::Live,
            Some(_) => Standing::Failed,
            None => Standing::Unfinished,
        };
        let updated = own
            .iter()
            .filter(|event| event.kind != "AWS::CloudFormation::Stack" && event.status == "UPDATE_COMPLETE");
        let resources = updated.map(|event| event.id.rsplit('/').next().unwrap_or(&event.id).to_lowercase());
        Some(Stack { standing, ended: over.map(|event| event.at), resources: resources.collect(), cites })
    }
}

fn list<'v>(value: &'v Value, member: &str) -> impl Iterator<Item = &'v Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

/// ISO 8601, or seconds since 1970 as older versions of the AWS CLI print them.
fn time(value: &Value, member: &str) -> Option<Timestamp> {
    let value = value.get(member)?;
    match value.as_f64() {
        Some(seconds) => Some(Timestamp::from_millis((seconds * 1000.0) as i64)),
        None => Timestamp::parse(value.as_str()?).ok(),
    }
}

/// CodeDeploy API reference, DeploymentInfo.
fn code_deploy(info: &Value, evidence: &Evidence) -> Option<Deployment> {
    let application = text(info, "applicationName")?;
    let group = text(info, "deploymentGroupName");
    let standing = match text(info, "status") {
        Some("Succeeded") => Standing::Live,
        Some("Failed" | "Stopped") => Standing::Failed,
        _ => Standing::Unfinished,
    };
    let place = info.get("revision").and_then(|revision| revision.get("gitHubLocation"));
    let names = [Some(application), group].into_iter().flatten().map(str::to_lowercase);
    Some(Deployment {
        id: text(info, "deploymentId").unwrap_or_default().to_owned(),
        brings: Brings::Code,
        what: format!("CodeDeploy deployment of {application}"),
        names: names.collect(),
        began: time(info, "createTime").or_else(|| time(info, "startTime"))?,
        ended: time(info, "completeTime"),
        standing,
        commit: place.and_then(|place| text(place, "commitId")).map(str::to_owned),
        region: evidence.query.region.clone(),
        cites: Cites::one(evidence.id()),
    })
}

/// CodePipeline API reference, PipelineExecutionSummary.
fn pipeline(name: &str, run: &Value, evidence: &Evidence) -> Option<Deployment> {
    let standing = match text(run, "status") {
        Some("Succeeded") => Standing::Live,
        Some("Failed" | "Stopped" | "Cancelled" | "Superseded") => Standing::Failed,
        _ => Standing::Unfinished,
    };
    let commit = list(run, "sourceRevisions").find_map(|revision| text(revision, "revisionId"));
    Some(Deployment {
        id: text(run, "pipelineExecutionId").unwrap_or_default().to_owned(),
        brings: Brings::Run,
        what: format!("run of CodePipeline pipeline {name}"),
        names: [name.to_lowercase()].into_iter().filter(|name| !name.is_empty()).collect(),
        began: time(run, "startTime")?,
        ended: (standing != Standing::Unfinished).then(|| time(run, "lastUpdateTime")).flatten(),
        standing,
        commit: commit.map(str::to_owned),
        region: evidence.query.region.clone(),
        cites: Cites::one(evidence.id()),
    })
}

/// CloudFormation API reference, StackEvent.
fn stack_event(event: &Value, evidence: &Evidence) -> Option<StackEvent> {
    Some(StackEvent {
        stack: text(event, "StackName")?.to_lowercase(),
        at: time(event, "Timestamp")?,
        kind: text(event, "ResourceType")?.to_owned(),
        status: text(event, "ResourceStatus")?.to_owned(),
        id: text(event, "PhysicalResourceId").unwrap_or_default().to_owned(),
        cites: Cites::one(evidence.id()),
    })
}
