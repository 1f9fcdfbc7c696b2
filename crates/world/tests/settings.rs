//! Settings through time: what calls say they set, what they leave out, and what observations tell of it.

#![expect(clippy::unwrap_used, reason = "a test helper fails by panicking")]

mod support;

use butfor_incident::{Body, Evidence};
use butfor_world::command::{NewIds, commands, inspect};
use butfor_world::{Delta, History, State, facets};
use serde_json::{Value, json};
use support::{call, changes_in, facet, history, key, plain, time};

const FUNCTION: &str = "AWS::Lambda::Function";
const ARN: &str = "arn:aws:lambda:us-east-1:111122223333:function:list";

fn event(clock: &str, call: &str, request: Value, response: Value) -> Evidence {
    support::event_of(clock, call, request, response, json!({}))
}

fn changes(history: &History) -> Vec<String> {
    changes_in(history, plain)
}

fn at(history: &History, clock: &str, kind: &str, id: &str, member: &str, element: &str) -> String {
    plain(&history.at(time(clock)).state(&key(kind, id), &facet(member, element)))
}

/// The commands that undo all that happened, without their region.
fn undo(history: &History) -> Result<Vec<String>, String> {
    let edits = history.changes().iter().flat_map(|change| change.delta.edits.clone()).collect();
    let found = commands(&Delta { edits }.inverse(), history.latest()).map_err(|error| error.to_string())?;
    Ok(found.into_iter().map(|command| command.line.replace(" --region us-east-1", "")).collect())
}

fn configuration(clock: &str, variables: Value) -> Evidence {
    let output = json!({"FunctionName": "list", "FunctionArn": ARN, "Role": "arn:aws:iam::111122223333:role/a", "Timeout": 3, "Environment": {"Variables": variables}});
    call(clock, "lambda GetFunctionConfiguration", json!({"FunctionName": "list"}), output)
}

fn update(clock: &str, request: Value) -> Evidence {
    let mut request = request;
    let named = json!({"functionName": "list", "environment": {}});
    request.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
    let response = json!({"functionName": "list", "functionArn": ARN, "environment": {}});
    event(clock, "lambda UpdateFunctionConfiguration20150331v2", request, response)
}

fn all() -> Value {
    json!({"TABLE_NAME": "orders", "LOG_LEVEL": "INFO"})
}

#[test]
fn a_variable_that_is_gone_is_the_act_of_the_one_call_that_may_have_taken_it() {
    let history = history(vec![
        configuration("10:00", all()),
        update("12:00", json!({})),
        configuration("14:00", json!({"LOG_LEVEL": "INFO"})),
    ]);
    assert_eq!(
        changes(&history),
        ["12:00:00 UpdateFunctionConfiguration Environment/Variables[TABLE_NAME] \"orders\" -> absent"]
    );
    let [change] = history.changes() else { panic!("one change") };
    assert_eq!(change.event.as_ref().unwrap().event_id, "UpdateFunctionConfiguration20150331v2-12:00");
    assert_eq!(change.cites.ids().len(), 3, "the record does not show the difference: the observations do");
    assert_eq!(
        undo(&history).unwrap(),
        [
            r#"aws lambda update-function-configuration --function-name list --environment '{"Variables":{"LOG_LEVEL":"INFO","TABLE_NAME":"orders"}}'"#
        ]
    );
    let of = |clock| at(&history, clock, FUNCTION, ARN, "Environment/Variables", "TABLE_NAME");
    assert_eq!([of("11:00"), of("13:00"), of("15:00")], ["\"orders\"", "absent", "absent"]);
    let look = inspect(&change.delta.inverse(), history.latest(), &NewIds::default()).remove(0);
    assert_eq!(
        look.command.line,
        "aws lambda get-function-configuration --function-name list --query 'keys(not_null(Environment.Variables, `{}`))' --region us-east-1"
    );
    assert_eq!(
        (look.before.as_str(), look.after.as_str()),
        ("TABLE_NAME is not there", "TABLE_NAME is there")
    );
}

