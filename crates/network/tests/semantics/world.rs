//! A small network to change one thing in: made here, after no real account.
//!
//! | VPC | subnet | zone | route table | in it |
//! |---|---|---|---|---|
//! | vpc-a 10.0.0.0/16 | subnet-pub 10.0.0.0/24 | 1 | rtb-pub: igw-a | eni-web (i-web, public 203.0.113.10), eni-nat (nat-a, public 203.0.113.20) |
//! | | subnet-app 10.0.1.0/24 | 1 | rtb-app: nat-a, pcx-ab, tgw-1 | eni-app (i-app) |
//! | | subnet-db 10.0.2.0/24 | 2 | main rtb-a | eni-db |
//! | vpc-b 10.1.0.0/16 | subnet-b 10.1.0.0/24 | 1 | main rtb-b: pcx-ab | eni-b (i-b) |
//! | vpc-c 10.2.0.0/16 | subnet-c 10.2.0.0/24 | 1 | main rtb-c: tgw-1 | eni-c (i-c) |

use butfor_network::describe::{Document, Listing, Origin};
use butfor_network::{Disposition, Flow, KINDS, Network, Place, Protocol, Trace};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;

pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-west-1";

/// Documents by kind and id.
#[derive(Clone, Default)]
pub struct World {
    pub documents: BTreeMap<(&'static str, String), Value>,
    /// Whether every kind was listed completely; else only network ACLs and route tables were.
    pub listed: bool,
    /// Nothing was listed completely.
    pub partial: bool,
}

pub const VPC: &str = "AWS::EC2::VPC";
pub const SUBNET: &str = "AWS::EC2::Subnet";
pub const ENI: &str = "AWS::EC2::NetworkInterface";
pub const INSTANCE: &str = "AWS::EC2::Instance";
pub const SG: &str = "AWS::EC2::SecurityGroup";
pub const RTB: &str = "AWS::EC2::RouteTable";
pub const ACL: &str = "AWS::EC2::NetworkAcl";
pub const IGW: &str = "AWS::EC2::InternetGateway";
pub const NAT: &str = "AWS::EC2::NatGateway";
pub const PCX: &str = "AWS::EC2::VPCPeeringConnection";
pub const TGW: &str = "AWS::EC2::TransitGateway";
pub const ATTACHMENT: &str = "AWS::EC2::TransitGatewayAttachment";
pub const TGW_RTB: &str = "AWS::EC2::TransitGatewayRouteTable";
pub const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";
pub const LIST: &str = "AWS::EC2::PrefixList";

impl World {
    pub fn put(&mut self, kind: &'static str, id: &str, value: Value) -> &mut Self {
        self.documents.insert((kind, id.to_owned()), value);
        self
    }

    pub fn remove(&mut self, kind: &'static str, id: &str) -> &mut Self {
        self.documents.remove(&(kind, id.to_owned())).expect("it is there");
        self
    }

    /// Changes one member.
    pub fn set(&mut self, kind: &'static str, id: &str, member: &str, value: Value) -> &mut Self {
        self.documents.get_mut(&(kind, id.to_owned())).expect("it is there")[member] = value;
        self
    }

    pub fn vpc(&mut self, id: &str, block: &str) -> &mut Self {
        self.put(VPC, id, json!({"CidrBlock": block, "EnableDnsSupport": true}));
        let entry = |egress: bool, number: u32, action: &str| json!({"CidrBlock": "0.0.0.0/0", "Egress": egress, "Protocol": "-1", "RuleAction": action, "RuleNumber": number});
        let entries = [
            entry(true, 100, "allow"),
            entry(false, 100, "allow"),
            entry(true, 32767, "deny"),
            entry(false, 32767, "deny"),
        ];
        let acl = json!({"VpcId": id, "IsDefault": true, "Entries": entries, "Associations": []});
        self.put(ACL, &id.replace("vpc", "acl"), acl)
    }

    pub fn subnet(&mut self, id: &str, vpc: &str, block: &str, zone: u32) -> &mut Self {
        let value = json!({"VpcId": vpc, "CidrBlock": block, "AvailabilityZone": format!("eu-west-1{zone}"), "AvailabilityZoneId": format!("euw1-az{zone}")});
        self.put(SUBNET, id, value)
    }

