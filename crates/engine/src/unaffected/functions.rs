//! Functions that are invoked as usual, without errors and throttles: in the same place, and in other regions.

use crate::access::Caller;
use crate::scene::Scene;
use crate::symptom::metrics::Series;
use butfor_incident::{Cites, Timestamp, Unaffected};
use std::collections::{BTreeMap, BTreeSet};

/// Functions named at the most.
const FUNCTIONS_MAX: usize = 12;

/// Healthy functions, where a function is what the alert is about.
pub(super) fn of(scene: &Scene<'_>) -> Vec<Unaffected> {
    let broken = broken(scene);
    if broken.is_empty() {
        return Vec::new();
    }
    let since = scene.onset.unwrap_or(scene.case.as_of);
    let mut by_function: BTreeMap<(&str, &str), BTreeMap<&str, &Series>> = BTreeMap::new();
    for series in scene.symptom.series.iter().filter(|series| series.metric.namespace == "AWS/Lambda") {
        if let Some(name) = series.metric.dimensions.get("FunctionName") {
            let own = by_function.entry((series.region.as_str(), name)).or_default();
            own.insert(&series.metric.name, series);
        }
    }
    let is_broken = |region: &str, name: &str| {
        broken.iter().any(|id| {
            let mut fields = id.split(':');
            fields.nth(3) == Some(region) && id.rsplit(':').next() == Some(name)
        })
    };
    let healthy = by_function.into_iter().filter(|((region, name), _)| !is_broken(region, name));
    healthy
        .filter_map(|((region, name), series)| entry(region, name, &series, since))
        .take(FUNCTIONS_MAX)
        .collect()
}

/// Functions that are wrongly configured or denied something, now or a while ago.
fn broken(scene: &Scene<'_>) -> BTreeSet<String> {
    let wrong = scene.settings.wrong.iter().map(|wrong| &wrong.setting).chain(&scene.settings.right);
    let settings = wrong.filter(|setting| setting.is_tied).map(|setting| setting.key.id.clone());
    let denied = scene.access.denied.iter().map(|one| &one.ask);
    let asks = denied.chain(scene.access.allowed.iter().map(|(ask, ..)| ask));
    let callers =
        asks.filter(|ask| ask.ground.is_seen_failing() && ask.ground.is_recent(scene.symptom.alarm_at()));
    let callers = callers.filter_map(|ask| match &ask.caller {
        Caller::Function(id) => Some(id.clone()),
        _ => None,
    });
    settings.chain(callers).collect()
}

fn entry(region: &str, name: &str, series: &BTreeMap<&str, &Series>, since: Timestamp) -> Option<Unaffected> {
    let invoked = total(series.get("Invocations")?, since);
    let errors = total(series.get("Errors")?, since);
    let throttles = series.get("Throttles").map_or(0.0, |series| total(series, since));
    if invoked == 0.0 || errors > 0.0 || throttles > 0.0 {
        return None;
    }
    let cites = Cites::many(series.values().map(|series| series.evidence));
    let what = format!("function {name} in {region}");
    let why = format!("{invoked:.0} invocations since {}, no errors, no throttles", since.clock());
    Some(Unaffected { what, why, cites })
}

fn total(series: &Series, since: Timestamp) -> f64 {
    series.points.iter().filter(|(at, _)| *at >= since).map(|(_, value)| *value).sum()
}
