//! Refused flows through the front door: a case in, a verdict out.

use crate::support::{alarm, alert, call, case, event, revoke, revoked_rule, snapshot};
use butfor_engine::{assess, assess_with_picture};
use butfor_incident::{
    Assessment, Body, CaseFile, Evidence, Gap, GapReason, Grade, Outcome, PlanStatus, Query,
};
use proptest::prelude::*;
use serde_json::Value;

fn check(case: &CaseFile, outcome: Outcome) -> Assessment {
    let assessment = assess(case);
    assert_eq!(assessment.verdict.outcome, outcome, "{}\n{:#?}", assessment.verdict.summary, assessment.gaps);
    assessment
}

#[test]
fn a_revoked_rule_is_proven_by_undoing_it() {
    let assessment = check(&revoked_rule(), Outcome::RootCause);
    let [cause] = assessment.root_causes.as_slice() else { panic!("{:#?}", assessment.root_causes) };
    assert_eq!((cause.grade, cause.resource.id.as_str()), (Grade::Proven, "sg-db000000"));
    assert_eq!(cause.component, "inbound rule tcp/5432 from sg-app00000");
    assert_eq!(cause.code.as_deref(), Some("SG_HAS_NO_RULES"));
    let change = cause.change.as_ref().unwrap();
    assert_eq!(change.actor.session.as_deref(), Some("h.brandt"));
    assert_eq!(assessment.plan.status, PlanStatus::Verified, "{}", assessment.plan.reason);
    let commands: Vec<_> = assessment.plan.steps.iter().map(|step| step.command.as_str()).collect();
    assert!(
        commands
            .iter()
            .any(|line| line.starts_with("aws ec2 authorize-security-group-ingress --group-id sg-db000000"))
    );
}

#[test]
fn without_events_the_difference_of_two_observations_is_enough_but_nobody_is_named() {
    let mut evidence = snapshot("2026-05-18T05:00:00Z", true);
    evidence.extend(snapshot("2026-05-18T13:58:00Z", false));
    evidence.push(alert(&alarm("2026-05-18T13:50:41Z")));
    let assessment = check(&case(evidence), Outcome::RootCause);
    let cause = &assessment.root_causes[0];
    assert!(
        cause.change.is_none() && cause.change_note.contains("2026-05-18T05:00:00Z"),
        "{}",
        cause.change_note
    );
    assert!(assessment.gaps.iter().any(|gap| gap.what.contains("cloudtrail")), "{:#?}", assessment.gaps);
}

#[test]
fn without_an_earlier_observation_the_event_is_enough() {
    let mut evidence = snapshot("2026-05-18T13:58:00Z", false);
    evidence.push(event(&revoke("2026-05-18T13:46:58Z")));
    evidence.push(alert(&alarm("2026-05-18T13:50:41Z")));
    check(&case(evidence), Outcome::RootCause);
}

#[test]
fn a_refused_call_changed_nothing() {
    let mut refused = revoke("2026-05-18T13:46:58Z");
    refused["errorCode"] = "Client.UnauthorizedOperation".into();
    let mut evidence = snapshot("2026-05-18T13:58:00Z", true);
    evidence.push(event(&refused));
    evidence.push(alert(&alarm("2026-05-18T13:50:41Z")));
    let assessment = check(&case(evidence), Outcome::Undetermined);
    assert!(assessment.ruled_out.iter().any(|one| one.why.contains("UnauthorizedOperation")));
    assert!(assessment.plan.steps.is_empty());
}

#[test]
fn a_rule_that_is_back_means_recovered_and_nothing_to_do() {
    let mut back = revoke("2026-05-18T13:48:10Z");
    back["eventName"] = "AuthorizeSecurityGroupIngress".into();
    back["eventID"] = "11111111-2222-4333-8444-555555555555".into();
    let mut evidence = snapshot("2026-05-18T13:58:00Z", true);
    evidence.push(event(&revoke("2026-05-18T13:46:58Z")));
    evidence.push(event(&back));
    evidence.push(alert(&alarm("2026-05-18T13:50:41Z")));
    let assessment = check(&case(evidence), Outcome::Recovered);
    assert_eq!(assessment.plan.status, PlanStatus::NotNeeded);
    assert!(assessment.plan.steps.is_empty() && assessment.root_causes.len() == 1);
}

#[test]
fn denied_documents_forbid_a_verdict() {
    let mut case = revoked_rule();
    let is_group = |evidence: &Evidence| evidence.query.operation == "DescribeSecurityGroups";
    let denied: Query = case.evidence.iter().find(|evidence| is_group(evidence)).unwrap().query.clone();
    case.evidence
        .retain(|evidence| !is_group(evidence) && !matches!(evidence.body, Body::CloudTrailRecord(_)));
    case.gaps.push(Gap {
        what: "ec2 DescribeSecurityGroups in 444455556666 eu-west-1".into(),
        reason: GapReason::Denied,
        needed_for: String::new(),
        remedy: "allow ec2:DescribeSecurityGroups".into(),
        query: Some(denied),
        at: None,
    });
    let assessment = check(&case, Outcome::Undetermined);
    assert!(
        assessment
            .gaps
            .iter()
            .any(|gap| gap.what.contains("DescribeSecurityGroups") && !gap.needed_for.is_empty())
    );
}

