//! Denied requests through the front door: which layer, which statement, which change, which fix.

use crate::support;
use crate::support::requests::{
    alarm, allow, case, change, denials, function_calls, reads_table, role, role_calls, table,
};
use butfor_engine::assess;
use butfor_incident::{Assessment, CaseFile, Evidence, Grade, Outcome, Phase, PlanStatus};
use serde_json::json;

const EARLIER: &str = "2026-05-18T05:00:00Z";
const LATER: &str = "2026-05-18T13:58:00Z";
const NO_IDENTITY: &str = "because no identity-based policy allows the dynamodb:Query action";
const DENIED_AT: [&str; 3] = ["2026-05-18T13:48:00Z", "2026-05-18T13:49:00Z", "2026-05-18T13:55:00Z"];

fn check(case: &CaseFile, outcome: Outcome) -> Assessment {
    let assessment = assess(case);
    assert_eq!(assessment.verdict.outcome, outcome, "{}\n{:#?}", assessment.verdict.summary, assessment.gaps);
    assessment
}

fn apply(assessment: &Assessment) -> Vec<&str> {
    let steps = assessment.plan.steps.iter().filter(|step| step.phase == Phase::Apply);
    steps.map(|step| step.command.as_str()).collect()
}

/// Two roles, one of which may read; the function has the other one now.
fn swapped_role() -> Vec<Evidence> {
    let mut all = Vec::new();
    for (at, has_role) in [(EARLIER, "reader"), (LATER, "basic")] {
        all.extend(function_calls(at, has_role));
        all.extend(role_calls(at, "reader", &[("app", reads_table())]));
        all.extend(role_calls(at, "basic", &[("logs", allow(&["logs:PutLogEvents"], &["*"]))]));
    }
    all.push(alarm());
    all.push(denials("basic", NO_IDENTITY, &DENIED_AT));
    all
}

#[test]
fn a_swapped_role_is_proven_by_asking_with_the_old_one() {
    let mut evidence = swapped_role();
    let request = json!({"functionName": "orders-reader", "role": role("basic"), "environment": {}});
    evidence.push(change(
        "2026-05-18T13:46:58Z",
        "lambda.amazonaws.com",
        "UpdateFunctionConfiguration20150331v2",
        1,
        &request,
    ));
    let assessment = check(&case(evidence), Outcome::RootCause);
    let [cause] = assessment.root_causes.as_slice() else { panic!("{:#?}", assessment.root_causes) };
    assert_eq!((cause.grade, cause.resource.name.as_deref()), (Grade::Proven, Some("orders-reader")));
    assert_eq!(cause.code.as_deref(), Some("PRINCIPAL"));
    assert_eq!(cause.change.as_ref().unwrap().actor.session.as_deref(), Some("h.brandt"));
    assert_eq!(assessment.plan.status, PlanStatus::Verified, "{}", assessment.plan.reason);
    let commands = apply(&assessment);
    assert!(
        matches!(commands.as_slice(), [one] if one.starts_with("aws lambda update-function-configuration") && one.contains(&role("reader"))),
        "{commands:#?}"
    );
}

#[test]
fn without_events_the_difference_of_two_observations_names_the_swap() {
    let assessment = check(&case(swapped_role()), Outcome::RootCause);
    let cause = &assessment.root_causes[0];
    assert!(cause.change.is_none() && cause.grade == Grade::Proven, "{cause:#?}");
}

#[test]
fn an_edited_policy_whose_old_text_is_known_is_put_back() {
    let mut evidence = Vec::new();
    for (at, actions) in
        [(EARLIER, ["dynamodb:Query", "dynamodb:GetItem"]), (LATER, ["dynamodb:GetItem", "dynamodb:GetItem"])]
    {
        evidence.extend(function_calls(at, "reader"));
        evidence.extend(role_calls(at, "reader", &[("app", allow(&actions, &[&table()]))]));
    }
    let now = allow(&["dynamodb:GetItem", "dynamodb:GetItem"], &[&table()]);
    let request = json!({"roleName": "reader", "policyName": "app", "policyDocument": now.to_string()});
    evidence.push(change("2026-05-18T13:46:58Z", "iam.amazonaws.com", "PutRolePolicy", 1, &request));
    evidence.push(alarm());
    evidence.push(denials("reader", NO_IDENTITY, &DENIED_AT));
    let assessment = check(&case(evidence), Outcome::RootCause);
    let cause = &assessment.root_causes[0];
    assert_eq!(cause.grade, Grade::Proven);
    assert!(cause.headline.contains("no longer allows dynamodb:Query"), "{}", cause.headline);
    assert_eq!(assessment.plan.status, PlanStatus::Verified, "{}", assessment.plan.reason);
}

