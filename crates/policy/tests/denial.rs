//! Denials read from messages: one row for every wording of the IAM and S3 User Guides, and what others write that is none.

use butfor_policy::Layer;
use butfor_policy::denial::{
    Denial, DenyKind, NamedLayer, Other, Setting, is_denial_code, parse, parse_event,
};
use proptest::prelude::*;

const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/i-0a317f213a563528a";
const BUCKET: &str = "arn:aws:s3:::uploads-111122223333";

fn layer(layer: Layer) -> Option<NamedLayer> {
    Some(NamedLayer { layer, other: None })
}

#[track_caller]
fn one(text: &str) -> Denial {
    let mut found = parse(text);
    assert_eq!(found.len(), 1, "{text}: {found:#?}");
    found.swap_remove(0)
}

#[track_caller]
fn none(text: &str) {
    assert_eq!(parse(text), [], "{text}");
}

/// A reason of the documentation, and what it says.
type Row = (&'static str, DenyKind, Option<NamedLayer>, Option<&'static str>);

fn reasons() -> Vec<Row> {
    use DenyKind::{Explicit, Implicit, Unsaid};
    let trust = Some(NamedLayer { layer: Layer::Resource, other: Some(Other::TrustPolicy) });
    let absent = Some(NamedLayer { layer: Layer::Resource, other: Some(Other::AbsentResource) });
    let through =
        Some(NamedLayer { layer: Layer::VpcEndpoint, other: Some(Other::Through(Layer::ServiceControl)) });
    vec![
        ("with an explicit deny in an identity-based policy", Explicit, layer(Layer::Identity), None),
        (
            "with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/deny",
            Explicit,
            layer(Layer::Identity),
            Some("arn:aws:iam::111122223333:policy/deny"),
        ),
        (
            "with an explicit deny in an identity-based policy: deny-all",
            Explicit,
            layer(Layer::Identity),
            Some("deny-all"),
        ),
        (
            "because no identity-based policy allows the s3:GetObject action",
            Implicit,
            layer(Layer::Identity),
            None,
        ),
        ("with an explicit deny in a resource-based policy", Explicit, layer(Layer::Resource), None),
        (
            "because no resource-based policy allows the s3:GetObject action",
            Implicit,
            layer(Layer::Resource),
            None,
        ),
        ("with an explicit deny in the role trust policy", Explicit, trust, None),
        ("because no role trust policy allows the sts:AssumeRole action", Implicit, trust, None),
        ("with an explicit deny in a VPC endpoint policy", Explicit, layer(Layer::VpcEndpoint), None),
        (
            "because no VPC endpoint policy allows the s3:GetObject action",
            Implicit,
            layer(Layer::VpcEndpoint),
            None,
        ),
        ("with an explicit deny in a permissions boundary", Explicit, layer(Layer::Boundary), None),
        (
            "with an explicit deny in a permissions boundary: arn:aws:iam::111122223333:policy/b",
            Explicit,
            layer(Layer::Boundary),
            Some("arn:aws:iam::111122223333:policy/b"),
        ),
        (
            "because no permissions boundary allows the s3:GetObject action",
            Implicit,
            layer(Layer::Boundary),
            None,
        ),
        ("with an explicit deny in a session policy", Explicit, layer(Layer::Session), None),
        ("with an explicit deny in a sessions policy", Explicit, layer(Layer::Session), None),
        ("because no session policy allows the s3:GetObject action", Implicit, layer(Layer::Session), None),
        ("with an explicit deny in a service control policy", Explicit, layer(Layer::ServiceControl), None),
        (
            "with an explicit deny in a service control policy: \
             arn:aws:organizations::999999999999:policy/o-aaabbbccc/service_control_policy/p-0xn1knc2",
            Explicit,
            layer(Layer::ServiceControl),
            Some("arn:aws:organizations::999999999999:policy/o-aaabbbccc/service_control_policy/p-0xn1knc2"),
        ),
        (
            "because no service control policy allows the s3:GetObject action",
            Implicit,
            layer(Layer::ServiceControl),
            None,
        ),
        ("with an explicit deny in a resource control policy", Explicit, layer(Layer::ResourceControl), None),
        (
            "with an explicit deny in a resource control policy: \
             arn:aws:organizations::999999999999:policy/o-a/resource_control_policy/p-1",
            Explicit,
            layer(Layer::ResourceControl),
            Some("arn:aws:organizations::999999999999:policy/o-a/resource_control_policy/p-1"),
        ),
        (
            "with an explicit deny in a VPC endpoint policy transitively through a service control policy",
            Explicit,
            through,
            None,
        ),
        (
            "because the resource does not exist in this Region, no resource-based policies allow access, or a \
             resource-based policy explicitly denies access",
            Unsaid,
            absent,
            None,
        ),
        ("with an explicit deny", Explicit, None, None),
    ]
}

