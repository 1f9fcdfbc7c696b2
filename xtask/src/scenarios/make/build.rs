//! What accounts are built of. Each function adds the documents that AWS would list, with deterministic identifiers.

use super::cloud::{
    ACLS, ADDRESSES, GROUPS, INTERFACES, INTERNET_GATEWAYS, NAT_GATEWAYS, Place, ROUTE_TABLES, SUBNETS, VPCS,
};
use super::story::Story;
use serde_json::{Value, json};

/// When everything was created.
pub(super) const CREATED: &str = "2026-02-11T09:00:00Z";

/// A VPC 10.N.0.0/16 with its main route table, default network ACL and default group.
#[derive(Debug, Clone)]
pub(super) struct Vpc {
    pub place: Place,
    /// Application the names start with.
    pub name: String,
    pub id: String,
    pub net: u8,
    pub cidr: String,
    pub main_table: String,
    pub acl: String,
}

/// A subnet 10.N.M.0/24.
#[derive(Debug, Clone)]
pub(super) struct Subnet {
    pub vpc: Vpc,
    pub name: String,
    pub id: String,
    pub number: u8,
    pub cidr: String,
    pub zone: String,
}

/// A NAT gateway.
#[derive(Debug, Clone)]
pub(super) struct Nat {
    pub id: String,
    pub allocation: String,
    pub interface: String,
}

/// `Name` and `app` tags.
pub(super) fn tags(app: &str, name: &str) -> Value {
    json!([{ "Key": "Name", "Value": format!("{app}-{name}") }, { "Key": "app", "Value": app }])
}

/// A permission with one peer: a CIDR block, a group or a prefix list, told by its form. No ports for `-1`.
pub(super) fn permission(protocol: &str, ports: (u16, u16), peer: &str, account: &str) -> Value {
    let (mut v4, mut v6, mut groups, mut lists) = (vec![], vec![], vec![], vec![]);
    if peer.starts_with("sg-") {
        groups.push(json!({ "GroupId": peer, "UserId": account }));
    } else if peer.starts_with("pl-") {
        lists.push(json!({ "PrefixListId": peer }));
    } else if peer.contains(':') {
        v6.push(json!({ "CidrIpv6": peer }));
    } else {
        v4.push(json!({ "CidrIp": peer }));
    }
    let mut permission = json!({
        "IpProtocol": protocol, "IpRanges": v4, "Ipv6Ranges": v6, "UserIdGroupPairs": groups, "PrefixListIds": lists
    });
    if let Some(members) = permission.as_object_mut()
        && protocol != "-1"
    {
        members.insert("FromPort".to_owned(), json!(ports.0));
        members.insert("ToPort".to_owned(), json!(ports.1));
    }
    permission
}

/// A network ACL entry.
pub(super) fn acl_entry(
    number: u16,
    egress: bool,
    action: &str,
    protocol: &str,
    ports: (u16, u16),
    cidr: &str,
) -> Value {
    let mut entry = json!({ "RuleNumber": number, "Egress": egress, "RuleAction": action, "Protocol": protocol, "CidrBlock": cidr });
    if let Some(members) = entry.as_object_mut()
        && protocol != "-1"
    {
        members.insert("PortRange".to_owned(), json!({ "From": ports.0, "To": ports.1 }));
    }
    entry
}

/// Allows everything and denies the rest, in both directions: the default network ACL.
fn open_entries() -> Vec<Value> {
    [false, true]
        .into_iter()
        .flat_map(|egress| {
            [
                acl_entry(100, egress, "allow", "-1", (0, 0), "0.0.0.0/0"),
                acl_entry(32767, egress, "deny", "-1", (0, 0), "0.0.0.0/0"),
            ]
        })
        .collect()
}

