//! Network ACLs: entries, and the subnets that use one.

use super::Event;
use super::part::{Part, members_of};
use crate::delta::{Edit, State};
use crate::ids::Subject;
use serde_json::{Map, Value, json};

const KIND: &str = "AWS::EC2::NetworkAcl";

pub(super) fn create_entry(event: &Event<'_>) -> Vec<Edit> {
    entry(event)
        .map(|(acl, key, value)| Part::of(KIND, &acl).added("Entries", key, value))
        .into_iter()
        .collect()
}

pub(super) fn replace_entry(event: &Event<'_>) -> Vec<Edit> {
    let replaced = |(acl, key, value): (String, String, Value)| {
        Part::of(KIND, &acl).element("Entries", key, State::Unknown, State::Present(value))
    };
    entry(event).map(replaced).into_iter().collect()
}

pub(super) fn delete_entry(event: &Event<'_>) -> Vec<Edit> {
    let removed =
        |(acl, key, _): (String, String, Value)| Part::of(KIND, &acl).removed("Entries", key, State::Unknown);
    entry(event).map(removed).into_iter().collect()
}

/// The ACL, the entry's key and the entry as `DescribeNetworkAcls` gives it.
fn entry(event: &Event<'_>) -> Option<(String, String, Value)> {
    let asked = event.asked;
    let (acl, number) = (asked.text("NetworkAclId")?, asked.number("RuleNumber")?);
    // The parameter is required by the API; a record leaves out what is false in some dialects.
    let egress = asked.flag("Egress").unwrap_or(false);
    let mut entry = members_of(asked, &["CidrBlock", "Ipv6CidrBlock", "RuleAction"]);
    entry.insert("RuleNumber".to_owned(), json!(number));
    entry.insert("Egress".to_owned(), json!(egress));
    if let Some(protocol) = asked.text("Protocol|AclProtocol") {
        entry.insert("Protocol".to_owned(), json!(protocol_number(&protocol)));
    }
    for (member, path, parts) in
        [("PortRange", "PortRange", ["From", "To"]), ("IcmpTypeCode", "IcmpTypeCode|Icmp", ["Code", "Type"])]
    {
        let range = asked.at(path);
        let numbers =
            parts.into_iter().filter_map(|part| Some((part.to_owned(), json!(range.number(part)?))));
        let range: Map<_, _> = numbers.collect();
        if !range.is_empty() {
            entry.insert(member.to_owned(), Value::Object(range));
        }
    }
    let direction = if egress { "egress" } else { "ingress" };
    Some((acl, format!("{direction} {number}"), Value::Object(entry)))
}

/// Names are accepted on input; describe output has numbers.
fn protocol_number(protocol: &str) -> String {
    match protocol.to_ascii_lowercase().as_str() {
        "tcp" => "6".to_owned(),
        "udp" => "17".to_owned(),
        "icmp" => "1".to_owned(),
        "icmpv6" => "58".to_owned(),
        "all" => "-1".to_owned(),
        other => other.to_owned(),
    }
}

/// A subnet leaves one ACL for another; the request has the association's old id and the new ACL.
pub(super) fn replace_association(event: &Event<'_>) -> Vec<Edit> {
    let (Some(id), Some(acl)) = (event.asked.text("AssociationId"), event.asked.text("NetworkAclId")) else {
        return Vec::new();
    };
    let old = event.ids.network_acl_association(&id);
    let Some(Subject::Subnet(subnet)) = old.subject else {
        let unresolved = Part::of("AWS::EC2::SubnetNetworkAclAssociation", &id);
        return vec![
            unresolved.whole(State::Unknown, State::Absent),
            Part::of(KIND, &acl).unclear("Associations"),
        ];
    };
    let value = |acl: &str, id: Option<String>| json!({"NetworkAclAssociationId": id, "NetworkAclId": acl, "SubnetId": subnet});
    let mut edits = Vec::new();
    match &old.container {
        Some(from) => {
            let before = State::Present(value(from, Some(id)));
            edits.push(Part::of(KIND, from).removed("Associations", subnet.as_str(), before));
        }
        None => edits.push(
            Part::of("AWS::EC2::SubnetNetworkAclAssociation", &id).whole(State::Unknown, State::Absent),
        ),
    }
    let new = value(&acl, event.answered.text("NewAssociationId"));
    edits.push(Part::of(KIND, &acl).added("Associations", subnet.as_str(), new));
    edits
}

pub(super) fn create(event: &Event<'_>) -> Vec<Edit> {
    event.created(KIND, "NetworkAcl", "NetworkAclId")
}

pub(super) fn delete(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(KIND, "NetworkAclId")
}
