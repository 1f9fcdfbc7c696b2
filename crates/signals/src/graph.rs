//! Which component of a call graph is behind an alarm: the alarm's excess, followed down the calls to where it arises.
//!
//! What a component does too much of adds up. Seconds too many (requests x latency above usual) and failures too many (requests x
//! availability below usual) of a callee are part of its caller's, so a caller's excess that its callees have, too, is
//! theirs, and what is left arose in the caller. The alarmed component's excess is carried down every call in proportion to
//! what the callees show, each component keeping what none of its callees explains: an absorbing random walk whose shares add up to
//! the alarm's excess. This is the accounting view of the counterfactual contributions of Budhathoki et al., "Causal structure-based
//! root cause analysis of outliers", ICML 2022, without a model to train.
//!
//! Components are numbers: nothing can depend on a name.

mod excess;

use crate::metrics::Series;
use excess::Excess;
use std::collections::BTreeSet;

/// What the alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// Mean duration of requests.
    Latency,
    /// Percentage of requests that succeed.
    Availability,
}

/// What is known of one component in some stretch of time. An empty series means nothing is known; without requests
/// each row counts as one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Telemetry {
    /// Mean seconds per request.
    pub latency: Series,
    /// Successful requests in percent, 0 to 100.
    pub availability: Series,
    /// Requests per period.
    pub requests: Series,
}

impl Telemetry {
    fn of(&self, signal: Signal) -> &Series {
        match signal {
            Signal::Latency => &self.latency,
            Signal::Availability => &self.availability,
        }
    }
}

/// One component: as it usually is, and around the alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Fault-free history.
    pub history: Telemetry,
    /// The window around the alarm.
    pub window: Telemetry,
}

/// Components and who calls whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallGraph {
    /// The components; others refer to them by position.
    pub components: Vec<Component>,
    /// Caller and callee. Calls of components that do not exist are ignored.
    pub calls: Vec<(usize, usize)>,
}

/// Why a component is on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Excess arises in it that none of its callees shows.
    Own,
    /// It is called and no longer answers anything, and its caller's excess has no other explanation.
    Silent,
    /// Its excess is explained by its callees; it is on the way.
    OnTheWay,
}

/// One component that may be behind the alarm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suspect {
    /// Position in [`CallGraph::components`].
    pub component: usize,
    /// How much of the alarm's excess arises here, 0 to 1. The shares of all suspects add up to 1.
    pub share: f64,
    /// Its own excess in the alarm's rows: seconds for latency, failed requests for availability.
    pub excess: f64,
    /// Chance that a window this long of its fault-free history shows as much.
    pub chance: f64,
    /// Why it is here.
    pub ground: Ground,
}

/// Chance of a false alarm below which a ranking is given at all.
const FALSE_ALARM: f64 = 0.05;
/// Rows of the window count when the alarmed component has at least this share of its worst row's excess.
const ROW: f64 = 0.3;
/// Rounds the excess is carried down: longer than any sensible chain of calls; a cycle of calls ends here.
const ROUNDS: usize = 64;
/// Requests a callee must be missing before its silence means something.
const SILENT_MIN: f64 = 20.0;
/// Share of the usual requests below which a callee is silent.
const SILENT: f64 = 0.05;
/// Shares below this are rounding, not suspicion.
const SHARE_MIN: f64 = 1e-9;

