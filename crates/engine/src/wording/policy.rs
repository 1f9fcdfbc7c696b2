//! What a change of an authorization document means, in words.

use super::{Wording, element, named};
use crate::access::{LayerRuling, resource_label};
use butfor_policy::{Effect, Layer};
use butfor_world::{Edit, ResourceKey, State, World};
use serde_json::Value;
use std::collections::BTreeSet;

/// Names listed in one phrase at the most.
const NAMES_MAX: usize = 8;

/// Puts the first edit of an authorization fault into words; `None` when it is of another kind.
pub(super) fn of(edits: &[&Edit], world: &World) -> Option<Wording> {
    let edit = *edits.first()?;
    let name = short(&edit.resource.id);
    let kind = edit.resource.kind.as_str();
    let (defect, holder) = match (kind, edit.facet.member.as_str()) {
        ("AWS::EC2::VPCEndpoint", "PolicyDocument") => {
            ("endpoint-policy-changed", format!("the policy of endpoint {}", named(world, &edit.resource)))
        }
        ("AWS::S3::Bucket", "Policy") => ("bucket-policy-changed", format!("the policy of bucket {name}")),
        ("AWS::KMS::Key", "KeyPolicy") => ("key-policy-changed", format!("the key policy of KMS key {name}")),
        ("AWS::SQS::Queue", "Policy") => ("queue-policy-changed", format!("the policy of queue {name}")),
        ("AWS::SNS::Topic", "Policy") => ("topic-policy-changed", format!("the policy of topic {name}")),
        ("AWS::Lambda::Function", "Policy") => {
            ("function-policy-changed", format!("the resource policy of function {name}"))
        }
        ("AWS::DynamoDB::Table" | "AWS::SecretsManager::Secret", "ResourcePolicy") => (
            "resource-policy-changed",
            format!("the resource policy of {}", resource_label(&edit.resource.id)),
        ),
        ("AWS::IAM::Role", "AssumeRolePolicyDocument") => {
            ("trust-policy-changed", format!("the trust policy of role {name}"))
        }
        ("AWS::Organizations::Policy", "Content") => (
            "organization-policy-changed",
            format!("the organization policy {}", named(world, &edit.resource)),
        ),
        ("AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group", "InlinePolicies") => {
            return Some(inline(edit, name));
        }
        _ => return assignment(edits, edit, name, world),
    };
    Some(document(edit, defect, &holder))
}

/// What is attached, set or assigned.
fn assignment(edits: &[&Edit], edit: &Edit, name: &str, world: &World) -> Option<Wording> {
    let who = |kind: &str| kind.rsplit("::").next().unwrap_or_default().to_lowercase();
    let holder = format!("{} {name}", who(&edit.resource.kind));
    let (defect, component, phrase) = match (edit.resource.kind.as_str(), edit.facet.member.as_str()) {
        ("AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group", "AttachedPolicies") => {
            let policy = short(element(edit));
            match edit.after {
                State::Absent => (
                    "policy-detached",
                    format!("managed policy {policy}"),
                    format!("{holder} lost the managed policy {policy} (detached)"),
                ),
                _ => (
                    "policy-attached",
                    format!("managed policy {policy}"),
                    format!("{holder} got the managed policy {policy} attached"),
                ),
            }
        }
        ("AWS::IAM::Role" | "AWS::IAM::User", member) if member.starts_with("PermissionsBoundary") => {
            match boundary(&edit.after) {
                Some(after) => (
                    "permissions-boundary-set",
                    format!("permissions boundary {after}"),
                    match boundary(&edit.before) {
                        Some(before) => {
                            format!("{holder} had its permissions boundary changed from {before} to {after}")
                        }
                        None => format!("{holder} got the permissions boundary {after}"),
                    },
                ),
                None => (
                    "permissions-boundary-removed",
                    "permissions boundary".to_owned(),
                    format!("{holder} lost its permissions boundary"),
                ),
            }
        }
        ("AWS::IAM::ManagedPolicy", _) => return managed(edits, name),
        ("AWS::Lambda::Function", "Role") => {
            let (before, after) = (value(&edit.before), value(&edit.after));
            (
                "execution-role-changed",
                format!("execution role {after}"),
                format!(
                    "function {name} had its execution role changed from {before} to {after}, whose permissions differ"
                ),
            )
        }
        ("AWS::EC2::Instance", member) if member.starts_with("IamInstanceProfile") => {
            let (before, after) = (value(&edit.before), value(&edit.after));
            (
                "instance-profile-changed",
                format!("instance profile {after}"),
                format!(
                    "instance {} had its instance profile changed from {before} to {after}",
                    named(world, &edit.resource)
                ),
            )
        }
        ("AWS::Organizations::Policy", "Targets") => {
            let policy = named(world, &edit.resource);
            let target = element(edit);
            let (verb, defect) = match edit.after {
                State::Absent => ("was detached from", "organization-policy-detached"),
                _ => ("was attached to", "organization-policy-attached"),
            };
            (
                defect,
                format!("organization policy {policy} at {target}"),
                format!("organization policy {policy} {verb} {target}"),
            )
        }
        ("AWS::Organizations::Account", "ParentId") => {
            let (before, after) = (value(&edit.before), value(&edit.after));
            (
                "account-moved",
                format!("parent {after}"),
                format!(
                    "account {} was moved from {before} to {after}, where other policies apply",
                    edit.resource.id
                ),
            )
        }
        ("AWS::IAM::Role", "") if edit.after == State::Absent => {
            ("role-deleted", "role".to_owned(), format!("role {name} was deleted"))
        }
        _ => return None,
    };
    Some(Wording { defect: defect.to_owned(), resource: edit.resource.clone(), component, phrase })
}

