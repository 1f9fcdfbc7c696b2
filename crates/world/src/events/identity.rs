//! Roles, users and groups of IAM: their policies, boundaries, trust and tags. Changes are recorded, not judged.

use super::Event;
use super::endpoint::policy_text;
use super::part::Part;
use crate::delta::{Edit, State};
use butfor_network::describe::resource_id;
use serde_json::{Value, json};

const ROLE: &str = "AWS::IAM::Role";
const USER: &str = "AWS::IAM::User";
const GROUP: &str = "AWS::IAM::Group";
const INSTANCE_PROFILE: &str = "AWS::IAM::InstanceProfile";

/// Kind, and what names it in a request.
const PRINCIPALS: [(&str, &str); 3] = [(ROLE, "RoleName"), (USER, "UserName"), (GROUP, "GroupName")];

impl Event<'_> {
    /// The id of a resource that the request names.
    pub(super) fn id_of(&self, kind: &str, path: &str) -> Option<String> {
        let name = self.asked.text(path)?;
        Some(resource_id(kind, &name, &self.record.account, &self.record.region).unwrap_or(name))
    }
}

/// The role, user or group a request names.
fn principal(event: &Event<'_>) -> Option<(&'static str, String)> {
    PRINCIPALS.iter().find_map(|(kind, name)| Some((*kind, event.id_of(kind, name)?)))
}

pub(super) fn put_policy(event: &Event<'_>) -> Vec<Edit> {
    let (Some((kind, id)), Some(name)) = (principal(event), event.asked.text("PolicyName")) else {
        return Vec::new();
    };
    let after = match policy_text(event.asked, "PolicyDocument") {
        Some(document) => State::Present(json!({"PolicyName": name, "PolicyDocument": document})),
        None => State::Unknown,
    };
    vec![Part::of(kind, &id).element("InlinePolicies", name, State::Unknown, after)]
}

pub(super) fn delete_policy(event: &Event<'_>) -> Vec<Edit> {
    let (Some((kind, id)), Some(name)) = (principal(event), event.asked.text("PolicyName")) else {
        return Vec::new();
    };
    vec![Part::of(kind, &id).removed("InlinePolicies", name, State::Unknown)]
}

pub(super) fn attach_policy(event: &Event<'_>) -> Vec<Edit> {
    attachment(event, true)
}

pub(super) fn detach_policy(event: &Event<'_>) -> Vec<Edit> {
    attachment(event, false)
}

fn attachment(event: &Event<'_>, is_added: bool) -> Vec<Edit> {
    let (Some((kind, id)), Some(arn)) = (principal(event), event.asked.text("PolicyArn")) else {
        return Vec::new();
    };
    let name = arn.rsplit('/').next().unwrap_or(&arn).to_owned();
    let value = json!({"PolicyArn": arn, "PolicyName": name});
    vec![turned(Part::of(kind, &id), "AttachedPolicies", arn, value, is_added)]
}

fn turned(part: Part<'_>, member: &str, element: String, value: Value, is_added: bool) -> Edit {
    match is_added {
        true => part.added(member, element, value),
        false => part.removed(member, element, State::Present(value)),
    }
}

pub(super) fn put_boundary(event: &Event<'_>) -> Vec<Edit> {
    let (Some((kind, id)), Some(arn)) = (principal(event), event.asked.text("PermissionsBoundary")) else {
        return Vec::new();
    };
    let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
    vec![Part::of(kind, &id).assigned("PermissionsBoundary", boundary)]
}

pub(super) fn delete_boundary(event: &Event<'_>) -> Vec<Edit> {
    let gone = |(kind, id): (&str, String)| {
        Part::of(kind, &id).set("PermissionsBoundary", State::Unknown, State::Absent)
    };
    principal(event).map(gone).into_iter().collect()
}

pub(super) fn update_trust(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.id_of(ROLE, "RoleName") else { return Vec::new() };
    let policy = policy_text(event.asked, "PolicyDocument");
    policy.map(|text| Part::of(ROLE, &id).assigned("AssumeRolePolicyDocument", text)).into_iter().collect()
}

