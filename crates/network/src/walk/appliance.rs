//! Interfaces as targets of routes: NAT instances and appliances; semantics 31.

use super::nat::LOWEST_PORT;
use super::{End, Identity, Translation, Walker, place};
use crate::codes;
use crate::filter::Way;
use crate::flow::Flow;
use crate::model::Item;
use crate::model::interface::Interface;
use crate::model::route_table::RouteTable;
use crate::model::vpc::Subnet;
use crate::outside;

const INTERFACE: &str = "AWS::EC2::NetworkInterface";

impl<'n> Walker<'n> {
    /// To the primary interface of an instance.
    pub(super) fn next_hop_instance(
        &mut self,
        id: &'n str,
        table: &'n Item<RouteTable>,
        from: &'n Item<Subnet>,
    ) -> End<'n> {
        match self.network.primary_interface(id) {
            Some(interface) => self.forwarder(interface, Some(from)),
            None => self.absent_target(INTERFACE, id, table),
        }
    }

    /// To an interface that is to send the packet on.
    pub(super) fn next_hop_interface(
        &mut self,
        id: &'n str,
        table: &'n Item<RouteTable>,
        from: Option<&'n Item<Subnet>>,
    ) -> End<'n> {
        match self.network.interface(id) {
            Some(interface) if interface.owns(self.packet.destination) => self.enter(interface, from),
            Some(interface) => self.forwarder(interface, from),
            None => self.absent_target(INTERFACE, id, table),
        }
    }

    fn forwarder(&mut self, interface: &'n Item<Interface>, from: Option<&'n Item<Subnet>>) -> End<'n> {
        if !self.step() {
            return End::Nowhere;
        }
        let Some(subnet) = self.subnet_of(interface) else { return End::Nowhere };
        if from.is_none_or(|from| from.id != subnet.id) {
            self.acl(subnet, Way::Inbound);
        }
        match interface.source_dest_check {
            Some(false) => {}
            Some(true) => {
                let rule = "the source/destination check drops packets that are not for it";
                self.block(codes::ENI_SOURCE_DEST_CHECK_RESTRICTION, INTERFACE, interface, rule);
            }
            None => {
                let why = "its source/destination check decides whether it takes packets that are not for it";
                self.miss(INTERFACE, Some(&interface.id), place(interface), why);
            }
        }
        if &*interface.status == "available" {
            self.block(codes::BAD_STATE, INTERFACE, interface, "it is attached to nothing");
        }
        self.groups_inbound(interface);
        if let Some(instance) = interface.instance_id.as_deref() {
            if self.network.interfaces_of_instance(instance).nth(1).is_some() {
                let why = "by which of its interfaces it sends the packet on is its own affair";
                self.miss("AWS::EC2::Instance", Some(instance), place(interface), why);
                return End::Nowhere;
            }
            if let Some(instance) = self.network.instance(instance).filter(|instance| !instance.runs()) {
                self.block(
                    codes::BAD_STATE,
                    "AWS::EC2::Instance",
                    instance,
                    format!("the instance is {}", instance.state_name),
                );
            }
        }
        self.crossed.middlebox = true;
        self.straight = false;
        self.translate_source(interface, subnet);
        self.groups_outbound(interface, None);
        self.leave_subnet(subnet)
    }

    /// A NAT instance puts its own address in: what else could an instance with a public address do with packets for
    /// the internet, whose sender has none. It is an assumption, and the hop says so.
    fn translate_source(&mut self, interface: &'n Item<Interface>, subnet: &'n Item<Subnet>) {
        let own = interface.addresses.iter().find(|address| address.public.is_some());
        let Some(own) = own.filter(|_| self.forward() && !outside::is_private(self.packet.destination))
        else {
            self.hop(
                INTERFACE,
                interface,
                "passes on (assumed: what the appliance does is not described)",
                None,
            );
            return;
        };
        let before = self.packet;
        self.packet.source = own.private;
        if self.packet.protocol.has_ports() && self.packet.source_port < LOWEST_PORT {
            self.packet.source_port = Flow::EPHEMERAL_PORT;
        }
        self.session.translations.push(Translation::Source {
            before,
            after: self.packet,
            subnet,
            any_port: false,
        });
        self.identity = Identity::None;
        let action = format!("rewrites source to {} (assumed: it is a NAT instance)", own.private);
        self.hop(INTERFACE, interface, action, None);
    }
}
