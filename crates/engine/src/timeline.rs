//! What happened, in order.

use crate::act::{Act, short_actor};
use crate::hypothesis::{Hypothesis, net};
use crate::ruled_out::is_routine;
use crate::scene::{RECENT_SECONDS, Scene};
use crate::wording;
use butfor_incident::{Cites, TimelineEntry, TimelineKind, Timestamp};
use butfor_world::When;
use std::collections::BTreeSet;

/// Series that fell silent within this long of the onset are part of the story.
const NEAR_ONSET_SECONDS: i64 = 15 * 60;

/// Entries from logs at the most, of each kind.
const LOG_ENTRIES_MAX: usize = 6;

/// The timeline of an incident.
pub(crate) fn of(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Vec<TimelineEntry> {
    let alarm_at = scene.symptom.alarm_at().unwrap_or(scene.case.as_of);
    let since = alarm_at.plus_seconds(-RECENT_SECONDS);
    let mut all = Vec::new();
    all.extend(changes(scene, hypotheses, since));
    all.extend(events(scene, since));
    all.extend(deploys(scene, since));
    all.extend(alerts(scene));
    all.extend(metrics(scene));
    all.extend(logs(scene));
    all.extend(crate::health::timeline(scene.case, since));
    all.sort_by(|a, b| (a.at, a.kind, &a.text).cmp(&(b.at, b.kind, &b.text)));
    all.dedup_by(|a, b| a.at == b.at && a.text == b.text);
    all
}

fn changes(scene: &Scene<'_>, hypotheses: &[Hypothesis], since: Timestamp) -> Vec<TimelineEntry> {
    let causes: BTreeSet<usize> = hypotheses.iter().filter_map(|one| one.act).collect();
    let shown =
        scene.acts.iter().enumerate().filter(|(index, act)| act.at() >= since || causes.contains(index));
    shown.filter_map(|(_, act)| change(scene, act)).collect()
}

fn change(scene: &Scene<'_>, act: &Act) -> Option<TimelineEntry> {
    let wording = wording::of(&net(&act.delta), scene.now())?;
    let who = match act.event() {
        Some(event) => format!("{} by {}", event.info.event_name, short_actor(&event.info.actor)),
        None => match act.end {
            When::Between(earlier, _) => format!("seen by now, some time after {earlier}"),
            _ => "seen by now".to_owned(),
        },
    };
    Some(TimelineEntry {
        at: act.at(),
        kind: TimelineKind::Change,
        text: format!("{who}: {}", wording.phrase),
        cites: act.cites.clone(),
    })
}

/// Refused calls and alarms set by hand.
fn events(scene: &Scene<'_>, since: Timestamp) -> Vec<TimelineEntry> {
    let attempts =
        scene.history.attempts().iter().filter(|attempt| attempt.at >= since).map(|attempt| TimelineEntry {
            at: attempt.at,
            kind: TimelineKind::Change,
            text: format!(
                "{} by {} failed ({}): nothing changed",
                attempt.info.event_name,
                short_actor(&attempt.info.actor),
                attempt.code
            ),
            cites: attempt.cites.clone(),
        });
    let others = scene
        .history
        .other_events()
        .iter()
        .filter(|event| {
            event.at >= since && !is_routine(event) && !scene.deploys.has_event(&event.info.event_id)
        })
        .map(|event| TimelineEntry {
            at: event.at,
            kind: TimelineKind::Change,
            text: format!("{} by {}", event.info.event_name, short_actor(&event.info.actor)),
            cites: event.cites.clone(),
        });
    attempts.chain(others).collect()
}

/// Deploys that are no acts of the world: those are told by what they changed.
fn deploys(scene: &Scene<'_>, since: Timestamp) -> Vec<TimelineEntry> {
    let told = scene.deploys.list.iter().filter(|deploy| deploy.act.is_none() && deploy.at >= since);
    told.map(|deploy| TimelineEntry {
        at: deploy.at,
        kind: TimelineKind::Change,
        text: format!("{}{}", deploy.told(), deploy.outcome()),
        cites: deploy.cites.clone(),
    })
    .collect()
}

fn alerts(scene: &Scene<'_>) -> Vec<TimelineEntry> {
    let fired = scene.symptom.alerts.iter().filter_map(|alert| {
        let reason = alert.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let text = format!("{} went to ALARM{reason}", alert.name);
        Some(TimelineEntry { at: alert.at?, kind: TimelineKind::Alert, text, cites: alert.cites.clone() })
    });
    let moves = scene.symptom.transitions.iter().filter(|one| {
        let same = scene.symptom.alerts.iter().any(|alert| {
            alert.name == one.alarm && alert.at.is_some_and(|at| at.seconds_since(one.at).abs() <= 2)
        });
        !same
    });
    let moves = moves.map(|one| TimelineEntry {
        at: one.at,
        kind: TimelineKind::Alert,
        text: format!("{}: {}", one.alarm, one.summary),
        cites: Cites::one(one.evidence),
    });
    fired.chain(moves).collect()
}

fn metrics(scene: &Scene<'_>) -> Vec<TimelineEntry> {
    let Some(alarm_at) = scene.symptom.alarm_at() else { return Vec::new() };
    let mut all: Vec<TimelineEntry> = scene
        .symptom
        .alarm_series()
        .filter_map(|series| {
            let (at, value) = series.rise_before(alarm_at)?;
            Some(TimelineEntry {
                at,
                kind: TimelineKind::Metric,
                text: format!("{} {} rises to {value}", series.metric.namespace, series.metric.name),
                cites: Cites::one(series.evidence),
            })
        })
        .collect();
    let onset = scene.onset.unwrap_or(alarm_at);
    all.extend(scene.symptom.series.iter().filter_map(|series| {
        let at = series.fell_to_zero()?;
        if at.seconds_since(onset).abs() > NEAR_ONSET_SECONDS {
            return None;
        }
        let of: Vec<&str> = series.metric.dimensions.values().map(String::as_str).collect();
        Some(TimelineEntry {
            at,
            kind: TimelineKind::Metric,
            text: format!(
                "{} {} of {} falls to 0",
                series.metric.namespace,
                series.metric.name,
                of.join(", ")
            ),
            cites: Cites::one(series.evidence),
        })
    }));
    all
}

fn logs(scene: &Scene<'_>) -> Vec<TimelineEntry> {
    let entries = scene.symptom.logs.failures.iter().filter_map(|failure| {
        Some(TimelineEntry {
            at: failure.first,
            kind: TimelineKind::Log,
            text: format!(
                "{} {}: {} ({} in all, the last at {})",
                failure.group,
                failure.stream,
                failure.line,
                failure.count,
                failure.last.clock()
            ),
            cites: Cites::many(failure.evidence.iter().copied())?,
        })
    });
    // The first few streams tell the story; the rest repeat it.
    let mut all: Vec<TimelineEntry> = entries.take(LOG_ENTRIES_MAX).collect();
    let facts = scene.symptom.recent_facts().filter_map(|fact| {
        Some(TimelineEntry {
            at: fact.first()?,
            kind: TimelineKind::Log,
            text: format!(
                "{} {}: {} ({} in all)",
                fact.group,
                fact.saying.words(),
                fact.line,
                fact.times.len()
            ),
            cites: Cites::many(fact.evidence.iter().copied())?,
        })
    });
    all.extend(facts.take(LOG_ENTRIES_MAX));
    all
}