/// What messages are wrapped in: code, operation, text before, text after.
type Wrapper = (Option<&'static str>, Option<&'static str>, &'static str, &'static str);

fn wrappers() -> Vec<Wrapper> {
    vec![
        (None, None, "", ""),
        (None, None, "", "."),
        (Some("AccessDenied"), None, "AccessDenied: ", ""),
        (
            Some("AccessDeniedException"),
            Some("GetObject"),
            "botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling the GetObject operation: ",
            "",
        ),
        (
            Some("AccessDenied"),
            Some("GetObject"),
            "upload failed: An error occurred (AccessDenied) when calling the GetObject operation (reached max retries: 4): ",
            "\n",
        ),
        (
            Some("UnauthorizedOperation"),
            Some("RunInstances"),
            "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not authorized to \
             perform this operation. ",
            ". Encoded authorization failure message: OIau77IwNA-RjpafXihrUW41WAUxaBKeALVOZ",
        ),
        (
            Some("AccessDenied"),
            None,
            "software.amazon.awssdk.services.s3.model.S3Exception: ",
            " (Service: S3, Status Code: 403, Request ID: NM0S425JDCAGFGE9, Extended Request ID: x) Error Code: AccessDenied",
        ),
        (
            Some("AccessDeniedException"),
            None,
            "com.amazonaws.services.lambda.model.AWSLambdaException: ",
            " (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException; Request ID: 1-2; Proxy: null)",
        ),
        (
            Some("AccessDenied"),
            Some("GetObject"),
            "operation error S3: GetObject, https response error StatusCode: 403, RequestID: ABC, HostID: d, api error \
             AccessDenied: ",
            "",
        ),
        (
            Some("AccessDenied"),
            None,
            "Error: AccessDenied: ",
            "\n\tstatus code: 403, request id: 7d0f, host id: q",
        ),
        (
            Some("AccessDenied"),
            None,
            "2026-05-08T16:05:45.841Z [ERROR] [s3-check] AccessDenied: ",
            "\n    at ProtocolLib.getErrorSchemaOrThrowBaseException (/opt/app/index.js:69:67) {\n  '$fault': 'client',\n  \
             '$metadata': { httpStatusCode: 403, requestId: '2A4B2F4C93344B66', attempts: 1 },\n  Code: 'AccessDenied'\n}",
        ),
        (Some("AccessDenied"), None, "<Error><Code>AccessDenied</Code><Message>", "</Message></Error>"),
        (Some("AccessDeniedException"), None, "{\"__type\":\"AccessDeniedException\",\"Message\":\"", "\"}"),
        (
            Some("AccessDeniedException"),
            None,
            "{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"Message\":\"",
            "\"}",
        ),
        (
            Some("AccessDenied"),
            None,
            "service error: unhandled error (AccessDenied): Error { code: \"AccessDenied\", message: \"",
            "\", aws_request_id: \"1\" }",
        ),
        (
            Some("AccessDenied"),
            None,
            "Resource handler returned message: \"",
            " (Service: Iam, Status Code: 403, Request ID: 1)\" (RequestToken: 2, HandlerErrorCode: AccessDenied)",
        ),
        (Some("AccessDenied"), None, "Aws::S3::Errors::AccessDenied (", ")"),
        (
            None,
            None,
            "",
            ". Go to https://us-east-1.console.aws.amazon.com/iam/home#/authorization-details/abcdefghij1234567890klmno \
             for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: \
             abcdefghij1234567890klmno",
        ),
    ]
}

fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for word in text.split(' ') {
        if width > 60 {
            lines.push_str("\n   ");
            width = 0;
        }
        width += word.len() + 1;
        lines.push(' ');
        lines.push_str(word);
    }
    lines
}

/// What is on the way into a log done to a text.
fn mutations() -> Vec<fn(&str) -> String> {
    vec![
        str::to_owned,
        |text| text.replace(' ', "  "),
        wrapped,
        |text| wrapped(text).replace('\n', "\r\n"),
        |text| format!("│ Error: {}", wrapped(text).replace('\n', "\n│")),
        |text| serde_json::json!({ "level": "ERROR", "message": text, "status": 500 }).to_string(),
        |text| serde_json::json!({ "log": serde_json::json!({ "message": text }).to_string() }).to_string(),
        |text| format!("2026-05-08T16:05:45Z ERROR {text}"),
        |text| text.replace('"', "&quot;"),
    ]
}

