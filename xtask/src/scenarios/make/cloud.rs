//! The accounts of a scenario as the documents their describe calls return.

use super::story::Story;
use butfor_incident::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An account's region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub account: String,
    pub region: String,
}

impl Place {
    pub(super) fn new(account: &str, region: &str) -> Self {
        Self { account: account.to_owned(), region: region.to_owned() }
    }

    /// `arn:aws:SERVICE:REGION:ACCOUNT:REST`.
    pub(super) fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.account)
    }
}

/// A list that one describe call returns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Collection {
    pub service: &'static str,
    pub operation: &'static str,
    /// Top-level member of the answer.
    pub key: &'static str,
    /// Member that names an element.
    pub id: &'static str,
}

macro_rules! collections {
    ($($name:ident = $service:literal $operation:literal $key:literal $id:literal;)*) => {
        $(pub(super) const $name: Collection =
            Collection { service: $service, operation: $operation, key: $key, id: $id };)*
        /// In the order they are asked for. An account without one of them answers with an empty list.
        pub(super) const ALL: &[Collection] = &[$($name),*];
    };
}

collections! {
    VPCS = "ec2" "DescribeVpcs" "Vpcs" "VpcId";
    SUBNETS = "ec2" "DescribeSubnets" "Subnets" "SubnetId";
    ROUTE_TABLES = "ec2" "DescribeRouteTables" "RouteTables" "RouteTableId";
    GROUPS = "ec2" "DescribeSecurityGroups" "SecurityGroups" "GroupId";
    ACLS = "ec2" "DescribeNetworkAcls" "NetworkAcls" "NetworkAclId";
    INTERNET_GATEWAYS = "ec2" "DescribeInternetGateways" "InternetGateways" "InternetGatewayId";
    EGRESS_ONLY_GATEWAYS = "ec2" "DescribeEgressOnlyInternetGateways" "EgressOnlyInternetGateways" "EgressOnlyInternetGatewayId";
    NAT_GATEWAYS = "ec2" "DescribeNatGateways" "NatGateways" "NatGatewayId";
    ADDRESSES = "ec2" "DescribeAddresses" "Addresses" "AllocationId";
    INTERFACES = "ec2" "DescribeNetworkInterfaces" "NetworkInterfaces" "NetworkInterfaceId";
    INSTANCES = "ec2" "DescribeInstances" "Reservations" "InstanceId";
    PEERINGS = "ec2" "DescribeVpcPeeringConnections" "VpcPeeringConnections" "VpcPeeringConnectionId";
    ENDPOINTS = "ec2" "DescribeVpcEndpoints" "VpcEndpoints" "VpcEndpointId";
    PREFIX_LISTS = "ec2" "DescribeManagedPrefixLists" "PrefixLists" "PrefixListId";
    TGWS = "ec2" "DescribeTransitGateways" "TransitGateways" "TransitGatewayId";
    TGW_ATTACHMENTS = "ec2" "DescribeTransitGatewayAttachments" "TransitGatewayAttachments" "TransitGatewayAttachmentId";
    TGW_VPC_ATTACHMENTS = "ec2" "DescribeTransitGatewayVpcAttachments" "TransitGatewayVpcAttachments" "TransitGatewayAttachmentId";
    TGW_TABLES = "ec2" "DescribeTransitGatewayRouteTables" "TransitGatewayRouteTables" "TransitGatewayRouteTableId";
    BALANCERS = "elbv2" "DescribeLoadBalancers" "LoadBalancers" "LoadBalancerArn";
    LISTENERS = "elbv2" "DescribeListeners" "Listeners" "ListenerArn";
    TARGET_GROUPS = "elbv2" "DescribeTargetGroups" "TargetGroups" "TargetGroupArn";
    DATABASES = "rds" "DescribeDBInstances" "DBInstances" "DBInstanceIdentifier";
    FIREWALLS = "network-firewall" "ListFirewalls" "Firewalls" "FirewallArn";
    FIREWALL_POLICIES = "network-firewall" "ListFirewallPolicies" "FirewallPolicies" "FirewallPolicyArn";
    RULE_GROUPS = "network-firewall" "ListRuleGroups" "RuleGroups" "RuleGroupArn";
}

/// Documents of one place, by operation. A member whose name starts with `_` is answered by another call than the one
/// that lists the document.
pub(super) type Documents = BTreeMap<&'static str, Vec<Value>>;

