//! Read access to what was described, for those who look for flows worth tracing.

use crate::hosts::{Behind, PublicOwner};
use crate::model::endpoint::{Endpoint, PrefixList};
use crate::model::gateway::{NatGateway, Peering};
use crate::model::interface::{Instance, Interface};
use crate::model::load_balancer::{ClassicLoadBalancer, Listener, LoadBalancer, TargetGroup};
use crate::model::network_acl::NetworkAcl;
use crate::model::route_table::RouteTable;
use crate::model::security_group::SecurityGroup;
use crate::model::service::{Database, Function};
use crate::model::transit_gateway::{Attachment, TransitGateway, TransitRouteTable};
use crate::model::vpc::{Subnet, Vpc};
use crate::model::{Item, Text};
use crate::network::Network;
use crate::trace::Component;
use std::net::IpAddr;

macro_rules! tables {
    ($($one:ident, $all:ident: $type:ty, $what:literal;)*) => {
        impl Network {
            $(
                #[doc = concat!($what, ", by id.")]
                #[must_use]
                pub fn $one(&self, id: &str) -> Option<&Item<$type>> {
                    self.tables.$all.get(id)
                }

                #[doc = concat!("Every ", $what, ", in the order of ids.")]
                pub fn $all(&self) -> impl Iterator<Item = &Item<$type>> {
                    self.tables.$all.iter()
                }
            )*
        }
    };
}

tables! {
    vpc, vpcs: Vpc, "VPC";
    subnet, subnets: Subnet, "subnet";
    interface, interfaces: Interface, "network interface";
    instance, instances: Instance, "instance";
    security_group, security_groups: SecurityGroup, "security group";
    route_table, route_tables: RouteTable, "route table";
    network_acl, network_acls: NetworkAcl, "network ACL";
    nat_gateway, nat_gateways: NatGateway, "NAT gateway";
    peering, peerings: Peering, "peering connection";
    endpoint, endpoints: Endpoint, "VPC endpoint";
    prefix_list, prefix_lists: PrefixList, "prefix list";
    transit_gateway, transit_gateways: TransitGateway, "transit gateway";
    attachment, attachments: Attachment, "transit gateway attachment";
    transit_table, transit_tables: TransitRouteTable, "transit gateway route table";
    load_balancer, load_balancers: LoadBalancer, "load balancer";
    classic_load_balancer, classic_load_balancers: ClassicLoadBalancer, "Classic Load Balancer";
    target_group, target_groups: TargetGroup, "target group";
    database, databases: Database, "database instance";
    function, functions: Function, "function";
}

/// Exactly one, or what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum One<T> {
    /// It.
    Found(T),
    /// None was described.
    None,
    /// Documents contradict each other: several claim it.
    Several,
}

fn one<'a, T>(positions: &[u32], at: impl Fn(u32) -> Option<&'a Item<T>>) -> One<&'a Item<T>> {
    match positions {
        [] => One::None,
        [only] => at(*only).map_or(One::None, One::Found),
        _ => One::Several,
    }
}

impl Network {
    /// The route table of a subnet. The main one is taken only when all tables were listed: the one the subnet is
    /// associated with may be among those that were not described.
    pub(crate) fn table_of(&self, subnet: &Item<Subnet>) -> One<&Item<RouteTable>> {
        match one(self.fabric.tables_of_subnet(&subnet.id), |at| self.tables.route_tables.at(at)) {
            One::None if self.is_listed("AWS::EC2::RouteTable", &subnet.account, &subnet.region) => {
                one(self.fabric.main_tables(&subnet.vpc_id), |at| self.tables.route_tables.at(at))
            }
            found => found,
        }
    }

    /// The network ACL of a subnet; the default one only when all were listed, as with route tables.
    pub(crate) fn acl_of(&self, subnet: &Item<Subnet>) -> One<&Item<NetworkAcl>> {
        match one(self.fabric.acls_of_subnet(&subnet.id), |at| self.tables.network_acls.at(at)) {
            One::None if self.is_listed("AWS::EC2::NetworkAcl", &subnet.account, &subnet.region) => {
                one(self.fabric.default_acls(&subnet.vpc_id), |at| self.tables.network_acls.at(at))
            }
            found => found,
        }
    }

