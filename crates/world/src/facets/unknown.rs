//! What is not known, in a document.
//!
//! An unknown facet stays visible in the document, in a form no reader takes for a value:
//!
//! | unknown | in the document |
//! |---|---|
//! | a route | the route with its destination and no target |
//! | another element of a list of objects | the text `ButforUnknown: KEY` among the objects |
//! | an element of a list of text | the object `{"ButforUnknown": "KEY"}` among the texts |
//! | a whole list | such an element without key |
//! | a policy of which only the name was listed | the element with its name and no policy |
//! | a member of a map | the object `{"ButforUnknown": "NAME"}` under its name |
//! | other members of a map | the member `ButforUnknown` with an empty text |
//! | an attribute that is an object, a list or a map | the text `ButforUnknown` |
//! | another attribute | the object `{"ButforUnknown": ""}` |

use super::table::{self, Key, List};
use butfor_network::describe::UNKNOWN;
use serde_json::{Map, Value, json};

/// Members in which the network model sees what it cannot read and answers unknown where it matters.
const SEEN: &[(&str, &str)] = &[
    ("AWS::EC2::RouteTable", "Routes"),
    ("AWS::EC2::SecurityGroup", "IpPermissions"),
    ("AWS::EC2::SecurityGroup", "IpPermissionsEgress"),
    ("AWS::EC2::NetworkAcl", "Entries"),
    ("AWS::EC2::TransitGatewayRouteTable", "Routes"),
];

/// Members no packet depends on.
const BESIDE: &[(&str, &str)] = &[
    ("AWS::EC2::Instance", "IamInstanceProfile"),
    ("AWS::EC2::VPC", "DhcpOptionsId"),
    ("AWS::EC2::VPCEndpoint", "PolicyDocument"),
    ("AWS::EC2::VPCEndpointService", "AllowedPrincipals"),
];

/// Kinds of which packets depend on these members alone.
const WITHIN: &[(&str, &[&str])] = &[
    ("AWS::Lambda::Function", &["VpcConfig"]),
    (
        "AWS::RDS::DBInstance",
        &["VpcSecurityGroups", "PubliclyAccessible", "Endpoint", "DBSubnetGroup", "DBInstanceStatus"],
    ),
    ("AWS::EKS::Cluster", &[]),
    ("AWS::CloudWatch::Alarm", &[]),
];

/// Whether no packet depends on a member.
fn is_beside(kind: &str, member: &str) -> bool {
    let within = WITHIN.iter().find(|(of, _)| *of == kind);
    BESIDE.contains(&(kind, member)) || within.is_some_and(|(_, members)| !members.contains(&member))
}

/// An element of which nothing but its key is known; without key, any number of unknown elements.
pub(super) fn element(list: &List, element: &str) -> Value {
    if let Some(name) = table::route_key(list, element) {
        return json!({ name: element, UNKNOWN: element });
    }
    match list.key {
        Key::Text => json!({ UNKNOWN: element }),
        _ if element.is_empty() => Value::from(UNKNOWN),
        _ => Value::from(format!("{UNKNOWN}: {element}")),
    }
}

/// An attribute that was `before` and is not known any more.
pub(super) fn attribute(before: Option<&Value>) -> Value {
    let is_compound = before.is_some_and(|value| value.is_object() || value.is_array());
    if is_compound { Value::from(UNKNOWN) } else { json!({ UNKNOWN: "" }) }
}

/// The key of an unknown element, empty where it has none; `None` for whatever is known.
pub(super) fn key(item: &Value) -> Option<&str> {
    match item {
        Value::String(text) => Some(text.strip_prefix(UNKNOWN)?.trim_start_matches(": ")),
        _ => item.get(UNKNOWN)?.as_str(),
    }
}

/// Whether a list has an unknown element.
pub(super) fn is_in(list: &Value) -> bool {
    list.as_array().is_some_and(|items| items.iter().any(|item| key(item).is_some()))
}

/// Makes a member unknown that is no facet.
pub(crate) fn forget(members: &mut Map<String, Value>, name: &str) {
    members.insert(name.to_owned(), Value::from(UNKNOWN));
}

/// Whether a document may have something unknown in it.
pub(crate) fn may_hide(json: &str) -> bool {
    json.contains(UNKNOWN)
}

/// A document as the network model may see it: unknown members left out that count as unknown when they are absent;
/// `None` where it would take an unknown member for known.
pub(crate) fn without_unknown(kind: &str, document: &Value) -> Option<Value> {
    let mut shown = document.clone();
    let members = shown.as_object_mut()?;
    let unknown: Vec<String> =
        members.iter().filter(|(_, value)| has_unknown(value)).map(|(name, _)| name.clone()).collect();
    for name in unknown {
        let is = |(of, member): &(&str, &str)| *of == kind && *member == name;
        if SEEN.iter().any(is) {
            continue;
        }
        if super::asks_for(kind, &name) || is_beside(kind, &name) {
            members.remove(&name);
        } else {
            return None;
        }
    }
    Some(shown)
}

fn has_unknown(value: &Value) -> bool {
    let inside = match value {
        Value::Object(members) => members.values().any(has_unknown),
        Value::Array(items) => items.iter().any(has_unknown),
        _ => false,
    };
    inside || key(value).is_some()
}
