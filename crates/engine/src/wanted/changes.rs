//! Who changed what: CloudTrail, at first for the time before the alarm, then for resources whose state nobody was seen to make.

use super::{Look, Place, Wanted, ask};
use butfor_incident::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;

/// How far back LookupEvents reaches (CloudTrail User Guide, "Viewing events with event history": 90 days).
const LOOKUP_SECONDS_MAX: i64 = 90 * 24 * 3600;

/// Resources looked up one by one at the most: two requests a second are allowed.
const RESOURCES_MAX: usize = 6;

/// Lookups of recent changes, then of the resources in question.
pub(super) fn wanted(look: &Look<'_>) -> Vec<Wanted> {
    let before = look.scope.changes_before_s.max(600);
    let window = (look.since(before), look.scope.now);
    let mut all: Vec<Wanted> = places(look).iter().map(|place| recent(place, window)).collect();
    all.extend(resources(look));
    all
}

/// The alert's place, the global services' region, and every other account that something led to.
fn places(look: &Look<'_>) -> BTreeSet<Place> {
    let home = &look.scope.home;
    let mut all = BTreeSet::from([home.clone()]);
    // Events of global services are recorded in one region (CloudTrail User Guide, "Global service events").
    all.insert(Place { account: home.account.clone(), region: super::region_of("iam", &home.region) });
    all.extend(super::network::other_places(look));
    all
}

fn recent(place: &Place, (from, until): (Timestamp, Timestamp)) -> Wanted {
    let parameters = json!({
        "LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}],
        "StartTime": from.to_string(), "EndTime": until.to_string(),
    });
    ask(place, 0, "cloudtrail", "LookupEvents", &parameters)
}

/// Resources that refuse what is asked of them and that no recorded change touched: somebody changed them before the window.
fn resources(look: &Look<'_>) -> Vec<Wanted> {
    let scene = look.scene;
    let mut ids: BTreeSet<(Place, String)> = BTreeSet::new();
    for broken in scene.flows.iter().filter_map(|flow| scene.impact.broken.get(*flow)) {
        if !broken.acts.is_empty() {
            continue;
        }
        for blocker in &broken.trace.blockers {
            let owner = scene.now().resources().find(|resource| resource.key.id == blocker.component.id);
            let place = owner.map(|it| Place { account: it.account.clone(), region: it.region.clone() });
            ids.insert((place.unwrap_or_else(|| look.scope.home.clone()), blocker.component.id.clone()));
        }
    }
    let from = look.scope.now.plus_seconds(-LOOKUP_SECONDS_MAX);
    let lookup = |(place, id): &(Place, String)| {
        let parameters = json!({
            "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": id}],
            "StartTime": from.to_string(), "EndTime": look.scope.now.to_string(),
        });
        ask(place, 3, "cloudtrail", "LookupEvents", &parameters)
    };
    ids.iter().take(RESOURCES_MAX).map(lookup).collect()
}
