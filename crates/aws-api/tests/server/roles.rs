//! One role for each account: assumed by STS, with external id and tags, kept, and fetched anew before it expires.

use crate::support::{Reply, Server};
use butfor_aws_api::{Chain, Client, Credentials, Error, Rate, Role, Target};
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// STS gives credentials that live so long; everything else has no VPCs.
async fn server(lives: Duration) -> Server {
    Server::start(move |number, seen| {
        if !seen.body.contains("Action=AssumeRole") {
            return Reply::ok("<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>");
        }
        let until = SystemTime::now() + lives;
        let seconds = until.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let until = jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap();
        Reply::ok(format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
             <AccessKeyId>ASIAROLE{number}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
             <Expiration>{until}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>a:b</AssumedRoleId>\
             <Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
        ))
    })
    .await
}

async fn client(server: &Server) -> Client {
    let chain = Chain {
        endpoint_url: Some(server.url.clone()),
        region: Some("eu-west-1".into()),
        ..Chain::default()
    };
    let role = Role {
        arn: "arn:aws:iam::111122223333:role/butfor-read".into(),
        external_id: Some("ext 1".into()),
        session_name: None,
        tags: [("incident".to_owned(), "42".to_owned())].into(),
        duration: Some(Duration::from_secs(900)),
    };
    let credentials =
        Credentials::fixed("AKIATEST", "s", None, chain).await.unwrap().with_role("111122223333", role).await;
    Client::builder()
        .credentials(credentials)
        .endpoint_url(Some(server.url.clone()))
        .max_retries(1)
        .rate("*", "*", Rate { per_second: 1000.0, burst: 1000 })
        .build()
        .unwrap()
}

fn target() -> Target {
    Target { account: Some("111122223333".into()), region: "eu-west-1".into() }
}

#[tokio::test]
async fn a_role_is_assumed_once_and_used() {
    let server = server(Duration::from_secs(3600)).await;
    let client = client(&server).await;
    for _ in 0..3 {
        client.call(&target(), "ec2", "DescribeVpcs", &Value::Null).await.unwrap();
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    for part in [
        "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fbutfor-read",
        "RoleSessionName=butfor",
        "ExternalId=ext%201",
        "Tags.member.1.Key=incident",
        "Tags.member.1.Value=42",
        "DurationSeconds=900",
    ] {
        assert!(requests[0].body.contains(part), "{part}: {}", requests[0].body);
    }
    assert!(
        requests[0].headers.contains("credential=akiatest/")
            && requests[0].headers.contains("/eu-west-1/sts/")
    );
    assert!(requests[1].headers.contains("credential=asiarole0/"), "{}", requests[1].headers);
}

#[tokio::test]
async fn a_session_that_ends_soon_is_renewed_before_it_does() {
    // Four minutes are less than the margin of five.
    let server = server(Duration::from_secs(240)).await;
    let client = client(&server).await;
    for _ in 0..2 {
        client.call(&target(), "ec2", "DescribeVpcs", &Value::Null).await.unwrap();
    }
    let assumed = server.requests().iter().filter(|seen| seen.body.contains("AssumeRole")).count();
    assert_eq!(assumed, 2);
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_says_so() {
    let server = Server::start(|_, _| {
        Reply::status(
            403,
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>AccessDenied</Code>\
             <Message>User: x is not authorized to perform: sts:AssumeRole on resource: y</Message></Error></ErrorResponse>",
        )
    })
    .await;
    let error = client(&server).await.call(&target(), "ec2", "DescribeVpcs", &Value::Null).await.unwrap_err();
    let Error::Denied { action, .. } = &error else { panic!("{error}") };
    assert_eq!(action, "sts:AssumeRole");
}

#[tokio::test]
async fn long_term_keys_are_warned_of() {
    let keys = |id, token| async move {
        Credentials::fixed(id, "s", token, Chain::default()).await.unwrap().warnings().await.unwrap()
    };
    assert_eq!(keys("AKIAIOSFODNN7EXAMPLE", None).await.len(), 1);
    assert!(keys("ASIAIOSFODNN7EXAMPLE", Some("t")).await.is_empty());
}

#[test]
fn nothing_secret_is_shown() {
    let role = Role { arn: "arn".into(), external_id: Some("hush".into()), ..Role::default() };
    assert!(!format!("{role:?}").contains("hush"));
}

/// An account that has credentials of its own is read with those, or with the role that they assume; every other account as before.
#[tokio::test]
async fn an_account_may_have_credentials_of_its_own() {
    let server = server(Duration::from_secs(3600)).await;
    let chain = || Chain {
        endpoint_url: Some(server.url.clone()),
        region: Some("eu-west-1".into()),
        ..Chain::default()
    };
    let role = Role { arn: "arn:aws:iam::222233334444:role/butfor-read".into(), ..Role::default() };
    let plain = Credentials::fixed("AKIAPLAIN", "s", None, chain()).await.unwrap();
    let assuming = Credentials::fixed("AKIAASSUMING", "s", None, chain()).await.unwrap();
    let assuming = assuming.with_role("222233334444", role).await;
    let base = Credentials::fixed("AKIATEST", "s", None, chain()).await.unwrap();
    let credentials = base.with_account("111122223333", &plain).with_account("222233334444", &assuming);
    let builder = Client::builder().credentials(credentials).endpoint_url(Some(server.url.clone()));
    let client = builder.rate("*", "*", Rate { per_second: 1000.0, burst: 1000 }).build().unwrap();
    let mut keys = Vec::new();
    for account in [Some("111122223333"), Some("222233334444"), None] {
        let target = Target { account: account.map(str::to_owned), region: "eu-west-1".into() };
        client.call(&target, "ec2", "DescribeVpcs", &Value::Null).await.unwrap();
        let seen = server.requests().last().unwrap().headers.clone();
        keys.push(
            seen.split("credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned(),
        );
    }
    assert_eq!((keys[0].as_str(), keys[2].as_str()), ("akiaplain", "akiatest"));
    assert!(keys[1].starts_with("asiarole"), "{keys:?}");
}
