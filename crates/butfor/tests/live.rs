//! Live investigations against an emulated AWS (`emulator/`): each fault is found, and the plan's commands put back what was there.
//!
//! Skipped, with a line that says so, only where Python is missing.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of a test may stop it")]

#[path = "support/emulator.rs"]
mod emulator;

use emulator::{Emulator, calls};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Nothing is asked for that the printed policy does not allow.
fn assert_in_the_table(calls: &[Value]) {
    for call in calls {
        let (service, operation) = (call["service"].as_str().unwrap(), call["operation"].as_str().unwrap());
        // Files in S3, by names of Butfor's own.
        if !["TrailFiles", "FlowLogRecords"].contains(&operation) {
            assert!(
                butfor_reads::find(service, operation).is_some(),
                "{service} {operation} is in no area of crates/reads"
            );
        }
    }
}

/// The events of the changes that a report blames.
fn blamed(report: &Value) -> Vec<&str> {
    let causes = report["root_causes"].as_array().unwrap();
    causes.iter().filter_map(|cause| cause["change"]["event_name"].as_str()).collect()
}

/// A fault is found, its plan is run, and everything is as it was.
fn check(environment: &str, fault: &str, events: &[&str]) {
    let Some(emulator) = Emulator::up(environment) else { return };
    emulator.snapshot();
    let injected = emulator.inject(fault);
    let alarm = injected["alarm"]["name"].as_str().unwrap();
    let (report, effort) = emulator.investigate(alarm);
    assert_eq!(report["verdict"]["outcome"], "root_cause", "{:#}", report["verdict"]);
    let mut found = blamed(&report);
    found.sort_unstable();
    assert_eq!(found, events, "{}", report["verdict"]["summary"]);
    assert_within_60_calls(&effort);
    emulator.apply(&report);
    emulator.assert_restored();
}

/// `... 58 calls ...`: the aim for a typical incident.
fn assert_within_60_calls(effort: &str) {
    let words: Vec<&str> = effort.split([' ', ',']).collect();
    let place = words.iter().position(|word| *word == "calls").unwrap();
    let calls: u32 = words[place - 1].parse().unwrap();
    assert!(calls <= 60, "{effort}");
}

#[test]
fn a_revoked_rule() {
    check("article", "c1", &["RevokeSecurityGroupIngress"]);
}

#[test]
fn a_deleted_route() {
    check("article", "c2", &["DeleteRoute"]);
}

#[test]
fn an_endpoint_policy_cut_to_three_buckets() {
    check("article", "c3a", &["ModifyVpcEndpoint"]);
}

#[test]
fn an_endpoint_policy_that_denies_everything() {
    check("article", "c3b", &["ModifyVpcEndpoint"]);
}

#[test]
fn an_endpoint_without_subnets() {
    check("article", "c4", &["ModifyVpcEndpoint"]);
}

#[test]
fn an_attachment_in_the_wrong_table() {
    check("transit", "c5", &["AssociateTransitGatewayRouteTable"]);
}

#[test]
fn a_concurrency_of_zero() {
    check("ledger", "c6a", &["PutFunctionConcurrency"]);
}

#[test]
fn a_variable_taken_away() {
    check("ledger", "c6b", &["UpdateFunctionConfiguration"]);
}

#[test]
fn a_role_swapped() {
    check("ledger", "c6c", &["UpdateFunctionConfiguration"]);
}

#[test]
fn three_faults_behind_one_alarm() {
    check(
        "ledger",
        "c6",
        &["PutFunctionConcurrency", "UpdateFunctionConfiguration", "UpdateFunctionConfiguration"],
    );
}

#[test]
fn an_alarm_set_by_hand_is_no_fault() {
    let Some(emulator) = Emulator::up("article") else { return };
    let injected = emulator.inject("nc1");
    let (report, _) = emulator.investigate(injected["alarm"]["name"].as_str().unwrap());
    assert_eq!(report["verdict"]["outcome"], "no_fault", "{:#}", report["verdict"]);
}

