//! Logs: of the application as configured, of functions in question, else of the groups that are not AWS's own.

use super::answers::text;
use super::{Look, TELEMETRY_BEFORE_SECONDS, Wanted};
use butfor_incident::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Groups read at the most.
const GROUPS_MAX: usize = 8;

/// Lines that tell of a failure, in the words and cases that common loggers use. A line that matches any of them comes back
/// (CloudWatch Logs User Guide, "Filter pattern syntax").
const FAILURES: &str = "?ERROR ?Error ?error ?Exception ?exception ?FATAL ?CRITICAL ?WARN ?timed ?timeout ?ETIMEDOUT ?denied ?Denied ?refused \
                        ?Traceback ?INIT_REPORT ?REPORT ?panic";

/// Bytes of a window, as they are stored (compressed), up to which a group is read page by page: some hundred megabytes of text, which is
/// what FilterLogEvents gets through in the time that a query has.
const PAGED_BYTES_MAX: i64 = 16 << 20;

/// Lines of one Insights query (API reference, StartQuery: 10,000 at the most).
const LINES_MAX: u32 = 5_000;

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
    // How large a group is decides how it is asked, so that it has to be known, or not to be had.
    if all.iter().all(|sizes| look.asked.contains(&sizes.query)) {
        all.extend(groups.iter().take(GROUPS_MAX).flat_map(|group| failing(look, group)));
    }
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

/// The failing lines of a group: page by page, or by Logs Insights where the group is too large for that. What cannot be had one way is asked
/// for the other way.
fn failing(look: &Look<'_>, group: &str) -> Vec<Wanted> {
    let (from, until) = (look.since(TELEMETRY_BEFORE_SECONDS), look.scope.now);
    let parameters = json!({
        "logGroupName": group, "startTime": from.as_millis(), "endTime": until.as_millis(), "filterPattern": FAILURES,
    });
    let paged = look.ask(1, "logs", "FilterLogEvents", &parameters);
    // The lines next to the alarm on both sides, should there be more than an answer holds.
    let alarm = look.alarm_at().min(until);
    let mut queried = vec![query(look, group, (from, alarm), "desc")];
    if alarm < until {
        queried.push(query(look, group, (alarm, until), "asc"));
    }
    let failed =
        |wanted: &Wanted| look.scene.case.gaps.iter().any(|gap| gap.query.as_ref() == Some(&wanted.query));
    if stored_bytes(look, group, until.seconds_since(from)) <= PAGED_BYTES_MAX {
        let is_cut = failed(&paged);
        return if is_cut { queried } else { vec![paged] };
    }
    let is_cut = queried.iter().any(failed);
    if is_cut { vec![paged] } else { queried }
}

/// A query of Logs Insights for the failing lines of a stretch of time.
fn query(look: &Look<'_>, group: &str, (from, until): (Timestamp, Timestamp), order: &str) -> Wanted {
    let words: Vec<&str> = FAILURES
        .split_whitespace()
        .map(|word| word.trim_start_matches('?'))
        // Every invocation has such a line. Those that tell of a failure have one of the other words, too.
        .filter(|word| !word.ends_with("REPORT"))
        .collect();
    let text = format!(
        "fields @timestamp, @logStream, @message | filter @message like /{}/ | sort @timestamp {order}",
        words.join("|")
    );
    let parameters = json!({
        "logGroupName": group, "startTime": from.as_millis() / 1000, "endTime": until.as_millis() / 1000,
        "queryString": text, "limit": LINES_MAX,
    });
    look.ask(1, "logs", "StartQuery", &parameters)
}

/// Bytes that a group keeps of so many seconds, on average; nothing where it is not told.
fn stored_bytes(look: &Look<'_>, group: &str, seconds: i64) -> i64 {
    let mut groups = look.answers.list("DescribeLogGroups", "logGroups", &look.scope.home);
    let Some(about) = groups.find(|it| text(it, "logGroupName") == Some(group)) else { return 0 };
    let number = |member: &str| about.get(member).and_then(Value::as_i64);
    let age = number("creationTime").map(|at| look.scope.now.seconds_since(Timestamp::from_millis(at)));
    let kept = number("retentionInDays").map(|days| days.saturating_mul(24 * 3600));
    let kept = [age, kept].into_iter().flatten().min().unwrap_or(seconds).max(seconds).max(1);
    let part = i128::from(number("storedBytes").unwrap_or(0)) * i128::from(seconds) / i128::from(kept);
    i64::try_from(part).unwrap_or(i64::MAX)
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
