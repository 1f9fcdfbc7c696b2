//! Changes that several scenarios make: the call on record and what it does to the documents.

use super::build::{permission, target_member};
use super::cloud::{GROUPS, Place, ROUTE_TABLES, is, text};
use super::story::Story;
use super::trail::{Actor, Dialect};
use serde_json::{Map, Value, json};

/// A permission as EC2's flat dialect writes it.
fn flat_permission(permission: &Value) -> Value {
    let items = |list: &str, member: &str, name: &str| {
        let items: Vec<_> = permission
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|peer| json!({ name: peer.get(member) }))
            .collect();
        if items.is_empty() { json!({}) } else { json!({ "items": items }) }
    };
    let mut flat = json!({
        "ipProtocol": permission.get("IpProtocol"), "groups": items("UserIdGroupPairs", "GroupId", "groupId"),
        "ipRanges": items("IpRanges", "CidrIp", "cidrIp"), "ipv6Ranges": items("Ipv6Ranges", "CidrIpv6", "cidrIpv6"),
        "prefixListIds": items("PrefixListIds", "PrefixListId", "prefixListId")
    });
    for (member, name) in [("FromPort", "fromPort"), ("ToPort", "toPort")] {
        if let (Some(port), Some(members)) = (permission.get(member), flat.as_object_mut()) {
            members.insert(name.to_owned(), port.clone());
        }
    }
    flat
}

/// Whether two permissions are for the same protocol, ports and peer.
fn is_same(a: &Value, b: &Value) -> bool {
    flat_permission(a) == flat_permission(b)
}

impl Story {
    /// Revokes one inbound TCP rule by its content. Gives the event's id.
    pub(super) fn revoke(
        &mut self,
        actor: &Actor,
        place: &Place,
        group: &str,
        port: u16,
        peer: &str,
    ) -> String {
        self.revoke_permission(
            actor,
            place,
            group,
            false,
            &permission("tcp", (port, port), peer, &place.account),
        )
    }

    /// Revokes one rule by its content; the answer lists it as current API versions do.
    pub(super) fn revoke_permission(
        &mut self,
        actor: &Actor,
        place: &Place,
        group: &str,
        is_egress: bool,
        permission: &Value,
    ) -> String {
        let (list, operation) = if is_egress {
            ("IpPermissionsEgress", "RevokeSecurityGroupEgress")
        } else {
            ("IpPermissions", "RevokeSecurityGroupIngress")
        };
        self.pull(GROUPS, group, list, |other| is_same(other, permission));
        let request =
            json!({ "groupId": group, "ipPermissions": { "items": [flat_permission(permission)] } });
        let peer = permission
            .pointer("/UserIdGroupPairs/0/GroupId")
            .or_else(|| permission.pointer("/IpRanges/0/CidrIp"));
        let peer = peer.and_then(Value::as_str).unwrap_or_default();
        let mut rule = json!({
            "securityGroupRuleId": self.rule_id(group, is_egress, permission, peer), "groupId": group,
            "isEgress": is_egress, "ipProtocol": permission.get("IpProtocol"),
            "fromPort": permission.get("FromPort").unwrap_or(&json!(-1)),
            "toPort": permission.get("ToPort").unwrap_or(&json!(-1))
        });
        let member = if peer.starts_with("sg-") { "referencedGroupId" } else { "cidrIpv4" };
        if let Some(members) = rule.as_object_mut() {
            members.insert(member.to_owned(), json!(peer));
        }
        let answer = json!({ "_return": true, "revokedSecurityGroupRuleSet": { "items": [rule] } });
        self.made(actor, place, operation, Dialect::Flat, request, answer)
    }

    /// Authorises one inbound TCP rule.
    pub(super) fn authorize(
        &mut self,
        actor: &Actor,
        place: &Place,
        group: &str,
        port: u16,
        peer: &str,
    ) -> String {
        let permission = permission("tcp", (port, port), peer, &place.account);
        let request =
            json!({ "groupId": group, "ipPermissions": { "items": [flat_permission(&permission)] } });
        self.push(GROUPS, group, "IpPermissions", &permission);
        let answer = json!({ "_return": true, "securityGroupRuleSet": { "items": [{
            "securityGroupRuleId": self.rule_id(group, false, &permission, peer), "groupId": group, "isEgress": false,
            "ipProtocol": "tcp", "fromPort": port, "toPort": port, "referencedGroupInfo": { "groupId": peer }
        }] } });
        self.made(actor, place, "AuthorizeSecurityGroupIngress", Dialect::Flat, request, answer)
    }

