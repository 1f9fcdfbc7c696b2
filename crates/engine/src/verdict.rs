//! The verdict: what the findings amount to.

use crate::account::{self, Accounted};
use crate::detectors::{self, Finding, Forced};
use crate::hypothesis::{self, Hypothesis};
use crate::impact::{self, Recovered, Tie};
use crate::scene::Scene;
use crate::{cause, gaps, incident, intent, plan, ruled_out, telemetry, timeline, unaffected};
use butfor_incident::{
    Assessment, Body, Cause, Cites, Evidence, EvidenceId, Grade, Intentional, Outcome, Plan, PlanStatus,
    RuledOut, Stats, Verdict,
};
use std::collections::BTreeSet;

/// An assessment, and what its causes rest on: a picture is drawn from both.
pub(crate) struct Concluded {
    pub assessment: Assessment,
    /// Behind its root causes, or the competing ones, in their order.
    pub hypotheses: Vec<Hypothesis>,
    /// What failed and works again, where that is the outcome.
    pub recoveries: Vec<Recovered>,
}

impl From<Assessment> for Concluded {
    /// Of an assessment without a cause.
    fn from(assessment: Assessment) -> Self {
        Self { assessment, hypotheses: Vec::new(), recoveries: Vec::new() }
    }
}

/// Assesses a scene.
pub(crate) fn of(scene: &Scene<'_>) -> Assessment {
    conclude(scene).assessment
}

/// Assesses a scene and keeps what the causes rest on.
pub(crate) fn conclude(scene: &Scene<'_>) -> Concluded {
    let (findings, failures) = detectors::run(scene);
    let mut causes = Vec::new();
    let mut beside = Vec::new();
    let mut recoveries = Vec::new();
    let mut forced = None;
    for finding in findings {
        match finding {
            Finding::Cause(hypothesis) => causes.push(*hypothesis),
            Finding::Contributing(hypothesis) => beside.push(*hypothesis),
            Finding::Recovered(found) => recoveries.push(found),
            Finding::Forced(found) => forced = Some(found),
        }
    }
    let hypotheses = hypothesis::merge(behind(causes, &mut beside));
    let concluded = weigh(scene, hypotheses, recoveries, forced);
    let mut assessment = concluded.assessment;
    assessment.gaps.extend(failures);
    let beside = beside.iter().filter_map(|one| cause::of(scene, one));
    assessment.contributing.extend(beside);
    Concluded { assessment: finish(scene, assessment), ..concluded }
}

/// What a database suffers from is an effect where a deploy is the cause: it is said beside it.
fn behind(causes: Vec<Hypothesis>, beside: &mut Vec<Hypothesis>) -> Vec<Hypothesis> {
    let is_made = |one: &Hypothesis| {
        one.act.is_some() || one.empirical.as_ref().is_some_and(|empirical| empirical.change.is_some())
    };
    let has_deploy =
        causes.iter().any(|one| one.empirical.is_some() && is_made(one) && one.grade == Grade::Corroborated);
    let (kept, given_way): (Vec<_>, Vec<_>) =
        causes.into_iter().partition(|one| !has_deploy || one.empirical.is_none() || is_made(one));
    beside.extend(given_way);
    kept
}

/// A cause beats a recovery beats a forced alarm beats not knowing.
fn weigh(
    scene: &Scene<'_>,
    hypotheses: Vec<Hypothesis>,
    recoveries: Vec<Recovered>,
    forced: Option<Forced>,
) -> Concluded {
    let mut fitting = fitting(scene, &hypotheses);
    yielding(&mut fitting, !recoveries.is_empty(), forced.is_some());
    if !fitting.is_empty() {
        return root_cause(scene, fitting);
    }
    if !recoveries.is_empty() {
        let assessment = recovered(scene, &recoveries);
        let is_stated = assessment.verdict.outcome == Outcome::Recovered;
        let recoveries = if is_stated { recoveries } else { Vec::new() };
        return Concluded { recoveries, ..assessment.into() };
    }
    let is_quiet = scene.symptom.network_failures().next().is_none() && scene.flows.is_empty();
    if let Some(forced) = forced.filter(|_| is_quiet) {
        return no_fault(scene, &forced).into();
    }
    undetermined(scene, &hypotheses).into()
}

