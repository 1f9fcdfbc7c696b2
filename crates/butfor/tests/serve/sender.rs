//! Senders that exist work as they are: the articles' Lambda function, and EventBridge's API destination. Only URL and secret are ours.

use crate::support::{Answer, SECRET, Service, configure, copy_bundle, request, until};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A recorded incident whose alarm is an event of EventBridge.
const BUNDLE: &str = "185-ledger-store";

struct Set {
    service: Service,
    token: String,
    event: Value,
    _folder: tempfile::TempDir,
}

fn set_up() -> Set {
    let folder = tempfile::tempdir().unwrap();
    let bundles = folder.path().join("recordings");
    let bundle = copy_bundle(BUNDLE, &bundles);
    let event = std::fs::read_to_string(bundle.join("alert.json")).unwrap();
    let config = configure(folder.path(), &bundles);
    let data = folder.path().join("data");
    let arguments = ["--config".as_ref(), config.as_os_str(), "--data".as_ref(), data.as_os_str()];
    let service = Service::start(arguments, folder.path());
    let token = service.token.clone().unwrap();
    Set { service, token, event: serde_json::from_str(&event).unwrap(), _folder: folder }
}

impl Set {
    /// The verdict on an incident.
    fn outcome(&self, incident: &Value) -> String {
        let path = format!("/incidents/{}", incident.as_str().unwrap());
        until(Duration::from_secs(60), "a verdict", || {
            self.service.api(&path, &self.token)["outcome"].as_str().map(str::to_owned)
        })
    }

    fn incidents(&self) -> usize {
        self.service.rows("/incidents", &self.token).len()
    }
}

/// A Python that has `urllib3`, as Lambda's has: the machine's, or that of the emulator.
fn python() -> Option<String> {
    let has = |python: &str| {
        let asked = Command::new(python).args(["-c", "import urllib3"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|it| it.success())
    };
    if has("python3") {
        return Some("python3".to_owned());
    }
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../emulator/venv.sh");
    let found = Command::new("sh").arg(kit).output().ok()?;
    let path = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    (found.status.success() && has(&path)).then_some(path)
}

fn run(python: &str, url: &str, secret: &str, event: &Value) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/alarm_to_webhook.py");
    let mut process = Command::new(python)
        .arg(script)
        .env("WEBHOOK_URL", url)
        .env("WEBHOOK_SECRET", json!({"webhookSecret": secret}).to_string())
        .env_remove("SERVICE_NAME")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(event.to_string().as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

#[test]
fn the_articles_sender_works_with_our_url_and_secret() {
    let Some(python) = python() else {
        println!("SKIPPED: there is no Python with urllib3");
        return;
    };
    let set = set_up();
    let url = format!("http://{}/webhook/generic/ops", set.service.address);
    let sent = run(&python, &url, SECRET, &set.event);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let answer: Value = serde_json::from_slice(&sent.stdout).unwrap();
    assert_eq!(answer["statusCode"], 200);
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&body["message"], &body["decision"]),
        (&"Webhook received".into(), &"opened".into()),
        "{body}"
    );
    assert_eq!(set.outcome(&body["investigationId"]), "root_cause");

    // Lambda tries again as it was told to: the same event, signed anew, is known.
    std::thread::sleep(Duration::from_millis(1100));
    let again = run(&python, &url, SECRET, &set.event);
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert!(again["body"].as_str().unwrap().contains("\"duplicate\""), "{again}");

    // The alarm is over: news of the same incident.
    let mut over = set.event.clone();
    over["id"] = json!("b1e0a7a2-41f3-4d0c-9a39-5f3c3b3e0001");
    over["detail"]["state"]["value"] = json!("OK");
    let over = run(&python, &url, SECRET, &over);
    let over: Value = serde_json::from_slice(&over.stdout).unwrap();
    assert!(over["body"].as_str().unwrap().contains("\"linked\""), "{over}");

    let forged = run(&python, &url, "another secret", &set.event);
    assert!(!forged.status.success());
    assert!(String::from_utf8_lossy(&forged.stderr).contains("answered 401"), "{forged:?}");
    assert_eq!(set.incidents(), 1);
}

/// As an API destination sends: the connection's header, and the same event again until it is taken.
fn deliver(set: &Set, path: &str, secret: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {secret}");
    let headers = [
        ("content-type", "application/json; charset=utf-8"),
        ("authorization", bearer.as_str()),
        ("user-agent", "Amazon/EventBridge/ApiDestinations"),
    ];
    request(set.service.address, "POST", path, &headers, &body.to_string()).unwrap()
}

#[test]
fn an_api_destination_works_with_our_url_and_key() {
    let set = set_up();
    // What the input transformer of AWS's template makes of an event: its id is the incident's.
    let (event, detail) = (&set.event, &set.event["detail"]);
    let body = json!({
        "eventType": "incident", "incidentId": event["id"], "action": "created", "priority": "HIGH",
        "title": format!("CloudWatch Alarm: {}", detail["alarmName"].as_str().unwrap()),
        "description": detail["state"]["reason"], "timestamp": event["time"], "service": "CloudWatch",
        "data": {"metadata": {"region": event["region"], "accountId": event["account"], "alarmName": detail["alarmName"],
            "alarmArn": event["resources"][0]}, "detail": detail},
    });
    assert_eq!(deliver(&set, "/webhook/generic/destination", "another key", &body).status, 401);
    let first = deliver(&set, "/webhook/generic/destination", SECRET, &body);
    assert_eq!(first.status, 200, "{}", first.body);
    let first = first.json();
    assert_eq!((&first["decision"], &first["incidentId"]), (&"opened".into(), &event["id"]), "{first}");
    for _ in 0..3 {
        let again = deliver(&set, "/webhook/generic/destination", SECRET, &body).json();
        assert_eq!(
            (&again["decision"], &again["investigationId"]),
            (&"duplicate".into(), &first["investigationId"])
        );
    }
    // The template does not say what the alarm measures; what the verdict may be then is the engine's affair.
    let _ = set.outcome(&first["investigationId"]);
    let path = format!("/incidents/{}/passes", first["investigationId"].as_str().unwrap());
    assert_eq!(set.service.rows(&path, &set.token).len(), 1);
    assert_eq!(set.incidents(), 1);
}

#[test]
fn an_api_destination_without_a_template_works() {
    let set = set_up();
    let first = deliver(&set, "/hooks/events", SECRET, &set.event);
    assert_eq!(first.status, 200, "{}", first.body);
    let first = first.json();
    assert_eq!(first["decision"], "opened", "{first}");
    assert_eq!(deliver(&set, "/hooks/events", SECRET, &set.event).json()["decision"], "duplicate");
    assert_eq!(set.outcome(&first["investigationId"]), "root_cause");
    assert_eq!(set.incidents(), 1);
}
