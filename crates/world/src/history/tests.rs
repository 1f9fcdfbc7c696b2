use super::{History, When};
use crate::delta::{Facet, ResourceKey, State};
use butfor_incident::{Body, CaseFile, Evidence, Gap, GapReason, Query, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const TABLE: &str = "AWS::EC2::RouteTable";
const GROUP: &str = "AWS::EC2::SecurityGroup";

/// `12:00` or `12:00:05` on one day.
fn time(clock: &str) -> Timestamp {
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    Timestamp::parse(&format!("2026-05-01T{clock}{seconds}Z")).unwrap()
}

fn query(account: &str, operation: &str, parameters: &Value) -> Query {
    Query {
        account: account.to_owned(),
        region: "us-east-1".to_owned(),
        service: "ec2".to_owned(),
        operation: operation.to_owned(),
        parameters: parameters.to_string().into(),
    }
}

fn call_with(clock: &str, operation: &str, parameters: Value, output: Value) -> Evidence {
    Evidence::new(
        query(ACCOUNT, operation, &parameters),
        Some(time(clock)),
        Body::Call(output.to_string().into()),
    )
}

fn call(clock: &str, operation: &str, output: Value) -> Evidence {
    call_with(clock, operation, json!({}), output)
}

fn tables(clock: &str, routes: &[(&str, &str)]) -> Evidence {
    let routes: Vec<_> = routes
        .iter()
        .map(|(to, nat)| json!({"DestinationCidrBlock": to, "NatGatewayId": nat, "Origin": "CreateRoute", "State": "active"}))
        .collect();
    call(
        clock,
        "DescribeRouteTables",
        json!({"RouteTables": [{"RouteTableId": "rtb-1", "Routes": routes, "Associations": []}]}),
    )
}

fn event_of(clock: &str, name: &str, request: Value, more: Value) -> Evidence {
    let mut record = json!({
        "eventTime": time(clock).to_string(), "eventSource": "ec2.amazonaws.com", "eventName": name, "eventID": format!("{name}-{clock}"),
        "awsRegion": "us-east-1", "recipientAccountId": ACCOUNT, "readOnly": false, "requestParameters": request,
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/kim"}, "sourceIPAddress": "192.0.2.1",
        "responseElements": {"_return": true},
    });
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let query = Query { service: "cloudtrail".to_owned(), ..query(ACCOUNT, name, &json!({})) };
    Evidence::new(query, Some(time(clock)), Body::CloudTrailRecord(record.to_string().into()))
}

fn event(clock: &str, name: &str, request: Value) -> Evidence {
    event_of(clock, name, request, json!({}))
}

fn delete_route(clock: &str) -> Evidence {
    event(clock, "DeleteRoute", json!({"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}))
}

fn create_route(clock: &str, nat: &str) -> Evidence {
    event(
        clock,
        "CreateRoute",
        json!({"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": nat}),
    )
}

fn case(evidence: Vec<Evidence>) -> CaseFile {
    CaseFile { as_of: time("23:00"), evidence, gaps: Vec::new(), rounds: 1 }
}

fn history(evidence: Vec<Evidence>) -> History {
    let mut case = case(evidence);
    let history = History::read(&case);
    case.evidence.reverse();
    assert_eq!(History::read(&case).changes(), history.changes(), "order of evidence must not matter");
    history
}

fn key(kind: &str, id: &str) -> ResourceKey {
    ResourceKey { kind: kind.to_owned(), id: id.to_owned() }
}

fn facet(member: &str, element: &str) -> Facet {
    Facet { member: member.to_owned(), element: (!element.is_empty()).then(|| element.to_owned()) }
}

/// A state in a word: the route's target, `absent`, `unknown`.
fn word(state: &State) -> String {
    match state {
        State::Absent => "absent".to_owned(),
        State::Unknown => "unknown".to_owned(),
        State::Present(value) => value
            .get("NatGatewayId")
            .and_then(Value::as_str)
            .map_or_else(|| value.to_string().chars().take(40).collect(), str::to_owned),
    }
}

/// Changes in words: `12:00 DeleteRoute Routes/0.0.0.0/0 nat-1 -> absent`.
fn changes(history: &History) -> Vec<String> {
    let mut lines = Vec::new();
    for change in history.changes() {
        let when = match change.when {
            When::At(at) => at.clock(),
            When::Between(from, to) => format!("{}..{}", from.clock(), to.clock()),
        };
        let what = change.event.as_ref().map_or("-", |event| event.event_name.as_str());
        let edits: Vec<_> = change
            .delta
            .edits
            .iter()
            .map(|edit| {
                let element = edit.facet.element.as_deref().unwrap_or("-");
                format!("{}/{element} {} -> {}", edit.facet.member, word(&edit.before), word(&edit.after))
            })
            .collect();
        lines.push(format!("{when} {what} {}", edits.join(", ")).trim_end().to_owned());
    }
    lines
}

fn route_at(history: &History, clock: &str) -> String {
    word(&history.at(time(clock)).state(&key(TABLE, "rtb-1"), &facet("Routes", "0.0.0.0/0")))
}

const DEFAULT: (&str, &str) = ("0.0.0.0/0", "nat-1");

#[test]
fn the_old_value_comes_from_the_earlier_observation() {
    let history = history(vec![tables("10:00", &[DEFAULT]), delete_route("12:00"), tables("14:00", &[])]);
    assert_eq!(changes(&history), ["12:00:00 DeleteRoute Routes/0.0.0.0/0 nat-1 -> absent"]);
    assert_eq!(
        [route_at(&history, "11:00"), route_at(&history, "12:30"), route_at(&history, "20:00")],
        ["nat-1", "absent", "absent"]
    );
    let event = history.changes()[0].event.clone().unwrap();
    assert_eq!((event.event_id.as_str(), event.account.as_str()), ("DeleteRoute-12:00", ACCOUNT));
    assert_eq!(event.actor.arn, "arn:aws:iam::111122223333:user/kim");
}

#[test]
fn without_an_earlier_observation_the_old_value_is_unknown() {
    let history = history(vec![delete_route("12:00"), tables("14:00", &[])]);
    assert_eq!(changes(&history), ["12:00:00 DeleteRoute Routes/0.0.0.0/0 unknown -> absent"]);
    assert_eq!([route_at(&history, "11:00"), route_at(&history, "13:00")], ["unknown", "absent"]);
    assert!(history.at(time("11:00")).get(&key(TABLE, "rtb-1")).unwrap().json().contains("ButforUnknown"));
}

#[test]
fn the_old_value_comes_from_an_earlier_event() {
    let replaced =
        json!({"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-2"});
    let history = history(vec![
        create_route("10:00", "nat-1"),
        event("11:00", "ReplaceRoute", replaced),
        delete_route("12:00"),
        tables("14:00", &[]),
    ]);
    let expected = [
        "10:00:00 CreateRoute Routes/0.0.0.0/0 absent -> nat-1",
        "11:00:00 ReplaceRoute Routes/0.0.0.0/0 nat-1 -> nat-2",
        "12:00:00 DeleteRoute Routes/0.0.0.0/0 nat-2 -> absent",
    ];
    assert_eq!(changes(&history), expected);
}

#[test]
fn there_and_back_between_observations_is_two_changes() {
    let history = history(vec![
        tables("10:00", &[DEFAULT]),
        delete_route("12:00"),
        create_route("13:00", "nat-1"),
        tables("14:00", &[DEFAULT]),
    ]);
    let expected = [
        "12:00:00 DeleteRoute Routes/0.0.0.0/0 nat-1 -> absent",
        "13:00:00 CreateRoute Routes/0.0.0.0/0 absent -> nat-1",
    ];
    assert_eq!(changes(&history), expected);
    assert_eq!(
        [route_at(&history, "11:00"), route_at(&history, "12:30"), route_at(&history, "13:30")],
        ["nat-1", "absent", "nat-1"]
    );
}

#[test]
fn a_difference_nobody_recorded() {
    let history = history(vec![tables("10:00", &[DEFAULT]), tables("14:00", &[])]);
    assert_eq!(changes(&history), ["10:00:00..14:00:00 - Routes/0.0.0.0/0 nat-1 -> absent"]);
    assert_eq!(
        [route_at(&history, "10:00"), route_at(&history, "12:00"), route_at(&history, "14:00")],
        ["nat-1", "unknown", "absent"]
    );
    assert_eq!(history.changes()[0].cites.ids().len(), 2, "both observations are cited");
}

#[test]
fn an_observation_wins_over_events() {
    let history =
        history(vec![tables("10:00", &[DEFAULT]), delete_route("12:00"), tables("14:00", &[DEFAULT])]);
    let expected = [
        "12:00:00 DeleteRoute Routes/0.0.0.0/0 nat-1 -> absent",
        "12:00:00..14:00:00 - Routes/0.0.0.0/0 absent -> nat-1",
    ];
    assert_eq!(changes(&history), expected);
    assert_eq!(route_at(&history, "20:00"), "nat-1");
}

#[test]
fn events_after_the_last_observation_are_applied() {
    let history = history(vec![tables("10:00", &[DEFAULT]), delete_route("12:00")]);
    assert_eq!([route_at(&history, "11:00"), route_at(&history, "13:00")], ["nat-1", "absent"]);
    assert_eq!(history.latest().state(&key(TABLE, "rtb-1"), &facet("Routes", "0.0.0.0/0")), State::Absent);
}

#[test]
fn an_observation_within_seconds_of_an_event_may_not_show_it_yet() {
    let history =
        history(vec![tables("10:00", &[DEFAULT]), delete_route("12:00:00"), tables("12:00:02", &[DEFAULT])]);
    assert_eq!(changes(&history), ["12:00:00 DeleteRoute Routes/0.0.0.0/0 nat-1 -> absent"]);
    assert_eq!(route_at(&history, "13:00"), "absent");
}

#[test]
fn an_observation_seconds_before_an_event_may_show_it_already() {
    let history =
        history(vec![tables("10:00", &[DEFAULT]), tables("12:00:00", &[]), delete_route("12:00:01")]);
    assert_eq!(changes(&history), ["12:00:01 DeleteRoute Routes/0.0.0.0/0 nat-1 -> absent"]);
}

#[test]
fn a_call_that_changes_nothing_is_kept_with_nothing() {
    let history = history(vec![tables("10:00", &[]), delete_route("12:00"), tables("14:00", &[])]);
    assert_eq!(changes(&history), ["12:00:00 DeleteRoute"]);
}

#[test]
fn failed_calls_and_calls_of_no_interest_are_no_changes() {
    let refused =
        json!({"errorCode": "Client.UnauthorizedOperation", "errorMessage": "no", "responseElements": null});
    let request = json!({"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"});
    let history = history(vec![
        tables("10:00", &[DEFAULT]),
        event_of("12:00", "DeleteRoute", request, refused),
        event("12:01", "CreateTags", json!({})),
        event_of("12:02", "DescribeRouteTables", json!({}), json!({"readOnly": true})),
        event_of(
            "12:03",
            "SetAlarmState",
            json!({"alarmName": "a", "stateValue": "ALARM"}),
            json!({"eventSource": "monitoring.amazonaws.com"}),
        ),
    ]);
    assert!(history.changes().is_empty());
    let [attempt] = history.attempts() else { panic!("{:?}", history.attempts()) };
    assert_eq!((attempt.code.as_str(), attempt.would.len()), ("Client.UnauthorizedOperation", 1));
    let others: Vec<_> = history.other_events().iter().map(|event| event.info.event_name.as_str()).collect();
    assert_eq!(others, ["CreateTags", "SetAlarmState"]);
    let coverage = history.event_coverage()[&(ACCOUNT.to_owned(), "us-east-1".to_owned())];
    assert_eq!(
        (coverage.first, coverage.last, coverage.asked),
        (Some(time("12:00")), Some(time("12:03")), None)
    );
}

#[test]
fn an_event_found_twice_counts_once_and_cites_both() {
    let mut copy = delete_route("12:00");
    copy = Evidence::new(Query { region: String::new(), ..copy.query.clone() }, copy.at, copy.body);
    let history = history(vec![tables("10:00", &[DEFAULT]), delete_route("12:00"), copy]);
    assert_eq!(history.changes().len(), 1);
    assert_eq!(history.changes()[0].cites.ids().len(), 2);
}

#[test]
fn what_a_listing_no_longer_has_is_gone() {
    let gateways = |clock, ids: &[&str]| {
        let all: Vec<_> = ids.iter().map(|id| json!({"NatGatewayId": id, "State": "available"})).collect();
        call(clock, "DescribeNatGateways", json!({"NatGateways": all}))
    };
    let history =
        history(vec![gateways("10:00", &["nat-1", "nat-2"]), gateways("14:00", &["nat-2", "nat-3"])]);
    let lines = changes(&history);
    assert_eq!(lines[0], "10:00:00..14:00:00 - /- nat-1 -> absent");
    assert_eq!(lines[1], "10:00:00..14:00:00 - /- absent -> nat-3");
    let there = |clock, id| history.at(time(clock)).get(&key("AWS::EC2::NatGateway", id)).is_some();
    assert!(
        there("10:00", "nat-1")
            && !there("10:00", "nat-3")
            && !there("14:00", "nat-1")
            && there("14:00", "nat-3")
    );
    let between = history.at(time("12:00"));
    assert_eq!(between.state(&key("AWS::EC2::NatGateway", "nat-1"), &facet("", "")), State::Unknown);
}

#[test]
fn a_deleted_resource_comes_back_as_it_was() {
    let gateway = |clock, state| {
        call(
            clock,
            "DescribeNatGateways",
            json!({"NatGateways": [{"NatGatewayId": "nat-1", "SubnetId": "subnet-1", "State": state}]}),
        )
    };
    let deleted = event("12:00", "DeleteNatGateway", json!({"natGatewayId": "nat-1"}));
    let history = history(vec![gateway("10:00", "available"), deleted, gateway("12:30", "deleted")]);
    assert_eq!(changes(&history), ["12:00:00 DeleteNatGateway /- nat-1 -> absent"]);
    let gateway = key("AWS::EC2::NatGateway", "nat-1");
    assert_eq!(history.latest().state(&gateway, &facet("", "")), State::Absent);
    let before = history.at(time("11:00"));
    let resource = before.get(&gateway).unwrap();
    assert_eq!((resource.value()["State"].as_str(), resource.account.as_str()), (Some("available"), ACCOUNT));
}

#[test]
fn rules_revoked_by_id_are_found_by_the_difference_they_made() {
    let groups = |clock, ranges: &[&str]| {
        let ranges: Vec<_> = ranges.iter().map(|cidr| json!({"CidrIp": cidr})).collect();
        let open = json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": ranges});
        call(
            clock,
            "DescribeSecurityGroups",
            json!({"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": [open]}]}),
        )
    };
    let revoked = |clock| {
        event(
            clock,
            "RevokeSecurityGroupIngress",
            json!({"groupId": "sg-1", "securityGroupRuleIds": {"items": [{"securityGroupRuleId": "sgr-1"}]}}),
        )
    };
    let both = ["10.0.0.0/8", "192.168.0.0/16"];
    let one = history(vec![groups("10:00", &both), revoked("12:00"), groups("14:00", &both[..1])]);
    let [line] = changes(&one).try_into().unwrap();
    assert!(
        line.starts_with("12:00:00 RevokeSecurityGroupIngress IpPermissions/tcp 443-443 192.168.0.0/16 {"),
        "{line}"
    );
    assert!(line.ends_with("-> absent"), "{line}");

    let rules = call(
        "10:00",
        "DescribeSecurityGroupRules",
        json!({"SecurityGroupRules": [{
        "SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "IsEgress": false, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": "10.0.0.0/8"}]}),
    );
    let known = history(vec![groups("10:00", &both), rules, revoked("12:00")]);
    let rule = facet("IpPermissions", "tcp 443-443 10.0.0.0/8");
    assert_eq!(known.latest().state(&key(GROUP, "sg-1"), &rule), State::Absent);
    assert_eq!(known.changes()[0].delta.edits[0].facet, rule);

    let never = history(vec![groups("10:00", &both), revoked("12:00")]);
    assert_eq!(never.latest().state(&key(GROUP, "sg-1"), &rule), State::Unknown, "one of the rules is gone");
}

#[test]
fn pages_are_one_observation() {
    let page = |clock, id: &str, token: Value| {
        call(clock, "DescribeNatGateways", json!({"NatGateways": [{"NatGatewayId": id}], "NextToken": token}))
    };
    let history = history(vec![
        page("10:00:00", "nat-1", json!("t")),
        page("10:00:02", "nat-2", Value::Null),
        page("14:00:00", "nat-1", json!("t")),
        page("14:00:00", "nat-2", Value::Null),
    ]);
    assert!(changes(&history).is_empty(), "{:?}", changes(&history));
    assert_eq!(
        history.observed_at("AWS::EC2::NatGateway", ACCOUNT, "us-east-1"),
        [time("10:00"), time("14:00")]
    );
    let unfinished = History::read(&case(vec![
        page("10:00:00", "nat-1", Value::Null),
        page("14:00:00", "nat-2", json!("t")),
    ]));
    assert!(
        unfinished.latest().get(&key("AWS::EC2::NatGateway", "nat-1")).is_some(),
        "an unfinished listing removes nothing"
    );
}

#[test]
fn a_later_question_about_some_of_them_is_the_newer_answer() {
    let one = call_with(
        "14:00",
        "DescribeRouteTables",
        json!({"RouteTableIds": ["rtb-1"]}),
        json!({"RouteTables": [{"RouteTableId": "rtb-1", "Routes": []}]}),
    );
    let history = history(vec![tables("10:00", &[DEFAULT]), one]);
    assert_eq!(changes(&history), ["10:00:00..14:00:00 - Routes/0.0.0.0/0 nat-1 -> absent"]);
    assert_eq!(route_at(&history, "20:00"), "absent");
}

#[test]
fn propagated_routes_and_route_states_are_no_changes() {
    let tables = |clock, state: &str, propagated: &[&str]| {
        let mut routes = vec![
            json!({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": state, "Origin": "CreateRoute"}),
        ];
        routes.extend(propagated.iter().map(|to| json!({"DestinationCidrBlock": to, "GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation"})));
        call(
            clock,
            "DescribeRouteTables",
            json!({"RouteTables": [{"RouteTableId": "rtb-1", "Routes": routes, "Tags": [{"Key": clock, "Value": ""}]}]}),
        )
    };
    let history =
        history(vec![tables("10:00", "active", &["10.1.0.0/16"]), tables("14:00", "blackhole", &[])]);
    assert!(changes(&history).is_empty(), "{:?}", changes(&history));
}

#[test]
fn a_failure_after_a_success_leaves_the_older_answer_and_a_doubt() {
    let mut case = case(vec![tables("10:00", &[DEFAULT])]);
    case.gaps.push(Gap {
        what: "ec2 DescribeRouteTables".to_owned(),
        reason: GapReason::Denied,
        needed_for: String::new(),
        remedy: String::new(),
        query: Some(query(ACCOUNT, "DescribeRouteTables", &json!({}))),
        at: Some(time("14:00")),
    });
    let history = History::read(&case);
    let [doubt] = history.doubts() else { panic!("{:?}", history.doubts()) };
    assert!(
        doubt.text.contains("DescribeRouteTables") && doubt.text.contains("2026-05-01T10:00:00Z"),
        "{}",
        doubt.text
    );
    assert!(history.latest().get(&key(TABLE, "rtb-1")).unwrap().cites().is_some());
}

#[test]
fn what_cannot_be_read_is_a_doubt() {
    let bad = Evidence::new(
        query(ACCOUNT, "DescribeVpcs", &json!({})),
        Some(time("10:00")),
        Body::Call("{\"Vpcs\": [null".into()),
    );
    let record = Evidence::new(
        query(ACCOUNT, "X", &json!({})),
        Some(time("10:00")),
        Body::CloudTrailRecord("[]".into()),
    );
    let nothing = call("10:00", "DescribeSubnets", json!({"Subnets": [null]}));
    let history = history(vec![bad, record, nothing, tables("10:00", &[DEFAULT])]);
    assert_eq!(history.doubts().len(), 3, "{:?}", history.doubts());
    assert!(history.latest().get(&key(TABLE, "rtb-1")).is_some());
}

/// A day of observations and events of one route, at minutes that differ.
fn days() -> impl Strategy<Value = Vec<Evidence>> {
    let step = (0..4_u8, 0..3_u8);
    prop::collection::vec(step, 0..8).prop_map(|steps| {
        let mut evidence = Vec::new();
        for (hour, (what, nat)) in steps.into_iter().enumerate() {
            let clock = format!("{:02}:00", hour + 8);
            let nat = format!("nat-{nat}");
            evidence.push(match what {
                0 => tables(&clock, &[("0.0.0.0/0", &nat)]),
                1 => tables(&clock, &[]),
                2 => create_route(&clock, &nat),
                _ => delete_route(&clock),
            });
        }
        evidence
    })
}

proptest! {
    #[test]
    fn undoing_and_redoing_every_change_restores(evidence in days(), at in 0..24_u8) {
        let history = history(evidence);
        let route = (key(TABLE, "rtb-1"), facet("Routes", "0.0.0.0/0"));
        let moment = time(&format!("{at:02}:30"));
        let mut world = history.at(moment);
        for change in history.changes().iter().filter(|change| change.when.latest() > moment) {
            world = world.with(&change.delta);
        }
        let (end, redone) = (history.latest().state(&route.0, &route.1), world.state(&route.0, &route.1));
        prop_assert_eq!(word(&end), word(&redone));
    }

    #[test]
    fn each_change_begins_where_the_one_before_ended(evidence in days()) {
        let history = history(evidence);
        let edits: Vec<_> = history.changes().iter().flat_map(|change| &change.delta.edits).filter(|edit| !edit.facet.member.is_empty()).collect();
        for pair in edits.windows(2) {
            prop_assert!(pair[1].before == State::Unknown || word(&pair[0].after) == word(&pair[1].before), "{:?}", changes(&history));
        }
    }

    #[test]
    fn arbitrary_answers_and_records_never_panic(texts in prop::collection::vec("[\\[\\]{}\",:a-zA-Z0-9]{0,60}", 0..6)) {
        let operations = ["DescribeRouteTables", "DescribeVpcAttribute", ""];
        let evidence = texts.iter().zip(operations.iter().cycle()).flat_map(|(text, operation)| {
            let query = query(ACCOUNT, operation, &json!({}));
            [Evidence::new(query.clone(), None, Body::Call(text.as_str().into())), Evidence::new(query, None, Body::CloudTrailRecord(text.as_str().into()))]
        });
        let _ = History::read(&case(evidence.collect()));
    }
}