/// Leaves out what gives way: an explanation no model can check to one that a model shows, and what only came before the failure
/// to anything better.
fn yielding(fitting: &mut Vec<Hypothesis>, is_recovered: bool, is_forced: bool) {
    let best = fitting.iter().filter(|one| one.empirical.is_none()).map(|one| one.grade).min();
    let has_better = fitting.iter().any(|one| one.grade < Grade::Suspected);
    fitting.retain(|one| {
        let is_weak = one.grade == Grade::Suspected && (has_better || is_forced);
        one.empirical.is_none() || !(is_recovered || best == Some(Grade::Proven) || is_weak)
    });
}

/// Hypotheses of the kind that was seen to fail. What the logs deny the network is not made its fault by a broken flow nobody
/// complained about; and time-outs are not made a policy's fault by a permission nobody was denied.
fn fitting(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Vec<Hypothesis> {
    let is_seen_denied = |one: &Hypothesis| {
        let mut denied = one.asks.iter().filter_map(|index| scene.access.denied.get(*index));
        denied.any(|denied| denied.ask.ground.is_seen_failing())
    };
    let is_seen_refused = |one: &Hypothesis| {
        let mut refused = one.flows.iter().filter_map(|index| scene.impact.broken.get(*index));
        refused.any(|broken| broken.probe.ground.is_seen_failing())
    };
    let any_denied = hypotheses.iter().any(is_seen_denied);
    let any_refused =
        hypotheses.iter().any(is_seen_refused) || scene.symptom.network_failures().next().is_some();
    let is_fitting = |one: &Hypothesis| {
        let by_network = !one.flows.is_empty()
            && !scene.symptom.excludes_network()
            && (is_seen_refused(one) || !any_denied || any_refused);
        let by_policy = !one.asks.is_empty() && (is_seen_denied(one) || !any_refused);
        by_network || by_policy || !one.requests.is_empty()
    };
    hypotheses.iter().filter(|one| is_fitting(one)).cloned().collect()
}

/// A cause is known.
fn root_cause(scene: &Scene<'_>, hypotheses: Vec<Hypothesis>) -> Concluded {
    let stated: Vec<(Hypothesis, Cause)> =
        hypotheses.into_iter().filter_map(|one| cause::of(scene, &one).map(|cause| (one, cause))).collect();
    let mut stated = stated;
    let functions_of = |stated: &[(Hypothesis, Cause)]| -> Vec<_> {
        stated.iter().map(|(one, _)| account::functions_of(scene, one)).collect()
    };
    let mut accounted = account::of(scene, &functions_of(&stated));
    if let Some(first) = &accounted {
        // What explains most comes first.
        stated = first.order(stated);
        accounted = account::of(scene, &functions_of(&stated));
    }
    let (hypotheses, mut causes): (Vec<Hypothesis>, Vec<Cause>) = stated.into_iter().unzip();
    if causes.is_empty() {
        return undetermined(scene, &hypotheses).into();
    }
    if let Some(accounted) = &accounted {
        if !accounted.has_headline {
            return mostly_unexplained(scene, causes, accounted).into();
        }
        accounted.explain(&mut causes);
    }
    let accounting = accounted.map(|accounted| accounted.accounting);
    let plan = plan::of(scene, &hypotheses);
    let all_suspected = causes.iter().all(|cause| cause.grade == Grade::Suspected);
    let explained: BTreeSet<usize> = hypotheses.iter().flat_map(|one| one.flows.iter().copied()).collect();
    let unexplained = scene.flows.iter().filter(|flow| !explained.contains(flow)).count();
    let healthy = ruled_out::healthy_far_ends(scene);
    let joint = hypotheses.iter().all(|one| !one.together.is_empty());
    let summary = root_cause_summary(&causes, joint, unexplained, &healthy);
    if all_suspected {
        let mut assessment = build(scene, &hypotheses, Outcome::Competing, summary, plan);
        assessment.competing = causes;
        assessment.accounting = accounting;
        let assessment = finish(scene, assessment);
        return Concluded { assessment, hypotheses, recoveries: Vec::new() };
    }
    let mut assessment = build(scene, &hypotheses, Outcome::RootCause, summary, plan);
    assessment.root_causes = causes;
    assessment.contributing = contributing(scene, &hypotheses);
    assessment.accounting = accounting;
    let made: Vec<_> = hypotheses.iter().filter_map(|one| Some((one.act?, None))).collect();
    assessment.verdict.intentional = intent::of(scene, &made);
    let assessment = finish(scene, assessment);
    Concluded { assessment, hypotheses, recoveries: Vec::new() }
}

/// What explains a small part of the alarm is known, and not what explains the rest.
fn mostly_unexplained(scene: &Scene<'_>, causes: Vec<Cause>, accounted: &Accounted) -> Assessment {
    let total = accounted.accounting.total;
    let explained = total - accounted.accounting.unexplained;
    let summary = format!(
        "what explains {explained} of the {total} {} is known, and not what explains the other {}: {}",
        accounted.accounting.metric,
        accounted.accounting.unexplained,
        causes.first().map(|cause| cause.headline.as_str()).unwrap_or_default()
    );
    let reason = "what is known explains too small a part of the alarm to end it; close the gaps first";
    let plan = plan::without_steps(PlanStatus::None, reason);
    let mut assessment = build(scene, &[], Outcome::Undetermined, summary, plan);
    assessment.contributing = causes;
    finish(scene, assessment)
}

fn root_cause_summary(causes: &[Cause], joint: bool, unexplained: usize, healthy: &[String]) -> String {
    let first = causes.first().map(|cause| cause.headline.clone()).unwrap_or_default();
    let others = match causes.len() {
        0 | 1 => String::new(),
        count if joint => format!("; {count} changes are needed together: each of them must be undone"),
        2 => "; and a second, separate cause".to_owned(),
        count => format!("; and {} further causes", count - 1),
    };
    let rest = match unexplained {
        0 => String::new(),
        1 => "; 1 refused flow remains unexplained".to_owned(),
        count => format!("; {count} refused flows remain unexplained"),
    };
    let healthy = match healthy {
        [] => String::new(),
        [one] => format!("; {one} itself is healthy"),
        [one, ..] => format!("; {one} and the other far ends themselves are healthy"),
    };
    format!("{first}{others}{rest}{healthy}")
}

/// Acts that broke other flows of the alerted application, which nobody saw failing.
fn contributing(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Vec<Cause> {
    let blamed: BTreeSet<usize> = hypotheses.iter().filter_map(|one| one.act).collect();
    let strongest = scene.impact.broken.iter().map(|broken| broken.tie).max().unwrap_or(Tie::None);
    let is_other = |broken: &impact::Broken| {
        broken.tie == strongest
            && strongest > Tie::None
            && !broken.acts.is_empty()
            && broken.acts.iter().all(|act| !blamed.contains(act))
    };
    let others = scene.impact.broken.iter().enumerate().filter(|(_, broken)| is_other(broken));
    let found =
        hypothesis::merge(others.flat_map(|(flow, _)| detectors::undone_change::explain(scene, flow)));
    found.iter().filter_map(|one| cause::of(scene, one)).collect()
}

fn recovered(scene: &Scene<'_>, found: &[Recovered]) -> Assessment {
    let mut causes = Vec::new();
    let mut acts: Vec<(usize, usize)> = found.iter().map(|one| (one.broken_by, one.undone_by)).collect();
    acts.sort_unstable();
    acts.dedup();
    for (broken_by, undone_by) in &acts {
        let own: Vec<&Recovered> = found.iter().filter(|one| one.broken_by == *broken_by).collect();
        causes.extend(cause::of_recovered(scene, *broken_by, *undone_by, &own));
    }
    let functions: Vec<_> =
        acts.iter().map(|(broken_by, _)| account::functions_of_act(scene, *broken_by)).collect();
    let accounted = account::of(scene, &functions).filter(|_| causes.len() == acts.len());
    if let Some(accounted) = &accounted {
        if !accounted.has_headline {
            return mostly_unexplained(scene, causes, accounted);
        }
        accounted.explain(&mut causes);
    }
    let summary = causes.first().map(|cause| format!("works again: {}", cause.headline)).unwrap_or_default();
    let undone: Vec<_> = acts.iter().map(|(broke, undid)| (*broke, Some(*undid))).collect();
    let intentional = intent::of(scene, &undone);
    let reason = acts
        .first()
        .and_then(|(_, undone_by)| scene.acts.get(*undone_by))
        .map(|act| {
            format!(
                "already undone by {} at {}; what was broken works again in the model",
                act.label(),
                act.at()
            )
        })
        .unwrap_or_default();
    let plan = plan::without_steps(PlanStatus::NotNeeded, reason);
    let mut assessment = build(scene, &[], Outcome::Recovered, summary, plan);
    assessment.root_causes = causes;
    assessment.accounting = accounted.map(|accounted| accounted.accounting);
    assessment.verdict.intentional = intentional;
    finish(scene, assessment)
}

fn no_fault(scene: &Scene<'_>, forced: &Forced) -> Assessment {
    let signs: Vec<&str> = forced.signs.iter().skip(1).map(|sign| sign.text.as_str()).collect();
    let more = if signs.is_empty() { String::new() } else { format!("; {}", signs.join("; ")) };
    let summary = format!(
        "nothing is broken: {} set alarm {} by hand (SetAlarmState at {}){more}",
        forced.actor, forced.alarm, forced.at
    );
    let plan = plan::without_steps(
        PlanStatus::NotNeeded,
        "every flow that can be asked about is delivered in the model, and the alarm was set by hand",
    );
    let mut assessment = build(scene, &[], Outcome::NoFault, summary, plan);
    assessment.verdict.intentional = Intentional { likely: true, reasons: forced.signs.clone() };
    assessment.ruled_out.extend(healthy_databases(scene));
    finish(scene, assessment)
}

/// Databases that are available and reached: what an alarm about connections would blame.
fn healthy_databases(scene: &Scene<'_>) -> Vec<RuledOut> {
    let reached = scene.impact.working.iter().filter(|(probe, _)| scene.ties.of(probe) > Tie::None);
    let mut all: Vec<RuledOut> =
        reached.filter_map(|(probe, trace)| ruled_out::healthy_server(scene, probe, trace)).collect();
    all.sort_by(|a, b| a.what.cmp(&b.what));
    all.dedup_by(|a, b| a.what == b.what);
    all
}

/// Acts that refuse flows of the alerted application since after they began to fail.
fn late(scene: &Scene<'_>) -> Vec<Cause> {
    let of_flow = |flow: &usize| {
        let broken = scene.impact.broken.get(*flow)?;
        let act = scene.acts.get(*broken.late.last()?)?;
        let fault = hypothesis::net(&act.delta);
        let fix = fault.inverse();
        let is_shown = hypothesis::cures(scene.now(), &fix, &broken.probe);
        let grade = if is_shown { Grade::Proven } else { Grade::Suspected };
        Some(Hypothesis::of_flow(*flow, broken.late.last().copied(), fault, fix, grade))
    };
    let found = hypothesis::merge(scene.flows.iter().filter_map(of_flow));
    found.iter().filter_map(|one| cause::of(scene, one)).collect()
}

/// The evidence does not allow a verdict.
fn undetermined(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Assessment {
    let missing = gaps::missing(scene);
    let failing = scene.symptom.logs.failures.first();
    let seen = failing
        .map(|failure| format!("{} {}", failure.group, failure.kind.as_str()))
        .or_else(|| scene.symptom.alerts.first().map(|alert| format!("{} went to ALARM", alert.name)))
        .unwrap_or_else(|| "no symptom was recorded".to_owned());
    let kinds: BTreeSet<&str> =
        missing.iter().map(|one| one.kind.rsplit("::").next().unwrap_or(one.kind)).collect();
    let why = if !kinds.is_empty() {
        let kinds: Vec<&str> = kinds.into_iter().collect();
        format!("the documents that would decide could not be read ({})", kinds.join(", "))
    } else if let Some(why) = gaps::undecided_denial(scene) {
        why
    } else if let Some(fact) = scene.symptom.recent_facts().next() {
        format!("its log says that {} {}, which no recorded change explains", fact.group, fact.saying.words())
    } else if scene.symptom.excludes_network() {
        "the failures are not of a kind the network causes, and nothing else is modelled yet".to_owned()
    } else if scene
        .flows
        .iter()
        .any(|flow| scene.impact.broken.get(*flow).is_some_and(|one| !one.late.is_empty()))
    {
        "the change that refuses its traffic now was made after it had begun to fail: it made things worse, it did not \
         cause them"
            .to_owned()
    } else if !scene.flows.is_empty() {
        "the model refuses flows of it that no recorded change explains and nothing is seen to fail on"
            .to_owned()
    } else if scene.impact.working.is_empty() && scene.impact.broken.is_empty() {
        "there is no network configuration to look at".to_owned()
    } else {
        "every flow of it that can be asked about is delivered in the model, and no recorded change explains it".to_owned()
    };
    let summary = format!("the cause cannot be told from what there is: {seen}, and {why}");
    let plan: Plan = plan::without_steps(
        PlanStatus::None,
        "without a cause there is nothing to undo; close the gaps first",
    );
    let mut assessment = build(scene, &[], Outcome::Undetermined, summary, plan);
    // A broken flow nobody complained about is worth knowing, but it is not the answer.
    assessment.contributing = hypotheses.iter().filter_map(|one| cause::of(scene, one)).collect();
    assessment.contributing.extend(late(scene));
    if assessment.contributing.is_empty() {
        assessment.contributing = contributing(scene, hypotheses);
    }
    finish(scene, assessment)
}

fn build(
    scene: &Scene<'_>,
    hypotheses: &[Hypothesis],
    outcome: Outcome,
    summary: String,
    plan: Plan,
) -> Assessment {
    Assessment {
        incident: incident::of(scene),
        as_of: scene.case.as_of,
        verdict: Verdict { outcome, summary, intentional: Intentional::default() },
        symptoms: telemetry::of(scene),
        root_causes: Vec::new(),
        contributing: Vec::new(),
        competing: Vec::new(),
        ruled_out: ruled_out::of(scene, hypotheses),
        unaffected: unaffected::of(scene, hypotheses),
        accounting: None,
        plan,
        timeline: timeline::of(scene, hypotheses),
        gaps: gaps::of(scene, hypotheses),
        evidence: Vec::new(),
        stats: stats(scene),
    }
}

fn stats(scene: &Scene<'_>) -> Stats {
    let calls = scene.case.evidence.iter().filter(|evidence| matches!(evidence.body, Body::Call(_))).count();
    let failed = scene.case.gaps.iter().filter(|gap| gap.query.is_some()).count();
    Stats { calls: calls + failed, rounds: scene.case.rounds }
}

/// Gathers the evidence that is cited anywhere.
fn finish(scene: &Scene<'_>, mut assessment: Assessment) -> Assessment {
    let mut cited: BTreeSet<EvidenceId> = BTreeSet::new();
    let mut add = |cites: &Cites| cited.extend(cites.ids().iter().copied());
    assessment.incident.alerts.iter().for_each(|alert| add(&alert.cites));
    let causes = assessment.root_causes.iter().chain(&assessment.contributing).chain(&assessment.competing);
    causes.for_each(|cause| add(&cause.cites));
    assessment.ruled_out.iter().filter_map(|one| one.cites.as_ref()).for_each(&mut add);
    assessment.unaffected.iter().filter_map(|one| one.cites.as_ref()).for_each(&mut add);
    assessment.timeline.iter().for_each(|one| add(&one.cites));
    assessment.symptoms.iter().for_each(|one| add(&one.cites));
    assessment.verdict.intentional.reasons.iter().for_each(|one| add(&one.cites));
    let mut evidence: Vec<Evidence> =
        scene.case.evidence.iter().filter(|evidence| cited.contains(&evidence.id())).cloned().collect();
    evidence.sort_by(|a, b| {
        (a.at, a.source(), &a.query.account, &a.query.region, &a.query.operation, a.id()).cmp(&(
            b.at,
            b.source(),
            &b.query.account,
            &b.query.region,
            &b.query.operation,
            b.id(),
        ))
    });
    evidence.dedup_by_key(|evidence| evidence.id());
    assessment.evidence = evidence;
    assessment
}
