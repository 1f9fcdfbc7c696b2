//! VPC endpoints and prefix lists.

use super::read::{self, Text};
use ipnet::IpNet;
use serde::Deserialize;

/// A VPC endpoint (EC2 API, `VpcEndpoint`); semantics 41 to 49.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Endpoint {
    /// `Interface`, `Gateway` or `GatewayLoadBalancer`.
    #[serde(deserialize_with = "read::text")]
    pub vpc_endpoint_type: Text,
    /// Its VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    /// The service behind it.
    #[serde(deserialize_with = "read::text")]
    pub service_name: Text,
    /// `available`, `pendingAcceptance`, `rejected`, `deleted`, ... in any case of letters.
    #[serde(deserialize_with = "read::text")]
    pub state: Text,
    /// Subnets it has an interface in; none means that it serves nobody; semantics 42.
    #[serde(deserialize_with = "read::known_texts")]
    pub subnet_ids: Option<Vec<Text>>,
    /// Its interfaces.
    #[serde(deserialize_with = "read::texts")]
    pub network_interface_ids: Vec<Text>,
    /// Route tables of a gateway endpoint.
    #[serde(deserialize_with = "read::texts")]
    pub route_table_ids: Vec<Text>,
    /// Whether the service's public name resolves to it in its whole VPC; semantics 43.
    #[serde(deserialize_with = "read::flag")]
    pub private_dns_enabled: Option<bool>,
}

impl Endpoint {
    /// Whether it is of the kind that has interfaces to talk to.
    #[must_use]
    pub fn is_interface(&self) -> bool {
        self.vpc_endpoint_type.eq_ignore_ascii_case("interface")
    }

    /// Whether it is a route target for a service's addresses.
    #[must_use]
    pub fn is_gateway(&self) -> bool {
        self.vpc_endpoint_type.eq_ignore_ascii_case("gateway")
    }

    /// Whether it is a route target in front of a Gateway Load Balancer.
    #[must_use]
    pub fn is_gateway_load_balancer(&self) -> bool {
        self.vpc_endpoint_type.eq_ignore_ascii_case("gatewayloadbalancer")
    }

    /// Whether it works.
    #[must_use]
    pub fn available(&self) -> bool {
        self.state.is_empty() || self.state.eq_ignore_ascii_case("available")
    }
}

/// A prefix list, managed by AWS or by a customer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct PrefixList {
    /// Its name (`com.amazonaws.us-east-1.s3`).
    #[serde(deserialize_with = "read::text")]
    pub prefix_list_name: Text,
    /// Its entries; `None` when they were not described.
    #[serde(deserialize_with = "read::cidrs")]
    pub cidrs: Option<Vec<IpNet>>,
}
