//! A report as answers read it: members by name, citations that exist.

use super::{About, AnswerLine, Call, Decided};
use butfor_incident::{Actor, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many lines of one sort an answer shows before it only counts them: the page and the report have all of them.
pub(super) const LINES_MAX: usize = 8;

pub(super) struct Document<'a> {
    root: &'a Value,
    pub(super) calls: &'a [Call],
    pub(super) decisions: &'a [Decided],
    now: Option<Timestamp>,
    /// Names of evidence the report has.
    names: BTreeSet<&'a str>,
    /// Digest of evidence to its name.
    by_digest: BTreeMap<&'a str, &'a str>,
}

impl<'a> Document<'a> {
    pub(super) fn of(about: &About<'a>) -> Self {
        let root = about.report;
        let evidence = list(root, "evidence");
        Self {
            root,
            calls: about.calls,
            decisions: about.decisions,
            now: about.now,
            names: evidence.iter().map(|it| text(it, "id")).filter(|name| !name.is_empty()).collect(),
            by_digest: evidence.iter().map(|it| (text(it, "digest"), text(it, "id"))).collect(),
        }
    }

    /// A member that is an object.
    pub(super) fn member(&self, name: &str) -> &'a Value {
        member(self.root, name)
    }

    /// A member that is a list.
    pub(super) fn list(&self, name: &str) -> &'a [Value] {
        list(self.root, name)
    }

    /// The moment counting back starts at.
    pub(super) fn now(&self) -> Option<Timestamp> {
        let last = || self.list("timeline").iter().filter_map(|it| moment(it, "at")).max();
        self.now.or_else(last)
    }

    /// The citations of a part of the report, of which the report has the evidence.
    pub(super) fn cites(&self, of: &Value) -> Vec<String> {
        let names = list(of, "cites").iter().filter_map(Value::as_str);
        names.filter(|name| self.names.contains(name)).map(str::to_owned).collect()
    }

    /// Evidence by its digest: the report's name where it has one.
    pub(super) fn name_of(&self, digest: &str) -> String {
        self.by_digest.get(digest).filter(|name| !name.is_empty()).map_or(digest, |name| name).to_owned()
    }

    /// The line for a part of the report.
    pub(super) fn line(&self, of: &Value, words: impl AsRef<str>) -> AnswerLine {
        AnswerLine::cited(words, self.cites(of))
    }

    /// All causes of the report with the word for their part in it: root causes first.
    pub(super) fn causes(&self) -> impl Iterator<Item = (&'static str, &'a Value)> + use<'a> {
        let of = |word: &'static str, list: &'a [Value]| list.iter().map(move |it| (word, it));
        of("root cause", self.list("root_causes"))
            .chain(of("contributing", self.list("contributing")))
            .chain(of("possible, not decided", self.list("competing")))
    }

    /// Everything the report could not see.
    pub(super) fn gaps(&self) -> Vec<AnswerLine> {
        self.list("gaps").iter().map(gap).collect()
    }

    /// The gaps that keep changes and their makers from being seen: those of CloudTrail.
    pub(super) fn gaps_of_changes(&self) -> Vec<AnswerLine> {
        let is_one = |it: &&Value| text(it, "what").to_lowercase().contains("cloudtrail");
        self.list("gaps").iter().filter(is_one).map(gap).collect()
    }
}

/// A gap as a line: what, why, what for, and what to do.
pub(super) fn gap(it: &Value) -> AnswerLine {
    let mut words =
        format!("could not be seen: {}: {}", text(it, "what"), text(it, "reason").replace('_', " "));
    for (lead, name) in [("; it would tell ", "needed_for"), ("; remedy: ", "remedy")] {
        if !text(it, name).is_empty() {
            words.push_str(lead);
            words.push_str(text(it, name));
        }
    }
    AnswerLine::new(words)
}

/// A member, or null.
pub(super) fn member<'a>(of: &'a Value, name: &str) -> &'a Value {
    of.get(name).unwrap_or(&Value::Null)
}

/// A text member, or an empty text.
pub(super) fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    member(of, name).as_str().unwrap_or_default()
}

/// A list member, or an empty list.
pub(super) fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    member(of, name).as_array().map_or(&[], Vec::as_slice)
}

/// A member that is a moment.
pub(super) fn moment(of: &Value, name: &str) -> Option<Timestamp> {
    Timestamp::parse(text(of, name)).ok()
}

/// Whoever made a change.
pub(super) fn actor(change: &Value) -> Actor {
    let from = member(change, "actor");
    let some = |name: &str| Some(text(from, name)).filter(|text| !text.is_empty()).map(str::to_owned);
    Actor {
        kind: text(from, "type").to_owned(),
        arn: text(from, "arn").to_owned(),
        session: some("session"),
        source_ip: some("source_ip"),
        user_agent: some("user_agent"),
    }
}

/// The first lines, and how many more there are.
pub(super) fn capped(mut lines: Vec<AnswerLine>, what: &str) -> Vec<AnswerLine> {
    // One more line is not longer than the line that counts it.
    if lines.len() > LINES_MAX + 1 {
        let more = lines.len() - LINES_MAX;
        lines.truncate(LINES_MAX);
        lines.push(AnswerLine::new(format!("and {more} more {what}; the report has all of them")));
    }
    lines
}
