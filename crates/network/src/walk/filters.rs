//! Security groups and network ACLs on the way.

use super::nat::LOWEST_PORT;
use super::{Crossed, End, Identity, Translation, Walker, place};
use crate::access::One;
use crate::codes;
use crate::filter::{self, GroupDecision, Match, Packet, References, Way};
use crate::model::Item;
use crate::model::interface::Interface;
use crate::model::security_group::{Peer, SecurityGroup};
use crate::model::vpc::Subnet;
use crate::network::Network;
use crate::trace::Component;
use ipnet::IpNet;
use std::net::IpAddr;

const GROUP: &str = "AWS::EC2::SecurityGroup";
const ACL: &str = "AWS::EC2::NetworkAcl";

/// The other end of a packet, as rules that refer to groups see it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Other<'n> {
    /// An interface, known by its private address.
    Interface(&'n Item<Interface>),
    /// Nobody with groups.
    Nobody,
    /// The packet did not get far enough to tell.
    Unclear,
}

/// What references in rules mean for one packet at one interface.
struct Seen<'n> {
    network: &'n Network,
    other: Other<'n>,
    crossed: Crossed,
    way: Way,
}

impl References for Seen<'_> {
    fn member(&self, group: &str) -> Match {
        let other = match self.other {
            Other::Interface(other) => other,
            Other::Nobody => return Match::No,
            Other::Unclear => return Match::Unknown,
        };
        match &other.groups {
            None => return Match::Unknown,
            Some(groups) if !groups.iter().any(|own| &**own == group) => return Match::No,
            Some(_) => {}
        }
        let Crossed { distant_peering, transit, unsupported, undescribed, middlebox } = self.crossed;
        match () {
            () if middlebox => Match::Lost(codes::SG_REFERENCES_NOT_PRESERVED),
            () if distant_peering => Match::Lost(codes::UNKNOWN_PEERED_SGS),
            // Over a transit gateway only inbound rules may refer to groups; semantics 11.
            () if transit && (unsupported || self.way == Way::Outbound) => {
                Match::Lost(codes::SG_REFERENCING_SUPPORT)
            }
            () if transit && undescribed => Match::Unknown,
            () => Match::Yes,
        }
    }

    fn prefix_list(&self, id: &str) -> Option<&[IpNet]> {
        self.network.prefix_list(id)?.cidrs.as_deref()
    }
}

impl<'n> Walker<'n> {
    /// The security groups of the interface the packet reaches. A reply is allowed whatever they say; semantics 1.
    pub(super) fn groups_inbound(&mut self, interface: &'n Item<Interface>) {
        if self.forward() {
            let other = match self.identity {
                Identity::Interface(sender) => Other::Interface(sender),
                Identity::None => Other::Nobody,
            };
            self.groups(interface, Way::Inbound, self.packet, other, self.crossed);
        }
    }

    /// The security groups of an interface on the way that sends the packet on to one it knows.
    pub(super) fn groups_outbound(
        &mut self,
        interface: &'n Item<Interface>,
        to: Option<&'n Item<Interface>>,
    ) {
        if self.forward() {
            let other = to.map_or(Other::Nobody, Other::Interface);
            self.groups(interface, Way::Outbound, self.packet, other, Crossed::default());
        }
    }

    /// The security groups of the sender, asked when it is known whom the packet reached; the hop is put first.
    pub(super) fn groups_of_sender(&mut self, interface: &'n Item<Interface>, sent: Packet, end: End<'n>) {
        let (other, crossed) = match (self.reached, end) {
            (Some((reached, crossed)), _) if reached.owns(sent.destination) => {
                (Other::Interface(reached), crossed)
            }
            // By a public address nobody is a member; semantics 6.
            (Some(_), _) | (None, End::Internet | End::Premises(_) | End::Service(_) | End::Answered) => {
                (Other::Nobody, Crossed::default())
            }
            (None, End::Interface(_) | End::Nowhere) => {
                (self.meant.map_or(Other::Unclear, Other::Interface), Crossed::default())
            }
        };
        if self.unfiltered {
            return;
        }
        let later = (std::mem::take(&mut self.hops), std::mem::take(&mut self.blockers));
        self.groups(interface, Way::Outbound, sent, other, crossed);
        self.hops.extend(later.0);
        self.blockers.extend(later.1);
    }

