//! Deltas as AWS CLI commands.
//!
//! [`commands`] writes what makes a delta happen, ready for a POSIX shell: real ids, quoted, one command a line, in
//! the order in which they must run, each with the account and Region it belongs to. What is not known becomes an
//! error that says what is missing, never a guess. What comes back under a new id (a NAT gateway, an endpoint) becomes a
//! sequence that keeps the new id in a shell variable and mends the routes that used the old one. [`inspect`] writes
//! read-only commands that show what the delta touches.

mod compute;
mod endpoint;
mod firewall;
mod function;
mod gateway;
mod identity;
mod inspect;
mod kept;
mod load_balancer;
mod network_acl;
mod organization;
mod peering;
mod place;
mod plan;
mod resource_policy;
mod route;
mod security_group;
mod service;
mod settings;
mod shell;
mod transit_gateway;
mod variables;
mod vpc;
mod vpn;

pub use inspect::{Inspection, inspect};
pub use plan::NewIds;
pub use shell::quote;

use crate::delta::{Delta, Edit, Facet, ResourceKey, State};
use plan::{Bucket, Done, Plan};
use serde_json::Value;
use std::fmt;

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Account to run it in; empty where it is not known (a bucket's name carries none).
    pub account: String,
    /// Region to run it in.
    pub region: String,
    /// The AWS CLI's service name.
    pub service: String,
    /// The API operation's name (`CreateRoute`); for a waiter `Wait` and its name.
    pub operation: String,
    /// Ready to run.
    pub line: String,
    /// What it does, in one plain sentence.
    pub text: String,
    /// What to mind before or after it.
    pub caution: Option<String>,
}

/// Why a delta cannot be made into commands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// A value the command needs is not known.
    #[error("{} is not known: what would be needed is {needed}", Named(.resource, .facet))]
    UnknownValue {
        /// The resource.
        resource: ResourceKey,
        /// The part of it.
        facet: Facet,
        /// What would have to be known.
        needed: String,
    },
    /// No command leads there.
    #[error("{} cannot be set by a command: {needed}", Named(.resource, .facet))]
    Unsupported {
        /// The resource.
        resource: ResourceKey,
        /// The part of it.
        facet: Facet,
        /// What would have to be done instead.
        needed: String,
    },
}

struct Named<'a>(&'a ResourceKey, &'a Facet);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.0.kind.rsplit("::").next().unwrap_or(&self.0.kind);
        match (self.1.member.as_str(), &self.1.element) {
            ("", _) => write!(f, "{kind} `{}`", self.0.id),
            (member, None) => write!(f, "`{member}` of {kind} `{}`", self.0.id),
            (member, Some(element)) => write!(f, "`{element}` in `{member}` of {kind} `{}`", self.0.id),
        }
    }
}

/// A resource as the world has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Account it was observed in.
    pub account: String,
    /// Region it was observed in.
    pub region: String,
    /// Its document.
    pub document: Value,
}

impl Found {
    fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }
}

/// Where a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    account: String,
    region: String,
}

/// What commands need to see of a world.
pub trait Lookup {
    /// A resource's document.
    fn document(&self, kind: &str, id: &str) -> Option<Found>;
    /// All resources of a kind, ordered by id.
    fn of_kind(&self, kind: &str) -> Vec<(String, Found)>;
    /// Account and Region of a resource that has no document (any more).
    fn home(&self, _kind: &str, _id: &str) -> Option<(String, String)> {
        None
    }
}

/// The AWS CLI commands that make `delta` happen in `world` (the world before them), in the order they must run.
///
/// # Errors
/// [`CommandError`] names the facet whose value is not known, or which no command can set.
pub fn commands(delta: &Delta, world: &dyn Lookup) -> Result<Vec<Command>, CommandError> {
    commands_after(delta, world, &NewIds::default()).map(|(commands, _)| commands)
}

