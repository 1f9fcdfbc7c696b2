//! Metrics whose level changed around the onset, and counts that left their usual range for a while.
//!
//! Change points are those of `butfor_signals::metrics`; the alarm's own metric is looked at for short episodes too, because a
//! fault that lasted a minute changes no level.

use super::{length, moment, words};
use crate::scene::Scene;
use crate::symptom::metrics::Series;
use butfor_incident::{Cites, MetricRef, Onset, Symptom, SymptomKind, Timestamp};
use butfor_signals::metrics::{ChangePoint, Direction, Episode, change_points, episodes};
use std::collections::{BTreeMap, BTreeSet};

/// A level that changed longer before or after the onset than this has another reason, in seconds.
const NEAR_SECONDS: i64 = 20 * 60;

/// Changes of all series, the alarms' own first, then the surest.
pub(super) fn of(scene: &Scene<'_>, onset: Timestamp) -> Vec<Symptom> {
    let own: BTreeSet<Identity<'_>> = scene.symptom.alarm_series().map(identity).collect();
    let home = scene.symptom.alerts.iter().find_map(|alert| alert.region.as_deref());
    // One metric asked for twice is told once, as the finer record has it.
    let mut best: BTreeMap<Identity<'_>, (u32, f64, Symptom)> = BTreeMap::new();
    for series in &scene.symptom.series {
        let identity = identity(series);
        let level = level_change(series, onset, home);
        let found = level.or_else(|| own.contains(&identity).then(|| episode(series, onset, home)).flatten());
        let Some((weight, symptom)) = found else { continue };
        let is_better = best
            .get(&identity)
            .is_none_or(|(period, known, _)| (series.period_s, -weight) < (*period, -*known));
        if is_better {
            best.insert(identity, (series.period_s, weight, symptom));
        }
    }
    let mut all: Vec<(bool, f64, Symptom)> =
        best.into_iter().map(|(of, (_, weight, symptom))| (!own.contains(&of), weight, symptom)).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then_with(|| a.2.text.cmp(&b.2.text)));
    all.into_iter().map(|(_, _, symptom)| symptom).collect()
}

/// When a series began to change around the onset of the incident; `None` where it did not, or its record does not tell.
pub(crate) fn began(series: &Series, onset: Timestamp) -> Option<Onset> {
    let found = level_change(series, onset, None).or_else(|| episode(series, onset, None));
    found.and_then(|(_, symptom)| symptom.onset)
}

/// What a series measures, and where.
type Identity<'s> = (&'s str, &'s str, &'s MetricRef, &'s str);

fn identity(series: &Series) -> Identity<'_> {
    (&series.account, &series.region, &series.metric, &series.statistic)
}

/// `AWS/Lambda Errors of list-orders (Sum)`, with the region where it is not the alert's.
fn label(series: &Series, home: Option<&str>) -> String {
    let place = match home {
        Some(home) if home != series.region && !series.region.is_empty() => format!(" in {}", series.region),
        _ => String::new(),
    };
    let statistic = if series.statistic.is_empty() { "statistic not recorded" } else { &series.statistic };
    format!("{}{place} ({statistic})", series.label())
}

/// The change of level closest to the onset, with how sure it is, and when it went back.
fn level_change(series: &Series, onset: Timestamp, home: Option<&str>) -> Option<(f64, Symptom)> {
    let changes = change_points(&series.to_signal());
    let distance = |change: &ChangePoint| moment(change.at).seconds_since(onset).abs();
    let (place, change) = changes.iter().enumerate().min_by_key(|(_, change)| distance(change))?;
    if distance(change) > NEAR_SECONDS {
        return None;
    }
    let back = changes.get(place + 1).filter(|next| {
        let (before, after) = (change.before.value, change.after.value);
        (next.after.value - before).abs() < 0.1 * (after - before).abs()
    });
    let back = back.map(|next| format!("; as before since {}", moment(next.at).clock())).unwrap_or_default();
    let unit = match change.unit_factor {
        Some(factor) => {
            format!("; just a factor of {}: its unit may have changed and nothing else", words::value(factor))
        }
        None => String::new(),
    };
    let text = format!(
        "{}: from {} to {}{}{back}{unit}",
        label(series, home),
        words::value(change.before.value),
        words::value(change.after.value),
        per(series),
    );
    let onset =
        Onset { at: moment(change.at), earliest: moment(change.earliest), latest: moment(change.latest) };
    Some((change.statistic / change.threshold.max(f64::MIN_POSITIVE), symptom(series, text, Some(onset))))
}

/// The episode that the onset falls in, or the first after it.
fn episode(series: &Series, onset: Timestamp, home: Option<&str>) -> Option<(f64, Symptom)> {
    let signal = series.to_signal();
    let split = onset.as_millis().div_euclid(1000);
    let end = signal.end()?;
    let found: Vec<Episode> = episodes(&signal.between(i64::MIN, split), &signal.between(split, end)).ok()?;
    let episode = found.iter().find(|it| it.onset.before.saturating_sub(split) <= NEAR_SECONDS)?;
    let side = match episode.direction {
        Direction::Up => "above",
        Direction::Down => "below",
    };
    let ended = match episode.end {
        Some(end) => format!(", as usual again by {}", moment(end.before).clock()),
        None => String::new(),
    };
    let text = format!(
        "{}: {side} the usual for {}, {} at the most{ended}",
        label(series, home),
        length(i64::try_from(episode.points).unwrap_or(i64::MAX).saturating_mul(i64::from(series.period_s))),
        words::value(episode.peak.value),
    );
    let latest = moment(episode.onset.before);
    let at = moment(episode.onset.before.saturating_sub(i64::from(series.period_s)));
    let onset = Onset { at, earliest: episode.onset.after.map_or(at, moment), latest };
    Some((episode.excess.abs(), symptom(series, text, Some(onset))))
}

fn symptom(series: &Series, text: String, onset: Option<Onset>) -> Symptom {
    Symptom {
        kind: SymptomKind::Metric,
        text,
        onset,
        samples: Vec::new(),
        cites: Cites::one(series.evidence),
    }
}

/// What one value stands for: a sum is one of a period, an average is not.
fn per(series: &Series) -> String {
    match (series.statistic.as_str(), series.period_s) {
        ("Sum" | "SampleCount", 60) => " a minute".to_owned(),
        ("Sum" | "SampleCount", seconds) => format!(" in {}", length(i64::from(seconds))),
        _ => String::new(),
    }
}
