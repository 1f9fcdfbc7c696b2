//! From a flow to two walks: where it starts, what it is addressed to, and how its reply starts.

use super::{End, Identity, Session, Walker, place};
use crate::codes;
use crate::filter::Packet;
use crate::flow::{Flow, Place, Protocol};
use crate::model::Item;
use crate::model::interface::Interface;
use crate::model::vpc::Subnet;
use crate::network::Network;
use crate::outside;
use crate::trace::{Blocker, Component, Direction, Disposition, Hop, Missing, Trace, Walk};
use std::net::{IpAddr, Ipv4Addr};

const INTERFACE: &str = "AWS::EC2::NetworkInterface";
/// Targets of load balancers that are tried, at most; more of the same kind tell nothing new.
const CHOICES_MAX: usize = 256;

/// Where a flow starts.
#[derive(Clone, Copy)]
enum Source<'n> {
    Interface(&'n Item<Interface>, IpAddr),
    Internet(IpAddr),
    Premises(IpAddr),
}

/// What could not be found of a flow's ends.
struct Absent {
    blocker: Option<(&'static str, Component, String)>,
    missing: Option<Missing>,
}

/// Traces a flow, with every choice there is on the way.
pub(crate) fn trace(network: &Network, flow: &Flow) -> Trace {
    let (first, choices, blind) = trace_choice(network, flow, 0);
    if choices < 2 {
        return first;
    }
    let mut all = vec![first];
    all.extend((1..choices.min(CHOICES_MAX)).map(|choice| trace_choice(network, flow, choice).0));
    if blind { agreed(all) } else { best(all) }
}

/// Of traces by choices that AWS makes and does not tell: what all of them say, else unknown.
fn agreed(all: Vec<Trace>) -> Trace {
    let mut rest = all.into_iter();
    let Some(mut trace) = rest.next() else { return Trace::nothing() };
    let (forward, overall) = (trace.forward.disposition, trace.disposition);
    for other in rest {
        if other.forward.disposition != forward {
            trace.forward.disposition = Disposition::Unknown;
        }
        if other.disposition != overall {
            trace.disposition = Disposition::Unknown;
        }
        join(&mut trace.blockers, other.blockers);
        trace.missing.extend(other.missing);
    }
    if trace.forward.disposition != forward || trace.disposition != overall {
        trace.missing.push(Missing {
            kind: "AWS::EC2::TransitGatewayAttachment",
            id: None,
            account: String::new(),
            region: String::new(),
            why: "by which of several ways the transit gateway sends the packet is not told".to_owned(),
        });
    }
    trace.missing.sort_unstable();
    trace.missing.dedup();
    trace
}

/// Of traces by targets of a load balancer: delivered when it is for one of them, blocked when it is refused for all.
fn best(all: Vec<Trace>) -> Trace {
    let rank = |trace: &Trace| match trace.disposition {
        Disposition::Delivered => 2,
        Disposition::Unknown => 1,
        Disposition::Blocked => 0,
    };
    let mut others: Vec<Trace> = Vec::with_capacity(all.len());
    let mut best: Option<Trace> = None;
    for mut next in all {
        match &mut best {
            None => best = Some(next),
            Some(best) => {
                if rank(&next) > rank(best) {
                    std::mem::swap(best, &mut next);
                }
                others.push(next);
            }
        }
    }
    let Some(mut best) = best else { return Trace::nothing() };
    for other in others {
        if best.disposition == Disposition::Blocked {
            // Refused for all: whatever would have to change for any of them.
            for blocker in other.blockers {
                let is_known = |it: &Blocker| {
                    (it.code, &it.component, it.direction)
                        == (blocker.code, &blocker.component, blocker.direction)
                };
                if !best.blockers.iter().any(is_known) {
                    best.blockers.push(blocker);
                }
            }
        } else if let Some((blocker, hop)) = other.blockers.first().zip(other.forward.hops.last()) {
            best.forward.hops.push(Hop {
                component: hop.component.clone(),
                action: format!(
                    "another target would be refused: {} at {}",
                    blocker.code, blocker.component.id
                ),
                rule: blocker.rule.clone(),
                origins: blocker.origins.clone(),
            });
        }
    }
    best
}

fn join(all: &mut Vec<Blocker>, more: Vec<Blocker>) {
    for blocker in more {
        if !all.contains(&blocker) {
            all.push(blocker);
        }
    }
}

/// Traces a flow with one choice; also how many there are, and whether AWS does not say which is right.
fn trace_choice(network: &Network, flow: &Flow, choice: usize) -> (Trace, usize, bool) {
    let nowhere: IpAddr = Ipv4Addr::UNSPECIFIED.into();
    let mut walker = Walker::new(network, Direction::Forward, packet(flow, nowhere, nowhere), choice);
    let (source, destination) = match walker.ends(flow) {
        Ok(ends) => ends,
        Err(absent) => return (walker.undeliverable(*absent), 1, false),
    };
    let address = match source {
        Source::Interface(_, address) | Source::Internet(address) | Source::Premises(address) => address,
    };
    let sent = packet(flow, address, destination);
    walker.packet = sent;
    if address.is_ipv4() != destination.is_ipv4() {
        let rule = format!("{address} and {destination} are not of one address family");
        walker.block_at(codes::NO_SOURCE_OR_DESTINATION, "internet", &destination.to_string(), rule);
        return (walker.finish(End::Nowhere, sent), 1, false);
    }
    let end = match source {
        Source::Interface(interface, _) => {
            walker.identity = Identity::Interface(interface);
            walker.sender = Some(interface);
            let end = walker.leave(interface);
            walker.groups_of_sender(interface, sent, end);
            end
        }
        Source::Internet(_) => walker.enter_from_internet(),
        Source::Premises(_) => walker.enter_from_premises(),
    };
    walker.finish_with_choices(end, sent)
}

fn packet(flow: &Flow, source: IpAddr, destination: IpAddr) -> Packet {
    let echo = if flow.protocol == Protocol::ICMPV6 { (128, 0) } else { (8, 0) };
    Packet {
        source,
        destination,
        protocol: flow.protocol,
        source_port: flow.source_port.unwrap_or(Flow::EPHEMERAL_PORT),
        destination_port: flow.destination_port.unwrap_or_default(),
        icmp: flow.icmp.unwrap_or(echo),
    }
}

impl<'n> Walker<'n> {
    /// Where the flow starts and the address it is for.
    fn ends(&mut self, flow: &Flow) -> Result<(Source<'n>, IpAddr), Box<Absent>> {
        let wants = wanted_family(flow);
        let source = match &flow.from {
            Place::Interface { id, address } => {
                let interface = self.network.interface(id).ok_or_else(|| absent_interface(id))?;
                let own = address.filter(|address| interface.owns(*address));
                let own = own.or_else(|| interface.private_of((*address)?));
                self.interface_source(interface, own, wants)?
            }
            Place::Address(address) => self.address_source(*address, flow)?,
            Place::Resource { kind, id } => {
                let interface = self
                    .network
                    .serving_interface(kind, id, None)
                    .map_err(|()| absent_resource(self.network, kind, id, "what it sends from"))?;
                self.interface_source(interface, None, wants)?
            }
        };
        let v6 = match source {
            Source::Interface(_, address) | Source::Internet(address) | Source::Premises(address) => {
                address.is_ipv6()
            }
        };
        let public = matches!(source, Source::Internet(_));
        let subnet = match source {
            Source::Interface(interface, _) => self.network.subnet(&interface.subnet_id),
            Source::Internet(_) | Source::Premises(_) => None,
        };
        let destination = match &flow.to {
            Place::Interface { id, address } => {
                let interface = self.network.interface(id).ok_or_else(|| absent_interface(id))?;
                self.meant = Some(interface);
                address
                    .or_else(|| reachable_address(interface, v6, public))
                    .ok_or_else(|| absent_interface(id))?
            }
            Place::Address(address) => *address,
            Place::Resource { kind, id } => {
                let interface = self
                    .network
                    .serving_interface(kind, id, subnet)
                    .map_err(|()| absent_resource(self.network, kind, id, "what it is reached at"))?;
                self.meant = Some(interface);
                reachable_address(interface, v6, public).ok_or_else(|| absent_interface(&interface.id))?
            }
        };
        Ok((source, destination))
    }

