//! Security groups.

use super::read::{self, Text};
use crate::flow::Protocol;
use ipnet::IpNet;
use serde::Deserialize;

/// A security group (EC2 API, `SecurityGroup`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct SecurityGroup {
    /// Its name, for people.
    #[serde(deserialize_with = "read::text")]
    pub group_name: Text,
    /// Its VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    /// Owner's account.
    #[serde(deserialize_with = "read::text")]
    pub owner_id: Text,
    #[serde(deserialize_with = "read::known_list")]
    ip_permissions: Option<Vec<RawPermission>>,
    #[serde(deserialize_with = "read::known_list")]
    ip_permissions_egress: Option<Vec<RawPermission>>,
    #[serde(deserialize_with = "read::list")]
    vpc_associations: Vec<RawVpcAssociation>,
    /// Inbound rules; `None` when they were not described.
    #[serde(skip)]
    pub inbound: Option<Vec<Rule>>,
    /// Outbound rules; `None` when they were not described.
    #[serde(skip)]
    pub outbound: Option<Vec<Rule>>,
    /// Further VPCs it is associated with; semantics 13.
    #[serde(skip)]
    pub associated_vpcs: Vec<Text>,
}

/// One permission: a service and the peers it is open to or from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it matches of the packet but the address.
    pub service: Service,
    /// Who it is for.
    pub peers: Vec<Peer>,
}

/// Protocol and ports of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Every protocol; semantics 7.
    All,
    /// TCP or UDP with destination ports from the first to the last.
    Ports(Protocol, u16, u16),
    /// ICMP with a type and a code; `None` is any; semantics 8.
    Icmp(Protocol, Option<u8>, Option<u8>),
    /// A protocol without ports.
    Protocol(Protocol),
    /// Accepted by no packet: an ICMP code without a type.
    Nothing,
}

/// Whom a rule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// Addresses.
    Cidr(IpNet),
    /// Addresses of a prefix list; semantics 12.
    PrefixList(Text),
    /// Private addresses of the members of a group; semantics 6.
    Group(Text),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawPermission {
    #[serde(deserialize_with = "protocol")]
    ip_protocol: Option<RuleProtocol>,
    #[serde(deserialize_with = "read::number")]
    from_port: Option<i64>,
    #[serde(deserialize_with = "read::number")]
    to_port: Option<i64>,
    #[serde(deserialize_with = "read::list")]
    ip_ranges: Vec<RawRange>,
    #[serde(deserialize_with = "read::list")]
    ipv6_ranges: Vec<RawRange6>,
    #[serde(deserialize_with = "read::list")]
    prefix_list_ids: Vec<RawPrefixList>,
    #[serde(deserialize_with = "read::list")]
    user_id_group_pairs: Vec<RawPair>,
}

#[derive(Debug, Clone, Copy)]
enum RuleProtocol {
    All,
    One(Protocol),
}

/// `-1`, a name or a number.
fn protocol<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<RuleProtocol>, D::Error> {
    let Some(text) = read::maybe_text(from)? else { return Ok(None) };
    match &*text {
        "-1" | "all" => Ok(Some(RuleProtocol::All)),
        other => Protocol::parse(other)
            .map(|protocol| Some(RuleProtocol::One(protocol)))
            .map_err(|error| serde::de::Error::custom(error.to_string())),
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawRange {
    #[serde(deserialize_with = "read::cidr")]
    cidr_ip: Option<IpNet>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawRange6 {
    #[serde(deserialize_with = "read::cidr")]
    cidr_ipv6: Option<IpNet>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawPrefixList {
    #[serde(deserialize_with = "read::text")]
    prefix_list_id: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawPair {
    #[serde(deserialize_with = "read::text")]
    group_id: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawVpcAssociation {
    #[serde(deserialize_with = "read::text")]
    vpc_id: Text,
    #[serde(deserialize_with = "read::text")]
    state: Text,
}

impl RawPermission {
    fn service(&self) -> Option<Service> {
        let whole = |port: Option<i64>, any: u16| match port {
            None | Some(-1) => Some(any),
            Some(port) => u16::try_from(port).ok(),
        };
        let any = |value: Option<i64>| match value {
            None | Some(-1) => Some(None),
            Some(value) => u8::try_from(value).ok().map(Some),
        };
        Some(match self.ip_protocol? {
            RuleProtocol::All => Service::All,
            RuleProtocol::One(protocol) if protocol.has_ports() => {
                Service::Ports(protocol, whole(self.from_port, 0)?, whole(self.to_port, u16::MAX)?)
            }
            RuleProtocol::One(protocol) if protocol.is_icmp() => {
                match (any(self.from_port)?, any(self.to_port)?) {
                    (None, Some(_)) => Service::Nothing,
                    (kind, code) => Service::Icmp(protocol, kind, code),
                }
            }
            RuleProtocol::One(protocol) => Service::Protocol(protocol),
        })
    }

    fn rule(self) -> Option<Rule> {
        let service = self.service()?;
        let mut peers: Vec<Peer> = Vec::new();
        peers.extend(self.ip_ranges.iter().filter_map(|range| range.cidr_ip).map(Peer::Cidr));
        peers.extend(self.ipv6_ranges.iter().filter_map(|range| range.cidr_ipv6).map(Peer::Cidr));
        peers.extend(self.prefix_list_ids.into_iter().map(|list| Peer::PrefixList(list.prefix_list_id)));
        peers.extend(self.user_id_group_pairs.into_iter().map(|pair| Peer::Group(pair.group_id)));
        Some(Rule { service, peers })
    }
}

impl SecurityGroup {
    /// Names of the rules that could not be understood.
    pub(crate) fn finish(&mut self) -> Vec<(String, String)> {
        let mut unread = Vec::new();
        let mut rules = |raw: Option<Vec<RawPermission>>, member: &str| {
            let mut found = Vec::new();
            for (number, permission) in raw?.into_iter().enumerate() {
                match permission.rule() {
                    Some(rule) => found.push(rule),
                    None => unread
                        .push((format!("{member}[{number}]"), "has no usable protocol or port".to_owned())),
                }
            }
            Some(found)
        };
        self.inbound = rules(self.ip_permissions.take(), "IpPermissions");
        self.outbound = rules(self.ip_permissions_egress.take(), "IpPermissionsEgress");
        self.associated_vpcs = std::mem::take(&mut self.vpc_associations)
            .into_iter()
            .filter(|association| matches!(&*association.state, "" | "associated"))
            .map(|association| association.vpc_id)
            .collect();
        unread
    }
}
