//! Over a peering connection.

use super::{End, Walker, place};
use crate::codes;
use crate::model::Item;
use crate::model::route_table::RouteTable;
use crate::model::vpc::Subnet;

const PEERING: &str = "AWS::EC2::VPCPeeringConnection";

impl<'n> Walker<'n> {
    /// Into the peer VPC. What enters is delivered to the peer's own addresses only: peering is not transitive;
    /// semantics 50 to 52.
    pub(super) fn peering(
        &mut self,
        id: &'n str,
        table: &'n Item<RouteTable>,
        subnet: &'n Item<Subnet>,
    ) -> End<'n> {
        let network = self.network;
        let Some(peering) = network.peering(id) else {
            return self.absent_target(PEERING, id, table);
        };
        if peering.status() != "active" {
            let rule = format!(
                "the connection is {}",
                if peering.status().is_empty() { "in an unknown state" } else { peering.status() }
            );
            self.block(codes::BAD_STATE, PEERING, peering, rule);
        }
        let Some((near, far)) = peering.sides(&subnet.vpc_id) else {
            let rule = format!("it does not connect {}", subnet.vpc_id);
            self.block(codes::UNASSOCIATED_COMPONENT, PEERING, peering, rule);
            return self.jump();
        };
        let (source, destination) = (self.packet.source, self.packet.destination);
        let inside = |vpc: &str, told: &crate::model::gateway::PeeredVpc, address| {
            let mut blocks = told.cidrs().peekable();
            network
                .vpc(vpc)
                .map(|vpc| vpc.contains(address))
                .or_else(|| blocks.peek().is_some().then(|| blocks.any(|block| block.contains(&address))))
        };
        for (vpc, told, address) in [(&near.vpc_id, near, source), (&far.vpc_id, far, destination)] {
            if inside(vpc, told, address) == Some(false) {
                let rule = format!("{address} is not an address of {vpc}");
                self.block(codes::PCX_REQUIRES_ADDRESS_IN_VPC_CIDR, PEERING, peering, rule);
                return End::Nowhere;
            }
        }
        if !near.region.is_empty() && !far.region.is_empty() && near.region != far.region {
            self.crossed.distant_peering = true;
        }
        self.hop(PEERING, peering, format!("carries to {}", far.vpc_id), None);
        if network.vpc(&far.vpc_id).is_none() && network.hosts.count_in_vpc(&far.vpc_id) == 0 {
            let why = format!("the peer VPC is where {destination} would be");
            self.miss("AWS::EC2::VPC", Some(&far.vpc_id), (&far.owner_id, &far.region), why);
            return End::Nowhere;
        }
        self.deliver(&far.vpc_id, None)
    }

    /// The target of a route has no document: gone where its kind was listed completely, else unknown.
    pub(super) fn absent_target(
        &mut self,
        kind: &'static str,
        id: &str,
        table: &'n Item<RouteTable>,
    ) -> End<'n> {
        let (account, region) = place(table);
        if self.network.is_listed(kind, account, region) {
            let component =
                crate::trace::Component { kind: "AWS::EC2::RouteTable", id: table.id.to_string() };
            let rule = format!("the target {id} does not exist");
            self.refuse(codes::BAD_STATE_ROUTE, component, Some(rule), table.origins.clone());
            return self.jump();
        }
        self.miss(kind, Some(id), (account, region), format!("{} routes to it", table.id));
        End::Nowhere
    }
}
