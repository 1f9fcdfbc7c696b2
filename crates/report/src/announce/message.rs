//! An announcement as parts, in the order a person reads them; channels give them their looks.

use super::data::{Announcement, CauseTold, Event, PlanTold, Told};
use super::fit::{Room, line};
use crate::document::{Line, Tone};
use crate::{clean, words};

/// A part of a message. All texts in it are clean and bounded.
pub(super) enum Part {
    /// A line of prose.
    Prose(Line),
    /// A command with where it runs.
    Command { place: String, command: String },
    /// Where people say what they think of a cause: number and hypothesis.
    Ask { cause: String, hypothesis: String },
}

/// A message, before it has a form.
pub(super) struct Message {
    /// What happened and to what, in a line.
    pub(super) title: String,
    /// The same in a sentence, for where there is no room.
    pub(super) short: String,
    /// Where to read on.
    pub(super) url: Option<String>,
    pub(super) parts: Vec<Part>,
}

impl Message {
    pub(super) fn of(it: &Announcement, room: &Room) -> Self {
        let title = title(it, room);
        let mut parts = vec![Part::Prose(Line::toned(Tone::Dim, place(it, room)))];
        if let Some(decision) = &it.decision {
            parts.push(Part::Prose(decided(decision, room)));
        }
        if let Some(failure) = &it.failure {
            let text = format!("The investigation failed: {}", line(failure, room.text));
            parts.push(Part::Prose(Line::toned(Tone::Hedge, text)));
        }
        match &it.told {
            Some(told) => verdict(told, room, &mut parts),
            None if it.event == Event::Opened => {
                parts.push(Part::Prose(Line::plain("It is being investigated; the verdict follows.")));
            }
            None => {}
        }
        let short = match (&it.decision, &it.told) {
            (Some(decision), _) => plain(&decided(decision, room)),
            (None, Some(told)) => format!("{title}. {}", line(&told.summary, room.text)),
            _ => title.clone(),
        };
        Self { title, short, url: it.about.url.as_deref().and_then(link), parts }
    }

    /// What is said about `Open`: the incident by its number.
    pub(super) fn link_text(it: &Announcement) -> String {
        format!("Open investigation {}", it.about.incident)
    }
}

/// A line without its looks.
pub(super) fn plain(line: &Line) -> String {
    line.spans.iter().map(|span| span.text.as_str()).collect()
}

/// Only what a browser opens as a page, and nothing that ends a quotation or a line.
fn link(url: &str) -> Option<String> {
    let is_page = url.starts_with("https://") || url.starts_with("http://");
    let is_safe = url.len() <= 2000
        && url
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\' | '|'));
    (is_page && is_safe).then(|| url.to_owned())
}

fn title(it: &Announcement, room: &Room) -> String {
    let what = match (it.event, &it.told) {
        (Event::Opened, _) => "INVESTIGATING",
        (Event::Closed, _) => "CLOSED",
        (Event::Failed, _) => "NOT INVESTIGATED",
        (Event::Verdict | Event::Decided, Some(told)) => &told.word,
        (Event::Verdict | Event::Decided, None) => "INCIDENT",
    };
    let test = if it.about.is_test { "TEST, " } else { "" };
    format!("{test}{what}: {}", line(&it.about.title, room.text.min(200)))
}

/// How bad, where, since when.
fn place(it: &Announcement, room: &Room) -> String {
    let about = &it.about;
    let mut words = vec![line(&about.priority, 20)];
    let place: Vec<String> =
        [&about.account, &about.region].into_iter().flatten().map(|it| line(it, 40)).collect();
    words.push(place.join(" "));
    words.extend(
        about.application.as_ref().map(|name| format!("application {}", line(name, room.text.min(120)))),
    );
    if about.alerts > 1 {
        words.push(words::count(about.alerts, "alert"));
    }
    words.push(format!("since {}", words::moment(about.opened_at)));
    words.retain(|word| !word.is_empty());
    words.join(", ")
}

fn decided(it: &super::Decision, room: &Room) -> Line {
    let (who, what) = (line(&it.who, 80), line(&it.what, 40));
    let start = Line::toned(Tone::Strong, who).then(Tone::Plain, format!(" {what}"));
    let start = match &it.hypothesis {
        Some(hypothesis) => start.then(Tone::Plain, format!(" {}", line(hypothesis, room.text.min(120)))),
        None => start,
    };
    match line(&it.note, room.text) {
        note if note.is_empty() => start,
        note => start.then(Tone::Plain, format!(": {note}")),
    }
}

