//! Deploys as AWS tells them: changes of functions and services that the world knows, and the events and answers of CodeDeploy,
//! CodePipeline and CloudFormation.

mod answers;

use super::{Brings, Deploy, Standing};
use crate::act::{Act, ActEvent};
use answers::Answers;
use butfor_incident::{Actor, CaseFile, CauseChange, Cites, Timestamp};
use butfor_world::{Edit, EventInfo, History, OtherEvent, ResourceKey, State, World};
use serde_json::Value;
use std::collections::BTreeSet;

/// A call and the deployment it began are so near in time that both are dated by the service.
const SAME_CALL_SECONDS: i64 = 60;

/// Who, when and by which event.
pub(super) fn by(info: &EventInfo, at: Timestamp) -> CauseChange {
    CauseChange {
        event_id: info.event_id.clone(),
        event_name: info.event_name.clone(),
        at,
        account: info.account.clone(),
        actor: info.actor.clone(),
    }
}

/// A member of a request, which is in API names.
pub(super) fn text<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    value.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// `...:function:NAME[:ALIAS]` or `...:service/CLUSTER/NAME`: the name.
fn last_name(id: &str) -> &str {
    match id.split_once(":function:") {
        Some((_, rest)) => rest.split(':').next().unwrap_or(rest),
        None => id.rsplit('/').next().unwrap_or(id),
    }
}

/// Acts that put other code in place.
pub(super) fn of_acts(world: &World, acts: &[Act]) -> Vec<Deploy> {
    let mut all = Vec::new();
    for (index, act) in acts.iter().enumerate() {
        let mut seen = BTreeSet::new();
        for edit in &act.delta.edits {
            let Some((key, what, standing)) = new_code(world, edit) else { continue };
            if !seen.insert(key.clone()) {
                continue;
            }
            let name = last_name(&key.id).to_lowercase();
            let change = match act.event() {
                Some(ActEvent { at, info }) => by(info, *at),
                // Two observations differ: who and when are not recorded.
                None => unrecorded(act.at()),
            };
            all.push(Deploy {
                at: act.at(),
                brings: Brings::Code,
                standing,
                what,
                by: change,
                names: [name].into(),
                region: key.id.split(':').nth(3).unwrap_or_default().to_owned(),
                keys: vec![key],
                commit: None,
                act: Some(index),
                commits: Vec::new(),
                cites: act.cites.clone(),
            });
        }
    }
    all
}

fn unrecorded(at: Timestamp) -> CauseChange {
    let actor =
        Actor { kind: String::new(), arn: String::new(), session: None, source_ip: None, user_agent: None };
    CauseChange { event_id: String::new(), event_name: String::new(), at, account: String::new(), actor }
}

/// What an edit deploys: on what, in words, and whether it is something new.
fn new_code(world: &World, edit: &Edit) -> Option<(ResourceKey, String, Standing)> {
    let standing = match (&edit.before, &edit.after) {
        (State::Unknown, _) | (_, State::Unknown) => Standing::Unclear,
        (before, after) if before == after => Standing::SameCode,
        _ => Standing::Live,
    };
    let name = last_name(&edit.resource.id).to_owned();
    match (edit.resource.kind.as_str(), edit.facet.member.as_str()) {
        ("AWS::Lambda::Function", "CodeSha256") => {
            Some((edit.resource.clone(), format!("new code of function {name}"), standing))
        }
        ("AWS::Lambda::Alias", "FunctionVersion") => {
            let (function, alias) = edit.resource.id.rsplit_once(':')?;
            let key = ResourceKey { kind: "AWS::Lambda::Function".to_owned(), id: function.to_owned() };
            let to = version(&edit.after).map(|to| format!(" moved to version {to}")).unwrap_or_default();
            Some((key, format!("alias {alias} of function {name}{to}"), standing))
        }
        ("AWS::ECS::Service", "taskDefinition") => {
            let to = version(&edit.after).unwrap_or_default();
            let standing = match (standing, brings_same(world, &edit.before, &edit.after)) {
                (Standing::Live, Some(true)) => Standing::SameCode,
                (Standing::Live, None) => Standing::Unclear,
                _ => standing,
            };
            Some((edit.resource.clone(), format!("task definition {to} of service {name}"), standing))
        }
        _ => None,
    }
}

fn version(state: &State) -> Option<String> {
    match state {
        State::Present(Value::String(text)) => Some(last_name(text).to_owned()),
        _ => None,
    }
}

