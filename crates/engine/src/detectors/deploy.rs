//! `deploy`: a component that fails since shortly after it got other code, or a switch of its code was set.
//!
//! Being first in time proves nothing: something is deployed in the minutes before most alarms. A second witness must tie the
//! two: the component's own log tells of a failure that can only arise in its code, that began after the deploy and was not there
//! in a recorded time before it, while nothing else touched the component; or the diff itself does what is seen. Else the deploy
//! is only suspected. Not taken in by: deploys of other components, after the onset, of documentation, that failed, of what was
//! there already, or that were taken back.

use super::Finding;
use crate::deploy::fresh::{self, ComponentLog, Fresh};
use crate::deploy::matched::{self, Matched};
use crate::deploy::rollout::{self, Rollout};
use crate::deploy::{Brings, Component, Deploy, Standing, Tie, rollback};
use crate::hypothesis::{Empirical, Hypothesis, net};
use crate::scene::{RECENT_SECONDS, Scene};
use crate::symptom::log_answers;
use crate::wording::Wording;
use butfor_incident::{Affected, AffectedKind, Grade, Phase, Step, Timestamp};
use butfor_world::command::quote;
use butfor_world::{Delta, ResourceKey};

/// What new code does wrong shows with the next requests: the first failure comes within minutes.
const SHOWS_WITHIN_SECONDS: i64 = 10 * 60;

/// Time and place only: still worth a look.
const NEAR_SECONDS: i64 = 30 * 60;

/// Fewer failures than this may be chance.
const FAILURES_MIN: usize = 3;

/// Finds the deploys the alerts may be about.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    let Some(alarm_at) = scene.symptom.alarm_at() else { return Vec::new() };
    let since = alarm_at.plus_seconds(-RECENT_SECONDS);
    let near: Vec<&Deploy> =
        scene.deploys.list.iter().filter(|deploy| deploy.at >= since && deploy.at <= alarm_at).collect();
    if near.is_empty() {
        return Vec::new();
    }
    // Read again only where there is a deploy to compare them with.
    let answers = log_answers::read(scene.case);
    let logs = fresh::logs(scene.now(), &scene.symptom, &answers);
    let matched = matched::commit(scene, &near, &logs);
    let judged = logs.iter().filter_map(|log| judge(scene, log, &near, matched.as_ref()));
    let mut found: Vec<Judged<'_>> = judged.collect();
    // What a witness ties to its deploy explains more than what only came after one.
    if let Some(best) = found.iter().map(|one| one.grade).min() {
        found.retain(|one| one.grade == best);
    }
    found.iter().filter_map(|one| explain(scene, one)).map(Box::new).map(Finding::Cause).collect()
}

/// A rollout and what began after it.
struct Judged<'a> {
    log: &'a ComponentLog<'a>,
    rollout: Rollout<'a>,
    fresh: Option<Fresh>,
    matched: Option<Matched>,
    onset: Timestamp,
    grade: Grade,
}

fn judge<'a>(
    scene: &Scene<'_>,
    log: &'a ComponentLog<'a>,
    near: &[&'a Deploy],
    matched: Option<&Matched>,
) -> Option<Judged<'a>> {
    let alarm_at = scene.symptom.alarm_at()?;
    if is_explained(scene, &log.component) {
        return None;
    }
    let mut found: Vec<Judged<'a>> = Vec::new();
    for rollout in rollout::of(&log.component, near) {
        let fresh = log.fresh(rollout.at).into_iter().find(|one| {
            one.first.seconds_since(rollout.at) <= SHOWS_WITHIN_SECONDS
                && one.last >= alarm_at.plus_seconds(-SHOWS_WITHIN_SECONDS)
        });
        let onset = fresh.as_ref().map(|one| one.first).or(scene.onset)?;
        let lead = onset.seconds_since(rollout.at);
        let is_failing = fresh.is_some() || log.component.is_alerted(&scene.symptom);
        // A log that tells of the same failure before and after speaks against it.
        let was_failing = fresh.is_none() && log.was_failing(rollout.at);
        if !is_failing
            || was_failing
            || !(0..=NEAR_SECONDS).contains(&lead)
            || rollout.is_undone(scene, near, &log.component)
        {
            continue;
        }
        let own = matched.filter(|one| rollout.members.iter().any(|deploy| has_commit(deploy, one))).cloned();
        found.push(Judged { log, rollout, fresh, matched: own, onset, grade: Grade::Suspected });
    }
    // The last one before the failure: the component still worked after the others.
    let count = found.len();
    let mut last = found.into_iter().max_by_key(|one| one.rollout.at)?;
    last.grade = grade(scene, &last, count);
    Some(last)
}

