//! Commands for policies and grants of resources: buckets, keys, functions, queues, topics, secrets, tables.

use super::identity::{document, name_of};
use super::plan::{Bucket, Done, Plan, element, text, unknown, unsupported, wanted};
use super::settings::table_capacity;
use super::shell::Call;
use crate::delta::{Edit, State};
use serde_json::{Map, Value, json};

pub(super) fn bucket(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let place = plan.place(edit)?;
        let base = |operation: &'static str| Call::new(&place, "s3api", operation).arg("--bucket", bucket.id);
        let command = match (edit.facet.member.as_str(), wanted(edit)?) {
            ("Policy", Some(policy)) => base("PutBucketPolicy")
                .arg("--policy", document(policy))
                .say(format!("Set the policy of bucket {}", bucket.id)),
            ("Policy", None) => {
                base("DeleteBucketPolicy").say(format!("Remove the policy of bucket {}", bucket.id))
            }
            ("PublicAccessBlockConfiguration", Some(settings)) => base("PutPublicAccessBlock")
                .json("--public-access-block-configuration", settings)
                .say(format!("Set the public access block of bucket {}", bucket.id)),
            ("PublicAccessBlockConfiguration", None) => base("DeletePublicAccessBlock")
                .say(format!("Remove the public access block of bucket {}", bucket.id)),
            ("", None) => {
                base("DeleteBucket").caution("it must be empty").say(format!("Delete bucket {}", bucket.id))
            }
            _ => return Err(unsupported(edit, "what was in the bucket is gone with it")),
        };
        plan.push(command);
    }
    Ok(())
}

pub(super) fn key(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let place = plan.place(edit)?;
        let base = |operation: &'static str| Call::new(&place, "kms", operation).arg("--key-id", bucket.id);
        match (edit.facet.member.as_str(), wanted(edit)?) {
            ("KeyPolicy", Some(policy)) => plan.push(
                base("PutKeyPolicy")
                    .arg("--policy-name", "default")
                    .arg("--policy", document(policy))
                    .say(format!("Set the policy of key {}", name_of(bucket.id))),
            ),
            ("KeyState", Some(state)) => key_state(plan, edit, state.as_str().unwrap_or_default(), &base)?,
            ("Grants", Some(grant)) => {
                let command =
                    grant_anew(base("CreateGrant"), grant).ok_or_else(|| unknown(edit, "the grant"))?;
                plan.push(command.say(format!("Put a grant on key {} back", name_of(bucket.id))));
            }
            ("Grants", None) => {
                let grant = element(edit)?;
                let call = base("RevokeGrant").arg("--grant-id", grant);
                plan.push(call.say(format!("Revoke grant {grant} on key {}", name_of(bucket.id))));
            }
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        }
    }
    Ok(())
}

fn key_state(plan: &mut Plan<'_>, edit: &Edit, wanted: &str, base: &dyn Fn(&'static str) -> Call) -> Done {
    let name = name_of(&edit.resource.id).to_owned();
    let is_going = plan.now(edit) == State::Present(json!("PendingDeletion"));
    if is_going && matches!(wanted, "Enabled" | "Disabled") {
        plan.push(base("CancelKeyDeletion").say(format!("Keep key {name}")));
    }
    match wanted {
        "Enabled" => plan.push(base("EnableKey").say(format!("Enable key {name}"))),
        // A key that was to be deleted comes back disabled.
        "Disabled" if is_going => {}
        "Disabled" => plan.push(base("DisableKey").say(format!("Disable key {name}"))),
        "PendingDeletion" => {
            let call = base("ScheduleKeyDeletion")
                .caution("after the waiting period nothing it encrypted can be read");
            plan.push(call.say(format!("Schedule key {name} for deletion")));
        }
        _ => return Err(unsupported(edit, "no call sets this state")),
    }
    Ok(())
}

