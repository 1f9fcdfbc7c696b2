//! Parties: the network interfaces flows start and end at, with the names people know them by.

use crate::lenient::or_default;
use crate::names;
use butfor_world::World;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Who an interface works for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// An EC2 instance, a Lambda function, an ECS task, an EKS pod: something that starts connections of its own.
    Workload,
    Database,
    LoadBalancer,
    Endpoint,
    NatGateway,
    /// Plumbing: transit gateway attachments, firewall endpoints and other interfaces of AWS itself.
    Other,
}

/// One network interface with its owner.
#[derive(Debug, Clone)]
pub(crate) struct Party {
    /// `eni-...`
    pub interface: String,
    pub owner: Owner,
    /// CloudFormation type and id of the owner, where known: an instance, a database, a load balancer.
    pub resource: Option<(&'static str, String)>,
    /// `orders-app`, or the best id there is.
    pub name: String,
    pub vpc: String,
    pub subnet: String,
    pub zone: String,
    pub groups: BTreeSet<String>,
    pub addresses: Vec<IpAddr>,
    pub is_public: bool,
    /// It was there before and is not any more.
    pub is_gone: bool,
    /// Its instance does not run: it starts no connections.
    pub is_down: bool,
    /// Everything a log stream, a dimension or an alert may call it.
    pub ids: BTreeSet<String>,
    /// Words of its names, tags and stack.
    pub words: BTreeSet<String>,
}

impl Party {
    /// `orders-app (i-0123)`, or just the id when there is no name.
    pub(crate) fn label(&self) -> String {
        let id = self.resource.as_ref().map_or(self.interface.as_str(), |(_, id)| short(id));
        if self.name == id { id.to_owned() } else { format!("{} ({id})", self.name) }
    }
}

/// The last part of an ARN; other ids as they are.
fn short(id: &str) -> &str {
    if id.starts_with("arn:") { id.rsplit([':', '/']).next().unwrap_or(id) } else { id }
}

/// All parties of now, and those of before that are gone, by interface id.
pub(crate) fn now_and_before(now: &World, before: &World) -> BTreeMap<String, Party> {
    let mut all = read(before);
    for party in all.values_mut() {
        party.is_gone = true;
    }
    all.extend(read(now));
    all
}

/// All parties of a world, by interface id.
fn read(world: &World) -> BTreeMap<String, Party> {
    let names = Names::read(world);
    world
        .of_kind("AWS::EC2::NetworkInterface")
        .filter_map(|resource| {
            let interface: Interface = serde_json::from_str(resource.json()).ok()?;
            let party = names.party(interface);
            Some((party.interface.clone(), party))
        })
        .collect()
}

/// Names and memberships needed to tell who owns an interface.
struct Names {
    instances: BTreeMap<String, NamedInstance>,
    databases: Vec<Database>,
}

/// An instance as people know it.
struct NamedInstance {
    name: String,
    words: BTreeSet<String>,
    is_running: bool,
}

impl Database {
    /// The name clients connect to.
    fn address(&self) -> Option<String> {
        self.endpoint
            .as_ref()
            .and_then(|endpoint| endpoint.address.clone())
            .map(|name| name.to_ascii_lowercase())
    }
}

impl Names {
    fn read(world: &World) -> Self {
        let instances = world
            .of_kind("AWS::EC2::Instance")
            .filter_map(|resource| serde_json::from_str::<Instance>(resource.json()).ok())
            .map(|instance| {
                let name = tag(&instance.tags, "Name").unwrap_or(&instance.id).to_owned();
                let words = tag_words(&instance.tags);
                let is_running = matches!(instance.state.name.as_str(), "" | "running" | "pending");
                (instance.id, NamedInstance { name, words, is_running })
            })
            .collect();
        let databases = world
            .of_kind("AWS::RDS::DBInstance")
            .filter_map(|resource| serde_json::from_str::<Database>(resource.json()).ok())
            .collect();
        Self { instances, databases }
    }

