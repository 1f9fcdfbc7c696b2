//! A small case of denied requests: a Lambda function, its role, the table it reads.
#![expect(clippy::unwrap_used, reason = "helpers of tests; the documents are written here")]

use super::{ACCOUNT, REGION, alert, event};
use butfor_incident::{Body, CaseFile, Evidence, Query, Timestamp};
use serde_json::{Value, json};

/// The table the function reads.
pub fn table() -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders")
}

/// The function.
pub fn function() -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders-reader")
}

/// ARN of a role.
pub fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// An answer of a read call.
pub fn call(at: &str, service: &str, operation: &str, parameters: &Value, output: &Value) -> Evidence {
    let region = if matches!(service, "iam" | "organizations") { "us-east-1" } else { REGION };
    let query = Query {
        account: ACCOUNT.into(),
        region: region.into(),
        service: service.into(),
        operation: operation.into(),
        parameters: parameters.to_string().into(),
    };
    Evidence::new(query, Timestamp::parse(at).ok(), Body::Call(output.to_string().into()))
}

/// A policy that allows actions on resources.
pub fn allow(actions: &[&str], resources: &[&str]) -> Value {
    let statement = json!({"Sid": "Table", "Effect": "Allow", "Action": actions, "Resource": resources});
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

/// The policy the function needs.
pub fn reads_table() -> Value {
    allow(&["dynamodb:Query", "dynamodb:GetItem"], &[&table()])
}

/// A role with inline policies, as the calls about it tell.
pub fn role_calls(at: &str, name: &str, policies: &[(&str, Value)]) -> Vec<Evidence> {
    let asked = json!({"RoleName": name});
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let names: Vec<&str> = policies.iter().map(|(name, _)| *name).collect();
    let mut all = vec![
        call(
            at,
            "iam",
            "GetRole",
            &asked,
            &json!({"Role": {"Path": "/", "RoleName": name, "RoleId": "AROA0000000000000000A",
            "Arn": role(name), "AssumeRolePolicyDocument": trust}}),
        ),
        call(
            at,
            "iam",
            "ListAttachedRolePolicies",
            &asked,
            &json!({"AttachedPolicies": [], "IsTruncated": false}),
        ),
        call(at, "iam", "ListRolePolicies", &asked, &json!({"PolicyNames": names, "IsTruncated": false})),
    ];
    all.extend(policies.iter().map(|(policy, document)| {
        let asked = json!({"RoleName": name, "PolicyName": policy});
        let answer = json!({"RoleName": name, "PolicyName": policy, "PolicyDocument": document});
        call(at, "iam", "GetRolePolicy", &asked, &answer)
    }));
    all
}

/// The function with a role, and its table.
pub fn function_calls(at: &str, has_role: &str) -> Vec<Evidence> {
    vec![
        call(
            at,
            "lambda",
            "GetFunctionConfiguration",
            &json!({"FunctionName": "orders-reader"}),
            &json!({
            "FunctionName": "orders-reader", "FunctionArn": function(), "Role": role(has_role), "Timeout": 3, "MemorySize": 128}),
        ),
        call(
            at,
            "dynamodb",
            "DescribeTable",
            &json!({"TableName": "orders"}),
            &json!({"Table": {"TableName": "orders",
            "TableArn": table(), "TableStatus": "ACTIVE"}}),
        ),
    ]
}

/// What the function logs when it may not read, with AWS's reason.
pub fn denials(session_role: &str, reason: &str, times: &[&str]) -> Evidence {
    let message = format!(
        "[ERROR] ClientError: An error occurred (AccessDeniedException) when calling the Query operation: User: \
         arn:aws:sts::{ACCOUNT}:assumed-role/{session_role}/orders-reader is not authorized to perform: dynamodb:Query on \
         resource: {} {reason}",
        table()
    );
    let events: Vec<Value> = times
        .iter()
        .map(|at| {
            let at = Timestamp::parse(at).unwrap().as_millis();
            json!({"logStreamName": "2026/05/18/[$LATEST]0a1b", "timestamp": at, "message": message})
        })
        .collect();
    let asked = json!({"logGroupName": "/aws/lambda/orders-reader"});
    call("2026-05-18T13:59:00Z", "logs", "FilterLogEvents", &asked, &json!({"events": events}))
}

/// The alarm of the function's errors.
pub fn alarm() -> Evidence {
    let trigger = json!({"MetricName": "Errors", "Namespace": "AWS/Lambda",
        "Dimensions": [{"name": "FunctionName", "value": "orders-reader"}]});
    alert(&json!({
        "AlarmName": "orders-reader-errors", "NewStateValue": "ALARM", "OldStateValue": "OK",
        "StateChangeTime": "2026-05-18T13:50:41.000+0000", "AWSAccountId": ACCOUNT, "Region": "EU (Ireland)",
        "AlarmArn": format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:orders-reader-errors"),
        "NewStateReason": "Threshold Crossed", "Trigger": trigger,
    }))
}

/// A CloudTrail record of a change.
pub fn change(at: &str, source: &str, name: &str, id: u8, request: &Value) -> Evidence {
    let region = if source.starts_with("iam") { "us-east-1" } else { REGION };
    event(&json!({
        "eventVersion": "1.10", "eventTime": at, "eventSource": source, "eventName": name, "awsRegion": region,
        "sourceIPAddress": "203.0.113.9", "userAgent": "console.amazonaws.com", "recipientAccountId": ACCOUNT,
        "eventID": format!("00000000-0000-4000-8000-0000000000{id:02}"), "readOnly": false, "eventType": "AwsApiCall",
        "managementEvent": true, "userIdentity": {"type": "AssumedRole", "accountId": ACCOUNT,
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/admin/h.brandt")},
        "requestParameters": request, "responseElements": null,
    }))
}

/// A case of this evidence.
pub fn case(evidence: Vec<Evidence>) -> CaseFile {
    super::case(evidence)
}
