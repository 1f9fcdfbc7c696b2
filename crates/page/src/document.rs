//! One piece of evidence: the question, the raw document, and where in it the rule is.

use crate::chrome::{Chrome, Place, page};
use crate::json::indent;
use crate::text::{percent, prose};
use crate::words::moment;
use butfor_incident::Timestamp;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Lines shown of a document.
const LINES_MAX: usize = 400;
/// Lines shown around one that is marked.
const AROUND: usize = 12;
/// Characters shown of one line.
const LINE_MAX: usize = 4000;
/// Terms that are marked, and the longest of them, so that a link made by somebody else costs nothing.
const MARKS_MAX: usize = 12;
const MARK_LENGTH: usize = 200;

/// One piece of evidence, at `/incidents/<id>/evidence/<digest>?mark=...&mark=...`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidencePage {
    /// The incident's number.
    pub incident: i64,
    /// The incident's title.
    pub title: String,
    /// Its name in the report (`e4`), where the report has it.
    pub name: Option<String>,
    /// The digest that names it everywhere.
    pub digest: String,
    /// Who was asked (`ec2`, `cloudtrail`).
    pub service: String,
    /// What was asked; empty for a file.
    pub operation: String,
    /// With which parameters, as JSON; empty for none.
    pub parameters: String,
    /// Account id, or empty.
    pub account: String,
    /// Region, or empty.
    pub region: String,
    /// The moment it tells about.
    pub at: Option<Timestamp>,
    /// The document as it came: JSON or text.
    pub document: String,
    /// Terms to mark, from the URL.
    pub marks: Vec<String>,
    /// Sentences that rest on it ([`Report::sentences_citing`](crate::report::Report::sentences_citing)).
    pub cited_by: Vec<String>,
}

/// The page of a piece of evidence. The raw document is at `/incidents/<id>/evidence/<digest>/raw`.
#[must_use]
pub fn evidence(chrome: &Chrome, of: &EvidencePage) -> String {
    let incident = format!("/incidents/{}", of.incident);
    let name = of.name.as_deref().unwrap_or("Evidence");
    let asked =
        if of.operation.is_empty() { of.service.clone() } else { format!("{} {}", of.service, of.operation) };
    let raw = format!("{incident}/evidence/{}/raw", percent(&of.digest));
    let text = indent(&of.document);
    let view = View::of(&text, &of.marks);
    let body = html! {
        p.crumb { a href={ (incident) "/evidence" } data-up { "← " (of.title) } }
        h1 { (name) ": " (asked) }
        (question(of))
        section.block aria-labelledby="document" {
            div.head {
                h2 id="document" { "Document" }
                p.actions {
                    @if view.first_mark.is_some() { a.button href="#mark" { "Go to the mark" } }
                    a.button href=(raw) { "Raw" }
                }
            }
            (view.render())
        }
        @if !of.cited_by.is_empty() {
            section.block aria-labelledby="cited-by" {
                h2 id="cited-by" { "What rests on it" }
                ul.reasons { @for sentence in of.cited_by.iter().take(8) { li { (prose(sentence)) } } }
                @if of.cited_by.len() > 8 { p.muted { "and " (of.cited_by.len() - 8) " more sentences" } }
            }
        }
    };
    page(chrome, Place::Elsewhere, &format!("{name} · {}", of.title), None, &body)
}

fn question(of: &EvidencePage) -> Markup {
    html! {
        section.block aria-labelledby="question" {
            h2 id="question" { "Question" }
            dl.pairs {
                dt { "Asked" } dd { (of.service) @if !of.operation.is_empty() { " " code { (of.operation) } } }
                @if !of.account.is_empty() || !of.region.is_empty() { dt { "Where" } dd { code { (of.account) } " " (of.region) } }
                @if let Some(at) = of.at { dt { "As of" } dd { (moment(at)) } }
                dt { "Digest" } dd { code.long { (of.digest) } }
                @if !of.parameters.is_empty() && of.parameters != "{}" { dt { "Parameters" } dd { pre tabindex="0" { (indent(&of.parameters)) } } }
            }
        }
    }
}