#[track_caller]
fn check_message(reason: &Row, wrapper: &Wrapper, mutation: fn(&str) -> String, resource: Option<&str>) {
    let (words, kind, named, policy) = *reason;
    let (code, operation, before, after) = *wrapper;
    let on = resource.map_or_else(String::new, |resource| format!(" on resource: {resource}"));
    let text = mutation(&format!(
        "{before}User: {SESSION} is not authorized to perform: s3:GetObject{on} {words}{after}"
    ));
    let denial = one(&text);
    assert_eq!(denial.code.as_deref(), code, "{text}");
    assert_eq!(denial.operation.as_deref(), operation, "{text}");
    assert_eq!(denial.principal.as_deref(), Some(SESSION), "{text}");
    assert_eq!(denial.action.as_deref(), Some("s3:GetObject"), "{text}");
    assert_eq!(denial.resource.as_deref(), resource.map(|resource| resource.trim_matches('"')), "{text}");
    assert_eq!((denial.kind, denial.named, denial.policy.as_deref()), (kind, named, policy), "{text}");
    let id = after.contains("authorization id").then_some("abcdefghij1234567890klmno");
    assert_eq!(denial.authorization_id.as_deref(), id, "{text}");
    assert_eq!(denial.encoded.is_some(), after.contains("Encoded"), "{text}");
    let quoted = text.get(denial.span).unwrap_or_default();
    assert!(quoted.contains("not") && quoted.contains(SESSION), "{quoted}");
}

#[test]
fn every_reason_in_every_wrapper_in_every_shape() {
    let object = format!("{BUCKET}/a.txt");
    let quoted = format!("\"{object}\"");
    for reason in reasons() {
        for wrapper in wrappers() {
            for mutation in mutations() {
                for resource in [None, Some(object.as_str()), Some(quoted.as_str())] {
                    check_message(&reason, &wrapper, mutation, resource);
                }
            }
        }
    }
}

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

#[test]
fn messages_with_their_head_cut_off() {
    let denial = one(
        "AccessDenied ... s3:GetBucketObjectLockConfiguration ... with an explicit deny in a service control policy",
    );
    assert_eq!((denial.code.as_deref(), denial.named), (Some("AccessDenied"), layer(Layer::ServiceControl)));
    let denial = one("...i-0a317f is denied because no VPC endpoint policy allows the s3:ListBucket action");
    assert_eq!((denial.action.as_deref(), denial.named), (Some("s3:ListBucket"), layer(Layer::VpcEndpoint)));
    let denial = one("The request was denied due to a VPC endpoint policy");
    assert_eq!((denial.kind, denial.named), (DenyKind::Unsaid, layer(Layer::VpcEndpoint)));
    let denial = one("{\"errorCode\":\"VpceAccessDenied\"}");
    assert_eq!((denial.kind, denial.named), (DenyKind::Unsaid, layer(Layer::VpcEndpoint)));
}

#[test]
fn several_in_one_text() {
    let text = format!(
        "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: User: {SESSION} is not authorized to \
         perform: s3:ListBucket on resource: \"{BUCKET}\" because no VPC endpoint policy allows the s3:ListBucket action\n\
         An error occurred (AccessDenied) when calling the GetObject operation: Access Denied\n\
         AccessDeniedException: User: arn:aws:iam::111122223333:user/a is not authorized to perform: dynamodb:Query with \
         an explicit deny in a permissions boundary\n"
    );
    let found = parse(&text);
    let named: Vec<_> = found
        .iter()
        .map(|denial| (denial.operation.as_deref(), denial.named.map(|named| named.layer)))
        .collect();
    assert_eq!(
        named,
        [
            (Some("ListObjectsV2"), Some(Layer::VpcEndpoint)),
            (Some("GetObject"), None),
            (None, Some(Layer::Boundary))
        ]
    );
    let line = "An error occurred (AccessDenied) when calling the A operation: Access Denied ";
    assert_eq!(parse(&line.repeat(500)).len(), 64);
}

