//! Policy layers that are not to blame for denied requests: what each of them says instead.

use crate::access::{Denied, LayerRuling, resource_label, target_key};
use crate::scene::Scene;
use crate::wording::{denied::cite_ruling, named, policy::layer_word};
use butfor_incident::RuledOut;
use butfor_policy::{Effect, Layer};
use butfor_world::ResourceKey;
use std::collections::BTreeSet;

/// Requests whose other layers are told at the most.
const REQUESTS_MAX: usize = 8;

/// Resources that were asked for and are in order themselves: denied is not down.
pub(super) fn targets(scene: &Scene<'_>) -> Vec<RuledOut> {
    let denied = scene.access.denied.iter().map(|one| &one.ask);
    let asks = denied.chain(scene.access.allowed.iter().map(|(ask, ..)| ask));
    let seen =
        asks.filter(|ask| ask.ground.is_seen_failing() && ask.ground.is_recent(scene.symptom.alarm_at()));
    let resources: BTreeSet<&str> = seen.map(|ask| ask.resource.as_str()).collect();
    let mut told = BTreeSet::new();
    let entries = resources.into_iter().filter_map(|resource| target(scene, resource));
    entries.filter(|entry| told.insert(entry.what.clone())).collect()
}

/// A table, key or bucket that is in order by its own account.
fn target(scene: &Scene<'_>, resource: &str) -> Option<RuledOut> {
    let key = target_key(scene.now(), resource)?;
    let described = scene.now().get(&key)?;
    let document = described.parsed();
    let state = ["TableStatus", "KeyState"].iter().find_map(|member| document.get(*member)?.as_str());
    let state = state.filter(|state| matches!(*state, "ACTIVE" | "Enabled" | "UPDATING"))?;
    let service = resource.split(':').nth(2).unwrap_or_default();
    let what = match service {
        "dynamodb" => format!("DynamoDB {}", resource_label(resource)),
        _ => resource_label(resource),
    };
    let why = format!("its state is {state}: the requests were denied before they got there");
    Some(RuledOut { what, why, cites: described.cites().cloned() })
}

/// The other layers of the denied requests the alerts are about, each named once.
pub(super) fn layers(scene: &Scene<'_>) -> Vec<RuledOut> {
    let denied = scene.asks.iter().filter_map(|index| scene.access.denied.get(*index));
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut all = Vec::new();
    for one in denied.take(REQUESTS_MAX) {
        let denying: BTreeSet<Layer> = one.ruling.denying().map(|layer| layer.layer).collect();
        let others = one.ruling.layers.iter().filter(|layer| !denying.contains(&layer.layer));
        let entries = others
            .filter_map(|layer| passing(scene, one, layer))
            .chain(one.ruling.silent.iter().filter_map(|(layer, key)| silent(scene, one, *layer, key)));
        for entry in entries {
            if told.insert(entry.what.clone()) {
                all.push(entry);
            }
        }
    }
    all
}

/// `identity policies of role orders`, `policy of bucket reports`.
fn subject(scene: &Scene<'_>, denied: &Denied, layer: Layer, key: Option<&ResourceKey>) -> Option<String> {
    let name = |key: &ResourceKey| named(scene.now(), key);
    Some(match layer {
        Layer::Identity => {
            let role = denied.ask.caller.role(scene.now())?;
            let bare = role.id.rsplit('/').next().unwrap_or(&role.id).to_owned();
            format!("identity policies of IAM role {bare}")
        }
        Layer::Boundary => {
            let role = denied.ask.caller.role(scene.now())?;
            format!("permissions boundary of IAM role {}", role.id.rsplit('/').next().unwrap_or(&role.id))
        }
        Layer::Resource => match resource_label(&denied.ask.resource).split_once(' ') {
            Some((noun, own)) => format!("{noun} policy of {own}"),
            None => format!("resource-based policy of {}", denied.ask.resource),
        },
        Layer::VpcEndpoint => format!("policy of endpoint {}", key.map(name).unwrap_or_default()),
        Layer::ServiceControl | Layer::ResourceControl | Layer::Session => layer_word(layer).to_owned(),
    })
}

/// A layer that lets the request pass.
fn passing(scene: &Scene<'_>, denied: &Denied, layer: &LayerRuling) -> Option<RuledOut> {
    let ask = &denied.ask;
    let what = subject(scene, denied, layer.layer, layer.holders.first())?;
    let on = resource_label(&ask.resource);
    let statement =
        layer.statements.first().map(|at| format!(" (statement {} of the {})", at.label, at.policy));
    let is_silent = denied.ruling.silent.iter().any(|(silent, _)| *silent == layer.layer);
    let why = match layer.effect {
        _ if is_silent => return None,
        Effect::Allow => format!("allows {} on {on}{}", ask.action, statement.unwrap_or_default()),
        Effect::NoImpact => format!("denies nothing of {} on {on}", ask.action),
        _ => return None,
    };
    Some(RuledOut { what, why, cites: cite_ruling(scene, &denied.ruling) })
}

/// A layer known to hold nothing.
fn silent(scene: &Scene<'_>, denied: &Denied, layer: Layer, key: &ResourceKey) -> Option<RuledOut> {
    let what = subject(scene, denied, layer, Some(key))?;
    let why = match layer {
        Layer::VpcEndpoint => "there is none: the endpoint lets every request pass",
        Layer::Resource => "there is none: it neither allows nor denies",
        _ => "none is set",
    };
    let cites = scene.now().get(key).and_then(butfor_world::Resource::cites).cloned();
    Some(RuledOut { what, why: why.to_owned(), cites })
}

/// Why an act is not what denies the requests the alerts are about; `None` when there are none.
pub(super) fn why_not(scene: &Scene<'_>, act: usize) -> Option<String> {
    let other = scene.access.denied.iter().find(|one| one.acts.contains(&act));
    if let Some(other) = other {
        return Some(format!(
            "it took something else away ({} of {} on {}), which this alert is not about",
            other.ask.action,
            other.ask.caller.label(scene.now()),
            resource_label(&other.ask.resource)
        ));
    }
    let mut asked = scene.asks.iter().filter_map(|index| scene.access.denied.get(*index)).peekable();
    asked.peek()?;
    let asked: Vec<&Denied> = asked.collect();
    if asked.iter().any(|one| one.alternatives.contains(&act)) {
        return Some(
            "undoing it alone would allow the request too, but it was still allowed after it".to_owned(),
        );
    }
    if asked.iter().any(|one| one.late.contains(&act)) {
        return Some(
            "it came after the requests had begun to be denied: it made things worse, it did not cause them"
                .to_owned(),
        );
    }
    scene.flows.is_empty().then(|| "undoing it in the model does not allow the denied requests".to_owned())
}
