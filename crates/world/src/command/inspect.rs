//! Read-only commands that show the present state of what a delta touches.

mod permissions;
mod settings;

use super::compute::is_managed;
use super::plan::{NewIds, Plan};
use super::shell::{Call, Word};
use super::{Command, Lookup, Place};
use crate::cloudtrail::Fields;
use crate::delta::{Delta, Edit, Facet, State};
use crate::facets;
use serde_json::Value;
use std::collections::BTreeSet;

/// One look at the present state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The read-only command.
    pub command: Command,
    /// What it shows while the delta has not been made.
    pub before: String,
    /// What it shows once the delta has been made.
    pub after: String,
}

/// Kind, service, operation, flag that takes the id, and where the document is in the answer.
const DESCRIBE: &[(&str, &str, &str, &str, &str)] = &[
    (
        "AWS::EC2::EgressOnlyInternetGateway",
        "ec2",
        "DescribeEgressOnlyInternetGateways",
        "--egress-only-internet-gateway-ids",
        "EgressOnlyInternetGateways[0]",
    ),
    ("AWS::EC2::EIP", "ec2", "DescribeAddresses", "--allocation-ids", "Addresses[0]"),
    ("AWS::EC2::Instance", "ec2", "DescribeInstances", "--instance-ids", "Reservations[0].Instances[0]"),
    (
        "AWS::EC2::InternetGateway",
        "ec2",
        "DescribeInternetGateways",
        "--internet-gateway-ids",
        "InternetGateways[0]",
    ),
    ("AWS::EC2::NatGateway", "ec2", "DescribeNatGateways", "--nat-gateway-ids", "NatGateways[0]"),
    ("AWS::EC2::NetworkAcl", "ec2", "DescribeNetworkAcls", "--network-acl-ids", "NetworkAcls[0]"),
    (
        "AWS::EC2::NetworkInterface",
        "ec2",
        "DescribeNetworkInterfaces",
        "--network-interface-ids",
        "NetworkInterfaces[0]",
    ),
    ("AWS::EC2::RouteTable", "ec2", "DescribeRouteTables", "--route-table-ids", "RouteTables[0]"),
    ("AWS::EC2::SecurityGroup", "ec2", "DescribeSecurityGroups", "--group-ids", "SecurityGroups[0]"),
    ("AWS::EC2::Subnet", "ec2", "DescribeSubnets", "--subnet-ids", "Subnets[0]"),
    (
        "AWS::EC2::TransitGateway",
        "ec2",
        "DescribeTransitGateways",
        "--transit-gateway-ids",
        "TransitGateways[0]",
    ),
    (
        "AWS::EC2::TransitGatewayAttachment",
        "ec2",
        "DescribeTransitGatewayVpcAttachments",
        "--transit-gateway-attachment-ids",
        "TransitGatewayVpcAttachments[0]",
    ),
    (
        "AWS::EC2::TransitGatewayRouteTable",
        "ec2",
        "DescribeTransitGatewayRouteTables",
        "--transit-gateway-route-table-ids",
        "TransitGatewayRouteTables[0]",
    ),
    ("AWS::EC2::VPC", "ec2", "DescribeVpcs", "--vpc-ids", "Vpcs[0]"),
    (
        "AWS::EC2::VPCBlockPublicAccessExclusion",
        "ec2",
        "DescribeVpcBlockPublicAccessExclusions",
        "--exclusion-ids",
        "VpcBlockPublicAccessExclusions[0]",
    ),
    (
        "AWS::EC2::VPCBlockPublicAccessOptions",
        "ec2",
        "DescribeVpcBlockPublicAccessOptions",
        "",
        "VpcBlockPublicAccessOptions",
    ),
    ("AWS::EC2::VPCEndpoint", "ec2", "DescribeVpcEndpoints", "--vpc-endpoint-ids", "VpcEndpoints[0]"),
    (
        "AWS::EC2::VPCPeeringConnection",
        "ec2",
        "DescribeVpcPeeringConnections",
        "--vpc-peering-connection-ids",
        "VpcPeeringConnections[0]",
    ),
    ("AWS::EC2::VPNConnection", "ec2", "DescribeVpnConnections", "--vpn-connection-ids", "VpnConnections[0]"),
    ("AWS::EC2::VPNGateway", "ec2", "DescribeVpnGateways", "--vpn-gateway-ids", "VpnGateways[0]"),
    ("AWS::EKS::Cluster", "eks", "DescribeCluster", "--name", "cluster"),
    (
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "elb",
        "DescribeLoadBalancers",
        "--load-balancer-names",
        "LoadBalancerDescriptions[0]",
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        "elbv2",
        "DescribeListeners",
        "--listener-arns",
        "Listeners[0]",
    ),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", "elbv2", "DescribeRules", "--rule-arns", "Rules[0]"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "elbv2",
        "DescribeLoadBalancers",
        "--load-balancer-arns",
        "LoadBalancers[0]",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "elbv2",
        "DescribeTargetGroups",
        "--target-group-arns",
        "TargetGroups[0]",
    ),
    ("AWS::NetworkFirewall::Firewall", "network-firewall", "DescribeFirewall", "--firewall-arn", "Firewall"),
    ("AWS::RDS::DBInstance", "rds", "DescribeDBInstances", "--db-instance-identifier", "DBInstances[0]"),
    ("AWS::RDS::DBCluster", "rds", "DescribeDBClusters", "--db-cluster-identifier", "DBClusters[0]"),
    ("AWS::ECS::TaskDefinition", "ecs", "DescribeTaskDefinition", "--task-definition", "taskDefinition"),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        "autoscaling",
        "DescribeAutoScalingGroups",
        "--auto-scaling-group-names",
        "AutoScalingGroups[0]",
    ),
];

