//! Who may do what, layer by layer.

mod callers;
mod layers;
mod settings;
mod unknowns;

use super::authorize;
use crate::context::Context;
use crate::decision::{Effect, Missing, Outcome};
use crate::document::Policy;
use crate::layer::{Attached, Layer, Policies};
use crate::request::Request;

const USER: &str = "arn:aws:iam::111111111111:user/u";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/app/s";
const ROLE: &str = "arn:aws:iam::111111111111:role/app";
const ROOT: &str = "arn:aws:iam::111111111111:root";
const OBJECT: &str = "arn:aws:s3:::b/k";
const KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/k";

/// What an evaluation came to, in short.
#[derive(Debug, PartialEq)]
struct Summary {
    outcome: Outcome,
    deny_layers: Vec<&'static str>,
    /// Layer, effect, and labels of the matched statements.
    checks: Vec<(Layer, Effect, Vec<String>)>,
    missing: Vec<Missing>,
    is_denied: bool,
}

/// A request and its policies, written short.
#[derive(Debug, Clone)]
struct Setting {
    request: Request,
    policies: Vec<(Layer, usize, Policy)>,
    unseen: Vec<(Layer, String)>,
}

/// `Allow s3:* *` as a statement; further elements are JSON members.
fn statement(words: &str, rest: &str) -> String {
    let [effect, action, resource] = words.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let resource = if resource == "-" { String::new() } else { format!(r#", "Resource": "{resource}""#) };
    let comma = if rest.is_empty() { "" } else { ", " };
    format!(r#"{{"Effect": "{effect}", "Action": "{action}"{resource}{comma}{rest}}}"#)
}

impl Setting {
    fn new(principal: &str, action: &str, resource: &str) -> Self {
        let request = Request::new(principal, action, resource).unwrap();
        Self { request, policies: Vec::new(), unseen: Vec::new() }
    }

    /// An object in the caller's account.
    fn object(principal: &str) -> Self {
        Self::new(principal, "s3:GetObject", OBJECT).owner("111111111111")
    }

    fn owner(mut self, account: &str) -> Self {
        self.request = self.request.with_resource_account(account);
        self
    }

    fn request(mut self, change: impl FnOnce(Request) -> Request) -> Self {
        self.request = change(self.request);
        self
    }

    fn context(self, set: impl FnOnce(&mut Context)) -> Self {
        self.request(|mut request| {
            set(request.context_mut());
            request
        })
    }

    /// A context of which only what was set is known.
    fn partial(self, set: impl FnOnce(&mut Context)) -> Self {
        let mut context = Context::partial();
        set(&mut context);
        self.request(|request| request.with_context(context))
    }

    fn document(mut self, layer: Layer, level: usize, text: &str) -> Self {
        let (policy, problems) = Policy::parse(layer, layer.as_str(), text);
        assert_eq!(problems, [], "{text}");
        self.policies.push((layer, level, policy));
        self
    }

    /// A policy of one statement in level 0.
    fn with(self, layer: Layer, words: &str, rest: &str) -> Self {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {}}}"#, statement(words, rest));
        self.document(layer, 0, &text)
    }

    /// A statement of the resource's policy for a principal in JSON.
    fn resource(self, words: &str, principal: &str) -> Self {
        self.with(Layer::Resource, words, &format!(r#""Principal": {principal}"#))
    }

    fn identity(self, words: &str) -> Self {
        self.with(Layer::Identity, words, "")
    }

    fn unseen(mut self, layer: Layer, name: &str) -> Self {
        self.unseen.push((layer, name.to_owned()));
        self
    }

    fn run(&self) -> Summary {
        let at = |layer: Layer, level: usize| Attached {
            policies: self.policies.iter().filter(|p| (p.0, p.1) == (layer, level)).map(|p| &p.2).collect(),
            unseen: self.unseen.iter().filter(|u| u.0 == layer && level == 0).map(|u| u.1.clone()).collect(),
        };
        let one = |layer: Layer| {
            let attached = at(layer, 0);
            (!attached.policies.is_empty() || !attached.unseen.is_empty()).then_some(attached)
        };
        let levels = |layer: Layer| {
            let deepest = self.policies.iter().filter(|p| p.0 == layer).map(|p| p.1).max();
            deepest.map(|deepest| (0..=deepest).map(|level| at(layer, level)).collect())
        };
        let policies = Policies {
            resource_control: levels(Layer::ResourceControl),
            service_control: levels(Layer::ServiceControl),
            vpc_endpoint: one(Layer::VpcEndpoint),
            resource: one(Layer::Resource),
            identity: at(Layer::Identity, 0),
            boundary: one(Layer::Boundary),
            session: one(Layer::Session),
        };
        let decision = authorize(&self.request, &policies);
        let labels = |check: &crate::Check<'_>| check.matched.iter().map(|m| m.statement.label()).collect();
        Summary {
            outcome: decision.outcome,
            deny_layers: decision.deny_layers().into_iter().map(Layer::as_str).collect(),
            checks: decision.checks.iter().map(|c| (c.layer, c.effect, labels(c))).collect(),
            is_denied: decision.is_denied(),
            missing: decision.missing,
        }
    }

    #[track_caller]
    fn allowed(&self) {
        let summary = self.run();
        assert_eq!((summary.outcome, summary.deny_layers.len()), (Outcome::Allow, 0), "{summary:#?}");
    }

    /// Denied, by these layers.
    #[track_caller]
    fn denied(&self, outcome: Outcome, layers: &[&str]) {
        let summary = self.run();
        assert_eq!((summary.outcome, summary.deny_layers.as_slice()), (outcome, layers), "{summary:#?}");
        assert!(summary.is_denied);
    }

    #[track_caller]
    fn implicit(&self, layers: &[&str]) {
        self.denied(Outcome::ImplicitDeny, layers);
    }

    #[track_caller]
    fn explicit(&self, layers: &[&str]) {
        self.denied(Outcome::ExplicitDeny, layers);
    }

    /// Not settled; these things would.
    #[track_caller]
    fn unknown(&self, missing: &[Missing]) {
        let summary = self.run();
        assert_eq!(
            (summary.outcome, summary.missing.as_slice()),
            (Outcome::Unknown, missing),
            "{summary:#?}"
        );
    }
}

fn key(name: &str) -> Missing {
    Missing::ContextKey(name.to_owned())
}