#[test]
fn a_record_alone_says_nothing_about_variables() {
    // Seen before only, after only, and never.
    for (evidence, before, after) in [
        (vec![configuration("10:00", all())], plain(&State::Present(all())), "unknown"),
        (
            vec![configuration("14:00", all())],
            "unknown".to_owned(),
            r#"{"LOG_LEVEL":"INFO","TABLE_NAME":"orders"}"#,
        ),
        (vec![], "unknown".to_owned(), "unknown"),
    ] {
        let history = history([evidence, vec![update("12:00", json!({}))]].concat());
        let [change] = history.changes() else { panic!("one change") };
        let [edit] = change.delta.edits.as_slice() else { panic!("{:?}", change.delta) };
        assert_eq!(edit.facet, facet("Environment/Variables", ""));
        assert_eq!((plain(&edit.before), plain(&edit.after)), (before, after.to_owned()));
        assert_ne!(edit.after, State::Absent);
    }
}

#[test]
fn there_and_back_between_two_observations_is_not_nothing() {
    let history = history(vec![
        configuration("10:00", all()),
        update("12:00", json!({})),
        update("12:01", json!({})),
        configuration("14:00", all()),
    ]);
    let map = all().to_string();
    assert_eq!(
        changes(&history),
        [
            format!("12:00:00 UpdateFunctionConfiguration Environment/Variables {map} -> unknown"),
            format!("12:01:00 UpdateFunctionConfiguration Environment/Variables unknown -> {map}"),
        ]
    );
    let of = |clock| at(&history, clock, FUNCTION, ARN, "Environment/Variables", "TABLE_NAME");
    assert_eq!([of("11:00"), of("12:00:30"), of("13:00")], ["\"orders\"", "unknown", "\"orders\""]);
}

#[test]
fn of_two_calls_nobody_knows_which_took_the_variable() {
    let history = history(vec![
        configuration("10:00", all()),
        update("12:00", json!({})),
        update("12:30", json!({})),
        configuration("14:00", json!({"LOG_LEVEL": "INFO"})),
    ]);
    let lines = changes(&history);
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert_eq!(lines[2], "10:00:00..14:00:00 - Environment/Variables[TABLE_NAME] \"orders\" -> absent");
}

#[test]
fn a_call_that_says_what_it_set_is_not_a_change_of_variables() {
    let role = json!({"role": "arn:aws:iam::111122223333:role/b"});
    let expected = r#"12:00:00 UpdateFunctionConfiguration Role "arn:aws:iam::111122223333:role/a" -> "arn:aws:iam::111122223333:role/b""#;
    let seen = history(vec![configuration("10:00", all()), update("12:00", role)]);
    assert_eq!(changes(&seen), [expected]);
    assert_eq!(
        undo(&seen).unwrap(),
        [
            "aws lambda update-function-configuration --function-name list --role arn:aws:iam::111122223333:role/a"
        ]
    );
    let of = |clock| at(&seen, clock, FUNCTION, ARN, "Environment/Variables", "TABLE_NAME");
    assert_eq!(
        [of("11:00"), of("13:00")],
        ["\"orders\"", "unknown"],
        "it may have changed them all the same"
    );
}

#[test]
fn variables_that_an_answer_leaves_out_are_unknown() {
    let hidden = json!({"FunctionName": "list", "FunctionArn": ARN, "Role": "arn:aws:iam::111122223333:role/a", "Timeout": 3, "Environment": {"Error": {"ErrorCode": "AccessDeniedException"}}});
    let none = json!({"FunctionName": "list", "FunctionArn": ARN});
    let asked = json!({"FunctionName": "list"});
    let of = |output: Value| {
        let history = history(vec![call("10:00", "lambda GetFunctionConfiguration", asked.clone(), output)]);
        plain(&history.latest().state(&key(FUNCTION, ARN), &facet("Environment/Variables", "TABLE_NAME")))
    };
    assert_eq!([of(hidden.clone()), of(none)], ["unknown", "absent"]);
    let history = history(vec![
        configuration("10:00", all()),
        update("12:00", json!({})),
        call("14:00", "lambda GetFunctionConfiguration", asked, hidden),
    ]);
    let [change] = history.changes() else { panic!("one change") };
    assert_eq!(change.delta.edits[0].after, State::Unknown, "{change:?}");
}

#[test]
fn a_value_that_was_left_out_is_not_written_back() {
    let redacted = json!({"TABLE_NAME": "orders", "API_TOKEN": "[REDACTED]"});
    let left = history(vec![
        configuration("10:00", redacted),
        update("12:00", json!({})),
        configuration("14:00", json!({"API_TOKEN": "***"})),
    ]);
    let expected =
        "12:00:00 UpdateFunctionConfiguration Environment/Variables[TABLE_NAME] \"orders\" -> absent";
    assert_eq!(changes(&left), [expected], "of values left out none differs");
    // It stays what it is: the command reads it when it runs.
    let commands = undo(&left).unwrap().join("\n");
    assert!(commands.contains("{API_TOKEN: API_TOKEN, TABLE_NAME: 'orders'}"), "{commands}");
    assert!(!commands.contains("REDACTED") && !commands.contains("***"), "{commands}");
}

