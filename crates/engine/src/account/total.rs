//! What the alarm itself counted, and when.

use crate::scene::Scene;
use crate::symptom::metrics::Series;
use butfor_incident::{Alert, EvidenceId, Timestamp};

/// Metrics that count failed requests when they are summed (CloudWatch metrics of API Gateway, Lambda and Elastic Load
/// Balancing).
const COUNTS: &[(&str, &[&str])] = &[
    ("AWS/ApiGateway", &["5XXError", "4XXError", "5xx", "4xx"]),
    ("AWS/Lambda", &["Errors", "Throttles"]),
    (
        "AWS/ApplicationELB",
        &[
            "HTTPCode_ELB_5XX_Count",
            "HTTPCode_Target_5XX_Count",
            "HTTPCode_ELB_504_Count",
            "HTTPCode_ELB_502_Count",
        ],
    ),
];

/// Windows of one alarm evaluation are no longer than a day (CloudWatch User Guide, alarm periods).
const WINDOW_SECONDS_MAX: i64 = 24 * 3600;

/// The alarm's own count in its window.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Total {
    pub metric: String,
    pub count: u64,
    pub from: Timestamp,
    pub until: Timestamp,
    pub evidence: Vec<EvidenceId>,
}

impl Total {
    /// The count of the first alert that counts failed requests.
    pub(super) fn of_alarm(scene: &Scene<'_>) -> Option<Self> {
        scene.symptom.alerts.iter().find_map(|alert| Self::of(scene, alert))
    }

    fn of(scene: &Scene<'_>, alert: &Alert) -> Option<Self> {
        let metric = alert.metrics.iter().find(|metric| {
            COUNTS.iter().any(|(namespace, names)| {
                *namespace == metric.namespace && names.contains(&metric.name.as_str())
            })
        })?;
        let alarm_at = alert.at?;
        let (count, from) = datapoint(alert.reason.as_deref()?)?;
        let seconds = alarm_at.seconds_since(from);
        if count.fract() != 0.0 || !(0..=WINDOW_SECONDS_MAX).contains(&seconds) {
            return None;
        }
        let own = scene.symptom.alarm_series().filter(|series| series.metric == *metric);
        Some(Self {
            metric: metric.name.clone(),
            count: count as u64,
            from,
            until: alarm_at,
            evidence: own.map(|series| series.evidence).collect(),
        })
    }

    /// The sum of a series' points in the window.
    pub(super) fn sum(&self, series: &Series) -> Option<f64> {
        let inside = series.points.iter().filter(|(at, _)| *at >= self.from && *at < self.until);
        inside.map(|(_, value)| *value).reduce(|a, b| a + b)
    }
}

/// Value and time of the last datapoint that a CloudWatch reason names: `... datapoints [100.0 (02/05/26 13:25:00)] was greater
/// than ...`. The date is day, month, year.
fn datapoint(reason: &str) -> Option<(f64, Timestamp)> {
    let (_, rest) = reason.split_once('[')?;
    let (inside, _) = rest.split_once(']')?;
    // Several datapoints come newest first.
    let (value, rest) = inside.split_once(" (")?;
    let (moment, _) = rest.split_once(')')?;
    let (date, clock) = moment.split_once(' ')?;
    let mut parts = date.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let at = Timestamp::parse(&format!("20{year}-{month}-{day}T{clock}Z")).ok()?;
    Some((value.trim().parse().ok().filter(|value: &f64| *value >= 0.0 && *value < 1e15)?, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reason: &str, expected: Option<(f64, &str)>) {
        let found = datapoint(reason).map(|(value, at)| (value, at.to_string()));
        assert_eq!(found, expected.map(|(value, at)| (value, at.to_owned())), "{reason}");
    }

    #[test]
    fn the_reason_names_count_and_time() {
        check(
            "Threshold Crossed: 1 out of the last 1 datapoints [100.0 (02/05/26 13:25:00)] was greater than the threshold (10.0).",
            Some((100.0, "2026-05-02T13:25:00Z")),
        );
        check(
            "Threshold Crossed: 2 datapoints [9.0 (02/05/26 13:30:00), 4.0 (02/05/26 13:25:00)] were greater",
            Some((9.0, "2026-05-02T13:30:00Z")),
        );
        check("Threshold Crossed: no datapoints were received for 1 period", None);
        check("[NaN (02/05/26 13:25:00)]", None);
        check("[1.0 (yesterday)]", None);
        check("", None);
    }
}