/// The lines of a document that are shown.
struct View<'a> {
    lines: Vec<&'a str>,
    marks: Vec<&'a str>,
    /// Numbers of lines, from 0, of the smallest objects in which most terms are together.
    block: BTreeSet<usize>,
    shown: BTreeSet<usize>,
    first_mark: Option<usize>,
}

impl<'a> View<'a> {
    fn of(text: &'a str, marks: &'a [String]) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let marks: Vec<&str> = marks
            .iter()
            .map(String::as_str)
            .filter(|it| !it.is_empty() && it.len() <= MARK_LENGTH)
            .take(MARKS_MAX)
            .collect();
        let block = block(&lines, &marks);
        let marked = |line: &str| marks.iter().any(|mark| found(line, mark));
        let first_mark = block.first().copied().or_else(|| lines.iter().position(|line| marked(line)));
        let shown = if lines.len() <= LINES_MAX {
            (0..lines.len()).collect()
        } else {
            let hits = (0..lines.len()).filter(|it| lines.get(*it).is_some_and(|line| marked(line)));
            let mut around: Vec<usize> = block.iter().copied().chain(hits).collect();
            around.dedup();
            let mut shown: BTreeSet<usize> = BTreeSet::new();
            for line in around {
                if shown.len() >= LINES_MAX {
                    break;
                }
                shown.extend(line.saturating_sub(AROUND)..(line + AROUND + 1).min(lines.len()));
            }
            let left = LINES_MAX.saturating_sub(shown.len()).max(AROUND);
            shown.extend(0..left.min(lines.len()));
            shown
        };
        Self { lines, marks, block, shown, first_mark }
    }

    fn render(&self) -> Markup {
        let skipped = |number: usize| number > 0 && !self.shown.contains(&(number - 1));
        html! {
            @if self.shown.len() < self.lines.len() {
                p.muted { (self.shown.len()) " of " (self.lines.len()) " lines are shown; “Raw” has all of them." }
            }
            @if !self.marks.is_empty() {
                p.muted {
                    @if self.first_mark.is_some() { "Marked:" } @else { "Not in this document:" }
                    @for mark in &self.marks { " " code { (mark) } }
                }
            }
            div.document tabindex="0" role="region" aria-labelledby="document" {
                @for number in &self.shown {
                    @if skipped(*number) { div.cut { "⋯" } }
                    @let line = self.lines.get(*number).copied().unwrap_or_default();
                    @let is_block = self.block.contains(number);
                    div class=[is_block.then_some("hit")] id=[(self.first_mark == Some(*number)).then_some("mark")] {
                        span.line-number aria-hidden="true" { (number + 1) }
                        code { (marked(line, &self.marks)) "\n" }
                    }
                }
            }
        }
    }
}

/// Whether a line has a term, as a whole: `3306` is not in `13306`.
fn found(line: &str, mark: &str) -> bool {
    position(line, mark).is_some()
}

