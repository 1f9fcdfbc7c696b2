//! Policy documents, read once: what is valid is compiled, what is not is reported and left out.

mod json;
mod principal;
mod read;

use crate::condition::Condition;
use crate::element::{Actions, Principals, Reach, Resources};
use crate::facts::Facts;
use crate::layer::Layer;
use crate::truth::Truth;

/// An opaque number the caller can map back to evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(pub u32);

/// Something in a document that AWS would not accept, or that cannot mean what it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The name of the policy.
    pub policy: String,
    /// Where in the document: `Statement[1].Effect`. Empty: the document as a whole.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether the statement, or without one the document, was left out for it: what it says is not known then.
    pub is_left_out: bool,
}

/// What a statement does when it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatementEffect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

/// A list of a statement: `Action` or `NotAction`, `Resource` or `NotResource`, `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Whether it is the `Not...` form, which is true of everything that is not listed.
    pub is_negated: bool,
    /// The entries as they are written; those of principals with their kind: `AWS:111111111111`, `*`.
    pub entries: Vec<String>,
}

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    index: usize,
    sid: Option<String>,
    effect: StatementEffect,
    actions: Element,
    resources: Option<Element>,
    principals: Option<Element>,
    condition_keys: Vec<String>,
    matcher: Matcher,
}

/// What a statement is matched with, prepared.
#[derive(Debug, Clone, PartialEq)]
struct Matcher {
    actions: Actions,
    /// `None` matches every resource.
    resources: Option<Resources>,
    /// `None` matches everybody.
    principals: Option<Principals>,
    conditions: Box<[Condition]>,
    /// Whether it is of an endpoint policy, whose accounts at a gateway endpoint mean their root user only.
    is_gateway: bool,
}

impl Statement {
    /// Its place in the document, from 0; statements that were left out count.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its `Sid`.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// What it does when it matches.
    #[must_use]
    pub fn effect(&self) -> StatementEffect {
        self.effect
    }

    /// Its name for people: the `Sid`, else `Statement[2]`.
    #[must_use]
    pub fn label(&self) -> String {
        match self.sid() {
            Some(sid) if !sid.is_empty() => sid.to_owned(),
            _ => format!("Statement[{}]", self.index),
        }
    }

    /// `Action` or `NotAction`.
    #[must_use]
    pub fn actions(&self) -> &Element {
        &self.actions
    }

    /// `Resource` or `NotResource`; trust policies have neither.
    #[must_use]
    pub fn resources(&self) -> Option<&Element> {
        self.resources.as_ref()
    }

    /// `Principal` or `NotPrincipal`, where this kind of policy has one.
    #[must_use]
    pub fn principals(&self) -> Option<&Element> {
        self.principals.as_ref()
    }

    /// The keys its `Condition` looks at, in lower case, each once.
    #[must_use]
    pub fn condition_keys(&self) -> &[String] {
        &self.condition_keys
    }
}

impl Statement {
    /// Whether it matches a request, and by which of the caller's names. What is cheap and most often tells is asked
    /// first; conditions come last.
    pub(crate) fn reach(&self, facts: &Facts<'_>) -> Reach {
        let matcher = &self.matcher;
        if !matcher.actions.matches(facts.request.head(), facts.request.lower_case_action()) {
            return Reach::NOBODY;
        }
        let mark = facts.mark();
        let nobody = || {
            facts.forget(mark);
            Reach::NOBODY
        };
        let resource = matcher.resources.as_ref().map_or(Truth::True, |resources| resources.matches(facts));
        if resource.is_false() {
            return nobody();
        }
        let is_gateway = matcher.is_gateway && facts.is_gateway_service;
        let reach = match &matcher.principals {
            Some(principals) => principals.reach(facts, is_gateway).and(resource),
            None => Reach::EVERYBODY.and(resource),
        };
        if reach.any().is_false() {
            return nobody();
        }
        let mut held = Truth::True;
        for condition in &matcher.conditions {
            held = held.and(condition.holds(facts));
            if held.is_false() {
                return nobody();
            }
        }
        reach.and(held)
    }
}

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    name: String,
    layer: Layer,
    origin: Option<Origin>,
    statements: Vec<Statement>,
}

impl Policy {
    /// Reads a document of a layer. What AWS would not accept is reported and left out; the rest is evaluated all the
    /// same. A text that is no policy at all gives a policy without statements and one problem.
    #[must_use]
    pub fn parse(layer: Layer, name: &str, text: &str) -> (Self, Vec<Problem>) {
        let (statements, problems) = read::document(layer, name, text);
        (Self { name: name.to_owned(), layer, origin: None, statements }, problems)
    }

    /// The same policy, with where it comes from.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Where it comes from, if the caller said so.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        self.origin
    }

    /// Its name: an ARN, or whatever the caller named it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The layer it was read for.
    #[must_use]
    pub fn layer(&self) -> Layer {
        self.layer
    }

    /// Its valid statements, in order.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

#[cfg(test)]
mod tests;
