//! Hypotheses: what would explain the refused flows, each with the change that would cure.

use crate::probe::Probe;
use crate::wording::Wording;
use butfor_incident::{Affected, CauseChange, EvidenceId, Grade, Step};
use butfor_network::Disposition;
use butfor_world::{Delta, World};

/// One explanation.
#[derive(Debug, Clone)]
pub(crate) struct Hypothesis {
    /// The act that caused it; `None` for a state nobody was seen making.
    pub act: Option<usize>,
    /// What is wrong, as a change from right to wrong.
    pub fault: Delta,
    /// What to change now.
    pub fix: Delta,
    /// What the fix rests on beyond records; empty when nothing.
    pub assumption: String,
    pub grade: Grade,
    /// Indexes of the refused flows it explains.
    pub flows: Vec<usize>,
    /// Indexes of the denied requests it explains.
    pub asks: Vec<usize>,
    /// Other acts that must be undone too before the flows work.
    pub together: Vec<usize>,
    /// Indexes of the wrong settings it explains.
    pub settings: Vec<usize>,
    /// What stopped working other than flows.
    pub requests: Vec<Affected>,
    /// What is wrong in words, where no delta says it.
    pub stated: Option<Wording>,
    /// What a person should do, where no delta says it; empty otherwise.
    pub advice: String,
    /// Evidence beyond the act's and the flows'.
    pub evidence: Vec<EvidenceId>,
    /// Set where it is about what no model knows, code or load: whether the fix helps is only seen afterwards.
    pub empirical: Option<Box<Empirical>>,
}

/// What belongs to an explanation that no model can check.
#[derive(Debug, Clone, Default)]
pub(crate) struct Empirical {
    /// Who did it, where the world knows no act.
    pub change: Option<CauseChange>,
    /// Event ids and commits of everything that tells of it.
    pub told: Vec<String>,
    /// Steps up to the fix, where the world knows no delta.
    pub steps: Vec<Step>,
    /// Why no model can check the plan.
    pub reason: String,
    /// Looks afterwards that tell whether it helped.
    pub checks: Vec<Step>,
}

impl Hypothesis {
    /// An explanation of denied requests.
    pub(crate) fn of_requests(
        asks: Vec<usize>,
        act: Option<usize>,
        fault: Delta,
        fix: Delta,
        grade: Grade,
    ) -> Self {
        Self { flows: Vec::new(), asks, ..Self::of_flow(0, act, fault, fix, grade) }
    }

    /// An explanation of one refused flow.
    pub(crate) fn of_flow(flow: usize, act: Option<usize>, fault: Delta, fix: Delta, grade: Grade) -> Self {
        Self {
            act,
            fault,
            fix,
            assumption: String::new(),
            grade,
            flows: vec![flow],
            asks: Vec::new(),
            settings: Vec::new(),
            together: Vec::new(),
            requests: Vec::new(),
            stated: None,
            advice: String::new(),
            evidence: Vec::new(),
            empirical: None,
        }
    }
}

/// One hypothesis for each explanation, with all the flows it explains; what explains most comes first.
pub(crate) fn merge(all: impl IntoIterator<Item = Hypothesis>) -> Vec<Hypothesis> {
    let mut merged: Vec<Hypothesis> = Vec::new();
    for hypothesis in all {
        // Without a fix two states are the same only when they refuse the same flow, or when one change made them.
        let same = |one: &&mut Hypothesis| {
            one.act == hypothesis.act
                && one.fix == hypothesis.fix
                && (!one.fix.edits.is_empty()
                    || (one.act.is_some() && !one.fault.edits.is_empty() && one.fault == hypothesis.fault)
                    || (&one.flows, &one.asks, &one.stated)
                        == (&hypothesis.flows, &hypothesis.asks, &hypothesis.stated))
        };
        match merged.iter_mut().find(same) {
            Some(one) => {
                one.grade = one.grade.min(hypothesis.grade);
                one.requests.extend(hypothesis.requests);
                one.evidence.extend(hypothesis.evidence);
                for (own, other) in [
                    (&mut one.flows, hypothesis.flows),
                    (&mut one.asks, hypothesis.asks),
                    (&mut one.settings, hypothesis.settings),
                    (&mut one.together, hypothesis.together),
                ] {
                    own.extend(other);
                    own.sort_unstable();
                    own.dedup();
                }
            }
            None => merged.push(hypothesis),
        }
    }
    merged.sort_by_key(|one| (std::cmp::Reverse(one.flows.len() + one.asks.len()), one.act));
    merged
}

/// A delta with what happens to each facet in the end: A to B to C is A to C.
pub(crate) fn net(delta: &Delta) -> Delta {
    let mut edits: Vec<butfor_world::Edit> = Vec::new();
    for edit in &delta.edits {
        match edits.iter_mut().find(|one| one.resource == edit.resource && one.facet == edit.facet) {
            Some(one) => one.after = edit.after.clone(),
            None => edits.push(edit.clone()),
        }
    }
    edits.retain(|edit| edit.before != edit.after);
    Delta { edits }
}

/// Whether a change made now delivers a refused flow.
pub(crate) fn cures(now: &World, fix: &Delta, probe: &Probe) -> bool {
    now.with(fix).network().trace(&probe.flow).disposition == Disposition::Delivered
}
