//! Policies of an organization, what they are attached to, and where accounts are in it.
//!
//! Only the management account, or one that acts for it, sees these calls in its trail.

use super::Event;
use super::endpoint::policy_text;
use super::part::Part;
use crate::delta::{Edit, State};
use crate::world::organization::{list_of, target_kind};
use serde_json::{Value, json};

const POLICY: &str = "AWS::Organizations::Policy";
const ACCOUNT: &str = "AWS::Organizations::Account";
const ROOT: &str = "AWS::Organizations::Root";

pub(super) fn update_policy(event: &Event<'_>) -> Vec<Edit> {
    let Some(id) = event.asked.text("PolicyId") else { return Vec::new() };
    let part = Part::of(POLICY, &id);
    let content = policy_text(event.asked, "Content").map(|text| part.assigned("Content", text));
    let name = event.asked.text("Name").map(|name| part.assigned("Name", json!(name)));
    content.into_iter().chain(name).collect()
}

pub(super) fn create_policy(event: &Event<'_>) -> Vec<Edit> {
    let made = event.answered.at("Policy/PolicySummary");
    let (Some(id), Value::Object(summary)) = (made.text("Id"), made.value()) else { return Vec::new() };
    let mut document = summary.clone();
    if let Some(content) = policy_text(event.asked, "Content") {
        document.insert("Content".to_owned(), content);
    }
    document.insert("Targets".to_owned(), json!([]));
    vec![Part::of(POLICY, &id).created(Value::Object(document))]
}

pub(super) fn delete_policy(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(POLICY, "PolicyId")
}

pub(super) fn attach_policy(event: &Event<'_>) -> Vec<Edit> {
    attachment(event, true)
}

pub(super) fn detach_policy(event: &Event<'_>) -> Vec<Edit> {
    attachment(event, false)
}

/// The policy lists its targets, and the target its policies of each type.
fn attachment(event: &Event<'_>, is_added: bool) -> Vec<Edit> {
    let (Some(id), Some(target)) = (event.asked.text("PolicyId"), event.asked.text("TargetId")) else {
        return Vec::new();
    };
    let turned = |part: Part<'_>, member: &str, element: &str, value: Value| match is_added {
        true => part.added(member, element, value),
        false => part.removed(member, element, State::Present(value)),
    };
    let mut edits = vec![turned(Part::of(POLICY, &id), "Targets", &target, json!({"TargetId": target}))];
    let kind = event.ids.organization_policy_type(&id);
    if let (Some(kind), Some(of)) = (kind, target_kind(&target))
        && let Some(member) = list_of(kind)
    {
        edits.push(turned(Part::of(of, &target), member, &id, json!({"Id": id, "Type": kind})));
    }
    edits
}

pub(super) fn move_account(event: &Event<'_>) -> Vec<Edit> {
    let (Some(account), Some(parent)) =
        (event.asked.text("AccountId"), event.asked.text("DestinationParentId"))
    else {
        return Vec::new();
    };
    let before = event.asked.text("SourceParentId").map_or(State::Unknown, |id| State::Present(json!(id)));
    vec![Part::of(ACCOUNT, &account).set("ParentId", before, State::Present(json!(parent)))]
}

pub(super) fn enable_policy_type(event: &Event<'_>) -> Vec<Edit> {
    policy_type(event, true)
}

pub(super) fn disable_policy_type(event: &Event<'_>) -> Vec<Edit> {
    policy_type(event, false)
}

fn policy_type(event: &Event<'_>, is_on: bool) -> Vec<Edit> {
    let (Some(root), Some(kind)) = (event.asked.text("RootId"), event.asked.text("PolicyType")) else {
        return Vec::new();
    };
    let (part, on) = (Part::of(ROOT, &root), json!({"Type": kind, "Status": "ENABLED"}));
    vec![match is_on {
        true => part.added("PolicyTypes", kind, on),
        false => part.removed("PolicyTypes", kind, State::Present(on)),
    }]
}
