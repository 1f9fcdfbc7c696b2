//! Hypotheses, with what people decided about them, and what is not to blame.

use crate::chrome::{Chrome, csrf};
use crate::incident::{Decision, DecisionKind, IncidentPage};
use crate::links::Links;
use crate::report::{Actor, Cause, Explained, Report};
use crate::text::{prose, shorten, terms};
use crate::words::{Tone, ago, chip, count, grade, kind, moment_of, percent};
use crate::{chart, path};
use maud::{Markup, html};

/// Who made a change, as people say it: the session, else the last part of the ARN.
pub(crate) fn who(actor: &Actor) -> Option<&str> {
    let arn = actor.arn.as_deref();
    actor.session.as_deref().or(arn.and_then(|arn| arn.rsplit(['/', ':']).next())).filter(|it| !it.is_empty())
}

pub(crate) fn panel(chrome: &Chrome, of: &IncidentPage, report: &Report) -> Markup {
    let links = of.links();
    let picture = of.picture.as_ref();
    html! {
        (group(chrome, of, "Root cause", "root", &report.root_causes))
        (group(chrome, of, "Competing explanations", "competing", &report.competing))
        @if report.root_causes.is_empty() && report.competing.is_empty() {
            p.muted.block { "No hypothesis explains what was seen." }
        }
        @if let Some(picture) = picture {
            (path::comparisons(&picture.comparisons, links))
            (path::paths(&picture.paths, links))
            (chart::charts(&picture.charts, links))
        }
        (accounting(report))
        (group(chrome, of, "Contributing", "contributing", &report.contributing))
        (explained("Not to blame", "ruled-out", &report.ruled_out, links))
        (explained("Still working", "unaffected", &report.unaffected, links))
    }
}

/// How a hypothesis stands: accepted first, discarded last.
fn standing(decisions: &[&Decision]) -> Option<DecisionKind> {
    decisions.iter().rev().map(|it| it.kind.clone()).find(|it| *it != DecisionKind::Noted)
}

fn group(chrome: &Chrome, of: &IncidentPage, title: &str, id: &str, causes: &[Cause]) -> Markup {
    let mut ranked: Vec<(usize, &Cause, Vec<&Decision>)> = (1..)
        .zip(causes)
        .map(|(number, cause)| {
            let key = cause.key();
            (number, cause, of.decisions.iter().filter(|it| it.hypothesis == key).collect())
        })
        .collect();
    ranked.sort_by_key(|(_, _, decisions)| match standing(decisions) {
        Some(DecisionKind::Accepted) => 0,
        Some(DecisionKind::Discarded) => 2,
        _ => 1,
    });
    let title = if causes.len() > 1 && id == "root" { "Root causes" } else { title };
    html! {
        @if !causes.is_empty() {
            section.block aria-labelledby=(id) {
                h2 id=(id) { (title) }
                @for (number, cause, decisions) in &ranked {
                    (hypothesis(chrome, of, &format!("{id}-{number}"), cause, decisions))
                }
            }
        }
    }
}

fn hypothesis(
    chrome: &Chrome,
    of: &IncidentPage,
    id: &str,
    cause: &Cause,
    decisions: &[&Decision],
) -> Markup {
    let (word, meaning, tone) = grade(&cause.grade);
    let stands = standing(decisions);
    let discarded = stands == Some(DecisionKind::Discarded);
    let mut marks = terms(&cause.component);
    let event = cause.change.as_ref().map(|it| &it.event_id);
    for id in std::iter::once(&cause.resource.id).chain(event).filter(|it| !it.is_empty()) {
        if !marks.contains(id) {
            marks.push(id.clone());
        }
    }
    html! {
        article class={ "card hypothesis " (if discarded { "calm" } else { tone.class() }) } id=(id) data-row tabindex="-1" {
            p.chips {
                (chip(tone, &word))
                @match &stands {
                    Some(DecisionKind::Accepted) => (chip(Tone::Good, "Accepted")),
                    Some(DecisionKind::Discarded) => (chip(Tone::Calm, "Discarded")),
                    _ => {},
                }
                @if let Some(explains) = &cause.explains { span.muted { "explains " (percent(explains.share)) " (" (explains.count) ")" } }
            }
            h3 { (prose(&cause.headline)) }
            @if discarded {
                details { summary { "What was found" } (found(cause, meaning, &marks, of.links())) }
            } @else {
                (found(cause, meaning, &marks, of.links()))
            }
            (decided(decisions, chrome))
            @if chrome.may_respond() { (forms(chrome, of, id, cause, stands.as_ref())) }
        }
    }
}

