//! Security group rules in the shape `DescribeSecurityGroups` gives them, from the shapes calls give them.

use crate::cloudtrail::Fields;
use serde_json::{Map, Value, json};

/// An `IpPermission` with one peer, from a `SecurityGroupRule` or a `SecurityGroupRuleRequest`; `None` when it names no
/// protocol or no peer.
pub(crate) fn of_rule(rule: Fields<'_>) -> Option<Value> {
    let mut permission = ports(rule)?;
    let mut peer = Map::new();
    let list = if let Some(cidr) = rule.text("CidrIpv4|CidrIp") {
        peer.insert("CidrIp".to_owned(), json!(cidr));
        "IpRanges"
    } else if let Some(cidr) = rule.text("CidrIpv6") {
        peer.insert("CidrIpv6".to_owned(), json!(cidr));
        "Ipv6Ranges"
    } else if let Some(id) = rule.text("PrefixListId") {
        peer.insert("PrefixListId".to_owned(), json!(id));
        "PrefixListIds"
    } else {
        let group = rule.text("ReferencedGroupInfo/GroupId|ReferencedGroupId")?;
        peer.insert("GroupId".to_owned(), json!(group));
        for member in ["UserId", "VpcId", "VpcPeeringConnectionId"] {
            if let Some(value) = rule.at("ReferencedGroupInfo").text(member) {
                peer.insert(member.to_owned(), json!(value));
            }
        }
        "UserIdGroupPairs"
    };
    if let Some(description) = rule.text("Description") {
        peer.insert("Description".to_owned(), json!(description));
    }
    permission.insert(list.to_owned(), json!([peer]));
    Some(Value::Object(permission))
}

/// An `IpPermission` with every peer the request names; `None` without a protocol.
pub(crate) fn of_request(asked: Fields<'_>) -> Option<Value> {
    let mut permission = ports(asked)?;
    for (list, paths, members) in [
        ("IpRanges", "IpRanges", ["CidrIp", "Description"].as_slice()),
        ("Ipv6Ranges", "Ipv6Ranges", &["CidrIpv6", "Description"]),
        ("PrefixListIds", "PrefixListIds", &["PrefixListId", "Description"]),
        (
            "UserIdGroupPairs",
            "UserIdGroupPairs|Groups",
            &["GroupId", "UserId", "GroupName", "VpcId", "VpcPeeringConnectionId", "Description"],
        ),
    ] {
        let peers: Vec<_> = asked.list(paths).into_iter().map(|peer| texts_of(peer, members)).collect();
        let peers: Vec<_> =
            peers.into_iter().filter(|peer| peer.as_object().is_some_and(|map| !map.is_empty())).collect();
        if !peers.is_empty() {
            permission.insert(list.to_owned(), Value::Array(peers));
        }
    }
    Some(Value::Object(permission))
}

/// The one permission of the legacy form: protocol, ports and `CidrIp` (or a source group) at the top of the request.
pub(crate) fn of_legacy_request(asked: Fields<'_>) -> Option<Value> {
    let mut permission = ports(asked)?;
    if let Some(cidr) = asked.text("CidrIp") {
        permission.insert("IpRanges".to_owned(), json!([{ "CidrIp": cidr }]));
    } else {
        let name = asked.text("SourceSecurityGroupName")?;
        let mut pair = Map::from_iter([("GroupName".to_owned(), json!(name))]);
        if let Some(owner) = asked.text("SourceSecurityGroupOwnerId") {
            pair.insert("UserId".to_owned(), json!(owner));
        }
        permission.insert("UserIdGroupPairs".to_owned(), json!([pair]));
    }
    Some(Value::Object(permission))
}

/// Protocol as describe output writes it, and the ports where the protocol has any.
fn ports(fields: Fields<'_>) -> Option<Map<String, Value>> {
    // Numbers are accepted on input; describe output has names for these four (EC2 API, IpPermission).
    let protocol = match fields.text("IpProtocol")?.to_ascii_lowercase().as_str() {
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "1" => "icmp".to_owned(),
        "58" => "icmpv6".to_owned(),
        other => other.to_owned(),
    };
    let has_ports = protocol != "-1";
    let mut permission = Map::from_iter([("IpProtocol".to_owned(), Value::String(protocol))]);
    for member in ["FromPort", "ToPort"] {
        if let (true, Some(port)) = (has_ports, fields.number(member)) {
            permission.insert(member.to_owned(), json!(port));
        }
    }
    Some(permission)
}

/// The named members that are there, as text.
fn texts_of(fields: Fields<'_>, members: &[&str]) -> Value {
    let present =
        members.iter().filter_map(|member| Some(((*member).to_owned(), json!(fields.text(member)?))));
    Value::Object(present.collect())
}
