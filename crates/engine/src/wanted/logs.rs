//! Logs: of the application as configured, of functions in question, else of the groups that are not AWS's own.

use super::answers::text;
use super::{Look, TELEMETRY_BEFORE_SECONDS, Wanted};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Groups read at the most.
const GROUPS_MAX: usize = 8;

/// Lines that tell of a failure, in the words and cases that common loggers use. A line that matches any of them comes back
/// (CloudWatch Logs User Guide, "Filter pattern syntax").
const FAILURES: &str = "?ERROR ?Error ?error ?Exception ?exception ?FATAL ?CRITICAL ?WARN ?timed ?timeout ?ETIMEDOUT ?denied ?Denied ?refused \
                        ?Traceback ?INIT_REPORT ?REPORT ?panic";

/// Groups that hold what AWS services write about others, not what an application says.
const NOT_APPLICATIONS: [&str; 5] =
    ["/aws/vpc", "/aws/cloudtrail", "aws-cloudtrail-logs", "/aws/rds", "/aws/codebuild"];

/// Failing lines of the application, before and since; and every line of the alarmed API's access log.
pub(super) fn wanted(look: &Look<'_>) -> Vec<Wanted> {
    let home = &look.scope.home;
    let mut all = vec![look.ask(0, "logs", "DescribeLogGroups", &json!({}))];
    let existing: BTreeSet<&str> = look
        .answers
        .list("DescribeLogGroups", "logGroups", home)
        .filter_map(|it| text(it, "logGroupName"))
        .collect();
    let groups = groups(look, &existing);
    let window = (look.since(TELEMETRY_BEFORE_SECONDS).as_millis(), look.scope.now.as_millis());
    all.extend(groups.iter().take(GROUPS_MAX).map(|group| {
        let parameters = json!({
            "logGroupName": group, "startTime": window.0, "endTime": window.1, "filterPattern": FAILURES,
        });
        look.ask(1, "logs", "FilterLogEvents", &parameters)
    }));
    // Requests are counted in the window of the alarm's last datapoint; ten minutes hold it.
    let since = look.since(600).as_millis();
    all.extend(access_logs(look).into_iter().filter(|group| existing.contains(group.as_str())).map(
        |group| {
            look.ask(
                2,
                "logs",
                "FilterLogEvents",
                &json!({"logGroupName": group, "startTime": since, "endTime": window.1}),
            )
        },
    ));
    all
}

fn groups(look: &Look<'_>, existing: &BTreeSet<&str>) -> Vec<String> {
    if !look.scope.log_groups.is_empty() {
        return look.scope.log_groups.clone();
    }
    let functions = super::functions::of_interest(look);
    let own = functions
        .iter()
        .map(|name| format!("/aws/lambda/{name}"))
        .filter(|group| existing.contains(group.as_str()));
    let own: Vec<String> = own.collect();
    let is_about_functions = look.domains().first() == Some(&super::Domain::Functions);
    if is_about_functions && !own.is_empty() {
        return own;
    }
    let access: BTreeSet<String> = access_logs(look);
    let applications = existing.iter().filter(|group| {
        !group.starts_with("/aws/lambda/")
            && !access.contains(**group)
            && !NOT_APPLICATIONS.iter().any(|beginning| group.starts_with(beginning))
            && !group.contains("flow-log")
    });
    applications.map(|group| (*group).to_owned()).chain(own).collect()
}

/// Groups that API Gateway's console and templates offer for access logs.
const ACCESS_LOGS: [&str; 2] = ["/aws/api-gateway/", "/aws/apigateway/"];

/// Where the stages of the alarmed API write their access logs; where no stage says so, groups under the usual names.
fn access_logs(look: &Look<'_>) -> BTreeSet<String> {
    if !look.answers.has("GetStages") {
        return BTreeSet::new();
    }
    let told = told_access_logs(look);
    if !told.is_empty() {
        return told;
    }
    let groups = look.answers.list("DescribeLogGroups", "logGroups", &look.scope.home);
    let names = groups.filter_map(|it| text(it, "logGroupName"));
    names.filter(|name| ACCESS_LOGS.iter().any(|usual| name.starts_with(usual))).map(str::to_owned).collect()
}

fn told_access_logs(look: &Look<'_>) -> BTreeSet<String> {
    let stages = look.answers.list("GetStages", "item", &look.scope.home);
    let arns =
        stages.filter_map(|stage| stage.pointer("/accessLogSettings/destinationArn").and_then(Value::as_str));
    arns.filter_map(|arn| arn.split_once(":log-group:"))
        .map(|(_, group)| group.trim_end_matches(":*").to_owned())
        .collect()
}
