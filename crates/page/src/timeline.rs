//! The timeline: what happened, in order, with the causes marked.

use crate::links::Links;
use crate::report::{Cause, Entry, Report};
use crate::text::{prose, terms};
use crate::words::{Tone, chip};
use butfor_incident::Timestamp;
use maud::{Markup, html};

pub(crate) fn panel(report: &Report, links: Links<'_>) -> Markup {
    let moments: Vec<Option<Timestamp>> =
        report.timeline.iter().map(|it| Timestamp::parse(&it.at).ok()).collect();
    let mut before = None;
    // The date above the first entry of each day.
    let days: Vec<Option<String>> = moments
        .iter()
        .map(|at| {
            let date = at.map(Timestamp::date)?;
            (before.replace(date.clone()).as_ref() != Some(&date)).then_some(date)
        })
        .collect();
    html! {
        section.block aria-labelledby="timeline" {
            h2 id="timeline" { "Timeline" }
            @if report.timeline.is_empty() { p.muted { "Nothing with a time was found." } }
            ol.timeline {
                @for ((entry, at), day) in report.timeline.iter().zip(&moments).zip(&days) {
                    @if let Some(day) = day { li.day { (day) } }
                    (happened(entry, *at, cause_of(report, entry), links))
                }
            }
        }
        (symptoms(report, links))
    }
}

/// The root cause an entry tells of: the same moment, the same call.
fn cause_of<'a>(report: &'a Report, entry: &Entry) -> Option<&'a Cause> {
    report.root_causes.iter().find(|cause| {
        entry.kind == "change"
            && cause
                .change
                .as_ref()
                .is_some_and(|it| it.at == entry.at && entry.text.contains(&it.event_name))
    })
}

fn happened(entry: &Entry, at: Option<Timestamp>, cause: Option<&Cause>, links: Links<'_>) -> Markup {
    let class = match (entry.kind.as_str(), cause) {
        (_, Some(_)) => "is-cause",
        ("change", None) => "is-change",
        ("alert", None) => "is-alert",
        _ => "is-other",
    };
    html! {
        li class=(class) data-row tabindex="-1" {
            @match at {
                Some(at) => time.clock datetime=(at) { (at.clock()) },
                None => span.clock { (entry.at) },
            }
            span.dot aria-hidden="true" {}
            div {
                p.kind { (entry.kind) @if cause.is_some() { " " (chip(Tone::Bad, "Root cause")) } }
                p { (prose(&entry.text)) " " (links.cites(&entry.cites, &terms(&entry.text))) }
            }
        }
    }
}

fn symptoms(report: &Report, links: Links<'_>) -> Markup {
    html! {
        @if !report.symptoms.is_empty() {
            section.block aria-labelledby="symptoms" {
                h2 id="symptoms" { "Symptoms" }
                ul.cards {
                    @for symptom in &report.symptoms {
                        li {
                            p.kind { (symptom.kind) @if let Some(onset) = &symptom.onset { " · began " (crate::words::moment_of(&onset.at)) } }
                            p { (prose(&symptom.text)) " " (links.cites(&symptom.cites, &terms(&symptom.text))) }
                            @if !symptom.samples.is_empty() {
                                details {
                                    summary { "Lines" }
                                    pre.lines tabindex="0" { @for line in &symptom.samples { (line) "\n" } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
