//! Messages of code hosts, told apart by what is in them.
//!
//! The name of the event is in a webhook's headers, which recordings often lack; every message says itself what it is, so that
//! the headers only decide where both could be.

use super::{github, gitlab};
use crate::alert::Member;
use butfor_incident::{Actor, Body, CaseFile, Cites, Timestamp};
use butfor_signals::change_match::Commit;
use std::collections::{BTreeMap, BTreeSet};

/// Commits of one message that are read; GitHub lists 2,048 in a push at the most.
pub(super) const COMMITS_MAX: usize = 2_048;

/// Files of one commit that are read; GitHub's compare answers with 300 at the most.
pub(super) const FILES_MAX: usize = 3_000;

/// How a deployment, a run or a pipeline stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Begun,
    Succeeded,
    Failed,
    /// Another one took its place.
    Superseded,
}

/// What is deployed by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Deployment,
    Run,
}

/// One message about a deployment or a run.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// `GitHub`, `GitLab`.
    pub host: &'static str,
    pub sort: Sort,
    /// `deployment`, `workflow run`, `pipeline`.
    pub word: &'static str,
    /// `owner/name`.
    pub repository: String,
    pub id: String,
    pub commit: Option<String>,
    pub environment: Option<String>,
    pub state: State,
    pub at: Timestamp,
    pub by: String,
    /// Further names the message gives to what it deploys.
    pub names: BTreeSet<String>,
    pub cites: Cites,
}

/// Everything code hosts told.
#[derive(Debug, Default)]
pub(super) struct Messages {
    pub told: Vec<Told>,
    /// By id.
    commits: BTreeMap<String, (Commit, Cites)>,
    /// What a comparison shows, by the commit it ends in.
    compared: BTreeMap<String, (Commit, Cites)>,
    pub problems: Vec<String>,
}

impl Messages {
    /// What is known of a commit: the whole way to it where a comparison was recorded.
    pub(super) fn commits_of(&self, id: Option<&str>) -> Option<(Commit, Cites)> {
        let id = id?;
        let known = self.compared.get(id).or_else(|| self.commits.get(id))?;
        Some(known.clone())
    }

    /// A commit as a push lists it: which files, but not what was done to them.
    pub(super) fn add_commit(&mut self, commit: Commit, cites: &Cites) {
        match self.commits.get(&commit.sha) {
            Some((known, _)) if known.diff.is_some() || commit.diff.is_none() => {}
            _ => drop(self.commits.insert(commit.sha.clone(), (commit, cites.clone()))),
        }
    }

    /// What leads to a commit, as a comparison shows it.
    pub(super) fn add_comparison(&mut self, commit: Commit, cites: &Cites) {
        self.compared.insert(commit.sha.clone(), (commit, cites.clone()));
    }
}

/// A message that cannot be read, or says nothing we know.
pub(super) type Unread = String;

/// Reads every message of a case.
pub(super) fn read(case: &CaseFile) -> Messages {
    let mut messages = Messages::default();
    // Where two messages say different things of one commit, which counts must not depend on who came first.
    let mut delivered: Vec<_> = case.evidence.iter().collect();
    delivered.sort_by_key(|evidence| evidence.id());
    for evidence in delivered {
        let Body::Delivery(text) = &evidence.body else { continue };
        let cites = Cites::one(evidence.id());
        if let Err(problem) = one(text, &cites, &mut messages) {
            messages.problems.push(format!("{}: {problem}", file_of(&evidence.query.parameters)));
        }
    }
    messages.problems.sort();
    messages
}

/// The file a message was read from, as the adapter notes it.
fn file_of(parameters: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(parameters).unwrap_or_default();
    value.get("file").and_then(|file| file.as_str()).unwrap_or("a message").to_owned()
}

fn one(text: &str, cites: &Cites, messages: &mut Messages) -> Result<(), Unread> {
    let payload: serde_json::Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
    let payload = Member::root(&payload);
    if payload.has("object_kind") || payload.has("diffs") {
        gitlab::read(&payload, cites, messages)
    } else {
        github::read(&payload, cites, messages)
    }
    .map_err(|error| error.to_string())
}

/// A moment in the notations of code hosts: ISO 8601, `2016-08-12 15:23:28 UTC`, `2021-04-28 21:50:00 +0200`, seconds.
pub(super) fn moment(member: &Member<'_>) -> Result<Timestamp, crate::alert::AlertError> {
    if let Some(seconds) = member.value.as_i64() {
        return Ok(Timestamp::from_seconds(seconds));
    }
    let text = member.required()?;
    let plain = text.replace(" UTC", "Z").replace(" +", "+").replace(" -", "-").replacen(' ', "T", 1);
    Timestamp::parse(&plain)
        .or_else(|_| Timestamp::parse(text))
        .map_err(|error| member.wrong(&error.to_string()))
}

/// The first line of what somebody wrote, cut.
pub(super) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(120).collect()
}

/// Somebody a code host names.
pub(super) fn person(host: &str, login: &str) -> Actor {
    Actor {
        kind: format!("{host}User"),
        arn: String::new(),
        session: Some(login.to_owned()).filter(|login| !login.is_empty()),
        source_ip: None,
        user_agent: None,
    }
}

/// A diff of one file with the header that says which: code hosts give patches without.
pub(super) fn patch(file: &str, text: &str) -> String {
    format!("--- a/{file}\n+++ b/{file}\n{text}\n")
}
