//! Out to the internet and in from it.

use super::{Crossed, End, Identity, Walker, place};
use crate::access::One;
use crate::codes;
use crate::hosts::PublicOwner;
use crate::model::Item;
use crate::model::gateway::InternetGateway;
use crate::model::route_table::Target;
use crate::model::vpc::Subnet;
use crate::outside;
use crate::walk::routing::Routed;
use std::net::IpAddr;

const GATEWAY: &str = "AWS::EC2::InternetGateway";
const EGRESS_ONLY: &str = "AWS::EC2::EgressOnlyInternetGateway";
const BLOCK_PUBLIC_ACCESS: &str = "AWS::EC2::VPCBlockPublicAccessOptions";

impl<'n> Walker<'n> {
    /// Out through an internet gateway; semantics 32 and 37.
    pub(super) fn internet_gateway(&mut self, id: &'n str, subnet: &'n Item<Subnet>) -> End<'n> {
        let network = self.network;
        let gateway = network.tables.internet_gateways.get(id);
        match gateway {
            Some(gateway) if !gateway.vpcs().any(|vpc| *vpc == subnet.vpc_id) => {
                let rule = format!("it is not attached to {}", subnet.vpc_id);
                self.block(codes::UNASSOCIATED_COMPONENT, GATEWAY, gateway, rule);
            }
            None if network.is_listed(GATEWAY, &subnet.account, &subnet.region) => {
                self.block_at(codes::BAD_STATE, GATEWAY, id, "it does not exist");
            }
            None => self.miss(
                GATEWAY,
                Some(id),
                place(subnet),
                format!("whether it is attached to {}", subnet.vpc_id),
            ),
            Some(_) => {}
        }
        let through_nat = self.sender_is_nat(&subnet.vpc_id);
        self.public_access(subnet, through_nat);
        let Some(public) = self.public_source(id, gateway, subnet) else { return End::Nowhere };
        let action = if public == self.packet.source {
            "passes on".to_owned()
        } else {
            format!("rewrites source to {public}")
        };
        match gateway {
            Some(gateway) => self.hop(GATEWAY, gateway, action, None),
            None => self.hop_at(GATEWAY, id, action, None),
        }
        self.packet.source = public;
        self.reach_internet()
    }

    /// The address the packet goes on with; refusals are noted. `None` when it can go nowhere.
    fn public_source(
        &mut self,
        id: &str,
        gateway: Option<&'n Item<InternetGateway>>,
        subnet: &'n Item<Subnet>,
    ) -> Option<IpAddr> {
        let (source, destination) = (self.packet.source, self.packet.destination);
        let refuse = |walker: &mut Self, code, rule: String| match gateway {
            Some(gateway) => walker.block(code, GATEWAY, gateway, rule),
            None => walker.block_at(code, GATEWAY, id, rule),
        };
        if outside::is_private(destination) {
            let code = match destination {
                IpAddr::V4(address) if outside::is_shared(address) => {
                    codes::IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS
                }
                _ => codes::IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS,
            };
            refuse(self, code, format!("{destination} is not on the internet"));
            return None;
        }
        let owner = self.owner_in(&subnet.vpc_id, source);
        if source.is_ipv6() || self.network.hosts.with_public(source).is_some() {
            // IPv6 addresses are public as they are; a regional NAT gateway has put its public address in already.
            if source.is_ipv6() && owner.is_none() {
                refuse(
                    self,
                    codes::GATEWAY_REJECTS_SPOOFED_TRAFFIC,
                    format!("{source} is not of {}", subnet.vpc_id),
                );
            }
            return Some(source);
        }
        let public = owner
            .and_then(|owner| owner.public_of(source))
            .or_else(|| self.nat_public(&subnet.vpc_id, source));
        if public.is_none() {
            let (code, rule) = if owner.is_some() || self.is_nat_private(&subnet.vpc_id, source) {
                (codes::IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS, format!("{source} has no public address"))
            } else {
                (
                    codes::GATEWAY_REJECTS_SPOOFED_TRAFFIC,
                    format!("{source} is no address of an interface of {}", subnet.vpc_id),
                )
            };
            refuse(self, code, rule);
        }
        public
    }

    fn nat_public(&self, vpc: &str, private: IpAddr) -> Option<IpAddr> {
        let network = self.network;
        let mut nats = network.tables.nat_gateways.iter().filter(|nat| &*nat.vpc_id == vpc);
        nats.find_map(|nat| {
            nat.addresses.iter().find(|address| address.private_ip == Some(private))?.public_ip
        })
    }

    fn is_nat_private(&self, vpc: &str, private: IpAddr) -> bool {
        let hosts = &self.network.hosts;
        let nats =
            hosts.nats_with_private(private).iter().filter_map(|at| self.network.tables.nat_gateways.at(*at));
        nats.into_iter().any(|nat| &*nat.vpc_id == vpc)
    }

    fn sender_is_nat(&self, vpc: &str) -> bool {
        let source = self.packet.source;
        self.is_nat_private(vpc, source)
            || self.owner_in(vpc, source).is_some_and(|owner| &*owner.interface_type == "nat_gateway")
    }

    /// Block Public Access of the region, unless the subnet or its VPC is excluded; semantics 38. Where it was not
    /// described it is off, as it is by default.
    fn public_access(&mut self, subnet: &'n Item<Subnet>, egress_only: bool) {
        let tables = &self.network.tables;
        if tables.public_access.len() == 0 {
            return;
        }
        let options =
            tables.public_access.iter().find(|it| it.account == subnet.account && it.region == subnet.region);
        let Some(options) = options else { return };
        let mode = &*options.internet_gateway_block_mode;
        let excluded = tables.public_access_exclusions.iter().find(|exclusion| {
            let resource = exclusion.resource_arn.rsplit('/').next().unwrap_or_default();
            let live = !exclusion.state.starts_with("delete") && !exclusion.state.starts_with("disable");
            live && (resource == &*subnet.id || resource == &*subnet.vpc_id)
        });
        let mode = match excluded.map(|exclusion| &*exclusion.internet_gateway_exclusion_mode) {
            Some("allow-bidirectional") => "off",
            Some(_) if mode != "off" => "block-ingress",
            _ => mode,
        };
        match mode {
            "block-bidirectional" => {}
            "block-ingress" if !egress_only => {}
            _ => return,
        }
        let rule = format!("InternetGatewayBlockMode is {}", options.internet_gateway_block_mode);
        self.block(codes::VPC_BLOCK_PUBLIC_ACCESS_ENABLED, BLOCK_PUBLIC_ACCESS, options, rule);
    }

    /// Out through an egress-only gateway: IPv6, and replies come back; semantics 37.
    pub(super) fn egress_only(&mut self, id: &'n str, subnet: &'n Item<Subnet>) -> End<'n> {
        let network = self.network;
        let gateway = network.tables.egress_only_gateways.get(id);
        match gateway {
            Some(gateway) if !gateway.vpcs().any(|vpc| *vpc == subnet.vpc_id) => {
                let rule = format!("it is not attached to {}", subnet.vpc_id);
                self.block(codes::UNASSOCIATED_COMPONENT, EGRESS_ONLY, gateway, rule);
            }
            None if network.is_listed(EGRESS_ONLY, &subnet.account, &subnet.region) => {
                self.block_at(codes::BAD_STATE, EGRESS_ONLY, id, "it does not exist");
            }
            None => self.miss(
                EGRESS_ONLY,
                Some(id),
                place(subnet),
                format!("whether it is attached to {}", subnet.vpc_id),
            ),
            Some(_) => {}
        }
        if self.packet.source.is_ipv4() {
            self.block_at(codes::PROTOCOL_RESTRICTION, EGRESS_ONLY, id, "it takes IPv6 only");
            return End::Nowhere;
        }
        self.public_access(subnet, true);
        match gateway {
            Some(gateway) => self.hop(EGRESS_ONLY, gateway, "passes on", None),
            None => self.hop_at(EGRESS_ONLY, id, "passes on", None),
        }
        if self.forward() {
            self.session.egress_only = true;
        } else if !self.session.egress_only {
            self.block_at(
                codes::NO_PATH,
                EGRESS_ONLY,
                id,
                "it knows no connection that this reply belongs to",
            );
            return End::Nowhere;
        }
        self.reach_internet()
    }

    /// On the internet: to whoever has the address, which may be an interface of ours.
    fn reach_internet(&mut self) -> End<'n> {
        let destination = self.packet.destination;
        let ours = self.network.hosts.with_public(destination).is_some()
            || (destination.is_ipv6() && self.only_owner(destination).is_some());
        if ours {
            return self.enter_from_internet();
        }
        self.hop_at("internet", &destination.to_string(), "delivers", None);
        End::Internet
    }

    /// In from the internet; semantics 33.
    pub(super) fn enter_from_internet(&mut self) -> End<'n> {
        let network = self.network;
        let destination = self.packet.destination;
        self.identity = Identity::None;
        self.crossed = Crossed::default();
        let (vpc, private) = match network.hosts.with_public(destination) {
            Some(PublicOwner::Interface(at)) => {
                let Some(interface) = network.tables.interfaces.at(at) else { return End::Nowhere };
                (
                    &interface.vpc_id,
                    interface.private_of(destination).or_else(|| self.nat_private(destination)),
                )
            }
            Some(PublicOwner::Nat(at)) => {
                let Some(nat) = network.tables.nat_gateways.at(at) else { return End::Nowhere };
                (&nat.vpc_id, self.nat_private(destination).or(Some(destination)))
            }
            None => match self.only_owner(destination) {
                Some(interface) if destination.is_ipv6() => (&interface.vpc_id, Some(destination)),
                _ => return self.nobody(),
            },
        };
        let Some(private) = private else { return self.nobody() };
        if destination.is_ipv6() && !self.forward() && self.session.egress_only {
            return self.deliver(vpc, None);
        }
        let gateways = network.fabric.internet_gateways(vpc);
        let Some(gateway) = gateways.first().and_then(|at| network.tables.internet_gateways.at(*at)) else {
            return self.no_gateway(vpc, private);
        };
        let owner = self.owner_in(vpc, private);
        let at_nat = owner.is_none_or(|owner| &*owner.interface_type == "nat_gateway");
        if let Some(subnet) = owner.and_then(|owner| network.subnet(&owner.subnet_id)) {
            self.public_access(subnet, at_nat);
        }
        self.packet.destination = private;
        let action = if private == destination {
            "passes on".to_owned()
        } else {
            format!("rewrites destination to {private}")
        };
        self.hop(GATEWAY, gateway, action, None);
        self.through_edge(gateway, vpc)
    }

    /// Through the edge route table of a gateway, where there is one; semantics 29.
    pub(super) fn through_edge<T>(&mut self, gateway: &'n Item<T>, vpc: &'n str) -> End<'n> {
        let network = self.network;
        let table = match network.edge_table(&gateway.id) {
            One::Found(table) => table,
            One::None => return self.deliver(vpc, None),
            One::Several => {
                let why = format!("several route tables claim {}", gateway.id);
                self.miss("AWS::EC2::RouteTable", None, place(gateway), why);
                return End::Nowhere;
            }
        };
        match self.look_up(table, network.vpc(vpc)) {
            Routed::By(route, block) => {
                let rule = super::routing::describe(route, block);
                self.hop(
                    "AWS::EC2::RouteTable",
                    table,
                    format!("routes to {}", route.target.id()),
                    Some(rule.clone()),
                );
                match &route.target {
                    Target::Local => self.deliver(vpc, None),
                    _ if route.blackhole && !self.revived(&route.target, vpc) => {
                        let rule = format!("{rule} (blackhole)");
                        self.block(codes::BAD_STATE_ROUTE, "AWS::EC2::RouteTable", table, rule);
                        self.jump()
                    }
                    Target::Interface(id) => self.next_hop_interface(id, table, None),
                    Target::Gateway(id) => self.middlebox(id, vpc, None),
                    _ => {
                        let why = "what an edge route table does with this target is not known";
                        self.miss("AWS::EC2::RouteTable", Some(&table.id), place(table), why);
                        End::Nowhere
                    }
                }
            }
            Routed::Local | Routed::None => self.deliver(vpc, None),
            Routed::Unknown => End::Nowhere,
        }
    }

    fn no_gateway(&mut self, vpc: &'n str, private: IpAddr) -> End<'n> {
        let network = self.network;
        let at = network.vpc(vpc).map(place).or(self.owner_in(vpc, private).map(place)).unwrap_or_default();
        if network.is_listed(GATEWAY, at.0, at.1) {
            let rule = "no internet gateway is attached";
            match network.vpc(vpc) {
                Some(vpc) => self.block(codes::UNASSOCIATED_COMPONENT, "AWS::EC2::VPC", vpc, rule),
                None => self.block_at(codes::UNASSOCIATED_COMPONENT, "AWS::EC2::VPC", vpc, rule),
            }
            self.packet.destination = private;
            return self.deliver(vpc, None);
        }
        self.miss(GATEWAY, None, at, format!("which internet gateway is attached to {vpc} is not known"));
        End::Nowhere
    }

    fn nat_private(&self, public: IpAddr) -> Option<IpAddr> {
        let mut nats = self.network.tables.nat_gateways.iter();
        nats.find_map(|nat| {
            nat.addresses.iter().find(|address| address.public_ip == Some(public))?.private_ip
        })
    }

    /// From the internet to an address nobody described has.
    fn nobody(&mut self) -> End<'n> {
        let destination = self.packet.destination;
        if self.network.tables.interfaces.len() == 0 {
            let why = format!("whether an interface has {destination} is not known");
            self.miss("AWS::EC2::NetworkInterface", None, ("", ""), why);
            return End::Nowhere;
        }
        if outside::is_private(destination) {
            return self.private_from_internet();
        }
        let rule = "no interface has this public address";
        self.block_at(codes::NO_POSSIBLE_DESTINATION, "internet", &destination.to_string(), rule);
        End::Nowhere
    }

    /// From the internet to a private address: refused, whoever has it.
    fn private_from_internet(&mut self) -> End<'n> {
        let network = self.network;
        let destination = self.packet.destination;
        let rule = format!("{destination} is private; from the internet only public addresses are reached");
        let code = codes::IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS;
        let owner = self.goal();
        if network.assumes_routing
            && let Some(subnet) = owner.and_then(|owner| network.subnet(&owner.subnet_id))
            && subnet.map_public_ip_on_launch == Some(true)
            && !network.fabric.internet_gateways(&subnet.vpc_id).is_empty()
        {
            self.hop(
                "AWS::EC2::Subnet",
                subnet,
                "routing assumed: this snapshot holds no route tables",
                None,
            );
            return self.deliver(&subnet.vpc_id, None);
        }
        let gateway = owner.and_then(|owner| network.fabric.internet_gateways(&owner.vpc_id).first());
        match gateway.and_then(|at| network.tables.internet_gateways.at(*at)) {
            Some(gateway) => self.block(code, GATEWAY, gateway, rule),
            None => self.block_at(code, "internet", &destination.to_string(), rule),
        }
        self.jump()
    }
}