#[test]
fn a_recording_replays_to_the_same_report() {
    let Some(emulator) = Emulator::up("article") else { return };
    let injected = emulator.inject("c2");
    let out = emulator.folder.path().join("incident");
    let alarm = injected["alarm"]["name"].as_str().unwrap();
    let recorded =
        emulator.butfor(&["record", "--alarm", alarm, "--format", "json", "--out", out.to_str().unwrap()]);
    assert!(recorded.status.success(), "{}", String::from_utf8_lossy(&recorded.stderr));
    let mut replayed = Command::new(env!("CARGO_BIN_EXE_butfor"));
    let replayed = replayed.args(["investigate", "--format", "json"]).arg(&out).output().unwrap();
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    let lines = |output: &[u8]| -> Vec<String> {
        let text = String::from_utf8(output.to_vec()).unwrap();
        text.lines().filter(|line| !line.contains("\"duration_ms\"")).map(str::to_owned).collect()
    };
    assert_eq!(lines(&recorded.stdout), lines(&replayed.stdout));
    // No secret of the credentials is in the bundle.
    let secret = emulator.facts["credentials"]["secret_access_key"].as_str().unwrap();
    let calls = std::fs::read_to_string(out.join("calls.jsonl")).unwrap();
    assert!(!calls.contains(secret));
    assert_in_the_table(&self::calls(&out));
}

#[test]
fn a_large_log_group_is_queried() {
    let Some(emulator) = Emulator::up("article") else { return };
    let group = emulator.facts["resources"]["log_group"].as_str().unwrap();
    let size = json!({"account": emulator.facts["home_account"], "region": "us-east-1", "group": group, "bytes": 10_000_000_000_000_u64});
    emulator.control("PUT", "log-group-size", &size);
    let injected = emulator.inject("c1");
    let (report, calls) = emulator.record(injected["alarm"]["name"].as_str().unwrap());
    assert_eq!(blamed(&report), ["RevokeSecurityGroupIngress"], "{:#}", report["gaps"]);
    let of = |operation: &str| {
        let asks =
            |call: &&Value| call["operation"] == operation && call["parameters"]["logGroupName"] == group;
        calls.iter().filter(asks).collect::<Vec<_>>()
    };
    assert!(of("FilterLogEvents").is_empty());
    let found = of("StartQuery");
    assert!(found.iter().all(|call| call["output"]["status"] == "Complete") && found.len() == 2, "{found:?}");
    assert!(
        found.iter().any(|call| call["output"]["results"][0].to_string().contains("ETIMEDOUT")),
        "{found:?}"
    );
    assert_in_the_table(&calls);
}

/// Of an application, the log groups among its parts are read and no other; the application is the one that the alarm names a part of.
#[test]
fn the_logs_of_the_alarm_s_application_are_read() {
    let Some(emulator) = Emulator::up("article") else { return };
    let group = emulator.facts["resources"]["log_group"].as_str().unwrap();
    let injected = emulator.inject("c1");
    let arn = format!("arn:aws:logs:us-east-1:123456789012:log-group:{group}");
    emulator.answers(
        "resourcegroupstaggingapi",
        "GetResources",
        json!({"ResourceTagMappingList": [{"ResourceARN": arn}]}),
    );
    let config = emulator.folder.path().join("butfor.toml");
    let text = "[[applications]]\nname = \"web\"\ntags = { app = \"web\" }\n\n[budgets]\npages = 20\nbytes = \"32 MiB\"\n";
    std::fs::write(&config, text).unwrap();
    let out = emulator.folder.path().join("recorded");
    let (alarm, out) = (injected["alarm"]["name"].as_str().unwrap(), out.to_str().unwrap());
    let recorded = emulator.butfor(&[
        "record",
        "--alarm",
        alarm,
        "--format",
        "json",
        "--out",
        out,
        "--config",
        config.to_str().unwrap(),
    ]);
    let report: Value = serde_json::from_slice(&recorded.stdout).unwrap();
    assert_eq!(blamed(&report), ["RevokeSecurityGroupIngress"], "{:#}", report["gaps"]);
    let calls = calls(Path::new(out));
    let read: Vec<&Value> = calls
        .iter()
        .filter(|call| call["operation"] == "FilterLogEvents")
        .map(|call| &call["parameters"]["logGroupName"])
        .collect();
    assert!(!read.is_empty() && read.iter().all(|name| *name == group), "{read:?}");
}

