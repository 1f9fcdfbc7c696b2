//! Load balancers, listeners and target groups.

use super::read::{self, Text, named};
use crate::flow::Protocol;
use serde::Deserialize;

named!(ClassicInstance, "InstanceId");

/// A load balancer (ELBv2 API, `LoadBalancer`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct LoadBalancer {
    /// Its name.
    #[serde(deserialize_with = "read::text")]
    pub load_balancer_name: Text,
    /// Public name.
    #[serde(rename = "DNSName", deserialize_with = "read::text")]
    pub dns_name: Text,
    /// `application`, `network` or `gateway`.
    #[serde(deserialize_with = "read::text")]
    pub r#type: Text,
    /// `internal` or `internet-facing`.
    #[serde(deserialize_with = "read::text")]
    pub scheme: Text,
    /// Its VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    #[serde(deserialize_with = "read::object")]
    state: RawState,
    /// Zones it is enabled in.
    #[serde(deserialize_with = "read::list")]
    pub availability_zones: Vec<Zone>,
    /// Its security groups.
    #[serde(deserialize_with = "read::texts")]
    pub security_groups: Vec<Text>,
    #[serde(deserialize_with = "read::known_list")]
    listeners: Option<Vec<Listener>>,
    #[serde(deserialize_with = "read::known_list")]
    attributes: Option<Vec<Attribute>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawState {
    #[serde(deserialize_with = "read::text")]
    code: Text,
}

/// A zone a load balancer is enabled in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Zone {
    /// Its subnet there.
    #[serde(deserialize_with = "read::text")]
    pub subnet_id: Text,
    /// Zone name.
    #[serde(deserialize_with = "read::text")]
    pub zone_name: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Attribute {
    #[serde(deserialize_with = "read::text")]
    key: Text,
    #[serde(deserialize_with = "read::text")]
    value: Text,
}

fn attribute<'a>(attributes: Option<&'a Vec<Attribute>>, key: &str) -> Option<&'a str> {
    attributes?.iter().find(|attribute| &*attribute.key == key).map(|attribute| &*attribute.value)
}

impl LoadBalancer {
    /// Layer 7: it answers clients itself and talks to targets from its own address.
    #[must_use]
    pub fn is_application(&self) -> bool {
        &*self.r#type == "application"
    }

    /// In front of appliances, reached through endpoints only.
    #[must_use]
    pub fn is_gateway(&self) -> bool {
        &*self.r#type == "gateway"
    }

    /// `active`, `provisioning`, `failed`, ...
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state.code
    }

    /// Whether it forwards.
    #[must_use]
    pub fn active(&self) -> bool {
        matches!(self.state(), "" | "active" | "active_impaired")
    }

    /// Listeners that came with it; `None` when they were not described.
    #[must_use]
    pub fn listeners(&self) -> Option<&[Listener]> {
        self.listeners.as_deref()
    }

    /// Whether a node uses targets of other zones: the attribute, else on for application and off for network load
    /// balancers (ELB guides, "Cross-zone load balancing"); semantics 65. `None` when attributes were not described.
    #[must_use]
    pub fn cross_zone(&self) -> Option<bool> {
        if self.is_application() {
            return Some(true);
        }
        let told = attribute(self.attributes.as_ref(), "load_balancing.cross_zone.enabled");
        self.attributes.as_ref()?;
        Some(told == Some("true"))
    }
}

