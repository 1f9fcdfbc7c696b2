//! The evaluation of one request through every layer.

use crate::decision::{Decision, Outcome};
use crate::layer::Policies;
use crate::request::Request;

/// Evaluates a request through every layer of policies.
#[must_use]
pub fn authorize<'a>(_request: &Request, _policies: &Policies<'a>) -> Decision<'a> {
    Decision { outcome: Outcome::Unknown, checks: Vec::new(), missing: Vec::new() }
}
