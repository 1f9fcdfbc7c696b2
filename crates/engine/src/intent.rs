//! Whether changes look deliberate: a test of failure rather than a mistake. Stated with its reasons, and never more than likely.

use crate::act::{Act, ActEvent, short_actor};
use crate::names;
use crate::scene::Scene;
use butfor_incident::{Intentional, Reason};
use butfor_world::{Edit, State};
use serde_json::Value;
use std::collections::BTreeSet;

/// A script makes its changes seconds apart; a person in the console needs longer for each.
const TOGETHER_SECONDS_MAX: i64 = 10;

/// A test is ended within minutes (AWS Fault Injection Service User Guide, experiment durations of the tutorials).
const UNDONE_SECONDS_MAX: i64 = 15 * 60;

/// Words by which experiments are named.
const TELLING: &[&str] = &[
    "fault",
    "faults",
    "chaos",
    "fis",
    "gameday",
    "inject",
    "injection",
    "injected",
    "experiment",
    "drill",
    "failuretest",
];

/// What speaks for intent in acts that broke something, each with the act that undid it if there is one.
pub(crate) fn of(scene: &Scene<'_>, acts: &[(usize, Option<usize>)]) -> Intentional {
    let known: Vec<(&Act, Option<&Act>)> = acts
        .iter()
        .filter_map(|(broke, undid)| {
            Some((scene.acts.get(*broke)?, undid.and_then(|index| scene.acts.get(index))))
        })
        .collect();
    let grouped = together(&known);
    let undone = undone(&known);
    let named = named(&known);
    let tool = tool(&known);
    // The same changes by hand and left in place are not called a test.
    let likely = tool.is_some() || undone.is_some() && (grouped.is_some() || named.is_some());
    Intentional { likely, reasons: [tool, grouped, undone, named].into_iter().flatten().collect() }
}

fn event(act: &Act) -> Option<&ActEvent> {
    act.event()
}

/// One actor, within seconds.
fn together(acts: &[(&Act, Option<&Act>)]) -> Option<Reason> {
    let events: Vec<&ActEvent> = acts.iter().filter_map(|(act, _)| event(act)).collect();
    let first = events.iter().min_by_key(|event| event.at)?;
    let last = events.iter().max_by_key(|event| event.at)?;
    let is_one = events.iter().all(|event| event.info.actor.arn == first.info.actor.arn);
    let seconds = last.at.seconds_since(first.at);
    if events.len() < 2 || events.len() < acts.len() || !is_one || seconds > TOGETHER_SECONDS_MAX {
        return None;
    }
    let cites = acts.iter().map(|(act, _)| act.cites.clone()).reduce(|a, b| a.and(&b))?;
    let text = format!("{} made {} changes within {seconds} s", short_actor(&first.info.actor), events.len());
    Some(Reason { text, cites })
}

/// All undone by whoever made them, within minutes.
fn undone(acts: &[(&Act, Option<&Act>)]) -> Option<Reason> {
    let mut longest = 0;
    let mut cites = None;
    for (broke, undid) in acts {
        let undid = (*undid)?;
        let (made, back) = (event(broke)?, event(undid)?);
        let seconds = back.at.seconds_since(made.at);
        if made.info.actor.arn != back.info.actor.arn || !(0..=UNDONE_SECONDS_MAX).contains(&seconds) {
            return None;
        }
        longest = longest.max(seconds);
        let both = broke.cites.and(&undid.cites);
        cites = Some(cites.map_or(both.clone(), |known: butfor_incident::Cites| known.and(&both)));
    }
    let who = acts.first().and_then(|(act, _)| event(act)).map(|event| short_actor(&event.info.actor))?;
    Some(Reason { text: format!("{who} undid all of it {longest} s later"), cites: cites? })
}

/// Names that experiments go by, on the actor or on what was set.
fn named(acts: &[(&Act, Option<&Act>)]) -> Option<Reason> {
    for (act, _) in acts {
        let actor = event(act).map(|event| event.info.actor.arn.clone());
        let set = act.delta.edits.iter().flat_map(texts_of);
        let telling = actor.into_iter().chain(set).find(|text| is_telling(text));
        if let Some(text) = telling {
            let short = text.rsplit(['/', ':']).next().unwrap_or(&text).to_owned();
            return Some(Reason {
                text: format!("the name `{short}` speaks of a test"),
                cites: act.cites.clone(),
            });
        }
    }
    None
}

fn texts_of(edit: &Edit) -> Vec<String> {
    let value = match &edit.after {
        State::Present(Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    value.into_iter().chain(edit.facet.element.clone()).collect()
}

fn is_telling(text: &str) -> bool {
    let words: BTreeSet<String> = names::words(text);
    TELLING.iter().any(|word| words.contains(*word))
}

/// A tool whose job is to break things.
fn tool(acts: &[(&Act, Option<&Act>)]) -> Option<Reason> {
    acts.iter().find_map(|(act, _)| {
        let actor = &event(act)?.info.actor;
        let agent = actor.user_agent.as_deref().unwrap_or_default();
        let source = actor.source_ip.as_deref().unwrap_or_default();
        let is_fis = [agent, source].iter().any(|text| text.contains("fis.amazonaws.com"))
            || actor.arn.contains("/AWSFIS");
        is_fis.then(|| Reason {
            text: "AWS Fault Injection Service made the change".to_owned(),
            cites: act.cites.clone(),
        })
    })
}