    /// Authorises one inbound TCP rule for a block of addresses.
    pub(super) fn authorize_block(
        &mut self,
        actor: &Actor,
        place: &Place,
        group: &str,
        port: u16,
        block: &str,
    ) -> String {
        let permission = permission("tcp", (port, port), block, &place.account);
        let request =
            json!({ "groupId": group, "ipPermissions": { "items": [flat_permission(&permission)] } });
        self.push(GROUPS, group, "IpPermissions", &permission);
        let answer = json!({ "_return": true, "securityGroupRuleSet": { "items": [{
            "securityGroupRuleId": self.rule_id(group, false, &permission, block), "groupId": group, "isEgress": false,
            "ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrIpv4": block
        }] } });
        self.made(actor, place, "AuthorizeSecurityGroupIngress", Dialect::Flat, request, answer)
    }

    /// Deletes a route; the request does not say where it pointed.
    pub(super) fn delete_route(
        &mut self,
        actor: &Actor,
        place: &Place,
        table: &str,
        destination: &str,
    ) -> String {
        let (member, name) = if destination.contains(':') {
            ("DestinationIpv6CidrBlock", "destinationIpv6CidrBlock")
        } else {
            ("DestinationCidrBlock", "destinationCidrBlock")
        };
        self.pull(ROUTE_TABLES, table, "Routes", |route| is(route, member, destination));
        let request = json!({ "routeTableId": table, name: destination });
        self.made(actor, place, "DeleteRoute", Dialect::Flat, request, json!({}))
    }

    /// Every route to this target drops from now on.
    pub(super) fn blackhole(&mut self, table: &str, target: &str) {
        let member = target_member(target);
        self.edit(ROUTE_TABLES, table, |document| {
            for route in document.get_mut("Routes").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(route) = route.as_object_mut()
                    && route.get(member).and_then(Value::as_str) == Some(target)
                {
                    route.insert("State".to_owned(), json!("blackhole"));
                }
            }
        });
    }

    /// Moves a subnet from one route table to another. Gives the event's id and the new association's.
    pub(super) fn move_subnet(
        &mut self,
        actor: &Actor,
        place: &Place,
        subnet: &str,
        from: &str,
        to: &str,
    ) -> (String, String) {
        let table = self.get(ROUTE_TABLES, from);
        let old = table
            .get("Associations")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .find(|association| is(association, "SubnetId", subnet))
            .map(|association| text(association, "RouteTableAssociationId"))
            .unwrap_or_default();
        self.pull(ROUTE_TABLES, from, "Associations", |association| is(association, "SubnetId", subnet));
        let new = self.associate(to, subnet);
        let request = json!({ "associationId": old, "routeTableId": to });
        let answer = json!({ "newAssociationId": new });
        (self.made(actor, place, "ReplaceRouteTableAssociation", Dialect::Flat, request, answer), new)
    }

    /// A network ACL entry's call in the flat dialect, less what a deletion does not name.
    pub(super) fn acl_request(acl: &str, entry: &Value, is_deletion: bool) -> Value {
        let mut request = Map::new();
        request.insert("networkAclId".to_owned(), json!(acl));
        for (member, name) in [
            ("RuleNumber", "ruleNumber"),
            ("Egress", "egress"),
            ("RuleAction", "ruleAction"),
            ("Protocol", "aclProtocol"),
            ("CidrBlock", "cidrBlock"),
        ] {
            if is_deletion && !matches!(member, "RuleNumber" | "Egress") {
                continue;
            }
            request.insert(name.to_owned(), entry.get(member).cloned().unwrap_or_default());
        }
        if let (Some(range), false) = (entry.get("PortRange"), is_deletion) {
            let range = json!({ "from": range.get("From"), "to": range.get("To") });
            request.insert("portRange".to_owned(), range);
        }
        Value::Object(request)
    }
}
