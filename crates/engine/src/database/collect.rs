//! What is recorded of the databases an incident is about.

use super::{insights, name};
use crate::scene::{RECENT_SECONDS, Scene};
use crate::symptom::log_answers::{self, LogAnswer};
use butfor_incident::{Body, EvidenceId, Timestamp};
use butfor_signals::database::{Database, Event};
use butfor_signals::logs::signature::{self, Kind};
use butfor_world::Resource;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const DATABASE: &str = "AWS::RDS::DBInstance";

/// Lines of a database's own log, or of its clients, that are taken as events.
const LINES_MAX: usize = 50;

/// The same time of another day, give or take.
const SAME_TIME_SECONDS: i64 = 30 * 60;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Points without which an earlier level is not known.
const LEVEL_POINTS_MIN: usize = 3;

/// What is recorded of one database.
#[derive(Default)]
pub(super) struct Collected {
    pub database: Database,
    /// By metric: the usual level and the one of the incident, both medians.
    pub levels: BTreeMap<String, (f64, f64)>,
    /// Where each metric was read.
    pub metrics: BTreeMap<String, EvidenceId>,
    /// Everything else that was read.
    pub evidence: BTreeSet<EvidenceId>,
}

/// The databases that are named, with what is recorded of them.
pub(super) fn databases<'s>(scene: &'s Scene<'_>) -> Vec<(&'s Resource, Collected)> {
    let Some(alarm_at) = scene.symptom.alarm_at() else { return Vec::new() };
    let has_any = scene.symptom.series.iter().any(|series| series.metric.namespace == "AWS/RDS");
    if !has_any {
        return Vec::new();
    }
    let answers = log_answers::read(scene.case);
    let all = scene.now().of_kind(DATABASE).filter_map(|resource| {
        let clients = clients(scene, resource, &answers);
        let is_alerted = is_alerted(scene, resource);
        (is_alerted || !clients.is_empty()).then(|| {
            let mut collected = Collected::default();
            metrics(scene, resource, alarm_at, &mut collected);
            events(scene, resource, &mut collected);
            log_lines(&answers, resource, &mut collected);
            insights::read(scene.case, resource, &mut collected);
            let alarm = scene.symptom.alerts.iter().filter(|_| is_alerted).flat_map(|alert| {
                [Some(alert.name.clone()), alert.description.clone(), alert.reason.clone()]
            });
            let said = clients.into_iter().map(|(text, id)| {
                collected.evidence.insert(id);
                text
            });
            let said: Vec<String> = said.collect();
            collected.database.alarm = alarm.flatten().chain(said).collect::<Vec<_>>().join("\n");
            (resource, collected)
        })
    });
    all.collect()
}

/// Whether an alert's dimensions name it.
fn is_alerted(scene: &Scene<'_>, resource: &Resource) -> bool {
    let own = name(&resource.key);
    scene.symptom.alerts.iter().any(|alert| {
        alert.region.as_ref().is_none_or(|region| *region == resource.region)
            && alert.metrics.iter().any(|metric| {
                metric.namespace == "AWS/RDS" && metric.dimensions.values().any(|value| value == own)
            })
    })
}

/// Lines of its clients that tell of a failure and name its address.
fn clients(scene: &Scene<'_>, resource: &Resource, answers: &[LogAnswer<'_>]) -> Vec<(String, EvidenceId)> {
    let address = resource.parsed().pointer("/Endpoint/Address").and_then(Value::as_str);
    let Some(address) = address.filter(|address| address.len() > 8) else { return Vec::new() };
    let since = scene.symptom.facts_since();
    let mut found = Vec::new();
    for answer in answers {
        for event in &answer.events {
            if since.is_some_and(|since| event.at < since) || !event.message.contains(address) {
                continue;
            }
            let tells = signature::read(&event.message).into_iter().any(|fact| is_of_database(&fact.kind));
            if tells && found.len() < LINES_MAX {
                found.push((
                    event.message.lines().next().unwrap_or_default().to_owned(),
                    answer.evidence.id(),
                ));
            }
        }
    }
    found
}

/// What a client says of a database that is not well.
fn is_of_database(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::TooManyConnections
            | Kind::DiskFull
            | Kind::LockWait
            | Kind::Deadlock
            | Kind::TimedOut { .. }
            | Kind::Connection { .. }
    )
}

fn metrics(scene: &Scene<'_>, resource: &Resource, alarm_at: Timestamp, into: &mut Collected) {
    let own = name(&resource.key);
    let since = alarm_at.plus_seconds(-RECENT_SECONDS);
    let onset = scene.onset.unwrap_or(alarm_at);
    for series in &scene.symptom.series {
        let is_own = series.metric.namespace == "AWS/RDS"
            && series.metric.dimensions.get("DBInstanceIdentifier").is_some_and(|id| id == own)
            && series.account == resource.account
            && series.region == resource.region;
        if !is_own {
            continue;
        }
        let points: Vec<(i64, f64)> = series
            .points
            .iter()
            .filter(|(at, _)| *at >= since)
            .map(|(at, value)| (at.as_millis().div_euclid(1000), *value))
            .collect();
        if let Some(levels) = levels(&series.points, onset) {
            into.levels.insert(series.metric.name.clone(), levels);
        }
        // The same metric with another statistic: the one with more points.
        let known = into.database.metrics.entry(series.metric.name.clone()).or_default();
        if points.len() > known.len() {
            *known = points;
            into.metrics.insert(series.metric.name.clone(), series.evidence);
        }
    }
    into.database.metrics.retain(|_, points| !points.is_empty());
}

