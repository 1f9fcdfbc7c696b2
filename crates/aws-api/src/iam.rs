//! The IAM action that an operation needs, so that a denial can say which permission is missing.
//!
//! Mostly `service:Operation`. The exceptions are those of AWS's Service Authorization Reference
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>);
//! for S3 see also <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>.

use crate::model;

/// Services whose actions begin with another word than the AWS CLI's name.
const PREFIXES: &[(&str, &str)] = &[
    ("accessanalyzer", "access-analyzer"),
    ("apigatewayv2", "apigateway"),
    ("bedrock-agent", "bedrock"),
    ("configservice", "config"),
    ("docdb", "rds"),
    ("efs", "elasticfilesystem"),
    ("elb", "elasticloadbalancing"),
    ("elbv2", "elasticloadbalancing"),
    ("neptune", "rds"),
    ("opensearch", "es"),
    ("resourcegroupstaggingapi", "tag"),
    ("s3control", "s3"),
    ("service-quotas", "servicequotas"),
    ("sso-admin", "sso"),
    ("stepfunctions", "states"),
];

/// Operations whose action has another name.
const ACTIONS: &[(&str, &str, &str)] = &[
    ("accessanalyzer", "GetFindingV2", "GetFinding"),
    ("accessanalyzer", "ListFindingsV2", "ListFindings"),
    ("s3", "GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"),
    ("s3", "GetBucketAnalyticsConfiguration", "GetAnalyticsConfiguration"),
    ("s3", "GetBucketEncryption", "GetEncryptionConfiguration"),
    ("s3", "GetBucketIntelligentTieringConfiguration", "GetIntelligentTieringConfiguration"),
    ("s3", "GetBucketInventoryConfiguration", "GetInventoryConfiguration"),
    ("s3", "GetBucketLifecycle", "GetLifecycleConfiguration"),
    ("s3", "GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
    ("s3", "GetBucketMetadataConfiguration", "GetBucketMetadataTableConfiguration"),
    ("s3", "GetBucketMetricsConfiguration", "GetMetricsConfiguration"),
    ("s3", "GetBucketNotificationConfiguration", "GetBucketNotification"),
    ("s3", "GetBucketReplication", "GetReplicationConfiguration"),
    ("s3", "GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
    ("s3", "GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("s3", "HeadBucket", "ListBucket"),
    ("s3", "HeadObject", "GetObject"),
    ("s3", "ListBucketAnalyticsConfigurations", "GetAnalyticsConfiguration"),
    ("s3", "ListBucketIntelligentTieringConfigurations", "GetIntelligentTieringConfiguration"),
    ("s3", "ListBucketInventoryConfigurations", "GetInventoryConfiguration"),
    ("s3", "ListBucketMetricsConfigurations", "GetMetricsConfiguration"),
    ("s3", "ListBuckets", "ListAllMyBuckets"),
    ("s3", "ListMultipartUploads", "ListBucketMultipartUploads"),
    ("s3", "ListObjectVersions", "ListBucketVersions"),
    ("s3", "ListObjects", "ListBucket"),
    ("s3", "ListObjectsV2", "ListBucket"),
    ("s3", "ListParts", "ListMultipartUploadParts"),
    ("s3control", "GetPublicAccessBlock", "GetAccountPublicAccessBlock"),
];

/// Words for resources of API Gateway that came with actions of their own; all else there is `apigateway:GET` on a path.
const GATEWAY_OWN: [&str; 3] = ["Portal", "ProductPage", "RoutingRule"];

/// The IAM action of an operation: `ec2:DescribeInstances`, `s3:ListAllMyBuckets` of `s3` `ListBuckets`.
///
/// `None` if the operation is not among those that can be called here. The service may go by any of its names.
#[must_use]
pub fn iam_action(service: &str, operation: &str) -> Option<String> {
    let service = model::canonical(service)?;
    model::service(service)?.operations.get(operation)?;
    Some(action(service, operation))
}

/// As [`iam_action`], for names that are known to be right.
pub(crate) fn action(service: &str, operation: &str) -> String {
    if service.starts_with("apigateway") {
        let has_own = GATEWAY_OWN.iter().any(|word| operation.contains(word))
            || (operation.contains("ProductRestEndpointPage") || operation.contains("PortalProduct"));
        return if has_own { format!("apigateway:{operation}") } else { "apigateway:GET".to_owned() };
    }
    let prefix = PREFIXES.iter().find(|(own, _)| *own == service).map_or(service, |(_, prefix)| prefix);
    let name = ACTIONS
        .iter()
        .find(|(own, name, _)| *own == service && *name == operation)
        .map_or(operation, |(_, _, action)| action);
    format!("{prefix}:{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn exceptions_are_known() {
        for (service, operation, expected) in [
            ("ec2", "DescribeInstances", "ec2:DescribeInstances"),
            ("elbv2", "DescribeRules", "elasticloadbalancing:DescribeRules"),
            ("cloudwatch", "GetMetricData", "cloudwatch:GetMetricData"),
            ("logs", "FilterLogEvents", "logs:FilterLogEvents"),
            ("config", "DescribeConfigRules", "config:DescribeConfigRules"),
            ("s3", "ListBuckets", "s3:ListAllMyBuckets"),
            ("s3", "ListObjectsV2", "s3:ListBucket"),
            ("s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration"),
            ("s3", "GetBucketPolicy", "s3:GetBucketPolicy"),
            ("apigateway", "GetRestApis", "apigateway:GET"),
            ("apigatewayv2", "GetRoutes", "apigateway:GET"),
            ("apigatewayv2", "ListPortals", "apigateway:ListPortals"),
            ("stepfunctions", "DescribeExecution", "states:DescribeExecution"),
        ] {
            assert_eq!(iam_action(service, operation).as_deref(), Some(expected));
        }
        assert_eq!(iam_action("ec2", "RunInstances"), None);
        assert_eq!(iam_action("nothing", "ListThings"), None);
    }

    /// Against AWS's own list, as the policy room has it. Operations younger than the list are not in it yet.
    #[test]
    fn actions_are_those_of_aws() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../policy/data/actions.txt");
        let text = std::fs::read_to_string(path).unwrap();
        let mut service = "";
        let mut known = BTreeSet::new();
        for line in text.lines() {
            let mut words = line.split(' ');
            match words.next() {
                Some("=") => service = words.next().unwrap(),
                Some("a") => {
                    known.extend(words.skip(2).map(|name| format!("{service}:{name}").to_lowercase()))
                }
                _ => {}
            }
        }
        assert!(known.len() > 10_000, "{}", known.len());
        let actions: Vec<String> = crate::operations().map(|(service, name)| action(service, name)).collect();
        let missing: Vec<&String> =
            actions.iter().filter(|name| !known.contains(&name.to_lowercase())).collect();
        assert!(missing.len() * 25 < actions.len(), "{} of {}: {missing:?}", missing.len(), actions.len());
        for stable in
            ["s3:", "iam:", "logs:", "lambda:", "elasticloadbalancing:", "cloudformation:", "sqs:", "sns:"]
        {
            // `ListRegionalBuckets` and the like are S3 on Outposts, which has a prefix of its own.
            let missing: Vec<_> =
                missing.iter().filter(|name| name.starts_with(stable) && stable != "s3:").collect();
            assert!(missing.is_empty(), "{missing:?}");
        }
    }
}
