//! What would settle an unknown outcome: a second pass that listens, and only where it matters.
//!
//! Each formula names every party once. So a party that is unknown matters just where all the formulas around it are
//! unknown too: nothing else has settled them.

use super::grant::{Grant, Owner, Relation};
use super::{Found, exempt};
use crate::decision::Missing;
use crate::document::StatementEffect;
use crate::element::Reach;
use crate::facts::Facts;
use crate::layer::{Attached, Policies};
use crate::truth::Truth;

/// Lists what is missing, each once, in order.
pub(super) fn list(
    facts: &Facts<'_>,
    policies: &Policies<'_>,
    found: &Found<'_>,
    owner: Owner,
) -> Vec<Missing> {
    let facts = Facts::new(facts.request, facts.has_boundary).listening();
    let search = Search { facts: &facts, policies, found };
    if found.denied().is_unknown() {
        search.denies();
    }
    match owner {
        Owner::Known(relation) => search.allows(&Grant::new(relation, &found.sides)),
        Owner::Unknown(relations) => {
            let grants = relations.map(|relation| Grant::new(relation, &found.sides));
            let [one, other] = grants.map(|grant| found.guarded().and(grant.granted));
            if one != other || one.is_unknown() {
                facts.lack(|| Missing::ResourceAccount);
            }
            grants.iter().for_each(|grant| search.allows(grant));
        }
    }
    facts.into_missing()
}

struct Search<'s, 'a> {
    facts: &'s Facts<'s>,
    policies: &'s Policies<'a>,
    found: &'s Found<'a>,
}

impl Search<'_, '_> {
    /// What unknown denies depend on.
    fn denies(&self) {
        let policies = self.policies;
        let request = self.facts.request;
        let levels = |levels: &Option<Vec<Attached<'_>>>, is_exempt: bool| {
            for level in levels.iter().flatten().filter(|_| !is_exempt) {
                self.note(level, StatementEffect::Deny, Reach::any);
            }
        };
        levels(&policies.resource_control, exempt::from_resource_control(request));
        levels(&policies.service_control, exempt::from_service_control(request));
        for attached in [&policies.vpc_endpoint, &policies.resource].into_iter().flatten() {
            self.note(attached, StatementEffect::Deny, Reach::any);
        }
        if self.found.identity.is_some() {
            self.note(&policies.identity, StatementEffect::Deny, Reach::any);
            for attached in [&policies.boundary, &policies.session].into_iter().flatten() {
                self.note(attached, StatementEffect::Deny, Reach::any);
            }
        }
    }

    /// What unknown allows depend on.
    fn allows(&self, grant: &Grant) {
        let (found, policies) = (self.found, self.policies);
        if !found.guarded().and(grant.granted).is_unknown() {
            return;
        }
        let allow = |attached: &Attached<'_>| self.note(attached, StatementEffect::Allow, Reach::any);
        for (tally, level) in found.service_control.iter().zip(policies.service_control.iter().flatten()) {
            if tally.allow.any().is_unknown() {
                allow(level);
            }
        }
        if let (Some(tally), Some(attached)) = (&found.vpc_endpoint, &policies.vpc_endpoint)
            && tally.allow.any().is_unknown()
        {
            allow(attached);
        }
        if !grant.granted.is_unknown() {
            return;
        }
        let sides = &found.sides;
        let resource = |name: fn(Reach) -> Truth| {
            if let Some(attached) = policies.resource.as_ref().filter(|_| name(sides.resource).is_unknown()) {
                self.note(attached, StatementEffect::Allow, name);
            }
        };
        let identity = || {
            if sides.identity.is_unknown() {
                allow(&policies.identity);
            }
        };
        let limits = || {
            let both = [(sides.boundary, &policies.boundary), (sides.session, &policies.session)];
            for (truth, attached) in both {
                if let Some(attached) = attached.as_ref().filter(|_| truth.is_unknown()) {
                    allow(attached);
                }
            }
        };
        match grant.relation {
            Relation::ResourceOnly => resource(Reach::any),
            Relation::Cross => {
                resource(Reach::any);
                identity();
                limits();
            }
            Relation::Same | Relation::Strict => {
                resource(|reach| reach.direct);
                let is_strict = grant.relation == Relation::Strict;
                let admitted = if is_strict { grant.admitted } else { Truth::True };
                let through_identity = admitted.and(sides.identity);
                let entitled = sides.resource.role.or(through_identity);
                if entitled.and(sides.boundary).and(sides.session).is_unknown() {
                    limits();
                    if entitled.is_unknown() {
                        resource(|reach| reach.role);
                    }
                    if entitled.is_unknown() && through_identity.is_unknown() {
                        identity();
                        if is_strict {
                            resource(Reach::any);
                        }
                    }
                }
            }
        }
    }

    /// Notes what the unknown statements of one effect depend on, and the documents that nobody could read.
    fn note(&self, attached: &Attached<'_>, effect: StatementEffect, name: impl Fn(Reach) -> Truth) {
        for policy in &attached.policies {
            for statement in policy.statements().iter().filter(|statement| statement.effect() == effect) {
                let mark = self.facts.mark();
                if !name(statement.reach(self.facts)).is_unknown() {
                    self.facts.forget(mark);
                }
            }
        }
        for document in &attached.unseen {
            self.facts.lack(|| Missing::Document(document.clone()));
        }
    }
}
