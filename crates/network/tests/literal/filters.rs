//! Security groups and network ACLs.

use super::packet::{Packet, within};
use super::routing::is_private;
use super::walk::{Path, Walk};
use super::{Doc, Literal, list, text};
use serde_json::Value;
use std::net::IpAddr;

/// Three-valued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sure {
    Yes,
    No,
    Unsure,
}

impl Walk<'_> {
    /// (5) Any rule of any group of the interface is enough.
    pub(super) fn security_groups(&mut self, interface: &Doc, packet: &Packet, inbound: bool, path: Path) {
        let peer = if inbound { packet.from } else { packet.to };
        let mut best = Sure::No;
        for group in list(&interface.value, "Groups") {
            let id = text(group, "GroupId");
            let said = match self.world.find("AWS::EC2::SecurityGroup", id) {
                None => Sure::Unsure,
                Some(doc) => {
                    let member = if inbound { "IpPermissions" } else { "IpPermissionsEgress" };
                    self.group_allows(list(&doc.value, member), packet, peer, inbound, path)
                }
            };
            match said {
                Sure::Yes => best = Sure::Yes,
                Sure::Unsure if best == Sure::No => best = Sure::Unsure,
                _ => {}
            }
        }
        let way = if inbound { "in" } else { "out" };
        match best {
            Sure::Yes => self.note(format!("groups of {} let {way}", interface.id)),
            Sure::No => self.refuse(format!("groups of {} refuse {way}", interface.id)),
            Sure::Unsure => self.doubt(format!("groups of {} may let {way}", interface.id)),
        }
    }

    fn group_allows(
        &self,
        rules: &[Value],
        packet: &Packet,
        peer: IpAddr,
        inbound: bool,
        path: Path,
    ) -> Sure {
        let mut best = Sure::No;
        for rule in rules {
            if !service_matches(rule, packet) {
                continue;
            }
            let blocks = list(rule, "IpRanges").iter().map(|range| text(range, "CidrIp"));
            let v6 = list(rule, "Ipv6Ranges").iter().map(|range| text(range, "CidrIpv6"));
            if blocks.chain(v6).any(|block| within(block, peer).is_some()) {
                return Sure::Yes;
            }
            for pair in list(rule, "PrefixListIds") {
                // (12)
                match self.world.in_prefix_list(text(pair, "PrefixListId"), peer) {
                    Ok(Some(_)) => return Sure::Yes,
                    Ok(None) => {}
                    Err(()) => best = Sure::Unsure,
                }
            }
            for pair in list(rule, "UserIdGroupPairs") {
                match self.reference(text(pair, "GroupId"), peer, inbound, path) {
                    Sure::Yes => return Sure::Yes,
                    Sure::No => {}
                    Sure::Unsure => best = Sure::Unsure,
                }
            }
        }
        best
    }

    /// (6) A group stands for the private addresses of its members; (10), (11) over peering and transit gateways.
    fn reference(&self, group: &str, peer: IpAddr, inbound: bool, path: Path) -> Sure {
        let member = match path {
            Path::Lost => Sure::Unsure,
            Path::Outside => return Sure::No,
            Path::Transit { .. } if !inbound => return Sure::No,
            Path::Transit { references } => references,
            Path::Inside | Path::Peering => Sure::Yes,
        };
        let other =
            if inbound { &self.client } else { self.server.as_ref().map_or(&self.target, |_| &self.server) };
        if other.is_none() && path == Path::Lost {
            // Somebody undescribed may have the address, unless all interfaces of the group's account are described.
            let all = self
                .world
                .find("AWS::EC2::SecurityGroup", group)
                .is_some_and(|doc| self.world.listed("AWS::EC2::NetworkInterface", &doc.account));
            let somebody = self.world.all("AWS::EC2::NetworkInterface").any(|doc| {
                super::has_private(&doc.value, peer)
                    && list(&doc.value, "Groups").iter().any(|entry| text(entry, "GroupId") == group)
            });
            let may_be = (peer.is_ipv6() || is_private(peer)) && (somebody || !all);
            return if may_be { Sure::Unsure } else { Sure::No };
        }
        let Some(other) = other.as_ref().and_then(|id| self.world.find("AWS::EC2::NetworkInterface", id))
        else {
            // Nobody's interface: no member of anything.
            return Sure::No;
        };
        let belongs = list(&other.value, "Groups").iter().any(|entry| text(entry, "GroupId") == group);
        if belongs && super::has_private(&other.value, peer) { member } else { Sure::No }
    }

    /// (14) to (18): one network ACL, one direction.
    pub(super) fn network_acl(&mut self, subnet: &str, vpc: &str, packet: &Packet, inbound: bool) {
        let way = if inbound { "into" } else { "out of" };
        if self.world.find("AWS::EC2::Subnet", subnet).is_none() {
            return self.doubt(format!("{subnet} is not described"));
        }
        let Some(acl) = self.world.acl_of(subnet, vpc) else {
            return self.doubt(format!("the ACL of {subnet} is not described"));
        };
        // A gateway chooses the port: all it may choose must pass.
        let mut ports = vec![packet.to_port.0, packet.to_port.1];
        for entry in list(&acl.value, "Entries") {
            for edge in [&entry["PortRange"]["From"], &entry["PortRange"]["To"]] {
                let edge = edge.as_i64().unwrap_or(-10);
                ports.extend([edge - 1, edge, edge + 1].iter().filter_map(|port| u16::try_from(*port).ok()));
            }
        }
        ports.retain(|port| (packet.to_port.0..=packet.to_port.1).contains(port));
        let allowed = ports.iter().all(|port| acl_allows(&acl.value, packet, *port, inbound));
        if allowed {
            self.note(format!("{} lets {way} {subnet}", acl.id));
        } else {
            self.refuse(format!("{} refuses {way} {subnet}", acl.id));
        }
    }
}

