//! What is fuzzed: every parser of something that comes from outside, with what is done first with what it gives.

use super::corpus::{files, heads, lines, literals, objects, read, small};
use anyhow::Result;
use butfor_adapters::bundle::{Bundle, Limits, Memory, read_files};
use butfor_incident::{Body, Cites, Evidence, Query, Timestamp};
use butfor_intake::{Auth, Delivery, Format, Headers, Integration, Secret, slack, sns};
use butfor_network::describe::{Origin, Piece, compose, fragments};
use butfor_network::{Network, Protocol};
use butfor_policy::{Layer, Policy, Request, denial};
use butfor_signals::change_match::{Commit, Incident, LogRecord, explain};
use butfor_signals::flow::alb::Access;
use butfor_signals::flow::cloudtrail::{Activity, Records};
use butfor_signals::flow::vpc::Flows;
use butfor_signals::logs::compare::{Comparer, Window};
use butfor_signals::logs::template::Miner;
use butfor_signals::logs::{record, signature};
use butfor_signals::traces::{Forest, Parsed, edges, otlp, rows, xray};
use butfor_signals::{alarm, metrics};
use butfor_world::cloudtrail::Record;
use butfor_world::events::translate;
use butfor_world::ids::IdIndex;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;

/// Something that reads input.
pub(super) struct Target {
    pub(super) name: &'static str,
    /// What inputs are made of.
    pub(super) seeds: fn(&Path) -> Result<Vec<Vec<u8>>>,
    pub(super) run: fn(&[u8]),
}

/// All, in the order of the rooms.
pub(super) fn all() -> Vec<Target> {
    vec![
        Target { name: "times", seeds: |root| literals(root, "incident"), run: times },
        Target { name: "describe answers", seeds: calls, run: answers },
        Target { name: "protocols", seeds: |root| literals(root, "network"), run: asked },
        Target { name: "CloudTrail records", seeds: trail_records, run: trail_record },
        Target { name: "policies", seeds: policies, run: policy },
        Target { name: "policy requests", seeds: |root| literals(root, "policy"), run: request },
        Target { name: "denials", seeds: denials, run: denial_texts },
        Target { name: "flow logs", seeds: flow_logs, run: flow_log },
        Target { name: "access logs", seeds: access_logs, run: access_log },
        Target { name: "CloudTrail streams", seeds: trails, run: trail },
        Target { name: "log records", seeds: logs, run: log_records },
        Target { name: "log templates", seeds: logs, run: log_templates },
        Target {
            name: "error signatures",
            seeds: logs,
            run: |input| drop(black_box(signature::read(&text(input)))),
        },
        Target { name: "traces X-Ray", seeds: traces, run: xray_document },
        Target { name: "traces OTLP", seeds: traces, run: |input| spans(otlp::read(&text(input)).ok()) },
        Target { name: "traces in rows", seeds: traces, run: |input| spans(rows::read(&text(input)).ok()) },
        Target {
            name: "metric expressions",
            seeds: |root| literals(root, "signals/src/alarm"),
            run: expression,
        },
        Target { name: "diffs", seeds: |root| literals(root, "signals/src/change_match"), run: diffs },
        Target { name: "alerts", seeds: alerts, run: alert },
        Target { name: "deliveries", seeds: deliveries, run: delivery },
        Target { name: "bundles", seeds: bundles, run: |input| drop(black_box(bundle(input))) },
        Target { name: "packed bundles", seeds: packed_bundles, run: packed_bundle },
        Target { name: "assessments", seeds: bundles, run: assessment },
    ]
}

fn text(input: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(input)
}

/// Pieces of a length that the input itself gives.
fn pieces(input: &[u8]) -> std::slice::Chunks<'_, u8> {
    input.chunks(1 + input.iter().fold(input.len(), |sum, byte| sum * 31 % 4093 + usize::from(*byte)) % 700)
}

fn times(input: &[u8]) {
    let _ = black_box(Timestamp::parse(&text(input)));
}

fn calls(root: &Path) -> Result<Vec<Vec<u8>>> {
    let mut seeds = lines(&files(&root.join("scenarios"), "calls.jsonl", 30)?, 40);
    seeds.extend(lines(&files(&root.join("crates/network/tests/data"), ".json", 40)?, 1));
    seeds.extend(literals(root, "network/src/describe")?);
    Ok(seeds)
}