#[test]
fn what_is_no_denial() {
    none("");
    none("Error: connect ETIMEDOUT 10.0.1.5:3306");
    none(
        "requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='api.example.com', port=443): Max retries exceeded",
    );
    none("HTTP 404 Not Found");
    none(
        "An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.",
    );
    none("An error occurred (404) when calling the HeadObject operation: Not Found");
    none("An error occurred (ThrottlingException) when calling the Query operation: Rate exceeded");
    none(
        "An error occurred (ExpiredToken) when calling the GetObject operation: The provided token has expired.",
    );
    none("The request signature we calculated does not match (Service: S3, Status Code: 403, Request ID: 1)");
    none(
        "The key id does not exist (Service: Amazon S3; Status Code: 403; Error Code: InvalidAccessKeyId; Request ID: 1)",
    );
    none("requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://api.vendor.example/v1");
    none("POST https://api.vendor.example/v2 -> 403 Forbidden");
    none("user denied the consent screen");
    none("ERROR 1045 (28000): Access denied for user 'app'@'10.0.0.5' (using password: YES)");
    none("FATAL: permission denied for table orders");
    none("AccessDenied: Access denied for tenant 4711");
    none("java.nio.file.AccessDeniedException: /var/lib/app/state.json");
    none("org.springframework.security.access.AccessDeniedException: Access is denied");
    none("Symfony\\Component\\Security\\Core\\Exception\\AccessDeniedException: Access Denied.");
    none("user 4711 is not authorized to perform this action");
    none("You are not authorized to perform this operation.");
    none("User bob is not authorized to access this document");
    none("{\"filterPattern\":\"?ERROR ?Exception ?AccessDenied ?timeout\"}");
    none("rate(AccessDenied) over 5 minutes is above 3");
    none("security group rule with an explicit deny was not found");
    none("because no policy of this kind exists");
    none("[client 63.13.186.196] Directory index forbidden by rule: /var/www/html/");
    none("ciod: Error loading /opt/vnm.rts: invalid or missing program image, Permission denied");
    none("Authentication failed from 163.27.187.39 (163.27.187.39): Permission denied in replay cache code");
    none(
        "An error occurred (InvalidAction) when calling the X operation: nobody is not authorized to perform miracles",
    );
}

/// Log lines of recorded incidents and records of the Stratus Red Team data set: `tests/data/ORIGIN.md`.
#[test]
fn recorded_messages() {
    let denial = one(include_str!("data/denials/python-lambda.json"));
    assert_eq!(denial.code.as_deref(), Some("AccessDeniedException"));
    assert_eq!(denial.operation.as_deref(), Some("Query"));
    assert_eq!(
        denial.principal.as_deref(),
        Some("arn:aws:sts::111122223333:assumed-role/payledger-dev-fault-iam/payledger-dev-getBalance")
    );
    assert_eq!(denial.action.as_deref(), Some("dynamodb:Query"));
    assert_eq!(
        denial.resource.as_deref(),
        Some("arn:aws:dynamodb:ap-southeast-1:111122223333:table/payledger-dev-transactions")
    );
    assert_eq!((denial.kind, denial.named), (DenyKind::Implicit, layer(Layer::Identity)));

    let denial = one(include_str!("data/denials/javascript-s3.txt"));
    assert_eq!(denial.code.as_deref(), Some("AccessDenied"));
    assert_eq!((denial.kind, denial.named), (DenyKind::Implicit, layer(Layer::VpcEndpoint)));
    assert_eq!(denial.resource.as_deref(), Some("arn:aws:s3:::simulated-workload-archive-123456789012"));

    let denial = one(include_str!("data/denials/ec2-record.json"));
    assert_eq!(denial.code.as_deref(), Some("Client.UnauthorizedOperation"));
    assert_eq!(denial.action.as_deref(), Some("ec2:DescribeInstanceAttribute"));
    assert_eq!(denial.named, layer(Layer::Identity));
}

#[test]
fn recorded_events() -> Result<(), serde_json::Error> {
    let events: Vec<(String, String)> = serde_json::from_str(include_str!("data/denials/events.json"))?;
    let read: Vec<_> = events
        .iter()
        .map(|(code, message)| {
            parse_event(Some(code), Some(message)).map(|denial| {
                (
                    denial.action,
                    denial.resource,
                    denial.kind,
                    denial.named,
                    denial.encoded.map(|text| text.len()),
                )
            })
        })
        .collect();
    let text = |text: &str| Some(text.to_owned());
    let resource = "arn:aws:iam::123837392027:role/stratus-red-team-leave-org-role";
    assert_eq!(
        read,
        [
            Some((None, None, DenyKind::Unsaid, None, Some(590))),
            Some((text("sts:AssumeRole"), text(resource), DenyKind::Unsaid, None, None)),
            Some((
                text("organizations:LeaveOrganization"),
                text("*"),
                DenyKind::Implicit,
                layer(Layer::Identity),
                None
            )),
            Some((None, None, DenyKind::Unsaid, None, None)),
            None,
            None,
        ]
    );
    Ok(())
}

