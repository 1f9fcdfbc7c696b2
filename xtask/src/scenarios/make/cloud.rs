//! The accounts of a scenario as the documents their describe calls return, and the recording of those calls.

use super::story::Story;
use butfor_incident::Timestamp;
use serde_json::{Map, Value, json};
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
    service: &'static str,
    operation: &'static str,
    /// Top-level member of the answer.
    key: &'static str,
    /// Member that names an element.
    id: &'static str,
}

macro_rules! collections {
    ($($name:ident = $service:literal $operation:literal $key:literal $id:literal;)*) => {
        $(pub(super) const $name: Collection =
            Collection { service: $service, operation: $operation, key: $key, id: $id };)*
        /// In the order they are asked for. An account without one of them answers with an empty list.
        const ALL: &[Collection] = &[$($name),*];
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

    /// Records every describe call of every place as it would be answered now.
    pub(super) fn observe(&mut self) {
        let places: Vec<_> =
            self.cloud.iter().map(|(place, documents)| (place.clone(), documents.clone())).collect();
        for (place, documents) in places {
            if self.undescribed.contains(&place.account) {
                continue;
            }
            for collection in ALL {
                let elements = documents.get(collection.operation).cloned().unwrap_or_default();
                self.observe_collection(&place, *collection, &elements);
            }
            self.call(
                &place,
                "ec2",
                "DescribeVpcBlockPublicAccessOptions",
                json!({}),
                self.public_access(&place),
            );
        }
    }

    fn observe_collection(&mut self, place: &Place, collection: Collection, elements: &[Value]) {
        let listed: Vec<_> = elements.iter().map(public).collect();
        let output = match collection.operation {
            "DescribeInstances" => json!({ "Reservations": reservations(place, &listed) }),
            // Listed by name and ARN only; the rest comes from a call each.
            _ if collection.service == "network-firewall" => {
                let names =
                    listed.iter().map(|document| json!({ collection.id: document.get(collection.id) }));
                json!({ collection.key: names.collect::<Vec<_>>() })
            }
            "DescribeListeners" => Value::Null,
            _ => json!({ collection.key: listed }),
        };
        if !output.is_null() {
            self.call(place, collection.service, collection.operation, json!({}), output);
        }
        match collection.operation {
            "DescribeVpcs" => self.observe_dns(place, elements),
            "DescribeSecurityGroups" => self.observe_rules(place, elements),
            "DescribeManagedPrefixLists" => self.observe_each(
                place,
                elements,
                "PrefixListId",
                &[("GetManagedPrefixListEntries", "_entries", "Entries")],
            ),
            "DescribeTransitGatewayRouteTables" => self.observe_transit_tables(place, elements),
            "DescribeTargetGroups" => self.observe_targets(place, elements),
            "DescribeLoadBalancers" => self.observe_listeners(place, elements),
            _ if collection.service == "network-firewall" => {
                self.observe_firewall(place, collection, elements)
            }
            _ => {}
        }
    }

    fn observe_dns(&mut self, place: &Place, vpcs: &[Value]) {
        for vpc in vpcs {
            let id = vpc.get("VpcId");
            for (attribute, member, key) in [
                ("enableDnsSupport", "_dns_support", "EnableDnsSupport"),
                ("enableDnsHostnames", "_dns_hostnames", "EnableDnsHostnames"),
            ] {
                let output = json!({ key: { "Value": vpc.get(member) }, "VpcId": id });
                let parameters = json!({ "VpcId": id, "Attribute": attribute });
                self.call(place, "ec2", "DescribeVpcAttribute", parameters, output);
            }
        }
    }

    fn observe_rules(&mut self, place: &Place, groups: &[Value]) {
        let mut rules = Vec::new();
        for group in groups {
            for (list, is_egress) in [("IpPermissions", false), ("IpPermissionsEgress", true)] {
                for permission in group.get(list).and_then(Value::as_array).into_iter().flatten() {
                    rules.extend(self.rules_of(group, permission, is_egress));
                }
            }
        }
        self.call(
            place,
            "ec2",
            "DescribeSecurityGroupRules",
            json!({}),
            json!({ "SecurityGroupRules": rules }),
        );
    }

    /// One rule for each peer of a permission, with the id it always has.
    fn rules_of(&self, group: &Value, permission: &Value, is_egress: bool) -> Vec<Value> {
        let group_id = text(group, "GroupId");
        let mut rules = Vec::new();
        for (list, member, key) in [
            ("IpRanges", "CidrIp", "CidrIpv4"),
            ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
            ("PrefixListIds", "PrefixListId", "PrefixListId"),
            ("UserIdGroupPairs", "GroupId", "ReferencedGroupInfo"),
        ] {
            for peer in permission.get(list).and_then(Value::as_array).into_iter().flatten() {
                let name = text(peer, member);
                let mut rule = json!({
                    "SecurityGroupRuleId": self.rule_id(&group_id, is_egress, permission, &name),
                    "GroupId": group_id, "IsEgress": is_egress,
                    "IpProtocol": permission.get("IpProtocol"),
                    "FromPort": permission.get("FromPort").unwrap_or(&json!(-1)),
                    "ToPort": permission.get("ToPort").unwrap_or(&json!(-1)), "Tags": []
                });
                let value = if key == "ReferencedGroupInfo" { public(peer) } else { json!(name) };
                if let Some(members) = rule.as_object_mut() {
                    members.insert(key.to_owned(), value);
                }
                rules.push(rule);
            }
        }
        rules
    }

    /// `sgr-...` of one peer of a permission.
    /// A rule edited in place keeps its id: the permission then carries it as `_rule_id`.
    pub(super) fn rule_id(&self, group: &str, is_egress: bool, permission: &Value, peer: &str) -> String {
        if let Some(kept) = permission.get("_rule_id").and_then(Value::as_str) {
            return kept.to_owned();
        }
        let ports = [permission.get("IpProtocol"), permission.get("FromPort"), permission.get("ToPort")]
            .map(|part| part.map(ToString::to_string).unwrap_or_default())
            .join(" ");
        self.ids.id("sgr", &format!("{group} {is_egress} {ports} {peer}"))
    }

    fn observe_each(
        &mut self,
        place: &Place,
        documents: &[Value],
        id: &str,
        calls: &[(&'static str, &str, &'static str)],
    ) {
        for document in documents {
            for (operation, member, key) in calls {
                let output = json!({ *key: document.get(*member).cloned().unwrap_or_else(|| json!([])) });
                self.call(place, "ec2", operation, json!({ id: document.get(id) }), output);
            }
        }
    }

    fn observe_transit_tables(&mut self, place: &Place, tables: &[Value]) {
        for table in tables {
            self.observe_each(
                place,
                std::slice::from_ref(table),
                "TransitGatewayRouteTableId",
                &[
                    ("GetTransitGatewayRouteTableAssociations", "_associations", "Associations"),
                    (
                        "GetTransitGatewayRouteTablePropagations",
                        "_propagations",
                        "TransitGatewayRouteTablePropagations",
                    ),
                ],
            );
            let output = json!({ "Routes": transit_routes(table), "AdditionalRoutesAvailable": false });
            let parameters = json!({
                "TransitGatewayRouteTableId": table.get("TransitGatewayRouteTableId"),
                "Filters": [{ "Name": "state", "Values": ["active", "blackhole"] }]
            });
            self.call(place, "ec2", "SearchTransitGatewayRoutes", parameters, output);
        }
    }

    fn observe_targets(&mut self, place: &Place, groups: &[Value]) {
        for group in groups {
            let parameters = json!({ "TargetGroupArn": group.get("TargetGroupArn") });
            for (operation, member, key) in [
                ("DescribeTargetHealth", "_health", "TargetHealthDescriptions"),
                ("DescribeTargetGroupAttributes", "_attributes", "Attributes"),
            ] {
                let output = json!({ key: group.get(member).cloned().unwrap_or_else(|| json!([])) });
                self.call(place, "elbv2", operation, parameters.clone(), output);
            }
        }
    }

    fn observe_listeners(&mut self, place: &Place, balancers: &[Value]) {
        let listeners: Vec<_> = self
            .cloud
            .get(place)
            .and_then(|documents| documents.get("DescribeListeners"))
            .cloned()
            .unwrap_or_default();
        for balancer in balancers {
            let arn = text(balancer, "LoadBalancerArn");
            let own: Vec<_> =
                listeners.iter().filter(|listener| is(listener, "LoadBalancerArn", &arn)).collect();
            let parameters = json!({ "LoadBalancerArn": arn });
            self.call(place, "elbv2", "DescribeListeners", parameters.clone(), json!({ "Listeners": own }));
            let attributes = balancer.get("_attributes").cloned().unwrap_or_else(|| json!([]));
            let output = json!({ "Attributes": attributes });
            self.call(place, "elbv2", "DescribeLoadBalancerAttributes", parameters, output);
        }
    }

    fn observe_firewall(&mut self, place: &Place, collection: Collection, documents: &[Value]) {
        let operation = match collection.operation {
            "ListFirewalls" => "DescribeFirewall",
            "ListFirewallPolicies" => "DescribeFirewallPolicy",
            _ => "DescribeRuleGroup",
        };
        for document in documents {
            let parameters = json!({ collection.id: document.get(collection.id) });
            let output = document.get("_described").cloned().unwrap_or(Value::Null);
            self.call(place, collection.service, operation, parameters, output);
        }
    }

    fn public_access(&self, place: &Place) -> Value {
        let mode = self.blocked_public_access.get(place).map_or("off", String::as_str);
        json!({ "VpcBlockPublicAccessOptions": {
            "AwsAccountId": place.account, "AwsRegion": place.region, "State": "update-complete",
            "InternetGatewayBlockMode": mode, "ManagedBy": "account", "ExclusionsAllowed": "allowed"
        } })
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
        let error = json!({ "code": code, "message": message });
        self.calls.push(recorded(self.now, place, service, operation, &json!({}), ("error", error)));
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

/// What a search of the table's routes finds: static ones, and for every propagation the attachment's prefix unless a
/// static route has it (Transit Gateway guide, route evaluation order).
fn transit_routes(table: &Value) -> Vec<Value> {
    let mut routes = table.get("_routes").and_then(Value::as_array).cloned().unwrap_or_default();
    let taken: Vec<_> = routes.iter().map(|route| text(route, "DestinationCidrBlock")).collect();
    for propagation in table.get("_propagations").and_then(Value::as_array).into_iter().flatten() {
        let cidr = text(propagation, "_cidr");
        if !taken.contains(&cidr) {
            routes.push(json!({
                "DestinationCidrBlock": cidr, "Type": "propagated", "State": "active",
                "TransitGatewayAttachments": [{
                    "TransitGatewayAttachmentId": propagation.get("TransitGatewayAttachmentId"),
                    "ResourceId": propagation.get("ResourceId"), "ResourceType": "vpc"
                }]
            }));
        }
    }
    routes
}

fn reservations(place: &Place, instances: &[Value]) -> Vec<Value> {
    instances
        .iter()
        .map(|instance| {
            let id = text(instance, "InstanceId").replacen("i-", "r-", 1);
            json!({ "ReservationId": id, "OwnerId": place.account, "Groups": [], "Instances": [instance] })
        })
        .collect()
}

/// The document without the members that another call answers.
fn public(document: &Value) -> Value {
    match document {
        Value::Object(members) => {
            let shown = members.iter().filter(|(name, _)| !name.starts_with('_'));
            Value::Object(shown.map(|(name, value)| (name.clone(), public(value))).collect::<Map<_, _>>())
        }
        Value::Array(elements) => Value::Array(elements.iter().map(public).collect()),
        other => other.clone(),
    }
}

/// Whether a member has this value.
pub(super) fn is(document: &Value, member: &str, value: &str) -> bool {
    document.get(member).is_some_and(|found| found.as_str() == Some(value) || found.to_string() == value)
}

/// A member's text; empty where it is not there.
pub(super) fn text(document: &Value, member: &str) -> String {
    document.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}
