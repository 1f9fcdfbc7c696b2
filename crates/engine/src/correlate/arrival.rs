//! Arrivals out of alerts, and what an alarm's metrics say it is about.

use super::{Arrival, Arriving};
use butfor_incident::{Alert, AlertState, MetricRef, Timestamp};
use std::collections::BTreeSet;

/// Dimensions of AWS's own metrics that name a resource, with service and resource part of its ARN (CloudWatch metrics
/// of each service; Service Authorization Reference, resource types).
const DIMENSIONS: [(&str, &str, &str); 17] = [
    ("InstanceId", "ec2", "instance/"),
    ("NatGatewayId", "ec2", "natgateway/"),
    ("TransitGateway", "ec2", "transit-gateway/"),
    ("TransitGatewayAttachment", "ec2", "transit-gateway-attachment/"),
    ("VPC Endpoint Id", "ec2", "vpc-endpoint/"),
    ("DBInstanceIdentifier", "rds", "db:"),
    ("DBClusterIdentifier", "rds", "cluster:"),
    ("FunctionName", "lambda", "function:"),
    ("QueueName", "sqs", ""),
    ("TopicName", "sns", ""),
    ("TableName", "dynamodb", "table/"),
    ("StreamName", "kinesis", "stream/"),
    ("LoadBalancer", "elasticloadbalancing", "loadbalancer/"),
    ("TargetGroup", "elasticloadbalancing", ""),
    ("CacheClusterId", "elasticache", "cluster:"),
    ("FileSystemId", "elasticfilesystem", "file-system/"),
    ("ClusterName", "ecs", "cluster/"),
];

/// Dimensions that say how or where something was counted and never what it was counted on.
const NOT_RESOURCES: [&str; 14] = [
    "region",
    "availabilityzone",
    "environment",
    "env",
    "stage",
    "method",
    "operation",
    "statuscode",
    "instancetype",
    "imageid",
    "currency",
    "errortype",
    "reason",
    "version",
];

/// Dimensions of custom metrics that name the application.
const APPLICATION_DIMENSIONS: [&str; 6] =
    ["application", "applicationname", "app", "appname", "service", "servicename"];

/// Namespaces that agents and add-ons fill for everybody (CloudWatch agent, Container Insights, Lambda Insights,
/// AWS Distro for OpenTelemetry): they tell no application.
const SHARED_NAMESPACES: [&str; 9] = [
    "CWAgent",
    "ContainerInsights",
    "ContainerInsights/Prometheus",
    "ECS/ContainerInsights",
    "ECS/ContainerInsights/Prometheus",
    "LambdaInsights",
    "ApplicationSignals",
    "CloudTrailMetrics",
    "LogMetrics",
];

impl Arrival {
    /// What arrives with an alert that was read from a payload. `INSUFFICIENT_DATA` is an update: it neither starts an
    /// incident nor ends one. Whether it is a test, and whether it was muted, is for the caller to say.
    #[must_use]
    pub fn from_alert(alert: &Alert, received_at: Timestamp) -> Self {
        let (account, region) =
            (alert.account.clone().unwrap_or_default(), alert.region.clone().unwrap_or_default());
        let source = alert.source.as_str();
        let mut resources = resources_of(&alert.metrics, &account, &region);
        resources.extend(alert.arn.clone());
        Self {
            at: alert.at.unwrap_or(received_at),
            received_at,
            source: source.to_owned(),
            name: alert.name.clone(),
            key: alert.arn.clone().unwrap_or_else(|| Self::key_of(source, &alert.name, &account, &region)),
            state: match alert.state {
                AlertState::Alarm => Arriving::Trigger,
                AlertState::Ok => Arriving::Resolve,
                AlertState::InsufficientData => Arriving::Update,
            },
            application: application_of(&alert.metrics),
            resources: resources.into_iter().collect(),
            account,
            region,
            is_test: false,
        }
    }

    /// The key of an alarm that has no ARN.
    #[must_use]
    pub fn key_of(source: &str, name: &str, account: &str, region: &str) -> String {
        format!("{source}/{account}/{region}/{name}")
    }
}

/// Whether a dimension only says where that is which another one names: a cluster runs services of many applications, a
/// load balancer has target groups of several. An alarm on one of them is not about what they share.
fn is_broader(name: &str, other: &str) -> bool {
    match name {
        "ClusterName" => other != name,
        "LoadBalancer" => other == "TargetGroup",
        "TransitGateway" => other == "TransitGatewayAttachment",
        _ => false,
    }
}

/// What the dimensions name: their values and, for dimensions of AWS's own metrics, ARNs.
pub(super) fn resources_of(metrics: &[MetricRef], account: &str, region: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for metric in metrics {
        let named: Vec<(&String, &String)> = metric
            .dimensions
            .iter()
            .filter(|(name, _)| !NOT_RESOURCES.contains(&bare(name).as_str()))
            .collect();
        for (name, value) in &named {
            if named.iter().any(|(other, _)| is_broader(name, other)) {
                continue;
            }
            found.insert((*value).clone());
            let known = DIMENSIONS.iter().find(|(dimension, ..)| dimension == name);
            if let Some((_, service, noun)) = known.filter(|_| !account.is_empty() && !region.is_empty()) {
                found.insert(format!("arn:{}:{service}:{region}:{account}:{noun}{value}", partition(region)));
            }
        }
        let value = |name: &str| metric.dimensions.get(name);
        if let (Some(cluster), Some(service)) = (value("ClusterName"), value("ServiceName")) {
            let partition = partition(region);
            found.insert(format!("arn:{partition}:ecs:{region}:{account}:service/{cluster}/{service}"));
        }
    }
    found
}

