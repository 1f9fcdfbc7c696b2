//! From a sentence to its evidence.

use crate::incident::{Tab, address};
use crate::report::{EvidenceEntry, Report};
use crate::text::percent;
use crate::words::kind;
use maud::{Markup, html};

/// How many citations are shown before the rest is folded away.
const SHOWN: usize = 4;

/// What is needed to write a link within an incident.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Links<'a> {
    /// The incident's number.
    pub(crate) incident: i64,
    /// The pass that is shown, where it is not the newest.
    pub(crate) pass: Option<i64>,
    /// The report whose evidence names are used.
    pub(crate) report: Option<&'a Report>,
}

impl Links<'_> {
    /// The address of a tab.
    pub(crate) fn tab(&self, tab: Tab) -> String {
        address(self.incident, tab, self.pass)
    }

    /// The address of a piece of evidence, with terms to mark in it.
    pub(crate) fn evidence(&self, digest: &str, marks: &[String]) -> String {
        let mut query: Vec<String> = marks.iter().map(|mark| format!("mark={}", percent(mark))).collect();
        query.extend(self.pass.map(|pass| format!("pass={pass}")));
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let anchor = if marks.is_empty() { "" } else { "#mark" };
        format!("/incidents/{}/evidence/{}{query}{anchor}", self.incident, percent(digest))
    }

    /// Links to the evidence a sentence rests on, by names of the report or by digests. What the report does not have is
    /// shown without a link.
    pub(crate) fn cites(&self, names: &[String], marks: &[String]) -> Markup {
        html! {
            @if !names.is_empty() {
                span.cites {
                    @for name in names.iter().take(SHOWN) { (self.cite(name, marks)) }
                    @if names.len() > SHOWN {
                        details.more {
                            summary { "+" (names.len() - SHOWN) span.visually-hidden { " more pieces of evidence" } }
                            @for name in names.iter().skip(SHOWN) { (self.cite(name, marks)) }
                        }
                    }
                }
            }
        }
    }

    fn cite(&self, name: &str, marks: &[String]) -> Markup {
        match self.report.and_then(|report| report.evidence_of(name)) {
            Some(entry) => {
                let label = format!("Evidence {}: {}", entry.id, asked(entry));
                html! { a.cite href=(self.evidence(&entry.digest, marks)) title=(asked(entry)) aria-label=(label) { (entry.id) } }
            }
            None if name.len() > 16 => html! { a.cite href=(self.evidence(name, marks)) { "evidence" } },
            None => html! { span.cite { (name) } },
        }
    }
}

/// What was asked, in a few words: `ec2 DescribeSecurityGroups`.
pub(crate) fn asked(entry: &EvidenceEntry) -> String {
    match &entry.operation {
        Some(operation) => format!("{} {operation}", entry.source),
        None => kind(&entry.source),
    }
}