/// The components that may be behind an alarm of `signal` at `alarmed`, the likeliest first. Empty when nothing in the window
/// stands out from history, or the alarmed component is unknown. The order does not depend on the order of components except among
/// those that are alike in every number.
#[must_use]
pub fn suspects(graph: &CallGraph, alarmed: usize, signal: Signal) -> Vec<Suspect> {
    let Some(rows) = graph.components.get(alarmed).and_then(|component| rows(component, signal)) else {
        return Vec::new();
    };
    let nodes: Vec<Node> =
        graph.components.iter().map(|component| Node::new(component, signal, &rows)).collect();
    let reached = reached(graph, alarmed);
    let walk = Walk { nodes: &nodes, alarmed, callees: callees(graph) };
    let (shares, silent) = walk.run();
    let mut suspects: Vec<Suspect> = reached
        .iter()
        .filter_map(|&component| {
            let node = nodes.get(component)?;
            let share = shares.get(component).copied().filter(|&share| share > SHARE_MIN).unwrap_or_default();
            let ground = match share {
                _ if silent.contains(&component) && share > 0.0 => Ground::Silent,
                0.0 => Ground::OnTheWay,
                _ => Ground::Own,
            };
            let is_listed = share > 0.0 || node.beyond > 0.0 || component == alarmed;
            is_listed.then_some(Suspect {
                component,
                share,
                excess: node.excess.total,
                chance: node.excess.chance,
                ground,
            })
        })
        .collect();
    let beyond = |suspect: &Suspect| nodes.get(suspect.component).map_or(0.0, |node| node.beyond);
    // Sums depend a little on the order of components, so shares alike to nine digits are alike.
    let coarse = |suspect: &Suspect| (suspect.share / SHARE_MIN).round();
    suspects.sort_by(|left, right| {
        coarse(right)
            .total_cmp(&coarse(left))
            .then(beyond(right).total_cmp(&beyond(left)))
            .then(left.chance.total_cmp(&right.chance))
            .then(right.excess.total_cmp(&left.excess))
            .then(left.component.cmp(&right.component))
    });
    // The alarmed component was not picked from many; the first suspect was, so its chance counts once for each.
    let alarm_chance = nodes.get(alarmed).map_or(1.0, |node| node.excess.chance);
    let suspect_chance = suspects.first().map_or(1.0, |first| first.chance * reached.len() as f64);
    let is_silent = suspects.first().is_some_and(|first| first.ground == Ground::Silent);
    if alarm_chance < FALSE_ALARM || (suspect_chance < FALSE_ALARM && !is_silent) {
        suspects
    } else {
        Vec::new()
    }
}

/// The moments of the window in which the alarmed component is at its worst; `None` when it never exceeds the usual.
fn rows(alarmed: &Component, signal: Signal) -> Option<Rows> {
    let excess = excess::by_row(&alarmed.history, &alarmed.window, signal);
    let worst = excess.iter().map(|&(_, excess)| excess).fold(0.0, f64::max);
    let at: Vec<_> = excess.iter().filter(|&&(_, excess)| excess >= ROW * worst).map(|&(at, _)| at).collect();
    (worst > 0.0).then_some(Rows { at, window: excess.len() })
}

/// The rows that count, and how many the window has.
struct Rows {
    at: Vec<i64>,
    window: usize,
}

/// One component's numbers.
struct Node {
    excess: Excess,
    /// Excess beyond what history shows anyway; 0 for a component history does not know: that it is called at all is its
    /// caller's doing.
    beyond: f64,
    /// Requests in the rows, and as many as there usually would be.
    requests: f64,
    usual_requests: f64,
}

impl Node {
    fn new(component: &Component, signal: Signal, rows: &Rows) -> Self {
        let excess = Excess::new(component, signal, &rows.at, rows.window);
        let is_known = component.history.requests.values().any(|requests| requests > 0.0)
            || (component.history.requests.is_empty() && !component.history.of(signal).is_empty());
        let beyond = if is_known { (excess.total - excess.noise).max(0.0) } else { 0.0 };
        let requests = rows.at.iter().filter_map(|&at| component.window.requests.at(at)).sum();
        let usual: Vec<_> = component.history.requests.values().collect();
        let usual = crate::metrics::robust::median(&usual).unwrap_or_default();
        Self { excess, beyond, requests, usual_requests: usual * rows.at.len() as f64 }
    }

    fn is_silent(&self) -> bool {
        self.usual_requests >= SILENT_MIN && self.requests <= SILENT * self.usual_requests
    }
}

fn callees(graph: &CallGraph) -> Vec<BTreeSet<usize>> {
    let mut callees = vec![BTreeSet::new(); graph.components.len()];
    for &(caller, callee) in &graph.calls {
        if caller != callee
            && callee < graph.components.len()
            && let Some(list) = callees.get_mut(caller)
        {
            list.insert(callee);
        }
    }
    callees
}

