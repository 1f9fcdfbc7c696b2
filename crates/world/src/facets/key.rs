//! Keys of list elements, and security group permissions as atoms.

use super::table::{self, Key};
use serde_json::{Map, Value};

/// The key of an element of a list member; `None` when the member is no list with keys, or the element has none.
///
/// | kind, member | key |
/// |---|---|
/// | security group, `IpPermissions` and `IpPermissionsEgress` | as [`permission_atoms`] gives it, for exactly one peer |
/// | route table, `Routes` | the destination |
/// | route table, `Associations` | the subnet, the gateway, or `main` |
/// | network ACL, `Entries` | `ingress 100`, `egress 100` |
/// | target group, `TargetHealthDescriptions` | `i-0123:80` |
/// | lists of text (`SubnetIds`) | the text |
/// | maps (`Environment/Variables`) | the name, which the element itself does not tell |
/// | others | the id or name that tells elements apart |
#[must_use]
pub fn element_key(kind: &str, member: &str, element: &Value) -> Option<String> {
    key_of(table::of(kind)?.list(member)?.key, element)
}

pub(super) fn key_of(key: Key, element: &Value) -> Option<String> {
    let key = match key {
        Key::Member(names) => names.iter().find_map(|name| scalar(path(element, name)?)),
        Key::Text => scalar(element),
        // The element does not say its name.
        Key::Name => None,
        Key::Permission => match permission_atoms(element).as_slice() {
            [(key, _)] => Some(key.clone()),
            _ => None,
        },
        Key::Association => match element.get("Main") {
            Some(Value::Bool(true)) => Some("main".to_owned()),
            _ => ["SubnetId", "GatewayId"].iter().find_map(|name| scalar(element.get(name)?)),
        },
        Key::Entry => {
            let direction = if flag(element.get("Egress")?)? { "egress" } else { "ingress" };
            Some(format!("{direction} {}", scalar(element.get("RuleNumber")?)?))
        }
        Key::Target => {
            let target = element.get("Target").unwrap_or(element);
            // Lambda targets have no port.
            let port = target.get("Port").and_then(scalar).unwrap_or_default();
            Some(format!("{}:{port}", scalar(target.get("Id")?)?))
        }
    };
    key.filter(|key| !key.is_empty())
}

/// A peer list of an `IpPermission` and the member of its items that names the peer.
const PEERS: [(&str, &str); 4] = [
    ("UserIdGroupPairs", "GroupId"),
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId"),
];

/// Takes an `IpPermission` apart into permissions with exactly one peer, each with its key `{protocol} {from}-{to}
/// {peer}`: `tcp 3306-3306 sg-0123`, `icmp 8--1 0.0.0.0/0`, `-1 10.0.0.0/8`.
///
/// Protocols are canonical (`tcp`, `udp`, `icmp`, `icmpv6`, `-1`, other numbers); ports are dropped for `-1`, where they
/// mean nothing (EC2 API reference, IpPermission). A group named only by name is its own key.
#[must_use]
pub fn permission_atoms(permission: &Value) -> Vec<(String, Value)> {
    let Some(protocol) = permission.get("IpProtocol").and_then(scalar) else { return Vec::new() };
    let protocol = canonical_protocol(&protocol);
    let mut base = Map::new();
    base.insert("IpProtocol".to_owned(), Value::from(protocol.as_str()));
    let port = |name: &str| permission.get(name).and_then(number);
    let mut prefix = protocol.clone();
    if protocol != "-1" {
        let (from, to) = (port("FromPort"), port("ToPort"));
        for (name, value) in [("FromPort", from), ("ToPort", to)] {
            if let Some(value) = value {
                base.insert(name.to_owned(), Value::from(value));
            }
        }
        if let (Some(from), Some(to)) = (from, to) {
            prefix = format!("{protocol} {from}-{to}");
        }
    }
    let mut atoms = Vec::new();
    for (list, name) in PEERS {
        for peer in permission.get(list).and_then(Value::as_array).into_iter().flatten() {
            let id = peer.get(name).or_else(|| peer.get("GroupName")).and_then(scalar);
            let Some(id) = id.filter(|id| !id.is_empty()) else { continue };
            let mut atom = base.clone();
            atom.insert(list.to_owned(), Value::Array(vec![peer.clone()]));
            // IPv6 addresses are written in either case.
            atoms.push((format!("{prefix} {}", id.to_ascii_lowercase()), Value::Object(atom)));
        }
    }
    atoms
}

/// Numbers that have names in EC2 (EC2 API reference, IpPermission, IpProtocol).
fn canonical_protocol(protocol: &str) -> String {
    match protocol.to_ascii_lowercase().as_str() {
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "1" => "icmp".to_owned(),
        "58" => "icmpv6".to_owned(),
        "all" => "-1".to_owned(),
        other => other.to_owned(),
    }
}

/// The text of a text, number or boolean.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn flag(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}

/// The value at a path whose steps are separated by `/`.
pub(super) fn path<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('/').try_fold(value, |value, step| value.get(step))
}