impl Story {
    pub(super) fn vpc(&mut self, place: &Place, name: &str, net: u8) -> Vpc {
        let key = format!("{name} {}", place.account);
        let vpc = Vpc {
            place: place.clone(),
            name: name.to_owned(),
            id: self.ids.id("vpc", &key),
            net,
            cidr: format!("10.{net}.0.0/16"),
            main_table: self.ids.id("rtb", &format!("{key} main")),
            acl: self.ids.id("acl", &format!("{key} default")),
        };
        self.add(place, VPCS, json!({
            "VpcId": vpc.id, "OwnerId": place.account, "CidrBlock": vpc.cidr, "State": "available", "IsDefault": false,
            "CidrBlockAssociationSet": [{ "AssociationId": self.ids.id("vpc-cidr-assoc", &key),
                "CidrBlock": vpc.cidr, "CidrBlockState": { "State": "associated" } }],
            "Ipv6CidrBlockAssociationSet": [], "DhcpOptionsId": self.ids.id("dopt", &place.account),
            "InstanceTenancy": "default", "Tags": tags(name, "vpc"), "_dns_support": true, "_dns_hostnames": true
        }));
        self.add(place, ROUTE_TABLES, json!({
            "RouteTableId": vpc.main_table, "VpcId": vpc.id, "OwnerId": place.account, "PropagatingVgws": [],
            "Tags": [], "Routes": [local_route(&vpc.cidr)],
            "Associations": [{ "Main": true, "RouteTableId": vpc.main_table, "AssociationState": { "State": "associated" },
                "RouteTableAssociationId": self.ids.id("rtbassoc", &format!("{key} main")) }]
        }));
        self.network_acl_document(&vpc, &vpc.acl.clone(), true, open_entries());
        let group = self.ids.id("sg", &format!("{key} default"));
        self.add(place, GROUPS, json!({
            "GroupId": group, "GroupName": "default", "Description": "default VPC security group", "VpcId": vpc.id,
            "OwnerId": place.account, "Tags": [],
            "IpPermissions": [permission("-1", (0, 0), &group, &place.account)],
            "IpPermissionsEgress": [permission("-1", (0, 0), "0.0.0.0/0", &place.account)]
        }));
        vpc
    }

    fn network_acl_document(&mut self, vpc: &Vpc, id: &str, is_default: bool, entries: Vec<Value>) {
        self.add(&vpc.place, ACLS, json!({
            "NetworkAclId": id, "VpcId": vpc.id, "OwnerId": vpc.place.account, "IsDefault": is_default, "Tags": [],
            "Associations": [], "Entries": entries
        }));
    }

    /// A network ACL of its own for these subnets.
    pub(super) fn network_acl(&mut self, subnets: &[&Subnet], entries: &[Value]) -> String {
        let Some(first) = subnets.first() else { return String::new() };
        let id = self.ids.id("acl", &format!("{} {}", first.vpc.id, first.name));
        let mut all = entries.to_vec();
        for egress in [false, true] {
            all.push(acl_entry(32767, egress, "deny", "-1", (0, 0), "0.0.0.0/0"));
        }
        self.network_acl_document(&first.vpc, &id, false, all);
        for subnet in subnets {
            self.pull(ACLS, &first.vpc.acl, "Associations", |association| {
                super::cloud::is(association, "SubnetId", &subnet.id)
            });
            self.associate_acl(&id, &subnet.id);
        }
        id
    }

    fn associate_acl(&mut self, acl: &str, subnet: &str) {
        let association = self.ids.id("aclassoc", &format!("{acl} {subnet}"));
        let element =
            json!({ "NetworkAclAssociationId": association, "NetworkAclId": acl, "SubnetId": subnet });
        self.push(ACLS, acl, "Associations", &element);
    }

    /// A subnet of `zone` (`a`, `b`) under the VPC's main table and default ACL.
    pub(super) fn subnet(&mut self, vpc: &Vpc, name: &str, zone: &str, number: u8) -> Subnet {
        let place = &vpc.place;
        let subnet = Subnet {
            vpc: vpc.clone(),
            name: name.to_owned(),
            id: self.ids.id("subnet", &format!("{} {name}", vpc.id)),
            number,
            cidr: format!("10.{}.{number}.0/24", vpc.net),
            zone: format!("{}{zone}", place.region),
        };
        self.add(place, SUBNETS, json!({
            "SubnetId": subnet.id, "VpcId": vpc.id, "OwnerId": place.account, "CidrBlock": subnet.cidr,
            "AvailabilityZone": subnet.zone, "AvailabilityZoneId": zone_id(&place.region, zone), "State": "available",
            "AvailableIpAddressCount": 240, "DefaultForAz": false, "MapPublicIpOnLaunch": false,
            "Ipv6CidrBlockAssociationSet": [], "AssignIpv6AddressOnCreation": false, "Tags": tags(&vpc.name, name)
        }));
        self.associate_acl(&vpc.acl.clone(), &subnet.id);
        subnet
    }

    /// A route table for these subnets, with the local route only.
    pub(super) fn route_table(&mut self, vpc: &Vpc, name: &str, subnets: &[&Subnet]) -> String {
        let id = self.ids.id("rtb", &format!("{} {name}", vpc.id));
        self.add(&vpc.place, ROUTE_TABLES, json!({
            "RouteTableId": id, "VpcId": vpc.id, "OwnerId": vpc.place.account, "PropagatingVgws": [],
            "Tags": tags(&vpc.name, &format!("{name}-rt")), "Routes": [local_route(&vpc.cidr)], "Associations": []
        }));
        for subnet in subnets {
            self.associate(&id, &subnet.id);
        }
        id
    }

