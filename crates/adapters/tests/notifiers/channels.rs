//! The channels that speak HTTP, how they are made and what a good server answers them.

use crate::server::{Asked, Reply, body, status};
use butfor_adapters::notify::{PagerDuty, Secret, ServiceNow, Slack, Sns, Teams, Webhook};
use butfor_adapters::outbound::Outbound;
use butfor_aws_api::{Chain, Credentials};
use butfor_ports::{Notifier, Telling};
use std::time::Duration;

/// What no error and no `Debug` may hold.
pub const SECRET: &str = "xoxb-s3cr3t-t0ken";
pub const KINDS: [&str; 6] = ["slack", "teams", "servicenow", "pagerduty", "webhook", "sns"];

/// Bounded far below what a test waits.
pub fn outbound() -> Outbound {
    Outbound::new(true).unwrap().with_timeout(Duration::from_millis(700))
}

pub fn secret() -> Secret {
    Secret::new(SECRET)
}

pub async fn make(kind: &str, url: &str) -> Box<dyn Notifier> {
    let with_token = || Secret::new(format!("{url}/hook/{SECRET}"));
    match kind {
        "slack" => Box::new(Slack::new(kind, outbound(), secret(), "#incidents", Some(url)).unwrap()),
        "teams" => Box::new(Teams::new(kind, outbound(), with_token()).unwrap()),
        "servicenow" => Box::new(ServiceNow::new(kind, outbound(), url, "butfor", &secret()).unwrap()),
        "pagerduty" => {
            Box::new(PagerDuty::new(kind, outbound(), secret(), "a@example.com", Some(url)).unwrap())
        }
        "webhook" => Box::new(Webhook::new(kind, outbound(), with_token(), secret()).unwrap()),
        "sns" => {
            let chain = Chain { region: Some("eu-west-1".to_owned()), ..Chain::default() };
            let keys = Credentials::fixed("AKIDEXAMPLE", SECRET, Some("session-t0ken"), chain).await.unwrap();
            let topic = "arn:aws:sns:eu-west-1:111111111111:incidents";
            Box::new(Sns::new(kind, outbound(), &keys, topic, Some(url)).unwrap())
        }
        other => panic!("no channel {other}"),
    }
}

/// The first message of an incident.
pub fn telling(kind: &str) -> Telling {
    let body = match kind {
        "slack" => r#"{"text":"T-MARK","blocks":[{"type":"divider"}],"reply":{"text":"R-MARK","blocks":[]}}"#,
        "servicenow" => r#"{"records":["0123456789abcdef0123456789abcdef"],"text":"T-MARK"}"#,
        "pagerduty" => r#"{"records":["P1"],"text":"T-MARK"}"#,
        "sns" => r#"{"subject":"S-MARK","message":"{\"default\":\"T-MARK\"}"}"#,
        "email" => r#"{"subject":"S-MARK","text":"T-MARK","html":"<p>T-MARK</p>"}"#,
        _ => r#"{"text":"T-MARK"}"#,
    };
    Telling { key: "verdict/7/1".to_owned(), incident: 7, body: body.to_owned(), previous: None }
}

/// Whether the request tells something, other than asks whether it was told.
pub fn is_write(asked: &Asked) -> bool {
    asked.method != "GET"
}

pub fn good(kind: &str, asked: &Asked) -> Reply {
    match (kind, asked.method.as_str()) {
        ("slack", _) => body(r#"{"ok":true,"channel":"C012AB3CD","ts":"1503435956.000247"}"#),
        ("teams", _) => status(202),
        ("servicenow", "GET") => body(r#"{"result":{"work_notes":"2026-05-02 - alice\nlooking"}}"#),
        ("servicenow", _) => body(r#"{"result":{"sys_id":"x"}}"#),
        ("pagerduty", "GET") => body(r#"{"notes":[{"content":"looking"}]}"#),
        ("pagerduty", _) => Reply::Answer { status: 201, headers: Vec::new(), body: "{}".to_owned() },
        ("sns", _) => body(
            "<PublishResponse><PublishResult><MessageId>94f20ce6-13c5</MessageId></PublishResult></PublishResponse>",
        ),
        _ => status(200),
    }
}
