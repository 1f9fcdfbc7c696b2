//! What has an address: network interfaces, instances, databases, and the groups they are in.

use super::build::{CREATED, Subnet, Vpc, permission, tags};
use super::cloud::{DATABASES, GROUPS, INSTANCES, INTERFACES, Place, text};
use super::story::Story;
use serde_json::{Value, json};

/// An instance with one interface.
#[derive(Debug, Clone)]
pub(super) struct Host {
    pub place: Place,
    pub id: String,
    pub interface: String,
    pub address: String,
}

/// A database instance with the interface AWS manages for it.
#[derive(Debug, Clone)]
pub(super) struct Database {
    pub place: Place,
    pub name: String,
    pub endpoint: String,
    pub interface: String,
    pub address: String,
    pub port: u16,
}

/// One end of a conversation in a flow log; without an interface it is not ours.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub address: String,
    pub interface: Option<(Place, String)>,
}

impl Host {
    pub(super) fn peer(&self) -> Peer {
        Peer { address: self.address.clone(), interface: Some((self.place.clone(), self.interface.clone())) }
    }
}

impl Database {
    pub(super) fn peer(&self) -> Peer {
        Peer { address: self.address.clone(), interface: Some((self.place.clone(), self.interface.clone())) }
    }
}

impl Peer {
    /// Somebody on the internet.
    pub(super) fn outside(address: &str) -> Self {
        Self { address: address.to_owned(), interface: None }
    }
}

impl Story {
    /// A network interface's document; `role` is its type, its description and who attached it.
    pub(super) fn interface(
        &mut self,
        subnet: &Subnet,
        id: &str,
        address: &str,
        groups: &[&str],
        (kind, description, owner): (&str, &str, &str),
    ) -> Value {
        let groups: Vec<_> = groups.iter().map(|group| self.group_reference(group)).collect();
        json!({
            "NetworkInterfaceId": id, "InterfaceType": kind, "Description": description, "VpcId": subnet.vpc.id,
            "SubnetId": subnet.id, "AvailabilityZone": subnet.zone, "OwnerId": subnet.vpc.place.account,
            "PrivateIpAddress": address, "PrivateIpAddresses": [{ "Primary": true, "PrivateIpAddress": address }],
            "Ipv6Addresses": [], "Groups": groups, "SourceDestCheck": true, "Status": "in-use", "TagSet": [],
            "RequesterManaged": owner.starts_with("amazon"), "RequesterId": owner,
            "Attachment": { "AttachmentId": self.ids.id("eni-attach", id), "InstanceOwnerId": owner, "DeviceIndex": 0,
                "Status": "attached", "AttachTime": CREATED, "DeleteOnTermination": true }
        })
    }

    fn group_reference(&mut self, group: &str) -> Value {
        let document = self.get(GROUPS, group);
        json!({ "GroupId": group, "GroupName": text(&document, "GroupName") })
    }

    /// A security group that lets everything out.
    pub(super) fn group(&mut self, vpc: &Vpc, name: &str) -> String {
        let id = self.ids.id("sg", &format!("{} {name}", vpc.id));
        self.add(&vpc.place, GROUPS, json!({
            "GroupId": id, "GroupName": format!("{}-{name}-sg", vpc.name), "Description": name, "VpcId": vpc.id,
            "OwnerId": vpc.place.account, "Tags": tags(&vpc.name, &format!("{name}-sg")), "IpPermissions": [],
            "IpPermissionsEgress": [permission("-1", (0, 0), "0.0.0.0/0", &vpc.place.account)]
        }));
        id
    }

    /// Lets TCP to `port` in from a block, group or prefix list.
    pub(super) fn allow(&mut self, group: &str, port: u16, peer: &str) {
        let owner = text(&self.get(GROUPS, group), "OwnerId");
        self.push(GROUPS, group, "IpPermissions", &permission("tcp", (port, port), peer, &owner));
    }