/// Members that a call of their own shows: kind, member, service, operation, flag, and where the member is.
const MEMBERS: &[(&str, &str, &str, &str, &str, &str)] = &[
    (
        "AWS::EC2::PrefixList",
        "Cidrs",
        "ec2",
        "GetManagedPrefixListEntries",
        "--prefix-list-id",
        "Entries[].Cidr",
    ),
    (
        "AWS::EC2::SecurityGroup",
        "VpcAssociations",
        "ec2",
        "DescribeSecurityGroupVpcAssociations",
        "",
        "SecurityGroupVpcAssociations",
    ),
    (
        "AWS::EC2::TransitGatewayRouteTable",
        "Associations",
        "ec2",
        "GetTransitGatewayRouteTableAssociations",
        "--transit-gateway-route-table-id",
        "Associations",
    ),
    (
        "AWS::EC2::TransitGatewayRouteTable",
        "Propagations",
        "ec2",
        "GetTransitGatewayRouteTablePropagations",
        "--transit-gateway-route-table-id",
        "TransitGatewayRouteTablePropagations",
    ),
    (
        "AWS::EC2::TransitGatewayRouteTable",
        "Routes",
        "ec2",
        "SearchTransitGatewayRoutes",
        "--transit-gateway-route-table-id",
        "Routes",
    ),
    (
        "AWS::EC2::VPC",
        "EnableDnsHostnames",
        "ec2",
        "DescribeVpcAttribute",
        "--vpc-id",
        "EnableDnsHostnames.Value",
    ),
    (
        "AWS::EC2::VPC",
        "EnableDnsSupport",
        "ec2",
        "DescribeVpcAttribute",
        "--vpc-id",
        "EnableDnsSupport.Value",
    ),
    (
        "AWS::EC2::VPCEndpointService",
        "AllowedPrincipals",
        "ec2",
        "DescribeVpcEndpointServicePermissions",
        "--service-id",
        "AllowedPrincipals",
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Attributes",
        "elbv2",
        "DescribeLoadBalancerAttributes",
        "--load-balancer-arn",
        "Attributes",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Attributes",
        "elbv2",
        "DescribeTargetGroupAttributes",
        "--target-group-arn",
        "Attributes",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "TargetHealthDescriptions",
        "elbv2",
        "DescribeTargetHealth",
        "--target-group-arn",
        "TargetHealthDescriptions",
    ),
    (
        "AWS::Lambda::Function",
        "ReservedConcurrentExecutions",
        "lambda",
        "GetFunctionConcurrency",
        "--function-name",
        "ReservedConcurrentExecutions",
    ),
    (
        "AWS::NetworkFirewall::FirewallPolicy",
        "FirewallPolicy",
        "network-firewall",
        "DescribeFirewallPolicy",
        "--firewall-policy-arn",
        "FirewallPolicy",
    ),
    (
        "AWS::NetworkFirewall::RuleGroup",
        "RuleGroup",
        "network-firewall",
        "DescribeRuleGroup",
        "--rule-group-arn",
        "RuleGroup",
    ),
];

