//! The least addition that makes a denied request allowed, where nobody recorded what the policy said before.
//!
//! Only the missing actions and resources are added, never a wildcard; a matching deny is narrowed for this caller instead of
//! being deleted. Every candidate is put to the model before it is offered.

use super::{Ask, Denied, Model};
use crate::fix::Fix;
use butfor_policy::{Effect, Layer};
use butfor_world::{Delta, Edit, Facet, ResourceKey, State, World};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Name of the inline policy that a fix adds.
const INLINE_NAME: &str = "butfor-least-access";

/// The least change of policies that allows all these requests; `None` when no such change is known to work.
pub(crate) fn least_addition(model: &Model, world: &World, denied: &[&Denied]) -> Option<Fix> {
    // Names the model filled in itself stand for no real object: they are no part of a policy.
    let real: Vec<&Denied> = denied.iter().copied().filter(|one| one.ask.ground.is_seen_failing()).collect();
    let mut additions: BTreeMap<(Layer, ResourceKey), Missing> = BTreeMap::new();
    let mut edits: Vec<Edit> = Vec::new();
    for one in &real {
        let identity = one.ask.caller.identity(world)?;
        for ruling in one.ruling.denying() {
            match ruling.effect {
                Effect::ExplicitDeny => {
                    for (key, statement) in ruling.statements.iter().map(|at| (&at.holder, at.index)) {
                        narrow(
                            world,
                            &mut edits,
                            ruling.layer,
                            key,
                            statement,
                            &principal_arn(world, &one.ask)?,
                        )?;
                    }
                }
                _ => {
                    let holder = match ruling.layer {
                        Layer::Identity => {
                            ResourceKey { kind: "AWS::IAM::Role".to_owned(), id: identity.resource.clone()? }
                        }
                        Layer::VpcEndpoint | Layer::Resource => ruling.holders.first()?.clone(),
                        // A boundary or an organization policy guards more than this caller: that is for a person to decide.
                        _ => return None,
                    };
                    let missing = additions.entry((ruling.layer, holder)).or_default();
                    missing.actions.insert(one.ask.action.clone());
                    missing.resources.insert(one.ask.resource.clone());
                    missing.principals.insert(principal_arn(world, &one.ask)?);
                }
            }
        }
    }
    for ((layer, holder), missing) in additions {
        add(world, &mut edits, layer, &holder, &missing)?;
    }
    let fix = Delta { edits };
    let fixed = world.with(&fix);
    let is_cured = !fix.edits.is_empty() && real.iter().all(|one| model.allows(&fixed, &one.ask));
    let assumption = "what the policy said before is not recorded; this is the least addition that allows the denied requests".to_owned();
    is_cured.then_some(Fix { delta: fix, assumption })
}

#[derive(Default)]
struct Missing {
    actions: BTreeSet<String>,
    resources: BTreeSet<String>,
    principals: BTreeSet<String>,
}

/// The role or user behind a request, as policies name it.
fn principal_arn(world: &World, ask: &Ask) -> Option<String> {
    let identity = ask.caller.identity(world)?;
    let id = identity.resource?;
    let full = ["AWS::IAM::Role", "AWS::IAM::User"]
        .iter()
        .find_map(|kind| super::text(super::document(world, kind, &id)?, "/Arn"));
    Some(full.unwrap_or(id))
}

/// The member of a resource that holds a layer's policy.
fn member(layer: Layer, key: &ResourceKey) -> Option<&'static str> {
    Some(match (layer, key.kind.as_str()) {
        (Layer::VpcEndpoint, _) => "PolicyDocument",
        (Layer::ServiceControl | Layer::ResourceControl, "AWS::Organizations::Policy") => "Content",
        (_, "AWS::KMS::Key") => "KeyPolicy",
        (_, "AWS::IAM::Role") => "AssumeRolePolicyDocument",
        (_, "AWS::SecretsManager::Secret" | "AWS::DynamoDB::Table") => "ResourcePolicy",
        (_, "AWS::S3::Bucket" | "AWS::SQS::Queue" | "AWS::SNS::Topic" | "AWS::Lambda::Function") => "Policy",
        _ => return None,
    })
}

