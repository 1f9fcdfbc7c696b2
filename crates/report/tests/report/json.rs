//! The JSON report, member by member, against the format (formats.md, section 2).

use crate::assessments;
use butfor_report::json;
use serde_json::{Value, json as value};

fn parsed(assessment: &butfor_incident::Assessment) -> Value {
    serde_json::from_str(&json(assessment, 12)).unwrap()
}

/// Checks the names of the members of the value at `pointer`.
fn check_members(report: &Value, pointer: &str, members: &str) {
    let found = report.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
    let mut expected: Vec<&str> = members.split_whitespace().collect();
    expected.sort_unstable();
    let mut names: Vec<&str> =
        found.as_object().unwrap_or_else(|| panic!("{pointer}")).keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, expected, "{pointer}");
}

#[test]
fn has_the_members_of_the_format() {
    let report = parsed(&assessments::two_causes());
    check_members(
        &report,
        "",
        "schema incident verdict symptoms root_causes contributing competing ruled_out unaffected accounting plan timeline gaps evidence stats",
    );
    check_members(&report, "/incident", "id title alerts");
    check_members(&report, "/incident/alerts/0", "source name at account region");
    check_members(&report, "/verdict", "outcome summary intentional");
    check_members(&report, "/verdict/intentional", "likely reasons");
    check_members(&report, "/verdict/intentional/reasons/0", "text cites");
    let cause = "headline grade defect resource component code change change_note together_with affected explains cites";
    check_members(&report, "/root_causes/0", cause);
    check_members(&report, "/contributing/0", cause);
    check_members(&parsed(&assessments::competing()), "/competing/0", cause);
    check_members(&report, "/root_causes/0/resource", "type id arn name account region");
    check_members(&report, "/root_causes/0/change", "event_id event_name at account actor");
    check_members(&report, "/root_causes/0/change/actor", "type arn session source_ip user_agent");
    check_members(&report, "/root_causes/0/affected/0", "kind from to detail");
    check_members(&report, "/root_causes/0/explains", "count share");
    check_members(&report, "/ruled_out/0", "what why cites");
    check_members(&report, "/unaffected/0", "what why cites");
    check_members(&report, "/accounting", "metric total parts unexplained");
    check_members(&report, "/accounting/parts/0", "cause count share");
    check_members(&report, "/plan", "status reason steps proof");
    check_members(&report, "/plan/steps/0", "phase text command expect account region");
    check_members(&report, "/plan/proof", "cause cure gained lost");
    check_members(&report, "/timeline/0", "at kind text cites");
    check_members(&parsed(&assessments::one_cause()), "/gaps/0", "what reason needed_for remedy");
    check_members(&report, "/evidence/0", "id source operation account region at digest");
    check_members(&report, "/stats", "calls rounds duration_ms");
}

#[test]
fn says_what_the_assessment_says() {
    let check = |report: &Value, pointer: &str, expected: Value| {
        assert_eq!(report.pointer(pointer), Some(&expected), "{pointer}")
    };
    let report = parsed(&assessments::two_causes());
    check(&report, "/schema", value!("butfor-report/1"));
    check(&report, "/incident/alerts/0/source", value!("eventbridge"));
    check(&report, "/incident/alerts/0/at", value!("2026-05-02T13:37:00Z"));
    check(&report, "/verdict/outcome", value!("root_cause"));
    check(&report, "/root_causes/0/grade", value!("proven"));
    check(&report, "/root_causes/0/change_note", value!(null));
    check(&report, "/root_causes/0/change/at", value!("2026-05-02T13:29:41Z"));
    check(&report, "/root_causes/0/change/actor/type", value!("AssumedRole"));
    check(&report, "/root_causes/0/affected/0/kind", value!("flow"));
    check(&report, "/root_causes/0/explains", value!({"count": 90, "share": 0.947}));
    check(&report, "/root_causes/0/cites", value!(["e2", "e4"]));
    check(&report, "/root_causes/1/change", value!(null));
    check(&report, "/root_causes/1/resource/arn", value!(null));
    check(&report, "/ruled_out/1/cites", value!([]));
    check(&report, "/accounting/parts/1/cause", value!(1));
    check(&report, "/plan/status", value!("unverified"));
    check(&report, "/plan/steps/1/phase", value!("pre_validate"));
    check(&report, "/plan/steps/4/command", value!(null));
    check(&report, "/timeline/0/kind", value!("health"));
    check(
        &report,
        "/evidence/0",
        value!({
            "id": "e1", "source": "alert", "operation": null, "account": "111111111111", "region": "us-east-1",
            "at": "2026-05-02T13:37:00Z", "digest": assessments::two_causes().evidence[0].id().digest(),
        }),
    );
    check(&report, "/stats", value!({"calls": 37, "rounds": 1, "duration_ms": 12}));
    let report = parsed(&assessments::undetermined());
    for empty in ["/root_causes", "/contributing", "/competing", "/plan/steps"] {
        check(&report, empty, value!([]));
    }
    check(&report, "/accounting", value!(null));
    check(&report, "/plan/proof", value!(null));
    check(&report, "/gaps/2/reason", value!("not_yet_visible"));
    check(&report, "/gaps/3/needed_for", value!(null));
}

#[test]
fn every_citation_is_listed() {
    for (name, assessment) in assessments::all() {
        let report = parsed(&assessment);
        let listed: Vec<&str> =
            report["evidence"].as_array().unwrap().iter().filter_map(|it| it["id"].as_str()).collect();
        let mut cited = Vec::new();
        collect_cites(&report, &mut cited);
        assert!(!cited.is_empty(), "{name}");
        assert!(cited.iter().all(|id| listed.contains(&id.as_str())), "{name}: {cited:?}");
    }
}

fn collect_cites(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::Array(ids) if name == "cites" => {
                        into.extend(ids.iter().filter_map(|id| id.as_str().map(str::to_owned)))
                    }
                    _ => collect_cites(member, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_cites(item, into)),
        _ => {}
    }
}

#[test]
fn ends_with_one_line_feed_and_only_the_duration_differs() {
    for (_, assessment) in assessments::all() {
        let text = json(&assessment, 12);
        assert!(text.ends_with("}\n"));
        assert_eq!(text, json(&assessment, 34).replace("\"duration_ms\": 34", "\"duration_ms\": 12"));
    }
}
