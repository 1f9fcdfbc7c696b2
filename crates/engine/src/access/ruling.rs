//! What the policies of a world say to one request.

use super::caller::Identity;
use super::layers::{Document, Layers};
use super::{Ask, Model, Parsed, context, endpoint, layers, resource};
use butfor_policy::{Attached, Check, Effect, Layer, Missing, Outcome, Policies, Request, authorize};
use butfor_world::{ResourceKey, World};
use std::rc::Rc;

/// One layer's say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LayerRuling {
    pub layer: Layer,
    pub effect: Effect,
    /// Statements that decided.
    pub statements: Vec<StatementAt>,
    /// Resources that hold the layer's documents, or tell that there are none.
    pub holders: Vec<ResourceKey>,
}

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatementAt {
    /// The resource that holds the policy.
    pub holder: ResourceKey,
    /// `inline policy app of role orders`.
    pub policy: String,
    /// Its Sid, or `Statement[2]`.
    pub label: String,
    /// Its place in the document.
    pub index: usize,
}

/// The say of all layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ruling {
    pub outcome: Outcome,
    pub layers: Vec<LayerRuling>,
    /// Layers known to hold nothing, with the resource that tells: the role without a boundary, the bucket without a policy.
    pub silent: Vec<(Layer, ResourceKey)>,
    /// What would settle it, in words.
    pub missing: Vec<String>,
    /// What was taken as having no say, because nobody described it.
    pub assumed: Vec<String>,
}

impl Ruling {
    fn unknown(missing: String) -> Self {
        Self {
            outcome: Outcome::Unknown,
            layers: Vec::new(),
            silent: Vec::new(),
            missing: vec![missing],
            assumed: Vec::new(),
        }
    }

    /// Whether it is denied.
    pub(crate) fn is_denied(&self) -> bool {
        matches!(self.outcome, Outcome::ExplicitDeny | Outcome::ImplicitDeny)
    }

    /// Layers that deny.
    pub(crate) fn denying(&self) -> impl Iterator<Item = &LayerRuling> {
        self.layers.iter().filter(|one| matches!(one.effect, Effect::ExplicitDeny | Effect::ImplicitDeny))
    }
}

/// Evaluates a request in a world.
pub(super) fn of(model: &Model, world: &World, ask: &Ask) -> Ruling {
    let Some(identity) = ask.caller.identity(world) else {
        return Ruling::unknown(format!("the role of {}", ask.caller.label(world)));
    };
    let way = endpoint::way(world, ask);
    let gathered = layers::of(world, ask, &identity, &way);
    let parsed: Vec<Rc<Parsed>> =
        gathered.documents.iter().map(|one| model.parsed(one.layer, &one.name, &one.text)).collect();
    let mut keys: Vec<String> = parsed
        .iter()
        .flat_map(|one| one.policy.statements())
        .flat_map(|statement| statement.condition_keys().iter().cloned())
        .collect();
    keys.sort();
    keys.dedup();
    let mut request = match Request::new(&identity.principal, &ask.action, &ask.resource) {
        Ok(request) => request,
        Err(error) => return Ruling::unknown(error.to_string()),
    };
    if let Some(role) = role_arn(world, &identity) {
        request = request.with_role_arn(role);
    }
    // A bucket nobody described is taken to belong to the caller's account.
    let owner = resource::owner(world, &ask.resource).unwrap_or_else(|| identity.account.clone());
    let context = context::of(world, ask, &identity, &way, &keys);
    let request = request.with_resource_account(owner).with_context(context);
    let policies = policies(&gathered, &parsed);
    let decision = authorize(&request, &policies);
    let mut assumed = gathered.assumed.clone();
    if resource::owner(world, &ask.resource).is_none() && ask.service() == "s3" && ask.resource != "*" {
        assumed.push(format!(
            "{} belongs to account {}",
            super::resource_label(&ask.resource),
            identity.account
        ));
    }
    let missing = decision.missing.iter().map(|missing| match missing {
        Missing::ContextKey(key) => format!("the value of {key} in the request"),
        Missing::Document(name) => name.clone(),
        Missing::SessionIssuer => "the role behind the session".to_owned(),
        Missing::CanonicalUser => "the canonical user id of the caller's account".to_owned(),
        Missing::ResourceAccount => "the account that owns the resource".to_owned(),
    });
    Ruling {
        outcome: decision.outcome,
        layers: rulings(&gathered, &parsed, &decision.checks),
        silent: gathered.silent.clone(),
        missing: missing.collect(),
        assumed,
    }
}

