//! Large accounts as they are in practice: VPCs of about 250 interfaces, joined by a transit gateway.

#[path = "realistic_hosts.rs"]
mod hosts;

use super::{Calls, Ids, REGION, Random};
use butfor_network::{Flow, Place, Protocol};
use serde_json::{Value, json};

const ACCOUNT: &str = "111111111111";
const ZONES: [&str; 3] = ["a", "b", "c"];
/// Interfaces of one VPC.
const VPC_SIZE: usize = 250;
/// Applications of one VPC, each with balancers, servers and a database.
const APPLICATIONS: usize = 5;
const S3_LIST: &str = "pl-68a54001";
const OFFICES: &str = "pl-0ff1ce0000000000a";

/// A large account, and what is of use in it for measuring.
#[derive(Debug)]
pub struct Realistic {
    /// Its recording.
    pub calls: Calls,
    /// Flows that get through, by what is on their way.
    pub flows: Vec<(&'static str, Flow)>,
    /// A security group of servers that lets balancers in, and the same without that rule.
    pub group: String,
}

/// An account of about so many interfaces; its answers are about 5 KB of JSON for each.
pub fn realistic(interfaces: usize) -> Realistic {
    let mut account = Account { ids: Ids::default(), random: Random::new(7), ..Account::default() };
    account.transit = account.ids.new_id("tgw");
    account.transit_table = account.ids.new_id("tgw-rtb");
    let count = interfaces.div_ceil(VPC_SIZE).max(2);
    for number in 0..count {
        account.vpc(number, interfaces / count);
    }
    account.finish()
}

#[derive(Default)]
struct Account {
    ids: Ids,
    random: Random,
    transit: String,
    transit_table: String,
    vpcs: Vec<Value>,
    subnets: Vec<Value>,
    interfaces: Vec<Value>,
    reservations: Vec<Value>,
    groups: Vec<Value>,
    tables: Vec<Value>,
    acls: Vec<Value>,
    gateways: Vec<Value>,
    nats: Vec<Value>,
    endpoints: Vec<Value>,
    attachments: Vec<Value>,
    vpc_attachments: Vec<Value>,
    propagations: Vec<Value>,
    learned: Vec<Value>,
    publics: usize,
    /// Servers of the first application of each VPC: interface id, private address, subnet.
    servers: Vec<Vec<(String, String, String)>>,
    /// Group of those servers in the first VPC.
    server_group: String,
}

impl Default for Random {
    fn default() -> Self {
        Self::new(0)
    }
}

struct Vpc {
    id: String,
    number: usize,
    /// public, private and database subnets, each in three zones: id and number of hosts.
    subnets: [[(String, usize); 3]; 3],
}

fn tags(name: &str) -> Value {
    json!([{"Key": "Name", "Value": name}, {"Key": "team", "Value": "platform"}, {"Key": "env", "Value": "production"},
        {"Key": "aws:cloudformation:stack-name", "Value": format!("network-{name}")}])
}

impl Account {
    fn vpc(&mut self, number: usize, size: usize) {
        let mut vpc = Vpc { id: self.ids.new_id("vpc"), number, subnets: Default::default() };
        let state = json!({"State": "associated"});
        self.vpcs.push(json!({"VpcId": vpc.id, "OwnerId": ACCOUNT, "State": "available", "IsDefault": false,
            "CidrBlock": format!("10.{number}.0.0/16"), "DhcpOptionsId": "dopt-0aaaaaaaaaaaaaaaa",
            "InstanceTenancy": "default", "Ipv6CidrBlockAssociationSet": [],
            "CidrBlockAssociationSet": [{"AssociationId": self.ids.new_id("vpc-cidr-assoc"),
                "CidrBlock": format!("10.{number}.0.0/16"), "CidrBlockState": state}],
            "Tags": tags(&format!("vpc-{number}"))}));
        for kind in 0..3 {
            for (zone, letter) in ZONES.iter().enumerate() {
                let id = self.ids.new_id("subnet");
                let block = match kind {
                    0 => format!("10.{number}.{zone}.0/24"),
                    1 => format!("10.{number}.{}.0/20", 16 * (zone + 1)),
                    _ => format!("10.{number}.{}.0/24", 4 + zone),
                };
                self.subnets.push(json!({"SubnetId": id, "VpcId": vpc.id, "OwnerId": ACCOUNT, "State": "available",
                    "CidrBlock": block, "AvailabilityZone": format!("{REGION}{letter}"),
                    "AvailabilityZoneId": format!("usw2-az{}", zone + 1), "AvailableIpAddressCount": 200,
                    "DefaultForAz": false, "MapPublicIpOnLaunch": kind == 0, "AssignIpv6AddressOnCreation": false,
                    "Ipv6CidrBlockAssociationSet": [], "EnableDns64": false, "Ipv6Native": false,
                    "SubnetArn": format!("arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/{id}"),
                    "PrivateDnsNameOptionsOnLaunch": {"HostnameType": "ip-name",
                        "EnableResourceNameDnsARecord": false, "EnableResourceNameDnsAAAARecord": false},
                    "Tags": tags(&format!("subnet-{kind}-{zone}"))}));
                vpc.subnets[kind][zone].0 = id;
            }
        }
        self.gateways_and_routes(&mut vpc);
        self.network_acls(&vpc);
        self.attachment(&vpc);
        self.applications(&mut vpc, size.saturating_sub(3));
    }

