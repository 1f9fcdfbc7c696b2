//! Metric series as recorded, and when one left its usual range.

use crate::lenient::or_default;
use butfor_incident::{Body, CaseFile, EvidenceId, MetricRef, Timestamp};
use butfor_signals::metrics as signal;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One series of `GetMetricData`.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub metric: MetricRef,
    /// `Sum`, `Average`, `p99`.
    pub statistic: String,
    /// Length of a point's period.
    pub period_s: u32,
    pub account: String,
    pub region: String,
    /// In order of time.
    pub points: Vec<(Timestamp, f64)>,
    pub evidence: EvidenceId,
}

impl Series {
    /// The first point of the run that leads up to `alarm_at` with every value above all of the first half of the points
    /// before it. `None` when the series does not end in such a run.
    ///
    /// Deliberately plain: it dates a symptom for the timeline; causes never depend on it.
    pub(crate) fn rise_before(&self, alarm_at: Timestamp) -> Option<(Timestamp, f64)> {
        let before: Vec<_> = self.points.iter().filter(|(at, _)| *at <= alarm_at).collect();
        let (first, second) = before.split_at(before.len() / 2);
        let usual = first.iter().map(|(_, value)| *value).reduce(f64::max)?;
        let run = second.iter().rev().take_while(|(_, value)| *value > usual);
        run.last().map(|(at, value)| (*at, *value))
    }

    /// The first of the final run of zeros, when the series was never zero before it.
    pub(crate) fn fell_to_zero(&self) -> Option<Timestamp> {
        let quiet = self.points.iter().rev().take_while(|(_, value)| *value == 0.0).count();
        let busy = self.points.len() - quiet;
        let was_busy = busy > 0 && self.points.iter().take(busy).all(|(_, value)| *value > 0.0);
        if !was_busy {
            return None;
        }
        self.points.get(busy).map(|(at, _)| *at)
    }

    /// The same as the statistics library reads it.
    pub(crate) fn to_signal(&self) -> signal::Series {
        let statistic = signal::Statistic::parse(&self.statistic);
        let points = self.points.iter().map(|(at, value)| (at.as_millis().div_euclid(1000), *value));
        signal::Series::new(statistic, self.period_s, points)
    }

    /// `AWS/Lambda Errors of list-orders`.
    pub(crate) fn label(&self) -> String {
        let of: Vec<&str> = self.metric.dimensions.values().map(String::as_str).collect();
        let of = if of.is_empty() { String::new() } else { format!(" of {}", of.join(", ")) };
        format!("{} {}{of}", self.metric.namespace, self.metric.name)
    }

    /// The largest value at or after `since`.
    pub(crate) fn max_since(&self, since: Timestamp) -> Option<f64> {
        self.points.iter().filter(|(at, _)| *at >= since).map(|(_, value)| *value).reduce(f64::max)
    }
}

/// Reads every `GetMetricData` answer of a case.
pub(crate) fn read(case: &CaseFile) -> Vec<Series> {
    let mut all = Vec::new();
    for evidence in &case.evidence {
        let Body::Call(output) = &evidence.body else { continue };
        if evidence.query.operation != "GetMetricData" {
            continue;
        }
        let Ok(asked) = serde_json::from_str::<Parameters>(&evidence.query.parameters) else { continue };
        let Ok(answer) = serde_json::from_str::<Output>(output) else { continue };
        for result in answer.results {
            let Some(stat) =
                asked.queries.iter().find(|query| query.id == result.id).and_then(|q| q.stat.as_ref())
            else {
                continue;
            };
            let mut points: Vec<_> = result
                .timestamps
                .iter()
                .zip(&result.values)
                .filter_map(|(at, value)| Some((Timestamp::parse(at).ok()?, *value)))
                .collect();
            points.sort_by_key(|(at, _)| *at);
            all.push(Series {
                metric: stat.metric.to_ref(),
                statistic: stat.statistic.clone(),
                period_s: stat.period_s.max(1),
                account: evidence.query.account.clone(),
                region: evidence.query.region.clone(),
                points,
                evidence: evidence.id(),
            });
        }
    }
    all.sort_by(|a, b| {
        (&a.metric, &a.account, &a.region, a.evidence).cmp(&(&b.metric, &b.account, &b.region, b.evidence))
    });
    all
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(rename = "MetricDataQueries", default, deserialize_with = "or_default")]
    queries: Vec<MetricQuery>,
}

