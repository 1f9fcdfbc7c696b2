//! `butfor authorize --jsonl` as a program meets it.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may stop it")]

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

const CASES: &str = include_str!("../../policy/tests/data/iam-policy-cases/cases.jsonl");

fn butfor() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_butfor"));
    command
        .args(["authorize", "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Exit code, and a result a line.
fn run(input: impl Into<Vec<u8>>) -> (i32, Vec<Value>) {
    let mut child = butfor().spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.into();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(String::from_utf8(stderr).unwrap(), "");
    let results = String::from_utf8(stdout).unwrap();
    (status.code().unwrap(), results.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn the_documented_cases_through_the_pipe() {
    let (code, results) = run(CASES);
    assert_eq!((code, results.len()), (0, 84));
    for (case, result) in CASES.lines().zip(&results) {
        let case: Value = serde_json::from_str(case).unwrap();
        assert_eq!((&result["id"], &result["decision"]), (&case["id"], &case["expect"]), "{result}");
        if case["deny_layers"].is_array() {
            assert_eq!(result["deny_layers"], case["deny_layers"], "{result}");
        }
    }
}

#[test]
fn a_decision_names_policies_and_statements() {
    let allow = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "allow", "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "Quoted \"one\"", "Effect": "Allow", "Action": "*", "Resource": "*"},
    ]});
    let other = json!({"Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}});
    let request = json!({
        "id": {"any": ["thing"]},
        "principal": "arn:aws:iam::111111111111:user/u",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::b/k",
        "resource_account": "111111111111",
        "context": {"aws:MultiFactorAuthAge": 12, "aws:SecureTransport": true, "aws:TagKeys": ["a"], "aws:x": null},
        "identity": [other, allow],
        "scp": [[allow], [other, other]],
    });
    let (code, results) = run(request.to_string());
    let problem = |policy: &str| json!({"policy": policy, "path": "Statement[0].Effect", "message": "`allow`: expected `Allow` or `Deny`, written like this"});
    let statements = |policy: &str| {
        json!([
            {"policy": policy, "statement": "Statement[1]"},
            {"policy": policy, "statement": "Quoted \"one\""},
        ])
    };
    let expected = json!({
        "id": {"any": ["thing"]},
        "decision": "implicit_deny",
        "deny_layers": ["scp"],
        "checks": [
            {"layer": "SERVICE_CONTROL_POLICY", "level": 0, "effect": "ALLOW", "statements": statements("scp[0][0]")},
            {"layer": "SERVICE_CONTROL_POLICY", "level": 1, "effect": "IMPLICIT_DENY", "statements": []},
            {"layer": "PRINCIPAL", "effect": "ALLOW", "statements": statements("identity[1]")},
        ],
        "missing": [],
        "problems": [problem("scp[0][0]"), problem("identity[1]")],
    });
    assert_eq!((code, results), (0, vec![expected]));
}

#[test]
fn a_bad_line_keeps_its_place_and_names_the_field() {
    let good =
        r#"{"id": 1, "principal": "ANONYMOUS", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}"#;
    let with = |member: &str| good.replace("\"id\": 1", &format!("\"id\": [2], {member}"));
    let lines = [
        good.to_owned(),
        String::new(),
        "nonsense".to_owned(),
        "[]".to_owned(),
        r#"{"id": "a"}"#.to_owned(),
        good.replace("ANONYMOUS", "bob"),
        good.replace("s3:GetObject", "GetObject"),
        good.replace("arn:aws:s3:::b/k", "b/k"),
        good.replace("\"ANONYMOUS\"", "7"),
        with(r#""scp": [{}]"#),
        with(r#""context": {"k": {"v": 1}}"#),
        with(r#""wildcard_only_action": "yes""#),
        with(r#""resource_policy": "none""#),
        "x".repeat((1 << 20) + 1),
        good.to_owned(),
    ];
    let (code, results) = run(lines.join("\n"));
    let brief = |result: &Value| match result["error"].as_str() {
        Some(error) => format!("{} {}: {error}", result["line"], result["id"]),
        None => format!("{} {} {}", result["id"], result["decision"].as_str().unwrap(), result["problems"]),
    };
    let expected = [
        "1 implicit_deny []",
        "3 null: not valid JSON: expected ident at line 1 column 2",
        "4 null: expected an object with `principal`, `action` and `resource`",
        "5 \"a\": field `principal`: missing",
        "6 1: field `principal`: principal `bob` is no ARN of a user, role or session, no service name, and not ANONYMOUS",
        "7 1: field `action`: action `GetObject` has no service; write it as `s3:GetObject`",
        "8 1: field `resource`: resource `b/k` is neither an ARN nor `*`",
        "9 1: field `principal`: expected a text",
        "10 [2]: field `scp`: expected an array of levels, each an array of policies",
        "11 [2]: field `context`: expected an object of texts, numbers, booleans, and arrays of them",
        "12 [2]: field `wildcard_only_action`: expected `true` or `false`",
        "[2] implicit_deny [{\"message\":\"expected a policy object, found a text\",\"path\":\"\",\"policy\":\"resource\"}]",
        "14 null: longer than 1048576 bytes; split the request or shorten its policies",
        "1 implicit_deny []",
    ];
    assert_eq!(results.iter().map(brief).collect::<Vec<_>>(), expected);
    assert_eq!(code, 2);
    let (code, results) = run(b"{\"id\": \"\xff\"}\n".to_vec());
    assert_eq!(code, 2);
    assert!(results.first().unwrap()["error"].as_str().unwrap().starts_with("not valid UTF-8"));
}

#[test]
fn many_lines_are_answered_in_order() {
    let lines: Vec<&str> = CASES.lines().collect();
    let mut input = String::new();
    for number in 0..20_000 {
        let case = lines.get(number % lines.len()).unwrap();
        input.push_str(&case.replacen("\"id\"", "\"doc\"", 1).replacen(
            '{',
            &format!("{{\"id\": {number}, "),
            1,
        ));
        input.push('\n');
    }
    let (code, results) = run(input);
    assert_eq!((code, results.len()), (0, 20_000));
    for (number, result) in results.iter().enumerate() {
        let case: Value = serde_json::from_str(lines.get(number % lines.len()).unwrap()).unwrap();
        assert_eq!((result["id"].as_u64(), &result["decision"]), (Some(number as u64), &case["expect"]));
    }
}

#[test]
fn an_answer_comes_before_the_next_question() {
    let mut child = butfor().spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for line in CASES.lines().take(5) {
        input.write_all(line.as_bytes()).unwrap();
        input.write_all(b"\n").unwrap();
        let mut byte = [0];
        while byte != *b"\n" {
            output.read_exact(&mut byte).unwrap();
        }
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = butfor().spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    drop(child.stdout.take());
    for line in CASES.lines().cycle().take(10_000) {
        if writeln!(input, "{line}").is_err() {
            break;
        }
    }
    drop(input);
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    assert_eq!((status.code(), String::from_utf8(stderr).unwrap().as_str()), (Some(0), ""));
}
