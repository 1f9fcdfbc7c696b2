//! Whatever is asked, of whatever report: an answer, the same every time, clean, with citations that exist.

use super::reports::{REPORTS, calls, report};
use butfor_report::ask::{About, Answer, ask};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Words that make questions, so that most random ones reach an answer.
const WORDS: &[&str] = &[
    "who",
    "what",
    "why",
    "not",
    "changed",
    "on",
    "sg-04535480f7df6c68e",
    "the",
    "security",
    "group",
    "route",
    "table",
    "logs",
    "metrics",
    "is",
    "safe",
    "fix",
    "plan",
    "focus",
    "rerun",
    "/ecs/web",
    "since",
    "14:05",
    "last",
    "30",
    "minutes",
    "did",
    "you",
    "check",
    "DNS",
    "database",
    "broken",
    "working",
    "still",
    "how",
    "sure",
    "when",
    "start",
    "\u{202e}",
    "\u{1b}[2J",
    "<script>",
    "''",
    "n't",
    "e1",
    "e9999",
    "timeline",
    "accounts",
    "and",
    "regions",
    "intentional",
    "other",
    "hypotheses",
    "could",
    "see",
    "?",
    "rds",
    "only",
    "look",
    "at",
];

fn sound(answer: &Answer, report: &Value, question: &str) {
    let digests: Vec<_> = calls().into_iter().filter_map(|call| call.digest).collect();
    let names: Vec<_> =
        report["evidence"].as_array().into_iter().flatten().filter_map(|it| it["id"].as_str()).collect();
    assert!(!answer.lines.is_empty(), "{question}");
    for line in &answer.lines {
        assert!(!line.text.chars().any(char::is_control), "{question}: {line:?}");
        assert!(!line.text.contains(['\u{202e}', '\u{200b}']), "{question}: {line:?}");
        for cite in &line.cites {
            assert!(names.contains(&cite.as_str()) || digests.contains(cite), "{question}: {cite}");
        }
    }
}

fn check(question: &str, report: &Value) {
    let calls = calls();
    let about = About { report, calls: &calls, decisions: &[], now: None };
    let answer = ask(question, &about);
    sound(&answer, report, question);
    assert_eq!(answer, ask(question, &about), "{question}");
}

/// A report whose texts and citations are hostile, and whose members have the wrong types.
fn broken_report() -> Value {
    let text = "a\u{1b}]0;x\u{7}b\u{202e}c\u{200b} security group <script>";
    json!({
        "incident": 7, "verdict": {"outcome": [], "summary": text, "intentional": {"likely": true, "reasons": [{"text": text, "cites": ["e7", 1]}]}},
        "symptoms": [{"text": text, "onset": {"at": "never"}, "cites": ["e1", "e2"]}, null, 3],
        "root_causes": [{"headline": text, "grade": "proven", "resource": {"type": text, "id": "sg-04535480f7df6c68e"}, "cites": ["nope"],
            "change": {"event_name": text, "at": text, "actor": {"arn": text, "source_ip": text}}, "affected": [{"from": text}], "explains": {"share": "x"}}],
        "competing": {"a": 1}, "ruled_out": [{"what": text, "why": text, "cites": "e1"}], "unaffected": [[]],
        "accounting": {"total": -1, "parts": [{"cause": 99, "count": 1.5, "share": 1e300}]},
        "plan": {"status": "verified", "steps": [{"phase": "apply", "text": text, "command": "rm\u{202e} -rf"}], "proof": {"lost": [1, text]}},
        "timeline": [{"at": "2026-05-06T14:22:31Z", "kind": "change", "text": text, "cites": ["e1"]}, {"at": 1}],
        "gaps": [{"what": text, "reason": 1}], "evidence": [{"id": "e1", "digest": "5e8ad3de03e7bcbb6975f83efa635c9d"}, {"id": ""}, "x"],
    })
}

#[test]
fn a_command_with_hidden_characters_is_not_shown() {
    let report = broken_report();
    let answer = ask("show the plan", &About { report: &report, calls: &[], decisions: &[], now: None });
    assert!(answer.lines.iter().all(|line| line.command.is_none()), "{answer:?}");
    assert!(answer.lines.iter().any(|line| line.text.contains("is not shown")), "{answer:?}");
}

#[test]
fn a_report_that_is_none_answers_nothing() {
    for report in [Value::Null, json!([]), json!("x"), json!({})] {
        for question in ["why?", "who?", "logs", "timeline", "how do I fix it?", "is sg-1 to blame?"] {
            check(question, &report);
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(question in "\\PC{0,80}|[ -~]{0,80}|.{0,80}", at in 0..REPORTS.len()) {
        check(&question, &report(REPORTS[at].0));
    }

    #[test]
    fn any_words_are_answered(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..9), at in 0..=REPORTS.len()) {
        let report = REPORTS.get(at).map_or_else(broken_report, |(name, _)| report(name));
        check(&words.join(" "), &report);
    }
}