/// Read-only commands that show what the delta touches, one for each member of each resource, with what to expect
/// before and after. A resource whose account and Region are not known is left out. What commands made anew in the
/// same shell is looked at by its new id.
#[must_use]
pub fn inspect(delta: &Delta, world: &dyn Lookup, new_ids: &NewIds) -> Vec<Inspection> {
    let plan = Plan::new(delta, world, new_ids);
    let mut groups: Vec<Vec<&Edit>> = Vec::new();
    for edit in delta.edits.iter().filter(|edit| is_shown(edit, delta)) {
        let is_same =
            |other: &Edit| other.resource == edit.resource && other.facet.member == edit.facet.member;
        match groups.iter_mut().find(|edits| edits.first().is_some_and(|first| is_same(first))) {
            Some(edits) => edits.push(edit),
            None => groups.push(vec![edit]),
        }
    }
    let shown = groups.into_iter().filter_map(|edits| {
        let first = edits.first()?;
        let (kind, id) = (first.resource.kind.as_str(), first.resource.id.as_str());
        let member = first.facet.member.as_str();
        let place = plan.place(first).ok()?;
        let other = || look(&place, kind, id, plan.id(short(kind, id)), member);
        let (call, query) = permissions::look(&plan, &place, &edits)
            .or_else(|| settings::look(&plan, &place, &edits))
            .or_else(other)?;
        let call = if query.is_empty() { call } else { call.arg("--query", query.as_str()) };
        let shown = plan.shown(id);
        let what = if member.is_empty() { shown } else { format!("`{member}` of {shown}") };
        let now = edits.iter().map(|edit| expected(&edit.facet, &plan.now(edit), &edit.after));
        let then = edits.iter().map(|edit| expected(&edit.facet, &edit.after, &plan.now(edit)));
        let now = now.collect::<Vec<_>>().join("; ");
        let then = then.collect::<Vec<_>>().join("; ");
        Some(Inspection { command: call.say(format!("Show {what}")), before: now, after: then })
    });
    shown.collect()
}

fn is_shown(edit: &Edit, delta: &Delta) -> bool {
    let is_perhaps = edit.before == State::Unknown && edit.after == State::Unknown;
    let nothing = is_perhaps && facets::is_never_recorded(&edit.resource.kind, &edit.facet.member);
    !nothing && !is_managed(edit) && !permissions::is_shown_elsewhere(edit, delta)
}

