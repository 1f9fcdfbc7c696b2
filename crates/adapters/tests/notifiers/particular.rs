//! What only one channel does.

use crate::channels::{SECRET, good, is_write, make, outbound, secret, telling};
use crate::server::{Asked, Reply, Server, body};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use butfor_adapters::notify::{Email, PagerDuty, Secret, ServiceNow, Slack, Sns, Teams, Webhook};
use butfor_aws_api::{Chain, Credentials};
use butfor_ports::{Notifier, Telling};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn slack_edits_its_message_and_answers_in_the_thread() {
    let server = Server::start(|asked| good("slack", asked)).await;
    let slack = make("slack", &server.url).await;
    let receipt = slack.send(&telling("slack")).await.unwrap();
    assert_eq!(receipt, "C012AB3CD/1503435956.000247");
    let again = Telling { previous: Some(receipt.clone()), ..telling("slack") };
    assert_eq!(slack.send(&again).await.unwrap(), receipt);
    let asked = server.asked();
    let paths: Vec<&str> = asked.iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(paths, ["/api/chat.postMessage", "/api/chat.update", "/api/chat.postMessage"]);
    let bodies: Vec<Value> = asked.iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
    assert_eq!(bodies[0]["channel"], "#incidents");
    assert_eq!((&bodies[1]["channel"], &bodies[1]["ts"]), (&"C012AB3CD".into(), &"1503435956.000247".into()));
    assert_eq!(
        (&bodies[2]["thread_ts"], &bodies[2]["text"]),
        (&"1503435956.000247".into(), &"R-MARK".into())
    );
    assert!(bodies.iter().all(|body| body.get("reply").is_none()));
    assert_eq!(asked[0].header("authorization"), format!("Bearer {SECRET}"));
}