    fn gateways_and_routes(&mut self, vpc: &mut Vpc) {
        let internet = self.ids.new_id("igw");
        self.gateways.push(json!({"InternetGatewayId": internet, "OwnerId": ACCOUNT,
            "Attachments": [{"VpcId": vpc.id, "State": "available"}], "Tags": tags("igw")}));
        let endpoint = self.ids.new_id("vpce");
        let local = json!({"DestinationCidrBlock": format!("10.{}.0.0/16", vpc.number), "GatewayId": "local",
            "Origin": "CreateRouteTable", "State": "active"});
        let to = |block: &str, member: &str, id: &str| json!({"DestinationCidrBlock": block, member: id, "Origin": "CreateRoute", "State": "active"});
        let transit = to("10.0.0.0/8", "TransitGatewayId", &self.transit);
        let s3 = json!({"DestinationPrefixListId": S3_LIST, "GatewayId": endpoint, "Origin": "CreateRoute",
            "State": "active"});
        let main = vec![local.clone()];
        let public = vec![local.clone(), to("0.0.0.0/0", "GatewayId", &internet), transit.clone()];
        let database = vec![local.clone(), transit.clone(), s3.clone()];
        let subnets = |kind: usize| vpc.subnets[kind].each_ref().map(|(id, _)| id.clone()).to_vec();
        let (public_subnets, database_subnets) = (subnets(0), subnets(2));
        self.table(&vpc.id, &[], &main);
        self.table(&vpc.id, &public_subnets, &public);
        let mut with_s3 = vec![self.table(&vpc.id, &database_subnets, &database)];
        for zone in 0..3 {
            let nat = self.ids.new_id("nat");
            let public = self.public();
            let interface = self.interface(
                vpc,
                (0, zone),
                "nat_gateway",
                &[],
                Some(&public),
                "Interface for NAT Gateway",
            );
            self.nats.push(json!({"NatGatewayId": nat, "VpcId": vpc.id, "SubnetId": vpc.subnets[0][zone].0,
                "State": "available", "ConnectivityType": "public", "CreateTime": "2025-02-01T10:00:00+00:00",
                "NatGatewayAddresses": [{"AllocationId": self.ids.new_id("eipalloc"), "IsPrimary": true,
                    "NetworkInterfaceId": interface.0, "PrivateIp": interface.1, "PublicIp": public,
                    "Status": "succeeded", "AssociationId": self.ids.new_id("eipassoc")}],
                "Tags": tags("nat")}));
            let routes =
                vec![local.clone(), to("0.0.0.0/0", "NatGatewayId", &nat), transit.clone(), s3.clone()];
            let own = vec![vpc.subnets[1][zone].0.clone()];
            with_s3.push(self.table(&vpc.id, &own, &routes));
        }
        self.endpoints.push(json!({"VpcEndpointId": endpoint, "VpcEndpointType": "Gateway", "VpcId": vpc.id,
            "ServiceName": format!("com.amazonaws.{REGION}.s3"), "State": "available", "RouteTableIds": with_s3,
            "SubnetIds": [], "Groups": [], "NetworkInterfaceIds": [], "PrivateDnsEnabled": false,
            "PolicyDocument": "{\"Version\":\"2008-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
            "Tags": tags("s3")}));
    }

    fn table(&mut self, vpc: &str, subnets: &[String], routes: &[Value]) -> String {
        let id = self.ids.new_id("rtb");
        let state = json!({"State": "associated"});
        let mut associations: Vec<Value> = subnets
            .iter()
            .map(|subnet| {
                json!({"Main": false, "RouteTableAssociationId": self.ids.new_id("rtbassoc"), "RouteTableId": id,
                    "SubnetId": subnet, "AssociationState": state})
            })
            .collect();
        if subnets.is_empty() {
            associations.push(json!({"Main": true, "RouteTableAssociationId": self.ids.new_id("rtbassoc"),
                "RouteTableId": id, "AssociationState": state}));
        }
        self.tables
            .push(json!({"RouteTableId": id, "VpcId": vpc, "OwnerId": ACCOUNT, "Associations": associations,
            "PropagatingVgws": [], "Routes": routes, "Tags": tags("routes")}));
        id
    }

