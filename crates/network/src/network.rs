//! The network: everything that was described, parsed and indexed.

use crate::describe::{Document, Listing, Origin};
use crate::fabric::Fabric;
use crate::hosts::Hosts;
use crate::model::{
    Item, endpoint, firewall, gateway, interface, load_balancer, network_acl, read, route_table,
};
use crate::model::{Text, security_group, service, transit_gateway, vpc};
use crate::table::Table;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A document, or a part of one, that could not be used; the rest was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// CloudFormation type name.
    pub kind: String,
    /// The resource.
    pub id: String,
    /// Which member (`IpPermissions[2]`); empty when it is the whole document.
    pub field: String,
    /// What is wrong with it.
    pub text: String,
    /// Documents it was read from.
    pub origins: Vec<Origin>,
}

/// AWS networking as far as it was described.
///
/// Cheap to clone: items and indexes are shared.
#[derive(Debug, Clone, Default)]
pub struct Network {
    pub(crate) tables: Tables,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) fabric: Arc<Fabric>,
    /// Accounts and regions in which a kind was listed completely.
    pub(crate) listings: Arc<BTreeMap<&'static str, Vec<(String, String)>>>,
    /// Targets that work again since [`Network::updated`]: routes to them that AWS marked as blackholes are followed.
    pub(crate) revived: Arc<BTreeSet<Text>>,
    pub(crate) assumes_routing: bool,
}

macro_rules! kinds {
    ($($field:ident: $type:ty = $kind:literal, $finish:expr;)*) => {
        /// Resources by kind.
        #[derive(Debug, Clone, Default)]
        pub(crate) struct Tables {
            $(pub $field: Arc<Table<$type>>,)*
        }

        /// Documents, parsed and not yet put in.
        #[derive(Default)]
        struct Loading {
            $($field: Vec<Item<$type>>,)*
            warnings: Vec<Warning>,
        }

        impl Loading {
            fn document(&mut self, document: Document) {
                match document.kind {
                    $($kind => self.$field.extend(parse(document, $finish, &mut self.warnings)),)*
                    // Of no use to a packet (an alarm, a cluster).
                    _ => {}
                }
            }

            fn put_into(self, tables: &mut Tables, taken: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Warning> {
                let none = BTreeSet::new();
                $(
                    let out = taken.get($kind).unwrap_or(&none);
                    if !self.$field.is_empty() || !out.is_empty() {
                        Arc::make_mut(&mut tables.$field).change(self.$field, out);
                    }
                )*
                self.warnings
            }
        }

        /// Kinds the model knows, as CloudFormation type names.
        pub const KINDS: &[&str] = &[$($kind),*];

        pub(crate) fn known(kind: &str) -> Option<&'static str> {
            KINDS.iter().copied().find(|known| *known == kind)
        }
    };
}

type Unread = Vec<(String, String)>;

fn parse<T: serde::de::DeserializeOwned + Default>(
    document: Document,
    finish: fn(&mut T) -> Unread,
    warnings: &mut Vec<Warning>,
) -> Option<Item<T>> {
    let Document { kind, id, account, region, json, origins } = document;
    let warn = |field: String, text: String| Warning {
        kind: kind.to_owned(),
        id: id.clone(),
        field,
        text,
        origins: origins.clone(),
    };
    let mut reading = match read::read::<T>(&json) {
        Ok(reading) => reading,
        Err(error) => {
            warnings.push(warn(String::new(), format!("is not usable JSON: {error}")));
            return None;
        }
    };
    reading.unread.extend(finish(&mut reading.value));
    let mut unread = Vec::with_capacity(reading.unread.len());
    for (field, text) in reading.unread {
        unread.push(field.clone());
        warnings.push(warn(field, text));
    }
    Some(Item {
        id: id.as_str().into(),
        account: account.into(),
        region: region.into(),
        origins,
        unread,
        value: reading.value,
    })
}

