//! Inside a VPC: to the interface that has the address, and into it.

use super::{Crossed, End, Identity, Translation, Walker, place};
use crate::codes;
use crate::filter::{Packet, Way};
use crate::hosts::Behind;
use crate::model::Item;
use crate::model::gateway::NatGateway;
use crate::model::interface::Interface;
use crate::model::vpc::Subnet;

const INTERFACE: &str = "AWS::EC2::NetworkInterface";

impl<'n> Walker<'n> {
    /// To the interface of this VPC that has the destination address. `from` is the subnet the packet comes from, when
    /// it comes from one of this VPC.
    pub(super) fn deliver(&mut self, vpc: &'n str, from: Option<&'n Item<Subnet>>) -> End<'n> {
        let destination = self.packet.destination;
        if let Some(interface) = self.owner_in(vpc, destination) {
            return self.enter(interface, from);
        }
        let network = self.network;
        let nats = network.hosts.nats_with_private(destination).iter();
        if let Some(nat) =
            nats.filter_map(|at| network.tables.nat_gateways.at(*at)).find(|nat| &*nat.vpc_id == vpc)
        {
            return self.enter_nat(nat, from);
        }
        let subnets =
            network.fabric.subnets_of_vpc(vpc).iter().filter_map(|at| network.tables.subnets.at(*at));
        let subnet = subnets.into_iter().find(|subnet| subnet.contains(destination));
        let described = network.vpc(vpc);
        let at = described.map(place).or(subnet.map(place)).unwrap_or_default();
        // Some interfaces of the VPC say nothing about others: only a complete listing tells that nobody has the address.
        let outside_subnets = subnet.is_none() && network.is_listed("AWS::EC2::Subnet", at.0, at.1);
        let known = outside_subnets || network.is_listed(INTERFACE, at.0, at.1);
        if !known {
            let why = format!("whether an interface of {vpc} has {destination} is not known");
            self.miss(INTERFACE, None, at, why);
            return End::Nowhere;
        }
        match (subnet, described) {
            (Some(subnet), _) => {
                let rule = format!("no interface has {destination}");
                self.block(codes::NO_POSSIBLE_DESTINATION, "AWS::EC2::Subnet", subnet, rule);
            }
            (None, Some(described)) => {
                let rule = format!("{destination} is in no subnet");
                self.block(codes::NO_POSSIBLE_DESTINATION, "AWS::EC2::VPC", described, rule);
            }
            (None, None) => {
                let rule = format!("no interface has {destination}");
                self.block_at(codes::NO_POSSIBLE_DESTINATION, "AWS::EC2::VPC", vpc, rule);
            }
        }
        End::Nowhere
    }

    /// Into the subnet of an interface and to the interface.
    pub(super) fn enter(
        &mut self,
        interface: &'n Item<Interface>,
        from: Option<&'n Item<Subnet>>,
    ) -> End<'n> {
        if !self.step() {
            return End::Nowhere;
        }
        if from.is_none_or(|from| from.id != interface.subnet_id)
            && let Some(subnet) = self.subnet_of(interface)
        {
            self.acl(subnet, Way::Inbound);
        }
        self.arrive(interface)
    }

    /// At an interface that has the destination address.
    pub(super) fn arrive(&mut self, interface: &'n Item<Interface>) -> End<'n> {
        self.straight = false;
        if self.reached.is_none() {
            self.reached = Some((interface, self.crossed));
            if let Some(meant) = self.meant.filter(|meant| meant.id != interface.id) {
                let rule = format!("it has {}, and {} is meant", self.packet.destination, meant.id);
                self.block(codes::NO_POSSIBLE_DESTINATION, INTERFACE, interface, rule);
            }
        }
        if !self.forward()
            && let Some(end) = self.translate_back(interface)
        {
            return end;
        }
        let network = self.network;
        // What an instance has is its own.
        let position = || network.tables.interfaces.position(&interface.id);
        let behind = match &interface.instance_id {
            Some(_) => None,
            None => position().and_then(|at| network.hosts.behind(at)),
        };
        if matches!(behind, Some(Behind::Nat(_))) || &*interface.interface_type == "nat_gateway" {
            let rule = "a NAT gateway takes no new connection";
            self.block(codes::NGW_DEST_ADDRESS_PRESERVATION, INTERFACE, interface, rule);
            return End::Interface(interface);
        }
        self.groups_inbound(interface);
        match behind {
            Some(Behind::Balancer(at)) if self.forward() => self.balancer(interface, at),
            Some(Behind::Classic(at)) if self.forward() => self.classic_balancer(interface, at),
            _ => self.arrived(interface, behind),
        }
    }

    fn arrived(&mut self, interface: &'n Item<Interface>, behind: Option<Behind>) -> End<'n> {
        if let Some(Behind::Endpoint(at)) = behind
            && let Some(endpoint) = self.network.tables.endpoints.at(at)
        {
            self.endpoint_state(endpoint);
            self.hop(
                "AWS::EC2::VPCEndpoint",
                endpoint,
                format!("delivers to {}", endpoint.service_name),
                None,
            );
        }
        let instance = interface.instance_id.as_deref().filter(|_| self.forward());
        let instance = instance.and_then(|id| self.network.instance(id));
        if let Some(instance) = instance.filter(|instance| !instance.runs()) {
            let rule = format!("the instance is {}", instance.state_name);
            self.block(codes::BAD_STATE, "AWS::EC2::Instance", instance, rule);
        }
        self.hop(INTERFACE, interface, "delivers", None);
        End::Interface(interface)
    }

    /// A reply at the interface that changed addresses on the way out: changes them back and sends it on.
    fn translate_back(&mut self, interface: &'n Item<Interface>) -> Option<End<'n>> {
        let translation = *self.session.translations.last()?;
        match translation {
            Translation::Source { before, after, subnet, .. } if self.answers(after) => {
                self.session.translations.pop();
                self.packet = before.reply();
                let action = format!("puts the destination back to {}", before.source);
                self.hop(INTERFACE, interface, action, None);
                Some(self.leave_subnet(subnet))
            }
            Translation::Balancer { node, before, after, keeps_client: false } if self.answers(after) => {
                self.session.translations.pop();
                self.packet = before.reply();
                self.hop(
                    INTERFACE,
                    node,
                    format!("answers {} as {}", before.source, before.destination),
                    None,
                );
                Some(self.leave(node))
            }
            _ => None,
        }
    }

    fn answers(&self, sent: Packet) -> bool {
        let reply = sent.reply();
        (reply.source, reply.destination) == (self.packet.source, self.packet.destination)
            && (reply.source_port, reply.destination_port)
                == (self.packet.source_port, self.packet.destination_port)
    }

    /// At a NAT gateway whose interface was not described.
    fn enter_nat(&mut self, nat: &'n Item<NatGateway>, from: Option<&'n Item<Subnet>>) -> End<'n> {
        let subnet = self.network.subnet(&nat.subnet_id);
        if let Some(subnet) = subnet
            && from.is_none_or(|from| from.id != subnet.id)
        {
            self.acl(subnet, Way::Inbound);
        }
        if let (false, Some(Translation::Source { before, after, subnet, .. })) =
            (self.forward(), self.session.translations.last().copied())
            && self.answers(after)
        {
            self.session.translations.pop();
            self.packet = before.reply();
            let action = format!("puts the destination back to {}", before.source);
            self.hop("AWS::EC2::NatGateway", nat, action, None);
            return self.leave_subnet(subnet);
        }
        let rule = "a NAT gateway takes no new connection";
        self.block(codes::NGW_DEST_ADDRESS_PRESERVATION, "AWS::EC2::NatGateway", nat, rule);
        End::Nowhere
    }

    /// The packet is another's from here on.
    pub(super) fn sent_by(&mut self, sender: Option<&'n Item<Interface>>) {
        self.identity = sender.map_or(Identity::None, Identity::Interface);
        self.crossed = Crossed::default();
    }
}
