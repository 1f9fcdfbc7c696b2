//! Measured values of the alarms' metrics, with the moments that matter.

use super::digests;
use super::view::View;
use crate::scene::Scene;
use crate::symptom::metrics::Series;
use crate::telemetry;
use butfor_incident::picture::Chart;
use butfor_incident::{Alert, AlertState, EvidenceId, MetricRef, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

/// Charts at the most: alarms over many metrics repeat themselves.
const CHARTS_MAX: usize = 8;

/// Points of a chart at the most: a minute each for twelve hours, and about as many as a screen has columns.
const POINTS_MAX: usize = 720;

/// Account, region, metric and statistic of a series.
type Identity<'s> = (&'s str, &'s str, &'s MetricRef, &'s str);

/// Charts of the metrics that the alarms watch.
pub(super) fn of(view: &View<'_, '_>) -> Vec<Chart> {
    let scene = view.scene;
    // One metric asked for twice is drawn once, as the finer record has it.
    let mut groups: BTreeMap<Identity<'_>, Vec<&Series>> = BTreeMap::new();
    for series in scene.symptom.alarm_series() {
        let identity =
            (series.account.as_str(), series.region.as_str(), &series.metric, series.statistic.as_str());
        groups.entry(identity).or_default().push(series);
    }
    let charts = groups.into_values().filter_map(|all| {
        let finest = all.iter().filter(|one| !one.points.is_empty()).map(|one| one.period_s).min()?;
        let pages: Vec<&Series> = all.into_iter().filter(|one| one.period_s == finest).collect();
        chart(view, &joined(&pages)?, pages.iter().map(|one| one.evidence))
    });
    charts.take(CHARTS_MAX).collect()
}

/// Several answers of one series as one: a moment that two answers tell of counts once.
fn joined(pages: &[&Series]) -> Option<Series> {
    let points: BTreeMap<Timestamp, f64> =
        pages.iter().flat_map(|page| page.points.iter().copied()).collect();
    let first = pages.first()?;
    let points = points.into_iter().filter(|(_, value)| value.is_finite()).collect();
    Some(Series { points, ..(*first).clone() })
}

fn chart(view: &View<'_, '_>, series: &Series, told: impl Iterator<Item = EvidenceId>) -> Option<Chart> {
    if series.points.is_empty() {
        return None;
    }
    let scene = view.scene;
    let alerts: Vec<&Alert> = watching(scene, series).collect();
    let onset = scene.onset.and_then(|onset| telemetry::began(series, onset));
    let alert_cites = alerts.iter().flat_map(|alert| alert.cites.ids().iter().copied());
    let mut alarms: Vec<i64> = alerts
        .iter()
        .filter(|alert| alert.state == AlertState::Alarm)
        .filter_map(|alert| alert.at)
        .map(Timestamp::as_millis)
        .collect();
    alarms.sort_unstable();
    alarms.dedup();
    let statistic = if series.statistic.is_empty() { "statistic not recorded" } else { &series.statistic };
    Some(Chart {
        title: format!("{} ({statistic})", series.label()),
        // No answer tells it: GetMetricData gives numbers only.
        unit: String::new(),
        points: thinned(&series.points),
        threshold: threshold(scene, series, &alerts),
        onset: onset.map(|it| (it.earliest.as_millis(), it.at.as_millis(), it.latest.as_millis())),
        changes: changes(view),
        alarms,
        cites: digests(told.chain(alert_cites)),
    })
}

/// Alerts about a series.
fn watching<'s>(scene: &'s Scene<'_>, series: &'s Series) -> impl Iterator<Item = &'s Alert> {
    scene.symptom.alerts.iter().filter(|alert| {
        alert.metrics.contains(&series.metric)
            && alert.account.as_ref().is_none_or(|account| *account == series.account)
            && alert.region.as_ref().is_none_or(|region| *region == series.region)
    })
}

/// The threshold of alarms on one metric alone: over an expression it is about what is computed, and over another statistic about
/// other numbers.
fn threshold(scene: &Scene<'_>, series: &Series, alerts: &[&Alert]) -> Option<f64> {
    let alone = alerts.iter().filter(|alert| alert.metrics.len() == 1 && is_on(scene, series, alert));
    let mut told = alone.filter_map(|alert| alert.threshold.as_ref()?.parse::<f64>().ok());
    told.next().filter(|first| first.is_finite() && told.all(|other| other.to_bits() == first.to_bits()))
}

/// Whether an alarm compares the very values of a series with its threshold: as it is described, else as its message tells.
fn is_on(scene: &Scene<'_>, series: &Series, alert: &Alert) -> bool {
    let mut described = scene.now().of_kind("AWS::CloudWatch::Alarm").filter(|alarm| {
        let name = alarm.parsed().get("AlarmName").and_then(Value::as_str);
        name == Some(alert.name.as_str()) && alarm.account == series.account && alarm.region == series.region
    });
    if let Some(alarm) = described.next() {
        let stated =
            ["Statistic", "ExtendedStatistic"].iter().find_map(|it| alarm.parsed().get(it)?.as_str());
        return stated.is_some_and(|stated| stated == series.statistic);
    }
    // SNS carries the alarm as text in text: the quote that closes a name may be escaped.
    let recorded = scene.symptom.alarm_series().filter(|other| other.metric == series.metric);
    let mut told = scene.case.evidence.iter().filter(|one| alert.cites.ids().contains(&one.id()));
    recorded.map(|other| &other.statistic).all(|statistic| *statistic == series.statistic)
        && !told.any(|one| one.body.text().to_ascii_lowercase().contains("\"expression"))
}

/// The changes that are root causes.
fn changes(view: &View<'_, '_>) -> Vec<(i64, String)> {
    let causes = view.concluded.assessment.root_causes.iter();
    let mut all: Vec<(i64, String)> = causes
        .filter_map(|cause| {
            let change = cause.change.as_ref()?;
            let who = crate::act::short_actor(&change.actor);
            Some((change.at.as_millis(), super::clipped(&format!("{} by {who}", change.event_name))))
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

/// As many points as may be: of each stretch the lowest and the highest, so that no peak and no gap is lost.
fn thinned(points: &[(Timestamp, f64)]) -> Vec<(i64, f64)> {
    let all: Vec<(i64, f64)> = points.iter().map(|(at, value)| (at.as_millis(), *value)).collect();
    if all.len() <= POINTS_MAX {
        return all;
    }
    let stretch = all.len().div_ceil(POINTS_MAX / 2);
    let mut kept = Vec::with_capacity(POINTS_MAX);
    for part in all.chunks(stretch) {
        let low = part.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
        let high = part.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
        let mut both: Vec<(i64, f64)> = low.into_iter().chain(high).collect();
        both.sort_by_key(|(at, _)| *at);
        both.dedup_by_key(|(at, _)| *at);
        kept.extend(both);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_peaks_order_and_the_limit() {
        let value = |minute: i64| if minute == 4_321 { 99.0 } else { 1.0 };
        let points: Vec<_> =
            (0..10_000).map(|minute| (Timestamp::from_seconds(minute * 60), value(minute))).collect();
        let kept = thinned(&points);
        assert!(kept.len() <= POINTS_MAX && kept.len() > POINTS_MAX / 4, "{}", kept.len());
        assert!(kept.contains(&(4_321 * 60_000, 99.0)) && kept.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(thinned(&points[..10]).len(), 10);
    }
}
