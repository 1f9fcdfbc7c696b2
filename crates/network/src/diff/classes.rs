//! Interfaces that nothing in the documents tells apart.
//!
//! Two interfaces are of one class when swapping them would change no document's meaning: the same subnet, groups,
//! kind and state, addresses that are in the same blocks of all rules, routes and entries, the same places in target
//! groups, and nothing else names either of them. Then every trace with the one is a trace with the other.

use crate::hosts::Behind;
use crate::model::interface::Interface;
use crate::model::load_balancer::Target as Registered;
use crate::model::route_table::{Destination, Target};
use crate::model::security_group::Peer;
use crate::model::{Item, Text};
use crate::network::Network;
use ipnet::IpNet;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Interfaces that nothing tells apart, in either network.
pub(super) struct Class {
    /// Ids, in order.
    pub members: Vec<Text>,
    /// Whether they exist in the first network.
    pub before: bool,
    /// Whether they exist in the second network.
    pub after: bool,
    /// Security groups they have in one of the networks.
    pub groups: BTreeSet<Text>,
    /// Whether they are of a load balancer or an endpoint, so that traffic for them goes on elsewhere.
    pub stands_for_others: bool,
}

/// All interfaces of two networks, by class.
pub(super) struct Classes {
    pub all: Vec<Class>,
}

/// Everything a trace can know of an interface.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Portrait {
    /// The interface itself, where something names it.
    only: Option<Text>,
    stands_for_others: bool,
    place: [Text; 4],
    groups: Option<Vec<Text>>,
    kind: [Text; 4],
    source_dest_check: Option<bool>,
    instance_state: Option<Text>,
    has_public: bool,
    /// Position of its primary address among the bounds of all blocks.
    between: usize,
    /// Target groups (or Classic Load Balancers) it is registered with, and how.
    targets: Vec<(Text, Registered)>,
}

impl Classes {
    pub fn of(before: &Network, after: &Network) -> Self {
        let bounds = bounds([before, after]);
        let mut by_portraits: BTreeMap<[Option<Portrait>; 2], Vec<Text>> = BTreeMap::new();
        let portraits = [before, after].map(|network| Surroundings::of(network, &bounds).portraits());
        let ids: BTreeSet<&Text> = portraits.iter().flat_map(BTreeMap::keys).collect();
        for id in ids {
            let both = portraits.each_ref().map(|of| of.get(id).cloned());
            by_portraits.entry(both).or_default().push(id.clone());
        }
        let class = |(portraits, members): ([Option<Portrait>; 2], Vec<Text>)| {
            let known = || portraits.iter().flatten();
            Class {
                members,
                before: portraits.first().is_some_and(Option::is_some),
                after: portraits.last().is_some_and(Option::is_some),
                groups: known().flat_map(|portrait| portrait.groups.iter().flatten().cloned()).collect(),
                stands_for_others: known().any(|portrait| portrait.stands_for_others),
            }
        };
        let mut all: Vec<Class> = by_portraits.into_iter().map(class).collect();
        all.sort_by(|a, b| a.members.cmp(&b.members));
        Self { all }
    }
}

/// What is around the interfaces of one network.
struct Surroundings<'n> {
    network: &'n Network,
    bounds: &'n [(bool, u128)],
    /// Interfaces that something names.
    named: BTreeSet<&'n str>,
    /// Registrations, by instance id or address.
    targets: BTreeMap<&'n str, Vec<(Text, Registered)>>,
}

impl<'n> Surroundings<'n> {
    fn of(network: &'n Network, bounds: &'n [(bool, u128)]) -> Self {
        let mut targets: BTreeMap<&str, Vec<(Text, Registered)>> = BTreeMap::new();
        let nothing = Text::from("");
        for group in network.target_groups() {
            for target in group.targets.iter().flatten() {
                let mut how = target.clone();
                how.id = nothing.clone();
                targets.entry(&target.id).or_default().push((group.id.clone(), how));
            }
        }
        for balancer in network.classic_load_balancers() {
            for instance in balancer.instance_ids() {
                let how = Registered {
                    id: nothing.clone(),
                    port: None,
                    zone: nothing.clone(),
                    state: nothing.clone(),
                };
                targets.entry(instance).or_default().push((balancer.id.clone(), how));
            }
        }
        Self { network, bounds, named: named(network), targets }
    }

