//! Pages, limits, throttles, broken connections and redirects, against a server of the test's own.

use crate::support::{Reply, Server, target};
use butfor_aws_api::{Error, Rate};
use serde_json::{Value, json};
use std::io::Write;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

const NOTHING: Value = Value::Null;

fn vpcs(ids: &[&str], token: Option<&str>) -> Reply {
    let items: String = ids.iter().map(|id| format!("<item><vpcId>{id}</vpcId></item>")).collect();
    let token = token.map(|token| format!("<nextToken>{token}</nextToken>")).unwrap_or_default();
    Reply::ok(format!("<DescribeVpcsResponse><vpcSet>{items}</vpcSet>{token}</DescribeVpcsResponse>"))
}

/// A server of `count` pages; the token is the number of the page.
async fn paged(count: usize) -> Server {
    Server::start(move |_, seen| {
        let token = seen.body.split("NextToken=").nth(1).and_then(|rest| rest.split('&').next());
        let page: usize = token.map_or(0, |token| token.parse().unwrap());
        let next = (page + 1 < count).then(|| (page + 1).to_string());
        vpcs(&[&format!("vpc-{page}")], next.as_deref())
    })
    .await
}

#[tokio::test]
async fn five_hundred_pages_become_one() {
    let server = paged(500).await;
    let client = server.client(|builder| builder).await;
    let answer = client.call(&target(), "ec2", "DescribeVpcs", &json!({"MaxResults": 5})).await.unwrap();
    let vpcs = answer.output["Vpcs"].as_array().unwrap();
    assert_eq!((answer.pages, answer.requests, answer.truncated, vpcs.len()), (500, 500, false, 500));
    assert_eq!(vpcs[499], json!({"VpcId": "vpc-499"}));
    assert_eq!(answer.output.as_object().unwrap().len(), 1, "no token is left");
    assert!(server.requests().iter().all(|seen| seen.body.contains("MaxResults=5")));
    assert_eq!(client.stats().calls, 500);
}

#[tokio::test]
async fn limits_are_told() {
    let server = paged(500).await;
    let client = server.client(|builder| builder.max_pages(7)).await;
    let answer = client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap();
    assert_eq!((answer.pages, answer.truncated), (7, true));
    let client = server.client(|builder| builder.max_answer_bytes(400)).await;
    let answer = client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap();
    assert!(answer.truncated && answer.pages == 4, "{answer:?}");
    let client = server.client(|builder| builder.max_answer_bytes(50)).await;
    let error = client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap_err();
    assert_eq!(error, Error::TooLarge { limit: 50 });
}