    pub fn table(&mut self, id: &str, vpc: &str, subnets: &[&str], routes: &[(&str, &str)]) -> &mut Self {
        let associations: Vec<Value> = match subnets {
            [] => vec![json!({"Main": true})],
            subnets => subnets.iter().map(|id| json!({"Main": false, "SubnetId": id})).collect(),
        };
        let routes: Vec<Value> = routes.iter().map(|(to, target)| route(to, target)).collect();
        self.put(RTB, id, json!({"VpcId": vpc, "Associations": associations, "Routes": routes}))
    }

    pub fn interface(
        &mut self,
        id: &str,
        subnet: &str,
        address: &str,
        groups: &[&str],
        more: Value,
    ) -> &mut Self {
        let vpc = self.documents[&(SUBNET, subnet.to_owned())]["VpcId"].clone();
        let groups: Vec<Value> = groups.iter().map(|id| json!({"GroupId": id})).collect();
        let mut value = json!({"VpcId": vpc, "SubnetId": subnet, "PrivateIpAddress": address, "Groups": groups, "InterfaceType": "interface", "SourceDestCheck": true, "Status": "in-use",
            "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": address}]});
        for (name, member) in more.as_object().cloned().unwrap_or_default() {
            value[name] = member;
        }
        self.put(ENI, id, value)
    }

    pub fn instance(&mut self, name: &str, subnet: &str, address: &str, groups: &[&str]) -> &mut Self {
        let instance = format!("i-{name}");
        self.put(INSTANCE, &instance, json!({"State": {"Name": "running"}}));
        let more = json!({"Attachment": {"InstanceId": instance, "DeviceIndex": 0}});
        self.interface(&format!("eni-{name}"), subnet, address, groups, more)
    }

    /// Rules as `tcp/443 0.0.0.0/0`, `all sg-1`, `icmp pl-1`.
    pub fn group(&mut self, id: &str, vpc: &str, inbound: &[&str], outbound: &[&str]) -> &mut Self {
        let rules = |rules: &[&str]| rules.iter().map(|text| permission(text)).collect::<Vec<_>>();
        let value =
            json!({"VpcId": vpc, "IpPermissions": rules(inbound), "IpPermissionsEgress": rules(outbound)});
        self.put(SG, id, value)
    }

    pub fn documents(&self) -> Vec<Document> {
        (0..)
            .zip(&self.documents)
            .map(|(number, ((kind, id), value))| document(kind, id, value, number))
            .collect()
    }

    pub fn network(&self) -> Network {
        let listing = |kind: &&'static str| Listing { account: ACCOUNT.into(), region: REGION.into(), kind };
        let listed = |kind: &&&str| !self.partial && (self.listed || [ACL, RTB].contains(*kind));
        let listings = KINDS.iter().filter(listed).map(listing);
        let (network, warnings) = Network::parse(self.documents(), listings);
        assert_eq!(warnings, []);
        network
    }

    pub fn trace(&self, from: &str, to: &str, service: &str) -> Trace {
        self.network().trace(&flow(&self.network(), from, to, service))
    }

    /// Traces and compares with `delivered`, `blocked CODE id`, `blocked CODE id (return)`, `unknown KIND id`.
    #[track_caller]
    pub fn check(&self, from: &str, to: &str, service: &str, expected: &str) {
        let trace = self.trace(from, to, service);
        assert_eq!(summary(&trace), expected, "{from} -> {to} {service}\n{}", show(&trace));
    }
}

pub fn document(kind: &'static str, id: &str, value: &Value, origin: u32) -> Document {
    Document {
        kind,
        id: id.to_owned(),
        account: ACCOUNT.into(),
        region: REGION.into(),
        json: value.to_string().into(),
        origins: vec![Origin(origin)],
    }
}

