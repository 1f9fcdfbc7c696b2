//! Load balancers: from the node a client talks to, to a target; semantics 62 to 66.
//!
//! A node chooses one of its targets, and which one is not to be foreseen. A flow is traced once for each target the
//! node may choose: it is delivered when it is for one of them, and blocked when it is refused for all.

use super::nat::LOWEST_PORT;
use super::{End, Translation, Walker, place};
use crate::codes;
use crate::filter::Way;
use crate::flow::Flow;
use crate::model::Item;
use crate::model::interface::Interface;
use crate::model::load_balancer::{LoadBalancer, Target, TargetGroup};
use crate::model::vpc::Subnet;
use std::net::IpAddr;

const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const CLASSIC: &str = "AWS::ElasticLoadBalancing::LoadBalancer";

type Candidate<'n> = (&'n Item<TargetGroup>, &'n Target);

impl<'n> Walker<'n> {
    /// At a node of a load balancer.
    pub(super) fn balancer(&mut self, node: &'n Item<Interface>, at: u32) -> End<'n> {
        let network = self.network;
        let Some(balancer) = network.tables.load_balancers.at(at) else { return End::Nowhere };
        if !balancer.active() {
            self.block(codes::BAD_STATE, BALANCER, balancer, format!("it is {}", balancer.state()));
        }
        let Some(listeners) = network.listeners_of(&balancer.id) else {
            let why = format!("which ports {} listens on decides", balancer.id);
            self.miss("AWS::ElasticLoadBalancingV2::Listener", None, place(balancer), why);
            return End::Nowhere;
        };
        let packet = self.packet;
        let listener = listeners.iter().find(|it| it.accepts(packet.protocol, packet.destination_port));
        let Some(listener) = listener else {
            let rule = format!("no listener for {}", packet.service());
            self.block(codes::ELBV2_LISTENERS_MISMATCH, BALANCER, balancer, rule);
            return End::Interface(node);
        };
        let rule = format!("listener {}/{}", listener.protocol, packet.destination_port);
        let groups = listener.target_groups();
        if groups.is_empty() {
            if listener.answers_itself() {
                self.hop(BALANCER, balancer, "answers by itself", Some(rule));
                return End::Answered;
            }
            self.block(
                codes::ELBV2_LISTENER_HAS_NO_TG,
                BALANCER,
                balancer,
                format!("{rule} has no target group"),
            );
            return End::Interface(node);
        }
        let Some(candidates) = self.candidates(balancer, node, groups.into_iter().map(|arn| &**arn)) else {
            return End::Interface(node);
        };
        let chosen = self.choose(candidates.len());
        let Some((group, target)) = candidates.get(chosen).copied() else { return End::Interface(node) };
        self.hop(BALANCER, balancer, format!("sends to {}", target.id), Some(rule));
        self.send_to_target(balancer, node, group, target)
    }

    /// One of several: the next digit of the choice.
    fn choose(&mut self, count: usize) -> usize {
        let count = count.max(1);
        let digit = (self.choice / self.choices) % count;
        self.choices = self.choices.saturating_mul(count);
        digit
    }

    /// One of several, where AWS does not say which: whoever traces compares them all.
    pub(super) fn choose_blindly(&mut self, count: usize) -> usize {
        self.blind |= count > 1;
        self.choose(count)
    }

    /// Targets a node may choose: healthy ones, or all when none is (both kinds fail open), of its own zone when it
    /// keeps to it. `None` when there are none, which is noted.
    fn candidates<'g>(
        &mut self,
        balancer: &'n Item<LoadBalancer>,
        node: &'n Item<Interface>,
        groups: impl Iterator<Item = &'g str>,
    ) -> Option<Vec<Candidate<'n>>> {
        let network = self.network;
        let mut all = Vec::new();
        let mut described = false;
        for arn in groups {
            let group = network.target_group(arn);
            let Some((group, targets)) = group.and_then(|group| Some((group, group.targets.as_ref()?)))
            else {
                self.miss(TARGET_GROUP, Some(arn), place(balancer), "its targets were not described");
                continue;
            };
            described = true;
            all.extend(open(targets).into_iter().map(|target| (group, target)));
        }
        if all.is_empty() {
            if described {
                let rule = "no target is registered";
                self.block(codes::ELBV2_LISTENER_HAS_NO_TG, BALANCER, balancer, rule);
            }
            return None;
        }
        let Some(zone) = network.subnet(&node.subnet_id) else { return Some(all) };
        let mut near = Vec::new();
        let mut undecided = false;
        for (group, target) in all {
            match group.cross_zone().or(balancer.cross_zone()) {
                Some(true) => near.push((group, target)),
                Some(false) if self.in_zone(target, zone) => near.push((group, target)),
                Some(false) => {}
                None if self.in_zone(target, zone) => near.push((group, target)),
                None => undecided = true,
            }
        }
        if near.is_empty() {
            if undecided {
                let why = "whether it sends to targets in other zones was not described";
                self.miss(BALANCER, Some(&balancer.id), place(balancer), why);
            } else {
                let rule =
                    format!("no target in {}, and cross-zone load balancing is off", zone.availability_zone);
                self.block(codes::ELBV2_NO_TARGETS_IN_AZ, BALANCER, balancer, rule);
            }
            return None;
        }
        Some(near)
    }

    fn in_zone(&self, target: &Target, zone: &Subnet) -> bool {
        if &*target.zone == "all" {
            return true;
        }
        let network = self.network;
        let interface = network.primary_interface(&target.id).or_else(|| {
            let address: IpAddr = target.id.parse().ok()?;
            self.owner_in(&zone.vpc_id, address)
        });
        match interface.and_then(|interface| network.subnet(&interface.subnet_id)) {
            Some(subnet) => subnet.same_zone(zone),
            None => target.zone == zone.availability_zone,
        }
    }

    fn send_to_target(
        &mut self,
        balancer: &'n Item<LoadBalancer>,
        node: &'n Item<Interface>,
        group: &'n Item<TargetGroup>,
        target: &'n Target,
    ) -> End<'n> {
        let network = self.network;
        let address = match &*group.target_type {
            "lambda" => {
                self.hop_at("AWS::Lambda::Function", &target.id, "delivers", None);
                return End::Answered;
            }
            "ip" => target.id.parse().ok(),
            "alb" => {
                let zone = network.subnet(&node.subnet_id);
                let mut nodes = network.interfaces_of_load_balancer(&target.id);
                let near = |it: &&'n Item<Interface>| match (network.subnet(&it.subnet_id), zone) {
                    (Some(own), Some(zone)) => own.same_zone(zone),
                    _ => false,
                };
                let node =
                    nodes.find(near).or_else(|| network.interfaces_of_load_balancer(&target.id).next());
                node.and_then(|node| node.primary())
            }
            _ => {
                network.primary_interface(&target.id).and_then(|it| it.first_of(self.packet.source.is_ipv6()))
            }
        };
        let Some(address) = address else {
            let why = format!("{} has no interface among those described", target.id);
            self.miss("AWS::EC2::NetworkInterface", None, place(group), why);
            return End::Nowhere;
        };
        let port = target.port.or(group.port()).unwrap_or(self.packet.destination_port);
        let keeps_client = !balancer.is_application() && group.keeps_client();
        if keeps_client && address == self.packet.source {
            let rule = "the target is the client, whose address is kept";
            self.block(codes::ELBV2_SOURCE_ADDRESS_PRESERVATION, BALANCER, balancer, rule);
        }
        // Groups of the client do not count at the target; those of the load balancer do (ELB guide, "Security groups
        // for your Network Load Balancer").
        if !keeps_client || node.groups.as_ref().is_some_and(|groups| !groups.is_empty()) {
            self.sent_by(Some(node));
        } else {
            self.crossed.middlebox = true;
        }
        self.send(node, address, port, keeps_client);
        let owner = self.owner_in(&node.vpc_id, address).or_else(|| self.only_owner(address));
        self.groups_outbound(node, owner);
        match self.subnet_of(node) {
            Some(subnet) => self.leave_subnet(subnet),
            None => End::Nowhere,
        }
    }

    /// Changes the packet to what the node sends.
    fn send(&mut self, node: &'n Item<Interface>, address: IpAddr, port: u16, keeps_client: bool) {
        let before = self.packet;
        self.packet.destination = address;
        self.packet.destination_port = port;
        if !keeps_client {
            self.packet.source = node.first_of(address.is_ipv6()).unwrap_or(before.source);
            if self.packet.source_port < LOWEST_PORT {
                self.packet.source_port = Flow::EPHEMERAL_PORT;
            }
        }
        self.session.translations.push(Translation::Balancer {
            node,
            before,
            after: self.packet,
            keeps_client,
        });
    }

    /// The reply of a target that saw the client's address: it comes back by the node whatever the route tables say,
    /// as the load balancer tracks the connection (which is why targets need no route to the internet).
    pub(super) fn back_over_node(&mut self, target: &'n Item<Interface>) -> Option<End<'n>> {
        let &Translation::Balancer { node, before, after, keeps_client: true } =
            self.session.translations.last()?
        else {
            return None;
        };
        if !target.owns(after.destination) {
            return None;
        }
        self.session.translations.pop();
        let (from, to) = (self.subnet_of(target)?, self.subnet_of(node)?);
        if from.id != to.id {
            self.acl(from, Way::Outbound);
            self.acl(to, Way::Inbound);
        }
        self.packet = before.reply();
        let action = format!("answers {} as {}", before.source, before.destination);
        self.hop("AWS::EC2::NetworkInterface", node, action, None);
        Some(self.leave_subnet(to))
    }

    /// At a node of a Classic Load Balancer, whose network ACL counts even inside its subnet; semantics 22.
    pub(super) fn classic_balancer(&mut self, node: &'n Item<Interface>, at: u32) -> End<'n> {
        let network = self.network;
        let Some(balancer) = network.tables.classic_load_balancers.at(at) else { return End::Nowhere };
        let Some(port) = balancer.instance_port(self.packet.destination_port) else {
            let rule = format!("no listener for {}", self.packet.service());
            self.block(codes::ELB_LISTENERS_MISMATCH, CLASSIC, balancer, rule);
            return End::Interface(node);
        };
        let instances: Vec<_> = balancer.instance_ids().collect();
        let chosen = self.choose(instances.len());
        let Some(instance) = instances.get(chosen) else {
            self.block(codes::NO_POSSIBLE_DESTINATION, CLASSIC, balancer, "no instance is registered");
            return End::Interface(node);
        };
        let target = network.primary_interface(instance);
        let Some((target, address)) = target.and_then(|target| Some((target, target.primary()?))) else {
            let why = format!("{instance} has no interface among those described");
            self.miss("AWS::EC2::NetworkInterface", None, place(balancer), why);
            return End::Nowhere;
        };
        self.hop(CLASSIC, balancer, format!("sends to {instance}"), None);
        self.sent_by(Some(node));
        self.send(node, address, port, false);
        self.groups_outbound(node, Some(target));
        let Some(subnet) = self.subnet_of(node) else { return End::Nowhere };
        if target.subnet_id == subnet.id {
            self.acl_as(subnet, Way::Outbound, codes::ELB_ACL_RESTRICTION);
            self.acl_as(subnet, Way::Inbound, codes::ELB_ACL_RESTRICTION);
        }
        self.leave_subnet(subnet)
    }
}

/// Targets in use: healthy ones (or without health checks); when there is none, all but those being taken out.
fn open(targets: &[Target]) -> Vec<&Target> {
    let with = |states: &[&str]| -> Vec<&Target> {
        targets.iter().filter(|target| states.contains(&&*target.state)).collect()
    };
    let healthy = with(&["healthy", "", "unavailable"]);
    if !healthy.is_empty() {
        return healthy;
    }
    let staying: Vec<&Target> = targets
        .iter()
        .filter(|target| !matches!(&*target.state, "draining" | "unused" | "unhealthy.draining"))
        .collect();
    if staying.is_empty() { targets.iter().collect() } else { staying }
}
