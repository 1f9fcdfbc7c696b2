//! Questions about one incident, answered from its report and case file without a model.
//!
//! The words of a question are compared with a table of phrasings (the `table` module); what fits none of them gets the list
//! of what can be asked. An answer never goes beyond the report: each line is one of the report's own facts with its
//! citations, and what nothing in the report mentions was "not looked at". Whoever asks may write anything: a question
//! only ever chooses among answers, and what is repeated of it is cleaned and cut short.

mod calls;
mod cause;
mod changes;
mod document;
mod looked;
mod pattern;
mod phrasings;
mod plan;
mod steer;
mod subject;
mod table;
mod window;
mod words;

pub use calls::{Call, Came, calls};

use butfor_incident::Timestamp;
use document::Document;
use serde_json::Value;
use table::Intent;

/// What may be asked about: one report and the case file behind it.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The report, a `butfor-report/1` document as [`crate::json`] writes it. Members that are not there count as empty.
    pub report: &'a Value,
    /// What was asked of AWS, answered or not; see [`calls()`].
    pub calls: &'a [Call],
    /// What people decided about hypotheses, oldest first.
    pub decisions: &'a [Decided],
    /// The moment "the last 30 minutes" ends at; without it, the last moment of the report's timeline.
    pub now: Option<Timestamp>,
}

/// What a person did with a hypothesis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The hypothesis in words, as the page shows it.
    pub hypothesis: String,
    /// What was done: `accepted`, `discarded`, `noted`.
    pub kind: String,
    /// Who did it.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// What they wrote; empty when nothing.
    pub note: String,
}

/// One fact of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerLine {
    /// The fact as plain text on one line: safe for a terminal, to be escaped for HTML and chat markup.
    pub text: String,
    /// A command to copy as it stands; may hold line feeds, and no other hidden character.
    pub command: Option<String>,
    /// Names of the report's evidence (`e1`), or the digest of evidence that the report itself does not cite.
    pub cites: Vec<String>,
}

impl AnswerLine {
    /// A line without citations.
    fn new(text: impl AsRef<str>) -> Self {
        Self::cited(text, Vec::new())
    }

    fn cited(text: impl AsRef<str>, cites: Vec<String>) -> Self {
        Self { text: crate::clean::line(text.as_ref()).trim().to_owned(), command: None, cites }
    }
}

/// How a question was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerKind {
    /// The report answers it.
    Answered,
    /// It was understood, and the report does not know: the lines say what was not looked at, and why.
    NotKnown,
    /// No phrasing fits: the lines list what can be asked.
    NotUnderstood,
    /// Not a question but a wish: look again, at this. Nothing has been done yet.
    Steer(Steering),
}

/// What a new pass shall be narrowed to. With everything empty it is the same investigation once more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Steering {
    /// Log groups, in the order named; only these, where there are any.
    pub log_groups: Vec<String>,
    /// AWS CLI names of services (`rds`), in the order named; only these, where there are any.
    pub services: Vec<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The facts, the most telling first; never empty.
    pub lines: Vec<AnswerLine>,
    /// How the question was taken.
    pub kind: AnswerKind,
}

impl Answer {
    fn answered(lines: Vec<AnswerLine>) -> Self {
        Self { lines, kind: AnswerKind::Answered }
    }

    fn not_known(lines: Vec<AnswerLine>) -> Self {
        Self { lines, kind: AnswerKind::NotKnown }
    }

    /// Answered by the lines there are, or not known for the reason given.
    fn or_not_known(lines: Vec<AnswerLine>, reason: impl FnOnce() -> Vec<AnswerLine>) -> Self {
        if lines.is_empty() { Self::not_known(reason()) } else { Self::answered(lines) }
    }
}

/// Answers a question about an incident. Any text gets an answer, and the same one every time.
///
/// # Examples
/// ```
/// use butfor_report::ask::{About, AnswerKind, ask};
/// let report = serde_json::json!({"verdict": {"outcome": "undetermined"}, "root_causes": []});
/// let about = About { report: &report, calls: &[], decisions: &[], now: None };
/// assert_eq!(ask("Who did it?", &about).kind, AnswerKind::NotKnown);
/// assert_eq!(ask("Will it rain?", &about).kind, AnswerKind::NotUnderstood);
/// ```
#[must_use]
pub fn ask(question: &str, about: &About<'_>) -> Answer {
    let document = Document::of(about);
    let words = words::of(question);
    let (window, words) = window::taken_from(words, &document);
    let mut answer = table::understand(&words, window.is_some(), &document)
        .and_then(|(intent, subject)| answer(intent, subject, window, &document))
        .unwrap_or_else(not_understood);
    if answer.lines.is_empty() {
        answer = Answer::not_known(vec![AnswerLine::new("the report says nothing about this")]);
    }
    answer
}

/// The answer; `None` when the intent fits and its subject makes no sense for it.
fn answer(
    intent: Intent,
    subject: &[words::Word],
    window: Option<window::Window>,
    about: &Document<'_>,
) -> Option<Answer> {
    let answer = match intent {
        Intent::Help => Answer::answered(can_be_asked()),
        Intent::Logs => looked::logs(about),
        Intent::Metrics => looked::metrics(about),
        Intent::Places => looked::places(about),
        Intent::Calls => looked::calls(about),
        Intent::Gaps => looked::gaps(about),
        Intent::Summary => cause::summary(about),
        Intent::Why => cause::why(subject, about),
        Intent::Sure => cause::sure(about),
        Intent::Intentional => cause::intentional(about),
        Intent::Explains => cause::explains(about),
        Intent::Others => cause::others(about),
        Intent::Decisions => cause::decisions(about),
        Intent::Subject => subject::answer(subject, about),
        Intent::Changes => changes::changes(subject, window, about),
        Intent::Who => changes::who(subject, about),
        Intent::When => changes::when(about),
        Intent::Timeline => changes::timeline(window, about),
        Intent::Working => cause::working(about),
        Intent::Broken => cause::broken(about),
        Intent::Fix => plan::fix(about),
        Intent::Rollback => plan::rollback(about),
        Intent::Safe => plan::safe(about),
        Intent::Past => Answer::not_known(vec![AnswerLine::new(
            "past incidents are not looked at here: these answers come from the report and case file of this one incident",
        )]),
        Intent::Steer => return steer::answer(subject, window, about),
        Intent::Rerun => steer::again(window),
    };
    Some(answer)
}

fn not_understood() -> Answer {
    let mut lines = vec![AnswerLine::new("this question is not understood; what can be asked:")];
    lines.extend(can_be_asked());
    Answer { lines, kind: AnswerKind::NotUnderstood }
}

/// What can be asked, one question each.
#[must_use]
pub fn questions() -> Vec<String> {
    let whole = table::EXAMPLES.iter().flat_map(|line| line.split_inclusive(['?', ';']));
    whole.map(|question| question.trim().trim_end_matches(';').to_owned()).collect()
}

/// One example for each kind of question.
fn can_be_asked() -> Vec<AnswerLine> {
    table::EXAMPLES.iter().map(AnswerLine::new).collect()
}