#[test]
fn an_application_that_is_heard_and_tells_of_no_time_out_has_another_trouble() {
    let mut case = revoked_rule();
    let line = |at: &str, message: &str| {
        let at = butfor_incident::Timestamp::parse(at).unwrap().as_millis();
        serde_json::json!({"logStreamName": "i-app000000", "timestamp": at, "message": message})
    };
    let events = [
        line("2026-05-18T13:49:00Z", "ERROR KeyError: 'TABLE_NAME'"),
        line("2026-05-18T13:55:00Z", "ERROR KeyError: 'TABLE_NAME'"),
    ];
    let asked = serde_json::json!({"logGroupName": "/orders/app"});
    case.evidence.push(call(
        "2026-05-18T13:59:00Z",
        "FilterLogEvents",
        asked,
        &serde_json::json!({"events": events}),
    ));
    let assessment = check(&case, Outcome::Undetermined);
    let [also] = assessment.contributing.as_slice() else { panic!("{:#?}", assessment.contributing) };
    assert_eq!(also.resource.id, "sg-db000000", "the broken flow is worth knowing all the same");
}

#[test]
fn an_alarm_set_by_hand_over_a_healthy_network_is_no_fault() {
    let mut set = revoke("2026-05-18T13:50:41Z");
    set["eventName"] = "SetAlarmState".into();
    set["eventSource"] = "monitoring.amazonaws.com".into();
    set["requestParameters"] =
        serde_json::json!({"alarmName": "orders-db-errors", "stateValue": "ALARM", "stateReason": "drill"});
    let mut evidence = snapshot("2026-05-18T13:58:00Z", true);
    evidence.push(event(&set));
    evidence.push(alert(&alarm("2026-05-18T13:50:41Z")));
    let assessment = check(&case(evidence), Outcome::NoFault);
    assert!(assessment.verdict.summary.contains("h.brandt"), "{}", assessment.verdict.summary);
}

#[test]
fn nothing_at_all_is_undetermined() {
    check(&case(Vec::new()), Outcome::Undetermined);
}

/// Puts `replacement` somewhere into a document.
fn spoil(value: &mut Value, mut path: impl Iterator<Item = usize>, replacement: &Value) {
    let Some(step) = path.next() else {
        *value = replacement.clone();
        return;
    };
    match value {
        Value::Object(object) if !object.is_empty() => {
            let at = step % object.len();
            if let Some((_, inner)) = object.iter_mut().nth(at) {
                spoil(inner, path, replacement);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            let at = step % list.len();
            if let Some(inner) = list.get_mut(at) {
                spoil(inner, path, replacement);
            }
        }
        other => *other = replacement.clone(),
    }
}

fn spoiled(evidence: &Evidence, path: &[usize], replacement: &Value) -> Evidence {
    let Ok(mut value) = serde_json::from_str::<Value>(evidence.body.text()) else { return evidence.clone() };
    spoil(&mut value, path.iter().copied(), replacement);
    let text = value.to_string().into();
    let body = match evidence.body {
        Body::CloudTrailRecord(_) => Body::CloudTrailRecord(text),
        Body::Alert(_) => Body::Alert(text),
        _ => Body::Call(text),
    };
    Evidence::new(evidence.query.clone(), evidence.at, body)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_evidence_changes_nothing(order in Just((0..18usize).collect::<Vec<_>>()).prop_shuffle()) {
        let case = revoked_rule();
        let shuffled = CaseFile { evidence: order.iter().map(|at| case.evidence[*at].clone()).collect(), ..case.clone() };
        prop_assert_eq!(shuffled.evidence.len(), case.evidence.len());
        prop_assert_eq!(assess(&shuffled), assess(&case));
    }

    #[test]
    fn spoiled_documents_never_panic_and_never_blame_what_they_do_not_speak_of(
        which in 0..18usize,
        path in proptest::collection::vec(0..7usize, 1..7),
        kind in 0..5usize,
    ) {
        let replacement = [Value::Null, Value::from(-1), Value::from("x"), serde_json::json!([]), serde_json::json!({"a": [null]})][kind].clone();
        let mut case = revoked_rule();
        case.evidence[which] = spoiled(&case.evidence[which], &path, &replacement);
        let (assessment, _) = assess_with_picture(&case);
        for cause in &assessment.root_causes {
            // What the spoiled document itself speaks of may look changed; nothing else may.
            let spoken_of = case.evidence[which].body.text().contains(cause.resource.id.as_str());
            prop_assert!(spoken_of || cause.resource.id == "sg-db000000", "{}", cause.headline);
        }
    }
}
