//! The plan: from the inverse delta to commands, with its three proofs.

use crate::access::{Ask, resource_label};
use crate::explained::Explained;
use crate::hypothesis::{Empirical, Hypothesis};
use crate::scene::Scene;
use butfor_incident::{Grade, Phase, Plan, PlanStatus, Proof, Step};
use butfor_network::Disposition;
use butfor_world::command::{Command, NewIds, commands_after, inspect, quote};
use butfor_world::{Delta, World};
use std::collections::BTreeSet;

/// Flows listed as gained or lost at the most.
const FLOWS_LISTED_MAX: usize = 50;

/// A plan without steps.
pub(crate) fn without_steps(status: PlanStatus, reason: impl Into<String>) -> Plan {
    Plan { status, reason: reason.into(), steps: Vec::new(), proof: None }
}

/// The plan that undoes all hypotheses, checked on the model.
pub(crate) fn of(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Plan {
    let fix = Delta { edits: distinct(hypotheses.iter().flat_map(|one| one.fix.edits.iter().cloned())) };
    let explained = Explained::by(scene, hypotheses);
    if fix.edits.is_empty() && empirical(hypotheses).any(|one| !one.steps.is_empty()) {
        return without_delta(scene, hypotheses);
    }
    if fix.edits.is_empty() {
        let advice: Vec<&str> =
            hypotheses.iter().map(|one| one.advice.as_str()).filter(|text| !text.is_empty()).collect();
        let reason = if !advice.is_empty() {
            &advice.join("; ")
        } else if explained.is_only_requests() {
            "what denies the requests is known, but not what it said before, and no small addition to it allows them in the model: \
             what it should say is for a person to decide"
        } else {
            "what refuses the traffic is known, but no change of it is recorded and no single addition cures it in the model: \
             what it should be instead is for a person to decide"
        };
        return without_steps(PlanStatus::Unverified, reason);
    }
    let now = scene.now();
    let cured = now.with(&fix);
    let cure = explained.is_restored(scene, &cured);
    let (gained, lost) = gains_and_losses(scene, &cured);
    // Necessity is shown by undoing a change; a state nobody was seen making has none to undo.
    let cause = cure && hypotheses.iter().all(|one| one.act.is_some() && one.grade == Grade::Proven);
    let proof = Proof { cause, cure, gained, lost };
    let assumptions: Vec<&str> =
        hypotheses.iter().map(|one| one.assumption.as_str()).filter(|text| !text.is_empty()).collect();
    let (apply, new_ids) = match commands_after(&fix, now, &NewIds::default()) {
        Ok(apply) => apply,
        Err(error) => {
            return Plan {
                status: PlanStatus::Unverified,
                reason: format!(
                    "the fix is known in the model, but no exact command can be written: {error}"
                ),
                steps: Vec::new(),
                proof: Some(proof),
            };
        }
    };
    let is_not_refused = explained.is_not_refused(scene, &cured);
    let (status, mut reason) = match empirical(hypotheses).next() {
        Some(one) => (PlanStatus::Unverified, one.reason.clone()),
        None => outcome(&explained.restored_text(), cure, is_not_refused, proof.lost.len()),
    };
    if !assumptions.is_empty() {
        reason = format!("{reason}; it assumes that {}", assumptions.join("; "));
    }
    let mut steps = steps(scene, &fix, &cured, &apply, &new_ids);
    let rollback = steps.iter().position(|step| step.phase == Phase::Rollback).unwrap_or(steps.len());
    steps.splice(rollback..rollback, empirical(hypotheses).flat_map(|one| one.checks.clone()));
    // What no model knows is not proved by one, even where the model shows what the fix sets.
    let proof = if empirical(hypotheses).next().is_some() { None } else { Some(proof) };
    Plan { status, reason, steps, proof }
}

fn empirical(hypotheses: &[Hypothesis]) -> impl Iterator<Item = &Empirical> {
    hypotheses.iter().filter_map(|one| one.empirical.as_deref())
}

/// A plan whose steps no delta makes.
fn without_delta(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Plan {
    let mut steps: Vec<Step> = Vec::new();
    for step in empirical(hypotheses).flat_map(|one| one.steps.iter().chain(&one.checks)) {
        if !steps.contains(step) {
            steps.push(step.clone());
        }
    }
    steps.extend(alarm_checks(scene));
    steps.sort_by_key(|step| step.phase);
    let reasons: BTreeSet<&str> = empirical(hypotheses).map(|one| one.reason.as_str()).collect();
    let reason = reasons.into_iter().collect::<Vec<_>>().join("; ");
    Plan { status: PlanStatus::Unverified, reason, steps, proof: None }
}

/// What applying the plan to the model showed.
fn outcome(restored: &str, cure: bool, is_not_refused: bool, lost: usize) -> (PlanStatus, String) {
    match (cure, lost) {
        (true, 0) => {
            (PlanStatus::Verified, format!("applied to the model: {restored}, nothing is lost"))
        }
        (true, _) => (
            PlanStatus::Verified,
            format!("applied to the model: {restored}, but {lost} others would stop (listed)"),
        ),
        (false, _) if is_not_refused => (
            PlanStatus::Unverified,
            "applied to the model, nothing seen stands in the way any more, but not everything on the way was seen"
                .to_owned(),
        ),
        (false, _) => (
            PlanStatus::Unverified,
            "applied to the model, not everything works again: something else is wrong too".to_owned(),
        ),
    }
}

fn distinct(edits: impl Iterator<Item = butfor_world::Edit>) -> Vec<butfor_world::Edit> {
    let mut all = Vec::new();
    for edit in edits {
        if !all.contains(&edit) {
            all.push(edit);
        }
    }
    all
}

/// Flows that work after the plan and not before, and the other way round.
fn gains_and_losses(scene: &Scene<'_>, cured: &World) -> (Vec<String>, Vec<String>) {
    let network = cured.network();
    let text = |probe: &crate::probe::Probe| {
        format!("{} -> {} ({})", scene.client_label(probe), scene.server_label(probe), probe.flow.service())
    };
    let gained = scene
        .impact
        .broken
        .iter()
        .filter(|broken| network.trace(&broken.probe.flow).disposition == Disposition::Delivered)
        .map(|broken| text(&broken.probe));
    let lost = scene
        .impact
        .working
        .iter()
        .filter(|(probe, _)| network.trace(&probe.flow).disposition == Disposition::Blocked)
        .map(|(probe, _)| text(probe));
    let cut = |all: BTreeSet<String>| all.into_iter().take(FLOWS_LISTED_MAX).collect();
    let (allowed, denied) = requests_gained_and_lost(scene, cured);
    (cut(gained.chain(allowed).collect()), cut(lost.chain(denied).collect()))
}

/// Requests that are allowed after the plan and not before, and the other way round.
fn requests_gained_and_lost(scene: &Scene<'_>, cured: &World) -> (Vec<String>, Vec<String>) {
    let access = &scene.access;
    let text = |ask: &Ask| {
        format!("{}: {} on {}", ask.caller.label(scene.now()), ask.action, resource_label(&ask.resource))
    };
    let gained = access.denied.iter().enumerate().filter(|(_, one)| access.model.allows(cured, &one.ask));
    let gained = gained.map(|(index, one)| match scene.asks.contains(&index) {
        true => text(&one.ask),
        false => format!("{} (beyond what is needed)", text(&one.ask)),
    });
    let lost = access.allowed.iter().filter(|(ask, ..)| access.model.rule(cured, ask).is_denied());
    (gained.collect(), lost.map(|(ask, ..)| text(ask)).collect())
}

fn steps(scene: &Scene<'_>, fix: &Delta, cured: &World, apply: &[Command], new_ids: &NewIds) -> Vec<Step> {
    let now = scene.now();
    let mut steps = Vec::new();
    let places: BTreeSet<(&str, &str)> =
        apply.iter().map(|command| (command.account.as_str(), command.region.as_str())).collect();
    for (account, region) in &places {
        steps.push(Step {
            phase: Phase::Prepare,
            text: format!("use credentials of account {account} that may make this change, and make sure they are in use"),
            command: "aws sts get-caller-identity --query Account --output text".to_owned(),
            expect: (*account).to_owned(),
            account: (*account).to_owned(),
            region: (*region).to_owned(),
        });
    }
    for look in inspect(fix, now, &NewIds::default()) {
        let expect = format!("{}; if not, stop: the plan no longer fits", look.before);
        steps.push(step(Phase::PreValidate, &look.command, &look.command.text, &expect));
    }
    for command in apply {
        let expect = command.caution.clone().unwrap_or_else(|| "success, no error".to_owned());
        steps.push(step(Phase::Apply, command, &command.text, &expect));
    }
    for look in inspect(fix, now, new_ids) {
        steps.push(step(Phase::PostValidate, &look.command, &look.command.text, &look.after));
    }
    steps.extend(alarm_checks(scene));
    if let Ok((rollback, _)) = commands_after(&fix.inverse(), cured, new_ids) {
        for command in &rollback {
            let text = format!("only if the fix made things worse: {}", command.text);
            steps.push(step(Phase::Rollback, command, &text, "back to the state before this plan"));
        }
    }
    steps
}

fn step(phase: Phase, command: &Command, text: &str, expect: &str) -> Step {
    Step {
        phase,
        text: text.to_owned(),
        command: command.line.clone(),
        expect: expect.to_owned(),
        account: command.account.clone(),
        region: command.region.clone(),
    }
}

/// The alarm itself says whether users are served again.
fn alarm_checks(scene: &Scene<'_>) -> Vec<Step> {
    let known = scene
        .symptom
        .alerts
        .iter()
        .filter(|alert| alert.arn.as_ref().is_some_and(|arn| arn.contains(":alarm:")));
    known
        .map(|alert| {
            let region = alert.region.clone().unwrap_or_default();
            let name = quote(&alert.name);
            Step {
                phase: Phase::PostValidate,
                text: format!("wait for alarm {} to return to OK", alert.name),
                command: format!(
                    "aws cloudwatch describe-alarms --alarm-names {name} --query 'MetricAlarms[].StateValue' --output text --region {region}"
                ),
                expect: "OK within a few evaluation periods".to_owned(),
                account: alert.account.clone().unwrap_or_default(),
                region,
            }
        })
        .collect()
}
