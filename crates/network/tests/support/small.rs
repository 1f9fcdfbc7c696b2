//! Tiny networks with a bit of everything, right and wrong alike, and flows through them.

#[path = "small_gateways.rs"]
mod gateways;
#[path = "small_routes.rs"]
mod routes;
#[path = "small_rules.rs"]
mod rules;
#[path = "small_transit.rs"]
mod transit;

use super::{Calls, Ids, REGION, Random};
use butfor_network::{Flow, Place, Protocol};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The account that owns most.
const FIRST: &str = "111111111111";
/// The account that may own the last VPC.
const SECOND: &str = "222222222222";

/// A generated network.
#[derive(Debug)]
pub struct Small {
    /// Its recording.
    pub calls: Calls,
    /// Flows worth tracing in it.
    pub flows: Vec<Flow>,
}

struct Vpc {
    id: String,
    account: &'static str,
    /// Second number of its first IPv4 block; several VPCs may have the same.
    net: usize,
    /// Position among the VPCs, which makes its IPv6 block.
    number: usize,
    cidrs: Vec<String>,
    v6: bool,
    subnets: Vec<Subnet>,
    groups: Vec<String>,
    internet: Option<String>,
    egress_only: Option<String>,
    nats: Vec<String>,
}

struct Subnet {
    id: String,
    /// 0, 1 or 2.
    zone: usize,
    number: usize,
    v6: bool,
    hosts: usize,
}

impl Vpc {
    fn block(&self, subnet: &Subnet) -> String {
        format!("10.{}.{}.0/24", self.net, subnet.number)
    }

    fn v6_block(&self) -> String {
        format!("2600:1f14:{:x}:aa00::/56", self.number + 1)
    }

    fn v6_subnet(&self, subnet: &Subnet) -> String {
        format!("2600:1f14:{:x}:aa{:02x}::", self.number + 1, subnet.number)
    }
}

struct Interface {
    id: String,
    private: Vec<String>,
    public: Vec<String>,
    v6: Option<String>,
}

/// A network being made.
struct Draft {
    random: Random,
    ids: Ids,
    vpcs: Vec<Vpc>,
    interfaces: Vec<Interface>,
    endpoints: Vec<String>,
    customer_list: Option<String>,
    customer_blocks: Vec<String>,
    transit: Option<String>,
    peerings: Vec<(String, usize, usize)>,
    publics: usize,
    lists: BTreeMap<(&'static str, &'static str, &'static str), Vec<Value>>,
    asked: Vec<(&'static str, &'static str, Value, Value)>,
}

/// What a describe call of the first account always answers, even if with nothing.
const ALWAYS: [(&str, &str); 14] = [
    ("DescribeVpcs", "Vpcs"),
    ("DescribeSubnets", "Subnets"),
    ("DescribeNetworkInterfaces", "NetworkInterfaces"),
    ("DescribeInstances", "Reservations"),
    ("DescribeSecurityGroups", "SecurityGroups"),
    ("DescribeRouteTables", "RouteTables"),
    ("DescribeNetworkAcls", "NetworkAcls"),
    ("DescribeInternetGateways", "InternetGateways"),
    ("DescribeEgressOnlyInternetGateways", "EgressOnlyInternetGateways"),
    ("DescribeNatGateways", "NatGateways"),
    ("DescribeVpcPeeringConnections", "VpcPeeringConnections"),
    ("DescribeVpcEndpoints", "VpcEndpoints"),
    ("DescribeTransitGateways", "TransitGateways"),
    ("DescribeTransitGatewayRouteTables", "TransitGatewayRouteTables"),
];

/// A network and flows through it, from a number.
pub fn small(seed: u64) -> Small {
    let mut draft = Draft {
        random: Random::new(seed),
        ids: Ids::default(),
        vpcs: Vec::new(),
        interfaces: Vec::new(),
        endpoints: Vec::new(),
        customer_list: None,
        customer_blocks: Vec::new(),
        transit: None,
        peerings: Vec::new(),
        publics: 0,
        lists: BTreeMap::new(),
        asked: Vec::new(),
    };
    draft.vpcs();
    draft.prefix_lists();
    draft.security_groups();
    draft.network_acls();
    draft.internet_gateways();
    draft.instances();
    draft.nat_gateways();
    draft.peerings();
    draft.transit_gateway();
    draft.interface_endpoints();
    draft.route_tables();
    let flows = (0..12).map(|_| draft.flow()).collect();
    Small { calls: draft.calls(), flows }
}

impl Draft {
    fn emit(&mut self, account: &'static str, operation: &'static str, key: &'static str, item: Value) {
        self.lists.entry((account, operation, key)).or_default().push(item);
    }

