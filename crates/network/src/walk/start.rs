//! From a flow to two walks, and how the reply starts.

use super::choices::{agreed, best, join};
use super::ends::{Absent, Source};
use super::{End, Identity, Session, Walker, place};
use crate::codes;
use crate::filter::Packet;
use crate::flow::{Flow, Protocol};
use crate::model::Item;
use crate::model::vpc::Subnet;
use crate::network::Network;
use crate::trace::{Blocker, Direction, Disposition, Missing, Trace, Walk};
use std::net::{IpAddr, Ipv4Addr};

const INTERFACE: &str = "AWS::EC2::NetworkInterface";
/// Choices that are tried, at most; more targets of the same kind tell nothing new.
const CHOICES_MAX: usize = 256;

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
    /// From a network on premises to an address in a VPC.
    fn enter_from_premises(&mut self) -> End<'n> {
        let network = self.network;
        let destination = self.packet.destination;
        let owner = self.only_owner(destination).map(|owner| &owner.vpc_id);
        let mut around = network.vpcs().filter(|vpc| vpc.contains(destination)).map(|vpc| &vpc.id);
        let vpc = owner.or_else(|| around.next());
        let Some(vpc) = vpc else {
            let source = self.packet.source;
            let why = format!("neither {source} nor {destination} is in a VPC that was described");
            self.miss("AWS::EC2::VPC", None, ("", ""), why);
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
