//! A series: points in order, each for one period.

use std::collections::BTreeMap;
use thiserror::Error;

/// One value for the period that begins at `at`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Seconds since 1970-01-01T00:00:00Z: the beginning of the period.
    pub at: i64,
    /// In the series' unit. Always finite.
    pub value: f64,
}

/// How the values of a period became one
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// All values added.
    Sum,
    /// Sum by number of samples.
    Average,
    /// The lowest value.
    Minimum,
    /// The highest value.
    Maximum,
    /// How many values there were.
    SampleCount,
    /// A percentile, a trimmed mean, or another one CloudWatch knows, by its name (`p99`, `tm95`).
    Other(String),
}

impl Statistic {
    /// From CloudWatch's spelling; anything unknown is kept by its name.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            "SampleCount" => Self::SampleCount,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether a value grows with the length of the period: such a series counts, the others measure.
    #[must_use]
    pub const fn counts(&self) -> bool {
        matches!(self, Self::Sum | Self::SampleCount)
    }
}

/// Why a series cannot be given another period.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ResampleError {
    /// A percentile of percentiles is not a percentile.
    #[error("periods of a `{statistic}` cannot be put together; ask for the statistic at the longer period")]
    Statistic {
        /// The statistic as CloudWatch spells it.
        statistic: String,
    },
    /// What is gone cannot be split again.
    #[error("a period of {from} s cannot become {to} s; it must be a multiple")]
    Period {
        /// The series' period in seconds.
        from: u32,
        /// The wanted one.
        to: u32,
    },
}

/// Points in order of time, one per moment, all finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    points: Vec<Point>,
    period: u32,
    statistic: Statistic,
    unit: Option<String>,
    dropped: usize,
}

impl Series {
    /// From points in any order. Values that are not finite are dropped; of several for one moment the greatest stays, because
    /// a count read again later has only grown, and because the order of arrival must not matter. A `period` of 0 means
    /// unknown: the most common distance of neighbours is taken, the shorter of equally common ones.
    #[must_use]
    pub fn new(statistic: Statistic, period: u32, points: impl IntoIterator<Item = (i64, f64)>) -> Self {
        let mut at = BTreeMap::new();
        let mut given = 0;
        for (moment, value) in points {
            given += 1;
            if value.is_finite() {
                at.entry(moment).and_modify(|known: &mut f64| *known = known.max(value)).or_insert(value);
            }
        }
        let points: Vec<_> = at.into_iter().map(|(at, value)| Point { at, value }).collect();
        let period = if period == 0 { common_distance(&points) } else { period };
        let dropped = given - points.len();
        Self { points, period, statistic, unit: None, dropped }
    }

    /// The same with a unit, as CloudWatch spells it (`Seconds`, `Count`, `Percent`).
    #[must_use]
    pub fn with_unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// The points, oldest first.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Seconds each point stands for; at least 1.
    #[must_use]
    pub const fn period(&self) -> u32 {
        self.period
    }

    /// How each point was made.
    #[must_use]
    pub const fn statistic(&self) -> &Statistic {
        &self.statistic
    }

    /// The unit, where known.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// How many given points were not kept: not finite, or a second one for the same moment.
    #[must_use]
    pub const fn dropped(&self) -> usize {
        self.dropped
    }

    /// Whether there is no point.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The value of the period that begins at `at`.
    #[must_use]
    pub fn at(&self, at: i64) -> Option<f64> {
        let index = self.points.binary_search_by_key(&at, |point| point.at).ok()?;
        self.points.get(index).map(|point| point.value)
    }