#[derive(Deserialize)]
struct MetricQuery {
    #[serde(rename = "Id", default, deserialize_with = "or_default")]
    id: String,
    #[serde(rename = "MetricStat")]
    stat: Option<MetricStat>,
}

#[derive(Deserialize)]
struct MetricStat {
    #[serde(rename = "Metric")]
    metric: MetricName,
    #[serde(rename = "Stat", default, deserialize_with = "or_default")]
    statistic: String,
    #[serde(rename = "Period", default, deserialize_with = "or_default")]
    period_s: u32,
}

#[derive(Deserialize)]
struct MetricName {
    #[serde(rename = "Namespace", default, deserialize_with = "or_default")]
    namespace: String,
    #[serde(rename = "MetricName", default, deserialize_with = "or_default")]
    name: String,
    #[serde(rename = "Dimensions", default, deserialize_with = "or_default")]
    dimensions: Vec<Dimension>,
}

impl MetricName {
    fn to_ref(&self) -> MetricRef {
        let dimensions: BTreeMap<_, _> =
            self.dimensions.iter().map(|one| (one.name.clone(), one.value.clone())).collect();
        MetricRef { namespace: self.namespace.clone(), name: self.name.clone(), dimensions }
    }
}

#[derive(Deserialize)]
struct Dimension {
    #[serde(rename = "Name", default, deserialize_with = "or_default")]
    name: String,
    #[serde(rename = "Value", default, deserialize_with = "or_default")]
    value: String,
}

#[derive(Deserialize)]
struct Output {
    #[serde(rename = "MetricDataResults", default, deserialize_with = "or_default")]
    results: Vec<MetricResult>,
}

#[derive(Deserialize)]
struct MetricResult {
    #[serde(rename = "Id", default, deserialize_with = "or_default")]
    id: String,
    #[serde(rename = "Timestamps", default, deserialize_with = "or_default")]
    timestamps: Vec<String>,
    #[serde(rename = "Values", default, deserialize_with = "or_default")]
    values: Vec<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        let evidence = butfor_incident::Evidence::new(
            butfor_incident::Query {
                account: String::new(),
                region: String::new(),
                service: "cloudwatch".into(),
                operation: "GetMetricData".into(),
                parameters: "{}".into(),
            },
            None,
            Body::Call("{}".into()),
        );
        Series {
            metric: MetricRef { namespace: String::new(), name: String::new(), dimensions: BTreeMap::new() },
            statistic: "Sum".into(),
            period_s: 60,
            account: String::new(),
            region: String::new(),
            points: values
                .iter()
                .enumerate()
                .map(|(i, v)| (Timestamp::from_seconds(i as i64 * 60), *v))
                .collect(),
            evidence: evidence.id(),
        }
    }

    #[test]
    fn dates_a_rise_by_its_first_unusual_point() {
        let rise = series(&[0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 12.0]).rise_before(Timestamp::from_seconds(360));
        assert_eq!(rise, Some((Timestamp::from_seconds(300), 5.0)));
        let noise = series(&[1.0, 2.0, 1.0, 3.0, 2.0, 50.0, 60.0]).rise_before(Timestamp::from_seconds(360));
        assert_eq!(noise, Some((Timestamp::from_seconds(240 + 60), 50.0)), "an early outlier is no rise");
        assert_eq!(series(&[1.0, 2.0, 1.0, 2.0]).rise_before(Timestamp::from_seconds(360)), None);
        assert_eq!(series(&[]).rise_before(Timestamp::from_seconds(0)), None);
    }

    #[test]
    fn a_fall_to_zero_needs_a_busy_past() {
        assert_eq!(series(&[3.0, 2.0, 0.0, 0.0]).fell_to_zero(), Some(Timestamp::from_seconds(120)));
        assert_eq!(series(&[3.0, 0.0, 2.0, 0.0]).fell_to_zero(), None, "zero was usual");
        assert_eq!(series(&[0.0, 0.0]).fell_to_zero(), None);
        assert_eq!(series(&[3.0, 2.0]).fell_to_zero(), None);
    }
}