    /// The edge route table of a gateway; semantics 29.
    pub(crate) fn edge_table(&self, gateway: &str) -> One<&Item<RouteTable>> {
        one(self.fabric.edge_tables(gateway), |at| self.tables.route_tables.at(at))
    }

    /// The route table a subnet uses: the one associated with it, else the VPC's main one; semantics 26.
    #[must_use]
    pub fn route_table_of(&self, subnet: &str) -> Option<&Item<RouteTable>> {
        match self.table_of(self.subnet(subnet)?) {
            One::Found(table) => Some(table),
            One::None | One::Several => None,
        }
    }

    /// The network ACL of a subnet: the one associated with it, else the VPC's default one; semantics 17.
    #[must_use]
    pub fn network_acl_of(&self, subnet: &str) -> Option<&Item<NetworkAcl>> {
        match self.acl_of(self.subnet(subnet)?) {
            One::Found(acl) => Some(acl),
            One::None | One::Several => None,
        }
    }

    fn by_positions<'a>(&'a self, positions: &'a [u32]) -> impl Iterator<Item = &'a Item<Interface>> {
        positions.iter().filter_map(|at| self.tables.interfaces.at(*at))
    }

    /// Interfaces in a subnet.
    pub fn interfaces_in_subnet<'a>(&'a self, subnet: &str) -> impl Iterator<Item = &'a Item<Interface>> {
        self.by_positions(self.hosts.in_subnet(subnet))
    }

    /// Interfaces of an instance.
    pub fn interfaces_of_instance<'a>(&'a self, instance: &str) -> impl Iterator<Item = &'a Item<Interface>> {
        self.by_positions(self.hosts.of_instance(instance))
    }

    /// Interfaces a security group belongs to.
    pub fn interfaces_of_group<'a>(&'a self, group: &str) -> impl Iterator<Item = &'a Item<Interface>> {
        self.by_positions(self.hosts.of_group(group))
    }

    /// Interfaces that have an address, private, IPv6 or public; several where VPCs share address blocks.
    #[must_use]
    pub fn interfaces_with_address(&self, address: IpAddr) -> Vec<&Item<Interface>> {
        let mut at: Vec<u32> = self.hosts.with_private(address).collect();
        if let Some(PublicOwner::Interface(owner)) = self.hosts.with_public(address) {
            at.push(owner);
        }
        at.sort_unstable();
        at.dedup();
        at.into_iter().filter_map(|at| self.tables.interfaces.at(at)).collect()
    }

    /// Interfaces of a load balancer.
    pub fn interfaces_of_load_balancer<'a>(&'a self, arn: &str) -> impl Iterator<Item = &'a Item<Interface>> {
        let positions = self.tables.load_balancers.position(arn).map(|at| self.hosts.of_balancer(at));
        self.by_positions(positions.unwrap_or_default())
    }

    /// Listeners of a load balancer; `None` when they were not described.
    #[must_use]
    pub fn listeners_of(&self, arn: &str) -> Option<Vec<&Listener>> {
        let own = self.fabric.listeners_of_balancer(arn);
        if !own.is_empty() {
            return Some(
                own.iter().filter_map(|at| self.tables.listeners.at(*at)).map(|item| &item.value).collect(),
            );
        }
        let balancer = self.load_balancer(arn)?;
        let listed =
            self.is_listed("AWS::ElasticLoadBalancingV2::Listener", &balancer.account, &balancer.region);
        balancer.listeners().map(|all| all.iter().collect()).or(listed.then(Vec::new))
    }

    /// What an interface belongs to: its instance, or the service's resource as far as the interface's type, its
    /// requester, its description, and the resource's own document tell; semantics 40.
    #[must_use]
    pub fn owner_of(&self, interface: &Item<Interface>) -> Option<Component> {
        if let Some(instance) = &interface.instance_id {
            return Some(Component { kind: "AWS::EC2::Instance", id: instance.to_string() });
        }
        let at = self.tables.interfaces.position(&interface.id)?;
        let found = |kind, id: Option<&Text>| Some(Component { kind, id: id?.to_string() });
        let id_of = |prefix: &str| {
            let mut words = interface.description.split(|c: char| c.is_whitespace() || c == '/');
            words.find(|word| word.starts_with(prefix)).map(Text::from)
        };
        match (self.hosts.behind(at), &*interface.interface_type) {
            (Some(Behind::Nat(nat)), _) => {
                found("AWS::EC2::NatGateway", self.tables.nat_gateways.at(nat).map(|item| &item.id))
            }
            (Some(Behind::Endpoint(endpoint)), _) => {
                found("AWS::EC2::VPCEndpoint", self.tables.endpoints.at(endpoint).map(|item| &item.id))
            }
            (Some(Behind::Balancer(balancer)), _) => found(
                "AWS::ElasticLoadBalancingV2::LoadBalancer",
                self.tables.load_balancers.at(balancer).map(|item| &item.id),
            ),
            (Some(Behind::Classic(classic)), _) => found(
                "AWS::ElasticLoadBalancing::LoadBalancer",
                self.tables.classic_load_balancers.at(classic).map(|item| &item.id),
            ),
            (None, "nat_gateway") => found("AWS::EC2::NatGateway", id_of("nat-").as_ref()),
            (None, "vpc_endpoint" | "gateway_load_balancer_endpoint") => {
                found("AWS::EC2::VPCEndpoint", id_of("vpce-").as_ref())
            }
            (None, "transit_gateway") => {
                found("AWS::EC2::TransitGatewayAttachment", id_of("tgw-attach-").as_ref())
            }
            (None, _) => self.owner_by_service(interface),
        }
    }

    fn owner_by_service(&self, interface: &Item<Interface>) -> Option<Component> {
        if interface.is_database() {
            let mut owners = self.databases().filter(|database| self.database_may_own(database, interface));
            return match (owners.next(), owners.next()) {
                (Some(only), None) => {
                    Some(Component { kind: "AWS::RDS::DBInstance", id: only.id.to_string() })
                }
                _ => None,
            };
        }
        let mut owners = self.functions().filter(|function| self.function_owns(function, interface));
        owners.next().map(|function| Component { kind: "AWS::Lambda::Function", id: function.id.to_string() })
    }

    /// Whether an interface may be a database's: RDS does not name the instance on it, so what tells is that groups
    /// and subnets agree.
    pub(crate) fn database_may_own(&self, database: &Database, interface: &Interface) -> bool {
        interface.is_database()
            && interface.vpc_id == *database.vpc_id()
            && (database.subnets().next().is_none()
                || database.subnets().any(|id| *id == interface.subnet_id))
            && interface.groups.as_ref().is_some_and(|groups| {
                database.groups().all(|group| groups.contains(group))
                    && groups.iter().all(|group| database.groups().any(|own| own == group))
            })
    }

    /// Whether an interface carries a function's traffic: Lambda shares interfaces among functions with the same
    /// subnet and groups; semantics 40.
    pub(crate) fn function_owns(&self, function: &Function, interface: &Interface) -> bool {
        interface.is_function()
            && function.subnets().contains(&interface.subnet_id)
            && interface.groups.as_ref().is_some_and(|groups| {
                groups.len() == function.groups().len()
                    && groups.iter().all(|group| function.groups().contains(group))
            })
    }
}

impl Interface {
    /// Whether RDS made it; semantics 40.
    #[must_use]
    pub fn is_database(&self) -> bool {
        &*self.requester_id == "amazon-rds"
            || &*self.attached_to_owner == "amazon-rds"
            || &*self.description == "RDSNetworkInterface"
    }

    /// Whether Lambda made it; semantics 40.
    #[must_use]
    pub fn is_function(&self) -> bool {
        &*self.interface_type == "lambda" || self.description.starts_with("AWS Lambda VPC ENI")
    }
}

impl Network {
    /// The primary interface of an instance.
    #[must_use]
    pub fn primary_interface(&self, instance: &str) -> Option<&Item<Interface>> {
        let mut primary: Option<&Item<Interface>> = None;
        for interface in self.by_positions(self.hosts.of_instance(instance)) {
            if primary.is_none_or(|best| index(interface) < index(best)) {
                primary = Some(interface);
            }
        }
        primary
    }
}

fn index(interface: &Interface) -> i64 {
    interface.device_index.unwrap_or(i64::MAX)
}