    fn vpcs(&mut self) {
        let count = 2 + self.random.below(3);
        for number in 0..count {
            let account =
                if number > 0 && number + 1 == count && self.random.chance(25) { SECOND } else { FIRST };
            // One VPC in eight has the block of another.
            let net = if self.random.chance(12) { 0 } else { number };
            let mut cidrs = vec![format!("10.{net}.0.0/16")];
            if self.random.chance(15) {
                cidrs.push(format!("100.64.{number}.0/24"));
            }
            let id = self.ids.new_id("vpc");
            let v6 = self.random.chance(50);
            let mut vpc = Vpc {
                id,
                account,
                net,
                number,
                cidrs,
                v6,
                subnets: Vec::new(),
                groups: Vec::new(),
                internet: None,
                egress_only: None,
                nats: Vec::new(),
            };
            for number in 0..2 + self.random.below(3) {
                let id = self.ids.new_id("subnet");
                let zone = self.random.below(3);
                let v6 = v6 && self.random.chance(80);
                vpc.subnets.push(Subnet { id, zone, number, v6, hosts: 0 });
            }
            self.emit_vpc(&vpc);
            self.vpcs.push(vpc);
        }
    }

    fn emit_vpc(&mut self, vpc: &Vpc) {
        let state = json!({"State": "associated"});
        let blocks: Vec<Value> =
            vpc.cidrs.iter().map(|block| json!({"CidrBlock": block, "CidrBlockState": state})).collect();
        let v6: Vec<Value> = vpc
            .v6
            .then(|| json!({"Ipv6CidrBlock": vpc.v6_block(), "Ipv6CidrBlockState": state}))
            .into_iter()
            .collect();
        let item = json!({
            "VpcId": vpc.id, "OwnerId": vpc.account, "State": "available", "IsDefault": false,
            "CidrBlock": vpc.cidrs[0], "CidrBlockAssociationSet": blocks, "Ipv6CidrBlockAssociationSet": v6,
        });
        self.emit(vpc.account, "DescribeVpcs", "Vpcs", item);
        for subnet in &vpc.subnets {
            let v6: Vec<Value> = subnet
                .v6
                .then(|| json!({"Ipv6CidrBlock": format!("{}/64", vpc.v6_subnet(subnet)), "Ipv6CidrBlockState": state}))
                .into_iter()
                .collect();
            let item = json!({
                "SubnetId": subnet.id, "VpcId": vpc.id, "OwnerId": vpc.account, "State": "available",
                "CidrBlock": vpc.block(subnet), "Ipv6CidrBlockAssociationSet": v6,
                "AvailabilityZone": zone_name(vpc.account, subnet.zone),
                "AvailabilityZoneId": format!("usw2-az{}", subnet.zone + 1),
                "MapPublicIpOnLaunch": false,
            });
            self.emit(vpc.account, "DescribeSubnets", "Subnets", item);
        }
    }

    /// A public address nobody has yet.
    fn public(&mut self) -> String {
        self.publics += 1;
        format!("54.10.0.{}", self.publics)
    }

