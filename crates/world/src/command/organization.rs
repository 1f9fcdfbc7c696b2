//! Commands for an organization's policies, and for accounts in it.

use super::identity::document;
use super::plan::{Bucket, Done, Plan, element, text, unknown, unsupported, wanted};
use super::shell::Call;
use crate::delta::{Edit, State};
use serde_json::Value;

const POLICY: &str = "AWS::Organizations::Policy";

pub(super) fn policy(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    // Attach before detach: something must stay attached at every level (Organizations guide, attaching policies).
    let mut edits = bucket.edits.clone();
    edits.sort_by_key(|edit| edit.after == State::Absent);
    for edit in edits {
        let place = plan.place(edit)?;
        let base = |operation: &'static str| {
            Call::new(&place, "organizations", operation).arg("--policy-id", bucket.id)
        };
        let command = match (edit.facet.member.as_str(), wanted(edit)?) {
            ("Content", Some(content)) => base("UpdatePolicy")
                .arg("--content", document(content))
                .say(format!("Set the content of {}", bucket.id)),
            ("Name", Some(name)) => {
                let name = name.as_str().ok_or_else(|| unknown(edit, "the name"))?;
                base("UpdatePolicy").arg("--name", name).say(format!("Name {} {name}", bucket.id))
            }
            ("Targets", after) => {
                attachment(plan, edit, bucket.id, element(edit)?, after.is_some())?;
                continue;
            }
            ("", None) => base("DeletePolicy").say(format!("Delete {}", bucket.id)),
            ("", Some(document)) => return anew(plan, edit, document),
            _ => return Err(unsupported(edit, "a policy always has one")),
        };
        plan.push(command);
    }
    Ok(())
}

fn attachment(plan: &mut Plan<'_>, edit: &Edit, policy: &str, target: &str, is_added: bool) -> Done {
    let (operation, verb, word) =
        if is_added { ("AttachPolicy", "Attach", "to") } else { ("DetachPolicy", "Detach", "from") };
    let call = Call::new(&plan.place(edit)?, "organizations", operation)
        .arg("--policy-id", plan.id(policy))
        .arg("--target-id", target);
    let shown = plan.shown(policy);
    plan.push(call.say(format!("{verb} {shown} {word} {target}")));
    Ok(())
}

fn anew(plan: &mut Plan<'_>, edit: &Edit, wanted: &Value) -> Done {
    let content = wanted.get("Content").filter(|content| !content.is_null());
    let content = content.ok_or_else(|| unknown(edit, "the content it had"))?;
    let (Some(name), Some(kind)) = (text(wanted, "Name"), crate::world::organization::policy_type(wanted))
    else {
        return Err(unknown(edit, "its name and type"));
    };
    let (place, id) = (plan.place(edit)?, edit.resource.id.clone());
    let variable = plan.rename(&id, "POLICY_ID");
    let call = Call::new(&place, "organizations", "CreatePolicy")
        .arg("--name", name.as_str())
        .arg("--type", kind)
        .arg("--description", text(wanted, "Description").unwrap_or_default())
        .arg("--content", document(content));
    let call = call.caution(format!("the policy comes back under a new id, not {id}"));
    plan.push(call.keep(&variable, "Policy.PolicySummary.Id", format!("Make policy {name} anew")));
    let targets = wanted.get("Targets").and_then(Value::as_array).into_iter().flatten();
    for target in targets.filter_map(|target| text(target, "TargetId")) {
        attachment(plan, edit, &id, &target, true)?;
    }
    Ok(())
}

/// A root, a unit or an account.
pub(super) fn target(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let mut edits = bucket.edits.clone();
    edits.sort_by_key(|edit| edit.after == State::Absent);
    for edit in edits {
        match (edit.facet.member.as_str(), wanted(edit)?) {
            ("ServiceControlPolicies" | "ResourceControlPolicies", after) => {
                let policy = element(edit)?;
                if !is_planned_of_policy(plan, policy, bucket.id) {
                    attachment(plan, edit, policy, bucket.id, after.is_some())?;
                }
            }
            ("ParentId", Some(parent)) => moved(plan, edit, parent.as_str().unwrap_or_default())?,
            ("PolicyTypes", after) => {
                let (operation, verb) = if after.is_some() {
                    ("EnablePolicyType", "Turn on")
                } else {
                    ("DisablePolicyType", "Turn off")
                };
                let kind = element(edit)?;
                let call = Call::new(&plan.place(edit)?, "organizations", operation)
                    .arg("--root-id", bucket.id)
                    .arg("--policy-type", kind);
                let call = match after {
                    Some(_) => call.caution("policies attached before are not attached again"),
                    None => call,
                };
                plan.push(call.say(format!("{verb} policies of type {kind}")));
            }
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        }
    }
    Ok(())
}

/// Whether the delta has the same attachment as an edit of the policy: one call does both.
fn is_planned_of_policy(plan: &Plan<'_>, policy: &str, target: &str) -> bool {
    plan.delta.edits.iter().any(|edit| {
        let is_policy = edit.resource.kind == POLICY && edit.resource.id == policy;
        is_policy && edit.facet.member == "Targets" && edit.facet.element.as_deref() == Some(target)
    })
}

fn moved(plan: &mut Plan<'_>, edit: &Edit, parent: &str) -> Done {
    let account = edit.resource.id.as_str();
    if edit.resource.kind != "AWS::Organizations::Account" {
        return Err(unsupported(edit, "only accounts can be moved"));
    }
    let State::Present(Value::String(from)) = plan.now(edit) else {
        return Err(unknown(edit, "where the account is now"));
    };
    let call = Call::new(&plan.place(edit)?, "organizations", "MoveAccount")
        .arg("--account-id", account)
        .arg("--source-parent-id", from)
        .arg("--destination-parent-id", parent);
    plan.push(call.say(format!("Move account {account} to {parent}")));
    Ok(())
}
