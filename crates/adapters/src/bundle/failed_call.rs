//! What a failed call means: nothing is there, or we could not look.

use butfor_incident::{Gap, GapReason, Query, Timestamp};

/// Meaning of an error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The service answered: what was asked for does not exist. Evidence, not a gap.
    Absent,
    /// The credentials themselves were refused.
    Credentials,
    /// The permission is missing.
    Denied,
    /// Asked too often.
    Throttled,
    /// No answer, or a server error.
    TimedOut,
    /// A limit of the investigation was reached before it was asked.
    OverBudget,
    /// An answer came that nobody can read.
    Malformed,
    /// Nothing is there to ask: a feature that is off, a file that is not delivered.
    NotConfigured,
    /// The account's support plan does not include it.
    NotSubscribed,
    /// Refused for a reason of the request (a wrong parameter, a region that is not enabled).
    Refused,
}

/// Beginnings and parts of error codes, lower case, in the order in which they are tried. From the common error
/// types of the EC2, S3, IAM and query API references and botocore's own exception names.
const CODES: [(Failure, &[&str], &[&str]); 9] = [
    (Failure::Malformed, &["malformedanswer"], &[]),
    // Not AWS's: what a live investigation writes for queries it had no room for.
    (Failure::OverBudget, &["overbudget"], &[]),
    // AWS Config API reference: a resource that is not recorded, and no recorder at all.
    (
        Failure::NotConfigured,
        &["notconfigured", "resourcenotdiscovered", "noavailableconfigurationrecorder"],
        &[],
    ),
    // AWS Health API reference, "Common errors"; AWS Support's API answers the same.
    (Failure::NotSubscribed, &["subscriptionrequired"], &[]),
    (
        Failure::Credentials,
        &[
            "authfailure",
            "expiredtoken",
            "requestexpired",
            "invalidclienttokenid",
            "invalidaccesskeyid",
            "invalidtoken",
            "unrecognizedclient",
            "signaturedoesnotmatch",
            "missingauthenticationtoken",
            "nocredentials",
        ],
        &[],
    ),
    (Failure::Denied, &["unauthorized", "forbidden", "403"], &["accessdenied", "notauthorized"]),
    (
        Failure::Throttled,
        &[
            "throttl",
            "requestlimitexceeded",
            "toomanyrequests",
            "slowdown",
            "limitexceeded",
            "429",
            "priorrequestnotcomplete",
        ],
        &["throttl", "throughputexceeded"],
    ),
    (Failure::Absent, &["nosuch", "404"], &["notfound", "doesnotexist", "nonexistent"]),
    (
        Failure::TimedOut,
        &[
            "internal",
            "500",
            "502",
            "503",
            "504",
            "serverexception",
            "servicefailure",
            "connection",
            "endpointconnection",
        ],
        &["timeout", "timedout", "unavailable"],
    ),
];

/// Reads an error code; an unknown one is a refusal, never an absence.
pub(super) fn classify(code: &str) -> Failure {
    let code = code.to_ascii_lowercase();
    // EC2's older dialect puts the side at fault first: `Client.UnauthorizedOperation`, `Server.InternalError`.
    let code = ["client.", "server."].iter().find_map(|side| code.strip_prefix(side)).unwrap_or(&code);
    CODES
        .iter()
        .find(|(_, beginnings, parts)| {
            beginnings.iter().any(|beginning| code.starts_with(beginning))
                || parts.iter().any(|part| code.contains(part))
        })
        .map_or(Failure::Refused, |(failure, ..)| *failure)
}

/// The gap a failed call leaves; `None` when it was an answer.
pub(super) fn gap(query: Query, at: Option<Timestamp>, code: &str, message: &str) -> Option<Gap> {
    let (reason, remedy) = match classify(code) {
        Failure::Absent => return None,
        Failure::Credentials => (GapReason::Denied, "renew the credentials and record again".to_owned()),
        Failure::Denied => {
            let account = if query.account.is_empty() {
                String::new()
            } else {
                format!(" in account {}", query.account)
            };
            (GapReason::Denied, format!("allow `{}`{account}", permission(&query, message)))
        }
        Failure::Throttled => (GapReason::Throttled, "record again, with fewer calls a second".to_owned()),
        Failure::TimedOut => (GapReason::TimedOut, "record again".to_owned()),
        Failure::Malformed => (GapReason::Malformed, format!("record again; {message}")),
        Failure::NotConfigured => (GapReason::NotConfigured, said(message, "configure it, and record again")),
        Failure::NotSubscribed => (
            GapReason::NotConfigured,
            "the API needs a Business, Enterprise On-Ramp or Enterprise Support plan; without one, look at the Health Dashboard"
                .to_owned(),
        ),
        Failure::OverBudget => {
            (GapReason::OverBudget, "allow more calls or more time for an investigation".to_owned())
        }
        Failure::Refused => (
            GapReason::NotConfigured,
            format!("the service refused with `{code}`: mend the call and record again"),
        ),
    };
    Some(Gap {
        what: super::describe(&query),
        reason,
        needed_for: String::new(),
        remedy,
        query: Some(query),
        at,
    })
}

/// What a source says to do, if it says something.
fn said(message: &str, otherwise: &str) -> String {
    if message.trim().is_empty() { otherwise.to_owned() } else { message.to_owned() }
}

