//! Collecting probes from flow logs, logs and configuration.

use super::documents::{Endpoint, PrefixList, SecurityGroup, TargetGroup};
use super::hosts::{HostIs, HostNames, service_name};
use super::{Basis, Destination, Ground, INTERNET, INTERNET_V6, PROBES_MAX, Probe};
use crate::party::{Owner, Party};
use crate::symptom::Symptom;
use crate::symptom::logs::LoggedFailure;
use butfor_network::{Flow, Place, Protocol};
use butfor_world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Clients of one rule, one endpoint, one balancer asked at the most: beyond it they repeat each other.
const CLIENTS_MAX: usize = 32;

/// Collects probes, each flow once with its strongest basis.
pub(crate) struct Prober<'a> {
    parties: &'a BTreeMap<String, Party>,
    by_address: BTreeMap<IpAddr, Vec<&'a Party>>,
    probes: BTreeMap<(Option<String>, Destination, Protocol, Option<u16>), Probe>,
    /// The limit was reached.
    pub truncated: bool,
}

impl<'a> Prober<'a> {
    pub(crate) fn new(parties: &'a BTreeMap<String, Party>) -> Self {
        let mut by_address: BTreeMap<IpAddr, Vec<&Party>> = BTreeMap::new();
        for party in parties.values() {
            for address in &party.addresses {
                by_address.entry(*address).or_default().push(party);
            }
        }
        Self { parties, by_address, probes: BTreeMap::new(), truncated: false }
    }

    /// All probes, in a stable order.
    pub(crate) fn finish(self) -> Vec<Probe> {
        self.probes.into_values().collect()
    }

    fn add(&mut self, probe: Probe) {
        let key = (probe.from.clone(), probe.to.clone(), probe.flow.protocol, probe.flow.destination_port);
        if let Some(known) = self.probes.get_mut(&key) {
            let (known, new) = (&mut known.ground, probe.ground);
            known.basis = known.basis.min(new.basis);
            known.stopped |= new.stopped;
            known.failing_since = match (known.failing_since, new.failing_since) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            known.evidence.extend(new.evidence);
            known.evidence.sort_unstable();
            known.evidence.dedup();
        } else if self.probes.len() < PROBES_MAX || probe.ground.basis < Basis::Provided {
            self.probes.insert(key, probe);
        } else {
            self.truncated = true;
        }
    }

    fn between(&mut self, from: &Party, to: &Party, protocol: Protocol, port: Option<u16>, ground: &Ground) {
        if from.interface == to.interface || from.is_gone || from.is_down {
            return;
        }
        // What is gone is asked for by its address: that is what clients still try.
        let place = match to.addresses.first() {
            Some(address) if to.is_gone => Place::Address(*address),
            _ => interface(to),
        };
        self.add(Probe {
            flow: flow(interface(from), place, protocol, port),
            from: Some(from.interface.clone()),
            to: Destination::Party(to.interface.clone()),
            ground: ground.clone(),
        });
    }

    fn outward(&mut self, from: &Party, to: Destination, place: Place, port: u16, ground: &Ground) {
        if from.is_gone || from.is_down {
            return;
        }
        // An IPv6 flow starts at the interface's IPv6 address.
        let address = match place {
            Place::Address(IpAddr::V6(_)) => from.addresses.iter().copied().find(IpAddr::is_ipv6),
            _ => None,
        };
        let start = Place::Interface { id: from.interface.clone(), address };
        self.add(Probe {
            flow: flow(start, place, Protocol::TCP, Some(port)),
            from: Some(from.interface.clone()),
            to,
            ground: ground.clone(),
        });
    }

    /// What the configuration of one moment provides for.
    pub(crate) fn add_provided(&mut self, world: &World) {
        self.add_rules(world);
        self.add_endpoints(world);
        self.add_targets(world);
        for party in self.workloads() {
            self.outward(party, Destination::Internet, Place::Address(INTERNET), 443, &Ground::provided());
            if party.addresses.iter().any(IpAddr::is_ipv6) {
                self.outward(
                    party,
                    Destination::InternetV6,
                    Place::Address(INTERNET_V6),
                    443,
                    &Ground::provided(),
                );
            }
        }
    }

