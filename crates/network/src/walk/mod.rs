//! Walks one packet: a recursive descent from place to place that notes every hop, every refusal and everything that
//! would have been needed to decide.
//!
//! A walk goes on past a refusal by a filter or a dead component, as if it had let the packet pass; past a refusal by
//! routing it goes on at the destination, when that is a known interface. So all that would have to change is found.
//! Only what decides *where* the packet goes ends a walk when it is unknown.

mod appliance;
mod balancer;
mod choices;
mod endpoint;
mod ends;
mod filters;
mod firewall;
mod internet;
mod nat;
mod peering;
mod premises;
mod routing;
mod start;
mod transit;
mod vpc;

use crate::filter::Packet;
use crate::model::interface::Interface;
use crate::model::vpc::Subnet;
use crate::model::{Item, Text};
use crate::network::Network;
use crate::trace::{Blocker, Component, Direction, Disposition, Hop, Missing, Walk};
use std::net::IpAddr;

pub(crate) use start::trace;

/// A walk of more steps goes in a circle: the longest real path (two transit gateways, two inspections) has fewer.
const STEPS_MAX: u32 = 40;

/// Where a walk ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End<'n> {
    /// At an interface.
    Interface(&'n Item<Interface>),
    /// On the internet, through this VPC's gateway.
    Internet,
    /// On premises, over a gateway that this VPC or transit gateway attachment leads to.
    Premises(premises::Door<'n>),
    /// At a service of AWS that is reached from this subnet and answers into it.
    Service(&'n Item<Subnet>),
    /// At a service of AWS that no filter is asked about, or at a load balancer that answers by itself.
    Answered,
    /// Nowhere.
    Nowhere,
}

/// Who sent the packet, as rules that refer to groups see it.
#[derive(Debug, Clone, Copy)]
enum Identity<'n> {
    /// The source address is a private address of this interface.
    Interface(&'n Item<Interface>),
    /// Nobody with groups, or no longer.
    None,
}

/// What the packet crossed since its source address was last its sender's own; semantics 10 and 11.
#[derive(Debug, Clone, Copy, Default)]
struct Crossed {
    /// A peering connection whose sides are in different regions.
    distant_peering: bool,
    /// A transit gateway.
    transit: bool,
    /// A transit gateway, or an attachment of one, that does not support references.
    unsupported: bool,
    /// A transit gateway that was not described.
    undescribed: bool,
    /// An appliance, a firewall or a load balancer.
    middlebox: bool,
}

/// A change of addresses on the way, to be taken back on the way back.
#[derive(Debug, Clone, Copy)]
enum Translation<'n> {
    /// A NAT gateway, or an instance that does the same: the packet before and after.
    /// A NAT gateway uses any port for it.
    Source { before: Packet, after: Packet, subnet: &'n Item<Subnet>, any_port: bool },
    /// A load balancer's node: the packet that reached it and the one it sent on.
    Balancer { node: &'n Item<Interface>, before: Packet, after: Packet, keeps_client: bool },
}

/// What the forward walk leaves behind for the reply.
#[derive(Debug, Default)]
pub(crate) struct Session<'n> {
    translations: Vec<Translation<'n>>,
    /// Firewall endpoints that were passed, in order.
    firewalls: Vec<Text>,
    /// An egress-only gateway was used: it knows its replies.
    egress_only: bool,
    /// Zone an attachment in appliance mode chose, by attachment.
    pinned: Vec<(&'n str, &'n Item<Subnet>)>,
}

pub(crate) struct Walker<'n> {
    network: &'n Network,
    direction: Direction,
    packet: Packet,
    identity: Identity<'n>,
    crossed: Crossed,
    session: Session<'n>,
    /// The reply's way through firewalls.
    firewalls: Vec<Text>,
    /// It came into this VPC over a transit gateway and has passed no interface since.
    straight: bool,
    /// The first interface that was reached, and what was crossed until there: what the sender's rules see.
    reached: Option<(&'n Item<Interface>, Crossed)>,
    /// The interface the flow comes from.
    sender: Option<&'n Item<Interface>>,
    /// The interface the flow names as its destination: where VPCs share addresses another one may be reached.
    meant: Option<&'n Item<Interface>>,
    /// It is for an address that no filter is asked about.
    unfiltered: bool,
    /// The address the packet is meant for has been looked for past a routing refusal.
    jumped: bool,
    /// Which of several targets load balancers choose, as a number in mixed radix.
    choice: usize,
    /// How many choices there are.
    choices: usize,
    /// One of them is not known to be right.
    blind: bool,
    steps: u32,
    hops: Vec<Hop>,
    blockers: Vec<Blocker>,
    missing: Vec<Missing>,
}

impl<'n> Walker<'n> {
    fn new(network: &'n Network, direction: Direction, packet: Packet, choice: usize) -> Self {
        Self {
            network,
            direction,
            packet,
            identity: Identity::None,
            crossed: Crossed::default(),
            session: Session::default(),
            firewalls: Vec::new(),
            straight: false,
            reached: None,
            sender: None,
            meant: None,
            unfiltered: false,
            jumped: false,
            choice,
            choices: 1,
            blind: false,
            steps: 0,
            hops: Vec::with_capacity(12),
            blockers: Vec::new(),
            missing: Vec::new(),
        }
    }

    fn forward(&self) -> bool {
        self.direction == Direction::Forward
    }

    fn disposition(&self) -> Disposition {
        if !self.blockers.is_empty() {
            Disposition::Blocked
        } else if !self.missing.is_empty() {
            Disposition::Unknown
        } else {
            Disposition::Delivered
        }
    }

    fn walk(&mut self) -> Walk {
        Walk { disposition: self.disposition(), hops: std::mem::take(&mut self.hops) }
    }

    /// Notes a hop.
    fn hop<T>(&mut self, kind: &'static str, at: &Item<T>, action: impl Into<String>, rule: Option<String>) {
        let component = Component { kind, id: at.id.to_string() };
        self.hops.push(Hop { component, action: action.into(), rule, origins: at.origins.clone() });
    }

    /// Notes a hop at something without a document.
    fn hop_at(&mut self, kind: &'static str, id: &str, action: impl Into<String>, rule: Option<String>) {
        let component = Component { kind, id: id.to_owned() };
        self.hops.push(Hop { component, action: action.into(), rule, origins: Vec::new() });
    }

    /// Notes a hop that refuses, and the blocker.
    fn block<T>(&mut self, code: &'static str, kind: &'static str, at: &Item<T>, rule: impl Into<String>) {
        let component = Component { kind, id: at.id.to_string() };
        self.refuse(code, component, Some(rule.into()), at.origins.clone());
    }

    /// The same at something without a document.
    fn block_at(&mut self, code: &'static str, kind: &'static str, id: &str, rule: impl Into<String>) {
        self.refuse(code, Component { kind, id: id.to_owned() }, Some(rule.into()), Vec::new());
    }

    fn refuse(
        &mut self,
        code: &'static str,
        component: Component,
        rule: Option<String>,
        origins: Vec<crate::describe::Origin>,
    ) {
        let hop = Hop {
            component: component.clone(),
            action: "refuses".to_owned(),
            rule: rule.clone(),
            origins: origins.clone(),
        };
        self.hops.push(hop);
        self.blockers.push(Blocker { code, component, rule, direction: self.direction, origins });
    }

    /// Notes that a document would be needed.
    fn miss(&mut self, kind: &'static str, id: Option<&str>, place: (&str, &str), why: impl Into<String>) {
        self.missing.push(Missing {
            kind,
            id: id.map(str::to_owned),
            account: place.0.to_owned(),
            region: place.1.to_owned(),
            why: why.into(),
        });
    }

    /// One step further; false when the walk goes in a circle.
    fn step(&mut self) -> bool {
        self.steps += 1;
        if self.steps == STEPS_MAX {
            let destination = self.packet.destination.to_string();
            self.block_at(crate::codes::NO_PATH, "internet", &destination, "routes lead in a circle");
        }
        self.steps < STEPS_MAX
    }

    /// The subnet of an interface.
    fn subnet_of(&mut self, interface: &'n Item<Interface>) -> Option<&'n Item<Subnet>> {
        let subnet = self.network.subnet(&interface.subnet_id);
        if subnet.is_none() {
            let place = place(interface);
            let why = format!("the subnet of {} decides routes and filters", interface.id);
            self.miss("AWS::EC2::Subnet", Some(&interface.subnet_id), place, why);
        }
        subnet
    }

    /// Goes on at the destination past a refusal by routing, where the destination is one known interface.
    fn jump(&mut self) -> End<'n> {
        if self.jumped {
            return End::Nowhere;
        }
        self.jumped = true;
        match self.goal() {
            Some(interface) => {
                self.enter(interface, None);
                End::Interface(interface)
            }
            None => End::Nowhere,
        }
    }

    /// The interface the packet is for: the one the flow names, else the only one with the address.
    fn goal(&self) -> Option<&'n Item<Interface>> {
        let destination = self.packet.destination;
        let named = if self.forward() { self.meant } else { self.sender };
        named.filter(|named| named.owns(destination)).or_else(|| self.only_owner(destination))
    }

    /// The only interface with a private or IPv6 address.
    fn only_owner(&self, address: IpAddr) -> Option<&'n Item<Interface>> {
        let mut owners = self.network.hosts.with_private(address);
        match (owners.next(), owners.next()) {
            (Some(only), None) => self.network.tables.interfaces.at(only),
            _ => None,
        }
    }

    /// The interface with a private or IPv6 address in a VPC.
    fn owner_in(&self, vpc: &str, address: IpAddr) -> Option<&'n Item<Interface>> {
        let network = self.network;
        network
            .hosts
            .with_private(address)
            .filter_map(|at| network.tables.interfaces.at(at))
            .find(|it| &*it.vpc_id == vpc)
    }
}

/// Account and region of an item.
fn place<T>(item: &Item<T>) -> (&str, &str) {
    (&item.account, &item.region)
}