    fn instances(&mut self) {
        for vpc in 0..self.vpcs.len() {
            for _ in 0..2 + self.random.below(4) {
                let id = self.ids.new_id("i");
                let account = self.vpcs[vpc].account;
                let state = if self.random.chance(4) { "stopped" } else { "running" };
                let count = if self.random.chance(20) { 2 } else { 1 };
                for device in 0..count {
                    let subnet = self.random.below(self.vpcs[vpc].subnets.len());
                    let attached = json!({"InstanceId": id, "DeviceIndex": device, "Status": "attached",
                        "InstanceOwnerId": account});
                    self.interface(vpc, subnet, "interface", Some(attached));
                }
                let instance =
                    json!({"InstanceId": id, "State": {"Name": state}, "VpcId": self.vpcs[vpc].id});
                self.emit(
                    account,
                    "DescribeInstances",
                    "Reservations",
                    json!({"ReservationId": format!("r-{id}"), "OwnerId": account, "Instances": [instance]}),
                );
            }
        }
    }

    /// Makes an interface with random groups and addresses and gives its id and first private address.
    fn interface(
        &mut self,
        vpc: usize,
        subnet: usize,
        kind: &str,
        attachment: Option<Value>,
    ) -> (String, String) {
        let id = self.ids.new_id("eni");
        let plain = kind == "interface";
        let addresses = if plain && self.random.chance(15) { 2 } else { 1 };
        let mut made = Interface { id: id.clone(), private: Vec::new(), public: Vec::new(), v6: None };
        let mut list = Vec::new();
        for position in 0..addresses {
            let host = {
                let subnet = &mut self.vpcs[vpc].subnets[subnet];
                subnet.hosts += 1;
                9 + subnet.hosts
            };
            let private =
                format!("10.{}.{}.{host}", self.vpcs[vpc].net, self.vpcs[vpc].subnets[subnet].number);
            let mut entry = json!({"PrivateIpAddress": private, "Primary": position == 0});
            if plain && self.random.chance(35) {
                let public = self.public();
                entry["Association"] = json!({"PublicIp": public, "IpOwnerId": "amazon"});
                made.public.push(public);
            }
            made.private.push(private);
            list.push(entry);
        }
        let (owner, place) = (&self.vpcs[vpc], &self.vpcs[vpc].subnets[subnet]);
        made.v6 = (place.v6 && plain).then(|| format!("{}{:x}", owner.v6_subnet(place), 9 + place.hosts));
        let v6: Vec<Value> = made.v6.iter().map(|address| json!({"Ipv6Address": address})).collect();
        let mut item = json!({
            "NetworkInterfaceId": id, "VpcId": owner.id, "SubnetId": place.id, "OwnerId": owner.account,
            "AvailabilityZone": zone_name(owner.account, place.zone), "InterfaceType": kind,
            "PrivateIpAddress": made.private[0], "PrivateIpAddresses": list, "Ipv6Addresses": v6,
            "SourceDestCheck": plain, "Status": "in-use", "Description": "", "RequesterManaged": !plain,
        });
        if let Some(association) = list[0].get("Association") {
            item["Association"] = association.clone();
        }
        if let Some(attachment) = attachment {
            item["Attachment"] = attachment;
        }
        let account = owner.account;
        let all = owner.groups.clone();
        let mut groups = Vec::new();
        if kind != "nat_gateway" {
            groups.push(self.random.pick(&all).clone());
            if self.random.chance(30) {
                groups.push(self.random.pick(&all).clone());
            }
            groups.dedup();
        }
        item["Groups"] = groups.iter().map(|id| json!({"GroupId": id, "GroupName": id})).collect();
        self.emit(account, "DescribeNetworkInterfaces", "NetworkInterfaces", item);
        let private = made.private[0].clone();
        if plain {
            self.interfaces.push(made);
        }
        (id, private)
    }

