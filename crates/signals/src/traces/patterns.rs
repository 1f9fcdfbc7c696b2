//! Which component is behind a fault: what requests did and how long it took, against a stretch without faults.
//!
//! Three things are compared, each by an exact test ([`Suspect::score`] is `-ln p`), and each says of which component it is evidence:
//!
//! - *Paths*: within a span, what follows what: the start, log statements, calls, the end. A step that used to follow and
//!   no longer does, or an error that never followed, is a departure. It counts for the span it is in unless a span below departs,
//!   too: then that one is the reason. This is the idea of Nezha (Yu et al., "Nezha: Interpretable Fine-Grained Root Causes
//!   Analysis for Microservices on Multi-modal Observability Data", FSE 2023), with a test in place of a ratio of supports, and the tree of
//!   the request itself in place of depths of pods.
//! - *Time*: self time beyond the usual. Time lost between a caller and a callee may be the doing of either: it is given to
//!   the one all of whose calls are slow, and requests one component explains are not evidence for another.
//! - *Resources* at their limit, where they never were.
//!
//! Components are compared, never read: their names decide nothing.

mod departures;
mod slow;
mod steps;

use super::{Forest, Span, exact};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use departures::Departure;
pub use slow::Slow;

/// Departures weaker than this are not given: p = 0.01, for one of some hundred steps no more than a hint.
const DEPARTURE_MIN: f64 = 4.6;
/// The same of components and their resources, of which there are tens: p = 0.05.
const COMPONENT_MIN: f64 = 3.0;

/// A resource is at its limit from this share of it on, in percent.
const LIMIT: f64 = 80.0;

/// A line of a log that was written on behalf of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanLog<'a> {
    /// The trace's id.
    pub trace: &'a str,
    /// The span's id.
    pub span: &'a str,
    /// Nanoseconds since 1970 UTC, by which the lines of a span are put in order.
    pub at_ns: i64,
    /// The line as it came.
    pub line: &'a str,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window<'a> {
    /// Spans of whole traces.
    pub spans: &'a [Span],
    /// Their logs, where there are any.
    pub logs: &'a [SpanLog<'a>],
}

/// A metric that has a limit, in percent of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Whose.
    pub component: Arc<str>,
    /// What: any name, given back in [`Saturated`].
    pub name: String,
    /// Values from before.
    pub usual: Vec<f64>,
    /// Values of the window asked about.
    pub now: Vec<f64>,
}

/// A resource at its limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Saturated {
    /// Its name.
    pub resource: String,
    /// Values at the limit, of how many.
    pub now: (u64, u64),
    /// The same of before.
    pub usual: (u64, u64),
}

/// Why a component is suspected.
#[derive(Clone, Debug, PartialEq)]
pub enum Ground {
    /// Requests leave their usual path in it.
    Path(Departure),
    /// Requests lose time in it, or on the way to it or from it.
    Time(Slow),
    /// It has used up a resource.
    Resource(Saturated),
}

/// A component that may be behind the fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspect {
    /// Its name.
    pub component: Arc<str>,
    /// The score of its best ground.
    pub score: f64,
    /// All grounds with their scores, the best first.
    pub grounds: Vec<(f64, Ground)>,
}

/// The components that may be behind what changed from `usual` to `now`, the likeliest first. Empty when nothing worse stands
/// out; empty, too, without spans of before: what is usual is then not known.
#[must_use]
pub fn suspects(usual: &Window, now: &Window, resources: &[Resource]) -> Vec<Suspect> {
    let forests = [Forest::new(usual.spans), Forest::new(now.spans)];
    let mut grounds: BTreeMap<Arc<str>, Vec<(f64, Ground)>> = BTreeMap::new();
    for (component, score, departure) in departures::find(&forests, [usual.logs, now.logs]) {
        grounds.entry(component).or_default().push((score, Ground::Path(departure)));
    }
    for (component, score, slow) in slow::find(&forests) {
        grounds.entry(component).or_default().push((score, Ground::Time(slow)));
    }
    for (component, score, saturated) in resources.iter().filter_map(saturated) {
        grounds.entry(component).or_default().push((score, Ground::Resource(saturated)));
    }
    let mut suspects: Vec<Suspect> = grounds
        .into_iter()
        .filter_map(|(component, mut grounds)| {
            grounds.sort_by(|left, right| right.0.total_cmp(&left.0));
            let score = grounds.first().map(|(score, _)| *score)?;
            Some(Suspect { component, score, grounds })
        })
        .collect();
    suspects.sort_by(|left, right| {
        right.score.total_cmp(&left.score).then_with(|| left.component.cmp(&right.component))
    });
    suspects
}

fn saturated(resource: &Resource) -> Option<(Arc<str>, f64, Saturated)> {
    let count = |values: &[f64]| {
        let finite = values.iter().filter(|value| value.is_finite());
        let full = finite.clone().filter(|value| **value >= LIMIT).count();
        (full as u64, finite.count() as u64)
    };
    let (now, usual) = (count(&resource.now), count(&resource.usual));
    let score = exact::rise(now.0, now.1, usual.0, usual.1);
    let saturated = Saturated { resource: resource.name.clone(), now, usual };
    (score >= COMPONENT_MIN).then(|| (resource.component.clone(), score, saturated))
}

#[cfg(test)]
mod tests;
