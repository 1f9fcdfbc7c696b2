//! The plan: its steps, its way back, and what was proven of it.

use super::document::{Document, list, member, text};
use super::{Answer, AnswerLine};
use crate::clean;
use serde_json::Value;

/// What is known of the plan, in words. Only `verified` was tried in the model.
fn status(about: &Document<'_>) -> AnswerLine {
    let plan = about.member("plan");
    let reason = text(plan, "reason");
    let words = match text(plan, "status") {
        "verified" => "the plan is verified",
        "unverified" => "not verified",
        "not_needed" => "no plan is needed",
        _ => "there is no plan",
    };
    AnswerLine::new(if reason.is_empty() { words.to_owned() } else { format!("{words}: {reason}") })
}

fn step(it: &Value) -> AnswerLine {
    let place =
        [text(it, "account"), text(it, "region")].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>();
    let place = if place.is_empty() { String::new() } else { format!(" [{}]", place.join(" ")) };
    let expect = match text(it, "expect") {
        "" => String::new(),
        expect => format!("; expect: {expect}"),
    };
    let command = text(it, "command");
    let shown = clean::command(command).filter(|command| !command.is_empty());
    let withheld = match shown {
        None if !command.is_empty() => {
            "; its command holds hidden characters and is not shown: see the JSON report"
        }
        _ => "",
    };
    let phase = text(it, "phase").replace('_', " ");
    let line = AnswerLine::new(format!("{phase}{place}: {}{expect}{withheld}", text(it, "text")));
    AnswerLine { command: shown.map(str::to_owned), ..line }
}

fn steps<'a>(about: &Document<'a>) -> &'a [Value] {
    list(about.member("plan"), "steps")
}

pub(super) fn fix(about: &Document<'_>) -> Answer {
    let mut lines = vec![status(about)];
    lines.extend(steps(about).iter().map(step));
    // An unverified plan may be advice in words without a step.
    match text(about.member("plan"), "status") {
        "verified" | "unverified" | "not_needed" => Answer::answered(lines),
        _ => {
            lines.extend(about.gaps());
            Answer::not_known(lines)
        }
    }
}

pub(super) fn rollback(about: &Document<'_>) -> Answer {
    let lines: Vec<_> = steps(about).iter().filter(|it| text(it, "phase") == "rollback").map(step).collect();
    Answer::or_not_known(lines, || vec![AnswerLine::new("the plan has no step back"), status(about)])
}

/// What the model said of the plan.
pub(super) fn proof(about: &Document<'_>) -> Vec<AnswerLine> {
    let proof = member(about.member("plan"), "proof");
    if !proof.is_object() {
        return Vec::new();
    }
    let is = |name: &str| member(proof, name).as_bool() == Some(true);
    let mut lines = vec![
        AnswerLine::new(if is("cause") {
            "proof of the cause: undoing it in the model restores what is broken"
        } else {
            "the cause is not proven in the model"
        }),
        AnswerLine::new(if is("cure") {
            "proof of the cure: the plan's own steps, applied to the model, restore it"
        } else {
            "that the plan cures it is not proven in the model"
        }),
    ];
    let all = |name: &str, lead: &str| -> Vec<AnswerLine> {
        let items = list(proof, name).iter().filter_map(Value::as_str);
        items.map(|it| AnswerLine::new(format!("{lead}: {it}"))).collect()
    };
    lines.extend(all("gained", "works again with the plan"));
    // Whatever would be lost is shown to the last one: that is the question.
    lines.extend(all("lost", "would be lost with the plan"));
    lines
}

pub(super) fn safe(about: &Document<'_>) -> Answer {
    let mut lines = vec![status(about)];
    let proof = proof(about);
    let is_proven = !proof.is_empty();
    lines.extend(proof);
    if is_proven && list(member(about.member("plan"), "proof"), "lost").is_empty() {
        lines.push(AnswerLine::new(
            "nothing that worked in the model is lost with the plan; what is not in the model is not covered",
        ));
    }
    if !is_proven {
        lines.push(AnswerLine::new("whether it is safe is not known: nothing was tried in the model"));
    }
    lines.extend(about.gaps());
    if is_proven { Answer::answered(lines) } else { Answer::not_known(lines) }
}