/// The last part of an ARN.
fn short(id: &str) -> &str {
    if id.starts_with("arn:") { id.rsplit(['/', ':']).next().unwrap_or(id) } else { id }
}

fn value(state: &State) -> String {
    let text = match state {
        State::Present(Value::String(text)) => text.as_str(),
        State::Present(other) => other.get("Arn").and_then(Value::as_str).unwrap_or("another one"),
        State::Absent => "none",
        State::Unknown => "an unknown one",
    };
    short(text).to_owned()
}

fn boundary(state: &State) -> Option<String> {
    let State::Present(value) = state else { return None };
    let arn = value.as_str().or_else(|| value.get("PermissionsBoundaryArn").and_then(Value::as_str))?;
    Some(short(arn).to_owned())
}

/// A managed policy whose version in force changed.
fn managed(edits: &[&Edit], name: &str) -> Option<Wording> {
    let edit = edits.iter().find(|edit| edit.facet.member == "DefaultVersionId").or(edits.first())?;
    let (before, after) = (value(&edit.before), value(&edit.after));
    let new = edits.iter().find(|edit| edit.facet.member == "Versions");
    let text = new.map(|edit| match &edit.after {
        State::Present(version) => summary(version.get("Document")),
        _ => String::new(),
    });
    let detail = text.filter(|text| !text.is_empty()).map(|text| format!(": it {text}")).unwrap_or_default();
    Some(Wording {
        defect: "managed-policy-version-changed".to_owned(),
        resource: edit.resource.clone(),
        component: format!("policy version {after} instead of {before}"),
        phrase: format!(
            "managed policy {name} had its version in force changed from {before} to {after}{detail}"
        ),
    })
}

fn summary(document: Option<&Value>) -> String {
    let statements = statements(document);
    let count = statements.len();
    match count {
        0 => "allows nothing".to_owned(),
        1 => statements.first().map(grant).unwrap_or_default(),
        _ => String::new(),
    }
}

/// `allows s3:GetObject on bucket a`.
fn grant(statement: &Value) -> String {
    let effect = statement.get("Effect").and_then(Value::as_str).unwrap_or_default();
    let verb = if effect == "Deny" { "denies" } else { "allows" };
    let actions = texts(statement, "Action");
    let resources = labels(&texts(statement, "Resource").into_iter().collect());
    format!("{verb} {} on {}", list(&actions), list(&resources))
}