#[test]
fn a_policy_replaced_without_a_trace_of_its_old_text_is_named_and_the_least_addition_offered() {
    let mut evidence = function_calls(LATER, "reader");
    let now = allow(&["dynamodb:GetItem"], &[&table()]);
    evidence.extend(role_calls(LATER, "reader", &[("app", now.clone())]));
    let request = json!({"roleName": "reader", "policyName": "app", "policyDocument": now.to_string()});
    evidence.push(change("2026-05-18T13:46:58Z", "iam.amazonaws.com", "PutRolePolicy", 1, &request));
    evidence.push(alarm());
    evidence.push(denials("reader", NO_IDENTITY, &DENIED_AT));
    let assessment = check(&case(evidence), Outcome::RootCause);
    let cause = &assessment.root_causes[0];
    assert_eq!(cause.grade, Grade::Corroborated, "{cause:#?}");
    assert_eq!(cause.change.as_ref().unwrap().event_name, "PutRolePolicy");
    let commands = apply(&assessment);
    let [one] = commands.as_slice() else { panic!("{commands:#?}") };
    assert!(one.contains("put-role-policy") && one.contains("dynamodb:Query"), "{one}");
    assert!(!one.contains('*'), "the least addition holds no wildcard: {one}");
}

#[test]
fn a_permission_that_nobody_took_away_is_a_state() {
    let mut evidence = function_calls(LATER, "reader");
    evidence.extend(role_calls(LATER, "reader", &[("logs", allow(&["logs:PutLogEvents"], &["*"]))]));
    evidence.push(alarm());
    evidence.push(denials("reader", NO_IDENTITY, &DENIED_AT));
    let assessment = check(&case(evidence), Outcome::RootCause);
    let cause = &assessment.root_causes[0];
    assert!(cause.change.is_none() && cause.grade == Grade::Corroborated, "{cause:#?}");
    assert_eq!(cause.resource.name.as_deref(), Some("reader"));
}

#[test]
fn a_layer_that_aws_names_and_nobody_recorded_is_a_gap_and_no_verdict() {
    let mut evidence = swapped_role();
    evidence.retain(|one| one.query.operation != "FilterLogEvents");
    // The function has the role that may read, in both observations.
    evidence.retain(|one| one.query.operation != "GetFunctionConfiguration");
    evidence.extend(function_calls(EARLIER, "reader"));
    evidence.extend(function_calls(LATER, "reader"));
    let reason = "with an explicit deny in a service control policy: arn:aws:organizations::111111111111:policy/o-a/service_control_policy/p-b";
    evidence.push(denials("reader", reason, &DENIED_AT));
    let assessment = check(&case(evidence), Outcome::Undetermined);
    assert!(assessment.verdict.summary.contains("service control policy"), "{}", assessment.verdict.summary);
    assert!(
        assessment.gaps.iter().any(|gap| gap.what.contains("service control policy")),
        "{:#?}",
        assessment.gaps
    );
}

#[test]
fn policies_that_could_not_be_read_are_a_gap_and_no_verdict() {
    let mut evidence = function_calls(LATER, "reader");
    evidence.extend(role_calls(LATER, "reader", &[("app", reads_table())]));
    evidence.retain(|one| !matches!(one.query.operation.as_str(), "ListRolePolicies" | "GetRolePolicy"));
    evidence.push(alarm());
    evidence.push(denials("reader", NO_IDENTITY, &DENIED_AT));
    let assessment = check(&case(evidence), Outcome::Undetermined);
    assert!(
        assessment.gaps.iter().any(|gap| gap.what.contains("inline policies of role reader")),
        "{:#?}",
        assessment.gaps
    );
}

#[test]
fn denials_that_were_always_there_are_background() {
    let mut evidence = function_calls(LATER, "reader");
    evidence.extend(role_calls(LATER, "reader", &[("logs", allow(&["logs:PutLogEvents"], &["*"]))]));
    evidence.push(alarm());
    let always =
        ["2026-05-18T12:40:00Z", "2026-05-18T13:10:00Z", "2026-05-18T13:40:00Z", "2026-05-18T13:55:00Z"];
    evidence.push(denials("reader", NO_IDENTITY, &always));
    check(&case(evidence), Outcome::Undetermined);
}