/// The usual level and the one since the onset: at this time of earlier days where those are recorded, else just before it.
fn levels(points: &[(Timestamp, f64)], onset: Timestamp) -> Option<(f64, f64)> {
    let now = median(points.iter().filter(|(at, _)| *at >= onset).map(|(_, value)| *value))?;
    let same_time = |at: Timestamp| {
        let back = onset.seconds_since(at);
        let beside = back.rem_euclid(DAY_SECONDS);
        back >= DAY_SECONDS - SAME_TIME_SECONDS
            && (beside <= SAME_TIME_SECONDS || beside >= DAY_SECONDS - SAME_TIME_SECONDS)
    };
    let of = |wanted: &dyn Fn(Timestamp) -> bool| -> Vec<f64> {
        points.iter().filter(|(at, _)| *at < onset && wanted(*at)).map(|(_, value)| *value).collect()
    };
    let days = of(&same_time);
    let before = if days.len() >= LEVEL_POINTS_MIN { days } else { of(&|_| true) };
    if before.len() < LEVEL_POINTS_MIN {
        return None;
    }
    Some((median(before.into_iter())?, now))
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// What RDS says happened to it (RDS API reference, DescribeEvents), and the status it has.
fn events(scene: &Scene<'_>, resource: &Resource, into: &mut Collected) {
    let own = name(&resource.key);
    for evidence in &scene.case.evidence {
        let Body::Call(output) = &evidence.body else { continue };
        let query = &evidence.query;
        if query.operation != "DescribeEvents"
            || (&query.account, &query.region) != (&resource.account, &resource.region)
        {
            continue;
        }
        let Ok(output) = serde_json::from_str::<Value>(output) else { continue };
        for event in output.get("Events").and_then(Value::as_array).into_iter().flatten() {
            let text = |member: &str| event.get(member).and_then(Value::as_str);
            let at = text("Date").and_then(|at| Timestamp::parse(at).ok());
            let (Some(at), Some(message)) = (at, text("Message")) else { continue };
            if text("SourceIdentifier") == Some(own) && at <= scene.case.as_of {
                into.database
                    .events
                    .push(Event { at: at.as_millis().div_euclid(1000), message: message.to_owned() });
                into.evidence.insert(evidence.id());
            }
        }
    }
    let status = resource.parsed().get("DBInstanceStatus").and_then(Value::as_str);
    if status == Some("storage-full") {
        let at = scene.case.as_of.as_millis().div_euclid(1000);
        into.database.events.push(Event { at, message: "its status is storage-full".to_owned() });
        into.evidence.extend(resource.cites().iter().flat_map(|cites| cites.ids().iter().copied()));
    }
}

/// What its own log says: RDS puts it into `/aws/rds/instance/NAME/...` (RDS User Guide, "Publishing database logs").
fn log_lines(answers: &[LogAnswer<'_>], resource: &Resource, into: &mut Collected) {
    let own = format!("/aws/rds/instance/{}/", name(&resource.key));
    for answer in answers.iter().filter(|answer| answer.group.starts_with(&own)) {
        for event in answer.events.iter().take(10_000) {
            let tells = signature::read(&event.message).into_iter().any(|fact| {
                matches!(
                    fact.kind,
                    Kind::TooManyConnections | Kind::DiskFull | Kind::LockWait | Kind::Deadlock
                )
            });
            if tells && into.database.events.len() < LINES_MAX {
                let message = event.message.lines().next().unwrap_or_default().to_owned();
                into.database.events.push(Event { at: event.at.as_millis().div_euclid(1000), message });
                into.evidence.insert(answer.evidence.id());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_level_is_that_of_the_same_time_where_it_is_known() {
        let onset = Timestamp::from_seconds(10 * DAY_SECONDS);
        let point = |back: i64, value: f64| (onset.plus_seconds(-back), value);
        let night: Vec<_> = (0..5).map(|n| point(DAY_SECONDS + n * 300, 93.0)).collect();
        let evening: Vec<_> = (1..5).map(|n| point(n * 300, 20.0)).collect();
        let now: Vec<_> = (0..5).map(|n| point(-n * 300, 95.0)).collect();
        let all: Vec<_> = [night, evening.clone(), now.clone()].concat();
        assert_eq!(levels(&all, onset), Some((93.0, 95.0)), "every night");
        assert_eq!(
            levels(&[evening, now].concat(), onset),
            Some((20.0, 95.0)),
            "only the hours before are known"
        );
        assert_eq!(levels(&[point(0, 95.0)], onset), None);
    }
}
