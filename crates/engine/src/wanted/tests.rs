//! What is asked, given what was answered so far.

use super::{Place, Scope, wanted};
use butfor_incident::{Body, CaseFile, Evidence, Gap, GapReason, Query, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const HOME: &str = "111122223333";
const OTHER: &str = "444455556666";
const NOW: &str = "2026-05-02T13:37:00Z";

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// An investigation that answers each query from a table; what is not in it is answered with nothing.
struct Investigation {
    scope: Scope,
    case: CaseFile,
    asked: BTreeSet<Query>,
    /// Queries of each round.
    rounds: Vec<Vec<Query>>,
}

impl Investigation {
    /// Of an alarm in a namespace, with the dimensions of its metric.
    fn of(namespace: &str, dimensions: Value) -> Self {
        let alert = json!({
            "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch", "account": HOME, "region": "us-east-1",
            "time": "2026-05-02T13:30:00Z", "resources": [],
            "detail": {"alarmName": "errors", "state": {"value": "ALARM", "timestamp": "2026-05-02T13:30:00Z"}, "configuration": {"metrics": [
                {"id": "m1", "returnData": true, "metricStat": {"period": 60, "stat": "Sum",
                    "metric": {"namespace": namespace, "name": "Errors", "dimensions": dimensions}}}]}},
        });
        let query = Query {
            account: String::new(),
            region: String::new(),
            service: String::new(),
            operation: String::new(),
            parameters: "{}".into(),
        };
        let place = |account: &str| Place { account: account.to_owned(), region: "us-east-1".to_owned() };
        Self {
            scope: Scope {
                home: place(HOME),
                others: vec![place(OTHER)],
                log_groups: Vec::new(),
                now: at(NOW),
                changes_before_s: super::CHANGES_BEFORE_SECONDS,
                trail: None,
            },
            case: CaseFile {
                as_of: at(NOW),
                evidence: vec![Evidence::new(query, None, Body::Alert(alert.to_string().into()))],
                gaps: Vec::new(),
                rounds: 1,
            },
            asked: BTreeSet::new(),
            rounds: Vec::new(),
        }
    }

    /// Asks until nothing more is wanted. `answer` is what an operation of an account gives; `None` is a refusal.
    fn run(mut self, answer: impl Fn(&Query) -> Option<Value>) -> Self {
        for _ in 0..12 {
            let new: Vec<Query> =
                wanted(&self.case, &self.scope, &self.asked).into_iter().map(|it| it.query).collect();
            if new.is_empty() {
                return self;
            }
            for query in &new {
                assert!(self.asked.insert(query.clone()), "asked twice: {query:?}");
                match answer(query) {
                    Some(output) => {
                        let body = Body::Call(output.to_string().into());
                        self.case.evidence.push(Evidence::new(query.clone(), Some(at(NOW)), body));
                    }
                    None => self.case.gaps.push(Gap {
                        what: query.operation.clone(),
                        reason: GapReason::Denied,
                        needed_for: String::new(),
                        remedy: String::new(),
                        query: Some(query.clone()),
                        at: Some(at(NOW)),
                    }),
                }
            }
            self.rounds.push(new);
        }
        panic!("no end: {:?}", self.rounds.last());
    }

    /// The queries of an operation, as account and parameters.
    fn asked(&self, operation: &str) -> Vec<(&str, Value)> {
        let all = self.rounds.iter().flatten().filter(|query| query.operation == operation);
        all.map(|query| (query.account.as_str(), serde_json::from_str(&query.parameters).unwrap())).collect()
    }

    fn asks(&self, operation: &str) -> bool {
        !self.asked(operation).is_empty()
    }
}

fn nothing(_: &Query) -> Option<Value> {
    Some(json!({}))
}

/// `run` stops the test where something is asked twice.
#[test]
fn nothing_is_asked_twice_whatever_is_answered() {
    for (namespace, dimensions) in [
        ("AWS/ApplicationELB", json!({"LoadBalancer": "app/web/1"})),
        ("AWS/Lambda", json!({"FunctionName": "list"})),
        ("AWS/ApiGateway", json!({"ApiName": "orders"})),
        ("AWS/NetworkFlowMonitor", json!({"MonitorId": "m-1"})),
    ] {
        let answered = Investigation::of(namespace, dimensions.clone()).run(nothing);
        assert!(answered.asks("LookupEvents") && answered.asks("DescribeAlarmHistory"), "{namespace}");
        Investigation::of(namespace, dimensions).run(|_| None);
    }
}

#[test]
fn the_owner_of_a_transit_gateway_is_asked_for_its_tables() {
    let attachment = json!({"TransitGatewayAttachmentId": "tgw-attach-1", "TransitGatewayId": "tgw-1", "TransitGatewayOwnerId": OTHER,
        "VpcOwnerId": HOME, "VpcId": "vpc-1", "State": "available"});
    let table = json!({"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": "tgw-1"});
    let found = Investigation::of("AWS/ApplicationELB", json!({})).run(|query| {
        Some(match (query.operation.as_str(), query.account.as_str()) {
            ("DescribeRouteTables", HOME) => {
                json!({"RouteTables": [{"RouteTableId": "rtb-1", "Routes": [{"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": "tgw-1"}]}]})
            }
            ("DescribeTransitGatewayVpcAttachments", _) => json!({"TransitGatewayVpcAttachments": [attachment]}),
            ("DescribeTransitGatewayRouteTables", OTHER) => json!({"TransitGatewayRouteTables": [table]}),
            _ => json!({}),
        })
    });
    assert_eq!(found.asked("DescribeTransitGatewayRouteTables"), [(OTHER, json!({}))]);
    let searched = found.asked("SearchTransitGatewayRoutes");
    assert_eq!(searched.len(), 1);
    assert_eq!((searched[0].0, &searched[0].1["TransitGatewayRouteTableId"]), (OTHER, &json!("tgw-rtb-1")));
    assert!(found.asked("LookupEvents").iter().any(|(account, _)| *account == OTHER), "its changes, too");
    let alone = Investigation::of("AWS/ApplicationELB", json!({})).run(nothing);
    assert!(
        !alone.asks("DescribeTransitGatewayVpcAttachments")
            && !alone.asked("DescribeVpcs").iter().any(|(account, _)| *account == OTHER)
    );
}

/// A function whose log says what `message` says.
fn function(message: &'static str) -> impl Fn(&Query) -> Option<Value> {
    move |query: &Query| {
        let arn = format!("arn:aws:lambda:us-east-1:{HOME}:function:list");
        Some(match query.operation.as_str() {
            "ListFunctions" => json!({"Functions": [{"FunctionName": "list", "FunctionArn": arn}]}),
            "GetFunctionConfiguration" => {
                json!({"FunctionName": "list", "FunctionArn": arn, "Role": format!("arn:aws:iam::{HOME}:role/list")})
            }
            "DescribeLogGroups" => {
                json!({"logGroups": [{"logGroupName": "/aws/lambda/list", "storedBytes": 1000}]})
            }
            "FilterLogEvents" => {
                json!({"events": [{"timestamp": at("2026-05-02T13:29:00Z").as_millis(), "message": message}]})
            }
            _ => json!({}),
        })
    }
}

#[test]
fn policies_are_asked_for_where_something_was_denied() {
    let policies = ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies"];
    let about = || Investigation::of("AWS/Lambda", json!({"FunctionName": "list"}));
    let quiet = about().run(function("[ERROR] ValueError: no such order"));
    assert!(policies.iter().all(|operation| !quiet.asks(operation)));
    let denied = "[ERROR] ClientError: An error occurred (AccessDeniedException) when calling the GetItem operation: User: \
                  arn:aws:sts::111122223333:assumed-role/list/list is not authorized to perform: dynamodb:GetItem on resource: \
                  arn:aws:dynamodb:us-east-1:111122223333:table/orders because no identity-based policy allows the dynamodb:GetItem action";
    let denied = about().run(function(denied));
    for operation in policies {
        assert_eq!(denied.asked(operation), [(HOME, json!({"RoleName": "list"}))], "{operation}");
    }
    assert_eq!(denied.asked("GetResourcePolicy").len(), 1, "of the table");
}

/// A group of so many stored bytes, made a day ago.
fn group(bytes: u64) -> Value {
    let made = at("2026-05-01T13:37:00Z").as_millis();
    json!({"logGroups": [{"logGroupName": "/app/web", "storedBytes": bytes, "creationTime": made}]})
}

#[test]
fn large_log_groups_are_queried_and_small_ones_read() {
    let of = |bytes: u64, refuses: &'static str| {
        let run =
            Investigation::of("AWS/ApplicationELB", json!({})).run(|query| match query.operation.as_str() {
                "DescribeLogGroups" => Some(group(bytes)),
                operation if operation == refuses => None,
                _ => Some(json!({})),
            });
        (run.asked("FilterLogEvents").len(), run.asked("StartQuery").len())
    };
    let (small, large) = (10_000_000, 10_000_000_000);
    assert_eq!(of(small, ""), (1, 0));
    // Before the alarm and after.
    assert_eq!(of(large, ""), (0, 2));
    // What cannot be had one way is asked for the other way.
    assert_eq!(of(small, "FilterLogEvents"), (1, 2));
    assert_eq!(of(large, "StartQuery"), (1, 2));
    let run = Investigation::of("AWS/ApplicationELB", json!({}))
        .run(|query| Some(if query.operation == "DescribeLogGroups" { group(large) } else { json!({}) }));
    let (_, first) = &run.asked("StartQuery")[0];
    let alarm = at("2026-05-02T13:30:00Z").as_millis() / 1000;
    let text = first["queryString"].as_str().unwrap();
    assert!(text.contains("like /ERROR|Error|") && !text.contains("REPORT"), "{text}");
    assert!(
        first["endTime"] == json!(alarm) && text.ends_with("desc")
            || first["startTime"] == json!(alarm) && text.ends_with("asc")
    );
}

