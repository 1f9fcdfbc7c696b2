//! Redacted incidents: nothing of the original is left in them, and they are investigated to the same end.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "the helpers of a test may stop it"
)]

use butfor_adapters::bundle::{self, Limits, Memory, RawFormat};
use butfor_incident::Assessment;
use butfor_redact::{Key, Kind, Survey};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every recorded scenario.
fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut all: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.join("bundle.json").is_file());
    all.sort();
    all
}

fn kind(format: RawFormat) -> Kind {
    match format {
        RawFormat::Json => Kind::Json,
        RawFormat::JsonLines => Kind::Lines,
        RawFormat::Table => Kind::Table,
    }
}

/// Files before and after.
fn redact(path: &Path, seed: &str) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let raw = bundle::raw(path).unwrap();
    let mut survey = Survey::new(Key::new(seed.as_bytes()));
    for file in &raw.files {
        survey.file_name(&file.name);
        assert_eq!(survey.look(kind(file.format), &file.text), []);
    }
    let redactor = survey.finish();
    let after = raw
        .files
        .iter()
        .map(|file| (redactor.file_name(&file.name), redactor.rewrite(kind(file.format), &file.text)));
    let after = after.collect();
    (raw.files.into_iter().map(|file| (file.name, file.text)).collect(), after)
}

fn assess(files: &BTreeMap<String, String>) -> Assessment {
    let memory = Memory(files.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())).collect());
    let bundle = bundle::read_files(&memory, Limits::default(), &mut |_| {}).unwrap();
    butfor_engine::assess(&bundle.case)
}

/// What must be the same: outcome, causes by grade, defect, code, type and the kind of component; the plan's shape.
fn shape(assessment: &Assessment) -> Vec<String> {
    let report: Value = serde_json::from_str(&butfor_report::json(assessment, 0)).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut lines = vec![text(&report["verdict"]["outcome"])];
    for list in ["root_causes", "contributing", "competing"] {
        let causes = report[list].as_array().cloned().unwrap_or_default();
        let mut rows: Vec<_> = causes
            .iter()
            .map(|cause| {
                let component = text(&cause["component"]);
                let first =
                    component.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_owned();
                format!(
                    "{list}: {} {} {} {} {first} by {} affects {}",
                    text(&cause["grade"]),
                    text(&cause["defect"]),
                    text(&cause["code"]),
                    text(&cause["resource"]["type"]),
                    text(&cause["change"]["event_name"]),
                    cause["affected"].as_array().map_or(0, Vec::len)
                )
            })
            .collect();
        rows.sort();
        lines.extend(rows);
    }
    lines.push(format!("plan: {}", text(&report["plan"]["status"])));
    let steps = report["plan"]["steps"].as_array().cloned().unwrap_or_default();
    for phase in ["prepare", "pre_validate", "apply", "post_validate", "rollback"] {
        let count = steps.iter().filter(|step| step["phase"] == phase && step["command"].is_string()).count();
        lines.push(format!("{phase}: {count}"));
    }
    lines
}

/// Takes a member's name, its text, and what stands beside it.
type Found<'a> = dyn FnMut(&str, &str, &serde_json::Map<String, Value>) + 'a;

/// Values of members anywhere in a document, also in documents within texts.
fn members(value: &Value, name: &str, found: &mut Found<'_>, beside: &serde_json::Map<String, Value>) {
    match value {
        Value::Object(inner) => inner.iter().for_each(|(key, value)| members(value, key, found, inner)),
        Value::Array(items) => items.iter().for_each(|item| members(item, name, found, beside)),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner) if inner.is_object() => members(&inner, name, found, beside),
            _ => found(name, text, beside),
        },
        _ => {}
    }
}

