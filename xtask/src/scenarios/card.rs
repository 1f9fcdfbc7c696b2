//! One scenario's report against its truth.

use super::answer::{About, Expect, TrueCause, Truth};
use super::command;
use anyhow::{Context, Result};
use regex_lite::{Regex, RegexBuilder};
use serde_json::Value;
use std::collections::BTreeSet;

/// What is checked, in the order of the score card's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Check {
    Outcome,
    Cause,
    Extra,
    RuledOut,
    Unaffected,
    Words,
    Gaps,
    Intent,
    Count,
    Plan,
    Commands,
    Cites,
    Same,
    Golden,
}

/// Every check with its column's title.
pub(super) const CHECKS: &[(Check, &str)] = &[
    (Check::Outcome, "outcome"),
    (Check::Cause, "cause"),
    (Check::Extra, "extra"),
    (Check::RuledOut, "ruled"),
    (Check::Unaffected, "unaff"),
    (Check::Words, "words"),
    (Check::Gaps, "gaps"),
    (Check::Intent, "intent"),
    (Check::Count, "count"),
    (Check::Plan, "plan"),
    (Check::Commands, "cmds"),
    (Check::Cites, "cites"),
    (Check::Same, "same"),
    (Check::Golden, "golden"),
];

/// What the checks found.
#[derive(Debug, Default)]
pub(super) struct Card {
    /// What is wrong, by check.
    pub misses: Vec<(Check, String)>,
    /// Checks the truth has nothing to say about.
    pub idle: BTreeSet<Check>,
    /// Why the report is confident and wrong.
    pub confident_and_wrong: Option<String>,
    /// The verdict's outcome.
    pub outcome: String,
}

impl Card {
    fn miss(&mut self, check: Check, text: String) {
        self.misses.push((check, text));
    }

    fn idle_unless(&mut self, check: Check, has_something: bool) {
        if !has_something {
            self.idle.insert(check);
        }
    }
}

/// Scores a report. `text` is everything a person reads of it.
pub(super) fn score(truth: &Truth, about: &About, report: &Value, text: &str) -> Result<Card> {
    let outcome = string(report, "/verdict/outcome");
    let mut card = Card { outcome: outcome.clone(), ..Card::default() };
    let is_open = matches!(outcome.as_str(), "undetermined" | "competing");
    let is_excused = about.expect == Expect::Honest && is_open;
    if !truth.allowed_outcomes.contains(&outcome) && !is_excused {
        card.miss(Check::Outcome, format!("{outcome} instead of {}", truth.allowed_outcomes.join(" or ")));
    }
    if outcome == "root_cause" {
        card.confident_and_wrong = wrongly_blamed(truth, report);
    }
    cites(report, &mut card);
    if is_excused {
        let kept = [Check::Outcome, Check::Cites, Check::Same, Check::Golden];
        card.idle.extend(CHECKS.iter().map(|(check, _)| *check).filter(|check| !kept.contains(check)));
        return Ok(card);
    }
    causes(truth, report, &mut card)?;
    texts(truth, report, text, &mut card)?;
    intent_and_count(truth, report, &mut card);
    plan(truth, report, &mut card);
    Ok(card)
}

/// A root cause that the truth does not have, or forbids.
fn wrongly_blamed(truth: &Truth, report: &Value) -> Option<String> {
    list(report, "/root_causes").iter().find_map(|cause| {
        let (ids, event) = (ids(cause), string(cause, "/change/event_id"));
        let forbidden = ids.iter().chain([&event]).find(|id| truth.must_not_blame.contains(id));
        if let Some(id) = forbidden {
            return Some(format!("blames {id}: {}", string(cause, "/headline")));
        }
        let true_cause = truth.root_causes.iter().find(|truth| ids.iter().any(|id| truth.is_named_by(id)));
        let Some(true_cause) = true_cause else {
            return Some(format!("blames {}: {}", ids.join(" "), string(cause, "/headline")));
        };
        let knows_events = !true_cause.change_event_ids.is_empty() && !event.is_empty();
        (knows_events && !true_cause.change_event_ids.contains(&event))
            .then(|| format!("blames event {event} ({})", string(cause, "/change/event_name")))
    })
}

