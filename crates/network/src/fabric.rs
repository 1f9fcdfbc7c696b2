//! What hangs on what: route tables and network ACLs of subnets, gateways of VPCs, attachments of transit gateways.

use crate::learned::Learned;
use crate::model::Text;
use crate::network::Tables;
use rustc_hash::FxHashMap;

type Many = FxHashMap<Text, Vec<u32>>;

fn all<'a>(of: &'a Many, id: &str) -> &'a [u32] {
    of.get(id).map(Vec::as_slice).unwrap_or_default()
}

/// Indexes over everything but interfaces.
#[derive(Debug, Default)]
pub(crate) struct Fabric {
    subnets_of_vpc: Many,
    tables_of_subnet: Many,
    main_tables: Many,
    edge_tables: Many,
    acls_of_subnet: Many,
    default_acls: Many,
    internet_gateways: Many,
    vpn_gateways: Many,
    attachments_of_gateway: Many,
    tables_of_gateway: Many,
    vpns_of_gateway: Many,
    circuits_of_gateway: Many,
    listeners_of_balancer: Many,
    firewall_of_endpoint: FxHashMap<Text, u32>,
    /// By position of the transit gateway route table.
    learned: Vec<Learned>,
    /// Transit gateway route tables that list an attachment as associated.
    tables_of_attachment: Many,
}

impl Fabric {
    pub fn build(tables: &Tables) -> Self {
        let mut fabric = Self::default();
        let put = |map: &mut Many, id: &Text, at: u32| map.entry(id.clone()).or_default().push(at);
        for (at, subnet) in tables.subnets.numbered() {
            put(&mut fabric.subnets_of_vpc, &subnet.vpc_id, at);
        }
        for (at, table) in tables.route_tables.numbered() {
            table.subnets.iter().for_each(|id| put(&mut fabric.tables_of_subnet, id, at));
            table.gateways.iter().for_each(|id| put(&mut fabric.edge_tables, id, at));
            if table.main {
                put(&mut fabric.main_tables, &table.vpc_id, at);
            }
        }
        for (at, acl) in tables.network_acls.numbered() {
            acl.subnets.iter().for_each(|id| put(&mut fabric.acls_of_subnet, id, at));
            if acl.is_default == Some(true) {
                put(&mut fabric.default_acls, &acl.vpc_id, at);
            }
        }
        for (at, gateway) in tables.internet_gateways.numbered() {
            gateway.vpcs().for_each(|id| put(&mut fabric.internet_gateways, id, at));
        }
        for (at, gateway) in tables.vpn_gateways.numbered() {
            gateway.vpcs().for_each(|id| put(&mut fabric.vpn_gateways, id, at));
        }
        for (at, attachment) in tables.attachments.numbered() {
            attachment.gateways().for_each(|id| put(&mut fabric.attachments_of_gateway, id, at));
        }
        for (at, table) in tables.transit_tables.numbered() {
            put(&mut fabric.tables_of_gateway, &table.transit_gateway_id, at);
            for member in table.associations.iter().flatten().filter(|member| member.live()) {
                put(&mut fabric.tables_of_attachment, &member.transit_gateway_attachment_id, at);
            }
            fabric.learned.push(Learned::of(table, tables));
        }
        for (at, vpn) in tables.vpn_connections.numbered().filter(|(_, vpn)| vpn.exists()) {
            vpn.vpn_gateway_id
                .iter()
                .chain(&vpn.transit_gateway_id)
                .for_each(|id| put(&mut fabric.vpns_of_gateway, id, at));
        }
        for (at, circuit) in tables.virtual_interfaces.numbered() {
            let gateways = circuit.virtual_gateway_id.iter().chain(&circuit.direct_connect_gateway_id);
            gateways.for_each(|id| put(&mut fabric.circuits_of_gateway, id, at));
        }
        for (at, listener) in tables.listeners.numbered() {
            put(&mut fabric.listeners_of_balancer, &listener.load_balancer_arn, at);
        }
        for (at, firewall) in tables.firewalls.numbered() {
            for endpoint in firewall.endpoints() {
                fabric.firewall_of_endpoint.insert(endpoint.endpoint_id.clone(), at);
            }
        }
        fabric
    }

    pub fn subnets_of_vpc(&self, vpc: &str) -> &[u32] {
        all(&self.subnets_of_vpc, vpc)
    }

    /// Route tables that are associated with a subnet explicitly: one, unless documents contradict each other.
    pub fn tables_of_subnet(&self, subnet: &str) -> &[u32] {
        all(&self.tables_of_subnet, subnet)
    }

    pub fn main_tables(&self, vpc: &str) -> &[u32] {
        all(&self.main_tables, vpc)
    }

    pub fn edge_tables(&self, gateway: &str) -> &[u32] {
        all(&self.edge_tables, gateway)
    }

    pub fn acls_of_subnet(&self, subnet: &str) -> &[u32] {
        all(&self.acls_of_subnet, subnet)
    }

    pub fn default_acls(&self, vpc: &str) -> &[u32] {
        all(&self.default_acls, vpc)
    }

    pub fn internet_gateways(&self, vpc: &str) -> &[u32] {
        all(&self.internet_gateways, vpc)
    }

    pub fn vpn_gateways(&self, vpc: &str) -> &[u32] {
        all(&self.vpn_gateways, vpc)
    }

    pub fn attachments_of_gateway(&self, gateway: &str) -> &[u32] {
        all(&self.attachments_of_gateway, gateway)
    }

    pub fn tables_of_gateway(&self, gateway: &str) -> &[u32] {
        all(&self.tables_of_gateway, gateway)
    }

    /// Transit gateway route tables that list an attachment as associated.
    pub fn tables_of_attachment(&self, attachment: &str) -> &[u32] {
        all(&self.tables_of_attachment, attachment)
    }

    /// What the transit gateway route table at a position learns.
    pub fn learned(&self, table: u32) -> Option<&Learned> {
        self.learned.get(table as usize)
    }

    pub fn vpns_of_gateway(&self, gateway: &str) -> &[u32] {
        all(&self.vpns_of_gateway, gateway)
    }

    pub fn circuits_of_gateway(&self, gateway: &str) -> &[u32] {
        all(&self.circuits_of_gateway, gateway)
    }

    pub fn listeners_of_balancer(&self, balancer: &str) -> &[u32] {
        all(&self.listeners_of_balancer, balancer)
    }

    pub fn firewall_of_endpoint(&self, endpoint: &str) -> Option<u32> {
        self.firewall_of_endpoint.get(endpoint).copied()
    }
}