    fn flow(&mut self) -> Flow {
        let v6 = self.random.chance(20);
        let (mut from, from_v6) = self.end(v6, true);
        let (mut to, to_v6) = self.end(from_v6, false);
        if matches!((&from, &to), (Place::Address(_), Place::Address(_))) {
            let first = &self.interfaces[0];
            from = Place::Interface { id: first.id.clone(), address: first.private[0].parse().ok() };
        }
        if let (Place::Address(_), false, Place::Interface { address, .. }) = (&from, from_v6, &mut to)
            && self.random.chance(70)
        {
            // Its public one, then.
            *address = None;
        }
        let v6 = from_v6 && to_v6;
        let protocol = match self.random.below(10) {
            0 => Protocol::UDP,
            1 | 2 if v6 => Protocol::ICMPV6,
            1 | 2 => Protocol::ICMP,
            3 if self.random.chance(40) => Protocol(47),
            _ => Protocol::TCP,
        };
        let port = *self.random.pick(&[443, 22, 80, 3306]);
        let port = if protocol == Protocol::UDP { 53 } else { port };
        let source_port = self.random.chance(30).then(|| *self.random.pick(&[1025, 5000, 33000, 61000]));
        let ports = protocol.has_ports();
        Flow {
            from,
            to,
            protocol,
            source_port: source_port.filter(|_| ports),
            destination_port: ports.then_some(port),
            icmp: None,
        }
    }

    /// One end of a flow and whether it is an IPv6 one.
    fn end(&mut self, v6: bool, source: bool) -> (Place, bool) {
        let address = |text: &str| text.parse().ok();
        let chosen = self.random.below(100);
        if chosen >= 25 || (source && chosen >= 10) {
            let interface = self.random.pick(&self.interfaces);
            let id = interface.id.clone();
            if let (true, Some(v6)) = (v6, &interface.v6) {
                return (Place::Interface { id, address: address(v6) }, true);
            }
            let private = self.random.pick(&interface.private);
            if !source
                && self.random.chance(12)
                && let Some(public) = self.random.maybe(&interface.public)
            {
                return (Place::Address(public.parse().expect("an address")), false);
            }
            return (Place::Interface { id, address: address(private) }, false);
        }
        if v6 {
            return (Place::Address("2a00:1450:4001::8".parse().expect("an address")), true);
        }
        if !source
            && self.random.chance(30)
            && let Some(endpoint) = self.random.maybe(&self.endpoints)
        {
            return (
                Place::Resource { kind: "AWS::EC2::VPCEndpoint".to_owned(), id: endpoint.clone() },
                false,
            );
        }
        let text = match self.random.below(if source { 3 } else { 6 }) {
            0 | 1 => "8.8.8.8",
            2 => "93.184.216.34",
            3 | 4 => "52.218.130.7",
            // Nobody has it.
            _ => "10.0.0.250",
        };
        (Place::Address(text.parse().expect("an address")), false)
    }

    /// The recording; sometimes a call is missing from it, or did not ask for all.
    fn calls(mut self) -> Calls {
        for (operation, key) in ALWAYS {
            self.lists.entry((FIRST, operation, key)).or_default();
        }
        if self.random.chance(30) {
            self.lists.retain(|(account, _, _), _| *account == FIRST);
        }
        let mut calls = Calls::default();
        let lost = self.random.chance(12).then(|| self.random.pick(&ALWAYS).0);
        let partly = self.random.chance(12).then(|| self.random.pick(&ALWAYS).0);
        for ((account, operation, key), mut items) in self.lists {
            if lost == Some(operation) {
                continue;
            }
            if partly == Some(operation) && !items.is_empty() {
                items.remove(self.random.below(items.len()));
                // Asked for some only, so that nothing follows for the others.
                let filter = json!({"Filters": [{"Name": "tag:team", "Values": ["some"]}]});
                calls.add(account, operation, filter, json!({ key: items }));
                continue;
            }
            calls.list(account, operation, key, &items);
        }
        let lost = self.random.chance(8).then(|| self.random.below(self.asked.len()));
        for (number, (account, operation, parameters, output)) in self.asked.into_iter().enumerate() {
            if lost != Some(number) {
                calls.add(account, operation, parameters, output);
            }
        }
        calls
    }
}

/// Zone names mean different zones in different accounts; their ids do not.
fn zone_name(account: &str, zone: usize) -> String {
    let letter = if account == FIRST { zone } else { (zone + 2) % 3 };
    format!("{REGION}{}", ["a", "b", "c"][letter])
}
