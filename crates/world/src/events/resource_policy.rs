//! Policies and grants of resources: buckets, keys, functions, queues, topics, secrets, tables.

use super::Event;
use super::endpoint::policy_text;
use super::function::function_arn;
use super::part::{Part, members_of};
use crate::delta::{Edit, State};
use serde_json::{Value, json};

const BUCKET: &str = "AWS::S3::Bucket";
const KEY: &str = "AWS::KMS::Key";
const ALIAS: &str = "AWS::KMS::Alias";
const FUNCTION: &str = "AWS::Lambda::Function";
const QUEUE: &str = "AWS::SQS::Queue";
const TOPIC: &str = "AWS::SNS::Topic";
const SECRET: &str = "AWS::SecretsManager::Secret";
const TABLE: &str = "AWS::DynamoDB::Table";

/// Settings of S3 Block Public Access (S3 API reference, PublicAccessBlockConfiguration).
const PUBLIC_ACCESS: [&str; 4] =
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

fn gone(kind: &str, id: Option<String>, member: &str) -> Vec<Edit> {
    let removed = |id: String| Part::of(kind, &id).set(member, State::Unknown, State::Absent);
    id.map(removed).into_iter().collect()
}

fn put(kind: &str, id: Option<String>, member: &str, policy: Option<Value>) -> Vec<Edit> {
    let after = policy.map_or(State::Unknown, State::Present);
    id.map(|id| Part::of(kind, &id).set(member, State::Unknown, after)).into_iter().collect()
}

pub(super) fn put_bucket_policy(event: &Event<'_>) -> Vec<Edit> {
    put(BUCKET, event.asked.text("BucketName"), "Policy", policy_text(event.asked, "BucketPolicy|Policy"))
}

pub(super) fn delete_bucket_policy(event: &Event<'_>) -> Vec<Edit> {
    gone(BUCKET, event.asked.text("BucketName"), "Policy")
}

pub(super) fn put_public_access_block(event: &Event<'_>) -> Vec<Edit> {
    let asked = event.asked.at("PublicAccessBlockConfiguration");
    // A setting that is left out is off (S3 API reference, PublicAccessBlockConfiguration).
    let flag = |name: &str| (name.to_owned(), json!(asked.flag(name).unwrap_or(false)));
    let settings = Value::Object(PUBLIC_ACCESS.into_iter().map(flag).collect());
    let settings = asked.value().is_object().then_some(settings);
    put(BUCKET, event.asked.text("BucketName"), "PublicAccessBlockConfiguration", settings)
}

pub(super) fn delete_public_access_block(event: &Event<'_>) -> Vec<Edit> {
    gone(BUCKET, event.asked.text("BucketName"), "PublicAccessBlockConfiguration")
}

pub(super) fn create_bucket(event: &Event<'_>) -> Vec<Edit> {
    let made = |name: String| Part::of(BUCKET, &name).created(json!({"Name": name, "Policy": null}));
    event.asked.text("BucketName").map(made).into_iter().collect()
}

pub(super) fn delete_bucket(event: &Event<'_>) -> Vec<Edit> {
    event.deleted(BUCKET, "BucketName")
}

pub(super) fn put_key_policy(event: &Event<'_>) -> Vec<Edit> {
    put(KEY, event.id_of(KEY, "KeyId"), "KeyPolicy", policy_text(event.asked, "Policy"))
}

pub(super) fn create_grant(event: &Event<'_>) -> Vec<Edit> {
    let (Some(key), Some(grant)) = (event.id_of(KEY, "KeyId"), event.answered.text("GrantId")) else {
        return Vec::new();
    };
    let told = ["GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints", "Name"];
    let mut document = members_of(event.asked, &told);
    document.insert("GrantId".to_owned(), json!(grant));
    vec![Part::of(KEY, &key).added("Grants", grant, Value::Object(document))]
}

/// A grant retired by its token is not named.
pub(super) fn end_grant(event: &Event<'_>) -> Vec<Edit> {
    let (Some(key), Some(grant)) = (event.id_of(KEY, "KeyId"), event.asked.text("GrantId")) else {
        return Vec::new();
    };
    vec![Part::of(KEY, &key).removed("Grants", grant, State::Unknown)]
}

pub(super) fn enable_key(event: &Event<'_>) -> Vec<Edit> {
    key_state(event, State::Unknown, "Enabled")
}

pub(super) fn disable_key(event: &Event<'_>) -> Vec<Edit> {
    key_state(event, State::Unknown, "Disabled")
}

pub(super) fn schedule_key_deletion(event: &Event<'_>) -> Vec<Edit> {
    key_state(event, State::Unknown, "PendingDeletion")
}

/// The key comes back disabled (KMS API reference, CancelKeyDeletion).
pub(super) fn cancel_key_deletion(event: &Event<'_>) -> Vec<Edit> {
    key_state(event, State::Present(json!("PendingDeletion")), "Disabled")
}

fn key_state(event: &Event<'_>, before: State, after: &str) -> Vec<Edit> {
    let Some(key) = event.id_of(KEY, "KeyId") else { return Vec::new() };
    vec![Part::of(KEY, &key).set("KeyState", before, State::Present(json!(after)))]
}

pub(super) fn create_alias(event: &Event<'_>) -> Vec<Edit> {
    let (Some(alias), Some(name)) = (event.id_of(ALIAS, "AliasName"), event.asked.text("AliasName")) else {
        return Vec::new();
    };
    let document = json!({"AliasArn": alias, "AliasName": name, "TargetKeyId": target_key(event)});
    vec![Part::of(ALIAS, &alias).created(document)]
}