/// Without a snapshot, what AWS Config recorded is enough to put back what was there.
#[test]
fn old_values_come_from_aws_config() {
    let Some(emulator) = Emulator::up("article") else { return };
    let resources = &emulator.facts["resources"];
    let table = resources["private_route_table"].as_str().unwrap();
    let injected = emulator.inject("c2");
    let on = json!({"ConfigurationRecordersStatus": [{"name": "default", "recording": true}]});
    emulator.answers("config", "DescribeConfigurationRecorderStatus", on);
    let route = |to: &str, member: &str, via: &Value| json!({"destinationCidrBlock": to, member: via, "origin": "CreateRoute", "state": "active"});
    let configuration = json!({"routeTableId": table, "vpcId": resources["vpc"], "associations": null, "routes": [
        route("10.0.0.0/16", "gatewayId", &json!("local")), route("0.0.0.0/0", "natGatewayId", &resources["nat"])]});
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let item = json!({"version": "1.3", "configurationItemStatus": "OK", "configurationItemCaptureTime": now - 24 * 3600,
        "resourceType": "AWS::EC2::RouteTable", "resourceId": table, "configuration": configuration.to_string()});
    emulator.answers("config", "GetResourceConfigHistory", json!({"configurationItems": [item]}));
    let (report, calls) = emulator.record(injected["alarm"]["name"].as_str().unwrap());
    assert_eq!(blamed(&report), ["DeleteRoute"], "{:#}", report["gaps"]);
    assert_in_the_table(&calls);
    emulator.apply(&report);
    emulator.assert_restored();
}

/// Where nothing of the account's own fails, AWS Health is asked: without a support plan that is a gap, with one an entry.
#[test]
fn aws_health_is_told_where_nothing_else_fails() {
    let Some(emulator) = Emulator::up("article") else { return };
    let injected = emulator.inject("nc1");
    let alarm = injected["alarm"]["name"].as_str().unwrap();
    let (report, _) = emulator.investigate(alarm);
    let gaps = report["gaps"].as_array().unwrap();
    let health = gaps.iter().find(|gap| gap["what"].as_str().unwrap().starts_with("health ")).unwrap();
    assert!(health["remedy"].as_str().unwrap().contains("Business"), "{health}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let event = json!({"arn": "arn:aws:health:us-east-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/1", "service": "EC2", "region": "us-east-1",
        "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE", "eventTypeCategory": "issue", "startTime": now - 1800, "statusCode": "open"});
    emulator.answers("health", "DescribeEvents", json!({"events": [event]}));
    let details = json!({"successfulSet": [{"event": event, "eventDescription": {"latestDescription": "Increased error rates."}}]});
    emulator.answers("health", "DescribeEventDetails", details);
    emulator.answers("health", "DescribeAffectedEntities", json!({"entities": []}));
    let (report, _) = emulator.investigate(alarm);
    let timeline = report["timeline"].as_array().unwrap();
    let told = timeline.iter().find(|entry| entry["kind"] == "health").unwrap();
    assert!(told["text"].as_str().unwrap().ends_with("open: Increased error rates."), "{told}");
}

/// Where something in question is traced, the traces of failing requests are read.
#[test]
fn traces_are_read_where_a_stage_is_traced() {
    let Some(emulator) = Emulator::up("ledger") else { return };
    let injected = emulator.inject("c6b");
    let stages = json!({"item": [{"stageName": "prod", "deploymentId": "d", "tracingEnabled": true}]});
    emulator.answers("apigateway", "GetStages", stages);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let id = "1-5759e988-bd862e3fe1be46a994272793";
    let segment = json!({"id": "53995c3f42cd8ad8", "trace_id": id, "name": "ledger-api", "start_time": now - 60.0, "end_time": now - 59.0,
        "fault": true, "http": {"response": {"status": 502}}});
    emulator.answers("xray", "GetServiceGraph", json!({"Services": []}));
    emulator.answers("xray", "GetTraceSummaries", json!({"TraceSummaries": [{"Id": id, "HasFault": true}]}));
    let traces = json!({"Traces": [{"Id": id, "Segments": [{"Id": "53995c3f42cd8ad8", "Document": segment.to_string()}]}], "UnprocessedTraceIds": []});
    emulator.answers("xray", "BatchGetTraces", traces);
    let (report, calls) = emulator.record(injected["alarm"]["name"].as_str().unwrap());
    assert_eq!(blamed(&report), ["UpdateFunctionConfiguration"], "{:#}", report["gaps"]);
    let symptoms = report["symptoms"].as_array().unwrap();
    assert!(
        symptoms.iter().any(|symptom| symptom["text"].to_string().contains("errors begin in ledger-api")),
        "{symptoms:#?}"
    );
    assert_in_the_table(&calls);
}

