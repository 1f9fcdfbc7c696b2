//! What was looked at and what could not be, as a list.

use crate::links::{Links, asked};
use crate::report::{Gap, Report, Stats};
use crate::text::prose;
use crate::words::{Tone, chip, count, gap_reason};
use butfor_incident::Timestamp;
use maud::{Markup, html};

pub(crate) fn panel(report: &Report, links: Links<'_>) -> Markup {
    html! {
        (gaps(&report.gaps))
        section.block aria-labelledby="evidence" {
            h2 id="evidence" { "Evidence" }
            (stats(&report.stats, report.evidence.len()))
            div.scroll tabindex="0" role="region" aria-labelledby="evidence" {
                table.evidence {
                    thead { tr {
                        th scope="col" { "Id" }
                        th scope="col" { "What was asked" }
                        th scope="col" { "Where" }
                        th scope="col" { "As of" }
                        th scope="col" { "Sentences" }
                    } }
                    tbody {
                        @for entry in &report.evidence {
                            tr data-row {
                                th scope="row" { a href=(links.evidence(&entry.digest, &[])) { (entry.id) } }
                                td { (asked(entry)) }
                                td { @if let Some(account) = &entry.account { code { (account) } " " } (entry.region.as_deref().unwrap_or_default()) }
                                td.nowrap { @if let Some(at) = &entry.at { (as_of(at)) } }
                                td.number { (report.sentences_citing(&entry.digest).len()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn as_of(at: &str) -> Markup {
    match Timestamp::parse(at) {
        Ok(at) => html! { time datetime=(at) title=(at) { (at.clock()) } },
        Err(_) => html! { (at) },
    }
}

fn stats(stats: &Stats, evidence: usize) -> Markup {
    let duration = match stats.duration_ms {
        ms @ ..=999 => format!("{ms} ms"),
        ms => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
    };
    html! {
        dl.stats {
            div { dt { "Evidence" } dd { (evidence) } }
            div { dt { "Calls" } dd { (stats.calls) } }
            div { dt { "Rounds" } dd { (stats.rounds) } }
            div { dt { "Time" } dd { (duration) } }
        }
    }
}

fn gaps(gaps: &[Gap]) -> Markup {
    html! {
        @if !gaps.is_empty() {
            section.block aria-labelledby="gaps" {
                h2 id="gaps" { (count(gaps.len(), "gap")) }
                p.muted { "Could not be looked at. “Found nothing” is evidence; “could not look” is a gap." }
                ul.cards {
                    @for gap in gaps {
                        li.gap {
                            p { strong { (prose(&gap.what)) } " " (chip(Tone::Hedge, gap_reason(&gap.reason))) }
                            @if let Some(needed_for) = &gap.needed_for { p { span.muted { "Would tell " } (prose(needed_for)) } }
                            @if let Some(remedy) = &gap.remedy { p { span.muted { "Remedy " } (prose(remedy)) } }
                        }
                    }
                }
            }
        }
    }
}
