//! Every answer against the AWS CLI's for the same call, over an emulated account.
//!
//! `agree/driver.py` starts moto, fills it (`agree/seed.py`) and runs the AWS CLI on each call of `agree/calls.py` and
//! `agree/plain.txt`. The client makes the same calls. What differs must be in `agree/differences.txt`, with a reason.
//! Without a usable Python the test says so and does nothing.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test may stop it"
)]

use butfor_aws_api::{Chain, Client, Credentials, Error, Rate, Target};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// What the issue asks for.
const OPERATIONS_MIN: usize = 150;
const SERVICES_MIN: usize = 30;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/agree")
}

/// The python of the test kit; `None` where this machine has none.
fn python() -> Option<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../emulator/venv.sh");
    let output = Command::new("sh").arg(script).stderr(Stdio::inherit()).output().unwrap();
    if output.status.code() == Some(3) {
        return None;
    }
    assert!(output.status.success(), "emulator/venv.sh failed");
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

struct Driver {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Driver {
    fn start(python: &str) -> Self {
        let mut child = Command::new(python)
            .arg("-B")
            .arg(here().join("driver.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn next(&mut self) -> Value {
        let line = self.lines.next().expect("the driver ended early; run it by hand to see why").unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

async fn client(endpoint: &str) -> Client {
    let chain = Chain { endpoint_url: Some(endpoint.to_owned()), ..Chain::default() };
    let credentials = Credentials::fixed("testing", "testing", None, chain).await.unwrap();
    Client::builder()
        .credentials(credentials)
        .endpoint_url(Some(endpoint.to_owned()))
        .max_retries(0)
        .rate("*", "*", Rate { per_second: 1000.0, burst: 1000 })
        .build()
        .unwrap()
}

/// The AWS CLI's `+00:00` as `Z`; fractions without zeros at the end. Nothing else is changed.
fn normal(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(time(text).unwrap_or_else(|| text.clone())),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), normal(value))).collect(),
        other => other.clone(),
    }
}

fn time(text: &str) -> Option<String> {
    let bare = text.strip_suffix("+00:00").or_else(|| text.strip_suffix('Z'))?;
    let is_time = bare.len() >= 19 && bare.as_bytes()[10] == b'T' && bare.as_bytes()[4] == b'-';
    let bare = if bare.contains('.') { bare.trim_end_matches('0').trim_end_matches('.') } else { bare };
    is_time.then(|| format!("{bare}Z"))
}

/// Places where two answers differ, with `*` for positions in lists.
fn differences(own: &Value, other: &Value, path: &str, found: &mut Vec<(String, String)>) {
    match (own, other) {
        (Value::Object(left), Value::Object(right)) => {
            let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match (left.get(name), right.get(name)) {
                    (Some(left), Some(right)) => differences(left, right, &path, found),
                    (left, right) => found.push((path, format!("{left:?} / {right:?}"))),
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (left, right) in left.iter().zip(right) {
                differences(left, right, &format!("{path}.*"), found);
            }
        }
        (left, right) if is_same(left, right) => {}
        (left, right) => found.push((path.to_owned(), format!("{left} / {right}"))),
    }
}

fn is_same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => (left - right).abs() <= f64::EPSILON * left.abs(),
        _ => left == right,
    }
}

/// `service operation path: reason`; `*` stands for any service or operation.
fn listed() -> Vec<(String, String, String)> {
    let text = std::fs::read_to_string(here().join("differences.txt")).unwrap();
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (place, reason) = line.split_once(": ").expect("a difference has a reason");
            assert!(!reason.trim().is_empty());
            let words: Vec<&str> = place.split(' ').collect();
            assert_eq!(words.len(), 3, "{line}");
            (words[0].to_owned(), words[1].to_owned(), words[2].to_owned())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_agree_with_the_aws_cli() {
    let Some(python) = python() else {
        eprintln!("SKIPPED: the agreement test needs python3 (3.10 or newer) with its venv module");
        return;
    };
    let mut driver = Driver::start(&python);
    let endpoint = driver.next()["endpoint"].as_str().unwrap().to_owned();
    let client = client(&endpoint).await;
    let target = Target { account: None, region: "us-east-1".into() };
    let listed = listed();
    let mut used = BTreeSet::new();
    let mut agreed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut calls, mut refused, mut unexplained) = (0, 0, Vec::new());
    loop {
        let line = driver.next();
        if line.get("done").is_some() {
            break;
        }
        calls += 1;
        let (service, operation) = (line["service"].as_str().unwrap(), line["operation"].as_str().unwrap());
        let mut answer = client.call(&target, service, operation, &line["parameters"]).await;
        // The driver is one call ahead; where both meet in its memory, the emulator breaks off with a bare status, which is no
        // answer of AWS's to compare.
        for _ in 0..6 {
            if !matches!(&answer, Err(Error::Service { code, .. }) if code == "500") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            answer = client.call(&target, service, operation, &line["parameters"]).await;
        }
        let own = match answer {
            Ok(answer) => normal(&json!({ "output": answer.output })),
            Err(Error::Service { code, .. } | Error::Denied { code, .. }) => json!({ "error": code }),
            Err(error) => json!({ "error": error.to_string() }),
        };
        let mut other = serde_json::Map::new();
        for name in ["output", "error"] {
            if let Some(value) = line.get(name) {
                other.insert(name.into(), normal(value));
            }
        }
        let mut found = Vec::new();
        differences(&own, &Value::Object(other), "", &mut found);
        for (path, what) in found {
            let place = listed.iter().position(|(on, of, at)| {
                (on == "*" || on == service) && (of == "*" || of == operation) && *at == path
            });
            match place {
                Some(place) => {
                    used.insert(place);
                }
                None => {
                    unexplained.push(format!("{service} {operation} {path}: {what} ({})", line["parameters"]))
                }
            }
        }
        if line.get("output").is_some() {
            agreed.entry(service.to_owned()).or_default().insert(operation.to_owned());
        } else {
            refused += 1;
        }
    }
    let operations: usize = agreed.values().map(BTreeSet::len).sum();
    println!(
        "{calls} calls, {refused} of them errors; {operations} operations of {} services answered; {} listed differences",
        agreed.len(),
        listed.len()
    );
    assert!(unexplained.is_empty(), "{} differences:\n{}", unexplained.len(), unexplained.join("\n"));
    let stale: Vec<_> = listed.iter().enumerate().filter(|(place, _)| !used.contains(place)).collect();
    assert!(stale.is_empty(), "listed, but no difference any more: {stale:?}");
    assert!(operations >= OPERATIONS_MIN && agreed.len() >= SERVICES_MIN);
}
