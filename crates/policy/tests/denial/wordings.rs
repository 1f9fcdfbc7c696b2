//! Wordings of services: resources, verbs, settings that are no layer, denials that name none.

use crate::{BUCKET, SESSION, one};
use butfor_policy::denial::{DenyKind, Setting};

#[test]
fn resources_of_every_kind() {
    let reasons = [
        "",
        " because no identity-based policy allows the iam:GetRole action",
        " with an explicit deny in a session policy",
    ];
    let check = |clause: &str, expected: Option<&str>| {
        for reason in reasons {
            let text = format!("User: {SESSION} is not authorized to perform: iam:GetRole{clause}{reason}");
            let denial = one(&text);
            assert_eq!(denial.resource.as_deref(), expected, "{text}");
            assert_eq!(denial.named.is_some(), !reason.is_empty(), "{text}");
        }
    };
    check("", None);
    check(" on resource: *", Some("*"));
    check(" on resource: role deploy", Some("role deploy"));
    check(" on resource: policy path /", Some("policy path /"));
    check(" on resource: arn:aws:iam::111122223333:role/x", Some("arn:aws:iam::111122223333:role/x"));
    check(" on resource: \"arn:aws:s3:::b/with a blank.txt\"", Some("arn:aws:s3:::b/with a blank.txt"));
    check(" on resource: arn:aws:ec2:us-east-1:1:instance/*", Some("arn:aws:ec2:us-east-1:1:instance/*"));
    check(" on this resource", None);
    check(" on the resource associated with this ciphertext", None);
}

#[test]
fn words_differ_between_services() {
    let denial = one(
        "User: arn:aws:iam::111122223333:user/a is not authorized to perform: SNS:Publish on resource: \
                      arn:aws:sns:us-east-1:111122223333:t because no resource-based policy allows the SNS:Publish action",
    );
    assert_eq!(denial.action.as_deref(), Some("SNS:Publish"));
    // Misspelt in its second place.
    let denial = one(&format!(
        "User: {SESSION} is not authorized to perform: ssm:GetParameter because no identity-based policy allows the \
         ssm:GetParametr action"
    ));
    assert_eq!(denial.action.as_deref(), Some("ssm:GetParameter"));
    let denial = one("User: anonymous is not authorized to perform: execute-api:Invoke on resource: \
                      arn:aws:execute-api:us-east-1:********3333:api/prod/GET/ with an explicit deny");
    assert_eq!(
        (denial.principal.as_deref(), denial.kind, denial.named),
        (Some("anonymous"), DenyKind::Explicit, None)
    );
    // A terminal of 40 columns.
    let denial = one(
        "User: arn:aws:sts::111122223333:assumed-rol\ne/app/session is not authorized to perform: \
                      s3:GetObject on resource: arn:aws:s3:::uploads-1111\n22223333/k because no session policy allows \
                      the s3:GetObject action",
    );
    assert_eq!(denial.principal.as_deref(), Some("arn:aws:sts::111122223333:assumed-role/app/session"));
    assert_eq!(denial.resource.as_deref(), Some("arn:aws:s3:::uploads-111122223333/k"));
}

#[test]
fn settings_are_no_layer() {
    let check = |reason: &str, expected: Setting| {
        let denial = one(&format!(
            "An error occurred (AccessDenied) when calling the PutBucketAcl operation: User: {SESSION} is not authorized \
             to perform: s3:PutBucketAcl on resource: \"{BUCKET}\" because {reason}"
        ));
        assert_eq!((denial.setting, denial.named, denial.kind), (Some(expected), None, DenyKind::Unsaid));
    };
    check(
        "public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access",
        Setting::BlockPublicAcls,
    );
    check(
        "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access",
        Setting::BlockPublicPolicy,
    );
    check(
        "this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys \
         (SSE-C). Please specify a different encryption type",
        Setting::CustomerKeysBlocked,
    );
}

#[test]
fn denials_that_name_no_layer() {
    let check = |code: Option<&str>, operation: Option<&str>, text: &str| {
        let denial = one(text);
        assert_eq!((denial.code.as_deref(), denial.operation.as_deref()), (code, operation), "{text}");
        assert_eq!(denial.named, None, "{text}");
    };
    let denied = Some("AccessDenied");
    check(None, None, "Access Denied");
    check(
        denied,
        Some("GetObject"),
        "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
    );
    check(
        Some("403"),
        Some("HeadObject"),
        "fatal error: An error occurred (403) when calling the HeadObject operation: Forbidden",
    );
    check(denied, None, "AccessDenied: Access Denied status code: 403, request id: 1, host id: 2");
    check(denied, None, "AccessDenied: Access Denied\n    at throwDefaultError (/app/x.js:1:2)");
    check(
        denied,
        None,
        "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: 1; S3 Extended \
         Request ID: 2)",
    );
    check(None, None, "S3Exception: Access Denied (Service: S3, Status Code: 403, Request ID: 1)");
    check(
        None,
        None,
        "software.amazon.awssdk.services.s3.model.S3Exception: null (Service: S3, Status Code: 403, Request ID: 1)",
    );
    check(
        None,
        None,
        "Forbidden (Service: Amazon S3; Status Code: 403; Error Code: 403 Forbidden; Request ID: 1)",
    );
    check(
        Some("Forbidden"),
        Some("HeadObject"),
        "operation error S3: HeadObject, https response error StatusCode: 403, RequestID: 1, HostID: 2, api error \
         Forbidden: Forbidden",
    );
    check(None, None, "Forbidden: Forbidden\n\tstatus code: 403, request id: 1, host id: 2");
    check(
        None,
        None,
        "Amazon.S3.AmazonS3Exception: Access Denied\n ---> Amazon.Runtime.Internal.HttpErrorResponseException",
    );
    check(
        denied,
        None,
        "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
    );
    check(
        denied,
        None,
        "79a5 amzn-s3-demo [06/Feb/2026:00:00:38 +0000] 192.0.2.3 79a5 3E57 REST.GET.OBJECT k \"GET /b/k HTTP/1.1\" 403 \
         AccessDenied 243 - 7 - \"-\"",
    );
    check(denied, None, "Aws::S3::Errors::AccessDenied: Access Denied");
    check(None, None, "User is not authorized to access this resource");
    check(
        None,
        None,
        "{\"Message\":\"User is not authorized to access this resource with an explicit deny\"}",
    );
    check(
        Some("AccessDeniedException"),
        None,
        "AccessDeniedException: User: arn:aws:iam::111122223333:user/a is not authorized to access this resource",
    );
    check(
        denied,
        Some("SendMessage"),
        "An error occurred (AccessDenied) when calling the SendMessage operation: Access to the resource \
         https://sqs.us-east-1.amazonaws.com/ is denied.",
    );
    check(
        Some("AccessDeniedException"),
        Some("GetQuery"),
        "An error occurred (AccessDeniedException) when calling the GetQuery operation: Not authorized to access \
         resource q",
    );
    check(
        Some("UnauthorizedOperation"),
        None,
        "UnauthorizedOperation: You are not authorized to perform this operation.\n\tstatus code: 403, request id: 1",
    );
    check(
        None,
        None,
        "You are not authorized to perform this operation. Encoded authorization failure message: 4Kf3_aB-9 Status",
    );
    check(
        None,
        None,
        "User: arn:aws:iam::1:user/a is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/b",
    );
}
