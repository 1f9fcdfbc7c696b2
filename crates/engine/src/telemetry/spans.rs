//! Traces and service maps: where errors begin, and which calls between components fail.
//!
//! Names of components come from the spans themselves and are quoted; a trace shows where an error began, not why.

use butfor_incident::{Body, CaseFile, Cites, EvidenceId, Onset, Symptom, SymptomKind, Timestamp};
use butfor_signals::traces::{Edge, Failing, Forest, Span, edges, otlp, xray};
use std::collections::{BTreeMap, BTreeSet};

/// Spans kept of a case: at 200 bytes each 200 MB.
const SPANS_MAX: usize = 1_000_000;

/// Characters quoted of an error.
const ERROR_CHARS_MAX: usize = 200;

/// Spans and service maps of a case.
#[derive(Default)]
pub(crate) struct Traces {
    spans: Vec<Span>,
    /// Calls between components, by caller and callee: of the spans, and of service maps that were recorded.
    pub edges: BTreeMap<(String, String), Calls>,
    evidence: BTreeSet<EvidenceId>,
    /// Documents that could not be read, with the reason.
    pub unread: Vec<(EvidenceId, String)>,
}

/// Calls of one component by another.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Calls {
    pub total: u64,
    /// That failed by the callee's doing.
    pub faults: u64,
    pub throttles: u64,
}

impl Traces {
    /// Reads every trace document and service map of a case.
    pub(crate) fn read(case: &CaseFile) -> Self {
        let mut all = Self::default();
        let mut maps = Vec::new();
        for evidence in &case.evidence {
            let parsed = match (&evidence.body, evidence.query.operation.as_str()) {
                (Body::Trace(text), _) => {
                    otlp::read(text).or_else(|error| xray::read(text).map_err(|_| error))
                }
                (Body::Call(text), "BatchGetTraces") => xray::read(text),
                (Body::Call(text), "GetServiceGraph" | "GetTraceGraph")
                    if evidence.query.service == "xray" =>
                {
                    match xray::read_graph(text) {
                        Ok(found) => maps.extend(found.into_iter().map(|edge| (evidence.id(), edge))),
                        Err(error) => all.unread.push((evidence.id(), error.to_string())),
                    }
                    continue;
                }
                _ => continue,
            };
            match parsed {
                Ok(parsed) => {
                    let room = SPANS_MAX.saturating_sub(all.spans.len());
                    all.spans.extend(parsed.spans.into_iter().take(room));
                    all.evidence.insert(evidence.id());
                }
                Err(error) => all.unread.push((evidence.id(), error.to_string())),
            }
        }
        let own = edges(&Forest::new(&all.spans));
        all.evidence.extend(maps.iter().map(|(evidence, _)| *evidence));
        // A service map counts every request, traces are a sample: where there is a map, it counts.
        let counted = if maps.is_empty() { own } else { maps.into_iter().map(|(_, edge)| edge).collect() };
        counted.iter().for_each(|edge| all.add(edge));
        all
    }

    fn add(&mut self, edge: &Edge) {
        let calls = self.edges.entry((edge.caller.to_string(), edge.callee.to_string())).or_default();
        calls.total += edge.calls;
        calls.faults += edge.faults;
        calls.throttles += edge.throttles;
    }

    /// Components that errors begin in which a caller saw, as the spans and maps name them.
    pub(crate) fn failing_components(&self) -> BTreeSet<String> {
        let forest = Forest::new(&self.spans);
        let visible = forest.failing().into_iter().filter(|failing| failing.is_visible);
        let begun = visible.map(|failing| failing.component.to_string());
        let faulty = self.edges.iter().filter(|(_, calls)| calls.faults + calls.throttles > 0);
        begun.chain(faulty.map(|((_, callee), _)| callee.clone())).collect()
    }
}

/// Where errors begin, then calls that fail; what fails most comes first.
pub(super) fn of(traces: &Traces, onset: Timestamp) -> Vec<Symptom> {
    let Some(cites) = Cites::many(traces.evidence.iter().copied()) else { return Vec::new() };
    let mut all = begins(traces, onset, &cites);
    let mut calls: Vec<_> =
        traces.edges.iter().filter(|(_, calls)| calls.faults + calls.throttles > 0).collect();
    calls.sort_by_key(|(_, calls)| std::cmp::Reverse(calls.faults + calls.throttles));
    all.extend(calls.into_iter().map(|((caller, callee), calls)| {
        let throttled =
            if calls.throttles > 0 { format!(", {} throttled", calls.throttles) } else { String::new() };
        let text = format!("{caller} to {callee}: {} of {} calls fail{throttled}", calls.faults, calls.total);
        symptom(text, None, Vec::new(), &cites)
    }));
    all
}

/// One symptom for each component that errors begin in.
fn begins(traces: &Traces, onset: Timestamp, cites: &Cites) -> Vec<Symptom> {
    let forest = Forest::new(&traces.spans);
    let mut by_component: BTreeMap<String, Vec<Failing>> = BTreeMap::new();
    for failing in forest.failing() {
        by_component.entry(failing.component.to_string()).or_default().push(failing);
    }
    let total = forest.traces().len();
    let mut all: Vec<(usize, Symptom)> = by_component
        .iter()
        .map(|(component, failing)| {
            let failed: BTreeSet<&str> =
                failing.iter().filter_map(|it| Some(&*traces.spans.get(it.span)?.trace)).collect();
            let visible = failing.iter().filter(|it| it.is_visible).count();
            (failed.len(), begin(traces, component, failing, (failed.len(), total, visible), cites))
        })
        .collect();
    all.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.text.cmp(&b.1.text)));
    let is_recent = |symptom: &Symptom| symptom.onset.is_none_or(|it| it.at >= onset.plus_seconds(-3600));
    all.into_iter().map(|(_, symptom)| symptom).filter(is_recent).collect()
}

fn begin(
    traces: &Traces,
    component: &str,
    failing: &[Failing],
    (failed, total, visible): (usize, usize, usize),
    cites: &Cites,
) -> Symptom {
    let span = |at: usize| traces.spans.get(at);
    let first = failing.iter().filter_map(|it| span(it.span)).min_by_key(|it| it.start_ns);
    let topmost = failing.iter().filter_map(|it| span(it.topmost)).min_by_key(|it| it.start_ns);
    let topmost = topmost
        .filter(|top| &*top.component != component)
        .map(|top| format!("; the topmost failing span is {} of {}", top.operation, top.component));
    let silent = if failing.iter().all(|it| it.is_silent) { ", which left no span of its own," } else { "" };
    let coped = if visible == 0 { "; callers coped with it" } else { "" };
    let text = format!(
        "errors begin in {component}{silent} in {failed} of {total} traces{}{coped}",
        topmost.unwrap_or_default()
    );
    let samples = first.and_then(|it| it.failure.as_ref()?.text.as_ref()).map(|text| {
        text.lines().next().unwrap_or_default().chars().take(ERROR_CHARS_MAX).collect::<String>()
    });
    let at = first.map(|it| Timestamp::from_millis(it.start_ns.div_euclid(1_000_000)));
    let onset = at.map(|at| Onset { at, earliest: at, latest: at });
    symptom(text, onset, samples.into_iter().collect(), cites)
}

fn symptom(text: String, onset: Option<Onset>, samples: Vec<String>, cites: &Cites) -> Symptom {
    Symptom { kind: SymptomKind::Trace, text, onset, samples, cites: cites.clone() }
}