/// What must not be anywhere afterwards: accounts, addresses that belong to somebody, names, values of variables.
fn originals(files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let names = [
        "functionName",
        "FunctionName",
        "DBInstanceIdentifier",
        "LoadBalancerName",
        "TargetGroupName",
        "RoleName",
        "roleName",
        "UserName",
        "userName",
        "roleSessionName",
        "AlarmName",
        "alarmName",
        "BucketName",
        "bucketName",
        "Bucket",
        "TableName",
        "tableName",
        "StackName",
        "stackName",
        "logGroupName",
        "GroupName",
        "TopicName",
        "QueueName",
        "serviceName",
        "clusterName",
        "Email",
    ];
    let mut found = |name: &str, text: &str, beside: &serde_json::Map<String, Value>| {
        let is_tag = matches!(name, "Value" | "value")
            && beside.get("Key").or(beside.get("key")).is_some_and(|key| key == "Name");
        if is_tag || names.contains(&name) {
            all.insert(text.to_owned());
        }
        let is_public =
            matches!(name, "sourceIPAddress" | "PublicIp" | "PublicIpAddress" | "NatGatewayAddress");
        let is_address = text.parse::<std::net::IpAddr>().is_ok();
        if is_public
            && is_address
            && !["192.0.2.", "198.51.100.", "203.0.113."].iter().any(|known| text.starts_with(known))
        {
            all.insert(text.to_owned());
        }
        if name == "accessKeyId" || matches!(name, "principalId") {
            all.extend(text.split(':').map(str::to_owned));
        }
        for part in text.split(|c: char| !c.is_ascii_alphanumeric() && !".-".contains(c)) {
            let part = part.trim_end_matches('.');
            if part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit()) {
                all.insert(part.to_owned());
            }
            if let Ok(address) = part.parse::<std::net::Ipv4Addr>()
                && address.is_private()
            {
                all.insert(part.to_owned());
            }
            let is_id = part.rsplit_once('-').is_some_and(|(head, hex)| {
                head.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
                    && hex.len() == 17
                    && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
            });
            // Prefix lists of AWS are the same for everybody.
            if is_id && !part.starts_with("pl-") {
                all.insert(part.to_owned());
            }
        }
    };
    for text in files.values() {
        for line in text.lines().chain([text.as_str()]) {
            if let Ok(value) = serde_json::from_str::<Value>(line) {
                members(&value, "", &mut found, &serde_json::Map::new());
            }
        }
    }
    all
}

/// Names of one word in the scenarios that are nobody's own.
const COMMON: &[&str] = &["default", "backend", "health", "nginx", "ping"];

/// Names that are AWS's, or are single words that everybody uses; whole blocks of private addresses.
fn is_everybodys(text: &str) -> bool {
    // One word of the vocabulary names a thing in every account.
    let is_word = COMMON.contains(&text.to_lowercase().as_str());
    let is_block = ["10.0.0.0", "172.16.0.0", "192.168.0.0"].contains(&text);
    text.len() < 4
        || is_word
        || is_block
        || text.starts_with("AWSServiceRole")
        || text.starts_with("AWSConfig")
        || text.starts_with("AWSCloudFormation")
        || text.starts_with("aws")
        || text.contains("amazonaws.com")
}

/// Originals that are still somewhere in a redacted incident, with what is around them.
fn leaks(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let whole: String = after.iter().map(|(name, text)| format!("{name}\n{text}\n")).collect();
    let leak = |original: String| {
        let at = whole.match_indices(original.as_str()).find(|(at, _)| {
            let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
            is_edge(whole[..*at].chars().next_back()) && is_edge(whole[at + original.len()..].chars().next())
        });
        let (at, _) = at?;
        let around = &whole.as_bytes()[at.saturating_sub(60)..(at + original.len() + 30).min(whole.len())];
        Some(format!("`{original}` in {}", String::from_utf8_lossy(around)))
    };
    originals(before).into_iter().filter(|original| !is_everybodys(original)).filter_map(leak).collect()
}

