//! Network interfaces and instances.

use super::read::{self, Text, named};
use ipnet::IpNet;
use serde::Deserialize;
use std::net::IpAddr;

named!(GroupRef, "GroupId");

/// A network interface (EC2 API, `NetworkInterface`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Interface {
    /// Its VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    /// Its subnet.
    #[serde(deserialize_with = "read::text")]
    pub subnet_id: Text,
    /// Zone name.
    #[serde(deserialize_with = "read::text")]
    pub availability_zone: Text,
    #[serde(deserialize_with = "read::address")]
    private_ip_address: Option<IpAddr>,
    #[serde(deserialize_with = "read::list")]
    private_ip_addresses: Vec<RawAddress>,
    #[serde(deserialize_with = "read::object")]
    association: RawAssociation,
    #[serde(deserialize_with = "read::list")]
    ipv6_addresses: Vec<RawIpv6>,
    #[serde(deserialize_with = "read::list")]
    ipv4_prefixes: Vec<RawPrefix>,
    #[serde(deserialize_with = "read::list")]
    ipv6_prefixes: Vec<RawPrefix>,
    #[serde(rename = "Groups", deserialize_with = "read::known_list")]
    raw_groups: Option<Vec<GroupRef>>,
    /// Off for NAT instances and appliances; semantics 31.
    #[serde(deserialize_with = "read::flag")]
    pub source_dest_check: Option<bool>,
    /// `in-use`, `available`, ...
    #[serde(deserialize_with = "read::text")]
    pub status: Text,
    /// `interface`, `nat_gateway`, `vpc_endpoint`, `network_load_balancer`, `lambda`, `transit_gateway`, ...
    #[serde(deserialize_with = "read::text")]
    pub interface_type: Text,
    /// Which service asked for it (`amazon-rds`, `amazon-elb`, an account).
    #[serde(deserialize_with = "read::text")]
    pub requester_id: Text,
    /// What it is for, in the words of the service.
    #[serde(deserialize_with = "read::text")]
    pub description: Text,
    /// Owner's account.
    #[serde(deserialize_with = "read::text")]
    pub owner_id: Text,
    #[serde(deserialize_with = "read::object")]
    attachment: RawAttachment,

    /// Addresses with their public counterparts, the primary one first.
    #[serde(skip)]
    pub addresses: Vec<Address>,
    /// Delegated blocks.
    #[serde(skip)]
    pub prefixes: Vec<IpNet>,
    /// Security groups; `None` when the description does not tell.
    #[serde(skip)]
    pub groups: Option<Vec<Text>>,
    /// Instance it is attached to.
    #[serde(skip)]
    pub instance_id: Option<Text>,
    /// Owner of what it is attached to (`amazon-rds`, `amazon-elb`, `amazon-aws`, an account).
    #[serde(skip)]
    pub attached_to_owner: Text,
    /// 0 for an instance's primary interface.
    #[serde(skip)]
    pub device_index: Option<i64>,
}

