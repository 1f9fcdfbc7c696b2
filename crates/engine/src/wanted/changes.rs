//! Who changed what: CloudTrail, at first for the time before the alarm, then for resources whose state nobody was seen to make.

use super::{Look, Place, Wanted, ask};
use butfor_incident::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;

/// How far back LookupEvents reaches (CloudTrail User Guide, "Viewing events with event history": 90 days).
const LOOKUP_SECONDS_MAX: i64 = 90 * 24 * 3600;

/// A trail's files are delivered within this long (CloudTrail User Guide, "How CloudTrail works": on average 5 minutes, not guaranteed).
const DELIVERY_SECONDS: i64 = 20 * 60;

/// Resources looked up one by one at the most: two requests a second are allowed.
const RESOURCES_MAX: usize = 6;

/// Lookups of recent changes, then of the resources in question.
pub(super) fn wanted(look: &Look<'_>) -> Vec<Wanted> {
    let before = look.scope.changes_before_s.max(600);
    let window = (look.since(before), look.scope.now);
    let mut all: Vec<Wanted> = places(look).iter().flat_map(|place| recent(look, place, window)).collect();
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

/// A trail's files where there are any, with a look-up of what is too young for them; else look-ups alone.
fn recent(look: &Look<'_>, place: &Place, (from, until): (Timestamp, Timestamp)) -> Vec<Wanted> {
    let lookup = |from: Timestamp| {
        let parameters = json!({
            "LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}],
            "StartTime": from.to_string(), "EndTime": until.to_string(),
        });
        ask(place, 0, "cloudtrail", "LookupEvents", &parameters)
    };
    let Some(trail) = &look.scope.trail else { return vec![lookup(from)] };
    let prefix = if trail.prefix.is_empty() { String::new() } else { format!("{}/", trail.prefix) };
    let files = json!({
        "bucket": trail.bucket, "prefix": prefix, "organization": trail.is_organization,
        "account": place.account, "region": place.region, "from": from.to_string(), "until": until.to_string(),
    });
    let files = ask(&trail.place, 0, "cloudtrail", "TrailFiles", &files);
    if look.asked.contains(&files.query) && !look.answers.has_records(place) {
        return vec![lookup(from)];
    }
    vec![files, lookup(from.max(until.plus_seconds(-DELIVERY_SECONDS)))]
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
            let place = place.unwrap_or_else(|| look.scope.home.clone());
            // Services record a resource by its id or by its ARN (requirements, T16).
            let arn = owner.and_then(butfor_world::Resource::arn).filter(|arn| *arn != blocker.component.id);
            ids.extend(arn.map(|arn| (place.clone(), arn)));
            ids.insert((place, blocker.component.id.clone()));
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
