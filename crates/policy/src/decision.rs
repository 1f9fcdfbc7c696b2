//! What an evaluation found.

use crate::document::{Policy, Statement};
use crate::layer::Layer;

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The request is allowed.
    Allow,
    /// A statement denies it.
    ExplicitDeny,
    /// Nothing denies it, but a needed allow is not there.
    ImplicitDeny,
    /// The documents and the context do not settle it; [`Decision::missing`] says what would. It may be settled that the
    /// request is denied and open only whether explicitly so: [`Decision::is_denied`].
    Unknown,
}

/// What one layer says, in AWS's words (IAM, GetRequestAuthorizationDetails).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// A statement allows.
    Allow,
    /// A statement denies.
    ExplicitDeny,
    /// An allow was needed and is not there. While the outcome is unknown, the layer may turn out to deny explicitly.
    ImplicitDeny,
    /// Nothing matched and no allow was needed.
    NoImpact,
    /// Not settled.
    Unknown,
}

/// A statement that matched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matched<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Its statement.
    pub statement: &'a Statement,
}

/// What one layer, or one level of an organization, says.
#[derive(Debug, Clone, PartialEq)]
pub struct Check<'a> {
    /// The layer.
    pub layer: Layer,
    /// The level in an organization, 0 being the root; `None` for other layers.
    pub level: Option<usize>,
    /// What it says.
    pub effect: Effect,
    /// Statements that decided: the denies of an explicit deny, else the allows.
    pub matched: Vec<Matched<'a>>,
}

/// Something that would settle an unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// A context key whose value in the request is not known (`aws:SourceIp`).
    ContextKey(String),
    /// A document that could not be read, in the words of [`crate::Attached::unseen`].
    Document(String),
    /// The account that owns the resource.
    ResourceAccount,
    /// The ARN, with its path, of the role (or user) behind the session: [`crate::Request::with_role_arn`].
    SessionIssuer,
    /// The canonical user id of the caller's account, which the policy names: [`crate::Request::with_canonical_user`].
    CanonicalUser,
}

/// The result of [`crate::authorize`].
#[derive(Debug, Clone, PartialEq)]
pub struct Decision<'a> {
    /// The answer.
    pub outcome: Outcome,
    /// One check per layer that applies, in the order of [`Layer::ALL`]; one per level for organization policies.
    pub checks: Vec<Check<'a>>,
    /// What would settle it; empty unless the outcome is unknown.
    pub missing: Vec<Missing>,
}

impl Decision<'_> {
    /// Every layer that denies: explicitly, or for want of an allow that would have to be added there. Each once, in order.
    #[must_use]
    pub fn deny_layers(&self) -> Vec<Layer> {
        let denies = |check: &&Check<'_>| matches!(check.effect, Effect::ExplicitDeny | Effect::ImplicitDeny);
        let mut layers: Vec<Layer> = self.checks.iter().filter(denies).map(|check| check.layer).collect();
        layers.dedup();
        layers
    }

    /// Whether it is certain that the request is denied. An unknown outcome may be: a needed allow is not there, and whether
    /// something denies explicitly as well is open.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.checks.iter().any(|check| matches!(check.effect, Effect::ExplicitDeny | Effect::ImplicitDeny))
    }
}
