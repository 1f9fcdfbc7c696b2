//! The lens between a resource's document and its facets, driven by one table.
//!
//! A facet is what can change on its own: a route, a rule, an association, a setting. Whatever follows from something
//! else is none: propagated routes, whether a route's target still exists, counts, time stamps, and tags.

mod configuration;
mod key;
mod map;
mod permissions;
mod policy;
mod secret;
mod table;
#[cfg(test)]
mod tests;
mod unknown;

pub use key::{element_key, permission_atoms};
pub use policy::{policy_document, same as same_policy};
pub use secret::{is_redacted, is_secret};
pub(crate) use table::ROUTE_TARGETS;
pub(crate) use unknown::{forget, may_hide, without_unknown};

use crate::delta::{Edit, Facet, State};
use butfor_network::describe::UNKNOWN;
use key::{key_of, path, scalar};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use table::{List, Same};

/// Everything comparable in a document, apart from the resource as a whole.
#[must_use]
pub fn facets(kind: &str, document: &Value) -> BTreeMap<Facet, Value> {
    let Some(row) = table::of(kind) else { return BTreeMap::new() };
    let mut found = BTreeMap::new();
    for list in row.lists {
        for (key, element) in elements(kind, list, document) {
            found.insert(Facet { member: list.member.to_owned(), element: Some(key) }, element);
        }
    }
    for member in row.attributes {
        if let Some(object) = member.strip_suffix("/*") {
            let members = path(document, object).and_then(Value::as_object).into_iter().flatten();
            for (name, value) in members.filter(|(_, value)| !value.is_null()) {
                found.insert(Facet { member: format!("{object}/{name}"), element: None }, value.clone());
            }
        } else if let Some(value) = path(document, member).filter(|value| !value.is_null()) {
            found.insert(Facet { member: (*member).to_owned(), element: None }, value.clone());
        }
    }
    found
}

/// What one facet is in a document. A member that comes from a call of its own which was not made is unknown; so is
/// what an edit made unknown.
#[must_use]
pub fn state(kind: &str, document: &Value, facet: &Facet) -> State {
    if facet.member.is_empty() {
        return State::Present(document.clone());
    }
    let value = match path(document, &facet.member) {
        None if asks_for(kind, &facet.member) && !is_nothing(document, &facet.member) => {
            return State::Unknown;
        }
        None | Some(Value::Null) if is_lost(kind, document, facet) => return State::Unknown,
        None | Some(Value::Null) => return State::Absent,
        Some(value) => value,
    };
    let list = table::of(kind).and_then(|row| row.list(&facet.member));
    match (&facet.element, list) {
        (element, Some(list)) if list.is_map() => map::state(element.as_deref(), value),
        (None, _) if unknown::key(value).is_some() || unknown::is_in(value) => State::Unknown,
        (None, Some(list)) if items(value).iter().any(|item| is_bare(list, item)) => State::Unknown,
        (None, _) => State::Present(value.clone()),
        (Some(_), None) => State::Absent,
        (Some(wanted), Some(list)) => {
            let items = items(value);
            let found = keyed(kind, list, items).into_iter().find(|(key, _)| key == wanted);
            match found {
                Some((_, element)) => State::Present(element),
                // An unknown element without key may be this one.
                None if items.iter().filter_map(unknown::key).any(|key| key.is_empty() || key == *wanted) => {
                    State::Unknown
                }
                None if items
                    .iter()
                    .any(|item| is_bare(list, item) && key_of(list.key, item).as_ref() == Some(wanted)) =>
                {
                    State::Unknown
                }
                None => State::Absent,
            }
        }
    }
}

/// Whether a member that is not there says nothing. A terminated instance has no instance profile any more, which nobody
/// took away. An environment without variables is how answers leave them out: where the caller may not decrypt them
/// (Lambda API reference, EnvironmentResponse), and always in records; a function without any has no environment.
fn is_lost(kind: &str, document: &Value, facet: &Facet) -> bool {
    match (kind, facet.member.as_str()) {
        ("AWS::EC2::Instance", "IamInstanceProfile") => {
            let life = path(document, "State/Name").and_then(Value::as_str);
            matches!(life, Some("terminated" | "shutting-down"))
        }
        ("AWS::Lambda::Function", "Environment/Variables") => {
            document.get("Environment").is_some_and(|environment| !environment.is_null())
        }
        _ => false,
    }
}

