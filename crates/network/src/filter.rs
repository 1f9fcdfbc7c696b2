//! Security groups and network ACLs, each decided for one packet; small functions, usable alone.

use crate::flow::Protocol;
use crate::model::network_acl::{Entry, Lines};
use crate::model::security_group::{Peer, Rule, SecurityGroup, Service};
use ipnet::IpNet;
use std::fmt::{self, Write as _};
use std::net::IpAddr;

/// What filters look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Packet {
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
    /// IP protocol.
    pub protocol: Protocol,
    /// Source port, for TCP and UDP.
    pub source_port: u16,
    /// Destination port, for TCP and UDP.
    pub destination_port: u16,
    /// Type and code, for ICMP.
    pub icmp: (u8, u8),
}

impl Packet {
    /// The reply to it. An echo request is answered by an echo reply; for other ICMP messages there is no reply of
    /// their own, so their type stays.
    #[must_use]
    pub fn reply(self) -> Self {
        let icmp = match (self.protocol, self.icmp) {
            (Protocol::ICMP, (8, code)) => (0, code),
            (Protocol::ICMPV6, (128, code)) => (129, code),
            (_, other) => other,
        };
        Self {
            source: self.destination,
            destination: self.source,
            source_port: self.destination_port,
            destination_port: self.source_port,
            icmp,
            ..self
        }
    }

    /// `tcp/443`, `icmp type 8 code 0`, `protocol 47`.
    #[must_use]
    pub fn service(&self) -> String {
        match self.protocol {
            protocol if protocol.has_ports() => format!("{protocol}/{}", self.destination_port),
            protocol if protocol.is_icmp() => format!("{protocol} type {} code {}", self.icmp.0, self.icmp.1),
            protocol => protocol.to_string(),
        }
    }
}

/// Into or out of an interface or a subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Towards it.
    Inbound,
    /// From it.
    Outbound,
}

impl Way {
    /// `inbound` or `outbound`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }

    fn other_end(self, packet: &Packet) -> IpAddr {
        match self {
            Self::Inbound => packet.source,
            Self::Outbound => packet.destination,
        }
    }

    fn preposition(self) -> &'static str {
        match self {
            Self::Inbound => "from",
            Self::Outbound => "to",
        }
    }
}

/// Whether a reference in a rule is to the packet's other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// No.
    No,
    /// It would be, and this keeps it from counting: an explanation code.
    Lost(&'static str),
    /// Not enough is described to tell.
    Unknown,
    /// Yes.
    Yes,
}

/// What a rule's references mean; the part of a security group decision that needs the network.
pub trait References {
    /// Whether the other end of the packet is a member of a group, as the rule counts members: by private address.
    fn member(&self, group: &str) -> Match;
    /// Entries of a prefix list; `None` when they were not described.
    fn prefix_list(&self, id: &str) -> Option<&[IpNet]>;
}

/// What security groups say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupDecision<'a> {
    /// The group at this place in the list allows it, by this rule and peer.
    Allowed(usize, &'a Rule, &'a Peer),
    /// No rule of any group matches. The place in the list of the group that comes closest.
    Refused {
        /// Group with a rule for this service, else the first.
        closest: usize,
        /// No group has any rule in this direction.
        no_rules: bool,
        /// A reference to a group would match but for this code.
        lost: Option<&'static str>,
    },
    /// It depends on the group at this place, or on the prefix list or group a rule of it refers to.
    Unknown(usize, Option<&'a Peer>),
}

