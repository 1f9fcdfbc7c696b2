//! What was seen to fail, before anything is said about why.

pub(crate) mod alarm_history;
pub(crate) mod conversations;
pub(crate) mod denials;
pub(crate) mod exchanges;
pub(crate) mod facts;
pub(crate) mod log_answers;
mod log_query;
pub(crate) mod logs;
pub(crate) mod metrics;

use crate::names;
use crate::telemetry::Traces;
use alarm_history::AlarmTransition;
use butfor_incident::{Alert, CaseFile, Timestamp};
use butfor_world::History;
use conversations::Conversations;
use denials::SeenDenial;
use exchanges::Exchanges;
use facts::LoggedFact;
use logs::{FailureKind, LogTarget, Logs};
use metrics::Series;
use std::collections::{BTreeMap, BTreeSet};

/// What a log first said longer before the alarm than this is not what the alarm is about.
const FACTS_BEFORE_ALARM_SECONDS: i64 = 30 * 60;

/// Alerts, logs, metrics and flow logs of one case, parsed once.
pub(crate) struct Symptom {
    pub alerts: Vec<Alert>,
    pub logs: Logs,
    pub series: Vec<Series>,
    pub conversations: Conversations,
    pub transitions: Vec<AlarmTransition>,
    pub denials: Vec<SeenDenial>,
    pub facts: Vec<LoggedFact>,
    pub exchanges: BTreeMap<String, Exchanges>,
    pub traces: Traces,
}

impl Symptom {
    /// Reads a case.
    pub(crate) fn read(case: &CaseFile, history: &History, alerts: Vec<Alert>) -> Self {
        let answers = log_answers::read(case);
        Self {
            alerts,
            logs: logs::read(&answers),
            series: metrics::read(case),
            conversations: Conversations::read(case),
            transitions: alarm_history::read(case),
            denials: denials::read(&answers, history),
            facts: facts::read(&answers),
            exchanges: exchanges::read(&answers),
            traces: Traces::read(case),
        }
    }

    /// When the first alert fired.
    pub(crate) fn alarm_at(&self) -> Option<Timestamp> {
        self.alerts.iter().filter_map(|alert| alert.at).min()
    }

    /// The earliest sign of trouble: the first logged network failure that goes on until the alarm, or the first unusual
    /// point of the alarm's own metric.
    pub(crate) fn onset(&self) -> Option<Timestamp> {
        let alarm_at = self.alarm_at()?;
        let logged = self.network_failures().map(|failure| failure.since(alarm_at)).min();
        let metric =
            self.alarm_series().filter_map(|series| series.rise_before(alarm_at)).map(|(at, _)| at).min();
        [Some(alarm_at), logged, metric].into_iter().flatten().min()
    }

    /// Series of the metrics the alarms watch.
    pub(crate) fn alarm_series(&self) -> impl Iterator<Item = &Series> {
        self.series.iter().filter(|series| {
            self.alerts.iter().any(|alert| {
                alert.metrics.contains(&series.metric)
                    && alert.account.as_ref().is_none_or(|account| *account == series.account)
                    && alert.region.as_ref().is_none_or(|region| *region == series.region)
            })
        })
    }

    /// Logged failures that a network fault can cause.
    pub(crate) fn network_failures(&self) -> impl Iterator<Item = &logs::LoggedFailure> {
        self.logs
            .failures
            .iter()
            .filter(|failure| matches!(failure.kind, FailureKind::TimedOut | FailureKind::Unreachable))
    }

    /// Whether the logs speak of failures, and only of kinds that the network does not cause: a refusal comes from a host
    /// that was reached, a denial from a policy.
    pub(crate) fn excludes_network(&self) -> bool {
        !self.logs.failures.is_empty() && self.network_failures().next().is_none()
    }

    /// Since when what a log says can be what the alarm is about.
    pub(crate) fn facts_since(&self) -> Option<Timestamp> {
        self.alarm_at().map(|alarm_at| alarm_at.plus_seconds(-FACTS_BEFORE_ALARM_SECONDS))
    }

    /// What logs say in known words since shortly before the alarm.
    pub(crate) fn recent_facts(&self) -> impl Iterator<Item = &LoggedFact> {
        let since = self.facts_since();
        self.facts
            .iter()
            .filter(move |fact| fact.first().is_some_and(|first| since.is_none_or(|since| first >= since)))
    }

    /// Targets that an alert's own text names (`... against db.example:5432`).
    pub(crate) fn alert_targets(&self) -> Vec<LogTarget> {
        let texts =
            self.alerts.iter().flat_map(|alert| [alert.description.as_deref(), alert.reason.as_deref()]);
        let mut all: Vec<LogTarget> = texts.flatten().flat_map(logs::targets).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Ids that the alerts' dimensions name.
    pub(crate) fn alert_ids(&self) -> BTreeSet<String> {
        let dimensions =
            self.alerts.iter().flat_map(|alert| &alert.metrics).flat_map(|metric| metric.dimensions.values());
        dimensions.cloned().collect()
    }

    /// Words of the alerts.
    pub(crate) fn alert_words(&self) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        for alert in &self.alerts {
            words.extend(names::words(&alert.name));
            words.extend(alert.description.iter().flat_map(|text| names::words(text)));
            for metric in &alert.metrics {
                words.extend(names::words(&metric.namespace));
                words.extend(names::words(&metric.name));
                words.extend(metric.dimensions.values().flat_map(|value| names::words(value)));
            }
        }
        words
    }
}