/// Whether what a member is part of is known not to be there.
fn is_nothing(document: &Value, member: &str) -> bool {
    let outer = member.rsplit_once('/').and_then(|(outer, _)| path(document, outer));
    outer.is_some_and(Value::is_null)
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Whether only the name of an element is known: the call that listed it does not tell its content.
fn is_bare(list: &List, item: &Value) -> bool {
    list.content.is_some_and(|content| item.get(content).is_none_or(Value::is_null))
}

/// Makes one edit in a document; the resource as a whole is not edited here.
pub fn apply(kind: &str, document: &mut Value, edit: &Edit) {
    let Facet { member, element } = &edit.facet;
    if member.is_empty() || !document.is_object() {
        return;
    }
    let list = table::of(kind).and_then(|row| row.list(member));
    match (element, list, &edit.after) {
        (Some(element), Some(list), after) if list.is_map() => map::apply(document, member, element, after),
        (None, Some(list), State::Absent) if list.is_map() => {
            set_path(document, member, Value::Object(Map::new()))
        }
        (None, Some(list), State::Unknown) if list.is_map() => {
            set_path(document, member, Value::from(UNKNOWN))
        }
        (Some(element), Some(list), after) => apply_element(kind, list, document, element, after),
        (_, _, State::Present(value)) => set_path(document, member, value.clone()),
        // `null` says that there is none, where no member says that nobody asked.
        (_, _, State::Absent) if asks_for(kind, member) => set_path(document, member, Value::Null),
        (_, _, State::Absent) => remove_path(document, member),
        (_, Some(list), State::Unknown) => {
            set_path(document, member, Value::Array(vec![unknown::element(list, "")]))
        }
        (_, None, State::Unknown) => {
            let unknown = unknown::attribute(path(document, member));
            set_path(document, member, unknown);
        }
    }
}

fn apply_element(kind: &str, list: &List, document: &mut Value, element: &str, after: &State) {
    if path(document, list.member).is_none_or(|value| !value.is_array()) {
        if *after == State::Absent {
            return;
        }
        // The other elements stay unknown where the list was never asked for.
        let is_open = asks_for(kind, list.member) && !is_nothing(document, list.member);
        let others = is_open.then(|| unknown::element(list, ""));
        set_path(document, list.member, Value::Array(others.into_iter().collect()));
    }
    let Some(Value::Array(items)) = path_mut(document, list.member) else { return };
    let place = remove_element(kind, list, items, element);
    match after {
        State::Absent => {}
        State::Present(value) => items.insert(place.min(items.len()), value.clone()),
        State::Unknown => items.insert(place.min(items.len()), unknown::element(list, element)),
    }
}

/// Takes an element out and says where it was; a permission of several peers keeps the others.
fn remove_element(kind: &str, list: &List, items: &mut Vec<Value>, element: &str) -> usize {
    let is_it = |item: &Value| match unknown::key(item) {
        Some(key) => key == element,
        None => !is_derived(kind, list, item) && key_of(list.key, item).as_deref() == Some(element),
    };
    let place = items.iter().position(is_it).unwrap_or(items.len());
    items.retain(|item| !is_it(item));
    if matches!(list.key, table::Key::Permission) {
        for item in items.iter_mut() {
            let atoms = permission_atoms(item);
            if let Some((_, atom)) = atoms.iter().find(|(key, _)| key == element) {
                remove_peer(item, atom);
            }
        }
    }
    place
}

fn remove_peer(permission: &mut Value, atom: &Value) {
    let (Some(permission), Some(atom)) = (permission.as_object_mut(), atom.as_object()) else { return };
    for (name, peers) in permission.iter_mut() {
        if let (Some(peers), Some(gone)) = (peers.as_array_mut(), atom.get(name).and_then(Value::as_array)) {
            peers.retain(|peer| !gone.contains(peer));
        }
    }
}

/// Whether two sightings of a facet are the same state; for the resource as a whole, whether it is there.
#[must_use]
pub fn same(kind: &str, facet: &Facet, a: &Value, b: &Value) -> bool {
    if facet.member.is_empty() {
        return true;
    }
    let list = table::of(kind).and_then(|row| row.list(&facet.member));
    match (list, &facet.element) {
        (Some(list), Some(_)) => same_element(list, a, b),
        (Some(list), None) => same_list(kind, list, a, b),
        _ if policy::is_policy(kind, &facet.member) => policy::same(a, b),
        // The instance profile and the policy are what count; their other names come with them in some answers only.
        _ if matches!(facet.member.as_str(), "IamInstanceProfile" | "PermissionsBoundary") => {
            let arn =
                |value: &Value| normal(value.get("Arn").or_else(|| value.get("PermissionsBoundaryArn")));
            arn(a) == arn(b)
        }
        // The address is what counts; describe output and records tell different things about it.
        _ if kind == "AWS::EC2::NetworkInterface" && facet.member == "Association" => {
            normal(a.get("PublicIp")) == normal(b.get("PublicIp"))
        }
        _ if (kind, facet.member.as_str()) == ("AWS::Lambda::EventSourceMapping", "State") => {
            settled(a) == settled(b)
        }
        _ => normal(Some(a)) == normal(Some(b)),
    }
}

/// The state that an event source mapping is about to have (Lambda API reference, EventSourceMappingConfiguration).
fn settled(state: &Value) -> Option<&str> {
    Some(match state.as_str()? {
        "Enabling" | "Creating" => "Enabled",
        "Disabling" => "Disabled",
        other => other,
    })
}

fn same_element(list: &List, a: &Value, b: &Value) -> bool {
    match list.same {
        Same::Key => true,
        Same::Members(names) => names.iter().all(|name| normal(path(a, name)) == normal(path(b, name))),
        Same::Target => {
            let target = |route: &Value| -> BTreeMap<&str, Value> {
                let targets = ROUTE_TARGETS.iter().map(|name| (*name, normal(route.get(name))));
                targets.filter(|(_, value)| !value.is_null()).collect()
            };
            let (a, b) = (target(a), target(b));
            // A route to an interface names its instance too, in describe output only.
            let mut common = a.iter().filter_map(|(name, value)| Some(value == b.get(name)?)).peekable();
            a == b || (common.peek().is_some() && common.all(|same| same))
        }
        Same::Attachments => attachments(a) == attachments(b),
        Same::Statement => policy::same_statement(a, b),
        Same::Policy(member) => match (a.get(member), b.get(member)) {
            (Some(a), Some(b)) => policy::same(a, b),
            (a, b) => a.is_none() == b.is_none(),
        },
        // Of a value that was left out nobody can say that it differs.
        Same::Value => is_redacted(a) || is_redacted(b) || normal(Some(a)) == normal(Some(b)),
    }
}

fn same_list(kind: &str, list: &List, a: &Value, b: &Value) -> bool {
    let keyed = |value: &Value| -> BTreeMap<String, Value> {
        if list.is_map() {
            return map::entries(value).into_iter().collect();
        }
        keyed(kind, list, value.as_array().map(Vec::as_slice).unwrap_or_default()).into_iter().collect()
    };
    let (a, b) = (keyed(a), keyed(b));
    a.len() == b.len()
        && a.iter().zip(&b).all(|((key, a), (other, b))| key == other && same_element(list, a, b))
}

/// The attachments a transit gateway route goes to; none for a blackhole.
fn attachments(route: &Value) -> Vec<String> {
    let listed = route.get("TransitGatewayAttachments").and_then(Value::as_array).into_iter().flatten();
    let direct = route.get("TransitGatewayAttachmentId");
    let mut ids: Vec<_> = listed
        .filter_map(|one| one.get("TransitGatewayAttachmentId"))
        .chain(direct)
        .filter_map(scalar)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// One notation for the same value: numbers and booleans as text, JSON in text as JSON, no `null`.
fn normal(value: Option<&Value>) -> Value {
    match value {
        None | Some(Value::Null) => Value::Null,
        Some(Value::String(text)) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => normal(Some(&inner)),
            _ => Value::from(text.as_str()),
        },
        Some(Value::Array(items)) => items.iter().map(|item| normal(Some(item))).collect(),
        Some(Value::Object(members)) => {
            let members = members.iter().map(|(name, value)| (name.clone(), normal(Some(value))));
            Value::Object(members.filter(|(_, value)| !value.is_null()).collect())
        }
        Some(plain) => scalar(plain).map_or(Value::Null, Value::from),
    }
}

/// Whether a document is of a resource that is gone: AWS lists some for an hour after their deletion.
#[must_use]
pub fn is_deleted(kind: &str, document: &Value) -> bool {
    let word = life(kind).and_then(|at| path(document, at)?.as_str());
    word.is_some_and(|word| matches!(word.to_ascii_lowercase().as_str(), "deleted" | "deleting"))
}

/// Whether resources of a kind stay listed after their deletion.
pub(crate) fn may_be_deleted(kind: &str) -> bool {
    life(kind).is_some()
}

/// The member that says so.
fn life(kind: &str) -> Option<&'static str> {
    match kind {
        "AWS::EC2::NatGateway"
        | "AWS::EC2::VPCEndpoint"
        | "AWS::EC2::TransitGateway"
        | "AWS::EC2::TransitGatewayAttachment"
        | "AWS::EC2::TransitGatewayRouteTable"
        | "AWS::EC2::VPNGateway"
        | "AWS::EC2::VPNConnection"
        | "AWS::EC2::CustomerGateway" => Some("State"),
        "AWS::EC2::VPCPeeringConnection" => Some("Status/Code"),
        _ => None,
    }
}

