//! CloudWatch alarms: in which state an alarm is when, from its definition and its metric.
//!
//! Rules: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html> and, for missing data,
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>.

pub mod expression;
pub mod math;

use crate::metrics::{Point, ResampleError, Series};
use std::collections::BTreeMap;
use thiserror::Error;

/// Evaluations made at most: ten weeks of minutes.
const MOMENTS_MAX: i64 = 100_000;
/// Periods looked up at most in all evaluations together.
const LOOKUPS_MAX: i128 = 20_000_000;
/// Periods evaluated at most: a week of minutes, more than CloudWatch allows.
const PERIODS_MAX: u32 = 10_080;
/// Periods looked at beyond the evaluated ones. CloudWatch does not publish how many; its examples take 5 for 3.
const RANGE_MORE: u32 = 2;

/// When a value is on the wrong side of the threshold. The boundary matters: 50 is not greater than 50.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>=`
    GreaterThanOrEqualToThreshold,
    /// `>`
    GreaterThanThreshold,
    /// `<`
    LessThanThreshold,
    /// `<=`
    LessThanOrEqualToThreshold,
}

impl Comparison {
    /// From CloudWatch's spelling.
    ///
    /// # Errors
    /// [`AlarmError::Comparison`] for unknown words and for the three that compare with an anomaly detection band, which CloudWatch
    /// computes from two weeks of data and a model it does not publish.
    pub fn parse(name: &str) -> Result<Self, AlarmError> {
        match name {
            "GreaterThanOrEqualToThreshold" => Ok(Self::GreaterThanOrEqualToThreshold),
            "GreaterThanThreshold" => Ok(Self::GreaterThanThreshold),
            "LessThanThreshold" => Ok(Self::LessThanThreshold),
            "LessThanOrEqualToThreshold" => Ok(Self::LessThanOrEqualToThreshold),
            other => Err(AlarmError::Comparison { operator: other.to_owned() }),
        }
    }

    /// Whether the value breaches.
    #[must_use]
    pub fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::GreaterThanOrEqualToThreshold => value >= threshold,
            Self::GreaterThanThreshold => value > threshold,
            Self::LessThanThreshold => value < threshold,
            Self::LessThanOrEqualToThreshold => value <= threshold,
        }
    }
}

/// What an alarm makes of periods without a data point. Alarms on metrics of the namespace `AWS/DynamoDB` always ignore them, whatever
/// they say (API reference of `PutMetricAlarm`); the caller knows the namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// Not considered; without any data the state is unknown. The default.
    #[default]
    Missing,
    /// Good.
    NotBreaching,
    /// Bad.
    Breaching,
    /// The state stays.
    Ignore,
}

impl Missing {
    /// From CloudWatch's spelling.
    ///
    /// # Errors
    /// [`AlarmError::Missing`] for unknown words.
    pub fn parse(name: &str) -> Result<Self, AlarmError> {
        match name {
            "missing" => Ok(Self::Missing),
            "notBreaching" => Ok(Self::NotBreaching),
            "breaching" => Ok(Self::Breaching),
            "ignore" => Ok(Self::Ignore),
            other => Err(AlarmError::Missing { treatment: other.to_owned() }),
        }
    }
}

/// What an alarm watches for.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Seconds of one data point.
    pub period: u32,
    /// N: how many data points are evaluated.
    pub evaluation_periods: u32,
    /// M: how many of them must breach; all when absent.
    pub datapoints_to_alarm: Option<u32>,
    /// How values compare with the threshold.
    pub comparison: Comparison,
    /// The threshold, in the metric's unit.
    pub threshold: f64,
    /// What missing data means.
    pub missing: Missing,
    /// How many periods back data is looked for; two more than evaluated when absent.
    pub evaluation_range: Option<u32>,
}

/// The state of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Within the threshold.
    Ok,
    /// Beyond it.
    Alarm,
    /// Not known.
    InsufficientData,
}

/// Why an alarm is in its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Enough data points were there.
    Datapoints,
    /// Missing data points were counted as the definition says.
    Filled {
        /// How many.
        missing: u32,
    },
    /// Few data points, all breaching, the oldest old enough: "avoiding premature transitions to alarm state" no longer holds it back.
    OldEnough,
    /// Nothing to judge by: unknown, or the state before.
    NoData,
}

/// One evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// When: the end of the newest period that was evaluated. CloudWatch follows within about a minute.
    pub at: i64,
    /// The state from then on.
    pub state: State,
    /// The breaching data points, newest first.
    pub breaching: Vec<Point>,
    /// Why.
    pub reason: Reason,
}

/// What is wrong with a definition, or with its use.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum AlarmError {
    /// An operator we cannot compute.
    #[error(
        "`{operator}` is not an operator with a fixed threshold; read the alarm's recorded state instead"
    )]
    Comparison {
        /// As it was given.
        operator: String,
    },
    /// An unknown treatment of missing data.
    #[error(
        "`{treatment}` is no treatment of missing data; there are missing, notBreaching, breaching, ignore"
    )]
    Missing {
        /// As it was given.
        treatment: String,
    },
    /// Numbers no alarm can have.
    #[error(
        "{datapoints} of {periods} data points of {period} s cannot be evaluated; 1 <= M <= N <= {PERIODS_MAX} and a period of at least 1 s are needed"
    )]
    Definition {
        /// M.
        datapoints: u32,
        /// N.
        periods: u32,
        /// Seconds.
        period: u32,
    },
    /// Too many evaluations asked for.
    #[error("{periods} evaluations of so many periods are too many; ask for a shorter time")]
    TooLong {
        /// How many.
        periods: i64,
    },
    /// The series has another period and cannot be brought to the alarm's.
    #[error(transparent)]
    Period(#[from] ResampleError),
}

