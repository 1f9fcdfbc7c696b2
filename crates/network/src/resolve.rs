//! From what a person names to places a flow can start or end.

use crate::flow::{FlowError, Place};
use crate::model::Item;
use crate::model::interface::Interface;
use crate::model::vpc::Subnet;
use crate::network::Network;
use crate::trace::Trace;
use std::collections::BTreeSet;
use std::net::IpAddr;

impl Network {
    /// Walks one flow, forward and back.
    ///
    /// A flow over a load balancer is traced for every target the balancer may choose: it is delivered when it is for
    /// one of them, and blocked when it is refused for all.
    #[must_use]
    pub fn trace(&self, flow: &crate::flow::Flow) -> Trace {
        crate::walk::trace(self, flow)
    }

    /// Places that a text names: an instance, an interface, an address, or the id, ARN or name of a resource that owns
    /// interfaces (a database, a load balancer, an endpoint, a function, a NAT gateway). Several where the resource has
    /// several interfaces, the likeliest first. A resource without any interface that is known is a
    /// [`Place::Resource`].
    ///
    /// # Errors
    /// [`FlowError::Unknown`] when nothing has this name, [`FlowError::NoInterface`] when an instance has no interface.
    pub fn resolve(&self, text: &str) -> Result<Vec<Place>, FlowError> {
        let text = text.trim();
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(vec![Place::Address(address)]);
        }
        if self.interface(text).is_some() {
            return Ok(vec![Place::Interface { id: text.to_owned(), address: None }]);
        }
        let of_instance: Vec<&Item<Interface>> = self.interfaces_of_instance(text).collect();
        if !of_instance.is_empty() || self.instance(text).is_some() {
            let mut places = of_instance;
            places.sort_by_key(|interface| interface.device_index.unwrap_or(i64::MAX));
            let places: Vec<Place> = places.into_iter().map(at_interface).collect();
            return if places.is_empty() { Err(FlowError::NoInterface(text.to_owned())) } else { Ok(places) };
        }
        let (kind, id) = self.find_resource(text).ok_or_else(|| FlowError::Unknown(text.to_owned()))?;
        let interfaces = self.interfaces_of_resource(kind, &id);
        if interfaces.is_empty() {
            return Ok(vec![Place::Resource { kind: kind.to_owned(), id }]);
        }
        Ok(interfaces.into_iter().map(at_interface).collect())
    }

    /// A resource by id, ARN, name or host name.
    fn find_resource(&self, text: &str) -> Option<(&'static str, String)> {
        let named = |kind: &'static str, id: &str| Some((kind, id.to_owned()));
        let host = text.trim_end_matches('.').to_ascii_lowercase();
        let is_host = |name: &str| !name.is_empty() && name.eq_ignore_ascii_case(&host);
        if self.endpoint(text).is_some() {
            return named("AWS::EC2::VPCEndpoint", text);
        }
        if self.nat_gateway(text).is_some() {
            return named("AWS::EC2::NatGateway", text);
        }
        let mut databases = self.databases();
        if let Some(found) = databases.find(|it| &*it.id == text || &*it.arn == text || is_host(it.address()))
        {
            return named("AWS::RDS::DBInstance", &found.id);
        }
        let mut balancers = self.load_balancers();
        let of_balancer = |it: &&Item<crate::model::load_balancer::LoadBalancer>| {
            &*it.id == text || &*it.load_balancer_name == text || is_host(&it.dns_name)
        };
        if let Some(found) = balancers.find(of_balancer) {
            return named("AWS::ElasticLoadBalancingV2::LoadBalancer", &found.id);
        }
        if let Some(found) = self.classic_load_balancers().find(|it| &*it.id == text || is_host(&it.dns_name))
        {
            return named("AWS::ElasticLoadBalancing::LoadBalancer", &found.id);
        }
        let mut functions = self.functions();
        if let Some(found) = functions.find(|it| &*it.id == text || &*it.function_name == text) {
            return named("AWS::Lambda::Function", &found.id);
        }
        None
    }

    /// Interfaces of a resource of a service, in the order of ids.
    #[must_use]
    pub fn interfaces_of_resource(&self, kind: &str, id: &str) -> Vec<&Item<Interface>> {
        let ids: BTreeSet<&str> = match kind {
            "AWS::EC2::VPCEndpoint" => match self.endpoint(id) {
                Some(endpoint) => endpoint.network_interface_ids.iter().map(|id| &**id).collect(),
                None => BTreeSet::new(),
            },
            "AWS::EC2::NatGateway" => match self.nat_gateway(id) {
                Some(nat) => nat.addresses.iter().map(|address| &*address.network_interface_id).collect(),
                None => BTreeSet::new(),
            },
            "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
                self.interfaces_of_load_balancer(id).map(|it| &*it.id).collect()
            }
            "AWS::ElasticLoadBalancing::LoadBalancer" => {
                let description = format!("ELB {id}");
                self.interfaces().filter(|it| *it.description == description).map(|it| &*it.id).collect()
            }
            "AWS::RDS::DBInstance" => match self.database(id) {
                Some(database) => self
                    .interfaces()
                    .filter(|it| self.database_may_own(database, it))
                    .map(|it| &*it.id)
                    .collect(),
                None => BTreeSet::new(),
            },
            "AWS::Lambda::Function" => match self.function(id) {
                Some(function) => self
                    .interfaces()
                    .filter(|it| self.function_owns(function, it))
                    .map(|it| &*it.id)
                    .collect(),
                None => BTreeSet::new(),
            },
            "AWS::EC2::Instance" => self.interfaces_of_instance(id).map(|it| &*it.id).collect(),
            _ => BTreeSet::new(),
        };
        let mut found: Vec<&Item<Interface>> = ids.into_iter().filter_map(|id| self.interface(id)).collect();
        if let Some(database) = (kind == "AWS::RDS::DBInstance").then(|| self.database(id)).flatten() {
            // Its own zone first: a standby has an interface too.
            found.sort_by_key(|it| it.availability_zone != database.availability_zone);
        }
        found
    }

    /// The interface of a resource that serves a client in a subnet: one in the same zone where there is one, which is
    /// what an endpoint's zonal names and a balancer's nodes amount to. Nothing when none is known.
    pub(crate) fn serving_interface(
        &self,
        kind: &str,
        id: &str,
        client: Option<&Item<Subnet>>,
    ) -> Result<&Item<Interface>, ()> {
        let all = self.interfaces_of_resource(kind, id);
        let near = all.iter().find(|interface| {
            let own = self.subnet(&interface.subnet_id);
            kind != "AWS::RDS::DBInstance"
                && own.zip(client).is_some_and(|(own, client)| own.same_zone(client))
        });
        near.or(all.first()).copied().ok_or(())
    }
}

fn at_interface(interface: &Item<Interface>) -> Place {
    Place::Interface { id: interface.id.to_string(), address: None }
}
