//! Context keys of a request that the world tells (policy-semantics 1.5).

use super::caller::{Identity, tags};
use super::endpoint::{self, Way};
use super::{Ask, Caller, arn, document, organization, text};
use butfor_policy::{Context, Lookup, actions};
use butfor_world::World;

/// Keys that a request of an application's own session never carries (IAM User Guide, "AWS global condition context keys"): they
/// come with service principals, federation, forward access sessions, MFA.
const NEVER: &[&str] = &[
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:SourceIdentity",
    "aws:AssumedRoot",
    "aws:ChatbotSourceArn",
];

/// The context of a request in a world. What nothing tells is unknown, not absent; keys that an action cannot have are absent.
pub(super) fn of(world: &World, ask: &Ask, identity: &Identity, way: &Way, keys: &[String]) -> Context {
    let mut context = Context::partial();
    for key in NEVER {
        context.set_absent(key);
    }
    principal(&mut context, world, ask, identity);
    network(&mut context, world, ask, way);
    resource(&mut context, world, ask);
    absent(&mut context, world, ask, identity, keys);
    for (key, value) in &ask.told {
        context.set(key, value.clone());
    }
    context
}

/// Keys that policies mention and that the request cannot have: the action does not know them, or they are tags that the role
/// does not carry.
fn absent(context: &mut Context, world: &World, ask: &Ask, identity: &Identity, keys: &[String]) {
    let role = identity.resource.as_deref().and_then(|id| document(world, "AWS::IAM::Role", id));
    let tags_known = role.is_some() && matches!(ask.caller, Caller::Function(_) | Caller::Instance(_));
    let action = actions::action(&ask.action);
    for key in keys {
        let name = key.to_ascii_lowercase();
        if !matches!(context.get(&name), Lookup::Unknown) {
            continue;
        }
        let is_of_action =
            !name.starts_with("aws:") || name.starts_with("aws:requesttag/") || name == "aws:tagkeys";
        let is_refused = is_of_action && action.as_ref().is_some_and(|action| !action.accepts_key(key));
        if is_refused || name.starts_with("aws:principaltag/") && tags_known {
            context.set_absent(key);
        }
    }
}

fn principal(context: &mut Context, world: &World, ask: &Ask, identity: &Identity) {
    let is_session = identity.principal.contains(":assumed-role/");
    let role = identity.resource.as_deref().and_then(|id| {
        document(world, "AWS::IAM::Role", id).or_else(|| document(world, "AWS::IAM::User", id))
    });
    let full = role.as_ref().and_then(|role| text(role, "/Arn")).or_else(|| identity.resource.clone());
    if let Some(full) = full {
        context.set("aws:PrincipalArn", full);
    }
    context.set("aws:PrincipalAccount", identity.account.clone());
    if ask.service() == "kms" {
        context.set("kms:CallerAccount", identity.account.clone());
    }
    context.set("aws:PrincipalType", if is_session { "AssumedRole" } else { "User" });
    context.set("aws:PrincipalIsAWSService", "false");
    // Every SDK and the CLI use TLS unless told not to.
    context.set("aws:SecureTransport", "true");
    if let Some(organization) = organization::id(world) {
        context.set("aws:PrincipalOrgID", organization.clone());
        context.set("aws:ResourceOrgID", organization);
    }
    let workload = matches!(ask.caller, Caller::Function(_) | Caller::Instance(_));
    if workload {
        context.set_absent("aws:MultiFactorAuthPresent");
    }
    if is_session {
        context.set_absent("aws:username");
        let id = role.as_ref().and_then(|role| text(role, "/RoleId"));
        let session = identity.principal.rsplit('/').next().unwrap_or_default();
        if let Some(id) = id {
            context.set("aws:userid", format!("{id}:{session}"));
        }
    } else if let Some(name) = identity.principal.rsplit('/').next() {
        context.set("aws:username", name);
    }
    // Sessions of functions and instances carry no session tags: what the role has is all.
    if let Some(role) = role.filter(|role| workload || role.get("Tags").is_some()) {
        for (key, value) in tags(role) {
            context.set(&format!("aws:PrincipalTag/{key}"), value);
        }
    }
    if let Caller::Function(id) = &ask.caller {
        context.set("lambda:SourceFunctionArn", id.clone());
    }
}

fn network(context: &mut Context, world: &World, ask: &Ask, way: &Way) {
    let via = ask.ground.via.as_deref();
    context.set("aws:ViaAWSService", if via.is_some() { "true" } else { "false" });
    match via {
        Some(service) => {
            context.set_many("aws:CalledVia", vec![service.to_owned()]);
            context.set("aws:CalledViaFirst", service.to_owned());
            context.set("aws:CalledViaLast", service.to_owned());
        }
        None => {
            for key in ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"] {
                context.set_absent(key);
            }
        }
    }
    match way {
        Way::Endpoint(id) => {
            context.set("aws:SourceVpce", id.clone());
            if let Some(vpc) = endpoint::vpc_of(world, id) {
                context.set("aws:SourceVpc", vpc);
            }
            if let Some(address) = endpoint::private_address(world, &ask.caller) {
                context.set("aws:VpcSourceIp", address);
            }
            context.set_absent("aws:SourceIp");
        }
        Way::Public => {
            for key in ["aws:SourceVpce", "aws:SourceVpc", "aws:VpcSourceIp", "aws:SourceVpcArn"] {
                context.set_absent(key);
            }
            if let Some(address) = &ask.ground.source_ip {
                context.set("aws:SourceIp", address.clone());
            }
        }
        Way::Unknown => {}
    }
    let region =
        arn(&ask.resource).map(|[_, _, region, ..]| region.to_owned()).filter(|region| !region.is_empty());
    if let Some(region) = region.or_else(|| endpoint::region(world, &ask.caller)) {
        if let (Some(service), "kms") = (via, ask.service().as_str()) {
            let name = service.strip_suffix(".amazonaws.com").unwrap_or(service);
            context.set("kms:ViaService", format!("{name}.{region}.amazonaws.com"));
        }
        context.set("aws:RequestedRegion", region);
    }
    if via.is_none() && ask.service() == "kms" {
        context.set_absent("kms:ViaService");
    }
    if let Some(last) = ask.ground.last {
        context.set("aws:CurrentTime", last.to_string());
        context.set("aws:EpochTime", (last.as_millis() / 1000).to_string());
    }
}

fn resource(context: &mut Context, world: &World, ask: &Ask) {
    if let Some(owner) = super::resource::owner(world, &ask.resource) {
        if ask.service() == "s3" {
            context.set("s3:ResourceAccount", owner.clone());
        }
        context.set("aws:ResourceAccount", owner);
    }
}
