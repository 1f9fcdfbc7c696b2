//! Spans as trees: children, self time, where an error began.

use super::{Blame, Kind, Span};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Spans put together to trees. Ids that repeat (a span exported twice) count once, parents in circles are cut, a span
/// whose parent is missing is a root.
#[derive(Debug)]
pub struct Forest<'a> {
    spans: &'a [Span],
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    repeated: Vec<bool>,
    /// Places of the spans of each trace, in the order of traces' first spans.
    traces: Vec<Vec<usize>>,
    depths: Vec<usize>,
}

/// Where an error began: a failing span none of whose own children fails, and the chain of failing spans above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Place of the failing span in the spans.
    pub span: usize,
    /// What failed: the component of the span, or, of a call whose callee left no span, what it called.
    pub component: Arc<str>,
    /// Whether the component did not speak for itself: it is only named by its caller.
    pub is_silent: bool,
    /// Place of the topmost span that failed because of it; itself when its parent does not fail.
    pub topmost: usize,
    /// Whether the failure got to the root of the trace. If not, something above coped with it.
    pub is_visible: bool,
}

impl<'a> Forest<'a> {
    /// The trees of spans.
    #[must_use]
    pub fn new(spans: &'a [Span]) -> Self {
        let mut places: FxHashMap<(&str, &str), usize> = FxHashMap::default();
        let mut repeated = vec![false; spans.len()];
        for ((at, span), repeated) in spans.iter().enumerate().zip(&mut repeated) {
            *repeated = *places.entry((&*span.trace, &*span.id)).or_insert(at) != at;
        }
        let mut parents: Vec<Option<usize>> = spans
            .iter()
            .zip(&repeated)
            .enumerate()
            .map(|(at, (span, repeated))| {
                let parent = span.parent.as_deref().filter(|_| !repeated)?;
                places.get(&(&*span.trace, parent)).copied().filter(|parent| *parent != at)
            })
            .collect();
        let depths = cut_circles(&mut parents);
        let mut children = vec![Vec::new(); spans.len()];
        for (at, parent) in parents.iter().enumerate() {
            if let Some(list) = parent.and_then(|parent| children.get_mut(parent)) {
                list.push(at);
            }
        }
        let mut order: FxHashMap<&str, usize> = FxHashMap::default();
        let mut traces: Vec<Vec<usize>> = Vec::new();
        for (at, span) in spans.iter().enumerate().filter(|(at, _)| repeated.get(*at) == Some(&false)) {
            let place = *order.entry(&*span.trace).or_insert(traces.len());
            match traces.get_mut(place) {
                Some(list) => list.push(at),
                None => traces.push(vec![at]),
            }
        }
        Self { spans, parents, children, repeated, traces, depths }
    }