/// A route by destination and target; `blackhole` after the target marks it dead.
pub fn route(to: &str, target: &str) -> Value {
    let (target, state) = target.split_once(' ').unwrap_or((target, "active"));
    let mut route = json!({"State": state, "Origin": "CreateRoute"});
    let destination = match to {
        list if list.starts_with("pl-") => "DestinationPrefixListId",
        v6 if v6.contains(':') => "DestinationIpv6CidrBlock",
        _ => "DestinationCidrBlock",
    };
    route[destination] = json!(to);
    let member = match target.split('-').next().unwrap() {
        "nat" => "NatGatewayId",
        "pcx" => "VpcPeeringConnectionId",
        "tgw" => "TransitGatewayId",
        "eni" => "NetworkInterfaceId",
        "eigw" => "EgressOnlyInternetGatewayId",
        _ => "GatewayId",
    };
    route[member] = json!(target);
    route
}

fn permission(text: &str) -> Value {
    let (service, peer) = text.split_once(' ').unwrap();
    let (protocol, ports) = service.split_once('/').unwrap_or((service, ""));
    let protocol = if protocol == "all" { "-1" } else { protocol };
    let mut value = json!({"IpProtocol": protocol});
    if !ports.is_empty() {
        let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
        value["FromPort"] = json!(from.parse::<u16>().unwrap());
        value["ToPort"] = json!(to.parse::<u16>().unwrap());
    }
    match peer {
        group if group.starts_with("sg-") => value["UserIdGroupPairs"] = json!([{"GroupId": group}]),
        list if list.starts_with("pl-") => value["PrefixListIds"] = json!([{"PrefixListId": list}]),
        v6 if v6.contains(':') => value["Ipv6Ranges"] = json!([{"CidrIpv6": v6}]),
        v4 => value["IpRanges"] = json!([{"CidrIp": v4}]),
    }
    value
}

pub fn flow(network: &Network, from: &str, to: &str, service: &str) -> Flow {
    let place = |text: &str| match text.parse::<IpAddr>() {
        Ok(address) => Place::Address(address),
        Err(_) => network.resolve(text).unwrap().remove(0),
    };
    let (protocol, port) = service.split_once('/').unwrap_or((service, ""));
    Flow {
        from: place(from),
        to: place(to),
        protocol: Protocol::parse(protocol).unwrap(),
        source_port: None,
        destination_port: port.parse().ok(),
        icmp: None,
    }
}

pub fn summary(trace: &Trace) -> String {
    let mut parts = Vec::new();
    for blocker in &trace.blockers {
        let back = if blocker.direction == butfor_network::Direction::Return { " (return)" } else { "" };
        parts.push(format!("{} {}{back}", blocker.code, blocker.component.id));
    }
    if trace.disposition == Disposition::Unknown {
        parts.extend(
            trace.missing.iter().map(|it| format!("{} {}", it.kind, it.id.as_deref().unwrap_or("?"))),
        );
    }
    format!("{} {}", trace.disposition.as_str(), parts.join(", ")).trim_end().to_owned()
}

pub fn show(trace: &Trace) -> String {
    let mut text = String::new();
    for (name, walk) in [("forward", Some(&trace.forward)), ("reply", trace.reply.as_ref())] {
        for hop in walk.iter().flat_map(|walk| &walk.hops) {
            text += &format!("{name}: {} {} {:?}\n", hop.component.id, hop.action, hop.rule);
        }
    }
    text + &format!("{:#?}\n{:#?}", trace.blockers, trace.missing)
}

