//! Functions, the APIs in front of them and the tables behind them.

use super::answers::text;
use super::{Domain, Look, Place, Wanted, ask};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Functions looked at one by one at the most.
const FUNCTIONS_MAX: usize = 12;
/// APIs and tables at the most.
const APIS_MAX: usize = 4;
const TABLES_MAX: usize = 4;
/// Traces read at the most (X-Ray API reference, BatchGetTraces: five a call).
const TRACES_MAX: usize = 5;
/// How long before the alarm traces are looked for, seconds; X-Ray answers for six hours at the most.
const TRACES_BEFORE_SECONDS: i64 = 1800;
/// Functions of a snapshot at the most: two calls each.
const SNAPSHOT_FUNCTIONS_MAX: usize = 500;

/// What the functions of an incident still lack.
pub(super) fn wanted(look: &Look<'_>) -> Vec<Wanted> {
    if !look.domains().contains(&Domain::Functions) {
        return Vec::new();
    }
    let home = &look.scope.home;
    let mut all = vec![ask(home, 1, "lambda", "ListFunctions", &json!({}))];
    all.extend(apis(look));
    for name in of_interest(look).iter().take(FUNCTIONS_MAX) {
        all.extend(function(home, name));
    }
    all.extend(tables(look));
    all.extend(traces(look));
    all
}

/// Traces of failing requests, where something in question is traced by X-Ray.
fn traces(look: &Look<'_>) -> Vec<Wanted> {
    let home = &look.scope.home;
    let functions = look.answers.of("GetFunctionConfiguration").iter();
    let is_active = |answer: &super::answers::Answer| {
        answer.output.pointer("/TracingConfig/Mode").and_then(Value::as_str) == Some("Active")
    };
    let is_traced = functions.clone().any(is_active)
        || look
            .answers
            .list("GetStages", "item", home)
            .any(|stage| stage.get("tracingEnabled") == Some(&json!(true)));
    if !is_traced {
        return Vec::new();
    }
    let window = (look.since(TRACES_BEFORE_SECONDS).to_string(), look.scope.now.to_string());
    let graph = json!({"StartTime": window.0, "EndTime": window.1});
    let failing = json!({"StartTime": window.0, "EndTime": window.1, "FilterExpression": "fault = true OR error = true"});
    let mut all = vec![
        ask(home, 3, "xray", "GetServiceGraph", &graph),
        ask(home, 3, "xray", "GetTraceSummaries", &failing),
    ];
    let ids = look.answers.list("GetTraceSummaries", "TraceSummaries", home).filter_map(|it| text(it, "Id"));
    let ids: Vec<&str> = ids.take(TRACES_MAX).collect();
    if !ids.is_empty() {
        all.push(ask(home, 3, "xray", "BatchGetTraces", &json!({"TraceIds": ids})));
    }
    all
}

/// Every function and table of all places.
pub(super) fn configuration(look: &Look<'_>) -> Vec<Wanted> {
    let mut all = Vec::new();
    for place in [&look.scope.home].into_iter().chain(&look.scope.others) {
        all.push(ask(place, 1, "lambda", "ListFunctions", &json!({})));
        all.push(ask(place, 1, "dynamodb", "ListTables", &json!({})));
        let functions = look.answers.list("ListFunctions", "Functions", place);
        for name in functions.filter_map(|it| text(it, "FunctionName")).take(SNAPSHOT_FUNCTIONS_MAX) {
            all.extend(function(place, name));
        }
        for table in look
            .answers
            .list("ListTables", "TableNames", place)
            .filter_map(Value::as_str)
            .take(SNAPSHOT_FUNCTIONS_MAX)
        {
            all.push(ask(place, 3, "dynamodb", "DescribeTable", &json!({"TableName": table})));
        }
    }
    all
}

fn function(place: &Place, name: &str) -> [Wanted; 3] {
    let parameters = json!({"FunctionName": name});
    ["GetFunctionConfiguration", "GetFunctionConcurrency", "GetPolicy"]
        .map(|operation| ask(place, 2, "lambda", operation, &parameters))
}

