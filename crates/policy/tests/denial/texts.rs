//! Denials in longer texts: cut off, several, and texts that are none.

use crate::{BUCKET, SESSION, layer, none, one};
use butfor_policy::Layer;
use butfor_policy::denial::{DenyKind, parse};

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
