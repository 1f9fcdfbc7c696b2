//! The report as Markdown, for tickets and golden files.

use crate::clean;
use crate::document::{Block, Document, Fact, Item, Line, Moment, Section, Span, Step, Tone};
use std::fmt::Write;

/// Renders a document as Markdown.
pub(crate) fn render(document: &Document) -> String {
    let mut out = String::new();
    let title = clean::markdown(&document.subject);
    let _ = writeln!(out, "# {}{}{}", document.word, if title.is_empty() { "" } else { ": " }, title);
    paragraph(&mut out, &document.summary);
    for section in &document.sections {
        render_section(&mut out, section);
    }
    out
}

fn render_section(out: &mut String, section: &Section) {
    if !section.heading.is_empty() {
        let _ = writeln!(out, "\n## {}", clean::markdown(&sentence_case(&section.heading)));
        paragraph(out, &section.note);
    }
    for block in &section.blocks {
        match block {
            Block::Text(line) => paragraph(out, line),
            Block::Facts(facts) => render_facts(out, facts),
            Block::List { numbered, items, .. } => render_list(out, *numbered, items),
            Block::Steps(steps) => render_steps(out, steps),
            Block::Timeline { moments, one_day } => render_timeline(out, moments, *one_day),
        }
    }
}

/// `THE FIX` becomes `The fix`: a screen has no type sizes, Markdown has.
fn sentence_case(heading: &str) -> String {
    let mut chars = heading.chars();
    let first = chars.next().map(String::from).unwrap_or_default();
    let rest = chars.as_str().to_lowercase().replace("(utc)", "(UTC)");
    first + &rest
}

fn paragraph(out: &mut String, line: &Line) {
    let text = prose(line);
    if !text.is_empty() {
        let _ = writeln!(out, "\n{text}");
    }
}

/// A line with its citations, `... [e1, e2]`; empty when there is nothing to say.
fn prose(line: &Line) -> String {
    let text = spans(&line.spans);
    if text.is_empty() || line.cites.is_empty() {
        return text;
    }
    format!("{text} {}", citations(line))
}

fn citations(line: &Line) -> String {
    if line.cites.is_empty() { String::new() } else { format!("[{}]", line.cites.join(", ")) }
}

fn spans(spans: &[Span]) -> String {
    let mut out = String::new();
    for span in spans {
        match span.tone {
            Tone::Code => out.push_str(&clean::markdown_code(&span.text)),
            Tone::Strong => {
                let text = clean::markdown(&span.text);
                let bold = text.trim();
                if !bold.is_empty() {
                    let (before, after) = text.split_once(bold).unwrap_or_default();
                    let _ = write!(out, "{before}**{bold}**{after}");
                }
            }
            _ => out.push_str(&clean::markdown(&span.text)),
        }
    }
    out.trim().to_owned()
}

fn render_facts(out: &mut String, facts: &[Fact]) {
    out.push('\n');
    for fact in facts {
        match texts(&fact.lines).as_slice() {
            [] => {}
            [text] => {
                let _ = writeln!(out, "- {}: {text}", fact.label);
            }
            texts => {
                let _ = writeln!(out, "- {}:", fact.label);
                for text in texts {
                    let _ = writeln!(out, "  - {text}");
                }
            }
        }
    }
}

fn render_list(out: &mut String, numbered: bool, items: &[Item]) {
    out.push('\n');
    for (number, item) in (1..).zip(items) {
        let mut lead = if numbered { format!("{number}. ") } else { "- ".to_owned() };
        for text in texts(item) {
            let _ = writeln!(out, "{lead}{text}");
            lead = format!("{}- ", " ".repeat(lead.len()));
        }
    }
}

/// The lines that say something: a bullet without words would underline the line above it, as a heading.
fn texts(lines: &[Line]) -> Vec<String> {
    lines.iter().map(prose).filter(|text| !text.is_empty()).collect()
}

fn render_steps(out: &mut String, steps: &[Step]) {
    for (number, step) in (1..).zip(steps) {
        let mut place = place(step);
        if !place.is_empty() {
            place = format!(" ({place})");
        }
        // Not a Markdown list: a fenced block inside one would have to be indented, and copied with its indentation.
        let lead = if steps.len() > 1 { format!("Step {number}: ") } else { String::new() };
        let _ = writeln!(out, "\n{lead}{}{place}", prose(&step.text));
        if !step.command.trim().is_empty() {
            match clean::command(&step.command) {
                Some(command) => {
                    let fence = clean::markdown_fence(command);
                    let _ = writeln!(out, "\n{fence}sh\n{command}\n{fence}");
                }
                None => {
                    let _ = writeln!(
                        out,
                        "\nThe command holds control characters and is not shown; it is at `.plan.steps[{}].command` of the JSON report.",
                        step.index
                    );
                }
            }
        }
        if !step.expect.trim().is_empty() {
            let _ = writeln!(out, "\nExpect: {}", clean::markdown(&step.expect));
        }
    }
}

fn place(step: &Step) -> String {
    let parts = [step.account.as_str(), step.region.as_str()].map(clean::comment_word);
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn render_timeline(out: &mut String, moments: &[Moment], one_day: bool) {
    out.push_str("\n| Time | Kind | What | Evidence |\n|---|---|---|---|\n");
    for moment in moments {
        let time = if one_day { moment.clock.clone() } else { format!("{} {}", moment.date, moment.clock) };
        let kind = moment.mark.as_ref().map_or(moment.kind.to_owned(), |mark| format!("**{mark}**"));
        let _ = writeln!(
            out,
            "| {time} | {kind} | {} | {} |",
            spans(&moment.text.spans),
            citations(&moment.text)
        );
    }
}