/// The alarmed component and everything it calls, directly or not.
fn reached(graph: &CallGraph, alarmed: usize) -> BTreeSet<usize> {
    let callees = callees(graph);
    let mut reached = BTreeSet::from([alarmed]);
    let mut open = vec![alarmed];
    while let Some(next) = open.pop() {
        for &callee in callees.get(next).into_iter().flatten() {
            if reached.insert(callee) {
                open.push(callee);
            }
        }
    }
    reached
}

/// The alarm's excess on its way down.
struct Walk<'a> {
    nodes: &'a [Node],
    alarmed: usize,
    callees: Vec<BTreeSet<usize>>,
}

/// How a component divides what reaches it: what stays, and what each callee gets. Adds up to 1.
struct Division {
    own: f64,
    onward: Vec<(usize, f64)>,
}

impl Walk<'_> {
    /// Each component's share, and the components whose share comes from their silence.
    fn run(&self) -> (Vec<f64>, BTreeSet<usize>) {
        let mut silent = BTreeSet::new();
        let divisions: Vec<_> = (0..self.nodes.len()).map(|node| self.divide(node, &mut silent)).collect();
        let mut shares = vec![0.0; self.nodes.len()];
        let mut here = vec![0.0; self.nodes.len()];
        if let Some(start) = here.get_mut(self.alarmed) {
            *start = 1.0;
        }
        for round in 0..ROUNDS {
            let mut next = vec![0.0; self.nodes.len()];
            for ((arrived, division), share) in here.iter().zip(&divisions).zip(&mut shares) {
                // What still circles at the end stays where it is, so that the shares add up.
                let own = if round + 1 == ROUNDS { 1.0 } else { division.own };
                *share += arrived * own;
                for &(callee, part) in division.onward.iter().filter(|_| own < 1.0) {
                    if let Some(there) = next.get_mut(callee) {
                        *there += arrived * part;
                    }
                }
            }
            here = next;
        }
        (shares, silent)
    }

    fn divide(&self, node: usize, silent: &mut BTreeSet<usize>) -> Division {
        let stays = Division { own: 1.0, onward: Vec::new() };
        let (Some(this), Some(callees)) = (self.nodes.get(node), self.callees.get(node)) else {
            return stays;
        };
        // The alarm itself says that the alarmed component is off, so history's noise is not taken from it.
        let excess = if node == self.alarmed { this.excess.total } else { this.beyond };
        if excess <= 0.0 {
            return stays;
        }
        let mut onward: Vec<_> = callees
            .iter()
            .filter_map(|&callee| {
                let beyond = self.nodes.get(callee)?.beyond.min(excess);
                (beyond > 0.0).then_some((callee, beyond))
            })
            .collect();
        let explained: f64 = onward.iter().map(|&(_, part)| part).sum();
        let mut own = (excess - explained).max(0.0);
        let quiet = self.quiet(this, callees);
        let missing: f64 = quiet.iter().map(|&(_, missing)| missing).sum();
        if missing > 0.0 && own > 0.0 {
            onward.extend(quiet.iter().map(|&(callee, part)| (callee, own * part / missing)));
            silent.extend(quiet.iter().map(|&(callee, _)| callee));
            own = 0.0;
        }
        let whole = own + onward.iter().map(|&(_, part)| part).sum::<f64>();
        Division {
            own: own / whole,
            onward: onward.into_iter().map(|(callee, part)| (callee, part / whole)).collect(),
        }
    }

    /// Callees that no longer answer anything while their caller goes on and others still answer it, with the requests missing. If all
    /// are silent the caller stopped calling, which is its own doing.
    fn quiet(&self, caller: &Node, callees: &BTreeSet<usize>) -> Vec<(usize, f64)> {
        let called: Vec<_> = callees
            .iter()
            .filter_map(|&callee| Some((callee, self.nodes.get(callee)?)))
            .filter(|(_, node)| node.usual_requests >= SILENT_MIN)
            .collect();
        let is_served = caller.requests >= caller.usual_requests / 2.0;
        if !is_served || called.iter().all(|(_, node)| node.is_silent()) {
            return Vec::new();
        }
        called
            .into_iter()
            .filter(|(_, node)| node.is_silent())
            .map(|(callee, node)| (callee, node.usual_requests - node.requests))
            .collect()
    }
}

#[cfg(test)]
mod tests;
