//! What Logs Insights answered: `GetQueryResults`, with the question that `StartQuery` asked.
//!
//! A recording has them as two calls that a query id joins, or as one: the answer under the question. Source: CloudWatch Logs API reference,
//! StartQuery and GetQueryResults; CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax".

use super::log_answers::{LogAnswer, LogEvent};
use crate::lenient::or_default;
use butfor_incident::{Body, CaseFile, Evidence, Timestamp};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Rows of an answer where the query sets no limit (API reference, StartQuery: 10,000).
const LIMIT: usize = 10_000;

/// Numbers above this are milliseconds: as seconds they would be in the year 5138.
const SECONDS_MAX: i64 = 100_000_000_000;

/// Commands after which rows are no longer events as they were written.
const REWRITING: [&str; 4] = ["stats", "dedup", "pattern", "diff"];

/// Questions by the id of their query.
pub(super) struct Started(BTreeMap<String, Question>);

impl Started {
    pub(super) fn read(case: &CaseFile) -> Self {
        let questions = case.evidence.iter().filter_map(|evidence| {
            let Body::Call(output) = &evidence.body else { return None };
            if evidence.query.operation != "StartQuery" || evidence.query.service != "logs" {
                return None;
            }
            let output: Output = serde_json::from_str(output).ok()?;
            Some((output.id?, question(evidence)?))
        });
        Self(questions.collect())
    }

    /// The events of an answer. One without messages, or about several groups at once, tells nothing of a component.
    pub(super) fn answer<'c>(&self, evidence: &'c Evidence) -> Option<LogAnswer<'c>> {
        let Body::Call(text) = &evidence.body else { return None };
        if evidence.query.service != "logs" {
            return None;
        }
        let question = match evidence.query.operation.as_str() {
            "StartQuery" => question(evidence)?,
            "GetQueryResults" => {
                let asked: Asked = serde_json::from_str(&evidence.query.parameters).ok()?;
                self.0.get(&asked.id)?.clone()
            }
            _ => return None,
        };
        let output: Output = serde_json::from_str(text).ok()?;
        let rows = output.results?;
        if question.rewrites() || rows.is_empty() && output.status != "Complete" {
            return None;
        }
        let is_whole = output.status == "Complete" && rows.len() < question.limit;
        let mut events: Vec<LogEvent> = rows.iter().filter_map(|row| event(row)).collect();
        events.sort_by_key(|event| event.at);
        let (mut from, mut until) = (question.from, question.until);
        if !is_whole {
            // The rest was left out: of the older or of the newer lines, as the answer was sorted. What was seen is all that is covered.
            from = events.first().map(|event| event.at);
            until = events.last().map(|event| event.at);
        }
        let until = [until, evidence.at].into_iter().flatten().min();
        let filter = question.filter();
        Some(LogAnswer { evidence, group: question.group, filter, from, until, events })
    }
}

/// Commands that say how lines are shown, not which.
const ORDERING: [&str; 4] = ["fields", "display", "sort", "limit"];

/// What was asked.
#[derive(Clone)]
struct Question {
    group: String,
    query: String,
    limit: usize,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Question {
    /// What decides which lines come: two queries that differ in nothing else show the same kind of lines.
    fn filter(&self) -> String {
        let commands = self.query.split(" | ").map(str::trim);
        let choosing = commands.filter(|command| {
            let word = command.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
            !ORDERING.contains(&word.as_str())
        });
        choosing.collect::<Vec<_>>().join(" | ")
    }

    fn rewrites(&self) -> bool {
        self.query.split('|').any(|command| {
            let word = command.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
            REWRITING.contains(&word.as_str())
        })
    }
}

fn question(evidence: &Evidence) -> Option<Question> {
    let asked: Parameters = serde_json::from_str(&evidence.query.parameters).ok()?;
    let several = asked.groups.into_iter().chain(asked.identifiers.iter().map(|arn| name(arn).to_owned()));
    let mut groups: Vec<String> =
        asked.group.into_iter().chain(several).filter(|group| !group.is_empty()).collect();
    let group = groups.pop().filter(|_| groups.is_empty())?;
    let in_query = asked.query.rsplit('|').find_map(|command| {
        let mut words = command.split_whitespace();
        words.next().filter(|word| word.eq_ignore_ascii_case("limit"))?;
        words.next()?.parse().ok()
    });
    Some(Question {
        group,
        limit: in_query.or(asked.limit).unwrap_or(LIMIT),
        query: asked.query,
        from: asked.from.map(moment),
        until: asked.until.map(moment),
    })
}

/// A log group's name in its ARN.
fn name(identifier: &str) -> &str {
    let name = identifier.split_once(":log-group:").map_or(identifier, |(_, name)| name);
    name.trim_end_matches(":*")
}

fn moment(number: i64) -> Timestamp {
    if number > SECONDS_MAX { Timestamp::from_millis(number) } else { Timestamp::from_seconds(number) }
}

fn event(row: &[Field]) -> Option<LogEvent> {
    let field = |name: &str| row.iter().find(|it| it.field == name).map(|it| it.value.as_str());
    // `2026-05-02 13:20:00.123`, in UTC.
    let at = Timestamp::parse(&format!("{}Z", field("@timestamp")?.replacen(' ', "T", 1))).ok()?;
    let stream = field("@logStream").unwrap_or_default().to_owned();
    Some(LogEvent { at, stream, message: field("@message")?.to_owned() })
}

#[derive(Deserialize)]
struct Asked {
    #[serde(rename = "queryId", default, deserialize_with = "or_default")]
    id: String,
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(rename = "logGroupName")]
    group: Option<String>,
    #[serde(rename = "logGroupNames", default, deserialize_with = "or_default")]
    groups: Vec<String>,
    #[serde(rename = "logGroupIdentifiers", default, deserialize_with = "or_default")]
    identifiers: Vec<String>,
    #[serde(rename = "queryString", default, deserialize_with = "or_default")]
    query: String,
    limit: Option<usize>,
    #[serde(rename = "startTime")]
    from: Option<i64>,
    #[serde(rename = "endTime")]
    until: Option<i64>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(rename = "queryId")]
    id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    results: Option<Vec<Vec<Field>>>,
}

