//! What was looked at and what could not be: logs, metrics, places, calls, gaps.

use super::document::{self, Document, capped, text};
use super::{Answer, AnswerLine, Call, Came};
use crate::words::{count, gap_reason};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Evidence an answer names beside one line: enough to open, and not a wall of names.
const CITES_MAX: usize = 12;

/// What came of the calls for one thing, in the order first asked.
#[derive(Default)]
struct Tally {
    answered: usize,
    empty: usize,
    failed: BTreeSet<&'static str>,
    cites: Vec<String>,
}

impl Tally {
    fn add(&mut self, call: &Call, about: &Document<'_>) {
        match call.came {
            Came::Answered => self.answered += 1,
            Came::Empty => self.empty += 1,
            Came::Failed(reason) => {
                self.failed.insert(gap_reason(reason));
            }
        }
        if let Some(digest) = &call.digest {
            let name = about.name_of(digest);
            if !self.cites.contains(&name) && self.cites.len() < CITES_MAX {
                self.cites.push(name);
            }
        }
    }

    fn line(self, what: &str) -> AnswerLine {
        let came = match (self.answered, self.empty) {
            (0, 0) => String::new(),
            (0, _) => ": read, nothing in it".to_owned(),
            (1, _) => ": read".to_owned(),
            (answers, _) => format!(": read, {answers} answers"),
        };
        let failed = match self.failed.into_iter().collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => none,
            reasons if came.is_empty() => format!(": could not be read ({reasons})"),
            reasons => format!(", not all of it ({reasons})"),
        };
        AnswerLine::cited(format!("{what}{came}{failed}"), self.cites)
    }
}

/// One line for each name the calls have, sorted.
fn tallied(about: &Document<'_>, names: impl Fn(&Call) -> Vec<String>) -> Vec<AnswerLine> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for call in about.calls {
        for name in names(call).into_iter().collect::<BTreeSet<_>>() {
            tallies.entry(name).or_default().add(call, about);
        }
    }
    tallies.into_iter().map(|(name, tally)| tally.line(&name)).collect()
}

fn parameters(call: &Call) -> Value {
    serde_json::from_str(&call.parameters).unwrap_or_default()
}

fn place(account: &str, region: &str) -> String {
    let words = [account, region].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
    if words.is_empty() { words } else { format!(" in {words}") }
}

/// The log groups a call reads (CloudWatch Logs API: FilterLogEvents, GetLogEvents, StartQuery), by name.
pub(super) fn log_groups(call: &Call) -> Vec<String> {
    const READS: &[&str] =
        &["FilterLogEvents", "GetLogEvents", "StartQuery", "GetLogRecord", "TestMetricFilter"];
    if call.service != "logs" || !READS.contains(&call.operation.as_str()) {
        return Vec::new();
    }
    let parameters = parameters(call);
    let one = ["logGroupName", "logGroupIdentifier"].map(|name| text(&parameters, name)).into_iter();
    let many = ["logGroupNames", "logGroupIdentifiers"];
    let many = many.iter().flat_map(|name| document::list(&parameters, name)).filter_map(Value::as_str);
    // An identifier is a name or an ARN ending in it.
    let name = |it: &str| {
        it.split_once(":log-group:").map_or(it, |(_, name)| name).trim_end_matches(":*").to_owned()
    };
    one.chain(many).filter(|it| !it.is_empty()).map(name).collect()
}

pub(super) fn logs(about: &Document<'_>) -> Answer {
    let mut lines = tallied(about, |call| {
        let place = place(&call.account, &call.region);
        log_groups(call).into_iter().map(|name| format!("log group {name}{place}")).collect()
    });
    lines.extend(files(about, &["flow-logs", "access-logs", "logs"], lines.is_empty()));
    Answer::or_not_known(lines, || {
        let mut lines = vec![AnswerLine::new("no log group was read")];
        lines.extend(gaps_with(about, &["logs ", "log group"]));
        lines
    })
}

/// Evidence of the report that is no call with a known name: log files, and everything when the calls are not at hand.
fn files(about: &Document<'_>, sources: &[&str], has_no_calls: bool) -> Vec<AnswerLine> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for it in about.list("evidence") {
        let source = text(it, "source");
        let is_file = matches!(source, "flow-logs" | "access-logs");
        if sources.contains(&source) && (is_file || has_no_calls) {
            let operation = if is_file { "" } else { text(it, "operation") };
            let what = format!("{} {operation}", source.replace('-', " "));
            let place = place(text(it, "account"), text(it, "region"));
            found.entry(format!("{}{place}", what.trim())).or_default().push(text(it, "id").to_owned());
        }
    }
    let line = |(what, cites): (String, Vec<String>)| {
        let cites: Vec<_> = cites.into_iter().filter(|it| !it.is_empty()).take(CITES_MAX).collect();
        AnswerLine::cited(what, cites)
    };
    found.into_iter().map(line).collect()
}