    pub(super) fn instance(&mut self, subnet: &Subnet, name: &str, last_byte: u8, groups: &[&str]) -> Host {
        let place = subnet.vpc.place.clone();
        let id = self.ids.id("i", &format!("{} {name}", subnet.id));
        let host = Host {
            interface: self.ids.id("eni", &id),
            address: format!("10.{}.{}.{last_byte}", subnet.vpc.net, subnet.number),
            place: place.clone(),
            id,
        };
        let mut interface =
            self.interface(subnet, &host.interface, &host.address, groups, ("interface", "", &place.account));
        if let Some(attachment) = interface.get_mut("Attachment").and_then(Value::as_object_mut) {
            attachment.insert("InstanceId".to_owned(), json!(host.id));
        }
        let references = interface.get("Groups").cloned();
        self.add(&place, INSTANCES, json!({
            "InstanceId": host.id, "InstanceType": "t3.small", "State": { "Code": 16, "Name": "running" },
            "VpcId": subnet.vpc.id, "SubnetId": subnet.id, "PrivateIpAddress": host.address, "LaunchTime": CREATED,
            "Placement": { "AvailabilityZone": subnet.zone }, "SecurityGroups": references,
            "Tags": tags(&subnet.vpc.name, name), "SourceDestCheck": true,
            "NetworkInterfaces": [{ "NetworkInterfaceId": host.interface, "PrivateIpAddress": host.address,
                "SubnetId": subnet.id, "VpcId": subnet.vpc.id, "Groups": references, "Status": "in-use" }]
        }));
        self.add(&place, INTERFACES, interface);
        host
    }

    /// A database whose interface is in the first subnet.
    pub(super) fn database(&mut self, subnets: &[&Subnet], port: u16, groups: &[&str]) -> Database {
        let Some(subnet) = subnets.first() else { return self.no_database() };
        let place = subnet.vpc.place.clone();
        let name = format!("{}-db", subnet.vpc.name);
        let id = self.ids.id("eni", &format!("{name} {}", subnet.id));
        let suffix = self.ids.hex("rds suffix").chars().take(12).collect::<String>();
        let database = Database {
            endpoint: format!("{name}.c{suffix}.{}.rds.amazonaws.com", place.region),
            address: format!("10.{}.{}.41", subnet.vpc.net, subnet.number),
            interface: id,
            port,
            name,
            place: place.clone(),
        };
        let roles = ("interface", "RDSNetworkInterface", "amazon-rds");
        let interface = self.interface(subnet, &database.interface, &database.address, groups, roles);
        self.add(&place, INTERFACES, interface);
        let members: Vec<_> =
            groups.iter().map(|group| json!({ "VpcSecurityGroupId": group, "Status": "active" })).collect();
        let zones: Vec<_> = subnets
            .iter()
            .map(|subnet| {
                json!({ "SubnetIdentifier": subnet.id, "SubnetStatus": "Active",
                "SubnetAvailabilityZone": { "Name": subnet.zone } })
            })
            .collect();
        self.add(&place, DATABASES, json!({
            "DBInstanceIdentifier": database.name, "DBInstanceArn": place.arn("rds", &format!("db:{}", database.name)),
            "DBInstanceStatus": "available", "DBInstanceClass": "db.t3.medium", "InstanceCreateTime": CREATED,
            "Engine": if port == 3306 { "mysql" } else { "postgres" }, "MultiAZ": false, "PubliclyAccessible": false,
            "AvailabilityZone": subnet.zone, "Endpoint": { "Address": database.endpoint, "Port": port },
            "VpcSecurityGroups": members, "TagList": [{ "Key": "app", "Value": subnet.vpc.name }],
            "DBSubnetGroup": { "DBSubnetGroupName": format!("{}-subnets", database.name), "VpcId": subnet.vpc.id,
                "SubnetGroupStatus": "Complete", "Subnets": zones }
        }));
        database
    }

    fn no_database(&mut self) -> Database {
        self.mistakes.push("a database needs a subnet".to_owned());
        let none = String::new;
        Database {
            place: Place::new("", ""),
            name: none(),
            endpoint: none(),
            interface: none(),
            address: none(),
            port: 0,
        }
    }
}