    fn workloads(&self) -> Vec<&'a Party> {
        self.parties.values().filter(|party| party.owner == Owner::Workload).collect()
    }

    /// Inbound rules that name a group or a range: its members are clients.
    fn add_rules(&mut self, world: &World) {
        let mut members: BTreeMap<&str, Vec<&'a Party>> = BTreeMap::new();
        for party in self.parties.values() {
            for group in &party.groups {
                members.entry(group).or_default().push(party);
            }
        }
        for resource in world.of_kind("AWS::EC2::SecurityGroup") {
            let Some(servers) = members.get(resource.key.id.as_str()) else { continue };
            let Ok(group) = serde_json::from_str::<SecurityGroup>(resource.json()) else { continue };
            for permission in &group.inbound {
                let Some((protocol, port)) = permission.service() else { continue };
                for server in representatives(servers) {
                    let clients = permission.clients(&members, &self.by_address);
                    for client in representatives(&clients) {
                        self.between(client, server, protocol, port, &Ground::provided());
                    }
                    if permission.is_open() && server.is_public {
                        self.add(Probe {
                            flow: flow(Place::Address(INTERNET), interface(server), protocol, port),
                            from: None,
                            to: Destination::Party(server.interface.clone()),
                            ground: Ground::provided(),
                        });
                    }
                }
            }
        }
    }

    /// Every workload of a VPC may use its endpoints.
    fn add_endpoints(&mut self, world: &World) {
        for resource in world.of_kind("AWS::EC2::VPCEndpoint") {
            let Ok(endpoint) = serde_json::from_str::<Endpoint>(resource.json()) else { continue };
            let id = resource.key.id.clone();
            let clients: Vec<&Party> =
                self.workloads().into_iter().filter(|party| party.vpc == endpoint.vpc).collect();
            let service = service_name(&endpoint.service);
            for client in representatives(&clients) {
                if endpoint.kind.eq_ignore_ascii_case("Interface") {
                    let place = Place::Resource { kind: "AWS::EC2::VPCEndpoint".to_owned(), id: id.clone() };
                    let to = Destination::Endpoint { id: id.clone(), service: service.clone() };
                    self.outward(client, to, place, 443, &Ground::provided());
                } else if endpoint.kind.eq_ignore_ascii_case("Gateway")
                    && let Some(address) = prefix_list_address(world, &endpoint.service)
                {
                    let to = Destination::GatewayEndpoint { id: id.clone(), service: service.clone() };
                    self.outward(client, to, Place::Address(address), 443, &Ground::provided());
                }
            }
        }
    }

    /// Load balancers reach their targets on the target's port.
    fn add_targets(&mut self, world: &World) {
        for resource in world.of_kind("AWS::ElasticLoadBalancingV2::TargetGroup") {
            let Ok(group) = serde_json::from_str::<TargetGroup>(resource.json()) else { continue };
            for arn in &group.balancers {
                let path = arn.rsplit_once("loadbalancer/").map_or(arn.as_str(), |(_, path)| path);
                let fronts: Vec<&Party> = self
                    .parties
                    .values()
                    .filter(|party| party.resource.as_ref().is_some_and(|(_, id)| id == path))
                    .collect();
                for target in &group.targets {
                    let servers: Vec<&Party> =
                        self.parties.values().filter(|party| party.ids.contains(&target.target.id)).collect();
                    for server in servers {
                        for front in representatives(&fronts) {
                            let port = target.target.port.or(group.port);
                            self.between(front, server, Protocol::TCP, port, &Ground::provided());
                        }
                    }
                }
            }
        }
    }

    /// Conversations that flow logs show accepted, as far as they start or end at a party.
    pub(crate) fn add_used(&mut self, symptom: &Symptom) {
        let mut singled_out: BTreeMap<&str, usize> = BTreeMap::new();
        for (key, conversation) in &symptom.conversations.by_key {
            if conversation.accepted.is_none() || key.port == 0 && key.protocol.has_ports() {
                continue;
            }
            let port = key.protocol.has_ports().then_some(key.port);
            let clients = self.by_address.get(&key.client).cloned().unwrap_or_default();
            let servers = self.by_address.get(&key.server).cloned().unwrap_or_default();
            let ground = Ground {
                basis: Basis::Used,
                stopped: conversation.stopped(symptom.conversations.until),
                failing_since: None,
                evidence: conversation.evidence.clone(),
            };
            match (clients.as_slice(), servers.as_slice()) {
                ([client], [server]) if client.owner != Owner::Other => {
                    self.between(client, server, key.protocol, port, &ground);
                }
                ([client], []) if client.owner == Owner::Workload && key.protocol.has_ports() => {
                    let (to, place) = outside(key.server);
                    self.outward(client, to, place, key.port, &ground);
                    // A firewall rule or a route may be about this very address.
                    let told = singled_out.entry(&client.interface).or_insert(0_usize);
                    if ground.stopped && *told < OUTSIDE_ADDRESSES_MAX {
                        *told += 1;
                        let (to, place) = (Destination::Address(key.server), Place::Address(key.server));
                        self.outward(client, to, place, key.port, &ground);
                    }
                }
                _ => {}
            }
        }
    }

    /// Addresses that failing log lines and alerts name.
    pub(crate) fn add_failing(&mut self, world: &World, symptom: &Symptom) {
        let names = HostNames::read(world, symptom, self.parties);
        let parties = self.parties;
        for failure in symptom.network_failures() {
            let clients: Vec<&'a Party> =
                parties.values().filter(|party| is_logged_by(party, failure)).collect();
            let ground = Ground::failing(failure, symptom.alarm_at());
            for client in clients {
                let targets: Vec<(u16, HostIs)> =
                    failure.targets.iter().filter_map(|target| names.target(target, client)).collect();
                // A line that names a service and an address means the service; the address is where it was.
                let names_service = targets.iter().any(|(_, is)| matches!(is, HostIs::Endpoint { .. }));
                for (port, is) in targets {
                    let is_address = matches!(is, HostIs::Address(_));
                    if !(is_address && names_service) {
                        self.add_target(client, port, is, &names, &ground);
                    }
                }
            }
        }
    }

    fn add_target(&mut self, client: &'a Party, port: u16, is: HostIs, names: &HostNames, ground: &Ground) {
        match is {
            HostIs::Address(address) => match self.by_address.get(&address).map(Vec::as_slice) {
                Some([server]) => {
                    let server = *server;
                    if let (Owner::Endpoint, Some((_, id))) = (&server.owner, &server.resource) {
                        let service = names.endpoint_service(id);
                        self.add_endpoint_target(client, id.clone(), service, port, ground);
                    } else {
                        self.between(client, server, Protocol::TCP, Some(port), ground);
                    }
                }
                _ => {
                    let (to, place) = outside(address);
                    self.outward(client, to, place, port, ground);
                }
            },
            HostIs::Endpoint { id, service } => self.add_endpoint_target(client, id, service, port, ground),
            HostIs::Internet => {
                self.outward(client, Destination::Internet, Place::Address(INTERNET), 443, ground);
            }
        }
    }

    fn add_endpoint_target(
        &mut self,
        client: &Party,
        id: String,
        service: String,
        port: u16,
        ground: &Ground,
    ) {
        let place = Place::Resource { kind: "AWS::EC2::VPCEndpoint".to_owned(), id: id.clone() };
        self.outward(client, Destination::Endpoint { id, service }, place, port, ground);
    }
}

