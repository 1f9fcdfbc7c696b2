//! Metrics: the alarm's own, then those that an engineer reads beside it.

use super::answers::text;
use super::{Look, Place, TELEMETRY_BEFORE_SECONDS, Wanted, ask};
use butfor_incident::MetricRef;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Queries of one GetMetricData call at the most (API reference: 500).
const QUERIES_MAX: usize = 500;

/// Seconds of a point; one minute is the finest that AWS services publish without extra cost.
const PERIOD_S: u32 = 60;

/// Namespace, dimension, and metrics with their statistics.
type Beside = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// What is read of a resource: namespace, dimension, then metric and statistic.
const BESIDE: &[Beside] = &[
    (
        "AWS/RDS",
        "DBInstanceIdentifier",
        &[("DatabaseConnections", "Average"), ("CPUUtilization", "Average"), ("FreeStorageSpace", "Minimum")],
    ),
    ("AWS/NATGateway", "NatGatewayId", &[("BytesOutToDestination", "Sum"), ("ErrorPortAllocation", "Sum")]),
    ("AWS/Lambda", "FunctionName", &[("Invocations", "Sum"), ("Errors", "Sum"), ("Throttles", "Sum")]),
    (
        "AWS/DynamoDB",
        "TableName",
        &[
            ("ThrottledRequests", "Sum"),
            ("ConsumedWriteCapacityUnits", "Sum"),
            ("ConsumedReadCapacityUnits", "Sum"),
        ],
    ),
    // CloudWatch Network Monitoring User Guide, "View Network Flow Monitor metrics in CloudWatch": the indicator is 0 where AWS's own network is well.
    (
        "AWS/NetworkFlowMonitor",
        "MonitorId",
        &[
            ("HealthIndicator", "Maximum"),
            ("Timeouts", "Sum"),
            ("Retransmissions", "Sum"),
            ("RoundTripTime", "Average"),
            ("DataTransferred", "Sum"),
        ],
    ),
];

/// The alarm's metrics at once, those beside it when the resources are known.
pub(super) fn wanted(look: &Look<'_>) -> Vec<Wanted> {
    let own: BTreeSet<&MetricRef> = look.symptom.alerts.iter().flat_map(|alert| &alert.metrics).collect();
    let statistic = |metric: &MetricRef| if metric.namespace == "AWS/RDS" { "Average" } else { "Sum" };
    let first: Vec<(MetricRef, &str)> =
        own.into_iter().map(|metric| (metric.clone(), statistic(metric))).collect();
    let mut all = Vec::new();
    all.extend(query(look, 0, &first));
    all.extend(query(look, 3, &beside(look)));
    all
}

fn beside(look: &Look<'_>) -> Vec<(MetricRef, &'static str)> {
    let home = &look.scope.home;
    let mut resources: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut add =
        |dimension: &'static str, operation: &'static str, key: &'static str, member: &'static str| {
            let list = look.answers.list(operation, key, home);
            resources.extend(list.filter_map(|it| Some((dimension, text(it, member)?.to_owned()))));
        };
    add("DBInstanceIdentifier", "DescribeDBInstances", "DBInstances", "DBInstanceIdentifier");
    add("NatGatewayId", "DescribeNatGateways", "NatGateways", "NatGatewayId");
    resources.extend(super::functions::of_interest(look).into_iter().map(|name| ("FunctionName", name)));
    let tables = look.answers.of("DescribeTable").iter().filter(|it| it.place == *home);
    let named = tables.filter_map(|it| it.output.pointer("/Table/TableName").and_then(Value::as_str));
    resources.extend(named.map(|name| ("TableName", name.to_owned())));
    let watched = look.symptom.alerts.iter().flat_map(|alert| &alert.metrics);
    resources.extend(
        watched.filter_map(|metric| Some(("MonitorId", metric.dimensions.get("MonitorId")?.clone()))),
    );
    let mut all = Vec::new();
    for (dimension, name) in resources {
        for (namespace, own, metrics) in BESIDE.iter().filter(|(_, own, _)| *own == dimension) {
            all.extend(metrics.iter().map(|(metric, statistic)| {
                let dimensions = BTreeMap::from([((*own).to_owned(), name.clone())]);
                (
                    MetricRef { namespace: (*namespace).to_owned(), name: (*metric).to_owned(), dimensions },
                    *statistic,
                )
            }));
        }
    }
    all
}

fn query(look: &Look<'_>, rank: u8, metrics: &[(MetricRef, &str)]) -> Option<Wanted> {
    if metrics.is_empty() {
        return None;
    }
    let queries: Vec<Value> = (1..)
        .zip(metrics.iter().take(QUERIES_MAX))
        .map(|(number, (metric, statistic))| {
            let dimensions: Vec<Value> =
                metric.dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
            json!({"Id": format!("m{number}"), "MetricStat": {"Period": PERIOD_S, "Stat": statistic,
                "Metric": {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}}})
        })
        .collect();
    let parameters = json!({
        "MetricDataQueries": queries,
        "StartTime": look.since(TELEMETRY_BEFORE_SECONDS).to_string(),
        "EndTime": look.scope.now.to_string(),
        "ScanBy": "TimestampAscending",
    });
    let place: &Place = &look.scope.home;
    Some(ask(place, rank, "cloudwatch", "GetMetricData", &parameters))
}
