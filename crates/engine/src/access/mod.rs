//! Requests: may a caller do what it was seen to be denied, or what its role provides for?
//!
//! The counterpart of probes and flows for policies. Who asks for what is read from evidence: denials in logs and events, roles
//! that functions and instances run with, and what their policies name. Each request is put to the policy model in the world of
//! now; for each denied one the acts are found without which it would be allowed.

mod ask;
mod caller;
mod collect;
mod context;
mod endpoint;
mod fix;
mod impact;
mod layers;
mod organization;
mod provided;
mod question;
mod resource;
mod ruling;

pub(crate) use ask::{Ask, AskGround};
pub(crate) use caller::Caller;
pub(crate) use fix::least_addition;
pub(crate) use impact::{Access, Denied, assess};
pub use question::{Answer, LayerAnswer, Question, QuestionError, authorize};
pub(crate) use resource::{resource_label, target_key};
pub(crate) use ruling::{LayerRuling, Ruling};

use butfor_policy::{Layer, Outcome, Policy};
use butfor_world::{ResourceKey, World};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The policy model: evaluates requests in worlds, keeping what it has parsed.
#[derive(Default)]
pub(crate) struct Model {
    policies: RefCell<BTreeMap<(Layer, String, String), Rc<Parsed>>>,
}

/// A policy as far as it can be read.
struct Parsed {
    policy: Policy,
    /// What cannot be read and may say anything, in words: AWS stores no invalid policy, so it is ours that falls short,
    /// or the recording.
    unread: Vec<String>,
}

impl Parsed {
    fn read(layer: Layer, name: &str, text: &str) -> Self {
        let (policy, problems) = Policy::parse(layer, name, text);
        let unread = problems.into_iter().filter(|problem| problem.is_left_out).map(|problem| {
            let place = if problem.path.is_empty() { "the document" } else { problem.path.as_str() };
            format!("{name}, of which {place} cannot be read ({})", problem.message)
        });
        Self { unread: unread.collect(), policy }
    }
}

impl Model {
    /// What the policies of a world say to a request.
    pub(crate) fn rule(&self, world: &World, ask: &Ask) -> Ruling {
        ruling::of(self, world, ask)
    }

    /// Whether a world allows a request, as far as its documents tell.
    pub(crate) fn allows(&self, world: &World, ask: &Ask) -> bool {
        self.rule(world, ask).outcome == Outcome::Allow
    }

    fn parsed(&self, layer: Layer, name: &str, text: &str) -> Rc<Parsed> {
        let key = (layer, name.to_owned(), text.to_owned());
        let mut policies = self.policies.borrow_mut();
        Rc::clone(policies.entry(key).or_insert_with(|| Rc::new(Parsed::read(layer, name, text))))
    }
}

/// A text member of a resource's document.
fn text(document: &Value, path: &str) -> Option<String> {
    document.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A resource's document, if it is described.
fn document<'w>(world: &'w World, kind: &str, id: &str) -> Option<&'w Value> {
    let key = ResourceKey { kind: kind.to_owned(), id: id.to_owned() };
    world.get(&key).map(butfor_world::Resource::parsed)
}

/// The fields of an ARN: partition, service, region, account, resource.
fn arn(text: &str) -> Option<[&str; 5]> {
    let mut parts = text.splitn(6, ':');
    if parts.next()? != "arn" {
        return None;
    }
    let fields = [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    Some(fields)
}