/// Addresses of the internet asked about one by one, for each client.
const OUTSIDE_ADDRESSES_MAX: usize = 8;

/// Shortest id looked for in log streams: shorter ones are in too many texts by chance.
const ID_CHARS_MIN: usize = 6;

/// Whether a log group or stream is the party's: by instance id, host name or function name.
pub(crate) fn is_stream_of(party: &Party, group: &str, stream: &str) -> bool {
    party.owner == Owner::Workload
        && party
            .ids
            .iter()
            .filter(|id| id.len() >= ID_CHARS_MIN)
            .any(|id| contains_word(stream, id) || group.rsplit('/').next() == Some(id))
}

/// Whether the party logged the failure: its stream, or the host its lines name. An address in a line is the other side
/// more often than the own one, so addresses do not count.
pub(crate) fn is_logged_by(party: &Party, failure: &LoggedFailure) -> bool {
    is_stream_of(party, &failure.group, &failure.stream)
        || party.owner == Owner::Workload && party.ids.iter().any(|id| failure.hosts.contains(id))
}

/// `needle` in `text`, not as a part of a longer number or word.
fn contains_word(text: &str, needle: &str) -> bool {
    text.match_indices(needle).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + needle.len()..).and_then(|text| text.chars().next());
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        !joins(before) && !joins(after)
    })
}

/// One party for each way of being treated: same subnet, same groups, same owner.
fn representatives<'p>(parties: &[&'p Party]) -> Vec<&'p Party> {
    let mut seen = BTreeSet::new();
    let distinct = parties.iter().filter(|party| {
        // Workloads are told apart: an alert may be about one instance among equals.
        let own = (party.owner == Owner::Workload).then_some(&party.interface);
        seen.insert((&party.subnet, &party.groups, &party.resource, own))
    });
    distinct.take(CLIENTS_MAX).copied().collect()
}

fn interface(party: &Party) -> Place {
    Place::Interface { id: party.interface.clone(), address: None }
}

fn flow(from: Place, to: Place, protocol: Protocol, port: Option<u16>) -> Flow {
    Flow { from, to, protocol, source_port: None, destination_port: port, icmp: None }
}

/// An address without an interface: private ones are on-premises or in networks not described.
fn outside(address: IpAddr) -> (Destination, Place) {
    let is_private = match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    if is_private {
        (Destination::Address(address), Place::Address(address))
    } else if address.is_ipv6() {
        (Destination::InternetV6, Place::Address(INTERNET_V6))
    } else {
        (Destination::Internet, Place::Address(INTERNET))
    }
}

/// An address inside the prefix list of a gateway endpoint's service.
fn prefix_list_address(world: &World, service: &str) -> Option<IpAddr> {
    world.of_kind("AWS::EC2::PrefixList").find_map(|resource| {
        let list: PrefixList = serde_json::from_str(resource.json()).ok()?;
        if list.name != service {
            return None;
        }
        let cidr = list.cidrs.iter().find(|cidr| !cidr.contains(':'))?;
        let address: std::net::Ipv4Addr = cidr.split('/').next()?.parse().ok()?;
        // The network address itself serves nobody; the next one is as good as any.
        Some(IpAddr::V4(std::net::Ipv4Addr::from(u32::from(address).saturating_add(1))))
    })
}
