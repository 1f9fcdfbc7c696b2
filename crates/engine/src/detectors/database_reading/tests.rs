//! A database by its metrics, events and load, and whether it is the cause, a symptom, or nothing.

use butfor_incident::{Assessment, Body, CaseFile, Evidence, Outcome, Query, Timestamp};
use serde_json::{Value, json};

fn at(clock: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-06-03T{clock}Z")).unwrap()
}

fn call(service: &str, operation: &str, parameters: &Value, output: &Value) -> Evidence {
    let query = Query {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        service: service.to_owned(),
        operation: operation.to_owned(),
        parameters: parameters.to_string().into(),
    };
    Evidence::new(query, Some(at("08:58:00")), Body::Call(output.to_string().into()))
}

/// A metric of `store`, a point every five minutes from 07:00 on: one value for 70 minutes, then another.
fn metric(name: &str, before: f64, after: f64) -> Evidence {
    let points: Vec<(String, f64)> = (0..23)
        .map(|number| {
            let value = if number < 14 { before } else { after };
            (at("07:00:00").plus_seconds(300 * number).to_string(), value)
        })
        .collect();
    let query = json!({ "Id": "m", "MetricStat": { "Period": 300, "Stat": "Average", "Metric": { "Namespace": "AWS/RDS",
        "MetricName": name, "Dimensions": [{ "Name": "DBInstanceIdentifier", "Value": "store" }] } } });
    let (times, values): (Vec<_>, Vec<_>) = points.into_iter().unzip();
    let output = json!({ "MetricDataResults": [{ "Id": "m", "Timestamps": times, "Values": values }] });
    call("cloudwatch", "GetMetricData", &json!({ "MetricDataQueries": [query] }), &output)
}

fn assess(alerted: &str, evidence: Vec<Evidence>) -> Assessment {
    let alert = json!({ "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
        "account": "111122223333", "region": "eu-west-1", "time": "2026-06-03T08:20:00Z", "detail": {
            "alarmName": "latency", "state": { "value": "ALARM", "timestamp": "2026-06-03T08:20:00Z" },
            "configuration": { "metrics": [{ "id": "m", "returnData": true, "metricStat": { "period": 60,
                "stat": "Average", "metric": { "namespace": "AWS/RDS", "name": "ReadLatency",
                    "dimensions": { "DBInstanceIdentifier": alerted } } } }] } } });
    let query = Query { service: "alert".to_owned(), ..call("", "", &json!({}), &json!({})).query };
    let instance = |name: &str| {
        json!({ "DBInstanceIdentifier": name, "DbiResourceId": format!("db-{name}"), "DBInstanceStatus": "available",
            "AllocatedStorage": 50, "DBInstanceArn": format!("arn:aws:rds:eu-west-1:111122223333:db:{name}") })
    };
    let instances = json!({ "DBInstances": [instance("store"), instance("archive")] });
    let mut all = vec![
        Evidence::new(query, None, Body::Alert(alert.to_string().into())),
        call("rds", "DescribeDBInstances", &json!({}), &instances),
    ];
    all.extend(evidence);
    crate::assess(&CaseFile { as_of: at("09:00:00"), evidence: all, gaps: Vec::new(), rounds: 1 })
}

fn load() -> Evidence {
    let parameters = json!({ "Identifier": "db-store", "ServiceType": "RDS" });
    let output = json!({ "Keys": [{ "Dimensions": { "db.sql.statement": "SELECT * FROM orders WHERE note LIKE $1" },
        "Total": 7.5, "Partitions": [7.0, 0.5] }], "PartitionKeys": [
            { "Dimensions": { "db.wait_event.name": "CPU" } }, { "Dimensions": { "db.wait_event.name": "DataFileRead" } }] });
    call("pi", "DescribeDimensionKeys", &parameters, &output)
}

fn defects(found: &Assessment) -> (Vec<&str>, Vec<&str>) {
    (
        found.root_causes.iter().map(|one| one.defect.as_str()).collect(),
        found.contributing.iter().map(|one| one.defect.as_str()).collect(),
    )
}

#[test]
fn a_busy_processor_is_a_symptom_until_a_statement_explains_it() {
    let busy = || metric("CPUUtilization", 12.0, 97.0);
    let found = assess("store", vec![busy()]);
    assert_eq!(found.verdict.outcome, Outcome::Undetermined, "{}", found.verdict.summary);
    assert_eq!(defects(&found), (vec![], vec!["database-processor-saturated"]));
    let found = assess("store", vec![busy(), load()]);
    assert_eq!(found.verdict.outcome, Outcome::RootCause, "{}", found.verdict.summary);
    assert_eq!(defects(&found), (vec!["database-processor-saturated"], vec![]));
    assert!(found.verdict.summary.contains("FROM orders"), "{}", found.verdict.summary);
}

#[test]
fn decoys_are_not_blamed() {
    let silent = |alerted: &str, evidence: Vec<Evidence>| {
        let found = assess(alerted, evidence);
        assert_eq!(found.verdict.outcome, Outcome::Undetermined, "{}", found.verdict.summary);
        assert_eq!(defects(&found), (vec![], vec![]), "{}", found.verdict.summary);
    };
    silent("store", vec![metric("CPUUtilization", 22.0, 24.0), load()]);
    silent("store", vec![metric("CPUUtilization", 95.0, 97.0), load()]);
    silent("archive", vec![metric("CPUUtilization", 12.0, 97.0), load()]);
    silent("archive", vec![metric("FreeStorageSpace", 40e9, 0.0)]);
}

#[test]
fn storage_that_is_gone_is_a_cause_as_sure_as_its_witnesses() {
    let full = || metric("FreeStorageSpace", 40e9, 0.0);
    let found = assess("store", vec![full()]);
    assert_eq!(found.verdict.outcome, Outcome::Competing, "{}", found.verdict.summary);
    let event = json!({ "Events": [{ "SourceIdentifier": "store", "Date": "2026-06-03T08:12:00Z",
        "Message": "The free storage capacity for DB Instance: store is low; it ran out of storage" }] });
    let found = assess("store", vec![full(), call("rds", "DescribeEvents", &json!({}), &event)]);
    assert_eq!(found.verdict.outcome, Outcome::RootCause, "{}", found.verdict.summary);
    let commands: Vec<&str> = found.plan.steps.iter().map(|step| step.command.as_str()).collect();
    assert!(commands.iter().any(|command| command.contains("--allocated-storage 60 ")), "{commands:?}");
}