#[test]
fn secrets_are_shown_by_the_command_that_needs_them_and_nowhere_else() {
    let secret = "s3cr3t-value";
    let history = history(vec![
        configuration("10:00", json!({"DB_PASSWORD": secret, "LOG_LEVEL": "INFO"})),
        update("12:00", json!({})),
        configuration("14:00", json!({"DB_PASSWORD": "other", "LOG_LEVEL": "DEBUG"})),
    ]);
    assert!(undo(&history).unwrap()[0].contains(secret));
    let back = history.changes()[0].delta.inverse();
    for look in inspect(&back, history.latest(), &NewIds::default()) {
        let text = format!("{} {} {}", look.command.line, look.before, look.after);
        assert!(!text.contains(secret) && !text.contains("other"), "{text}");
    }
    for edit in &back.edits {
        let State::Present(value) = &edit.after else { panic!("{edit:?}") };
        let is_secret = edit.facet.element.as_deref() == Some("DB_PASSWORD");
        assert_eq!(facets::is_secret(&edit.facet, value), is_secret);
    }
}

#[test]
fn concurrency_that_was_asked_for_and_not_there_is_none() {
    let asked = json!({"FunctionName": "list"});
    let evidence = |answer: Value| {
        vec![
            configuration("10:00", all()),
            call("10:01", "lambda GetFunctionConcurrency", asked.clone(), answer),
            event(
                "12:00",
                "lambda PutFunctionConcurrency20171031",
                json!({"functionName": ARN, "reservedConcurrentExecutions": 0}),
                json!({"reservedConcurrentExecutions": 0}),
            ),
        ]
    };
    let none = history(evidence(json!({})));
    assert_eq!(changes(&none), ["12:00:00 PutFunctionConcurrency ReservedConcurrentExecutions absent -> 0"]);
    assert_eq!(undo(&none).unwrap(), ["aws lambda delete-function-concurrency --function-name list"]);
    let some = history(evidence(json!({"ReservedConcurrentExecutions": 7})));
    assert_eq!(
        undo(&some).unwrap(),
        ["aws lambda put-function-concurrency --function-name list --reserved-concurrent-executions 7"]
    );
    let refused = history(evidence(json!({"Error": {"Code": "AccessDeniedException"}})));
    assert_eq!(
        changes(&refused),
        ["12:00:00 PutFunctionConcurrency ReservedConcurrentExecutions unknown -> 0"]
    );
    assert!(undo(&refused).is_err());
}

#[test]
fn one_call_tells_a_function_and_what_is_reserved_for_it() {
    let function = |clock, concurrency: Value| {
        let configuration = json!({"FunctionName": "list", "FunctionArn": ARN, "Timeout": 3});
        let output = json!({"Configuration": configuration, "Code": {"RepositoryType": "S3"}, "Concurrency": concurrency});
        call(clock, "lambda GetFunction", json!({"FunctionName": "list"}), output)
    };
    let history = history(vec![
        function("10:00", Value::Null),
        function("14:00", json!({"ReservedConcurrentExecutions": 0})),
    ]);
    assert_eq!(changes(&history), ["10:00:00..14:00:00 - ReservedConcurrentExecutions absent -> 0"]);
}

#[test]
fn a_mapping_that_is_switched_off_is_settled_by_the_time_it_is_seen() {
    let mappings = |clock, state: &str| {
        let one = json!({"UUID": "a-1", "State": state, "BatchSize": 10});
        call(clock, "lambda ListEventSourceMappings", json!({}), json!({"EventSourceMappings": [one]}))
    };
    let request = json!({"uUID": "a-1", "enabled": false});
    let history = history(vec![
        mappings("10:00", "Enabled"),
        event("12:00", "lambda UpdateEventSourceMapping20150331", request, Value::Null),
        mappings("12:01", "Disabling"),
        mappings("14:00", "Disabled"),
    ]);
    let [line] = changes(&history).try_into().unwrap();
    assert!(line.starts_with("12:00:00 UpdateEventSourceMapping State \"Enabled\" -> \"Disabl"), "{line}");
    assert_eq!(undo(&history).unwrap(), ["aws lambda update-event-source-mapping --uuid a-1 --enabled"]);
}

