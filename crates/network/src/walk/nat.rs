//! Through a NAT gateway.

use super::{End, Identity, Translation, Walker, place};
use crate::codes;
use crate::filter::Way;
use crate::flow::{Flow, Protocol};
use crate::model::Item;
use crate::model::gateway::NatGateway;
use crate::model::route_table::RouteTable;
use crate::model::vpc::Subnet;
use crate::walk::routing::Routed;
use std::net::{IpAddr, Ipv4Addr};

const NAT: &str = "AWS::EC2::NatGateway";
/// Lowest source port a NAT gateway or a load balancer uses (VPC User Guide, "Custom network ACLs", ephemeral ports).
pub(super) const LOWEST_PORT: u16 = 1024;

impl<'n> Walker<'n> {
    /// Through a NAT gateway, with its address as source, and on from its own subnet; semantics 34 to 36.
    pub(super) fn nat_gateway(
        &mut self,
        id: &'n str,
        table: &'n Item<RouteTable>,
        subnet: &'n Item<Subnet>,
    ) -> End<'n> {
        let Some(nat) = self.network.nat_gateway(id) else {
            return self.absent_target(NAT, id, table);
        };
        let address = nat.primary();
        if address.is_some_and(|address| address.private_ip == Some(self.packet.source)) {
            let rule = format!("the route leads back to {id}, whose subnet uses this table");
            self.block(codes::NO_ROUTE_TO_DESTINATION, "AWS::EC2::RouteTable", table, rule);
            return End::Nowhere;
        }
        if !self.forward() {
            let rule = "it would give the reply another source address";
            self.block(codes::NGW_SOURCE_ADDRESS_REASSIGN, NAT, nat, rule);
            return End::Nowhere;
        }
        if !nat.available() {
            self.block(codes::BAD_STATE, NAT, nat, format!("it is {}", nat.state));
        }
        if nat.vpc_id != subnet.vpc_id {
            self.block(codes::NGW_REQUIRES_SOURCE_IN_VPC, NAT, nat, format!("it serves {} only", nat.vpc_id));
        }
        if !matches!(self.packet.protocol, Protocol::TCP | Protocol::UDP | Protocol::ICMP) {
            let rule = format!("it takes TCP, UDP and ICMP only, not {}", self.packet.protocol);
            self.block(codes::PROTOCOL_RESTRICTION, NAT, nat, rule);
        }
        if self.packet.source.is_ipv6() {
            let Some(translated) = nat64(self.packet.destination) else {
                self.block(
                    codes::PROTOCOL_RESTRICTION,
                    NAT,
                    nat,
                    "it takes IPv6 only for addresses in 64:ff9b::/96",
                );
                return End::Nowhere;
            };
            self.packet.destination = IpAddr::V4(translated);
        }
        if &*nat.availability_mode == "regional" {
            return self.regional_nat(nat, subnet);
        }
        let Some(own) = self.network.subnet(&nat.subnet_id) else {
            self.miss(
                "AWS::EC2::Subnet",
                Some(&nat.subnet_id),
                place(nat),
                format!("{id} sends on from there"),
            );
            return End::Nowhere;
        };
        if own.id != subnet.id {
            self.acl(own, Way::Inbound);
        }
        let Some(private) = address.and_then(|address| address.private_ip) else {
            self.miss(NAT, Some(id), place(nat), "its address was not described");
            return End::Nowhere;
        };
        self.rewrite_source(nat, private, own);
        self.leave_subnet(own)
    }

    fn rewrite_source(&mut self, nat: &'n Item<NatGateway>, source: IpAddr, subnet: &'n Item<Subnet>) {
        self.straight = false;
        let before = self.packet;
        self.packet.source = source;
        if self.packet.protocol.has_ports() && self.packet.source_port < LOWEST_PORT {
            self.packet.source_port = Flow::EPHEMERAL_PORT;
        }
        self.session.translations.push(Translation::Source {
            before,
            after: self.packet,
            subnet,
            any_port: true,
        });
        self.identity = Identity::None;
        self.hop(NAT, nat, format!("rewrites source to {source}"), None);
    }

    /// A regional one has no subnet: it is routed by a table of its own, and is there in some zones.
    fn regional_nat(&mut self, nat: &'n Item<NatGateway>, subnet: &'n Item<Subnet>) -> End<'n> {
        let in_zone =
            nat.addresses.iter().find(|address| address.availability_zone == subnet.availability_zone);
        let Some(address) = in_zone else {
            let rule = format!("it has no address in {}", subnet.availability_zone);
            self.block(codes::REGIONAL_NGW_ROUTE_AZ_RESTRICTION, NAT, nat, rule);
            return End::Nowhere;
        };
        let Some(table) = self.network.route_table(&nat.route_table_id) else {
            let id = Some(&*nat.route_table_id).filter(|id| !id.is_empty());
            self.miss("AWS::EC2::RouteTable", id, place(nat), format!("{} routes by it", nat.id));
            return End::Nowhere;
        };
        let Some(source) = address.public_ip.or(address.private_ip) else {
            self.miss(NAT, Some(&nat.id), place(nat), "its address was not described");
            return End::Nowhere;
        };
        self.rewrite_source(nat, source, subnet);
        match self.look_up(table, self.network.vpc(&nat.vpc_id)) {
            Routed::By(route, block) => self.follow(table, route, block, subnet),
            Routed::Local => self.deliver(&subnet.vpc_id, None),
            Routed::None => {
                let rule = format!("no route to {}", self.packet.destination);
                self.block(codes::NO_ROUTE_TO_DESTINATION, "AWS::EC2::RouteTable", table, rule);
                self.jump()
            }
            Routed::Unknown => End::Nowhere,
        }
    }
}

/// The IPv4 address in an address of 64:ff9b::/96 (RFC 6052); NAT gateways translate these (VPC User Guide, "DNS64 and
/// NAT64").
fn nat64(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else { return None };
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))),
        _ => None,
    }
}
