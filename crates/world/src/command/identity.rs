//! Commands for roles, users, groups, managed policies and instance profiles.

use super::Place;
use super::plan::{Bucket, Done, Plan, element, text, unknown, unsupported, wanted};
use super::shell::Call;
use crate::delta::{Edit, State};
use crate::facets;
use serde_json::{Value, json};

const POLICY: &str = "AWS::IAM::ManagedPolicy";

/// The operations of one kind of principal; empty where there is none.
struct Operations {
    flag: &'static str,
    noun: &'static str,
    put: &'static str,
    delete: &'static str,
    attach: &'static str,
    detach: &'static str,
    put_boundary: &'static str,
    delete_boundary: &'static str,
    tag: &'static str,
    untag: &'static str,
    create: &'static str,
    remove: &'static str,
}

const ROLE: Operations = Operations {
    flag: "--role-name",
    noun: "role",
    put: "PutRolePolicy",
    delete: "DeleteRolePolicy",
    attach: "AttachRolePolicy",
    detach: "DetachRolePolicy",
    put_boundary: "PutRolePermissionsBoundary",
    delete_boundary: "DeleteRolePermissionsBoundary",
    tag: "TagRole",
    untag: "UntagRole",
    create: "CreateRole",
    remove: "DeleteRole",
};

const USER: Operations = Operations {
    flag: "--user-name",
    noun: "user",
    put: "PutUserPolicy",
    delete: "DeleteUserPolicy",
    attach: "AttachUserPolicy",
    detach: "DetachUserPolicy",
    put_boundary: "PutUserPermissionsBoundary",
    delete_boundary: "DeleteUserPermissionsBoundary",
    tag: "TagUser",
    untag: "UntagUser",
    create: "CreateUser",
    remove: "DeleteUser",
};

const GROUP: Operations = Operations {
    flag: "--group-name",
    noun: "group",
    put: "PutGroupPolicy",
    delete: "DeleteGroupPolicy",
    attach: "AttachGroupPolicy",
    detach: "DetachGroupPolicy",
    put_boundary: "",
    delete_boundary: "",
    tag: "",
    untag: "",
    create: "CreateGroup",
    remove: "DeleteGroup",
};

/// The name that calls use.
pub(super) fn name_of(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// A policy in one line, from any form it is kept in.
pub(super) fn document(policy: &Value) -> String {
    match (facets::policy_document(policy), policy) {
        (Some(document), _) => document.to_string(),
        (None, Value::String(text)) => text.clone(),
        (None, other) => other.to_string(),
    }
}

/// A principal's calls.
struct Principal<'a> {
    place: Place,
    name: &'a str,
    with: &'static Operations,
}

impl Principal<'_> {
    fn call(&self, operation: &'static str) -> Call {
        Call::new(&self.place, "iam", operation).arg(self.with.flag, self.name)
    }

    fn title(&self) -> String {
        format!("{} {}", self.with.noun, self.name)
    }
}

pub(super) fn principal(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let with = match bucket.kind {
        "AWS::IAM::User" => &USER,
        "AWS::IAM::Group" => &GROUP,
        _ => &ROLE,
    };
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let who = Principal { place: plan.place(first)?, name: name_of(bucket.id), with };
    for edit in &bucket.edits {
        match edit.facet.member.as_str() {
            "" => life(plan, edit, &who)?,
            "InlinePolicies" => inline(plan, edit, &who)?,
            "AttachedPolicies" => attached(plan, edit, &who)?,
            "PermissionsBoundary" if !with.put_boundary.is_empty() => boundary(plan, edit, &who)?,
            "Tags" if !with.tag.is_empty() => tag(plan, edit, &who)?,
            "AssumeRolePolicyDocument" => trust(plan, edit, &who)?,
            "Groups" => membership(plan, edit, &who)?,
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        }
    }
    Ok(())
}

fn inline(plan: &mut Plan<'_>, edit: &Edit, who: &Principal<'_>) -> Done {
    let (name, title) = (element(edit)?, who.title());
    let command = match wanted(edit)? {
        Some(value) => {
            let policy = value.get("PolicyDocument").ok_or_else(|| unknown(edit, "the policy"))?;
            who.call(who.with.put)
                .arg("--policy-name", name)
                .arg("--policy-document", document(policy))
                .say(format!("Set inline policy {name} of {title}"))
        }
        None => who
            .call(who.with.delete)
            .arg("--policy-name", name)
            .say(format!("Remove inline policy {name} of {title}")),
    };
    plan.push(command);
    Ok(())
}

