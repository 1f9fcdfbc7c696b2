//! A replay as text for people and as JSON for programs.

use super::{Became, Replay, Step};
use crate::output::printable;
use anstyle::Style;
use butfor_adapters::bundle::Problem;
use butfor_engine::correlate::Arriving;
use serde_json::{Value, json};
use std::fmt::Write;

const STRONG: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// How many of each.
struct Counts {
    alarms: usize,
    incidents: usize,
    linked: usize,
    skipped: usize,
}

impl Counts {
    fn of(replay: &Replay) -> Self {
        let members: usize = replay.incidents.iter().map(|one| one.steps.len()).sum();
        let (incidents, skipped) = (replay.incidents.len(), replay.skipped.len());
        Self { alarms: members + skipped, incidents, linked: members - incidents, skipped }
    }
}

pub(crate) fn terminal(replay: &Replay, unreadable: usize) -> String {
    let counts = Counts::of(replay);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{STRONG}{}: {}, {} linked, {} skipped, {unreadable} unreadable{STRONG:#}",
        count(counts.alarms, "alarm"),
        count(counts.incidents, "incident"),
        counts.linked,
        counts.skipped
    );
    for incident in &replay.incidents {
        let Some(first) = incident.steps.first() else { continue };
        let at = first.recorded.arrival.received_at;
        let _ = writeln!(
            out,
            "\n{STRONG}incident {}{STRONG:#}  {} {}  {}",
            incident.id,
            at.date(),
            at.clock(),
            count(incident.steps.len(), "alarm")
        );
        incident.steps.iter().for_each(|step| line(&mut out, step, "opens"));
    }
    if !replay.skipped.is_empty() {
        let _ = writeln!(out, "\n{STRONG}skipped{STRONG:#}");
        replay.skipped.iter().for_each(|step| line(&mut out, step, "skips"));
    }
    out
}

/// `1 alarm`, `2 alarms`.
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn line(out: &mut String, step: &Step, without_rule: &str) {
    let arrival = &step.recorded.arrival;
    let rule = step.rule.map_or(without_rule, |rule| rule.as_str());
    let _ = writeln!(
        out,
        "  {} {}  {}  {DIM}{} {}{DIM:#}\n      {rule}: {}",
        arrival.received_at.date(),
        arrival.received_at.clock(),
        printable(&arrival.name),
        state(&arrival.state),
        printable(&step.recorded.place),
        printable(&step.reason)
    );
}

pub(crate) fn json(replay: &Replay, problems: &[Problem]) -> Value {
    let counts = Counts::of(replay);
    let incident = |one: &Became| {
        let opened_at = one.steps.first().map(|step| step.recorded.arrival.received_at.to_string());
        json!({
            "id": one.id,
            "opened_at": opened_at,
            "alarms": one.steps.iter().map(|step| entry(step, "open")).collect::<Vec<_>>(),
        })
    };
    json!({
        "counts": {
            "alarms": counts.alarms,
            "incidents": counts.incidents,
            "linked": counts.linked,
            "skipped": counts.skipped,
            "unreadable": problems.len(),
        },
        "incidents": replay.incidents.iter().map(incident).collect::<Vec<_>>(),
        "skipped": replay.skipped.iter().map(|step| entry(step, "skip")).collect::<Vec<_>>(),
        "unreadable": problems.iter().map(|problem| json!({
            "file": problem.file,
            "line": problem.line,
            "field": problem.field,
            "error": problem.text,
        })).collect::<Vec<_>>(),
    })
}

fn entry(step: &Step, without_rule: &str) -> Value {
    let arrival = &step.recorded.arrival;
    json!({
        "place": step.recorded.place,
        "received_at": arrival.received_at.to_string(),
        "at": arrival.at.to_string(),
        "name": arrival.name,
        "key": arrival.key,
        "source": arrival.source,
        "state": state(&arrival.state),
        "account": arrival.account,
        "region": arrival.region,
        "application": arrival.application,
        "is_test": arrival.is_test,
        "decision": step.rule.map_or(without_rule, |_| "link"),
        "rule": step.rule.map(|rule| rule.as_str()),
        "reason": step.reason,
    })
}

fn state(state: &Arriving) -> &'static str {
    match state {
        Arriving::Trigger => "trigger",
        Arriving::Update => "update",
        Arriving::Resolve => "resolve",
        Arriving::Suppressed { .. } => "suppressed",
        Arriving::Change => "change",
    }
}