#[test]
fn a_role_that_was_given_back_means_recovered() {
    let mut evidence = Vec::new();
    for at in [EARLIER, LATER] {
        evidence.extend(function_calls(at, "reader"));
        evidence.extend(role_calls(at, "reader", &[("app", reads_table())]));
        evidence.extend(role_calls(at, "basic", &[("logs", allow(&["logs:PutLogEvents"], &["*"]))]));
    }
    for (at, name, id) in [("2026-05-18T13:46:58Z", "basic", 1), ("2026-05-18T13:52:00Z", "reader", 2)] {
        let request = json!({"functionName": "orders-reader", "role": role(name), "environment": {}});
        evidence.push(change(
            at,
            "lambda.amazonaws.com",
            "UpdateFunctionConfiguration20150331v2",
            id,
            &request,
        ));
    }
    evidence.push(alarm());
    evidence.push(denials("basic", NO_IDENTITY, &DENIED_AT[..2]));
    let assessment = check(&case(evidence), Outcome::Recovered);
    assert_eq!(assessment.plan.status, PlanStatus::NotNeeded);
    assert!(
        assessment.root_causes[0].headline.contains("was denied dynamodb:GetItem and dynamodb:Query"),
        "{}",
        assessment.root_causes[0].headline
    );
}

#[test]
fn a_denial_that_only_an_endpoint_owner_s_event_tells_of_names_the_endpoint() {
    // NetworkActivity events carry no sentence: who, what and on what come from the record.
    let open = allow(&["dynamodb:Query"], &[&table()]);
    let narrow = allow(&["dynamodb:Query"], &["arn:aws:dynamodb:eu-west-1:444455556666:table/other"]);
    let mut evidence = Vec::new();
    for (at, policy) in [(EARLIER, open), (LATER, narrow)] {
        evidence.extend(function_calls(at, "reader"));
        evidence.extend(role_calls(at, "reader", &[("app", reads_table())]));
        let mut policy = policy;
        policy["Statement"][0]["Principal"] = json!("*");
        let endpoint = json!({"VpcEndpointId": "vpce-1", "VpcEndpointType": "Gateway", "VpcId": "vpc-1", "State": "available",
            "ServiceName": "com.amazonaws.eu-west-1.dynamodb", "PolicyDocument": policy.to_string(), "RouteTableIds": []});
        let answer = json!({ "VpcEndpoints": [endpoint] });
        evidence.push(support::requests::call(at, "ec2", "DescribeVpcEndpoints", &json!({}), &answer));
    }
    evidence.push(alarm());
    let caller = "arn:aws:sts::444455556666:assumed-role/reader/orders-reader";
    evidence.push(support::event(&json!({
        "eventVersion": "1.11", "eventTime": "2026-05-18T13:49:00Z", "eventSource": "dynamodb.amazonaws.com", "eventName": "Query",
        "awsRegion": "eu-west-1", "eventID": "00000000-0000-4000-8000-000000000077", "readOnly": true,
        "eventType": "AwsVpceEvent", "eventCategory": "NetworkActivity", "recipientAccountId": "444455556666",
        "vpcEndpointId": "vpce-1", "errorCode": "VpceAccessDenied",
        "errorMessage": "The request was denied due to a VPC endpoint policy", "sourceIPAddress": "10.0.1.10",
        "userIdentity": {"type": "AssumedRole", "accountId": "444455556666", "arn": caller},
        "requestParameters": {"tableName": "orders"}, "responseElements": null,
    })));
    let assessment = check(&case(evidence), Outcome::RootCause);
    let cause = &assessment.root_causes[0];
    assert_eq!(
        (cause.resource.id.as_str(), cause.code.as_deref()),
        ("vpce-1", Some("VPC_ENDPOINT")),
        "{cause:#?}"
    );
    assert!(cause.headline.contains("table orders"), "{}", cause.headline);
}

#[test]
fn a_policy_that_cannot_be_read_says_nothing_and_is_named() {
    let mut evidence = function_calls(LATER, "reader");
    let mut document = reads_table();
    document["Statement"][0]["Effect"] = json!("allow");
    evidence.extend(role_calls(LATER, "reader", &[("app", document)]));
    evidence.push(alarm());
    evidence.push(denials("reader", NO_IDENTITY, &DENIED_AT));
    let assessment = check(&case(evidence), Outcome::Undetermined);
    let told = |text: &str| text.contains("Statement[0].Effect cannot be read") && text.contains("app");
    assert!(assessment.gaps.iter().any(|gap| told(&gap.what)), "{:#?}", assessment.gaps);
}
