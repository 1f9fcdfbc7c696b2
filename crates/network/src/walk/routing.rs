//! Out of a subnet: its network ACL, its route table, and to the target.

use super::{End, Walker, filters, place};
use crate::access::One;
use crate::codes;
use crate::filter::Way;
use crate::model::interface::Interface;
use crate::model::route_table::{Destination, Route, RouteTable, Target};
use crate::model::vpc::{Subnet, Vpc};
use crate::model::{Item, Text};
use crate::outside;
use crate::revive;
use crate::route::{self, Choice, Entries};
use ipnet::IpNet;

const TABLE: &str = "AWS::EC2::RouteTable";

/// What a table says about a destination.
#[derive(Debug, Clone, Copy)]
pub(super) enum Routed<'n> {
    /// This route, with the block that matched.
    By(&'n Route, IpNet),
    /// The VPC's own addresses, whose route every table has.
    Local,
    /// No route.
    None,
    /// Noted as missing.
    Unknown,
}

impl<'n> Walker<'n> {
    /// A packet leaves an interface.
    pub(super) fn leave(&mut self, interface: &'n Item<Interface>) -> End<'n> {
        // The ends of a reply are those of the request, which were asked already.
        if self.forward()
            && let Some(instance) = interface.instance_id.as_deref().and_then(|id| self.network.instance(id))
            && !instance.runs()
        {
            let rule = format!("the instance is {}", instance.state_name);
            self.block(codes::BAD_STATE, "AWS::EC2::Instance", instance, rule);
        }
        if interface.source_dest_check != Some(false) && !interface.owns(self.packet.source) {
            let rule = format!("the source/destination check drops packets from {}", self.packet.source);
            self.block(
                codes::ENI_SOURCE_DEST_CHECK_RESTRICTION,
                "AWS::EC2::NetworkInterface",
                interface,
                rule,
            );
        }
        match self.subnet_of(interface) {
            Some(subnet) => self.leave_subnet(subnet),
            None => End::Nowhere,
        }
    }

    /// A packet leaves an interface of this subnet.
    pub(super) fn leave_subnet(&mut self, subnet: &'n Item<Subnet>) -> End<'n> {
        if !self.step() {
            return End::Nowhere;
        }
        let vpc = self.network.vpc(&subnet.vpc_id);
        if let Some(end) = self.well_known(subnet, vpc) {
            return end;
        }
        let destination = self.packet.destination;
        if subnet.contains(destination) {
            // Neighbours talk directly: no network ACL and no route is asked; semantics 16.
            return self.deliver(&subnet.vpc_id, Some(subnet));
        }
        self.acl(subnet, Way::Outbound);
        let network = self.network;
        if network.assumes_routing {
            return self.assumed(subnet);
        }
        let table = match network.table_of(subnet) {
            One::Found(table) => table,
            One::None => {
                let why =
                    format!("every VPC has a main route table; the one {} uses was not described", subnet.id);
                self.miss(TABLE, None, place(subnet), why);
                return End::Nowhere;
            }
            One::Several => {
                self.miss(TABLE, None, place(subnet), format!("several route tables claim {}", subnet.id));
                return End::Nowhere;
            }
        };
        match self.look_up(table, vpc) {
            Routed::By(route, block) => self.follow(table, route, block, subnet),
            Routed::Local => {
                self.hop(TABLE, table, "routes inside the VPC", Some(format!("{destination} -> local")));
                self.deliver(&subnet.vpc_id, Some(subnet))
            }
            Routed::None => {
                let rule = format!("no route to {destination}");
                self.block(codes::NO_ROUTE_TO_DESTINATION, TABLE, table, rule);
                self.jump()
            }
            Routed::Unknown => End::Nowhere,
        }
    }

    /// Looks a destination up in a table.
    pub(super) fn look_up(&mut self, table: &'n Item<RouteTable>, vpc: Option<&'n Item<Vpc>>) -> Routed<'n> {
        let network = self.network;
        let destination = self.packet.destination;
        if table.routes.is_none() {
            self.miss(TABLE, Some(&table.id), place(table), "its routes were not described");
            return Routed::Unknown;
        }
        if table.is_unread("Routes") {
            self.miss(TABLE, Some(&table.id), place(table), "a route of it could not be read");
            return Routed::Unknown;
        }
        let entries = |id: &'n Text, route: &'n Route| match network
            .prefix_list(id)
            .and_then(|list| list.cidrs.as_deref())
        {
            Some(blocks) => Entries::Known(blocks),
            // A gateway endpoint's list holds public addresses of a service of AWS (PrivateLink guide).
            None if self.is_gateway_endpoint(&route.target) && !outside::is_global(destination) => {
                Entries::Excluded
            }
            None => Entries::Unknown,
        };
        match route::choose(table, destination, entries) {
            Choice::Route(route, block) => Routed::By(route, block),
            Choice::None if vpc.is_some_and(|vpc| vpc.contains(destination)) => Routed::Local,
            Choice::None => Routed::None,
            Choice::PrefixListUnknown(id) => {
                let why = format!("a route of {} is for its entries", table.id);
                self.miss("AWS::EC2::PrefixList", Some(id), place(table), why);
                Routed::Unknown
            }
            Choice::Ambiguous(id) => {
                let why = format!(
                    "routes of {} for overlapping prefix lists have different targets; AWS keeps either",
                    table.id
                );
                self.miss("AWS::EC2::PrefixList", Some(id), place(table), why);
                Routed::Unknown
            }
        }
    }

    fn is_gateway_endpoint(&self, target: &Target) -> bool {
        match target {
            Target::Gateway(id) => match self.network.endpoint(id) {
                Some(endpoint) => endpoint.is_gateway(),
                None => id.starts_with("vpce-"),
            },
            _ => false,
        }
    }

    /// Notes the route and goes to its target.
    pub(super) fn follow(
        &mut self,
        table: &'n Item<RouteTable>,
        route: &'n Route,
        block: IpNet,
        subnet: &'n Item<Subnet>,
    ) -> End<'n> {
        let rule = describe(route, block);
        if route.blackhole && !self.revived(&route.target, &subnet.vpc_id) {
            self.block(codes::BAD_STATE_ROUTE, TABLE, table, format!("{rule} (blackhole)"));
            return self.jump();
        }
        let action = match &route.target {
            Target::Local => "routes inside the VPC".to_owned(),
            target => format!("routes to {}", target.id()),
        };
        self.hop(TABLE, table, action, Some(rule));
        if self.straight
            && matches!(route.target, Target::TransitGateway(_) | Target::Peering(_) | Target::EgressOnly(_))
        {
            // A VPC passes nothing on by itself: what enters is for an interface of it (a host, a NAT gateway, an
            // appliance, an endpoint of a firewall). The general rule behind semantics 50.
            let rule = format!(
                "{}: what came over a transit gateway goes on from an interface only",
                describe(route, block)
            );
            self.block(codes::GATEWAY_REJECTS_SPOOFED_TRAFFIC, TABLE, table, rule);
            return self.jump();
        }
        match &route.target {
            Target::Local => self.deliver(&subnet.vpc_id, Some(subnet)),
            Target::Gateway(id) => self.gateway(id, table, route, block, subnet),
            Target::NatGateway(id) => self.nat_gateway(id, table, subnet),
            Target::EgressOnly(id) => self.egress_only(id, subnet),
            Target::TransitGateway(id) => self.transit_gateway(id, subnet),
            Target::Peering(id) => self.peering(id, table, subnet),
            Target::Interface(id) => self.next_hop_interface(id, table, Some(subnet)),
            Target::Instance(id) => self.next_hop_instance(id, table, subnet),
            Target::Other(id) => {
                let why = format!("{id} is outside what this model knows");
                self.miss("AWS::EC2::LocalGateway", Some(id), place(table), why);
                End::Nowhere
            }
            Target::Unknown => {
                self.miss(TABLE, Some(&table.id), place(table), "a route of it has no target that is known");
                End::Nowhere
            }
        }
    }

