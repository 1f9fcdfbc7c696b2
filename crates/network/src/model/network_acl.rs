//! Network ACLs.

use super::read::{self, Text};
use crate::flow::Protocol;
use ipnet::IpNet;
use serde::Deserialize;

/// A network ACL (EC2 API, `NetworkAcl`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct NetworkAcl {
    /// Its VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    /// Whether subnets without an association use it; semantics 17.
    #[serde(deserialize_with = "read::flag")]
    pub is_default: Option<bool>,
    #[serde(deserialize_with = "read::known_list")]
    entries: Option<Vec<RawEntry>>,
    #[serde(deserialize_with = "read::list")]
    associations: Vec<RawAssociation>,
    /// Entries in the order of evaluation; `None` when they were not described.
    #[serde(skip)]
    pub lines: Option<Lines>,
    /// Subnets it is associated with.
    #[serde(skip)]
    pub subnets: Vec<Text>,
}

/// Entries of both directions, ascending.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// For traffic into the subnet.
    pub inbound: Vec<Entry>,
    /// For traffic out of the subnet.
    pub outbound: Vec<Entry>,
}

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Ascending order of evaluation; 32767 is the last, which refuses everything.
    pub number: u32,
    /// Whether it lets pass.
    pub allows: bool,
    /// Protocol; `None` is every one.
    pub protocol: Option<Protocol>,
    /// The other side's addresses: source inbound, destination outbound.
    pub block: IpNet,
    /// Destination ports; used for TCP and UDP only.
    pub ports: Option<(u16, u16)>,
    /// ICMP type and code; `None` is any.
    pub icmp: (Option<u8>, Option<u8>),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawEntry {
    #[serde(deserialize_with = "read::number")]
    rule_number: Option<i64>,
    #[serde(deserialize_with = "read::text")]
    protocol: Text,
    #[serde(deserialize_with = "read::text")]
    rule_action: Text,
    #[serde(deserialize_with = "read::flag")]
    egress: Option<bool>,
    #[serde(deserialize_with = "read::cidr")]
    cidr_block: Option<IpNet>,
    #[serde(deserialize_with = "read::cidr")]
    ipv6_cidr_block: Option<IpNet>,
    #[serde(deserialize_with = "read::object")]
    port_range: Option<RawPorts>,
    #[serde(deserialize_with = "read::object")]
    icmp_type_code: RawIcmp,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawPorts {
    #[serde(deserialize_with = "read::number")]
    from: Option<i64>,
    #[serde(deserialize_with = "read::number")]
    to: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawIcmp {
    #[serde(deserialize_with = "read::number")]
    r#type: Option<i64>,
    #[serde(deserialize_with = "read::number")]
    code: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawAssociation {
    #[serde(deserialize_with = "read::text")]
    subnet_id: Text,
}

impl RawEntry {
    fn entry(&self) -> Option<Entry> {
        let protocol = match &*self.protocol {
            "-1" | "all" => None,
            text => Some(Protocol::parse(text).ok()?),
        };
        let allows = match self.rule_action.to_ascii_lowercase().as_str() {
            "allow" => true,
            "deny" => false,
            _ => return None,
        };
        let ports = match &self.port_range {
            Some(RawPorts { from: Some(from), to: Some(to) }) => Some((
                u16::try_from((*from).max(0)).ok()?,
                u16::try_from(if *to < 0 { 65535 } else { *to }).ok()?,
            )),
            Some(RawPorts { from: None, to: None }) | None => None,
            Some(_) => return None,
        };
        let any = |value: Option<i64>| match value {
            None | Some(-1) => Some(None),
            Some(value) => u8::try_from(value).ok().map(Some),
        };
        Some(Entry {
            number: u32::try_from(self.rule_number?).ok()?,
            allows,
            protocol,
            block: self.cidr_block.or(self.ipv6_cidr_block)?,
            ports,
            icmp: (any(self.icmp_type_code.r#type)?, any(self.icmp_type_code.code)?),
        })
    }
}

impl NetworkAcl {
    pub(crate) fn finish(&mut self) -> Vec<(String, String)> {
        let mut unread = Vec::new();
        self.lines = self.entries.take().map(|entries| {
            let mut lines = Lines::default();
            for (number, raw) in entries.iter().enumerate() {
                match (raw.entry(), raw.egress) {
                    (Some(entry), Some(true)) => lines.outbound.push(entry),
                    (Some(entry), Some(false)) => lines.inbound.push(entry),
                    _ => unread.push((format!("Entries[{number}]"), "is not a usable rule".to_owned())),
                }
            }
            lines.inbound.sort_by_key(|entry| entry.number);
            lines.outbound.sort_by_key(|entry| entry.number);
            lines
        });
        self.subnets = std::mem::take(&mut self.associations)
            .into_iter()
            .map(|association| association.subnet_id)
            .collect();
        unread
    }
}
