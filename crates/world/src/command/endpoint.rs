//! Commands for VPC endpoints and endpoint services.

use super::gateway::{Revival, revived};
use super::plan::{Bucket, Done, Plan, element, text, text_key, unknown, unsupported, wanted};
use super::route::mend_routes;
use super::shell::Call;
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use serde_json::Value;

const KIND: &str = "AWS::EC2::VPCEndpoint";

pub(super) fn plan(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    match bucket.edits.iter().find(|edit| matches!(edit.facet.member.as_str(), "" | "State")) {
        // Made anew or deleted, it needs no further changes.
        Some(edit) => life(plan, edit),
        None => modify(plan, bucket),
    }
}

/// All settings of one endpoint in one call.
fn modify(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let mut call = Call::ec2(&place, "ModifyVpcEndpoint").arg("--vpc-endpoint-id", bucket.id);
    let mut said = Vec::new();
    for (member, word, add, remove, key) in [
        (
            "SubnetIds",
            "subnets",
            "--add-subnet-ids",
            "--remove-subnet-ids",
            text_key as fn(&Value) -> Option<String>,
        ),
        ("RouteTableIds", "route tables", "--add-route-table-ids", "--remove-route-table-ids", text_key),
        ("Groups", "security groups", "--add-security-group-ids", "--remove-security-group-ids", group_key),
    ] {
        let (added, removed) = difference(plan, bucket, member, key)?;
        if !added.is_empty() {
            said.push(format!("add {word} {} to", added.join(" and ")));
        }
        if !removed.is_empty() {
            said.push(format!("take {word} {} from", removed.join(" and ")));
        }
        call = call.args(add, &added).args(remove, &removed);
    }
    if let Some(edit) = bucket.of("PolicyDocument").last() {
        call = match wanted(edit)? {
            Some(Value::String(policy)) => call.arg("--policy-document", compact(policy)),
            Some(policy) => call.json("--policy-document", policy),
            None => call.switch("--reset-policy"),
        };
        said.push("set the policy of".to_owned());
    }
    if let Some(edit) = bucket.of("PrivateDnsEnabled").last() {
        let is_on =
            wanted(edit)?.and_then(Value::as_bool).ok_or_else(|| unknown(edit, "whether it was on"))?;
        call = call.toggle("private-dns-enabled", is_on);
        said.push(format!("turn private DNS {} for", if is_on { "on" } else { "off" }));
    }
    let known = ["SubnetIds", "RouteTableIds", "Groups", "PolicyDocument", "PrivateDnsEnabled"];
    if let Some(edit) = bucket.edits.iter().find(|edit| !known.contains(&edit.facet.member.as_str())) {
        return Err(unsupported(edit, "this member has no call of its own"));
    }
    if said.is_empty() {
        return Ok(());
    }
    let sentence = format!("{} {}", said.join(", "), bucket.id);
    let mut letters = sentence.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase().to_string()).unwrap_or_default();
    plan.push(call.say(first + letters.as_str()));
    Ok(())
}

/// A policy in one line; text that is no JSON stays as it is.
fn compact(policy: &str) -> String {
    serde_json::from_str::<Value>(policy).map_or_else(|_| policy.to_owned(), |document| document.to_string())
}

fn group_key(group: &Value) -> Option<String> {
    text(group, "GroupId")
}

/// Elements to add and to remove; a list given as a whole is compared with the present one.
fn difference(
    plan: &Plan<'_>,
    bucket: &Bucket<'_>,
    member: &str,
    key: fn(&Value) -> Option<String>,
) -> Result<(Vec<String>, Vec<String>), super::CommandError> {
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for edit in bucket.of(member) {
        let value = wanted(edit)?;
        match (&edit.facet.element, value) {
            (Some(element), Some(_)) => added.push(element.clone()),
            (Some(element), None) => removed.push(element.clone()),
            (None, value) => {
                let keys = |list: &Value| -> Vec<_> {
                    list.as_array().into_iter().flatten().filter_map(key).collect()
                };
                let State::Present(now) = plan.now(edit) else {
                    return Err(unknown(edit, "the present list"));
                };
                let (now, then) = (keys(&now), value.map(keys).unwrap_or_default());
                added.extend(then.iter().filter(|id| !now.contains(id)).cloned());
                removed.extend(now.into_iter().filter(|id| !then.contains(id)));
            }
        }
    }
    Ok((added, removed))
}

