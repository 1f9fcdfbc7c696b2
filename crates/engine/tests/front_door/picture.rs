//! Pictures through the front door: a case in, what there is to draw out.

use crate::support::requests::{self, denials, function_calls, reads_table, role_calls, table};
use crate::support::{alarm, alert, case, event, revoke, revoked_rule, snapshot};
use butfor_engine::{assess, assess_with_picture};
use butfor_incident::CaseFile;
use butfor_incident::picture::{Connection, Passage, Picture, State};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

fn drawn(case: &CaseFile) -> Picture {
    let (assessment, picture) = assess_with_picture(case);
    assert_eq!(assessment, assess(case));
    picture
}

#[test]
fn a_revoked_rule_is_drawn_with_its_way_and_what_it_was() {
    let picture = drawn(&revoked_rule());
    let nodes: Vec<_> = picture
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node.parent.as_deref().unwrap_or("-"), node.state))
        .collect();
    assert_eq!(
        nodes,
        [
            ("account/444455556666", "-", State::Plain),
            ("region/444455556666/eu-west-1", "account/444455556666", State::Plain),
            ("vpc-1", "region/444455556666/eu-west-1", State::Plain),
            ("sg-db000000", "vpc-1", State::Cause),
            ("subnet-1", "vpc-1", State::Plain),
            ("i-app000000", "subnet-1", State::Broken),
            ("orders-db", "subnet-1", State::Plain),
        ]
    );
    let edges: Vec<_> =
        picture.edges.iter().map(|edge| (edge.connection, edge.label.as_str(), edge.state)).collect();
    assert_eq!(edges, [(Connection::Flow, "tcp/5432", State::Broken)]);
    let [way] = picture.paths.as_slice() else { panic!("{:#?}", picture.paths) };
    let refused: Vec<_> = way.now.forward.iter().filter(|step| step.passage == Passage::Blocked).collect();
    assert!(matches!(refused.as_slice(), [step] if step.id == "sg-db000000" && !step.cites.is_empty()));
    assert_eq!(way.before.as_ref().map(|before| before.passage), Some(Passage::Passes));
    let [rule] = picture.comparisons.as_slice() else { panic!("{:#?}", picture.comparisons) };
    assert_eq!(
        (
            rule.part.as_str(),
            rule.before.as_deref(),
            rule.now.as_deref(),
            rule.at.as_deref(),
            rule.who.as_str()
        ),
        (
            "inbound rule tcp/5432 from sg-app00000",
            Some("tcp/5432 from sg-app00000"),
            None,
            Some("2026-05-18T13:46:58Z"),
            "h.brandt"
        )
    );
}

#[test]
fn a_difference_of_two_observations_names_nobody_and_no_moment() {
    let mut evidence = snapshot("2026-05-18T05:00:00Z", true);
    evidence.extend(snapshot("2026-05-18T13:58:00Z", false));
    evidence.push(alert(&alarm("2026-05-18T13:50:41Z")));
    let picture = drawn(&case(evidence));
    let [rule] = picture.comparisons.as_slice() else { panic!("{:#?}", picture.comparisons) };
    assert_eq!((rule.is_known, rule.at.as_deref()), (true, None));
    assert_eq!(rule.who, "not recorded, between 2026-05-18T05:00:00Z and 2026-05-18T13:58:00Z");
}

#[test]
fn what_works_again_is_drawn_as_it_is() {
    let mut back = revoke("2026-05-18T13:48:10Z");
    back["eventName"] = "AuthorizeSecurityGroupIngress".into();
    back["eventID"] = "11111111-2222-4333-8444-555555555555".into();
    let mut evidence = snapshot("2026-05-18T13:58:00Z", true);
    evidence.extend([event(&revoke("2026-05-18T13:46:58Z")), event(&back)]);
    evidence.push(alert(&alarm("2026-05-18T13:50:41Z")));
    let picture = drawn(&case(evidence));
    assert!(picture.nodes.iter().all(|node| node.state != State::Broken));
    assert!(
        picture.paths.iter().all(|path| path.now.passage == Passage::Passes) && !picture.paths.is_empty()
    );
    let [rule] = picture.comparisons.as_slice() else { panic!("{:#?}", picture.comparisons) };
    assert!(
        rule.before == rule.now && rule.part.contains("until 2026-05-18T13:48:10Z by h.brandt: not there")
    );
}