const TABLE: &str = "arn:aws:dynamodb:us-east-1:111122223333:table/orders";

fn table(clock: &str, billing: Option<&str>, read: u32, index: u32) -> Evidence {
    let capacity = |read: u32| json!({"NumberOfDecreasesToday": read, "ReadCapacityUnits": read, "WriteCapacityUnits": 5});
    let mut output = json!({"TableArn": TABLE, "TableName": "orders", "ProvisionedThroughput": capacity(read),
        "GlobalSecondaryIndexes": [{"IndexName": "by-day", "ItemCount": read, "ProvisionedThroughput": capacity(index)}]});
    if let Some(billing) = billing {
        let mode = json!({"BillingMode": billing});
        output.as_object_mut().unwrap().insert("BillingModeSummary".to_owned(), mode);
    }
    call(clock, "dynamodb DescribeTable", json!({"TableName": "orders"}), json!({ "Table": output }))
}

#[test]
fn a_table_that_lost_its_capacity_gets_it_back() {
    let request = json!({"tableName": "orders", "provisionedThroughput": {"readCapacityUnits": 1, "writeCapacityUnits": 5}});
    let history = history(vec![
        table("10:00", None, 50, 10),
        event("12:00", "dynamodb UpdateTable", request, Value::Null),
        table("14:00", None, 1, 10),
    ]);
    let capacity = "ProvisionedThroughput/ReadCapacityUnits 50 -> 1";
    assert_eq!(
        changes(&history),
        [format!("12:00:00 UpdateTable {capacity}")],
        "what stayed as it was is none"
    );
    assert_eq!(
        undo(&history).unwrap(),
        [
            r#"aws dynamodb update-table --table-name orders --provisioned-throughput '{"ReadCapacityUnits":50,"WriteCapacityUnits":5}'"#
        ]
    );
}

#[test]
fn a_table_only_listed_has_an_unknown_billing_mode() {
    let list = call("10:00", "dynamodb ListTables", json!({}), json!({"TableNames": ["orders"]}));
    let listed = history(vec![list]);
    let mode = facet("BillingModeSummary/BillingMode", "");
    assert_eq!(listed.latest().state(&key("AWS::DynamoDB::Table", TABLE), &mode), State::Unknown);
    let described = history(vec![table("10:00", None, 5, 5)]);
    assert_eq!(described.latest().state(&key("AWS::DynamoDB::Table", TABLE), &mode), State::Absent);
}

