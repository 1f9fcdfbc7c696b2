//! `undone-change`: refused flows that come back when a recorded change is undone in the model.
//!
//! This is the counterfactual of the product: but for this change, the traffic would flow. A change whose former state
//! nobody recorded (DeleteRoute names no target) is completed with what the world offers, when exactly one such
//! completion cures.

use super::Finding;
use crate::act::Act;
use crate::fix::{self, Fix};
use crate::hypothesis::{Hypothesis, cures, net};
use crate::impact::begins_by;
use crate::scene::Scene;
use butfor_incident::Grade;
use butfor_world::{Delta, State, World};

/// Explains the flows the alerts are about.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    scene.flows.iter().flat_map(|flow| explain(scene, *flow)).map(Box::new).map(Finding::Cause).collect()
}

/// The acts that refuse one flow, each a hypothesis.
pub(crate) fn explain(scene: &Scene<'_>, flow: usize) -> Vec<Hypothesis> {
    let Some(broken) = scene.impact.broken.get(flow) else { return Vec::new() };
    if broken.acts.is_empty() {
        let completed = by_completed_act(scene, flow).into_iter();
        // Certainly refused by what one act left, and seen failing since: two witnesses.
        let is_seen = broken.probe.ground.is_seen_failing() && broken.possible.len() == 1;
        let grade = if is_seen { Grade::Corroborated } else { Grade::Suspected };
        let possible =
            broken.possible.iter().filter_map(|act| by_possible_act(&scene.acts, *act, flow, grade));
        // What cures in the model beats what may cure.
        return if completed.len() > 0 { completed.collect() } else { possible.collect() };
    }
    let others = |act: usize| broken.acts.iter().copied().filter(|other| *other != act).collect();
    broken.acts.iter().filter_map(|act| by_act(&scene.acts, *act, others(*act), flow)).collect()
}

fn by_act(acts: &[Act], index: usize, together: Vec<usize>, flow: usize) -> Option<Hypothesis> {
    let act = acts.get(index)?;
    let fault = net(&act.delta);
    let fix = fault.inverse();
    Some(Hypothesis { together, ..Hypothesis::of_flow(flow, Some(index), fault, fix, Grade::Proven) })
}

/// An act without which nothing seen refuses the flow: what was not seen may.
fn by_possible_act(acts: &[Act], index: usize, flow: usize, grade: Grade) -> Option<Hypothesis> {
    let assumption = "what could not be seen on the way lets the flow pass".to_owned();
    Some(Hypothesis { grade, assumption, ..by_act(acts, index, Vec::new(), flow)? })
}

/// An act whose former state is not recorded, completed with what the world offers.
fn by_completed_act(scene: &Scene<'_>, flow: usize) -> Option<Hypothesis> {
    let (now, broken) = (scene.now(), scene.impact.broken.get(flow)?);
    let unknown = scene.acts.iter().enumerate().rev().filter(|(_, act)| {
        act.is_in_effect(now)
            && !act.delta.inverse().is_known()
            && scene.symptom.alarm_at().is_none_or(|alarm_at| begins_by(act, alarm_at))
    });
    for (index, act) in unknown {
        let fault = net(&act.delta);
        let curing: Vec<Fix> = completions(&fault, now)
            .into_iter()
            .filter(|fix| cures(now, &fix.delta, &broken.probe))
            .collect();
        if let [only] = curing.as_slice() {
            let fault = only.delta.inverse();
            let explained = Hypothesis::of_flow(flow, Some(index), fault, only.delta.clone(), Grade::Proven);
            return Some(Hypothesis { assumption: only.assumption.clone(), ..explained });
        }
    }
    None
}

/// The inverses of a fault with its one unknown state filled in.
fn completions(fault: &Delta, now: &World) -> Vec<Fix> {
    let unknown: Vec<usize> = fault
        .edits
        .iter()
        .enumerate()
        .filter(|(_, edit)| edit.before == State::Unknown)
        .map(|(index, _)| index)
        .collect();
    let [only] = unknown.as_slice() else { return Vec::new() };
    let Some(edit) = fault.edits.get(*only) else { return Vec::new() };
    let fill = |candidate: Fix| {
        let mut known = fault.clone();
        if let (Some(edit), Some(filled)) = (known.edits.get_mut(*only), candidate.delta.edits.first()) {
            edit.before = filled.after.clone();
        }
        Fix { delta: known.inverse(), assumption: candidate.assumption }
    };
    fix::former_states(edit, now).into_iter().map(fill).collect()
}
