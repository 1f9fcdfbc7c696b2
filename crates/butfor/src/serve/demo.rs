//! A demonstration: the service as it is, an incident that comes with the program, and an alarm that arrives as alarms do.

use super::bundles::Bundles;
use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use butfor_adapters::bundle::Memory;
use butfor_intake::{Auth, Format, Integration, Secret};
use butfor_server::Sender;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What the alarms of the demonstration come by.
const SENDER: &str = "demo";

/// Long enough to open the page, short enough to wait for.
const FIRST_AFTER: Duration = Duration::from_secs(4);

/// Between two alarms.
const NEXT_AFTER: Duration = Duration::from_secs(6);

/// So that people can watch: a real investigation of this incident takes some milliseconds. With it the cause is on the page
/// half a minute after the start, before anybody thinks that nothing comes.
const LASTS: Duration = Duration::from_secs(10);

/// A demonstration and the folder of its data, which goes with it.
pub(super) struct Demo {
    folder: PathBuf,
    secret: String,
    files: Memory,
}

impl Demo {
    pub(super) fn new() -> anyhow::Result<Self> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).context("no randomness")?;
        let secret = STANDARD.encode(bytes);
        let folder = std::env::temp_dir().join(format!("butfor-demo-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let files = Memory::from_archive(crate::commands::demo_bundle())
            .context("the bundled incident is damaged")?;
        Ok(Self { folder, secret, files })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn sender(&self) -> Sender {
        let secrets = vec![Secret::new(self.secret.clone())];
        Sender {
            integration: Integration::new(SENDER, Format::Generic, Auth::Signature, secrets),
            per_minute: 600,
        }
    }

    pub(super) fn bundles(&self) -> anyhow::Result<Bundles> {
        Ok(Bundles::of(vec![self.files.clone()], LASTS))
    }

    /// Sends the alarms, as any sender does: signed, over HTTP.
    pub(super) fn begin(&self, address: SocketAddr) {
        let bodies = self.bodies();
        let secret = self.secret.clone();
        tokio::spawn(async move {
            let mut wait = FIRST_AFTER;
            for body in bodies {
                tokio::time::sleep(wait).await;
                wait = NEXT_AFTER;
                if let Err(error) = send(address, &secret, &body).await {
                    tracing::warn!(%error, "the alarm of the demonstration was not taken");
                }
            }
        });
    }

    /// A test of the line, the alarm of the recorded incident, and the same alarm once more.
    fn bodies(&self) -> Vec<String> {
        let text = self.files.0.get("alert.json").map(|it| String::from_utf8_lossy(it).into_owned());
        let alert: Value = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
        let detail = |name: &str| alert.pointer(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = detail("/detail/alarmName");
        let incident = |id: &str, title: &str, description: &str| {
            json!({
                "eventType": "incident", "incidentId": id, "action": "created", "priority": "HIGH", "title": title,
                "description": description, "timestamp": detail("/detail/state/timestamp"),
                "data": {"metadata": {"alarmName": name, "region": detail("/region"), "accountId": detail("/account"),
                    "alarmArn": detail("/resources/0"), "newState": "ALARM", "reason": detail("/detail/state/reason"),
                    "metrics": alert.pointer("/detail/configuration/metrics")}},
            })
            .to_string()
        };
        let test = json!({
            "eventType": "incident", "incidentId": "demo-test", "action": "created", "priority": "LOW",
            "title": "[TEST] webhook verification", "description": "[TEST] No investigation needed. Safe to ignore.",
        });
        vec![
            test.to_string(),
            incident("demo-1", &format!("CloudWatch Alarm: {name}"), &detail("/detail/state/reason")),
            incident("demo-2", &format!("CloudWatch Alarm: {name}"), "the same alarm, a little later"),
        ]
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Posts one signed message to ourselves.
async fn send(address: SocketAddr, secret: &str, body: &str) -> anyhow::Result<()> {
    let at = crate::live::now().to_string();
    let seconds = at.split(['.', 'Z']).next().unwrap_or_default();
    let timestamp = format!("{seconds}.000Z");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).context("the secret cannot be used")?;
    mac.update(format!("{timestamp}:{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "POST /webhook/generic/{SENDER} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         x-amzn-event-timestamp: {timestamp}\r\nx-amzn-event-signature: {signature}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "{}", answer.lines().next().unwrap_or_default());
    Ok(())
}
