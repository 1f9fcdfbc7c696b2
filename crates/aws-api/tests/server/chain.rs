//! The standard chain of credentials, link by link: this test program starts itself with the environment of each.

use crate::support::{Reply, Seen, Server, target};
use butfor_aws_api::{Chain, Client, Credentials};
use serde_json::Value;
use std::process::Command;

/// Tells the child which server to call.
const URL: &str = "BUTFOR_TEST_URL";

/// The child: finds credentials by the environment it was given, and makes one call.
#[tokio::test]
async fn child() {
    let Ok(url) = std::env::var(URL) else { return };
    let chain = Chain { endpoint_url: Some(url.clone()), ..Chain::default() };
    let credentials = Credentials::standard(chain).await.unwrap();
    let client =
        Client::builder().credentials(credentials).endpoint_url(Some(url)).max_retries(0).build().unwrap();
    client.call(&target(), "ec2", "DescribeVpcs", &Value::Null).await.unwrap();
}

/// What instances, tasks, pods and STS answer, and EC2.
fn answer(_: usize, seen: &Seen) -> Reply {
    let until = "2126-05-02T13:31:05Z";
    let path = seen.line.split(' ').nth(1).unwrap();
    let json = |id: &str| {
        let keys = format!(r#""AccessKeyId": "{id}", "SecretAccessKey": "s", "Token": "t""#);
        Reply::ok(format!(r#"{{"Code": "Success", "Type": "AWS-HMAC", {keys}, "Expiration": "{until}"}}"#))
    };
    match path {
        "/latest/api/token" => Reply::Full(
            200,
            vec![("x-aws-ec2-metadata-token-ttl-seconds", "600".into())],
            b"imds-token".to_vec(),
        ),
        path if path.starts_with("/latest/meta-data/iam/") && path.ends_with("/app") => {
            assert!(seen.headers.contains("x-aws-ec2-metadata-token: imds-token"), "IMDSv2 only");
            json("ASIAIMDS")
        }
        path if path.starts_with("/latest/meta-data/iam/") => Reply::ok("app"),
        "/task" => json("ASIATASK"),
        path if path.starts_with("/federation/credentials") => {
            assert!(seen.headers.contains("x-amz-sso_bearer_token: sso-token"));
            let keys = r#""accessKeyId": "ASIASSO", "secretAccessKey": "s", "sessionToken": "t""#;
            Reply::ok(format!(r#"{{"roleCredentials": {{{keys}, "expiration": 4933762265000}}}}"#))
        }
        _ if seen.body.contains("AssumeRoleWithWebIdentity") => Reply::ok(format!(
            "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAPOD</AccessKeyId>\
             <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{until}</Expiration>\
             </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
        )),
        _ if seen.body.contains("DescribeVpcs") => {
            Reply::ok("<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>")
        }
        _ => Reply::status(404, ""),
    }
}

/// The key by which EC2 was asked, with the environment given; `{url}` is the server's.
async fn key(environment: &[(&str, &str)], config: &str) -> String {
    let server = Server::start(answer).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    std::fs::create_dir_all(folder.path().join(".aws/sso/cache")).unwrap();
    // What `aws sso login` leaves behind; the name is the SHA-1 of the session's.
    file(
        ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
        r#"{"accessToken": "sso-token", "expiresAt": "2126-05-02T13:31:05Z", "region": "eu-west-1"}"#,
    );
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["chain::child", "--exact"])
        .env_clear()
        .env("HOME", folder.path())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_CONFIG_FILE", file("config", config))
        .env("AWS_SHARED_CREDENTIALS_FILE", folder.path().join("none"))
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", file("token", "jwt"))
        .env(URL, &server.url);
    for (name, value) in environment {
        command.env(name, value.replace("{url}", &server.url));
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let requests = server.requests();
    let asked = requests.iter().find(|seen| seen.body.contains("DescribeVpcs"));
    let asked = asked.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stdout)));
    let rest = asked.headers.split("credential=").nth(1).unwrap();
    rest.split('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_environment_comes_first() {
    let environment = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
    assert_eq!(key(&environment, "").await, "akiaenv");
}

#[tokio::test]
async fn a_profile_may_run_a_process() {
    let keys = r#"{"Version": 1, "AccessKeyId": "ASIAPROCESS", "SecretAccessKey": "s", "SessionToken": "t"}"#;
    let config = format!("[profile shop]\ncredential_process = echo '{keys}'\n");
    let environment = [("AWS_PROFILE", "shop"), ("AWS_EC2_METADATA_DISABLED", "true")];
    assert_eq!(key(&environment, &config).await, "asiaprocess");
}

#[tokio::test]
async fn a_profile_may_be_logged_in_by_sso() {
    let config = "[profile shop]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = read\n\
        [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example/start\n";
    let environment =
        [("AWS_PROFILE", "shop"), ("AWS_ENDPOINT_URL_SSO", "{url}"), ("AWS_REGION", "eu-west-1")];
    assert_eq!(key(&environment, config).await, "asiasso");
}

#[tokio::test]
async fn a_pod_has_a_web_identity() {
    let role = "arn:aws:iam::111122223333:role/pod";
    let environment =
        [("AWS_ROLE_ARN", role), ("AWS_REGION", "eu-west-1"), ("AWS_ENDPOINT_URL_STS", "{url}")];
    assert_eq!(key(&environment, "").await, "asiapod");
}

#[tokio::test]
async fn a_task_asks_its_agent() {
    let environment =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/task"), ("AWS_EC2_METADATA_DISABLED", "true")];
    assert_eq!(key(&environment, "").await, "asiatask");
}

#[tokio::test]
async fn an_instance_asks_imds_in_its_second_version() {
    let environment = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", "{url}")];
    assert_eq!(key(&environment, "").await, "asiaimds");
}
