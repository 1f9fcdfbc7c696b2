//! The commit behind a change that AWS recorded: a pipeline applied it.
//!
//! CloudTrail names the pipeline's role; who wrote the change is in the commit that the pipeline deployed. It is named only where its
//! diff shows the very thing: the port of a rule that went, as a number of its own in a line that is gone.

use super::{Brings, Deploy, ONE_ROLLOUT_SECONDS, Standing};
use crate::act::Act;
use crate::scene::Scene;
use butfor_world::{Edit, State};
use std::collections::BTreeSet;

/// Longest quoted line, in characters.
const QUOTE_CHARS_MAX: usize = 120;

/// A deploy whose diff shows what an act did.
pub(crate) struct Behind<'s> {
    pub deploy: &'s Deploy,
    /// The line that is gone; untrusted text.
    line: String,
}

impl Behind<'_> {
    /// In words, for whoever looks for the author.
    pub(crate) fn note(&self) -> String {
        let who = crate::act::short_actor(&self.deploy.by.actor);
        format!("{} by {who} shows it: its diff takes `{}` away", self.deploy.phrase(), self.line)
    }
}

/// The deploy behind an act, if there is exactly one whose diff shows it.
pub(crate) fn find<'s>(scene: &'s Scene<'_>, act: usize) -> Option<Behind<'s>> {
    let act: &Act = scene.acts.get(act)?;
    let ports: BTreeSet<String> = act.delta.edits.iter().filter_map(port_taken).collect();
    if ports.is_empty() {
        return None;
    }
    let near = scene.deploys.list.iter().filter(|deploy| {
        deploy.act.is_none()
            && deploy.brings != Brings::Switch
            && deploy.standing != Standing::SameCode
            && deploy.at.seconds_since(act.at()).abs() <= ONE_ROLLOUT_SECONDS
    });
    let mut found = near.filter_map(|deploy| Some(Behind { deploy, line: line_taken(deploy, &ports)? }));
    let first = found.next()?;
    // A deployment and the run that made it speak of one commit.
    found.all(|other| other.deploy.commit == first.deploy.commit).then_some(first)
}

/// The port of a rule that an edit takes away: `tcp 80-80 sg-1` gives 80.
fn port_taken(edit: &Edit) -> Option<String> {
    let is_rule = matches!(edit.facet.member.as_str(), "IpPermissions" | "IpPermissionsEgress");
    if !is_rule || edit.after != State::Absent {
        return None;
    }
    let (from, to) = edit.facet.element.as_deref()?.split(' ').nth(1)?.split_once('-')?;
    (from == to).then(|| from.to_owned())
}

/// The first line that a deploy's diffs take away and that has one of these numbers in it.
fn line_taken(deploy: &Deploy, ports: &BTreeSet<String>) -> Option<String> {
    let lines = deploy.commits.iter().filter_map(|commit| commit.diff.as_deref()).flat_map(str::lines);
    let gone = lines.filter(|line| !line.starts_with("---")).filter_map(|line| line.strip_prefix('-'));
    let has = |line: &&str| {
        line.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| ports.contains(word))
    };
    gone.into_iter().find(has).map(|line| line.trim().chars().take(QUOTE_CHARS_MAX).collect())
}
