//! GitHub: webhooks `deployment`, `deployment_status`, `workflow_run`, `push` (GitHub Docs, "Webhook events and payloads"), and the
//! answers of "Compare two commits" and "Get a commit" (GitHub Docs, REST API endpoints for commits).

use super::message::{COMMITS_MAX, FILES_MAX, Messages, Sort, State, Told, first_line, moment, patch};
use crate::alert::{AlertError, Member};
use butfor_incident::Cites;
use butfor_signals::change_match::Commit;
use serde_json::Value;
use std::collections::BTreeSet;

/// Members of a deployment's payload by which pipelines say what they deploy. The payload is free (GitHub Docs, "Create a
/// deployment"); these are words for a unit of software, never names of one.
const UNIT_MEMBERS: &[&str] =
    &["service", "component", "application", "app", "function", "function_name", "service_name"];

pub(super) fn read(payload: &Member<'_>, cites: &Cites, messages: &mut Messages) -> Result<(), AlertError> {
    if payload.has("deployment_status") {
        messages.told.push(status(payload, cites)?);
    } else if payload.has("deployment") {
        messages.told.push(deployment(payload, cites)?);
    } else if payload.has("workflow_run") {
        messages.told.push(run(payload, cites)?);
    } else if payload.has("commits") && payload.has("files") {
        messages.add_comparison(comparison(payload)?, cites);
    } else if payload.has("ref") && payload.get("commits").value.is_array() {
        push(payload, cites, messages)?;
    } else if payload.has("sha") && payload.has("files") {
        messages.add_commit(detailed(payload)?, cites);
    } else {
        return Err(payload.wrong(
            "no message this program knows: expected a deployment, deployment status, workflow run or push of GitHub, a deployment, pipeline or push of GitLab, or the answer of a comparison",
        ));
    }
    Ok(())
}

fn login(payload: &Member<'_>, inner: &Member<'_>, member: &str) -> String {
    let own = inner.get(member).get("login").owned();
    own.or_else(|| payload.get("sender").get("login").owned()).unwrap_or_default()
}

/// A deployment was made: somebody is asked to carry it out.
fn deployment(payload: &Member<'_>, cites: &Cites) -> Result<Told, AlertError> {
    let one = payload.get("deployment");
    Ok(Told {
        host: "GitHub",
        sort: Sort::Deployment,
        word: "deployment",
        repository: payload.get("repository").get("full_name").required()?.to_owned(),
        id: one.get("id").scalar().unwrap_or_default(),
        commit: Some(one.get("sha").required()?.to_owned()),
        environment: one.get("environment").owned(),
        state: State::Begun,
        at: moment(&one.get("created_at"))?,
        by: login(payload, &one, "creator"),
        names: units(&one.get("payload")),
        cites: cites.clone(),
    })
}

/// How it went (GitHub Docs, "Create a deployment status", `state`).
fn status(payload: &Member<'_>, cites: &Cites) -> Result<Told, AlertError> {
    let status = payload.get("deployment_status");
    let state = status.get("state");
    let state = match state.required()? {
        "success" => State::Succeeded,
        "failure" | "error" => State::Failed,
        "inactive" => State::Superseded,
        "pending" | "queued" | "in_progress" | "waiting" => State::Begun,
        other => return Err(state.wrong(&format!("`{}` is not a state", first_line(other)))),
    };
    let told = deployment(payload, cites)?;
    let environment = status.get("environment").owned().or_else(|| told.environment.clone());
    Ok(Told { state, environment, at: moment(&status.get("created_at"))?, ..told })
}

/// Names that a deployment's free payload gives to what it deploys; it may be an object or text with one in it.
fn units(payload: &Member<'_>) -> BTreeSet<String> {
    let parsed = payload.text().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let value = parsed.as_ref().unwrap_or(payload.value);
    let named = UNIT_MEMBERS.iter().filter_map(|member| value.get(*member)?.as_str());
    named.map(str::to_owned).collect()
}

fn run(payload: &Member<'_>, cites: &Cites) -> Result<Told, AlertError> {
    let run = payload.get("workflow_run");
    let state = match run.get("conclusion").text() {
        Some("success") => State::Succeeded,
        Some(_) => State::Failed,
        None => State::Begun,
    };
    let at = if state == State::Begun { run.get("created_at") } else { run.get("updated_at") };
    Ok(Told {
        host: "GitHub",
        sort: Sort::Run,
        word: "workflow run",
        repository: payload.get("repository").get("full_name").required()?.to_owned(),
        id: run.get("id").scalar().unwrap_or_default(),
        commit: Some(run.get("head_sha").required()?.to_owned()),
        environment: None,
        state,
        at: moment(&at)?,
        by: login(payload, &run, "actor"),
        names: BTreeSet::new(),
        cites: cites.clone(),
    })
}

fn push(payload: &Member<'_>, cites: &Cites, messages: &mut Messages) -> Result<(), AlertError> {
    for commit in payload.get("commits").elements().take(COMMITS_MAX) {
        let lists = ["added", "modified", "removed"].map(|list| commit.get(list));
        let files = lists.iter().flat_map(Member::elements).filter_map(|file| file.owned());
        let commit = Commit {
            sha: commit.get("id").required()?.to_owned(),
            at: moment(&commit.get("timestamp"))?.as_millis() / 1000,
            message: commit.get("message").owned().unwrap_or_default(),
            files: files.take(FILES_MAX).collect(),
            diff: None,
        };
        messages.add_commit(commit, cites);
    }
    Ok(())
}

/// A list of commits and what they change together.
fn comparison(payload: &Member<'_>) -> Result<Commit, AlertError> {
    let commits: Vec<Member<'_>> = payload.get("commits").elements().take(COMMITS_MAX).collect();
    let last = commits.last().ok_or_else(|| payload.get("commits").wrong("an empty comparison"))?;
    let messages = commits.iter().filter_map(|one| one.get("commit").get("message").owned());
    let (files, diff) = changed(payload)?;
    Ok(Commit {
        sha: last.get("sha").required()?.to_owned(),
        at: committed(last)?,
        message: messages.collect::<Vec<_>>().join("\n"),
        files,
        diff: Some(diff).filter(|diff| !diff.is_empty()),
    })
}

fn detailed(payload: &Member<'_>) -> Result<Commit, AlertError> {
    let (files, diff) = changed(payload)?;
    Ok(Commit {
        sha: payload.get("sha").required()?.to_owned(),
        at: committed(payload)?,
        message: payload.get("commit").get("message").owned().unwrap_or_default(),
        files,
        diff: Some(diff).filter(|diff| !diff.is_empty()),
    })
}

fn committed(one: &Member<'_>) -> Result<i64, AlertError> {
    let at = moment(&one.get("commit").get("committer").get("date"))?;
    Ok(at.as_millis() / 1000)
}

/// The files of an answer and their patches; a file that is too long or not text has none.
fn changed(payload: &Member<'_>) -> Result<(Vec<String>, String), AlertError> {
    let (mut names, mut diff) = (Vec::new(), String::new());
    for file in payload.get("files").elements().take(FILES_MAX) {
        let name = file.get("filename").required()?;
        if let Some(text) = file.get("patch").text() {
            diff.push_str(&patch(name, text));
        }
        names.push(name.to_owned());
    }
    Ok((names, diff))
}