fn verdict(told: &Told, room: &Room, parts: &mut Vec<Part>) {
    parts.push(Part::Prose(Line::toned(Tone::Strong, line(&told.summary, room.text))));
    if told.is_on_purpose {
        let text = "Somebody probably did this on purpose, as a test.";
        parts.push(Part::Prose(Line::toned(Tone::Hedge, text)));
    }
    for (number, it) in (1..).zip(told.causes.iter().take(room.causes)) {
        cause(told, number, it, room, parts);
    }
    if let Some(more) = told.causes.len().checked_sub(room.causes).filter(|more| *more > 0) {
        let text = format!("{}: see the investigation.", words::count(more, "more cause"));
        parts.push(Part::Prose(Line::plain(text)));
    }
    plan(told, &told.plan, room, parts);
    let (mattered, all) = told.gaps;
    if all > 0 {
        let text = match mattered {
            0 => format!("{} could not be seen, not needed here.", words::count(all, "thing")),
            _ => format!("{} could not be seen, {mattered} of them mattered.", words::count(all, "thing")),
        };
        parts.push(Part::Prose(Line::toned(Tone::Hedge, text)));
    }
    let working: Vec<String> =
        told.unaffected.iter().take(room.unaffected).map(|it| line(it, room.text.min(200))).collect();
    if !working.is_empty() {
        let more = told.unaffected.len().saturating_sub(working.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let text = format!("Still working: {}{more}", working.join("; "));
        parts.push(Part::Prose(Line::plain(text)));
    }
}

fn cause(told: &Told, number: usize, it: &CauseTold, room: &Room, parts: &mut Vec<Part>) {
    let noun = if told.outcome == "competing" { "Explanation" } else { "Cause" };
    let name = if told.causes.len() > 1 { format!("{noun} {number}") } else { noun.to_owned() };
    let labelled = |label: &str, text: &str| {
        let head = Line::toned(Tone::Strong, format!("{label}: "));
        Part::Prose(head.then(Tone::Plain, line(text, room.text)))
    };
    parts.push(labelled(&name, &it.headline));
    let grade = format!("{}: {}", it.grade.to_uppercase(), it.meaning);
    parts.push(Part::Prose(Line::plain(line(&grade, room.text))));
    parts.push(labelled("Who", &it.who));
    if let Some(when) = &it.when {
        parts.push(labelled("When", when));
    }
    parts.push(Part::Ask { cause: name, hypothesis: it.hypothesis.clone() });
}

fn plan(told: &Told, plan: &PlanTold, room: &Room, parts: &mut Vec<Part>) {
    let sentence = |lead: &str, reason: &str| {
        let reason = line(reason, room.text);
        let text = if reason.is_empty() { format!("{lead}.") } else { format!("{lead}: {reason}") };
        Part::Prose(Line::toned(Tone::Hedge, text))
    };
    match plan.status {
        "not_needed" => return parts.push(sentence("Nothing needs doing", &plan.reason)),
        "none" if told.outcome == "no_fault" => {
            return parts.push(sentence("There is nothing to fix", &plan.reason));
        }
        "none" => return parts.push(sentence("No fix can be offered", &plan.reason)),
        _ if plan.commands.is_empty() => {
            return parts.push(sentence("No command can be given, this is for a person to do", &plan.reason));
        }
        _ => {}
    }
    let head = Line::toned(Tone::Strong, "The fix, ");
    parts.push(Part::Prose(head.then(Tone::Hedge, line(&plan.checked, room.text))));
    if !plan.lost.is_empty() {
        let names: Vec<String> = plan.lost.iter().map(|it| line(it, room.text.min(200))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let head = Line::toned(Tone::Strong, "It stops: ");
        parts.push(Part::Prose(head.then(Tone::Plain, words::some(&names))));
    }
    for it in plan.commands.iter().take(room.commands) {
        parts.push(Part::Prose(Line::plain(line(&it.text, room.text))));
        if it.command.trim().is_empty() {
            continue;
        }
        let place = [clean::comment_word(&it.account), clean::comment_word(&it.region)];
        let place = line(place.join(" ").trim(), 60);
        match clean::command(&it.command).filter(|command| command.chars().count() <= room.command) {
            Some(command) => parts.push(Part::Command { place, command: command.to_owned() }),
            None => parts
                .push(Part::Prose(Line::plain("Its command cannot be shown here: see the investigation."))),
        }
    }
    if let Some(more) = plan.commands.len().checked_sub(room.commands).filter(|more| *more > 0) {
        let text = format!("{}: see the investigation.", words::count(more, "more step"));
        parts.push(Part::Prose(Line::plain(text)));
    }
}
