//! Transit gateways, their attachments and route tables.

use super::read::{self, Text};
use ipnet::IpNet;
use serde::Deserialize;

/// A transit gateway (EC2 API, `TransitGateway`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TransitGateway {
    /// Owner's account.
    #[serde(deserialize_with = "read::text")]
    pub owner_id: Text,
    /// `available`, ...
    #[serde(deserialize_with = "read::text")]
    pub state: Text,
    #[serde(deserialize_with = "read::object")]
    options: RawOptions,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawOptions {
    #[serde(deserialize_with = "read::flag")]
    security_group_referencing_support: Option<bool>,
    #[serde(deserialize_with = "read::flag")]
    appliance_mode_support: Option<bool>,
}

impl TransitGateway {
    /// Whether rules may refer to groups across it; off unless it says otherwise; semantics 11.
    #[must_use]
    pub fn references_groups(&self) -> bool {
        self.options.security_group_referencing_support == Some(true)
    }
}

/// An attachment: what DescribeTransitGatewayAttachments, ...VpcAttachments and ...PeeringAttachments tell, merged.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Attachment {
    /// The transit gateway (of a peering attachment: the one on the side that described it).
    #[serde(deserialize_with = "read::text")]
    pub transit_gateway_id: Text,
    /// Its owner's account.
    #[serde(deserialize_with = "read::text")]
    pub transit_gateway_owner_id: Text,
    #[serde(deserialize_with = "read::text")]
    resource_type: Text,
    /// What is attached: a VPC, a VPN connection, another transit gateway, a Direct Connect gateway.
    #[serde(deserialize_with = "read::text")]
    pub resource_id: Text,
    /// Owner of what is attached.
    #[serde(deserialize_with = "read::text")]
    pub resource_owner_id: Text,
    #[serde(deserialize_with = "read::text")]
    vpc_id: Text,
    #[serde(deserialize_with = "read::text")]
    vpc_owner_id: Text,
    /// Subnets it forwards from, one in a zone; `None` when they were not described; semantics 56.
    #[serde(deserialize_with = "read::known_texts")]
    pub subnet_ids: Option<Vec<Text>>,
    /// `available`, `deleted`, `pendingAcceptance`, ...
    #[serde(deserialize_with = "read::text")]
    pub state: Text,
    #[serde(deserialize_with = "read::object")]
    association: RawAssociation,
    #[serde(deserialize_with = "read::list")]
    associations: Vec<RawAssociation>,
    #[serde(deserialize_with = "read::object")]
    options: RawOptions,
    #[serde(deserialize_with = "read::object")]
    requester_tgw_info: PeerInfo,
    #[serde(deserialize_with = "read::object")]
    accepter_tgw_info: PeerInfo,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawAssociation {
    #[serde(deserialize_with = "read::text")]
    state: Text,
    #[serde(deserialize_with = "read::text")]
    transit_gateway_route_table_id: Text,
}

/// One side of a peering attachment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct PeerInfo {
    /// The transit gateway.
    #[serde(deserialize_with = "read::text")]
    pub transit_gateway_id: Text,
    /// Its owner's account.
    #[serde(deserialize_with = "read::text")]
    pub owner_id: Text,
    /// Its region.
    #[serde(deserialize_with = "read::text")]
    pub region: Text,
}

/// What an attachment attaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attached {
    /// A VPC.
    Vpc,
    /// A site-to-site VPN connection.
    Vpn,
    /// Another transit gateway.
    TransitGateway,
    /// A Direct Connect gateway.
    DirectConnect,
    /// A Connect attachment, a firewall, or something newer.
    Other,
}

impl Attachment {
    pub(crate) fn finish(&mut self) {
        if self.resource_id.is_empty() {
            self.resource_id = self.vpc_id.clone();
            self.resource_owner_id = self.vpc_owner_id.clone();
        }
    }

    /// What it attaches.
    #[must_use]
    pub fn attached(&self) -> Attached {
        match &*self.resource_type {
            "vpc" => Attached::Vpc,
            "vpn" => Attached::Vpn,
            "peering" | "tgw-peering" => Attached::TransitGateway,
            "direct-connect-gateway" => Attached::DirectConnect,
            "" if !self.vpc_id.is_empty() => Attached::Vpc,
            "" if !self.requester_tgw_info.transit_gateway_id.is_empty() => Attached::TransitGateway,
            _ => Attached::Other,
        }
    }

    /// Transit gateways it is on: one, or both sides of a peering.
    pub fn gateways(&self) -> impl Iterator<Item = &Text> {
        let peers = [
            &self.requester_tgw_info.transit_gateway_id,
            &self.accepter_tgw_info.transit_gateway_id,
            if self.attached() == Attached::TransitGateway {
                &self.resource_id
            } else {
                &self.transit_gateway_id
            },
        ];
        let first = &self.transit_gateway_id;
        let rest = peers.into_iter().enumerate().filter(move |(number, id)| {
            ***id != **first && !peers.iter().take(*number).any(|earlier| earlier == id)
        });
        std::iter::once(first).chain(rest.map(|(_, id)| id)).filter(|id| !id.is_empty())
    }

    /// Of a peering: the transit gateway on the other side.
    #[must_use]
    pub fn other_side(&self, gateway: &str) -> Option<&Text> {
        self.gateways().find(|id| &***id != gateway)
    }

