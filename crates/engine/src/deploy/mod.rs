//! Deploys: when code, or a switch of it, went live; who did it, from which commit, and where.
//!
//! They are told in many places: messages of code hosts recorded beside the incident, CloudTrail events of the services that
//! deploy, and changes of functions and services that the world knows already. Each becomes one kind of entry here. Nothing
//! in this module says that a deploy is to blame: that is for the detector, which asks for a second witness.
//!
//! Payloads are text of others: they are read tolerantly, and what cannot be read is said with file and field.

pub(crate) mod aside;
mod aws;
pub(crate) mod behind;
mod component;
pub(crate) mod fresh;
mod github;
mod gitlab;
mod hosts;
pub(crate) mod matched;
mod message;
pub(crate) mod rollback;
pub(crate) mod rollout;
mod switches;
#[cfg(test)]
mod tests;

pub(crate) use component::{Component, Tie};

use crate::act::Act;
use butfor_incident::{CaseFile, CauseChange, Cites, Timestamp};
use butfor_signals::change_match;
use butfor_world::{History, ResourceKey};
use std::collections::BTreeSet;

/// Two tellings of one rollout are at most so far apart: a pipeline that says it is done, and the call it made.
const ONE_ROLLOUT_SECONDS: i64 = 15 * 60;

/// Where a deploy got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// It is said to be done, or its effect was recorded.
    Live,
    /// It is done, and what was there before is not recorded: it may have brought nothing new.
    Unclear,
    /// Nobody says that it was finished.
    Unfinished,
    /// It failed, or was rolled back by what made it: what ran before runs on.
    Failed,
    /// What it deployed was there already.
    SameCode,
}

/// What a deploy brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Brings {
    /// Code.
    Code,
    /// A flag or a parameter that code reads.
    Switch,
    /// A run of a workflow or pipeline, which may have deployed something.
    Run,
}

/// One deploy, as one source tells it.
#[derive(Debug, Clone)]
pub(crate) struct Deploy {
    /// When it was live; where nobody says, when it began.
    pub at: Timestamp,
    pub brings: Brings,
    pub standing: Standing,
    /// `GitHub deployment 41 of acme/orders to production`.
    pub what: String,
    /// Who, when, and by which event.
    pub by: CauseChange,
    /// Names of what it may change, in lower case.
    pub names: BTreeSet<String>,
    /// What it changes, where a record says so.
    pub keys: Vec<ResourceKey>,
    /// Empty for a code host.
    pub region: String,
    pub commit: Option<String>,
    /// The act of the world that is this deploy.
    pub act: Option<usize>,
    /// What was changed in the code, where it is known.
    pub commits: Vec<change_match::Commit>,
    pub cites: Cites,
}

impl Deploy {
    /// Whether all it is known to change is text for people.
    pub(crate) fn is_inert(&self) -> bool {
        let files: Vec<&String> = self.commits.iter().flat_map(|commit| &commit.files).collect();
        !files.is_empty() && files.iter().all(|file| change_match::is_inert(file))
    }

    /// The commit as people write it.
    pub(crate) fn short_commit(&self) -> Option<String> {
        self.commit.as_ref().map(|sha| sha.chars().take(12).collect())
    }

    /// In one line: who did what.
    pub(crate) fn told(&self) -> String {
        let who = crate::act::short_actor(&self.by.actor);
        let is_aws = !self.by.event_name.is_empty() && !self.by.account.is_empty();
        match (is_aws, who.is_empty()) {
            (true, _) => format!("{} by {who}: {}", self.by.event_name, self.phrase()),
            (false, false) => format!("{} by {who}", self.phrase()),
            (false, true) => self.phrase(),
        }
    }

    /// How it went, as far as that is said.
    pub(crate) fn outcome(&self) -> &'static str {
        match (self.standing, self.brings) {
            (Standing::Live | Standing::Unclear, Brings::Switch) => "",
            (Standing::Live | Standing::Unclear, _) => ", done",
            (Standing::Unfinished, _) => ", begun",
            (Standing::Failed, _) => ", failed",
            (Standing::SameCode, _) => ", done: what was there already",
        }
    }

    /// In one phrase, with its commit.
    pub(crate) fn phrase(&self) -> String {
        match self.short_commit() {
            Some(commit) if !self.what.contains(&commit) => format!("{} (commit {commit})", self.what),
            _ => self.what.clone(),
        }
    }
}

/// All deploys of a case.
#[derive(Debug, Default)]
pub(crate) struct Deploys {
    /// In order of time.
    pub list: Vec<Deploy>,
    /// Messages that could not be read: file, field, reason.
    pub problems: Vec<String>,
}

impl Deploys {
    /// Reads everything that tells of deploys.
    pub(crate) fn read(case: &CaseFile, history: &History, acts: &[Act]) -> Self {
        let told = message::read(case);
        let mut list = hosts::deploys(&told);
        list.extend(aws::of_acts(history.latest(), acts));
        list.extend(aws::of_events(case, history));
        list.extend(switches::of_events(history));
        for deploy in &mut list {
            if let Some((commit, cites)) = told.commits_of(deploy.commit.as_deref()) {
                deploy.commits.push(commit);
                deploy.cites = deploy.cites.and(&cites);
            }
        }
        list.sort_by(|a, b| (a.at, &a.what, &a.by.event_id).cmp(&(b.at, &b.what, &b.by.event_id)));
        list.dedup_by(|a, b| a.at == b.at && a.what == b.what && a.by.event_id == b.by.event_id);
        Self { list, problems: told.problems }
    }

    /// Whether an event is told here.
    pub(crate) fn has_event(&self, id: &str) -> bool {
        !id.is_empty() && self.list.iter().any(|deploy| deploy.by.event_id == id)
    }

    /// Tellings of the same rollout: a code host's word and the change it made, or a pipeline's and a deployment's.
    pub(crate) fn are_one(a: &Deploy, b: &Deploy) -> bool {
        if a.at.seconds_since(b.at).abs() > ONE_ROLLOUT_SECONDS {
            return false;
        }
        match (&a.commit, &b.commit) {
            (Some(x), Some(y)) => x == y,
            // Two calls that each changed something are two.
            _ => a.act.is_none() || b.act.is_none() || a.act == b.act,
        }
    }
}
