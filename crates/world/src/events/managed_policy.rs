//! Managed policies of IAM and their versions.

use super::Event;
use super::endpoint::policy_text;
use super::part::Part;
use crate::delta::{Edit, State};
use serde_json::{Value, json};

const POLICY: &str = "AWS::IAM::ManagedPolicy";

pub(super) fn create(event: &Event<'_>) -> Vec<Edit> {
    let made = event.answered.at("Policy");
    let (Some(arn), Value::Object(members)) = (made.text("Arn"), made.value()) else { return Vec::new() };
    let mut document = members.clone();
    if let (Some(text), Some(version)) =
        (policy_text(event.asked, "PolicyDocument"), made.text("DefaultVersionId"))
    {
        let first = json!({"VersionId": version, "Document": text, "IsDefaultVersion": true});
        document.insert("Versions".to_owned(), json!([first]));
    }
    vec![Part::of(POLICY, &arn).created(Value::Object(document))]
}

pub(super) fn create_version(event: &Event<'_>) -> Vec<Edit> {
    let Some(arn) = event.asked.text("PolicyArn") else { return Vec::new() };
    let part = Part::of(POLICY, &arn);
    let is_default = event.asked.flag("SetAsDefault") == Some(true);
    let Some(version) = event.answered.text("PolicyVersion/VersionId") else {
        // Which version it became is not told.
        let default = is_default.then(|| part.unclear("DefaultVersionId"));
        return std::iter::once(part.unclear("Versions")).chain(default).collect();
    };
    let after = match policy_text(event.asked, "PolicyDocument") {
        Some(text) => {
            State::Present(json!({"VersionId": version, "Document": text, "IsDefaultVersion": is_default}))
        }
        None => State::Unknown,
    };
    let added = part.element("Versions", version.as_str(), State::Absent, after);
    let default = is_default.then(|| part.assigned("DefaultVersionId", json!(version)));
    std::iter::once(added).chain(default).collect()
}

pub(super) fn set_default_version(event: &Event<'_>) -> Vec<Edit> {
    let (Some(arn), Some(version)) = (event.asked.text("PolicyArn"), event.asked.text("VersionId")) else {
        return Vec::new();
    };
    vec![Part::of(POLICY, &arn).assigned("DefaultVersionId", json!(version))]
}

pub(super) fn delete_version(event: &Event<'_>) -> Vec<Edit> {
    let (Some(arn), Some(version)) = (event.asked.text("PolicyArn"), event.asked.text("VersionId")) else {
        return Vec::new();
    };
    vec![Part::of(POLICY, &arn).removed("Versions", version, State::Unknown)]
}

pub(super) fn delete(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(POLICY, "PolicyArn")
}
