//! Ids as [`Document::id`](super::Document::id) has them, where an answer or a request names a resource otherwise.

use super::Piece;
use super::calls::{ALIAS, BUCKET, DYNAMO_TABLE, GROUP, INSTANCE_PROFILE, KEY, QUEUE, ROLE, USER};
use super::keys::{BPA_OPTIONS, FUNCTION};

impl Piece<'_> {
    /// The piece with the id that [`Document::id`](super::Document::id) has, where the answer gives it in another form.
    #[must_use]
    pub fn completed(mut self) -> Self {
        let Self { fragment, account, region, .. } = &mut self;
        if let Some(id) = resource_id(fragment.kind, &fragment.id, account, region) {
            fragment.id = id;
        }
        self
    }
}

/// The id that [`Document::id`](super::Document::id) has, of a resource that a call of this account and region names
/// otherwise: by name, partial ARN, URL. `None` where the name is the id, or place and kind do not give it.
///
/// Roles, users, groups and instance profiles go by their ARN without path, because calls name them by their name alone,
/// which is unique in an account whatever its path (IAM guide, IAM identifiers).
#[must_use]
pub fn resource_id(kind: &str, name: &str, account: &str, region: &str) -> Option<String> {
    match kind {
        FUNCTION => function_id(name, account, region),
        BPA_OPTIONS if name.is_empty() => Some(format!("{account}/{region}")),
        ROLE | USER | GROUP | INSTANCE_PROFILE => principal_id(kind, name, account, region),
        BUCKET => name.split_once(":::").map(|(_, bucket)| bucket.to_owned()),
        KEY | ALIAS => key_id(name, account, region),
        DYNAMO_TABLE => regional("dynamodb", "table/", name, account, region),
        QUEUE => queue_id(name, region),
        _ => None,
    }
}

/// The partition a region belongs to (AWS General Reference, ARNs).
fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// A function may be asked for by name, by `ACCOUNT:function:NAME`, each with or without a qualifier (Lambda API
/// reference, GetFunctionConfiguration, FunctionName).
fn function_id(id: &str, account: &str, region: &str) -> Option<String> {
    if id.starts_with("arn:") || account.is_empty() || region.is_empty() {
        return None;
    }
    let name = match id.split_once(":function:") {
        Some((_, name)) => name,
        None => id,
    };
    let name = name.split(':').next().unwrap_or(name);
    Some(format!("arn:{}:lambda:{region}:{account}:function:{name}", partition(region)))
}

fn principal_id(kind: &str, name: &str, account: &str, region: &str) -> Option<String> {
    let noun = match kind {
        ROLE => "role",
        USER => "user",
        GROUP => "group",
        INSTANCE_PROFILE => "instance-profile",
        _ => return None,
    };
    let last = name.rsplit('/').next().unwrap_or(name);
    match name.split_once(&format!(":{noun}/")) {
        Some((prefix, _)) if name.starts_with("arn:") => Some(format!("{prefix}:{noun}/{last}")),
        _ if account.is_empty() || name.is_empty() || name.starts_with("arn:") => None,
        _ => Some(format!("arn:{}:iam::{account}:{noun}/{last}", partition(region))),
    }
}

/// A key may be asked for by id, by ARN, by alias name and by alias ARN (KMS API reference, GetKeyPolicy and DescribeKey,
/// KeyId).
fn key_id(id: &str, account: &str, region: &str) -> Option<String> {
    let noun = if id.starts_with("alias/") { "" } else { "key/" };
    regional("kms", noun, id, account, region)
}

fn regional(service: &str, noun: &str, id: &str, account: &str, region: &str) -> Option<String> {
    let is_known = !account.is_empty() && !region.is_empty() && !id.starts_with("arn:");
    is_known.then(|| format!("arn:{}:{service}:{region}:{account}:{noun}{id}", partition(region)))
}

/// `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`; older forms leave the region out or put it elsewhere, so that it is
/// taken from where the call was made (SQS guide, queue URLs).
fn queue_id(url: &str, region: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let mut parts = rest.split('/').skip(1);
    let (account, name) = (parts.next()?, parts.next()?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (is_account && !region.is_empty() && !name.is_empty())
        .then(|| format!("arn:{}:sqs:{region}:{account}:{name}", partition(region)))
}
