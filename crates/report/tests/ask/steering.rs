//! Wishes for another pass.

use super::reports::answer;
use butfor_report::ask::{AnswerKind, Steering};

fn check(question: &str, groups: &[&str], services: &[&str], since: Option<&str>) {
    let answer = answer("rule-removed", question);
    let AnswerKind::Steer(Steering { log_groups, services: asked, since: from }) = answer.kind else {
        panic!("{question}: {answer:?}");
    };
    assert_eq!(
        (log_groups.as_slice(), asked.as_slice()),
        (owned(groups).as_slice(), owned(services).as_slice()),
        "{question}"
    );
    assert_eq!(from.map(|at| at.to_string()).as_deref(), since, "{question}");
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_wish_names_what_to_look_at() {
    check("focus on /aws/lambda/orders and rerun", &["/aws/lambda/orders"], &[], None);
    check(
        "Focus on these specific log groups and rerun your analysis: /ecs/a, /ecs/b",
        &["/ecs/a", "/ecs/b"],
        &[],
        None,
    );
    check("rerun with log groups a, b", &["a", "b"], &[], None);
    check("please rerun only with the log group orders-api.prod", &["orders-api.prod"], &[], None);
    check("only look at RDS and ec2", &[], &["rds", "ec2"], None);
    check("look only at /ecs/Web since 14:05", &["/ecs/web"], &[], Some("2026-05-06T14:05:00Z"));
    check("can you look at /aws/lambda/orders", &["/aws/lambda/orders"], &[], None);
    check("rerun", &[], &[], None);
    check("run the investigation again", &[], &[], None);
    check("rerun since 14:05", &[], &[], Some("2026-05-06T14:05:00Z"));
}

#[test]
fn what_is_not_understood_of_a_wish_is_told_and_not_done() {
    let answer = answer("rule-removed", "focus on /ecs/web and the payments");
    assert!(
        answer.lines.iter().any(|line| line.text == "not understood, and not part of it: `payments`"),
        "{answer:?}"
    );
}

#[test]
fn a_wish_that_names_nothing_or_turns_away_is_none() {
    for question in [
        "focus on what matters",
        "focus on everything but /ecs/web",
        "rerun without /ecs/web",
        "focus",
        "do not look at /ecs/web",
        "focus on /ecs/web but not rds",
    ] {
        let answer = answer("rule-removed", question);
        assert!(!matches!(answer.kind, AnswerKind::Steer(_)), "{question}: {answer:?}");
    }
}

#[test]
fn a_question_is_no_wish() {
    for question in [
        "did you look at the route table?",
        "did you look at /simulated-workload/app?",
        "have you checked rds?",
        "which logs did you look at",
        "why did you only look at rds?",
    ] {
        let answer = answer("rule-removed", question);
        assert!(!matches!(answer.kind, AnswerKind::Steer(_)), "{question}: {answer:?}");
    }
}
