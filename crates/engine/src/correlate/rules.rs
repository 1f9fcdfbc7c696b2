//! The rules that look at one incident and one alarm.

use super::application::Application;
use super::dependencies::Dependencies;
use super::explained;
use super::profile::{Footprint, Profile};
use super::{Arrival, Arriving, Explained, Rule, WINDOW_S};
use butfor_incident::Timestamp;

/// Longest piece of an alarm's own words in a reason, in characters.
const QUOTED_MAX: usize = 120;

/// An open incident, ready to be compared.
pub(super) struct Seen<'a> {
    pub(super) id: i64,
    pub(super) opened_at: Timestamp,
    pub(super) explained: Option<&'a Explained>,
    pub(super) profile: &'a Profile,
    /// Applications that its proven causes affect.
    pub(super) affected: &'a [Application],
}

/// What the rules say of one incident.
pub(super) enum Judgement {
    Link(Rule, String),
    /// It would be linked, but for what is proven.
    Against(String),
    /// Of the same application, but not in time.
    Late(String),
    Nothing,
}

/// Applies rules 4 to 6.
pub(super) fn judge(
    seen: &Seen<'_>,
    arrival: &Arrival,
    footprint: &Footprint,
    dependencies: &Dependencies,
) -> Judgement {
    let id = seen.id;
    // A change is no symptom: no cause explains or contradicts it.
    let explained =
        seen.explained.filter(|explained| !explained.causes.is_empty() && arrival.state != Arriving::Change);
    if let Some(reason) =
        explained.and_then(|explained| explained::explains(explained, footprint, arrival, dependencies))
    {
        return Judgement::Link(Rule::OneChange, format!("explained by incident {id}: {reason}"));
    }
    let when = Received::read(arrival, seen.opened_at);
    let application = seen.profile.application(footprint);
    if !when.is_in_window() {
        return match application {
            Some(common) => Judgement::Late(format!(
                "incident {id} is of the {}, but this alarm was received {}: outside the window of {WINDOW_S} s",
                common.text,
                when.text()
            )),
            None => Judgement::Nothing,
        };
    }
    let found = application
        .map(|common| (Rule::SameApplication, common))
        .or_else(|| Some((Rule::SharedDependency, seen.profile.dependency(footprint, dependencies)?)));
    let Some((rule, common)) = found else { return Judgement::Nothing };
    if let Some(reason) = explained.and_then(|explained| {
        explained::contradicts(explained, footprint, arrival, dependencies, seen.affected)
    }) {
        return Judgement::Against(format!(
            "not part of incident {id} in spite of {}: {reason}",
            common.text
        ));
    }
    let with = match common.with {
        Some(name) => format!("as alarm {} of incident {id}", quoted(&name)),
        None => format!("as incident {id}"),
    };
    Judgement::Link(rule, format!("{} {with}, received {} (window {WINDOW_S} s)", common.text, when.text()))
}

/// How long after an incident's first alarm another was received.
pub(super) struct Received {
    after_ms: i64,
}

impl Received {
    pub(super) fn read(arrival: &Arrival, opened_at: Timestamp) -> Self {
        Self { after_ms: arrival.received_at.as_millis() - opened_at.as_millis() }
    }

    /// Two receivers' clocks may put the second alarm before the first.
    pub(super) fn is_in_window(&self) -> bool {
        self.after_ms.abs() <= WINDOW_S * 1000
    }

    /// `12 s after its first alarm`.
    pub(super) fn text(&self) -> String {
        let ms = self.after_ms.abs();
        let seconds = if ms % 1000 == 0 {
            format!("{} s", ms / 1000)
        } else {
            format!("{}.{:03} s", ms / 1000, ms % 1000)
        };
        let relation = if self.after_ms < 0 { "before" } else { "after" };
        format!("{seconds} {relation} its first alarm")
    }
}

/// The word for a state, as reasons have it.
pub(super) fn state_text(state: &Arriving) -> String {
    match state {
        Arriving::Trigger => "ALARM".to_owned(),
        Arriving::Update => "an update".to_owned(),
        Arriving::Resolve => "OK".to_owned(),
        Arriving::Suppressed { by } if by.is_empty() => "suppressed".to_owned(),
        Arriving::Suppressed { by } => format!("suppressed by {}", quoted(by)),
        Arriving::Change => "a change".to_owned(),
    }
}

/// Words of a sender, in backticks and not too long.
pub(super) fn quoted(text: &str) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(QUOTED_MAX).collect();
    let rest = if chars.next().is_some() { "..." } else { "" };
    format!("`{head}{rest}`")
}