/// The IAM action to allow. The service's own message names it best; the Service Authorization Reference tells where
/// prefix or action differ from the AWS CLI's service name and the API's operation.
fn permission(query: &Query, message: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == ':';
    let is_action = |named: &&str| named.contains(':') && named.len() < 80 && named.chars().all(plain);
    let by_service = message
        .split("to perform: ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .filter(is_action);
    // A live source knows the operation that was denied: S3 says no more than `Access Denied`.
    let by_source = message
        .strip_suffix("` is needed")
        .and_then(|rest| rest.rsplit_once('`'))
        .map(|(_, named)| named)
        .filter(is_action);
    if let Some(named) = by_service.or(by_source) {
        return named.to_owned();
    }
    let service = query.service.as_str();
    let operation = query.operation.as_str();
    match (service, operation) {
        ("s3" | "s3api", "ListBuckets") => "s3:ListAllMyBuckets".to_owned(),
        ("s3" | "s3api", "HeadBucket" | "ListObjectsV2" | "ListObjects") => "s3:ListBucket".to_owned(),
        ("s3" | "s3api", "GetPublicAccessBlock") => "s3:GetBucketPublicAccessBlock".to_owned(),
        ("s3" | "s3api", "GetBucketEncryption") => "s3:GetEncryptionConfiguration".to_owned(),
        ("apigateway" | "apigatewayv2", _) => "apigateway:GET".to_owned(),
        _ => format!("{}:{operation}", iam_prefix(service)),
    }
}

/// IAM's prefix where it differs from the AWS CLI's service name.
fn iam_prefix(service: &str) -> &str {
    match service {
        "elb" | "elbv2" => "elasticloadbalancing",
        "resourcegroupstaggingapi" => "tag",
        "s3api" => "s3",
        "configservice" => "config",
        "stepfunctions" => "states",
        "efs" => "elasticfilesystem",
        "opensearch" => "es",
        "docdb" | "neptune" => "rds",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, classify, gap};
    use butfor_incident::{GapReason, Query};

    #[test]
    fn absence_is_an_answer_and_refusal_is_not() {
        for (code, expected) in [
            ("NoSuchBucketPolicy", Failure::Absent),
            ("ResourceNotFoundException", Failure::Absent),
            ("NoSuchEntity", Failure::Absent),
            ("InvalidGroup.NotFound", Failure::Absent),
            ("404", Failure::Absent),
            ("AccessDenied", Failure::Denied),
            ("AccessDeniedException", Failure::Denied),
            ("UnauthorizedOperation", Failure::Denied),
            ("Client.UnauthorizedOperation", Failure::Denied),
            ("NotAuthorizedException", Failure::Denied),
            ("ExpiredTokenException", Failure::Credentials),
            ("Throttling", Failure::Throttled),
            ("ThrottlingException", Failure::Throttled),
            ("RequestLimitExceeded", Failure::Throttled),
            ("TooManyRequestsException", Failure::Throttled),
            ("RequestTimeout", Failure::TimedOut),
            ("InternalError", Failure::TimedOut),
            ("503", Failure::TimedOut),
            ("ServiceUnavailable", Failure::TimedOut),
            ("NotConfigured", Failure::NotConfigured),
            ("ResourceNotDiscoveredException", Failure::NotConfigured),
            ("SubscriptionRequiredException", Failure::NotSubscribed),
            ("ValidationError", Failure::Refused),
            ("", Failure::Refused),
        ] {
            assert_eq!(classify(code), expected, "{code}");
        }
    }

    fn check_remedy(service: &str, operation: &str, message: &str, expected: &str) {
        let query = Query {
            account: "444455556666".to_owned(),
            region: "us-east-2".to_owned(),
            service: service.to_owned(),
            operation: operation.to_owned(),
            parameters: "{}".into(),
        };
        let gap = gap(query, None, "AccessDenied", message).unwrap();
        assert_eq!((gap.reason, gap.remedy.as_str()), (GapReason::Denied, expected));
        assert_eq!(gap.what, format!("{service} {operation} in 444455556666 us-east-2"));
    }

    #[test]
    fn the_remedy_names_the_iam_permission() {
        check_remedy(
            "ec2",
            "DescribeSecurityGroups",
            "",
            "allow `ec2:DescribeSecurityGroups` in account 444455556666",
        );
        check_remedy(
            "elbv2",
            "DescribeListeners",
            "no",
            "allow `elasticloadbalancing:DescribeListeners` in account 444455556666",
        );
        check_remedy(
            "s3",
            "GetPublicAccessBlock",
            "",
            "allow `s3:GetBucketPublicAccessBlock` in account 444455556666",
        );
        let message = "User: arn:aws:sts::444455556666:assumed-role/r/s is not authorized to perform: tag:GetResources because";
        check_remedy(
            "resourcegroupstaggingapi",
            "GetResources",
            message,
            "allow `tag:GetResources` in account 444455556666",
        );
        let told = "denied (AccessDenied): Access Denied; `s3:GetObject` is needed";
        check_remedy("cloudtrail", "TrailFiles", told, "allow `s3:GetObject` in account 444455556666");
        let hostile = "not authorized to perform: x:`rm -rf`";
        check_remedy("ec2", "DescribeVpcs", hostile, "allow `ec2:DescribeVpcs` in account 444455556666");
    }
}
