//! What transit gateway route tables learn from the attachments that propagate into them; semantics 53 and 54.
//!
//! Propagated routes are derived, not read: a change of a propagation, of an attachment's state or of a VPC's blocks
//! changes them. What a search found is used for attachments whose prefixes nothing else tells (VPN, Direct Connect,
//! VPCs of other accounts).

use crate::model::Item;
use crate::model::route_table::Destination;
use crate::model::transit_gateway::{Attached, TransitRouteTable};
use crate::network::Tables;
use ipnet::IpNet;

/// A route that is learned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LearnedRoute {
    pub block: IpNet,
    /// Position of the member among the table's propagations.
    pub member: usize,
    /// Of equal blocks a VPC's counts before others; semantics 54.
    pub rank: u8,
}

/// What a table learns.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    pub routes: Vec<LearnedRoute>,
    /// Position of a member whose prefixes are not known, and what would tell them.
    pub opaque: Option<(&'static str, usize)>,
}

impl Learned {
    pub fn of(table: &Item<TransitRouteTable>, tables: &Tables) -> Self {
        let mut learned = Self::default();
        for (member, told) in
            table.propagations.iter().flatten().enumerate().filter(|(_, member)| member.live())
        {
            let id = &told.transit_gateway_attachment_id;
            let attachment = tables.attachments.get(id);
            if attachment.is_some_and(|attachment| !attachment.available()) {
                continue;
            }
            let resource = attachment.map_or(&told.resource_id, |attachment| &attachment.resource_id);
            if let Some(vpc) = tables.vpcs.get(resource) {
                learned.routes.extend(vpc.cidrs.iter().map(|block| LearnedRoute {
                    block: *block,
                    member,
                    rank: 2,
                }));
                continue;
            }
            let from = |block: IpNet| LearnedRoute { block, member, rank: 1 };
            let before = learned.routes.len();
            learned.routes.extend(found(table, id).map(from));
            if learned.routes.len() > before {
                continue;
            }
            match tables.vpn_connections.get(resource).filter(|vpn| vpn.is_static()) {
                Some(vpn) => learned.routes.extend(vpn.routes().map(from)),
                None => {
                    let kind = match attachment.map(|it| it.attached()) {
                        Some(Attached::Vpc) | None => "AWS::EC2::VPC",
                        _ => "AWS::EC2::TransitGatewayAttachment",
                    };
                    learned.opaque = learned.opaque.or(Some((kind, member)));
                }
            }
        }
        learned
    }
}

/// Blocks a search found behind an attachment.
fn found<'t>(table: &'t TransitRouteTable, attachment: &'t str) -> impl Iterator<Item = IpNet> + 't {
    let routes = table.routes.iter().flatten().filter(|route| !route.fixed);
    routes.filter(move |route| route.attachments.iter().any(|it| &**it == attachment)).filter_map(|route| {
        match route.destination {
            Destination::Cidr(block) => Some(block),
            Destination::PrefixList(_) => None,
        }
    })
}