fn life(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, id) = (plan.place(edit)?, edit.resource.id.as_str());
    if let Some(operation) = answered(edit) {
        return answer(plan, edit, operation);
    }
    match revived(plan, edit, "State", "available")? {
        Revival::Anew(document) => anew(plan, edit, &document),
        Revival::Gone => {
            let call = Call::ec2(&place, "DeleteVpcEndpoints").arg("--vpc-endpoint-ids", plan.id(id));
            plan.push(call.say(format!("Delete {}", plan.shown(id))));
            Ok(())
        }
    }
}

/// The provider's answer that an edit of the state comes to.
fn answered(edit: &Edit) -> Option<&'static str> {
    let state = |state: &State| match state {
        State::Present(Value::String(text)) => Some(text.to_ascii_lowercase()),
        _ => None,
    };
    match (edit.facet.member.as_str(), state(&edit.before).as_deref(), state(&edit.after).as_deref()) {
        ("State", Some("rejected" | "pendingacceptance"), Some("available")) => {
            Some("AcceptVpcEndpointConnections")
        }
        // What was accepted cannot be made pending again; rejecting it ends it as well.
        ("State", _, Some("rejected" | "pendingacceptance")) => Some("RejectVpcEndpointConnections"),
        _ => None,
    }
}

fn answer(plan: &mut Plan<'_>, edit: &Edit, operation: &'static str) -> Done {
    let id = edit.resource.id.as_str();
    // The service's name ends in its id: com.amazonaws.vpce.us-east-1.vpce-svc-0123.
    let name = plan.document(KIND, id).and_then(|found| text(&found.document, "ServiceName"));
    let service =
        name.as_deref().and_then(|name| name.rsplit('.').next()).filter(|id| id.starts_with("vpce-svc-"));
    let service = service.ok_or_else(|| unknown(edit, "the endpoint service"))?;
    let provider = plan.document("AWS::EC2::VPCEndpointService", service);
    let place = provider
        .map(|found| found.place())
        .ok_or_else(|| unknown(edit, "the account of the service's provider"))?;
    let call = Call::ec2(&place, operation).arg("--service-id", service).arg("--vpc-endpoint-ids", id);
    let verb = if operation.starts_with("Accept") { "Accept" } else { "Reject" };
    plan.push(call.say(format!("{verb} the connection of {id} to {service}")));
    Ok(())
}

fn anew(plan: &mut Plan<'_>, edit: &Edit, document: &Value) -> Done {
    let (place, id, fields) = (plan.place(edit)?, edit.resource.id.as_str(), Fields::of(document));
    let (Some(vpc), Some(service)) = (fields.text("VpcId"), fields.text("ServiceName")) else {
        return Err(unknown(edit, "its VPC and service"));
    };
    let groups: Vec<_> =
        fields.list("Groups").into_iter().filter_map(|group| group.text("GroupId")).collect();
    let kind = fields.text("VpcEndpointType").unwrap_or_else(|| "Interface".to_owned());
    let variable = plan.rename(id, "ENDPOINT_ID");
    let call = Call::ec2(&place, "CreateVpcEndpoint")
        .arg("--vpc-endpoint-type", kind.as_str())
        .arg("--vpc-id", vpc.as_str())
        .arg("--service-name", service.as_str())
        .args("--subnet-ids", &fields.texts("SubnetIds"))
        .args("--route-table-ids", &fields.texts("RouteTableIds"))
        .args("--security-group-ids", &groups)
        .maybe("--policy-document", fields.text("PolicyDocument").map(|policy| compact(&policy)));
    let call = match fields.flag("PrivateDnsEnabled").filter(|_| kind == "Interface") {
        Some(is_on) => call.toggle("private-dns-enabled", is_on),
        None => call,
    };
    let call = call.caution(format!(
        "the endpoint comes back under a new id, not {id}; policies that name the old id do not admit it"
    ));
    plan.push(call.keep(
        &variable,
        "VpcEndpoint.VpcEndpointId",
        format!("Make the endpoint for {service} in {vpc} anew"),
    ));
    mend_routes(plan, id);
    Ok(())
}

pub(super) fn service(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    if first.facet.member != "AllowedPrincipals" {
        return Err(unsupported(first, "this member has no call of its own"));
    }
    let place = plan.place(first)?;
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for edit in &bucket.edits {
        let list = if wanted(edit)?.is_some() { &mut added } else { &mut removed };
        list.push(element(edit)?.to_owned());
    }
    let call = Call::ec2(&place, "ModifyVpcEndpointServicePermissions")
        .arg("--service-id", bucket.id)
        .args("--add-allowed-principals", &added)
        .args("--remove-allowed-principals", &removed);
    plan.push(call.say(format!("Set who may connect to {}", bucket.id)));
    Ok(())
}