/// Where a term begins, with nothing that would make it another term on either side.
fn position(line: &str, mark: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    line.match_indices(mark).map(|(at, _)| at).find(|&at| {
        let before = line.get(..at).and_then(|it| it.chars().next_back());
        let after = line.get(at + mark.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// A line with its terms marked; a very long line is cut.
fn marked(line: &str, marks: &[&str]) -> Markup {
    let cut: String;
    let mut rest = line;
    let long = line.chars().count() > LINE_MAX;
    if long {
        cut = line.chars().take(LINE_MAX).collect();
        rest = &cut;
    }
    let mut parts: Vec<(&str, bool)> = Vec::new();
    while let Some((at, mark)) = marks.iter().filter_map(|mark| Some((position(rest, mark)?, *mark))).min() {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let (hit, after) = from.split_at_checked(mark.len()).unwrap_or((from, ""));
        parts.push((before, false));
        parts.push((hit, true));
        rest = after;
    }
    parts.push((rest, false));
    html! {
        @for (text, is_hit) in parts { @if is_hit { mark { (text) } } @else { (text) } }
        @if long { " ⋯" }
    }
}

/// The lines of the smallest objects that have the most of the terms, when that are at least two: the rule itself, not every
/// place that names its group.
fn block(lines: &[&str], marks: &[&str]) -> BTreeSet<usize> {
    let mut open: Vec<(usize, BTreeSet<usize>)> = Vec::new();
    let mut closed: Vec<(usize, usize, usize)> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let trimmed = line.trim_end().trim_end_matches(',');
        if trimmed.ends_with('{') {
            open.push((number, BTreeSet::new()));
        }
        let hits = marks.iter().enumerate().filter(|(_, mark)| found(line, mark)).map(|(mark, _)| mark);
        if let Some((_, terms)) = open.last_mut() {
            terms.extend(hits);
        }
        let ends = trimmed.ends_with('}') && !trimmed.ends_with("{}");
        if let Some((from, terms)) = ends.then(|| open.pop()).flatten() {
            closed.push((from, number, terms.len()));
            if let Some((_, outer)) = open.last_mut() {
                outer.extend(terms);
            }
        }
    }
    let most = closed.iter().map(|(.., terms)| *terms).max().unwrap_or(0);
    if most < 2 {
        return BTreeSet::new();
    }
    // Inner objects close first: an outer one that holds a chosen one is not smaller.
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    for (from, until, terms) in closed {
        let holds_chosen = chosen.iter().any(|(inner, end)| from <= *inner && *end <= until);
        if terms == most && !holds_chosen {
            chosen.push((from, until));
        }
    }
    // A term everywhere is no mark.
    let all: BTreeSet<usize> = chosen.iter().take(6).flat_map(|(from, until)| *from..=*until).collect();
    if all.len() > 120 { BTreeSet::new() } else { all }
}

#[cfg(test)]
mod tests {
    use super::{View, marked};
    use crate::json::indent;

    const GROUPS: &str = r#"{"SecurityGroups":[{"GroupId":"sg-1","IpPermissions":[{"FromPort":3306,"Pairs":["sg-2"]},{"FromPort":13306,"Pairs":["sg-2"]}]},{"GroupId":"sg-2"}]}"#;

    #[test]
    fn the_rule_is_marked_and_not_every_place_that_names_its_group() {
        let text = indent(GROUPS);
        let marks = ["3306".to_owned(), "sg-2".to_owned()];
        let view = View::of(&text, &marks);
        let lines: Vec<&str> =
            view.block.iter().filter_map(|it| view.lines.get(*it)).map(|it| it.trim()).collect();
        assert_eq!(lines, ["{", "\"FromPort\": 3306,", "\"Pairs\": [", "\"sg-2\"", "]", "},"]);
        assert_eq!(view.first_mark, view.block.first().copied());
    }

    #[test]
    fn a_term_is_marked_as_a_whole_and_escaped() {
        let check = |line: &str, marks: &[&str], expected: &str| {
            assert_eq!(marked(line, marks).into_string(), expected, "{line}");
        };
        check("a sg-2, sg-22", &["sg-2"], "a <mark>sg-2</mark>, sg-22");
        check("<b> 3306", &["3306", "<b>"], "<mark>&lt;b&gt;</mark> <mark>3306</mark>");
        check("", &["x"], "");
    }

    #[test]
    fn a_long_document_is_bounded_around_its_marks() {
        let many: Vec<String> = (0..9000).map(|it| format!(r#"{{"n":{it},"x":"id-{it}"}}"#)).collect();
        let text = indent(&format!("[{}]", many.join(",")));
        let marks = ["id-8000".to_owned()];
        let view = View::of(&text, &marks);
        assert!(view.shown.len() <= super::LINES_MAX + 2 * super::AROUND, "{}", view.shown.len());
        assert!(view.first_mark.is_some_and(|it| view.shown.contains(&it)));
        let everywhere = ["n".to_owned()];
        assert!(View::of(&text, &everywhere).shown.len() <= super::LINES_MAX + 3 * super::AROUND);
    }
}