    fn portraits(&self) -> BTreeMap<Text, Portrait> {
        let interfaces = self.network.interfaces();
        interfaces.map(|interface| (interface.id.clone(), self.portrait(interface))).collect()
    }

    fn portrait(&self, interface: &Item<Interface>) -> Portrait {
        let Interface { vpc_id, subnet_id, interface_type, status, .. } = &interface.value;
        let service = match (interface.is_database(), interface.is_function()) {
            (true, _) => "database",
            (_, true) => "function",
            _ => "",
        };
        let instance = interface.instance_id.as_deref().and_then(|id| self.network.instance(id));
        let mut groups = interface.groups.clone();
        if let Some(groups) = &mut groups {
            groups.sort_unstable();
            groups.dedup();
        }
        let own = interface.addresses.iter().map(|address| address.private.to_string());
        let names = own.chain(interface.instance_id.iter().map(|id| id.to_string()));
        let mut targets: Vec<_> =
            names.flat_map(|name| self.targets.get(&*name).cloned().unwrap_or_default()).collect();
        targets.sort();
        let behind = self
            .network
            .tables
            .interfaces
            .position(&interface.id)
            .and_then(|at| self.network.hosts.behind(at));
        let alone = self.named.contains(&*interface.id) || !self.alone_with_its_addresses(interface);
        Portrait {
            only: alone.then(|| interface.id.clone()),
            stands_for_others: behind.is_some_and(|owner| !matches!(owner, Behind::Nat(_))),
            place: [interface.account.clone(), interface.region.clone(), vpc_id.clone(), subnet_id.clone()],
            groups,
            kind: [interface_type.clone(), status.clone(), interface.requester_id.clone(), service.into()],
            source_dest_check: interface.source_dest_check,
            instance_state: instance.map(|instance| instance.state_name.clone()),
            has_public: interface.addresses.iter().any(|address| address.public.is_some()),
            between: interface.primary().map_or(0, |address| self.between(address)),
            targets,
        }
    }

    /// Whether nothing is unclear about its addresses: they are its own, and all of its document could be read.
    fn alone_with_its_addresses(&self, interface: &Item<Interface>) -> bool {
        interface.unread.is_empty()
            && interface.prefixes.is_empty()
            && interface
                .addresses
                .iter()
                .all(|address| self.network.interfaces_with_address(address.private).len() == 1)
    }

    /// Two addresses between the same bounds are in the same blocks.
    fn between(&self, address: IpAddr) -> usize {
        let at = number(address);
        self.bounds.partition_point(|bound| *bound <= at)
    }
}

fn number(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(v4) => (false, u128::from(u32::from(v4))),
        IpAddr::V6(v6) => (true, u128::from(v6)),
    }
}

/// Whether some route leads to an interface or an instance.
pub(super) fn routes_to_interfaces(network: &Network) -> bool {
    network
        .route_tables()
        .flat_map(|table| table.routes.iter().flatten())
        .any(|route| matches!(route.target, Target::Interface(_) | Target::Instance(_)))
}

/// Ids of interfaces that a document other than their own names, or whose instance is named by a route.
fn named(network: &Network) -> BTreeSet<&str> {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for gateway in network.nat_gateways() {
        named.extend(gateway.addresses.iter().map(|address| &*address.network_interface_id));
    }
    for endpoint in network.endpoints() {
        named.extend(endpoint.network_interface_ids.iter().map(|id| &**id));
    }
    let mut instances: BTreeSet<&str> = BTreeSet::new();
    for route in network.route_tables().flat_map(|table| table.routes.iter().flatten()) {
        match &route.target {
            Target::Interface(id) => {
                named.insert(id);
                instances
                    .extend(network.interface(id).and_then(|interface| interface.instance_id.as_deref()));
            }
            Target::Instance(id) => {
                instances.insert(id);
            }
            _ => {}
        }
    }
    for (at, interface) in network.tables.interfaces.numbered() {
        let of_routed = interface.instance_id.as_deref().is_some_and(|id| instances.contains(id));
        if of_routed || network.hosts.behind(at).is_some() {
            named.insert(&interface.id);
        }
    }
    named
}

