//! From a dialect's JSON to API names.

use serde_json::{Map, Value};

/// Members whose content is a document of its own (a policy): kept to the letter.
const DOCUMENTS: &[&str] =
    &["BucketPolicy", "PolicyDocument", "Policy", "Content", "AssumeRolePolicyDocument", "ResourcePolicy"];

/// Members that are maps: their keys are the user's words, not API names (network-firewall `RuleVariables`).
const MAPS: &[&str] = &[
    "IPSets",
    "PortSets",
    "IPSetReferences",
    "Variables",
    "Tags",
    "EncryptionContextSubset",
    "EncryptionContextEquals",
];

/// EC2 wire names that differ from the API's member names, in documents that describe operations return
/// (the EC2 service model's `locationName`s). All of these are lists.
const EC2_LISTS: &[(&str, &str)] = &[
    ("AssociationSet", "Associations"),
    ("AttachmentSet", "Attachments"),
    ("DnsEntrySet", "DnsEntries"),
    ("EntrySet", "Entries"),
    ("GroupSet", "Groups"),
    ("InstancesSet", "Instances"),
    ("Ipv6AddressesSet", "Ipv6Addresses"),
    ("NatGatewayAddressSet", "NatGatewayAddresses"),
    ("NetworkInterfaceIdSet", "NetworkInterfaceIds"),
    ("NetworkInterfaceSet", "NetworkInterfaces"),
    ("PrivateIpAddressesSet", "PrivateIpAddresses"),
    ("PropagatingVgwSet", "PropagatingVgws"),
    ("RevokedSecurityGroupRuleSet", "RevokedSecurityGroupRules"),
    ("RouteSet", "Routes"),
    ("RouteTableIdSet", "RouteTableIds"),
    ("SecurityGroupRuleSet", "SecurityGroupRules"),
    ("SubnetIdSet", "SubnetIds"),
    ("TagSet", "Tags"),
    ("UnknownIpPermissionSet", "UnknownIpPermissions"),
    // Lists under their own name; named here so that their empty form becomes an empty list.
    ("AvailabilityZones", "AvailabilityZones"),
    ("CidrBlockAssociationSet", "CidrBlockAssociationSet"),
    ("CidrBlockSet", "CidrBlockSet"),
    ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet"),
    ("Ipv6CidrBlockSet", "Ipv6CidrBlockSet"),
    ("TransitGatewayAttachments", "TransitGatewayAttachments"),
    ("VpcAttachments", "VpcAttachments"),
];

/// The message of one call: unwrapped, in API names, with plain lists.
pub(super) fn message(value: &Value, service: &str, operation: &str, suffix: &str) -> Value {
    let wrapper = format!("{operation}{suffix}");
    let inner = value.get(&wrapper).unwrap_or(value);
    let mut message = api_names(inner, service == "ec2");
    if let Value::Object(members) = &mut message {
        members.remove("Xmlns");
    }
    message
}

fn api_names(value: &Value, is_ec2: bool) -> Value {
    match value {
        Value::Array(elements) => {
            Value::Array(elements.iter().map(|element| api_names(element, is_ec2)).collect())
        }
        Value::Object(members) => object(members, is_ec2),
        scalar => scalar.clone(),
    }
}

fn object(members: &Map<String, Value>, is_ec2: bool) -> Value {
    if let Some(list) = wrapped_list(members) {
        let elements = match list {
            Value::Array(elements) => elements.iter().map(|element| api_names(element, is_ec2)).collect(),
            Value::Null => Vec::new(),
            one => vec![api_names(one, is_ec2)],
        };
        return Value::Array(elements);
    }
    // XML attributes: `tag` numbers a list element, `content` is its text.
    let is_numbered =
        members.get("tag").is_some_and(|tag| tag.is_number() || tag.as_str().is_some_and(is_digits));
    if let (true, Some(content), 2) = (is_numbered, members.get("content"), members.len()) {
        return api_names(content, is_ec2);
    }
    let renamed = members
        .iter()
        .filter(|(name, _)| !(is_numbered && *name == "tag"))
        .map(|(name, value)| {
            let name = upper_first(name);
            if is_document(&name, value) {
                return (name, value.clone());
            }
            if let (true, Value::Object(entries)) = (MAPS.contains(&name.as_str()), value)
                && wrapped_list(entries).is_none()
            {
                let entries = entries.iter().map(|(key, value)| (key.clone(), api_names(value, is_ec2)));
                return (name, Value::Object(entries.collect()));
            }
            let api = EC2_LISTS.iter().find(|(wire, api)| is_ec2 && (*wire == name || *api == name));
            let Some((_, api)) = api else { return (name, api_names(value, is_ec2)) };
            let list = as_list(api_names(value, is_ec2));
            ((*api).to_owned(), if api.ends_with("Ids") { plain_ids(list) } else { list })
        })
        .collect();
    Value::Object(renamed)
}

/// Answers of IAM and Organizations call what describes a policy `policy`, too.
fn is_document(name: &str, value: &Value) -> bool {
    let describes = name == "Policy" && value.is_object() && value.get("Statement").is_none();
    DOCUMENTS.contains(&name) && !describes
}

/// The list inside `{"items": [...]}` or `{"item": ...}`.
fn wrapped_list(members: &Map<String, Value>) -> Option<&Value> {
    let list = members.get("items").or_else(|| members.get("item"))?;
    (members.len() == 1).then_some(list)
}

fn as_list(value: Value) -> Value {
    match value {
        Value::Array(_) => value,
        Value::Null => Value::Array(Vec::new()),
        Value::String(text) if text.is_empty() => Value::Array(Vec::new()),
        Value::Object(members) if members.is_empty() => Value::Array(Vec::new()),
        one => Value::Array(vec![one]),
    }
}

/// Ids that the dialect wraps in an object of one member each.
fn plain_ids(list: Value) -> Value {
    let Value::Array(elements) = list else { return list };
    let plain = |element| match element {
        Value::Object(members) if members.len() == 1 => members.into_values().next().unwrap_or_default(),
        element => element,
    };
    elements.into_iter().map(plain).collect()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn upper_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