fn attached(plan: &mut Plan<'_>, edit: &Edit, who: &Principal<'_>) -> Done {
    let (arn, title) = (element(edit)?, who.title());
    let (operation, text) = match wanted(edit)? {
        Some(_) => (who.with.attach, format!("Attach {arn} to {title}")),
        None => (who.with.detach, format!("Detach {arn} from {title}")),
    };
    plan.push(who.call(operation).arg("--policy-arn", arn).say(text));
    Ok(())
}

fn boundary(plan: &mut Plan<'_>, edit: &Edit, who: &Principal<'_>) -> Done {
    let title = who.title();
    let command = match wanted(edit)? {
        Some(value) => {
            let arn = text(value, "PermissionsBoundaryArn").ok_or_else(|| unknown(edit, "the boundary"))?;
            let call = who.call(who.with.put_boundary).arg("--permissions-boundary", arn.as_str());
            call.say(format!("Set {arn} as the permissions boundary of {title}"))
        }
        None => {
            who.call(who.with.delete_boundary).say(format!("Take the permissions boundary of {title} away"))
        }
    };
    plan.push(command);
    Ok(())
}

fn tag(plan: &mut Plan<'_>, edit: &Edit, who: &Principal<'_>) -> Done {
    let (key, title) = (element(edit)?, who.title());
    let command = match wanted(edit)? {
        Some(value) => {
            let value = text(value, "Value").unwrap_or_default();
            let call = who.call(who.with.tag).json("--tags", &json!([{"Key": key, "Value": value}]));
            call.say(format!("Tag {title} with {key}={value}"))
        }
        None => who.call(who.with.untag).arg("--tag-keys", key).say(format!("Take tag {key} off {title}")),
    };
    plan.push(command);
    Ok(())
}

fn trust(plan: &mut Plan<'_>, edit: &Edit, who: &Principal<'_>) -> Done {
    let policy = wanted(edit)?.ok_or_else(|| unsupported(edit, "a role always has a trust policy"))?;
    let call = who.call("UpdateAssumeRolePolicy").arg("--policy-document", document(policy));
    plan.push(call.say(format!("Set who may assume {}", who.title())));
    Ok(())
}

fn membership(plan: &mut Plan<'_>, edit: &Edit, who: &Principal<'_>) -> Done {
    let (group, title) = (element(edit)?, who.title());
    let (operation, text) = match wanted(edit)? {
        Some(_) => ("AddUserToGroup", format!("Put {title} into group {group}")),
        None => ("RemoveUserFromGroup", format!("Take {title} out of group {group}")),
    };
    plan.push(who.call(operation).arg("--group-name", group).say(text));
    Ok(())
}

/// A principal made anew, with what it had, or deleted, after what it has.
fn life(plan: &mut Plan<'_>, edit: &Edit, who: &Principal<'_>) -> Done {
    match wanted(edit)? {
        Some(wanted) => {
            let wanted = wanted.clone();
            create(plan, edit, who, &wanted)?;
            each(plan, edit, who, &wanted, true)
        }
        None => {
            let now = match plan.now(edit) {
                State::Present(now) => now,
                State::Absent | State::Unknown => Value::Null,
            };
            each(plan, edit, who, &now, false)?;
            plan.push(who.call(who.with.remove).say(format!("Delete {}", who.title())));
            Ok(())
        }
    }
}

fn create(plan: &mut Plan<'_>, edit: &Edit, who: &Principal<'_>, wanted: &Value) -> Done {
    let mut call = who.call(who.with.create);
    if who.with.noun == "role" {
        let trust = wanted.get("AssumeRolePolicyDocument").filter(|trust| !trust.is_null());
        let trust = trust.ok_or_else(|| unknown(edit, "who may assume it"))?;
        call = call.arg("--assume-role-policy-document", document(trust));
    }
    let path = text(wanted, "Path").filter(|path| path != "/");
    let boundary = text(wanted, "PermissionsBoundary/PermissionsBoundaryArn");
    let call = call.maybe("--path", path).maybe("--permissions-boundary", boundary);
    let tags = wanted.get("Tags").filter(|tags| tags.as_array().is_some_and(|tags| !tags.is_empty()));
    let call = match tags {
        Some(tags) => call.json("--tags", tags),
        None => call,
    };
    let call =
        call.caution("it comes back under a new unique id; policies that name the old one do not admit it");
    plan.push(call.say(format!("Make {} anew", who.title())));
    Ok(())
}

