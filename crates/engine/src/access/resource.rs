//! What requests ask for: the resource behind an ARN, its owner and its policy.

use super::{arn, document};
use butfor_world::{Facet, ResourceKey, State, World};
use serde_json::Value;

/// The resource whose policy has a say in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub key: ResourceKey,
    /// Member of its document that holds the policy.
    pub member: &'static str,
    /// Whether nobody is allowed anything without this policy (KMS key policies, role trust policies).
    pub is_required: bool,
}

fn target(kind: &str, id: String, member: &'static str) -> Target {
    Target { key: ResourceKey { kind: kind.to_owned(), id }, member, is_required: false }
}

/// The resource an ARN names, where resources of its kind have policies.
pub(super) fn of(world: &World, resource: &str) -> Option<Target> {
    let [partition, service, region, account, rest] = arn(resource)?;
    let root = |kind: &str| format!("arn:{partition}:{kind}:{region}:{account}");
    Some(match service {
        "s3" => {
            let bucket = rest.split('/').next().filter(|bucket| !bucket.is_empty())?;
            target("AWS::S3::Bucket", bucket.to_owned(), "Policy")
        }
        "kms" => {
            let id =
                if rest.starts_with("alias/") { key_of_alias(world, resource)? } else { resource.to_owned() };
            Target { is_required: true, ..target("AWS::KMS::Key", id, "KeyPolicy") }
        }
        // A version or alias has a policy of its own; the function's is the nearest that is described.
        "lambda" => {
            let name = rest.strip_prefix("function:")?.split(':').next()?;
            target("AWS::Lambda::Function", format!("{}:function:{name}", root("lambda")), "Policy")
        }
        "sqs" => target("AWS::SQS::Queue", resource.to_owned(), "Policy"),
        "sns" => target("AWS::SNS::Topic", resource.to_owned(), "Policy"),
        "secretsmanager" => target("AWS::SecretsManager::Secret", resource.to_owned(), "ResourcePolicy"),
        "dynamodb" => {
            let table = rest.strip_prefix("table/")?.split('/').next()?;
            target("AWS::DynamoDB::Table", format!("{}:table/{table}", root("dynamodb")), "ResourcePolicy")
        }
        "iam" if rest.starts_with("role/") => {
            let id = super::caller::without_path(resource)?;
            Target { is_required: true, ..target("AWS::IAM::Role", id, "AssumeRolePolicyDocument") }
        }
        _ => return None,
    })
}

/// The described resource an ARN names.
pub(crate) fn target_key(world: &World, resource: &str) -> Option<ResourceKey> {
    of(world, resource).map(|target| target.key)
}

fn key_of_alias(world: &World, alias: &str) -> Option<String> {
    let target = super::text(document(world, "AWS::KMS::Alias", alias)?, "/TargetKeyId")?;
    if target.starts_with("arn:") {
        return Some(target);
    }
    let [partition, _, region, account, _] = arn(alias)?;
    Some(format!("arn:{partition}:kms:{region}:{account}:key/{target}"))
}

/// The account that owns a resource: from its ARN, or from who described its bucket.
pub(super) fn owner(world: &World, resource: &str) -> Option<String> {
    let [_, service, _, account, rest] = arn(resource)?;
    if !account.is_empty() {
        return Some(account.to_owned());
    }
    if service != "s3" {
        return None;
    }
    let bucket = rest.split('/').next()?;
    let key = ResourceKey { kind: "AWS::S3::Bucket".to_owned(), id: bucket.to_owned() };
    world.get(&key).map(|bucket| bucket.account.clone()).filter(|account| !account.is_empty())
}

/// The policy of a resource.
pub(super) fn policy(world: &World, target: &Target) -> State {
    world.state(&target.key, &Facet { member: target.member.to_owned(), element: None })
}

/// A policy document as text; `None` when it is none, or is not known.
pub(super) fn policy_text(value: &Value) -> Option<String> {
    butfor_world::facets::policy_document(value).map(|document| document.to_string())
}

/// Last part of an object, item or parameter whose name a policy leaves open: any name would do.
pub(super) const ANY_NAME: &str = "butfor-any";

/// How people call a resource: `bucket reports`, `table orders`, `key 1234abcd`.
pub(crate) fn resource_label(resource: &str) -> String {
    if let Some(open) = resource.strip_suffix(ANY_NAME).filter(|_| !resource.starts_with("arn:aws:s3")) {
        return resource_label(&format!("{open}*"));
    }
    let Some([_, service, _, _, rest]) = arn(resource) else {
        return if resource == "*" { "all resources".to_owned() } else { resource.to_owned() };
    };
    let last = rest.rsplit(['/', ':']).next().unwrap_or(rest);
    match service {
        "s3" => format!("bucket {}", rest.split('/').next().unwrap_or(rest)),
        "dynamodb" => format!("table {}", rest.split('/').nth(1).unwrap_or(rest)),
        "kms" if rest.starts_with("alias/") => format!("key {rest}"),
        "kms" => format!("key {last}"),
        "sqs" => format!("queue {last}"),
        "sns" => format!("topic {last}"),
        "logs" => format!("log group {}", rest.strip_prefix("log-group:").unwrap_or(rest)),
        "ssm" => rest.replacen("parameter/", "parameter /", 1),
        "secretsmanager" => format!("secret {last}"),
        "lambda" => format!("function {}", rest.split(':').nth(1).unwrap_or(rest)),
        "iam" => rest.replacen('/', " ", 1),
        _ => resource.to_owned(),
    }
}

/// ARNs of the described resources of a service that requests are made to.
pub(super) fn described(world: &World, service: &str) -> Vec<String> {
    let kind = match service {
        "s3" => "AWS::S3::Bucket",
        "dynamodb" => "AWS::DynamoDB::Table",
        "sqs" => "AWS::SQS::Queue",
        "sns" => "AWS::SNS::Topic",
        "kms" => "AWS::KMS::Key",
        "secretsmanager" => "AWS::SecretsManager::Secret",
        "lambda" => "AWS::Lambda::Function",
        _ => return Vec::new(),
    };
    let arn_of = |resource: &butfor_world::Resource| match service {
        "s3" => Some(format!("arn:aws:s3:::{}", resource.key.id)),
        _ => resource.arn(),
    };
    world.of_kind(kind).filter_map(arn_of).collect()
}