    fn party(&self, interface: Interface) -> Party {
        let mut ids: BTreeSet<String> = [interface.id.clone()].into();
        ids.extend(interface.private_dns.clone().filter(|name| !name.is_empty()));
        ids.extend(interface.association.as_ref().and_then(|association| association.public.clone()));
        let mut words = tag_words(&interface.tags);
        let groups: BTreeSet<String> = interface.groups.iter().map(|group| group.id.clone()).collect();
        words.extend(interface.groups.iter().flat_map(|group| names::words(&group.name)));
        let (owner, resource, name) = self.owner(&interface, &groups);
        if let Some((_, id)) = &resource {
            ids.insert(id.clone());
            ids.insert(short(id).to_owned());
            ids.extend(
                self.databases.iter().filter(|database| database.id == *id).filter_map(Database::address),
            );
            words.extend(names::words(short(id)));
            if let Some(instance) = self.instances.get(id) {
                words.extend(instance.words.iter().cloned());
            }
        }
        words.extend(names::words(&name));
        if owner == Owner::Workload {
            // A function or task is named in its log group by its name, not by an id.
            ids.insert(name.clone());
        }
        let addresses = interface.addresses();
        let instance = resource.as_ref().and_then(|(_, id)| self.instances.get(id));
        let is_down = instance.is_some_and(|instance| !instance.is_running);
        ids.extend(addresses.iter().map(IpAddr::to_string));
        Party {
            owner,
            resource,
            name,
            vpc: interface.vpc,
            subnet: interface.subnet,
            zone: interface.zone,
            groups,
            addresses,
            is_public: interface.association.is_some(),
            is_gone: false,
            is_down,
            ids,
            words,
            interface: interface.id,
        }
    }

    fn owner(
        &self,
        interface: &Interface,
        groups: &BTreeSet<String>,
    ) -> (Owner, Option<(&'static str, String)>, String) {
        let description = interface.description.as_str();
        if let Some(id) = interface.attachment.as_ref().and_then(|attachment| attachment.instance.clone()) {
            let name = self.instances.get(&id).map_or(id.clone(), |instance| instance.name.clone());
            return (Owner::Workload, Some(("AWS::EC2::Instance", id)), name);
        }
        // Interfaces that AWS services own are told apart by type and description (network-semantics 40).
        if interface.kind == "nat_gateway" || description.starts_with("Interface for NAT Gateway") {
            let id = last_word(description);
            return (Owner::NatGateway, Some(("AWS::EC2::NatGateway", id.to_owned())), id.to_owned());
        }
        if matches!(interface.kind.as_str(), "vpc_endpoint" | "gateway_load_balancer_endpoint")
            || description.starts_with("VPC Endpoint Interface")
        {
            let id = last_word(description);
            return (Owner::Endpoint, Some(("AWS::EC2::VPCEndpoint", id.to_owned())), id.to_owned());
        }
        if let Some(path) = description.strip_prefix("ELB ") {
            let name = path.split('/').nth(1).unwrap_or(path).to_owned();
            let kind = "AWS::ElasticLoadBalancingV2::LoadBalancer";
            return (Owner::LoadBalancer, Some((kind, path.to_owned())), name);
        }
        let requester = interface.attachment.as_ref().and_then(|a| a.owner.as_deref()).unwrap_or_default();
        if description == "RDSNetworkInterface" || requester == "amazon-rds" {
            let owned: Vec<&Database> = self
                .databases
                .iter()
                .filter(|database| database.may_own(&interface.subnet, groups))
                .collect();
            return match owned.as_slice() {
                [one] => (Owner::Database, Some(("AWS::RDS::DBInstance", one.id.clone())), one.id.clone()),
                _ => (Owner::Database, None, interface.id.clone()),
            };
        }
        if interface.kind == "lambda" || description.starts_with("AWS Lambda VPC ENI") {
            let name = description.strip_prefix("AWS Lambda VPC ENI-").unwrap_or(description);
            // A version-4 UUID (36 characters) follows the function's name.
            let name =
                name.get(..name.len().saturating_sub(37)).filter(|name| !name.is_empty()).unwrap_or(name);
            return (Owner::Workload, None, name.to_owned());
        }
        let is_plumbing = matches!(
            interface.kind.as_str(),
            "transit_gateway"
                | "network_load_balancer"
                | "gateway_load_balancer"
                | "load_balancer"
                | "efa_only"
        );
        let name = tag(&interface.tags, "Name").map(str::to_owned);
        let name = name.or_else(|| (!description.is_empty()).then(|| description.to_owned()));
        let owner = if is_plumbing { Owner::Other } else { Owner::Workload };
        (owner, None, name.unwrap_or_else(|| interface.id.clone()))
    }
}

fn last_word(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or(text)
}

fn tag<'a>(tags: &'a [Tag], key: &str) -> Option<&'a str> {
    tags.iter().find(|tag| tag.key == key).map(|tag| tag.value.as_str()).filter(|value| !value.is_empty())
}

/// Words of the tags that say which application something belongs to.
fn tag_words(tags: &[Tag]) -> BTreeSet<String> {
    let telling = |key: &str| {
        let key = key.to_ascii_lowercase();
        ["name", "app", "application", "service", "component", "workload", "project", "team"]
            .iter()
            .any(|word| key == *word)
            || key.ends_with(":stack-name")
    };
    tags.iter().filter(|tag| telling(&tag.key)).flat_map(|tag| names::words(&tag.value)).collect()
}

