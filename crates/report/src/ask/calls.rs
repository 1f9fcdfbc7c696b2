//! What was asked of AWS, as a case file has it.

use butfor_incident::{Body, CaseFile, Evidence, GapReason, Query};
use serde_json::Value;
use std::sync::Arc;

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Came {
    /// An answer with something in it.
    Answered,
    /// An answer, and nothing in it: it was looked at, and there is none.
    Empty,
    /// No answer.
    Failed(GapReason),
}

/// One call of an investigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The AWS CLI's name of the service (`ec2`).
    pub service: String,
    /// The API operation (`DescribeSubnets`).
    pub operation: String,
    /// Account asked; empty when unknown.
    pub account: String,
    /// Region asked; empty when unknown.
    pub region: String,
    /// The request's parameters as JSON text.
    pub parameters: Arc<str>,
    /// What came of it.
    pub came: Came,
    /// Digest of the evidence it became, where it was answered.
    pub digest: Option<String>,
}

impl Call {
    fn of(query: &Query, came: Came, digest: Option<String>) -> Self {
        Self {
            service: query.service.clone(),
            operation: query.operation.clone(),
            account: query.account.clone(),
            region: query.region.clone(),
            parameters: Arc::clone(&query.parameters),
            came,
            digest,
        }
    }
}

/// The calls of a case file: each answered query, and each that failed. Recorded events, logs from files and alerts are no
/// calls.
#[must_use]
pub fn calls(case: &CaseFile) -> Vec<Call> {
    let is_call = |it: &&Evidence| matches!(it.body, Body::Call(_)) && !it.query.operation.is_empty();
    let answered = case.evidence.iter().filter(is_call).map(|it| {
        let came = if is_empty(it.body.text()) { Came::Empty } else { Came::Answered };
        Call::of(&it.query, came, Some(it.id().digest()))
    });
    let failed = case.gaps.iter().filter_map(|gap| {
        let query = gap.query.as_ref().filter(|query| !query.operation.is_empty())?;
        Some(Call::of(query, Came::Failed(gap.reason), None))
    });
    answered.chain(failed).collect()
}

/// Longest answer looked into, in bytes: an empty one is short.
const EMPTY_MAX: usize = 16 << 10;

/// Whether an answer has lists and none of them holds anything. Streams searched and messages are no finds, and a metric
/// without values is none either.
fn is_empty(answer: &str) -> bool {
    if answer.len() > EMPTY_MAX {
        return false;
    }
    let Ok(Value::Object(members)) = serde_json::from_str(answer) else { return false };
    let mut lists = members
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "searchedLogStreams" | "Messages" | "ResponseMetadata"))
        .filter_map(|(_, value)| value.as_array())
        .peekable();
    let no_values = |item: &Value| item.get("Values").and_then(Value::as_array).is_some_and(Vec::is_empty);
    lists.peek().is_some() && lists.all(|list| list.iter().all(no_values))
}

#[cfg(test)]
mod tests {
    use super::is_empty;

    #[test]
    fn an_answer_with_empty_lists_is_empty() {
        let check = |answer: &str, expected| assert_eq!(is_empty(answer), expected, "{answer}");
        check(r#"{"events": [], "searchedLogStreams": [{"logStreamName": "a"}]}"#, true);
        check(r#"{"events": [{"message": "x"}]}"#, false);
        check(r#"{"MetricDataResults": [{"Id": "m1", "Values": []}], "Messages": []}"#, true);
        check(r#"{"MetricDataResults": [{"Id": "m1", "Values": [1]}]}"#, false);
        check(r#"{"Policy": "{}"}"#, false);
        check(r#"{"CompositeAlarms": [], "MetricAlarms": [{}]}"#, false);
        check("{}", false);
        check("not JSON", false);
    }
}
