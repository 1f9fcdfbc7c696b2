//! What a component does too much of, row by row, and how often history shows as much.

use super::{Component, Signal, Telemetry};
use crate::metrics::robust::{median, quantile};

/// Share of history's stretches that are not counted as noise: their excess is taken from the window's. Any value from 0.5 to 0.98
/// ranks the recorded faults alike.
const NOISE: f64 = 0.95;
/// Beyond the largest excess of history the chance falls with the square of the distance: a heavy tail (Pareto with exponent 2), because
/// history is short and loads are bursty.
const TAIL: i32 = 2;

/// About as many stretches of history are looked at: more make a chance no more certain.
const STRETCHES: usize = 2_000;

/// A component's excess in the rows that count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Excess {
    /// Seconds, or failed requests, above the usual.
    pub total: f64,
    /// What history shows as well.
    pub noise: f64,
    /// Chance that a window of fault-free history is as bad.
    pub chance: f64,
}

impl Excess {
    pub(super) fn new(component: &Component, signal: Signal, rows: &[i64], window: usize) -> Self {
        let here = by_row(&component.history, &component.window, signal);
        let total =
            here.iter().filter(|(at, _)| rows.binary_search(at).is_ok()).map(|&(_, excess)| excess).sum();
        let past: Vec<_> = by_row(&component.history, &component.history, signal)
            .into_iter()
            .map(|(_, excess)| excess)
            .collect();
        let stretches: Vec<f64> = past
            .windows(rows.len().clamp(1, past.len().max(1)))
            .map(|stretch| stretch.iter().sum())
            .collect();
        let noise = quantile(&stretches, NOISE).unwrap_or_default().max(0.0);
        let chance = tail(&worst(&past, rows.len(), window), total, signal);
        Self { total, noise, chance }
    }
}

/// For each stretch of history as long as the window: its worst rows, as many as count in the window. The window's rows were picked
/// for being bad, so history's must be.
fn worst(past: &[f64], rows: usize, window: usize) -> Vec<f64> {
    let step = (past.len() / STRETCHES).max(1);
    past.windows(window.clamp(1, past.len().max(1)))
        .step_by(step)
        .map(|stretch| {
            let mut sorted = stretch.to_vec();
            sorted.sort_by(|left, right| right.total_cmp(left));
            sorted.iter().take(rows).sum()
        })
        .collect()
}

/// Excess of each row that has requests: seconds or failed requests more than at the history's median.
pub(super) fn by_row(history: &Telemetry, rows: &Telemetry, signal: Signal) -> Vec<(i64, f64)> {
    let series = rows.of(signal);
    let values: Vec<_> = history.of(signal).values().collect();
    let usual = match signal {
        // A component nobody called before has failed nothing before.
        Signal::Availability => median(&values).unwrap_or(100.0),
        Signal::Latency => median(&values).unwrap_or_default(),
    };
    let excess = |at: i64, requests: f64| match (signal, series.at(at)) {
        (Signal::Latency, Some(value)) => requests * (value - usual),
        (Signal::Availability, Some(value)) => requests * (usual - value) / 100.0,
        (_, None) => 0.0,
    };
    if rows.requests.is_empty() {
        return series.points().iter().map(|point| (point.at, finite(excess(point.at, 1.0)))).collect();
    }
    rows.requests
        .points()
        .iter()
        .map(|point| (point.at, finite(excess(point.at, point.value.max(0.0)))))
        .collect()
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// Chance of at least this excess, from those of history.
fn tail(stretches: &[f64], total: f64, signal: Signal) -> f64 {
    if total <= 0.0 || stretches.is_empty() {
        return 1.0;
    }
    let one = 1.0 / (stretches.len() as f64 + 1.0);
    // Half a request is the least that can fail; for seconds there is no least.
    let least = if signal == Signal::Availability { 0.5 } else { 1e-6 };
    let most = stretches.iter().copied().fold(least, f64::max);
    if total > most {
        return one * (most / total).powi(TAIL);
    }
    let as_bad = stretches.iter().filter(|&&stretch| stretch >= total).count();
    (as_bad as f64 + 1.0) * one
}
