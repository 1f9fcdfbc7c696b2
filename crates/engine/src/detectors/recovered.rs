//! `recovered`: a flow that was refused, or a request that was denied, around the alert and that works again.
//!
//! The live state alone would say that nothing is wrong (T1): the world is looked at after every recorded change.

use super::{Finding, wrong_setting};
use crate::cause;
use crate::impact::{Course, Recovered, Tie};
use crate::scene::{RECENT_SECONDS, Scene};
use crate::wording::denied;
use butfor_incident::Grade;
use butfor_network::Disposition;
use butfor_policy::Outcome;
use butfor_world::World;

/// Clocks of hosts and of CloudTrail differ by seconds.
const CLOCK_SECONDS: i64 = 30;

/// Finds what failed when the alert fired, or shortly before, and works now.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    find(scene).unwrap_or_default().into_iter().map(Finding::Recovered).collect()
}

fn find(scene: &Scene<'_>) -> Option<Vec<Recovered>> {
    let alarm_at = scene.symptom.alarm_at()?;
    let course = Course::read(scene.now(), &scene.acts, alarm_at.plus_seconds(-RECENT_SECONDS));
    let mut found = flows(scene, &course);
    found.extend(requests(scene, &course));
    found.extend(settings(scene, &course));
    found.retain(|one| one.from <= alarm_at);
    let strongest = found.iter().map(|one| one.tie).max()?;
    let is_tied_elsewhere = strongest == Tie::None && scene.ties.any();
    if is_tied_elsewhere {
        return None;
    }
    found.retain(|one| one.tie == strongest);
    (!found.is_empty()).then_some(found)
}

fn flows(scene: &Scene<'_>, course: &Course) -> Vec<Recovered> {
    let working = scene.impact.working.iter();
    let recovered = working.filter_map(|(probe, _)| {
        let works = |world: &World| match world.network().trace(&probe.flow).disposition {
            Disposition::Delivered => Some(true),
            Disposition::Blocked => Some(false),
            Disposition::Unknown => None,
        };
        let ((broken_by, from), (undone_by, until)) = course.interruption(&works)?;
        let what = cause::flow(scene, probe);
        let grade = Grade::Proven;
        Some(Recovered { what, tie: scene.ties.of(probe), grade, broken_by, undone_by, from, until })
    });
    recovered.collect()
}

fn requests(scene: &Scene<'_>, course: &Course) -> Vec<Recovered> {
    let allowed = scene.access.allowed.iter();
    let recovered = allowed.filter_map(|(ask, _, tie)| {
        let works = |world: &World| match scene.access.model.rule(world, ask).outcome {
            Outcome::Allow => Some(true),
            Outcome::ExplicitDeny | Outcome::ImplicitDeny => Some(false),
            Outcome::Unknown => None,
        };
        let ((broken_by, from), (undone_by, until)) = course.interruption(&works)?;
        let what = denied::affected(scene, ask);
        let grade = Grade::Proven;
        Some(Recovered { what, tie: *tie, grade, broken_by, undone_by, from, until })
    });
    recovered.collect()
}

/// Settings that are as they must be now. What an event left of one is often not recorded (CloudTrail hides variables): while the log says
/// that it was wrong, unknown counts as wrong.
fn settings(scene: &Scene<'_>, course: &Course) -> Vec<Recovered> {
    let right = scene.settings.right.iter();
    let recovered = right.filter_map(|setting| {
        let works = |world: &World| Some(setting.works(world).unwrap_or(false));
        let ((broken_by, from), (undone_by, until)) = course.interruption(&works)?;
        let is_said_then = from <= setting.since.plus_seconds(CLOCK_SECONDS) && setting.since <= until;
        let what = wrong_setting::affected(setting);
        let tie = if setting.is_tied { Tie::Direct } else { Tie::None };
        // Proven where the values are known; where they are hidden the log tells, which is less.
        let known = course.interruption(&|world: &World| setting.works(world));
        let is_known = known.is_some_and(|((broke, _), (undid, _))| (broke, undid) == (broken_by, undone_by));
        let grade = if is_known { Grade::Proven } else { Grade::Corroborated };
        is_said_then.then_some(Recovered { what, tie, grade, broken_by, undone_by, from, until })
    });
    recovered.collect()
}
