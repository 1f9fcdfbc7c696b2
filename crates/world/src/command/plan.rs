//! Making a delta into commands: what all families share.

use super::place::{arn_place, global_place, named_place};
use super::shell::Word;
use super::{Command, CommandError, Found, Lookup, Place};
use crate::cloudtrail::Fields;
use crate::delta::{Delta, Edit, Facet, State};
use crate::facets;
use serde_json::Value;
use std::collections::BTreeMap;

/// Edits that are planned together.
#[derive(Debug)]
pub(super) struct Bucket<'a> {
    pub(super) kind: &'a str,
    /// The resource; empty where the bucket spans several.
    pub(super) id: &'a str,
    /// In the delta's order; never empty.
    pub(super) edits: Vec<&'a Edit>,
}

impl<'a> Bucket<'a> {
    /// The edits of one member.
    pub(super) fn of(&self, member: &str) -> impl Iterator<Item = &'a Edit> {
        self.edits.iter().copied().filter(move |edit| edit.facet.member == member)
    }
}

/// Ids that come back as another id when commands are run, each with the shell variable that holds the new one.
#[derive(Debug, Clone, Default)]
pub struct NewIds(BTreeMap<String, String>);

/// Commands in the making.
pub(super) struct Plan<'a> {
    pub(super) delta: &'a Delta,
    pub(super) world: &'a dyn Lookup,
    new_ids: NewIds,
    out: Vec<Command>,
}

pub(super) type Done = Result<(), CommandError>;

impl<'a> Plan<'a> {
    pub(super) fn new(delta: &'a Delta, world: &'a dyn Lookup, new_ids: &NewIds) -> Self {
        Self { delta, world, new_ids: new_ids.clone(), out: Vec::new() }
    }

    pub(super) fn push(&mut self, command: Command) {
        self.out.push(command);
    }

    pub(super) fn finish(self) -> (Vec<Command>, NewIds) {
        (self.out, self.new_ids)
    }

    /// A shell variable for the id that `old` comes back as.
    pub(super) fn rename(&mut self, old: &str, base: &str) -> String {
        let taken = self.new_ids.0.values().filter(|name| name.starts_with(base)).count();
        let name = if taken == 0 { base.to_owned() } else { format!("{base}_{}", taken + 1) };
        self.new_ids.0.insert(old.to_owned(), name.clone());
        name
    }

    /// An id, or the variable that holds what it came back as.
    pub(super) fn id(&self, id: &str) -> Word {
        match self.new_ids.0.get(id) {
            Some(variable) => Word::Variable(variable.clone()),
            None => Word::from(id),
        }
    }

    /// How sentences name a resource: by its id, or by the one it had.
    pub(super) fn shown(&self, id: &str) -> String {
        self.shown_as(id, id)
    }

    /// The same, for ids with a shorter `name`.
    pub(super) fn shown_as(&self, id: &str, name: &str) -> String {
        if self.is_renamed(id) { format!("what {name} came back as") } else { name.to_owned() }
    }

    pub(super) fn is_renamed(&self, id: &str) -> bool {
        self.new_ids.0.contains_key(id)
    }

    /// The resource's document in the world.
    pub(super) fn document(&self, kind: &str, id: &str) -> Option<Found> {
        self.world.document(kind, id)
    }

    /// What the facet of an edit is now: as the world has it, else as the edit says.
    pub(super) fn now(&self, edit: &Edit) -> State {
        let key = &edit.resource;
        match self.document(&key.kind, &key.id) {
            Some(found) => match facets::state(&key.kind, &found.document, &edit.facet) {
                State::Unknown => edit.before.clone(),
                known => known,
            },
            None => edit.before.clone(),
        }
    }

