//! What AWS Config recorded: each configuration item is an observation at the moment it was captured.
//!
//! An item has the shape of describe output, with members in `lowerCamel`, some of them worded otherwise, and policies as text (AWS Config
//! Developer Guide, "Components of a configuration item"; shapes: `awslabs/aws-config-resource-schema`). Only members that a change is told by are
//! read, and only of kinds whose shape is known; what an item does not have is not told, so that it is never taken for absent.

use crate::facets;
use butfor_incident::{Evidence, Timestamp};
use butfor_network::describe::{Fragment, Part};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The call that answers with items.
pub(super) const OPERATION: &str = "GetResourceConfigHistory";

/// A kind that Config records in a shape that is known here.
struct Kind {
    /// As Config names it.
    config: &'static str,
    /// As CloudFormation and this crate name it.
    kind: &'static str,
    /// The member with the id.
    id: &'static str,
    /// The member with Config's own id, where it is neither the id nor a name in it.
    config_id: Option<&'static str>,
    /// Members that are read, in describe output's names.
    members: &'static [&'static str],
}

const KINDS: &[Kind] = &[
    plain(
        "AWS::EC2::SecurityGroup",
        "GroupId",
        &["GroupName", "VpcId", "IpPermissions", "IpPermissionsEgress"],
    ),
    plain("AWS::EC2::RouteTable", "RouteTableId", &["VpcId", "Routes", "Associations", "PropagatingVgws"]),
    plain("AWS::EC2::NetworkAcl", "NetworkAclId", &["VpcId", "Entries", "Associations"]),
    plain(
        "AWS::EC2::NetworkInterface",
        "NetworkInterfaceId",
        &["VpcId", "SubnetId", "Groups", "SourceDestCheck"],
    ),
    plain("AWS::EC2::InternetGateway", "InternetGatewayId", &["Attachments"]),
    plain(
        "AWS::EC2::VPCEndpoint",
        "VpcEndpointId",
        &[
            "VpcId",
            "ServiceName",
            "SubnetIds",
            "RouteTableIds",
            "Groups",
            "PolicyDocument",
            "PrivateDnsEnabled",
        ],
    ),
    plain(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "LoadBalancerArn",
        &["SecurityGroups", "AvailabilityZones"],
    ),
    plain(
        "AWS::Lambda::Function",
        "FunctionArn",
        &[
            "FunctionName",
            "Role",
            "Timeout",
            "MemorySize",
            "Handler",
            "Runtime",
            "CodeSha256",
            "VpcConfig",
            "Environment",
            "EphemeralStorage",
            "TracingConfig",
            "ReservedConcurrentExecutions",
            "Policy",
        ],
    ),
    plain("AWS::DynamoDB::Table", "TableArn", &["TableName", "ProvisionedThroughput", "BillingModeSummary"]),
    plain("AWS::S3::Bucket", "Name", &["Policy", "PublicAccessBlockConfiguration"]),
    plain("AWS::KMS::Key", "Arn", &["KeyPolicy", "KeyState"]),
    Kind {
        config_id: Some("RoleId"),
        ..plain(
            "AWS::IAM::Role",
            "Arn",
            &[
                "RoleName",
                "AssumeRolePolicyDocument",
                "InlinePolicies",
                "AttachedPolicies",
                "PermissionsBoundary",
            ],
        )
    },
    Kind {
        config: "AWS::IAM::Policy",
        config_id: Some("PolicyId"),
        ..plain("AWS::IAM::ManagedPolicy", "Arn", &["PolicyName", "DefaultVersionId", "Versions"])
    },
];

const fn plain(kind: &'static str, id: &'static str, members: &'static [&'static str]) -> Kind {
    Kind { config: kind, kind, id, config_id: None, members }
}

/// How AWS Config names a resource of this kind and id: its resource type, and its id there. `None` where Config's items of the kind are not
/// read, or its id is not in `document`, the resource as described.
#[must_use]
pub fn config_name(kind: &str, id: &str, document: &Value) -> Option<(&'static str, String)> {
    let about = KINDS.iter().find(|about| about.kind == kind)?;
    let name = match (about.config_id, kind) {
        (Some(member), _) => document.get(member)?.as_str()?,
        (None, "AWS::Lambda::Function") => id.rsplit(':').next()?,
        (None, "AWS::DynamoDB::Table" | "AWS::KMS::Key") => id.rsplit('/').next()?,
        (None, _) => id,
    };
    Some((about.config, name.to_owned()))
}

/// One item, read.
pub(super) struct Item {
    pub(super) at: Timestamp,
    pub(super) fragment: Fragment<'static>,
}

/// The items of an answer, and what could not be used of it.
pub(super) fn read(evidence: &Evidence) -> (Vec<Item>, Vec<String>) {
    let answer: Value = serde_json::from_str(evidence.body.text()).unwrap_or_default();
    let all = answer.get("configurationItems").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut items = Vec::new();
    let mut problems = Vec::new();
    for found in &all {
        match item(found) {
            Ok(item) => items.extend(item),
            Err(problem) => problems.push(problem),
        }
    }
    (items, problems)
}

