//! Collecting settings from what logs and metrics say of functions.

use super::{Need, Setting};
use crate::symptom::Symptom;
use crate::symptom::facts::Saying;
use butfor_incident::Timestamp;
use butfor_world::{Facet, Resource, ResourceKey, World};
use std::collections::BTreeMap;

const FUNCTION: &str = "AWS::Lambda::Function";

/// Members that decide whether a function finds what it looks up by name.
const CODE: &[&str] = &["Handler", "Runtime", "Layers", "CodeSha256"];

/// How long before the alarm throttles count.
const THROTTLES_BEFORE_ALARM_SECONDS: i64 = 30 * 60;

/// Every setting that a symptom speaks of, each once, in a stable order.
pub(super) fn settings(
    now: &World,
    before: &World,
    symptom: &Symptom,
    tied: &dyn Fn(&str) -> bool,
) -> Vec<Setting> {
    let mut all: BTreeMap<(ResourceKey, Facet), Setting> = BTreeMap::new();
    let mut add = |setting: Setting| {
        all.entry((setting.key.clone(), setting.facet.clone())).or_insert(setting);
    };
    for fact in symptom.recent_facts() {
        let Some(name) = fact.group.strip_prefix("/aws/lambda/") else { continue };
        let (Some(function), Some(since)) = (function(now, name, &fact.account, &fact.region), fact.first())
        else {
            continue;
        };
        for (facet, need) in needs(&fact.saying, before, &function.key) {
            add(Setting {
                key: function.key.clone(),
                facet,
                need,
                saying: fact.saying.clone(),
                since,
                // Its log was collected for this incident and tells of the failure.
                is_tied: true,
                evidence: fact.evidence.clone(),
            });
        }
    }
    for (key, since, evidence) in throttled(now, symptom) {
        let facet = Facet { member: "ReservedConcurrentExecutions".to_owned(), element: None };
        let need = Need::NoLessThan(before.state(&key, &facet));
        let is_tied = tied(&key.id);
        let evidence = vec![evidence];
        add(Setting { key, facet, need, saying: Saying::Throttled, since, is_tied, evidence });
    }
    all.into_values().collect()
}

/// The function of a name in an account and region.
fn function<'w>(world: &'w World, name: &str, account: &str, region: &str) -> Option<&'w Resource> {
    let is_it = |function: &&Resource| {
        function.key.id.rsplit(':').next() == Some(name)
            && (account.is_empty() || function.account == account)
            && (region.is_empty() || function.region == region)
    };
    world.of_kind(FUNCTION).find(is_it)
}

/// What a saying of a function's own log asks of its settings.
fn needs(saying: &Saying, before: &World, key: &ResourceKey) -> Vec<(Facet, Need)> {
    let attribute = |member: &str| Facet { member: member.to_owned(), element: None };
    let as_before = |member: &str| {
        let facet = attribute(member);
        let state = before.state(key, &facet);
        (facet, Need::AsBefore(state))
    };
    let no_less = |member: &str| {
        let facet = attribute(member);
        let state = before.state(key, &facet);
        (facet, Need::NoLessThan(state))
    };
    match saying {
        Saying::MissingVariable(name) => {
            let facet = Facet { member: "Environment/Variables".to_owned(), element: Some(name.clone()) };
            vec![(facet, Need::Set)]
        }
        Saying::FunctionTimedOut => vec![no_less("Timeout")],
        Saying::OutOfMemory => vec![no_less("MemorySize")],
        Saying::Missing(_) => CODE.iter().map(|member| as_before(member)).collect(),
        Saying::Throttled => Vec::new(),
    }
}

/// Functions whose own metric counts throttles near the alarm, with the end of the first period that has some.
fn throttled(world: &World, symptom: &Symptom) -> Vec<(ResourceKey, Timestamp, butfor_incident::EvidenceId)> {
    let since = symptom.alarm_at().map(|alarm_at| alarm_at.plus_seconds(-THROTTLES_BEFORE_ALARM_SECONDS));
    let own = symptom
        .series
        .iter()
        .filter(|series| series.metric.namespace == "AWS/Lambda" && series.metric.name == "Throttles");
    let found = own.filter_map(|series| {
        let name = series.metric.dimensions.get("FunctionName")?;
        let at = series
            .points
            .iter()
            .position(|(at, value)| *value > 0.0 && since.is_none_or(|since| *at >= since))?;
        let (first, _) = series.points.get(at)?;
        // A point stands for the period that begins with it.
        let end = series.points.get(at + 1).map_or(first.plus_seconds(60), |(next, _)| *next);
        let function = function(world, name, &series.account, &series.region)?;
        Some((function.key.clone(), end, series.evidence))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::super::at_least;
    use butfor_world::State;
    use serde_json::json;

    #[test]
    fn no_limit_is_the_highest_limit() {
        let limit = |number: u64| State::Present(json!(number));
        for (now, before, expected) in [
            (limit(0), State::Absent, Some(false)),
            (limit(0), State::Unknown, Some(false)),
            (limit(10), State::Absent, Some(false)),
            (limit(10), limit(10), Some(true)),
            (limit(5), limit(10), Some(false)),
            (State::Absent, limit(10), Some(true)),
            (limit(5), State::Unknown, None),
            (State::Unknown, limit(5), None),
        ] {
            assert_eq!(at_least(&now, &before), expected, "{now:?} after {before:?}");
        }
    }
}