fn inline(edit: &Edit, name: &str) -> Wording {
    let policy = element(edit);
    let kind = edit.resource.kind.rsplit("::").next().unwrap_or_default().to_lowercase();
    let holder = format!("inline policy {policy} of {kind} {name}");
    let inner = |state: &State| match state {
        State::Present(value) => value.get("PolicyDocument").cloned().map_or(State::Unknown, State::Present),
        other => other.clone(),
    };
    let bare = Edit { before: inner(&edit.before), after: inner(&edit.after), ..edit.clone() };
    document(&bare, "inline-policy-changed", &holder)
}

/// A policy document that was set, removed or edited.
fn document(edit: &Edit, defect: &str, holder: &str) -> Wording {
    let (component, phrase) = match (&edit.before, &edit.after) {
        (before, State::Absent) => {
            let what = if *before == State::Unknown { "" } else { ", and what it allowed with it" };
            ("policy".to_owned(), format!("{holder} was removed{what}"))
        }
        (State::Present(before), State::Present(after)) => edited(holder, &parsed(before), &parsed(after)),
        (State::Absent, State::Present(after)) => {
            let after = parsed(after);
            let all: Vec<String> = statements(Some(&after)).iter().map(grant).collect();
            (statement_names(&after), format!("{holder} was set: it {}", list(&all)))
        }
        _ => ("policy".to_owned(), format!("{holder} was replaced; what it said before is not recorded")),
    };
    let defect =
        if edit.after == State::Absent { defect.replace("changed", "removed") } else { defect.to_owned() };
    Wording { defect, resource: edit.resource.clone(), component, phrase }
}

fn parsed(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        other => other.clone(),
    }
}

