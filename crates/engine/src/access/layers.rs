//! Which documents have a say in a request, layer by layer.

use super::caller::Identity;
use super::endpoint::Way;
use super::organization::{self, Levels};
use super::resource::{self, policy_text};
use super::{Ask, document, text};
use butfor_policy::Layer;
use butfor_world::{Facet, ResourceKey, State, World};
use serde_json::Value;
use std::collections::BTreeMap;

const POLICY: &str = "AWS::IAM::ManagedPolicy";

/// One policy document with where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub layer: Layer,
    /// Level of an organization, 0 being the root.
    pub level: usize,
    /// The resource that holds it.
    pub key: ResourceKey,
    /// What people call it: `inline policy app of role orders`.
    pub name: String,
    pub text: String,
}

/// Everything that has a say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layers {
    pub documents: Vec<Document>,
    /// Documents that are known to be there, or that are needed, and could not be read: by layer and level.
    pub unseen: Vec<(Layer, usize, String)>,
    /// Layers that apply, though they may hold no document, with the number of their levels.
    pub present: BTreeMap<Layer, usize>,
    /// Layers nobody described, taken as having no say, in words.
    pub assumed: Vec<String>,
    /// Resources that tell of layers that have no say: the role without a boundary, the bucket without a policy.
    pub silent: Vec<(Layer, ResourceKey)>,
}

impl Layers {
    /// A document, or the knowledge that it could not be read.
    fn add(&mut self, layer: Layer, level: usize, key: &ResourceKey, name: String, policy: Option<&Value>) {
        match policy.and_then(policy_text) {
            Some(text) => self.documents.push(Document { layer, level, key: key.clone(), name, text }),
            None => self.unseen.push((layer, level, name)),
        }
    }
}

/// Gathers the documents of a request in a world.
pub(super) fn of(world: &World, ask: &Ask, identity: &Identity, way: &Way) -> Layers {
    let mut layers = Layers::default();
    organization(&mut layers, world, ask, identity);
    endpoint(&mut layers, world, way);
    resource_policy(&mut layers, world, ask, identity);
    identity_policies(&mut layers, world, identity);
    layers
}

fn organization(layers: &mut Layers, world: &World, ask: &Ask, identity: &Identity) {
    let owner = resource::owner(world, &ask.resource).unwrap_or_else(|| identity.account.clone());
    let all = [
        (Layer::ServiceControl, identity.account.as_str(), "SERVICE_CONTROL_POLICY"),
        (Layer::ResourceControl, owner.as_str(), "RESOURCE_CONTROL_POLICY"),
    ];
    let mut undescribed = Vec::new();
    for (layer, account, kind) in all {
        let levels = match organization::levels(world, account, kind) {
            Levels::Exempt => continue,
            Levels::Undescribed => {
                undescribed.push(if layer == Layer::ServiceControl { "service" } else { "resource" });
                continue;
            }
            Levels::Known(levels) => levels,
        };
        layers.present.insert(layer, levels.len());
        for (level, (target, attached)) in levels.into_iter().enumerate() {
            let Some(attached) = attached else {
                layers.unseen.push((layer, level, format!("the organization policies attached to {target}")));
                continue;
            };
            for one in attached {
                let key = ResourceKey { kind: "AWS::Organizations::Policy".to_owned(), id: one.policy };
                let word = if layer == Layer::ServiceControl { "service" } else { "resource" };
                let name =
                    format!("{word} control policy {} at {target}", crate::wording::named(world, &key));
                layers.add(layer, level, &key, name, one.content.as_ref());
            }
        }
    }
    match undescribed.as_slice() {
        [] => {}
        [one] => layers.assumed.push(format!("no {one} control policy denies it, as none was described")),
        _ => layers
            .assumed
            .push("no organization policy (SCP, RCP) denies it, as none was described".to_owned()),
    }
}

fn endpoint(layers: &mut Layers, world: &World, way: &Way) {
    match way {
        Way::Endpoint(id) => {
            let key = ResourceKey { kind: "AWS::EC2::VPCEndpoint".to_owned(), id: id.clone() };
            let name = format!("policy of endpoint {}", crate::wording::named(world, &key));
            let member = Facet { member: "PolicyDocument".to_owned(), element: None };
            match world.state(&key, &member) {
                State::Present(policy) => {
                    layers.present.insert(Layer::VpcEndpoint, 1);
                    layers.add(Layer::VpcEndpoint, 0, &key, name, Some(&policy));
                }
                // Without a policy of its own an endpoint lets everything pass (AWS PrivateLink Guide).
                State::Absent => layers.silent.push((Layer::VpcEndpoint, key)),
                State::Unknown => {
                    layers.present.insert(Layer::VpcEndpoint, 1);
                    layers.unseen.push((Layer::VpcEndpoint, 0, name));
                }
            }
        }
        Way::Public => {}
        Way::Unknown => layers
            .assumed
            .push("no VPC endpoint policy denies it, as the caller's place is not known".to_owned()),
    }
}

