//! Playing recorded alarms through correlation.

pub(crate) mod input;
pub(crate) mod text;

use butfor_engine::correlate::{Arrival, Arriving, Correlator, Decision, Dependencies, OpenIncident, Rule};
use butfor_incident::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Seconds an incident stays open after its last alarm went back to OK: an alarm that flaps is not a new incident.
const HOLD_S: i64 = 600;

/// An alarm and where it was read.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// `alerts.jsonl:7`, `alerts.json[3]`.
    pub(crate) place: String,
    pub(crate) arrival: Arrival,
}

/// What became of one alarm.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) recorded: Recorded,
    /// `None` for the alarm that opened the incident, and for one that was skipped.
    pub(crate) rule: Option<Rule>,
    pub(crate) reason: String,
}

/// An incident the alarms would have become.
#[derive(Debug)]
pub(crate) struct Became {
    pub(crate) id: i64,
    /// In order of arrival; the first opened it.
    pub(crate) steps: Vec<Step>,
}

/// What all of them would have become.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    pub(crate) incidents: Vec<Became>,
    pub(crate) skipped: Vec<Step>,
}

/// When an incident would be closed.
#[derive(Debug)]
struct Life {
    last: Timestamp,
    /// Keys of alarms that are not OK.
    firing: BTreeSet<String>,
}

/// Plays alarms in the order they were received; `close_after` is how long an incident stays open without any news.
pub(crate) fn play(
    mut arrivals: Vec<Recorded>,
    dependencies: &Dependencies,
    close_after: Duration,
) -> Replay {
    // The sort is stable: what came at the same moment stays in the order of the file.
    arrivals.sort_by_key(|one| one.arrival.received_at);
    let quiet = i64::try_from(close_after.as_secs()).unwrap_or(i64::MAX);
    let mut correlator = Correlator::new(std::sync::Arc::new(dependencies.clone()));
    let mut open: BTreeMap<i64, Life> = BTreeMap::new();
    let mut replay = Replay::default();
    for recorded in arrivals {
        let now = recorded.arrival.received_at;
        open.retain(|id, life| {
            let stays = if life.firing.is_empty() { HOLD_S.min(quiet) } else { quiet };
            let is_open = now.seconds_since(life.last) <= stays;
            if !is_open {
                correlator.close(*id);
            }
            is_open
        });
        let arrival = recorded.arrival.clone();
        match correlator.decide(&arrival) {
            Decision::Open { reason } => {
                let id =
                    i64::try_from(replay.incidents.len()).map_or(i64::MAX, |count| count.saturating_add(1));
                open.insert(id, Life { last: now, firing: BTreeSet::from([arrival.key.clone()]) });
                correlator.open(incident(id, arrival));
                replay.incidents.push(Became { id, steps: vec![Step { recorded, rule: None, reason }] });
            }
            Decision::Link { incident, rule, reason } => {
                if let Some(life) = open.get_mut(&incident) {
                    life.hear(&arrival);
                }
                correlator.link(incident, arrival);
                // Incidents are numbered from 1 in the order they open.
                let index = usize::try_from(incident - 1).ok();
                if let Some(became) = index.and_then(|index| replay.incidents.get_mut(index)) {
                    became.steps.push(Step { recorded, rule: Some(rule), reason });
                }
            }
            Decision::Skip { reason } => replay.skipped.push(Step { recorded, rule: None, reason }),
        }
    }
    replay
}

impl Life {
    fn hear(&mut self, arrival: &Arrival) {
        self.last = arrival.received_at;
        match arrival.state {
            Arriving::Trigger => {
                self.firing.insert(arrival.key.clone());
            }
            Arriving::Resolve | Arriving::Suppressed { .. } => {
                self.firing.remove(&arrival.key);
            }
            Arriving::Update | Arriving::Change => {}
        }
    }
}

fn incident(id: i64, first: Arrival) -> OpenIncident {
    OpenIncident {
        id,
        opened_at: first.received_at,
        application: None,
        is_test: first.is_test,
        members: vec![first],
        unlinked_keys: Vec::new(),
        explained: None,
    }
}