impl Story {
    /// Adds a document.
    pub(super) fn add(&mut self, place: &Place, collection: Collection, document: Value) {
        self.cloud.entry(place.clone()).or_default().entry(collection.operation).or_default().push(document);
    }

    /// Edits the document with this id wherever it is listed (a peering connection is listed in both accounts).
    pub(super) fn edit(&mut self, collection: Collection, id: &str, edit: impl Fn(&mut Value)) {
        let mut found = false;
        for documents in self.cloud.values_mut() {
            for document in documents.get_mut(collection.operation).into_iter().flatten() {
                if is(document, collection.id, id) {
                    edit(document);
                    found = true;
                }
            }
        }
        if !found {
            self.mistakes.push(format!("{} knows no `{id}`", collection.operation));
        }
    }

    /// Sets a member.
    pub(super) fn set(&mut self, collection: Collection, id: &str, member: &str, value: &Value) {
        self.edit(collection, id, |document| {
            if let Some(members) = document.as_object_mut() {
                members.insert(member.to_owned(), value.clone());
            }
        });
    }

    /// Adds an element to a list of a document.
    pub(super) fn push(&mut self, collection: Collection, id: &str, list: &str, element: &Value) {
        self.edit(collection, id, |document| {
            if let Some(members) = document.as_object_mut() {
                let list = members.entry(list).or_insert_with(|| json!([]));
                if let Some(list) = list.as_array_mut() {
                    list.push(element.clone());
                }
            }
        });
    }

    /// Takes the elements of a list whose `member` is `value` out of a document.
    pub(super) fn pull(
        &mut self,
        collection: Collection,
        id: &str,
        list: &str,
        gone: impl Fn(&Value) -> bool,
    ) {
        let removed = std::cell::Cell::new(0);
        self.edit(collection, id, |document| {
            if let Some(list) = document.get_mut(list).and_then(Value::as_array_mut) {
                let before = list.len();
                list.retain(|element| !gone(element));
                removed.set(removed.get() + before - list.len());
            }
        });
        if removed.get() == 0 {
            self.mistakes.push(format!("nothing to take out of {list} of `{id}`"));
        }
    }

    /// Takes a document out.
    pub(super) fn delete(&mut self, collection: Collection, id: &str) {
        for documents in self.cloud.values_mut() {
            if let Some(list) = documents.get_mut(collection.operation) {
                list.retain(|document| !is(document, collection.id, id));
            }
        }
    }

    /// A copy of a document.
    pub(super) fn get(&mut self, collection: Collection, id: &str) -> Value {
        let found = self
            .cloud
            .values()
            .filter_map(|documents| documents.get(collection.operation))
            .flatten()
            .find(|document| is(document, collection.id, id))
            .cloned();
        found.unwrap_or_else(|| {
            self.mistakes.push(format!("{} knows no `{id}`", collection.operation));
            Value::Null
        })
    }

    /// Records one answered call.
    pub(super) fn call(
        &mut self,
        place: &Place,
        service: &str,
        operation: &str,
        parameters: Value,
        output: Value,
    ) {
        self.calls.push(recorded(self.now, place, service, operation, &parameters, ("output", output)));
    }

    /// Records one call that failed.
    pub(super) fn failed_call(
        &mut self,
        place: &Place,
        service: &str,
        operation: &str,
        code: &str,
        message: &str,
    ) {
        self.failed(place, service, operation, &json!({}), code, message);
    }

    /// As [`Story::failed_call`], with parameters.
    pub(super) fn failed(
        &mut self,
        place: &Place,
        service: &str,
        operation: &str,
        parameters: &Value,
        code: &str,
        message: &str,
    ) {
        let error = json!({ "code": code, "message": message });
        self.calls.push(recorded(self.now, place, service, operation, parameters, ("error", error)));
    }
}

fn recorded(
    at: Timestamp,
    place: &Place,
    service: &str,
    operation: &str,
    parameters: &Value,
    (member, answer): (&str, Value),
) -> Value {
    json!({
        "at": at.to_string(), "account": place.account, "region": place.region, "service": service,
        "operation": operation, "parameters": parameters, member: answer
    })
}

/// Whether a member has this value.
pub(super) fn is(document: &Value, member: &str, value: &str) -> bool {
    document
        .get(member)
        .is_some_and(|found| found.as_str().map_or_else(|| found.to_string(), str::to_owned) == value)
}

/// A member's text; empty where it is not there.
pub(super) fn text(document: &Value, member: &str) -> String {
    document.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}
