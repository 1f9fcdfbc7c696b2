//! VPC endpoints.

use super::{End, Walker, place};
use crate::codes;
use crate::filter::Way;
use crate::flow::Protocol;
use crate::model::endpoint::Endpoint;
use crate::model::vpc::Subnet;
use crate::model::{Item, Text};
use ipnet::IpNet;

const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";

impl<'n> Walker<'n> {
    /// At an endpoint that is the target of a route.
    pub(super) fn routed_endpoint(
        &mut self,
        id: &'n Text,
        by_list: bool,
        block: IpNet,
        subnet: &'n Item<Subnet>,
    ) -> End<'n> {
        let endpoint = self.network.endpoint(id);
        let is_gateway = endpoint.map_or(by_list, |endpoint| endpoint.is_gateway());
        if !is_gateway {
            return self.middlebox(id, &subnet.vpc_id, Some(subnet));
        }
        match endpoint {
            Some(endpoint) => self.endpoint_state(endpoint),
            None if self.network.is_listed(ENDPOINT, &subnet.account, &subnet.region) => {
                self.block_at(codes::BAD_STATE, ENDPOINT, id, "it does not exist");
            }
            None => {}
        }
        // TCP and ICMP echo only; semantics 46. Protocol 0 is what flows carry whose protocol is not told.
        let packet = self.packet;
        let taken = match packet.protocol {
            Protocol::TCP | Protocol(0) => true,
            protocol if protocol.is_icmp() => matches!(packet.icmp.0, 8 | 128),
            _ => false,
        };
        if !taken {
            let rule = format!("it takes TCP and ICMP echo only, not {}", packet.service());
            self.block_at(codes::VPCE_GATEWAY_PROTOCOL_RESTRICTION, ENDPOINT, id, rule);
        }
        if self.network.vpc(&subnet.vpc_id).is_some_and(|vpc| !vpc.contains(packet.source)) {
            let rule = format!("{} is not of {}", packet.source, subnet.vpc_id);
            self.block_at(codes::GATEWAY_REJECTS_SPOOFED_TRAFFIC, ENDPOINT, id, rule);
        }
        let service = endpoint.map_or("the service", |endpoint| &*endpoint.service_name);
        let (action, rule) = (format!("delivers to {service}"), Some(block.to_string()));
        match endpoint {
            Some(endpoint) => self.hop(ENDPOINT, endpoint, action, rule),
            None => self.hop_at(ENDPOINT, id, action, rule),
        }
        End::Service(subnet)
    }

    pub(super) fn endpoint_state(&mut self, endpoint: &'n Item<Endpoint>) {
        if !endpoint.available() {
            self.block(codes::BAD_STATE, ENDPOINT, endpoint, format!("it is {}", endpoint.state));
        }
    }

    /// Through the endpoint of a firewall or of a Gateway Load Balancer, and on from its subnet.
    pub(super) fn middlebox(
        &mut self,
        id: &'n Text,
        vpc: &'n str,
        from: Option<&'n Item<Subnet>>,
    ) -> End<'n> {
        if !self.step() {
            return End::Nowhere;
        }
        let network = self.network;
        let firewall = network.fabric.firewall_of_endpoint(id).and_then(|at| network.tables.firewalls.at(at));
        let endpoint = network.endpoint(id);
        let at_firewall = firewall.and_then(|firewall| firewall.endpoints().find(|it| it.endpoint_id == *id));
        let subnet_id =
            at_firewall.map(|it| &it.subnet_id).or_else(|| endpoint?.subnet_ids.as_ref()?.first());
        let at = network.vpc(vpc).map(place).or(from.map(place)).unwrap_or_default();
        if let Some(endpoint) = endpoint {
            self.endpoint_state(endpoint);
        }
        let Some(subnet) = subnet_id.and_then(|id| network.subnet(id)) else {
            if endpoint.is_none() && firewall.is_none() && network.is_listed(ENDPOINT, at.0, at.1) {
                self.block_at(codes::BAD_STATE, ENDPOINT, id, "it does not exist");
                return self.jump();
            }
            self.miss(ENDPOINT, Some(id), at, "a route leads to it; what it does with the packet decides");
            return End::Nowhere;
        };
        if from.is_none_or(|from| from.id != subnet.id) {
            self.acl(subnet, Way::Inbound);
        }
        self.crossed.middlebox = true;
        self.straight = false;
        match firewall {
            Some(firewall) => {
                if self.forward() {
                    self.session.firewalls.push(id.clone());
                } else {
                    self.firewalls.push(id.clone());
                }
                self.inspect(firewall, id);
            }
            None => {
                let action = "passes on (what the appliances behind it do is not described)";
                match endpoint {
                    Some(endpoint) => self.hop(ENDPOINT, endpoint, action, None),
                    None => self.hop_at(ENDPOINT, id, action, None),
                }
            }
        }
        self.leave_subnet(subnet)
    }
}