pub(super) fn tag(event: &Event<'_>) -> Vec<Edit> {
    let Some((kind, id)) = principal(event) else { return Vec::new() };
    let tags = event.asked.list("Tags").into_iter();
    tags.filter_map(|tag| {
        let key = tag.text("Key")?;
        let value = json!({"Key": key, "Value": tag.text("Value").unwrap_or_default()});
        Some(Part::of(kind, &id).element("Tags", key, State::Unknown, State::Present(value)))
    })
    .collect()
}

pub(super) fn untag(event: &Event<'_>) -> Vec<Edit> {
    let Some((kind, id)) = principal(event) else { return Vec::new() };
    let keys = event.asked.texts("TagKeys").into_iter();
    keys.map(|key| Part::of(kind, &id).removed("Tags", key, State::Unknown)).collect()
}

pub(super) fn create_role(event: &Event<'_>) -> Vec<Edit> {
    created(event, ROLE, "Role", &["AttachedPolicies", "InlinePolicies", "Tags"])
}

pub(super) fn create_user(event: &Event<'_>) -> Vec<Edit> {
    created(event, USER, "User", &["AttachedPolicies", "InlinePolicies", "Tags", "Groups"])
}

pub(super) fn create_group(event: &Event<'_>) -> Vec<Edit> {
    created(event, GROUP, "Group", &["AttachedPolicies", "InlinePolicies"])
}

pub(super) fn create_instance_profile(event: &Event<'_>) -> Vec<Edit> {
    created(event, INSTANCE_PROFILE, "InstanceProfile", &["Roles"])
}

/// A principal as it is made: with nothing attached, and without what the answer does not tell.
fn created(event: &Event<'_>, kind: &str, member: &str, lists: &[&str]) -> Vec<Edit> {
    let made = event.answered.at(member);
    let (Some(arn), Value::Object(members)) = (made.text("Arn"), made.value()) else { return Vec::new() };
    let record = event.record;
    let id = resource_id(kind, &arn, &record.account, &record.region).unwrap_or(arn);
    let mut document = members.clone();
    for list in lists {
        document.entry(*list).or_insert_with(|| json!([]));
    }
    if kind == ROLE || kind == USER {
        document.entry("PermissionsBoundary").or_insert(Value::Null);
    }
    vec![Part::of(kind, &id).created(Value::Object(document))]
}

pub(super) fn delete_principal(event: &Event<'_>) -> Vec<Edit> {
    principal(event).map(|(kind, id)| Part::of(kind, &id).deleted()).into_iter().collect()
}

pub(super) fn delete_instance_profile(event: &Event<'_>) -> Vec<Edit> {
    let id = event.id_of(INSTANCE_PROFILE, "InstanceProfileName");
    id.map(|id| Part::of(INSTANCE_PROFILE, &id).deleted()).into_iter().collect()
}

pub(super) fn add_to_group(event: &Event<'_>) -> Vec<Edit> {
    membership(event, true)
}

pub(super) fn remove_from_group(event: &Event<'_>) -> Vec<Edit> {
    membership(event, false)
}

fn membership(event: &Event<'_>, is_added: bool) -> Vec<Edit> {
    let (Some(user), Some(group)) = (event.id_of(USER, "UserName"), event.asked.text("GroupName")) else {
        return Vec::new();
    };
    let value = json!({"GroupName": group});
    vec![turned(Part::of(USER, &user), "Groups", group, value, is_added)]
}

pub(super) fn add_role(event: &Event<'_>) -> Vec<Edit> {
    role_of_profile(event, true)
}

pub(super) fn remove_role(event: &Event<'_>) -> Vec<Edit> {
    role_of_profile(event, false)
}

fn role_of_profile(event: &Event<'_>, is_added: bool) -> Vec<Edit> {
    let profile = event.id_of(INSTANCE_PROFILE, "InstanceProfileName");
    let (Some(profile), Some(role)) = (profile, event.asked.text("RoleName")) else { return Vec::new() };
    let value = json!({"RoleName": role, "Arn": event.id_of(ROLE, "RoleName")});
    vec![turned(Part::of(INSTANCE_PROFILE, &profile), "Roles", role, value, is_added)]
}
