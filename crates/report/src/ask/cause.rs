//! The verdict and its causes: what, why, how sure, what else.

use super::document::{Document, capped, list, member, moment, text};
use super::words::Word;
use super::{Answer, AnswerLine, subject};
use crate::words::{count, percent};
use serde_json::Value;

/// The outcome in words (formats.md, section 2).
fn outcome(word: &str) -> &'static str {
    match word {
        "root_cause" => "root cause found",
        "recovered" => "it has recovered",
        "no_fault" => "no fault",
        "competing" => "not decided between several causes",
        _ => "the cause is not known",
    }
}

fn verdict(about: &Document<'_>) -> AnswerLine {
    let verdict = about.member("verdict");
    let cites = about.list("root_causes").iter().flat_map(|cause| about.cites(cause));
    let mut unique: Vec<String> = Vec::new();
    for cite in cites {
        if !unique.contains(&cite) {
            unique.push(cite);
        }
    }
    let words = match (outcome(text(verdict, "outcome")), text(verdict, "summary")) {
        (outcome, "") => outcome.to_owned(),
        (outcome, summary) => format!("{outcome}: {summary}"),
    };
    AnswerLine::cited(words, unique)
}

pub(super) fn summary(about: &Document<'_>) -> Answer {
    let mut lines = vec![verdict(about)];
    lines.extend(onsets(about));
    let gaps = about.list("gaps").len();
    if gaps > 0 {
        let gaps = count(gaps, "thing");
        lines.push(AnswerLine::new(format!("{gaps} could not be seen: ask \"what could you not see?\"")));
    }
    Answer::answered(lines)
}

/// When telemetry first showed it.
pub(super) fn onsets(about: &Document<'_>) -> Vec<AnswerLine> {
    let onset = |symptom: &&Value| moment(member(symptom, "onset"), "at");
    let first = about.list("symptoms").iter().filter(|it| onset(it).is_some()).min_by_key(onset);
    let line = |it: &Value| {
        about.line(it, format!("first seen at {}: {}", text(member(it, "onset"), "at"), text(it, "text")))
    };
    first.map(line).into_iter().collect()
}

/// The grade and what it means: how we know, not how sure we feel.
fn grade(cause: &Value) -> String {
    let meaning = match text(cause, "grade") {
        "proven" => "undoing it in the model restores what is broken",
        "corroborated" => "independent evidence names the same thing; it is not proven in the model",
        "suspected" => "time and place fit, and nothing more is known",
        _ => return "the report gives no grade".to_owned(),
    };
    let together =
        list(cause, "together_with").iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" and ");
    let together = if together.is_empty() { together } else { format!(" (only together with {together})") };
    format!("{}: {meaning}{together}", text(cause, "grade"))
}

/// Why: the cause, the grade, the proof, the change. With a subject it is a question about that.
pub(super) fn why(about_this: &[Word], about: &Document<'_>) -> Answer {
    if !about_this.is_empty() {
        return subject::answer(about_this, about);
    }
    let causes = about.list("root_causes");
    if causes.is_empty() {
        let mut lines = vec![verdict(about)];
        let intentional = member(about.member("verdict"), "intentional");
        lines.extend(list(intentional, "reasons").iter().map(|it| about.line(it, text(it, "text"))));
        lines.extend(about.list("competing").iter().map(|it| about.line(it, text(it, "headline"))));
        lines.extend(capped(about.gaps(), "gaps"));
        let explained = matches!(text(about.member("verdict"), "outcome"), "no_fault" | "recovered");
        return if explained { Answer::answered(lines) } else { Answer::not_known(lines) };
    }
    let mut lines = Vec::new();
    for cause in causes {
        lines.push(about.line(cause, format!("root cause: {}", text(cause, "headline"))));
        lines.push(about.line(cause, grade(cause)));
        let change = member(cause, "change");
        if change.is_object() {
            lines.push(about.line(cause, super::changes::made(change)));
        } else if !text(cause, "change_note").is_empty() {
            lines.push(about.line(cause, text(cause, "change_note")));
        }
    }
    lines.extend(decided(about));
    lines.extend(super::plan::proof(about));
    lines.extend(capped(
        about
            .list("symptoms")
            .iter()
            .map(|it| about.line(it, format!("seen: {}", text(it, "text"))))
            .collect(),
        "symptoms",
    ));
    Answer::answered(lines)
}

pub(super) fn sure(about: &Document<'_>) -> Answer {
    let mut lines: Vec<_> = about
        .causes()
        .map(|(part, cause)| {
            about.line(cause, format!("{part}: {} - {}", text(cause, "headline"), grade(cause)))
        })
        .collect();
    if lines.is_empty() {
        lines.push(verdict(about));
        lines.extend(about.gaps());
        let no_fault = text(about.member("verdict"), "outcome") == "no_fault";
        return if no_fault { Answer::answered(lines) } else { Answer::not_known(lines) };
    }
    lines.extend(super::plan::proof(about));
    let gaps = about.list("gaps").len();
    lines.push(AnswerLine::new(match gaps {
        0 => "the report lists no gap".to_owned(),
        _ => format!("{} could not be seen: ask \"what could you not see?\"", count(gaps, "thing")),
    }));
    Answer::answered(lines)
}

