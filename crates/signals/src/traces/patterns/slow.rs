//! In which component, or on the way to which, requests lose time.

use super::COMPONENT_MIN;
use crate::metrics::robust::median;
use crate::traces::{Forest, exact};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Self time is beyond the usual when it is this many times the median, and so many milliseconds more.
const TIMES: f64 = 2.0;
const BEYOND_MS: f64 = 5.0;
/// A component makes a request slow when what it loses there is this share of the request's time, and so many
/// milliseconds: what people call slow, not what a clock can tell.
const SHARE: f64 = 0.25;
const SLOW_MS: f64 = 20.0;
/// Spans that must have been seen before, so that a median means something.
const SEEN_MIN: usize = 3;

/// A component in which requests lose time.
#[derive(Clone, Debug, PartialEq)]
pub struct Slow {
    /// Requests it makes slow that no likelier component does, of those it takes part in.
    pub now: (u64, u64),
    /// Requests it made slow before, of those it took part in.
    pub usual: (u64, u64),
    /// Of its calls in the slow requests, the share that is slow: of those to it or of those by it, the larger. 1 when the time is lost
    /// in itself.
    pub calls: f64,
    /// Milliseconds lost in its own spans, and on the way to it or from it.
    pub lost_ms: (f64, f64),
}

/// Where a span's self time was spent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Own { component: Arc<str>, operation: Arc<str> },
    Between { caller: Arc<str>, callee: Arc<str>, operation: Arc<str> },
}

/// One request.
#[derive(Debug, Default)]
struct Request {
    /// Milliseconds lost by each component: in itself, between it and another.
    lost: BTreeMap<Arc<str>, (f64, f64)>,
    /// Calls of each component: by it and the slow ones of them, to it and the slow ones of them.
    calls: BTreeMap<Arc<str>, [u64; 4]>,
    slow: BTreeSet<Arc<str>>,
}

struct Usual {
    medians: BTreeMap<Place, f64>,
    /// Between any two components: what a call takes that was never seen before.
    between: Option<f64>,
}

/// Slow components with their scores. Requests are given to the likeliest component first, and count for no other then.
pub(super) fn find(forests: &[Forest; 2]) -> Vec<(Arc<str>, f64, Slow)> {
    let [before, now] = forests;
    let spent = [spent(before), spent(now)];
    let [spent_before, spent_now] = &spent;
    let usual = Usual::new(spent_before);
    let before = requests(before, spent_before, &usual);
    let now = requests(now, spent_now, &usual);
    let count = |requests: &[Request], component: &str| {
        let of = requests.iter().filter(|request| request.lost.contains_key(component));
        let slow = of.clone().filter(|request| request.slow.contains(component)).count();
        (slow as u64, of.count() as u64)
    };
    let mut open: BTreeSet<Arc<str>> = now.iter().flat_map(|request| request.slow.iter().cloned()).collect();
    let counts: BTreeMap<Arc<str>, _> =
        open.iter().map(|it| (it.clone(), (count(&now, it).1, count(&before, it)))).collect();
    let mut explained = vec![false; now.len()];
    let mut found = Vec::new();
    loop {
        let mut best: Option<(f64, Arc<str>, Slow)> = None;
        for component in &open {
            let Some(&(of_now, usual)) = counts.get(component) else { continue };
            let slow: Vec<&Request> = now
                .iter()
                .zip(&explained)
                .filter(|(request, explained)| !**explained && request.slow.contains(component))
                .map(|(request, _)| request)
                .collect();
            let (score, slow) = weigh(component, &slow, of_now, usual);
            if score >= COMPONENT_MIN && best.as_ref().is_none_or(|(other, ..)| score > *other) {
                best = Some((score, component.clone(), slow));
            }
        }
        let Some((score, component, slow)) = best else { return found };
        for (request, explained) in now.iter().zip(&mut explained) {
            *explained |= request.slow.contains(&component);
        }
        open.remove(&component);
        found.push((component, score, slow));
    }
}