/// Whether records leave a member out whatever a call did to it, so that every call may have changed it.
pub(crate) fn is_never_recorded(kind: &str, member: &str) -> bool {
    (kind, member) == ("AWS::Lambda::Function", "Environment/Variables")
}

/// Whether a facet comes and goes as a matter of course: alarms change state.
pub(crate) fn is_passing(kind: &str, facet: &Facet) -> bool {
    kind == "AWS::CloudWatch::Alarm" && facet.member == "StateValue"
}

/// Whether a function went to sleep, woke up or was being changed (Lambda guide, function states): only a failure counts.
fn is_idling(kind: &str, facet: &Facet, before: &State, after: &State) -> bool {
    let word = |state: &State| match state {
        State::Present(Value::String(word)) => matches!(word.as_str(), "Active" | "Inactive" | "Pending"),
        _ => false,
    };
    (kind, facet.member.as_str()) == ("AWS::Lambda::Function", "State") && word(before) && word(after)
}

/// Whether two observations may differ in this way without anybody having changed anything.
pub(crate) fn is_incidental(kind: &str, facet: &Facet, before: &State, after: &State) -> bool {
    // A local route comes and goes with its address block.
    let local = |state: &State| match state {
        State::Present(route) => route.get("GatewayId").and_then(Value::as_str) == Some("local"),
        State::Absent | State::Unknown => true,
    };
    let is_route = kind == "AWS::EC2::RouteTable" && facet.member == "Routes";
    // Scaling policies change it all day, which no record tells.
    let is_scaling = kind == "AWS::AutoScaling::AutoScalingGroup" && facet.member == "DesiredCapacity";
    is_scaling
        || is_passing(kind, facet)
        || is_idling(kind, facet, before, after)
        || (is_route && local(before) && local(after))
}

