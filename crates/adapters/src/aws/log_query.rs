//! Logs Insights: a query over a log group that is too large to be paged through.
//!
//! The query is started, and its answer asked for until it is complete (CloudWatch Logs API reference, StartQuery and GetQueryResults). What is
//! recorded is the answer, with the query's id in it, under the question that started it.

use super::{failure, read};
use butfor_aws_api::{Client, Target};
use butfor_incident::Query;
use butfor_ports::{Answered, Failure, Fetching, Source};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long an answer is waited for (nothing stops the query then: StopQuery could stop anybody's, and is no permission that Butfor has; what it
/// still reads is bounded by its window); shorter than what an investigation gives a query, which would lose what was found so far.
const WAITING_MAX: Duration = Duration::from_secs(15);

/// The first wait, which doubles, and the longest: most queries over an hour take a second or two.
const WAIT: Duration = Duration::from_millis(250);
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Asks Logs Insights.
pub(super) struct LogQuery {
    client: Client,
}

impl LogQuery {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    async fn read(&self, query: &Query) -> Result<Answered, Failure> {
        let parameters: Value = serde_json::from_str(&query.parameters).unwrap_or_default();
        let target = read::target(query);
        let began = Instant::now();
        let started = self.call(&target, "StartQuery", &parameters).await?;
        let Some(id) = started.get("queryId").and_then(Value::as_str) else {
            let message = "the answer names no query".to_owned();
            return Err(Failure { code: "MalformedAnswer".to_owned(), message });
        };
        let named = json!({"queryId": id});
        let mut wait = WAIT;
        loop {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(WAIT_MAX);
            let mut output = self.call(&target, "GetQueryResults", &named).await?;
            let status = output.get("status").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Some(members) = output.as_object_mut() {
                members.insert("queryId".to_owned(), Value::from(id));
            }
            match status.as_str() {
                "Complete" => return Ok(Answered::Pages(vec![output.to_string().into()])),
                "Scheduled" | "Running" if began.elapsed() < WAITING_MAX => {}
                "Scheduled" | "Running" => {
                    return late(&output, began.elapsed());
                }
                status => {
                    let message = format!("the query of {} ended as `{status}`", log_group(&parameters));
                    // That it failed is the service's fault; that it was cancelled, somebody's.
                    let code = if status == "Failed" {
                        "InternalFailure".to_owned()
                    } else {
                        format!("Query{status}")
                    };
                    return Err(Failure { code, message });
                }
            }
        }
    }

    async fn call(&self, target: &Target, operation: &str, parameters: &Value) -> Result<Value, Failure> {
        let answer = self.client.call(target, "logs", operation, parameters).await;
        answer.map(|answer| answer.output).map_err(|error| failure::of(&error))
    }
}

/// What a query found before it was given up.
fn late(output: &Value, waited: Duration) -> Result<Answered, Failure> {
    let message = format!("the query was not complete after {} s", waited.as_secs());
    let failure = Failure { code: "TimedOut".to_owned(), message };
    let found = output.get("results").and_then(Value::as_array).is_some_and(|results| !results.is_empty());
    if !found {
        return Err(failure);
    }
    let pages = Answered::Pages(vec![output.to_string().into()]);
    Ok(Answered::Part(Box::new(pages), failure))
}

fn log_group(parameters: &Value) -> &str {
    parameters.get("logGroupName").and_then(Value::as_str).unwrap_or("several log groups")
}

impl Source for LogQuery {
    fn name(&self) -> &'static str {
        "Logs Insights"
    }

    fn serves(&self, query: &Query) -> bool {
        query.service == "logs" && query.operation == "StartQuery"
    }

    fn fetch<'a>(&'a self, query: &'a Query) -> Fetching<'a> {
        Box::pin(self.read(query))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_in_time_is_kept() {
        let waited = Duration::from_secs(15);
        let found = json!({"status": "Running", "results": [[{"field": "@message", "value": "Error"}]]});
        assert!(matches!(late(&found, waited), Ok(Answered::Part(_, rest)) if rest.code == "TimedOut"));
        let nothing = json!({"status": "Running", "results": []});
        assert!(
            late(&nothing, waited).is_err_and(|rest| rest.message == "the query was not complete after 15 s")
        );
    }
}
