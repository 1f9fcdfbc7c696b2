//! Anomalies: which points of a window are not what the baseline makes likely, and the episodes they form.

use super::robust::{median, normal_tail, poisson_at_least, poisson_at_most, quantile, scatter};
use super::season::Season;
use super::series::{Point, ResampleError, Series};
use thiserror::Error;

/// Fewest baseline points that may be called usual.
pub const HISTORY_MIN: usize = 5;
/// Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993: a modified z beyond this is an outlier.
const Z_MIN: f64 = 3.5;
/// Chance of any false alarm in a whole window of counts.
const FALSE_ALARM: f64 = 0.01;
/// Counts below this median are judged as counts, not as measurements.
const SPARSE: f64 = 20.0;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More than usual.
    Up,
    /// Less than usual.
    Down,
}

/// The statistic that found an anomaly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// Modified z: distance from the baseline's median in robust standard deviations; and outside 99 % of the baseline.
    RobustZ(f64),
    /// Probability of a count at least (or at most) this large at the baseline's rate.
    Count(f64),
}

/// A point that does not look like the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anomaly {
    /// The point, in the baseline's unit.
    pub point: Point,
    /// What was usual: the baseline's median or rate, at this hour where hours matter.
    pub usual: f64,
    /// Which way.
    pub direction: Direction,
    /// What found it.
    pub method: Method,
}

/// Why a window cannot be compared with a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CompareError {
    /// Too few points to say what is usual.
    #[error("the baseline has {points} points; {HISTORY_MIN} are needed to say what is usual")]
    TooLittleHistory {
        /// How many there are.
        points: usize,
    },
    /// A sum is not an average.
    #[error("the baseline and the window are made by different statistics; ask for both by the same one")]
    Statistics,
    /// Seconds are not bytes.
    #[error("the baseline is in `{baseline}` and the window in `{window}`; ask for both in one unit")]
    Units {
        /// The baseline's unit.
        baseline: String,
        /// The window's unit.
        window: String,
    },
    /// Different periods that cannot be brought together.
    #[error(transparent)]
    Periods(#[from] ResampleError),
}

/// A moment known to lie between two others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between {
    /// Beginning of the last period that looks otherwise; `None` when nothing earlier is known.
    pub after: Option<i64>,
    /// End of the first period that shows it.
    pub before: i64,
}

/// Anomalies of one direction in a row; a single usual or missing point does not end it.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Which way.
    pub direction: Direction,
    /// When it began.
    pub onset: Between,
    /// When it ended; `None` when it lasts until the end of the window.
    pub end: Option<Between>,
    /// The point farthest from the usual.
    pub peak: Point,
    /// How many points are anomalous. One alone is a spike.
    pub points: usize,
    /// Distance from the usual, added over its points: for counts, how many too many (or too few).
    pub excess: f64,
}

/// The points of `window` that the baseline makes unlikely, oldest first. Periods are brought together where the statistic allows it,
/// and units of time converted.
///
/// # Errors
/// [`CompareError`] when there is too little history, or the two series do not measure the same.
pub fn anomalies(baseline: &Series, window: &Series) -> Result<Vec<Anomaly>, CompareError> {
    let (baseline, window) = comparable(baseline, window)?;
    let all: Vec<_> = baseline.values().collect();
    if all.len() < HISTORY_MIN {
        return Err(CompareError::TooLittleHistory { points: all.len() });
    }
    let season = Season::of(&baseline);
    let is_sparse =
        baseline.is_count() && window.is_count() && median(&all).is_some_and(|median| median < SPARSE);
    let chance = FALSE_ALARM / window.points().len().max(1) as f64;
    let always = Usual::new(&all, is_sparse);
    let judge = |point: &Point| match season.as_ref().and_then(|season| season.values(point.at)) {
        Some(values) => Usual::new(values, is_sparse)?.judge(*point, chance),
        None => always.as_ref()?.judge(*point, chance),
    };
    Ok(window.points().iter().filter_map(judge).collect())
}

/// The same as stretches of time, each with when it began and ended.
///
/// # Errors
/// As [`anomalies`].
pub fn episodes(baseline: &Series, window: &Series) -> Result<Vec<Episode>, CompareError> {
    let (baseline, window) = comparable(baseline, window)?;
    let period = i64::from(window.period());
    let mut episodes: Vec<Episode> = Vec::new();
    // The last anomalous point of the newest episode.
    let mut last = i64::MIN;
    for anomaly in anomalies(&baseline, &window)? {
        let at = anomaly.point.at;
        let excess = anomaly.point.value - anomaly.usual;
        let goes_on = at.saturating_sub(last) <= period.saturating_mul(2);
        last = at;
        if let Some(episode) = episodes.last_mut()
            && episode.direction == anomaly.direction
            && goes_on
        {
            if (excess > 0.0) == (anomaly.point.value > episode.peak.value) {
                episode.peak = anomaly.point;
            }
            episode.points += 1;
            episode.excess += excess;
            episode.end = end(&window, at);
            continue;
        }
        let earlier =
            window.points().iter().chain(baseline.points()).map(|point| point.at).filter(|&other| other < at);
        episodes.push(Episode {
            direction: anomaly.direction,
            onset: Between { after: earlier.max(), before: at.saturating_add(period) },
            end: end(&window, at),
            peak: anomaly.point,
            points: 1,
            excess,
        });
    }
    Ok(episodes)
}

