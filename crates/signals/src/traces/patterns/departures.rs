//! Where requests leave their usual path.

use super::steps::{Kind, StepId, Steps, read};
use super::{DEPARTURE_MIN, SpanLog};
use crate::traces::{Forest, exact};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What followed a step at least so often, and in this share of cases, is a usual path. A request cut by the edge of the window
/// makes one of a kind.
const USUAL_MIN: u64 = 2;
const USUAL_SHARE: f64 = 0.05;

/// A step after which requests no longer go on as they did.
#[derive(Clone, Debug, PartialEq)]
pub struct Departure {
    /// The operation of the span.
    pub operation: Arc<str>,
    /// The last usual step: a log line as it came, `start`, or a call.
    pub after: String,
    /// The step that usually follows most often.
    pub expected: String,
    /// What follows instead, and how often, most often first.
    pub instead: Vec<(String, u64)>,
    /// Departures in the window, of so many times the step was taken.
    pub now: (u64, u64),
    /// The same of before.
    pub usual: (u64, u64),
    /// Of the departures in the window, those with nothing wrong in the spans below.
    pub unexplained: u64,
}

/// What follows a step, and how often.
type Follows = BTreeMap<StepId, u64>;

struct Found {
    score: f64,
    expected: StepId,
    /// Steps that follow now and are no usual path.
    unusual: BTreeSet<StepId>,
    now: (u64, u64),
    usual: (u64, u64),
    unexplained: u64,
}

/// Departures with their components and scores.
pub(super) fn find(forests: &[Forest; 2], logs: [&[SpanLog]; 2]) -> Vec<(Arc<str>, f64, Departure)> {
    let (steps, [usual_steps, now_steps]) = read(forests, logs);
    let [usual, now] = forests;
    let usual = follows(usual, &usual_steps);
    let follows_now = follows(now, &now_steps);
    let mut found: BTreeMap<&(Kind, StepId), Found> = BTreeMap::new();
    for (place, usual) in &usual {
        if let Some(now) = follows_now.get(place)
            && let Some(departure) = test(&steps, usual, now)
        {
            found.insert(place, departure);
        }
    }
    explain(now, &now_steps, &mut found);
    found
        .into_iter()
        .filter(|(_, found)| found.unexplained > 0)
        .map(|((kind, after), found)| {
            let now = follows_now.get(&(kind.clone(), *after));
            let mut instead: Vec<_> = found
                .unusual
                .iter()
                .map(|step| {
                    let times = now.and_then(|now| now.get(step)).copied().unwrap_or(0);
                    (steps.text(*step).to_owned(), times)
                })
                .collect();
            instead.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
            let share = found.unexplained as f64 / found.now.0.max(1) as f64;
            let departure = Departure {
                operation: kind.1.clone(),
                after: steps.text(*after).to_owned(),
                expected: steps.text(found.expected).to_owned(),
                instead,
                now: found.now,
                usual: found.usual,
                unexplained: found.unexplained,
            };
            (kind.0.clone(), found.score * share, departure)
        })
        .collect()
}

fn follows(forest: &Forest, sequences: &[Vec<StepId>]) -> BTreeMap<(Kind, StepId), Follows> {
    let mut follows: BTreeMap<(Kind, StepId), Follows> = BTreeMap::new();
    for &at in forest.traces().iter().flatten() {
        let (Some(span), Some(sequence)) = (forest.spans().get(at), sequences.get(at)) else { continue };
        for (after, next) in pairs(sequence) {
            let kind = (span.component.clone(), span.operation.clone());
            *follows.entry((kind, after)).or_default().entry(next).or_default() += 1;
        }
    }
    follows
}

fn pairs(sequence: &[StepId]) -> impl Iterator<Item = (StepId, StepId)> {
    sequence.iter().copied().zip(sequence.iter().copied().skip(1))
}

/// Whether what follows a step got worse.
fn test(steps: &Steps, usual: &Follows, now: &Follows) -> Option<Found> {
    let taken: u64 = usual.values().sum();
    let taken_now: u64 = now.values().sum();
    let is_usual = |step: &StepId| {
        usual.get(step).is_some_and(|&times| times >= USUAL_MIN && times as f64 >= USUAL_SHARE * taken as f64)
    };
    let expected = usual
        .iter()
        .filter(|(step, _)| is_usual(step))
        .max_by_key(|(step, times)| (**times, u32::MAX - **step));
    let expected = *expected?.0;
    // Whom an operation calls depends on what is asked of it; that it no longer calls anybody does not.
    let is_unusual = |step: &StepId| !is_usual(step) && !steps.is_call(*step);
    let unusual: BTreeSet<StepId> = now.keys().filter(|step| is_unusual(step)).copied().collect();
    // To go on where requests used to end, or to be without an error that was usual, is no fault.
    let is_lost = expected != Steps::END && !steps.is_error(expected);
    if !is_lost && !unusual.iter().any(|step| steps.is_error(*step)) {
        return None;
    }
    let departed = unusual.iter().filter_map(|step| now.get(step)).sum();
    let before = usual.iter().filter(|(step, _)| is_unusual(step)).map(|(_, times)| times).sum();
    let score = exact::rise(departed, taken_now, before, taken);
    (score >= DEPARTURE_MIN).then_some(Found {
        score,
        expected,
        unusual,
        now: (departed, taken_now),
        usual: (before, taken),
        unexplained: 0,
    })
}

/// Counts the departures below which nothing departs.
fn explain(forest: &Forest, sequences: &[Vec<StepId>], found: &mut BTreeMap<&(Kind, StepId), Found>) {
    let mut order: Vec<usize> = forest.traces().iter().flatten().copied().collect();
    order.sort_by_key(|&at| std::cmp::Reverse(forest.depth(at)));
    // Whether a span or one below it departs; spans below come first.
    let mut departs = vec![false; forest.spans().len()];
    for at in order {
        let is_explained = forest.children(at).iter().any(|&child| departs.get(child) == Some(&true));
        let mut is_departing = is_explained;
        let (Some(span), Some(sequence)) = (forest.spans().get(at), sequences.get(at)) else { continue };
        for (after, next) in pairs(sequence) {
            let place = ((span.component.clone(), span.operation.clone()), after);
            if let Some(found) = found.get_mut(&place)
                && found.unusual.contains(&next)
            {
                found.unexplained += u64::from(!is_explained);
                is_departing = true;
            }
        }
        if let Some(slot) = departs.get_mut(at) {
            *slot = is_departing;
        }
    }
}
