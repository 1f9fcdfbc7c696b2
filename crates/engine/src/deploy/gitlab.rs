//! GitLab: deployment, pipeline and push hooks (GitLab Docs, "Webhook events"), and the answer of "Compare branches, tags or
//! commits" (GitLab Docs, Repositories API).

use super::message::{COMMITS_MAX, FILES_MAX, Messages, Sort, State, Told, first_line, moment, patch};
use crate::alert::{AlertError, Member};
use butfor_incident::Cites;
use butfor_signals::change_match::Commit;
use std::collections::BTreeSet;

pub(super) fn read(payload: &Member<'_>, cites: &Cites, messages: &mut Messages) -> Result<(), AlertError> {
    let kind = payload.get("object_kind");
    match kind.text() {
        Some("deployment") => messages.told.push(deployment(payload, cites)?),
        Some("pipeline") => messages.told.push(pipeline(payload, cites)?),
        Some("push") => push(payload, cites, messages)?,
        None => messages.add_comparison(comparison(payload)?, cites),
        Some(other) => {
            return Err(kind.wrong(&format!(
                "`{}` tells of no deploy: expected deployment, pipeline or push",
                first_line(other)
            )));
        }
    }
    Ok(())
}

/// States of deployments and pipelines that are over or not.
fn state(member: &Member<'_>) -> Result<State, AlertError> {
    Ok(match member.required()? {
        "success" => State::Succeeded,
        "failed" | "canceled" | "skipped" => State::Failed,
        _ => State::Begun,
    })
}

fn project(payload: &Member<'_>) -> Result<String, AlertError> {
    let path = payload.get("project").get("path_with_namespace");
    Ok(path.required()?.to_owned())
}

fn deployment(payload: &Member<'_>, cites: &Cites) -> Result<Told, AlertError> {
    // The whole id is only in the commit's address; `short_sha` is its beginning.
    let address = payload.get("commit_url").owned().unwrap_or_default();
    let whole = address.rsplit('/').next().filter(|last| is_commit(last)).map(str::to_owned);
    Ok(Told {
        host: "GitLab",
        sort: Sort::Deployment,
        word: "deployment",
        repository: project(payload)?,
        id: payload.get("deployment_id").scalar().unwrap_or_default(),
        commit: whole.or_else(|| payload.get("short_sha").owned()),
        environment: payload.get("environment").owned(),
        state: state(&payload.get("status"))?,
        at: moment(&payload.get("status_changed_at"))?,
        by: payload.get("user").get("username").owned().unwrap_or_default(),
        names: BTreeSet::new(),
        cites: cites.clone(),
    })
}

/// Whether a text is a whole commit id: SHA-1 or SHA-256 in hexadecimal.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn pipeline(payload: &Member<'_>, cites: &Cites) -> Result<Told, AlertError> {
    let one = payload.get("object_attributes");
    let state = state(&one.get("status"))?;
    let at = if state != State::Begun && one.has("finished_at") {
        one.get("finished_at")
    } else {
        one.get("created_at")
    };
    Ok(Told {
        host: "GitLab",
        sort: Sort::Run,
        word: "pipeline",
        repository: project(payload)?,
        id: one.get("id").scalar().unwrap_or_default(),
        commit: Some(one.get("sha").required()?.to_owned()),
        environment: None,
        state,
        at: moment(&at)?,
        by: payload.get("user").get("username").owned().unwrap_or_default(),
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

fn comparison(payload: &Member<'_>) -> Result<Commit, AlertError> {
    let last = payload.get("commit");
    let (mut files, mut diff) = (Vec::new(), String::new());
    for file in payload.get("diffs").elements().take(FILES_MAX) {
        let name = file.get("new_path").required()?;
        if let Some(text) = file.get("diff").text() {
            diff.push_str(&patch(name, text));
        }
        files.push(name.to_owned());
    }
    Ok(Commit {
        sha: last.get("id").required()?.to_owned(),
        at: moment(&last.get("created_at"))?.as_millis() / 1000,
        message: last.get("message").owned().unwrap_or_default(),
        files,
        diff: Some(diff).filter(|diff| !diff.is_empty()),
    })
}
