//! Commands for authorisation documents.

use super::Place;
use super::plan::{Bucket, Done, Plan, element, unknown, unsupported, wanted};
use super::shell::Call;
use crate::delta::Edit;
use serde_json::Value;

/// Where global services are called. Neither a bucket's nor a role's name tells the account.
fn place(plan: &Plan<'_>, edit: &Edit) -> Place {
    let nowhere = Place { account: String::new(), region: "us-east-1".to_owned() };
    plan.place(edit).unwrap_or(nowhere)
}

pub(super) fn bucket(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        if edit.facet.member != "Policy" {
            return Err(unsupported(edit, "this member has no call of its own"));
        }
        let base = |operation: &'static str| {
            Call::new(&place(plan, edit), "s3api", operation).arg("--bucket", bucket.id)
        };
        let command = match wanted(edit)? {
            Some(policy) => base("PutBucketPolicy")
                .arg("--policy", document(policy))
                .say(format!("Set the policy of bucket {}", bucket.id)),
            None => base("DeleteBucketPolicy").say(format!("Remove the policy of bucket {}", bucket.id)),
        };
        plan.push(command);
    }
    Ok(())
}

/// A policy in one line.
fn document(policy: &Value) -> String {
    match policy {
        Value::String(text) => {
            serde_json::from_str::<Value>(text).map_or_else(|_| text.clone(), |parsed| parsed.to_string())
        }
        other => other.to_string(),
    }
}

pub(super) fn role(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let base = |operation: &'static str| {
            Call::new(&place(plan, edit), "iam", operation).arg("--role-name", bucket.id)
        };
        let name = element(edit)?;
        let command = match (edit.facet.member.as_str(), wanted(edit)?) {
            ("AttachedPolicies", Some(_)) => base("AttachRolePolicy")
                .arg("--policy-arn", name)
                .say(format!("Attach {name} to {}", bucket.id)),
            ("AttachedPolicies", None) => base("DetachRolePolicy")
                .arg("--policy-arn", name)
                .say(format!("Detach {name} from {}", bucket.id)),
            ("InlinePolicies", Some(value)) => {
                let policy = value.get("PolicyDocument").ok_or_else(|| unknown(edit, "the policy"))?;
                let call = base("PutRolePolicy")
                    .arg("--policy-name", name)
                    .arg("--policy-document", document(policy));
                call.say(format!("Set inline policy {name} of {}", bucket.id))
            }
            ("InlinePolicies", None) => base("DeleteRolePolicy")
                .arg("--policy-name", name)
                .say(format!("Remove inline policy {name} of {}", bucket.id)),
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        };
        plan.push(command);
    }
    Ok(())
}

pub(super) fn organization_policy(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let base = |operation: &'static str| {
            Call::new(&place(plan, edit), "organizations", operation).arg("--policy-id", bucket.id)
        };
        let command = match (edit.facet.member.as_str(), wanted(edit)?) {
            ("Content", Some(content)) => base("UpdatePolicy")
                .arg("--content", document(content))
                .say(format!("Set the content of {}", bucket.id)),
            ("Targets", after) => {
                let target = element(edit)?;
                let (operation, verb) =
                    if after.is_some() { ("AttachPolicy", "Attach") } else { ("DetachPolicy", "Detach") };
                base(operation).arg("--target-id", target).say(format!("{verb} {} at {target}", bucket.id))
            }
            _ => return Err(unknown(edit, "the content it had")),
        };
        plan.push(command);
    }
    Ok(())
}