fn done<T>(finish: impl FnOnce(&mut T), value: &mut T) -> Unread {
    finish(value);
    Unread::new()
}

kinds! {
    vpcs: vpc::Vpc = "AWS::EC2::VPC", |value| done(vpc::Vpc::finish, value);
    subnets: vpc::Subnet = "AWS::EC2::Subnet", |value| done(vpc::Subnet::finish, value);
    interfaces: interface::Interface = "AWS::EC2::NetworkInterface", |value| done(interface::Interface::finish, value);
    instances: interface::Instance = "AWS::EC2::Instance", |value| done(interface::Instance::finish, value);
    security_groups: security_group::SecurityGroup = "AWS::EC2::SecurityGroup", security_group::SecurityGroup::finish;
    route_tables: route_table::RouteTable = "AWS::EC2::RouteTable", route_table::RouteTable::finish;
    network_acls: network_acl::NetworkAcl = "AWS::EC2::NetworkAcl", network_acl::NetworkAcl::finish;
    internet_gateways: gateway::InternetGateway = "AWS::EC2::InternetGateway", |_| Unread::new();
    egress_only_gateways: gateway::EgressOnlyGateway = "AWS::EC2::EgressOnlyInternetGateway", |_| Unread::new();
    nat_gateways: gateway::NatGateway = "AWS::EC2::NatGateway", |_| Unread::new();
    elastic_ips: gateway::ElasticIp = "AWS::EC2::EIP", |_| Unread::new();
    peerings: gateway::Peering = "AWS::EC2::VPCPeeringConnection", |_| Unread::new();
    endpoints: endpoint::Endpoint = "AWS::EC2::VPCEndpoint", |_| Unread::new();
    prefix_lists: endpoint::PrefixList = "AWS::EC2::PrefixList", |_| Unread::new();
    transit_gateways: transit_gateway::TransitGateway = "AWS::EC2::TransitGateway", |_| Unread::new();
    attachments: transit_gateway::Attachment = "AWS::EC2::TransitGatewayAttachment",
        |value| done(transit_gateway::Attachment::finish, value);
    transit_tables: transit_gateway::TransitRouteTable = "AWS::EC2::TransitGatewayRouteTable",
        transit_gateway::TransitRouteTable::finish;
    vpn_gateways: gateway::VpnGateway = "AWS::EC2::VPNGateway", |_| Unread::new();
    vpn_connections: gateway::VpnConnection = "AWS::EC2::VPNConnection", |_| Unread::new();
    virtual_interfaces: gateway::VirtualInterface = "AWS::DirectConnect::VirtualInterface", |_| Unread::new();
    public_access: vpc::BlockPublicAccess = "AWS::EC2::VPCBlockPublicAccessOptions", |_| Unread::new();
    public_access_exclusions: vpc::BlockPublicAccessExclusion = "AWS::EC2::VPCBlockPublicAccessExclusion",
        |_| Unread::new();
    load_balancers: load_balancer::LoadBalancer = "AWS::ElasticLoadBalancingV2::LoadBalancer", |_| Unread::new();
    listeners: load_balancer::Listener = "AWS::ElasticLoadBalancingV2::Listener", |_| Unread::new();
    target_groups: load_balancer::TargetGroup = "AWS::ElasticLoadBalancingV2::TargetGroup",
        |value| done(load_balancer::TargetGroup::finish, value);
    classic_load_balancers: load_balancer::ClassicLoadBalancer = "AWS::ElasticLoadBalancing::LoadBalancer",
        |_| Unread::new();
    firewalls: firewall::Firewall = "AWS::NetworkFirewall::Firewall", |_| Unread::new();
    firewall_policies: firewall::FirewallPolicy = "AWS::NetworkFirewall::FirewallPolicy", |_| Unread::new();
    rule_groups: firewall::RuleGroup = "AWS::NetworkFirewall::RuleGroup", |_| Unread::new();
    databases: service::Database = "AWS::RDS::DBInstance", |_| Unread::new();
    functions: service::Function = "AWS::Lambda::Function", |_| Unread::new();
}

