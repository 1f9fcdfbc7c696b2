//! To networks on premises and from them, over VPN and Direct Connect, as far as describe output tells: what is behind
//! the connection is not described, so a packet that gets that far has arrived.

use super::{Crossed, End, Identity, Walker, place};
use crate::codes;
use crate::model::gateway::{VpnConnection, VpnGateway};
use crate::model::route_table::RouteTable;
use crate::model::transit_gateway::{Attached, Attachment};
use crate::model::vpc::Subnet;
use crate::model::{Item, Text};

const VPN_GATEWAY: &str = "AWS::EC2::VPNGateway";
const VPN: &str = "AWS::EC2::VPNConnection";
const CIRCUIT: &str = "AWS::DirectConnect::VirtualInterface";

/// Which way a network on premises is reached.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Door<'n> {
    /// A VPN gateway of a VPC.
    VpnGateway(&'n Item<VpnGateway>, &'n str),
    /// A VPN or Direct Connect attachment of a transit gateway.
    Attachment(&'n Text, &'n Item<Attachment>),
}

impl<'n> Walker<'n> {
    /// Out of a VPC over its VPN gateway.
    pub(super) fn vpn_gateway(
        &mut self,
        id: &'n str,
        table: &'n Item<RouteTable>,
        subnet: &'n Item<Subnet>,
    ) -> End<'n> {
        let network = self.network;
        let Some(gateway) = network.tables.vpn_gateways.get(id) else {
            return self.absent_target(VPN_GATEWAY, id, table);
        };
        if !gateway.vpcs().any(|vpc| *vpc == subnet.vpc_id) {
            let rule = format!("it is not attached to {}", subnet.vpc_id);
            self.block(codes::UNASSOCIATED_COMPONENT, VPN_GATEWAY, gateway, rule);
        }
        if network.vpc(&subnet.vpc_id).is_some_and(|vpc| !vpc.contains(self.packet.source)) {
            let rule = format!("{} is not of {}", self.packet.source, subnet.vpc_id);
            self.block(codes::GATEWAY_REJECTS_SPOOFED_TRAFFIC, VPN_GATEWAY, gateway, rule);
        }
        self.hop(VPN_GATEWAY, gateway, "passes on", None);
        let vpns: Vec<_> = network
            .fabric
            .vpns_of_gateway(id)
            .iter()
            .filter_map(|at| network.tables.vpn_connections.at(*at))
            .collect();
        let circuits = network.fabric.circuits_of_gateway(id);
        let circuit_works = circuits
            .iter()
            .filter_map(|at| network.tables.virtual_interfaces.at(*at))
            .any(|circuit| matches!(&*circuit.virtual_interface_state, "" | "available"));
        if !circuit_works && !self.over_vpn(&vpns, gateway, circuits.is_empty()) {
            return End::Nowhere;
        }
        self.on_premises(Door::VpnGateway(gateway, &subnet.vpc_id))
    }

    /// Over one of the VPN connections; false when that is not known.
    fn over_vpn(
        &mut self,
        vpns: &[&'n Item<VpnConnection>],
        gateway: &'n Item<VpnGateway>,
        no_circuit: bool,
    ) -> bool {
        let destination = self.packet.destination;
        let (account, region) = place(gateway);
        if vpns.is_empty() && no_circuit {
            let listed = self.network.is_listed(VPN, account, region)
                && self.network.is_listed(CIRCUIT, account, region);
            if !listed {
                self.miss(
                    VPN,
                    None,
                    (account, region),
                    format!("a connection of {} leads on premises", gateway.id),
                );
                return false;
            }
            self.block(codes::NO_POSSIBLE_DESTINATION, VPN_GATEWAY, gateway, "it has no connection");
            return true;
        }
        let reaches =
            |vpn: &VpnConnection| !vpn.is_static() || vpn.routes().any(|block| block.contains(&destination));
        if vpns.iter().any(|vpn| vpn.works() && reaches(vpn)) {
            return true;
        }
        for vpn in vpns {
            if !vpn.works() {
                self.vpn_state(vpn);
            } else {
                let rule = format!("no static route to {destination}");
                self.block(codes::NO_ROUTE_TO_DESTINATION, VPN, vpn, rule);
            }
        }
        if vpns.is_empty() {
            self.block(codes::BAD_STATE, VPN_GATEWAY, gateway, "no virtual interface of it is available");
        }
        true
    }

    fn vpn_state(&mut self, vpn: &'n Item<VpnConnection>) {
        if !vpn.works() {
            let rule = match &*vpn.state {
                "available" => "every tunnel is down".to_owned(),
                state => format!("it is {state}"),
            };
            self.block(codes::BAD_STATE_VPN, VPN, vpn, rule);
        }
    }

    /// Out of a transit gateway over a VPN or Direct Connect attachment.
    pub(super) fn reach_premises(&mut self, door: Door<'n>, attachment: &'n Item<Attachment>) -> End<'n> {
        if attachment.attached() == Attached::Vpn
            && let Some(vpn) = self.network.tables.vpn_connections.get(&attachment.resource_id)
        {
            self.vpn_state(vpn);
        }
        self.on_premises(door)
    }

    fn on_premises(&mut self, door: Door<'n>) -> End<'n> {
        self.hop_at("on-premises", &self.packet.destination.to_string(), "delivers", None);
        End::Premises(door)
    }

    /// In from a network on premises.
    pub(super) fn enter_over_door(&mut self, door: Door<'n>) -> End<'n> {
        self.identity = Identity::None;
        self.crossed = Crossed::default();
        match door {
            Door::VpnGateway(gateway, vpc) => {
                self.hop(VPN_GATEWAY, gateway, format!("enters {vpc}"), None);
                self.through_edge(gateway, vpc)
            }
            Door::Attachment(gateway, attachment) => self.transit(gateway, attachment, None),
        }
    }

    /// The door by which a network on premises reaches a VPC: its VPN gateway, else a VPN or Direct Connect attachment
    /// of a transit gateway that the VPC is attached to; the first by id.
    pub(super) fn door_to(&self, vpc: &'n str) -> Option<Door<'n>> {
        let network = self.network;
        let own = network.fabric.vpn_gateways(vpc).first().and_then(|at| network.tables.vpn_gateways.at(*at));
        if let Some(gateway) = own {
            return Some(Door::VpnGateway(gateway, vpc));
        }
        let all = || network.tables.attachments.iter().filter(|attachment| attachment.available());
        let outward = all().filter(|it| matches!(it.attached(), Attached::Vpn | Attached::DirectConnect));
        let mut doors = outward.filter(|out| {
            all().any(|own| *own.resource_id == *vpc && own.transit_gateway_id == out.transit_gateway_id)
        });
        doors.next().map(|out| Door::Attachment(&out.transit_gateway_id, out))
    }
}
