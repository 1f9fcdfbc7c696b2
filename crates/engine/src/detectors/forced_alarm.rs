//! `forced-alarm`: an alarm that somebody set by hand.
//!
//! SetAlarmState is recorded in CloudTrail, its reason is free text, the metric does not move, and the next evaluation
//! takes the alarm back. All signs found are named.

use super::Finding;
use crate::act::short_actor;
use crate::scene::Scene;
use butfor_incident::{Cites, Reason, Timestamp};
use serde_json::Value;

/// A SetAlarmState call takes effect at once; the alert's own time is when it did.
const SET_BEFORE_SECONDS_MAX: i64 = 120;

/// Finds the SetAlarmState call behind an alert.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    find(scene).map(Finding::Forced).into_iter().collect()
}

/// A forced alarm, with the signs.
pub(crate) struct Forced {
    pub alarm: String,
    pub actor: String,
    pub at: Timestamp,
    pub signs: Vec<Reason>,
}

fn text<'a>(request: &'a Value, member: &str) -> Option<&'a str> {
    request.get(member).and_then(Value::as_str)
}

fn find(scene: &Scene<'_>) -> Option<Forced> {
    for alert in &scene.symptom.alerts {
        let call = scene.history.other_events().iter().find(|event| {
            event.info.event_name == "SetAlarmState"
                && text(&event.request, "AlarmName").is_some_and(|name| name == alert.name)
                && text(&event.request, "StateValue").is_none_or(|state| state == "ALARM")
                && alert.at.is_none_or(|at| {
                    (0..=SET_BEFORE_SECONDS_MAX).contains(&at.seconds_since(event.at))
                        || at.seconds_since(event.at).abs() <= 2
                })
        });
        let Some(call) = call else { continue };
        let actor = short_actor(&call.info.actor);
        let mut signs = vec![Reason {
            text: format!("{actor} called SetAlarmState on {} at {}", alert.name, call.at),
            cites: call.cites.clone(),
        }];
        if let Some(reason) = alert.reason.as_ref().filter(|reason| !reason.starts_with("Threshold Crossed"))
        {
            signs.push(Reason {
                text: format!("the state reason is free text (`{reason}`), not a crossed threshold"),
                cites: alert.cites.clone(),
            });
        }
        let flat = scene.symptom.alarm_series().find(|series| {
            series.points.len() > 1 && alert.at.is_some_and(|at| series.rise_before(at).is_none())
        });
        if let Some(series) = flat {
            signs.push(Reason {
                text: format!("the alarm's metric {} did not move", series.metric.name),
                cites: Cites::one(series.evidence),
            });
        }
        let back = scene.symptom.transitions.iter().find(|one| {
            one.alarm == alert.name && one.is_recovery() && alert.at.is_some_and(|at| one.at > at)
        });
        if let Some(back) = back {
            signs.push(Reason {
                text: format!("the alarm returned to OK at {}", back.at),
                cites: Cites::one(back.evidence),
            });
        }
        return Some(Forced { alarm: alert.name.clone(), actor, at: call.at, signs });
    }
    None
}