/// [`commands`] that run in a shell in which other commands ran before: what those made anew goes by its new id. The
/// ids new after both come with them.
///
/// # Errors
/// As [`commands`].
pub fn commands_after(
    delta: &Delta,
    world: &dyn Lookup,
    new_ids: &NewIds,
) -> Result<(Vec<Command>, NewIds), CommandError> {
    let mut plan = Plan::new(delta, world, new_ids);
    for bucket in buckets(delta) {
        one(&mut plan, &bucket)?;
    }
    Ok(plan.finish())
}

/// The edits in groups one handler plans together. What must be made anew comes first, so that its new id is known;
/// what is deleted as a whole comes last.
fn buckets(delta: &Delta) -> Vec<Bucket<'_>> {
    let mut buckets: Vec<((&str, &str, &str), Bucket<'_>)> = Vec::new();
    for edit in &delta.edits {
        let key = bucket_key(edit);
        match buckets.iter_mut().find(|(known, _)| *known == key) {
            Some((_, bucket)) => bucket.edits.push(edit),
            None => buckets.push((key, Bucket { kind: key.0, id: key.1, edits: vec![edit] })),
        }
    }
    let mut buckets: Vec<_> = buckets.into_iter().map(|(_, bucket)| bucket).collect();
    buckets.sort_by_key(|bucket| bucket.edits.first().map_or(1, |edit| rank(edit)));
    buckets
}

/// Kind, id and member that edits must share to be planned together.
fn bucket_key(edit: &Edit) -> (&str, &str, &str) {
    let (kind, id) = (edit.resource.kind.as_str(), edit.resource.id.as_str());
    match (kind, edit.facet.member.as_str()) {
        (_, "") => (kind, id, ""),
        // A move from one table to another is one call, or two in a fixed order.
        (
            "AWS::EC2::RouteTable" | "AWS::EC2::NetworkAcl" | "AWS::EC2::TransitGatewayRouteTable",
            "Associations",
        ) => (kind, "", "Associations"),
        // The two sides of one call.
        ("AWS::EC2::EIP", _) | ("AWS::EC2::NetworkInterface", "Association") => {
            ("AWS::EC2::EIP", "", "Association")
        }
        (
            "AWS::EC2::SecurityGroup"
            | "AWS::EC2::RouteTable"
            | "AWS::EC2::NetworkAcl"
            | "AWS::EC2::TransitGatewayRouteTable",
            member,
        ) => (kind, id, member),
        _ => (kind, id, "*"),
    }
}

fn rank(edit: &Edit) -> u8 {
    match (edit.facet.member.as_str(), &edit.after) {
        ("", State::Present(_)) => 0,
        ("State" | "Status/Code", State::Present(_)) => 0,
        ("", State::Absent) => 2,
        _ => 1,
    }
}

