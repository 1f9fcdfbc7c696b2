//! Who has which address: indexes over interfaces.

use crate::few::{self, Few};
use crate::model::interface::Interface;
use crate::model::{Item, Text};
use crate::network::Tables;
use ipnet::IpNet;
use rustc_hash::FxHashMap;
use std::net::IpAddr;

/// Where a public address leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PublicOwner {
    /// An interface, by position.
    Interface(u32),
    /// A NAT gateway whose interface was not described, by position.
    Nat(u32),
}

/// What stands behind an interface that belongs to a service, by position in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behind {
    Nat(u32),
    Endpoint(u32),
    Balancer(u32),
    Classic(u32),
}

/// Indexes over interfaces.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    by_private: FxHashMap<IpAddr, Few>,
    prefixes: Vec<(IpNet, u32)>,
    by_public: FxHashMap<IpAddr, PublicOwner>,
    by_subnet: FxHashMap<Text, Few>,
    by_instance: FxHashMap<Text, Few>,
    by_group: FxHashMap<Text, Few>,
    in_vpc: FxHashMap<Text, u32>,
    behind: FxHashMap<u32, Behind>,
    nat_by_private: FxHashMap<IpAddr, Few>,
    balancer_interfaces: FxHashMap<u32, Few>,
}

impl Hosts {
    pub fn build(tables: &Tables) -> Self {
        let mut hosts = Self::default();
        hosts.by_private.reserve(tables.interfaces.len());
        hosts.by_instance.reserve(tables.instances.len());
        let balancers: FxHashMap<&str, u32> = tables
            .load_balancers
            .numbered()
            .filter_map(|(at, balancer)| Some((balancer.id.rsplit_once("loadbalancer/")?.1, at)))
            .collect();
        for (at, interface) in tables.interfaces.numbered() {
            hosts.interface(tables, &balancers, at, interface);
        }
        for (at, nat) in tables.nat_gateways.numbered().filter(|(_, nat)| &*nat.state != "deleted") {
            for address in &nat.addresses {
                if let Some(interface) = tables.interfaces.position(&address.network_interface_id) {
                    hosts.behind.insert(interface, Behind::Nat(at));
                    if let Some(public) = address.public_ip {
                        hosts.by_public.entry(public).or_insert(PublicOwner::Interface(interface));
                    }
                } else {
                    if let Some(private) = address.private_ip {
                        few::push(&mut hosts.nat_by_private, &private, at);
                    }
                    if let Some(public) = address.public_ip {
                        hosts.by_public.entry(public).or_insert(PublicOwner::Nat(at));
                    }
                }
            }
        }
        for (at, endpoint) in tables.endpoints.numbered() {
            for id in &endpoint.network_interface_ids {
                if let Some(interface) = tables.interfaces.position(id) {
                    hosts.behind.insert(interface, Behind::Endpoint(at));
                }
            }
        }
        hosts
    }

    fn interface(
        &mut self,
        tables: &Tables,
        balancers: &FxHashMap<&str, u32>,
        at: u32,
        interface: &Item<Interface>,
    ) {
        for address in &interface.addresses {
            few::push(&mut self.by_private, &address.private, at);
            if let Some(public) = address.public {
                self.by_public.insert(public, PublicOwner::Interface(at));
            }
        }
        self.prefixes.extend(interface.prefixes.iter().map(|prefix| (*prefix, at)));
        few::push(&mut self.by_subnet, &interface.subnet_id, at);
        if let Some(instance) = &interface.instance_id {
            few::push(&mut self.by_instance, instance, at);
        }
        for group in interface.groups.iter().flatten() {
            few::push(&mut self.by_group, group, at);
        }
        match self.in_vpc.get_mut(&interface.vpc_id) {
            Some(count) => *count += 1,
            None => {
                self.in_vpc.insert(interface.vpc_id.clone(), 1);
            }
        }
        // ELB names its interfaces after the last part of the load balancer's ARN (ELB guide, "requester-managed
        // network interfaces"): `ELB net/name/id`; a classic one after its name: `ELB name`.
        if let Some(name) = interface.description.strip_prefix("ELB ") {
            if let Some(balancer) = balancers.get(name).copied() {
                self.behind.insert(at, Behind::Balancer(balancer));
                few::push(&mut self.balancer_interfaces, &balancer, at);
            } else if let Some(classic) = tables.classic_load_balancers.position(name) {
                self.behind.insert(at, Behind::Classic(classic));
            }
        }
    }

    /// Interfaces that have a private or IPv6 address, by position.
    pub fn with_private(&self, address: IpAddr) -> impl Iterator<Item = u32> {
        let exact = self.by_private.get(&address).map(Few::as_slice).unwrap_or_default();
        let delegated =
            self.prefixes.iter().filter(move |(block, _)| block.contains(&address)).map(|(_, at)| *at);
        exact.iter().copied().chain(delegated)
    }

    pub fn with_public(&self, address: IpAddr) -> Option<PublicOwner> {
        self.by_public.get(&address).copied()
    }

    pub fn in_subnet(&self, subnet: &str) -> &[u32] {
        self.by_subnet.get(subnet).map(Few::as_slice).unwrap_or_default()
    }

    pub fn of_instance(&self, instance: &str) -> &[u32] {
        self.by_instance.get(instance).map(Few::as_slice).unwrap_or_default()
    }

    pub fn of_group(&self, group: &str) -> &[u32] {
        self.by_group.get(group).map(Few::as_slice).unwrap_or_default()
    }

    pub fn count_in_vpc(&self, vpc: &str) -> u32 {
        self.in_vpc.get(vpc).copied().unwrap_or_default()
    }

    pub fn behind(&self, interface: u32) -> Option<Behind> {
        self.behind.get(&interface).copied()
    }

    /// NAT gateways without a described interface that have a private address.
    pub fn nats_with_private(&self, address: IpAddr) -> &[u32] {
        self.nat_by_private.get(&address).map(Few::as_slice).unwrap_or_default()
    }

    pub fn of_balancer(&self, balancer: u32) -> &[u32] {
        self.balancer_interfaces.get(&balancer).map(Few::as_slice).unwrap_or_default()
    }
}