    fn network_acls(&mut self, vpc: &Vpc) {
        let entry = |number: usize,
                     egress: bool,
                     action: &str,
                     protocol: &str,
                     block: &str,
                     ports: Option<(u16, u16)>| {
            let mut entry = json!({"RuleNumber": number, "Egress": egress, "RuleAction": action, "Protocol": protocol,
                "CidrBlock": block});
            if let Some((from, to)) = ports {
                entry["PortRange"] = json!({"From": from, "To": to});
            }
            entry
        };
        let open = |egress: bool| {
            [
                entry(100, egress, "allow", "-1", "0.0.0.0/0", None),
                entry(32767, egress, "deny", "-1", "0.0.0.0/0", None),
            ]
        };
        let mut database = Vec::new();
        for egress in [false, true] {
            database.push(entry(100, egress, "allow", "6", "10.0.0.0/8", Some((3306, 3306))));
            database.push(entry(110, egress, "allow", "6", "10.0.0.0/8", Some((1024, 65535))));
            database.push(entry(120, egress, "allow", "6", "0.0.0.0/0", Some((443, 443))));
            database.push(entry(130, egress, "allow", "6", "0.0.0.0/0", Some((1024, 65535))));
            database.push(entry(32767, egress, "deny", "-1", "0.0.0.0/0", None));
        }
        let all = [(0..2, true, [open(false), open(true)].concat()), (2..3, false, database)];
        for (kinds, default, entries) in all {
            let id = self.ids.new_id("acl");
            let associations: Vec<Value> = kinds
                .flat_map(|kind| &vpc.subnets[kind])
                .map(|(subnet, _)| {
                    json!({"NetworkAclAssociationId": self.ids.new_id("aclassoc"), "NetworkAclId": id,
                        "SubnetId": subnet})
                })
                .collect();
            self.acls
                .push(json!({"NetworkAclId": id, "VpcId": vpc.id, "OwnerId": ACCOUNT, "IsDefault": default,
                "Entries": entries, "Associations": associations, "Tags": tags("acl")}));
        }
    }

    fn attachment(&mut self, vpc: &Vpc) {
        let id = self.ids.new_id("tgw-attach");
        self.attachments.push(json!({"TransitGatewayAttachmentId": id, "TransitGatewayId": self.transit,
            "TransitGatewayOwnerId": ACCOUNT, "ResourceOwnerId": ACCOUNT, "ResourceType": "vpc", "ResourceId": vpc.id,
            "State": "available", "CreationTime": "2025-02-01T10:00:00+00:00",
            "Association": {"TransitGatewayRouteTableId": self.transit_table, "State": "associated"},
            "Tags": tags("attachment")}));
        let subnets: Vec<&String> = vpc.subnets[1].iter().map(|(id, _)| id).collect();
        self.vpc_attachments.push(json!({"TransitGatewayAttachmentId": id, "TransitGatewayId": self.transit,
            "VpcId": vpc.id, "VpcOwnerId": ACCOUNT, "State": "available", "SubnetIds": subnets,
            "Options": {"DnsSupport": "enable", "Ipv6Support": "disable", "ApplianceModeSupport": "disable",
                "SecurityGroupReferencingSupport": "enable"}}));
        let naming = json!({"TransitGatewayAttachmentId": id, "ResourceType": "vpc", "ResourceId": vpc.id});
        let mut propagation = naming.clone();
        propagation["State"] = "enabled".into();
        self.propagations.push(propagation);
        self.learned
            .push(json!({"DestinationCidrBlock": format!("10.{}.0.0/16", vpc.number), "Type": "propagated",
            "State": "active", "TransitGatewayAttachments": [naming]}));
    }

    fn public(&mut self) -> String {
        self.publics += 1;
        format!("54.{}.{}.{}", 100 + self.publics / 62_500, self.publics / 250 % 250, 1 + self.publics % 250)
    }