fn gaps_with(about: &Document<'_>, signs: &[&str]) -> Vec<AnswerLine> {
    let is_one = |it: &&Value| signs.iter().any(|sign| text(it, "what").contains(sign));
    about.list("gaps").iter().filter(is_one).map(document::gap).collect()
}

/// The metrics a call reads (CloudWatch API: GetMetricData, GetMetricStatistics).
fn metrics_of(call: &Call) -> Vec<String> {
    if call.service != "cloudwatch" {
        return Vec::new();
    }
    let parameters = parameters(call);
    let name = |metric: &Value| {
        let dimensions = document::list(metric, "Dimensions").iter().map(|it| text(it, "Value"));
        let dimensions = dimensions.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
        let of = if dimensions.is_empty() { dimensions } else { format!(" of {dimensions}") };
        format!("metric {} {}{of}", text(metric, "Namespace"), text(metric, "MetricName"))
    };
    match call.operation.as_str() {
        "GetMetricStatistics" => vec![name(&parameters)],
        "GetMetricData" => {
            let queries = document::list(&parameters, "MetricDataQueries").iter();
            let metrics = queries.map(|it| document::member(document::member(it, "MetricStat"), "Metric"));
            metrics.filter(|it| it.is_object()).map(name).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn metrics(about: &Document<'_>) -> Answer {
    let mut lines = tallied(about, metrics_of);
    if lines.is_empty() {
        lines = files(about, &["cloudwatch"], true);
    }
    Answer::or_not_known(lines, || {
        let mut lines = vec![AnswerLine::new("no metric was read")];
        lines.extend(gaps_with(about, &["cloudwatch"]));
        lines
    })
}

pub(super) fn places(about: &Document<'_>) -> Answer {
    let mut places: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut add = |account: &str, region: &str, cite: Option<String>| {
        if account.is_empty() && region.is_empty() {
            return;
        }
        let cites = places.entry((account.to_owned(), region.to_owned())).or_default();
        if let Some(cite) = cite.filter(|it| !it.is_empty() && !cites.contains(it) && cites.len() < CITES_MAX)
        {
            cites.push(cite);
        }
    };
    for it in about.list("evidence") {
        add(text(it, "account"), text(it, "region"), Some(text(it, "id").to_owned()));
    }
    for call in about.calls.iter().filter(|call| !matches!(call.came, Came::Failed(_))) {
        add(&call.account, &call.region, call.digest.as_deref().map(|digest| about.name_of(digest)));
    }
    let or = |text: String, other: &str| if text.is_empty() { other.to_owned() } else { text };
    let line = |((account, region), cites)| {
        let (account, region) = (or(account, "not named"), or(region, "not named"));
        AnswerLine::cited(format!("account {account}, region {region}"), cites)
    };
    Answer::or_not_known(places.into_iter().map(line).collect(), || {
        vec![AnswerLine::new("no evidence of this report names an account or a region")]
    })
}

pub(super) fn calls(about: &Document<'_>) -> Answer {
    let lines = tallied(about, |call| vec![format!("{} {}", call.service, call.operation)]);
    if !lines.is_empty() {
        let mut all = vec![AnswerLine::new(format!("{} were made:", count(about.calls.len(), "call")))];
        all.extend(lines);
        return Answer::answered(all);
    }
    let lines = cited_of(about, |_| true);
    Answer::or_not_known(lines, || vec![AnswerLine::new("the report names no evidence")])
}

/// Sources and operations of the report's own evidence that pass a test: what is known without the calls.
pub(super) fn cited_of(about: &Document<'_>, is_one: impl Fn(&str) -> bool) -> Vec<AnswerLine> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for it in about.list("evidence") {
        let what = format!("{} {}", text(it, "source"), text(it, "operation"));
        if is_one(&what) {
            found.entry(what.trim().to_owned()).or_default().push(text(it, "id").to_owned());
        }
    }
    let lines = found.into_iter().map(|(what, cites)| {
        let cites = cites.into_iter().filter(|it| !it.is_empty()).take(CITES_MAX).collect();
        AnswerLine::cited(what, cites)
    });
    lines.collect()
}

pub(super) fn gaps(about: &Document<'_>) -> Answer {
    let lines = about.gaps();
    if lines.is_empty() {
        return Answer::answered(vec![AnswerLine::new(
            "the report lists no gap: whatever was asked for came",
        )]);
    }
    Answer::answered(capped(lines, "gaps"))
}

/// Operations among the calls whose name has these words: what was read of a kind of thing.
pub(super) fn read_of(about: &Document<'_>, is_one: impl Fn(&Call) -> bool) -> Vec<AnswerLine> {
    tallied(about, |call| {
        let place = place(&call.account, &call.region);
        if is_one(call) { vec![format!("{} {}{place}", call.service, call.operation)] } else { Vec::new() }
    })
}
