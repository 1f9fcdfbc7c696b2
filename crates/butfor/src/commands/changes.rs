//! `butfor changes`: who changed what, oldest first.

use crate::cli::{Changes, Format};
use crate::output::{self, Outcome, printable};
use crate::progress::Progress;
use anstyle::{AnsiColor, Style};
use butfor_incident::Actor;
use butfor_world::{Edit, EventInfo, History, State, When, facets};
use serde_json::{Value, json};
use std::fmt::Write;

const STRONG: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const FAILED: Style = AnsiColor::Yellow.on_default();

/// Longest value shown on a terminal; JSON has all of it.
const VALUE_MAX: usize = 60;

pub(super) fn run(asked: &Changes) -> anyhow::Result<Outcome> {
    let mut progress = Progress::new();
    let bundle = super::read(&asked.path, &mut progress)?;
    progress.step(0, 1, "reading the changes");
    let history = History::read(&bundle.case);
    let entries = entries(&history);
    drop(progress);
    let printed = match asked.format {
        Format::Json => {
            let changes: Vec<_> = entries.iter().map(Entry::json).collect();
            output::print(&json!({"changes": changes}).to_string())
        }
        Format::Terminal if entries.is_empty() => output::print("no recorded changes"),
        Format::Terminal => output::print_styled(&entries.iter().map(Entry::text).collect::<String>()),
    };
    let sound = super::tell(&bundle, &history);
    printed?;
    Ok(Outcome::of_input(sound))
}

/// One line of the timeline.
struct Entry<'a> {
    when: When,
    event: Option<&'a EventInfo>,
    edits: &'a [Edit],
    /// Why the call changed nothing.
    error: Option<&'a str>,
}

/// Changes, calls that were refused, and writes of services that are not modelled, by time.
fn entries(history: &History) -> Vec<Entry<'_>> {
    let changes = history.changes().iter().map(|change| Entry {
        when: change.when,
        event: change.event.as_ref(),
        edits: &change.delta.edits,
        error: None,
    });
    let attempts = history.attempts().iter().map(|attempt| Entry {
        when: When::At(attempt.at),
        event: Some(&attempt.info),
        edits: &attempt.would,
        error: Some(&attempt.code),
    });
    let others = history.other_events().iter().map(|other| Entry {
        when: When::At(other.at),
        event: Some(&other.info),
        edits: &[],
        error: None,
    });
    let mut entries: Vec<_> = changes.chain(attempts).chain(others).collect();
    entries.sort_by_key(|entry| (entry.when.latest(), entry.event.map(|event| event.event_id.clone())));
    entries
}

impl Entry<'_> {
    fn json(&self) -> Value {
        let (at, after) = match self.when {
            When::At(at) => (at, None),
            When::Between(after, at) => (at, Some(after)),
        };
        json!({
            "at": at.to_string(),
            "after": after.map(|after| after.to_string()),
            "event_id": self.event.map(|event| &event.event_id),
            "event_name": self.event.map(|event| &event.event_name),
            "account": self.event.map(|event| &event.account),
            "region": self.event.map(|event| &event.region),
            "actor": self.event.map(|event| actor(&event.actor)),
            "error": self.error,
            "edits": self.edits.iter().map(edit).collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let at = self.when.latest();
        let _ = write!(out, "{DIM}{} {}{DIM:#}  ", at.date(), at.clock());
        let _ = match (self.event, self.when) {
            (Some(event), _) => write!(
                out,
                "{STRONG}{}{STRONG:#} by {} {DIM}in {} {}{DIM:#}",
                printable(&event.event_name),
                printable(&name(&event.actor)),
                printable(&event.account),
                printable(&event.region)
            ),
            (None, When::Between(after, _)) => {
                write!(out, "{STRONG}observed{STRONG:#}, some time after {after}")
            }
            (None, _) => write!(out, "{STRONG}observed{STRONG:#}"),
        };
        if let Some(error) = self.error {
            let _ = write!(out, "  {FAILED}failed ({}), nothing changed{FAILED:#}", printable(error));
        }
        out.push('\n');
        for edit in self.edits {
            let _ = writeln!(out, "    {}", printable(&describe(edit)));
        }
        out
    }
}

fn actor(actor: &Actor) -> Value {
    json!({
        "type": actor.kind,
        "arn": actor.arn,
        "session": actor.session,
        "source_ip": actor.source_ip,
        "user_agent": actor.user_agent,
    })
}

/// The session, or the last part of the ARN.
fn name(actor: &Actor) -> String {
    let last = actor.arn.rsplit('/').next().unwrap_or_default();
    [actor.session.as_deref().unwrap_or_default(), last, &actor.kind]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or("somebody")
        .to_owned()
}

fn edit(edit: &Edit) -> Value {
    json!({
        "type": edit.resource.kind,
        "id": edit.resource.id,
        "member": edit.facet.member,
        "element": edit.facet.element,
        "before": state(edit, &edit.before),
        "after": state(edit, &edit.after),
    })
}

/// `{"state": "absent | present | unknown", "value": ...}`; what may be a secret has no value.
fn state(edit: &Edit, state: &State) -> Value {
    match state {
        State::Absent => json!({"state": "absent"}),
        State::Present(value) if facets::is_secret(&edit.facet, value) => json!({"state": "present"}),
        State::Present(value) => json!({"state": "present", "value": value}),
        State::Unknown => json!({"state": "unknown"}),
    }
}

/// `rtb-1 Routes 0.0.0.0/0 removed`.
fn describe(edit: &Edit) -> String {
    let parts =
        [edit.resource.id.as_str(), &edit.facet.member, edit.facet.element.as_deref().unwrap_or_default()];
    let what = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    match (&edit.before, &edit.after) {
        (State::Absent, State::Present(_)) => format!("{what} added"),
        (_, State::Absent) => format!("{what} removed"),
        (State::Present(value), _) | (_, State::Present(value)) if facets::is_secret(&edit.facet, value) => {
            format!("{what} changed")
        }
        (State::Present(before), State::Present(after)) if is_short(before) && is_short(after) => {
            format!("{what} {before} -> {after}")
        }
        (_, State::Present(after)) if is_short(after) => format!("{what} set to {after}"),
        _ => format!("{what} changed"),
    }
}

fn is_short(value: &Value) -> bool {
    !value.is_object() && value.to_string().len() <= VALUE_MAX
}