/// Groups that were configured are asked once it is known how large they are.
#[test]
fn configured_groups_are_asked_in_the_way_that_fits() {
    let mut about = Investigation::of("AWS/ApplicationELB", json!({}));
    about.scope.log_groups = vec!["/app/web".to_owned(), "/app/strange".to_owned()];
    let run = about.run(|query| {
        Some(if query.operation == "DescribeLogGroups" { group(10_000_000_000) } else { json!({}) })
    });
    assert_eq!((run.asked("FilterLogEvents").len(), run.asked("StartQuery").len()), (1, 2));
    let mut about = Investigation::of("AWS/ApplicationELB", json!({}));
    about.scope.log_groups = vec!["/app/web".to_owned()];
    let run = about.run(|query| if query.operation == "DescribeLogGroups" { None } else { Some(json!({})) });
    assert_eq!(run.asked("FilterLogEvents").len(), 1);
}

/// A route is deleted, and nobody knows where it went.
fn deleted_route(recording: bool) -> impl Fn(&Query) -> Option<Value> {
    move |query: &Query| {
        Some(match query.operation.as_str() {
            "DescribeRouteTables" => {
                json!({"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Routes": []}]})
            }
            "DescribeConfigurationRecorderStatus" => {
                json!({"ConfigurationRecordersStatus": [{"name": "default", "recording": recording}]})
            }
            _ => json!({}),
        })
    }
}