#[tokio::test]
async fn pages_come_one_by_one_until_there_are_enough() {
    let server = paged(10).await;
    let client = server.client(|builder| builder).await;
    let mut pages = Vec::new();
    let each = |page: Value| {
        pages.push(page);
        if pages.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let stats = client.pages(&target(), "ec2", "DescribeVpcs", &NOTHING, each).await.unwrap();
    assert_eq!((stats.pages, stats.truncated), (3, true));
    assert_eq!(pages[2], json!({"Vpcs": [{"VpcId": "vpc-2"}], "NextToken": "3"}));
}

#[tokio::test]
async fn a_token_asks_for_one_page() {
    let server = paged(10).await;
    let client = server.client(|builder| builder).await;
    let answer = client.call(&target(), "ec2", "DescribeVpcs", &json!({"NextToken": "8"})).await.unwrap();
    assert_eq!(answer.output, json!({"Vpcs": [{"VpcId": "vpc-8"}], "NextToken": "9"}));
    assert!(answer.truncated);
    let answer = client.call(&target(), "ec2", "DescribeVpcs", &json!({"NextToken": "9"})).await.unwrap();
    assert!(!answer.truncated);
}

#[tokio::test]
async fn a_server_that_goes_round_in_circles_is_found_out() {
    let server = Server::start(|_, _| vpcs(&["vpc-1"], Some("same"))).await;
    let client = server.client(|builder| builder).await;
    let error = client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_large_answer_is_read() {
    let server = Server::start(|_, _| {
        let ids: Vec<String> = (0..200_000).map(|number| format!("vpc-{number}")).collect();
        vpcs(&ids.iter().map(String::as_str).collect::<Vec<_>>(), None)
    })
    .await;
    let client = server.client(|builder| builder.timeout(Duration::from_secs(60))).await;
    let answer = client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap();
    assert_eq!(answer.output["Vpcs"].as_array().unwrap().len(), 200_000);
}

#[tokio::test]
async fn throttles_are_waited_out() {
    let server = Server::start(|number, _| match number {
        0 => Reply::status(
            503,
            "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>",
        ),
        1 => Reply::Full(429, vec![("retry-after", "0".into())], vec![]),
        _ => vpcs(&["vpc-1"], None),
    })
    .await;
    let client = server.client(|builder| builder).await;
    let answer = client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap();
    assert_eq!((answer.requests, answer.pages), (3, 1));
    let counters = client.stats();
    assert_eq!((counters.calls, counters.throttles, counters.retries), (3, 2, 2));
}

#[tokio::test]
async fn a_throttle_without_end_is_told() {
    let body = r#"{"__type": "ThrottlingException", "message": "Rate exceeded"}"#;
    let server = Server::start(move |_, _| Reply::status(400, body)).await;
    let client = server.client(|builder| builder.max_retries(1)).await;
    let error = client.call(&target(), "cloudtrail", "LookupEvents", &NOTHING).await.unwrap_err();
    let expected =
        Error::Throttled { code: "ThrottlingException".into(), message: "Rate exceeded".into(), attempts: 2 };
    assert_eq!(error, expected);
    assert!(error.retryable() && error.code() == Some("ThrottlingException"));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn what_breaks_on_the_way_is_tried_again() {
    let server = Server::start(|number, _| match number {
        0 => Reply::CutOff,
        1 => Reply::Closed,
        2 => Reply::status(500, "<html>sorry</html>"),
        _ => vpcs(&["vpc-1"], None),
    })
    .await;
    let client = server.client(|builder| builder).await;
    let answer = client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap();
    assert_eq!(answer.requests, 4);
    let server = Server::start(|_, _| Reply::Closed).await;
    let client = server.client(|builder| builder.max_retries(1)).await;
    let error = client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }) && error.retryable(), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn silence_ends() {
    let server = Server::start(|_, _| Reply::Silent).await;
    let client = server.client(|builder| builder.max_retries(0).timeout(Duration::from_millis(200))).await;
    let start = Instant::now();
    let error = client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn nonsense_is_malformed() {
    for body in ["<DescribeVpcsResponse><vpcSet>", "{}", "", "\u{0}\u{1}"] {
        let server = Server::start(move |_, _| Reply::ok(body)).await;
        let client = server.client(|builder| builder).await;
        let error = client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
    }
}

#[tokio::test]
async fn compressed_answers_are_unpacked_and_objects_are_not() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(b"<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>").unwrap();
    let packed = packer.finish().unwrap();
    let body = packed.clone();
    let server =
        Server::start(move |_, _| Reply::Full(200, vec![("content-encoding", "gzip".into())], body.clone()))
            .await;
    let client = server.client(|builder| builder).await;
    let answer = client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap();
    assert_eq!(answer.output, json!({"Vpcs": [{"VpcId": "vpc-1"}]}));
    assert_eq!(client.object(&target(), "trail", "AWSLogs/1/a b.json.gz").await.unwrap(), packed);
    let requests = server.requests();
    assert!(requests[0].headers.contains("accept-encoding: gzip"));
    assert_eq!(requests[1].line, "GET /trail/AWSLogs/1/a%20b.json.gz HTTP/1.1");
    assert!(!requests[1].headers.contains("accept-encoding"));
}

#[tokio::test]
async fn a_bucket_of_another_region_is_followed_and_remembered() {
    let server = Server::start(|_, seen| {
        if seen.headers.contains("/us-west-2/s3/") {
            Reply::ok(r#"{"Id": "p"}"#)
        } else {
            Reply::Full(301, vec![("x-amz-bucket-region", "us-west-2".into())], vec![])
        }
    })
    .await;
    let client = server.client(|builder| builder).await;
    for requests in [2, 1] {
        let answer = client.call(&target(), "s3", "GetBucketPolicy", &json!({"Bucket": "b"})).await.unwrap();
        assert_eq!((answer.output, answer.requests), (json!({"Policy": "{\"Id\": \"p\"}"}), requests));
    }
    // Told to be everywhere, it is nowhere.
    let server = Server::start(|number, _| {
        Reply::Full(301, vec![("x-amz-bucket-region", format!("us-west-{}", number % 2 + 1))], vec![])
    })
    .await;
    let client = server.client(|builder| builder).await;
    assert!(client.call(&target(), "s3", "GetBucketPolicy", &json!({"Bucket": "b"})).await.is_err());
    assert!(server.requests().len() <= 3);
}

#[tokio::test]
async fn errors_are_told_apart() {
    let answer = |code: &'static str, status: u16| {
        let body = format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>token a-token</Message></Error></Errors></Response>"
        );
        async move { Server::start(move |_, _| Reply::status(status, &body)).await }
    };
    let ask = async |server: Server| {
        let client = server.client(|builder| builder).await;
        client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap_err()
    };
    let denied = ask(answer("UnauthorizedOperation", 403).await).await;
    assert!(denied.is_denied() && denied.to_string().contains("`ec2:DescribeVpcs` is needed"), "{denied}");
    assert_eq!(
        ask(answer("RequestExpired", 400).await).await,
        Error::ExpiredCredentials { code: "ExpiredToken".into() }
    );
    let refused = ask(answer("SignatureDoesNotMatch", 403).await).await;
    assert!(
        matches!(refused, Error::NoCredentials { .. }) && !refused.to_string().contains("a-token"),
        "{refused}"
    );
    let other = ask(answer("InvalidVpcID.NotFound", 400).await).await;
    assert!(!other.retryable() && other.code() == Some("InvalidVpcID.NotFound"));
}

#[tokio::test]
async fn what_does_not_fit_is_never_sent() {
    let server = Server::start(|_, _| vpcs(&[], None)).await;
    let client = server.client(|builder| builder).await;
    for (service, operation, parameters, expected) in [
        ("ec2", "TerminateInstances", json!({}), "`ec2` has no read operation `TerminateInstances`"),
        (
            "ec2",
            "DescribeVpc",
            json!({}),
            "`ec2` has no read operation `DescribeVpc`; did you mean `DescribeVpcs`?",
        ),
        (
            "ecc2",
            "DescribeVpcs",
            json!({}),
            "unknown service `ecc2`: use the AWS CLI's name; did you mean `ec2`?",
        ),
        (
            "secretsmanager",
            "GetSecretValue",
            json!({}),
            "`secretsmanager` has no read operation `GetSecretValue`",
        ),
        ("ec2", "DescribeVpcs", json!({"VpcIds": "vpc-1"}), "parameter `VpcIds`: must be a list"),
        ("ec2", "DescribeVpcs", json!([]), "parameter `parameters`: must be an object"),
    ] {
        let error = client.call(&target(), service, operation, &parameters).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn requests_are_signed_and_hide_the_key() {
    let server = Server::start(|_, _| vpcs(&[], None)).await;
    let client = server.client(|builder| builder).await;
    client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap();
    let seen = &server.requests()[0];
    assert!(
        seen.headers.contains("authorization: aws4-hmac-sha256 credential=akiatest/"),
        "{}",
        seen.headers
    );
    assert!(
        seen.headers.contains("/eu-west-1/ec2/aws4_request")
            && seen.headers.contains("x-amz-security-token: a-token")
    );
    assert!(!seen.headers.contains("hush") && !seen.body.contains("hush"));
    assert!(!format!("{client:?}").contains("hush") && !format!("{client:?}").contains("a-token"));
}

#[tokio::test]
async fn another_account_is_not_taken_for_ours() {
    let server = Server::start(|_, seen| {
        if seen.body.contains("GetCallerIdentity") {
            let body =
                "<R><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></R>";
            Reply::ok(body)
        } else {
            vpcs(&["vpc-1"], None)
        }
    })
    .await;
    let client = server.client(|builder| builder).await;
    let mut target = target();
    target.account = Some("111122223333".into());
    for _ in 0..2 {
        client.call(&target, "ec2", "DescribeVpcs", &NOTHING).await.unwrap();
    }
    target.account = Some("444455556666".into());
    let error = client.call(&target, "ec2", "DescribeVpcs", &NOTHING).await.unwrap_err();
    assert!(error.to_string().contains("no role for 444455556666"), "{error}");
    assert_eq!(server.requests().len(), 3, "the account is asked for once");
}

#[tokio::test]
async fn calls_can_be_made_side_by_side() {
    let server = paged(3).await;
    let client = server.client(|builder| builder).await;
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().pages, 3);
    }
    assert_eq!(client.stats().calls, 24);
}

#[tokio::test]
async fn a_rate_of_the_caller_holds() {
    let server = Server::start(|_, _| vpcs(&[], None)).await;
    let client = server
        .client(|builder| builder.rate("ec2", "DescribeVpcs", Rate { per_second: 20.0, burst: 1 }))
        .await;
    let start = Instant::now();
    for _ in 0..5 {
        client.call(&target(), "ec2", "DescribeVpcs", &NOTHING).await.unwrap();
    }
    assert!(start.elapsed() >= Duration::from_millis(195), "{:?}", start.elapsed());
}
