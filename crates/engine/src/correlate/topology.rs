//! The graph of dependencies out of AWS's own documents.
//!
//! Settings of functions, services, load balancers and the like name what they need: every text in them that is another
//! resource's id, ARN or address is a dependency. Where a document names what depends on *it* (a target group its load
//! balancer, a security group whom it lets in, a route table its subnets), the direction is turned here, kind by kind.

use super::application::Application;
use super::arrival;
use super::dependencies::{Node, Thing};
use crate::alert;
use butfor_world::{Resource, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const SUBNET: &str = "AWS::EC2::Subnet";
const ROUTE_TABLE: &str = "AWS::EC2::RouteTable";
const NETWORK_ACL: &str = "AWS::EC2::NetworkAcl";
const SECURITY_GROUP: &str = "AWS::EC2::SecurityGroup";
const ATTACHMENT: &str = "AWS::EC2::TransitGatewayAttachment";
const TRANSIT_TABLE: &str = "AWS::EC2::TransitGatewayRouteTable";
const INTERFACE: &str = "AWS::EC2::NetworkInterface";
const ALARM: &str = "AWS::CloudWatch::Alarm";
const EVENT_SOURCE: &str = "AWS::Lambda::EventSourceMapping";

/// Kinds of which a place has one for everything, or that only lead on; see [`super::dependencies`].
const TELLS_NOTHING: [&str; 12] = [
    SUBNET,
    ALARM,
    "AWS::EC2::VPC",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::DHCPOptions",
    "AWS::EC2::PrefixList",
    "AWS::EC2::EIP",
    "AWS::EC2::VPCBlockPublicAccessOptions",
    "AWS::EC2::VPCBlockPublicAccessExclusion",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::Group",
];

/// Kinds whose documents name what they need.
const NAMES_WHAT_IT_NEEDS: [&str; 21] = [
    "AWS::EC2::Instance",
    INTERFACE,
    "AWS::EC2::NatGateway",
    "AWS::EC2::VPCEndpoint",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::Lambda::Function",
    "AWS::Lambda::Alias",
    EVENT_SOURCE,
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::EKS::Cluster",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGatewayV2::Api",
    "AWS::IAM::InstanceProfile",
];

/// Members that name something else than what the resource needs to work: those who use it, where it reports to, words.
const NOT_NEEDED: [&str; 19] = [
    "LoadBalancerArns",
    "RouteTableIds",
    "Attributes",
    "MonitoringRoleArn",
    "PerformanceInsightsKMSKeyId",
    "ReadReplicaDBInstanceIdentifiers",
    "ReadReplicaSourceDBInstanceIdentifier",
    "AlarmActions",
    "OKActions",
    "InsufficientDataActions",
    "AssumeRolePolicyDocument",
    "PolicyDocument",
    "NotificationConfigurations",
    "Tags",
    "TagSet",
    "TagList",
    "tags",
    "events",
    "Description",
];

/// Members of a route that name where it leads (DescribeRouteTables). Internet gateways are of no use here.
const ROUTE_TARGETS: [&str; 8] = [
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "GatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "CarrierGatewayId",
    "LocalGatewayId",
];

/// Every resource, and what each is called.
pub(super) fn read(world: &World) -> (Vec<Thing>, BTreeMap<String, Vec<Node>>) {
    let mut graph = Graph::default();
    for resource in world.resources().filter(|resource| !is_of_aws(resource)) {
        graph.add(resource);
    }
    graph.call_by_settings(world);
    for resource in world.resources() {
        graph.name_needs(resource);
    }
    graph.subnets(world);
    graph.route_tables(world);
    graph.attachments(world);
    graph.security_groups(world);
    graph.roles(world);
    (graph.things, graph.called)
}

/// Policies and keys of AWS itself: everybody's.
fn is_of_aws(resource: &Resource) -> bool {
    resource.key.id.contains(":iam::aws:")
        || resource.key.id.contains(":role/aws-service-role/")
        || resource.parsed().get("KeyManager").and_then(Value::as_str) == Some("AWS")
}

#[derive(Default)]
struct Graph {
    things: Vec<Thing>,
    called: BTreeMap<String, Vec<Node>>,
    by_id: BTreeMap<(String, String), Node>,
    /// Ids, ARNs and addresses, which name one thing whoever writes them.
    exact: BTreeMap<String, Node>,
}

impl Graph {
    fn add(&mut self, resource: &Resource) {
        let Ok(node) = Node::try_from(self.things.len()) else { return };
        let (kind, id) = (&resource.key.kind, &resource.key.id);
        let document = resource.parsed();
        let applications = Application::of_document(document, &resource.account, &resource.region);
        let is_default = document.get("IsDefault").and_then(Value::as_bool) == Some(true)
            || (kind == SECURITY_GROUP && text(document, "GroupName") == "default");
        self.things.push(Thing {
            kind: kind.clone(),
            id: id.clone(),
            account: resource.account.clone(),
            region: resource.region.clone(),
            applications: applications.into_iter().collect(),
            tells: !is_default
                && !TELLS_NOTHING.contains(&kind.as_str())
                && !kind.starts_with("AWS::Organizations::"),
            needs: BTreeSet::new(),
        });
        self.by_id.insert((kind.clone(), id.clone()), node);
        let arn = resource.arn();
        let address = document.pointer("/Endpoint/Address").and_then(Value::as_str);
        let addresses = [address, Some(text(document, "DNSName")), Some(text(document, "QueueUrl"))];
        let exact: BTreeSet<String> = [Some(id.clone()), arn.clone()]
            .into_iter()
            .chain(addresses.map(|one| one.map(str::to_owned)))
            .flatten()
            .filter(|one| !one.is_empty())
            .collect();
        let mut called = exact.clone();
        called.extend(resource.name());
        called.extend(arn.as_deref().into_iter().flat_map(arrival::names_in_arn));
        for name in called {
            self.called.entry(name).or_default().push(node);
        }
        for name in exact {
            self.exact.entry(name).or_insert(node);
        }
    }

    /// Alarms lead to what their dimensions name; their own application is what their metrics say.
    fn call_by_settings(&mut self, world: &World) {
        for resource in world.of_kind(ALARM) {
            let Some(node) = self.node(ALARM, &resource.key.id) else { continue };
            let metrics = alert::metrics_of_alarm(resource.parsed());
            let application = arrival::application_of(&metrics)
                .and_then(|name| Application::named(&name, &resource.account));
            let named = arrival::resources_of(&metrics, &resource.account, &resource.region);
            let needs: Vec<Node> = named
                .iter()
                .filter_map(|name| self.called.get(name))
                .flatten()
                .filter(|other| self.is_beside(**other, resource))
                .copied()
                .collect();
            let Some(thing) = self.things.get_mut(node as usize) else { continue };
            thing.applications.extend(application);
            thing.needs.extend(needs);
        }
    }

    fn is_beside(&self, node: Node, resource: &Resource) -> bool {
        self.things
            .get(node as usize)
            .is_some_and(|thing| thing.account == resource.account && thing.region == resource.region)
    }

    fn node(&self, kind: &str, id: &str) -> Option<Node> {
        self.by_id.get(&(kind.to_owned(), id.to_owned())).copied()
    }

    fn need(&mut self, from: Option<Node>, to: Option<Node>) {
        if let (Some(from), Some(to)) = (from, to)
            && from != to
            && let Some(thing) = self.things.get_mut(from as usize)
        {
            thing.needs.insert(to);
        }
    }

    /// What a document names that its resource needs.
    fn name_needs(&mut self, resource: &Resource) {
        if !NAMES_WHAT_IT_NEEDS.contains(&resource.key.kind.as_str()) {
            return;
        }
        let from = self.node(&resource.key.kind, &resource.key.id);
        let mut named = BTreeSet::new();
        walk(resource.parsed(), &mut |text| self.named_in(text, &mut named));
        for to in named {
            let kind = self.things.get(to as usize).map(|thing| thing.kind.clone()).unwrap_or_default();
            // An instance names its interfaces, and they name it: the instance is what is at work.
            if kind == INTERFACE || kind == "AWS::EC2::VPC" {
                continue;
            }
            self.need(from, Some(to));
            if resource.key.kind == EVENT_SOURCE && kind == "AWS::Lambda::Function" {
                self.need(Some(to), from);
            }
        }
    }

    /// Resources that a text is, or that stand in it as an address, an ARN or an id.
    fn named_in(&self, text: &str, named: &mut BTreeSet<Node>) {
        // A word is a name somewhere: only what has a shape of its own counts.
        let has_shape = |text: &str| text.len() > 5 && text.contains(['-', ':', '.', '/']);
        if has_shape(text) {
            named.extend(self.exact.get(text));
            let ends = |c: char| c.is_whitespace() || "\"'{}()[],;=".contains(c);
            for word in text.split(ends).filter(|word| has_shape(word)) {
                named.extend(self.exact.get(word));
                let parts = word.split(['/', '@', ':', '?']).filter(|part| part.contains('.'));
                named.extend(parts.filter_map(|part| self.exact.get(part)));
            }
        }
    }

    /// A subnet needs its route table, if only its VPC's main one, and its network ACL.
    fn subnets(&mut self, world: &World) {
        let mut main = BTreeMap::new();
        let mut own = BTreeMap::new();
        for table in world.of_kind(ROUTE_TABLE) {
            let node = self.node(ROUTE_TABLE, &table.key.id);
            for association in list(table.parsed(), "Associations") {
                if association.get("Main").and_then(Value::as_bool) == Some(true) {
                    main.insert(text(table.parsed(), "VpcId").to_owned(), node);
                } else {
                    own.insert(text(association, "SubnetId").to_owned(), node);
                }
            }
        }
        // What every subnet without a table of its own falls back on is its VPC's default.
        for node in main.values().flatten() {
            if let Some(thing) = self.things.get_mut(*node as usize) {
                thing.tells = own.values().any(|own| *own == Some(*node));
            }
        }
        for subnet in world.of_kind(SUBNET) {
            let from = self.node(SUBNET, &subnet.key.id);
            let table = own.get(&subnet.key.id).or_else(|| main.get(text(subnet.parsed(), "VpcId")));
            self.need(from, table.copied().flatten());
        }
        for acl in world.of_kind(NETWORK_ACL) {
            let to = self.node(NETWORK_ACL, &acl.key.id);
            for association in list(acl.parsed(), "Associations") {
                self.need(self.node(SUBNET, text(association, "SubnetId")), to);
            }
        }
    }

    /// A route table needs what its routes lead to; on the way to a transit gateway, its VPC's attachment.
    fn route_tables(&mut self, world: &World) {
        let mut attached = BTreeMap::new();
        for attachment in world.of_kind(ATTACHMENT) {
            let document = attachment.parsed();
            let vpc = [text(document, "ResourceId"), text(document, "VpcId")];
            for vpc in vpc.into_iter().filter(|id| !id.is_empty()) {
                let key = (text(document, "TransitGatewayId").to_owned(), vpc.to_owned());
                attached.insert(key, self.node(ATTACHMENT, &attachment.key.id));
            }
        }
        for table in world.of_kind(ROUTE_TABLE) {
            let from = self.node(ROUTE_TABLE, &table.key.id);
            let vpc = text(table.parsed(), "VpcId").to_owned();
            for route in list(table.parsed(), "Routes") {
                for target in ROUTE_TARGETS.iter().map(|member| text(route, member)) {
                    self.need(from, self.exact.get(target).copied());
                }
                let way = (text(route, "TransitGatewayId").to_owned(), vpc.clone());
                self.need(from, attached.get(&way).copied().flatten());
            }
        }
    }

    /// An attachment needs its transit gateway and the route table it is associated with.
    fn attachments(&mut self, world: &World) {
        for attachment in world.of_kind(ATTACHMENT) {
            let from = self.node(ATTACHMENT, &attachment.key.id);
            let document = attachment.parsed();
            self.need(from, self.node("AWS::EC2::TransitGateway", text(document, "TransitGatewayId")));
            let table = document.pointer("/Association/TransitGatewayRouteTableId").and_then(Value::as_str);
            self.need(from, table.and_then(|id| self.node(TRANSIT_TABLE, id)));
        }
        for table in world.of_kind(TRANSIT_TABLE) {
            let to = self.node(TRANSIT_TABLE, &table.key.id);
            for association in list(table.parsed(), "Associations") {
                self.need(self.node(ATTACHMENT, text(association, "TransitGatewayAttachmentId")), to);
            }
        }
    }

    /// Where a security group lets another one in by name, members of the other are meant to use members of the first.
    /// Address ranges tell nothing: they are often a whole network's.
    fn security_groups(&mut self, world: &World) {
        let mut members: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
        for (node, thing) in (0..).zip(&self.things) {
            let is_server = thing.kind != INTERFACE && thing.kind != SECURITY_GROUP;
            for group in thing.needs.iter().filter(|_| is_server) {
                if self.things.get(*group as usize).is_some_and(|thing| thing.kind == SECURITY_GROUP) {
                    members.entry(*group).or_default().push(node);
                }
            }
        }
        for group in world.of_kind(SECURITY_GROUP) {
            let Some(server) = self.node(SECURITY_GROUP, &group.key.id) else { continue };
            for client in admitted(group.parsed()) {
                let client = self.node(SECURITY_GROUP, client).filter(|client| *client != server);
                let tells = client
                    .is_some_and(|client| self.things.get(client as usize).is_some_and(|thing| thing.tells));
                for member in members.get(&server).into_iter().flatten().filter(|_| tells) {
                    self.need(client, Some(*member));
                }
            }
        }
    }

    /// A role needs its policies.
    fn roles(&mut self, world: &World) {
        for role in world.of_kind("AWS::IAM::Role") {
            let from = self.node("AWS::IAM::Role", &role.key.id);
            for member in ["AttachedManagedPolicies", "AttachedPolicies"] {
                for policy in list(role.parsed(), member) {
                    let arn = policy.as_str().unwrap_or_else(|| text(policy, "PolicyArn"));
                    self.need(from, self.exact.get(arn).copied());
                }
            }
        }
    }
}

/// Security groups that a group lets in by name (DescribeSecurityGroups, DescribeSecurityGroupRules).
fn admitted(group: &Value) -> impl Iterator<Item = &str> {
    let pairs = list(group, "IpPermissions").flat_map(|rule| list(rule, "UserIdGroupPairs"));
    let rules = list(group, "SecurityGroupRules")
        .filter(|rule| rule.get("IsEgress").and_then(Value::as_bool) == Some(false))
        .filter_map(|rule| rule.get("ReferencedGroupInfo"));
    pairs.chain(rules).map(|pair| text(pair, "GroupId")).filter(|id| !id.is_empty())
}

fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(document: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    document.get(member).and_then(Value::as_array).into_iter().flatten()
}

/// Every text in a document, but for members that name something else than what is needed. JSON nests 128 deep at the
/// most (`serde_json`), so that this does not run out of stack.
fn walk(value: &Value, see: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(list) => list.iter().for_each(|one| walk(one, see)),
        Value::Object(map) => {
            let needed = map.iter().filter(|(name, _)| !NOT_NEEDED.contains(&name.as_str()));
            needed.for_each(|(_, one)| walk(one, see));
        }
        _ => {}
    }
}
