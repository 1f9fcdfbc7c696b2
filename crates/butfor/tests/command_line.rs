//! The command line as a person or a script meets it: streams, exit codes, bad input.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may stop it")]

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn butfor(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_butfor"));
    command.args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").stdin(Stdio::null());
    command
}

/// Exit code, standard output, standard error.
fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn run_with_input(command: &mut Command, input: &str) -> (i32, String, String) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// One VPC, two instances in one subnet; the second takes tcp/443 from the first's address only.
fn network() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("111122223333/us-east-1");
    fs::create_dir_all(&inner).unwrap();
    let interface = |n: u8, group: &str| {
        format!(
            r#"{{"NetworkInterfaceId":"eni-{n}","VpcId":"vpc-1","SubnetId":"subnet-1","PrivateIpAddress":"10.0.1.{n}","SourceDestCheck":true,"Status":"in-use","Groups":[{{"GroupId":"{group}"}}],"PrivateIpAddresses":[{{"Primary":true,"PrivateIpAddress":"10.0.1.{n}"}}],"Attachment":{{"InstanceId":"i-{n}","Status":"attached"}}}}"#
        )
    };
    let group = |id: &str, inbound: &str| {
        format!(
            r#"{{"GroupId":"{id}","VpcId":"vpc-1","IpPermissions":[{inbound}],"IpPermissionsEgress":[{{"IpProtocol":"-1","IpRanges":[{{"CidrIp":"0.0.0.0/0"}}]}}]}}"#
        )
    };
    let https = r#"{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"IpRanges":[{"CidrIp":"10.0.1.4/32"}]}"#;
    let instance = |n: u8| {
        format!(
            r#"{{"InstanceId":"i-{n}","VpcId":"vpc-1","SubnetId":"subnet-1","State":{{"Name":"running"}},"NetworkInterfaces":[{{"NetworkInterfaceId":"eni-{n}"}}]}}"#
        )
    };
    let files = [
        ("Vpcs", r#"{"VpcId":"vpc-1","CidrBlock":"10.0.0.0/16","CidrBlockAssociationSet":[{"CidrBlock":"10.0.0.0/16","CidrBlockState":{"State":"associated"}}]}"#.to_owned()),
        ("Subnets", r#"{"SubnetId":"subnet-1","VpcId":"vpc-1","CidrBlock":"10.0.1.0/24","AvailabilityZone":"us-east-1a"}"#.to_owned()),
        ("RouteTables", r#"{"RouteTableId":"rtb-1","VpcId":"vpc-1","Associations":[{"Main":true,"RouteTableId":"rtb-1"}],"Routes":[{"DestinationCidrBlock":"10.0.0.0/16","GatewayId":"local","State":"active"}]}"#.to_owned()),
        ("NetworkAcls", r#"{"NetworkAclId":"acl-1","VpcId":"vpc-1","IsDefault":true,"Associations":[{"SubnetId":"subnet-1"}],"Entries":[{"Egress":true,"Protocol":"-1","RuleAction":"allow","RuleNumber":100,"CidrBlock":"0.0.0.0/0"},{"Egress":false,"Protocol":"-1","RuleAction":"allow","RuleNumber":100,"CidrBlock":"0.0.0.0/0"}]}"#.to_owned()),
        ("SecurityGroups", [group("sg-4", ""), group("sg-5", https)].join(",")),
        ("NetworkInterfaces", [interface(4, "sg-4"), interface(5, "sg-5")].join(",")),
    ];
    for (key, resources) in files {
        fs::write(inner.join(format!("{key}.json")), format!(r#"{{"{key}":[{resources}]}}"#)).unwrap();
    }
    let instances = [instance(4), instance(5)].join(",");
    fs::write(
        inner.join("Reservations.json"),
        format!(r#"{{"Reservations":[{{"Instances":[{instances}]}}]}}"#),
    )
    .unwrap();
    folder
}

fn path(folder: &TempDir) -> &str {
    folder.path().to_str().unwrap()
}

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let (code, help, _) = run(&mut butfor(&["--help"]));
    assert_eq!(code, 0);
    for word in ["investigate", "trace", "changes", "demo", "completions", "Exit codes: 0"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    for command in ["investigate", "trace", "changes", "completions"] {
        let (code, help, _) = run(&mut butfor(&[command, "--help"]));
        assert!(code == 0 && help.contains("Examples:"), "{help}");
    }
}

#[test]
fn wrong_arguments_are_bad_input() {
    for arguments in [
        &[][..],
        &["investigate"],
        &["trace", "x"],
        &["trace", "x", "--from", "a"],
        &["fly"],
        &["demo", "--format", "pdf"],
    ] {
        let (code, out, error) = run(&mut butfor(arguments));
        assert!(code == 2 && out.is_empty() && !error.is_empty(), "{arguments:?}: {code} {out}");
    }
}

#[test]
fn nothing_to_read_is_bad_input_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    for (path, expected) in [
        ("no/such/folder", "cannot read `no/such/folder`"),
        (folder.path().to_str().unwrap(), "the folder is empty"),
    ] {
        for command in [&["investigate", path][..], &["changes", path], &["trace", path, "--jsonl"]] {
            let (code, out, error) = run(&mut butfor(command));
            assert!(code == 2 && out.is_empty() && error.contains(expected), "{command:?}: {code} {error}");
        }
    }
}

#[test]
fn a_flow_is_traced_by_instance_interface_and_address() {
    let folder = network();
    for (from, to) in [("i-4", "i-5"), ("eni-4", "10.0.1.5"), ("10.0.1.4", "eni-5")] {
        let arguments = ["trace", path(&folder), "--from", from, "--to", to, "--port"];
        let (code, out, error) = run(butfor(&arguments).args(["443", "--format", "json"]));
        let result: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (code, result["disposition"].as_str(), error.as_str()),
            (0, Some("delivered"), ""),
            "{from} {to} {out}"
        );
        assert_eq!(result["return"]["disposition"], "delivered");
        let (code, out, _) = run(butfor(&arguments).args(["80"]));
        assert!(code == 0 && out.starts_with("BLOCKED") && out.contains("sg-5"), "{out}");
        assert!(!out.contains('\u{1b}'), "no colour into a pipe: {out}");
    }
    let (code, _, error) =
        run(&mut butfor(&["trace", path(&folder), "--from", "i-9", "--to", "i-5", "--port", "1"]));
    assert!(code == 2 && error.contains("--from: `i-9`"), "{error}");
    let (code, _, error) =
        run(&mut butfor(&["trace", path(&folder), "--from", "i-4", "--to", "i-5", "--at", "noon"]));
    assert!(code == 2 && error.contains("`noon` is not a time"), "{error}");
}

#[test]
fn many_flows_are_answered_in_order_and_a_bad_line_keeps_its_place() {
    let folder = network();
    let lines = [
        r#"{"id": "a", "flow": {"from": {"kind": "instance", "id": "i-4", "eni": "eni-4"}, "src_ip": "10.0.1.4", "to_ip": "10.0.1.5", "proto": 6, "dst_port": 443}}"#,
        "",
        r#"{"id": 2, "flow": {"from": {"ip_or_name": "i-4"}, "to": {"eni": "eni-5"}, "proto": "udp", "dst_port": 53}}"#,
        r#"{"id": [3], "flow": {"from": "i-9", "to_ip": "10.0.1.5"}}"#,
        "nonsense",
        r#"{"id": null, "flow": {"src_ip": "10.0.1.4", "to_ip": "10.0.1.5", "proto": 0}}"#,
    ];
    let (code, out, _) = run_with_input(&mut butfor(&["trace", path(&folder), "--jsonl"]), &lines.join("\n"));
    let results: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary: Vec<_> = results
        .iter()
        .map(|result| format!("{} {}", result["id"], result["disposition"].as_str().unwrap_or("error")))
        .collect();
    assert_eq!(summary, ["\"a\" delivered", "2 blocked", "[3] error", "null error", "null blocked"], "{out}");
    assert_eq!(code, 2);
    assert_eq!(results[1]["blockers"][0]["component"], "sg-5");
    assert_eq!(results[1]["blockers"][0]["direction"], "forward");
    assert_eq!(results[1]["blockers"][0]["sources"][0], "111122223333/us-east-1/SecurityGroups.json");
    assert!(results[2]["error"].as_str().unwrap().contains("`i-9`"));
    let (code, out, _) = run_with_input(&mut butfor(&["trace", path(&folder), "--jsonl"]), lines[0]);
    assert_eq!((code, out.lines().count()), (0, 1));
}

#[test]
fn an_answer_comes_before_the_next_question() {
    let folder = network();
    let mut child = butfor(&["trace", path(&folder), "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for _ in 0..3 {
        input.write_all(b"{\"id\": 1, \"flow\": {\"src_ip\": \"10.0.1.4\", \"to_ip\": \"10.0.1.5\", \"dst_port\": 443}}\n").unwrap();
        let mut byte = [0];
        while byte != *b"\n" {
            output.read_exact(&mut byte).unwrap();
        }
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_report_is_printed_although_part_of_the_input_is_malformed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("bundle.json", r#"{"format": "butfor-bundle/1", "as_of": "2026-05-02T13:37:00Z"}"#);
    write(
        "calls.jsonl",
        "{\"at\": \"yesterday\", \"service\": \"ec2\", \"operation\": \"DescribeVpcs\", \"output\": {}}\n",
    );
    for format in ["terminal", "markdown", "json"] {
        let (code, out, error) = run(&mut butfor(&["investigate", path(&folder), "--format", format]));
        assert!(code == 2 && !out.is_empty(), "{format}: {code} {out}");
        assert!(error.contains("calls.jsonl line 1: field `at`: `yesterday` is not a time"), "{error}");
    }
    write("bundle.json", r#"{"format": "butfor-bundle/9"}"#);
    let (code, out, error) = run(&mut butfor(&["investigate", path(&folder)]));
    assert!(code == 2 && out.is_empty() && error.contains("butfor-bundle/9"), "{error}");
}

#[test]
fn the_demo_needs_nothing() {
    let elsewhere = tempfile::tempdir().unwrap();
    let (code, out, error) = run(butfor(&["demo", "--format", "json"]).current_dir(elsewhere.path()));
    assert_eq!((code, error.as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["schema"], "butfor-report/1");
    assert_eq!(report["verdict"]["outcome"], "root_cause", "{report:#}");
    let (code, out, _) = run(butfor(&["demo"]).current_dir(elsewhere.path()));
    assert!(code == 0 && !out.contains('\u{1b}'), "no colour into a pipe");
    let (_, again, _) = run(butfor(&["demo"]).current_dir(elsewhere.path()));
    assert_eq!(out, again);
}

#[test]
fn the_readme_shows_the_real_demo() {
    let readme = include_str!("../../../README.md");
    let (_, block) = readme.split_once("```text\nROOT CAUSE").unwrap();
    let (block, _) = block.split_once("\n...\n```").unwrap();
    let (_, demo, _) = run(&mut butfor(&["demo"]));
    assert!(
        demo.starts_with(&format!("ROOT CAUSE{block}")),
        "run `cargo xtask readme`; the demo now begins:\n{demo}"
    );
}

#[test]
fn changes_are_listed_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    let record = |time: &str, name: &str, error: &str| {
        format!(
            r#"{{"eventVersion":"1.09","eventTime":"2026-05-02T{time}Z","eventSource":"ec2.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1","recipientAccountId":"111122223333","eventID":"e-{time}","readOnly":false,"userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ana","userName":"ana"}},"sourceIPAddress":"198.51.100.9","userAgent":"aws-cli","requestParameters":{{"routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0"}},"responseElements":{{"_return":true}}{error}}}"#
        )
    };
    let records = [
        record("13:20:00", "DeleteRoute", ""),
        record("13:10:00", "DeleteRoute", r#","errorCode":"Client.DryRunOperation""#),
    ];
    fs::write(folder.path().join("trail.json"), format!(r#"{{"Records":[{}]}}"#, records.join(","))).unwrap();
    let (code, out, error) = run(&mut butfor(&["changes", path(&folder), "--format", "json"]));
    assert_eq!((code, error.as_str()), (0, ""));
    let list: serde_json::Value = serde_json::from_str(&out).unwrap();
    let entries: Vec<_> = list["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| format!("{} {} {}", entry["at"], entry["event_name"], entry["error"]))
        .collect();
    assert_eq!(
        entries,
        [
            r#""2026-05-02T13:10:00Z" "DeleteRoute" "Client.DryRunOperation""#,
            r#""2026-05-02T13:20:00Z" "DeleteRoute" null"#,
        ]
    );
    let (code, out, _) = run(&mut butfor(&["changes", path(&folder)]));
    assert!(
        code == 0 && out.contains("DeleteRoute") && out.contains("rtb-1") && out.contains("ana"),
        "{out}"
    );
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, out, _) = run(&mut butfor(&["completions", shell]));
        assert!(code == 0 && out.contains("investigate"), "{shell}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    for arguments in [&["demo"][..], &["completions", "bash"], &["demo", "--format", "json"]] {
        let mut child = butfor(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let Output { status, stderr, .. } = child.wait_with_output().unwrap();
        assert_eq!(
            (status.code(), String::from_utf8(stderr).unwrap().as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn colour_only_where_it_is_wanted() {
    let colored = |name: &str, value: &str| run(butfor(&["demo"]).env(name, value)).1.contains('\u{1b}');
    assert!(colored("CLICOLOR_FORCE", "1"));
    assert!(!colored("NO_COLOR", "1"));
}
