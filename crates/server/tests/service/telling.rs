//! People are told once; a channel that fails delays nothing; buttons in Slack decide.

use crate::support::*;
use butfor_intake::{Priority, Secret};
use butfor_ports::{Notifier, NotifyError, Sending, Telling};
use butfor_report::announce;
use butfor_server::{Channel, Slack};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// Notes what it is told, after failing as often as the test says.
struct Noted {
    name: String,
    told: Mutex<Vec<Telling>>,
    fails: AtomicUsize,
}

impl Notifier for Noted {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, telling: &'a Telling) -> Sending<'a> {
        Box::pin(async move {
            let fail =
                self.fails.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            if fail.is_ok() {
                return Err(NotifyError {
                    is_retryable: true,
                    message: "down".to_owned(),
                    retry_after_s: None,
                });
            }
            self.told.lock().unwrap().push(telling.clone());
            Ok(format!("receipt of {}", telling.key))
        })
    }
}

fn setup(fails: usize) -> (Setup, Arc<Noted>) {
    let noted = Arc::new(Noted {
        name: "on-call".to_owned(),
        told: Mutex::default(),
        fails: AtomicUsize::new(fails),
    });
    let mut setup = Setup { notifiers: vec![noted.clone()], ..Setup::default() };
    setup.settings.channels = vec![Channel {
        name: "on-call".to_owned(),
        kind: announce::Channel::Slack,
        minimum_priority: Priority::Medium,
    }];
    setup.settings.slack =
        Some(Slack { signing_secret: Secret::new(SECRET), responders: vec!["U1".to_owned()] });
    (setup, noted)
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_that_it_began_and_what_it_was_once_each() {
    let (setup, noted) = setup(0);
    let service = Running::with(setup).await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    service.assessed(1, 1).await;
    service.until("two messages", || async { (noted.told.lock().unwrap().len() >= 2).then_some(()) }).await;
    // The same verdict again is no news.
    service.api("POST", "/incidents/1/passes", Some(json!({"log_groups": ["/a"]}))).await;
    service.assessed(1, 2).await;
    let mut low = alarm("2", "unimportant", "other");
    low["priority"] = json!("LOW");
    service.send(&low).await;
    service.assessed(2, 1).await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let told = noted.told.lock().unwrap().clone();
    let of_first: Vec<&Telling> = told.iter().filter(|it| it.incident == 1).collect();
    assert!(told.iter().all(|it| it.incident == 1), "below the channel's priority: {told:?}");
    assert_eq!(of_first[0].key, "on-call/1/opened");
    assert!(of_first[1].body.contains("route removed"), "{}", of_first[1].body);
    assert_eq!(of_first[1].previous.as_deref(), Some("receipt of on-call/1/opened"));
    // The second pass found something else (its headline names the pass), so it is told once more; none twice.
    let mut keys: Vec<&String> = told.iter().map(|it| &it.key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), told.len(), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_channel_delays_no_verdict_and_is_tried_again() {
    let (setup, noted) = setup(1);
    let service = Running::with(setup).await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    service.assessed(1, 1).await;
    service
        .until("the message that did not fail", || async {
            (!noted.told.lock().unwrap().is_empty()).then_some(())
        })
        .await;
    let (_, jobs) = service.api("GET", "/jobs?state=ready", None).await;
    assert!(jobs.to_string().contains("down"), "{jobs}");
}

fn slack_headers(body: &str) -> Vec<(String, String)> {
    let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let signature = hex_mac(format!("v0:{at}:{body}").as_bytes());
    vec![
        ("x-slack-request-timestamp".to_owned(), at.to_string()),
        ("x-slack-signature".to_owned(), format!("v0={signature}")),
    ]
}

fn pressed(user: &str, action: &str) -> String {
    let value = json!({"incident": 1, "hypothesis": "route-missing|rtb-1|0.0.0.0/0", "plan": ""}).to_string();
    let payload = json!({"type": "block_actions", "user": {"id": user}, "team": {"id": "T"}, "channel": {"id": "C"},
        "actions": [{"action_id": action, "block_id": "b", "value": value, "action_ts": "1"}]});
    format!("payload={}", encoded(&payload.to_string()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_in_slack_decides_for_who_may() {
    let (setup, _) = setup(0);
    let service = Running::with(setup).await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    service.assessed(1, 1).await;
    let body = pressed("U1", "butfor.discard");
    let (status, answer) = service.post("/slack", &slack_headers("other"), body.clone()).await;
    assert_eq!(status, 401, "{answer}");
    let (status, answer) = service
        .post("/slack", &slack_headers(&pressed("U9", "butfor.discard")), pressed("U9", "butfor.discard"))
        .await;
    assert_eq!(status, 200);
    assert!(answer.to_string().contains("responders"), "{answer}");
    let decisions = |answer: Value| answer["items"].as_array().unwrap().len();
    assert_eq!(decisions(service.api("GET", "/incidents/1/decisions", None).await.1), 0);
    let (status, answer) = service.post("/slack", &slack_headers(&body), body.clone()).await;
    assert_eq!(status, 200, "{answer}");
    let (_, kept) = service.api("GET", "/incidents/1/decisions", None).await;
    assert_eq!(kept["items"][0]["who"], "slack:U1", "{kept}");
    assert_eq!(kept["items"][0]["decision"], "discard");
}
