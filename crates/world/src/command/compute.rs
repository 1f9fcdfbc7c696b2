//! Commands for instances and network interfaces.

use super::identity::profile_of_instance;
use super::plan::{Bucket, Done, Plan, removed, text, unknown, unsupported, wanted, whole_list};
use super::shell::Call;
use crate::delta::{Edit, State};
use serde_json::Value;

pub(super) fn instance(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        match edit.facet.member.as_str() {
            "State/Name" => state(plan, edit)?,
            "SecurityGroups" => {}
            "IamInstanceProfile" => profile_of_instance(plan, edit)?,
            "SourceDestCheck" => {
                let is_on = wanted(edit)?
                    .and_then(Value::as_bool)
                    .ok_or_else(|| unknown(edit, "whether it was on"))?;
                let call =
                    Call::ec2(&plan.place(edit)?, "ModifyInstanceAttribute").arg("--instance-id", bucket.id);
                plan.push(call.toggle("source-dest-check", is_on).say(checked(is_on, bucket.id)));
            }
            "" if wanted(edit)?.is_none() => end(plan, edit)?,
            "" => {
                return Err(unsupported(
                    edit,
                    "a terminated instance does not come back: launch another one",
                ));
            }
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        }
    }
    let groups = whole_list(plan, bucket, "SecurityGroups", group_id)?;
    if let (Some(groups), Some(edit)) = (groups, bucket.of("SecurityGroups").next()) {
        let call = Call::ec2(&plan.place(edit)?, "ModifyInstanceAttribute").arg("--instance-id", bucket.id);
        let call = call.caution("works on an instance with one interface only");
        plan.push(call.args("--groups", &groups).say(format!(
            "Put {} into {}",
            bucket.id,
            groups.join(" and ")
        )));
    }
    Ok(())
}

fn group_id(group: &Value) -> Option<String> {
    text(group, "GroupId").or_else(|| group.as_str().map(str::to_owned))
}

fn checked(is_on: bool, id: &str) -> String {
    format!("Turn the source/destination check of {id} {}", if is_on { "on" } else { "off" })
}

fn state(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, id) = (plan.place(edit)?, edit.resource.id.as_str());
    let after = wanted(edit)?.and_then(Value::as_str).unwrap_or_default();
    let before = match plan.now(edit) {
        State::Present(Value::String(name)) => name,
        _ => String::new(),
    };
    if matches!(before.as_str(), "terminated" | "shutting-down") && after != "terminated" {
        return Err(unsupported(edit, "a terminated instance does not come back: launch another one"));
    }
    let (operation, text) = match after {
        "running" | "pending" => ("StartInstances", format!("Start {id}")),
        "stopped" | "stopping" => ("StopInstances", format!("Stop {id}")),
        "terminated" | "shutting-down" => return end(plan, edit),
        _ => return Err(unknown(edit, "the state to bring it to")),
    };
    let call = Call::ec2(&place, operation).arg("--instance-ids", id);
    plan.push(call.caution("a public address that is not an Elastic IP changes").say(text));
    Ok(())
}

fn end(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let id = edit.resource.id.as_str();
    let call = Call::ec2(&plan.place(edit)?, "TerminateInstances").arg("--instance-ids", id);
    plan.push(call.caution("cannot be undone").say(format!("Terminate {id}")));
    Ok(())
}

pub(super) fn interface(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        match edit.facet.member.as_str() {
            // `Status` follows from the attachment.
            "Groups" | "Status" => {}
            "SourceDestCheck" => {
                let is_on = wanted(edit)?
                    .and_then(Value::as_bool)
                    .ok_or_else(|| unknown(edit, "whether it was on"))?;
                let call = modify(plan, edit)?.toggle("source-dest-check", is_on);
                plan.push(call.say(checked(is_on, bucket.id)));
            }
            "Attachment" => attachment(plan, edit)?,
            "" => whole(plan, edit)?,
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        }
    }
    let groups = whole_list(plan, bucket, "Groups", group_id)?;
    if let (Some(groups), Some(edit)) = (groups, bucket.of("Groups").next()) {
        if groups.is_empty() {
            return Err(unknown(edit, "at least one group: an interface always has one"));
        }
        let call = modify(plan, edit)?.args("--groups", &groups);
        plan.push(call.say(format!("Put {} into {}", bucket.id, groups.join(" and "))));
    }
    Ok(())
}

fn modify(plan: &Plan<'_>, edit: &Edit) -> Result<Call, super::CommandError> {
    let call = Call::ec2(&plan.place(edit)?, "ModifyNetworkInterfaceAttribute");
    Ok(call.arg("--network-interface-id", edit.resource.id.as_str()))
}

fn attachment(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, id) = (plan.place(edit)?, edit.resource.id.as_str());
    let Some(value) = wanted(edit)? else {
        let attachment = removed(plan, edit).and_then(|value| text(&value, "AttachmentId"));
        let attachment = attachment.ok_or_else(|| unknown(edit, "the id of the attachment"))?;
        let call = Call::ec2(&place, "DetachNetworkInterface").arg("--attachment-id", attachment);
        plan.push(call.say(format!("Detach {id} from its instance")));
        return Ok(());
    };
    let (Some(instance), Some(index)) = (text(value, "InstanceId"), text(value, "DeviceIndex")) else {
        return Err(unknown(edit, "the instance and device index it was attached with"));
    };
    let call = Call::ec2(&place, "AttachNetworkInterface")
        .arg("--network-interface-id", id)
        .arg("--instance-id", instance.as_str())
        .arg("--device-index", index);
    plan.push(call.say(format!("Attach {id} to {instance}")));
    Ok(())
}

/// Whether an edit makes or ends an interface that AWS makes for its services: those come and go with them, each time
/// under a new id.
pub(super) fn is_managed(edit: &Edit) -> bool {
    let is_whole = edit.resource.kind == "AWS::EC2::NetworkInterface" && edit.facet.member.is_empty();
    let document = match (&edit.before, &edit.after) {
        (_, State::Present(document)) | (State::Present(document), _) => Some(document),
        _ => None,
    };
    let has_requester = |document: &Value| {
        let kind = text(document, "InterfaceType").unwrap_or_default();
        text(document, "RequesterManaged").as_deref() == Some("true")
            || !matches!(kind.as_str(), "" | "interface" | "efa" | "trunk" | "branch")
    };
    is_whole && document.is_some_and(has_requester)
}

fn whole(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    if is_managed(edit) {
        return Ok(());
    }
    if wanted(edit)?.is_some() {
        return Err(unsupported(edit, "an interface comes back under a new id: make it anew and attach it"));
    }
    let id = edit.resource.id.as_str();
    let call = Call::ec2(&plan.place(edit)?, "DeleteNetworkInterface").arg("--network-interface-id", id);
    plan.push(call.caution("detach it first").say(format!("Delete {id}")));
    Ok(())
}