#[test]
fn changes_are_read_from_a_trails_files() {
    let Some(emulator) = Emulator::up("article") else { return };
    let injected = emulator.inject("c2");
    emulator.control("POST", "deliver-trail", &json!({}));
    let config = emulator.folder.path().join("butfor.toml");
    let bucket = emulator.facts["resources"]["trail_bucket"].as_str().unwrap();
    std::fs::write(&config, format!("[trail]\nbucket = \"{bucket}\"\n")).unwrap();
    // LookupEvents is denied: what is known of the change is in the files.
    emulator.control("PUT", "faults", &json!({"always": {"cloudtrail": "denied"}}));
    let alarm = injected["alarm"]["name"].as_str().unwrap();
    let config = config.to_str().unwrap();
    let found = emulator.butfor(&["investigate", "--alarm", alarm, "--format", "json", "--config", config]);
    let report: Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(blamed(&report), ["DeleteRoute"], "{:#}", report["gaps"]);
}

#[test]
fn with_every_third_call_failing_nothing_wrong_is_said() {
    let Some(emulator) = Emulator::up("article") else { return };
    let injected = emulator.inject("c1");
    let alarm = injected["alarm"]["name"].as_str().unwrap();
    for kinds in [
        json!(["denied"]),
        json!(["throttled", "error"]),
        json!(["cut"]),
        json!(["denied", "throttled", "error", "cut"]),
    ] {
        emulator.control("PUT", "faults", &json!({"every_nth": 3, "kinds": kinds}));
        let found = emulator.butfor(&["investigate", "--alarm", alarm, "--format", "json"]);
        let stderr = String::from_utf8_lossy(&found.stderr).into_owned();
        if !found.status.success() {
            // The alarm itself could not be read: said, and nothing else.
            assert!(found.stdout.is_empty() && stderr.contains("error"), "{stderr}");
            continue;
        }
        let report: Value = serde_json::from_slice(&found.stdout).unwrap();
        match report["verdict"]["outcome"].as_str().unwrap() {
            "root_cause" => assert_eq!(blamed(&report), ["RevokeSecurityGroupIngress"], "{kinds}"),
            outcome => {
                assert!(["undetermined", "competing"].contains(&outcome), "{kinds}: {outcome}");
                assert!(!report["gaps"].as_array().unwrap().is_empty(), "{kinds}: no gap is told");
            }
        }
    }
}

#[test]
fn the_printed_policy_is_enough_and_a_denied_call_is_a_gap() {
    let Some(emulator) = Emulator::up("article") else { return };
    let injected = emulator.inject("c1");
    let alarm = injected["alarm"]["name"].as_str().unwrap();
    let printed =
        Command::new(env!("CARGO_BIN_EXE_butfor")).args(["iam-policy", "--format", "json"]).output().unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let statements = |lost: &str| -> Value {
        let mut all = Vec::new();
        statements_in(&printed["policies"], &mut all);
        for statement in &mut all {
            if let Some(actions) = statement["Action"].as_array_mut() {
                actions.retain(|action| action != lost);
            }
        }
        json!({"Version": "2012-10-17", "Statement": all})
    };
    let home = emulator.facts["home_account"].as_str().unwrap();
    let role = |document: Value| {
        emulator.control(
            "PUT",
            "role-policy",
            &json!({"account": home, "role": "butfor-read", "document": document}),
        );
    };
    role(statements(""));
    emulator.control("PUT", "enforcement", &json!({"enabled": true}));
    let denied = |report: &Value| -> Vec<String> {
        let gaps = report["gaps"].as_array().unwrap().iter();
        gaps.filter(|gap| gap["reason"] == "denied").map(|gap| gap["remedy"].to_string()).collect()
    };
    let (report, _) = emulator.investigate(alarm);
    assert_eq!(blamed(&report), ["RevokeSecurityGroupIngress"]);
    assert_eq!(denied(&report), Vec::<String>::new(), "the policy is not enough");
    role(statements("ec2:DescribeSecurityGroups"));
    let (report, _) = emulator.investigate(alarm);
    assert!(
        denied(&report).iter().any(|remedy| remedy.contains("ec2:DescribeSecurityGroups")),
        "{:#}",
        report["gaps"]
    );
}

/// Every statement of the policies that were printed.
fn statements_in(value: &Value, all: &mut Vec<Value>) {
    match value {
        Value::Object(members) if members.contains_key("Effect") => all.push(value.clone()),
        Value::Object(members) => members.values().for_each(|member| statements_in(member, all)),
        Value::Array(items) => items.iter().for_each(|item| statements_in(item, all)),
        _ => {}
    }
}