    /// An internet gateway, a VPN gateway or an endpoint: as its document says, else as its id says.
    fn gateway(
        &mut self,
        id: &'n Text,
        table: &'n Item<RouteTable>,
        route: &'n Route,
        block: IpNet,
        subnet: &'n Item<Subnet>,
    ) -> End<'n> {
        let tables = &self.network.tables;
        if tables.internet_gateways.get(id).is_some() || id.starts_with("igw-") {
            return self.internet_gateway(id, subnet);
        }
        if tables.vpn_gateways.get(id).is_some() || id.starts_with("vgw-") {
            return self.vpn_gateway(id, table, subnet);
        }
        if tables.egress_only_gateways.get(id).is_some() || id.starts_with("eigw-") {
            return self.egress_only(id, subnet);
        }
        if tables.endpoints.get(id).is_some() || id.starts_with("vpce-") {
            let by_list = matches!(route.destination, Destination::PrefixList(_));
            return self.routed_endpoint(id, by_list, block, subnet);
        }
        self.miss(
            "AWS::EC2::InternetGateway",
            Some(id),
            place(table),
            format!("{id} is a target of {}", table.id),
        );
        End::Nowhere
    }

    /// Whether a target that AWS marked dead works since a change.
    pub(super) fn revived(&self, target: &Target, vpc: &str) -> bool {
        let revived = &self.network.revived;
        if revived.is_empty() {
            return false;
        }
        match target {
            Target::TransitGateway(id) => revived.contains(&revive::via(id, vpc)),
            target => revived.contains(target.id()),
        }
    }

    /// Addresses that every subnet reaches, whatever filters and routes say; semantics 19.
    fn well_known(&mut self, subnet: &'n Item<Subnet>, vpc: Option<&'n Item<Vpc>>) -> Option<End<'n>> {
        let destination = self.packet.destination;
        let resolver = vpc.is_some_and(|vpc| vpc.resolver().is_some_and(|address| destination == address))
            || is_resolver(destination);
        if !resolver && !filters::is_unfiltered(destination) {
            return None;
        }
        self.unfiltered = true;
        if resolver {
            match vpc.map(|vpc| (vpc, vpc.enable_dns_support)) {
                Some((vpc, Some(false))) => {
                    let rule = "EnableDnsSupport is false";
                    self.block(codes::NO_POSSIBLE_DESTINATION, "AWS::EC2::VPC", vpc, rule);
                    return Some(End::Nowhere);
                }
                Some((_, Some(true))) => {}
                Some((_, None)) | None => {
                    let why = "EnableDnsSupport decides whether the resolver answers";
                    self.miss("AWS::EC2::VPC", Some(&subnet.vpc_id), place(subnet), why);
                    return Some(End::Nowhere);
                }
            }
        }
        self.hop_at("AWS service", &destination.to_string(), "delivers; no filter is asked", None);
        Some(End::Answered)
    }

    /// Routing as it is taken for granted.
    fn assumed(&mut self, subnet: &'n Item<Subnet>) -> End<'n> {
        let destination = self.packet.destination;
        let network = self.network;
        let action = "routing assumed: this snapshot holds no route tables";
        if network.vpc(&subnet.vpc_id).is_some_and(|vpc| vpc.contains(destination))
            || self.owner_in(&subnet.vpc_id, destination).is_some()
        {
            self.hop("AWS::EC2::Subnet", subnet, action, None);
            return self.deliver(&subnet.vpc_id, Some(subnet));
        }
        let gateways = network.fabric.internet_gateways(&subnet.vpc_id);
        let gateway = gateways.first().and_then(|at| network.tables.internet_gateways.at(*at));
        match (subnet.map_public_ip_on_launch, gateway) {
            (Some(true), Some(gateway)) if !outside::is_private(destination) => {
                self.hop("AWS::EC2::Subnet", subnet, action, None);
                self.hop("AWS::EC2::InternetGateway", gateway, "passes on", None);
                self.hop_at("internet", &destination.to_string(), "delivers", None);
                End::Internet
            }
            _ => {
                let rule = "routing assumed: the subnet is not a public one";
                self.block(codes::NO_ROUTE_TO_DESTINATION, "AWS::EC2::Subnet", subnet, rule);
                End::Nowhere
            }
        }
    }
}

fn is_resolver(address: std::net::IpAddr) -> bool {
    match address {
        std::net::IpAddr::V4(address) => address.octets() == [169, 254, 169, 253],
        std::net::IpAddr::V6(address) => address.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253],
    }
}

/// `0.0.0.0/0 -> nat-1`, `pl-1 (52.216.0.0/15) -> vpce-1`.
pub(super) fn describe(route: &Route, block: IpNet) -> String {
    match &route.destination {
        Destination::Cidr(block) => format!("{block} -> {}", route.target.id()),
        Destination::PrefixList(id) => format!("{id} ({block}) -> {}", route.target.id()),
    }
}
