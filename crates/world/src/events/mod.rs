//! CloudTrail records as edits.
//!
//! One table names every event that changes something we model (change-events, section 5); a new event is one row
//! and one function in its family's file. What a record cannot tell is [`State::Unknown`](crate::State): the history
//! of observations and other events fills it in.
//!
//! Three conventions for what cannot be said exactly:
//! - A list member with no element is the whole list: `Unknown` to `Present` when a call replaced it, `Unknown` to
//!   `Unknown` when a call changed elements and does not say which.
//! - An association known by its id only becomes an edit on the association's own CloudFormation type
//!   (`AWS::EC2::SubnetRouteTableAssociation`): something changed and it is not known for which subnet.
//! - A call that sets a boolean has the opposite as `before`; an observation that shows otherwise wins.

mod compute;
mod configuration;
mod endpoint;
mod firewall;
mod function;
mod gateway;
mod identity;
mod load_balancer;
mod managed_policy;
mod network_acl;
mod organization;
mod part;
mod peering;
pub(crate) mod permission;
mod resource_policy;
mod route;
mod security_group;
mod service;
mod table;
mod transit_gateway;
mod vpc;
mod vpn;

use crate::cloudtrail::{Fields, Record};
use crate::delta::Edit;
use crate::ids::IdIndex;
use part::Part;
use serde_json::{Value, json};

/// What a record means for the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Translation {
    /// It changed this, in this order; never empty.
    Edits(Vec<Edit>),
    /// A call that writes, but nothing we model (`CreateTags`).
    NoEffect,
    /// A call that only reads.
    NotAWrite,
}

/// What a record changed, as if the call succeeded: a failed or dry-run call ([`Record::error`]) changed nothing, and
/// its translation says what it would have changed.
#[must_use]
pub fn translate(record: &Record, ids: &IdIndex) -> Translation {
    if record.read_only {
        return Translation::NotAWrite;
    }
    let operation = record.operation();
    let mut rows = table::EVENTS.iter();
    let Some(row) = rows.find(|row| row.event == operation && row.service == record.service) else {
        return Translation::NoEffect;
    };
    let event = Event { record, ids, asked: record.asked(), answered: record.answered() };
    let edits = (row.edits)(&event);
    if edits.is_empty() { Translation::NoEffect } else { Translation::Edits(edits) }
}

/// One row of the table.
struct Row {
    event: &'static str,
    service: &'static str,
    edits: fn(&Event<'_>) -> Vec<Edit>,
}

/// A record being translated.
struct Event<'a> {
    record: &'a Record,
    ids: &'a IdIndex,
    /// The request.
    asked: Fields<'a>,
    /// The answer.
    answered: Fields<'a>,
}

impl Event<'_> {
    /// A resource that the answer describes whole.
    fn created(&self, kind: &str, member: &str, id: &str) -> Vec<Edit> {
        let created = self.answered.at(member);
        let Some(id) = created.text(id) else { return Vec::new() };
        let mut document = created.value().clone();
        // The answer comes while the resource is being made; what counts is the state it settles in.
        if let (Some("pending"), Value::Object(members)) = (created.text("State").as_deref(), &mut document) {
            members.insert("State".to_owned(), json!("available"));
        }
        vec![Part::of(kind, &id).created(document)]
    }

    /// A resource named by its id that is gone.
    fn deleted(&self, kind: &str, id: &str) -> Vec<Edit> {
        self.asked.text(id).map(|id| Part::of(kind, &id).deleted()).into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
