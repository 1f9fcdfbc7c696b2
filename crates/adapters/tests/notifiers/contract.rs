//! What every channel keeps to.

use crate::channels::{KINDS, SECRET, good, is_write, make, telling};
use crate::server::{Reply, Server, status};
use butfor_ports::NotifyError;
use std::time::{Duration, Instant};

/// Sends the first message to a server that answers each write so; reads before it are answered well.
async fn failing(kind: &'static str, reply: Reply) -> NotifyError {
    let error = outcome(kind, reply.clone()).await.expect_err(&format!("{kind}: {reply:?}"));
    assert!(!error.message.is_empty() && !error.message.chars().any(char::is_control), "{kind}: {error:?}");
    error
}

async fn outcome(kind: &'static str, reply: Reply) -> Result<String, NotifyError> {
    let answers =
        move |asked: &crate::server::Asked| if is_write(asked) { reply.clone() } else { good(kind, asked) };
    let server = Server::start(answers).await;
    let channel = make(kind, &server.url).await;
    let begun = Instant::now();
    let result = channel.send(&telling(kind)).await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{kind} took {:?}", begun.elapsed());
    for shown in [format!("{result:?}"), format!("{:?}", result.as_ref().err().map(ToString::to_string))] {
        assert!(!shown.contains(SECRET) && !shown.contains("session-t0ken"), "{kind}: {shown}");
    }
    result
}

#[tokio::test]
async fn a_message_is_sent_once_and_has_a_receipt() {
    for kind in KINDS {
        let server = Server::start(move |asked| good(kind, asked)).await;
        let channel = make(kind, &server.url).await;
        assert_eq!(channel.name(), kind);
        let receipt = channel.send(&telling(kind)).await.unwrap();
        assert!(!receipt.is_empty(), "{kind}");
        let asked = server.asked();
        let writes: Vec<_> = asked.iter().filter(|asked| is_write(asked)).collect();
        assert_eq!(writes.len(), 1, "{kind}: {asked:?}");
        let said = if kind == "sns" { "T%2DMARK" } else { "T-MARK" };
        assert!(writes[0].body.contains(said), "{kind}: {}", writes[0].body);
        assert!(!asked.iter().any(|asked| asked.body.contains(SECRET)), "{kind}");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for kind in KINDS {
        let waits = Reply::Answer {
            status: 429,
            headers: vec![("retry-after".to_owned(), "7".to_owned())],
            body: String::new(),
        };
        let error = failing(kind, waits).await;
        assert!(error.is_retryable && error.retry_after_s == Some(7), "{kind}: {error:?}");
        for reply in
            [status(500), status(503), status(408), Reply::Hang, Reply::Drop, Reply::Garbage, Reply::Drip]
        {
            let error = failing(kind, reply.clone()).await;
            assert!(error.is_retryable, "{kind} {reply:?}: {error:?}");
        }
        // A date or nonsense is no number of seconds.
        for wait in ["Fri, 31 Dec 1999 23:59:59 GMT", "-1", "99999999999999999999", ""] {
            let headers = vec![("retry-after".to_owned(), wait.to_owned())];
            let error = failing(kind, Reply::Answer { status: 503, headers, body: String::new() }).await;
            assert!(error.is_retryable && error.retry_after_s.is_none(), "{kind}: {error:?}");
        }
    }
}

#[tokio::test]
async fn what_will_not_pass_is_given_up_and_says_what_to_do() {
    for kind in KINDS {
        for code in [401, 403] {
            let error = failing(kind, status(code)).await;
            assert!(!error.is_retryable, "{kind}: {error:?}");
            assert!(
                error.message.contains(&code.to_string()) && error.message.len() > 60,
                "{kind}: {error:?}"
            );
        }
        for code in [400, 404, 410, 413, 422] {
            let error = failing(kind, status(code)).await;
            assert!(!error.is_retryable, "{kind} {code}: {error:?}");
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for kind in KINDS {
        let elsewhere = Server::start(|_| status(200)).await;
        for code in [301, 302, 307, 308] {
            let headers = vec![("location".to_owned(), elsewhere.url.clone())];
            let error = failing(kind, Reply::Answer { status: code, headers, body: String::new() }).await;
            assert!(!error.is_retryable, "{kind}: {error:?}");
        }
        assert!(elsewhere.asked().is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn a_hostile_answer_does_no_harm() {
    let hostile = [
        format!("\u{1b}[31m{SECRET}\r\n<script>"),
        format!(r#"{{"ok":false,"error":"{SECRET} \u001b[2J"}}"#),
        r#"{"ok":true,"channel":"../../x","ts":"1 OR 1"}"#.to_owned(),
        "<MessageId><x>\u{1b}</MessageId>".to_owned(),
        "[".repeat(100_000),
    ];
    for kind in KINDS {
        for text in &hostile {
            for code in [200, 400, 500] {
                let reply = Reply::Answer { status: code, headers: Vec::new(), body: text.clone() };
                if let Ok(receipt) = outcome(kind, reply).await {
                    assert!(
                        !receipt.chars().any(char::is_control) && !receipt.contains(".."),
                        "{kind}: {receipt}"
                    );
                }
            }
        }
        // Nothing waits for the end of what has none. Who needs no answer takes its beginning.
        let _ = outcome(kind, Reply::Endless).await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again() {
    for kind in KINDS {
        let nowhere = make(kind, "http://127.0.0.1:9").await;
        let error = nowhere.send(&telling(kind)).await.unwrap_err();
        assert!(error.is_retryable && !error.message.contains(SECRET), "{kind}: {error:?}");
    }
}