/// A line of `calls.jsonl`, or an answer alone.
fn answers(input: &[u8]) {
    let text = text(input);
    let call = serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default();
    let part = |name: &str| call.get(name).map(ToString::to_string);
    let operation = call.get("operation").and_then(serde_json::Value::as_str);
    let (parameters, output) = (part("parameters").unwrap_or_default(), part("output"));
    let Ok(answer) = fragments(operation, &parameters, output.as_deref().unwrap_or(&text)) else { return };
    let piece =
        |fragment| Piece { fragment, account: "111122223333", region: "us-east-1", origin: Origin(0) };
    let documents = compose(answer.fragments.into_iter().map(piece));
    black_box(Network::parse(documents, []));
}

fn asked(input: &[u8]) {
    let text = text(input);
    let _ = black_box(Protocol::parse(&text));
}

fn trail_records(root: &Path) -> Result<Vec<Vec<u8>>> {
    let mut seeds = objects(&files(&root.join("scenarios"), ".json", 120)?, "eventTime");
    let step = seeds.len().div_ceil(600).max(1);
    seeds = seeds.into_iter().step_by(step).collect();
    seeds.extend(lines(&files(&root.join("crates/world/tests/data"), ".jsonl", 9)?, 400));
    seeds.extend(literals(root, "world")?);
    Ok(seeds)
}

/// A record, or a case of the tests of records: what was called and with what.
fn trail_record(input: &[u8]) {
    let text = text(input);
    let mut parsed = Record::parse(&text);
    if parsed.is_err()
        && let Ok(serde_json::Value::Object(case)) = serde_json::from_str(&text)
    {
        let part = |name: &str| case.get(name).cloned().unwrap_or_default();
        let record = serde_json::json!({
            "eventTime": "2026-05-02T13:28:09Z", "eventName": part("event"), "eventSource": "ec2.amazonaws.com", "readOnly": false,
            "recipientAccountId": "111122223333", "awsRegion": "us-east-1", "eventID": "1",
            "requestParameters": part("request"), "responseElements": part("response"),
        });
        parsed = Record::parse(&record.to_string());
    }
    if let Ok(record) = parsed {
        let mut ids = IdIndex::default();
        ids.learn_record(&record);
        black_box(translate(&record, &ids));
    }
}

fn policies(root: &Path) -> Result<Vec<Vec<u8>>> {
    let data = lines(&files(&root.join("crates/policy/tests/data"), ".jsonl", 9)?, 3000);
    let mut seeds = objects(&data, "Statement");
    seeds.extend(literals(root, "policy")?);
    Ok(seeds)
}

fn policy(input: &[u8]) {
    for layer in Layer::ALL {
        black_box(Policy::parse(layer, "fuzzed", &text(input)));
    }
}

fn request(input: &[u8]) {
    let text = text(input);
    let mut words = text.split(['\n', ' ']);
    let mut next = || words.next().unwrap_or_default();
    let _ = black_box(Request::new(next(), next(), next()));
}

fn denials(root: &Path) -> Result<Vec<Vec<u8>>> {
    let mut seeds = files(&root.join("crates/policy/tests/data/denials"), "", 99)?;
    seeds.extend(lines(&seeds, 99));
    seeds.extend(literals(root, "policy")?);
    Ok(small(seeds))
}

fn denial_texts(input: &[u8]) {
    let text = text(input);
    black_box(denial::parse(&text));
    let (code, message) = text.split_once(['\n', ':']).unwrap_or(("AccessDenied", &text));
    black_box(denial::parse_event(Some(code), Some(message)));
    black_box(denial::parse_event(None, Some(&text)));
}

fn flow_logs(root: &Path) -> Result<Vec<Vec<u8>>> {
    Ok(heads(files(&root.join("scenarios"), ".log", 60)?, 6000))
}

fn flow_log(input: &[u8]) {
    let mut flows = Flows::new(1_767_600_120);
    pieces(input).for_each(|piece| flows.push(piece));
    flows.finish();
    black_box((flows.conversations.rows(), flows.interfaces.rows(), flows.asymmetric(0.1).len()));
}

