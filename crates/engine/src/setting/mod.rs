//! Settings: what a function must be configured as, told by what its log and its metrics say.
//!
//! The third kind of thing that can be asked of a world, beside flows and requests. A log line names the variable that is missing; throttles
//! say that too little concurrency is reserved; a time-out or a full memory speaks of a limit. Whether a world has the setting as it must be
//! is a look at one facet; which act took it away is found by undoing acts, as everywhere.

mod collect;

use crate::act::Act;
use crate::impact::{Undoing, begins_by, candidates, restoring};
use crate::symptom::Symptom;
use crate::symptom::facts::Saying;
use butfor_incident::{EvidenceId, Timestamp};
use butfor_world::{Facet, ResourceKey, State, World};

/// Clocks differ by seconds, and CloudTrail dates a call by its second.
const TOLERANCE_SECONDS: i64 = 30;

/// How a setting must be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Need {
    /// It must be there.
    Set,
    /// No less than before: none at all means no limit.
    NoLessThan(State),
    /// As it was before.
    AsBefore(State),
}

/// One setting that a symptom speaks of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting {
    pub key: ResourceKey,
    pub facet: Facet,
    pub need: Need,
    /// What the log or the metric says.
    pub saying: Saying,
    /// Since when.
    pub since: Timestamp,
    /// Whether the alerts are about it.
    pub is_tied: bool,
    pub evidence: Vec<EvidenceId>,
}

impl Setting {
    /// Whether a world has it as it must be; `None` where the world does not tell.
    pub(crate) fn works(&self, world: &World) -> Option<bool> {
        let state = world.state(&self.key, &self.facet);
        match (&self.need, &state) {
            (_, State::Unknown) => None,
            (Need::Set, State::Present(_)) => Some(true),
            (Need::Set, State::Absent) => Some(false),
            (Need::NoLessThan(before), now) => at_least(now, before),
            (Need::AsBefore(State::Unknown), _) => None,
            (Need::AsBefore(before), _) => Some(match before {
                State::Present(_) => world.holds(&self.key, &self.facet, before),
                _ => state == *before,
            }),
        }
    }

    /// `function orders`.
    pub(crate) fn label(&self) -> String {
        crate::wording::function(&self.key.id)
    }
}

/// Whether a limit is no lower than it was; no limit is the highest.
fn at_least(now: &State, before: &State) -> Option<bool> {
    let limit = |state: &State| match state {
        State::Absent => Some(f64::INFINITY),
        State::Present(value) => value.as_f64().or_else(|| value.as_str()?.parse().ok()),
        State::Unknown => None,
    };
    match (limit(now)?, limit(before)) {
        // A function whose reserved concurrency is 0 runs nothing (Lambda Developer Guide, reserved concurrency).
        (0.0, _) => Some(false),
        (now, Some(before)) => Some(now >= before),
        (_, None) => None,
    }
}

/// A setting that is wrong now.
pub(crate) struct Wrong {
    pub setting: Setting,
    /// The acts whose undoing sets it right.
    pub acts: Vec<usize>,
    /// The one act that touched it before it was seen to be wrong, where no record tells what it was before.
    pub touched_by: Option<usize>,
}

/// Every setting that symptoms speak of.
#[derive(Default)]
pub(crate) struct Settings {
    pub wrong: Vec<Wrong>,
    pub right: Vec<Setting>,
}

impl Settings {
    /// Whether nothing speaks of any setting.
    pub(crate) fn is_empty(&self) -> bool {
        self.wrong.is_empty() && self.right.is_empty()
    }
}

/// Looks at every setting in the world of now, and finds the acts that made it wrong.
pub(crate) fn assess(
    now: &World,
    before: &World,
    acts: &[Act],
    symptom: &Symptom,
    tied: &dyn Fn(&str) -> bool,
) -> Settings {
    let mut all = Settings::default();
    let mut undoing = Undoing::new(now, acts);
    let candidates = candidates(now, acts);
    for setting in collect::settings(now, before, symptom, tied) {
        match setting.works(now) {
            Some(false) => {
                let is_late = |index: &usize| {
                    let since = setting.since.plus_seconds(TOLERANCE_SECONDS);
                    let began = [Some(since), symptom.alarm_at()];
                    acts.get(*index)
                        .is_some_and(|act| began.into_iter().flatten().any(|at| !begins_by(act, at)))
                };
                let timely: Vec<usize> = candidates.iter().copied().filter(|index| !is_late(index)).collect();
                let mut works = |world: &World| setting.works(world) == Some(true);
                let (found, _) = restoring(&mut undoing, &timely, &mut works);
                let touched_by = if found.is_empty() { touched(acts, &setting, &is_late) } else { None };
                all.wrong.push(Wrong { setting, acts: found, touched_by });
            }
            Some(true) => all.right.push(setting),
            None => {}
        }
    }
    all
}

/// How long before it was seen to be wrong a setting may have been touched.
const TOUCHED_BEFORE_SECONDS: i64 = 2 * 3600;

/// The act that may have made a setting wrong though its record does not tell what was before: the only one of its kind shortly before.
/// Of two nobody knows which it was.
fn touched(acts: &[Act], setting: &Setting, is_late: &dyn Fn(&usize) -> bool) -> Option<usize> {
    let since = setting.since.plus_seconds(-TOUCHED_BEFORE_SECONDS);
    let touches = |edit: &butfor_world::Edit| {
        edit.resource == setting.key
            && edit.before == State::Unknown
            && setting.facet.member.starts_with(&edit.facet.member)
            && !edit.facet.member.is_empty()
    };
    let is_it = |(index, act): &(usize, &Act)| {
        act.at() >= since && !is_late(index) && act.delta.edits.iter().any(touches)
    };
    let mut found = acts.iter().enumerate().filter(is_it).map(|(index, _)| index);
    found.next().filter(|_| found.next().is_none())
}
