//! An assessment for people and programs.
//!
//! [`terminal`] is for a tired person at a screen, [`markdown`] for a ticket, [`json`] for programs. All three read the same
//! [`Assessment`] and nothing else: no clock, no environment, so the same assessment gives the same bytes.
//!
//! [`announce`] says the same to people who are elsewhere: a few lines for Slack, Teams, e-mail, tickets, and an event for
//! programs.
//!
//! Names, reasons, user agents and log lines come from outside and may carry anything. Each output has one place through
//! which every text passes on its way out (the `clean` module), so an escape sequence in a tag or a `<script>` in an
//! alarm name is shown as text or not at all.

mod actor;
pub mod announce;
pub mod ask;
mod citations;
mod clean;
mod document;
mod json;
mod markdown;
mod outline;
mod terminal;
mod words;
mod wrap;

use butfor_incident::Assessment;

/// How wide the terminal is and whether it takes colour. The binary finds out (terminal, `NO_COLOR`); this crate obeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Columns. Prose is wrapped at this width, but never narrower than 60 or wider than 100 columns.
    pub width: usize,
    /// Whether to write colour escape sequences. Without, the text is the same to the byte less the escapes.
    pub color: bool,
}

/// The report as one JSON document, schema `butfor-report/1` (formats.md, section 2), with a newline at its end.
///
/// Members come in the order of that format. Evidence is named `e1`, `e2`, ... in the order of
/// [`Assessment::evidence`]. `duration_ms` (wall-clock milliseconds) is the only value that may differ between two runs.
#[must_use]
pub fn json(assessment: &Assessment, duration_ms: u64) -> String {
    json::render(assessment, duration_ms)
}

/// The report as Markdown (CommonMark with GitHub tables), for tickets and golden files: nothing that differs between runs.
#[must_use]
pub fn markdown(assessment: &Assessment) -> String {
    markdown::render(&outline::document(assessment))
}

/// The report for a person at a terminal: verdict, cause, who and when, and the fix on the first screen.
///
/// Commands stand on lines of their own, never wrapped or decorated, so they can be copied as they are.
#[must_use]
pub fn terminal(assessment: &Assessment, options: &Terminal) -> String {
    terminal::render(&outline::document(assessment), options)
}