/// Whether two revisions of a task definition have the same containers, so that the new one brings nothing; `None` where one of them is
/// not recorded.
fn brings_same(world: &World, before: &State, after: &State) -> Option<bool> {
    let containers = |state: &State| -> Option<Value> {
        let State::Present(Value::String(id)) = state else { return None };
        let key = ResourceKey { kind: "AWS::ECS::TaskDefinition".to_owned(), id: id.clone() };
        world.get(&key)?.parsed().get("containerDefinitions").cloned()
    };
    Some(containers(before)? == containers(after)?)
}

/// Calls that begin a deployment the world does not model.
pub(super) fn of_events(case: &CaseFile, history: &History) -> Vec<Deploy> {
    let answers = Answers::read(case);
    let mut all: Vec<Deploy> =
        history.other_events().iter().filter_map(|event| of_event(event, &answers)).collect();
    // A deployment that is described and whose call was not recorded.
    for one in &answers.deployments {
        let is_told = all.iter().any(|deploy| is_of(deploy, &one.names, one.began));
        if !is_told {
            all.push(described(one));
        }
    }
    all
}

fn is_of(deploy: &Deploy, names: &BTreeSet<String>, began: Timestamp) -> bool {
    deploy.by.at.seconds_since(began).abs() <= SAME_CALL_SECONDS && !deploy.names.is_disjoint(names)
}

fn described(one: &answers::Deployment) -> Deploy {
    Deploy {
        at: one.ended.unwrap_or(one.began),
        brings: one.brings,
        standing: one.standing,
        what: one.what.clone(),
        by: CauseChange { event_id: one.id.clone(), ..unrecorded(one.began) },
        names: one.names.clone(),
        keys: Vec::new(),
        region: one.region.clone(),
        commit: one.commit.clone(),
        act: None,
        commits: Vec::new(),
        cites: one.cites.clone(),
    }
}

fn of_event(event: &OtherEvent, answers: &Answers) -> Option<Deploy> {
    let request = &event.request;
    let member = |name: &str| text(request, name).map(str::to_owned);
    let (names, what, brings) = match (event.info.service.as_str(), event.info.event_name.as_str()) {
        ("codedeploy", "CreateDeployment") => {
            let (application, group) = (member("ApplicationName")?, member("DeploymentGroupName"));
            let what = match &group {
                Some(group) => format!("CodeDeploy deployment of {application} to {group}"),
                None => format!("CodeDeploy deployment of {application}"),
            };
            ([Some(application), group].into_iter().flatten().collect::<Vec<_>>(), what, Brings::Code)
        }
        ("codepipeline", "StartPipelineExecution") => {
            let name = member("Name")?;
            let what = format!("run of CodePipeline pipeline {name}");
            (vec![name], what, Brings::Run)
        }
        ("cloudformation", "UpdateStack" | "ExecuteChangeSet") => {
            // A stack is named by its name or its ARN: `...:stack/NAME/ID`.
            let stack = member("StackName").or_else(|| member("ChangeSetName"))?;
            let name = stack.split_once(":stack/").map_or(stack.as_str(), |(_, rest)| rest);
            let name = name.split('/').next().unwrap_or(name).to_owned();
            let what = format!("update of stack {name}");
            (vec![name], what, Brings::Code)
        }
        _ => return None,
    };
    let names: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let known = answers.deployments.iter().find(|one| {
        event.at.seconds_since(one.began).abs() <= SAME_CALL_SECONDS && !one.names.is_disjoint(&names)
    });
    let stack = answers.stack(names.first(), event.at);
    let standing = match (&known, &stack) {
        (Some(known), _) => known.standing,
        (None, Some(stack)) => stack.standing,
        (None, None) => Standing::Unfinished,
    };
    let ended = known.and_then(|known| known.ended).or(stack.as_ref().and_then(|stack| stack.ended));
    let mut all_names = names;
    all_names.extend(stack.iter().flat_map(|stack| stack.resources.iter().cloned()));
    let cites = [known.map(|known| &known.cites), stack.as_ref().map(|stack| &stack.cites)];
    let cites = cites.into_iter().flatten().fold(event.cites.clone(), |all: Cites, one| all.and(one));
    Some(Deploy {
        at: ended.unwrap_or(event.at),
        brings,
        standing,
        what,
        by: by(&event.info, event.at),
        names: all_names,
        keys: Vec::new(),
        region: event.info.region.clone(),
        commit: commit_in(request).or_else(|| known.and_then(|known| known.commit.clone())),
        act: None,
        commits: Vec::new(),
        cites,
    })
}

/// The commit of a revision that comes from GitHub (CodeDeploy API reference, GitHubLocation).
fn commit_in(request: &Value) -> Option<String> {
    let place = request.get("Revision")?.get("GitHubLocation")?;
    text(place, "CommitId").map(str::to_owned)
}
