//! Gateways of a VPC: internet, egress-only, NAT, VPN; peering connections; on-premises connections; Elastic IPs.

use super::read::{self, Text};
use ipnet::IpNet;
use serde::Deserialize;
use std::net::IpAddr;

/// An internet gateway or an egress-only internet gateway (EC2 API, `InternetGateway`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct InternetGateway {
    #[serde(deserialize_with = "read::list")]
    attachments: Vec<VpcAttachment>,
}

/// An egress-only internet gateway: IPv6, new connections outward only; semantics 37.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct EgressOnlyGateway {
    #[serde(deserialize_with = "read::list")]
    attachments: Vec<VpcAttachment>,
}

/// A VPN gateway (EC2 API, `VpnGateway`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct VpnGateway {
    #[serde(deserialize_with = "read::list")]
    vpc_attachments: Vec<VpcAttachment>,
    /// `available`, `deleted`, ...
    #[serde(deserialize_with = "read::text")]
    pub state: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct VpcAttachment {
    #[serde(deserialize_with = "read::text")]
    vpc_id: Text,
    #[serde(deserialize_with = "read::text")]
    state: Text,
}

impl VpcAttachment {
    fn live(&self) -> bool {
        matches!(&*self.state, "" | "available" | "attached")
    }
}

fn live(attachments: &[VpcAttachment]) -> impl Iterator<Item = &Text> {
    attachments.iter().filter(|attachment| attachment.live()).map(|attachment| &attachment.vpc_id)
}

impl InternetGateway {
    /// VPCs it is attached to.
    pub fn vpcs(&self) -> impl Iterator<Item = &Text> {
        live(&self.attachments)
    }
}

impl EgressOnlyGateway {
    /// VPCs it is attached to.
    pub fn vpcs(&self) -> impl Iterator<Item = &Text> {
        live(&self.attachments)
    }
}

impl VpnGateway {
    /// VPCs it is attached to.
    pub fn vpcs(&self) -> impl Iterator<Item = &Text> {
        live(&self.vpc_attachments)
    }
}

/// A NAT gateway (EC2 API, `NatGateway`); semantics 34 to 36.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct NatGateway {
    /// Its VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    /// Its subnet; empty for a regional one.
    #[serde(deserialize_with = "read::text")]
    pub subnet_id: Text,
    /// `available`, `pending`, `failed`, `deleting`, `deleted`.
    #[serde(deserialize_with = "read::text")]
    pub state: Text,
    /// `public` or `private`.
    #[serde(deserialize_with = "read::text")]
    pub connectivity_type: Text,
    /// `zonal` or `regional`.
    #[serde(deserialize_with = "read::text")]
    pub availability_mode: Text,
    /// Route table of a regional one.
    #[serde(deserialize_with = "read::text")]
    pub route_table_id: Text,
    /// Its addresses.
    #[serde(rename = "NatGatewayAddresses", deserialize_with = "read::list")]
    pub addresses: Vec<NatAddress>,
}

/// An address of a NAT gateway.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct NatAddress {
    /// Private address in its subnet.
    #[serde(deserialize_with = "read::address")]
    pub private_ip: Option<IpAddr>,
    /// Elastic IP of a public one.
    #[serde(deserialize_with = "read::address")]
    pub public_ip: Option<IpAddr>,
    /// Its interface.
    #[serde(deserialize_with = "read::text")]
    pub network_interface_id: Text,
    /// Zone, for regional ones.
    #[serde(deserialize_with = "read::text")]
    pub availability_zone: Text,
    /// Whether it is the primary address.
    #[serde(deserialize_with = "read::flag")]
    pub is_primary: Option<bool>,
    /// `succeeded`, `associating`, `failed`, ...
    #[serde(deserialize_with = "read::text")]
    pub status: Text,
}

impl NatGateway {
    /// The address it translates to: its primary one.
    #[must_use]
    pub fn primary(&self) -> Option<&NatAddress> {
        let usable =
            |address: &&NatAddress| !matches!(&*address.status, "failed" | "disassociating" | "unassigning");
        self.addresses
            .iter()
            .filter(usable)
            .find(|address| address.is_primary == Some(true))
            .or_else(|| self.addresses.iter().find(usable))
    }

    /// Whether its translations work.
    #[must_use]
    pub fn available(&self) -> bool {
        matches!(&*self.state, "" | "available")
    }
}

/// An Elastic IP (EC2 API, `Address`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ElasticIp {
    /// The public address.
    #[serde(deserialize_with = "read::address")]
    pub public_ip: Option<IpAddr>,
    /// The private address it is associated with.
    #[serde(deserialize_with = "read::address")]
    pub private_ip_address: Option<IpAddr>,
    /// The interface it is associated with.
    #[serde(deserialize_with = "read::maybe_text")]
    pub network_interface_id: Option<Text>,
}