/// Decides what the security groups of an interface say: any one matching rule of any group is enough; semantics 5.
pub fn security_groups<'a>(
    groups: &[&'a SecurityGroup],
    way: Way,
    packet: &Packet,
    references: &impl References,
) -> GroupDecision<'a> {
    let mut unknown = None;
    let mut lost = None;
    let mut closest = (0, 0);
    let mut no_rules = true;
    for (place, group) in groups.iter().enumerate() {
        let rules = match way {
            Way::Inbound => &group.inbound,
            Way::Outbound => &group.outbound,
        };
        let Some(rules) = rules else {
            unknown = unknown.or(Some((place, None)));
            continue;
        };
        no_rules &= rules.is_empty();
        for rule in rules.iter().filter(|rule| matches_service(rule.service, packet)) {
            if closest.1 == 0 {
                closest = (place, 1);
            }
            for peer in &rule.peers {
                match matches_peer(peer, way.other_end(packet), references) {
                    Match::Yes => return GroupDecision::Allowed(place, rule, peer),
                    Match::Unknown => unknown = unknown.or(Some((place, Some(peer)))),
                    Match::Lost(code) => lost = lost.or(Some(code)),
                    Match::No => {}
                }
            }
        }
    }
    match unknown {
        Some((place, peer)) => GroupDecision::Unknown(place, peer),
        None => GroupDecision::Refused { closest: closest.0, no_rules, lost },
    }
}

/// Whether a rule is for the packet's protocol and ports; semantics 7 and 8.
#[must_use]
pub fn matches_service(service: Service, packet: &Packet) -> bool {
    match service {
        Service::All => true,
        Service::Ports(protocol, from, to) => {
            protocol == packet.protocol && (from..=to).contains(&packet.destination_port)
        }
        Service::Icmp(protocol, kind, code) => {
            protocol == packet.protocol
                && kind.is_none_or(|kind| kind == packet.icmp.0)
                && code.is_none_or(|code| code == packet.icmp.1)
        }
        Service::Protocol(protocol) => protocol == packet.protocol,
        Service::Nothing => false,
    }
}

fn matches_peer(peer: &Peer, other_end: IpAddr, references: &impl References) -> Match {
    match peer {
        Peer::Cidr(block) if block.contains(&other_end) => Match::Yes,
        Peer::Cidr(_) => Match::No,
        Peer::PrefixList(id) => match references.prefix_list(id) {
            Some(blocks) if blocks.iter().any(|block| block.contains(&other_end)) => Match::Yes,
            Some(_) => Match::No,
            None => Match::Unknown,
        },
        Peer::Group(group) => references.member(group),
    }
}

/// What a network ACL says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AclDecision {
    /// Whether the packet passes.
    pub allows: bool,
    /// The entry that decided; `None` is the last one, which refuses everything.
    pub entry: Option<Entry>,
}

/// Decides what a network ACL says: ascending, the first match wins, nothing matched is refused; semantics 15 and 18.
#[must_use]
pub fn network_acl(lines: &Lines, way: Way, packet: &Packet) -> AclDecision {
    let entries = match way {
        Way::Inbound => &lines.inbound,
        Way::Outbound => &lines.outbound,
    };
    let entry = entries.iter().find(|entry| matches_entry(entry, way, packet)).copied();
    AclDecision { allows: entry.is_some_and(|entry| entry.allows), entry }
}

/// The same for a packet whose destination port may be any of a range, as that of a reply to a NAT gateway or a load
/// balancer: it passes when every port does.
#[must_use]
pub fn network_acl_for_ports(lines: &Lines, way: Way, packet: &Packet, ports: (u16, u16)) -> AclDecision {
    let entries = match way {
        Way::Inbound => &lines.inbound,
        Way::Outbound => &lines.outbound,
    };
    let mut open = vec![ports];
    for entry in entries {
        let (from, to) = entry.ports.filter(|_| entry.protocol.is_some()).unwrap_or((0, u16::MAX));
        let at = |port: u16| Packet { destination_port: port, ..*packet };
        if !matches_entry(entry, way, &at(from))
            || !open.iter().any(|(low, high)| from <= *high && *low <= to)
        {
            continue;
        }
        if !entry.allows {
            return AclDecision { allows: false, entry: Some(*entry) };
        }
        let below = |(low, high): (u16, u16)| (low < from).then(|| (low, high.min(from - 1)));
        let above = |(low, high): (u16, u16)| (high > to).then(|| (low.max(to + 1), high));
        open = open.into_iter().flat_map(|range| below(range).into_iter().chain(above(range))).collect();
        if open.is_empty() {
            return AclDecision { allows: true, entry: Some(*entry) };
        }
    }
    AclDecision { allows: false, entry: None }
}

