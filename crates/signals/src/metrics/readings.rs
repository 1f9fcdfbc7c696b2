//! What an engineer reads from two metrics side by side, as typed facts.
//!
//! The functions know roles, not services: the caller says which series is the demand that was refused and which the capacity.
//! An absent series is not a series of zeros: where it would decide, the reading is "unknown".

use super::anomaly::usual_range;
use super::robust::{median, slope};
use super::series::{Point, Series};

/// From this share of a capacity on it is scarce: AWS advises alarms at 80 % of a quota
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Quotas-Visualize-Alarms.html>).
pub const SCARCE: f64 = 0.8;

/// What became of the usual demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemandState {
    /// Nothing was refused.
    Served,
    /// Some was refused, and together it is the usual demand: capacity went down, demand did not go up.
    UsualDemandRefused,
    /// All of the usual demand was refused: capacity is zero.
    AllRefused,
    /// Together it is more than usual: demand went up.
    Surge,
    /// Together it is less than usual: part of the demand never arrived.
    Missing,
    /// What is usual is not known.
    Unknown,
}

/// Served and refused requests against the usual demand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Requests served in the window.
    pub served: f64,
    /// Requests refused in the window.
    pub refused: f64,
    /// What is usual per period: the range of 99 % of the baseline's periods.
    pub usual: Option<(f64, f64)>,
    /// The period with the most refused requests, and what was served in it.
    pub worst: Option<(Point, f64)>,
    /// What it amounts to, judged in the worst period.
    pub state: DemandState,
}

/// Reads served and refused requests together. `usual` is demand in a baseline window, by the same period. The worst period decides, because
/// over a longer time recovered periods hide a short one.
#[must_use]
pub fn demand(served: &Series, refused: &Series, usual: &Series) -> Demand {
    let worst = refused
        .points()
        .iter()
        .copied()
        .filter(|point| point.value > 0.0)
        .max_by(|left, right| left.value.total_cmp(&right.value).then(right.at.cmp(&left.at)))
        .map(|point| (point, served.at(point.at).unwrap_or_default()));
    let range = usual_range(usual).filter(|_| usual.points().len() >= super::anomaly::HISTORY_MIN);
    let state = match (worst, range) {
        (None, _) => DemandState::Served,
        (Some(_), None) => DemandState::Unknown,
        (Some((point, served)), Some((low, high))) => {
            let together = point.value + served;
            // Chance moves a count by its root; twice that is usual.
            if together > high + 2.0 * high.max(0.0).sqrt() {
                DemandState::Surge
            } else if together < low - 2.0 * low.max(0.0).sqrt() {
                DemandState::Missing
            } else if served > 0.0 {
                DemandState::UsualDemandRefused
            } else {
                DemandState::AllRefused
            }
        }
    };
    Demand { served: served.sum(), refused: refused.sum(), usual: range, worst, state }
}

/// Where an error that callers see arises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorPlace {
    /// Callers see no errors.
    None,
    /// The inner part fails, too.
    Inner,
    /// The inner part ran and reports no errors: it handles its exception and answers with an error.
    HandledInside,
    /// The inner part did not run: what is in front of it fails.
    NotReached,
    /// Whether the inner part ran or failed was not recorded.
    Unknown,
}

/// Reads the errors callers see against the runs and errors of what is behind. `None` means not recorded; CloudWatch records no point for
/// runs that did not happen, so an empty series of runs means none.
#[must_use]
pub fn error_place(
    outer_errors: &Series,
    inner_runs: Option<&Series>,
    inner_errors: Option<&Series>,
) -> ErrorPlace {
    if outer_errors.sum() <= 0.0 {
        return ErrorPlace::None;
    }
    match (inner_runs, inner_errors) {
        (_, Some(errors)) if errors.sum() > 0.0 => ErrorPlace::Inner,
        (Some(runs), _) if runs.sum() <= 0.0 => ErrorPlace::NotReached,
        (Some(_), Some(_)) => ErrorPlace::HandledInside,
        _ => ErrorPlace::Unknown,
    }
}

/// Whether a target that says it is healthy does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// It is healthy and works.
    Working,
    /// It is healthy, was used, and is not any more: what is between is broken, not the target.
    HealthyAndUnused,
    /// It is healthy and was never used.
    HealthyAndIdle,
    /// It is not healthy.
    Unhealthy,
    /// Not recorded.
    Unknown,
}

