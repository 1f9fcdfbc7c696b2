//! An investigation while it runs: what was asked, what came back.

use crate::text::{finish, prose};
use crate::words::{Tone, ago, chip};
use butfor_incident::Timestamp;
use maud::{Markup, html};

/// How far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// It is done.
    Done,
    /// It is being done.
    Running,
    /// It comes later.
    Waiting,
    /// It could not be done.
    Failed,
}

/// Something an investigation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressStep {
    /// In a few words.
    pub text: String,
    /// How far it is.
    pub state: StepState,
    /// When it began or ended.
    pub at: Option<Timestamp>,
}

/// How far an investigation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// When it began.
    pub started_at: Timestamp,
    /// What it does, in order; the newest last.
    pub steps: Vec<ProgressStep>,
    /// Questions that were answered.
    pub done: usize,
    /// Questions that were asked so far.
    pub asked: usize,
    /// The last question.
    pub last_query: Option<String>,
}

/// What the live page puts into the element `progress`; empty when nothing runs.
#[must_use]
pub fn progress_fragment(progress: Option<&Progress>, now: Timestamp) -> String {
    progress.map(|it| finish(&panel(it, now).into_string())).unwrap_or_default()
}

pub(crate) fn panel(progress: &Progress, now: Timestamp) -> Markup {
    html! {
        section.progress aria-label="Progress" {
            div.progress-top {
                h2 { (chip(Tone::Busy, "Investigating")) }
                p.muted { "started " (ago(progress.started_at, now)) }
            }
            div.meter {
                progress max=(progress.asked.max(1)) value=(progress.done) aria-label="Questions answered" {}
                span { (progress.done) " of " (progress.asked) " questions answered" }
            }
            @if let Some(query) = &progress.last_query { p.asking { "Asking " code { (query) } } }
            ol.steps {
                @for step in &progress.steps {
                    @let (class, word) = match step.state {
                        StepState::Done => ("done", "done"),
                        StepState::Running => ("running", "running"),
                        StepState::Waiting => ("waiting", "to do"),
                        StepState::Failed => ("failed", "failed"),
                    };
                    li class=(class) {
                        span.sign aria-hidden="true" {}
                        span.visually-hidden { (word) ": " }
                        span { (prose(&step.text)) }
                        @if let Some(at) = step.at { time.clock datetime=(at) { (at.clock()) } }
                    }
                }
            }
        }
    }
}
