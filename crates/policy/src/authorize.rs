//! The evaluation of one request through every layer (IAM User Guide, `reference_policies_evaluation-logic`).
//!
//! A matching deny anywhere settles it. Else every guard must allow (organization policies, the endpoint's policy), and
//! somebody must grant: the resource's policy, the caller's identity policies within boundary and session, or both.

mod exempt;
mod grant;
mod missing;
mod tally;

use crate::decision::{Check, Decision, Effect, Matched, Outcome};
use crate::facts::Facts;
use crate::layer::{Attached, Layer, Policies};
use crate::request::{Principal, Request};
use crate::truth::Truth;
use grant::{Grant, Owner, Sides};
use tally::Tally;

/// Evaluates a request through every layer of policies.
#[must_use]
pub fn authorize<'a>(request: &Request, policies: &Policies<'a>) -> Decision<'a> {
    if exempt::needs_no_permission(request) {
        return Decision { outcome: Outcome::Allow, checks: Vec::new(), missing: Vec::new() };
    }
    let facts = Facts::new(request, policies.boundary.is_some());
    let found = Found::new(&facts, policies);
    let owner = Owner::of(request);
    let (outcome, checks) = match owner {
        Owner::Known(relation) => found.under(&Grant::new(relation, &found.sides)),
        Owner::Unknown(relations) => {
            let [(outcome, checks), (other_outcome, other_checks)] =
                relations.map(|relation| found.under(&Grant::new(relation, &found.sides)));
            let outcome = if outcome == other_outcome { outcome } else { Outcome::Unknown };
            let merged = checks.into_iter().zip(other_checks).map(|(check, other)| {
                let effect = if check.effect == other.effect { check.effect } else { Effect::Unknown };
                Check { effect, ..check }
            });
            (outcome, merged.collect())
        }
    };
    let missing = match outcome {
        Outcome::Unknown => missing::list(&facts, policies, &found, owner),
        _ => Vec::new(),
    };
    let is_told = |check: &Check<'_>| {
        check.layer != Layer::Resource || policies.resource.is_some() || check.effect != Effect::NoImpact
    };
    Decision { outcome, checks: checks.into_iter().filter(is_told).collect(), missing }
}

/// What the statements of every layer that applies say.
#[derive(Debug)]
struct Found<'a> {
    resource_control: Vec<Tally<'a>>,
    service_control: Vec<Tally<'a>>,
    vpc_endpoint: Option<Tally<'a>>,
    resource: Tally<'a>,
    /// `None`: the caller has no policies of its own.
    identity: Option<Tally<'a>>,
    boundary: Option<Tally<'a>>,
    session: Option<Tally<'a>>,
    sides: Sides,
}

