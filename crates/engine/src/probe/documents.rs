//! The parts of describe output that probes are read from.

use crate::lenient::or_default;
use crate::party::{Owner, Party};
use butfor_network::Protocol;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

#[derive(Deserialize)]
pub(super) struct SecurityGroup {
    #[serde(rename = "IpPermissions", default, deserialize_with = "or_default")]
    pub(super) inbound: Vec<Permission>,
}

#[derive(Deserialize)]
pub(super) struct Permission {
    #[serde(rename = "IpProtocol", default, deserialize_with = "or_default")]
    pub(super) protocol: String,
    #[serde(rename = "FromPort")]
    pub(super) from_port: Option<i32>,
    #[serde(rename = "ToPort")]
    pub(super) to_port: Option<i32>,
    #[serde(rename = "UserIdGroupPairs", default, deserialize_with = "or_default")]
    pub(super) groups: Vec<GroupPair>,
    #[serde(rename = "IpRanges", default, deserialize_with = "or_default")]
    pub(super) ranges: Vec<Range>,
    #[serde(rename = "Ipv6Ranges", default, deserialize_with = "or_default")]
    pub(super) ranges6: Vec<Range6>,
}

impl Permission {
    /// Protocol and first port of a rule that names one service; rules for everything name none.
    pub(super) fn service(&self) -> Option<(Protocol, Option<u16>)> {
        let protocol = Protocol::parse(&self.protocol).ok()?;
        if !protocol.has_ports() {
            return Some((protocol, None));
        }
        let (from, to) = (self.from_port?, self.to_port?);
        // A wide range is no service; a narrow one is asked about by its first port.
        const SERVICE_PORTS_MAX: i32 = 100;
        (to - from <= SERVICE_PORTS_MAX).then(|| Some((protocol, Some(u16::try_from(from).ok()?))))?
    }

    pub(super) fn is_open(&self) -> bool {
        self.ranges.iter().any(|range| range.cidr == "0.0.0.0/0")
    }

    pub(super) fn clients<'p>(
        &self,
        members: &BTreeMap<&str, Vec<&'p Party>>,
        by_address: &BTreeMap<IpAddr, Vec<&'p Party>>,
    ) -> Vec<&'p Party> {
        let mut clients: Vec<&Party> =
            self.groups.iter().filter_map(|pair| members.get(pair.id.as_str())).flatten().copied().collect();
        let cidrs =
            self.ranges.iter().map(|range| &range.cidr).chain(self.ranges6.iter().map(|range| &range.cidr));
        for cidr in cidrs {
            let Ok(net) = cidr.parse::<ipnet::IpNet>() else { continue };
            if net.prefix_len() == 0 {
                continue;
            }
            let inside = by_address.range(net.network()..=net.broadcast()).flat_map(|(_, parties)| parties);
            clients.extend(inside.filter(|party| party.owner == Owner::Workload));
        }
        clients.retain(|party| matches!(party.owner, Owner::Workload | Owner::LoadBalancer));
        clients
    }
}

#[derive(Deserialize)]
pub(super) struct GroupPair {
    #[serde(rename = "GroupId", default, deserialize_with = "or_default")]
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct Range {
    #[serde(rename = "CidrIp", default, deserialize_with = "or_default")]
    pub(super) cidr: String,
}

#[derive(Deserialize)]
pub(super) struct Range6 {
    #[serde(rename = "CidrIpv6", default, deserialize_with = "or_default")]
    pub(super) cidr: String,
}

#[derive(Deserialize)]
pub(super) struct Endpoint {
    #[serde(rename = "VpcEndpointType", default, deserialize_with = "or_default")]
    pub(super) kind: String,
    #[serde(rename = "VpcId", default, deserialize_with = "or_default")]
    pub(super) vpc: String,
    #[serde(rename = "ServiceName", default, deserialize_with = "or_default")]
    pub(super) service: String,
    #[serde(rename = "DnsEntries", default, deserialize_with = "or_default")]
    pub(super) dns: Vec<DnsEntry>,
}

#[derive(Deserialize)]
pub(super) struct DnsEntry {
    #[serde(rename = "DnsName", default, deserialize_with = "or_default")]
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Database {
    #[serde(rename = "Endpoint")]
    pub(super) endpoint: Option<DatabaseEndpoint>,
}

#[derive(Deserialize)]
pub(super) struct DatabaseEndpoint {
    #[serde(rename = "Address", default, deserialize_with = "or_default")]
    pub(super) address: String,
}

#[derive(Deserialize)]
pub(super) struct PrefixList {
    #[serde(rename = "PrefixListName", default, deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(rename = "Cidrs", default, deserialize_with = "or_default")]
    pub(super) cidrs: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct TargetGroup {
    #[serde(rename = "Port")]
    pub(super) port: Option<u16>,
    #[serde(rename = "LoadBalancerArns", default, deserialize_with = "or_default")]
    pub(super) balancers: Vec<String>,
    #[serde(rename = "TargetHealthDescriptions", default, deserialize_with = "or_default")]
    pub(super) targets: Vec<TargetHealth>,
}

#[derive(Deserialize)]
pub(super) struct TargetHealth {
    #[serde(rename = "Target")]
    pub(super) target: Target,
}

#[derive(Deserialize)]
pub(super) struct Target {
    #[serde(rename = "Id", default, deserialize_with = "or_default")]
    pub(super) id: String,
    #[serde(rename = "Port")]
    pub(super) port: Option<u16>,
}
