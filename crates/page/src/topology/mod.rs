//! Where things are: three zoom levels, as a drawing, as a list, as Mermaid.

mod drawing;
mod layout;
mod mermaid;
mod paint;

use crate::links::Links;
use crate::text::{finish, shorten};
use crate::words::{Tone, chip, count, kind};
use butfor_incident::picture::{Picture, State};
use drawing::{Drawing, Shape};
use maud::{Markup, html};

/// How much is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zoom {
    /// Accounts and regions.
    System,
    /// Stacks and applications.
    Container,
    /// VPCs, subnets and resources.
    #[default]
    Resource,
}

impl Zoom {
    /// All of them, from far to near.
    pub const ALL: [Self; 3] = [Self::System, Self::Container, Self::Resource];

    /// The word in the URL (`?zoom=system`).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Container => "container",
            Self::Resource => "resource",
        }
    }

    /// From the word in the URL.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::System => ("System", "Accounts and regions"),
            Self::Container => ("Container", "Stacks and applications"),
            Self::Resource => ("Resource", "Networks and resources"),
        }
    }
}

/// The drawing as a document of its own. It has neither style sheet nor script, so it looks the same everywhere, also where a
/// content security policy forbids inline styles, and can be drawn onto a canvas (the PNG export).
#[must_use]
pub fn topology_svg(picture: &Picture, zoom: Zoom) -> String {
    let drawing = Drawing::of(picture, zoom);
    finish(&paint::standalone(&drawing, zoom.words().1))
}

/// The drawing as a Mermaid flowchart.
#[must_use]
pub fn mermaid(picture: &Picture, zoom: Zoom) -> String {
    finish(&mermaid::flowchart(&Drawing::of(picture, zoom)))
}

/// Whether something takes part, in a word.
fn state_word(state: State) -> Option<(&'static str, Tone)> {
    match state {
        State::Cause => Some(("root cause", Tone::Bad)),
        State::Broken => Some(("broken", Tone::Hedge)),
        State::Working => Some(("working", Tone::Good)),
        State::Plain => None,
    }
}

pub(crate) fn panel(picture: Option<&Picture>, zoom: Zoom, links: Links<'_>) -> Markup {
    use crate::incident::Tab;
    let export = |ending: &str, zoom: Option<Zoom>| {
        let mut query: Vec<String> = zoom.map(|zoom| format!("zoom={}", zoom.as_str())).into_iter().collect();
        query.extend(links.pass.map(|pass| format!("pass={pass}")));
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        format!("/incidents/{}/topology.{ending}{query}", links.incident)
    };
    html! {
        section.block aria-labelledby="topology" {
            div.head {
                h2 id="topology" { "Topology" }
                nav.pills aria-label="Zoom" {
                    @for it in Zoom::ALL {
                        a href=(links.tab(Tab::Topology(it))) aria-current=[(it == zoom).then_some("true")] title=(it.words().1) { (it.words().0) }
                    }
                }
            }
            @match picture.filter(|it| !it.nodes.is_empty()) {
                None => div.empty { h2 { "Nothing to draw" } p { "This pass saw no places or resources that take part." } },
                Some(picture) => {
                    @let drawing = Drawing::of(picture, zoom);
                    p.muted { (zoom.words().1) ". " (summary(&drawing)) }
                    div.map-scroll tabindex="0" role="region" aria-label="Drawing" { (paint::inline(&drawing, zoom.words().1)) }
                    (legend())
                    p.actions {
                        button type="button" data-png=(export("svg", Some(zoom))) data-name={ "incident-" (links.incident) "-" (zoom.as_str()) ".png" } hidden { "PNG" }
                        a.button href=(export("svg", Some(zoom))) download { "SVG" }
                        a.button href=(export("json", None)) download { "JSON" }
                        a.button href=(export("mmd", Some(zoom))) download { "Mermaid" }
                    }
                    (lists(&drawing, links))
                }
            }
        }
    }
}

fn summary(drawing: &Drawing) -> String {
    let hidden: usize = drawing.shapes.iter().map(|it| it.more).sum::<usize>() + drawing.more;
    let broken = drawing.lines.iter().filter(|it| matches!(it.state, State::Broken | State::Cause)).count();
    let mut text = match (broken, drawing.inside) {
        (0, 0) => "No broken connection.".to_owned(),
        (0, inside) => format!("{} inside a box: zoom in.", count(inside, "broken connection")),
        (_, 0) => format!("{}.", count(broken, "broken connection")),
        (_, inside) => format!("{}, and {inside} inside a box.", count(broken, "broken connection")),
    };
    if hidden > 0 {
        text.push_str(&format!(" {hidden} more take no part and are only counted."));
    }
    text
}

fn legend() -> Markup {
    html! {
        ul.legend aria-label="Legend" {
            li { span.key.cause aria-hidden="true" {} " root cause" }
            li { span.key.broken aria-hidden="true" {} " broken" }
            li { span.key.working aria-hidden="true" {} " working" }
            li { span.key.cross aria-hidden="true" { "×" } " does not get through" }
            li { span.key.joins aria-hidden="true" {} " joins or uses" }
        }
    }
}

/// The drawing in words: for those who cannot see it, and with links to the evidence.
fn lists(drawing: &Drawing, links: Links<'_>) -> Markup {
    html! {
        details.fold id="topology-list" {
            summary { "As a list" }
            h3 { "Connections" }
            ul.plain {
                @for line in &drawing.lines {
                    li {
                        (drawing.name(line.from)) " → " (drawing.name(line.to)) " " @if !line.label.is_empty() { code { (line.label) } " " }
                        @if let Some((word, tone)) = state_word(line.state) { (chip(tone, word)) " " }
                        (links.cites(&line.cites, &[]))
                    }
                }
                @if drawing.lines.is_empty() { li.muted { "none" } }
            }
            h3 { "Places" }
            (list(drawing, &drawing.roots, links, 0))
        }
    }
}

fn list(drawing: &Drawing, shapes: &[usize], links: Links<'_>, depth: usize) -> Markup {
    let of: Vec<&Shape> = shapes.iter().filter_map(|it| drawing.shapes.get(*it)).collect();
    html! {
        ul.tree {
            @for shape in of {
                li {
                    span.muted { (kind(&shape.kind)) } " " strong { (shorten(&shape.label, 120)) } " "
                    @if shape.id != shape.label && shape.is_real && !shape.id.contains('/') { code { (shape.id) } " " }
                    @if !shape.detail.is_empty() { span.muted { (shape.detail) } " " }
                    @if let Some((word, tone)) = state_word(shape.state) { (chip(tone, word)) " " }
                    (links.cites(&shape.cites, std::slice::from_ref(&shape.id)))
                    @if !shape.children.is_empty() && depth < drawing::DEPTH_MAX { (list(drawing, &shape.children, links, depth + 1)) }
                    @if shape.more > 0 { p.muted { "and " (shape.more) " more" } }
                }
            }
        }
    }
}
