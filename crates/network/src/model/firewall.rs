//! AWS Network Firewall: firewalls, policies and rule groups as they were described; rules are read in `crate::firewall`.

use super::read::{self, Text};
use serde::Deserialize;
use serde_json::Value;

/// A firewall (Network Firewall API, DescribeFirewall).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Firewall {
    /// Its policy.
    #[serde(deserialize_with = "read::text")]
    pub firewall_policy_arn: Text,
    /// Its VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    #[serde(deserialize_with = "read::object")]
    firewall_status: RawStatus,
    #[serde(deserialize_with = "read::list")]
    subnet_mappings: Vec<RawMapping>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawStatus {
    #[serde(deserialize_with = "read::values")]
    sync_states: Vec<RawSync>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawSync {
    #[serde(deserialize_with = "read::object")]
    attachment: FirewallEndpoint,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawMapping {
    #[serde(deserialize_with = "read::text")]
    subnet_id: Text,
}

/// The firewall's endpoint in a zone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct FirewallEndpoint {
    /// `vpce-...`, the target of routes.
    #[serde(deserialize_with = "read::text")]
    pub endpoint_id: Text,
    /// Its subnet.
    #[serde(deserialize_with = "read::text")]
    pub subnet_id: Text,
}

impl Firewall {
    /// Endpoints, one in a zone.
    pub fn endpoints(&self) -> impl Iterator<Item = &FirewallEndpoint> {
        self.firewall_status.sync_states.iter().map(|sync| &sync.attachment)
    }

    /// Subnets it has, or should have, an endpoint in.
    pub fn subnets(&self) -> impl Iterator<Item = &Text> {
        self.subnet_mappings.iter().map(|mapping| &mapping.subnet_id)
    }
}

/// A firewall policy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct FirewallPolicy {
    #[serde(deserialize_with = "read::any_json")]
    firewall_policy: Value,
}

/// A rule group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct RuleGroup {
    #[serde(deserialize_with = "read::any_json")]
    rule_group: Value,
    /// `STATEFUL` or `STATELESS`.
    #[serde(deserialize_with = "read::text")]
    pub r#type: Text,
}

impl FirewallPolicy {
    /// The policy's rules and defaults, in AWS's own shape.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.firewall_policy
    }
}

impl RuleGroup {
    /// The rules, in AWS's own shape.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.rule_group
    }
}