fn one(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    match bucket.kind {
        "AWS::EC2::SecurityGroup" => security_group::plan(plan, bucket),
        "AWS::EC2::NetworkAcl" => network_acl::plan(plan, bucket),
        "AWS::EC2::RouteTable" => route::plan(plan, bucket),
        "AWS::EC2::InternetGateway" => gateway::internet(plan, bucket),
        "AWS::EC2::EgressOnlyInternetGateway" => gateway::egress_only(plan, bucket),
        "AWS::EC2::NatGateway" => gateway::nat(plan, bucket),
        "AWS::EC2::EIP" => gateway::address(plan, bucket),
        "AWS::EC2::VPCPeeringConnection" => peering::plan(plan, bucket),
        "AWS::EC2::VPNGateway" => vpn::gateway(plan, bucket),
        "AWS::EC2::VPNConnection" => vpn::connection(plan, bucket),
        "AWS::EC2::VPCEndpoint" => endpoint::plan(plan, bucket),
        "AWS::EC2::VPCEndpointService" => endpoint::service(plan, bucket),
        "AWS::EC2::TransitGateway" => transit_gateway::gateway(plan, bucket),
        "AWS::EC2::TransitGatewayAttachment" => transit_gateway::attachment(plan, bucket),
        "AWS::EC2::TransitGatewayRouteTable" => transit_gateway::table(plan, bucket),
        "AWS::EC2::VPC" => vpc::plan(plan, bucket),
        "AWS::EC2::Subnet" => vpc::subnet(plan, bucket),
        "AWS::EC2::PrefixList" => vpc::prefix_list(plan, bucket),
        "AWS::EC2::VPCBlockPublicAccessOptions" => vpc::block_public_access(plan, bucket),
        "AWS::EC2::VPCBlockPublicAccessExclusion" => vpc::exclusion(plan, bucket),
        "AWS::EC2::Instance" => compute::instance(plan, bucket),
        "AWS::EC2::NetworkInterface" => compute::interface(plan, bucket),
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => load_balancer::balancer(plan, bucket),
        "AWS::ElasticLoadBalancingV2::Listener" => load_balancer::listener(plan, bucket),
        "AWS::ElasticLoadBalancingV2::ListenerRule" => load_balancer::rule(plan, bucket),
        "AWS::ElasticLoadBalancingV2::TargetGroup" => load_balancer::target_group(plan, bucket),
        "AWS::ElasticLoadBalancing::LoadBalancer" => load_balancer::classic(plan, bucket),
        "AWS::NetworkFirewall::Firewall" => firewall::firewall(plan, bucket),
        "AWS::NetworkFirewall::FirewallPolicy" => firewall::policy(plan, bucket),
        "AWS::NetworkFirewall::RuleGroup" => firewall::rule_group(plan, bucket),
        "AWS::RDS::DBInstance" => service::database(plan, bucket),
        "AWS::Lambda::Function" => function::plan(plan, bucket),
        "AWS::Lambda::Version" => function::version(plan, bucket),
        "AWS::Lambda::Alias" => function::alias(plan, bucket),
        "AWS::Lambda::EventSourceMapping" => function::mapping(plan, bucket),
        "AWS::EKS::Cluster" => service::cluster(plan, bucket),
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => identity::principal(plan, bucket),
        "AWS::IAM::ManagedPolicy" => identity::managed_policy(plan, bucket),
        "AWS::IAM::InstanceProfile" => identity::instance_profile(plan, bucket),
        "AWS::S3::Bucket" => resource_policy::bucket(plan, bucket),
        "AWS::KMS::Key" => resource_policy::key(plan, bucket),
        "AWS::KMS::Alias" => resource_policy::alias(plan, bucket),
        "AWS::SQS::Queue" => resource_policy::queue(plan, bucket),
        "AWS::SNS::Topic" => resource_policy::topic(plan, bucket),
        "AWS::SecretsManager::Secret" => resource_policy::secret(plan, bucket),
        "AWS::DynamoDB::Table" => resource_policy::table(plan, bucket),
        "AWS::Organizations::Policy" => organization::policy(plan, bucket),
        "AWS::Organizations::Root"
        | "AWS::Organizations::OrganizationalUnit"
        | "AWS::Organizations::Account" => organization::target(plan, bucket),
        "AWS::RDS::DBCluster" => settings::database_cluster(plan, bucket),
        "AWS::AutoScaling::AutoScalingGroup" => settings::scaling_group(plan, bucket),
        "AWS::ECS::Service" => settings::service(plan, bucket),
        "AWS::ECS::TaskDefinition" => settings::task_definition(plan, bucket),
        "AWS::CloudWatch::Alarm" => settings::alarm(plan, bucket),
        "AWS::ApiGateway::Stage" => settings::stage(plan, bucket),
        "AWS::ApiGatewayV2::Stage" => settings::http_stage(plan, bucket),
        _ => match bucket.edits.first() {
            Some(edit) => Err(plan::unsupported(edit, "no command is known for this kind of resource")),
            None => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests;