/// An address of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Private IPv4 or IPv6 address.
    pub private: IpAddr,
    /// The public IPv4 address the internet gateway maps it to.
    pub public: Option<IpAddr>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawAddress {
    #[serde(deserialize_with = "read::address")]
    private_ip_address: Option<IpAddr>,
    #[serde(deserialize_with = "read::flag")]
    primary: Option<bool>,
    #[serde(deserialize_with = "read::object")]
    association: RawAssociation,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawAssociation {
    #[serde(deserialize_with = "read::address")]
    public_ip: Option<IpAddr>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawIpv6 {
    #[serde(deserialize_with = "read::address")]
    ipv6_address: Option<IpAddr>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct RawPrefix {
    #[serde(rename = "Ipv4Prefix", deserialize_with = "read::cidr")]
    v4: Option<IpNet>,
    #[serde(rename = "Ipv6Prefix", deserialize_with = "read::cidr")]
    v6: Option<IpNet>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawAttachment {
    #[serde(deserialize_with = "read::maybe_text")]
    instance_id: Option<Text>,
    #[serde(deserialize_with = "read::text")]
    instance_owner_id: Text,
    #[serde(deserialize_with = "read::number")]
    device_index: Option<i64>,
}

impl Interface {
    pub(crate) fn finish(&mut self) {
        let mut raw = std::mem::take(&mut self.private_ip_addresses);
        raw.sort_by_key(|address| address.primary != Some(true));
        for RawAddress { private_ip_address, association, .. } in raw {
            if let Some(private) = private_ip_address {
                self.addresses.push(Address { private, public: association.public_ip });
            }
        }
        if let Some(private) = self.private_ip_address {
            match self.addresses.iter_mut().find(|address| address.private == private) {
                // AWS says the primary address's association twice; the interface's own decides.
                Some(address) => address.public = self.association.public_ip,
                None => self.addresses.insert(0, Address { private, public: self.association.public_ip }),
            }
        }
        for address in std::mem::take(&mut self.ipv6_addresses).into_iter().filter_map(|raw| raw.ipv6_address)
        {
            self.addresses.push(Address { private: address, public: None });
        }
        let prefixes = std::mem::take(&mut self.ipv4_prefixes).into_iter();
        self.prefixes = prefixes
            .chain(std::mem::take(&mut self.ipv6_prefixes))
            .filter_map(|raw| raw.v4.or(raw.v6))
            .collect();
        self.groups = self
            .raw_groups
            .take()
            .map(|groups| groups.into_iter().map(|group| group.id).filter(|id| !id.is_empty()).collect());
        self.instance_id = self.attachment.instance_id.take();
        self.attached_to_owner = std::mem::replace(&mut self.attachment.instance_owner_id, read::empty());
        self.device_index = self.attachment.device_index;
    }

    /// The primary private address; for interfaces without IPv4 the first IPv6 address.
    #[must_use]
    pub fn primary(&self) -> Option<IpAddr> {
        self.addresses.first().map(|address| address.private)
    }

    /// The first address of a family.
    #[must_use]
    pub fn first_of(&self, v6: bool) -> Option<IpAddr> {
        self.addresses.iter().map(|address| address.private).find(|address| address.is_ipv6() == v6)
    }

    /// Whether an address (private or IPv6) is its own.
    #[must_use]
    pub fn owns(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|own| own.private == address)
            || self.prefixes.iter().any(|block| block.contains(&address))
    }

    /// The public address of a private one.
    #[must_use]
    pub fn public_of(&self, private: IpAddr) -> Option<IpAddr> {
        self.addresses.iter().find(|address| address.private == private)?.public
    }

    /// The private address of a public one.
    #[must_use]
    pub fn private_of(&self, public: IpAddr) -> Option<IpAddr> {
        self.addresses.iter().find(|address| address.public == Some(public)).map(|address| address.private)
    }
}

/// An instance (EC2 API, `Instance`); its interfaces are documents of their own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Instance {
    #[serde(deserialize_with = "read::object")]
    state: RawState,
    /// `running`, `stopped`, ...; empty when it was not described.
    #[serde(skip)]
    pub state_name: Text,
    /// Its VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    #[serde(rename = "NetworkInterfaces", deserialize_with = "read::list")]
    interfaces: Vec<RawInterface>,
}

named!(RawInterface, "NetworkInterfaceId");

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawState {
    #[serde(deserialize_with = "read::text")]
    name: Text,
}

impl Instance {
    pub(crate) fn finish(&mut self) {
        self.state_name = std::mem::replace(&mut self.state.name, read::empty());
    }

    /// Ids of its interfaces, as the instance tells them.
    pub fn interface_ids(&self) -> impl Iterator<Item = &Text> {
        self.interfaces.iter().map(|interface| &interface.id)
    }

    /// Whether it can send and receive; one whose state was not described is taken to be running.
    #[must_use]
    pub fn runs(&self) -> bool {
        matches!(&*self.state_name, "" | "running")
    }
}