fn look(place: &Place, kind: &str, id: &str, word: Word, member: &str) -> Option<(Call, String)> {
    let own = MEMBERS.iter().find(|(of, name, ..)| *of == kind && *name == member);
    if let Some((_, _, service, operation, flag, path)) = own {
        let call = Call::new(place, service, operation);
        let call = if flag.is_empty() { call } else { call.arg(flag, word) };
        let call = match (kind, member) {
            ("AWS::EC2::TransitGatewayRouteTable", "Routes") => {
                call.arg("--filters", "Name=type,Values=static")
            }
            ("AWS::EC2::SecurityGroup", _) => call.arg("--filters", format!("Name=group-id,Values={id}")),
            ("AWS::EC2::VPC", "EnableDnsSupport") => call.arg("--attribute", "enableDnsSupport"),
            ("AWS::EC2::VPC", _) => call.arg("--attribute", "enableDnsHostnames"),
            _ => call,
        };
        return Some((call, (*path).to_owned()));
    }
    if kind == "AWS::Lambda::Function" {
        let call = Call::new(place, "lambda", "GetFunctionConfiguration").arg("--function-name", word);
        return Some((call, member.replace('/', ".")));
    }
    let (_, service, operation, flag, path) = DESCRIBE.iter().find(|(of, ..)| *of == kind)?;
    let call = Call::new(place, service, operation);
    let call = if flag.is_empty() { call } else { call.arg(flag, word) };
    let query = match member {
        "" => (*path).to_owned(),
        member => format!("{path}.{}", member.replace('/', ".")),
    };
    Some((call, query))
}

/// Functions are named in calls, not numbered.
fn short<'a>(kind: &str, id: &'a str) -> &'a str {
    match kind {
        "AWS::Lambda::Function" => id.rsplit(':').next().unwrap_or(id),
        _ => id,
    }
}

/// What a look shows, in a few words, by which it is told from the other state.
fn expected(facet: &Facet, state: &State, other: &State) -> String {
    if facet.element.is_none()
        && let Some(life) = life(facet, state)
    {
        return life;
    }
    let what = match (&facet.element, facet.member.as_str()) {
        (Some(element), _) => element.as_str(),
        (None, member) => member.rsplit('/').next().unwrap_or(member),
    };
    match state {
        State::Absent => format!("{what} is not there"),
        State::Unknown => format!("{what}: not known"),
        State::Present(value) if facets::is_secret(facet, value) => match value.as_object() {
            Some(all) if facet.element.is_none() => format!("{what} are {}", names(all)),
            _ => format!("{what} is there"),
        },
        State::Present(Value::String(text))
            if matches!(other, State::Present(_))
                && text.len() <= 60
                && facet.element.is_some()
                && !text.is_empty() =>
        {
            format!("{what} is {text}")
        }
        State::Present(Value::String(text))
            if facet.element.is_none()
                && text.len() <= 60
                && facets::policy_document(&Value::from(text.as_str())).is_none() =>
        {
            format!("{what} is {text}")
        }
        State::Present(value @ (Value::Bool(_) | Value::Number(_))) => format!("{what} is {value}"),
        State::Present(value) if contrast(value, other).is_some() => {
            format!("{what} {}", contrast(value, other).unwrap_or_default())
        }
        State::Present(value) => match facet.element.as_ref().and_then(|_| says(value)) {
            Some(says) => format!("{what} is there, {says}"),
            None if facet.element.is_some() => format!("{what} is there"),
            None => format!("{what} is {}", brief(value)),
        },
    }
}

