//! Questions answered from the case file, and steering; no model.

use crate::chrome::{Chrome, csrf};
use crate::incident::IncidentPage;
use crate::links::Links;
use crate::text::{prose, terms};
use crate::words::ago;
use butfor_incident::Timestamp;
use maud::{Markup, html};

/// A line of an answer, with the evidence it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerLine {
    /// A sentence or an item.
    pub text: String,
    /// Names of evidence in the report, or digests.
    pub cites: Vec<String>,
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who asked.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// As it was typed.
    pub question: String,
    /// The answer's first sentence; empty while there is none.
    pub answer: String,
    /// What follows, as a list.
    pub lines: Vec<AnswerLine>,
    /// Whether the question was understood; otherwise the answer is the list of what can be asked.
    pub is_understood: bool,
}

/// The transcript alone: what the live page puts into the element `transcript`.
pub(crate) fn transcript(turns: &[Turn], links: Links<'_>, now: Timestamp) -> Markup {
    html! {
        @if turns.is_empty() { p.muted { "Nothing was asked yet." } }
        ol.turns {
            @for turn in turns {
                li.asked {
                    p.kind { strong { (turn.who) } " " (ago(turn.at, now)) }
                    p { (turn.question) }
                }
                li class={ "answered" (if turn.is_understood { "" } else { " unknown" }) } {
                    p.kind { strong { "Butfor" } @if !turn.is_understood { " did not understand" } }
                    @if turn.answer.is_empty() && turn.lines.is_empty() { p.muted { "Looking…" } }
                    @if !turn.answer.is_empty() { p { (prose(&turn.answer)) } }
                    @if !turn.lines.is_empty() {
                        ul {
                            @for line in &turn.lines { li { (prose(&line.text)) " " (links.cites(&line.cites, &terms(&line.text))) } }
                        }
                    }
                }
            }
        }
    }
}

/// Sent to `/incidents/<id>/chat` (`question`) and `/incidents/<id>/steer` (`log_groups`, one a line).
pub(crate) fn panel(chrome: &Chrome, of: &IncidentPage) -> Markup {
    let base = format!("/incidents/{}", of.row.id);
    html! {
        section.block.chat aria-labelledby="chat" {
            h2 id="chat" { "Chat" }
            p.muted { "Answers come from the case file and name their evidence. No language model takes part." }
            div id="transcript" aria-live="polite" { (transcript(&of.turns, of.links(), chrome.now)) }
            @if chrome.may_respond() {
                form.ask method="post" action={ (base) "/chat" } {
                    (csrf(chrome))
                    label for="question" { "Question" }
                    div.field-row {
                        input id="question" name="question" type="text" required maxlength="500" autocomplete="off";
                        button.primary type="submit" { "Ask" }
                    }
                }
                (suggestions(chrome, of, &base))
            }
        }
        @if chrome.may_respond() { (steering(chrome, &base)) }
    }
}

fn suggestions(chrome: &Chrome, of: &IncidentPage, base: &str) -> Markup {
    html! {
        @if !of.questions.is_empty() {
            form.suggestions method="post" action={ (base) "/chat" } {
                (csrf(chrome))
                p.muted { "What can be asked" }
                ul.plain.wrap { @for question in &of.questions { li { button.quiet type="submit" name="question" value=(question) { (question) } } } }
            }
        }
    }
}

fn steering(chrome: &Chrome, base: &str) -> Markup {
    html! {
        section.block aria-labelledby="steer" {
            h2 id="steer" { "Steer" }
            p.muted { "Looks again at these log groups only, and keeps what was found so far as an earlier pass." }
            form.stack method="post" action={ (base) "/steer" } {
                (csrf(chrome))
                label for="log-groups" { "Log groups, one a line" }
                textarea id="log-groups" name="log_groups" rows="3" required maxlength="4000" spellcheck="false" {}
                div.actions { button type="submit" { "Focus and look again" } }
            }
        }
    }
}
