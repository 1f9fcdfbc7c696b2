//! VPCs, subnets, and Block Public Access.

use super::read::{self, Text};
use ipnet::IpNet;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr};

/// A VPC (EC2 API, `Vpc`, with its DNS attributes merged in).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Vpc {
    #[serde(deserialize_with = "read::cidr")]
    cidr_block: Option<IpNet>,
    #[serde(deserialize_with = "read::list")]
    cidr_block_association_set: Vec<Block>,
    #[serde(deserialize_with = "read::list")]
    ipv6_cidr_block_association_set: Vec<Block6>,
    /// Whether the Route 53 resolver answers in it; `None` when it was not described.
    #[serde(deserialize_with = "read::flag")]
    pub enable_dns_support: Option<bool>,
    /// Whether instances with public addresses get public names; `None` when it was not described.
    #[serde(deserialize_with = "read::flag")]
    pub enable_dns_hostnames: Option<bool>,
    /// Its owner's account.
    #[serde(deserialize_with = "read::text")]
    pub owner_id: Text,
    /// Associated address blocks, IPv4 first.
    #[serde(skip)]
    pub cidrs: Vec<IpNet>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Block {
    #[serde(deserialize_with = "read::cidr")]
    cidr_block: Option<IpNet>,
    #[serde(deserialize_with = "read::object")]
    cidr_block_state: State,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Block6 {
    #[serde(deserialize_with = "read::cidr")]
    ipv6_cidr_block: Option<IpNet>,
    #[serde(deserialize_with = "read::object")]
    ipv6_cidr_block_state: State,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct State {
    #[serde(deserialize_with = "read::text")]
    state: Text,
}

impl State {
    fn associated(&self) -> bool {
        matches!(&*self.state, "" | "associated")
    }
}

fn blocks(first: Option<IpNet>, v4: &[Block], v6: &[Block6]) -> Vec<IpNet> {
    let mut all: Vec<IpNet> = first.into_iter().collect();
    all.extend(
        v4.iter().filter(|block| block.cidr_block_state.associated()).filter_map(|block| block.cidr_block),
    );
    // The primary block is named twice; one that was disassociated is not the primary one.
    all.extend(
        v6.iter()
            .filter(|block| block.ipv6_cidr_block_state.associated())
            .filter_map(|block| block.ipv6_cidr_block),
    );
    all.sort_unstable();
    all.dedup();
    all
}

impl Vpc {
    pub(crate) fn finish(&mut self) {
        self.cidrs =
            blocks(self.cidr_block, &self.cidr_block_association_set, &self.ipv6_cidr_block_association_set);
        self.cidr_block_association_set = Vec::new();
        self.ipv6_cidr_block_association_set = Vec::new();
    }

    /// Whether an address is one of its own.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.cidrs.iter().any(|block| block.contains(&address))
    }

    /// The address of the Route 53 resolver: the base of the primary block plus two (VPC User Guide, "Amazon DNS
    /// server").
    #[must_use]
    pub fn resolver(&self) -> Option<Ipv4Addr> {
        match self.cidr_block? {
            IpNet::V4(block) => u32::from(block.network()).checked_add(2).map(Ipv4Addr::from),
            IpNet::V6(_) => None,
        }
    }
}

/// A subnet (EC2 API, `Subnet`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Subnet {
    /// Its VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    #[serde(deserialize_with = "read::cidr")]
    cidr_block: Option<IpNet>,
    #[serde(deserialize_with = "read::list")]
    ipv6_cidr_block_association_set: Vec<Block6>,
    /// Zone name (`us-east-1a`), which differs between accounts.
    #[serde(deserialize_with = "read::text")]
    pub availability_zone: Text,
    /// Zone id (`use1-az1`), the same in every account.
    #[serde(deserialize_with = "read::text")]
    pub availability_zone_id: Text,
    /// Whether new interfaces get a public address.
    #[serde(deserialize_with = "read::flag")]
    pub map_public_ip_on_launch: Option<bool>,
    /// Address blocks.
    #[serde(skip)]
    pub cidrs: Vec<IpNet>,
}

impl Subnet {
    pub(crate) fn finish(&mut self) {
        self.cidrs = blocks(self.cidr_block, &[], &self.ipv6_cidr_block_association_set);
        self.ipv6_cidr_block_association_set = Vec::new();
    }

    /// Whether an address is one of its own.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.cidrs.iter().any(|block| block.contains(&address))
    }

    /// Whether both are in one zone: by zone id where both have one, else by name.
    #[must_use]
    pub fn same_zone(&self, other: &Self) -> bool {
        if !self.availability_zone_id.is_empty() && !other.availability_zone_id.is_empty() {
            return self.availability_zone_id == other.availability_zone_id;
        }
        !self.availability_zone.is_empty() && self.availability_zone == other.availability_zone
    }

    /// Whether its zone is known.
    #[must_use]
    pub fn has_zone(&self) -> bool {
        !self.availability_zone_id.is_empty() || !self.availability_zone.is_empty()
    }
}

/// Block Public Access of a region (EC2 API, `VpcBlockPublicAccessOptions`); semantics 38.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct BlockPublicAccess {
    /// `off`, `block-bidirectional` or `block-ingress`.
    #[serde(deserialize_with = "read::text")]
    pub internet_gateway_block_mode: Text,
}

/// A VPC or subnet that is excluded from Block Public Access.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct BlockPublicAccessExclusion {
    /// ARN of the VPC or subnet.
    #[serde(deserialize_with = "read::text")]
    pub resource_arn: Text,
    /// `allow-bidirectional` or `allow-egress`.
    #[serde(deserialize_with = "read::text")]
    pub internet_gateway_exclusion_mode: Text,
    /// `create-complete`, `update-complete`, ...
    #[serde(deserialize_with = "read::text")]
    pub state: Text,
}