fn causes(truth: &Truth, report: &Value, card: &mut Card) -> Result<()> {
    let found = list(report, "/root_causes");
    let recovered = list(report, "/contributing");
    let candidates: Vec<_> = if truth.outcome == "root_cause" {
        found.iter().collect()
    } else {
        found.iter().chain(recovered).collect()
    };
    for cause in found {
        let ids = ids(cause);
        if !truth.root_causes.iter().any(|truth| ids.iter().any(|id| truth.is_named_by(id))) {
            card.miss(Check::Extra, format!("{}: {}", ids.join(" "), string(cause, "/headline")));
        }
    }
    // Where an open verdict is allowed beside a cause, it need not name one.
    let is_open = truth.outcome == "root_cause" && card.outcome != "root_cause";
    if truth.root_causes.is_empty() || (is_open && truth.allowed_outcomes.contains(&card.outcome)) {
        card.idle.insert(Check::Cause);
        return Ok(());
    }
    for expected in &truth.root_causes {
        let matching = candidates.iter().find(|cause| ids(cause).iter().any(|id| expected.is_named_by(id)));
        match matching {
            None => card.miss(Check::Cause, format!("{} is not among the causes", expected.resource_id)),
            Some(cause) => one_cause(expected, cause, card)?,
        }
    }
    Ok(())
}

fn one_cause(expected: &TrueCause, cause: &Value, card: &mut Card) -> Result<()> {
    let event = string(cause, "/change/event_id");
    if !expected.change_event_ids.is_empty() && !expected.change_event_ids.contains(&event) {
        card.miss(
            Check::Cause,
            format!("event `{event}` instead of {}", expected.change_event_ids.join(" or ")),
        );
    }
    if let Some(actor) = &expected.actor_contains {
        let found = ["/change/actor/arn", "/change/actor/session"].map(|path| string(cause, path)).join(" ");
        if !regex(actor)?.is_match(&found) {
            card.miss(Check::Cause, format!("actor `{found}` does not contain {actor}"));
        }
    }
    let said = ["/headline", "/defect", "/component", "/code"].map(|path| string(cause, path)).join(" ");
    let said = format!("{said} {}", said.replace('-', " "));
    for words in &expected.defect_words {
        if !regex(words)?.is_match(&said) {
            card.miss(Check::Cause, format!("`{words}` is not in: {}", string(cause, "/headline")));
        }
    }
    Ok(())
}

fn texts(truth: &Truth, report: &Value, text: &str, card: &mut Card) -> Result<()> {
    let joined = |path: &str, members: &[&str]| {
        let elements = list(report, path).iter();
        let texts = elements.map(|element| {
            members.iter().map(|member| string(element, member)).collect::<Vec<_>>().join(" ")
        });
        texts.collect::<Vec<_>>().join("\n")
    };
    let ruled_out = joined("/ruled_out", &["/what", "/why"]);
    let unaffected = joined("/unaffected", &["/what", "/why"]);
    let gaps = joined("/gaps", &["/what", "/reason", "/needed_for", "/remedy"]);
    for (check, wanted, place) in [
        (Check::RuledOut, &truth.must_rule_out, ruled_out.as_str()),
        (Check::Unaffected, &truth.unaffected, unaffected.as_str()),
        (Check::Gaps, &truth.must_state_gaps, gaps.as_str()),
        (Check::Words, &truth.must_mention, text),
    ] {
        card.idle_unless(check, !wanted.is_empty());
        for pattern in wanted {
            if !regex(pattern)?.is_match(place) {
                card.miss(check, format!("nothing about `{pattern}`"));
            }
        }
    }
    let blamed = list(report, "/root_causes").iter().map(ToString::to_string).collect::<String>();
    // An open verdict that is allowed names no cause.
    if card.outcome == "root_cause" {
        for name in &truth.exact_names {
            card.idle.remove(&Check::Words);
            if !blamed.contains(name.as_str()) {
                card.miss(Check::Words, format!("no cause names {name}"));
            }
        }
    }
    for pattern in &truth.must_not_say {
        card.idle.remove(&Check::Words);
        if regex(pattern)?.is_match(text) {
            card.miss(Check::Words, format!("says `{pattern}`"));
        }
    }
    Ok(())
}

