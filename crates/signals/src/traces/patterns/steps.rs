//! What a span does, step by step: its start, its log statements or its calls, its end.

use super::SpanLog;
use crate::logs::record::{Level, records};
use crate::logs::template::{Miner, TemplateId};
use crate::traces::Forest;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Bytes of a step's text at most.
const TEXT_BYTES_MAX: usize = 512;

/// A step, by number: the same in both windows.
pub(super) type StepId = u32;

/// What kind of span: component and operation.
pub(super) type Kind = (Arc<str>, Arc<str>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Start,
    End,
    Failed,
    /// A log statement known by its place in the source.
    Statement(bool, String),
    /// A log line known by its template.
    Template(bool, Option<usize>),
    Call(Arc<str>, Arc<str>),
}

/// All steps, of both windows.
#[derive(Debug, Default)]
pub(super) struct Steps {
    ids: BTreeMap<Key, StepId>,
    texts: Vec<(String, bool)>,
    calls: BTreeSet<StepId>,
}

impl Steps {
    pub(super) const START: StepId = 0;
    pub(super) const END: StepId = 1;

    fn new() -> Self {
        let mut steps = Self::default();
        steps.id(Key::Start, || ("start".to_owned(), false));
        steps.id(Key::End, || ("end".to_owned(), false));
        steps
    }

    fn id(&mut self, key: Key, text: impl FnOnce() -> (String, bool)) -> StepId {
        if let Some(id) = self.ids.get(&key) {
            return *id;
        }
        let id = StepId::try_from(self.texts.len()).unwrap_or(StepId::MAX);
        self.texts.push(text());
        self.ids.insert(key, id);
        id
    }

    /// A line that takes this step, verbatim, or the step in words.
    pub(super) fn text(&self, step: StepId) -> &str {
        self.texts.get(step as usize).map_or("", |(text, _)| text)
    }

    /// Whether it is a call of another component.
    pub(super) fn is_call(&self, step: StepId) -> bool {
        self.calls.contains(&step)
    }

    /// Whether it says that something went wrong.
    pub(super) fn is_error(&self, step: StepId) -> bool {
        self.texts.get(step as usize).is_some_and(|(_, is_error)| *is_error)
    }
}

/// The steps of every span of two windows, from start to end, by place in the forest.
pub(super) fn read(forests: &[Forest; 2], logs: [&[SpanLog]; 2]) -> (Steps, [Vec<Vec<StepId>>; 2]) {
    let mut steps = Steps::new();
    let mut miner = Miner::new();
    let mut speaking: BTreeSet<Kind> = BTreeSet::new();
    let [usual, now] = forests;
    let [usual_logs, now_logs] = logs;
    let lines = [lines(usual, usual_logs, &mut miner), lines(now, now_logs, &mut miner)];
    let templates = miner.templates();
    for (forest, lines) in forests.iter().zip(&lines) {
        for (span, lines) in forest.spans().iter().zip(lines) {
            if !lines.is_empty() {
                speaking.insert((span.component.clone(), span.operation.clone()));
            }
        }
    }
    let mut sequences = [Vec::new(), Vec::new()];
    for ((forest, lines), sequences) in forests.iter().zip(lines).zip(&mut sequences) {
        for ((at, span), lines) in forest.spans().iter().enumerate().zip(lines) {
            let mut sequence = vec![Steps::START];
            for line in lines {
                let key = match line.statement {
                    Some(statement) => Key::Statement(line.is_error, statement),
                    None => Key::Template(line.is_error, templates.place(line.template)),
                };
                sequence.push(steps.id(key, || (line.text, line.is_error)));
            }
            // Statements tell more than calls, and clocks of logs and spans differ: one or the other, not mixed.
            if !speaking.contains(&(span.component.clone(), span.operation.clone())) {
                calls(forest, at, &mut steps, &mut sequence);
            }
            sequence.push(match &span.failure {
                Some(failure) => steps
                    .id(Key::Failed, || (failure.text.clone().unwrap_or_else(|| "failed".to_owned()), true)),
                None => Steps::END,
            });
            sequences.push(sequence);
        }
    }
    (steps, sequences)
}