    /// Account and region of a side of a peering, as far as the attachment tells.
    #[must_use]
    pub fn side(&self, gateway: &str) -> Option<&PeerInfo> {
        [&self.requester_tgw_info, &self.accepter_tgw_info]
            .into_iter()
            .find(|side| &*side.transit_gateway_id == gateway)
    }

    /// Whether it forwards; semantics 71: dead ones stay listed.
    #[must_use]
    pub fn available(&self) -> bool {
        matches!(&*self.state, "" | "available" | "modifying")
    }

    /// Route tables it is associated with, as the attachment tells them: one on each transit gateway it is on.
    pub fn associated_tables(&self) -> impl Iterator<Item = &Text> {
        let all = std::iter::once(&self.association).chain(&self.associations);
        let live = all.filter(|association| matches!(&*association.state, "" | "associated"));
        live.map(|association| &association.transit_gateway_route_table_id).filter(|id| !id.is_empty())
    }

    /// Whether it was described by DescribeTransitGatewayAttachments, which tells the association.
    #[must_use]
    pub fn tells_association(&self) -> bool {
        !self.resource_type.is_empty()
    }

    /// One zone for both directions of a flow; semantics 59.
    #[must_use]
    pub fn appliance_mode(&self) -> bool {
        self.options.appliance_mode_support == Some(true)
    }

    /// Whether rules in its VPC may refer to groups behind the transit gateway; semantics 11.
    #[must_use]
    pub fn references_groups(&self) -> Option<bool> {
        self.options.security_group_referencing_support
    }
}

/// A route table of a transit gateway, with what the secondary calls tell merged in; semantics 53 to 55.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TransitRouteTable {
    /// The transit gateway.
    #[serde(deserialize_with = "read::text")]
    pub transit_gateway_id: Text,
    /// `available`, ...
    #[serde(deserialize_with = "read::text")]
    pub state: Text,
    /// Attachments whose arriving traffic it routes; `None` when they were not described.
    #[serde(deserialize_with = "read::known_list")]
    pub associations: Option<Vec<TableMember>>,
    /// Attachments whose prefixes it learns; `None` when they were not described.
    #[serde(deserialize_with = "read::known_list")]
    pub propagations: Option<Vec<TableMember>>,
    #[serde(rename = "Routes", deserialize_with = "read::known_list")]
    raw_routes: Option<Vec<RawRoute>>,
    /// Whether SearchTransitGatewayRoutes left routes out.
    #[serde(deserialize_with = "read::flag")]
    additional_routes_available: Option<bool>,
    /// Routes; `None` when they were not searched for.
    #[serde(skip)]
    pub routes: Option<Vec<TransitRoute>>,
}

/// An attachment that is associated with a table or propagates into it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TableMember {
    /// The attachment.
    #[serde(deserialize_with = "read::text")]
    pub transit_gateway_attachment_id: Text,
    /// What is attached.
    #[serde(deserialize_with = "read::text")]
    pub resource_id: Text,
    /// `vpc`, `vpn`, ...
    #[serde(deserialize_with = "read::text")]
    pub resource_type: Text,
    #[serde(deserialize_with = "read::text")]
    state: Text,
}

impl TableMember {
    /// Whether it is in effect.
    #[must_use]
    pub fn live(&self) -> bool {
        matches!(&*self.state, "" | "associated" | "enabled")
    }
}

/// A route of a transit gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitRoute {
    /// Address block, or a prefix list where there is no block.
    pub destination: super::route_table::Destination,
    /// Attachments it leads to; none is a blackhole made on purpose.
    pub attachments: Vec<Text>,
    /// `Type: static`; else learned.
    pub fixed: bool,
    /// `State: blackhole`.
    pub blackhole: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawRoute {
    #[serde(deserialize_with = "read::cidr")]
    destination_cidr_block: Option<IpNet>,
    #[serde(deserialize_with = "read::maybe_text")]
    prefix_list_id: Option<Text>,
    #[serde(deserialize_with = "read::list")]
    transit_gateway_attachments: Vec<RawAttachmentRef>,
    #[serde(deserialize_with = "read::text")]
    r#type: Text,
    #[serde(deserialize_with = "read::text")]
    state: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawAttachmentRef {
    #[serde(deserialize_with = "read::text")]
    transit_gateway_attachment_id: Text,
}

impl TransitRouteTable {
    pub(crate) fn finish(&mut self) -> Vec<(String, String)> {
        use super::route_table::Destination;
        let mut unread = Vec::new();
        self.routes = self.raw_routes.take().map(|raw| {
            let mut routes = Vec::new();
            for (number, route) in raw.into_iter().enumerate() {
                if matches!(&*route.state, "deleted" | "deleting") {
                    continue;
                }
                let block = route.destination_cidr_block.map(Destination::Cidr);
                let Some(destination) = block.or(route.prefix_list_id.map(Destination::PrefixList)) else {
                    unread.push((format!("Routes[{number}]"), "has no usable destination".to_owned()));
                    continue;
                };
                let attachments = route.transit_gateway_attachments.into_iter();
                routes.push(TransitRoute {
                    destination,
                    attachments: attachments
                        .map(|attachment| attachment.transit_gateway_attachment_id)
                        .collect(),
                    fixed: &*route.r#type != "propagated",
                    blackhole: route.state.eq_ignore_ascii_case("blackhole"),
                });
            }
            routes
        });
        unread
    }

    /// Whether the search left routes out.
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.additional_routes_available == Some(true)
    }
}
