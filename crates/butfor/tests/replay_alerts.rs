//! `butfor replay-alerts` as a person or a script meets it.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may stop it")]

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Exit code, standard output, standard error.
fn replay(file: &Path, more: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_butfor"));
    command.arg("replay-alerts").arg(file).args(more).stdin(Stdio::null()).env_remove("CLICOLOR_FORCE");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn replayed(file: &Path, more: &[&str]) -> (i32, Value) {
    let (code, out, err) = replay(file, &[more, &["--format", "json"]].concat());
    assert!(out.starts_with('{'), "{out}{err}");
    (code, serde_json::from_str(&out).unwrap())
}

/// An EventBridge event at a second of one hour.
fn event(name: &str, second: u32, state: &str, dimensions: &Value) -> Value {
    let time = format!("2026-05-02T13:{:02}:{:02}Z", second / 60, second % 60);
    json!({
        "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch", "account": "111122223333",
        "region": "eu-west-1", "time": time,
        "resources": [format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}")],
        "detail": {"alarmName": name, "state": {"value": state, "timestamp": time},
            "configuration": {"metrics": [{"metricStat": {"metric":
                {"namespace": "App", "name": "Errors", "dimensions": dimensions}}}]}},
    })
}

fn of(service: &str) -> Value {
    json!({"Service": service})
}

fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

#[test]
fn a_bad_line_is_named_and_loses_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alerts.jsonl");
    let sns = json!({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Timestamp": "2026-05-02T13:00:30Z",
        "Message": json!({"AlarmName": "orders-slow", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-slow",
            "NewStateValue": "ALARM", "StateChangeTime": "2026-05-02T13:00:30.000+0000", "AWSAccountId": "111122223333",
            "Trigger": {"MetricName": "Errors", "Namespace": "App", "Dimensions": [{"name": "Service", "value": "orders"}]}}).to_string()});
    let mut muted = event("muted", 40, "ALARM", &of("orders"));
    muted["detail"]["state"]["actionsSuppressedBy"] = json!("maintenance");
    let text = lines(&[
        event("orders-errors", 0, "ALARM", &of("orders")),
        json!({"received_at": "2026-05-02T13:01:00Z", "body": event("orders-late", 2, "ALARM", &of("orders"))}),
        json!({"received_at": "2026-05-02T13:01:01Z", "body": event("orders-later", 3, "ALARM", &of("orders"))}),
        json!({"received_at": "2026-05-02T13:00:05Z", "is_test": true, "body": event("drill", 3, "ALARM", &of("orders"))}),
        sns,
        muted,
        event("orders-errors", 70, "OK", &of("orders")),
        event("nobody", 71, "OK", &of("orders")),
    ]);
    fs::write(&file, format!("{{not json\n{text}{{\"what\": 1}}\n")).unwrap();
    let (code, result) = replayed(&file, &[]);
    assert_eq!(code, 2);
    assert_eq!(
        result["counts"],
        json!({"alarms": 8, "incidents": 3, "linked": 3, "skipped": 2, "unreadable": 2})
    );
    let unreadable: Vec<_> =
        result["unreadable"].as_array().unwrap().iter().map(|one| &one["line"]).collect();
    assert_eq!(unreadable, [1, 10]);
    let first = &result["incidents"][0];
    let names: Vec<_> =
        first["alarms"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["orders-errors", "orders-slow", "orders-late", "orders-errors"]);
    assert_eq!(first["alarms"][2]["rule"], "same_application");
    assert_eq!(first["alarms"][2]["place"], "alerts.jsonl:3");
    assert!(first["alarms"][2]["reason"].as_str().unwrap().contains("60 s after its first alarm"));
    assert_eq!(result["incidents"][1]["alarms"][0]["is_test"], true);
    assert!(result["incidents"][2]["alarms"][0]["reason"].as_str().unwrap().contains("61 s after"));
    assert_eq!(result["skipped"][0]["state"], "suppressed");

    let (code, out, err) = replay(&file, &["--format", "text"]);
    assert_eq!(code, 2);
    assert!(out.contains("8 alarms: 3 incidents, 3 linked, 2 skipped, 2 unreadable"), "{out}");
    assert!(
        out.contains("same_application: same application `orders` as alarm `orders-errors` of incident 1"),
        "{out}"
    );
    assert!(err.contains("alerts.jsonl") && err.contains("10"), "{err}");
}