#[test]
fn throttling_of_a_stage_is_told_by_observations() {
    let stages = |clock, rate: f64| {
        let settings = json!({"*/*": {"throttlingRateLimit": rate, "throttlingBurstLimit": 100}});
        let item =
            json!([{"stageName": "prod", "deploymentId": "d1", "methodSettings": settings, "variables": {}}]);
        call(clock, "apigateway GetStages", json!({"restApiId": "a1"}), json!({ "item": item }))
    };
    let patch = json!([{"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "0"}]);
    let request = json!({"restApiId": "a1", "stageName": "prod", "patchOperations": patch});
    let history = history(vec![
        stages("10:00", 1000.0),
        event("12:00", "apigateway UpdateStage", request, Value::Null),
        stages("14:00", 0.0),
    ]);
    let [line] = changes(&history).try_into().unwrap();
    assert!(line.starts_with("12:00:00 UpdateStage methodSettings[*/*] {"), "{line}");
    assert_eq!(
        undo(&history).unwrap(),
        [
            r#"aws apigateway update-stage --rest-api-id a1 --stage-name prod --patch-operations '[{"op":"replace","path":"/*/*/throttling/rateLimit","value":"1000.0"}]'"#
        ]
    );
}

#[test]
fn a_service_scaled_to_nothing_with_another_definition() {
    let arn = "arn:aws:ecs:us-east-1:111122223333:service/shop/web";
    let services = |clock, count: u32, revision: u32| {
        let definition = format!("arn:aws:ecs:us-east-1:111122223333:task-definition/web:{revision}");
        let one = json!({"serviceArn": arn, "serviceName": "web", "desiredCount": count, "runningCount": count, "taskDefinition": definition});
        call(
            clock,
            "ecs DescribeServices",
            json!({"cluster": "shop", "services": ["web"]}),
            json!({"services": [one]}),
        )
    };
    let request = json!({"cluster": "shop", "service": "web", "desiredCount": 0, "taskDefinition": "web"});
    let history = history(vec![
        services("10:00", 3, 7),
        event("12:00", "ecs UpdateService", request, Value::Null),
        services("14:00", 0, 8),
    ]);
    let definition = "arn:aws:ecs:us-east-1:111122223333:task-definition/web";
    assert_eq!(
        changes(&history),
        [format!(
            "12:00:00 UpdateService desiredCount 3 -> 0, taskDefinition \"{definition}:7\" -> \"{definition}:8\""
        )],
        "the record names the family, the observation the revision"
    );
    assert_eq!(
        undo(&history).unwrap(),
        [format!(
            "aws ecs update-service --cluster shop --service web --task-definition {definition}:7 --desired-count 3"
        )]
    );
}

#[test]
fn a_group_scales_by_itself_but_its_limits_are_set() {
    let groups = |clock, desired: u32, max: u32| {
        let one = json!({"AutoScalingGroupName": "workers", "MinSize": 0, "MaxSize": max, "DesiredCapacity": desired, "SuspendedProcesses": []});
        call(clock, "autoscaling DescribeAutoScalingGroups", json!({}), json!({"AutoScalingGroups": [one]}))
    };
    assert!(changes(&history(vec![groups("10:00", 3, 6), groups("14:00", 5, 6)])).is_empty());
    let suspend = json!({"autoScalingGroupName": "workers", "scalingProcesses": ["Launch"]});
    let history = history(vec![
        groups("10:00", 3, 6),
        event("12:00", "autoscaling SuspendProcesses", suspend, Value::Null),
    ]);
    assert_eq!(
        undo(&history).unwrap(),
        ["aws autoscaling resume-processes --auto-scaling-group-name workers --scaling-processes Launch"]
    );
}

#[test]
fn actions_switched_off_and_a_database_made_small() {
    let alarms = json!({"MetricAlarms": [{"AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors", "AlarmName": "errors", "ActionsEnabled": true, "StateValue": "OK"}]});
    let databases = |clock, class: &str| {
        let one = json!({"DBInstanceIdentifier": "orders", "DBInstanceClass": class});
        call(clock, "rds DescribeDBInstances", json!({}), json!({"DBInstances": [one]}))
    };
    let small = json!({"dBInstanceIdentifier": "orders", "dBInstanceClass": "db.t3.micro"});
    let history = history(vec![
        call("10:00", "cloudwatch DescribeAlarms", json!({}), alarms),
        databases("10:00", "db.r6g.large"),
        event("12:00", "monitoring DisableAlarmActions", json!({"alarmNames": ["errors"]}), Value::Null),
        event("12:30", "rds ModifyDBInstance", small, Value::Null),
        databases("16:00", "db.t3.micro"),
    ]);
    assert_eq!(
        changes(&history),
        [
            "12:00:00 DisableAlarmActions ActionsEnabled true -> false",
            r#"12:30:00 ModifyDBInstance DBInstanceClass "db.r6g.large" -> "db.t3.micro""#,
        ],
        "the class came in the maintenance window"
    );
    assert_eq!(
        undo(&history).unwrap(),
        [
            "aws rds modify-db-instance --db-instance-identifier orders --db-instance-class db.r6g.large --apply-immediately",
            "aws cloudwatch enable-alarm-actions --alarm-names errors",
        ]
    );
}

#[test]
fn failed_calls_change_no_setting() {
    let refused = json!({"errorCode": "AccessDenied", "errorMessage": "no"});
    let mut evidence = Vec::new();
    for (name, request) in [
        ("lambda UpdateFunctionConfiguration20150331v2", json!({"functionName": "list", "timeout": 1})),
        ("dynamodb UpdateTable", json!({"tableName": "orders", "billingMode": "PAY_PER_REQUEST"})),
        ("autoscaling SetDesiredCapacity", json!({"autoScalingGroupName": "workers", "desiredCapacity": 0})),
    ] {
        let made = event("12:00", name, request, Value::Null);
        let mut record: Value = serde_json::from_str(made.body.text()).unwrap();
        record.as_object_mut().unwrap().extend(refused.as_object().unwrap().clone());
        evidence.push(Evidence::new(
            made.query.clone(),
            made.at,
            Body::CloudTrailRecord(record.to_string().into()),
        ));
    }
    let history = history(evidence);
    assert!(history.changes().is_empty());
    assert_eq!(history.attempts().len(), 3);
    assert!(history.attempts().iter().all(|attempt| !attempt.would.is_empty()));
}
