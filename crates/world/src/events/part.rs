//! Building edits.

use crate::delta::{Edit, Facet, ResourceKey, State};
use serde_json::{Map, Value};

use crate::cloudtrail::Fields;

/// A resource about to be edited.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    kind: &'a str,
    id: &'a str,
}

impl<'a> Part<'a> {
    pub(super) fn of(kind: &'a str, id: &'a str) -> Self {
        Self { kind, id }
    }

    /// The resource as a whole.
    pub(super) fn whole(self, before: State, after: State) -> Edit {
        self.edit("", None, before, after)
    }

    pub(super) fn created(self, document: Value) -> Edit {
        self.whole(State::Absent, State::Present(document))
    }

    /// Gone; what it was must come from elsewhere.
    pub(super) fn deleted(self) -> Edit {
        self.whole(State::Unknown, State::Absent)
    }

    /// A member that is not a list, or a list replaced as a whole.
    pub(super) fn set(self, member: &str, before: State, after: State) -> Edit {
        self.edit(member, None, before, after)
    }

    /// A new value over an unknown one.
    pub(super) fn assigned(self, member: &str, value: Value) -> Edit {
        self.set(member, State::Unknown, State::Present(value))
    }

    /// A boolean the call set. AWS accepts a call that sets the value there already is, which changes nothing; taking
    /// the other value as the one before makes the call reversible without history (change-events, section 5).
    pub(super) fn flipped(self, member: &str, value: bool) -> Edit {
        self.set(member, State::Present(Value::Bool(!value)), State::Present(Value::Bool(value)))
    }

    /// An element of a list.
    pub(super) fn element(
        self,
        member: &str,
        element: impl Into<String>,
        before: State,
        after: State,
    ) -> Edit {
        self.edit(member, Some(element.into()), before, after)
    }

    pub(super) fn added(self, member: &str, element: impl Into<String>, value: Value) -> Edit {
        self.element(member, element, State::Absent, State::Present(value))
    }

    pub(super) fn removed(self, member: &str, element: impl Into<String>, before: State) -> Edit {
        self.element(member, element, before, State::Absent)
    }

    /// A list of which some elements changed and it is not known which.
    pub(super) fn unclear(self, member: &str) -> Edit {
        self.set(member, State::Unknown, State::Unknown)
    }

    fn edit(self, member: &str, element: Option<String>, before: State, after: State) -> Edit {
        Edit {
            resource: ResourceKey { kind: self.kind.to_owned(), id: self.id.to_owned() },
            facet: Facet { member: member.to_owned(), element },
            before,
            after,
        }
    }
}

/// The named members that are there, as they are.
pub(super) fn members_of(fields: Fields<'_>, members: &[&str]) -> Map<String, Value> {
    members.iter().filter_map(|member| Some(((*member).to_owned(), fields.get(member)?.clone()))).collect()
}

/// The named members that are there, as text whatever the dialect wrote.
pub(super) fn texts_of(fields: Fields<'_>, members: &[&str]) -> Map<String, Value> {
    members
        .iter()
        .filter_map(|member| Some(((*member).to_owned(), Value::String(fields.text(member)?))))
        .collect()
}

/// The partition a Region belongs to (IAM guide, ARN format).
pub(super) fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
