//! The service with live AWS: an alarm arrives as EventBridge sends it, the account is read, and the cause is on the page. Emulated AWS.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of a test may stop it")]

#[path = "support/emulator.rs"]
#[expect(dead_code, reason = "the other live tests need more of it")]
mod emulator;

use emulator::Emulator;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A service that reads the emulated accounts; it ends with the test.
struct Service {
    process: Child,
    address: String,
    token: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Service {
    fn start(emulator: &Emulator) -> Self {
        let mut config = format!(
            "endpoint_url = {}\nregions = [{}]\n",
            emulator.facts["endpoint"], emulator.facts["region"]
        );
        for (account, about) in emulator.facts["accounts"].as_object().unwrap() {
            config.push_str(&format!(
                "[[accounts]]\nid = \"{account}\"\nrole_arn = {}\n",
                about["read_role_arn"]
            ));
        }
        // The history's schedule is left out: this test is about an alarm.
        config.push_str("[history]\nschedule = \"off\"\n");
        config.push_str(
            "[[webhooks]]\nname = \"cloudwatch\"\nformat = \"eventbridge\"\nsecret = \"of-the-test\"\n",
        );
        let path = emulator.folder.path().join("butfor.toml");
        std::fs::write(&path, config).unwrap();
        let keys = &emulator.facts["credentials"];
        let mut process = Command::new(env!("CARGO_BIN_EXE_butfor"))
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&path)
            .arg("--data")
            .arg(emulator.folder.path().join("served"))
            .env("AWS_ACCESS_KEY_ID", keys["access_key_id"].as_str().unwrap())
            .env("AWS_SECRET_ACCESS_KEY", keys["secret_access_key"].as_str().unwrap())
            .env("AWS_REGION", emulator.facts["region"].as_str().unwrap())
            .env("HOME", emulator.folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = |beginning: &str| loop {
            let line = lines.next().unwrap().unwrap();
            if let Some(rest) = line.strip_prefix(beginning) {
                return rest.to_owned();
            }
        };
        let address = said("listening on http://");
        let token = said("administrator's token, shown this once: ");
        // The last thing it says: what it would say to nobody must not end it either, but that is not what is tested here.
        said("alerts of ");
        Self { process, address, token }
    }

    fn request(&self, head: &str, token: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let text = format!(
            "{head} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }
}

#[test]
fn an_alarm_that_arrives_is_investigated_in_the_live_account() {
    let Some(emulator) = Emulator::up("article") else { return };
    let injected = emulator.inject("c1");
    // The event as CloudWatch would send it.
    let alarm = injected["alarm"]["name"].as_str().unwrap();
    emulator.record(alarm);
    let event = std::fs::read_to_string(emulator.folder.path().join("recorded/alert.json")).unwrap();
    let service = Service::start(&emulator);
    let (status, answer) = service.request("POST /hooks/cloudwatch", "of-the-test", &event);
    assert_eq!((status, answer["decision"].as_str()), (200, Some("opened")), "{answer}");
    let mut incident = Value::Null;
    for _ in 0..300 {
        incident = service.request("GET /api/v1/incidents/1", &service.token, "").1;
        if incident["status"] == "COMPLETED" {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(incident["outcome"], "root_cause", "{incident:#}");
    let cause = &incident["report"]["root_causes"][0];
    assert_eq!(cause["change"]["event_name"], "RevokeSecurityGroupIngress", "{cause:#}");
    assert_eq!(incident["report"]["plan"]["status"], "verified");
    let digest = incident["report"]["evidence"][1]["digest"].as_str().unwrap();
    let (status, document) =
        service.request(&format!("GET /api/v1/incidents/1/evidence/{digest}"), &service.token, "");
    assert_eq!(status, 200, "{document}");
}