/// The application that custom metrics are of: what a dimension says, else, for metrics without dimensions, their
/// namespace. "Metrics in different namespaces are isolated from each other, so that metrics from different applications
/// are not mistakenly aggregated" (CloudWatch User Guide, Namespaces).
pub(super) fn application_of(metrics: &[MetricRef]) -> Option<String> {
    let custom: Vec<&MetricRef> =
        metrics.iter().filter(|metric| !metric.namespace.starts_with("AWS/")).collect();
    let named = custom.iter().find_map(|metric| {
        let found = |wanted: &str| metric.dimensions.iter().find(|(name, _)| bare(name) == wanted);
        APPLICATION_DIMENSIONS.iter().find_map(|wanted| found(wanted)).map(|(_, value)| value.clone())
    });
    let (first, rest) = custom.split_first()?;
    let is_its_own = custom.len() == metrics.len()
        && first.dimensions.is_empty()
        && rest.iter().all(|other| other.namespace == first.namespace && other.dimensions.is_empty())
        && !SHARED_NAMESPACES.contains(&first.namespace.as_str());
    named.or_else(|| is_its_own.then(|| first.namespace.clone()))
}

/// What dimensions and people call the resource of an ARN: `app/orders/50dc6c495c0c9188`, `targetgroup/orders/73e2d6bc24d8a067`,
/// `orders`.
pub(super) fn names_in_arn(arn: &str) -> Vec<String> {
    let Some(resource) = arn.splitn(6, ':').nth(5) else { return Vec::new() };
    let after = resource.split_once(['/', ':']).map(|(_, name)| name);
    [Some(resource), after].into_iter().flatten().filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Whether a text names one resource of AWS whoever writes it: an ARN, or an id with a hexadecimal end (`i-0123abcd`).
pub(super) fn is_identifier(text: &str) -> bool {
    if text.starts_with("arn:") {
        return text.splitn(6, ':').nth(5).is_some_and(|resource| !resource.is_empty() && resource != "root");
    }
    text.rsplit_once('-').is_some_and(|(noun, end)| {
        !noun.is_empty()
            && matches!(end.len(), 8 | 17)
            && end.bytes().all(|byte| byte.is_ascii_hexdigit())
            && noun.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    })
}

fn bare(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The AWS partition of a region (AWS General Reference, ARNs).
fn partition(region: &str) -> &'static str {
    match region {
        china if china.starts_with("cn-") => "aws-cn",
        government if government.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(namespace: &str, dimensions: &[(&str, &str)]) -> MetricRef {
        let dimensions =
            dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        MetricRef { namespace: namespace.to_owned(), name: "Errors".to_owned(), dimensions }
    }

    #[test]
    fn custom_metrics_tell_their_application() {
        for (metrics, expected) in [
            (vec![metric("App/Errors", &[("Service", "cart"), ("Region", "us-east-1")])], Some("cart")),
            (vec![metric("Otel", &[("service.name", "cart")])], Some("cart")),
            (vec![metric("SimulatedWorkload", &[])], Some("SimulatedWorkload")),
            (vec![metric("SimulatedWorkload", &[("Host", "a")])], None),
            (vec![metric("SimulatedWorkload", &[]), metric("Other", &[])], None),
            (vec![metric("CWAgent", &[])], None),
            (vec![metric("AWS/ECS", &[("ServiceName", "cart")])], None),
            (vec![], None),
        ] {
            assert_eq!(application_of(&metrics).as_deref(), expected, "{metrics:?}");
        }
    }

    #[test]
    fn dimensions_name_resources_and_not_circumstances() {
        let read =
            |metric| resources_of(&[metric], "111122223333", "eu-west-1").into_iter().collect::<Vec<_>>();
        assert_eq!(
            read(metric("AWS/RDS", &[("DBInstanceIdentifier", "orders"), ("Stage", "prod")])),
            ["arn:aws:rds:eu-west-1:111122223333:db:orders", "orders"]
        );
        assert_eq!(
            read(metric("AWS/ECS", &[("ClusterName", "main"), ("ServiceName", "cart")])),
            ["arn:aws:ecs:eu-west-1:111122223333:service/main/cart", "cart"]
        );
        assert_eq!(
            read(metric("ContainerInsights", &[("ClusterName", "main"), ("PodName", "cart")])),
            ["cart"]
        );
        assert_eq!(
            read(metric(
                "AWS/ApplicationELB",
                &[("LoadBalancer", "app/shared/1"), ("TargetGroup", "targetgroup/cart/2")]
            )),
            ["arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/cart/2", "targetgroup/cart/2"]
        );
    }

    #[test]
    fn only_what_is_unique_is_an_identifier() {
        for (text, expected) in [
            ("i-0123456789abcdef0", true),
            ("tgw-attach-0123abcd", true),
            ("arn:aws:sqs:eu-west-1:111122223333:orders", true),
            ("arn:aws:iam::111122223333:root", false),
            ("orders-db", false),
            ("us-east-1", false),
            ("prod", false),
            ("", false),
        ] {
            assert_eq!(is_identifier(text), expected, "{text}");
        }
    }
}