/// The end of an episode whose last point is at `last`: somewhere in its period or the next one.
fn end(window: &Series, last: i64) -> Option<Between> {
    let next = window.points().iter().find(|point| point.at > last)?;
    Some(Between { after: Some(last), before: next.at.saturating_add(i64::from(window.period())) })
}

/// What is usual, measured once.
enum Usual {
    /// A measurement: median, scatter, and the range of 99 % of the values.
    Measurement { middle: f64, scatter: f64, low: f64, high: f64 },
    /// A count: its rate, and how much more its root scatters than that of a Poisson process.
    Count { rate: f64, spread: f64 },
}

impl Usual {
    fn new(values: &[f64], is_count: bool) -> Option<Self> {
        if !is_count {
            return Some(Self::Measurement {
                middle: median(values)?,
                scatter: scatter(values),
                low: quantile(values, 0.005)?,
                high: quantile(values, 0.995)?,
            });
        }
        // One outage in the baseline must not make the next one usual.
        let cap = quantile(values, 0.98)?;
        let kept: Vec<_> = values.iter().map(|value| value.min(cap)).collect();
        let roots: Vec<_> = kept.iter().map(|&count| root(count)).collect();
        // Half an event more than was seen (Jeffreys' prior): never seen is rare, not impossible.
        let rate = (kept.iter().sum::<f64>() + 0.5) / kept.len() as f64;
        Some(Self::Count { rate, spread: scatter(&roots) })
    }

    fn judge(&self, point: Point, chance: f64) -> Option<Anomaly> {
        match *self {
            Self::Measurement { middle, scatter, low, high } => {
                let z = (point.value - middle) / scatter;
                // Heavy tails: what happened before in one of a hundred periods is not news, however far it is in deviations.
                let is_beyond = point.value > high || point.value < low;
                let direction = if z > 0.0 { Direction::Up } else { Direction::Down };
                let method = Method::RobustZ(z);
                (z.abs() >= Z_MIN && is_beyond).then_some(Anomaly { point, usual: middle, direction, method })
            }
            Self::Count { rate, spread } => {
                let direction = if point.value > rate { Direction::Up } else { Direction::Down };
                let count = point.value as u64;
                let probability = match direction {
                    // More spread than a Poisson process, whose root has deviation 1: the wider one decides.
                    Direction::Up if spread > 1.2 => {
                        normal_tail((root(point.value - 0.5) - root(rate)) / spread)
                    }
                    Direction::Down if spread > 1.2 => {
                        normal_tail((root(rate) - root(point.value + 0.5)) / spread)
                    }
                    Direction::Up => poisson_at_least(count, rate),
                    Direction::Down => poisson_at_most(count, rate),
                };
                let method = Method::Count(probability);
                (probability < chance).then_some(Anomaly { point, usual: rate, direction, method })
            }
        }
    }
}

/// Anscombe's root: of a Poisson count it has deviation 1 whatever the mean (Anscombe, Biometrika 1948).
fn root(count: f64) -> f64 {
    2.0 * (count + 0.375).max(0.0).sqrt()
}

/// Both at one period and in one unit, the baseline's.
fn comparable(baseline: &Series, window: &Series) -> Result<(Series, Series), CompareError> {
    if baseline.statistic() != window.statistic() {
        return Err(CompareError::Statistics);
    }
    let mut window = window.clone();
    if let (Some(left), Some(right)) = (baseline.unit(), window.unit())
        && left != right
    {
        let (Some(to), Some(from)) = (seconds(left), seconds(right)) else {
            return Err(CompareError::Units { baseline: left.to_owned(), window: right.to_owned() });
        };
        let unit = left.to_owned();
        window = window.map(|point| point.value * from / to).with_unit(unit);
    }
    let period = baseline.period().max(window.period());
    Ok((baseline.resample(period)?, window.resample(period)?))
}

/// Length of a unit of time. Others are not converted: CloudWatch does not say whether a kilobyte has 1000 or 1024 bytes.
fn seconds(unit: &str) -> Option<f64> {
    match unit {
        "Seconds" => Some(1.0),
        "Milliseconds" => Some(1e-3),
        "Microseconds" => Some(1e-6),
        _ => None,
    }
}