/// How sure it is that a component makes requests slow that it did not.
fn weigh(component: &Arc<str>, slow: &[&Request], of_now: u64, usual: (u64, u64)) -> (f64, Slow) {
    let mut calls = [0; 4];
    let mut lost_ms = (0.0, 0.0);
    for request in slow {
        let counted = request.calls.get(component).copied().unwrap_or_default();
        for (sum, count) in calls.iter_mut().zip(counted) {
            *sum += count;
        }
        let (own, between) = request.lost.get(component).copied().unwrap_or_default();
        lost_ms = (lost_ms.0 + own, lost_ms.1 + between);
    }
    let [by, slow_by, to, slow_to] = calls;
    let share = |slow: u64, of: u64| if of == 0 { 0.0 } else { slow as f64 / of as f64 };
    let calls = if lost_ms.0 > lost_ms.1 { 1.0 } else { share(slow_by, by).max(share(slow_to, to)) };
    let count = slow.len() as u64;
    let score = exact::rise(count, of_now, usual.0, usual.1) * calls;
    (score, Slow { now: (count, of_now), usual, calls, lost_ms })
}

/// Self time in milliseconds of each span, and where.
fn spent(forest: &Forest) -> Vec<(Place, f64)> {
    let spans = forest.spans();
    let times = forest.self_times();
    spans
        .iter()
        .enumerate()
        .zip(times)
        .map(|((at, span), time)| {
            // A server that calls without a client span has work of its own in its self time.
            let below = if forest.is_client(at) { forest.children(at) } else { &[] };
            let mut away = below
                .iter()
                .filter_map(|&child| spans.get(child))
                .filter(|child| child.component != span.component);
            let place = match away.next() {
                Some(callee) => Place::Between {
                    caller: span.component.clone(),
                    callee: callee.component.clone(),
                    operation: callee.operation.clone(),
                },
                None => Place::Own { component: span.component.clone(), operation: span.operation.clone() },
            };
            (place, time as f64 / 1e6)
        })
        .collect()
}

impl Usual {
    fn new(spent: &[(Place, f64)]) -> Self {
        let mut times: BTreeMap<&Place, Vec<f64>> = BTreeMap::new();
        for (place, time) in spent {
            times.entry(place).or_default().push(*time);
        }
        let between: Vec<f64> = spent
            .iter()
            .filter(|(place, _)| matches!(place, Place::Between { .. }))
            .map(|(_, time)| *time)
            .collect();
        let medians = times
            .into_iter()
            .filter(|(_, times)| times.len() >= SEEN_MIN)
            .filter_map(|(place, times)| Some((place.clone(), median(&times)?)))
            .collect();
        Self { medians, between: median(&between) }
    }

    /// Milliseconds beyond the usual; 0 where nothing usual is known.
    fn beyond(&self, place: &Place, time: f64) -> f64 {
        let unseen = match place {
            Place::Between { .. } => self.between,
            Place::Own { .. } => None,
        };
        match self.medians.get(place).copied().or(unseen) {
            Some(usual) if time > TIMES * usual + BEYOND_MS => time - usual,
            _ => 0.0,
        }
    }
}

fn requests(forest: &Forest, spent: &[(Place, f64)], usual: &Usual) -> Vec<Request> {
    let spans = forest.spans();
    forest
        .traces()
        .iter()
        .map(|trace| {
            let mut request = Request::default();
            for (place, time) in trace.iter().filter_map(|&at| spent.get(at)) {
                request.add(place, usual.beyond(place, *time));
            }
            let of = || trace.iter().filter_map(|&at| spans.get(at));
            let start = of().map(|span| span.start_ns).min().unwrap_or(0);
            let end = of().filter_map(|span| span.end_ns).max().unwrap_or(start);
            let least = SLOW_MS.max(SHARE * end.saturating_sub(start) as f64 / 1e6);
            let slow = request.lost.iter().filter(|(_, (own, between))| own + between >= least);
            request.slow = slow.map(|(component, _)| component.clone()).collect();
            request
        })
        .collect()
}

impl Request {
    fn add(&mut self, place: &Place, lost: f64) {
        match place {
            Place::Own { component, .. } => self.lost.entry(component.clone()).or_default().0 += lost,
            Place::Between { caller, callee, .. } => {
                let is_slow = u64::from(lost > 0.0);
                for (component, counts) in [(caller, [1, is_slow, 0, 0]), (callee, [0, 0, 1, is_slow])] {
                    self.lost.entry(component.clone()).or_default().1 += lost;
                    let calls = self.calls.entry(component.clone()).or_default();
                    for (sum, count) in calls.iter_mut().zip(counts) {
                        *sum += count;
                    }
                }
            }
        }
    }
}
