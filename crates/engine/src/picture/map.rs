//! Nodes: accounts, regions, VPCs and subnets, gateways, and what works in them.

use super::view::{View, short};
use super::{cited, clipped, digests};
use butfor_incident::picture::{Node, State};
use butfor_incident::{Cites, ResourceRef};
use butfor_world::{Resource, ResourceKey, facets};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Nodes at the most: more than a screen can show apart. What takes part stays, and the places it lies in.
const NODES_MAX: usize = 500;

const ACCOUNT: &str = "account";
const REGION: &str = "region";
pub(super) const INTERNET: &str = "internet";
pub(super) const ON_PREMISES: &str = "on-premises";
pub(super) const VPC: &str = "AWS::EC2::VPC";
pub(super) const SUBNET: &str = "AWS::EC2::Subnet";
const TRANSIT_GATEWAY: &str = "AWS::EC2::TransitGateway";

/// Kinds that are drawn wherever they are described, with the members of their documents that say more in a few words.
const DRAWN: &[(&str, &[&str])] = &[
    (VPC, &["/CidrBlock"]),
    (SUBNET, &["/CidrBlock", "/AvailabilityZone"]),
    ("AWS::EC2::InternetGateway", &[]),
    ("AWS::EC2::EgressOnlyInternetGateway", &[]),
    ("AWS::EC2::NatGateway", &["/ConnectivityType", "/NatGatewayAddresses/0/PublicIp"]),
    (TRANSIT_GATEWAY, &["/Description"]),
    ("AWS::EC2::VPCPeeringConnection", &[]),
    ("AWS::EC2::VPCEndpoint", &["/ServiceName"]),
    ("AWS::EC2::VPNGateway", &[]),
    ("AWS::EC2::Instance", &["/InstanceType", "/PrivateIpAddress"]),
    ("AWS::Lambda::Function", &["/Runtime", "/PackageType"]),
    ("AWS::RDS::DBInstance", &["/Engine", "/EngineVersion", "/DBInstanceClass"]),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", &["/Type", "/Scheme"]),
    ("AWS::ElasticLoadBalancing::LoadBalancer", &["/Scheme"]),
    ("AWS::EKS::Cluster", &["/version"]),
    ("AWS::NetworkFirewall::Firewall", &[]),
];

/// Members of other kinds that say more, where such a thing takes part.
const DETAILS: &[(&str, &[&str])] = &[
    ("AWS::EC2::NetworkInterface", &["/PrivateIpAddress", "/Description"]),
    ("AWS::EC2::SecurityGroup", &["/Description"]),
];

/// Tags that say which application something belongs to, in lower case; the stack's comes first.
const APPLICATION_TAGS: &[&str] =
    &["aws:cloudformation:stack-name", "application", "app", "app-name", "appname"];

/// Nodes, as they are found.
pub(super) struct Map<'m, 'v, 'c> {
    view: &'m View<'v, 'c>,
    nodes: BTreeMap<String, Node>,
}

impl<'m, 'v, 'c> Map<'m, 'v, 'c> {
    pub(super) fn new(view: &'m View<'v, 'c>) -> Self {
        Self { view, nodes: BTreeMap::new() }
    }

    /// Everything of the world of now that is always drawn, and the owners of interfaces.
    pub(super) fn add_world(&mut self) {
        let world = self.view.now();
        for (kind, _) in DRAWN {
            for resource in world.of_kind(kind).filter(|resource| is_there(resource)) {
                self.add(&resource.key);
            }
        }
        for party in self.view.scene.parties.values() {
            // Interfaces of AWS's own plumbing are drawn only where a way ends at one.
            if !party.is_gone && party.owner != crate::party::Owner::Other {
                self.add(&self.view.owners.of(&party.interface));
            }
        }
    }