/// First addresses of all blocks any document names, and first addresses after them, in order.
fn bounds(networks: [&Network; 2]) -> Vec<(bool, u128)> {
    let mut bounds: Vec<(bool, u128)> = Vec::new();
    let mut add = |block: IpNet| {
        bounds.push(number(block.network()));
        let (v6, last) = number(block.broadcast());
        let end = if v6 { u128::MAX } else { u128::from(u32::MAX) };
        if last < end {
            bounds.push((v6, last.saturating_add(1)));
        }
    };
    for block in SPECIAL.iter().filter_map(|text| text.parse().ok()) {
        add(block);
    }
    for network in networks {
        blocks(network, &mut add);
    }
    bounds.sort_unstable();
    bounds.dedup();
    bounds
}

/// Blocks that mean something in themselves: private (RFC 1918), shared (RFC 6598), link-local (RFC 3927), and IPv6's
/// unique local ones (RFC 4193).
const SPECIAL: [&str; 6] =
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7"];

fn blocks(network: &Network, add: &mut impl FnMut(IpNet)) {
    for group in network.security_groups() {
        for rule in group.inbound.iter().chain(&group.outbound).flatten() {
            for peer in &rule.peers {
                if let Peer::Cidr(block) = peer {
                    add(*block);
                }
            }
        }
    }
    for acl in network.network_acls() {
        acl.lines
            .iter()
            .flat_map(|lines| lines.inbound.iter().chain(&lines.outbound))
            .for_each(|entry| add(entry.block));
    }
    for list in network.prefix_lists() {
        list.cidrs.iter().flatten().for_each(|block| add(*block));
    }
    for route in network.route_tables().flat_map(|table| table.routes.iter().flatten()) {
        if let Destination::Cidr(block) = &route.destination {
            add(*block);
        }
    }
    for route in network.transit_tables().flat_map(|table| table.routes.iter().flatten()) {
        if let Destination::Cidr(block) = &route.destination {
            add(*block);
        }
    }
    network.vpcs().flat_map(|vpc| &vpc.cidrs).for_each(|block| add(*block));
    network.subnets().flat_map(|subnet| &subnet.cidrs).for_each(|block| add(*block));
    network
        .peerings()
        .flat_map(|peering| [&peering.accepter_vpc_info, &peering.requester_vpc_info])
        .for_each(|side| {
            side.cidrs().for_each(&mut *add);
        });
    network.tables.vpn_connections.iter().flat_map(|connection| connection.routes()).for_each(&mut *add);
    network.interfaces().flat_map(|interface| &interface.prefixes).for_each(|block| add(*block));
    for group in network.tables.rule_groups.iter() {
        blocks_in_text(group.json(), add);
    }
    for policy in network.tables.firewall_policies.iter() {
        blocks_in_text(policy.json(), add);
    }
}

/// Whatever looks like an address or a block, anywhere in the rules of a firewall.
fn blocks_in_text(value: &Value, add: &mut impl FnMut(IpNet)) {
    match value {
        Value::String(text) => {
            for word in text.split(|c: char| !c.is_ascii_hexdigit() && !matches!(c, '.' | ':' | '/')) {
                let block =
                    word.parse::<IpNet>().ok().or_else(|| word.parse::<IpAddr>().ok().map(IpNet::from));
                if let Some(block) = block {
                    add(block);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|element| blocks_in_text(element, add)),
        Value::Object(members) => members.values().for_each(|member| blocks_in_text(member, add)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