/// What each layer says.
fn rulings(gathered: &Layers, parsed: &[Rc<Parsed>], checks: &[Check<'_>]) -> Vec<LayerRuling> {
    let mut rulings: Vec<LayerRuling> = Vec::new();
    for check in checks {
        let statements = check.matched.iter().filter_map(|matched| {
            let index = parsed.iter().position(|one| std::ptr::eq(&one.policy, matched.policy))?;
            let document = gathered.documents.get(index)?;
            Some(StatementAt {
                holder: document.key.clone(),
                policy: document.name.clone(),
                label: matched.statement.label(),
                index: matched.statement.index(),
            })
        });
        let holders = holders(gathered, check.layer);
        let ruling = LayerRuling {
            layer: check.layer,
            effect: check.effect,
            statements: statements.collect(),
            holders,
        };
        match rulings.last_mut() {
            // The levels of an organization are one layer: the one that denies speaks for it.
            Some(last) if last.layer == ruling.layer => {
                if rank(ruling.effect) > rank(last.effect) {
                    *last = ruling;
                }
            }
            _ => rulings.push(ruling),
        }
    }
    rulings
}

/// The ARN, with its path where it is described, of the role behind a session.
fn role_arn(world: &World, identity: &Identity) -> Option<String> {
    let id = identity.resource.as_deref().filter(|id| id.contains(":role/"))?;
    let full = super::document(world, "AWS::IAM::Role", id).and_then(|role| super::text(role, "/Arn"));
    Some(full.unwrap_or_else(|| id.to_owned()))
}

fn rank(effect: Effect) -> u8 {
    match effect {
        Effect::NoImpact => 0,
        Effect::Allow => 1,
        Effect::Unknown => 2,
        Effect::ImplicitDeny => 3,
        Effect::ExplicitDeny => 4,
    }
}

fn holders(gathered: &Layers, layer: Layer) -> Vec<ResourceKey> {
    let documents = gathered.documents.iter().filter(|one| one.layer == layer).map(|one| &one.key);
    let silent = gathered.silent.iter().filter(|(own, _)| *own == layer).map(|(_, key)| key);
    let mut all: Vec<ResourceKey> = documents.chain(silent).cloned().collect();
    all.sort();
    all.dedup();
    all
}

/// The gathered documents as the evaluator wants them.
fn policies<'a>(gathered: &Layers, parsed: &'a [Rc<Parsed>]) -> Policies<'a> {
    let attached = |layer: Layer, level: usize| {
        let own = |one: &Document| one.layer == layer && one.level == level;
        let documents = || gathered.documents.iter().zip(parsed).filter(|(one, _)| own(one));
        let unseen = gathered.unseen.iter().filter(|(of, at, _)| *of == layer && *at == level);
        let unread = documents().flat_map(|(_, parsed)| parsed.unread.iter());
        Attached {
            policies: documents().map(|(_, parsed)| &parsed.policy).collect(),
            unseen: unseen.map(|(_, _, name)| name).chain(unread).cloned().collect(),
        }
    };
    let levels = |layer: Layer| {
        gathered.present.get(&layer).map(|count| (0..*count).map(|level| attached(layer, level)).collect())
    };
    let one = |layer: Layer| gathered.present.contains_key(&layer).then(|| attached(layer, 0));
    Policies {
        resource_control: levels(Layer::ResourceControl),
        service_control: levels(Layer::ServiceControl),
        vpc_endpoint: one(Layer::VpcEndpoint),
        resource: one(Layer::Resource),
        identity: attached(Layer::Identity, 0),
        boundary: one(Layer::Boundary),
        session: one(Layer::Session),
    }
}