    /// Where commands on the resource of an edit are run: where the resource was observed; as its ARN says; or
    /// where a resource is that its document names.
    pub(super) fn place(&self, edit: &Edit) -> Result<Place, CommandError> {
        let key = &edit.resource;
        if let Some(place) = global_place(key, edit, self.world) {
            return Ok(place);
        }
        if let Some(found) = self.document(&key.kind, &key.id) {
            return Ok(found.place());
        }
        if let Some(place) = named_place(key) {
            return Ok(place);
        }
        if let Some((account, region)) = self.world.home(&key.kind, &key.id) {
            return Ok(Place { account, region });
        }
        let documents = [&edit.after, &edit.before].into_iter().filter_map(|state| match state {
            State::Present(value) => Some(Fields::of(value)),
            State::Absent | State::Unknown => None,
        });
        let neighbours = [
            ("AWS::EC2::VPC", "VpcId|RequesterVpcInfo/VpcId"),
            ("AWS::EC2::Subnet", "SubnetId"),
            ("AWS::EC2::NetworkInterface", "NetworkInterfaceId"),
            ("AWS::EC2::VPNGateway", "VpnGatewayId"),
            ("AWS::EC2::TransitGateway", "TransitGatewayId"),
        ];
        let found = documents.into_iter().find_map(|document| {
            let own = document.text("ResourceArn|SubnetArn|DBInstanceArn|TransitGatewayArn");
            let attached =
                document.list("Attachments|VpcAttachments").into_iter().find_map(|one| one.text("VpcId"));
            let vpc = || self.document("AWS::EC2::VPC", &attached?).map(|found| found.place());
            let near =
                || neighbours.iter().find_map(|(kind, path)| self.document(kind, &document.text(path)?));
            own.and_then(|arn| arn_place(&arn)).or_else(vpc).or_else(|| near().map(|found| found.place()))
        });
        found.ok_or_else(|| unknown(edit, "the account and Region it is in"))
    }
}

/// What an edit leads to: a value, or nothing.
pub(super) fn wanted(edit: &Edit) -> Result<Option<&Value>, CommandError> {
    match &edit.after {
        State::Present(value) => Ok(Some(value)),
        State::Absent => Ok(None),
        State::Unknown => Err(unknown(edit, "the value it had")),
    }
}

/// The key of the element an edit is about.
pub(super) fn element(edit: &Edit) -> Result<&str, CommandError> {
    edit.facet.element.as_deref().ok_or_else(|| unknown(edit, "which elements changed"))
}

/// What the element was, for an edit that removes it: as the world has it, else as the edit says.
pub(super) fn removed(plan: &Plan<'_>, edit: &Edit) -> Option<Value> {
    match plan.now(edit) {
        State::Present(value) => Some(value),
        State::Absent | State::Unknown => match &edit.before {
            State::Present(value) => Some(value.clone()),
            State::Absent | State::Unknown => None,
        },
    }
}

/// The elements a list has when the edits of `member` are made, for calls that set the list as a whole; `key` names
/// an element as the call does.
pub(super) fn whole_list(
    plan: &Plan<'_>,
    bucket: &Bucket<'_>,
    member: &str,
    key: fn(&Value) -> Option<String>,
) -> Result<Option<Vec<String>>, CommandError> {
    let Some(first) = bucket.of(member).next() else { return Ok(None) };
    let whole = Facet { member: member.to_owned(), element: None };
    let keys =
        |value: &Value| -> Vec<String> { value.as_array().into_iter().flatten().filter_map(key).collect() };
    let known = plan
        .document(bucket.kind, bucket.id)
        .map(|found| facets::state(bucket.kind, &found.document, &whole));
    let mut list = match known {
        Some(State::Present(value)) => Some(keys(&value)),
        Some(State::Absent) => Some(Vec::new()),
        Some(State::Unknown) | None => None,
    };
    for edit in bucket.of(member) {
        let value = wanted(edit)?;
        match &edit.facet.element {
            None => list = Some(value.map(keys).unwrap_or_default()),
            Some(element) => {
                let list = list
                    .as_mut()
                    .ok_or_else(|| unknown(first, "the whole list, which the call sets at once"))?;
                list.retain(|known| known != element);
                if value.is_some() {
                    list.push(element.clone());
                }
            }
        }
    }
    Ok(list)
}

pub(super) fn unknown(edit: &Edit, needed: &str) -> CommandError {
    CommandError::UnknownValue {
        resource: edit.resource.clone(),
        facet: edit.facet.clone(),
        needed: needed.to_owned(),
    }
}

pub(super) fn unsupported(edit: &Edit, needed: &str) -> CommandError {
    CommandError::Unsupported {
        resource: edit.resource.clone(),
        facet: edit.facet.clone(),
        needed: needed.to_owned(),
    }
}

/// The id itself, for lists of text.
pub(super) fn text_key(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Text of a member of a value.
pub(super) fn text(value: &Value, path: &str) -> Option<String> {
    Fields::of(value).text(path)
}