/// Names of variables, in order.
fn names(all: &serde_json::Map<String, Value>) -> String {
    let names: BTreeSet<&str> = all.keys().map(String::as_str).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// How a resource as a whole is seen to be there or gone.
fn life(facet: &Facet, state: &State) -> Option<String> {
    // Most resources stay listed as `deleted` for a while, then nothing is known of them.
    const GONE: &str = "it is gone: its state is deleted, or an error says that it does not exist";
    const PASSING: [&str; 6] =
        ["pending", "initiating-request", "provisioning", "creating", "create-in-progress", "modifying"];
    let name = match (facet.member.as_str(), state) {
        ("", State::Absent) => return Some(GONE.to_owned()),
        ("", State::Present(document)) => {
            Fields::of(document).text("State/Name|State|Status/Code").unwrap_or_default()
        }
        ("State" | "Status/Code", State::Present(Value::String(name))) => name.clone(),
        _ => return None,
    };
    Some(match name.to_ascii_lowercase().as_str() {
        "deleted" | "deleting" => GONE.to_owned(),
        // By the time somebody looks it is something else.
        passing if passing.is_empty() || PASSING.contains(&passing) => "it is there".to_owned(),
        _ => format!("it is {name}"),
    })
}

/// What matters of an element besides its key: a route's target, an entry's action, an attribute's value.
fn says(element: &Value) -> Option<String> {
    const TARGETS: [&str; 6] = [
        "NatGatewayId",
        "GatewayId",
        "TransitGatewayId",
        "VpcPeeringConnectionId",
        "NetworkInterfaceId",
        "EgressOnlyInternetGatewayId",
    ];
    let fields = Fields::of(element);
    if let Some(policy) = fields.get("PolicyDocument|Document") {
        return Some(format!("saying {}", brief(policy)));
    }
    if fields.has("DestinationCidrBlock|DestinationIpv6CidrBlock|DestinationPrefixListId|PrefixListId") {
        let attachments = fields.list("TransitGatewayAttachments").into_iter();
        let mut attachments = attachments.filter_map(|one| one.text("TransitGatewayAttachmentId"));
        let target = TARGETS.iter().find_map(|name| fields.text(name)).or_else(|| attachments.next());
        let is_dropped = fields.text("State").as_deref() == Some("blackhole");
        return target
            .map(|target| format!("to {target}"))
            .or_else(|| is_dropped.then(|| "dropping".to_owned()));
    }
    if let Some(action) = fields.text("RuleAction") {
        let block = fields.text("CidrBlock|Ipv6CidrBlock").unwrap_or_default();
        return Some(format!("to {action} {block}"));
    }
    if let Some(read) = fields.text("ProvisionedThroughput/ReadCapacityUnits") {
        let write = fields.text("ProvisionedThroughput/WriteCapacityUnits").unwrap_or_default();
        return Some(format!("with {read} read and {write} write capacity units"));
    }
    fields.text("Key").and_then(|_| Some(format!("with value {}", fields.text("Value")?)))
}

/// Texts shown of what tells two documents apart at the most.
const CONTRASTS_MAX: usize = 3;

/// What one document contains and the other does not: the beginning of two policies is the same.
fn contrast(value: &Value, other: &State) -> Option<String> {
    let State::Present(other) = other else { return None };
    let (own, other) = (texts_of(value)?, texts_of(other)?);
    let shown = |texts: Vec<&String>| {
        let rest = texts.len().saturating_sub(CONTRASTS_MAX);
        let named: Vec<String> =
            texts.into_iter().take(CONTRASTS_MAX).map(|text| format!("`{text}`")).collect();
        let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
        format!("{}{more}", named.join(", "))
    };
    let added: Vec<&String> = own.difference(&other).collect();
    let missing: Vec<&String> = other.difference(&own).collect();
    match (added.is_empty(), missing.is_empty()) {
        (false, _) => Some(format!("contains {}", shown(added))),
        (true, false) => Some(format!("does not contain {}", shown(missing))),
        (true, true) => None,
    }
}

/// Every text in a policy document or an element that holds one; `None` for other values.
fn texts_of(value: &Value) -> Option<BTreeSet<String>> {
    let is_policy = |document: &Value| document.get("Statement").is_some();
    let inner = || facets::policy_document(Fields::of(value).get("PolicyDocument|Document")?);
    let document = facets::policy_document(value).filter(is_policy).or_else(inner)?;
    let mut texts = BTreeSet::new();
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => drop(texts.insert(text.clone())),
            Value::Array(all) => open.extend(all),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    Some(texts)
}

/// The beginning of a value.
fn brief(value: &Value) -> String {
    let text = facets::policy_document(value).as_ref().unwrap_or(value).to_string();
    let short: String = text.chars().take(120).collect();
    if short.len() < text.len() { short + "..." } else { short }
}
