//! Denied requests in words: who is denied what, by which layer, with which evidence.

use super::{Wording, policy};
use crate::access::{Ask, Denied, Ruling, resource_label};
use crate::hypothesis::Hypothesis;
use crate::scene::Scene;
use butfor_incident::{Affected, AffectedKind, Cites};
use butfor_world::ResourceKey;
use std::collections::{BTreeMap, BTreeSet};

/// Resources named in one sentence at the most.
const RESOURCES_NAMED_MAX: usize = 6;

/// Callers named in one sentence at the most.
const CALLERS_NAMED_MAX: usize = 2;

/// The denied requests a hypothesis explains.
pub(crate) fn of<'s>(scene: &'s Scene<'_>, hypothesis: &Hypothesis) -> Vec<&'s Denied> {
    hypothesis.asks.iter().filter_map(|index| scene.access.denied.get(*index)).collect()
}

/// `function orders`, `bucket reports`, `s3:GetObject`.
pub(crate) fn affected(scene: &Scene<'_>, ask: &Ask) -> Affected {
    Affected {
        kind: AffectedKind::Request,
        from: ask.caller.label(scene.now()),
        to: resource_label(&ask.resource),
        detail: ask.action.clone(),
    }
}

/// The layer that denies, in AWS's own word.
pub(crate) fn code(denied: &[&Denied]) -> Option<String> {
    let first = denied.first()?;
    first.ruling.denying().next().map(|one| one.layer.aws_name().to_owned())
}

/// Evidence behind the documents that decide a request.
pub(crate) fn cite_ruling(scene: &Scene<'_>, ruling: &Ruling) -> Option<Cites> {
    let holders =
        ruling.layers.iter().flat_map(|one| one.statements.iter().map(|at| &at.holder).chain(&one.holders));
    let keys: BTreeSet<&ResourceKey> = holders.collect();
    let cites = keys.into_iter().filter_map(|key| scene.now().get(key)?.cites().cloned());
    cites.reduce(|a, b| a.and(&b))
}

/// Evidence of denied requests: the denials seen, and the documents that deny.
pub(crate) fn cites(scene: &Scene<'_>, denied: &[&Denied]) -> Option<Cites> {
    let seen = Cites::many(denied.iter().flat_map(|one| one.ask.ground.evidence.iter().copied()));
    let documents = denied.iter().filter_map(|one| {
        let holders = one.ruling.denying().flat_map(|layer| &layer.holders);
        holders.filter_map(|key| scene.now().get(key)?.cites().cloned()).reduce(|a, b| a.and(&b))
    });
    seen.into_iter().chain(documents).reduce(|a, b| a.and(&b))
}

/// What denies, where no change is known.
pub(crate) fn wording(scene: &Scene<'_>, denied: &[&Denied]) -> Option<Wording> {
    let first = denied.first()?;
    let actions: BTreeSet<&str> = denied.iter().map(|one| one.ask.action.as_str()).collect();
    let resources: BTreeSet<String> = denied.iter().map(|one| resource_label(&one.ask.resource)).collect();
    let layers: Vec<_> = first.ruling.denying().collect();
    let role = first.ask.caller.role(scene.now())?;
    policy::of_denial(&layers, &words(actions), &words(resources.iter().map(String::as_str)), &role)
}

/// Whether something affected is a denied request: its detail is an action.
pub(crate) fn is_denial(affected: &Affected) -> bool {
    affected.kind == AffectedKind::Request && affected.detail.contains(':')
}

/// `a, b and c`.
pub(crate) fn words<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.into_iter().collect();
    match all.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// `function orders is denied s3:GetObject and s3:ListBucket on bucket a and bucket b`.
pub(crate) fn consequence(denied: &[Affected]) -> String {
    let mut by_caller: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for one in denied {
        let (actions, resources) = by_caller.entry(&one.from).or_default();
        actions.insert(&one.detail);
        resources.insert(&one.to);
    }
    // Callers that are denied the same are named together.
    let mut by_loss: BTreeMap<(BTreeSet<&str>, BTreeSet<&str>), Vec<&str>> = BTreeMap::new();
    for (caller, loss) in by_caller {
        by_loss.entry(loss).or_default().push(caller);
    }
    let phrases = by_loss.into_iter().map(|((actions, resources), callers)| {
        let verb = if callers.len() == 1 { "is" } else { "are" };
        let who = match callers.split_at_checked(CALLERS_NAMED_MAX) {
            Some((named, rest)) if !rest.is_empty() => {
                format!("{} and {} more", named.join(", "), rest.len())
            }
            _ => words(callers.iter().copied()),
        };
        let count = resources.len();
        let named: Vec<&str> = resources.into_iter().take(RESOURCES_NAMED_MAX).collect();
        let on = if count > named.len() {
            format!("{} and {} more", named.join(", "), count - named.len())
        } else {
            words(named)
        };
        format!("{who} {verb} denied {} on {on}", words(actions))
    });
    phrases.collect::<Vec<_>>().join(" and ")
}
