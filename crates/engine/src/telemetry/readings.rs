//! What an engineer reads from two metrics side by side: errors against runs, throttles against demand, use against capacity,
//! health against use.
//!
//! Which metrics belong together is told by their dimensions, never by names of resources.

use super::words;
use crate::account;
use crate::scene::Scene;
use crate::symptom::metrics::Series;
use butfor_incident::{Cites, EvidenceId, Symptom, SymptomKind, Timestamp};
use butfor_signals::metrics as signal;
use butfor_signals::metrics::readings::{
    CapacityState, DemandState, ErrorPlace, TargetState, capacity, demand, error_place, target_state,
};
use std::collections::{BTreeMap, BTreeSet};

/// Use and capacity of a table (Amazon DynamoDB Developer Guide, "DynamoDB metrics and dimensions").
const CAPACITIES: [(&str, &str, &str); 2] = [
    ("ConsumedReadCapacityUnits", "ProvisionedReadCapacityUnits", "ReadThrottleEvents"),
    ("ConsumedWriteCapacityUnits", "ProvisionedWriteCapacityUnits", "WriteThrottleEvents"),
];

/// All readings that say something is wrong, or where it is not.
pub(super) fn of(scene: &Scene<'_>, onset: Timestamp) -> Vec<Symptom> {
    let metrics = Metrics { scene, split: onset.as_millis().div_euclid(1000) };
    let mut all: Vec<Symptom> = metrics.error_places().collect();
    let things = metrics.things();
    all.extend(things.iter().filter_map(|thing| metrics.demand(thing)));
    all.extend(things.iter().flat_map(|thing| metrics.capacities(thing)));
    all.extend(things.iter().filter_map(|thing| metrics.target(thing)));
    // One metric asked for by two periods reads the same.
    all.sort_by(|a, b| a.text.cmp(&b.text));
    all.dedup_by(|a, b| a.text == b.text);
    all
}

/// What a group of series is of: namespace, account, region and dimensions.
type Thing<'s> = (&'s str, &'s str, &'s str, &'s BTreeMap<String, String>);

struct Metrics<'s, 'c> {
    scene: &'s Scene<'c>,
    /// The onset, in seconds since 1970.
    split: i64,
}

