//! `faulty-state`: a flow that is seen failing and that the model refuses, although no recorded change explains it.
//!
//! Nobody was seen changing anything: the change is older than the records, or there never was one. The cause is the state
//! itself, and the report says so.

use super::{Finding, undone_change};
use crate::fix;
use crate::hypothesis::{Hypothesis, cures, net};
use crate::impact::{Broken, begins_by};
use crate::scene::Scene;
use butfor_incident::Grade;
use butfor_world::Delta;

/// Explains flows that no change explains.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    let unexplained = scene.flows.iter().filter(|flow| undone_change::explain(scene, **flow).is_empty());
    unexplained.filter_map(|flow| by_state(scene, *flow)).map(Box::new).map(Finding::Cause).collect()
}

/// A state that refuses the flow, with no change seen that made it so, and the one cure the world offers.
fn by_state(scene: &Scene<'_>, flow: usize) -> Option<Hypothesis> {
    let (now, broken) = (scene.now(), scene.impact.broken.get(flow)?);
    if !broken.probe.ground.is_seen_failing() || !broken.late.is_empty() || broken.goes_to_nobody() {
        return None;
    }
    let act = unclear_act(scene, broken);
    let fault = |delta: Delta| match act.and_then(|index| scene.acts.get(index)) {
        Some(act) => net(&act.delta),
        None => delta,
    };
    let candidates = fix::cures(now, &broken.probe, &broken.trace, &scene.parties);
    let mut curing = candidates.into_iter().filter(|fix| cures(now, &fix.delta, &broken.probe));
    let Some(first) = curing.next() else {
        // What refuses it is known; what it should be instead is not.
        return (!broken.trace.blockers.is_empty()).then(|| {
            Hypothesis::of_flow(flow, act, fault(Delta::default()), Delta::default(), Grade::Corroborated)
        });
    };
    let is_only = curing.next().is_none();
    // Seen failing, refused in the model, and one thing to add that cures: corroborated, for it is not proven who took it away.
    let grade = if is_only { Grade::Corroborated } else { Grade::Suspected };
    let assumption = first.assumption;
    let explained = Hypothesis::of_flow(flow, act, fault(first.delta.inverse()), first.delta, grade);
    Some(Hypothesis { assumption, ..explained })
}

/// The latest act on what refuses the flow whose former state nobody recorded: it cannot be undone in the model, but it is
/// the change on record of exactly this thing.
fn unclear_act(scene: &Scene<'_>, broken: &Broken) -> Option<usize> {
    let refuses = |kind: &str, id: &str| {
        broken
            .trace
            .blockers
            .iter()
            .any(|blocker| blocker.component.kind == kind && blocker.component.id == id)
    };
    let unclear = scene.acts.iter().enumerate().rev().filter(|(_, act)| {
        !act.delta.inverse().is_known()
            && scene.symptom.alarm_at().is_none_or(|alarm_at| begins_by(act, alarm_at))
            && act.delta.edits.iter().any(|edit| refuses(&edit.resource.kind, &edit.resource.id))
    });
    unclear.map(|(index, _)| index).next()
}