    /// What the root causes are about.
    pub(super) fn add_causes(&mut self) {
        for cause in &self.view.concluded.assessment.root_causes {
            let id = self.add_stated(&cause.resource, &cause.cites);
            self.mark(&id, State::Cause);
        }
    }

    /// The node of a resource, with the places it lies in.
    pub(super) fn add(&mut self, key: &ResourceKey) -> String {
        let id = self.view.id_of(key);
        if self.nodes.contains_key(&id) {
            return id;
        }
        let resource = self.view.resource(key);
        let parent = match resource {
            Some(resource) => self.parent(resource),
            None => self.place_in_arn(&key.id),
        };
        let document = resource.map(Resource::parsed);
        let node = Node {
            id: id.clone(),
            kind: key.kind.clone(),
            label: self.view.label_of(key),
            parent: parent.filter(|parent| *parent != id),
            application: document.and_then(application),
            state: State::Plain,
            detail: document.map(|document| detail(&key.kind, document)).unwrap_or_default(),
            cites: cited(resource.and_then(Resource::cites)),
        };
        // Its parents were made first and are never replaced, so that nothing lies in itself.
        self.nodes.entry(id.clone()).or_insert(node);
        id
    }

    /// The node that an interface is drawn as.
    pub(super) fn add_interface(&mut self, interface: &str) -> String {
        let key = self.view.owners.of(interface);
        let id = self.add(&key);
        if let (Some(party), Some(node)) = (self.view.scene.parties.get(interface), self.nodes.get_mut(&id)) {
            // A function or a task that nobody described is known by its interface's words.
            if node.label == node.id && !party.name.is_empty() {
                node.label = clipped(&party.name);
            }
        }
        id
    }

    /// The world outside.
    pub(super) fn add_outside(&mut self, kind: &'static str) -> String {
        let label = if kind == INTERNET { "the internet" } else { "on premises" };
        let node = Node { label: label.to_owned(), ..place(kind, kind.to_owned(), None) };
        self.nodes.entry(kind.to_owned()).or_insert(node);
        kind.to_owned()
    }

    /// A resource as a cause states it, whether or not it is described.
    fn add_stated(&mut self, stated: &ResourceRef, cites: &Cites) -> String {
        let key = ResourceKey { kind: stated.kind.clone(), id: stated.id.clone() };
        if self.view.resource(&key).is_some() || self.nodes.contains_key(&self.view.id_of(&key)) {
            return self.add(&key);
        }
        let parent = self.add_place(&stated.account, &stated.region);
        let node = Node {
            label: clipped(stated.name.as_deref().unwrap_or(short(&stated.id))),
            cites: cited(Some(cites)),
            ..place(&stated.kind, stated.id.clone(), parent)
        };
        self.nodes.entry(stated.id.clone()).or_insert(node);
        stated.id.clone()
    }

