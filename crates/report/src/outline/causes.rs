//! Causes: what broke, why, who and when.

use super::Outline;
use crate::actor;
use crate::document::{Block, Fact, Item, Line, Section, Tone};
use crate::words;
use butfor_incident::{Affected, Cause, CauseChange, Outcome};

/// Affected flows a screen shows for one cause.
const AFFECTED_SHOWN: usize = 4;

/// Contributing causes a screen shows.
const CONTRIBUTING_SHOWN: usize = 5;

impl Outline<'_> {
    /// The root causes, or the explanations that compete, one section each.
    pub(super) fn causes(&self) -> Vec<Section> {
        let it = self.assessment;
        let mut sections = self.numbered("CAUSE", &it.root_causes);
        sections.extend(self.numbered("EXPLANATION", &it.competing));
        sections
    }

    fn numbered(&self, noun: &str, causes: &[Cause]) -> Vec<Section> {
        let section = |(number, cause): (usize, &Cause)| {
            let heading = match (noun, causes.len()) {
                ("CAUSE", 1) => String::new(),
                _ => format!("{noun} {number} OF {}", causes.len()),
            };
            Section::new(heading, vec![Block::Facts(self.facts(cause))])
        };
        (1..).zip(causes).map(section).collect()
    }

    fn facts(&self, cause: &Cause) -> Vec<Fact> {
        let mut facts = vec![
            Fact {
                label: match self.assessment.verdict.outcome {
                    Outcome::Recovered => "Was broken",
                    _ => "Broken",
                },
                lines: affected(&cause.affected, self.broken()),
                shown: AFFECTED_SHOWN,
                detail: false,
            },
            fact("Why", self.why(cause)),
            fact("Where", vec![location(cause)]),
        ];
        facts.extend(match &cause.change {
            Some(change) => self.change(change, &cause.change_note),
            None => vec![fact("Who", vec![no_change(&cause.change_note)])],
        });
        if let Some(part) = cause.explains {
            let of = match &self.assessment.accounting {
                Some(accounting) => format!("{} {}", accounting.total, accounting.metric),
                None => "what the alarm counted".to_owned(),
            };
            let text = format!("{} of {of} ({})", part.count, words::percent(part.share));
            facts.push(fact("Explains", vec![Line::plain(text)]));
        }
        facts.extend(identifiers(cause));
        facts.retain(|fact| !fact.lines.is_empty());
        facts
    }

    /// Red is for what is broken now.
    fn broken(&self) -> Tone {
        match self.assessment.verdict.outcome {
            Outcome::Recovered | Outcome::NoFault => Tone::Plain,
            _ => Tone::Bad,
        }
    }

    /// The headline, unless the summary above said it already, and how we know.
    fn why(&self, cause: &Cause) -> Vec<Line> {
        let (grade, meaning, tone) = words::grade(cause);
        let cites = self.citations.names(&cause.cites);
        let graded = Line::toned(tone, format!("{grade}:")).then(Tone::Plain, format!(" {meaning}"));
        let is_only = self.assessment.root_causes.len() + self.assessment.competing.len() == 1;
        if is_only && self.assessment.verdict.summary.contains(cause.headline.trim()) {
            return vec![graded.citing(cites)];
        }
        vec![Line::plain(&cause.headline).citing(cites), graded]
    }

    fn change(&self, change: &CauseChange, note: &str) -> Vec<Fact> {
        let mut when = Line::plain(words::moment(change.at));
        if let Some(alarm) = self.alarm_at {
            when = when.then(Tone::Plain, ", ").then(Tone::Strong, words::distance(change.at, alarm));
        }
        when = when.then(Tone::Plain, format!(" ({})", change.event_name));
        let mut lines = vec![when];
        if !note.trim().is_empty() {
            lines.push(Line::plain(note));
        }
        vec![fact("Who", vec![person(change)]), fact("When", lines)]
    }

    /// What made it worse or will bite next.
    pub(super) fn contributing(&self) -> Option<Section> {
        let item = |cause: &Cause| -> Item {
            let (grade, ..) = words::grade(cause);
            let headline = Line::plain(&cause.headline)
                .then(Tone::Hedge, format!(" ({})", grade.to_lowercase()))
                .citing(self.citations.names(&cause.cites));
            let mut lines = vec![headline];
            lines.extend(cause.change.as_ref().map(|change| {
                person(change)
                    .then(Tone::Plain, format!(", {} ({})", words::moment(change.at), change.event_name))
            }));
            lines
        };
        let items: Vec<Item> = self.assessment.contributing.iter().map(item).collect();
        let list = Block::List { numbered: false, shown: CONTRIBUTING_SHOWN, items };
        (!self.assessment.contributing.is_empty())
            .then(|| Section::new("ALSO FOUND, NOT THE CAUSE", vec![list]))
    }
}