pub(super) fn update_alias(event: &Event<'_>) -> Vec<Edit> {
    let (Some(alias), Some(key)) = (event.id_of(ALIAS, "AliasName"), target_key(event)) else {
        return Vec::new();
    };
    vec![Part::of(ALIAS, &alias).assigned("TargetKeyId", json!(key))]
}

pub(super) fn delete_alias(event: &Event<'_>) -> Vec<Edit> {
    event.id_of(ALIAS, "AliasName").map(|alias| Part::of(ALIAS, &alias).deleted()).into_iter().collect()
}

/// Describe output has the key's id where a call may have its ARN.
fn target_key(event: &Event<'_>) -> Option<String> {
    let key = event.asked.text("TargetKeyId")?;
    Some(key.rsplit('/').next().unwrap_or(&key).to_owned())
}

pub(super) fn add_function_permission(event: &Event<'_>) -> Vec<Edit> {
    let (Some(arn), Some(sid)) = (unqualified(event), event.asked.text("StatementId")) else {
        return Vec::new();
    };
    let statement =
        event.answered.text("Statement").and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let after = statement.filter(Value::is_object).map_or(State::Unknown, State::Present);
    vec![Part::of(FUNCTION, &arn).element("Policy/Statement", sid, State::Absent, after)]
}

pub(super) fn remove_function_permission(event: &Event<'_>) -> Vec<Edit> {
    let (Some(arn), Some(sid)) = (unqualified(event), event.asked.text("StatementId")) else {
        return Vec::new();
    };
    vec![Part::of(FUNCTION, &arn).removed("Policy/Statement", sid, State::Unknown)]
}

/// A version or an alias has a policy of its own.
fn unqualified(event: &Event<'_>) -> Option<String> {
    let name = event.asked.text("FunctionName")?;
    let rest = name.split_once(":function:").map_or(name.as_str(), |(_, rest)| rest);
    if event.asked.has("Qualifier") || rest.contains(':') {
        return None;
    }
    function_arn(event)
}

pub(super) fn set_queue_attributes(event: &Event<'_>) -> Vec<Edit> {
    let Some(queue) = event.id_of(QUEUE, "QueueUrl") else { return Vec::new() };
    let attributes = event.asked.at("Attributes");
    let set = |member| attribute(Part::of(QUEUE, &queue), member, attributes.value().get(member)?);
    ["Policy", "KmsMasterKeyId"].into_iter().filter_map(set).collect()
}

/// An empty value takes the attribute away.
fn attribute(part: Part<'_>, member: &str, value: &Value) -> Option<Edit> {
    let after = match value {
        Value::Null => return None,
        Value::String(text) if text.is_empty() => State::Absent,
        value => State::Present(value.clone()),
    };
    Some(part.set(member, State::Unknown, after))
}

pub(super) fn set_topic_attributes(event: &Event<'_>) -> Vec<Edit> {
    let (Some(topic), Some(name)) = (event.asked.text("TopicArn"), event.asked.text("AttributeName")) else {
        return Vec::new();
    };
    let Some(member) = ["Policy", "KmsMasterKeyId"].into_iter().find(|known| *known == name) else {
        return Vec::new();
    };
    let none = json!("");
    let value = event.asked.get("AttributeValue").unwrap_or(&none);
    attribute(Part::of(TOPIC, &topic), member, value).into_iter().collect()
}

/// AddPermission and RemovePermission put a statement together or take it out by its label.
pub(super) fn change_queue_policy(event: &Event<'_>) -> Vec<Edit> {
    event
        .id_of(QUEUE, "QueueUrl")
        .map(|queue| Part::of(QUEUE, &queue).unclear("Policy"))
        .into_iter()
        .collect()
}

pub(super) fn change_topic_policy(event: &Event<'_>) -> Vec<Edit> {
    let topic = event.asked.text("TopicArn");
    topic.map(|topic| Part::of(TOPIC, &topic).unclear("Policy")).into_iter().collect()
}

pub(super) fn put_secret_policy(event: &Event<'_>) -> Vec<Edit> {
    put(SECRET, secret(event), "ResourcePolicy", policy_text(event.asked, "ResourcePolicy"))
}

pub(super) fn delete_secret_policy(event: &Event<'_>) -> Vec<Edit> {
    gone(SECRET, secret(event), "ResourcePolicy")
}

pub(super) fn update_secret(event: &Event<'_>) -> Vec<Edit> {
    let (Some(secret), Some(key)) = (secret(event), event.asked.text("KmsKeyId")) else { return Vec::new() };
    vec![Part::of(SECRET, &secret).assigned("KmsKeyId", json!(key))]
}

/// A call may name a secret by its name; the ARN is in the answer, or known from elsewhere.
fn secret(event: &Event<'_>) -> Option<String> {
    let asked = event.asked.text("SecretId")?;
    if asked.starts_with("arn:") {
        return Some(asked);
    }
    let known = || event.ids.named(SECRET, &asked).map(str::to_owned);
    Some(event.answered.text("ARN|Arn").or_else(known).unwrap_or(asked))
}

pub(super) fn put_table_policy(event: &Event<'_>) -> Vec<Edit> {
    put(TABLE, table(event), "ResourcePolicy", policy_text(event.asked, "Policy"))
}

pub(super) fn delete_table_policy(event: &Event<'_>) -> Vec<Edit> {
    gone(TABLE, table(event), "ResourcePolicy")
}

/// The table of the request; a stream has a policy of its own.
fn table(event: &Event<'_>) -> Option<String> {
    event.id_of(TABLE, "ResourceArn").filter(|arn| !arn.contains("/stream/"))
}