fn with_deleted_route() -> Investigation {
    let mut about = Investigation::of("AWS/ApplicationELB", json!({}));
    let record = json!({
        "eventTime": "2026-05-02T13:20:00Z", "eventSource": "ec2.amazonaws.com", "eventName": "DeleteRoute", "eventID": "e", "awsRegion": "us-east-1",
        "recipientAccountId": HOME, "readOnly": false, "requestParameters": {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"},
        "responseElements": {"_return": true}, "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/kim"},
    });
    let query = Query {
        account: HOME.to_owned(),
        region: "us-east-1".to_owned(),
        service: "cloudtrail".to_owned(),
        operation: "DeleteRoute".to_owned(),
        parameters: "{}".into(),
    };
    let body = Body::CloudTrailRecord(record.to_string().into());
    about.case.evidence.push(Evidence::new(query, Some(at("2026-05-02T13:20:00Z")), body));
    about
}

#[test]
fn old_values_are_asked_for_where_a_recorder_keeps_them() {
    let run = with_deleted_route().run(deleted_route(true));
    let asked = run.asked("GetResourceConfigHistory");
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (&asked[0].1["resourceType"], &asked[0].1["resourceId"]),
        (&json!("AWS::EC2::RouteTable"), &json!("rtb-1"))
    );
    let run = with_deleted_route().run(deleted_route(false));
    assert!(run.asks("DescribeConfigurationRecorderStatus") && !run.asks("GetResourceConfigHistory"));
    let run = Investigation::of("AWS/ApplicationELB", json!({})).run(deleted_route(true));
    assert!(!run.asks("DescribeConfigurationRecorderStatus"), "nothing was changed");
}

#[test]
fn aws_s_own_health_is_asked_for_last() {
    let events = |query: &Query| {
        Some(if query.operation == "DescribeEvents" && query.service == "health" {
            json!({"events": [{"arn": "arn:aws:health:us-east-1::event/EC2/1"}]})
        } else {
            json!({})
        })
    };
    let run = Investigation::of("AWS/ApplicationELB", json!({})).run(events);
    let is_health = |query: &Query| query.service == "health";
    let first = run.rounds.iter().position(|round| round.iter().any(is_health)).unwrap();
    assert!(run.rounds[first].iter().all(is_health) && first > 1, "{first}");
    assert_eq!(
        run.asked("DescribeEventDetails"),
        [(HOME, json!({"eventArns": ["arn:aws:health:us-east-1::event/EC2/1"]}))]
    );
    let run = Investigation::of("AWS/NetworkFlowMonitor", json!({"MonitorId": "m-1"})).run(events);
    assert!(run.rounds[0].iter().any(is_health), "what AWS measures is asked about at once");
    let metrics = run.asked("GetMetricData");
    assert!(metrics.iter().any(|(_, asked)| asked.to_string().contains("HealthIndicator")), "{metrics:?}");
}
