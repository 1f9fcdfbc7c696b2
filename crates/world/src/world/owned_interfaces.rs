//! Interfaces that follow their owner: AWS makes and removes the interfaces of an endpoint with its subnets, and gives
//! interfaces of endpoints, balancers and databases the groups of their owner.
//!
//! Without this an endpoint given its subnets back would still serve nobody in the model.

use super::World;
use crate::delta::{Edit, ResourceKey, State};
use crate::resource::Resource;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

const INTERFACE: &str = "AWS::EC2::NetworkInterface";

/// Addresses tried for an interface that AWS would make, from the end of the subnet.
const ADDRESSES_TRIED_MAX: u32 = 256;

impl World {
    /// Carries an edit of an owner over to its interfaces.
    pub(super) fn follow_owner(&mut self, edit: &Edit, touched: &mut BTreeSet<ResourceKey>) {
        let Some(element) = edit.facet.element.clone() else { return };
        match (edit.resource.kind.as_str(), edit.facet.member.as_str()) {
            ("AWS::EC2::VPCEndpoint", "SubnetIds") => self.follow_subnet(edit, &element, touched),
            (
                "AWS::EC2::VPCEndpoint"
                | "AWS::RDS::DBInstance"
                | "AWS::ElasticLoadBalancingV2::LoadBalancer",
                "Groups" | "VpcSecurityGroups" | "SecurityGroups",
            ) => self.follow_group(edit, &element, touched),
            _ => {}
        }
    }

    fn follow_subnet(&mut self, edit: &Edit, subnet: &str, touched: &mut BTreeSet<ResourceKey>) {
        let Some(endpoint) = self.get(&edit.resource) else { return };
        if endpoint.value().get("VpcEndpointType").and_then(Value::as_str) != Some("Interface") {
            return;
        }
        let there: Vec<ResourceKey> = self
            .interfaces_of(&edit.resource)
            .filter(|interface| interface.value().get("SubnetId").and_then(Value::as_str) == Some(subnet))
            .map(|interface| interface.key.clone())
            .collect();
        match &edit.after {
            State::Absent => {
                for key in &there {
                    touched.insert(key.clone());
                    self.changed.insert(key.clone(), None);
                }
                self.list_interfaces(&edit.resource, |ids| {
                    ids.retain(|id| !there.iter().any(|key| *id == key.id))
                });
            }
            State::Present(_) if there.is_empty() => {
                if let Some((key, document)) = self.interface_to_be(&edit.resource, subnet) {
                    touched.insert(key.clone());
                    self.replace(&key, &document);
                    self.list_interfaces(&edit.resource, |ids| ids.push(Value::from(key.id)));
                }
            }
            State::Present(_) => self.list_interfaces(&edit.resource, |ids| {
                let missing =
                    there.iter().map(|key| Value::from(key.id.as_str())).filter(|id| !ids.contains(id));
                let missing: Vec<Value> = missing.collect();
                ids.extend(missing);
            }),
            State::Unknown => {}
        }
    }

    /// An endpoint lists its interfaces too.
    fn list_interfaces(&mut self, endpoint: &ResourceKey, change: impl FnOnce(&mut Vec<Value>)) {
        let Some(mut document) = self.get(endpoint).map(Resource::value) else { return };
        if let Some(ids) = document.get_mut("NetworkInterfaceIds").and_then(Value::as_array_mut) {
            change(ids);
            self.replace(endpoint, &document);
        }
    }

    /// The interface AWS makes for an endpoint in a subnet: in that subnet, with the endpoint's groups, at a free address.
    fn interface_to_be(&self, endpoint: &ResourceKey, subnet: &str) -> Option<(ResourceKey, Value)> {
        let owner = self.get(endpoint)?.value();
        let place =
            self.get(&ResourceKey { kind: "AWS::EC2::Subnet".to_owned(), id: subnet.to_owned() })?.value();
        let address = self.free_address(place.get("CidrBlock")?.as_str()?)?;
        let id = format!("eni-of-{}-in-{subnet}", endpoint.id);
        let document = json!({
            "NetworkInterfaceId": id,
            "VpcId": place.get("VpcId"),
            "SubnetId": subnet,
            "AvailabilityZone": place.get("AvailabilityZone"),
            "OwnerId": owner.get("OwnerId"),
            "InterfaceType": "vpc_endpoint",
            "Description": format!("VPC Endpoint Interface {}", endpoint.id),
            "Groups": owner.get("Groups"),
            "PrivateIpAddress": address,
            "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": address}],
            "Ipv6Addresses": [],
            "RequesterManaged": true,
            "SourceDestCheck": true,
            "Status": "in-use",
        });
        Some((ResourceKey { kind: INTERFACE.to_owned(), id }, document))
    }

    fn free_address(&self, cidr: &str) -> Option<String> {
        let (network, length) = cidr.split_once('/')?;
        let network: Ipv4Addr = network.parse().ok()?;
        let length: u32 = length.parse().ok().filter(|length| *length <= 30)?;
        let size = 1_u32.checked_shl(32 - length).unwrap_or(u32::MAX);
        let last = u32::from(network).checked_add(size)?.checked_sub(2)?;
        let candidates = (0..ADDRESSES_TRIED_MAX.min(size - 2)).filter_map(|back| last.checked_sub(back));
        candidates.map(|address| Ipv4Addr::from(address).to_string()).find(|address| {
            let quoted = format!("\"{address}\"");
            !self.of_kind(INTERFACE).any(|interface| interface.json().contains(&quoted))
        })
    }

    fn follow_group(&mut self, edit: &Edit, group: &str, touched: &mut BTreeSet<ResourceKey>) {
        let owned: Vec<(ResourceKey, Value)> = self
            .interfaces_of(&edit.resource)
            .map(|interface| (interface.key.clone(), interface.value()))
            .collect();
        for (key, mut document) in owned {
            let Some(groups) = document.get_mut("Groups").and_then(Value::as_array_mut) else { continue };
            groups.retain(|one| one.get("GroupId").and_then(Value::as_str) != Some(group));
            if matches!(edit.after, State::Present(_)) {
                groups.push(json!({"GroupId": group}));
            }
            touched.insert(key.clone());
            self.replace(&key, &document);
        }
    }

    /// Interfaces that belong to a resource, as far as their own description says (network-semantics 40). A database's
    /// interfaces name no database: they are those of RDS with its subnets, where no other database shares them.
    fn interfaces_of<'a>(&'a self, owner: &'a ResourceKey) -> impl Iterator<Item = &'a Resource> {
        let mark = match owner.kind.as_str() {
            "AWS::EC2::VPCEndpoint" => Some(format!("VPC Endpoint Interface {}", owner.id)),
            "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
                owner.id.split_once("loadbalancer/").map(|(_, path)| format!("ELB {path}"))
            }
            "AWS::RDS::DBInstance" if self.of_kind("AWS::RDS::DBInstance").count() == 1 => {
                Some("RDSNetworkInterface".to_owned())
            }
            _ => None,
        };
        self.of_kind(INTERFACE).filter(move |interface| {
            mark.as_ref().is_some_and(|mark| {
                interface.json().contains(mark.as_str())
                    && interface.value().get("Description").and_then(Value::as_str) == Some(mark)
            })
        })
    }
}
