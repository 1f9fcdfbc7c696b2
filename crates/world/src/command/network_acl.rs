//! Commands for network ACLs.

use super::plan::{Bucket, Done, Plan, element, text, unknown, unsupported, wanted};
use super::shell::Call;
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use serde_json::Value;

const KIND: &str = "AWS::EC2::NetworkAcl";

pub(super) fn plan(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    match first.facet.member.as_str() {
        "Entries" => bucket.edits.iter().try_for_each(|edit| entry(plan, edit)),
        "Associations" => associations(plan, bucket),
        "" if wanted(first)?.is_none() => {
            let id = first.resource.id.as_str();
            let call = Call::ec2(&plan.place(first)?, "DeleteNetworkAcl").arg("--network-acl-id", id);
            plan.push(call.caution("fails while a subnet uses the ACL").say(format!("Delete {id}")));
            Ok(())
        }
        _ => Err(unsupported(
            first,
            "an ACL comes back under a new id: make it anew, with its entries and subnets",
        )),
    }
}

fn entry(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, key, acl) = (plan.place(edit)?, element(edit)?, edit.resource.id.as_str());
    let (direction, number) = key.split_once(' ').ok_or_else(|| unknown(edit, "the entry's number"))?;
    let operation = match (wanted(edit)?, plan.now(edit)) {
        (None, _) => "DeleteNetworkAclEntry",
        (Some(_), State::Present(_)) => "ReplaceNetworkAclEntry",
        (Some(_), State::Absent) => "CreateNetworkAclEntry",
        (Some(_), State::Unknown) => return Err(unknown(edit, "whether the entry is there now")),
    };
    let flag = if direction == "egress" { "--egress" } else { "--ingress" };
    let call =
        Call::ec2(&place, operation).arg("--network-acl-id", acl).arg("--rule-number", number).switch(flag);
    let Some(value) = wanted(edit)? else {
        plan.push(call.say(format!("Remove {direction} entry {number} from {acl}")));
        return Ok(());
    };
    let value = Fields::of(value);
    let (Some(protocol), Some(action)) = (value.text("Protocol"), value.text("RuleAction")) else {
        return Err(unknown(edit, "the entry's protocol and action"));
    };
    let range = |member: &str, parts: [&str; 2]| {
        let range = value.at(member);
        let parts = parts.map(|part| Some(format!("{part}={}", range.number(part)?)));
        parts.into_iter().collect::<Option<Vec<_>>>().map(|parts| parts.join(","))
    };
    let text = format!("Have {direction} entry {number} of {acl} {action} protocol {protocol}");
    let call = call
        .arg("--protocol", protocol)
        .arg("--rule-action", action)
        .maybe("--cidr-block", value.text("CidrBlock"))
        .maybe("--ipv6-cidr-block", value.text("Ipv6CidrBlock"))
        .maybe("--port-range", range("PortRange", ["From", "To"]))
        .maybe("--icmp-type-code", range("IcmpTypeCode", ["Code", "Type"]));
    plan.push(call.say(text));
    Ok(())
}

/// A subnet always has exactly one ACL, so every move is one replacement.
fn associations(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let subnet = element(edit)?;
        if wanted(edit)?.is_none() {
            let entered = bucket.edits.iter().any(|other| {
                other.facet.element.as_deref() == Some(subnet) && matches!(other.after, State::Present(_))
            });
            if entered {
                continue;
            }
            return Err(unknown(edit, "the ACL the subnet is to use instead"));
        }
        let place = plan.place(edit)?;
        let observed = plan.world.of_kind(KIND).into_iter().find_map(|(_, found)| {
            let associations = Fields::of(&found.document).list("Associations").into_iter();
            let own = associations.into_iter().find(|one| one.text("SubnetId").as_deref() == Some(subnet));
            own.and_then(|own| own.text("NetworkAclAssociationId"))
        });
        let id = observed.or_else(|| left(bucket, subnet));
        let id = id.ok_or_else(|| unknown(edit, "the id of the subnet's present association"))?;
        let acl = edit.resource.id.as_str();
        let call = Call::ec2(&place, "ReplaceNetworkAclAssociation")
            .arg("--association-id", id)
            .arg("--network-acl-id", acl);
        plan.push(call.say(format!("Have {subnet} use {acl}")));
    }
    Ok(())
}

/// The association the same delta takes away.
fn left(bucket: &Bucket<'_>, subnet: &str) -> Option<String> {
    let mut edits = bucket.edits.iter().filter(|edit| edit.facet.element.as_deref() == Some(subnet));
    edits.find_map(|edit| match (&edit.before, &edit.after) {
        (State::Present(value), State::Absent) => association_id(value),
        _ => None,
    })
}

fn association_id(value: &Value) -> Option<String> {
    text(value, "NetworkAclAssociationId")
}