fn has_commit(deploy: &Deploy, matched: &Matched) -> bool {
    deploy.commits.iter().any(|commit| commit.sha == matched.commit)
}

/// Whether a setting that is known to be wrong explains the component's failure.
fn is_explained(scene: &Scene<'_>, component: &Component) -> bool {
    scene.settings.wrong.iter().any(|wrong| {
        wrong.setting.is_tied && !wrong.acts.is_empty() && component.keys.contains(&wrong.setting.key)
    })
}

/// How sure: what ties the failure to this deploy and to nothing else.
fn grade(scene: &Scene<'_>, one: &Judged<'_>, rollouts: usize) -> Grade {
    if one.rollout.touched_otherwise(scene, &one.log.component, one.onset) {
        return Grade::Suspected;
    }
    // Without a recorded time before it nothing can be called new.
    let Some(fresh) = one.fresh.as_ref().filter(|_| one.log.baseline(one.rollout.at).is_enough()) else {
        return Grade::Suspected;
    };
    let is_of_code = one.rollout.main.standing == Standing::Live
        && fresh.is_own
        && fresh.count >= FAILURES_MIN
        && rollouts == 1
        && one.rollout.tie <= Tie::Configuration;
    // A name in common is enough of a tie where the diff of what went live says the rest.
    let is_shown = one.matched.as_ref().is_some_and(|matched| {
        let own = one.rollout.members.iter().filter(|deploy| has_commit(deploy, matched));
        own.into_iter().any(|deploy| deploy.standing == Standing::Live)
    });
    if is_of_code || is_shown { Grade::Corroborated } else { Grade::Suspected }
}

fn explain(scene: &Scene<'_>, one: &Judged<'_>) -> Option<Hypothesis> {
    let component = &one.log.component;
    let main = one.rollout.main;
    let delta = main.act.and_then(|act| scene.acts.get(act)).map(|act| net(&act.delta));
    // A function's code cannot be set by its checksum: the package has to be found.
    let is_code = |delta: &Delta| delta.edits.iter().any(|edit| edit.facet.member == "CodeSha256");
    let fix = delta.as_ref().filter(|delta| !is_code(delta) && delta.inverse().is_known());
    let steps =
        main.act.and_then(|act| rollback::of_function(scene, main.keys.first()?, act)).unwrap_or_default();
    let empirical = Empirical {
        change: main.act.is_none().then(|| main.by.clone()),
        told: one.rollout.members.iter().map(|deploy| deploy.by.event_id.clone()).collect(),
        steps: if fix.is_some() { Vec::new() } else { steps },
        reason: "it puts back what was there before; code is not modelled, so that only the looks after it tell whether it helped"
            .to_owned(),
        checks: check(one).into_iter().collect(),
    };
    let evidence = one.rollout.members.iter().flat_map(|deploy| deploy.cites.ids().iter().copied());
    let logged = one.fresh.iter().flat_map(|fresh| fresh.evidence.iter().copied());
    let explained = Hypothesis::of_requests(
        Vec::new(),
        main.act,
        delta.clone().unwrap_or_default(),
        fix.map(Delta::inverse).unwrap_or_default(),
        one.grade,
    );
    Some(Hypothesis {
        requests: vec![affected(component, one.fresh.as_ref())],
        stated: Some(wording(one)),
        advice: advice(main, one.rollout.commit().as_deref()),
        evidence: evidence.chain(logged).collect(),
        empirical: Some(Box::new(empirical)),
        ..explained
    })
}

