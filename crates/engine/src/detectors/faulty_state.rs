//! `faulty-state`: a flow that is seen failing and that the model refuses, although no recorded change explains it.
//!
//! Nobody was seen changing anything: the change is older than the records, or there never was one. The cause is the state
//! itself, and the report says so.

use super::{Finding, undone_change};
use crate::fix;
use crate::hypothesis::{Hypothesis, cures};
use crate::scene::Scene;
use butfor_incident::Grade;
use butfor_world::Delta;

/// Explains flows that no change explains.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    let unexplained = scene.flows.iter().filter(|flow| undone_change::explain(scene, **flow).is_empty());
    unexplained.filter_map(|flow| by_state(scene, *flow)).map(Finding::Cause).collect()
}

/// A state that refuses the flow, with no change seen that made it so, and the one cure the world offers.
fn by_state(scene: &Scene<'_>, flow: usize) -> Option<Hypothesis> {
    let (now, broken) = (scene.now(), scene.impact.broken.get(flow)?);
    if !broken.probe.ground.is_seen_failing() {
        return None;
    }
    let candidates = fix::cures(now, &broken.probe, &broken.trace, &scene.parties);
    let mut curing = candidates.into_iter().filter(|fix| cures(now, &fix.delta, &broken.probe));
    let Some(first) = curing.next() else {
        // What refuses it is known; what it should be instead is not.
        return (!broken.trace.blockers.is_empty()).then(|| Hypothesis {
            act: None,
            fault: Delta::default(),
            fix: Delta::default(),
            assumption: String::new(),
            grade: Grade::Corroborated,
            flows: vec![flow],
            together: Vec::new(),
        });
    };
    let is_only = curing.next().is_none();
    Some(Hypothesis {
        act: None,
        fault: first.delta.inverse(),
        fix: first.delta,
        assumption: first.assumption,
        // Seen failing, refused in the model, and one thing to add that cures: corroborated, for nobody was seen to take it away.
        grade: if is_only { Grade::Corroborated } else { Grade::Suspected },
        flows: vec![flow],
        together: Vec::new(),
    })
}