fn statements(document: Option<&Value>) -> Vec<Value> {
    match document.and_then(|document| document.get("Statement")) {
        Some(Value::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}

fn texts(statement: &Value, member: &str) -> Vec<String> {
    let not = format!("Not{member}");
    let (value, lead) = match statement.get(member) {
        Some(value) => (value, ""),
        None => match statement.get(&not) {
            Some(value) => (value, "everything but "),
            None => return Vec::new(),
        },
    };
    let all: Vec<String> = match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    all.into_iter().map(|text| format!("{lead}{text}")).collect()
}

fn label(statement: &Value, index: usize) -> String {
    let sid = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
    sid.map_or_else(|| format!("Statement[{index}]"), str::to_owned)
}

fn statement_names(document: &Value) -> String {
    let names: Vec<String> =
        statements(Some(document)).iter().enumerate().map(|(index, one)| label(one, index)).collect();
    format!("policy statement {}", list(&names))
}

/// Resources as people call them, each once.
fn labels(resources: &BTreeSet<String>) -> Vec<String> {
    let labels: BTreeSet<String> = resources.iter().map(|resource| resource_label(resource)).collect();
    labels.into_iter().collect()
}

fn list(all: &[String]) -> String {
    let shown: Vec<&str> = all.iter().take(NAMES_MAX).map(String::as_str).collect();
    let rest = all.len().saturating_sub(NAMES_MAX);
    match (shown.as_slice(), rest) {
        ([], _) => "nothing".to_owned(),
        ([one], 0) => (*one).to_owned(),
        ([head @ .., last], 0) => format!("{} and {last}", head.join(", ")),
        (all, rest) => format!("{} and {rest} more", all.join(", ")),
    }
}

/// What an edited document says otherwise, statement by statement: the same Sid is the same statement, else the same place.
fn edited(holder: &str, before: &Value, after: &Value) -> (String, String) {
    let (old, new) = (statements(Some(before)), statements(Some(after)));
    let mut components = Vec::new();
    let mut parts = Vec::new();
    for (index, statement) in old.iter().enumerate() {
        let name = label(statement, index);
        let same = new.iter().enumerate().find(|(at, other)| label(other, *at) == name);
        match same.map(|(_, other)| other) {
            None => {
                components.push(format!("policy statement {name}"));
                parts.push(format!("lost its statement {name}, which {}", grant(statement)));
            }
            Some(other) if other != statement => {
                let (component, part) = changed(&name, statement, other);
                components.push(component);
                parts.push(part);
            }
            Some(_) => {}
        }
    }
    for (index, statement) in new.iter().enumerate() {
        let name = label(statement, index);
        if !old.iter().enumerate().any(|(at, other)| label(other, at) == name) {
            components.push(format!("policy statement {name}"));
            parts.push(format!("got the statement {name}, which {}", grant(statement)));
        }
    }
    if parts.is_empty() {
        return ("policy".to_owned(), format!("{holder} was changed"));
    }
    (components.join(" and "), format!("{holder} {}", parts.join(" and ")))
}

/// How one statement differs.
fn changed(name: &str, before: &Value, after: &Value) -> (String, String) {
    let set = |statement: &Value, member: &str| -> BTreeSet<String> {
        texts(statement, member).into_iter().collect()
    };
    let effect =
        |statement: &Value| statement.get("Effect").and_then(Value::as_str).unwrap_or_default().to_owned();
    if effect(before) != effect(after) {
        return (
            format!("policy statement {name}"),
            format!("had its statement {name} changed: it {} now", grant(after)),
        );
    }
    let is_deny = effect(after) == "Deny";
    let mut components = Vec::new();
    let mut parts = Vec::new();
    for (member, word) in [("Resource", ""), ("Action", "")] {
        let (old, new) = (set(before, member), set(after, member));
        let show = |these: BTreeSet<String>| {
            if member == "Resource" { labels(&these) } else { these.into_iter().collect() }
        };
        let lost = show(old.difference(&new).cloned().collect());
        let gained = show(new.difference(&old).cloned().collect());
        let verb = if is_deny { "denies" } else { "allows" };
        if !lost.is_empty() {
            components.push(format!("policy statement {name} without {}{word}", list(&lost)));
            parts.push(format!("no longer {verb} {} (statement {name})", list(&lost)));
        }
        if !gained.is_empty() {
            components.push(format!("policy statement {name} with {}{word}", list(&gained)));
            parts.push(format!("now {verb} {} (statement {name})", list(&gained)));
        }
    }
    if before.get("Condition") != after.get("Condition") {
        components.push(format!("condition of policy statement {name}"));
        let text = after.get("Condition").map(Value::to_string).unwrap_or_else(|| "none".to_owned());
        parts.push(format!("had the condition of its statement {name} changed to {text}"));
    }
    if before.get("Principal") != after.get("Principal") {
        components.push(format!("principal of policy statement {name}"));
        parts.push(format!("had the principal of its statement {name} changed"));
    }
    if parts.is_empty() {
        return (format!("policy statement {name}"), format!("had its statement {name} changed"));
    }
    (components.join(" and "), parts.join(" and "))
}

/// The short name of a layer, for people.
pub(crate) fn layer_word(layer: Layer) -> &'static str {
    match layer {
        Layer::ResourceControl => "resource control policy",
        Layer::ServiceControl => "service control policy",
        Layer::VpcEndpoint => "VPC endpoint policy",
        Layer::Resource => "resource-based policy",
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
    }
}

/// Puts what denies requests into words, where no change is known.
pub(crate) fn of_denial(
    denying: &[&LayerRuling],
    actions: &str,
    on: &str,
    fallback: &ResourceKey,
) -> Option<Wording> {
    let first = denying.first()?;
    let one = |ruling: &&LayerRuling| match (ruling.effect, ruling.statements.first()) {
        (Effect::ExplicitDeny, Some(at)) => {
            format!("the {} denies {actions} on {on} (statement {})", at.policy, at.label)
        }
        _ => format!("no {} allows {actions} on {on}", layer_word(ruling.layer)),
    };
    let holder = first.statements.first().map(|at| at.holder.clone()).or_else(|| match first.layer {
        Layer::Identity => None,
        _ => first.holders.first().cloned(),
    });
    let component = match first.statements.first() {
        Some(at) => format!("statement {} of the {}", at.label, at.policy),
        None => format!("{}: {actions}", layer_word(first.layer)),
    };
    let phrases: Vec<String> = denying.iter().map(one).collect();
    Some(Wording {
        defect: format!("denied-by-{}", first.layer.as_str()),
        resource: holder.unwrap_or_else(|| fallback.clone()),
        component,
        phrase: phrases.join(" and "),
    })
}