/// `None` for what was not captured: a resource that was deleted or is not recorded.
fn item(found: &Value) -> Result<Option<Item>, String> {
    let text = |member: &str| found.get(member).and_then(Value::as_str).unwrap_or_default();
    if !matches!(text("configurationItemStatus"), "OK" | "ResourceDiscovered") {
        return Ok(None);
    }
    let named = text("resourceType");
    let about = KINDS
        .iter()
        .find(|about| about.config == named)
        .ok_or_else(|| format!("AWS Config's items of {named} are not read"))?;
    let at = Timestamp::parse(text("configurationItemCaptureTime"))
        .map_err(|error| format!("a configuration item of {named}: {error}"))?;
    let configuration: Value = serde_json::from_str(text("configuration"))
        .map_err(|error| format!("a configuration item of {named}: its configuration is no JSON: {error}"))?;
    let mut document = described(configuration);
    supplement(about.kind, found.get("supplementaryConfiguration"), &mut document);
    reword(about.kind, &mut document);
    let id = document.get(about.id).and_then(Value::as_str).map(str::to_owned);
    let id = id.ok_or_else(|| format!("a configuration item of {named} has no {}", about.id))?;
    if let Value::Object(members) = &mut document {
        members.retain(|member, _| member == about.id || about.members.contains(&member.as_str()));
    }
    // An object that says what it has and nothing of the rest.
    let json = Cow::Owned(document.to_string());
    Ok(Some(Item {
        at,
        fragment: Fragment { kind: about.kind, id, member: None, part: Part::Partial, json },
    }))
}

/// The same with members as describe output names them; `null` is nothing. Names of variables are nobody's to change.
fn described(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            members
                .map(|(name, value)| {
                    let value = if name == "variables" { value } else { described(value) };
                    (upper(&name), value)
                })
                .collect()
        }
        Value::Array(items) => items.into_iter().map(described).collect(),
        other => other,
    }
}

fn upper(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What Config keeps beside the configuration: parts that AWS has calls of their own for, each a text of JSON.
fn supplement(kind: &str, beside: Option<&Value>, document: &mut Value) {
    let part = |name: &str| -> Option<Value> {
        match beside?.get(name)? {
            Value::String(text) => serde_json::from_str(text).ok(),
            other => Some(other.clone()),
        }
    };
    let Some(members) = document.as_object_mut() else { return };
    match kind {
        "AWS::S3::Bucket" => {
            if let Some(policy) = part("BucketPolicy") {
                members.insert("Policy".to_owned(), policy.get("policyText").cloned().unwrap_or_default());
            }
            if let Some(block) = part("PublicAccessBlockConfiguration") {
                members.insert("PublicAccessBlockConfiguration".to_owned(), described(block));
            }
        }
        "AWS::Lambda::Function" => {
            if let Some(reserved) =
                part("Concurrency").and_then(|it| it.get("reservedConcurrentExecutions")?.as_f64())
            {
                // Written `5.0`.
                #[expect(clippy::cast_possible_truncation, reason = "a count of executions")]
                members.insert("ReservedConcurrentExecutions".to_owned(), json!(reserved as i64));
            }
            if let Some(Value::String(policy)) = part("Policy").and_then(|it| it.get("policy").cloned()) {
                members.insert("Policy".to_owned(), Value::String(policy));
            }
        }
        "AWS::KMS::Key" => {
            let policy = beside.and_then(|it| it.get("Policy")).and_then(Value::as_str);
            // A text of JSON that is the policy, or that is a text with the policy.
            if let Some(text) = policy {
                let inner = serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned());
                members.insert("KeyPolicy".to_owned(), Value::String(inner));
            }
        }
        _ => {}
    }
}

/// What Config words otherwise than describe output.
fn reword(kind: &str, document: &mut Value) {
    let Some(members) = document.as_object_mut() else { return };
    match kind {
        "AWS::EC2::SecurityGroup" => {
            for list in ["IpPermissions", "IpPermissionsEgress"] {
                each(members, list, |rule| {
                    // `ipRanges` has the same blocks as plain texts.
                    rule.remove("IpRanges");
                    if let Some(ranges) = rule.remove("Ipv4Ranges") {
                        rule.insert("IpRanges".to_owned(), ranges);
                    }
                });
            }
        }
        "AWS::EC2::RouteTable" => {
            keep_if(members, "Routes", |route| {
                facets::ROUTE_TARGETS.iter().any(|it| route.get(*it).is_some())
            });
            keep_if(members, "Associations", |it| {
                it.get("SubnetId").is_some()
                    || it.get("GatewayId").is_some()
                    || it.get("Main") == Some(&json!(true))
            });
        }
        "AWS::IAM::Role" => {
            if let Some(document) = members.get_mut("AssumeRolePolicyDocument") {
                decode(document);
            }
            rename(members, "AttachedManagedPolicies", "AttachedPolicies");
            rename(members, "RolePolicyList", "InlinePolicies");
            each(members, "InlinePolicies", |policy| {
                policy.get_mut("PolicyDocument").into_iter().for_each(decode)
            });
        }
        "AWS::IAM::ManagedPolicy" => {
            rename(members, "PolicyVersionList", "Versions");
            each(members, "Versions", |version| version.get_mut("Document").into_iter().for_each(decode));
        }
        _ => {}
    }
}

fn rename(members: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = members.remove(from) {
        members.insert(to.to_owned(), value);
    }
}

fn each(members: &mut Map<String, Value>, list: &str, change: impl Fn(&mut Map<String, Value>)) {
    let elements = members.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
    elements.filter_map(Value::as_object_mut).for_each(change);
}

/// A list that has an element which the item does not tell whole (a route to a transit gateway) is not told at all.
fn keep_if(members: &mut Map<String, Value>, list: &str, is_whole: impl Fn(&Value) -> bool) {
    let elements = members.get(list).and_then(Value::as_array);
    if !elements.is_some_and(|elements| elements.iter().all(is_whole)) {
        members.remove(list);
    }
}

/// A policy that is a percent-encoded text becomes the document it is (IAM API reference: RFC 3986).
fn decode(value: &mut Value) {
    let Value::String(text) = value else { return };
    if let Ok(document) = serde_json::from_str(&percent_decoded(text)) {
        *value = document;
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        match after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}