fn elements(kind: &str, list: &List, document: &Value) -> Vec<(String, Value)> {
    if list.is_map() {
        return path(document, list.member).map(map::entries).unwrap_or_default();
    }
    let items = path(document, list.member).and_then(Value::as_array);
    keyed(kind, list, items.map(Vec::as_slice).unwrap_or_default())
}

fn keyed(kind: &str, list: &List, items: &[Value]) -> Vec<(String, Value)> {
    let known = |item: &&Value| {
        unknown::key(item).is_none()
            && !is_gone(item)
            && !is_bare(list, item)
            && !is_derived(kind, list, item)
    };
    let items = items.iter().filter(known);
    if matches!(list.key, table::Key::Permission) {
        return items.flat_map(permission_atoms).collect();
    }
    items.filter_map(|item| Some((key_of(list.key, item)?, item.clone()))).collect()
}

/// Whether an element is on its way out: associations, attachments and targets stay listed for a while.
fn is_gone(element: &Value) -> bool {
    let word = [
        "State",
        "State/State",
        "AssociationState/State",
        "CidrBlockState/State",
        "Ipv6CidrBlockState/State",
        "TargetHealth/State",
    ]
    .iter()
    .find_map(|at| path(element, at)?.as_str());
    matches!(
        word,
        Some(
            "disassociating"
                | "disassociated"
                | "detaching"
                | "detached"
                | "deleting"
                | "deleted"
                | "disabling"
                | "disabled"
                | "draining"
                | "failed"
        )
    )
}

/// Whether an element follows from something else: it is no facet.
fn is_derived(kind: &str, list: &List, element: &Value) -> bool {
    let is = |name: &str, value: &str| element.get(name).and_then(Value::as_str) == Some(value);
    match (kind, list.member) {
        ("AWS::EC2::RouteTable", "Routes") => is("Origin", "EnableVgwRoutePropagation"),
        ("AWS::EC2::TransitGatewayRouteTable", "Routes") => is("Type", "propagated"),
        _ => false,
    }
}

/// Whether a member comes from a call of its own.
fn asks_for(kind: &str, member: &str) -> bool {
    let first = member.split('/').next().unwrap_or(member);
    table::of(kind).is_some_and(|row| row.secondary.iter().any(|known| *known == member || *known == first))
}

fn path_mut<'v>(value: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    path.split('/').try_fold(value, |value, step| value.get_mut(step))
}

/// Sets a value, making the objects on the way; something else on the way is replaced by an object.
fn set_path(document: &mut Value, path: &str, value: Value) {
    let mut at = document;
    for step in path.split('/') {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Some(object) = at.as_object_mut() else { return };
        at = object.entry(step).or_insert(Value::Null);
    }
    *at = value;
}

fn remove_path(document: &mut Value, path: &str) {
    let (parent, name) = match path.rsplit_once('/') {
        Some((parent, name)) => (path_mut(document, parent), name),
        None => (Some(document), path),
    };
    if let Some(object) = parent.and_then(Value::as_object_mut) {
        object.remove(name);
    }
}