fn grant_anew(call: Call, grant: &Value) -> Option<Call> {
    let operations: Vec<String> = grant
        .get("Operations")?
        .as_array()?
        .iter()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect();
    let call = call
        .arg("--grantee-principal", text(grant, "GranteePrincipal")?)
        .args("--operations", &operations)
        .maybe("--retiring-principal", text(grant, "RetiringPrincipal"))
        .maybe("--name", text(grant, "Name"));
    let call = match grant.get("Constraints").filter(|constraints| !constraints.is_null()) {
        Some(constraints) => call.json("--constraints", constraints),
        None => call,
    };
    Some(call.caution("the grant comes back under a new id"))
}

pub(super) fn alias(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let place = plan.place(edit)?;
        let (_, name) = bucket.id.split_once(":alias/").unwrap_or(("", bucket.id));
        let name = format!("alias/{name}");
        let base =
            |operation: &'static str| Call::new(&place, "kms", operation).arg("--alias-name", name.as_str());
        let target = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let command = match (edit.facet.member.as_str(), wanted(edit)?) {
            ("TargetKeyId", value) => {
                let key = target(value).ok_or_else(|| unknown(edit, "the key"))?;
                let call = base("UpdateAlias").arg("--target-key-id", key.as_str());
                call.say(format!("Point {name} to key {key}"))
            }
            ("", Some(document)) => {
                let key = target(document.get("TargetKeyId")).ok_or_else(|| unknown(edit, "the key"))?;
                let call = base("CreateAlias").arg("--target-key-id", key.as_str());
                call.say(format!("Make {name} for key {key} anew"))
            }
            ("", None) => base("DeleteAlias").say(format!("Delete {name}")),
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        };
        plan.push(command);
    }
    Ok(())
}

/// One statement of a function's policy.
pub(super) fn function_permission(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, sid) = (plan.place(edit)?, element(edit)?);
    let name = edit.resource.id.rsplit(':').next().unwrap_or(&edit.resource.id);
    let base = |operation: &'static str| {
        Call::new(&place, "lambda", operation).arg("--function-name", name).arg("--statement-id", sid)
    };
    let command = match wanted(edit)? {
        None => base("RemovePermission").say(format!("Take permission {sid} off {name}")),
        Some(statement) => {
            let call = permission(base("AddPermission"), statement)
                .ok_or_else(|| unsupported(edit, "AddPermission cannot say all that the statement says"))?;
            if matches!(plan.now(edit), State::Present(_)) {
                let gone = base("RemovePermission");
                plan.push(gone.say(format!("Take permission {sid} off {name}, to put it on as it was")));
            }
            call.say(format!("Put permission {sid} on {name} back"))
        }
    };
    plan.push(command);
    Ok(())
}

/// The flags that make a statement (Lambda API reference, AddPermission); `None` when it says more than they can.
fn permission(call: Call, statement: &Value) -> Option<Call> {
    let action = text(statement, "Action")?;
    let principal = match statement.get("Principal")? {
        Value::String(anyone) => anyone.clone(),
        Value::Object(kinds) if kinds.len() == 1 => kinds.values().next()?.as_str()?.to_owned(),
        _ => return None,
    };
    let mut call = call.arg("--action", action).arg("--principal", principal);
    let empty = Map::new();
    let operators = statement.get("Condition").and_then(Value::as_object).unwrap_or(&empty);
    for (operator, keys) in operators {
        for (key, value) in keys.as_object()? {
            let flag = match (operator.as_str(), key.to_ascii_lowercase().as_str()) {
                ("ArnLike", "aws:sourcearn") => "--source-arn",
                ("StringEquals", "aws:sourceaccount") => "--source-account",
                ("StringEquals", "aws:principalorgid") => "--principal-org-id",
                ("StringEquals", "lambda:eventsourcetoken") => "--event-source-token",
                ("StringEquals", "lambda:functionurlauthtype") => "--function-url-auth-type",
                _ => return None,
            };
            call = call.arg(flag, value.as_str()?);
        }
    }
    Some(call)
}

