//! The reports asked about, and the calls behind one of them.

use butfor_incident::GapReason;
use butfor_report::ask::{About, Answer, Call, Came, ask};
use serde_json::Value;

/// Reports by name; see data/ORIGIN.md.
pub(crate) const REPORTS: &[(&str, &str)] = &[
    ("rule-removed", include_str!("../data/rule-removed.json")),
    ("nobody-seen", include_str!("../data/nobody-seen.json")),
    ("recovered", include_str!("../data/recovered.json")),
    ("undetermined", include_str!("../data/undetermined.json")),
    ("something-lost", include_str!("../data/something-lost.json")),
];

pub(crate) fn report(name: &str) -> Value {
    let (_, text) = REPORTS.iter().find(|(known, _)| *known == name).expect("a report of that name");
    serde_json::from_str(text).expect("a report is JSON")
}

fn call(service: &str, operation: &str, parameters: &str, came: Came, digest: Option<&str>) -> Call {
    Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        parameters: parameters.into(),
        came,
        digest: digest.map(str::to_owned),
    }
}

/// Some calls of the scenario of `rule-removed`: the digest of e24 there, one of no evidence, and failures.
pub(crate) fn calls() -> Vec<Call> {
    let app = r#"{"logGroupName": "/simulated-workload/app", "startTime": 1}"#;
    let metric = r#"{"MetricDataQueries": [{"Id": "m1", "MetricStat": {"Metric": {"Namespace": "AWS/RDS", "MetricName":
        "DatabaseConnections", "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "simulated-workload-db"}]}}}]}"#;
    vec![
        call("logs", "FilterLogEvents", app, Came::Answered, Some("5e8ad3de03e7bcbb6975f83efa635c9d")),
        call("logs", "FilterLogEvents", app, Came::Answered, Some("00000000000000000000000000000000")),
        call("logs", "StartQuery", r#"{"logGroupNames": ["/aws/lambda/nightly"]}"#, Came::Empty, Some("11")),
        call(
            "logs",
            "FilterLogEvents",
            r#"{"logGroupName": "/ecs/web"}"#,
            Came::Failed(GapReason::Denied),
            None,
        ),
        call("cloudwatch", "GetMetricData", metric, Came::Answered, Some("3b61a4ada3d894e1626306f7f0eaddaa")),
        call("route53", "ListHostedZones", "{}", Came::Empty, Some("22")),
        call("elbv2", "DescribeTargetHealth", r#"{"TargetGroupArn": "tg/blue"}"#, Came::Answered, Some("33")),
        call("ec2", "DescribeSubnets", "not JSON", Came::Answered, None),
    ]
}

pub(crate) fn answer(name: &str, question: &str) -> Answer {
    let (report, calls) = (report(name), calls());
    ask(question, &About { report: &report, calls: &calls, decisions: &[], now: None })
}