    /// The values, oldest first.
    pub fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.points.iter().map(|point| point.value)
    }

    /// All values added.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.values().sum()
    }

    /// The moment after the last period.
    #[must_use]
    pub fn end(&self) -> Option<i64> {
        self.points.last().map(|point| point.at.saturating_add(i64::from(self.period)))
    }

    /// The points whose periods begin in `from..until`.
    #[must_use]
    pub fn between(&self, from: i64, until: i64) -> Self {
        let points =
            self.points.iter().filter(|point| (from..until).contains(&point.at)).copied().collect::<Vec<_>>();
        Self { points, dropped: 0, ..self.clone() }
    }

    /// Values through a function; what is not finite afterwards is dropped.
    pub(crate) fn map(&self, function: impl Fn(Point) -> f64) -> Self {
        let points = self
            .points
            .iter()
            .map(|&point| Point { at: point.at, value: function(point) })
            .filter(|point| point.value.is_finite())
            .collect();
        Self { points, ..self.clone() }
    }

    /// Whether every value is a whole number of something: then counting statistics apply.
    #[must_use]
    pub fn is_count(&self) -> bool {
        // Beyond 2^53 a float no longer holds every whole number.
        self.statistic.counts()
            && self.values().all(|value| value >= 0.0 && value.fract() == 0.0 && value < 9e15)
    }

    /// The same at a longer period: sums are added, maxima taken, averages averaged. The average is exact only where every period
    /// had as many samples; CloudWatch weighs by sample count, which a series of averages does not carry.
    ///
    /// # Errors
    /// [`ResampleError`] when the statistic does not compose or the period is no multiple.
    pub fn resample(&self, period: u32) -> Result<Self, ResampleError> {
        if period == self.period {
            return Ok(self.clone());
        }
        if period == 0 || !period.is_multiple_of(self.period) {
            return Err(ResampleError::Period { from: self.period, to: period });
        }
        if let Statistic::Other(statistic) = &self.statistic {
            return Err(ResampleError::Statistic { statistic: statistic.clone() });
        }
        let length = i64::from(period);
        let mut buckets: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for point in &self.points {
            let start = point.at.saturating_sub(point.at.rem_euclid(length));
            buckets.entry(start).or_default().push(point.value);
        }
        let join = |values: &[f64]| match self.statistic {
            Statistic::Minimum => values.iter().copied().fold(f64::INFINITY, f64::min),
            Statistic::Maximum => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Statistic::Average => values.iter().sum::<f64>() / values.len() as f64,
            _ => values.iter().sum(),
        };
        let points = buckets.iter().map(|(&at, values)| (at, join(values)));
        Ok(Self { unit: self.unit.clone(), ..Self::new(self.statistic.clone(), period, points) })
    }
}

/// The most common distance of neighbours in seconds; 60, CloudWatch's default, when there are none.
fn common_distance(points: &[Point]) -> u32 {
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for pair in points.windows(2) {
        if let [left, right] = pair
            && let Ok(distance) = u32::try_from(right.at.saturating_sub(left.at))
        {
            *seen.entry(distance).or_default() += 1;
        }
    }
    let most = seen.values().copied().max().unwrap_or_default();
    seen.into_iter().find(|&(_, count)| count == most).map_or(60, |(distance, _)| distance.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn points_are_put_in_order_and_the_period_is_found() {
        let series =
            Series::new(Statistic::Sum, 0, [(180, 3.0), (60, 1.0), (0, f64::NAN), (120, 2.0), (60, 5.0)]);
        assert_eq!(series.values().collect::<Vec<_>>(), [5.0, 2.0, 3.0]);
        assert_eq!((series.period(), series.dropped(), series.end()), (60, 2, Some(240)));
        assert_eq!((series.at(120), series.at(121)), (Some(2.0), None));
    }

    #[test]
    fn resampling_follows_the_statistic() {
        let check = |statistic: Statistic, expected: f64| {
            let series = Series::new(statistic, 60, [(300, 1.0), (360, 2.0), (540, 6.0)]);
            assert_eq!(series.resample(300).unwrap().points(), [Point { at: 300, value: expected }]);
        };
        check(Statistic::Sum, 9.0);
        check(Statistic::Average, 3.0);
        check(Statistic::Minimum, 1.0);
        check(Statistic::Maximum, 6.0);
        let percentile = Series::new(Statistic::parse("p99"), 60, [(0, 1.0)]);
        assert_eq!(
            percentile.resample(300).unwrap_err().to_string(),
            "periods of a `p99` cannot be put together; ask for the statistic at the longer period"
        );
        assert!(percentile.resample(90).is_err());
        assert!(percentile.resample(0).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_points_never_panic(points in prop::collection::vec((prop_oneof![any::<i64>(), -9_i64..9], prop::num::f64::ANY), 0..40), period: u32, longer: u32) {
            let series = Series::new(Statistic::Sum, period, points.clone());
            prop_assert!(series.period() >= 1);
            prop_assert!(series.points().is_sorted_by(|a, b| a.at < b.at));
            let _ = series.resample(longer);
            let _ = series.resample(series.period().saturating_mul(5));
            let _ = (series.end(), series.is_count(), series.between(-5, 5));
            let mut turned = points;
            turned.reverse();
            let turned = Series::new(Statistic::Sum, period, turned);
            prop_assert_eq!(series.points(), turned.points());
        }
    }
}