fn found(cause: &Cause, meaning: &str, marks: &[String], links: Links<'_>) -> Markup {
    let resource = &cause.resource;
    html! {
        p.muted {
            @if cause.together_with.is_empty() || cause.grade != "proven" {
                (meaning)
            } @else {
                "Undoing it together with " (prose(&cause.together_with.join(" and "))) " in the model removes the symptom; neither is enough alone."
            }
        }
        dl.pairs {
            dt { "What" }
            dd {
                (kind(&resource.r#type)) " "
                @if let Some(name) = &resource.name { strong { (name) } " " }
                code { (resource.id) }
            }
            @if !cause.component.is_empty() { dt { "Which part" } dd { (prose(&cause.component)) } }
            @if let Some(code) = &cause.code { dt { "Code" } dd { code { (code) } } }
            @if resource.account.is_some() || resource.region.is_some() {
                dt { "Where" }
                dd {
                    @if let Some(account) = &resource.account { code { (account) } " " }
                    @if let Some(region) = &resource.region { (region) }
                }
            }
            (change(cause))
            @if !cause.affected.is_empty() {
                dt { "Broken" }
                dd { ul.plain { @for it in cause.affected.iter().take(8) {
                    li { (prose(&it.from)) " → " (prose(&it.to)) " " code { (it.detail) } }
                }
                @if cause.affected.len() > 8 { li.muted { "and " (cause.affected.len() - 8) " more" } }
                } }
            }
            dt { "Evidence" }
            dd { (links.cites(&cause.cites, marks)) }
        }
    }
}

fn change(cause: &Cause) -> Markup {
    html! {
        @if let Some(change) = &cause.change {
            dt { "Changed" }
            dd { code { (change.event_name) } " at " (moment_of(&change.at)) }
            @if let Some(who) = who(&change.actor) {
                dt { "By" }
                dd {
                    strong { (who) }
                    @if let Some(arn) = change.actor.arn.as_deref().filter(|arn| *arn != who) { br; code { (arn) } }
                    @if let Some(address) = &change.actor.source_ip { br; span.muted { "from " code { (address) } } }
                    @if let Some(agent) = &change.actor.user_agent { br; span.muted { (shorten(agent, 120)) } }
                }
            }
        }
        @if let Some(note) = &cause.change_note { dt { "Change" } dd { (prose(note)) } }
    }
}

fn decided(decisions: &[&Decision], chrome: &Chrome) -> Markup {
    html! {
        @if !decisions.is_empty() {
            ul.decisions {
                @for it in decisions {
                    li {
                        strong { (it.who) }
                        (match it.kind {
                            DecisionKind::Accepted => " accepted this",
                            DecisionKind::Discarded => " discarded this",
                            DecisionKind::Noted => " noted",
                        })
                        " " span.muted { (ago(it.at, chrome.now)) }
                        @if !it.note.is_empty() { p.note { (it.note) } }
                    }
                }
            }
        }
    }
}

/// Sent to `/incidents/<id>/decisions`: `hypothesis`, `decision` (`accept`, `discard`, `note`) and `note`.
fn forms(
    chrome: &Chrome,
    of: &IncidentPage,
    id: &str,
    cause: &Cause,
    stands: Option<&DecisionKind>,
) -> Markup {
    let action = format!("/incidents/{}/decisions", of.row.id);
    let note = format!("{id}-note");
    html! {
        form.decide method="post" action=(action) {
            (csrf(chrome))
            input type="hidden" name="hypothesis" value=(cause.key());
            div.actions {
                @if stands != Some(&DecisionKind::Accepted) { button type="submit" name="decision" value="accept" { "Accept" } }
                @if stands != Some(&DecisionKind::Discarded) { button type="submit" name="decision" value="discard" { "Discard" } }
            }
            details id={ (note) "-box" } {
                summary { "Add note" }
                label for=(note) { "Note" }
                textarea id=(note) name="note" rows="2" maxlength="2000" {}
                button type="submit" name="decision" value="note" { "Save note" }
            }
        }
    }
}

fn accounting(report: &Report) -> Markup {
    let Some(accounting) = &report.accounting else { return html! {} };
    html! {
        section.block aria-labelledby="accounting" {
            h2 id="accounting" { "What explains how much" }
            p { (prose(&accounting.metric)) ": " strong { (accounting.total) } }
            div.scroll tabindex="0" role="region" aria-labelledby="accounting" {
                table {
                    thead { tr { th scope="col" { "Cause" } th scope="col" { "Count" } th scope="col" { "Share" } } }
                    tbody {
                        @for part in &accounting.parts {
                            tr {
                                td { @match report.root_causes.get(part.cause) {
                                    Some(cause) => (prose(&shorten(&cause.headline, 120))),
                                    None => { "cause " (part.cause + 1) },
                                } }
                                td.number { (part.count) }
                                td.number { (percent(part.share)) }
                            }
                        }
                        tr { td { "Unexplained" } td.number { (accounting.unexplained) } td {} }
                    }
                }
            }
        }
    }
}

fn explained(title: &str, id: &str, all: &[Explained], links: Links<'_>) -> Markup {
    html! {
        @if !all.is_empty() {
            section.block aria-labelledby=(id) {
                h2 id=(id) { (title) }
                details.fold open[all.len() <= 4] id={ (id) "-list" } {
                    summary { (count(all.len(), "thing")) " looked at" }
                    ul.reasons {
                        @for it in all {
                            li { strong { (prose(&it.what)) } " " span { (prose(&it.why)) } " " (links.cites(&it.cites, &terms(&it.what))) }
                        }
                    }
                }
            }
        }
    }
}