    /// The spans it was made of.
    #[must_use]
    pub fn spans(&self) -> &'a [Span] {
        self.spans
    }

    /// The parent's place; none for a root.
    #[must_use]
    pub fn parent(&self, span: usize) -> Option<usize> {
        self.parents.get(span).copied().flatten()
    }

    /// Places of the spans directly below.
    #[must_use]
    pub fn children(&self, span: usize) -> &[usize] {
        self.children.get(span).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a span before it has the same trace and id. It is in no tree then.
    #[must_use]
    pub fn is_repeated(&self, span: usize) -> bool {
        self.repeated.get(span).copied().unwrap_or(false)
    }

    /// Places of the spans of each trace.
    #[must_use]
    pub fn traces(&self) -> &[Vec<usize>] {
        &self.traces
    }

    /// Whether it does nothing but wait for another component: it says so, or its only child is of another component.
    pub(super) fn is_client(&self, span: usize) -> bool {
        let component = |at: usize| self.spans.get(at).map(|span| &span.component);
        match (self.spans.get(span).map(|span| span.kind), self.children(span)) {
            (Some(Kind::Client), _) => true,
            (Some(Kind::Unknown), [only]) => component(*only) != component(span),
            _ => false,
        }
    }

    /// How many spans are above.
    pub(super) fn depth(&self, span: usize) -> usize {
        self.depths.get(span).copied().unwrap_or(0)
    }

    /// Self time of each span in nanoseconds. Each moment of a trace belongs to one of the spans that are active then: the one
    /// that began last, of several the deepest. So work a parent only waits for is not its own, whether the one that works is below it or,
    /// as with asynchronous handlers, beside it; and the self times of a trace add up to the time in which anything was active. A
    /// child never begins before its parent, whatever the clocks of their machines say.
    #[must_use]
    pub fn self_times(&self) -> Vec<u64> {
        let mut times = vec![0; self.spans.len()];
        for trace in &self.traces {
            self.sweep(trace, &mut times);
        }
        times
    }

    fn sweep(&self, trace: &[usize], times: &mut [u64]) {
        let mut by_depth = trace.to_vec();
        by_depth.sort_by_key(|&at| self.depth(at));
        let mut starts: FxHashMap<usize, i64> = FxHashMap::default();
        let mut events = Vec::with_capacity(trace.len() * 2);
        for at in by_depth {
            let Some(span) = self.spans.get(at) else { continue };
            let above = self.parent(at).and_then(|parent| starts.get(&parent)).copied();
            let start = span.start_ns.max(above.unwrap_or(i64::MIN));
            starts.insert(at, start);
            let end = span.end_ns.unwrap_or(start);
            if end > start {
                let key = (start, self.depth(at), at);
                events.push((start, true, key));
                events.push((end, false, key));
            }
        }
        events.sort_unstable();
        let mut active = BTreeSet::new();
        let mut since = 0;
        for (now, begins, key) in events {
            if let Some(&(_, _, at)) = active.last()
                && let Some(time) = times.get_mut(at)
            {
                *time += now.abs_diff(since);
            }
            since = now;
            if begins {
                active.insert(key);
            } else {
                active.remove(&key);
            }
        }
    }

    /// Where errors began, in the order of traces. Errors that are the callers' own (4xx) count where nothing worse is
    /// below; a chain goes on only through spans that fail themselves.
    #[must_use]
    pub fn failing(&self) -> Vec<Failing> {
        let failed = |at: usize| self.spans.get(at).is_some_and(|span| span.failure.is_some());
        let mut failing = Vec::new();
        for &at in self.traces.iter().flatten() {
            if !failed(at) || self.children(at).iter().any(|&child| failed(child)) {
                continue;
            }
            let mut topmost = at;
            while let Some(parent) = self.parent(topmost).filter(|&parent| failed(parent)) {
                topmost = parent;
            }
            let Some(span) = self.spans.get(at) else { continue };
            // The callee answered well where it has a span: then the failure is on the way or in the caller.
            let silent = span.peer.as_ref().filter(|_| self.children(at).is_empty());
            // A call that was wrong is its caller's; a call that was throttled or failed is its callee's.
            let silent = silent.filter(|_| span.failure.as_ref().is_some_and(|it| it.blame != Blame::Error));
            failing.push(Failing {
                span: at,
                component: silent.unwrap_or(&span.component).clone(),
                is_silent: silent.is_some(),
                topmost,
                is_visible: self.parent(topmost).is_none(),
            });
        }
        failing
    }
}

/// Makes a root of one span of each circle; gives how many spans are above each.
fn cut_circles(parents: &mut [Option<usize>]) -> Vec<usize> {
    let above = |parents: &[Option<usize>], at: usize| parents.get(at).copied().flatten();
    // Which walk a span was first seen on: one seen before on the same walk is its own ancestor.
    let mut walks = vec![usize::MAX; parents.len()];
    for start in 0..parents.len() {
        let mut next = Some(start);
        while let Some(at) = next {
            match walks.get_mut(at) {
                Some(walk) if *walk == usize::MAX => *walk = start,
                Some(walk) if *walk == start => {
                    if let Some(parent) = parents.get_mut(at) {
                        *parent = None;
                    }
                    break;
                }
                _ => break,
            }
            next = above(parents, at);
        }
    }
    let mut depths: Vec<Option<usize>> = vec![None; parents.len()];
    let mut path = Vec::new();
    for start in 0..parents.len() {
        let mut next = Some(start);
        let mut depth = None;
        while let Some(at) = next {
            depth = depths.get(at).copied().flatten();
            if depth.is_some() {
                break;
            }
            path.push(at);
            next = above(parents, at);
        }
        for at in path.drain(..).rev() {
            depth = Some(depth.map_or(0, |depth| depth + 1));
            if let Some(slot) = depths.get_mut(at) {
                *slot = depth;
            }
        }
    }
    depths.into_iter().map(Option::unwrap_or_default).collect()
}