/// Redacts every second scenario, and says what is wrong with the results.
fn check_scenarios(half: usize) {
    let mut wrong = Vec::new();
    for scenario in scenarios().iter().skip(half).step_by(2) {
        let name = scenario.file_name().unwrap().to_string_lossy();
        let (before, after) = redact(scenario, "some seed");
        wrong.extend(leaks(&before, &after).into_iter().map(|leak| format!("{name}: {leak}")));
        let (expected, found) = (shape(&assess(&before)), shape(&assess(&after)));
        if expected != found {
            wrong.push(format!("{name}:\n  {}\n  {}", expected.join("; "), found.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

// Two halves, as two processors do them in half the time.
#[test]
fn the_verdict_survives_and_nothing_of_the_original_is_left() {
    check_scenarios(0);
}

#[test]
fn the_verdict_survives_and_nothing_of_the_original_is_left_in_the_other_half() {
    check_scenarios(1);
}

/// Exit code, standard output, standard error of `butfor redact`.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_butfor"))
        .arg("redact")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn demo(folder: &Path) -> PathBuf {
    let incident = folder.join("incident");
    fs::create_dir_all(&incident).unwrap();
    fs::write(
        incident.join("bundle.json"),
        r#"{"format": "butfor-bundle/1", "as_of": "2026-05-02T13:37:00Z"}"#,
    )
    .unwrap();
    let call = r#"{"at":"2026-05-02T13:31:05Z","account":"111122223333","region":"us-east-1","service":"ec2","operation":"DescribeVpcs","parameters":{},"output":{"Vpcs":[{"VpcId":"vpc-0f5d7231cea4e6334","CidrBlock":"10.4.0.0/16","Tags":[{"Key":"Name","Value":"payments"}]}]}}"#;
    fs::write(incident.join("calls.jsonl"), format!("{call}\n")).unwrap();
    incident
}

#[test]
fn a_folder_is_redacted() {
    let place = tempfile::tempdir().unwrap();
    let incident = demo(place.path());
    fs::write(incident.join("truth.json"), "{}").unwrap();
    fs::write(incident.join("notes.txt"), "payments").unwrap();
    let path = |name: &str| place.path().join(name).to_string_lossy().into_owned();
    let (code, out, error) = run(&[&path("incident"), "--out", &path("one"), "--seed", "s"]);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("files: 2; replaced accounts: 1, words of names: 1, secrets: 0"), "{out}");
    for name in ["truth.json", "notes.txt"] {
        assert!(error.contains(name) && error.starts_with("note: left out"), "{error}");
        assert!(!place.path().join("one").join(name).exists());
    }
    let calls = |name: &str| fs::read_to_string(place.path().join(name).join("calls.jsonl")).unwrap();
    for gone in ["111122223333", "payments", "vpc-0f5d7231cea4e6334", "10.4.0.0"] {
        assert!(!calls("one").contains(gone), "{gone}");
    }
    // The same seed gives the same bytes; without one, chance gives others.
    assert_eq!(run(&[&path("incident"), "--out", &path("two"), "--seed", "s"]).0, 0);
    assert_eq!(run(&[&path("incident"), "--out", &path("three")]).0, 0);
    assert_eq!(calls("one"), calls("two"));
    assert_ne!(calls("one"), calls("three"));
}

#[test]
fn bad_input_is_told() {
    let place = tempfile::tempdir().unwrap();
    let incident = demo(place.path());
    let path = |name: &str| place.path().join(name).to_string_lossy().into_owned();
    for (arguments, expected) in [
        (vec![path("gone"), "--out".to_owned(), path("out")], "cannot read"),
        (vec![path("incident"), "--out".to_owned(), path("incident")], "is there already"),
        (vec![path("incident"), "--out".to_owned(), path("no/such/out")], "nothing was written"),
        (vec![path("incident")], "--out"),
    ] {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let (code, _, error) = run(&arguments);
        assert_eq!(code, 2, "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
        assert!(!place.path().join("out").exists());
    }
    let calls = fs::read_to_string(incident.join("calls.jsonl")).unwrap();
    fs::write(incident.join("calls.jsonl"), format!("{{broken payments\n{calls}")).unwrap();
    let (code, _, error) = run(&[&path("incident"), "--out", &path("out")]);
    assert_eq!(code, 2);
    assert!(error.contains("calls.jsonl line 1: not JSON"), "{error}");
    assert_eq!(fs::read_to_string(place.path().join("out/calls.jsonl")).unwrap().lines().count(), 1);
}