#[test]
fn a_denied_request_shows_every_layer_and_the_statement_that_allowed() {
    let mut evidence = Vec::new();
    for (at, has_role) in [("2026-05-18T05:00:00Z", "reader"), ("2026-05-18T13:58:00Z", "basic")] {
        evidence.extend(function_calls(at, has_role));
        evidence.extend(role_calls(at, "reader", &[("app", reads_table())]));
        evidence.extend(role_calls(
            at,
            "basic",
            &[("logs", requests::allow(&["logs:PutLogEvents"], &["*"]))],
        ));
    }
    evidence.push(requests::alarm());
    let reason = "because no identity-based policy allows the dynamodb:Query action";
    evidence.push(denials("basic", reason, &["2026-05-18T13:48:00Z", "2026-05-18T13:49:00Z"]));
    let picture = drawn(&requests::case(evidence));
    let way = picture.paths.iter().find(|path| path.now.passage == Passage::Blocked).unwrap();
    assert_eq!((way.service.as_str(), way.to.as_str()), ("dynamodb:Query", "table orders"));
    let denying: Vec<_> = way.now.forward.iter().filter(|step| step.passage == Passage::Blocked).collect();
    assert!(
        matches!(denying.as_slice(), [step] if step.action == "identity policies: does not allow" && step.label == "basic")
    );
    let before = way.before.as_ref().unwrap();
    let allowing = before.forward.iter().find(|step| step.action == "identity policies: allows").unwrap();
    assert!(allowing.rule.as_deref().is_some_and(|rule| rule.contains("inline policy app of role reader")));
    let request = picture.edges.iter().find(|edge| edge.connection == Connection::Request).unwrap();
    assert_eq!((request.to.as_str(), request.state), (table().as_str(), State::Broken));
}

/// Ids that are taken twice and places that lie in each other make no circle: a page would walk it forever.
#[test]
fn hostile_ids_make_no_circle() {
    let mut evidence = revoked_rule().evidence;
    let at = "2026-05-18T13:59:00Z";
    let subnets =
        json!({"Subnets": [{"SubnetId": "vpc-1", "VpcId": "subnet-1"}, {"SubnetId": "x", "VpcId": "x"}]});
    evidence.push(crate::support::call(at, "DescribeSubnets", json!({}), &subnets));
    let gateways =
        json!({"NatGateways": [{"NatGatewayId": "x", "SubnetId": "x", "VpcId": "x", "State": "available"}]});
    evidence.push(crate::support::call(at, "DescribeNatGateways", json!({}), &gateways));
    let picture = drawn(&case(evidence));
    let mut known = BTreeSet::new();
    for node in &picture.nodes {
        assert!(node.parent.as_ref().is_none_or(|parent| known.contains(parent)), "{node:#?}");
        assert!(known.insert(node.id.clone()), "{node:#?}");
    }
}

/// Many interfaces and tables: the drawing stays bounded, and what takes part stays in it.
#[test]
fn a_large_network_keeps_what_takes_part() {
    let mut evidence = revoked_rule().evidence;
    let instances: Vec<_> = (0..2_000)
        .map(|n| json!({"InstanceId": format!("i-{n:08}"), "SubnetId": "subnet-1", "VpcId": "vpc-1", "State": {"Name": "running"}}))
        .collect();
    let output = json!({"Reservations": [{"OwnerId": crate::support::ACCOUNT, "Instances": instances}]});
    evidence.push(crate::support::call(
        "2026-05-18T13:58:00Z",
        "DescribeInstances",
        json!({"page": 2}),
        &output,
    ));
    let picture = drawn(&case(evidence));
    assert_eq!(picture.nodes.len(), 500);
    let states: BTreeSet<State> = picture.nodes.iter().map(|node| node.state).collect();
    assert!(states.contains(&State::Cause) && states.contains(&State::Broken), "{states:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_evidence_does_not_show(order in Just((0..revoked_rule().evidence.len()).collect::<Vec<_>>()).prop_shuffle()) {
        let ordered = revoked_rule();
        let mut shuffled = ordered.clone();
        shuffled.evidence = order.into_iter().map(|index| ordered.evidence[index].clone()).collect();
        prop_assert_eq!(assess_with_picture(&ordered), assess_with_picture(&shuffled));
    }
}
