//! What a change of a function's settings means, in words.

use super::{Wording, element};
use butfor_world::{Edit, State};
use serde_json::Value;

/// Puts the first edit of a function's setting into words; `None` when it is of another kind.
pub(super) fn of(edits: &[&Edit]) -> Option<Wording> {
    let edit = *edits.first()?;
    if edit.resource.kind != "AWS::Lambda::Function" {
        return None;
    }
    let name = edit.resource.id.rsplit(':').next().unwrap_or(&edit.resource.id);
    let (defect, component, phrase) = match edit.facet.member.as_str() {
        "ReservedConcurrentExecutions" => concurrency(edit, name),
        "Environment/Variables" => variables(edits, name),
        member @ ("Timeout" | "MemorySize") => limit(edit, member, name),
        "CodeSha256" => {
            ("function-code-changed", "code".to_owned(), format!("function {name} got other code"))
        }
        _ => return None,
    };
    Some(Wording { defect: defect.to_owned(), resource: edit.resource.clone(), component, phrase })
}

fn number(state: &State) -> String {
    match state {
        State::Present(Value::Number(number)) => number.to_string(),
        State::Present(other) => other.to_string(),
        State::Absent => "no limit of its own".to_owned(),
        State::Unknown => "an unknown number".to_owned(),
    }
}

fn concurrency(edit: &Edit, name: &str) -> (&'static str, String, String) {
    let after = number(&edit.after);
    let component = format!("reserved concurrency {after}");
    let phrase = match (&edit.before, &edit.after) {
        (_, State::Absent) => format!("function {name} has no reserved concurrency any more"),
        (State::Present(_), _) => {
            format!(
                "function {name} had its reserved concurrency changed from {} to {after}",
                number(&edit.before)
            )
        }
        _ => format!("function {name} had its reserved concurrency set to {after}"),
    };
    ("reserved-concurrency-changed", component, phrase)
}

fn variables(edits: &[&Edit], name: &str) -> (&'static str, String, String) {
    let own: Vec<&&Edit> = edits.iter().filter(|edit| edit.facet.member == "Environment/Variables").collect();
    let named = |wanted: fn(&Edit) -> bool| -> Vec<&str> {
        own.iter()
            .filter(|edit| wanted(edit))
            .map(|edit| element(edit))
            .filter(|name| !name.is_empty())
            .collect()
    };
    let removed = named(|edit| edit.after == State::Absent);
    let others = named(|edit| edit.after != State::Absent);
    let plural =
        |names: &[&str]| if names.len() == 1 { "environment variable" } else { "environment variables" };
    // Values are never shown: they may be secrets.
    let mut parts = Vec::new();
    if !removed.is_empty() {
        parts.push(format!("lost its {} {}", plural(&removed), removed.join(", ")));
    }
    if !others.is_empty() {
        parts.push(format!("had its {} {} changed", plural(&others), others.join(", ")));
    }
    if parts.is_empty() {
        let phrase = format!(
            "the configuration of function {name} was changed; which variables it had is not in the record"
        );
        return ("environment-changed", "environment variables".to_owned(), phrase);
    }
    let all: Vec<&str> = removed.iter().chain(&others).copied().collect();
    let defect =
        if removed.is_empty() { "environment-variable-changed" } else { "environment-variable-missing" };
    (
        defect,
        format!("{} {}", plural(&all), all.join(", ")),
        format!("function {name} {}", parts.join(" and ")),
    )
}

fn limit(edit: &Edit, member: &str, name: &str) -> (&'static str, String, String) {
    let (defect, word, unit) = match member {
        "Timeout" => ("function-timeout-changed", "time-out", "s"),
        _ => ("function-memory-changed", "memory", "MB"),
    };
    let (before, after) = (number(&edit.before), number(&edit.after));
    let phrase = format!("function {name} had its {word} changed from {before} to {after} {unit}");
    (defect, format!("{word} {after} {unit}"), phrase)
}