/// A peering connection (EC2 API, `VpcPeeringConnection`); semantics 50 to 52.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Peering {
    #[serde(deserialize_with = "read::object")]
    status: RawStatus,
    /// The side that accepted.
    #[serde(deserialize_with = "read::object")]
    pub accepter_vpc_info: PeeredVpc,
    /// The side that asked.
    #[serde(deserialize_with = "read::object")]
    pub requester_vpc_info: PeeredVpc,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawStatus {
    #[serde(deserialize_with = "read::text")]
    code: Text,
}

/// One side of a peering connection.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct PeeredVpc {
    /// The VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    /// Its owner's account.
    #[serde(deserialize_with = "read::text")]
    pub owner_id: Text,
    /// Its region.
    #[serde(deserialize_with = "read::text")]
    pub region: Text,
    #[serde(deserialize_with = "read::cidr")]
    cidr_block: Option<IpNet>,
    #[serde(deserialize_with = "read::list")]
    cidr_block_set: Vec<RawBlock>,
    #[serde(deserialize_with = "read::list")]
    ipv6_cidr_block_set: Vec<RawBlock>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct RawBlock {
    #[serde(rename = "CidrBlock", deserialize_with = "read::cidr")]
    v4: Option<IpNet>,
    #[serde(rename = "Ipv6CidrBlock", deserialize_with = "read::cidr")]
    v6: Option<IpNet>,
}

impl PeeredVpc {
    /// Address blocks, as the connection tells them.
    pub fn cidrs(&self) -> impl Iterator<Item = IpNet> {
        let sets = self.cidr_block_set.iter().chain(&self.ipv6_cidr_block_set);
        self.cidr_block.into_iter().chain(sets.filter_map(|block| block.v4.or(block.v6)))
    }
}

impl Peering {
    /// `active`, `deleted`, `pending-acceptance`, ...
    #[must_use]
    pub fn status(&self) -> &str {
        &self.status.code
    }

    /// The side of a VPC and the other side.
    #[must_use]
    pub fn sides(&self, vpc: &str) -> Option<(&PeeredVpc, &PeeredVpc)> {
        let (one, two) = (&self.requester_vpc_info, &self.accepter_vpc_info);
        if &*one.vpc_id == vpc {
            Some((one, two))
        } else if &*two.vpc_id == vpc {
            Some((two, one))
        } else {
            None
        }
    }
}

/// A site-to-site VPN connection (EC2 API, `VpnConnection`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct VpnConnection {
    /// `available`, `deleted`, ...
    #[serde(deserialize_with = "read::text")]
    pub state: Text,
    /// VPN gateway it ends at.
    #[serde(deserialize_with = "read::maybe_text")]
    pub vpn_gateway_id: Option<Text>,
    /// Transit gateway it ends at.
    #[serde(deserialize_with = "read::maybe_text")]
    pub transit_gateway_id: Option<Text>,
    #[serde(deserialize_with = "read::object")]
    options: RawVpnOptions,
    #[serde(rename = "Routes", deserialize_with = "read::list")]
    raw_routes: Vec<RawVpnRoute>,
    #[serde(deserialize_with = "read::list")]
    vgw_telemetry: Vec<RawTunnel>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawVpnOptions {
    #[serde(deserialize_with = "read::flag")]
    static_routes_only: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawVpnRoute {
    #[serde(deserialize_with = "read::cidr")]
    destination_cidr_block: Option<IpNet>,
    #[serde(deserialize_with = "read::text")]
    state: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawTunnel {
    #[serde(deserialize_with = "read::text")]
    status: Text,
}

impl VpnConnection {
    /// Whether it exists and works as far as AWS tells: available, and not every tunnel down.
    #[must_use]
    pub fn works(&self) -> bool {
        matches!(&*self.state, "" | "available") && !self.all_down()
    }

    /// Whether it exists: deleted ones stay listed for a while; semantics 71.
    #[must_use]
    pub fn exists(&self) -> bool {
        !matches!(&*self.state, "deleted" | "deleting")
    }

    fn all_down(&self) -> bool {
        !self.vgw_telemetry.is_empty()
            && self.vgw_telemetry.iter().all(|tunnel| tunnel.status.eq_ignore_ascii_case("down"))
    }

    /// Whether its destinations are a list (else they are learned by BGP and not described).
    #[must_use]
    pub fn is_static(&self) -> bool {
        self.options.static_routes_only == Some(true)
    }

    /// Destinations of a static one.
    pub fn routes(&self) -> impl Iterator<Item = IpNet> {
        self.raw_routes
            .iter()
            .filter(|route| &*route.state != "deleted")
            .filter_map(|route| route.destination_cidr_block)
    }
}

/// A Direct Connect virtual interface (Direct Connect API, `VirtualInterface`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VirtualInterface {
    /// `available`, `down`, `deleted`, ...
    #[serde(deserialize_with = "read::text")]
    pub virtual_interface_state: Text,
    /// VPN gateway it ends at.
    #[serde(deserialize_with = "read::maybe_text")]
    pub virtual_gateway_id: Option<Text>,
    /// Direct Connect gateway it ends at.
    #[serde(deserialize_with = "read::maybe_text")]
    pub direct_connect_gateway_id: Option<Text>,
}