#[test]
fn event_fields() {
    let layer_of = |code, message| parse_event(code, message).map(|denial| denial.named);
    let endpoint = Some(layer(Layer::VpcEndpoint));
    assert_eq!(
        layer_of(Some("VpceAccessDenied"), Some("The request was denied due to a VPC endpoint policy")),
        endpoint
    );
    assert_eq!(layer_of(Some("VpceAccessDenied"), None), endpoint);
    assert_eq!(layer_of(Some("AccessDenied"), Some("Access Denied")), Some(None));
    assert_eq!(layer_of(Some("AccessDenied"), None), Some(None));
    assert_eq!(layer_of(Some("NoSuchKey"), Some("The specified key does not exist.")), None);
    assert_eq!(layer_of(Some("AuthorizationError"), Some("not authorized")), Some(None));
    assert_eq!(layer_of(None, None), None);
    assert!(is_denial_code("Client.UnauthorizedOperation"));
    assert!(!is_denial_code("ExpiredToken") && !is_denial_code("Client.") && !is_denial_code(""));
}

/// Pieces of messages, to be put together in any order.
const PIECES: [&str; 35] = [
    "User: ",
    "is ",
    "not authorized to perform: ",
    "s3:GetObject",
    " on resource: ",
    "\"",
    "arn:",
    "\\",
    "\\n",
    "\n",
    "é",
    "│",
    "&quot;",
    "with an explicit deny",
    " in a ",
    "session policy",
    ":",
    " ",
    "because no ",
    "An error occurred (",
    "AccessDenied",
    ")",
    "authorization id: ",
    "Encoded authorization failure message:",
    " transitively through a ",
    "(Service: ",
    "status code: 403",
    "::",
    "api error ",
    "access to the resource ",
    " is denied",
    "\\u00",
    "not authorized to access",
    "exception: access denied",
    "on resource: role ",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_written_message_is_read_back(
        reason in proptest::sample::select(reasons()),
        wrapper in proptest::sample::select(wrappers()),
        mutation in proptest::sample::select(mutations()),
        role in "[A-Za-z0-9_.-]{1,20}",
        session in "[A-Za-z0-9_.@=-]{1,20}",
        service in "[a-z][a-z0-9-]{1,12}",
        name in "[A-Z][A-Za-z0-9]{0,24}",
        key in "[A-Za-z0-9_/-]{0,30}",
        has_resource in any::<bool>(),
    ) {
        let principal = format!("arn:aws:sts::111122223333:assumed-role/{role}/{session}");
        let action = format!("{service}:{name}");
        let resource = format!("arn:aws:{service}:us-east-1:111122223333:thing/{key}");
        let on = if has_resource { format!(" on resource: {resource}") } else { String::new() };
        let (code, operation, before, after) = wrapper;
        let words = reason.0;
        let text = mutation(&format!("{before}User: {principal} is not authorized to perform: {action}{on} {words}{after}"));
        let denial = one(&text);
        prop_assert_eq!(denial.code.as_deref(), code);
        prop_assert_eq!(denial.operation.as_deref(), operation);
        prop_assert_eq!(denial.principal.as_deref(), Some(principal.as_str()));
        prop_assert_eq!(denial.action.as_deref(), Some(action.as_str()));
        prop_assert_eq!(denial.resource.as_deref(), has_resource.then_some(resource.as_str()));
        prop_assert_eq!((denial.kind, denial.named, denial.policy.as_deref()), (reason.1, reason.2, reason.3));
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC*") {
        prop_assert!(parse(&text).is_empty());
        prop_assert!(parse_event(Some("AccessDenied"), Some(&text)).is_some());
    }

    #[test]
    fn shuffled_pieces_never_panic(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40)) {
        let text = pieces.concat();
        for denial in parse(&text) {
            prop_assert!(text.get(denial.span.clone()).is_some(), "{:?}", denial);
        }
    }
}

/// Time grows with the text, not with its square; with its square these would take hours.
#[test]
fn long_texts_take_little_time() {
    for piece in PIECES.iter().chain(&[
        "User: is not authorized to perform: a:b on resource: ",
        "with an explicit deny in a session policy: ",
        "(Service: status code: 403",
        "::AccessDenied",
    ]) {
        assert!(parse(&piece.repeat(100_000 / piece.len())).len() <= 64);
    }
}
