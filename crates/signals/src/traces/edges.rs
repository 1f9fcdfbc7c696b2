//! Who calls whom: edges of the topology from spans.

use super::{Blame, Forest, Kind, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Calls of one component by another in some stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Who calls.
    pub caller: Arc<str>,
    /// Who is called.
    pub callee: Arc<str>,
    /// Calls.
    pub calls: u64,
    /// Calls that failed by the caller's doing (4xx), throttled ones among them.
    pub errors: u64,
    /// Calls refused because there were too many (429).
    pub throttles: u64,
    /// Calls that failed by the callee's doing (5xx).
    pub faults: u64,
    /// Time of all calls together.
    pub seconds: f64,
}

impl Edge {
    /// Mean seconds a call; none without calls.
    #[must_use]
    pub fn mean_seconds(&self) -> Option<f64> {
        (self.calls > 0).then(|| self.seconds / self.calls as f64)
    }
}

/// The edges between components, by name. A callee that left no span of its own is what its client calls it.
#[must_use]
pub fn edges(forest: &Forest) -> Vec<Edge> {
    let mut edges = BTreeMap::new();
    let spans = forest.spans();
    for &at in forest.traces().iter().flatten() {
        let Some(span) = spans.get(at) else { continue };
        let parent = forest.parent(at).and_then(|parent| spans.get(parent));
        if let Some(parent) = parent.filter(|parent| parent.component != span.component) {
            // What the caller waited is what counts, where it was measured.
            let client = (parent.kind == Kind::Client).then_some(parent);
            add(&mut edges, &parent.component, &span.component, [client.or(Some(span)), Some(span)]);
        }
        if let Some(peer) = &span.peer {
            let mut below = forest.children(at).iter().filter_map(|&child| spans.get(child));
            if below.all(|child| child.component == span.component) {
                add(&mut edges, &span.component, peer, [Some(span), None]);
            }
        }
    }
    edges.into_values().collect()
}

/// Counts a call: the span that measured its time, and that of the callee.
fn add(
    edges: &mut BTreeMap<(Arc<str>, Arc<str>), Edge>,
    caller: &Arc<str>,
    callee: &Arc<str>,
    spans: [Option<&Span>; 2],
) {
    let edge = edges.entry((caller.clone(), callee.clone())).or_insert_with(|| Edge {
        caller: caller.clone(),
        callee: callee.clone(),
        calls: 0,
        errors: 0,
        throttles: 0,
        faults: 0,
        seconds: 0.0,
    });
    edge.calls += 1;
    let failures = spans.iter().flatten().filter_map(|span| span.failure.as_ref());
    match failures.map(|failure| failure.blame).max() {
        Some(Blame::Fault) => edge.faults += 1,
        Some(Blame::Throttle) => {
            edge.errors += 1;
            edge.throttles += 1;
        }
        Some(Blame::Error) => edge.errors += 1,
        None => {}
    }
    let measured = spans.iter().flatten().next();
    edge.seconds += measured.map_or(0, |span| span.duration_ns()) as f64 / 1e9;
}
