//! Requests that are still allowed: the same caller's other resources of the service, and other callers.

use crate::access::{Ask, Caller, Ruling, resource_label};
use crate::scene::Scene;
use crate::wording::denied::{cite_ruling, words};
use butfor_incident::Unaffected;
use std::collections::{BTreeMap, BTreeSet};

/// Resources and callers named at the most.
const ENTRIES_MAX: usize = 12;

/// What is still allowed, the nearest first.
pub(super) fn of(scene: &Scene<'_>) -> Vec<Unaffected> {
    let mut denied: Vec<&Ask> =
        scene.asks.iter().filter_map(|index| scene.access.denied.get(*index)).map(|one| &one.ask).collect();
    if denied.is_empty() {
        // What was denied and is allowed again.
        let seen =
            |ask: &&Ask| ask.ground.is_seen_failing() && ask.ground.is_recent(scene.symptom.alarm_at());
        denied = scene.access.allowed.iter().map(|(ask, ..)| ask).filter(seen).collect();
    }
    if denied.is_empty() {
        return Vec::new();
    }
    let callers: BTreeSet<&Caller> = denied.iter().map(|ask| &ask.caller).collect();
    let lost: BTreeSet<String> = denied.iter().map(|ask| resource_label(&ask.resource)).collect();
    let mut own: BTreeMap<String, (BTreeSet<&str>, &Ruling)> = BTreeMap::new();
    let mut others: BTreeMap<String, (usize, &Ruling)> = BTreeMap::new();
    for (ask, ruling, _) in &scene.access.allowed {
        if callers.contains(&ask.caller) {
            let label = resource_label(&ask.resource);
            if !lost.contains(&label) && ask.resource != "*" {
                own.entry(label).or_insert((BTreeSet::new(), ruling)).0.insert(&ask.action);
            }
        } else {
            others.entry(ask.caller.label(scene.now())).or_insert((0, ruling)).0 += 1;
        }
    }
    let own = own.into_iter().take(ENTRIES_MAX).map(|(label, (actions, ruling))| Unaffected {
        what: label,
        why: format!("every policy layer still allows {}", words(actions)),
        cites: cite_ruling(scene, ruling),
    });
    let others = others.into_iter().take(ENTRIES_MAX).map(|(label, (count, ruling))| {
        let verb = if count == 1 { "requests is" } else { "requests are" };
        Unaffected {
            what: label,
            why: format!("{count} of its {verb} allowed in the model"),
            cites: cite_ruling(scene, ruling),
        }
    });
    own.chain(others).collect()
}