fn access_logs(root: &Path) -> Result<Vec<Vec<u8>>> {
    // The examples of the documentation (load-balancer-access-logs.html).
    let mut seeds = vec![
        br#"http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-""#.to_vec(),
        br#"https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 - -1 -1 -1 503 - 0 0 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 - "-" "-" "-" 0 2018-07-02T22:22:48.364000Z "-" "-" "LambdaInvalidResponse" "-" "-" "-" "-""#.to_vec(),
    ];
    seeds.extend(literals(root, "signals/src/flow")?);
    Ok(seeds)
}

fn access_log(input: &[u8]) {
    let mut access = Access::new(1_530_570_180);
    pieces(input).for_each(|piece| access.push(piece));
    access.finish();
    black_box(access.targets.rows());
}

fn trails(root: &Path) -> Result<Vec<Vec<u8>>> {
    let mut seeds = objects(&files(&root.join("scenarios"), ".json", 200)?, "Records");
    seeds.extend(literals(root, "signals/src/flow")?);
    Ok(seeds)
}

fn trail(input: &[u8]) {
    let (mut records, mut activity) = (Records::default(), Activity::new(1_767_600_120));
    pieces(input).for_each(|piece| records.push(piece, |event| activity.add(event)));
    records.finish(|event| activity.add(event));
    black_box((activity.calls.rows(), activity.actors.rows()));
}

fn logs(root: &Path) -> Result<Vec<Vec<u8>>> {
    let mut seeds = literals(root, "signals/src/logs")?;
    seeds.extend(files(&root.join("crates/policy/tests/data/denials"), "", 99)?);
    Ok(small(seeds))
}

fn log_records(input: &[u8]) {
    for record in record::records(&text(input)) {
        black_box((record.text(), signature::read_record(&record)));
    }
}

fn log_templates(input: &[u8]) {
    let text = text(input);
    let (mut miner, mut comparer) = (Miner::new(), Comparer::new());
    for (number, line) in text.lines().enumerate() {
        miner.add(line);
        let window = if number % 3 == 0 { Window::Baseline } else { Window::Incident };
        comparer.add(window, line, number as u64);
    }
    black_box((miner.templates().list().len(), comparer.compare(60.0, 30.0).is_ok()));
}

fn traces(root: &Path) -> Result<Vec<Vec<u8>>> {
    let mut seeds = files(&root.join("crates/signals/tests/data/traces"), ".json", 9)?;
    seeds.extend(literals(root, "signals/src/traces")?);
    Ok(seeds)
}

fn spans(parsed: Option<Parsed>) {
    let Some(parsed) = parsed else { return };
    let forest = Forest::new(&parsed.spans);
    black_box((forest.self_times(), forest.failing(), edges(&forest)));
}

fn xray_document(input: &[u8]) {
    let text = text(input);
    spans(xray::read(&text).ok());
    let _ = black_box(xray::read_graph(&text));
}

fn expression(input: &[u8]) {
    let text = text(input);
    let _ = black_box(alarm::expression::Expression::parse(&text));
    black_box(metrics::Statistic::parse(&text));
}

/// Diffs are looked at for what their effect may be, and logs for its signs.
fn diffs(input: &[u8]) {
    let text = text(input);
    let (message, diff) = text.split_once('\n').unwrap_or(("", &text));
    let commit = Commit {
        sha: "0a1b".to_owned(),
        at: 900,
        message: message.to_owned(),
        files: vec!["services/cart/main.go".to_owned()],
        diff: Some(diff.to_owned()),
    };
    let record = |line: &str| LogRecord {
        at: 1000,
        service: "cart".to_owned(),
        is_error: true,
        text: line.to_owned(),
        ..LogRecord::default()
    };
    let records = text.lines().take(50).map(record).collect();
    black_box(explain(&Incident { commits: vec![commit], records, ..Incident::default() }));
}

fn alerts(root: &Path) -> Result<Vec<Vec<u8>>> {
    let mut seeds = files(&root.join("scenarios"), "alert.json", 99)?;
    seeds.extend(literals(root, "engine/src/alert")?);
    Ok(seeds)
}