impl<'s> Metrics<'s, '_> {
    fn things(&self) -> BTreeSet<Thing<'s>> {
        let of = |series: &'s Series| {
            let metric = &series.metric;
            (metric.namespace.as_str(), series.account.as_str(), series.region.as_str(), &metric.dimensions)
        };
        self.scene.symptom.series.iter().map(of).collect()
    }

    fn find(&self, thing: &Thing<'_>, name: &str) -> Option<&'s Series> {
        self.scene.symptom.series.iter().find(|series| {
            let metric = &series.metric;
            metric.name == name
                && (
                    metric.namespace.as_str(),
                    series.account.as_str(),
                    series.region.as_str(),
                    &metric.dimensions,
                ) == *thing
        })
    }

    fn before(&self, series: &Series) -> signal::Series {
        series.to_signal().between(i64::MIN, self.split)
    }

    fn since(&self, series: &Series) -> signal::Series {
        series.to_signal().between(self.split, i64::MAX)
    }

    /// Errors that callers of an API see, against runs and errors of the functions behind it.
    fn error_places(&self) -> impl Iterator<Item = Symptom> {
        let functions = account::fronted_functions(self.scene.case, &self.scene.symptom);
        let outer = self.scene.symptom.alarm_series().filter(|series| {
            series.metric.namespace == "AWS/ApiGateway"
                && series.metric.name.to_ascii_lowercase().starts_with("5xx")
        });
        outer.filter_map(move |outer| {
            let inner = |name: &str| {
                let own = self.scene.symptom.series.iter().filter(|series| {
                    let metric = &series.metric;
                    let of = metric.dimensions.get("FunctionName");
                    metric.namespace == "AWS/Lambda"
                        && metric.name == name
                        && series.region == outer.region
                        && of.is_some_and(|of| functions.iter().any(|arn| arn.rsplit(':').next() == Some(of)))
                });
                self.sum(own.collect())
            };
            let (runs, errors) = (inner("Invocations"), inner("Errors"));
            let series = |it: &Option<(signal::Series, Vec<EvidenceId>)>| {
                it.as_ref().map(|(series, _)| series.clone())
            };
            let outer_errors = self.since(outer);
            let place = error_place(&outer_errors, series(&runs).as_ref(), series(&errors).as_ref());
            let text = match place {
                ErrorPlace::HandledInside => {
                    "the functions behind it ran and report no errors: what fails is answered \
                                              with an error, not raised; Errors of 0 does not clear them"
                }
                ErrorPlace::NotReached => {
                    "the functions behind it did not run: what is in front of them fails"
                }
                ErrorPlace::Inner => "the functions behind it report errors, too",
                ErrorPlace::None | ErrorPlace::Unknown => return None,
            };
            let evidence = [runs, errors].into_iter().flatten().flat_map(|(_, evidence)| evidence);
            let cites = Cites::many(evidence.chain([outer.evidence]))?;
            let text =
                format!("{} returns {} errors, and {text}", outer.label(), words::value(outer_errors.sum()));
            Some(symptom(text, cites))
        })
    }

    /// Several series since the onset, added up; `None` when there is none.
    fn sum(&self, own: Vec<&Series>) -> Option<(signal::Series, Vec<EvidenceId>)> {
        let period = own.first()?.period_s;
        let mut points: BTreeMap<i64, f64> = BTreeMap::new();
        for series in &own {
            for point in self.since(series).points() {
                *points.entry(point.at).or_default() += point.value;
            }
        }
        let evidence = own.iter().map(|series| series.evidence).collect();
        Some((signal::Series::new(signal::Statistic::Sum, period, points), evidence))
    }

    /// Throttled and served requests together, against the usual demand.
    fn demand(&self, thing: &Thing<'_>) -> Option<Symptom> {
        if thing.0 != "AWS/Lambda" {
            return None;
        }
        let (runs, throttles) = (self.find(thing, "Invocations")?, self.find(thing, "Throttles")?);
        let found = demand(&self.since(runs), &self.since(throttles), &self.before(runs));
        let (worst, served) = found.worst?;
        let counts = format!(
            "{} throttled and {} served in the worst {}",
            words::value(worst.value),
            words::value(served),
            super::length(i64::from(throttles.period_s))
        );
        let usual = found
            .usual
            .map(|(low, high)| format!(" (usual {} to {})", words::value(low), words::value(high)));
        let usual = usual.unwrap_or_default();
        let reading = match found.state {
            DemandState::UsualDemandRefused | DemandState::AllRefused => {
                "together the usual demand: capacity went down, demand did not go up"
            }
            DemandState::Surge => "together more than usual: demand went up",
            DemandState::Missing => "together less than usual: part of the demand never arrived",
            DemandState::Unknown => "what is usual was not recorded",
            DemandState::Served => return None,
        };
        let text = format!("{}: {counts}, {reading}{usual}", throttles.label());
        Some(symptom(text, Cites::one(throttles.evidence).and(&Cites::one(runs.evidence))))
    }

    /// Consumed against provisioned capacity of a table.
    fn capacities(&self, thing: &Thing<'_>) -> Vec<Symptom> {
        if thing.0 != "AWS/DynamoDB" {
            return Vec::new();
        }
        let of = |(used, limit, refused): (&str, &str, &str)| {
            let (used, limit) = (self.find(thing, used)?, self.find(thing, limit)?);
            let refused = self.find(thing, refused);
            let none = signal::Series::new(signal::Statistic::Sum, used.period_s, []);
            let refused_since = refused.map_or(none, |series| self.since(series));
            let found = capacity(&self.since(used), &limit.to_signal(), &refused_since);
            let reading = match found.state {
                CapacityState::Exhausted => "all of it is used",
                CapacityState::Scarce => "it is scarce",
                CapacityState::RefusedBelowCapacity => {
                    "requests are refused below it: a hot partition, or bursts shorter than the period"
                }
                CapacityState::Enough | CapacityState::Unknown => return None,
            };
            let share = found
                .peak
                .filter(|(_, share)| share.is_finite())
                .map(|(_, share)| format!("{:.0} % of", share * 100.0));
            let share = share.unwrap_or_else(|| "more than".to_owned());
            let text = format!(
                "{}: {share} the provisioned capacity at the peak, {} requests throttled; {reading}",
                used.label(),
                words::value(found.refused)
            );
            let cites = Cites::one(used.evidence).and(&Cites::one(limit.evidence));
            Some(symptom(text, refused.map_or(cites.clone(), |it| cites.and(&Cites::one(it.evidence)))))
        };
        CAPACITIES.into_iter().filter_map(of).collect()
    }

    /// Healthy targets that nobody uses any more, or unhealthy ones.
    fn target(&self, thing: &Thing<'_>) -> Option<Symptom> {
        let health = self.find(thing, "HealthyHostCount")?;
        let used = ["RequestCount", "ActiveFlowCount", "RequestCountPerTarget"]
            .iter()
            .find_map(|name| self.find(thing, name))?;
        let reading = match target_state(&self.since(health), &self.since(used), &self.before(used)) {
            TargetState::HealthyAndUnused => {
                "its targets are healthy and nobody reaches them any more: what is in between is broken"
            }
            TargetState::Unhealthy => "no target is healthy",
            TargetState::Working | TargetState::HealthyAndIdle | TargetState::Unknown => return None,
        };
        let text = format!("{}: {reading}", used.label());
        Some(symptom(text, Cites::one(health.evidence).and(&Cites::one(used.evidence))))
    }
}

fn symptom(text: String, cites: Cites) -> Symptom {
    Symptom { kind: SymptomKind::Metric, text, onset: None, samples: Vec::new(), cites }
}