fn fact(label: &'static str, lines: Vec<Line>) -> Fact {
    Fact { label, shown: lines.len(), lines, detail: false }
}

/// What stopped working: everything between one source and one target in one line; then one line for all sources of a target,
/// or for all targets of a source, whichever says it in fewer lines.
fn affected(all: &[Affected], tone: Tone) -> Vec<Line> {
    let pairs = words::fold(all.iter().map(|it| ((it.from.as_str(), it.to.as_str()), it.detail.as_str())));
    let all: Vec<(&str, &str, String)> =
        pairs.into_iter().map(|((from, to), details)| (from, to, words::some(&details))).collect();
    let by_target = words::fold(all.iter().map(|(from, to, detail)| ((*to, detail.as_str()), *from)));
    let by_source = words::fold(all.iter().map(|(from, to, detail)| ((*from, detail.as_str()), *to)));
    let line = |from: &str, to: &str, detail: &str| {
        let line = Line::toned(tone, format!("{from} -> {to}"));
        if detail.trim().is_empty() { line } else { line.then(Tone::Plain, format!(", {detail}")) }
    };
    if by_source.len() < by_target.len() {
        return by_source.iter().map(|((from, detail), to)| line(from, &words::some(to), detail)).collect();
    }
    by_target.iter().map(|((to, detail), from)| line(&words::some(from), to, detail)).collect()
}

/// The resource, which part of it, and the code an AWS engineer would search for.
fn location(cause: &Cause) -> Line {
    let (resource, id) = words::resource(&cause.resource);
    let mut line = Line::plain(resource);
    line = match id {
        // The headline above has it.
        Some(id) if cause.resource.name.is_some() && cause.headline.contains(&id) => line,
        Some(id) if cause.resource.name.as_deref().is_some_and(|name| name != id) => {
            line.then(Tone::Plain, " (").then(Tone::Code, id).then(Tone::Plain, ")")
        }
        Some(id) => line.then(Tone::Plain, " ").then(Tone::Code, id),
        None => line,
    };
    // A resource as a whole is no part of itself.
    let component = cause.component.trim();
    if !component.is_empty() && !cause.resource.kind.ends_with(component) && component != cause.resource.id {
        line = line.then(Tone::Plain, ": ").then(Tone::Strong, component);
    }
    let place: Vec<&str> = [cause.resource.account.as_str(), cause.resource.region.as_str()]
        .into_iter()
        .filter(|it| !it.is_empty())
        .collect();
    if !place.is_empty() {
        line = line.then(Tone::Dim, format!(", {}", place.join(" ")));
    }
    match &cause.code {
        Some(code) => line.then(Tone::Dim, format!(", {code}")),
        None => line,
    }
}

/// Session or user, role, tool, address.
pub(crate) fn person(change: &CauseChange) -> Line {
    let by = &change.actor;
    let who = actor::who(by);
    let mut how = String::new();
    if let Some(role) = actor::role(by) {
        how.push_str(&format!(", role {role}"));
    }
    if let Some(tool) = actor::tool(by).filter(|tool| !tool.ends_with(&who)) {
        how.push_str(&format!(", with {tool}"));
    }
    if let Some(source) = actor::source(by) {
        how.push_str(&format!(", from {source}"));
    }
    Line::toned(Tone::Strong, who).then(Tone::Plain, how)
}

fn no_change(note: &str) -> Line {
    if note.trim().is_empty() {
        return Line::toned(
            Tone::Hedge,
            "nobody was seen changing this: it is how things are configured now",
        );
    }
    Line::toned(Tone::Hedge, note)
}

/// For a ticket: what a person would search or paste, but not read.
fn identifiers(cause: &Cause) -> Vec<Fact> {
    let mut pairs = vec![("Defect", cause.defect.as_str()), ("Resource", cause.resource.id.as_str())];
    if let Some(arn) = cause.resource.arn.as_deref().filter(|arn| *arn != cause.resource.id) {
        pairs.push(("ARN", arn));
    }
    if let Some(change) = &cause.change {
        pairs.extend([("Event", change.event_id.as_str()), ("Actor", change.actor.arn.as_str())]);
        pairs.push(("User agent", change.actor.user_agent.as_deref().unwrap_or_default()));
    }
    let detail = |(label, text): (&'static str, &str)| Fact {
        label,
        lines: vec![Line::toned(Tone::Code, text)],
        shown: 1,
        detail: true,
    };
    pairs.into_iter().filter(|(_, text)| !text.trim().is_empty()).map(detail).collect()
}