    /// Associates a subnet with a route table and gives the association's id.
    pub(super) fn associate(&mut self, table: &str, subnet: &str) -> String {
        let association = self.ids.id("rtbassoc", &format!("{table} {subnet}"));
        let element = json!({ "Main": false, "RouteTableAssociationId": association, "RouteTableId": table,
            "SubnetId": subnet, "AssociationState": { "State": "associated" } });
        self.push(ROUTE_TABLES, table, "Associations", &element);
        association
    }

    /// Adds a route; `target` is a gateway's id, its kind told by its prefix.
    pub(super) fn route(&mut self, table: &str, destination: &str, target: &str) {
        self.push(ROUTE_TABLES, table, "Routes", &route(destination, target, "active"));
    }

    pub(super) fn internet_gateway(&mut self, vpc: &Vpc) -> String {
        let id = self.ids.id("igw", &vpc.id);
        self.add(
            &vpc.place,
            INTERNET_GATEWAYS,
            json!({
                "InternetGatewayId": id, "OwnerId": vpc.place.account, "Tags": tags(&vpc.name, "igw"),
                "Attachments": [{ "State": "available", "VpcId": vpc.id }]
            }),
        );
        id
    }

    pub(super) fn nat_gateway(&mut self, subnet: &Subnet, public_ip: &str) -> Nat {
        let (place, vpc) = (&subnet.vpc.place.clone(), &subnet.vpc);
        let id = self.ids.id("nat", &subnet.id);
        let nat = Nat { interface: self.ids.id("eni", &id), allocation: self.ids.id("eipalloc", &id), id };
        let private_ip = format!("10.{}.{}.14", vpc.net, subnet.number);
        let association = self.ids.id("eipassoc", &nat.id);
        self.add(place, NAT_GATEWAYS, json!({
            "NatGatewayId": nat.id, "VpcId": vpc.id, "SubnetId": subnet.id, "State": "available",
            "ConnectivityType": "public", "CreateTime": CREATED, "Tags": tags(&vpc.name, "nat"),
            "NatGatewayAddresses": [{ "AllocationId": nat.allocation, "AssociationId": association, "IsPrimary": true,
                "NetworkInterfaceId": nat.interface, "PrivateIp": private_ip, "PublicIp": public_ip, "Status": "succeeded" }]
        }));
        self.add(place, ADDRESSES, json!({
            "AllocationId": nat.allocation, "AssociationId": association, "Domain": "vpc", "PublicIp": public_ip,
            "NetworkInterfaceId": nat.interface, "NetworkInterfaceOwnerId": place.account,
            "PrivateIpAddress": private_ip, "Tags": tags(&vpc.name, "nat-eip")
        }));
        let association = json!({ "AllocationId": nat.allocation, "AssociationId": association,
            "IpOwnerId": place.account, "PublicIp": public_ip });
        let description = format!("Interface for NAT Gateway {}", nat.id);
        let mut interface = self.interface(
            subnet,
            &nat.interface,
            &private_ip,
            &[],
            ("nat_gateway", &description, "amazon-aws"),
        );
        if let Some(members) = interface.as_object_mut() {
            members.insert("Association".to_owned(), association);
            members.insert("SourceDestCheck".to_owned(), json!(false));
        }
        self.add(place, INTERFACES, interface);
        nat
    }
}

fn local_route(cidr: &str) -> Value {
    json!({ "DestinationCidrBlock": cidr, "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active" })
}

/// A route in describe's form: destination and target go under the member their form tells.
pub(super) fn route(destination: &str, target: &str, state: &str) -> Value {
    let destination_member = if destination.starts_with("pl-") {
        "DestinationPrefixListId"
    } else if destination.contains(':') {
        "DestinationIpv6CidrBlock"
    } else {
        "DestinationCidrBlock"
    };
    json!({ destination_member: destination, target_member(target): target, "Origin": "CreateRoute", "State": state })
}

/// The member of a route, in describe output and requests alike, that names this target.
pub(super) fn target_member(target: &str) -> &'static str {
    match target.split_once('-').map_or("", |(prefix, _)| prefix) {
        "nat" => "NatGatewayId",
        "pcx" => "VpcPeeringConnectionId",
        "tgw" => "TransitGatewayId",
        "eigw" => "EgressOnlyInternetGatewayId",
        "eni" => "NetworkInterfaceId",
        // Internet and virtual private gateways, and gateway endpoints.
        _ => "GatewayId",
    }
}

/// `use1-az1` for zone `a` of us-east-1: which zone has which id is each account's own; any fixed choice will do.
fn zone_id(region: &str, zone: &str) -> String {
    let short: String = region
        .split('-')
        .enumerate()
        .map(|(number, part)| if number == 0 { part } else { part.get(..1).unwrap_or_default() })
        .collect();
    let number = zone.bytes().next().map_or(1, |letter| letter.saturating_sub(b'a') + 1);
    format!("{short}-az{number}")
}