pub(super) fn intentional(about: &Document<'_>) -> Answer {
    let intentional = member(about.member("verdict"), "intentional");
    let reasons = list(intentional, "reasons").iter().map(|it| about.line(it, text(it, "text")));
    if member(intentional, "likely").as_bool() == Some(true) {
        let mut lines = vec![AnswerLine::new("it looks intentional, for these reasons")];
        lines.extend(reasons);
        return Answer::answered(lines);
    }
    let mut lines = vec![AnswerLine::new(
        "nothing in the report says that it was intended; what people meant is not recorded",
    )];
    lines.extend(reasons);
    lines.extend(about.gaps_of_changes());
    Answer::not_known(lines)
}

pub(super) fn explains(about: &Document<'_>) -> Answer {
    let accounting = about.member("accounting");
    let number = |of: &Value, name: &str| member(of, name).as_u64().unwrap_or_default();
    let causes = about.list("root_causes");
    let mut lines = Vec::new();
    if accounting.is_object() {
        let metric = text(accounting, "metric");
        lines.push(AnswerLine::new(format!("{metric}: {} in all", number(accounting, "total"))));
        for part in list(accounting, "parts") {
            let at = usize::try_from(number(part, "cause")).unwrap_or(usize::MAX);
            let cause = causes.get(at).unwrap_or(&Value::Null);
            let share = percent(member(part, "share").as_f64().unwrap_or_default());
            let headline = text(cause, "headline");
            lines.push(about.line(cause, format!("{} ({share}): {headline}", number(part, "count"))));
        }
        lines.push(AnswerLine::new(format!("unexplained: {}", number(accounting, "unexplained"))));
        return Answer::answered(lines);
    }
    for cause in causes.iter().filter(|cause| member(cause, "explains").is_object()) {
        let explains = member(cause, "explains");
        let share = percent(member(explains, "share").as_f64().unwrap_or_default());
        let words = format!("{} ({share}): {}", number(explains, "count"), text(cause, "headline"));
        lines.push(about.line(cause, words));
    }
    Answer::or_not_known(lines, || {
        let mut lines = vec![AnswerLine::new("nothing in this incident could be counted against its causes")];
        lines.extend(
            causes.iter().map(|cause| about.line(cause, format!("root cause: {}", text(cause, "headline")))),
        );
        lines
    })
}

pub(super) fn others(about: &Document<'_>) -> Answer {
    let mut lines: Vec<_> = about
        .causes()
        .filter(|(part, _)| *part != "root cause")
        .map(|(part, cause)| {
            about.line(cause, format!("{part}: {} - {}", text(cause, "headline"), grade(cause)))
        })
        .collect();
    if lines.is_empty() {
        lines.push(AnswerLine::new("the report has no other hypothesis that is still open"));
    }
    let out = about.list("ruled_out").iter().map(|it| ruled_out(it, about));
    lines.extend(capped(out.collect(), "ruled out"));
    lines.extend(decided(about));
    Answer::answered(lines)
}

pub(super) fn ruled_out(it: &Value, about: &Document<'_>) -> AnswerLine {
    about.line(it, format!("ruled out: {}: {}", text(it, "what"), text(it, "why")))
}

fn decided(about: &Document<'_>) -> Vec<AnswerLine> {
    let line = |it: &super::Decided| {
        let note = if it.note.is_empty() { String::new() } else { format!(": {}", it.note) };
        AnswerLine::new(format!("{} by {} at {}: {}{note}", it.kind, it.who, it.at, it.hypothesis))
    };
    about.decisions.iter().map(line).collect()
}

pub(super) fn decisions(about: &Document<'_>) -> Answer {
    Answer::or_not_known(decided(about), || {
        vec![AnswerLine::new("nobody has accepted, discarded or noted anything yet")]
    })
}

pub(super) fn working(about: &Document<'_>) -> Answer {
    let line = |it: &Value| about.line(it, format!("still works: {}: {}", text(it, "what"), text(it, "why")));
    let lines = capped(about.list("unaffected").iter().map(line).collect(), "that still work");
    Answer::or_not_known(lines, || {
        let mut lines =
            vec![AnswerLine::new("nothing was found to still work; that is not the same as broken")];
        lines.extend(capped(about.gaps(), "gaps"));
        lines
    })
}

pub(super) fn broken(about: &Document<'_>) -> Answer {
    let mut lines: Vec<AnswerLine> = Vec::new();
    for (_, cause) in about.causes() {
        for it in list(cause, "affected") {
            let detail = text(it, "detail");
            let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
            let line = about.line(
                cause,
                format!("affected {}: {} to {}{detail}", text(it, "kind"), text(it, "from"), text(it, "to")),
            );
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let symptoms =
        about.list("symptoms").iter().map(|it| about.line(it, format!("seen: {}", text(it, "text"))));
    let mut lines = capped(lines, "affected");
    lines.extend(capped(symptoms.collect(), "symptoms"));
    if text(about.member("verdict"), "outcome") == "recovered" {
        lines.insert(0, AnswerLine::new("it has recovered; what was broken:"));
    }
    Answer::or_not_known(lines, || {
        let mut lines = vec![verdict(about)];
        lines.extend(about.gaps());
        lines
    })
}