/// The evaluations whose newest period ends in `from..=until`, oldest first, starting in state `before`.
///
/// # Errors
/// [`AlarmError`] for an impossible definition, too long a time, or a series whose statistic cannot be brought to the alarm's
/// period.
pub fn evaluate(
    definition: &Definition,
    series: &Series,
    from: i64,
    until: i64,
    before: State,
) -> Result<Vec<Moment>, AlarmError> {
    let needed = definition.datapoints_to_alarm.unwrap_or(definition.evaluation_periods);
    let is_possible = (1..=definition.evaluation_periods).contains(&needed)
        && definition.evaluation_periods <= PERIODS_MAX
        && definition.period > 0;
    if !is_possible {
        return Err(AlarmError::Definition {
            datapoints: needed,
            periods: definition.evaluation_periods,
            period: definition.period,
        });
    }
    let period = i64::from(definition.period);
    let rounds = i128::from(until).saturating_sub(i128::from(from)) / i128::from(period) + 1;
    let range = definition
        .evaluation_range
        .unwrap_or(definition.evaluation_periods.saturating_add(RANGE_MORE))
        .clamp(definition.evaluation_periods, PERIODS_MAX + RANGE_MORE);
    if rounds > i128::from(MOMENTS_MAX) || rounds * i128::from(range) > LOOKUPS_MAX {
        return Err(AlarmError::TooLong { periods: i64::try_from(rounds).unwrap_or(i64::MAX) });
    }
    let series = series.resample(definition.period)?;
    // Data points begin at multiples of the period.
    let data: BTreeMap<i64, f64> =
        series.points().iter().map(|point| (point.at.div_euclid(period), point.value)).collect();
    let mut moments: Vec<Moment> = Vec::new();
    let first = from.div_euclid(period) + i64::from(from.rem_euclid(period) != 0);
    for end in first..=until.div_euclid(period) {
        let slots: Vec<Option<Point>> = (1..=i64::from(range))
            .map(|age| {
                let number = end.saturating_sub(age);
                data.get(&number).map(|&value| Point { at: number.saturating_mul(period), value })
            })
            .collect();
        let state = moments.last().map_or(before, |moment| moment.state);
        moments.push(judge(definition, needed, &slots, state, end.saturating_mul(period)));
    }
    Ok(moments)
}

/// Only the evaluations that changed the state.
///
/// # Errors
/// As [`evaluate`].
pub fn transitions(
    definition: &Definition,
    series: &Series,
    from: i64,
    until: i64,
    before: State,
) -> Result<Vec<Moment>, AlarmError> {
    let mut state = before;
    let mut moments = evaluate(definition, series, from, until, before)?;
    moments.retain(|moment| std::mem::replace(&mut state, moment.state) != moment.state);
    Ok(moments)
}

/// One evaluation over the newest slots first.
fn judge(definition: &Definition, needed: u32, slots: &[Option<Point>], before: State, at: i64) -> Moment {
    let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let breaches = |point: &Point| definition.comparison.breaches(point.value, definition.threshold);
    // Real data points are used as far back as the range goes, newest first.
    let real: Vec<(usize, Point)> = slots
        .iter()
        .enumerate()
        .filter_map(|(age, slot)| slot.map(|point| (age, point)))
        .take(usize::try_from(definition.evaluation_periods).unwrap_or(usize::MAX))
        .collect();
    let breaching: Vec<Point> = real.iter().map(|&(_, point)| point).filter(breaches).collect();
    let missing = definition.evaluation_periods - size(real.len());
    let count = size(breaching.len());
    let is_all_breaching = !real.is_empty() && breaching.len() == real.len();
    let is_old_enough = real.last().is_some_and(|&(age, _)| size(age) + 1 >= needed);
    let crossed = |is_crossed: bool| if is_crossed { State::Alarm } else { State::Ok };
    let (state, reason) = match definition.missing {
        _ if missing == 0 => (crossed(count >= needed), Reason::Datapoints),
        Missing::Breaching => (crossed(count.saturating_add(missing) >= needed), Reason::Filled { missing }),
        Missing::NotBreaching => (crossed(count >= needed), Reason::Filled { missing }),
        _ if count >= needed => (State::Alarm, Reason::Datapoints),
        _ if !real.is_empty() && !is_all_breaching => (State::Ok, Reason::Datapoints),
        Missing::Ignore => (before, Reason::NoData),
        Missing::Missing if is_all_breaching && is_old_enough => (State::Alarm, Reason::OldEnough),
        Missing::Missing => (State::InsufficientData, Reason::NoData),
    };
    Moment { at, state, breaching, reason }
}

#[cfg(test)]
mod tests;