/// The alarm's API: which function answers which route, and where its access log is.
fn apis(look: &Look<'_>) -> Vec<Wanted> {
    let home = &look.scope.home;
    let metrics = || look.symptom.alerts.iter().flat_map(|alert| &alert.metrics);
    let named: BTreeSet<&str> =
        metrics().filter_map(|metric| metric.dimensions.get("ApiName").map(String::as_str)).collect();
    if !metrics().any(|metric| metric.namespace == "AWS/ApiGateway") {
        return Vec::new();
    }
    let mut all = vec![ask(home, 1, "apigateway", "GetRestApis", &json!({}))];
    let own = look.answers.list("GetRestApis", "items", home).filter(|api| {
        let is_named = text(api, "name").is_some_and(|name| named.contains(name));
        let has_id =
            metrics().any(|metric| metric.dimensions.get("ApiId").map(String::as_str) == text(api, "id"));
        named.is_empty() || is_named || has_id
    });
    for id in own.filter_map(|api| text(api, "id")).take(APIS_MAX) {
        all.push(ask(home, 2, "apigateway", "GetResources", &json!({"restApiId": id, "embed": ["methods"]})));
        all.push(ask(home, 2, "apigateway", "GetStages", &json!({"restApiId": id})));
    }
    all
}

/// Functions that the alarm names, that answer the alarmed API, that somebody changed, or, where there are few, all.
pub(super) fn of_interest(look: &Look<'_>) -> Vec<String> {
    let home = &look.scope.home;
    let mut names: BTreeSet<String> = BTreeSet::new();
    for metric in look.symptom.alerts.iter().flat_map(|alert| &alert.metrics) {
        names.extend(metric.dimensions.get("FunctionName").cloned());
    }
    for answer in look.answers.of("GetResources").iter().filter(|it| it.place == *home) {
        let mut uris = BTreeSet::new();
        integrations(&answer.output, &mut uris);
        names.extend(uris);
    }
    let changes = look.scene.acts.iter().flat_map(|act| &act.delta.edits);
    let changed = changes.filter(|edit| edit.resource.kind == "AWS::Lambda::Function");
    let changed = changed.filter_map(|edit| edit.resource.id.rsplit(':').next().map(str::to_owned));
    let existing: BTreeSet<&str> = look
        .answers
        .list("ListFunctions", "Functions", home)
        .filter_map(|it| text(it, "FunctionName"))
        .collect();
    names.extend(changed.filter(|name| existing.contains(name.as_str())));
    let asks_all = look.answers.has("ListFunctions") && names.is_empty() && existing.len() <= FUNCTIONS_MAX;
    if asks_all
        && look
            .symptom
            .alerts
            .iter()
            .all(|alert| alert.metrics.iter().all(|it| it.namespace != "AWS/ApiGateway"))
    {
        names.extend(existing.into_iter().map(str::to_owned));
    }
    names.into_iter().collect()
}

/// Function names in the integrations of an API's methods.
fn integrations(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let function =
                text(value, "uri").and_then(|uri| uri.split_once("/functions/")).map(|(_, rest)| rest);
            let name = function.and_then(|rest| rest.split('/').next()).and_then(|arn| arn.split(':').nth(6));
            names.extend(name.map(str::to_owned));
            members.values().for_each(|member| integrations(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| integrations(item, names)),
        _ => {}
    }
}

/// Tables that the alarm or a denial names.
fn tables(look: &Look<'_>) -> Vec<Wanted> {
    let home = &look.scope.home;
    let metrics = look.symptom.alerts.iter().flat_map(|alert| &alert.metrics);
    let mut names: BTreeSet<&str> =
        metrics.filter_map(|metric| metric.dimensions.get("TableName").map(String::as_str)).collect();
    let denied = look.symptom.denials.iter().filter_map(|seen| seen.denial.resource.as_deref());
    names.extend(
        denied
            .filter(|arn| arn.contains(":dynamodb:"))
            .filter_map(|arn| arn.split_once(":table/"))
            .filter_map(|(_, rest)| rest.split('/').next()),
    );
    names
        .into_iter()
        .take(TABLES_MAX)
        .map(|name| ask(home, 3, "dynamodb", "DescribeTable", &json!({"TableName": name})))
        .collect()
}