/// Reads health (more than 0 is healthy) against use (connections, requests), with use in a baseline window.
#[must_use]
pub fn target_state(health: &Series, used: &Series, usual: &Series) -> TargetState {
    let last = health.points().last();
    match last {
        None => TargetState::Unknown,
        Some(point) if point.value <= 0.0 => TargetState::Unhealthy,
        // No point of use is no proof of no use.
        Some(_) if used.is_empty() => TargetState::Unknown,
        Some(_) if used.values().any(|value| value > 0.0) && !ends_in_silence(used) => TargetState::Working,
        Some(_) if usual.values().any(|value| value > 0.0) => TargetState::HealthyAndUnused,
        Some(_) => TargetState::HealthyAndIdle,
    }
}

/// Whether the last three points are 0: a target may have been used before it was cut off in the same window.
fn ends_in_silence(used: &Series) -> bool {
    let last = used.points().len().saturating_sub(3);
    used.points()
        .get(last..)
        .is_some_and(|points| points.len() == 3 && points.iter().all(|point| point.value <= 0.0))
}

/// How scarce a capacity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapacityState {
    /// Below [`SCARCE`] in every period, nothing refused.
    Enough,
    /// At or above [`SCARCE`].
    Scarce,
    /// All of it is used.
    Exhausted,
    /// Requests are refused though it is not used up: load is uneven (a hot partition), or comes in bursts shorter than the period.
    RefusedBelowCapacity,
    /// Nothing to compare.
    Unknown,
}

/// Use against capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// The greatest share of the capacity used in a period, and when that period began.
    pub peak: Option<(i64, f64)>,
    /// Refused requests in the window.
    pub refused: f64,
    /// What it amounts to.
    pub state: CapacityState,
}

/// Reads use against capacity, period by period; between its points a capacity stays what it was. A use that counts (a sum) is
/// made a rate per second, as provisioned capacities are. `refused` may be empty.
#[must_use]
pub fn capacity(used: &Series, capacity: &Series, refused: &Series) -> Capacity {
    let seconds = if used.statistic().counts() { f64::from(used.period()) } else { 1.0 };
    let limit = |at: i64| {
        let known = capacity.points().iter().take_while(|limit| limit.at <= at).last();
        known.or(capacity.points().first()).map(|limit| limit.value)
    };
    let peak = used
        .points()
        .iter()
        .filter_map(|point| {
            let limit = limit(point.at)?;
            let rate = point.value / seconds;
            // Any use of no capacity is too much of it.
            let share = if limit > 0.0 {
                rate / limit
            } else if rate > 0.0 {
                f64::INFINITY
            } else {
                return None;
            };
            Some((point.at, share))
        })
        .max_by(|left, right| left.1.total_cmp(&right.1).then(right.0.cmp(&left.0)));
    let refused = refused.sum();
    let state = match peak {
        Some((_, share)) if share >= 1.0 => CapacityState::Exhausted,
        Some((_, share)) if share < SCARCE && refused > 0.0 => CapacityState::RefusedBelowCapacity,
        Some((_, share)) if share >= SCARCE => CapacityState::Scarce,
        Some(_) => CapacityState::Enough,
        None => CapacityState::Unknown,
    };
    Capacity { peak, refused, state }
}

/// Where a store (credits, free space) or a debt (lag, queue) is heading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trend {
    /// It does not move towards the limit.
    Steady,
    /// It moves towards the limit and reaches it in this many seconds, if it goes on like this.
    Nearing {
        /// Change per second.
        slope: f64,
        /// Seconds from the last point.
        seconds: f64,
    },
    /// It is at the limit since this moment.
    Reached {
        /// Beginning of the first period at the limit that lasted until the end.
        since: i64,
    },
    /// Too few points.
    Unknown,
}

/// Whether a store runs empty: CPU credits against 0, free space against what must stay free.
#[must_use]
pub fn depletion(store: &Series, floor: f64) -> Trend {
    trend(store, |value| value <= floor, floor, -1.0)
}

/// Whether a debt grows beyond a limit: the lag of a replica, the age of the oldest message.
#[must_use]
pub fn growth(debt: &Series, limit: f64) -> Trend {
    trend(debt, |value| value >= limit, limit, 1.0)
}

