//! Flows and requests hop by hop, and what changed side by side.

use crate::links::Links;
use crate::text::{prose, terms};
use crate::words::{Tone, chip, kind, moment_of};
use butfor_incident::picture::{Comparison, Passage, Path, Step, Walk};
use maud::{Markup, html};

/// Paths drawn in full; the refused ones come first.
const PATHS_SHOWN: usize = 6;

fn passage(passage: Passage) -> (&'static str, Tone) {
    match passage {
        Passage::Passes => ("passes", Tone::Good),
        Passage::Blocked => ("blocked", Tone::Bad),
        Passage::Unknown => ("unknown", Tone::Hedge),
    }
}

pub(crate) fn paths(paths: &[Path], links: Links<'_>) -> Markup {
    html! {
        @if !paths.is_empty() {
            section.block aria-labelledby="paths" {
                h2 id="paths" { "Hop by hop" }
                @for path in paths.iter().take(PATHS_SHOWN) {
                    article.card.path {
                        @let (word, tone) = passage(path.now.passage);
                        h3 { (prose(&path.from)) " → " (prose(&path.to)) " " code { (path.service) } " " (chip(tone, word)) }
                        div.sides {
                            @if let Some(before) = &path.before { (walk("Before", before, links)) }
                            (walk("Now", &path.now, links))
                        }
                    }
                }
                @if paths.len() > PATHS_SHOWN { p.muted { "and " (paths.len() - PATHS_SHOWN) " more in the JSON of the topology" } }
            }
        }
    }
}

fn walk(title: &str, walk: &Walk, links: Links<'_>) -> Markup {
    let (word, tone) = passage(walk.passage);
    html! {
        div.side {
            h4 { (title) " " (chip(tone, word)) }
            @if !walk.forward.is_empty() {
                @if !walk.reply.is_empty() { p.way { "Forward" } }
                (hops(&walk.forward, links))
            }
            @if !walk.reply.is_empty() { p.way { "Return" } (hops(&walk.reply, links)) }
            @if !walk.missing.is_empty() {
                p.muted { "Missing: " (walk.missing.join("; ")) }
            }
        }
    }
}

fn hops(steps: &[Step], links: Links<'_>) -> Markup {
    html! {
        ol.hops {
            @for step in steps {
                @let (word, _) = passage(step.passage);
                li class={ "hop-" (word) } {
                    span.sign aria-hidden="true" {}
                    div {
                        p.hop-name { span.kind { (kind(&step.kind)) } " " strong { (step.label) }
                            @if step.passage != Passage::Passes { " " (chip(passage(step.passage).1, word)) }
                            @else { span.visually-hidden { " passes" } }
                        }
                        @if !step.action.is_empty() { p { (prose(&step.action)) " " (links.cites(&step.cites, &step_terms(step))) } }
                        @if let Some(rule) = &step.rule { p.rule { code { (rule) } } }
                    }
                }
            }
        }
    }
}

fn step_terms(step: &Step) -> Vec<String> {
    let mut all = terms(step.rule.as_deref().unwrap_or(&step.action));
    if !step.id.is_empty() && !all.contains(&step.id) {
        all.push(step.id.clone());
    }
    all
}

pub(crate) fn comparisons(all: &[Comparison], links: Links<'_>) -> Markup {
    html! {
        @if !all.is_empty() {
            section.block aria-labelledby="comparisons" {
                h2 id="comparisons" { "Before and now" }
                @for it in all { (comparison(it, links)) }
            }
        }
    }
}

fn comparison(it: &Comparison, links: Links<'_>) -> Markup {
    let marks: Vec<String> = terms(it.before.as_deref().or(it.now.as_deref()).unwrap_or(&it.part));
    html! {
        article.card.comparison {
            h3 { (prose(&it.resource)) " " span.muted { (prose(&it.part)) } }
            div.sides {
                div.side.was {
                    h4 { "Before" }
                    @match (&it.before, it.is_known) {
                        (Some(before), true) => pre tabindex="0" { (before) },
                        (None, true) => p.muted { "not there" },
                        (_, false) => p.muted { "not known: nobody looked before the change" },
                    }
                }
                div.side.is {
                    h4 { "Now" }
                    @match &it.now { Some(now) => pre tabindex="0" { (now) }, None => p.muted { "not there" } }
                }
            }
            p.muted {
                @if let Some(at) = &it.at { "Changed at " (moment_of(at)) }
                @if !it.who.is_empty() { " by " (it.who) }
                " " (links.cites(&it.cites, &marks))
            }
        }
    }
}
