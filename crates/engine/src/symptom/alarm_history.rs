//! State changes of alarms, from `DescribeAlarmHistory`.

use crate::lenient::or_default;
use butfor_incident::{Body, CaseFile, EvidenceId, Timestamp};
use serde::Deserialize;

/// One state change of an alarm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AlarmTransition {
    pub at: Timestamp,
    pub alarm: String,
    /// `Alarm updated from OK to ALARM`.
    pub summary: String,
    pub evidence: EvidenceId,
}

impl AlarmTransition {
    /// Whether the alarm went back to OK.
    pub(crate) fn is_recovery(&self) -> bool {
        self.summary.ends_with("to OK")
    }
}

/// Reads every alarm history of a case, in order of time.
pub(crate) fn read(case: &CaseFile) -> Vec<AlarmTransition> {
    let mut all = Vec::new();
    for evidence in &case.evidence {
        let Body::Call(output) = &evidence.body else { continue };
        if evidence.query.operation != "DescribeAlarmHistory" {
            continue;
        }
        let Ok(answer) = serde_json::from_str::<Output>(output) else { continue };
        all.extend(answer.items.into_iter().filter(|item| item.kind == "StateUpdate").filter_map(|item| {
            Some(AlarmTransition {
                at: Timestamp::parse(&item.at).ok()?,
                alarm: item.alarm,
                summary: item.summary,
                evidence: evidence.id(),
            })
        }));
    }
    all.sort();
    all.dedup_by(|a, b| (a.at, &a.alarm, &a.summary) == (b.at, &b.alarm, &b.summary));
    all
}

#[derive(Deserialize)]
struct Output {
    #[serde(rename = "AlarmHistoryItems", default, deserialize_with = "or_default")]
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "AlarmName", default, deserialize_with = "or_default")]
    alarm: String,
    #[serde(rename = "Timestamp", default, deserialize_with = "or_default")]
    at: String,
    #[serde(rename = "HistoryItemType", default, deserialize_with = "or_default")]
    kind: String,
    #[serde(rename = "HistorySummary", default, deserialize_with = "or_default")]
    summary: String,
}