/// (7) and (8).
fn service_matches(rule: &Value, packet: &Packet) -> bool {
    let protocol = match text(rule, "IpProtocol") {
        "-1" => return true,
        "tcp" => 6,
        "udp" => 17,
        "icmp" => 1,
        "icmpv6" => 58,
        number => number.parse().unwrap_or(255),
    };
    if protocol != packet.protocol {
        return false;
    }
    let (from, to) = (rule["FromPort"].as_i64().unwrap_or(-1), rule["ToPort"].as_i64().unwrap_or(-1));
    if packet.has_ports() {
        from == -1 || (from..=to).contains(&i64::from(packet.to_port.0))
    } else if packet.is_icmp() {
        (from == -1 || from == i64::from(packet.icmp.0)) && (to == -1 || to == i64::from(packet.icmp.1))
    } else {
        true
    }
}

/// (15) Ascending, first match wins.
fn acl_allows(acl: &Value, packet: &Packet, port: u16, inbound: bool) -> bool {
    let mut entries: Vec<&Value> =
        list(acl, "Entries").iter().filter(|entry| entry["Egress"] == !inbound).collect();
    entries.sort_by_key(|entry| entry["RuleNumber"].as_i64());
    let peer = if inbound { packet.from } else { packet.to };
    for entry in entries {
        let block = if peer.is_ipv4() { text(entry, "CidrBlock") } else { text(entry, "Ipv6CidrBlock") };
        let protocol = text(entry, "Protocol");
        if within(block, peer).is_none() || (protocol != "-1" && protocol != packet.protocol.to_string()) {
            continue;
        }
        if protocol != "-1" && packet.has_ports() && entry["PortRange"].is_object() {
            let range = &entry["PortRange"];
            let (from, to) = (range["From"].as_i64().unwrap_or(0), range["To"].as_i64().unwrap_or(65535));
            if !(from..=to).contains(&i64::from(port)) {
                continue;
            }
        }
        if protocol != "-1" && packet.is_icmp() && entry["IcmpTypeCode"].is_object() {
            let wanted = &entry["IcmpTypeCode"];
            let (kind, code) = (wanted["Type"].as_i64().unwrap_or(-1), wanted["Code"].as_i64().unwrap_or(-1));
            if (kind != -1 && kind != i64::from(packet.icmp.0))
                || (code != -1 && code != i64::from(packet.icmp.1))
            {
                continue;
            }
        }
        return text(entry, "RuleAction") == "allow";
    }
    false
}

impl Literal {
    /// (17) The ACL associated with the subnet, else the default one of the VPC.
    fn acl_of(&self, subnet: &str, vpc: &str) -> Option<&Doc> {
        let kind = "AWS::EC2::NetworkAcl";
        let named = self
            .all(kind)
            .find(|doc| list(&doc.value, "Associations").iter().any(|one| text(one, "SubnetId") == subnet));
        if named.is_some() {
            return named;
        }
        // Another one, not described, may be associated with it.
        if !self.listed(kind, self.account_of(vpc)) {
            return None;
        }
        self.all(kind).find(|doc| text(&doc.value, "VpcId") == vpc && doc.value["IsDefault"] == true)
    }

    /// Fixed bits of the longest entry that has the address; an error where the entries are not described.
    pub(super) fn in_prefix_list(&self, id: &str, wanted: IpAddr) -> Result<Option<u32>, ()> {
        let doc = self.find("AWS::EC2::PrefixList", id).ok_or(())?;
        let blocks = doc.value["Cidrs"].as_array().ok_or(())?;
        Ok(blocks.iter().filter_map(|block| within(block.as_str()?, wanted)).max())
    }
}