    /// Notes that something takes part; what is worse counts.
    pub(super) fn mark(&mut self, id: &str, state: State) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.state = node.state.min(state);
        }
    }

    /// Whether there is such a node.
    pub(super) fn has(&self, id: &str) -> bool {
        self.nodes.contains_key(id)
    }

    /// Where something lies.
    fn parent(&mut self, resource: &Resource) -> Option<String> {
        let key = &resource.key;
        let document = resource.parsed();
        if key.kind.starts_with("AWS::IAM::") || key.kind.starts_with("AWS::Organizations::") {
            return self.add_place(&resource.account, "").or_else(|| self.place_in_arn(&key.id));
        }
        let region = |map: &mut Self| map.add_place(&resource.account, &resource.region);
        if key.kind == VPC || key.kind == TRANSIT_GATEWAY {
            return region(self);
        }
        let (own_subnet, own_vpc) = self.view.owners.place(key);
        let vpc = own_vpc.map(str::to_owned).or_else(|| vpc(document));
        if key.kind == SUBNET {
            return match vpc {
                Some(id) => self.add_inside(VPC, &id, resource),
                None => region(self),
            };
        }
        let subnet = own_subnet.map(str::to_owned).or_else(|| only_subnet(document));
        if let Some(id) = subnet.filter(|_| !key.kind.starts_with("AWS::EC2::VPCPeering")) {
            return self.add_inside(SUBNET, &id, resource);
        }
        if let Some(id) = vpc {
            return self.add_inside(VPC, &id, resource);
        }
        let gateway = document.get("TransitGatewayId").and_then(Value::as_str);
        if let Some(id) = gateway.filter(|_| key.kind == "AWS::EC2::TransitGatewayRouteTable") {
            return self.add_inside(TRANSIT_GATEWAY, id, resource);
        }
        region(self)
    }

    /// The VPC or subnet that a document names; one that nobody described is known by that only.
    fn add_inside(&mut self, kind: &str, id: &str, inner: &Resource) -> Option<String> {
        let key = ResourceKey { kind: kind.to_owned(), id: id.to_owned() };
        if self.view.resource(&key).is_some() {
            return Some(self.add(&key));
        }
        if !self.nodes.contains_key(id) {
            let parent = match vpc(inner.parsed()).filter(|_| kind == SUBNET) {
                Some(vpc) => self.add_inside(VPC, &vpc, inner),
                None => self.add_place(&inner.account, &inner.region),
            };
            let node = Node { cites: cited(inner.cites()), ..place(kind, id.to_owned(), parent) };
            self.nodes.entry(id.to_owned()).or_insert(node);
        }
        Some(id.to_owned())
    }

    /// A region of an account, or what of both is known.
    fn add_place(&mut self, account: &str, region: &str) -> Option<String> {
        let account_id = (!account.is_empty()).then(|| format!("{ACCOUNT}/{account}"));
        if let Some(id) = &account_id {
            let node = Node { label: account.to_owned(), ..place(ACCOUNT, id.clone(), None) };
            self.nodes.entry(id.clone()).or_insert(node);
        }
        if region.is_empty() {
            return account_id;
        }
        let id = format!("{REGION}/{account}/{region}");
        let node = Node { label: region.to_owned(), ..place(REGION, id.clone(), account_id) };
        self.nodes.entry(id.clone()).or_insert(node);
        Some(id)
    }

    /// Account and region as an ARN names them (`arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`).
    fn place_in_arn(&mut self, arn: &str) -> Option<String> {
        let mut fields = arn.strip_prefix("arn:")?.split(':').skip(2);
        let (region, account) = (fields.next()?.to_owned(), fields.next()?.to_owned());
        self.add_place(&account, &region)
    }

    /// The nodes: as many as may be, parents before children, else by id.
    pub(super) fn finish(self) -> Vec<Node> {
        let nodes = self.nodes;
        let mut ranked: Vec<&Node> = nodes.values().collect();
        ranked.sort_by_key(|node| (node.state, !is_frame(&node.kind), &node.id));
        let mut kept: BTreeSet<&str> = BTreeSet::new();
        for node in ranked {
            let ancestors = ancestors(&nodes, node);
            let new = ancestors.iter().filter(|id| !kept.contains(**id)).count() + 1;
            if kept.len() + new <= NODES_MAX {
                kept.extend(ancestors);
                kept.insert(&node.id);
            }
        }
        let depth = |node: &Node| ancestors(&nodes, node).len();
        let mut all: Vec<(usize, Node)> = nodes
            .values()
            .filter(|node| kept.contains(node.id.as_str()))
            .map(|node| (depth(node), node.clone()))
            .collect();
        all.sort_by(|(a, x), (b, y)| (a, &x.id).cmp(&(b, &y.id)));
        all.into_iter().map(|(_, node)| node).collect()
    }
}

/// What a node lies in, from the inside out.
fn ancestors<'n>(nodes: &'n BTreeMap<String, Node>, node: &'n Node) -> Vec<&'n str> {
    let mut all = Vec::new();
    let mut next = node.parent.as_deref();
    while let Some(id) = next {
        all.push(id);
        next = nodes.get(id).and_then(|parent| parent.parent.as_deref());
    }
    all
}