pub(super) fn queue(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let mut attributes = Map::new();
    for edit in &bucket.edits {
        let member = edit.facet.member.as_str();
        if !matches!(member, "Policy" | "KmsMasterKeyId") {
            return Err(unsupported(edit, "this member has no call of its own"));
        }
        // An empty value takes the attribute away.
        let value = match (member, wanted(edit)?) {
            ("Policy", Some(policy)) => document(policy),
            (_, value) => value.and_then(Value::as_str).unwrap_or_default().to_owned(),
        };
        attributes.insert(member.to_owned(), json!(value));
    }
    let url = queue_url(bucket.id).ok_or_else(|| unknown(first, "the queue's URL"))?;
    let named = attributes.keys().cloned().collect::<Vec<_>>().join(" and ");
    let call = Call::new(&place, "sqs", "SetQueueAttributes").arg("--queue-url", url);
    plan.push(
        call.json("--attributes", &Value::Object(attributes)).say(format!("Set {named} of {}", bucket.id)),
    );
    Ok(())
}

/// The URL of a queue (SQS guide, queue URLs).
pub(super) fn queue_url(arn: &str) -> Option<String> {
    let mut parts = arn.split(':').skip(1);
    let (partition, _, region) = (parts.next()?, parts.next()?, parts.next()?);
    let (account, name) = (parts.next()?, parts.next()?);
    let domain = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    Some(format!("https://sqs.{region}.{domain}/{account}/{name}"))
}

pub(super) fn topic(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let value = match (edit.facet.member.as_str(), wanted(edit)?) {
            ("Policy", Some(policy)) => document(policy),
            ("KmsMasterKeyId", key) => key.and_then(Value::as_str).unwrap_or_default().to_owned(),
            _ => return Err(unsupported(edit, "no call takes the policy of a topic away")),
        };
        let call = Call::new(&plan.place(edit)?, "sns", "SetTopicAttributes")
            .arg("--topic-arn", bucket.id)
            .arg("--attribute-name", edit.facet.member.as_str())
            .arg("--attribute-value", value);
        plan.push(call.say(format!("Set {} of {}", edit.facet.member, bucket.id)));
    }
    Ok(())
}

pub(super) fn secret(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let place = plan.place(edit)?;
        let base = |operation: &'static str| {
            Call::new(&place, "secretsmanager", operation).arg("--secret-id", bucket.id)
        };
        let command = match (edit.facet.member.as_str(), wanted(edit)?) {
            ("ResourcePolicy", Some(policy)) => base("PutResourcePolicy")
                .arg("--resource-policy", document(policy))
                .say(format!("Set the policy of {}", bucket.id)),
            ("ResourcePolicy", None) => {
                base("DeleteResourcePolicy").say(format!("Remove the policy of {}", bucket.id))
            }
            ("KmsKeyId", Some(key)) => {
                let key = key.as_str().ok_or_else(|| unknown(edit, "the key"))?;
                base("UpdateSecret").arg("--kms-key-id", key).say(format!("Encrypt {} with {key}", bucket.id))
            }
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        };
        plan.push(command);
    }
    Ok(())
}

pub(super) fn table(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    for edit in &bucket.edits {
        let base = |operation: &'static str| {
            Call::new(&place, "dynamodb", operation).arg("--resource-arn", bucket.id)
        };
        let command = match (edit.facet.member.as_str(), wanted(edit)?) {
            ("ResourcePolicy", Some(policy)) => base("PutResourcePolicy")
                .arg("--policy", document(policy))
                .say(format!("Set the policy of {}", bucket.id)),
            ("ResourcePolicy", None) => {
                base("DeleteResourcePolicy").say(format!("Remove the policy of {}", bucket.id))
            }
            ("", _) => return Err(unsupported(edit, "what was in the table is gone with it")),
            ("SSEDescription", _)
            | ("StreamSpecification/StreamEnabled" | "TableClassSummary/TableClass", _) => {
                return Err(unsupported(edit, "this member has no call of its own"));
            }
            _ => continue,
        };
        plan.push(command);
    }
    table_capacity(plan, &place, bucket)
}
