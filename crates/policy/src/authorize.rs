//! The evaluation of one request through every layer (IAM User Guide, `reference_policies_evaluation-logic`).
//!
//! A matching deny anywhere settles it. Else every guard must allow (organization policies, the endpoint's policy), and
//! somebody must grant: the resource's policy, the caller's identity policies within boundary and session, or both.

mod exempt;
mod grant;
mod missing;
mod tally;

use crate::decision::{Check, Decision, Effect, Outcome};
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
    let (outcome, effects) = match owner {
        Owner::Known(relation) => found.under(&Grant::new(relation, &found.sides)),
        Owner::Unknown(relations) => {
            let [(outcome, effects), (other_outcome, others)] =
                relations.map(|relation| found.under(&Grant::new(relation, &found.sides)));
            let outcome = if outcome == other_outcome { outcome } else { Outcome::Unknown };
            (outcome, effects.or(&others))
        }
    };
    let missing = match outcome {
        Outcome::Unknown => missing::list(&facts, policies, &found, owner),
        _ => Vec::new(),
    };
    let has_resource = policies.resource.is_some();
    Decision { outcome, checks: found.into_checks(&effects, has_resource), missing }
}

/// What the layers say that depends on who owns the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Effects {
    resource: Effect,
    identity: Effect,
    boundary: Effect,
    session: Effect,
    /// Whether the resource's policy stands in for the identity policies, as it may within an account.
    is_entitled_by_resource: bool,
}

impl Effects {
    /// One of both.
    fn or(self, other: &Self) -> Self {
        let either = |one: Effect, other: Effect| if one == other { one } else { Effect::Unknown };
        Self {
            resource: either(self.resource, other.resource),
            identity: either(self.identity, other.identity),
            boundary: either(self.boundary, other.boundary),
            session: either(self.session, other.session),
            is_entitled_by_resource: self.is_entitled_by_resource && other.is_entitled_by_resource,
        }
    }
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
        let levels = |levels: &Option<Vec<Attached<'a>>>, is_exempt: fn(&Request) -> bool| match levels {
            Some(levels) if !is_exempt(request) => {
                levels.iter().map(|level| Tally::of(level, facts)).collect()
            }
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
            resource_control: levels(&policies.resource_control, exempt::from_resource_control),
            service_control: levels(&policies.service_control, exempt::from_service_control),
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

    /// The outcome, and what the layers say.
    fn under(&self, grant: &Grant) -> (Outcome, Effects) {
        let outcome = match (self.denied(), self.guarded().and(grant.granted)) {
            (Truth::True, _) => Outcome::ExplicitDeny,
            (Truth::False, Truth::True) => Outcome::Allow,
            (Truth::False, Truth::False) => Outcome::ImplicitDeny,
            (Truth::Unknown, _) | (Truth::False, Truth::Unknown) => Outcome::Unknown,
        };
        // Where no allow of its own was needed, AWS has no such check, and counts it as the principal's.
        let is_one_account = grant.needs_resource.is_false();
        let allow = if is_one_account { Truth::False } else { grant.admitted };
        let deny = |tally: &Option<Tally<'a>>| tally.as_ref().map_or(Truth::False, |tally| tally.deny);
        let sides = &self.sides;
        let own = effect(deny(&self.identity), sides.identity, grant.needs_identity);
        let is_entitled_by_resource = own == Effect::NoImpact && is_one_account;
        let effects = Effects {
            resource: effect(self.resource.deny, allow, grant.needs_resource),
            identity: if is_entitled_by_resource { Effect::Allow } else { own },
            boundary: effect(deny(&self.boundary), sides.boundary, grant.needs_limits),
            session: effect(deny(&self.session), sides.session, grant.needs_limits),
            is_entitled_by_resource,
        };
        (outcome, effects)
    }

    /// One check for every layer that applies. Where the resource has no policy and needs none, there is none for it.
    fn into_checks(self, effects: &Effects, has_resource: bool) -> Vec<Check<'a>> {
        let length = self.resource_control.len() + self.service_control.len() + 5;
        let mut checks = Vec::with_capacity(length);
        let mut add = |layer, level, effect, matched| checks.push(Check { layer, level, effect, matched });
        let needed = Truth::True;
        for (level, tally) in self.resource_control.into_iter().enumerate() {
            let effect = effect(tally.deny, Truth::True, needed);
            add(Layer::ResourceControl, Some(level), effect, tally.matched);
        }
        for (level, tally) in self.service_control.into_iter().enumerate() {
            let effect = effect(tally.deny, tally.allow.any(), needed);
            add(Layer::ServiceControl, Some(level), effect, tally.matched);
        }
        if let Some(tally) = self.vpc_endpoint {
            add(Layer::VpcEndpoint, None, effect(tally.deny, tally.allow.any(), needed), tally.matched);
        }
        let identity = match self.identity {
            Some(_) if effects.is_entitled_by_resource => Some(self.resource.matched.clone()),
            Some(tally) => Some(tally.matched),
            None => None,
        };
        if has_resource || effects.resource != Effect::NoImpact {
            add(Layer::Resource, None, effects.resource, self.resource.matched);
        }
        if let Some(matched) = identity {
            add(Layer::Identity, None, effects.identity, matched);
        }
        if let Some(tally) = self.boundary {
            add(Layer::Boundary, None, effects.boundary, tally.matched);
        }
        if let Some(tally) = self.session {
            add(Layer::Session, None, effects.session, tally.matched);
        }
        checks
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
