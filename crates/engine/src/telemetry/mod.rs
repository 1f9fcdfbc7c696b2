//! What telemetry shows to have changed around the onset: what failed, how often, since when, against what is usual.
//!
//! It states symptoms and never causes. Text from logs and traces is quoted, as a line, and decides nothing.

mod log_changes;
mod metric_changes;
mod readings;
mod spans;
mod traffic;
mod words;

use crate::scene::Scene;
use butfor_incident::{Symptom, Timestamp};

pub(crate) use metric_changes::began;
pub(crate) use spans::Traces;

/// Symptoms stated of one kind at the most: the rest repeats them.
const PER_KIND_MAX: usize = 8;

/// So many of each kind are told before the rest, lest one kind crowds out the others on a screen.
const FIRST_OF_KIND: usize = 2;

/// What is usual is read from at least this long before the onset.
const BASELINE_SECONDS_MIN: i64 = 60;

/// The symptoms of an incident, the most telling of each kind first.
pub(crate) fn of(scene: &Scene<'_>) -> Vec<Symptom> {
    let Some(onset) = scene.onset else { return Vec::new() };
    let kinds = [
        metric_changes::of(scene, onset),
        readings::of(scene, onset),
        spans::of(&scene.symptom.traces, onset),
        traffic::of(scene, onset),
        log_changes::of(scene, onset),
    ];
    let ranked = kinds.into_iter().flat_map(|kind| kind.into_iter().take(PER_KIND_MAX).enumerate());
    let mut all: Vec<(usize, Symptom)> = ranked.collect();
    // A stable sort: within first and second rank the kinds keep their order.
    all.sort_by_key(|(rank, _)| *rank >= FIRST_OF_KIND);
    all.into_iter().map(|(_, symptom)| symptom).collect()
}

/// `45 s`, `15 min`, `3 h`.
fn length(seconds: i64) -> String {
    match seconds {
        ..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h", (seconds + 1800) / 3600),
    }
}

/// A moment of the statistics library.
fn moment(epoch_s: i64) -> Timestamp {
    Timestamp::from_seconds(epoch_s)
}