/// The network of this file's first lines.
pub fn world() -> World {
    let mut w = World { listed: true, ..World::default() };
    for (vpc, block) in [("vpc-a", "10.0.0.0/16"), ("vpc-b", "10.1.0.0/16"), ("vpc-c", "10.2.0.0/16")] {
        w.vpc(vpc, block);
    }
    w.subnet("subnet-pub", "vpc-a", "10.0.0.0/24", 1).subnet("subnet-app", "vpc-a", "10.0.1.0/24", 1);
    w.subnet("subnet-db", "vpc-a", "10.0.2.0/24", 2).subnet("subnet-b", "vpc-b", "10.1.0.0/24", 1);
    w.subnet("subnet-c", "vpc-c", "10.2.0.0/24", 1);
    let local = ("10.0.0.0/16", "local");
    w.table("rtb-pub", "vpc-a", &["subnet-pub"], &[local, ("0.0.0.0/0", "igw-a")]);
    let app = [local, ("0.0.0.0/0", "nat-a"), ("10.1.0.0/16", "pcx-ab"), ("10.2.0.0/16", "tgw-1")];
    w.table("rtb-app", "vpc-a", &["subnet-app"], &app);
    w.table("rtb-a", "vpc-a", &[], &[local]);
    w.table("rtb-b", "vpc-b", &[], &[("10.1.0.0/16", "local"), ("10.0.0.0/16", "pcx-ab")]);
    w.table("rtb-c", "vpc-c", &[], &[("10.2.0.0/16", "local"), ("10.0.0.0/16", "tgw-1")]);
    w.group("sg-web", "vpc-a", &["tcp/443 0.0.0.0/0"], &["all 0.0.0.0/0"]);
    w.group("sg-app", "vpc-a", &["tcp/8080 sg-web"], &["all 0.0.0.0/0"]);
    w.group("sg-db", "vpc-a", &["tcp/3306 sg-app"], &[]);
    w.group("sg-b", "vpc-b", &["tcp/22 sg-app", "tcp/80 10.0.0.0/16"], &["all 0.0.0.0/0"]);
    w.group("sg-c", "vpc-c", &["tcp/22 sg-app", "tcp/80 10.0.0.0/16"], &["all 0.0.0.0/0"]);
    w.instance("web", "subnet-pub", "10.0.0.10", &["sg-web"]);
    w.set(ENI, "eni-web", "Association", json!({"PublicIp": "203.0.113.10"}));
    w.instance("app", "subnet-app", "10.0.1.10", &["sg-app"]);
    w.interface("eni-db", "subnet-db", "10.0.2.10", &["sg-db"], json!({"RequesterId": "amazon-rds"}));
    w.instance("b", "subnet-b", "10.1.0.10", &["sg-b"]).instance("c", "subnet-c", "10.2.0.10", &["sg-c"]);
    w.put(IGW, "igw-a", json!({"Attachments": [{"State": "available", "VpcId": "vpc-a"}]}));
    let nat = json!({"InterfaceType": "nat_gateway", "SourceDestCheck": false, "Association": {"PublicIp": "203.0.113.20"}});
    w.interface("eni-nat", "subnet-pub", "10.0.0.20", &[], nat);
    let address =
        json!([{"NetworkInterfaceId": "eni-nat", "PrivateIp": "10.0.0.20", "PublicIp": "203.0.113.20"}]);
    w.put(NAT, "nat-a", json!({"VpcId": "vpc-a", "SubnetId": "subnet-pub", "State": "available", "NatGatewayAddresses": address}));
    w.put(PCX, "pcx-ab", json!({"Status": {"Code": "active"}, "RequesterVpcInfo": {"VpcId": "vpc-a", "Region": REGION}, "AccepterVpcInfo": {"VpcId": "vpc-b", "Region": REGION}}));
    w.put(
        TGW,
        "tgw-1",
        json!({"State": "available", "Options": {"SecurityGroupReferencingSupport": "disable"}}),
    );
    for (name, vpc, subnet) in
        [("tgw-attach-a", "vpc-a", "subnet-app"), ("tgw-attach-c", "vpc-c", "subnet-c")]
    {
        let value = json!({"TransitGatewayId": "tgw-1", "ResourceType": "vpc", "ResourceId": vpc, "VpcId": vpc, "SubnetIds": [subnet], "State": "available"});
        w.put(ATTACHMENT, name, value);
    }
    w.transit_table(
        "tgw-rtb-1",
        &["tgw-attach-a", "tgw-attach-c"],
        &["tgw-attach-a", "tgw-attach-c"],
        json!([]),
    );
    w
}

impl World {
    pub fn transit_table(
        &mut self,
        id: &str,
        associated: &[&str],
        propagating: &[&str],
        routes: Value,
    ) -> &mut Self {
        let members = |ids: &[&str], state: &str| -> Vec<Value> {
            ids.iter().map(|id| json!({"TransitGatewayAttachmentId": id, "State": state})).collect()
        };
        let value = json!({"TransitGatewayId": "tgw-1", "State": "available", "Associations": members(associated, "associated"),
            "Propagations": members(propagating, "enabled"), "Routes": routes});
        self.put(TGW_RTB, id, value)
    }
}
