//! Deploys that are not to blame, each with the reason.

use super::{Deploy, Standing};
use crate::scene::Scene;
use butfor_incident::{RuledOut, Timestamp};
use std::collections::BTreeSet;

/// Deploys listed at the most.
const LISTED_MAX: usize = 30;

/// Deploys since a moment that are no acts of the world, less those that are blamed.
pub(crate) fn ruled_out(scene: &Scene<'_>, since: Timestamp, blamed: &BTreeSet<String>) -> Vec<RuledOut> {
    let own =
        scene.deploys.list.iter().rev().filter(|deploy| {
            deploy.act.is_none() && deploy.at >= since && !blamed.contains(&deploy.by.event_id)
        });
    own.take(LISTED_MAX)
        .map(|deploy| RuledOut {
            what: deploy.told(),
            why: why_not(scene, deploy),
            cites: Some(deploy.cites.clone()),
        })
        .collect()
}

/// Why an act that is a deploy is not to blame; `None` where it is none.
pub(crate) fn of_act(scene: &Scene<'_>, act: usize) -> Option<String> {
    scene.deploys.list.iter().find(|deploy| deploy.act == Some(act)).map(|deploy| why_not(scene, deploy))
}

fn why_not(scene: &Scene<'_>, deploy: &Deploy) -> String {
    match deploy.standing {
        Standing::Failed => return "it failed: what ran before runs on".to_owned(),
        Standing::SameCode => return "what it deployed was there already".to_owned(),
        Standing::Live | Standing::Unclear | Standing::Unfinished => {}
    }
    if deploy.is_inert() {
        let count: usize = deploy.commits.iter().map(|commit| commit.files.len()).sum();
        return format!("none of the {count} files it changes is part of what runs");
    }
    let alarm_at = scene.symptom.alarm_at();
    if let Some(alarm_at) = alarm_at.filter(|alarm_at| deploy.at > *alarm_at) {
        return format!("it came after the alarm of {alarm_at}");
    }
    if let Some(onset) = scene.onset.filter(|onset| deploy.at > *onset) {
        return format!("it came after the failure had begun at {onset}");
    }
    "nothing but its time ties it to what fails here".to_owned()
}
