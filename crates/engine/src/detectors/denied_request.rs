//! `denied-request`: requests that a policy denies, and the change without which they would be allowed.
//!
//! The counterfactual for permissions: undo a change in the model and ask every policy layer again. Where what a policy said before
//! is not recorded, the change of exactly the document that denies is named, and the least addition that allows the request is
//! offered. An error that names a layer which the model does not find denying means that what was recorded is not what was in
//! force: such a request is not explained with certainty.

use super::Finding;
use crate::access::{Denied, least_addition};
use crate::fix::Fix;
use crate::hypothesis::{Hypothesis, net};
use crate::scene::Scene;
use butfor_incident::Grade;
use butfor_policy::Layer;
use butfor_world::{Delta, ResourceKey, State};
use std::collections::{BTreeMap, BTreeSet};

/// Explains the denied requests the alerts are about.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found: Vec<Hypothesis> = scene.asks.iter().flat_map(|ask| by_act(scene, *ask)).collect();
    doubt_unseen(scene, &mut found);
    found.extend(scene.asks.iter().filter_map(|ask| by_possible_act(scene, *ask)));
    found.extend(by_document(scene));
    found.into_iter().map(Box::new).map(Finding::Cause).collect()
}

/// The acts that took one request away, each a hypothesis.
pub(crate) fn by_act(scene: &Scene<'_>, ask: usize) -> Vec<Hypothesis> {
    let Some(denied) = scene.access.denied.get(ask) else { return Vec::new() };
    // AWS named another layer than the one the model finds: the model's explanation is one of several possible ones.
    let grade = if denied.is_contradicted() { Grade::Suspected } else { Grade::Proven };
    let others = |act: usize| denied.acts.iter().copied().filter(|other| *other != act).collect();
    let of_act = |index: &usize| {
        let fault = net(&scene.acts.get(*index)?.delta);
        let fix = fault.inverse();
        let explained = Hypothesis::of_requests(vec![ask], Some(*index), fault, fix, grade);
        Some(Hypothesis { together: others(*index), ..with_evidence(explained, denied) })
    };
    denied.acts.iter().filter_map(of_act).collect()
}

/// The one act without which nothing seen denies a request: what was not seen may allow it.
fn by_possible_act(scene: &Scene<'_>, ask: usize) -> Option<Hypothesis> {
    let denied = scene.access.denied.get(ask)?;
    let [only] = denied.possible.as_slice() else { return None };
    let fault = net(&scene.acts.get(*only)?.delta);
    let fix = fault.inverse();
    let grade = if denied.is_confirmed() { Grade::Corroborated } else { Grade::Suspected };
    let explained = with_evidence(Hypothesis::of_requests(vec![ask], Some(*only), fault, fix, grade), denied);
    let unseen = "what could not be read of the permissions before lets the request pass".to_owned();
    let assumption = [unseen, explained.assumption.clone()].into_iter().filter(|text| !text.is_empty());
    Some(Hypothesis { assumption: assumption.collect::<Vec<_>>().join("; "), ..explained })
}

/// Several acts that each took away something nobody was seen to be denied: which of them the alert is about is not known.
fn doubt_unseen(scene: &Scene<'_>, found: &mut [Hypothesis]) {
    let is_seen = |one: &Hypothesis| {
        let mut denied = one.asks.iter().filter_map(|ask| scene.access.denied.get(*ask));
        denied.any(|denied| denied.ask.ground.is_seen_failing())
    };
    let acts: BTreeSet<Option<usize>> = found.iter().map(|one| one.act).collect();
    if acts.len() > 1 && found.iter().all(|one| one.together.is_empty()) && !found.iter().any(is_seen) {
        found.iter_mut().for_each(|one| one.grade = Grade::Suspected);
    }
}

fn with_evidence(hypothesis: Hypothesis, denied: &Denied) -> Hypothesis {
    let assumption = denied.ruling.assumed.join("; ");
    Hypothesis { assumption, evidence: denied.ask.ground.evidence.clone(), ..hypothesis }
}

/// What makes requests one: the act on the document that denies, and that document.
type Place = (Option<usize>, Vec<(Layer, Vec<ResourceKey>)>);

/// Requests that no undoable change explains: by the document that denies them, and the change of it if one is on record.
fn by_document(scene: &Scene<'_>) -> Vec<Hypothesis> {
    let mut groups: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    for ask in &scene.asks {
        let Some(denied) = scene.access.denied.get(*ask) else { continue };
        let is_explained = !denied.acts.is_empty() || !denied.late.is_empty() || denied.possible.len() == 1;
        if is_explained || !denied.ask.ground.is_seen_failing() {
            continue;
        }
        let layers = denied.ruling.denying().map(|one| (one.layer, one.holders.clone()));
        groups.entry((denied.unclear, layers.collect())).or_default().push(*ask);
    }
    groups.into_iter().filter_map(|((act, _), asks)| of_group(scene, act, asks)).collect()
}

fn of_group(scene: &Scene<'_>, act: Option<usize>, asks: Vec<usize>) -> Option<Hypothesis> {
    let denied: Vec<&Denied> = asks.iter().filter_map(|ask| scene.access.denied.get(*ask)).collect();
    if denied.iter().all(|one| one.is_contradicted()) {
        return None;
    }
    let act_delta = act.and_then(|index| scene.acts.get(index)).map(|act| net(&act.delta));
    let swapped = act_delta.as_ref().and_then(swapped_role);
    let fix = match &act_delta {
        // To widen the role that was put in its place would mend the wrong thing.
        Some(_) if swapped.is_some() => None,
        // An act that can be undone, of a caller that cannot be asked for as it was: what it had before goes back.
        Some(delta) if delta.inverse().is_known() => Some(Fix {
            delta: delta.inverse(),
            assumption: "what it had before let the request pass".to_owned(),
        }),
        _ => least_addition(&scene.access.model, scene.now(), &denied),
    };
    let fault = act_delta.unwrap_or_default();
    // Denied by AWS in the words of the layer that the model finds denying: two witnesses, but nobody saw what it was before.
    let grade =
        if denied.iter().any(|one| one.is_confirmed()) { Grade::Corroborated } else { Grade::Suspected };
    let (delta, mut assumption) = match fix {
        Some(fix) => (fix.delta, fix.assumption),
        None => (Delta::default(), String::new()),
    };
    let assumed: Vec<&str> = denied.iter().flat_map(|one| &one.ruling.assumed).map(String::as_str).collect();
    for one in assumed {
        if !assumption.contains(one) {
            assumption = [assumption.as_str(), one]
                .iter()
                .filter(|text| !text.is_empty())
                .copied()
                .collect::<Vec<_>>()
                .join("; ");
        }
    }
    let evidence = denied.iter().flat_map(|one| one.ask.ground.evidence.iter().copied()).collect();
    let explained = Hypothesis::of_requests(asks, act, fault, delta, grade);
    Some(Hypothesis { assumption, evidence, advice: swapped.unwrap_or_default(), ..explained })
}

/// What to do where a function or an instance was given another role and nobody recorded which it had.
fn swapped_role(delta: &Delta) -> Option<String> {
    let is_swap = |edit: &&butfor_world::Edit| {
        matches!(edit.facet.member.as_str(), "Role" | "IamInstanceProfile") && edit.before == State::Unknown
    };
    let edit = delta.edits.iter().find(is_swap)?;
    let name = edit.resource.id.rsplit(':').next().unwrap_or(&edit.resource.id);
    Some(format!(
        "give {name} back the role that it had before; no record tells which it was: its template or an earlier version does"
    ))
}