/// The statements of a policy, to be changed in place.
fn statements(policy: &mut Value) -> Option<&mut Vec<Value>> {
    let list = policy.as_object_mut()?.entry("Statement").or_insert_with(|| json!([]));
    if !list.is_array() {
        *list = json!([list.take()]);
    }
    list.as_array_mut()
}

fn as_object(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}

/// The policy of a member as edits so far leave it, and the edit to put it.
fn edit_of<'e>(
    world: &World,
    edits: &'e mut Vec<Edit>,
    key: &ResourceKey,
    facet: Facet,
) -> Option<&'e mut Edit> {
    let index = match edits.iter().position(|edit| edit.resource == *key && edit.facet == facet) {
        Some(index) => index,
        None => {
            let before = world.state(key, &facet);
            let policy = match &before {
                State::Present(value) => as_object(value)?,
                State::Absent => json!({"Version": "2012-10-17", "Statement": []}),
                State::Unknown => return None,
            };
            edits.push(Edit { resource: key.clone(), facet, before, after: State::Present(policy) });
            edits.len() - 1
        }
    };
    edits.get_mut(index)
}

/// Adds an allow.
fn add(
    world: &World,
    edits: &mut Vec<Edit>,
    layer: Layer,
    holder: &ResourceKey,
    missing: &Missing,
) -> Option<()> {
    let one_or_all = |all: &BTreeSet<String>| match all.len() {
        1 => json!(all.first()),
        _ => json!(all),
    };
    let mut statement = json!({
        "Effect": "Allow",
        "Action": one_or_all(&missing.actions),
        "Resource": one_or_all(&missing.resources),
    });
    if layer == Layer::Identity {
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
        let facet = Facet { member: "InlinePolicies".to_owned(), element: Some(INLINE_NAME.to_owned()) };
        let before = world.state(holder, &facet);
        if before != State::Absent {
            return None;
        }
        let after = State::Present(json!({"PolicyName": INLINE_NAME, "PolicyDocument": policy}));
        edits.push(Edit { resource: holder.clone(), facet, before, after });
        return Some(());
    }
    let own = statement.as_object_mut()?;
    match (layer, holder.kind.as_str()) {
        // The principal of a gateway endpoint's policy must be `*`; the caller's own policies still decide (policy-semantics 1.2).
        (Layer::VpcEndpoint, _) => own.insert("Principal".to_owned(), json!("*")),
        _ => own.insert("Principal".to_owned(), json!({"AWS": one_or_all(&missing.principals)})),
    };
    match holder.kind.as_str() {
        // In a key's or a role's own policy the resource is the key or the role itself.
        "AWS::KMS::Key" => drop(own.insert("Resource".to_owned(), json!("*"))),
        "AWS::IAM::Role" => drop(own.remove("Resource")),
        _ => {}
    }
    let facet = Facet { member: member(layer, holder)?.to_owned(), element: None };
    let edit = edit_of(world, edits, holder, facet)?;
    let State::Present(policy) = &mut edit.after else { return None };
    statements(policy)?.push(statement);
    Some(())
}

/// Narrows a deny so that it no longer means this caller.
fn narrow(
    world: &World,
    edits: &mut Vec<Edit>,
    layer: Layer,
    holder: &ResourceKey,
    statement: usize,
    principal: &str,
) -> Option<()> {
    let facet = Facet { member: member(layer, holder)?.to_owned(), element: None };
    let edit = edit_of(world, edits, holder, facet)?;
    let State::Present(policy) = &mut edit.after else { return None };
    let statement = statements(policy)?.get_mut(statement)?.as_object_mut()?;
    let condition = statement.entry("Condition").or_insert_with(|| json!({})).as_object_mut()?;
    let operator = condition.entry("ArnNotEquals").or_insert_with(|| json!({})).as_object_mut()?;
    let exempt = operator.entry("aws:PrincipalArn").or_insert_with(|| json!([]));
    if !exempt.is_array() {
        *exempt = json!([exempt.take()]);
    }
    let list = exempt.as_array_mut()?;
    if !list.iter().any(|one| one.as_str() == Some(principal)) {
        list.push(json!(principal));
    }
    Some(())
}