/// A listener (ELBv2 API, `Listener`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Listener {
    /// ARN.
    #[serde(deserialize_with = "read::text")]
    pub listener_arn: Text,
    /// Its load balancer.
    #[serde(deserialize_with = "read::text")]
    pub load_balancer_arn: Text,
    #[serde(deserialize_with = "read::number")]
    port: Option<i64>,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP`, `QUIC`, `TCP_QUIC`, `GENEVE`.
    #[serde(deserialize_with = "read::text")]
    pub protocol: Text,
    #[serde(deserialize_with = "read::list")]
    default_actions: Vec<Action>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Action {
    #[serde(deserialize_with = "read::text")]
    r#type: Text,
    #[serde(deserialize_with = "read::maybe_text")]
    target_group_arn: Option<Text>,
    #[serde(deserialize_with = "read::object")]
    forward_config: ForwardConfig,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ForwardConfig {
    #[serde(deserialize_with = "read::list")]
    target_groups: Vec<WeightedGroup>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct WeightedGroup {
    #[serde(deserialize_with = "read::text")]
    target_group_arn: Text,
    #[serde(deserialize_with = "read::number")]
    weight: Option<i64>,
}

impl Listener {
    /// Port.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        u16::try_from(self.port?).ok()
    }

    /// Whether it takes a packet of this protocol to this port.
    #[must_use]
    pub fn accepts(&self, protocol: Protocol, port: u16) -> bool {
        let udp = matches!(&*self.protocol, "UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC");
        let tcp = !matches!(&*self.protocol, "UDP" | "QUIC" | "GENEVE");
        self.port() == Some(port)
            && ((protocol == Protocol::TCP && tcp) || (protocol == Protocol::UDP && udp))
    }

    /// Target groups of its default actions; groups of weight 0 get nothing.
    #[must_use]
    pub fn target_groups(&self) -> Vec<&Text> {
        let mut found: Vec<&Text> = Vec::new();
        for action in self.default_actions.iter().filter(|action| &*action.r#type == "forward") {
            let weighted = action.forward_config.target_groups.iter().filter(|group| group.weight != Some(0));
            found.extend(weighted.map(|group| &group.target_group_arn).filter(|arn| !arn.is_empty()));
            if action.forward_config.target_groups.is_empty() {
                found.extend(action.target_group_arn.as_ref());
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether it answers by itself (redirect, fixed response), without a target.
    #[must_use]
    pub fn answers_itself(&self) -> bool {
        self.default_actions.iter().any(|action| matches!(&*action.r#type, "redirect" | "fixed-response"))
    }
}

/// A target group (ELBv2 API, `TargetGroup`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TargetGroup {
    /// Its name.
    #[serde(deserialize_with = "read::text")]
    pub target_group_name: Text,
    /// `TCP`, `UDP`, `HTTP`, ...
    #[serde(deserialize_with = "read::text")]
    pub protocol: Text,
    #[serde(deserialize_with = "read::number")]
    port: Option<i64>,
    /// Its VPC.
    #[serde(deserialize_with = "read::text")]
    pub vpc_id: Text,
    /// `instance`, `ip`, `lambda` or `alb`.
    #[serde(deserialize_with = "read::text")]
    pub target_type: Text,
    /// Load balancers that use it.
    #[serde(deserialize_with = "read::texts")]
    pub load_balancer_arns: Vec<Text>,
    /// Port of the health checks, or `traffic-port`.
    #[serde(deserialize_with = "read::text")]
    pub health_check_port: Text,
    #[serde(rename = "TargetHealthDescriptions", deserialize_with = "read::known_list")]
    health: Option<Vec<RawTarget>>,
    #[serde(deserialize_with = "read::known_list")]
    attributes: Option<Vec<Attribute>>,
    /// Registered targets; `None` when they were not described.
    #[serde(skip)]
    pub targets: Option<Vec<Target>>,
}

/// A registered target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Instance id, address, or ARN.
    pub id: Text,
    /// Port it is registered with.
    pub port: Option<u16>,
    /// Zone name, `all`, or empty.
    pub zone: Text,
    /// `healthy`, `unhealthy`, `initial`, `draining`, `unused`, ...
    pub state: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawTarget {
    #[serde(deserialize_with = "read::object")]
    target: RawTargetId,
    #[serde(deserialize_with = "read::object")]
    target_health: RawHealth,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawTargetId {
    #[serde(deserialize_with = "read::text")]
    id: Text,
    #[serde(deserialize_with = "read::number")]
    port: Option<i64>,
    #[serde(deserialize_with = "read::text")]
    availability_zone: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawHealth {
    #[serde(deserialize_with = "read::text")]
    state: Text,
}

impl TargetGroup {
    pub(crate) fn finish(&mut self) {
        self.targets = self.health.take().map(|health| {
            let mut targets: Vec<Target> = health
                .into_iter()
                .map(|raw| Target {
                    id: raw.target.id,
                    port: raw.target.port.and_then(|port| u16::try_from(port).ok()),
                    zone: raw.target.availability_zone,
                    state: raw.target_health.state,
                })
                .collect();
            targets.sort();
            targets
        });
    }

    /// Port of targets that were registered without one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        u16::try_from(self.port?).ok()
    }

    /// Whether targets see the client's address behind a network load balancer: the attribute, else on for instance
    /// targets and always on for UDP, off for address targets with TCP and TLS (ELB guide, "Client IP preservation");
    /// semantics 62.
    #[must_use]
    pub fn keeps_client(&self) -> bool {
        if matches!(&*self.protocol, "UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC") {
            return true;
        }
        match attribute(self.attributes.as_ref(), "preserve_client_ip.enabled") {
            Some(told) => told == "true",
            None => &*self.target_type == "instance",
        }
    }

    /// Its own cross-zone setting, where it does not use that of the load balancer.
    #[must_use]
    pub fn cross_zone(&self) -> Option<bool> {
        match attribute(self.attributes.as_ref(), "load_balancing.cross_zone.enabled")? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

/// A Classic Load Balancer (ELB API, `LoadBalancerDescription`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ClassicLoadBalancer {
    /// Public name.
    #[serde(rename = "DNSName", deserialize_with = "read::text")]
    pub dns_name: Text,
    /// Its VPC.
    #[serde(rename = "VPCId", deserialize_with = "read::text")]
    pub vpc_id: Text,
    #[serde(deserialize_with = "read::list")]
    instances: Vec<ClassicInstance>,
    #[serde(deserialize_with = "read::list")]
    listener_descriptions: Vec<RawListenerDescription>,
    /// Zones it is enabled in.
    #[serde(deserialize_with = "read::texts")]
    pub availability_zones: Vec<Text>,
    /// Its subnets.
    #[serde(deserialize_with = "read::texts")]
    pub subnets: Vec<Text>,
    /// Its security groups.
    #[serde(deserialize_with = "read::texts")]
    pub security_groups: Vec<Text>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawListenerDescription {
    #[serde(deserialize_with = "read::object")]
    listener: RawClassicListener,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawClassicListener {
    #[serde(deserialize_with = "read::number")]
    load_balancer_port: Option<i64>,
    #[serde(deserialize_with = "read::number")]
    instance_port: Option<i64>,
}

impl ClassicLoadBalancer {
    /// Registered instances.
    pub fn instance_ids(&self) -> impl Iterator<Item = &Text> {
        self.instances.iter().map(|instance| &instance.id)
    }

    /// Port of the instances behind a listener port.
    #[must_use]
    pub fn instance_port(&self, port: u16) -> Option<u16> {
        let mut listeners = self.listener_descriptions.iter().map(|description| &description.listener);
        let listener = listeners.find(|listener| listener.load_balancer_port == Some(i64::from(port)))?;
        u16::try_from(listener.instance_port?).ok()
    }
}
