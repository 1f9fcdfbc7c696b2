//! Who must grant what: the formulas for one account, for two, and for resources whose own policy is the last word (IAM
//! User Guide, `reference_policies_evaluation-logic_policy-eval-denyallow` and `..._policy-evaluation-cross-account`; KMS
//! guide, `key-policies`).

use super::exempt;
use crate::element::Reach;
use crate::request::{OwnerOfArn, Request};
use crate::truth::Truth;

/// How caller and resource stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// One account.
    Same,
    /// One account, and the resource's policy must let the account in: KMS keys and roles to assume.
    Strict,
    /// Two accounts: both must allow.
    Cross,
    /// The caller has no policies of its own: services, identity providers, anybody.
    ResourceOnly,
}

/// Who owns the resource, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Known(Relation),
    Unknown([Relation; 2]),
}

impl Owner {
    pub(super) fn of(request: &Request) -> Self {
        let Some(caller) = request.account().filter(|_| !exempt::has_no_policies(request)) else {
            return Self::Known(Relation::ResourceOnly);
        };
        let target = request.target();
        let same = if target.is_strict { Relation::Strict } else { Relation::Same };
        let owner = match (request.resource_account(), &target.owner) {
            (Some(owner), _) => Some(owner),
            (None, OwnerOfArn::Account(owner)) => Some(owner.as_str()),
            (None, OwnerOfArn::Caller) => Some(caller),
            (None, OwnerOfArn::Unknown) => None,
        };
        match owner {
            Some(owner) if owner == caller => Self::Known(same),
            Some(_) => Self::Known(Relation::Cross),
            None => Self::Unknown([same, Relation::Cross]),
        }
    }
}

/// What the parties to a grant say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) resource: Reach,
    pub(super) identity: Truth,
    pub(super) boundary: Truth,
    pub(super) session: Truth,
}

/// Whether access is granted, and whose allow that took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) relation: Relation,
    pub(super) granted: Truth,
    /// Whether the resource's policy allows what was needed of it.
    pub(super) admitted: Truth,
    pub(super) needs_resource: Truth,
    pub(super) needs_identity: Truth,
    /// Of the boundary and of the session policies.
    pub(super) needs_limits: Truth,
}

impl Grant {
    pub(super) fn new(relation: Relation, sides: &Sides) -> Self {
        let Reach { direct, role, .. } = sides.resource;
        let admitted = sides.resource.any();
        let limits = sides.boundary.and(sides.session);
        // An allow for the caller itself needs no other; one for its role still does of boundary and session.
        let within = |identity: Truth| direct.or(role.or(identity).and(limits));
        let needed = Truth::True;
        let (granted, needs_resource, needs_identity, needs_limits) = match relation {
            Relation::Same => (within(sides.identity), Truth::False, !direct.or(role), !direct),
            Relation::Strict => (within(admitted.and(sides.identity)), needed, !direct.or(role), !direct),
            Relation::Cross => (admitted.and(sides.identity).and(limits), needed, needed, needed),
            Relation::ResourceOnly => (admitted, needed, Truth::False, Truth::False),
        };
        Self { relation, granted, admitted, needs_resource, needs_identity, needs_limits }
    }
}
