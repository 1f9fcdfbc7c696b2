//! The fix, its proof, and the steps around it.

use super::Outline;
use crate::document::{Block, Fact, Line, Section, Step, Tone};
use crate::words;
use butfor_incident::{Outcome, Phase, Plan, PlanStatus, Proof};

/// Flows gained or lost a screen shows. Losses are the reason to stop, so more of them are shown.
const GAINED_SHOWN: usize = 4;
const LOST_SHOWN: usize = 10;

impl Outline<'_> {
    /// What to do: the apply steps, or why there is nothing to do, or why nothing can be offered.
    pub(super) fn fix(&self) -> Option<Section> {
        let plan = &self.assessment.plan;
        let steps = self.steps(Phase::Apply);
        let reason = |tone, lead: &str| {
            let reason = plan.reason.trim_end();
            let text = match (reason.is_empty(), reason.ends_with('.')) {
                (true, _) => ".".to_owned(),
                (false, true) => format!(": {reason}"),
                (false, false) => format!(": {reason}."),
            };
            Section::new("", vec![Block::Text(Line::toned(tone, lead).then(Tone::Plain, text))])
        };
        Some(match plan.status {
            PlanStatus::NotNeeded => reason(Tone::Good, "Nothing needs doing"),
            PlanStatus::None if self.assessment.verdict.outcome == Outcome::NoFault => {
                reason(Tone::Good, "There is nothing to fix")
            }
            PlanStatus::Verified | PlanStatus::Unverified if !steps.is_empty() => Section {
                note: checked(&self.assessment.plan),
                ..Section::new("THE FIX", vec![Block::Steps(steps)])
            },
            PlanStatus::Unverified => {
                reason(Tone::Hedge, "No command can be given, this is for a person to do")
            }
            _ => reason(Tone::Hedge, "No fix can be offered"),
        })
    }

    fn steps(&self, phase: Phase) -> Vec<Step> {
        let steps = self.assessment.plan.steps.iter().enumerate().filter(|(_, step)| step.phase == phase);
        let view = |(index, step): (usize, &butfor_incident::Step)| Step {
            text: Line::plain(&step.text),
            command: step.command.clone(),
            expect: step.expect.clone(),
            account: step.account.clone(),
            region: step.region.clone(),
            index,
        };
        steps.map(view).collect()
    }

    /// What the model said about cause and cure.
    pub(super) fn proof(&self) -> Option<Section> {
        let plan = &self.assessment.plan;
        let proof = plan.proof.as_ref()?;
        let planned = matches!(plan.status, PlanStatus::Verified | PlanStatus::Unverified);
        let mut facts = vec![shown("Cause", vec![cause(proof)])];
        if planned {
            facts.push(shown("Cure", vec![cure(proof)]));
        }
        let flows = |tone, flows: &[String]| flows.iter().map(|flow| Line::toned(tone, flow)).collect();
        if !proof.gained.is_empty() {
            facts.push(Fact { shown: GAINED_SHOWN, ..shown("Gained", flows(Tone::Good, &proof.gained)) });
        }
        if !proof.lost.is_empty() {
            facts.push(Fact { shown: LOST_SHOWN, ..shown("Lost", flows(Tone::Bad, &proof.lost)) });
        } else if planned {
            let verified = plan.status == PlanStatus::Verified;
            let text = if verified {
                "nothing that works now stops working"
            } else {
                "nothing, as far as the model shows"
            };
            facts.push(shown("Lost", vec![Line::plain(text)]));
        }
        // Beside the heading of the fix it was said why the plan is not verified, unless a loss took that place.
        let untold = plan.status == PlanStatus::Verified || !proof.lost.is_empty();
        if planned && untold && !plan.reason.trim().is_empty() {
            facts.push(shown("Plan", vec![Line::plain(&plan.reason)]));
        }
        Some(Section::new("PROOF", vec![Block::Facts(facts)]))
    }

    /// Everything around the fix: before it, after it, and back.
    pub(super) fn steps_around(&self) -> Vec<Section> {
        let phases = [
            ("BEFORE THE FIX", vec![Phase::Prepare, Phase::PreValidate]),
            ("AFTER THE FIX", vec![Phase::PostValidate]),
            ("ROLLBACK", vec![Phase::Rollback]),
        ];
        let section = |(heading, phases): (&str, Vec<Phase>)| {
            let steps: Vec<Step> = phases.into_iter().flat_map(|phase| self.steps(phase)).collect();
            (!steps.is_empty()).then(|| Section::new(heading, vec![Block::Steps(steps)]))
        };
        phases.into_iter().filter_map(section).collect()
    }
}

/// How far the plan was checked, beside the heading of the fix.
pub(crate) fn checked(plan: &Plan) -> Line {
    let verified = plan.status == PlanStatus::Verified;
    match plan.proof.as_ref().map_or(0, |proof| proof.lost.len()) {
        0 if verified && plan.proof.as_ref().is_some_and(|proof| proof.cure) => {
            Line::toned(Tone::Good, "checked in the model: it cures this and breaks nothing else")
        }
        0 if verified => Line::toned(Tone::Good, "checked in the model"),
        0 if plan.reason.trim().is_empty() => Line::toned(Tone::Hedge, "not verified"),
        0 => Line::toned(Tone::Hedge, format!("not verified: {}", plan.reason)),
        lost => {
            let checked = if verified { "checked in the model, but" } else { "not verified, and" };
            let stop = if lost == 1 { "stops" } else { "stop" };
            Line::toned(
                Tone::Bad,
                format!("{checked} {} {stop} working, see the proof", words::count(lost, "flow")),
            )
        }
    }
}

fn shown(label: &'static str, lines: Vec<Line>) -> Fact {
    Fact { label, shown: lines.len(), lines, detail: false }
}

fn cause(proof: &Proof) -> Line {
    if proof.cause {
        return Line::toned(Tone::Good, "shown")
            .then(Tone::Plain, ", as undoing it in the model removes the symptom");
    }
    Line::toned(Tone::Hedge, "not shown").then(Tone::Plain, " by the model")
}

fn cure(proof: &Proof) -> Line {
    if proof.cure {
        return Line::toned(Tone::Good, "shown")
            .then(Tone::Plain, ", as with the fix applied in the model the symptom is gone");
    }
    Line::toned(Tone::Hedge, "not shown").then(Tone::Plain, " by the model")
}
