//! Every documented reason, in everything that messages are wrapped in, in every shape they have on the way into a log.

use crate::{BUCKET, SESSION, layer, one};
use butfor_policy::Layer;
use butfor_policy::denial::{DenyKind, NamedLayer, Other};

/// A reason of the documentation, and what it says.
pub(crate) type Row = (&'static str, DenyKind, Option<NamedLayer>, Option<&'static str>);

pub(crate) fn reasons() -> Vec<Row> {
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
pub(crate) type Wrapper = (Option<&'static str>, Option<&'static str>, &'static str, &'static str);

pub(crate) fn wrappers() -> Vec<Wrapper> {
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
pub(crate) fn mutations() -> Vec<fn(&str) -> String> {
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
