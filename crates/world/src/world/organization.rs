//! Attachments of an organization's policies are told twice: the policy lists its targets, and a target its policies of
//! each type.

use super::World;
use crate::delta::{Edit, Facet, ResourceKey, State};
use crate::facets;
use crate::resource::Resource;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const POLICY: &str = "AWS::Organizations::Policy";

/// Types of policies that permissions depend on, each with the member of a target that lists them.
const LISTS: [(&str, &str); 2] = [
    ("SERVICE_CONTROL_POLICY", "ServiceControlPolicies"),
    ("RESOURCE_CONTROL_POLICY", "ResourceControlPolicies"),
];

/// The member of a target that lists policies of a type.
pub(crate) fn list_of(policy_type: &str) -> Option<&'static str> {
    LISTS.iter().find(|(known, _)| *known == policy_type).map(|(_, member)| *member)
}

/// The kind of what a policy is attached to, by the form of its id (Organizations API reference, TargetId).
pub(crate) fn target_kind(id: &str) -> Option<&'static str> {
    match id {
        _ if id.starts_with("r-") => Some("AWS::Organizations::Root"),
        _ if id.starts_with("ou-") => Some("AWS::Organizations::OrganizationalUnit"),
        _ if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some("AWS::Organizations::Account")
        }
        _ => None,
    }
}

/// The type of a policy, from its document.
pub(crate) fn policy_type(document: &Value) -> Option<String> {
    let own = document.get("Type").and_then(Value::as_str).map(str::to_owned);
    // arn:aws:organizations::ACCOUNT:policy/o-ID/service_control_policy/p-ID
    let arn = || document.get("Arn")?.as_str()?.rsplit('/').nth(1).map(str::to_ascii_uppercase);
    own.or_else(arn)
}

impl World {
    /// Carries an attachment over to the other side's list, where that was asked for.
    pub(super) fn follow_attachment(&mut self, edit: &Edit, touched: &mut BTreeSet<ResourceKey>) {
        let Some(element) = &edit.facet.element else { return };
        let (other, members, value) = match (edit.resource.kind.as_str(), edit.facet.member.as_str()) {
            (POLICY, "Targets") => {
                let Some(kind) = target_kind(element) else { return };
                let document = self.get(&edit.resource).map(Resource::value).unwrap_or_default();
                let known = policy_type(&document);
                let members = LISTS.iter().filter(|(of, _)| known.as_ref().is_none_or(|known| known == of));
                let members: Vec<&str> = members.map(|(_, member)| *member).collect();
                (
                    ResourceKey { kind: kind.to_owned(), id: element.clone() },
                    members,
                    json!({"Id": edit.resource.id, "Type": known}),
                )
            }
            (_, member) if LISTS.iter().any(|(_, list)| *list == member) => (
                ResourceKey { kind: POLICY.to_owned(), id: element.clone() },
                vec!["Targets"],
                json!({"TargetId": edit.resource.id}),
            ),
            _ => return,
        };
        let Some(mut document) = self.get(&other).map(Resource::value) else { return };
        // Of a policy whose type is not known, nobody can say which list it is in.
        let is_certain = members.len() == 1;
        for member in members {
            let facet = Facet { member: member.to_owned(), element: Some(edit.resource.id.clone()) };
            let after = match &edit.after {
                State::Absent => State::Absent,
                State::Present(_) if is_certain => State::Present(value.clone()),
                State::Present(_) | State::Unknown => State::Unknown,
            };
            let before = facets::state(&other.kind, &document, &facet);
            // A list nobody asked for stays unknown; what is there already has more to tell.
            let is_same = matches!(
                (&before, &after),
                (State::Present(_), State::Present(_)) | (State::Absent, State::Absent)
            );
            if document.get(member).is_some() && !is_same {
                let change = Edit { resource: other.clone(), facet, before, after };
                facets::apply(&other.kind, &mut document, &change);
                touched.insert(other.clone());
                self.replace(&other, &document);
            }
        }
    }
}
