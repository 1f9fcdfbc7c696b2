//! Policies in the forms AWS gives them, and when two of them say the same.

use serde_json::{Map, Value};

/// Members that are a policy.
const POLICIES: &[(&str, &str)] = &[
    ("AWS::EC2::VPCEndpoint", "PolicyDocument"),
    ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
    ("AWS::S3::Bucket", "Policy"),
    ("AWS::KMS::Key", "KeyPolicy"),
    ("AWS::SQS::Queue", "Policy"),
    ("AWS::SNS::Topic", "Policy"),
    ("AWS::SecretsManager::Secret", "ResourcePolicy"),
    ("AWS::DynamoDB::Table", "ResourcePolicy"),
    ("AWS::Organizations::Policy", "Content"),
];

pub(super) fn is_policy(kind: &str, member: &str) -> bool {
    POLICIES.contains(&(kind, member))
}

/// A policy as an object, from any form AWS gives it in: an object (the AWS CLI decodes IAM's), JSON in text (bucket
/// policies), or URL-encoded JSON in text (IAM's API, RFC 3986, and its CloudTrail records). `None` when it is none of
/// these.
#[must_use]
pub fn policy_document(value: &Value) -> Option<Value> {
    match value {
        Value::Object(_) => Some(value.clone()),
        Value::String(text) => {
            let parsed = serde_json::from_str(text).ok();
            let parsed = parsed.or_else(|| serde_json::from_str(&decoded(text)?).ok());
            parsed.filter(Value::is_object)
        }
        _ => None,
    }
}

/// Percent-decoded text; `None` when it is not encoded or not UTF-8.
fn decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        };
        out.push(byte);
    }
    String::from_utf8(out).ok()
}

/// Whether two policies say the same, in whatever form. Services store a policy in their own notation (S3 and KMS give
/// one value for a list of one, an account's ARN for its number, and lists in another order), so that what a call set
/// and what is read later differ in text.
#[must_use]
pub fn same(a: &Value, b: &Value) -> bool {
    match (policy_document(a), policy_document(b)) {
        (Some(a), Some(b)) => policy(&a) == policy(&b),
        // No policy: compared to the letter.
        _ => a == b,
    }
}

fn policy(document: &Value) -> Value {
    let Value::Object(members) = document else { return document.clone() };
    let member = |(name, value): (&String, &Value)| match name.as_str() {
        "Statement" => {
            let mut statements: Vec<Value> = listed(value).into_iter().map(statement).collect();
            statements.sort_by_key(Value::to_string);
            (name.clone(), Value::Array(statements))
        }
        _ => (name.clone(), value.clone()),
    };
    Value::Object(members.iter().map(member).collect())
}

/// Whether two statements say the same.
pub(super) fn same_statement(a: &Value, b: &Value) -> bool {
    statement(a) == statement(b)
}

fn statement(statement: &Value) -> Value {
    let Value::Object(members) = statement else { return statement.clone() };
    let member = |(name, value): (&String, &Value)| {
        let value = match (name.as_str(), value) {
            ("Action" | "NotAction" | "Resource" | "NotResource", value) => set(value, plain),
            ("Principal" | "NotPrincipal", Value::Object(kinds)) => each(kinds, |kind, who| match kind {
                "AWS" => set(who, account),
                _ => set(who, plain),
            }),
            ("Principal" | "NotPrincipal", Value::String(all)) if all == "*" => {
                serde_json::json!({"AWS": ["*"]})
            }
            ("Condition", Value::Object(operators)) => each(operators, |_, keys| match keys {
                Value::Object(keys) => each(keys, |_, values| set(values, plain)),
                other => other.clone(),
            }),
            (_, other) => other.clone(),
        };
        (name.clone(), value)
    };
    Value::Object(members.iter().map(member).collect())
}

fn each(members: &Map<String, Value>, change: impl Fn(&str, &Value) -> Value) -> Value {
    Value::Object(members.iter().map(|(name, value)| (name.clone(), change(name, value))).collect())
}

/// Values as a set: one alone is a set of one, their order does not count.
fn set(values: &Value, notation: fn(&Value) -> Value) -> Value {
    let mut all: Vec<Value> = listed(values).into_iter().map(notation).collect();
    all.sort_by_key(Value::to_string);
    all.dedup();
    Value::Array(all)
}

fn listed(values: &Value) -> Vec<&Value> {
    match values {
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

/// Numbers and booleans are text in conditions (IAM guide, Condition).
fn plain(value: &Value) -> Value {
    super::scalar(value).map_or_else(|| value.clone(), Value::from)
}

/// An account by its number and by its ARN is the same principal (IAM guide, AWS account principals).
fn account(who: &Value) -> Value {
    let Value::String(text) = who else { return who.clone() };
    let is_number = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let named = text.strip_prefix("arn:").and_then(|rest| rest.split_once(":iam::"));
    let named = named.and_then(|(_, rest)| rest.strip_suffix(":root"));
    match named {
        Some(number) => Value::from(number),
        None if is_number => Value::from(text.as_str()),
        None => who.clone(),
    }
}