    fn interface_source(
        &self,
        interface: &'n Item<Interface>,
        own: Option<IpAddr>,
        v6: Option<bool>,
    ) -> Result<Source<'n>, Box<Absent>> {
        let address = own.or_else(|| interface.first_of(v6?)).or_else(|| interface.primary());
        address
            .map(|address| Source::Interface(interface, address))
            .ok_or_else(|| absent_interface(&interface.id))
    }

    fn address_source(&self, address: IpAddr, flow: &Flow) -> Result<Source<'n>, Box<Absent>> {
        let owners = self.network.interfaces_with_address(address);
        // An address of several VPCs is the one that is in the VPC of the other end.
        let near = match &flow.to {
            Place::Interface { id, .. } => self.network.interface(id).map(|interface| &interface.vpc_id),
            Place::Address(_) | Place::Resource { .. } => None,
        };
        let owner = match owners.as_slice() {
            [only] => Some(*only),
            [] => None,
            several => {
                let mut local = several.iter().filter(|owner| Some(&owner.vpc_id) == near);
                match (local.next(), local.next()) {
                    (Some(only), None) => Some(*only),
                    _ => return Err(ambiguous(address)),
                }
            }
        };
        if let Some(owner) = owner {
            let private = owner.private_of(address).unwrap_or(address);
            return Ok(Source::Interface(owner, private));
        }
        if !outside::is_private(address) && self.network.vpcs().all(|vpc| !vpc.contains(address)) {
            return Ok(Source::Internet(address));
        }
        match self.network.vpcs().find(|vpc| vpc.contains(address)) {
            None => Ok(Source::Premises(address)),
            Some(vpc) => {
                let (account, region) = place(vpc);
                let known = self.network.hosts.count_in_vpc(&vpc.id) > 0
                    || self.network.is_listed(INTERFACE, account, region);
                let what = format!("no interface has {address}");
                let component = Component { kind: "AWS::EC2::VPC", id: vpc.id.to_string() };
                Err(if known {
                    Box::new(Absent {
                        blocker: Some((codes::NO_SOURCE_OR_DESTINATION, component, what)),
                        missing: None,
                    })
                } else {
                    missing(
                        INTERFACE,
                        None,
                        (account, region),
                        format!("whether an interface has {address} is not known"),
                    )
                })
            }
        }
    }

    /// From a network on premises to an address in a VPC.
    fn enter_from_premises(&mut self) -> End<'n> {
        let network = self.network;
        let destination = self.packet.destination;
        let owner = self.only_owner(destination).map(|owner| &owner.vpc_id);
        let mut around = network.vpcs().filter(|vpc| vpc.contains(destination)).map(|vpc| &vpc.id);
        let vpc = owner.or_else(|| around.next());
        let Some(vpc) = vpc else {
            let rule = "it is in no VPC that was described";
            self.block_at(codes::NO_SOURCE_OR_DESTINATION, "on-premises", &destination.to_string(), rule);
            return End::Nowhere;
        };
        match self.door_to(vpc) {
            Some(door) => self.enter_over_door(door),
            None => {
                let at = network.vpc(vpc).map(place).unwrap_or_default();
                let why = format!("by which connection {} reaches {vpc} is not known", self.packet.source);
                self.miss("AWS::EC2::VPNConnection", None, at, why);
                End::Nowhere
            }
        }
    }

    fn undeliverable(mut self, absent: Absent) -> Trace {
        if let Some((code, component, rule)) = absent.blocker {
            self.refuse(code, component, Some(rule), Vec::new());
        }
        self.missing.extend(absent.missing);
        let sent = self.packet;
        self.finish(End::Nowhere, sent)
    }

    /// Walks the reply, which goes on with the choices of the request.
    fn finish_with_choices(self, end: End<'n>, sent: Packet) -> (Trace, usize, bool) {
        let mut choices = (self.choices, self.blind);
        let trace = self.finish_counting(end, sent, &mut choices);
        (trace, choices.0, choices.1)
    }

    fn finish(self, end: End<'n>, sent: Packet) -> Trace {
        self.finish_counting(end, sent, &mut (1, false))
    }

    /// Walks the reply, where there is somebody to reply, and puts both walks together.
    fn finish_counting(mut self, end: End<'n>, sent: Packet, choices: &mut (usize, bool)) -> Trace {
        let forward = self.walk();
        let mut trace = Trace {
            disposition: forward.disposition,
            forward,
            reply: None,
            blockers: std::mem::take(&mut self.blockers),
            missing: std::mem::take(&mut self.missing),
        };
        if let Some((reply, blockers, missing)) = self.reply(end, sent, choices) {
            join(&mut trace.blockers, blockers);
            trace.missing.extend(missing);
            trace.disposition = match (trace.forward.disposition, reply.disposition) {
                (Disposition::Blocked, _) | (_, Disposition::Blocked) => Disposition::Blocked,
                (Disposition::Unknown, _) | (_, Disposition::Unknown) => Disposition::Unknown,
                _ => Disposition::Delivered,
            };
            trace.reply = Some(reply);
        }
        let mut seen: Vec<Blocker> = Vec::with_capacity(trace.blockers.len());
        join(&mut seen, std::mem::take(&mut trace.blockers));
        trace.blockers = seen;
        trace.missing.sort_unstable();
        trace.missing.dedup();
        trace
    }

    fn reply(
        self,
        end: End<'n>,
        sent: Packet,
        choices: &mut (usize, bool),
    ) -> Option<(Walk, Vec<Blocker>, Vec<Missing>)> {
        let mut back = Walker::new(self.network, Direction::Return, self.packet.reply(), self.choice);
        (back.choices, back.blind) = *choices;
        back.sender = self.sender;
        back.session = Session { ..self.session };
        let stop = match end {
            End::Interface(interface) => match back.back_over_node(interface) {
                Some(stop) => stop,
                None => back.leave(interface),
            },
            End::Internet => back.reply_from_internet(sent),
            End::Premises(door) => back.enter_over_door(door),
            End::Service(subnet) => back.reply_from_service(subnet),
            End::Answered | End::Nowhere => return None,
        };
        back.check_reply(stop, sent);
        *choices = (back.choices, back.blind);
        Some((back.walk(), back.blockers, back.missing))
    }

    /// The reply of the internet, by the gateway the request left through.
    fn reply_from_internet(&mut self, sent: Packet) -> End<'n> {
        if self.network.assumes_routing
            && let Some(owner) = self.only_owner(sent.source)
        {
            self.hop_at("internet", &sent.destination.to_string(), "replies (routing assumed)", None);
            return self.deliver(&owner.vpc_id, None);
        }
        self.enter_from_internet()
    }

    /// The reply of a service behind a gateway endpoint, straight into the subnet.
    fn reply_from_service(&mut self, subnet: &'n Item<Subnet>) -> End<'n> {
        self.acl(subnet, crate::filter::Way::Inbound);
        match self.owner_in(&subnet.vpc_id, self.packet.destination) {
            Some(interface) => self.arrive(interface),
            None => End::Nowhere,
        }
    }

    /// A reply must come back to where the request came from, from the address it was for, through the same firewalls.
    fn check_reply(&mut self, stop: End<'n>, sent: Packet) {
        if self.disposition() == Disposition::Blocked {
            return;
        }
        if let (Some(sender), End::Interface(reached)) = (self.sender, stop)
            && sender.id != reached.id
        {
            let rule = format!("it has {}, and the request came from {}", self.packet.destination, sender.id);
            return self.block(codes::NO_POSSIBLE_DESTINATION, INTERFACE, reached, rule);
        }
        if self.disposition() == Disposition::Unknown {
            return;
        }
        let expected = sent.reply();
        if matches!(stop, End::Nowhere) {
            let id = sent.source.to_string();
            self.block_at(codes::NO_PATH, "internet", &id, "nothing leads back to the sender");
        } else if (self.packet.source, self.packet.destination) != (expected.source, expected.destination)
            && !self.public_names(expected)
        {
            let rule = format!("the reply comes from {}, not from {}", self.packet.source, expected.source);
            self.block_at(codes::NO_PATH, "internet", &sent.source.to_string(), rule);
        }
        let mut passed = self.session.firewalls.clone();
        passed.reverse();
        if sent.protocol == Protocol::TCP && passed != self.firewalls {
            let id = passed.first().or(self.firewalls.first()).map_or("", |id| &**id).to_owned();
            let rule =
                "the reply does not pass the firewall endpoint of the request, which sees one direction only";
            self.block_at(codes::TGW_ATTACH_VPC_AZ_RESTRICTION, "AWS::EC2::VPCEndpoint", &id, rule);
        }
    }

    /// Whether the reply's addresses are the expected ones but for the public name of one of them.
    fn public_names(&self, expected: Packet) -> bool {
        let same = |is: IpAddr, should: IpAddr| {
            is == should
                || self
                    .network
                    .interfaces_with_address(should)
                    .iter()
                    .any(|it| it.owns(is) || it.public_of(should) == Some(is))
        };
        same(self.packet.source, expected.source) && same(self.packet.destination, expected.destination)
    }
}

