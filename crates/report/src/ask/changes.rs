//! What changed, who did it, when it began.

use super::document::{self, Document, capped, list, member, moment, text};
use super::subject::Subject;
use super::window::Window;
use super::words::{self, Word};
use super::{Answer, AnswerLine, cause};
use crate::actor;
use serde_json::Value;

/// A change and whoever made it, in words.
pub(super) fn made(change: &Value) -> String {
    let by = document::actor(change);
    let mut words =
        format!("{} at {} by {}", text(change, "event_name"), text(change, "at"), actor::who(&by));
    for (lead, part) in [
        (", role ", actor::role(&by)),
        (", from ", actor::source(&by).map(str::to_owned)),
        (", with ", actor::tool(&by)),
        (", as ", Some(by.arn.clone()).filter(|arn| !arn.is_empty())),
        (", event ", Some(text(change, "event_id").to_owned()).filter(|id| !id.is_empty())),
    ] {
        if let Some(part) = part {
            words.push_str(lead);
            words.push_str(&part);
        }
    }
    words
}

fn entry(it: &Value, about: &Document<'_>) -> AnswerLine {
    about.line(it, format!("{} {}: {}", text(it, "at"), text(it, "kind"), text(it, "text")))
}

/// Entries of the timeline that pass a test, in the report's order.
fn entries(about: &Document<'_>, window: Option<Window>, is_one: impl Fn(&Value) -> bool) -> Vec<AnswerLine> {
    let in_window =
        |it: &Value| window.is_none_or(|window| moment(it, "at").is_some_and(|at| window.holds(at)));
    about
        .list("timeline")
        .iter()
        .filter(|it| in_window(it) && is_one(it))
        .map(|it| entry(it, about))
        .collect()
}

fn span(window: Option<Window>) -> String {
    window.map_or_else(String::new, |window| format!(" from {} to {}", window.from, window.to))
}

/// What changed, on one thing or at all.
pub(super) fn changes(on: &[Word], window: Option<Window>, about: &Document<'_>) -> Answer {
    let subject = Subject::of(on);
    let is_on = |it: &Value| on.is_empty() || subject.is_in(text(it, "text"));
    let is_change = |it: &Value| matches!(text(it, "kind"), "change" | "action");
    let mut lines = entries(about, window, |it| is_change(it) && is_on(it));
    // The change of a cause is the one that matters: its maker in full.
    for (part, it) in about.causes() {
        let change = member(it, "change");
        let in_window = window.is_none_or(|window| moment(change, "at").is_some_and(|at| window.holds(at)));
        let is_asked = on.is_empty() || subject.is_blamed(it);
        if change.is_object() && in_window && is_asked {
            lines.insert(0, about.line(it, format!("{part}: {}: {}", made(change), text(it, "headline"))));
        } else if !change.is_object() && is_asked && window.is_none() && !text(it, "change_note").is_empty() {
            lines.insert(
                0,
                about.line(it, format!("{part}: {}: {}", text(it, "headline"), text(it, "change_note"))),
            );
        }
    }
    let mut lines = capped(lines, "changes");
    let gaps = about.gaps_of_changes();
    let whole = if on.is_empty() { String::new() } else { format!(" on `{}`", words::shown(on)) };
    if lines.is_empty() {
        lines.push(AnswerLine::new(format!("the report shows no change{whole}{}", span(window))));
        lines.extend(gaps.iter().cloned());
        return if gaps.is_empty() { Answer::answered(lines) } else { Answer::not_known(lines) };
    }
    if window.is_some() {
        lines.insert(0, AnswerLine::new(format!("changes{whole}{}:", span(window))));
    }
    lines.extend(gaps);
    Answer::answered(lines)
}

/// The resource of a cause in words.
pub(super) fn resource(cause: &Value) -> String {
    let resource = member(cause, "resource");
    let name = [text(resource, "name"), text(resource, "id")].into_iter().find(|name| !name.is_empty());
    format!("{} {}", crate::words::kind(text(resource, "type")), name.unwrap_or_default())
}

/// What a cause is on, as texts to look for a subject in: its names, and its kind with the defect.
pub(super) fn blamed(cause: &Value) -> (String, String) {
    let resource = member(cause, "resource");
    let named = ["id", "name", "arn"].map(|name| text(resource, name)).join(" ");
    let kind = crate::words::kind(text(resource, "type"));
    (named, format!("{kind} {}", text(cause, "defect").replace('-', " ")))
}

pub(super) fn who(what: &[Word], about: &Document<'_>) -> Answer {
    let subject = Subject::of(what);
    let mut lines = Vec::new();
    let mut unknown = Vec::new();
    for (part, it) in about.causes() {
        if !what.is_empty() && !subject.is_blamed(it) && !subject.is_in(text(it, "component")) {
            continue;
        }
        let change = member(it, "change");
        if change.is_object() {
            lines.push(about.line(it, format!("{part}: {}: {}", made(change), text(it, "headline"))));
        } else {
            let note = Some(text(it, "change_note"))
                .filter(|note| !note.is_empty())
                .unwrap_or("no change of it was seen");
            unknown.push(about.line(it, format!("{part}: {}: {note}", text(it, "headline"))));
        }
    }
    if !what.is_empty() {
        let is_one = |it: &Value| text(it, "kind") == "change" && subject.is_in(text(it, "text"));
        lines.extend(capped(entries(about, None, is_one), "changes"));
    }
    lines.extend(unknown);
    let has_name = |it: &AnswerLine| it.text.contains(" by ");
    if lines.iter().any(has_name) {
        return Answer::answered(lines);
    }
    if lines.is_empty() {
        let of = if what.is_empty() { String::new() } else { format!(" of `{}`", words::shown(what)) };
        lines.push(AnswerLine::new(format!("the report shows no change{of} whose maker could be named")));
    }
    lines.extend(about.gaps_of_changes());
    Answer::not_known(lines)
}

pub(super) fn when(about: &Document<'_>) -> Answer {
    let mut lines = cause::onsets(about);
    for (part, it) in about.causes() {
        let change = member(it, "change");
        if change.is_object() {
            let words = format!("{part} made at {}: {}", text(change, "at"), text(it, "headline"));
            lines.push(about.line(it, words));
        } else if !text(it, "change_note").is_empty() {
            lines.push(about.line(it, format!("{part}: {}", text(it, "change_note"))));
        }
    }
    let is_alert = |it: &Value| text(it, "kind") == "alert";
    let alerts = entries(about, None, is_alert);
    if alerts.is_empty() {
        let alerts = list(about.member("incident"), "alerts").iter().filter(|it| !text(it, "at").is_empty());
        lines.extend(
            alerts.map(|it| AnswerLine::new(format!("alert {} at {}", text(it, "name"), text(it, "at")))),
        );
    }
    lines.extend(alerts);
    if text(about.member("verdict"), "outcome") == "recovered" {
        lines
            .push(AnswerLine::new(format!("it has recovered: {}", text(about.member("verdict"), "summary"))));
    }
    Answer::or_not_known(lines, || {
        let mut lines = vec![AnswerLine::new("the report has no moment at which it began")];
        lines.extend(about.gaps());
        lines
    })
}

pub(super) fn timeline(window: Option<Window>, about: &Document<'_>) -> Answer {
    // All of it: whoever asks for the timeline wants to read it.
    let lines = entries(about, window, |_| true);
    Answer::or_not_known(lines, || {
        let mut lines = vec![AnswerLine::new(format!("the timeline has no entry{}", span(window)))];
        lines.extend(about.gaps_of_changes());
        lines
    })
}