    fn flows(&self) -> Vec<(&'static str, Flow)> {
        let first = &self.servers[0];
        let end = |(id, private, _): &(String, String, String)| Place::Interface {
            id: id.clone(),
            address: private.parse().ok(),
        };
        let tcp = |from: &(String, String, String), to: Place, port: u16| Flow {
            from: end(from),
            to,
            protocol: Protocol::TCP,
            source_port: None,
            destination_port: Some(port),
            icmp: None,
        };
        let client = &first[0];
        let same = first.iter().skip(1).find(|(_, _, subnet)| *subnet == client.2).unwrap_or(client);
        let other = first.iter().find(|(_, _, subnet)| *subnet != client.2).unwrap_or(client);
        vec![
            ("same subnet", tcp(client, end(same), 8443)),
            ("other subnet", tcp(client, end(other), 8443)),
            ("internet through NAT", tcp(client, Place::Address([93, 184, 216, 34].into()), 443)),
            ("other VPC through transit gateway", tcp(client, end(&self.servers[1][0]), 8443)),
        ]
    }

    fn finish(self) -> Realistic {
        let flows = self.flows();
        let mut calls = Calls::default();
        let mut list = |operation: &'static str, parameters: Value, output: Value| {
            calls.add(ACCOUNT, operation, parameters, output);
        };
        let table = json!({"TransitGatewayRouteTableId": self.transit_table});
        list("DescribeVpcs", Value::Null, json!({"Vpcs": self.vpcs}));
        list("DescribeSubnets", Value::Null, json!({"Subnets": self.subnets}));
        list("DescribeNetworkInterfaces", Value::Null, json!({"NetworkInterfaces": self.interfaces}));
        list("DescribeInstances", Value::Null, json!({"Reservations": self.reservations}));
        list("DescribeSecurityGroups", Value::Null, json!({"SecurityGroups": self.groups}));
        list("DescribeRouteTables", Value::Null, json!({"RouteTables": self.tables}));
        list("DescribeNetworkAcls", Value::Null, json!({"NetworkAcls": self.acls}));
        list("DescribeInternetGateways", Value::Null, json!({"InternetGateways": self.gateways}));
        list("DescribeNatGateways", Value::Null, json!({"NatGateways": self.nats}));
        list("DescribeVpcEndpoints", Value::Null, json!({"VpcEndpoints": self.endpoints}));
        list("DescribeVpcPeeringConnections", Value::Null, json!({"VpcPeeringConnections": []}));
        let s3 = json!({"PrefixListId": S3_LIST, "PrefixListName": format!("com.amazonaws.{REGION}.s3"),
            "Cidrs": ["52.218.128.0/17", "3.5.76.0/22", "52.92.128.0/17", "18.34.244.0/22"]});
        list("DescribePrefixLists", Value::Null, json!({"PrefixLists": [s3]}));
        list(
            "DescribeManagedPrefixLists",
            Value::Null,
            json!({"PrefixLists": [{"PrefixListId": OFFICES,
            "PrefixListName": "offices", "State": "create-complete", "AddressFamily": "IPv4", "OwnerId": ACCOUNT}]}),
        );
        list(
            "GetManagedPrefixListEntries",
            json!({"PrefixListId": OFFICES}),
            json!({"Entries": [{"Cidr": "198.51.100.0/24", "Description": "north"}, {"Cidr": "203.0.113.0/25"}]}),
        );
        list(
            "DescribeTransitGateways",
            Value::Null,
            json!({"TransitGateways": [{"TransitGatewayId": self.transit,
            "OwnerId": ACCOUNT, "State": "available", "Options": {"SecurityGroupReferencingSupport": "enable"}}]}),
        );
        list(
            "DescribeTransitGatewayAttachments",
            Value::Null,
            json!({"TransitGatewayAttachments": self.attachments}),
        );
        list(
            "DescribeTransitGatewayVpcAttachments",
            Value::Null,
            json!({"TransitGatewayVpcAttachments": self.vpc_attachments}),
        );
        list(
            "DescribeTransitGatewayRouteTables",
            Value::Null,
            json!({"TransitGatewayRouteTables": [{
            "TransitGatewayRouteTableId": self.transit_table, "TransitGatewayId": self.transit, "State": "available",
            "DefaultAssociationRouteTable": true, "DefaultPropagationRouteTable": true}]}),
        );
        let associations: Vec<Value> = self
            .propagations
            .iter()
            .map(|one| {
                let mut one = one.clone();
                one["State"] = "associated".into();
                one
            })
            .collect();
        list("GetTransitGatewayRouteTableAssociations", table.clone(), json!({"Associations": associations}));
        list(
            "GetTransitGatewayRouteTablePropagations",
            table.clone(),
            json!({"TransitGatewayRouteTablePropagations": self.propagations}),
        );
        list(
            "SearchTransitGatewayRoutes",
            table,
            json!({"Routes": self.learned, "AdditionalRoutesAvailable": false}),
        );
        Realistic { calls, flows, group: self.server_group }
    }
}
