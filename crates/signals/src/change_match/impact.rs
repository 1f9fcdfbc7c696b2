//! Where the failure begins, and whom it reaches.

use super::environment::{Environment, EnvironmentKind};
use super::symptom::Symptoms;
use super::{Incident, Span};
use std::collections::{BTreeMap, BTreeSet};

/// How deep one service is followed to the next.
const DEPTH_MAX: usize = 8;

/// Words of metrics whose rise is bad news.
const BAD_WHEN_HIGHER: &[&str] = &[
    "error",
    "fail",
    "5xx",
    "latency",
    "duration",
    "age",
    "lag",
    "timeout",
    "throttl",
    "reject",
    "drop",
    "queue",
    "backlog",
    "panic",
    "restart",
    "saturation",
];

/// Where the failure is.
#[derive(Debug, Clone, Default)]
pub(super) struct Impact {
    pub(super) first_failing: String,
    /// All services with symptoms.
    pub(super) affected: BTreeSet<String>,
    /// All services that are known.
    pub(super) services: BTreeSet<String>,
    /// Affected, but only as somebody's victim: calls to them were given up.
    given_up: BTreeSet<String>,
}

impl Impact {
    pub(super) fn of(incident: &Incident, symptoms: &Symptoms) -> Self {
        let mut services: BTreeSet<String> = [incident.alert.service.clone()].into();
        services.extend(incident.records.iter().map(|record| record.service.clone()));
        services.extend(incident.series.iter().map(|measured| measured.service.clone()));
        services.extend(incident.spans.iter().map(|span| span.service.clone()));
        services.extend(incident.deploys.iter().map(|deploy| deploy.service.clone()));
        let mut affected: BTreeSet<String> =
            symptoms.list.iter().map(|symptom| symptom.service.clone()).collect();
        for shift in &symptoms.shifts {
            let lower = shift.metric.to_lowercase();
            if shift.after > shift.before && BAD_WHEN_HIGHER.iter().any(|word| lower.contains(word)) {
                affected.insert(shift.service.clone());
            }
        }
        let given_up = affected
            .iter()
            .filter(|service| {
                symptoms.list.iter().any(|symptom| symptom.service == **service) && !symptoms.fails(service)
            })
            .cloned()
            .collect();
        let first_failing = first_failing(incident, symptoms, &services);
        Self { first_failing, affected, services, given_up }
    }

    /// Everyone but the first. A component that *is* the environment's cause is not its victim.
    pub(super) fn impaired(&self, environment: Option<&Environment>) -> Vec<String> {
        let is_dns = environment.is_some_and(|sign| sign.kind == EnvironmentKind::NameResolution);
        self.affected
            .iter()
            .filter(|service| **service != self.first_failing && !self.given_up.contains(*service))
            .filter(|service| !(is_dns && service.to_lowercase().contains("dns")))
            .cloned()
            .collect()
    }
}

/// From the alarmed service down to the deepest one that fails itself.
fn first_failing(incident: &Incident, symptoms: &Symptoms, services: &BTreeSet<String>) -> String {
    let calls = failed_calls(&incident.spans);
    let mut here = incident.alert.service.clone();
    let mut seen: BTreeSet<String> = [here.clone()].into();
    for _ in 0..DEPTH_MAX {
        let by_span =
            calls.get(&here).into_iter().flatten().find(|next| symptoms.fails(next) && !seen.contains(*next));
        let next =
            by_span.cloned().or_else(|| named(&here, symptoms, services).filter(|next| !seen.contains(next)));
        let Some(next) = next else { break };
        seen.insert(next.clone());
        here = next;
    }
    here
}

/// From each service to the services whose failed spans its failed spans called.
fn failed_calls(spans: &[Span]) -> BTreeMap<String, BTreeSet<String>> {
    let mut calls: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for span in spans.iter().filter(|span| span.failed) {
        let Some(parent) = &span.parent else { continue };
        // Ids are unique within a trace; of a sampled trace the ids of the trace may be missing.
        let caller = spans
            .iter()
            .find(|other| other.id == *parent && other.trace == span.trace)
            .or_else(|| spans.iter().find(|other| other.id == *parent));
        let Some(caller) = caller.filter(|caller| caller.service != span.service) else { continue };
        if !super::symptom::is_cancelled(&span.text) {
            calls.entry(caller.service.clone()).or_default().insert(span.service.clone());
        }
    }
    calls
}

/// A failing service that the errors of this one name, and whose own errors do not name this one.
fn named(here: &str, symptoms: &Symptoms, services: &BTreeSet<String>) -> Option<String> {
    let names = |by: &str, whom: &str| {
        symptoms
            .list
            .iter()
            .any(|symptom| symptom.service == by && !symptom.is_cancelled && mentions(&symptom.text, whom))
    };
    services
        .iter()
        .find(|other| {
            other.as_str() != here && names(here, other) && symptoms.fails(other) && !names(other, here)
        })
        .cloned()
}

/// Whether a text names a service as a whole word: `metric-ingestor-1-iq` does not name `metric-ingestor-1`.
fn mentions(text: &str, service: &str) -> bool {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    text.match_indices(service).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + service.len()..).unwrap_or_default();
        !before.ends_with(inside) && !after.starts_with(inside) && !after.starts_with('.')
    })
}