#[tokio::test]
async fn slack_posts_anew_what_cannot_be_edited() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/api/chat.update" => body(r#"{"ok":false,"error":"message_not_found"}"#),
        _ => good("slack", asked),
    })
    .await;
    let slack = make("slack", &server.url).await;
    let again = Telling { previous: Some("C1/1.2".to_owned()), ..telling("slack") };
    assert_eq!(slack.send(&again).await.unwrap(), "C012AB3CD/1503435956.000247");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn slacks_codes_are_told_apart() {
    for (code, is_retryable, says) in [
        ("ratelimited", true, "wait"),
        ("internal_error", true, "again"),
        ("invalid_auth", false, "token"),
        ("token_revoked", false, "token"),
        ("missing_scope", false, "chat:write"),
        ("not_in_channel", false, "invite"),
        ("invalid_blocks", false, "invalid_blocks"),
    ] {
        let headers = vec![("retry-after".to_owned(), "30".to_owned())];
        let reply =
            Reply::Answer { status: 200, headers, body: format!(r#"{{"ok":false,"error":"{code}"}}"#) };
        let server = Server::start(move |_| reply.clone()).await;
        let error = make("slack", &server.url).await.send(&telling("slack")).await.unwrap_err();
        assert_eq!(error.is_retryable, is_retryable, "{code}: {error:?}");
        assert_eq!(error.retry_after_s.is_some(), is_retryable, "{code}: {error:?}");
        assert!(error.message.contains(says), "{code}: {error:?}");
    }
}

#[tokio::test]
async fn notes_are_written_once() {
    for kind in ["servicenow", "pagerduty"] {
        // What was written is there when it is looked for.
        let written = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&written);
        let server = Server::start(move |asked: &Asked| {
            if is_write(asked) {
                kept.lock().unwrap().push_str(&asked.body);
                // Kept, and the answer is lost.
                return Reply::Drop;
            }
            body(kept.lock().unwrap().clone())
        })
        .await;
        let channel = make(kind, &server.url).await;
        assert!(channel.send(&telling(kind)).await.unwrap_err().is_retryable);
        channel.send(&telling(kind)).await.unwrap();
        assert_eq!(server.asked().iter().filter(|asked| is_write(asked)).count(), 1, "{kind}");
        let other = Telling { key: "verdict/7/2".to_owned(), ..telling(kind) };
        assert!(channel.send(&other).await.is_err());
        assert_eq!(server.asked().iter().filter(|asked| is_write(asked)).count(), 2, "{kind}");
    }
}

#[tokio::test]
async fn notes_go_where_they_belong() {
    let server = Server::start(|asked| good("servicenow", asked)).await;
    make("servicenow", &server.url).await.send(&telling("servicenow")).await.unwrap();
    let write = server.asked().pop().unwrap();
    assert_eq!(write.method, "PATCH");
    assert!(write.path.starts_with("/api/now/table/incident/0123456789abcdef0123456789abcdef"));
    assert_eq!(
        write.header("authorization"),
        format!("Basic {}", STANDARD.encode(format!("butfor:{SECRET}")))
    );

    let server = Server::start(|asked| good("pagerduty", asked)).await;
    make("pagerduty", &server.url).await.send(&telling("pagerduty")).await.unwrap();
    let write = server.asked().pop().unwrap();
    assert_eq!((write.method.as_str(), write.path.as_str()), ("POST", "/incidents/P1/notes"));
    assert_eq!(write.header("authorization"), format!("Token token={SECRET}"));
    assert_eq!(write.header("from"), "a@example.com");
    // What is no id does not become a path.
    let hostile = Telling {
        body: r#"{"records":["../users","P1/../x"],"text":"x"}"#.to_owned(),
        ..telling("pagerduty")
    };
    make("pagerduty", &server.url).await.send(&hostile).await.unwrap();
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_webhook_is_signed_as_we_expect_it_ourselves() {
    let server = Server::start(|asked| good("webhook", asked)).await;
    let webhook = make("webhook", &server.url).await;
    webhook.send(&telling("webhook")).await.unwrap();
    webhook.send(&telling("webhook")).await.unwrap();
    let asked = server.asked();
    for asked in &asked {
        let timestamp = asked.header("x-amzn-event-timestamp");
        assert!(timestamp.len() == 24 && timestamp.ends_with('Z'), "{timestamp}");
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("{timestamp}:{}", asked.body).as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(asked.header("x-amzn-event-signature"), signature);
    }
    assert_eq!(asked[0].header("idempotency-key"), asked[1].header("idempotency-key"));
}

#[tokio::test]
async fn a_topic_gets_a_signed_publish() {
    let server = Server::start(|asked| good("sns", asked)).await;
    let receipt = make("sns", &server.url).await.send(&telling("sns")).await.unwrap();
    assert_eq!(receipt, "94f20ce6-13c5");
    let asked = server.asked().pop().unwrap();
    let authorization = asked.header("authorization");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
    assert!(authorization.contains("/eu-west-1/sns/aws4_request"), "{authorization}");
    assert_eq!(asked.header("x-amz-security-token"), "session-t0ken");
    assert!(
        asked.body.starts_with("Action=Publish&Version=2010%2D03%2D31&TopicArn=arn%3Aaws%3Asns"),
        "{}",
        asked.body
    );
    assert!(asked.body.contains("&MessageStructure=json") && !asked.body.contains("Deduplication"));

    for (code, status, is_retryable) in
        [("Throttling", 400, true), ("ExpiredToken", 403, true), ("AuthorizationError", 403, false)]
    {
        let text = format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>");
        let reply = Reply::Answer { status, headers: Vec::new(), body: text };
        let server = Server::start(move |_| reply.clone()).await;
        let error = make("sns", &server.url).await.send(&telling("sns")).await.unwrap_err();
        assert_eq!(error.is_retryable, is_retryable, "{code}: {error:?}");
    }
}

#[tokio::test]
async fn a_fifo_topic_takes_a_message_once() {
    let server = Server::start(|asked| good("sns", asked)).await;
    let keys = Credentials::fixed("AKIDEXAMPLE", SECRET, None, Chain::default()).await.unwrap();
    let topic = "arn:aws:sns:eu-west-1:111111111111:incidents.fifo";
    let sns = Sns::new("topic", outbound(), &keys, topic, Some(&server.url)).unwrap();
    sns.send(&telling("sns")).await.unwrap();
    sns.send(&telling("sns")).await.unwrap();
    let ids: Vec<String> = server
        .asked()
        .iter()
        .map(|asked| asked.body.split("MessageDeduplicationId=").nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn what_cannot_work_is_told_when_it_is_set_up() {
    let out = outbound;
    let keys = Credentials::fixed("AKIDEXAMPLE", SECRET, None, Chain::default()).await.unwrap();
    let problems = [
        Slack::new("c", out(), Secret::new(""), "#x", None).err(),
        Slack::new("c", out(), Secret::new("a\r\nb"), "#x", None).err(),
        Slack::new("c", out(), secret(), "#x", Some("ftp://x")).err(),
        Teams::new("c", out(), Secret::new(format!("http://8.8.8.8/{SECRET}"))).err(),
        Teams::new("c", out(), Secret::new(format!("https://u:{SECRET}@example.com"))).err(),
        Teams::new("c", out(), Secret::new("https://169.254.169.254/latest")).err(),
        ServiceNow::new("c", out(), "https://x.service-now.com", "a:b", &secret()).err(),
        ServiceNow::new("c", out(), "https://x.service-now.com/?a", "a", &secret()).err(),
        PagerDuty::new("c", out(), secret(), "nobody", None).err(),
        PagerDuty::new("c", out(), secret(), "a@b\r\nX: y", None).err(),
        Webhook::new("c", out(), Secret::new("https://example.com"), Secret::new("")).err(),
        Sns::new("c", out(), &keys, "arn:aws:sqs:eu-west-1:1:x", None).err(),
        Sns::new("c", out(), &keys, "arn:aws:sns:evil.example/:1:x", None).err(),
        Sns::new("c", out(), &keys, "arn:aws-iso:sns:us-iso-east-1:1:x", None).err(),
        Email::new("c", out(), "https://example.com", None, "a@example.com", &["b@example.com".to_owned()])
            .err(),
        Email::new("c", out(), "smtps://example.com", None, "a@example.com", &[]).err(),
        Email::new(
            "c",
            out(),
            "smtps://example.com",
            None,
            "a@example.com\r\nBcc: x@y",
            &["b@example.com".to_owned()],
        )
        .err(),
    ];
    for (number, problem) in problems.into_iter().enumerate() {
        let text = problem.unwrap_or_else(|| panic!("number {number} was taken")).to_string();
        assert!(text.starts_with("the channel `c` cannot be used: ") && !text.contains(SECRET), "{text}");
    }
}

#[tokio::test]
async fn nothing_secret_is_in_debug() {
    let out = outbound;
    let keys =
        Credentials::fixed("AKIDEXAMPLE", SECRET, Some("session-t0ken"), Chain::default()).await.unwrap();
    let url = || Secret::new(format!("https://example.com/{SECRET}"));
    let to = ["b@example.com".to_owned()];
    let login = Some(("user".to_owned(), secret()));
    let encoded = STANDARD.encode(format!("u:{SECRET}"));
    for shown in [
        format!("{:?}", secret()),
        format!("{:?}", Slack::new("c", out(), secret(), "#x", None).unwrap()),
        format!("{:?}", Teams::new("c", out(), url()).unwrap()),
        format!("{:?}", ServiceNow::new("c", out(), "https://x.example.com", "u", &secret()).unwrap()),
        format!("{:?}", PagerDuty::new("c", out(), secret(), "a@example.com", None).unwrap()),
        format!("{:?}", Webhook::new("c", out(), url(), secret()).unwrap()),
        format!("{:?}", Sns::new("c", out(), &keys, "arn:aws:sns:eu-west-1:1:x", None).unwrap()),
        format!("{:?}", Email::new("c", out(), "smtps://example.com", login, "a@example.com", &to).unwrap()),
    ] {
        for hidden in [SECRET, "session-t0ken", encoded.as_str()] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
