//! Whether a deploy's diff does what is seen: the question put to `signals::change_match`.

use super::fresh::ComponentLog;
use super::{Brings, Deploy};
use crate::scene::{RECENT_SECONDS, Scene};
use butfor_incident::Timestamp;
use butfor_signals::change_match::{self, Alert, EffectKind, Incident, LogRecord, Measured};
use butfor_signals::logs::record::{self, Level};

/// Lines of all logs together that are compared with diffs; errors come first.
const LINES_MAX: usize = 5_000;

/// Longest quoted line of a diff, in characters.
const QUOTE_CHARS_MAX: usize = 200;

/// A diff below this score is no witness: twice what the library asks of the best of several, for here there may be only one.
const SCORE_MIN: f64 = 0.5;

/// A diff that does what is seen.
#[derive(Debug, Clone)]
pub(crate) struct Matched {
    pub commit: String,
    /// What its diff does, with the line that shows it: untrusted text.
    pub shows: String,
}

/// The one commit whose diff explains what is seen, if there is one and it is clear.
pub(crate) fn commit(scene: &Scene<'_>, deploys: &[&Deploy], logs: &[ComponentLog<'_>]) -> Option<Matched> {
    let commits: Vec<change_match::Commit> =
        deploys.iter().flat_map(|deploy| deploy.commits.iter().cloned()).collect();
    if commits.iter().all(|commit| commit.diff.is_none()) {
        return None;
    }
    let alarm_at = scene.symptom.alarm_at()?;
    let incident = incident(scene, deploys, logs, commits, alarm_at);
    let finding = change_match::explain(&incident);
    let commit = finding.commit?;
    let suspect = finding.suspects.iter().find(|suspect| suspect.sha == commit)?;
    // A line that is merely another one says nothing about behaviour.
    let effect = suspect.effect.as_ref().filter(|effect| effect.kind != EffectKind::Reshaped)?;
    let line: String = effect.line.replace('\n', " ").chars().take(QUOTE_CHARS_MAX).collect();
    let shows = format!("its diff {} in {}: `{line}`", effect.kind.words(), effect.file);
    (suspect.score >= SCORE_MIN).then_some(Matched { commit, shows })
}

fn incident(
    scene: &Scene<'_>,
    deploys: &[&Deploy],
    logs: &[ComponentLog<'_>],
    mut commits: Vec<change_match::Commit>,
    alarm_at: Timestamp,
) -> Incident {
    let alert = scene.symptom.alerts.first();
    let named = logs.iter().find(|log| log.component.is_alerted(&scene.symptom));
    let said = alert.map(|alert| {
        [Some(alert.name.as_str()), alert.description.as_deref(), alert.reason.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n")
    });
    commits.sort_by(|a, b| a.sha.cmp(&b.sha));
    commits.dedup_by(|a, b| a.sha == b.sha);
    let since = alarm_at.plus_seconds(-RECENT_SECONDS);
    let mut records: Vec<LogRecord> = logs.iter().flat_map(|log| records(log, since)).collect();
    records.sort_by_key(|record| (!record.is_error, !record.is_warning, record.at));
    records.truncate(LINES_MAX);
    records.sort_by_key(|record| record.at);
    let service = named.map(|log| log.component.name.clone()).unwrap_or_default();
    let series = scene.symptom.alarm_series().map(|series| Measured {
        service: service.clone(),
        metric: series.metric.name.clone(),
        points: series.points.iter().map(|(at, value)| (seconds(*at), *value)).collect(),
    });
    Incident {
        alert: Alert {
            service: service.clone(),
            metric: alert
                .and_then(|alert| alert.metrics.first())
                .map(|one| one.name.clone())
                .unwrap_or_default(),
            at: seconds(alarm_at),
            text: said.unwrap_or_default(),
        },
        records,
        series: series.collect(),
        commits,
        deploys: live(deploys, logs),
        ..Incident::default()
    }
}

/// When which commit went live at which component.
fn live(deploys: &[&Deploy], logs: &[ComponentLog<'_>]) -> Vec<change_match::Deploy> {
    let mut all = Vec::new();
    for deploy in deploys.iter().filter(|deploy| deploy.brings != Brings::Switch) {
        for log in logs.iter().filter(|log| log.component.tie(deploy).is_some()) {
            all.extend(deploy.commits.iter().map(|commit| change_match::Deploy {
                at: seconds(deploy.at),
                service: log.component.name.clone(),
                sha: commit.sha.clone(),
            }));
        }
    }
    all
}

fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1000)
}

fn records<'a>(log: &'a ComponentLog<'_>, since: Timestamp) -> impl Iterator<Item = LogRecord> + 'a {
    log.lines.iter().filter(move |(at, ..)| *at >= since).flat_map(move |(at, message, _)| {
        let at = seconds(*at);
        record::records(message).into_iter().map(move |record| {
            let level = record.header.level;
            LogRecord {
                at,
                service: log.component.name.clone(),
                is_warning: level >= Some(Level::Warn),
                is_error: level >= Some(Level::Error),
                text: record.text(),
                fields: record.fields,
            }
        })
    })
}