fn intent_and_count(truth: &Truth, report: &Value, card: &mut Card) {
    let likely = report.pointer("/verdict/intentional/likely").and_then(Value::as_bool);
    card.idle_unless(Check::Intent, truth.intentional.is_some());
    if truth.intentional.is_some() && likely != truth.intentional {
        card.miss(Check::Intent, format!("{likely:?} instead of {:?}", truth.intentional));
    }
    let Some(expected) = &truth.accounting else {
        card.idle.insert(Check::Count);
        return;
    };
    let total = report.pointer("/accounting/total").and_then(Value::as_u64);
    if total != Some(expected.total) {
        card.miss(Check::Count, format!("total {total:?} instead of {}", expected.total));
    }
    for (resource, count) in &expected.parts {
        let found = list(report, "/accounting/parts").iter().find_map(|part| {
            let index = part
                .pointer("/cause")
                .and_then(Value::as_u64)
                .and_then(|index| usize::try_from(index).ok())?;
            let cause = list(report, "/root_causes").get(index)?;
            let names = ids(cause);
            let truth = truth.root_causes.iter().find(|cause| cause.is_named_by(resource));
            let is_this =
                names.iter().any(|id| id == resource || truth.is_some_and(|truth| truth.is_named_by(id)));
            if is_this { part.pointer("/count").and_then(Value::as_u64) } else { None }
        });
        if found != Some(*count) {
            card.miss(Check::Count, format!("{resource}: {found:?} instead of {count}"));
        }
    }
}

fn plan(truth: &Truth, report: &Value, card: &mut Card) {
    let status = string(report, "/plan/status");
    let allowed = if truth.plan.allowed_status.is_empty() {
        std::slice::from_ref(&truth.plan.status)
    } else {
        &truth.plan.allowed_status
    };
    if !allowed.contains(&status) {
        let reason = string(report, "/plan/reason");
        card.miss(Check::Plan, format!("{status} instead of {}: {reason}", allowed.join(" or ")));
    }
    let steps = list(report, "/plan/steps").iter();
    let apply: Vec<_> = steps
        .filter(|step| string(step, "/phase") == "apply" && !string(step, "/command").is_empty())
        .collect();
    let needs_commands = !truth.plan.apply_equivalent.is_empty();
    card.idle_unless(Check::Commands, needs_commands || status == "not_needed");
    if status == "not_needed" && !apply.is_empty() {
        card.miss(Check::Commands, format!("{} commands of a plan that is not needed", apply.len()));
    }
    if !needs_commands {
        return;
    }
    let lines: Vec<_> = apply.iter().map(|step| string(step, "/command")).collect();
    let choices = std::iter::once(&truth.plan.apply_equivalent).chain(&truth.plan.apply_instead);
    let differences: Vec<_> = choices.map(|calls| difference(calls, &lines)).collect();
    if let Some(Some(first)) =
        differences.iter().all(Option::is_some).then(|| differences.into_iter().next().flatten())
    {
        card.miss(Check::Commands, first);
    }
    if let Some(account) = &truth.plan.account {
        for step in apply.iter().filter(|step| string(step, "/account") != *account) {
            card.miss(Check::Commands, format!("account {} instead of {account}", string(step, "/account")));
        }
    }
}

/// Why the lines are not these calls, in any order where they are of independent causes.
fn difference(expected: &[(String, String, Value)], lines: &[String]) -> Option<String> {
    let calls: Vec<_> = lines.iter().filter_map(|line| command::parse(line)).collect();
    let mut rest = calls.clone();
    for call in expected {
        match rest.iter().position(|other| command::difference(call, other).is_none()) {
            Some(place) => {
                rest.remove(place);
            }
            None => {
                let near = rest.iter().find(|other| other.operation == call.1).or(rest.first());
                return Some(near.map_or_else(
                    || format!("{} is missing", call.1),
                    |near| command::difference(call, near).unwrap_or_default(),
                ));
            }
        }
    }
    // Waiting and looking are no changes.
    rest.retain(|call| !["Wait", "Describe", "Get"].iter().any(|verb| call.operation.starts_with(verb)));
    rest.first().map(|call| format!("{} {} is one too many", call.service, call.operation))
}