#[derive(Deserialize)]
struct Field {
    #[serde(default, deserialize_with = "or_default")]
    field: String,
    #[serde(default, deserialize_with = "or_default")]
    value: String,
}

#[cfg(test)]
mod tests {
    use super::super::log_answers;
    use super::*;
    use butfor_incident::Query;
    use serde_json::{Value, json};

    const AT: i64 = 1_777_728_000; // 2026-05-02T13:20:00Z

    fn call(operation: &str, parameters: &Value, output: &Value) -> Evidence {
        let query = Query {
            account: "111122223333".into(),
            region: "us-east-1".into(),
            service: "logs".into(),
            operation: operation.into(),
            parameters: parameters.to_string().into(),
        };
        Evidence::new(query, Some(Timestamp::from_seconds(AT + 3600)), Body::Call(output.to_string().into()))
    }

    fn row(at: &str, message: &str) -> Value {
        json!([{"field": "@timestamp", "value": at}, {"field": "@message", "value": message}, {"field": "@ptr", "value": "x"}])
    }

    /// Times and messages of every answer, with what it covers.
    fn check(evidence: Vec<Evidence>, expected: &[(&str, &[&str], i64, i64)]) {
        let case =
            CaseFile { as_of: Timestamp::from_seconds(AT + 3600), evidence, gaps: Vec::new(), rounds: 1 };
        let answers = log_answers::read(&case);
        let found: Vec<(String, Vec<String>, i64, i64)> = answers
            .iter()
            .map(|it| {
                let messages =
                    it.events.iter().map(|event| format!("{} {}", event.at, event.message)).collect();
                let seconds = |at: Option<Timestamp>| at.map_or(-1, |at| at.as_millis() / 1000 - AT);
                (it.group.clone(), messages, seconds(it.from), seconds(it.until))
            })
            .collect();
        let expected: Vec<(String, Vec<String>, i64, i64)> = expected
            .iter()
            .map(|(group, lines, from, until)| {
                ((*group).to_owned(), lines.iter().map(|&line| line.to_owned()).collect(), *from, *until)
            })
            .collect();
        assert_eq!(found, expected);
    }

    fn asked(query: &str, limit: usize) -> Value {
        json!({"logGroupName": "app", "startTime": AT, "endTime": AT + 1800, "queryString": query, "limit": limit})
    }

    #[test]
    fn an_answer_under_its_question_is_read() {
        let rows = [row("2026-05-02 13:20:02.000", "b"), row("2026-05-02 13:20:01.500", "a")];
        let output = json!({"queryId": "q", "status": "Complete", "results": rows});
        let one = call("StartQuery", &asked("fields @message | sort @timestamp desc", 100), &output);
        check(vec![one], &[("app", &["2026-05-02T13:20:01.500Z a", "2026-05-02T13:20:02Z b"], 0, 1800)]);
    }

    #[test]
    fn two_calls_are_joined_by_their_query() {
        let started = call("StartQuery", &asked("fields @message", 100), &json!({"queryId": "q"}));
        let rows = [row("2026-05-02 13:20:01.000", "a")];
        let output = json!({"status": "Complete", "results": rows});
        let answer = call("GetQueryResults", &json!({"queryId": "q"}), &output);
        let strange = call("GetQueryResults", &json!({"queryId": "r"}), &output);
        check(vec![started, answer, strange], &[("app", &["2026-05-02T13:20:01Z a"], 0, 1800)]);
    }

    /// What was left out is not covered: silence there says nothing.
    #[test]
    fn an_answer_that_reached_its_limit_covers_what_it_shows() {
        let rows = [row("2026-05-02 13:40:00.000", "b"), row("2026-05-02 13:30:00.000", "a")];
        let output = json!({"status": "Complete", "results": rows, "queryId": "q"});
        let lines: &[&str] = &["2026-05-02T13:30:00Z a", "2026-05-02T13:40:00Z b"];
        check(vec![call("StartQuery", &asked("fields @message", 2), &output)], &[("app", lines, 600, 1200)]);
        let query = asked("fields @message | limit 2", 100);
        check(vec![call("StartQuery", &query, &output)], &[("app", lines, 600, 1200)]);
        let running = json!({"status": "Running", "results": rows, "queryId": "q"});
        check(vec![call("StartQuery", &asked("fields @message", 9), &running)], &[("app", lines, 600, 1200)]);
    }

    #[test]
    fn counts_and_several_groups_are_no_lines_of_a_component() {
        let output =
            json!({"status": "Complete", "results": [row("2026-05-02 13:20:01.000", "a")], "queryId": "q"});
        check(vec![call("StartQuery", &asked("filter a | stats count(*) by bin(1m)", 9), &output)], &[]);
        let several = json!({"logGroupNames": ["a", "b"], "startTime": AT, "endTime": AT, "queryString": "fields @message"});
        check(vec![call("StartQuery", &several, &output)], &[]);
    }
}