/// Calls of other components, made directly or by client spans below, in the order of their starts. A client span has none:
/// which call it is for is what it is, and no step it takes.
fn calls(forest: &Forest, at: usize, steps: &mut Steps, sequence: &mut Vec<StepId>) {
    let spans = forest.spans();
    let Some(own) = spans.get(at).filter(|_| !forest.is_client(at)) else { return };
    let clients = forest.children(at).iter().filter(|&&child| forest.is_client(child));
    let below = clients.flat_map(|&client| forest.children(client));
    let mut calls: Vec<_> = forest
        .children(at)
        .iter()
        .chain(below)
        .filter_map(|&child| spans.get(child))
        .filter(|child| child.component != own.component)
        .collect();
    calls.sort_by_key(|child| child.start_ns);
    for child in calls {
        let key = Key::Call(child.component.clone(), child.operation.clone());
        let text = || (format!("call of {} of {}", child.operation, child.component), false);
        let step = steps.id(key, text);
        steps.calls.insert(step);
        sequence.push(step);
    }
}

struct Line {
    at_ns: i64,
    is_error: bool,
    statement: Option<String>,
    template: TemplateId,
    text: String,
}

/// The lines of each span, in order; a line that came twice counts once.
fn lines(forest: &Forest, logs: &[SpanLog], miner: &mut Miner) -> Vec<Vec<Line>> {
    let spans = forest.spans();
    let mut places: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    for &at in forest.traces().iter().flatten() {
        if let Some(span) = spans.get(at) {
            places.insert((&*span.trace, &*span.id), at);
        }
    }
    let mut lines: Vec<Vec<Line>> = std::iter::repeat_with(Vec::new).take(spans.len()).collect();
    let mut seen: BTreeSet<(usize, i64, &str)> = BTreeSet::new();
    for log in logs {
        let Some(&at) = places.get(&(log.trace, log.span)) else { continue };
        if !seen.insert((at, log.at_ns, log.line)) {
            continue;
        }
        let Some(record) = records(log.line).into_iter().next() else { continue };
        let text = &record.message;
        let line = Line {
            at_ns: log.at_ns,
            is_error: record.header.level.is_some_and(|level| level >= Level::Error),
            statement: statement(text).map(str::to_owned),
            template: miner.add(text),
            text: text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default().to_owned(),
        };
        if let Some(list) = lines.get_mut(at) {
            list.push(line);
        }
    }
    for list in &mut lines {
        list.sort_by_key(|line| line.at_ns);
    }
    lines
}

/// The place in the source that a message begins with, where a logger writes it: `a.b.Class#31`, `server.go:12`, `[main.py:7]`. It
/// names the statement better than any template can.
fn statement(message: &str) -> Option<&str> {
    let first = message.split_ascii_whitespace().next()?;
    let first = first.trim_matches(|letter| matches!(letter, '[' | ']' | '(' | ')' | ':' | ','));
    let (name, line) = first.rsplit_once(['#', ':'])?;
    let is_line = (1..=6).contains(&line.len()) && line.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._$/-".contains(&byte));
    // `host:80` looks alike; a source file has an ending of letters, and Java's loggers write `#`.
    let is_file = first.contains('#')
        || name.rsplit_once('.').is_some_and(|(_, ending)| {
            matches!(
                ending,
                "go" | "py"
                    | "java"
                    | "js"
                    | "ts"
                    | "mjs"
                    | "rb"
                    | "rs"
                    | "kt"
                    | "scala"
                    | "cs"
                    | "cc"
                    | "cpp"
                    | "c"
                    | "php"
            )
        });
    (is_line && is_name && is_file).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_places_in_source_code() {
        assert_eq!(statement("t.s.Trip#451 [get] x"), Some("t.s.Trip#451"));
        assert_eq!(statement("[server.go:12] up"), Some("server.go:12"));
        for none in
            ["db.internal:5432 refused", "localhost:80 up", "#12 x", "10.0.0.1:80", "a.b.C: x", "", "x#y"]
        {
            assert_eq!(statement(none), None, "{none}");
        }
    }
}