/// Kinds that others lie in, and those that join them: without them a drawing says little.
fn is_frame(kind: &str) -> bool {
    let workloads = ["AWS::EC2::Instance", "AWS::EC2::NetworkInterface"];
    kind == ACCOUNT || kind == REGION || kind.starts_with("AWS::EC2::") && !workloads.contains(&kind)
}

fn place(kind: &str, id: String, parent: Option<String>) -> Node {
    Node {
        kind: kind.to_owned(),
        label: clipped(short(&id)),
        parent: parent.filter(|parent| *parent != id),
        application: None,
        state: State::Plain,
        detail: String::new(),
        cites: digests([]),
        id,
    }
}

/// Whether something described is there and not only remembered, as describe output does for a while.
fn is_there(resource: &Resource) -> bool {
    let document = resource.parsed();
    let state = document.pointer("/State/Name").and_then(Value::as_str).unwrap_or_default();
    !facets::is_deleted(&resource.key.kind, document) && !matches!(state, "terminated" | "shutting-down")
}

/// The VPC that a document names.
fn vpc(document: &Value) -> Option<String> {
    const PATHS: [&str; 7] = [
        "/VpcId",
        "/VPCId",
        "/VpcConfig/VpcId",
        "/DBSubnetGroup/VpcId",
        "/resourcesVpcConfig/vpcId",
        "/Attachments/0/VpcId",
        "/VpcAttachments/0/VpcId",
    ];
    let text = |path: &&str| document.pointer(path).and_then(Value::as_str).filter(|id| !id.is_empty());
    PATHS.iter().find_map(text).map(str::to_owned)
}

/// The subnet that a document names, where it is one.
fn only_subnet(document: &Value) -> Option<String> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    found.extend(document.get("SubnetId").and_then(Value::as_str));
    for list in ["/SubnetIds", "/Subnets", "/VpcConfig/SubnetIds", "/AvailabilityZones", "/SubnetMappings"] {
        let items = document.pointer(list).and_then(Value::as_array).into_iter().flatten();
        found.extend(items.filter_map(|item| item.as_str().or_else(|| item.get("SubnetId")?.as_str())));
    }
    let only = found.first().copied().filter(|id| found.len() == 1 && !id.is_empty());
    only.map(str::to_owned)
}

/// The application that tags name.
fn application(document: &Value) -> Option<String> {
    let mut tags: Vec<(String, &str)> = Vec::new();
    for name in ["Tags", "TagSet", "TagList", "tags"] {
        match document.get(name) {
            Some(Value::Array(list)) => tags.extend(list.iter().filter_map(|tag| {
                let text = |names: [&str; 2]| names.iter().find_map(|name| tag.get(name)?.as_str());
                Some((text(["Key", "key"])?.to_ascii_lowercase(), text(["Value", "value"])?))
            })),
            Some(Value::Object(map)) => {
                tags.extend(
                    map.iter().filter_map(|(key, value)| Some((key.to_ascii_lowercase(), value.as_str()?))),
                );
            }
            _ => {}
        }
    }
    let named = |wanted: &&str| tags.iter().find(|(key, value)| key == wanted && !value.is_empty());
    APPLICATION_TAGS.iter().find_map(named).map(|(_, value)| clipped(value))
}

/// More of a resource, in a few words.
fn detail(kind: &str, document: &Value) -> String {
    let members = DRAWN.iter().chain(DETAILS).find(|(own, _)| *own == kind);
    let members = members.map(|(_, members)| *members).unwrap_or_default();
    let texts =
        members.iter().filter_map(|path| document.pointer(path)?.as_str()).filter(|text| !text.is_empty());
    clipped(&texts.collect::<Vec<_>>().join(" "))
}