#[test]
fn a_thousand_alarms_of_one_fault_are_one_incident_and_repeats_become_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("storm.json");
    let storm: Vec<Value> =
        (0..1000).map(|n| event(&format!("a-{n}"), n * 60 / 1000, "ALARM", &of("orders"))).collect();
    fs::write(&file, Value::from(storm).to_string()).unwrap();
    let (code, result) = replayed(&file, &[]);
    assert_eq!(
        (code, &result["counts"]["incidents"], &result["counts"]["linked"]),
        (0, &json!(1), &json!(999))
    );
    let alarms = result["incidents"][0]["alarms"].as_array().unwrap();
    assert!(alarms.iter().skip(1).all(|one| one["reason"].as_str().unwrap().contains("of incident 1")));

    let again = [0, 20 * 60, 50 * 60].map(|second| event("a", second, "ALARM", &of("orders")));
    fs::write(&file, lines(&again)).unwrap();
    assert_eq!(replayed(&file, &[]).1["counts"]["incidents"], 1);
    assert_eq!(replayed(&file, &["--close-after", "25m"]).1["counts"]["incidents"], 2);
    // Back to OK: held for ten minutes.
    let flapping = [(0, "ALARM"), (60, "OK"), (300, "ALARM"), (310, "OK"), (911, "ALARM")];
    fs::write(&file, lines(&flapping.map(|(second, state)| event("a", second, state, &of("orders")))))
        .unwrap();
    assert_eq!(replayed(&file, &[]).1["counts"]["incidents"], 2);
}

#[test]
fn a_topology_tells_what_names_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let alerts = folder.path().join("alerts");
    fs::create_dir_all(alerts.join("may")).unwrap();
    let on =
        |name: &str, second, instance: &str| event(name, second, "ALARM", &json!({"InstanceId": instance}));
    fs::write(alerts.join("may/1.json"), on("x-cpu", 0, "i-1").to_string()).unwrap();
    fs::write(alerts.join("may/2.jsonl"), lines(&[on("y-disk", 9, "i-2")])).unwrap();
    let topology = folder.path().join("topology/111122223333/eu-west-1");
    fs::create_dir_all(&topology).unwrap();
    let instance = |id: &str| {
        json!({"InstanceId": id, "State": {"Name": "running"},
        "Tags": [{"Key": "aws:cloudformation:stack-name", "Value": "shop"}]})
    };
    let answer = json!({"Reservations": [{"Instances": [instance("i-1"), instance("i-2")]}]});
    fs::write(topology.join("Reservations.json"), answer.to_string()).unwrap();
    assert_eq!(replayed(&alerts, &[]).1["counts"]["incidents"], 2);
    let path = folder.path().join("topology");
    let (code, result) = replayed(&alerts, &["--topology", path.to_str().unwrap()]);
    assert_eq!((code, &result["counts"]["incidents"]), (0, &json!(1)));
    assert!(
        result["incidents"][0]["alarms"][1]["reason"].as_str().unwrap().contains("same application `shop`")
    );
}

#[test]
fn what_is_not_there_is_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("missing.jsonl"), folder.path().to_path_buf()] {
        let (code, out, err) = replay(&path, &[]);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains("error"), "{err}");
    }
    let file = folder.path().join("broken.json");
    fs::write(&file, "[\n{},\n").unwrap();
    let (code, result) = replayed(&file, &[]);
    assert_eq!((code, &result["unreadable"][0]["line"]), (2, &json!(3)));
}
