//! What a host name in a log line stands for.

use super::documents::{Database, Endpoint};
use crate::party::{Owner, Party};
use crate::symptom::Symptom;
use crate::symptom::logs::LogTarget;
use butfor_world::World;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What a host name stands for.
pub(super) enum HostIs {
    Address(IpAddr),
    Endpoint { id: String, service: String },
    Internet,
}

/// DNS names the documents and resolver logs tell about.
pub(super) struct HostNames {
    answers: BTreeMap<String, Vec<IpAddr>>,
    /// DNS name to (VPC, endpoint id, service), for interface endpoints with private DNS.
    endpoints: BTreeMap<String, Vec<(String, String, String)>>,
    /// Database endpoint to the database's id.
    databases: BTreeMap<String, String>,
    database_addresses: BTreeMap<String, Vec<IpAddr>>,
}

impl HostNames {
    pub(super) fn read(world: &World, symptom: &Symptom, parties: &BTreeMap<String, Party>) -> Self {
        let mut endpoints: BTreeMap<String, Vec<(String, String, String)>> = BTreeMap::new();
        for resource in world.of_kind("AWS::EC2::VPCEndpoint") {
            let Ok(endpoint) = serde_json::from_str::<Endpoint>(resource.json()) else { continue };
            for entry in &endpoint.dns {
                endpoints.entry(entry.name.to_ascii_lowercase()).or_default().push((
                    endpoint.vpc.clone(),
                    resource.key.id.clone(),
                    service_name(&endpoint.service),
                ));
            }
        }
        let mut databases = BTreeMap::new();
        let mut database_addresses: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
        for resource in world.of_kind("AWS::RDS::DBInstance") {
            if let Ok(database) = serde_json::from_str::<Database>(resource.json())
                && let Some(endpoint) = database.endpoint
            {
                databases.insert(endpoint.address.to_ascii_lowercase(), resource.key.id.clone());
            }
        }
        for party in parties.values().filter(|party| !party.is_gone) {
            if let (Owner::Database, Some((_, id))) = (&party.owner, &party.resource) {
                database_addresses.entry(id.clone()).or_default().extend(&party.addresses);
            }
        }
        Self { answers: symptom.logs.answers.clone(), endpoints, databases, database_addresses }
    }

    /// Port and place of a target. A name without a port is an AWS service more often than not; those listen on 443.
    pub(super) fn target(&self, target: &LogTarget, client: &Party) -> Option<(u16, HostIs)> {
        Some((target.port.unwrap_or(443), self.resolve(&target.host, client)?))
    }

    fn resolve(&self, host: &str, client: &Party) -> Option<HostIs> {
        if let Ok(address) = host.parse() {
            return Some(HostIs::Address(address));
        }
        if let Some((_, id, service)) =
            self.endpoints.get(host).and_then(|all| all.iter().find(|(vpc, _, _)| *vpc == client.vpc))
        {
            return Some(HostIs::Endpoint { id: id.clone(), service: service.clone() });
        }
        if let Some([address]) = self.answers.get(host).map(Vec::as_slice) {
            return Some(HostIs::Address(*address));
        }
        if let Some(id) = self.databases.get(host) {
            return match self.database_addresses.get(id).map(Vec::as_slice) {
                Some([address]) => Some(HostIs::Address(*address)),
                _ => None,
            };
        }
        // A public name the documents know nothing of. Names of AWS's own private zones are not that.
        let is_private = [".internal", ".local", ".rds.amazonaws.com", ".cache.amazonaws.com"]
            .iter()
            .any(|ending| host.ends_with(ending));
        (!is_private).then_some(HostIs::Internet)
    }

    pub(super) fn endpoint_service(&self, id: &str) -> String {
        let all = self.endpoints.values().flatten();
        all.filter(|(_, have, _)| have == id)
            .map(|(_, _, service)| service.clone())
            .next()
            .unwrap_or_default()
    }
}

/// `s3` of `com.amazonaws.us-east-1.s3`.
pub(super) fn service_name(service: &str) -> String {
    let mut parts = service.splitn(4, '.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("com"), Some("amazonaws"), Some(_), Some(name)) => name.to_owned(),
        _ => service.to_owned(),
    }
}
