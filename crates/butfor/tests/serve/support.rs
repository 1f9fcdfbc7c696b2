//! A running `butfor serve`, and a client that knows no more of HTTP than it needs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use butfor_incident::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant, SystemTime};

/// What senders sign with.
pub const SECRET: &str = "test-hmac-key";

/// A debug build on a busy machine.
const START_WAIT: Duration = Duration::from_secs(60);

/// A running service; it ends with its test.
pub struct Service {
    process: Child,
    pub address: SocketAddr,
    /// Shown at the first start only.
    pub token: Option<String>,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Service {
    /// Starts the program with these arguments on a free port, and waits until it says where it is.
    pub fn start<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I, folder: &Path) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_butfor"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env_remove("BUTFOR_CONFIG")
            .env_remove("BUTFOR_DATA")
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = lines(process.stdout.take().unwrap());
        let mut service = Self { process, address: ([127, 0, 0, 1], 0).into(), token: None };
        let until = Instant::now() + START_WAIT;
        loop {
            let Ok(line) = lines.recv_timeout(until.saturating_duration_since(Instant::now())) else {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                panic!("the service did not start:\n{log}");
            };
            if let Some(address) =
                after(&line, "listening on http://").or_else(|| after(&line, "demo: open http://"))
            {
                service.address = address.parse().unwrap();
            }
            if let Some(token) = after(&line, "shown this once: ") {
                service.token = Some(token);
            }
            // The last thing it says before it works.
            if line.starts_with("alerts of ") || line.starts_with("demo: ") {
                return service;
            }
        }
    }

    /// Ends it without a warning.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Tells it to end, and waits until it has.
    pub fn terminate(mut self) -> ExitStatus {
        let told =
            Command::new("/bin/sh").args(["-c", "kill -TERM $0", &self.process.id().to_string()]).status();
        assert!(told.unwrap().success());
        until(Duration::from_secs(30), "the end of the service", || self.process.try_wait().unwrap())
    }

    pub fn get(&self, path: &str, token: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers: &[(&str, &str)] =
            if token.is_empty() { &[] } else { &[("authorization", bearer.as_str())] };
        request(self.address, "GET", path, headers, "").unwrap()
    }

    /// What the REST API says.
    pub fn api(&self, path: &str, token: &str) -> Value {
        let answer = self.get(&format!("/api/v1{path}"), token);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// All rows of a list of the REST API, page by page.
    pub fn rows(&self, path: &str, token: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = self.api(&format!("{path}{mark}limit=200{cursor}"), token);
            rows.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }
}

fn after(line: &str, mark: &str) -> Option<String> {
    let (_, rest) = line.split_once(mark)?;
    Some(rest.split_whitespace().next()?.to_owned())
}

/// Lines as they come; they are read to the end, so that the program can always write.
fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

/// Waits until something is so; a test must not wait for ever.
pub fn until<T>(longest: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + longest;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what}: it did not come within {} s", longest.as_secs());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// An answer of the service.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// One request on a connection of its own. An answer that is cut off is an error: nobody was told anything.
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    read(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Reads an answer whose length is told: pages and JSON are never chunked here.
fn read(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let head = head.to_ascii_lowercase();
    let length: usize = after(&head, "content-length:").map_or(Some(0), |it| it.parse().ok())?;
    (body.len() >= length).then(|| Answer { status, head, body: body.to_owned() })
}

/// The moment as senders write it, so many milliseconds from now.
pub fn moment(later_ms: i64) -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let millis = i64::try_from(since).unwrap() + later_ms;
    let text = Timestamp::from_millis(millis).to_string();
    format!("{}.{:03}Z", text.split(['.', 'Z']).next().unwrap(), millis % 1000)
}

/// Posts a body of the generic format, signed anew.
pub fn post_signed(address: SocketAddr, path: &str, body: &str) -> io::Result<Answer> {
    let timestamp = moment(0);
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{timestamp}:{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let headers = [
        ("content-type", "application/json"),
        ("x-amzn-event-timestamp", timestamp.as_str()),
        ("x-amzn-event-signature", signature.as_str()),
    ];
    request(address, "POST", path, &headers, body)
}

/// A message of the generic format about an alarm of an application of its own.
pub fn alarm(id: &str, name: &str, account: &str, region: &str) -> Value {
    json!({
        "eventType": "incident", "incidentId": id, "action": "created", "priority": "HIGH",
        "title": format!("CloudWatch Alarm: {name}"), "timestamp": moment(0), "service": format!("app-of-{name}"),
        "data": {"metadata": {"alarmName": name, "region": region, "accountId": account, "newState": "ALARM"}},
    })
}

/// What a bundle is made of; answers are not copied.
const PARTS: [&str; 4] = ["bundle.json", "alert.json", "calls.jsonl", "calls.jsonl.gz"];

/// Copies a recorded incident of `scenarios/` into a folder.
pub fn copy_bundle(name: &str, into: &Path) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    let to = into.join(name);
    std::fs::create_dir_all(&to).unwrap();
    for part in PARTS.iter().filter(|part| from.join(part).is_file()) {
        std::fs::copy(from.join(part), to.join(part)).unwrap();
    }
    to
}

/// A configuration with senders of the formats that the tests send, and a folder of recorded incidents.
pub fn configure(folder: &Path, bundles: &Path) -> PathBuf {
    let sender = |name: &str, format: &str, auth: &str| {
        format!(
            "\n[[webhooks]]\nname = \"{name}\"\nformat = \"{format}\"\nauth = \"{auth}\"\nsecret = \"{SECRET}\"\n"
        )
    };
    let text = [
        format!("[server]\nbundles = {bundles:?}\n"),
        sender("ops", "generic", "signature"),
        sender("destination", "generic", "bearer"),
        sender("events", "eventbridge", "bearer"),
    ];
    let file = folder.join("butfor.toml");
    std::fs::write(&file, text.concat()).unwrap();
    file
}