/// What a principal has, put on or taken off piece by piece.
fn each(plan: &mut Plan<'_>, edit: &Edit, who: &Principal<'_>, document: &Value, is_added: bool) -> Done {
    for (member, plan_one) in [
        ("InlinePolicies", inline as fn(&mut Plan<'_>, &Edit, &Principal<'_>) -> Done),
        ("AttachedPolicies", attached),
        ("Groups", membership),
    ] {
        for item in document.get(member).and_then(Value::as_array).into_iter().flatten() {
            let Some(key) = facets::element_key(&edit.resource.kind, member, item) else {
                return Err(unknown(edit, &format!("all of its `{member}`")));
            };
            let mut piece = edit.clone();
            member.clone_into(&mut piece.facet.member);
            piece.facet.element = Some(key);
            piece.after = if is_added { State::Present(item.clone()) } else { State::Absent };
            plan_one(plan, &piece, who)?;
        }
    }
    Ok(())
}

pub(super) fn managed_policy(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let base = |operation: &'static str| Call::new(&place, "iam", operation).arg("--policy-arn", bucket.id);
    if let Some(edit) = bucket.of("").last() {
        return managed_life(plan, edit, &place);
    }
    let default = bucket.of("DefaultVersionId").last();
    if let Some(edit) = default {
        set_default(plan, bucket, edit, &base)?;
    }
    for edit in bucket.of("Versions") {
        match wanted(edit)? {
            // The version in force goes back; the other stays, as it does no harm and can be read later.
            _ if default.is_some() => {}
            Some(version) => {
                let policy = version.get("Document").ok_or_else(|| unknown(edit, "the policy"))?;
                let call = base("CreatePolicyVersion").arg("--policy-document", document(policy));
                let call =
                    call.caution("it comes back under a new version id; a policy has five versions at most");
                plan.push(call.say(format!("Put back a version of {}", bucket.id)));
            }
            None => {
                let version = element(edit)?;
                let call = base("DeletePolicyVersion").arg("--version-id", version);
                plan.push(call.say(format!("Delete version {version} of {}", bucket.id)));
            }
        }
    }
    Ok(())
}