    fn groups(
        &mut self,
        interface: &'n Item<Interface>,
        way: Way,
        packet: Packet,
        other: Other<'n>,
        crossed: Crossed,
    ) {
        let network = self.network;
        let Some(ids) = &interface.groups else {
            let why = format!("the security groups of {} decide", interface.id);
            return self.miss("AWS::EC2::NetworkInterface", Some(&interface.id), place(interface), why);
        };
        if ids.is_empty() {
            // Interfaces of NAT gateways, transit gateways and older network load balancers have none and filter
            // nothing; semantics 34 and 62.
            return;
        }
        let items: Vec<&'n Item<SecurityGroup>> =
            ids.iter().filter_map(|id| network.security_group(id)).collect();
        let bare: Vec<&SecurityGroup> = items.iter().map(|item| &item.value).collect();
        let seen = Seen { network, other, crossed, way };
        let decision = filter::security_groups(&bare, way, &packet, &seen);
        if let GroupDecision::Allowed(at, rule, peer) = decision {
            if let Some(group) = items.get(at) {
                self.hop(GROUP, group, "allows", Some(filter::describe_rule(way, rule, peer)));
            }
            return;
        }
        let member = match way {
            Way::Inbound => "IpPermissions",
            Way::Outbound => "IpPermissionsEgress",
        };
        let absent = ids.iter().find(|id| network.security_group(id).is_none());
        if let Some(absent) = absent {
            let why = format!("its rules may let {} through at {}", packet.service(), interface.id);
            return self.miss(GROUP, Some(absent), place(interface), why);
        }
        if let Some(partial) = items.iter().find(|item| item.is_unread(member)) {
            let why = format!("a rule of it could not be read, which may let {} through", packet.service());
            return self.miss(GROUP, Some(&partial.id), place(*partial), why);
        }
        match decision {
            GroupDecision::Allowed(..) => {}
            GroupDecision::Unknown(at, peer) => self.groups_unknown(interface, items.get(at).copied(), peer),
            GroupDecision::Refused { closest, no_rules, lost } => {
                let Some(group) = items.get(closest) else { return };
                let mut rule = filter::describe_missing_rule(way, &packet);
                if let [_, _, ..] = items.as_slice() {
                    let names: Vec<&str> = items.iter().map(|item| &*item.id).collect();
                    rule = format!("{rule} in {}", names.join(", "));
                }
                let code = match lost {
                    Some(code) => code,
                    None if no_rules => codes::SG_HAS_NO_RULES,
                    None => codes::ENI_SG_RULES_MISMATCH,
                };
                let origins = items.iter().flat_map(|item| item.origins.iter().copied()).collect();
                self.refuse(code, Component { kind: GROUP, id: group.id.to_string() }, Some(rule), origins);
            }
        }
    }

    fn groups_unknown(
        &mut self,
        interface: &'n Item<Interface>,
        group: Option<&'n Item<SecurityGroup>>,
        peer: Option<&Peer>,
    ) {
        let at = place(interface);
        let name = group.map_or("", |group| &*group.id);
        match peer {
            Some(Peer::PrefixList(id)) => {
                self.miss(
                    "AWS::EC2::PrefixList",
                    Some(id),
                    at,
                    format!("a rule of {name} is for its entries"),
                );
            }
            Some(Peer::Group(id)) => {
                let why = format!(
                    "a rule of {name} is for members of {id}; whether the other end is one is not known"
                );
                self.miss("AWS::EC2::TransitGateway", None, at, why);
            }
            _ => self.miss(GROUP, Some(name), at, "its rules were not described"),
        }
    }

    /// The network ACL of a subnet.
    pub(super) fn acl(&mut self, subnet: &'n Item<Subnet>, way: Way) {
        self.acl_as(subnet, way, codes::SUBNET_ACL_RESTRICTION);
    }

    /// Whether the packet is a reply to a NAT gateway or a load balancer, which chose a port nobody knows.
    fn any_port(&self) -> bool {
        let after = match self.session.translations.last() {
            Some(Translation::Source { after, any_port: true, .. }) => after,
            Some(Translation::Balancer { after, keeps_client: false, .. }) => after,
            _ => return false,
        };
        !self.forward() && self.packet.protocol.has_ports() && after.source == self.packet.destination
    }

    pub(super) fn acl_as(&mut self, subnet: &'n Item<Subnet>, way: Way, code: &'static str) {
        let acl = match self.network.acl_of(subnet) {
            One::Found(acl) => acl,
            One::None => {
                let why = format!("every subnet has a network ACL; that of {} was not described", subnet.id);
                return self.miss(ACL, None, place(subnet), why);
            }
            One::Several => {
                let why = format!("several network ACLs claim {}", subnet.id);
                return self.miss(ACL, None, place(subnet), why);
            }
        };
        let Some(lines) = &acl.lines else {
            return self.miss(ACL, Some(&acl.id), place(acl), "its entries were not described");
        };
        let decision = match self.any_port() {
            true => filter::network_acl_for_ports(lines, way, &self.packet, REMAPPED_PORTS),
            false => filter::network_acl(lines, way, &self.packet),
        };
        if acl.is_unread("Entries") {
            return self.miss(ACL, Some(&acl.id), place(acl), "an entry of it could not be read");
        }
        let rule = filter::describe_entry(way, &decision);
        if decision.allows {
            self.hop(ACL, acl, "allows", Some(rule));
        } else {
            self.block(code, ACL, acl, rule);
        }
    }
}

/// Source ports a NAT gateway or a load balancer may use: replies come back to any of them (VPC User Guide, "Custom
/// network ACLs", ephemeral ports; code REMAP_EPHEMERAL_PORT); semantics 14.
const REMAPPED_PORTS: (u16, u16) = (LOWEST_PORT, u16::MAX);

/// Addresses no filter is asked about: the Route 53 resolver, instance metadata, time, task metadata and licence
/// activation (VPC User Guide, "Network ACL basics", what they do not filter); semantics 19.
pub(super) fn is_unfiltered(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            matches!(address.octets(), [169, 254, 169, 253 | 254 | 123 | 250 | 251] | [169, 254, 170, 2 | 23])
        }
        IpAddr::V6(address) => {
            matches!(address.segments(), [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253 | 0x254 | 0x123 | 0x23])
        }
    }
}
