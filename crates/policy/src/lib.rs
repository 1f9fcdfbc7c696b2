//! May this principal do that, and which statement of which policy says so?
//!
//! A leaf library, useful alone: it knows AWS policy documents and nothing of incidents. [`Policy::parse`] reads a document
//! once; [`authorize`] evaluates one [`Request`] through every layer and returns a [`Decision`] with one [`Check`] per layer in AWS's own
//! vocabulary, each naming the statements that matched. What the documents and the context do not settle is
//! [`Outcome::Unknown`], with what is missing named.

pub mod actions;
mod authorize;
mod condition;
mod context;
mod decision;
pub mod denial;
mod document;
mod element;
mod facts;
mod layer;
mod pattern;
mod request;
mod truth;

pub use authorize::authorize;
pub use context::{Context, ContextValue, Lookup};
pub use decision::{Check, Decision, Effect, Matched, Missing, Outcome};
pub use document::{Element, Origin, Policy, Problem, Statement, StatementEffect};
pub use layer::{Attached, Layer, Policies};
pub use request::{Principal, Request, RequestError};
