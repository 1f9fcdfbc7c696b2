//! Ways of requests: one step for each layer of policies that has a say, with the statement that decides.

use super::paths::{STEPS_MAX, distinct};
use super::view::View;
use super::{cited, clipped};
use crate::access::{Ask, LayerRuling, Ruling, resource_label};
use crate::impact::Tie;
use butfor_incident::Cites;
use butfor_incident::picture::{Passage, Path, Step, Walk};
use butfor_policy::{Effect, Layer, Outcome};
use butfor_world::{Resource, ResourceKey, World};
use std::collections::BTreeSet;

/// Denied requests drawn at the most; those of each cause come first.
const DENIED_MAX: usize = 16;

/// Allowed requests drawn at the most.
const ALLOWED_MAX: usize = 4;

/// Statements named of one layer at the most.
const STATEMENTS_MAX: usize = 3;

/// Denied requests, and those that nobody can decide although they were seen denied.
pub(super) fn refused(view: &View<'_, '_>) -> Vec<Path> {
    let model = &view.scene.access.model;
    let denied = view.denied().map(|(denied, by)| {
        let before = view.undone(by).map(|world| walk(view, world, &model.rule(world, &denied.ask)));
        path(view, &denied.ask, walk(view, view.now(), &denied.ruling), before)
    });
    let mut all = distinct(denied, DENIED_MAX);
    let undecided = view.scene.access.undecided.iter();
    let seen = undecided.filter(|(ask, _, tie)| *tie > Tie::None && ask.ground.is_seen_failing());
    let left = DENIED_MAX.saturating_sub(all.len());
    let unknown = seen.map(|(ask, ruling, _)| path(view, ask, walk(view, view.now(), ruling), None));
    all.extend(distinct(unknown, left));
    all
}

/// Allowed requests of the same callers, or for the same resources; and those that are allowed again.
pub(super) fn allowed(view: &View<'_, '_>) -> Vec<Path> {
    let callers: BTreeSet<_> = view.denied().map(|(denied, _)| &denied.ask.caller).collect();
    let resources: BTreeSet<_> =
        view.denied().map(|(denied, _)| resource_label(&denied.ask.resource)).collect();
    let recovered: BTreeSet<_> = view.concluded.recoveries.iter().map(|one| &one.what).collect();
    let is_near = |ask: &Ask| {
        callers.contains(&ask.caller)
            || resources.contains(&resource_label(&ask.resource))
            || recovered.contains(&crate::wording::denied::affected(view.scene, ask))
    };
    let near = view.scene.access.allowed.iter().filter(|(ask, ..)| is_near(ask));
    distinct(near.map(|(ask, ruling, _)| path(view, ask, walk(view, view.now(), ruling), None)), ALLOWED_MAX)
}

fn path(view: &View<'_, '_>, ask: &Ask, now: Walk, before: Option<Walk>) -> Path {
    Path {
        from: clipped(&ask.caller.label(view.now())),
        to: clipped(&resource_label(&ask.resource)),
        service: ask.action.clone(),
        now,
        before,
    }
}

/// The layers as steps, in AWS's own order.
fn walk(view: &View<'_, '_>, world: &World, ruling: &Ruling) -> Walk {
    let mut steps: Vec<(Layer, Step)> =
        ruling.layers.iter().map(|one| (one.layer, layer(view, world, ruling, one))).collect();
    for (silent, key) in &ruling.silent {
        if !steps.iter().any(|(layer, _)| layer == silent) {
            let action = format!("{}: there is none", words(*silent));
            steps.push((*silent, step(view, world, key, action, None, Passage::Passes)));
        }
    }
    steps.sort_by_key(|(layer, _)| *layer);
    steps.truncate(STEPS_MAX);
    let passage = match ruling.outcome {
        Outcome::Allow => Passage::Passes,
        Outcome::ExplicitDeny | Outcome::ImplicitDeny => Passage::Blocked,
        Outcome::Unknown => Passage::Unknown,
    };
    let missing = if passage == Passage::Unknown { ruling.missing.as_slice() } else { &[] };
    Walk {
        passage,
        forward: steps.into_iter().map(|(_, step)| step).collect(),
        reply: Vec::new(),
        missing: missing.iter().map(|text| clipped(text)).collect(),
    }
}

/// What one layer says.
fn layer(view: &View<'_, '_>, world: &World, ruling: &Ruling, one: &LayerRuling) -> Step {
    let is_allowed = ruling.outcome == Outcome::Allow;
    let (says, passage) = match one.effect {
        Effect::Allow => ("allows", Passage::Passes),
        Effect::NoImpact => ("has no say", Passage::Passes),
        Effect::ExplicitDeny => ("denies", Passage::Blocked),
        // Where another layer's allow is enough, the want of one here refuses nothing.
        Effect::ImplicitDeny if is_allowed => ("does not allow, and need not", Passage::Passes),
        Effect::ImplicitDeny => ("does not allow", Passage::Blocked),
        Effect::Unknown => ("cannot be told", Passage::Unknown),
    };
    let named = one.statements.iter().take(STATEMENTS_MAX);
    let rules: Vec<String> = named.map(|at| format!("{} of {}", at.label, at.policy)).collect();
    let rest = one.statements.len().saturating_sub(STATEMENTS_MAX);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let rule = (!rules.is_empty()).then(|| format!("{}{more}", rules.join(", ")));
    // Where nothing is said, who has the policies is told rather than one of them.
    let is_identity = |key: &&ResourceKey| matches!(key.kind.as_str(), "AWS::IAM::Role" | "AWS::IAM::User");
    let silent = one.holders.iter().find(is_identity).filter(|_| one.layer == Layer::Identity);
    let holder = one.statements.first().map(|at| &at.holder).or(silent).or(one.holders.first());
    let action = format!("{}: {says}", words(one.layer));
    match holder {
        Some(key) => {
            let cites = one.holders.iter().filter_map(|key| cites(view, world, key));
            let cites = cites.reduce(|a, b| a.and(&b));
            Step { cites: cited(cites.as_ref()), ..step(view, world, key, action, rule, passage) }
        }
        None => Step {
            id: one.layer.aws_name().to_owned(),
            kind: "policy layer".to_owned(),
            label: words(one.layer).to_owned(),
            action,
            rule: rule.map(|rule| clipped(&rule)),
            passage,
            cites: Vec::new(),
        },
    }
}

fn step(
    view: &View<'_, '_>,
    world: &World,
    key: &ResourceKey,
    action: String,
    rule: Option<String>,
    passage: Passage,
) -> Step {
    Step {
        id: view.id_of(key),
        kind: key.kind.clone(),
        label: view.label_of(key),
        action,
        rule: rule.map(|rule| clipped(&rule)),
        passage,
        cites: cited(cites(view, world, key).as_ref()),
    }
}

fn cites(view: &View<'_, '_>, world: &World, key: &ResourceKey) -> Option<Cites> {
    world.get(key).or_else(|| view.resource(key)).and_then(Resource::cites).cloned()
}

/// A layer, as people call it.
fn words(layer: Layer) -> &'static str {
    match layer {
        Layer::ResourceControl => "resource control policies",
        Layer::ServiceControl => "service control policies",
        Layer::VpcEndpoint => "endpoint policy",
        Layer::Resource => "resource policy",
        Layer::Identity => "identity policies",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policies",
    }
}