fn affected(component: &Component, fresh: Option<&Fresh>) -> Affected {
    Affected {
        kind: AffectedKind::Request,
        from: "its callers".to_owned(),
        to: component.label.clone(),
        detail: fresh.map_or_else(|| "it fails".to_owned(), |fresh| format!("it {}", fresh.words)),
    }
}

fn wording(one: &Judged<'_>) -> Wording {
    let component = &one.log.component;
    let main = one.rollout.main;
    let lead = one.onset.seconds_since(one.rollout.at);
    let known = one.log.baseline(one.rollout.at);
    let began = match &one.fresh {
        Some(fresh) => {
            let before = if known.is_enough() {
                format!(
                    ", which is in none of its {} lines of the {} min before",
                    known.lines,
                    known.seconds / 60
                )
            } else {
                String::new()
            };
            format!(
                "{} {} {lead} s later (`{}`), {} times so far{before}",
                component.label, fresh.words, fresh.line, fresh.count
            )
        }
        None => format!("{} fails {lead} s later", component.label),
    };
    let told: Vec<String> = one
        .rollout
        .members
        .iter()
        .filter(|deploy| deploy.what != main.what)
        .map(|deploy| deploy.phrase())
        .collect();
    let told = if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) };
    let shows: String = one.matched.iter().map(|matched| format!("; {}", matched.shows)).collect();
    let is_switch = main.brings == Brings::Switch;
    let defect = match (one.grade, is_switch) {
        (_, true) => "switch-set-before-failure",
        (Grade::Suspected, false) => "deploy-before-failure",
        (_, false) => "deploy-brought-failure",
    };
    let verb = if is_switch { "was set" } else { "went live" };
    let resource = main.keys.first().or(component.keys.first()).cloned();
    let commit = one.rollout.commit().map(|commit| format!(" of commit {commit}")).unwrap_or_default();
    Wording {
        defect: defect.to_owned(),
        resource: resource.unwrap_or_else(|| ResourceKey {
            kind: "AWS::Logs::LogGroup".to_owned(),
            id: component.group.clone(),
        }),
        component: if is_switch {
            "configuration that code reads".to_owned()
        } else {
            format!("code{commit}")
        },
        phrase: format!("{}{told} {verb}, and {began}{shows}", main.phrase()),
    }
}

/// What a person does where no command is known to be right.
fn advice(main: &Deploy, commit: Option<&str>) -> String {
    let back = match (main.brings, commit) {
        (Brings::Switch, _) => {
            format!("put back what was there before: {} (its former value is not in the record)", main.what)
        }
        (_, Some(commit)) => format!(
            "deploy what ran before: revert commit {commit} and let the pipeline deploy that, or deploy the revision before it"
        ),
        (_, None) => format!("deploy what ran before: undo {}", main.what),
    };
    format!(
        "{back}. Butfor does not run code, so that this is not checked beforehand: the log and the alarm tell whether it helped"
    )
}

/// The look that tells whether it helped.
fn check(one: &Judged<'_>) -> Option<Step> {
    let (component, fresh) = (&one.log.component, one.fresh.as_ref()?);
    let pattern = format!("\"{}\"", fresh.pattern.replace('"', ""));
    Some(Step {
        phase: Phase::PostValidate,
        text: format!("ten minutes later, look whether {} still {}", component.label, fresh.words),
        command: format!(
            "aws logs tail {} --since 5m --filter-pattern {} --region {}",
            quote(&component.group),
            quote(&pattern),
            quote(&component.region)
        ),
        expect: "no line; else the deploy was not the cause: put it back and look further".to_owned(),
        account: component.account.clone(),
        region: component.region.clone(),
    })
}

#[cfg(test)]
mod tests;
