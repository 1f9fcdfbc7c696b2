//! VPC route tables.

use super::read::{self, Text, named};
use ipnet::IpNet;
use serde::Deserialize;

named!(PropagatingVgw, "GatewayId");

/// A route table of a VPC (EC2 API, `RouteTable`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct RouteTable {
    /// Its VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    #[serde(rename = "Routes", deserialize_with = "read::known_list")]
    raw_routes: Option<Vec<RawRoute>>,
    #[serde(rename = "Associations", deserialize_with = "read::list")]
    raw_associations: Vec<RawAssociation>,
    #[serde(rename = "PropagatingVgws", deserialize_with = "read::list")]
    raw_propagating: Vec<PropagatingVgw>,
    /// Routes; `None` when they were not described.
    #[serde(skip)]
    pub routes: Option<Vec<Route>>,
    /// Subnets that are associated explicitly.
    #[serde(skip)]
    pub subnets: Vec<Text>,
    /// Gateways it is the edge route table of; semantics 29.
    #[serde(skip)]
    pub gateways: Vec<Text>,
    /// Whether subnets without an association use it; semantics 26.
    #[serde(skip)]
    pub main: bool,
    /// VPN gateways that propagate into it; semantics 30.
    #[serde(skip)]
    pub propagating: Vec<Text>,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Which packets it is for.
    pub destination: Destination,
    /// Where they go.
    pub target: Target,
    /// `State: blackhole`: the target was deleted or detached; semantics 27.
    pub blackhole: bool,
    /// Learned from a VPN gateway (`Origin: EnableVgwRoutePropagation`).
    pub propagated: bool,
}

/// Destination of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// An address block.
    Cidr(IpNet),
    /// The entries of a prefix list.
    PrefixList(Text),
}

/// Target of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The VPC itself.
    Local,
    /// An internet, VPN, or other gateway, or a VPC endpoint: what it is is told by its document, else by its id.
    Gateway(Text),
    /// A NAT gateway.
    NatGateway(Text),
    /// An egress-only internet gateway.
    EgressOnly(Text),
    /// A transit gateway.
    TransitGateway(Text),
    /// A peering connection.
    Peering(Text),
    /// A network interface.
    Interface(Text),
    /// An instance whose interface is not named.
    Instance(Text),
    /// A local gateway, carrier gateway or core network: known, and outside this model.
    Other(Text),
    /// None that is known.
    Unknown,
}

impl Target {
    /// The id, `local`, or `an unknown target`.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Local => "local",
            Self::Unknown => "an unknown target",
            Self::Gateway(id)
            | Self::NatGateway(id)
            | Self::EgressOnly(id)
            | Self::TransitGateway(id)
            | Self::Peering(id)
            | Self::Interface(id)
            | Self::Instance(id)
            | Self::Other(id) => id,
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawRoute {
    #[serde(deserialize_with = "read::cidr")]
    destination_cidr_block: Option<IpNet>,
    #[serde(deserialize_with = "read::cidr")]
    destination_ipv6_cidr_block: Option<IpNet>,
    #[serde(deserialize_with = "read::maybe_text")]
    destination_prefix_list_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    gateway_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    vpc_endpoint_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    nat_gateway_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    egress_only_internet_gateway_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    transit_gateway_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    vpc_peering_connection_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    network_interface_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    instance_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    local_gateway_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    carrier_gateway_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    core_network_arn: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    odb_network_arn: Option<Text>,
    #[serde(deserialize_with = "read::text")]
    state: Text,
    #[serde(deserialize_with = "read::text")]
    origin: Text,
}

impl RawRoute {
    fn route(self) -> Option<Route> {
        let cidr = self.destination_cidr_block.or(self.destination_ipv6_cidr_block).map(Destination::Cidr);
        let destination = cidr.or(self.destination_prefix_list_id.map(Destination::PrefixList))?;
        let target = match self.gateway_id.or(self.vpc_endpoint_id) {
            Some(id) if &*id == "local" => Some(Target::Local),
            other => other.map(Target::Gateway),
        };
        // An interface is named before the instance it belongs to: both are given for one target.
        let target = target
            .or(self.nat_gateway_id.map(Target::NatGateway))
            .or(self.egress_only_internet_gateway_id.map(Target::EgressOnly))
            .or(self.transit_gateway_id.map(Target::TransitGateway))
            .or(self.vpc_peering_connection_id.map(Target::Peering))
            .or(self.network_interface_id.map(Target::Interface))
            .or(self.instance_id.map(Target::Instance))
            .or(self.local_gateway_id.map(Target::Other))
            .or(self.carrier_gateway_id.map(Target::Other))
            .or(self.core_network_arn.map(Target::Other))
            .or(self.odb_network_arn.map(Target::Other));
        Some(Route {
            destination,
            target: target.unwrap_or(Target::Unknown),
            blackhole: self.state.eq_ignore_ascii_case("blackhole"),
            propagated: &*self.origin == "EnableVgwRoutePropagation",
        })
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawAssociation {
    #[serde(deserialize_with = "read::flag")]
    main: Option<bool>,
    #[serde(deserialize_with = "read::maybe_text")]
    subnet_id: Option<Text>,
    #[serde(deserialize_with = "read::maybe_text")]
    gateway_id: Option<Text>,
    #[serde(deserialize_with = "read::object")]
    association_state: RawState,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawState {
    #[serde(deserialize_with = "read::text")]
    state: Text,
}

impl RouteTable {
    pub(crate) fn finish(&mut self) -> Vec<(String, String)> {
        let mut unread = Vec::new();
        self.routes = self.raw_routes.take().map(|raw| {
            let mut routes = Vec::with_capacity(raw.len());
            for (number, route) in raw.into_iter().enumerate() {
                match route.route() {
                    Some(route) => routes.push(route),
                    None => {
                        unread.push((format!("Routes[{number}]"), "has no usable destination".to_owned()))
                    }
                }
            }
            routes
        });
        for association in std::mem::take(&mut self.raw_associations) {
            if matches!(&*association.association_state.state, "disassociated" | "disassociating" | "failed")
            {
                continue;
            }
            self.main |= association.main == Some(true);
            self.subnets.extend(association.subnet_id);
            self.gateways.extend(association.gateway_id);
        }
        self.propagating =
            std::mem::take(&mut self.raw_propagating).into_iter().map(|gateway| gateway.id).collect();
        unread
    }
}