#[derive(Deserialize)]
struct Interface {
    #[serde(rename = "NetworkInterfaceId")]
    id: String,
    #[serde(rename = "InterfaceType", default, deserialize_with = "or_default")]
    kind: String,
    #[serde(rename = "Description", default, deserialize_with = "or_default")]
    description: String,
    #[serde(rename = "VpcId", default, deserialize_with = "or_default")]
    vpc: String,
    #[serde(rename = "SubnetId", default, deserialize_with = "or_default")]
    subnet: String,
    #[serde(rename = "AvailabilityZone", default, deserialize_with = "or_default")]
    zone: String,
    #[serde(rename = "PrivateDnsName")]
    private_dns: Option<String>,
    #[serde(rename = "PrivateIpAddress")]
    primary: Option<IpAddr>,
    #[serde(rename = "PrivateIpAddresses", default, deserialize_with = "or_default")]
    private: Vec<PrivateAddress>,
    #[serde(rename = "Ipv6Addresses", default, deserialize_with = "or_default")]
    ipv6: Vec<Ipv6Address>,
    #[serde(rename = "Groups", default, deserialize_with = "or_default")]
    groups: Vec<Group>,
    #[serde(rename = "Association")]
    association: Option<Association>,
    #[serde(rename = "Attachment")]
    attachment: Option<Attachment>,
    #[serde(rename = "TagSet", default, deserialize_with = "or_default")]
    tags: Vec<Tag>,
}

impl Interface {
    fn addresses(&self) -> Vec<IpAddr> {
        let mut all: Vec<IpAddr> = self.primary.into_iter().collect();
        all.extend(self.private.iter().filter_map(|one| one.address));
        all.extend(self.ipv6.iter().filter_map(|one| one.address));
        let mut seen = BTreeSet::new();
        all.retain(|address| seen.insert(*address));
        all
    }
}

#[derive(Deserialize)]
struct PrivateAddress {
    #[serde(rename = "PrivateIpAddress")]
    address: Option<IpAddr>,
}

#[derive(Deserialize)]
struct Ipv6Address {
    #[serde(rename = "Ipv6Address")]
    address: Option<IpAddr>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(rename = "GroupId", default, deserialize_with = "or_default")]
    id: String,
    #[serde(rename = "GroupName", default, deserialize_with = "or_default")]
    name: String,
}

#[derive(Deserialize)]
struct Association {
    #[serde(rename = "PublicIp")]
    public: Option<String>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(rename = "InstanceId")]
    instance: Option<String>,
    #[serde(rename = "InstanceOwnerId")]
    owner: Option<String>,
}

#[derive(Deserialize)]
struct Tag {
    #[serde(rename = "Key", default, deserialize_with = "or_default")]
    key: String,
    #[serde(rename = "Value", default, deserialize_with = "or_default")]
    value: String,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(rename = "InstanceId")]
    id: String,
    #[serde(rename = "State", default, deserialize_with = "or_default")]
    state: InstanceState,
    #[serde(rename = "Tags", default, deserialize_with = "or_default")]
    tags: Vec<Tag>,
}

#[derive(Deserialize, Default)]
struct InstanceState {
    #[serde(rename = "Name", default, deserialize_with = "or_default")]
    name: String,
}

#[derive(Deserialize)]
struct Database {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
    #[serde(rename = "VpcSecurityGroups", default, deserialize_with = "or_default")]
    groups: Vec<DatabaseGroup>,
    #[serde(rename = "Endpoint")]
    endpoint: Option<DatabaseEndpoint>,
    #[serde(rename = "DBSubnetGroup")]
    subnets: Option<SubnetGroup>,
}

impl Database {
    fn may_own(&self, subnet: &str, groups: &BTreeSet<String>) -> bool {
        let own: BTreeSet<&str> = self.groups.iter().map(|group| group.id.as_str()).collect();
        own == groups.iter().map(String::as_str).collect()
            && self.subnets.as_ref().is_none_or(|all| all.subnets.iter().any(|one| one.id == subnet))
    }
}

#[derive(Deserialize)]
struct DatabaseEndpoint {
    #[serde(rename = "Address")]
    address: Option<String>,
}

#[derive(Deserialize)]
struct DatabaseGroup {
    #[serde(rename = "VpcSecurityGroupId", default, deserialize_with = "or_default")]
    id: String,
}

#[derive(Deserialize)]
struct SubnetGroup {
    #[serde(rename = "Subnets", default, deserialize_with = "or_default")]
    subnets: Vec<GroupSubnet>,
}

#[derive(Deserialize)]
struct GroupSubnet {
    #[serde(rename = "SubnetIdentifier", default, deserialize_with = "or_default")]
    id: String,
}
