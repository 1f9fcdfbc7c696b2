//! Whose a network interface is: a drawing shows instances, functions and load balancers, not their interfaces.

use crate::party::{Owner, Party};
use butfor_world::{Resource, ResourceKey, World};
use std::collections::{BTreeMap, BTreeSet};

const FUNCTION: &str = "AWS::Lambda::Function";
const INTERFACE: &str = "AWS::EC2::NetworkInterface";
const LOAD_BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const CLASSIC: &str = "AWS::ElasticLoadBalancing::LoadBalancer";

/// Owners of all interfaces.
pub(super) struct Owners {
    /// By interface.
    by_interface: BTreeMap<String, ResourceKey>,
    /// Subnets in which an owner has interfaces.
    subnets: BTreeMap<ResourceKey, BTreeSet<String>>,
    /// VPC of an owner's interfaces.
    vpcs: BTreeMap<ResourceKey, String>,
}

impl Owners {
    /// Of every party, in worlds the last of which counts most.
    pub(super) fn read(worlds: &[&World], parties: &BTreeMap<String, Party>) -> Self {
        let names = Names::read(worlds);
        let mut owners =
            Self { by_interface: BTreeMap::new(), subnets: BTreeMap::new(), vpcs: BTreeMap::new() };
        for party in parties.values() {
            let own = ResourceKey { kind: INTERFACE.to_owned(), id: party.interface.clone() };
            let home = worlds.iter().rev().find_map(|world| world.get(&own));
            let key = names.owner(party, home).unwrap_or(own);
            if !party.subnet.is_empty() {
                owners.subnets.entry(key.clone()).or_default().insert(party.subnet.clone());
            }
            if !party.vpc.is_empty() {
                owners.vpcs.entry(key.clone()).or_insert_with(|| party.vpc.clone());
            }
            owners.by_interface.insert(party.interface.clone(), key);
        }
        owners
    }

    /// The owner of an interface; the interface itself where nobody else is known.
    pub(super) fn of(&self, interface: &str) -> ResourceKey {
        let own = || ResourceKey { kind: INTERFACE.to_owned(), id: interface.to_owned() };
        self.by_interface.get(interface).cloned().unwrap_or_else(own)
    }

    /// The one subnet in which an owner has its interfaces, and the VPC.
    pub(super) fn place(&self, key: &ResourceKey) -> (Option<&str>, Option<&str>) {
        let subnets = self.subnets.get(key);
        let only = subnets.filter(|all| all.len() == 1).and_then(|all| all.first());
        (only.map(String::as_str), self.vpcs.get(key).map(String::as_str))
    }
}

/// What interfaces call their owners.
struct Names {
    /// Load balancers by the path in their interfaces' descriptions: `app/orders/50dc6c495c0c9188`.
    balancers: BTreeMap<String, ResourceKey>,
    /// Functions by account, region and name.
    functions: BTreeMap<(String, String, String), ResourceKey>,
}

impl Names {
    fn read(worlds: &[&World]) -> Self {
        let mut names = Self { balancers: BTreeMap::new(), functions: BTreeMap::new() };
        for world in worlds {
            for balancer in world.of_kind(LOAD_BALANCER) {
                if let Some((_, path)) = balancer.key.id.split_once(":loadbalancer/") {
                    names.balancers.insert(path.to_owned(), balancer.key.clone());
                }
            }
            for classic in world.of_kind(CLASSIC) {
                names.balancers.insert(classic.key.id.clone(), classic.key.clone());
            }
            for function in world.of_kind(FUNCTION) {
                let name = function.key.id.rsplit(':').next().unwrap_or_default().to_owned();
                let place = (function.account.clone(), function.region.clone(), name);
                names.functions.insert(place, function.key.clone());
            }
        }
        names
    }

    fn owner(&self, party: &Party, home: Option<&Resource>) -> Option<ResourceKey> {
        if let Some((kind, id)) = &party.resource {
            let stated = || ResourceKey { kind: (*kind).to_owned(), id: id.clone() };
            return Some(self.balancers.get(id).cloned().filter(|_| party.owner == Owner::LoadBalancer))
                .map(|found| found.unwrap_or_else(stated));
        }
        let home = home.filter(|_| party.owner == Owner::Workload)?;
        self.functions.get(&(home.account.clone(), home.region.clone(), party.name.clone())).cloned()
    }
}
