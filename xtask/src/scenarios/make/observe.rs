//! Recording the describe calls of a place as they would be answered at a moment.

use super::cloud::{ALL, Collection, Place, is, text};
use super::story::Story;
use serde_json::{Map, Value, json};

impl Story {
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
        self.observe_permits();
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