impl<'a> Found<'a> {
    fn new(facts: &Facts<'_>, policies: &Policies<'a>) -> Self {
        let request = facts.request;
        let levels = |levels: &Option<Vec<Attached<'a>>>, is_exempt: bool| match levels {
            Some(levels) if !is_exempt => levels.iter().map(|level| Tally::of(level, facts)).collect(),
            _ => Vec::new(),
        };
        let one =
            |attached: &Option<Attached<'a>>| attached.as_ref().map(|attached| Tally::of(attached, facts));
        let is_iam = !exempt::has_no_policies(request);
        let own = |attached: &Option<Attached<'a>>| if is_iam { one(attached) } else { None };
        let identity = is_iam.then(|| Tally::of(&policies.identity, facts));
        let (boundary, session) = (own(&policies.boundary), own(&policies.session));
        let resource = one(&policies.resource).unwrap_or(Tally::NOTHING);
        let allow = |tally: &Option<Tally<'a>>| tally.as_ref().map_or(Truth::True, |tally| tally.allow.any());
        let sides = Sides {
            resource: resource.allow,
            // The root user needs no allow (IAM User Guide, `..._evaluation-logic`).
            identity: if request.kind() == Principal::Root { Truth::True } else { allow(&identity) },
            boundary: allow(&boundary),
            session: allow(&session),
        };
        Self {
            resource_control: levels(&policies.resource_control, exempt::from_resource_control(request)),
            service_control: levels(&policies.service_control, exempt::from_service_control(request)),
            vpc_endpoint: one(&policies.vpc_endpoint),
            resource,
            identity,
            boundary,
            session,
            sides,
        }
    }

    fn tallies(&self) -> impl Iterator<Item = &Tally<'a>> {
        let levels = self.resource_control.iter().chain(&self.service_control);
        let others = [&self.vpc_endpoint, &self.identity, &self.boundary, &self.session];
        levels.chain(std::iter::once(&self.resource)).chain(others.into_iter().flatten())
    }

    /// Whether any statement denies.
    fn denied(&self) -> Truth {
        self.tallies().fold(Truth::False, |denied, tally| denied.or(tally.deny))
    }

    /// Whether every guard allows. Resource control policies always do: `RCPFullAWSAccess` cannot be detached.
    fn guarded(&self) -> Truth {
        let guards = self.service_control.iter().chain(&self.vpc_endpoint);
        guards.fold(Truth::True, |allowed, tally| allowed.and(tally.allow.any()))
    }

    /// The outcome, and a check for every layer.
    fn under(&self, grant: &Grant) -> (Outcome, Vec<Check<'a>>) {
        let outcome = match (self.denied(), self.guarded().and(grant.granted)) {
            (Truth::True, _) => Outcome::ExplicitDeny,
            (Truth::False, Truth::True) => Outcome::Allow,
            (Truth::False, Truth::False) => Outcome::ImplicitDeny,
            (Truth::Unknown, _) | (Truth::False, Truth::Unknown) => Outcome::Unknown,
        };
        let length = self.resource_control.len() + self.service_control.len() + 5;
        let mut checks = Vec::with_capacity(length);
        let mut add = |layer, level, effect, matched: &Vec<Matched<'a>>| {
            checks.push(Check { layer, level, effect, matched: matched.clone() });
        };
        let needed = Truth::True;
        for (level, tally) in self.resource_control.iter().enumerate() {
            let effect = effect(tally.deny, Truth::True, needed);
            add(Layer::ResourceControl, Some(level), effect, &tally.matched);
        }
        for (level, tally) in self.service_control.iter().enumerate() {
            let effect = effect(tally.deny, tally.allow.any(), needed);
            add(Layer::ServiceControl, Some(level), effect, &tally.matched);
        }
        if let Some(tally) = &self.vpc_endpoint {
            add(Layer::VpcEndpoint, None, effect(tally.deny, tally.allow.any(), needed), &tally.matched);
        }
        let resource = &self.resource;
        // Where no allow of its own was needed, AWS has no such check, and counts it as the principal's.
        let allow = if grant.needs_resource.is_true() { grant.admitted } else { Truth::False };
        let effect_of_resource = effect(resource.deny, allow, grant.needs_resource);
        add(Layer::Resource, None, effect_of_resource, &resource.matched);
        if let Some(tally) = &self.identity {
            let own = effect(tally.deny, self.sides.identity, grant.needs_identity);
            if own == Effect::NoImpact && grant.needs_resource.is_false() {
                add(Layer::Identity, None, Effect::Allow, &resource.matched);
            } else {
                add(Layer::Identity, None, own, &tally.matched);
            }
        }
        for (layer, tally) in [(Layer::Boundary, &self.boundary), (Layer::Session, &self.session)] {
            if let Some(tally) = tally {
                let effect = effect(tally.deny, tally.allow.any(), grant.needs_limits);
                add(layer, None, effect, &tally.matched);
            }
        }
        (outcome, checks)
    }
}

/// What a layer says: whether it denies, whether it allows, and whether it had to.
fn effect(deny: Truth, allow: Truth, needed: Truth) -> Effect {
    let otherwise = match (allow, needed) {
        (Truth::True, _) => Effect::Allow,
        (_, Truth::False) => Effect::NoImpact,
        (Truth::False, Truth::True) => Effect::ImplicitDeny,
        _ => Effect::Unknown,
    };
    match deny {
        Truth::True => Effect::ExplicitDeny,
        Truth::False => otherwise,
        // It denies either way.
        Truth::Unknown if otherwise == Effect::ImplicitDeny => otherwise,
        Truth::Unknown => Effect::Unknown,
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod laws;
