//! `recovered-flow`: a flow that was refused around the alert and works again.
//!
//! The live state alone would say that nothing is wrong (T1): the world is looked at after every recorded change.

use super::Finding;
use crate::impact::{Recovered, Tie, recovered};
use crate::scene::{RECENT_SECONDS, Scene};

/// Finds flows that were refused when the alert fired, or shortly before, and are delivered now.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    find(scene).unwrap_or_default().into_iter().map(Finding::Recovered).collect()
}

fn find(scene: &Scene<'_>) -> Option<Vec<Recovered>> {
    let alarm_at = scene.symptom.alarm_at()?;
    let at = |moment| scene.history.at(moment);
    let mut found =
        recovered(&at, &scene.acts, &scene.impact.working, alarm_at.plus_seconds(-RECENT_SECONDS));
    found.retain(|one| one.from <= alarm_at);
    let strongest = found.iter().map(|one| scene.ties.of(&one.probe)).max()?;
    let is_tied_elsewhere = strongest == Tie::None && scene.ties.any();
    if is_tied_elsewhere {
        return None;
    }
    found.retain(|one| scene.ties.of(&one.probe) == strongest);
    (!found.is_empty()).then_some(found)
}
