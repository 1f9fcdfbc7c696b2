//! VPC flow log files: text, a line of field names, then one record a line.

use super::plain::Place;
use super::text::Line;
use super::{Problem, Reading};
use butfor_incident::{Body, Evidence, GapReason, Query, Timestamp};

/// The default format's field names, for files without them (CloudWatch Logs exports).
/// Source: VPC user guide, "Flow log records".
const DEFAULT_FIELDS: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

impl Reading<'_> {
    pub(super) fn read_flow_log(&mut self, name: &str) {
        let Some(mut lines) = self.lines(name) else { return };
        let mut text = String::new();
        for (number, line) in lines.by_ref().enumerate() {
            let problem = |text: String| Problem { line: Some(number + 1), text, ..Problem::of(name) };
            match line {
                Line::Text(line) if line.trim().is_empty() => {}
                Line::Text(line) => {
                    if text.is_empty() {
                        match fields(&line) {
                            Fields::Named => {}
                            Fields::Default => text.push_str(&[DEFAULT_FIELDS, "\n"].concat()),
                            Fields::Unknown => {
                                let help = format!(
                                    "a flow log starts with its field names, such as `{DEFAULT_FIELDS}`"
                                );
                                let text = "no field names".to_owned();
                                return self.unreadable(Problem { help, ..problem(text) });
                            }
                        }
                    }
                    text.push_str(&line);
                    text.push('\n');
                }
                Line::Bad(text) => self.unreadable(problem(text.to_owned())),
                Line::Broken(text) => self.unreadable(problem(format!("the file breaks off: {text}"))),
                Line::Cut => self.over_limit(name, GapReason::Truncated),
            }
        }
        self.spend(lines.taken);
        if !text.is_empty() {
            let (query, at) = about(name, &text);
            self.admit(Evidence::new(query, at, Body::FlowLog(text.into())), name, None);
        }
    }
}

enum Fields {
    Named,
    /// No names, and a record of the default format.
    Default,
    Unknown,
}

fn fields(first: &str) -> Fields {
    let words: Vec<_> = first.split_whitespace().collect();
    let known =
        |name: &&str| ["srcaddr", "dstaddr", "interface-id", "pkt-srcaddr", "pkt-dstaddr"].contains(name);
    if words.iter().any(known) {
        Fields::Named
    } else if words.len() == DEFAULT_FIELDS.split(' ').count() && words.first() == Some(&"2") {
        Fields::Default
    } else {
        Fields::Unknown
    }
}

/// Account and region by the file's path, else by the first record; the time of the last record's end.
fn about(name: &str, text: &str) -> (Query, Option<Timestamp>) {
    let mut lines = text.lines();
    let fields: Vec<_> = lines.next().unwrap_or_default().split_whitespace().collect();
    let value = |record: Option<&str>, field: &str| {
        let column = fields.iter().position(|name| *name == field)?;
        record?.split_whitespace().nth(column).filter(|value| *value != "-").map(str::to_owned)
    };
    let place = Place::of(name);
    let first = lines.next();
    let last = lines.next_back().or(first);
    let or_first = |known: String, field: &str| {
        if known.is_empty() { value(first, field).unwrap_or_default() } else { known }
    };
    let query = Query {
        account: or_first(place.account, "account-id"),
        region: or_first(place.region, "region"),
        service: "flow-logs".to_owned(),
        ..super::empty_query()
    };
    let at = value(last, "end").and_then(|end| end.parse().ok()).map(Timestamp::from_seconds);
    (query, at)
}