/// Puts a version in force: the version itself where it exists, one that says the same, else a new one.
fn set_default(
    plan: &mut Plan<'_>,
    bucket: &Bucket<'_>,
    edit: &Edit,
    base: &dyn Fn(&'static str) -> Call,
) -> Done {
    let version = wanted(edit)?.and_then(Value::as_str).ok_or_else(|| unknown(edit, "the version"))?;
    let now = plan.document(POLICY, bucket.id).map(|found| found.document).unwrap_or_default();
    let now: Vec<Value> = now.get("Versions").and_then(Value::as_array).cloned().unwrap_or_default();
    let id = |item: &Value| text(item, "VersionId");
    let restored = bucket.of("Versions").find_map(|edit| match &edit.after {
        State::Present(value) if edit.facet.element.as_deref() == Some(version) => value.get("Document"),
        _ => None,
    });
    let is_there = now.iter().any(|item| id(item).as_deref() == Some(version));
    let same = restored.filter(|_| !is_there).and_then(|wanted| {
        let says = |item: &&Value| item.get("Document").is_some_and(|own| facets::same_policy(own, wanted));
        now.iter().find(says).and_then(id)
    });
    let chosen = match (restored, same) {
        (Some(policy), None) if !is_there => {
            let call = base("CreatePolicyVersion")
                .arg("--policy-document", document(policy))
                .switch("--set-as-default");
            let call =
                call.caution("a policy has five versions at most: delete one that is not needed first");
            plan.push(call.say(format!("Put back what {version} of {} said", bucket.id)));
            return Ok(());
        }
        (_, same) => same.unwrap_or_else(|| version.to_owned()),
    };
    let call = base("SetDefaultPolicyVersion").arg("--version-id", chosen.as_str());
    plan.push(call.say(format!("Put version {chosen} of {} in force", bucket.id)));
    Ok(())
}

fn managed_life(plan: &mut Plan<'_>, edit: &Edit, place: &Place) -> Done {
    let id = edit.resource.id.as_str();
    let Some(wanted) = wanted(edit)? else {
        let call = Call::new(place, "iam", "DeletePolicy").arg("--policy-arn", id);
        let call =
            call.caution("it must not be attached to anything, and have no versions but the one in force");
        plan.push(call.say(format!("Delete {id}")));
        return Ok(());
    };
    let policy = in_force(wanted).ok_or_else(|| unknown(edit, "the version that was in force"))?;
    let call = Call::new(place, "iam", "CreatePolicy")
        .arg("--policy-name", name_of(id))
        .maybe("--path", text(wanted, "Path").filter(|path| path != "/"))
        .arg("--policy-document", document(policy));
    plan.push(call.say(format!("Make {id} anew")));
    Ok(())
}

fn in_force(policy: &Value) -> Option<&Value> {
    let default = policy.get("DefaultVersionId")?;
    let versions = policy.get("Versions").and_then(Value::as_array)?;
    versions.iter().find(|version| version.get("VersionId") == Some(default))?.get("Document")
}

pub(super) fn instance_profile(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let (place, name) = (plan.place(first)?, name_of(bucket.id));
    let base =
        |operation: &'static str| Call::new(&place, "iam", operation).arg("--instance-profile-name", name);
    for edit in &bucket.edits {
        let command = match (edit.facet.member.as_str(), wanted(edit)?) {
            ("Roles", after) => {
                let role = element(edit)?;
                let (operation, text) = match after {
                    Some(_) => {
                        ("AddRoleToInstanceProfile", format!("Put role {role} into instance profile {name}"))
                    }
                    None => (
                        "RemoveRoleFromInstanceProfile",
                        format!("Take role {role} out of instance profile {name}"),
                    ),
                };
                base(operation).arg("--role-name", role).say(text)
            }
            ("", Some(wanted)) => {
                plan.push(base("CreateInstanceProfile").say(format!("Make instance profile {name} anew")));
                let roles = wanted.get("Roles").and_then(Value::as_array).into_iter().flatten();
                for role in roles.filter_map(|role| text(role, "RoleName")) {
                    let call = base("AddRoleToInstanceProfile").arg("--role-name", role.as_str());
                    plan.push(call.say(format!("Put role {role} into instance profile {name}")));
                }
                continue;
            }
            ("", None) => base("DeleteInstanceProfile").say(format!("Delete instance profile {name}")),
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        };
        plan.push(command);
    }
    Ok(())
}

/// The instance profile of an instance: the association has an id, which is asked for when the command runs.
pub(super) fn profile_of_instance(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, instance) = (plan.place(edit)?, edit.resource.id.as_str());
    let association = Call::ec2(&place, "DescribeIamInstanceProfileAssociations")
        .arg("--filters", format!("Name=instance-id,Values={instance}"))
        .arg("--query", "IamInstanceProfileAssociations[0].AssociationId")
        .arg("--output", "text")
        .line();
    let association = super::shell::Word::Output(association);
    let arn = wanted(edit)?.map(|profile| text(profile, "Arn").ok_or_else(|| unknown(edit, "the profile")));
    let command = match (plan.now(edit), arn.transpose()?) {
        (State::Unknown, Some(_)) => return Err(unknown(edit, "whether it has an instance profile now")),
        (State::Absent, Some(arn)) => Call::ec2(&place, "AssociateIamInstanceProfile")
            .arg("--instance-id", plan.id(instance))
            .arg("--iam-instance-profile", format!("Arn={arn}"))
            .say(format!("Give {instance} instance profile {}", name_of(&arn))),
        (State::Present(_), Some(arn)) => Call::ec2(&place, "ReplaceIamInstanceProfileAssociation")
            .arg("--association-id", association)
            .arg("--iam-instance-profile", format!("Arn={arn}"))
            .say(format!("Give {instance} instance profile {} instead", name_of(&arn))),
        (_, None) => Call::ec2(&place, "DisassociateIamInstanceProfile")
            .arg("--association-id", association)
            .say(format!("Take the instance profile off {instance}")),
    };
    plan.push(command);
    Ok(())
}
