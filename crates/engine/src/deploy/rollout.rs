//! Rollouts: one deploy as several sources tell it, and what else happened to the component meanwhile.

use super::component::{Component, Tie};
use super::{Brings, Deploy, Deploys, Standing};
use crate::scene::Scene;
use butfor_incident::Timestamp;

/// What else touches a component so shortly before it begins to fail may be the reason as well.
const OTHERWISE_SECONDS: i64 = 15 * 60;

/// One rollout to one component.
pub(crate) struct Rollout<'a> {
    /// The telling that is most directly recorded.
    pub main: &'a Deploy,
    /// All tellings.
    pub members: Vec<&'a Deploy>,
    /// The first moment at which it can have had an effect.
    pub at: Timestamp,
    /// The strongest of its ties.
    pub tie: Tie,
}

/// Whether a deploy can be the reason for anything.
fn counts(deploy: &Deploy) -> bool {
    matches!(deploy.standing, Standing::Live | Standing::Unclear | Standing::Unfinished) && !deploy.is_inert()
}

/// The rollouts to a component, in order of time.
pub(crate) fn of<'a>(component: &Component, deploys: &[&'a Deploy]) -> Vec<Rollout<'a>> {
    let mut all: Vec<Rollout<'a>> = Vec::new();
    for deploy in deploys.iter().filter(|deploy| counts(deploy)) {
        let Some(tie) = component.tie(deploy) else { continue };
        let same = all.iter_mut().find(|rollout| {
            let is_switch = |one: &Deploy| one.brings == Brings::Switch;
            rollout
                .members
                .iter()
                .all(|one| is_switch(one) == is_switch(deploy) && Deploys::are_one(one, deploy))
        });
        match same {
            Some(rollout) => {
                rollout.members.push(deploy);
                rollout.at = rollout.at.min(deploy.at);
                rollout.tie = rollout.tie.min(tie);
            }
            None => all.push(Rollout { main: deploy, members: vec![deploy], at: deploy.at, tie }),
        }
    }
    for rollout in &mut all {
        rollout
            .members
            .sort_by_key(|deploy| (deploy.act.is_none(), deploy.standing, deploy.brings, deploy.at));
        if let Some(first) = rollout.members.first() {
            rollout.main = first;
        }
    }
    all
}

impl Rollout<'_> {
    /// The commit, where any source names one.
    pub(crate) fn commit(&self) -> Option<String> {
        self.members.iter().find_map(|deploy| deploy.short_commit())
    }

    fn has(&self, deploy: &Deploy) -> bool {
        self.members.iter().any(|one| std::ptr::eq(*one, deploy))
    }

    /// Whether it is not in effect any more: undone in the world, or another one was deployed over it.
    pub(crate) fn is_undone(&self, scene: &Scene<'_>, near: &[&Deploy], component: &Component) -> bool {
        let act = self.main.act.and_then(|act| scene.acts.get(act));
        let gone = act.is_some_and(|act| !act.is_in_effect(scene.now()));
        let after = scene
            .deploys
            .list
            .iter()
            .filter(|deploy| !near.iter().any(|one| std::ptr::eq(*one, *deploy)) && deploy.at > self.at);
        // A later one, after the alarm: what fails now is that one's, and what failed then is over.
        let is_replaced = after
            .filter(|deploy| {
                matches!(deploy.standing, Standing::Live | Standing::Unclear) && deploy.brings == Brings::Code
            })
            .any(|deploy| component.tie(deploy).is_some() && !self.has(deploy));
        gone || is_replaced
    }

    /// Whether another recorded change touches the component between shortly before the rollout and the failure.
    pub(crate) fn touched_otherwise(
        &self,
        scene: &Scene<'_>,
        component: &Component,
        onset: Timestamp,
    ) -> bool {
        let since = self.at.plus_seconds(-OTHERWISE_SECONDS);
        let own: Vec<usize> = self.members.iter().filter_map(|deploy| deploy.act).collect();
        let is_meanwhile = |at: Timestamp| at >= since && at <= onset;
        let acts = scene.acts.iter().enumerate().filter(|(index, act)| {
            !own.contains(index) && is_meanwhile(act.at()) && act.is_in_effect(scene.now())
        });
        let by_act = acts
            .into_iter()
            .any(|(_, act)| act.delta.edits.iter().any(|edit| component.keys.contains(&edit.resource)));
        let by_deploy = scene.deploys.list.iter().any(|deploy| {
            counts(deploy) && is_meanwhile(deploy.at) && !self.has(deploy) && component.tie(deploy).is_some()
        });
        by_act || by_deploy
    }
}
