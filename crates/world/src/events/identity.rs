//! Authorisation documents: bucket policies, role policies, organization policies. Changes are recorded, not judged.

use super::Event;
use super::endpoint::policy_text;
use super::part::Part;
use crate::delta::{Edit, State};
use serde_json::json;

const BUCKET: &str = "AWS::S3::Bucket";
const ROLE: &str = "AWS::IAM::Role";
const ORGANIZATION_POLICY: &str = "AWS::Organizations::Policy";

pub(super) fn put_bucket_policy(event: &Event<'_>) -> Vec<Edit> {
    let Some(bucket) = event.asked.text("BucketName") else { return Vec::new() };
    let after = policy_text(event.asked, "BucketPolicy|Policy").map_or(State::Unknown, State::Present);
    vec![Part::of(BUCKET, &bucket).set("Policy", State::Unknown, after)]
}

pub(super) fn delete_bucket_policy(event: &Event<'_>) -> Vec<Edit> {
    let removed = |bucket: String| Part::of(BUCKET, &bucket).set("Policy", State::Unknown, State::Absent);
    event.asked.text("BucketName").map(removed).into_iter().collect()
}

pub(super) fn put_role_policy(event: &Event<'_>) -> Vec<Edit> {
    let asked = event.asked;
    let (Some(role), Some(name)) = (asked.text("RoleName"), asked.text("PolicyName")) else {
        return Vec::new();
    };
    let after = match policy_text(asked, "PolicyDocument") {
        Some(document) => State::Present(json!({"PolicyName": name, "PolicyDocument": document})),
        None => State::Unknown,
    };
    vec![Part::of(ROLE, &role).element("InlinePolicies", name, State::Unknown, after)]
}

pub(super) fn delete_role_policy(event: &Event<'_>) -> Vec<Edit> {
    let asked = event.asked;
    let (Some(role), Some(name)) = (asked.text("RoleName"), asked.text("PolicyName")) else {
        return Vec::new();
    };
    vec![Part::of(ROLE, &role).removed("InlinePolicies", name, State::Unknown)]
}

pub(super) fn attach_role_policy(event: &Event<'_>) -> Vec<Edit> {
    role_attachment(event, true)
}

pub(super) fn detach_role_policy(event: &Event<'_>) -> Vec<Edit> {
    role_attachment(event, false)
}

fn role_attachment(event: &Event<'_>, is_added: bool) -> Vec<Edit> {
    let (Some(role), Some(arn)) = (event.asked.text("RoleName"), event.asked.text("PolicyArn")) else {
        return Vec::new();
    };
    let name = arn.rsplit('/').next().unwrap_or(&arn).to_owned();
    let value = json!({"PolicyArn": arn, "PolicyName": name});
    let part = Part::of(ROLE, &role);
    vec![match is_added {
        true => part.added("AttachedPolicies", arn, value),
        false => part.removed("AttachedPolicies", arn, State::Present(value)),
    }]
}

pub(super) fn update_organization_policy(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.asked.text("PolicyId") else { return Vec::new() };
    let content = policy_text(event.asked, "Content");
    content.map(|text| Part::of(ORGANIZATION_POLICY, &id).assigned("Content", text)).into_iter().collect()
}

pub(super) fn attach_organization_policy(event: &Event<'_>) -> Vec<Edit> {
    target(event, true)
}

pub(super) fn detach_organization_policy(event: &Event<'_>) -> Vec<Edit> {
    target(event, false)
}

fn target(event: &Event<'_>, is_added: bool) -> Vec<Edit> {
    let (Some(id), Some(target)) = (event.asked.text("PolicyId"), event.asked.text("TargetId")) else {
        return Vec::new();
    };
    let value = json!({"TargetId": target});
    let part = Part::of(ORGANIZATION_POLICY, &id);
    vec![match is_added {
        true => part.added("Targets", target, value),
        false => part.removed("Targets", target, State::Present(value)),
    }]
}