/// The range within which 99 % of the usual values lie.
pub(super) fn usual_range(baseline: &Series) -> Option<(f64, f64)> {
    let values: Vec<_> = baseline.values().collect();
    Some((quantile(&values, 0.005)?, quantile(&values, 0.995)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Statistic;
    use proptest::prelude::*;

    fn minutes(statistic: Statistic, from: i64, values: &[f64]) -> Series {
        Series::new(statistic, 60, values.iter().zip(from..).map(|(&value, minute)| (minute * 60, value)))
    }

    #[test]
    fn an_outage_has_a_beginning_and_an_end() {
        let baseline = minutes(Statistic::Sum, 0, &[0.0; 25]);
        let window = minutes(Statistic::Sum, 25, &[0.0, 0.0, 11.0, 79.0, 0.0, 0.0, 0.0]);
        let episodes = episodes(&baseline, &window).unwrap();
        assert_eq!(
            episodes.iter().map(|found| (found.onset, found.end, found.points)).collect::<Vec<_>>(),
            [(
                Between { after: Some(26 * 60), before: 28 * 60 },
                Some(Between { after: Some(28 * 60), before: 30 * 60 }),
                2
            )]
        );
        assert_eq!(episodes[0].peak, Point { at: 28 * 60, value: 79.0 });
        assert!((episodes[0].excess - 90.0).abs() < 0.1);
    }

    #[test]
    fn usual_is_not_news() {
        let usual = [90.0, 95.0, 100.0, 97.0, 93.0, 99.0, 94.0, 96.0];
        let baseline = minutes(Statistic::Sum, 0, &usual);
        assert_eq!(anomalies(&baseline, &minutes(Statistic::Sum, 8, &[92.0, 98.0])).unwrap(), []);
        let found = anomalies(&baseline, &minutes(Statistic::Sum, 8, &[20.0, 95.0])).unwrap();
        assert_eq!(
            found.iter().map(|anomaly| (anomaly.point.value, anomaly.direction)).collect::<Vec<_>>(),
            [(20.0, Direction::Down)]
        );
        // Rare errors stay rare errors; none where one in five minutes is usual proves nothing.
        let rare = minutes(Statistic::Sum, 0, &[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(anomalies(&rare, &minutes(Statistic::Sum, 10, &[1.0, 0.0, 2.0])).unwrap(), []);
        assert_eq!(anomalies(&rare, &minutes(Statistic::Sum, 10, &[6.0])).unwrap().len(), 1);
    }

    #[test]
    fn what_cannot_be_compared_says_so() {
        let short = minutes(Statistic::Average, 0, &[1.0; 4]);
        assert_eq!(
            anomalies(&short, &short).unwrap_err().to_string(),
            "the baseline has 4 points; 5 are needed to say what is usual"
        );
        let seconds = minutes(Statistic::Average, 0, &[0.2, 0.21, 0.19, 0.2, 0.22, 0.2]).with_unit("Seconds");
        let millis = |value: f64| minutes(Statistic::Average, 6, &[value]).with_unit("Milliseconds");
        assert_eq!(anomalies(&seconds, &millis(205.0)).unwrap(), []);
        assert_eq!(anomalies(&seconds, &millis(900.0)).unwrap()[0].point.value, 0.9);
        let bytes = minutes(Statistic::Average, 6, &[1.0]).with_unit("Bytes");
        assert_eq!(
            anomalies(&seconds, &bytes).unwrap_err().to_string(),
            "the baseline is in `Seconds` and the window in `Bytes`; ask for both in one unit"
        );
        assert_eq!(anomalies(&seconds, &minutes(Statistic::Sum, 0, &[1.0])), Err(CompareError::Statistics));
        let coarse = Series::new(Statistic::Average, 90, [(0, 0.2)]);
        assert!(matches!(anomalies(&seconds, &coarse), Err(CompareError::Periods(_))));
    }

    #[test]
    fn the_evening_is_compared_with_evenings() {
        let load = |index: i64| if index % 288 > 200 { 500.0 } else { 100.0 } + (index % 11) as f64;
        let history =
            Series::new(Statistic::Average, 300, (0..288 * 4).map(|index| (index * 300, load(index))));
        let at =
            |index: i64, value: f64| Series::new(Statistic::Average, 300, [((288 * 4 + index) * 300, value)]);
        assert_eq!(anomalies(&history, &at(250, 505.0)).unwrap(), []);
        assert_eq!(anomalies(&history, &at(100, 505.0)).unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn anything_goes(
            baseline in prop::collection::vec((prop_oneof![any::<i64>(), -9_i64..9], prop::num::f64::ANY), 0..30),
            window in prop::collection::vec((prop_oneof![any::<i64>(), -9_i64..9], prop::num::f64::ANY), 0..30),
            sum: bool, left: u32, right: u32,
        ) {
            let statistic = if sum { Statistic::Sum } else { Statistic::Average };
            let baseline = Series::new(statistic.clone(), left, baseline);
            let window = Series::new(statistic, right, window);
            let _ = episodes(&baseline, &window);
            let _ = usual_range(&baseline);
        }
    }
}
