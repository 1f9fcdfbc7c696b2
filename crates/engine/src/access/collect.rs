//! Collecting requests: what was seen to be denied, and what roles provide for.

use super::caller::Known;
use super::{Ask, AskGround, Caller, provided};
use crate::act::Act;
use crate::probe::Basis;
use crate::symptom::denials::SeenDenial;
use butfor_incident::EvidenceId;
use butfor_world::World;
use std::collections::BTreeMap;

/// Requests asked at the most; reached, it is said in the report.
pub(super) const ASKS_MAX: usize = 5_000;

/// Resources of one caller and action asked at the most: more objects of one bucket tell nothing more.
const RESOURCES_MAX: usize = 64;

/// Citations kept of one request: more of the same line tell nothing more.
const EVIDENCE_MAX: usize = 8;

/// Every request worth asking about, in a stable order.
pub(super) fn asks(now: &World, before: &World, acts: &[Act], denials: &[SeenDenial]) -> (Vec<Ask>, bool) {
    let mut all = Asks::default();
    let mut open = Vec::new();
    let worlds = [now, before];
    let known = Known::of(&worlds, acts);
    for seen in denials {
        open.extend(all.add_seen(&known, seen));
    }
    let mut callers = super::caller::of_world(now);
    callers.extend(super::caller::of_world(before));
    callers.extend(all.asks.values().chain(&open).map(|ask| ask.caller.clone()));
    callers.sort();
    callers.dedup();
    for world in worlds {
        for caller in &callers {
            for (action, resource) in provided::requests(world, caller) {
                let ground = AskGround::provided();
                all.add(Ask { caller: caller.clone(), action, resource, told: Vec::new(), ground });
            }
        }
    }
    for ask in open {
        all.settle(ask);
    }
    (all.asks.into_values().collect(), all.truncated)
}

#[derive(Default)]
struct Asks {
    asks: BTreeMap<(Caller, String, String), Ask>,
    /// How many resources each caller and action has.
    resources: BTreeMap<(Caller, String), usize>,
    truncated: bool,
}

impl Asks {
    /// Adds a denial that was seen; gives it back where it names no resource.
    fn add_seen(&mut self, known: &Known, seen: &SeenDenial) -> Option<Ask> {
        let denial = &seen.denial;
        let (principal, action) = (denial.principal.as_ref()?, denial.action.as_ref()?);
        let caller = Caller::of_principal(principal, &seen.region, known);
        let evidence: Vec<EvidenceId> = seen.evidence.clone();
        let ground = AskGround {
            basis: Basis::Failing,
            is_logged: seen.logged.is_some(),
            since: Some(seen.at),
            last: Some(seen.at),
            count: 1,
            named: denial.named.into_iter().collect(),
            via: seen.via.clone(),
            source_ip: seen.source_ip.clone(),
            endpoint: seen.endpoint.clone(),
            group: seen.logged.as_ref().map(|(group, _)| group.clone()),
            evidence,
        };
        let resource = denial.resource.clone().filter(|resource| resource.starts_with("arn:"));
        let is_open = resource.is_none();
        let resource = resource.unwrap_or_else(|| "*".to_owned());
        let ask = Ask { caller, action: action.clone(), resource, told: Vec::new(), ground };
        if is_open {
            return Some(ask);
        }
        self.add(ask);
        None
    }

    /// A denial that names no resource, as denials for want of an allow often do, is about what the caller's policies name for
    /// the action; where they name nothing, about everything.
    fn settle(&mut self, ask: Ask) {
        let key = ask.key();
        let named = self.asks.values().filter(|known| known.caller == key.0 && known.key().1 == key.1);
        let resources: Vec<String> = named.map(|known| known.resource.clone()).collect();
        if resources.is_empty() {
            self.add(ask);
            return;
        }
        for resource in resources {
            self.add(Ask { resource, ..ask.clone() });
        }
    }

    fn add(&mut self, ask: Ask) {
        let key = ask.key();
        if let Some(known) = self.asks.get_mut(&key) {
            known.ground.merge(ask.ground);
            known.ground.evidence.truncate(EVIDENCE_MAX);
            return;
        }
        let count = self.resources.entry((key.0.clone(), key.1.clone())).or_default();
        *count += 1;
        let is_seen = ask.ground.is_seen_failing();
        if *count > RESOURCES_MAX || self.asks.len() >= ASKS_MAX && !is_seen {
            self.truncated = true;
            return;
        }
        self.asks.insert(key, ask);
    }
}
