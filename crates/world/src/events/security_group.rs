//! Security groups: rules, groups, and the VPCs a group is usable in.

use super::part::Part;
use super::{Event, permission};
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use crate::facets::permission_atoms;
use serde_json::{Value, json};

const KIND: &str = "AWS::EC2::SecurityGroup";

pub(super) fn authorize_ingress(event: &Event<'_>) -> Vec<Edit> {
    authorize(event, "IpPermissions")
}

pub(super) fn authorize_egress(event: &Event<'_>) -> Vec<Edit> {
    authorize(event, "IpPermissionsEgress")
}

pub(super) fn revoke_ingress(event: &Event<'_>) -> Vec<Edit> {
    revoke(event, "IpPermissions")
}

pub(super) fn revoke_egress(event: &Event<'_>) -> Vec<Edit> {
    revoke(event, "IpPermissionsEgress")
}

fn authorize(event: &Event<'_>, member: &str) -> Vec<Edit> {
    let rules = event.answered.list("SecurityGroupRules");
    let Some(group) = group_id(event, &rules) else { return Vec::new() };
    let part = Part::of(KIND, &group);
    let answered: Vec<_> = rules.into_iter().filter_map(permission::of_rule).collect();
    let permissions = if answered.is_empty() { requested(event) } else { answered };
    if permissions.is_empty() {
        return vec![part.unclear(member)];
    }
    atoms(&permissions).map(|(key, atom)| part.added(member, key, atom)).collect()
}

fn revoke(event: &Event<'_>, member: &str) -> Vec<Edit> {
    let revoked = event.answered.list("RevokedSecurityGroupRules");
    let Some(group) = group_id(event, &revoked) else { return Vec::new() };
    let part = Part::of(KIND, &group);
    let removed = |(key, atom)| part.removed(member, key, State::Present(atom));
    let answered: Vec<_> = revoked.into_iter().filter_map(permission::of_rule).collect();
    if !answered.is_empty() {
        return atoms(&answered).map(removed).collect();
    }
    let requested = requested(event);
    if !requested.is_empty() {
        // Rules that were not there: the call succeeds and revokes nothing of them (change-events, section 4).
        let unknown = event.answered.list("UnknownIpPermissions");
        let unknown: Vec<_> = unknown.into_iter().filter_map(permission::of_request).collect();
        let missing: Vec<_> = atoms(&unknown).map(|(key, _)| key).collect();
        return atoms(&requested).filter(|(key, _)| !missing.contains(key)).map(removed).collect();
    }
    let ids = event.asked.texts("SecurityGroupRuleIds");
    let known: Option<Vec<_>> =
        ids.iter().map(|id| Some(event.ids.group_rule(id, event.record.at)?.permission.clone())).collect();
    match known {
        Some(known) if !known.is_empty() => atoms(&known).map(removed).collect(),
        _ => vec![part.unclear(member)],
    }
}

/// Rules edited in place: the request has the new content only.
pub(super) fn modify_rules(event: &Event<'_>) -> Vec<Edit> {
    let Some(group) = event.asked.text("GroupId") else { return Vec::new() };
    let part = Part::of(KIND, &group);
    let mut edits = Vec::new();
    for rule in event.asked.list("SecurityGroupRules") {
        let id = rule.text("SecurityGroupRuleId").unwrap_or_default();
        let new = permission::of_rule(rule.at("SecurityGroupRule"));
        let old = event.ids.group_rule(&id, event.record.at).map(|rule| &rule.permission);
        let member = event.ids.group_rule_place(&id).map(|(_, egress)| member_of(egress));
        match (member, old, new) {
            (Some(member), Some(old), Some(new)) if *old != new => {
                edits.extend(replaced(part, member, old, &new));
            }
            (Some(member), ..) => edits.push(part.unclear(member)),
            (None, ..) => edits.extend([part.unclear("IpPermissions"), part.unclear("IpPermissionsEgress")]),
        }
    }
    edits
}

fn replaced(part: Part<'_>, member: &str, old: &Value, new: &Value) -> Vec<Edit> {
    let (old, new) = (permission_atoms(old), permission_atoms(new));
    let mut edits = Vec::new();
    for (key, atom) in &old {
        let same = new.iter().find(|(other, _)| other == key);
        let after = same.map_or(State::Absent, |(_, atom)| State::Present(atom.clone()));
        edits.push(part.element(member, key.clone(), State::Present(atom.clone()), after));
    }
    let fresh = new.into_iter().filter(|(key, _)| !old.iter().any(|(other, _)| other == key));
    edits.extend(fresh.map(|(key, atom)| part.added(member, key, atom)));
    edits
}

pub(super) fn create(event: &Event<'_>) -> Vec<Edit> {
    let Some(group) = event.answered.text("GroupId") else { return Vec::new() };
    let asked = event.asked;
    let open = json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]});
    // A new group in a VPC lets everything out (VPC User Guide, security group rules).
    let egress = if asked.has("VpcId") { vec![open] } else { Vec::new() };
    let document = json!({
        "GroupId": group,
        "GroupName": asked.text("GroupName"),
        "Description": asked.text("GroupDescription|Description"),
        "VpcId": asked.text("VpcId"),
        "OwnerId": event.record.account,
        "IpPermissions": [],
        "IpPermissionsEgress": egress,
    });
    vec![Part::of(KIND, &group).created(document)]
}

pub(super) fn delete(event: &Event<'_>) -> Vec<Edit> {
    group_id(event, &[]).map(|group| Part::of(KIND, &group).deleted()).into_iter().collect()
}

pub(super) fn associate_vpc(event: &Event<'_>) -> Vec<Edit> {
    vpc_association(event)
        .map(|(group, vpc, value)| Part::of(KIND, &group).added("VpcAssociations", vpc, value))
        .into_iter()
        .collect()
}

pub(super) fn disassociate_vpc(event: &Event<'_>) -> Vec<Edit> {
    let removed = |(group, vpc, value): (String, String, Value)| {
        Part::of(KIND, &group).removed("VpcAssociations", vpc, State::Present(value))
    };
    vpc_association(event).map(removed).into_iter().collect()
}

fn vpc_association(event: &Event<'_>) -> Option<(String, String, Value)> {
    let (group, vpc) = (event.asked.text("GroupId")?, event.asked.text("VpcId")?);
    let value = json!({"GroupId": group, "VpcId": vpc, "State": "associated"});
    Some((group, vpc, value))
}

fn member_of(egress: bool) -> &'static str {
    if egress { "IpPermissionsEgress" } else { "IpPermissions" }
}

/// The group: by id, as the answer names it, or by a name only one group has.
fn group_id(event: &Event<'_>, rules: &[Fields<'_>]) -> Option<String> {
    let answered = || rules.iter().find_map(|rule| rule.text("GroupId"));
    let named = || event.ids.named(KIND, &event.asked.text("GroupName")?).map(str::to_owned);
    event.asked.text("GroupId").or_else(answered).or_else(named)
}

fn requested(event: &Event<'_>) -> Vec<Value> {
    let listed: Vec<_> =
        event.asked.list("IpPermissions").into_iter().filter_map(permission::of_request).collect();
    if listed.is_empty() { permission::of_legacy_request(event.asked).into_iter().collect() } else { listed }
}

fn atoms(permissions: &[Value]) -> impl Iterator<Item = (String, Value)> + '_ {
    permissions.iter().flat_map(permission_atoms)
}
