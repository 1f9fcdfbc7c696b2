//! Commands for security groups.

use super::Place;
use super::plan::{Bucket, Done, Plan, element, removed, unknown, unsupported, wanted};
use super::shell::Call;
use crate::delta::{Edit, State};
use serde_json::{Value, json};

pub(super) fn plan(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    match first.facet.member.as_str() {
        "IpPermissions" => rules(plan, bucket, "inbound", INGRESS),
        "IpPermissionsEgress" => rules(plan, bucket, "outbound", EGRESS),
        "VpcAssociations" => bucket.edits.iter().try_for_each(|edit| vpc(plan, edit)),
        "" => whole(plan, first),
        _ => Err(unsupported(first, "this member has no call of its own")),
    }
}

/// Operations that add, remove and describe rules.
type Operations = [&'static str; 3];
const INGRESS: Operations = [
    "AuthorizeSecurityGroupIngress",
    "RevokeSecurityGroupIngress",
    "UpdateSecurityGroupRuleDescriptionsIngress",
];
const EGRESS: Operations = [
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupEgress",
    "UpdateSecurityGroupRuleDescriptionsEgress",
];

fn rules(plan: &mut Plan<'_>, bucket: &Bucket<'_>, direction: &str, operations: Operations) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let (mut added, mut described, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for edit in &bucket.edits {
        let key = element(edit)?;
        match wanted(edit)? {
            Some(rule) => {
                let list = if matches!(edit.before, State::Present(_)) { &mut described } else { &mut added };
                list.push((key, asked(rule, &place, true)));
            }
            None => {
                let rule = removed(plan, edit).ok_or_else(|| unknown(edit, "the rule to revoke"))?;
                gone.push((key, asked(&rule, &place, false)));
            }
        }
    }
    let [authorize, revoke, describe] = operations;
    for (operation, rules, verb) in [
        (authorize, added, "Allow"),
        (describe, described, "Set the description of"),
        (revoke, gone, "Stop allowing"),
    ] {
        if rules.is_empty() {
            continue;
        }
        let keys: Vec<_> = rules.iter().map(|(key, _)| in_words(key, direction)).collect();
        let permissions: Vec<_> = rules.iter().map(|(_, rule)| rule.clone()).collect();
        let call = Call::ec2(&place, operation)
            .arg("--group-id", bucket.id)
            .json("--ip-permissions", &Value::Array(permissions));
        plan.push(call.say(format!("{verb} {direction} {} in {}", keys.join(" and "), bucket.id)));
    }
    Ok(())
}

/// `tcp 3306-3306 sg-0123` as `tcp 3306 from sg-0123`.
fn in_words(key: &str, direction: &str) -> String {
    let way = if direction == "inbound" { "from" } else { "to" };
    let (what, peer) = key.rsplit_once(' ').unwrap_or(("", key));
    let what = match what.split_once(' ') {
        None if what == "-1" => "all traffic".to_owned(),
        Some((protocol @ ("tcp" | "udp"), ports)) => match ports.split_once('-') {
            Some((from, to)) if from == to => format!("{protocol} {from}"),
            _ => format!("{protocol} {ports}"),
        },
        _ => what.to_owned(),
    };
    format!("{what} {way} {peer}")
}

/// A rule as a request has it: nothing describe output adds, and the owner of a peer group only when it is another.
fn asked(rule: &Value, place: &Place, with_description: bool) -> Value {
    let mut rule = rule.clone();
    let Value::Object(members) = &mut rule else { return rule };
    for (_, peers) in members.iter_mut() {
        for peer in peers.as_array_mut().into_iter().flatten() {
            let Value::Object(peer) = peer else { continue };
            for extra in ["VpcId", "VpcPeeringConnectionId", "PeeringStatus"] {
                peer.remove(extra);
            }
            if peer.get("UserId").and_then(Value::as_str) == Some(place.account.as_str()) {
                peer.remove("UserId");
            }
            if peer.contains_key("GroupId") {
                peer.remove("GroupName");
            }
            if !with_description {
                peer.remove("Description");
            }
        }
    }
    members.retain(|_, value| !value.as_array().is_some_and(Vec::is_empty) && *value != json!(null));
    rule
}

fn vpc(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, vpc, group) = (plan.place(edit)?, element(edit)?, &edit.resource.id);
    let (operation, text) = match wanted(edit)? {
        Some(_) => ("AssociateSecurityGroupVpc", format!("Make {group} usable in {vpc}")),
        None => ("DisassociateSecurityGroupVpc", format!("Stop {group} being usable in {vpc}")),
    };
    let call = Call::ec2(&place, operation).arg("--group-id", group.as_str()).arg("--vpc-id", vpc);
    plan.push(call.say(text));
    Ok(())
}

fn whole(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    if wanted(edit)?.is_some() {
        let needed = "a group comes back under a new id; make it anew and put it on the interfaces and into the rules \
                      that named the old one";
        return Err(unsupported(edit, needed));
    }
    let place = plan.place(edit)?;
    let id = edit.resource.id.as_str();
    let call = Call::ec2(&place, "DeleteSecurityGroup").arg("--group-id", id);
    plan.push(call.caution("fails while an interface or a rule uses the group").say(format!("Delete {id}")));
    Ok(())
}