/// Kinds whose changes touch [`Hosts`].
const HOST_KINDS: &[&str] = &[
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::NatGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::VPCEndpoint",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
];

/// Kinds whose changes touch no index.
const PLAIN_KINDS: &[&str] = &["AWS::EC2::SecurityGroup", "AWS::EC2::Instance", "AWS::EC2::PrefixList"];

impl Network {
    /// Reads documents. What cannot be read becomes a warning; the rest is used.
    pub fn parse(
        documents: impl IntoIterator<Item = Document>,
        listings: impl IntoIterator<Item = Listing>,
    ) -> (Self, Vec<Warning>) {
        let mut loading = Loading::default();
        documents.into_iter().for_each(|document| loading.document(document));
        let mut tables = Tables::default();
        let warnings = loading.put_into(&mut tables, &BTreeMap::new());
        let hosts = Arc::new(Hosts::build(&tables));
        let fabric = Arc::new(Fabric::build(&tables));
        let mut complete: BTreeMap<&'static str, Vec<(String, String)>> = BTreeMap::new();
        for Listing { account, region, kind } in listings {
            complete.entry(kind).or_default().push((account, region));
        }
        let listings = Arc::new(complete);
        let revived = Arc::default();
        (Self { tables, hosts, fabric, listings, revived, assumes_routing: false }, warnings)
    }

    /// Another network with some documents replaced or added and some removed (kind and id). What is not touched is
    /// shared with this one.
    ///
    /// A route that AWS had marked as a blackhole is followed again where its target, dead or absent in this network,
    /// works in the new one: AWS would have cleared the mark.
    pub fn updated(
        &self,
        replaced: impl IntoIterator<Item = Document>,
        removed: impl IntoIterator<Item = (String, String)>,
    ) -> (Self, Vec<Warning>) {
        let mut touched: BTreeSet<(&'static str, String)> = BTreeSet::new();
        let mut loading = Loading::default();
        for document in replaced {
            touched.insert((document.kind, document.id.clone()));
            loading.document(document);
        }
        let removed: Vec<(&'static str, String)> =
            removed.into_iter().filter_map(|(kind, id)| Some((known(&kind)?, id))).collect();
        let mut taken: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (kind, id) in &removed {
            taken.entry(kind).or_default().insert(id);
        }
        let mut next = self.clone();
        let warnings = loading.put_into(&mut next.tables, &taken);
        touched.extend(removed.iter().cloned());
        if touched.iter().any(|(kind, _)| HOST_KINDS.contains(kind)) {
            next.hosts = Arc::new(Hosts::build(&next.tables));
        }
        if touched
            .iter()
            .any(|(kind, _)| !PLAIN_KINDS.contains(kind) && *kind != "AWS::EC2::NetworkInterface")
        {
            next.fabric = Arc::new(Fabric::build(&next.tables));
        }
        let mut revived: BTreeSet<Text> = (*self.revived).clone();
        for (kind, id) in &touched {
            crate::revive::update(self, &next, kind, id, &mut revived);
        }
        next.revived = Arc::new(revived);
        (next, warnings)
    }

    /// The same network with routing taken for granted, for snapshots that hold no route tables by design (np-guard's
    /// format): inside a VPC everything is routed, and subnets that give interfaces a public address reach the
    /// internet and are reached from it. Traces say so.
    #[must_use]
    pub fn assuming_routing(mut self) -> Self {
        self.assumes_routing = true;
        self
    }

    /// Whether a kind was listed completely in an account and region.
    #[must_use]
    pub fn is_listed(&self, kind: &str, account: &str, region: &str) -> bool {
        let places = self.listings.get(kind).map(Vec::as_slice).unwrap_or_default();
        places.iter().any(|(in_account, in_region)| in_account == account && in_region == region)
    }
}