/// Whether a lag grows one second per second: then what lags has stopped, and is not merely slow.
#[must_use]
pub fn is_stopped(lag: &Series) -> bool {
    let points: Vec<_> = lag.points().iter().map(|point| (point.at, point.value)).collect();
    points.len() >= 5 && slope(&points).is_some_and(|slope| (0.95..=1.05).contains(&slope))
}

fn trend(series: &Series, is_reached: impl Fn(f64) -> bool, limit: f64, sign: f64) -> Trend {
    let points: Vec<_> = series.points().iter().map(|point| (point.at, point.value)).collect();
    let Some(&(_, last)) = points.last() else { return Trend::Unknown };
    if is_reached(last) {
        let since = points.iter().rev().take_while(|&&(_, value)| is_reached(value)).last();
        return since.map_or(Trend::Unknown, |&(since, _)| Trend::Reached { since });
    }
    let (Some(slope), true) = (slope(&points), points.len() >= 5) else { return Trend::Unknown };
    let values: Vec<_> = series.values().collect();
    // A drift must leave the noise within the window: half of the steps are smaller than their median.
    let steps: Vec<_> =
        values.iter().zip(values.iter().skip(1)).map(|(left, right)| (right - left).abs()).collect();
    let drift = slope * (points.len() - 1) as f64 * f64::from(series.period());
    let is_moving = slope * sign > 0.0 && drift.abs() > 2.0 * median(&steps).unwrap_or_default();
    let seconds = (limit - last) / slope;
    if is_moving && seconds.is_finite() { Trend::Nearing { slope, seconds } } else { Trend::Steady }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Statistic;
    use proptest::prelude::*;

    fn sums(values: &[f64]) -> Series {
        Series::new(Statistic::Sum, 60, (0..).map(|minute| minute * 60).zip(values.iter().copied()))
    }

    fn gauge(values: &[f64]) -> Series {
        Series::new(Statistic::Average, 60, (0..).map(|minute| minute * 60).zip(values.iter().copied()))
    }

    #[test]
    fn throttled_and_served_together_are_the_usual_demand() {
        let usual = sums(&[90.0, 95.0, 100.0, 98.0, 92.0, 96.0]);
        let check = |served: &[f64], refused: &[f64], expected: DemandState| {
            assert_eq!(
                demand(&sums(served), &sums(refused), &usual).state,
                expected,
                "{served:?} {refused:?}"
            );
        };
        check(&[85.0, 20.0, 97.0], &[11.0, 79.0, 0.0], DemandState::UsualDemandRefused);
        check(&[0.0, 0.0], &[96.0, 94.0], DemandState::AllRefused);
        check(&[100.0, 100.0], &[400.0, 300.0], DemandState::Surge);
        check(&[10.0], &[20.0], DemandState::Missing);
        check(&[95.0], &[0.0], DemandState::Served);
        let found = demand(&sums(&[85.0, 20.0]), &sums(&[11.0, 79.0]), &usual);
        assert_eq!((found.refused, found.usual), (90.0, Some((90.0, 100.0))));
        assert_eq!(found.worst, Some((Point { at: 60, value: 79.0 }, 20.0)));
        assert_eq!(demand(&sums(&[20.0]), &sums(&[79.0]), &sums(&[])).state, DemandState::Unknown);
    }

    #[test]
    fn errors_flat_at_zero_do_not_clear_the_function() {
        let (errors, none) = (sums(&[0.0, 5.0]), sums(&[0.0, 0.0]));
        let runs = sums(&[90.0, 95.0]);
        assert_eq!(error_place(&errors, Some(&runs), Some(&none)), ErrorPlace::HandledInside);
        assert_eq!(error_place(&errors, Some(&runs), Some(&errors)), ErrorPlace::Inner);
        assert_eq!(error_place(&errors, Some(&sums(&[])), Some(&none)), ErrorPlace::NotReached);
        assert_eq!(error_place(&errors, None, Some(&none)), ErrorPlace::Unknown);
        assert_eq!(error_place(&errors, Some(&runs), None), ErrorPlace::Unknown);
        assert_eq!(error_place(&none, None, None), ErrorPlace::None);
    }

    #[test]
    fn a_healthy_target_without_connections_is_cut_off() {
        let (up, used) = (gauge(&[1.0; 5]), gauge(&[12.0; 5]));
        assert_eq!(target_state(&up, &gauge(&[0.0; 5]), &used), TargetState::HealthyAndUnused);
        assert_eq!(
            target_state(&up, &gauge(&[12.0, 12.0, 0.0, 0.0, 0.0]), &used),
            TargetState::HealthyAndUnused
        );
        assert_eq!(target_state(&up, &used, &used), TargetState::Working);
        assert_eq!(target_state(&up, &gauge(&[0.0; 5]), &gauge(&[0.0; 5])), TargetState::HealthyAndIdle);
        assert_eq!(target_state(&up, &gauge(&[]), &used), TargetState::Unknown);
        assert_eq!(target_state(&gauge(&[1.0, 0.0]), &used, &used), TargetState::Unhealthy);
        assert_eq!(target_state(&gauge(&[]), &used, &used), TargetState::Unknown);
    }

    #[test]
    fn use_is_compared_with_what_there_is() {
        let none = sums(&[]);
        // 300 units consumed in a minute are 5 a second.
        let check = |used: &[f64], provisioned: f64, refused: &[f64], expected: CapacityState| {
            let found = capacity(&sums(used), &gauge(&[provisioned]), &sums(refused));
            assert_eq!(found.state, expected, "{found:?}");
        };
        check(&[60.0, 300.0], 5.0, &[], CapacityState::Exhausted);
        check(&[60.0, 270.0], 5.0, &[], CapacityState::Scarce);
        check(&[60.0, 60.0], 5.0, &[], CapacityState::Enough);
        check(&[60.0, 60.0], 5.0, &[3.0], CapacityState::RefusedBelowCapacity);
        check(&[60.0], 0.0, &[], CapacityState::Exhausted);
        assert_eq!(capacity(&sums(&[1.0]), &none, &none).state, CapacityState::Unknown);
        // Connections are a measurement, not a rate; the limit rises later.
        let connections = gauge(&[80.0, 99.0, 100.0]);
        let limit = Series::new(Statistic::Maximum, 60, [(0, 100.0), (120, 1000.0)]);
        assert_eq!(capacity(&connections, &limit, &none).peak, Some((60, 0.99)));
    }

    #[test]
    fn stores_run_empty_and_debts_grow() {
        let credits: Vec<f64> = (0..20).map(|minute| 100.0 - 4.0 * f64::from(minute)).collect();
        let Trend::Nearing { seconds, .. } = depletion(&gauge(&credits), 0.0) else {
            panic!("credits run empty")
        };
        assert!((seconds - 360.0).abs() < 1e-6);
        assert_eq!(depletion(&gauge(&[9.0, 5.0, 0.0, 0.0]), 0.0), Trend::Reached { since: 120 });
        assert_eq!(depletion(&gauge(&[50.0, 51.0, 49.0, 50.0, 51.0, 50.0]), 0.0), Trend::Steady);
        assert_eq!(depletion(&gauge(&[50.0]), 0.0), Trend::Unknown);
        let lag: Vec<f64> = (0..10).map(|minute| 60.0 * f64::from(minute)).collect();
        assert!(matches!(growth(&gauge(&lag), 3600.0), Trend::Nearing { .. }));
        assert!(is_stopped(&gauge(&lag)) && !is_stopped(&gauge(&credits)));
        assert_eq!(growth(&gauge(&[0.1, 0.0, 0.2, 0.1, 0.0, 0.1]), 30.0), Trend::Steady);
    }

    proptest! {
        #[test]
        fn anything_goes(
            one in prop::collection::vec((prop_oneof![any::<i64>(), -9_i64..9], prop::num::f64::ANY), 0..20),
            two in prop::collection::vec((prop_oneof![any::<i64>(), -9_i64..9], prop::num::f64::ANY), 0..20),
            limit in prop::num::f64::ANY, period: u32,
        ) {
            let left = Series::new(Statistic::Sum, period, one);
            let right = Series::new(Statistic::Average, period, two);
            let _ = (demand(&left, &right, &left), demand(&right, &left, &right));
            let _ = (error_place(&left, Some(&right), Some(&left)), target_state(&left, &right, &left));
            let _ = (capacity(&left, &right, &left), depletion(&left, limit), growth(&right, limit), is_stopped(&left));
        }
    }
}