fn resource_policy(layers: &mut Layers, world: &World, ask: &Ask, identity: &Identity) {
    let Some(target) = resource::of(world, &ask.resource) else { return };
    let name = format!("policy of {}", super::resource_label(&ask.resource));
    let owner = resource::owner(world, &ask.resource);
    // The trust policy has a say in assuming the role, not in what is done to it.
    if target.member == "AssumeRolePolicyDocument" && !ask.action.to_ascii_lowercase().starts_with("sts:") {
        return;
    }
    let is_cross_account = owner.is_some_and(|owner| owner != identity.account);
    match resource::policy(world, &target) {
        State::Present(policy) => {
            layers.present.insert(Layer::Resource, 1);
            layers.add(Layer::Resource, 0, &target.key, name, Some(&policy));
        }
        State::Absent => {
            layers.present.insert(Layer::Resource, 1);
            layers.silent.push((Layer::Resource, target.key));
        }
        State::Unknown if target.is_required || is_cross_account => {
            layers.present.insert(Layer::Resource, 1);
            layers.unseen.push((Layer::Resource, 0, name));
        }
        State::Unknown => {
            layers.assumed.push(format!("the {name} has no say, as it was not read"));
        }
    }
}

fn identity_policies(layers: &mut Layers, world: &World, identity: &Identity) {
    let Some(id) = &identity.resource else { return };
    let kind = if id.contains(":user/") { "AWS::IAM::User" } else { "AWS::IAM::Role" };
    let key = ResourceKey { kind: kind.to_owned(), id: id.clone() };
    attached_to(layers, world, &key);
    let groups = list(world, &key, "Groups").unwrap_or_default();
    for group in groups
        .iter()
        .filter_map(|group| group.as_str().map(str::to_owned).or_else(|| text(group, "/GroupName")))
    {
        let id =
            id.rsplit_once(":user/").map(|(root, _)| format!("{root}:group/{group}")).unwrap_or_default();
        attached_to(layers, world, &ResourceKey { kind: "AWS::IAM::Group".to_owned(), id });
    }
    boundary(layers, world, &key);
}

/// A list member of a resource, where it was asked for.
fn list(world: &World, key: &ResourceKey, member: &str) -> Option<Vec<Value>> {
    document(world, &key.kind, &key.id)?.get(member)?.as_array().cloned()
}

fn bare(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

fn kind_word(kind: &str) -> &'static str {
    match kind {
        "AWS::IAM::User" => "user",
        "AWS::IAM::Group" => "group",
        _ => "role",
    }
}

/// Whether a list names an element of which nothing more is known.
fn is_partly_unknown(list: &[Value]) -> bool {
    list.iter().any(|item| !item.is_object())
}

fn attached_to(layers: &mut Layers, world: &World, key: &ResourceKey) {
    let whose = format!("{} {}", kind_word(&key.kind), bare(&key.id));
    let attached = list(world, key, "AttachedPolicies");
    if attached.as_deref().is_none_or(is_partly_unknown) {
        layers.unseen.push((Layer::Identity, 0, format!("the managed policies attached to {whose}")));
    }
    for arn in attached.iter().flatten().filter_map(|one| text(one, "/PolicyArn")) {
        let label = format!("managed policy {} of {whose}", bare(&arn));
        managed(layers, world, Layer::Identity, &arn, label);
    }
    let inline = list(world, key, "InlinePolicies");
    if inline.as_deref().is_none_or(is_partly_unknown) {
        layers.unseen.push((Layer::Identity, 0, format!("the inline policies of {whose}")));
    }
    for one in inline.iter().flatten().filter(|one| one.is_object()) {
        let name = text(one, "/PolicyName").unwrap_or_default();
        let label = format!("inline policy {name} of {whose}");
        layers.add(Layer::Identity, 0, key, label, one.get("PolicyDocument"));
    }
}

fn managed(layers: &mut Layers, world: &World, layer: Layer, arn: &str, label: String) {
    let key = ResourceKey { kind: POLICY.to_owned(), id: arn.to_owned() };
    layers.add(layer, 0, &key, label, default_version(world, arn));
}

/// The document of the version that is in force.
pub(super) fn default_version<'w>(world: &'w World, arn: &str) -> Option<&'w Value> {
    let policy = document(world, POLICY, arn)?;
    let version = text(policy, "/DefaultVersionId")?;
    let versions = policy.get("Versions").and_then(Value::as_array).into_iter().flatten();
    let mut own = versions.filter(|one| text(one, "/VersionId").as_deref() == Some(version.as_str()));
    own.next()?.get("Document")
}

fn boundary(layers: &mut Layers, world: &World, key: &ResourceKey) {
    let facet = Facet { member: "PermissionsBoundary".to_owned(), element: None };
    let whose = format!("{} {}", kind_word(&key.kind), bare(&key.id));
    match world.state(key, &facet) {
        State::Present(boundary) => {
            layers.present.insert(Layer::Boundary, 1);
            let arn =
                boundary.as_str().map(str::to_owned).or_else(|| text(&boundary, "/PermissionsBoundaryArn"));
            let label = format!("permissions boundary of {whose}");
            match arn {
                Some(arn) => {
                    managed(layers, world, Layer::Boundary, &arn, format!("{label} ({})", bare(&arn)))
                }
                None => layers.unseen.push((Layer::Boundary, 0, label)),
            }
        }
        State::Absent => layers.silent.push((Layer::Boundary, key.clone())),
        State::Unknown => {
            layers.assumed.push(format!("{whose} has no permissions boundary, as it was not read"))
        }
    }
}