/// Which address family a flow needs, where its ends tell.
fn wanted_family(flow: &Flow) -> Option<bool> {
    let told = |place: &Place| match place {
        Place::Address(address) | Place::Interface { address: Some(address), .. } => Some(address.is_ipv6()),
        Place::Interface { .. } | Place::Resource { .. } => None,
    };
    told(&flow.to).or_else(|| told(&flow.from)).or(match flow.protocol {
        Protocol::ICMPV6 => Some(true),
        Protocol::ICMP => Some(false),
        _ => None,
    })
}

/// The address of an interface that a sender of this family, on the internet or not, can use.
fn reachable_address(interface: &Interface, v6: bool, from_internet: bool) -> Option<IpAddr> {
    let own = interface.first_of(v6);
    if from_internet && !v6 {
        let public = interface.addresses.iter().find_map(|address| address.public);
        return public.or(own).or_else(|| interface.primary());
    }
    own.or_else(|| interface.primary())
}

fn missing(kind: &'static str, id: Option<&str>, at: (&str, &str), why: String) -> Box<Absent> {
    let missing =
        Missing { kind, id: id.map(str::to_owned), account: at.0.to_owned(), region: at.1.to_owned(), why };
    Box::new(Absent { blocker: None, missing: Some(missing) })
}

fn absent_interface(id: &str) -> Box<Absent> {
    missing(INTERFACE, Some(id), ("", ""), "it is an end of the flow".to_owned())
}

fn ambiguous(address: IpAddr) -> Box<Absent> {
    missing(
        INTERFACE,
        None,
        ("", ""),
        format!("several interfaces have {address}: which one is meant is not known"),
    )
}

/// An endpoint without subnets serves nobody (semantics 42); of anything else the interfaces were not described.
fn absent_resource(network: &Network, kind: &str, id: &str, what: &str) -> Box<Absent> {
    let kind = crate::network::known(kind).unwrap_or(INTERFACE);
    if let Some(endpoint) = network.endpoint(id) {
        let none = endpoint.subnet_ids.as_ref().is_some_and(Vec::is_empty)
            && endpoint.network_interface_ids.is_empty();
        if none && endpoint.is_interface() {
            let component = Component { kind, id: id.to_owned() };
            let rule = "it has no subnet, so it has no interface and serves nobody".to_owned();
            return Box::new(Absent {
                blocker: Some((codes::NO_POSSIBLE_DESTINATION, component, rule)),
                missing: None,
            });
        }
    }
    missing(INTERFACE, None, ("", ""), format!("{what}: the interfaces of {id} were not described"))
}
