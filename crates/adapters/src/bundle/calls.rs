//! `calls.jsonl`: recorded read calls, one JSON object a line.

use super::json::{self, Object};
use super::text::Line;
use super::{Problem, Reading, describe, failed_call};
use butfor_incident::{Body, Evidence, Gap, GapReason, Query, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names AWS APIs give to the place where the next page starts, in requests and answers. (`UpdateToken`,
/// `nextForwardToken` and client tokens are something else.)
const PAGE_TOKENS: [&str; 12] = [
    "NextToken",
    "nextToken",
    "Marker",
    "marker",
    "NextMarker",
    "nextMarker",
    "StartingToken",
    "ContinuationToken",
    "NextContinuationToken",
    "PaginationToken",
    "NextPageToken",
    "position",
];

/// Longest time between two pages of one question, or between a failure and its retry, in seconds. Lines further
/// apart are two observations: a recorder goes on at once, and repeats a whole observation after minutes.
const SAME_OBSERVATION_S: i64 = 300;

/// A page that said there is more.
struct OpenPage {
    token: String,
    at: Timestamp,
    place: String,
}

/// Questions whose answer is not complete yet: the next line with the same question may complete it.
#[derive(Default)]
struct Unanswered {
    pages: BTreeMap<Query, OpenPage>,
    failures: BTreeMap<Query, (Timestamp, Gap)>,
}

impl Reading<'_> {
    pub(super) fn read_calls(&mut self, name: &str) {
        let Some(mut lines) = self.lines(name) else { return };
        let mut unanswered = Unanswered::default();
        for (number, line) in (1..).zip(lines.by_ref()) {
            let problem = |text: String| Problem { line: Some(number), text, ..Problem::of(name) };
            match line {
                Line::Text(text) if text.trim().is_empty() => {}
                Line::Text(text) => self.read_call(name, number, &text, &mut unanswered),
                Line::Bad(text) => self.unreadable(problem(text.to_owned())),
                Line::Broken(text) => self.unreadable(problem(format!("the file breaks off: {text}"))),
                Line::Cut => self.over_limit(name, GapReason::Truncated),
            }
        }
        self.spend(lines.taken);
        self.gaps.extend(unanswered.into_gaps());
    }

    fn read_call(&mut self, file: &str, line: usize, text: &str, unanswered: &mut Unanswered) {
        let call = match json::object(text) {
            Ok(call) => call,
            Err(error) => return self.unreadable(error.in_line(file, line)),
        };
        let problem = |field: &str, text: String, help: &str| Problem {
            line: Some(line),
            field: Some(field.to_owned()),
            text,
            help: help.to_owned(),
            ..Problem::of(file)
        };
        let (query, token) = match question(&call) {
            Ok(question) => question,
            Err((field, text)) => return self.unreadable(problem(field, text, "")),
        };
        let at = match call.get("at").filter(|at| at.get() != "null").map(|at| json::time(at)) {
            Some(Ok(at)) => at,
            Some(Err(text)) => return self.unreadable_answer(problem("at", text, ""), Some(query)),
            None => {
                let text = "missing".to_owned();
                let help = "write the moment of the call, for example 2026-05-02T13:37:00Z";
                return self.unreadable_answer(problem("at", text, help), Some(query));
            }
        };
        if let Some(gap) = unanswered.next_line(&query, token.as_deref(), at) {
            self.gaps.push(gap);
        }
        if let Some(error) = call.get("error").filter(|error| error.get() != "null") {
            if let Some(answer) = failed_call(query, at, error, unanswered) {
                self.admit(answer, file, Some(line));
            }
            return;
        }
        match call.get("output").filter(|output| output.get().starts_with('{')) {
            Some(output) => {
                if let Some(token) = token_left(output) {
                    let page = OpenPage { token, at, place: format!("{file} line {line}") };
                    unanswered.pages.insert(query.clone(), page);
                }
                if query.service == "cloudtrail" && query.operation == "LookupEvents" {
                    self.lookup_events(file, Some(line), output.get(), &query.account);
                }
                self.admit(Evidence::new(query, Some(at), Body::Call(output.get().into())), file, Some(line));
            }
            None => {
                let text = call.get("output").map_or_else(
                    || "neither `output` nor `error` is there".to_owned(),
                    |output| format!("expected a JSON object, found `{}`", json::shorten(output.get())),
                );
                let help = "write the answer as the AWS CLI prints it, without --query";
                self.unreadable_answer(problem("output", text, help), Some(query));
            }
        }
    }
}

/// A failed call leaves a gap, unless the failure says that what was asked for does not exist: that is kept as the
/// answer `{"Error": {"Code": ..., "Message": ...}}`.
fn failed_call(
    query: Query,
    at: Timestamp,
    error: &RawValue,
    unanswered: &mut Unanswered,
) -> Option<Evidence> {
    let members = json::object(error.get()).unwrap_or_default();
    let member =
        |names: [&str; 2]| names.iter().find_map(|name| members.get(*name)).and_then(|text| json::text(text));
    let code = member(["code", "Code"]).or_else(|| json::text(error)).unwrap_or_default();
    let message = member(["message", "Message"]).unwrap_or_default();
    if let Some(gap) = failed_call::gap(query.clone(), Some(at), &code, &message) {
        unanswered.failures.insert(query, (at, gap));
        return None;
    }
    let answer = serde_json::json!({"Error": {"Code": code, "Message": message}}).to_string();
    Some(Evidence::new(query, Some(at), Body::Call(answer.into())))
}

impl Unanswered {
    /// Takes note of the next line with the same question: the next page, a retry, or a new observation, which
    /// leaves the earlier one as it was.
    fn next_line(&mut self, query: &Query, token: Option<&str>, at: Timestamp) -> Option<Gap> {
        let same_observation = |before: Timestamp| at.seconds_since(before).abs() <= SAME_OBSERVATION_S;
        if let Some((before, gap)) = self.failures.remove(query) {
            return (!same_observation(before)).then_some(gap);
        }
        let page = self.pages.remove(query)?;
        let follows = token.map_or_else(|| same_observation(page.at), |token| token == page.token);
        (!follows).then(|| truncated(query.clone(), &page))
    }

    fn into_gaps(self) -> impl Iterator<Item = Gap> {
        let failures = self.failures.into_values().map(|(_, gap)| gap);
        failures.chain(self.pages.into_iter().map(|(query, page)| truncated(query, &page)))
    }
}

fn truncated(query: Query, page: &OpenPage) -> Gap {
    Gap {
        what: format!("{}: pages after {}", describe(&query), page.place),
        reason: GapReason::Truncated,
        needed_for: String::new(),
        remedy: "record every page: the AWS CLI does so unless --max-items or --no-paginate is given"
            .to_owned(),
        query: Some(query),
        at: Some(page.at),
    }
}

/// A field's name, and what is wrong with it.
type BadField = (&'static str, String);

/// The question of a call without its page token, and the token.
fn question(call: &Object<'_>) -> Result<(Query, Option<String>), BadField> {
    let text =
        |field: &'static str, required: bool| match call.get(field).filter(|value| value.get() != "null") {
            None if required => Err((field, "missing".to_owned())),
            None => Ok(String::new()),
            Some(value) => match json::text(value) {
                Some(text) if required && text.trim().is_empty() => Err((field, "empty".to_owned())),
                Some(text) => Ok(text.trim().to_owned()),
                None => Err((field, format!("expected a text, found `{}`", json::shorten(value.get())))),
            },
        };
    let (parameters, token) = parameters(call)?;
    let query = Query {
        account: text("account", false)?,
        region: text("region", false)?,
        service: text("service", true)?,
        operation: text("operation", true)?,
        parameters,
    };
    Ok((query, token))
}

fn parameters(call: &Object<'_>) -> Result<(Arc<str>, Option<String>), BadField> {
    let given = call.get("parameters").map(|parameters| parameters.get()).filter(|text| *text != "null");
    let Some(text) = given.filter(|text| *text != "{}") else { return Ok(("{}".into(), None)) };
    let mut members: Map<String, Value> = serde_json::from_str(text)
        .map_err(|_| ("parameters", format!("expected a JSON object, found `{}`", json::shorten(text))))?;
    let tokens: Vec<_> = PAGE_TOKENS.iter().filter_map(|name| members.remove(*name)).collect();
    let token = tokens.first().map(|token| token.as_str().map_or_else(|| token.to_string(), str::to_owned));
    Ok((Value::Object(members).to_string().into(), token))
}

/// The token with which the next page would have been asked for.
fn token_left(output: &RawValue) -> Option<String> {
    let members = json::object(output.get()).ok()?;
    // Some answers repeat the request's own marker; where they say whether they are truncated, that counts.
    match members.get("IsTruncated").map(|flag| flag.get()) {
        Some("false") => return None,
        Some("true") => return Some(String::new()),
        _ => {}
    }
    PAGE_TOKENS
        .iter()
        .filter_map(|name| json::text(members.get(*name)?))
        .find(|token| !token.is_empty())
        .map(|token| token.into_owned())
}
