use super::{DescribeError, Fragment, Origin, Piece, compose, fragments, known_kind};
use proptest::prelude::*;

/// Cuts and shows one line a fragment: kind, id, member, text.
fn cut(operation: Option<&str>, parameters: &str, output: &str) -> String {
    let answer = fragments(operation, parameters, output).unwrap();
    let mut lines: Vec<String> = answer
        .fragments
        .iter()
        .map(|Fragment { kind, id, member, part, json }| {
            let kind = kind.strip_prefix("AWS::").unwrap();
            format!("{kind} {id} {} {part:?} {json}", member.unwrap_or("-"))
        })
        .collect();
    lines.extend(answer.listed.iter().map(|kind| format!("all {kind}")));
    lines.extend(answer.continues.then(|| "continues".to_owned()));
    lines.extend(answer.unknown_keys.iter().map(|key| format!("unknown {key}")));
    lines.extend(answer.problems.iter().map(|problem| format!("problem {problem}")));
    lines.join("\n")
}

#[track_caller]
fn check(operation: Option<&str>, parameters: &str, output: &str, expected: &[&str]) {
    assert_eq!(cut(operation, parameters, output), expected.join("\n"));
}

#[test]
fn a_list_of_resources_with_and_without_a_request() {
    let output = r#"{"Subnets": [{"SubnetId": "subnet-1"}, {"VpcId": "v", "SubnetId": "subnet-2"}]}"#;
    let cut = [
        r#"EC2::Subnet subnet-1 - Object {"SubnetId": "subnet-1"}"#,
        r#"EC2::Subnet subnet-2 - Object {"VpcId": "v", "SubnetId": "subnet-2"}"#,
    ];
    let all = [cut.as_slice(), &["all AWS::EC2::Subnet"]].concat();
    check(None, "", output, &all);
    check(Some("DescribeSubnets"), "{}", output, &all);
    check(Some("DescribeSubnets"), r#"{"MaxResults": 5, "Filters": [], "SubnetIds": null}"#, output, &all);
    check(Some("DescribeSubnets"), r#"{"SubnetIds": ["subnet-1", "subnet-2"]}"#, output, &cut);
    check(Some("DescribeSubnets"), "not json", output, &cut);
}

#[test]
fn a_page_says_that_it_goes_on() {
    check(
        Some("DescribeVpcs"),
        "{}",
        r#"{"Vpcs": [], "NextToken": "t"}"#,
        &["all AWS::EC2::VPC", "continues"],
    );
    check(Some("DescribeVpcs"), "{}", r#"{"Vpcs": [], "NextToken": null}"#, &["all AWS::EC2::VPC"]);
}

#[test]
fn instances_carry_their_interfaces() {
    let expected = [
        r#"EC2::Instance i-1 - Object {"InstanceId":"i-1","NetworkInterfaces":[{"NetworkInterfaceId":"eni-1"}]}"#,
        r#"EC2::NetworkInterface eni-1 - Embedded {"NetworkInterfaceId":"eni-1"}"#,
        r#"EC2::Instance i-2 - Object {"InstanceId":"i-2","NetworkInterfaces":null}"#,
        "all AWS::EC2::Instance",
    ];
    let instances = r#"[{"InstanceId":"i-1","NetworkInterfaces":[{"NetworkInterfaceId":"eni-1"}]},
                        {"InstanceId":"i-2","NetworkInterfaces":null}]"#;
    check(None, "", &format!(r#"{{"Reservations":[{{"Instances":{instances}}}]}}"#), &expected);
    // np-guard's form; another service's `instances` is not meant.
    check(None, "", &format!(r#"{{"instances":{instances}}}"#), &expected);
    check(Some("ListInstances"), "", r#"{"instances":[{"InstanceId":"i-1"}]}"#, &["unknown instances"]);
}

#[test]
fn np_guard_files() {
    check(
        None,
        "",
        r#"{"provider":"aws","vpcs":[{"VpcId":"VpcId:4"}],"network_acls":null}"#,
        &[
            "EC2::VPC VpcId:4 - Object {\"VpcId\":\"VpcId:4\"}",
            "all AWS::EC2::NetworkAcl",
            "all AWS::EC2::VPC",
            "unknown provider",
        ],
    );
}

#[test]
fn members_of_the_resource_the_request_names() {
    let table = r#"{"TransitGatewayRouteTableId": "tgw-rtb-1", "Filters": [{"Name": "state", "Values": ["active"]}]}"#;
    check(
        Some("SearchTransitGatewayRoutes"),
        table,
        r#"{"Routes": [{"DestinationCidrBlock": "10.0.0.0/8"}], "AdditionalRoutesAvailable": false}"#,
        &[
            "EC2::TransitGatewayRouteTable tgw-rtb-1 AdditionalRoutesAvailable Value false",
            r#"EC2::TransitGatewayRouteTable tgw-rtb-1 Routes Elements [{"DestinationCidrBlock": "10.0.0.0/8"}]"#,
        ],
    );
    check(
        Some("GetTransitGatewayRouteTableAssociations"),
        table,
        r#"{"Associations": null}"#,
        &["EC2::TransitGatewayRouteTable tgw-rtb-1 Associations Elements []"],
    );
    check(Some("ListAssociations"), "{}", r#"{"Associations": [{}]}"#, &["unknown Associations"]);
    let group = r#"{"TargetGroupArn": "arn:tg"}"#;
    check(
        Some("DescribeTargetHealth"),
        group,
        r#"{"TargetHealthDescriptions": []}"#,
        &["ElasticLoadBalancingV2::TargetGroup arn:tg TargetHealthDescriptions Elements []"],
    );
    check(
        Some("DescribeTargetGroupAttributes"),
        group,
        r#"{"Attributes": [{"Key": "k"}]}"#,
        &[r#"ElasticLoadBalancingV2::TargetGroup arn:tg Attributes Elements [{"Key": "k"}]"#],
    );
    check(
        Some("GetManagedPrefixListEntries"),
        r#"{"PrefixListId": "pl-1"}"#,
        r#"{"Entries": [{"Cidr": "10.0.0.0/8", "Description": "x"}, null]}"#,
        &["EC2::PrefixList pl-1 Cidrs Elements [\"10.0.0.0/8\"]", "problem `Entries[1]` has no Cidr"],
    );
    check(Some("ListEntries"), "{}", r#"{"Entries": []}"#, &["unknown Entries"]);
}

#[test]
fn vpc_attributes() {
    check(
        Some("DescribeVpcAttribute"),
        r#"{"VpcId": "vpc-1", "Attribute": "enableDnsSupport"}"#,
        r#"{"VpcId": "vpc-1", "EnableDnsSupport": {"Value": false}}"#,
        &["EC2::VPC vpc-1 EnableDnsSupport Value false"],
    );
    check(
        Some("DescribeVpcAttribute"),
        r#"{"VpcId": "vpc-1"}"#,
        r#"{"EnableDnsHostnames": {}}"#,
        &["problem `EnableDnsHostnames` has no `Value` that is true or false"],
    );
}

#[test]
fn listeners_are_resources_and_members() {
    let listener = r#"{"ListenerArn":"arn:l","LoadBalancerArn":"arn:lb"}"#;
    let expected = [
        "ElasticLoadBalancingV2::LoadBalancer arn:lb Listeners Elements []".to_owned(),
        format!("ElasticLoadBalancingV2::Listener arn:l - Object {listener}"),
        format!("ElasticLoadBalancingV2::LoadBalancer arn:lb Listeners Element {listener}"),
    ];
    let expected = expected.each_ref().map(String::as_str);
    let output = format!(r#"{{"Listeners":[{listener}]}}"#);
    check(Some("DescribeListeners"), r#"{"LoadBalancerArn":"arn:lb"}"#, &output, &expected);
    check(None, "", &output, &expected[1..]);
    let packed =
        format!(r#"{{"LoadBalancerListeners":[{{"LoadBalancerArn":"arn:lb","Listeners":[{listener}]}}]}}"#);
    check(None, "", &packed, &expected);
}

#[test]
fn batfish_packing() {
    check(
        None,
        "",
        r#"{"TransitGatewayPropagations":[{"TransitGatewayRouteTableId":"t","TransitGatewayRouteTablePropagations":[{"a":1}]},{}]}"#,
        &[
            r#"EC2::TransitGatewayRouteTable t Propagations Elements [{"a":1}]"#,
            "problem `TransitGatewayPropagations[1]` has no TransitGatewayRouteTableId",
        ],
    );
    check(
        None,
        "",
        r#"{"TransitGatewayStaticRoutes":[{"TransitGatewayRouteTableId":"t","Routes":[],"AdditionalRoutesAvailable":false}]}"#,
        &["EC2::TransitGatewayRouteTable t Routes Elements []"],
    );
    check(
        None,
        "",
        r#"{"LoadBalancerTargetHealth":[{"TargetGroupArn":"g","TargetHealthDescriptions":[]}]}"#,
        &["ElasticLoadBalancingV2::TargetGroup g TargetHealthDescriptions Elements []"],
    );
    check(
        None,
        "",
        r#"{"LoadBalancerAttributes":{"CrossZoneLoadBalancing":{}}}"#,
        &["unknown LoadBalancerAttributes"],
    );
}

#[test]
fn functions() {
    let configuration = r#"{"FunctionName":"f","FunctionArn":"arn:aws:lambda:r:a:function:f"}"#;
    let expected = format!("Lambda::Function arn:aws:lambda:r:a:function:f - Object {configuration}");
    check(Some("GetFunctionConfiguration"), r#"{"FunctionName":"f"}"#, configuration, &[&expected]);
    check(
        Some("GetFunctionConcurrency"),
        r#"{"FunctionName":"f"}"#,
        "{}",
        &["Lambda::Function f ReservedConcurrentExecutions Value null"],
    );
}

#[test]
fn firewalls() {
    check(
        Some("DescribeRuleGroup"),
        r#"{"RuleGroupArn":"arn:rg"}"#,
        r#"{"UpdateToken":"t","RuleGroup":{"RulesSource":{}},"RuleGroupResponse":{"RuleGroupArn":"arn:rg"}}"#,
        &[
            r#"NetworkFirewall::RuleGroup arn:rg RuleGroup Value {"RulesSource":{}}"#,
            r#"NetworkFirewall::RuleGroup arn:rg - Object {"RuleGroupArn":"arn:rg"}"#,
        ],
    );
}

#[test]
fn prefix_lists_of_two_calls() {
    let output = r#"{"PrefixLists":[{"PrefixListId":"pl-1"}]}"#;
    let list = r#"EC2::PrefixList pl-1 - Partial {"PrefixListId":"pl-1"}"#;
    check(Some("DescribePrefixLists"), "{}", output, &[list]);
    check(Some("DescribeManagedPrefixLists"), "{}", output, &[list, "all AWS::EC2::PrefixList"]);
}

#[test]
fn what_cannot_be_used_is_named_and_the_rest_kept() {
    check(
        None,
        "",
        r#"{"Vpcs":[null,{"VpcId":7},"x",{"VpcId":""},{"VpcId":"vpc-1"}],"Subnets":{},"RouteTables":null,"What":1}"#,
        &[
            r#"EC2::VPC vpc-1 - Object {"VpcId":"vpc-1"}"#,
            "unknown What",
            "problem `Vpcs[0]` is null",
            "problem `Vpcs[1]` has no VpcId",
            "problem `Vpcs[2]` is no object",
            "problem `Vpcs[3]` has no VpcId",
            "problem `Subnets` is no list",
        ],
    );
}

#[test]
fn what_is_no_answer_is_an_error() {
    assert!(matches!(fragments(None, "", "{"), Err(DescribeError::Json(_))));
    assert!(matches!(fragments(None, "", r#"{"Vpcs":[}"#), Err(DescribeError::Json(_))));
    assert!(matches!(fragments(None, "", " [1]"), Err(DescribeError::NotAnObject(_))));
}

/// Composes answers given as (account, operation, parameters, output); origins count from 0.
fn composed(answers: &[(&str, &str, &str, &str)]) -> Vec<String> {
    let mut pieces = Vec::new();
    for (origin, (account, operation, parameters, output)) in (0..).map(Origin).zip(answers) {
        let operation = (!operation.is_empty()).then_some(*operation);
        let cut = fragments(operation, parameters, output).unwrap();
        pieces.extend(cut.fragments.into_iter().map(|fragment| Piece {
            fragment,
            account,
            region: "r",
            origin,
        }));
    }
    let forward = compose(pieces.iter().cloned());
    pieces.reverse();
    assert_eq!(forward, compose(pieces), "the order of pieces must not matter");
    forward
        .iter()
        .map(|d| {
            format!(
                "{} {} {:?} {}",
                d.id,
                d.account,
                d.origins.iter().map(|o| o.0).collect::<Vec<_>>(),
                d.json
            )
        })
        .collect()
}

#[test]
fn pages_and_secondary_calls_become_one_document() {
    let table = r#"{"TransitGatewayRouteTableId":"t"}"#;
    let documents = composed(&[
        ("1", "SearchTransitGatewayRoutes", table, r#"{"Routes":[{"n":1},{"n":2}]}"#),
        ("1", "SearchTransitGatewayRoutes", table, r#"{"Routes":[{"n":3}]}"#),
        ("1", "GetTransitGatewayRouteTableAssociations", table, r#"{"Associations":[]}"#),
        (
            "1",
            "DescribeTransitGatewayRouteTables",
            "{}",
            r#"{"TransitGatewayRouteTables":[{"TransitGatewayRouteTableId":"t"}]}"#,
        ),
    ]);
    let expected = r#"t 1 [0, 1, 2, 3] {"TransitGatewayRouteTableId":"t","Associations":[],"Routes":[{"n":1},{"n":2},{"n":3}]}"#;
    assert_eq!(documents, [expected]);
}

#[test]
fn the_owners_description_is_preferred() {
    let seen_by = |state: &str| {
        format!(
            r#"{{"TransitGatewayAttachments":[{{"TransitGatewayAttachmentId":"a","TransitGatewayOwnerId":"2","State":"{state}"}}]}}"#
        )
    };
    let vpc = r#"{"TransitGatewayVpcAttachments":[{"TransitGatewayAttachmentId":"a","State":"other","SubnetIds":["s"]}]}"#;
    let documents = composed(&[
        ("1", "", "", &seen_by("by tenant")),
        ("2", "", "", &seen_by("by owner")),
        ("1", "", "", vpc),
    ]);
    let expected = r#"a 2 [0, 1, 2] {"TransitGatewayAttachmentId":"a","TransitGatewayOwnerId":"2","State":"by owner","SubnetIds":["s"]}"#;
    assert_eq!(documents, [expected]);

    let peering = r#"{"VpcPeeringConnections":[{"VpcPeeringConnectionId":"p","AccepterVpcInfo":{"OwnerId":"2"},"RequesterVpcInfo":{"OwnerId":"1"}}]}"#;
    let [document] = composed(&[("1", "", "", peering), ("2", "", "", peering)]).try_into().unwrap();
    assert!(document.starts_with("p 2 "), "{document}");
}

#[test]
fn interfaces_inside_instances_only_where_no_others_are() {
    let inside = r#"{"Reservations":[{"Instances":[{"InstanceId":"i","NetworkInterfaces":[{"NetworkInterfaceId":"e","X":1}]}]}]}"#;
    let own = r#"{"NetworkInterfaces":[{"NetworkInterfaceId":"e"}]}"#;
    let interface = |answers: &[(&str, &str, &str, &str)]| {
        composed(answers).into_iter().find(|d| d.starts_with("e ")).unwrap()
    };
    assert_eq!(interface(&[("1", "", "", inside)]), r#"e 1 [0] {"NetworkInterfaceId":"e","X":1}"#);
    assert_eq!(
        interface(&[("1", "", "", inside), ("1", "", "", own)]),
        r#"e 1 [1] {"NetworkInterfaceId":"e"}"#
    );
}

#[test]
fn ids_are_completed() {
    let function = r#"{"FunctionName":"f","FunctionArn":"arn:aws:lambda:r:1:function:f"}"#;
    let documents = composed(&[
        (
            "1",
            "GetFunctionConcurrency",
            r#"{"FunctionName":"1:function:f"}"#,
            r#"{"ReservedConcurrentExecutions":0}"#,
        ),
        ("1", "GetFunctionConfiguration", "{}", function),
        ("1", "", "", r#"{"VpcBlockPublicAccessOptions":{"InternetGatewayBlockMode":"off"}}"#),
    ]);
    let with_concurrency = r#"{"FunctionName":"f","FunctionArn":"arn:aws:lambda:r:1:function:f","ReservedConcurrentExecutions":0}"#;
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[0], r#"1/r 1 [2] {"InternetGatewayBlockMode":"off"}"#);
    assert_eq!(documents[1], format!("arn:aws:lambda:r:1:function:f 1 [0, 1] {with_concurrency}"));
}

#[test]
fn a_member_alone_is_no_resource() {
    assert!(
        composed(&[(
            "1",
            "DescribeVpcAttribute",
            "{}",
            r#"{"VpcId":"v","EnableDnsSupport":{"Value":true}}"#
        )])
        .is_empty()
    );
}

#[test]
fn kinds_are_known() {
    assert_eq!(known_kind("AWS::EC2::VPC"), Some("AWS::EC2::VPC"));
    assert_eq!(known_kind("AWS::S3::Bucket"), Some("AWS::S3::Bucket"));
    assert_eq!(known_kind("AWS::S3::Object"), None);
}

/// Arbitrary JSON under keys that mean something.
fn arbitrary_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        "[a-z\\\\\"é]{0,4}".prop_map(Into::into),
    ];
    let keys = prop::sample::select(vec![
        "Vpcs",
        "VpcId",
        "Reservations",
        "Instances",
        "InstanceId",
        "NetworkInterfaces",
        "NetworkInterfaceId",
        "Listeners",
        "ListenerArn",
        "Firewall",
        "FirewallArn",
        "EnableDnsSupport",
        "Value",
        "Routes",
        "Entries",
        "FunctionArn",
        "FunctionName",
        "TransitGatewayPropagations",
        "TransitGatewayRouteTableId",
        "LoadBalancerListeners",
        "AccepterVpcInfo",
        "OwnerId",
    ]);
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::hash_map(keys.clone(), inner, 0..5)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_answers_never_panic(outputs in prop::collection::vec(arbitrary_json(), 1..4), parameters in arbitrary_json()) {
        let outputs: Vec<String> = outputs.iter().map(ToString::to_string).collect();
        let mut pieces = Vec::new();
        for (origin, output) in (0..).map(Origin).zip(&outputs) {
            if let Ok(answer) = fragments(None, &parameters.to_string(), output) {
                pieces.extend(answer.fragments.into_iter().map(|fragment| Piece { fragment, account: "1", region: "r", origin }));
            }
        }
        let forward = compose(pieces.iter().cloned());
        pieces.reverse();
        prop_assert_eq!(&forward, &compose(pieces));
        for document in forward {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&document.json).is_ok(), "{}", document.json);
        }
    }
}