fn matches_entry(entry: &Entry, way: Way, packet: &Packet) -> bool {
    if !entry.block.contains(&way.other_end(packet)) {
        return false;
    }
    let Some(protocol) = entry.protocol else { return true };
    if protocol != packet.protocol {
        return false;
    }
    if protocol.has_ports() {
        return entry.ports.is_none_or(|(from, to)| (from..=to).contains(&packet.destination_port));
    }
    if protocol.is_icmp() {
        let (kind, code) = entry.icmp;
        return kind.is_none_or(|kind| kind == packet.icmp.0)
            && code.is_none_or(|code| code == packet.icmp.1);
    }
    true
}

/// `tcp/443`, `tcp/1024-65535`, `all traffic`, `icmp type 8`.
impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::All => f.write_str("all traffic"),
            Self::Ports(protocol, 0, u16::MAX) => write!(f, "{protocol}, every port,"),
            Self::Ports(protocol, from, to) if from == to => write!(f, "{protocol}/{from}"),
            Self::Ports(protocol, from, to) => write!(f, "{protocol}/{from}-{to}"),
            Self::Icmp(protocol, kind, code) => {
                write!(f, "{protocol}")?;
                kind.map_or(Ok(()), |kind| write!(f, " type {kind}"))?;
                code.map_or(Ok(()), |code| write!(f, " code {code}"))
            }
            Self::Protocol(protocol) => write!(f, "{protocol}"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(block) => write!(f, "{block}"),
            Self::PrefixList(id) | Self::Group(id) => f.write_str(id),
        }
    }
}

/// `inbound tcp/3306 from sg-1`.
#[must_use]
pub fn describe_rule(way: Way, rule: &Rule, peer: &Peer) -> String {
    format!("{} {} {} {peer}", way.as_str(), rule.service, way.preposition())
}

/// `no inbound rule for tcp/3306 from 10.0.0.5`.
#[must_use]
pub fn describe_missing_rule(way: Way, packet: &Packet) -> String {
    format!(
        "no {} rule for {} {} {}",
        way.as_str(),
        packet.service(),
        way.preposition(),
        way.other_end(packet)
    )
}

/// `inbound rule 100 allow tcp/443 from 0.0.0.0/0`.
#[must_use]
pub fn describe_entry(way: Way, decision: &AclDecision) -> String {
    let Some(entry) = &decision.entry else {
        return format!("{} rule * deny all traffic", way.as_str());
    };
    let mut text = format!("{} rule ", way.as_str());
    // The last entry is shown as * in AWS's console.
    let _ = match entry.number {
        32767.. => text.write_char('*'),
        number => write!(text, "{number}"),
    };
    text.push_str(if entry.allows { " allow " } else { " deny " });
    let _ = match (entry.protocol, entry.ports) {
        (None, _) => write!(text, "all traffic"),
        (Some(protocol), Some((from, to))) if protocol.has_ports() && from == to => {
            write!(text, "{protocol}/{from}")
        }
        (Some(protocol), Some((from, to))) if protocol.has_ports() => write!(text, "{protocol}/{from}-{to}"),
        (Some(protocol), _) if protocol.is_icmp() => {
            write!(text, "{}", Service::Icmp(protocol, entry.icmp.0, entry.icmp.1))
        }
        (Some(protocol), _) => write!(text, "{protocol}"),
    };
    let _ = write!(text, " {} {}", way.preposition(), entry.block);
    text
}