/// Every citation names a piece of evidence.
fn cites(report: &Value, card: &mut Card) {
    let known: BTreeSet<_> =
        list(report, "/evidence").iter().map(|evidence| string(evidence, "/id")).collect();
    let mut cited = Vec::new();
    collect_cites(report, &mut cited);
    if let Some(unknown) = cited.iter().find(|id| !known.contains(*id)) {
        card.miss(Check::Cites, format!("{unknown} is cited and not listed"));
    }
    for cause in list(report, "/root_causes") {
        if list(cause, "/cites").is_empty() {
            card.miss(Check::Cites, format!("a cause without evidence: {}", string(cause, "/headline")));
        }
    }
}

fn collect_cites(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| collect_cites(element, into)),
        Value::Object(members) => {
            for (name, member) in members {
                if name == "cites" {
                    into.extend(
                        member.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned),
                    );
                } else {
                    collect_cites(member, into);
                }
            }
        }
        _ => {}
    }
}

/// Id and ARN of the resource a cause names.
fn ids(cause: &Value) -> Vec<String> {
    let ids = ["/resource/id", "/resource/arn"].map(|path| string(cause, path));
    ids.into_iter().filter(|id| !id.is_empty()).collect()
}

fn regex(pattern: &str) -> Result<Regex> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .build()
        .with_context(|| format!("`{pattern}` in truth.json"))
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn string(value: &Value, path: &str) -> String {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Card, score};
    use crate::scenarios::answer::{About, Expect, Truth};
    use serde_json::{Value, json};

    fn truth() -> Truth {
        serde_json::from_value(json!({
            "outcome": "root_cause", "allowed_outcomes": ["root_cause"], "intentional": false,
            "root_causes": [{ "resource_id": "sg-1", "also": ["sg-1-arn"], "defect_words": ["ingress|inbound"],
                "change_event_ids": ["ev-1"], "actor_contains": "dana" }],
            "must_not_blame": ["sg-2", "ev-9"], "must_rule_out": ["nat"],
            "plan": { "status": "verified", "apply_equivalent": [["ec2", "CreateRoute", { "RouteTableId": "rtb-1" }]] }
        }))
        .unwrap()
    }

    fn report(outcome: &str, resource: &str, event: &str) -> Value {
        json!({
            "verdict": { "outcome": outcome, "intentional": { "likely": false } },
            "root_causes": [{ "headline": "an inbound rule went", "resource": { "id": resource },
                "change": { "event_id": event, "actor": { "arn": "role/x/dana" } }, "cites": ["e1"] }],
            "ruled_out": [{ "what": "NAT gateway", "why": "works", "cites": ["e1"] }],
            "plan": { "status": "verified", "steps": [{ "phase": "apply", "command": "aws ec2 create-route --route-table-id rtb-1" }] },
            "evidence": [{ "id": "e1" }]
        })
    }

    fn card(report: &Value, expect: Expect) -> Card {
        let about = About { expect, ..About::default() };
        score(&truth(), &about, report, "").unwrap()
    }

    #[test]
    fn a_right_report_misses_nothing() {
        let card = card(&report("root_cause", "sg-1", "ev-1"), Expect::Full);
        assert!(card.misses.is_empty() && card.confident_and_wrong.is_none(), "{card:?}");
    }

    #[test]
    fn another_cause_or_event_is_confident_and_wrong() {
        for (resource, event) in [("sg-2", "ev-1"), ("sg-3", "ev-1"), ("sg-1", "ev-9"), ("sg-1", "ev-2")] {
            let found = card(&report("root_cause", resource, event), Expect::Honest);
            assert!(found.confident_and_wrong.is_some(), "{resource} {event}: {found:?}");
        }
    }

    #[test]
    fn an_open_verdict_is_enough_only_where_honesty_is() {
        let report = report("undetermined", "sg-3", "");
        assert!(card(&report, Expect::Honest).misses.is_empty());
        assert!(!card(&report, Expect::Full).misses.is_empty());
    }

    #[test]
    fn names_what_is_missing() {
        let mut broken = report("root_cause", "sg-1", "ev-1");
        broken["root_causes"][0]["cites"] = json!(["e7"]);
        broken["ruled_out"] = json!([]);
        broken["plan"]["steps"] = json!([]);
        assert_eq!(card(&broken, Expect::Full).misses.len(), 3);
    }
}