fn alert(input: &[u8]) {
    let query = Query {
        account: String::new(),
        region: String::new(),
        service: "alert".to_owned(),
        operation: String::new(),
        parameters: "{}".into(),
    };
    let text = text(input);
    let evidence = Evidence::new(query, None, Body::Alert(text.as_ref().into()));
    let _ = black_box(butfor_engine::alert::parse(&text, Cites::one(evidence.id())));
}

fn deliveries(root: &Path) -> Result<Vec<Vec<u8>>> {
    let mut seeds = alerts(root)?;
    seeds.extend(literals(root, "intake")?);
    Ok(seeds)
}

/// A body, read in every format and looked at for signatures.
fn delivery(input: &[u8]) {
    let headers = Headers::new([("x-amz-sns-message-type", "Notification")]);
    let delivery = Delivery::new(&headers, input, Timestamp::from_seconds(1_777_728_602));
    for format in Format::ALL {
        let sender = Integration::new("fuzz", format, Auth::Signature, vec![Secret::new("secret")]);
        assert!(butfor_intake::verify(&sender, &delivery).is_err(), "unsigned and taken");
        let _ = black_box(butfor_intake::read(&sender, &delivery));
    }
    let _ = black_box((slack::read(&delivery), sns::certificate_url(input)));
}

/// Small parts of recorded incidents: name to text.
fn bundles(root: &Path) -> Result<Vec<Vec<u8>>> {
    let mut seeds = Vec::new();
    for folder in std::fs::read_dir(root.join("scenarios"))? {
        let folder = folder?.path();
        if !folder.is_dir() {
            continue;
        }
        let mut bundle = BTreeMap::new();
        for name in ["bundle.json", "alert.json", "calls.jsonl", "calls.jsonl.gz"] {
            if let Ok(content) = read(&folder.join(name)) {
                let some = lines(std::slice::from_ref(&content), 12).join(&b'\n');
                let content = if name.starts_with("calls") { some } else { content };
                bundle.insert(name.trim_end_matches(".gz").to_owned(), text(&content).into_owned());
            }
        }
        for (part, end) in [("cloudtrail", ".json"), ("flow-logs", ".log")] {
            let files = files(&folder, end, usize::MAX)?;
            let is_part = |file: &&Vec<u8>| match part {
                "cloudtrail" => {
                    file.starts_with(b"{") && text(file).contains("\"Records\"") && file.len() < 20_000
                }
                _ => true,
            };
            if let Some(content) = files.iter().find(is_part) {
                let content = if part == "cloudtrail" {
                    vec![content.clone()]
                } else {
                    heads(vec![content.clone()], 2000)
                };
                let content = content.concat();
                bundle.insert(format!("{part}/one{end}"), text(&content).into_owned());
            }
        }
        seeds.push(serde_json::to_vec(&bundle)?);
    }
    seeds.sort();
    seeds.retain(|seed| seed.len() < 120_000);
    Ok(seeds)
}

fn bundle(input: &[u8]) -> Option<Bundle> {
    let files = match serde_json::from_slice::<BTreeMap<String, String>>(input) {
        Ok(files) => files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect(),
        Err(_) => BTreeMap::from([("one.json".to_owned(), input.to_vec())]),
    };
    read_files(&Memory(files), Limits { file_bytes: 1 << 20, total_bytes: 4 << 20 }, &mut |_| {}).ok()
}

fn packed_bundles(root: &Path) -> Result<Vec<Vec<u8>>> {
    let pack = |seed: Vec<u8>| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&seed)?;
        Ok(encoder.finish()?)
    };
    bundles(root)?.into_iter().take(20).map(pack).collect()
}

/// Packed bytes as an archive, and as a file of a bundle.
fn packed_bundle(input: &[u8]) {
    if let Ok(memory) = Memory::from_archive(input) {
        black_box(read_files(&memory, Limits::default(), &mut |_| {}).is_ok());
    }
    let names = ["calls.jsonl.gz", "flow-logs/one.log.gz", "cloudtrail/one.json.gz"];
    let files = Memory(names.iter().map(|name| ((*name).to_owned(), input.to_vec())).collect());
    black_box(read_files(&files, Limits { file_bytes: 1 << 20, total_bytes: 4 << 20 }, &mut |_| {}).is_ok());
}

fn assessment(input: &[u8]) {
    if let Some(bundle) = bundle(input) {
        black_box(butfor_engine::assess(&bundle.case));
    }
}
