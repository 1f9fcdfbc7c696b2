//! What is usual at this hour: seasonality by hour of the day, or of the week, where history is long enough to know.

use super::robust::{median, scatter};
use super::series::Series;
use std::collections::{BTreeMap, BTreeSet};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// Cycles a slot must have been seen in: with fewer, one bad day is half of what is "usual".
const CYCLES_MIN: usize = 3;

/// How much of the scatter must be the hour's doing before hours are told apart: judging by hour costs most of the history.
const SHARE_MIN: f64 = 0.2;

/// Usual values by hour.
#[derive(Clone, Debug)]
pub(super) struct Season {
    cycle: i64,
    slots: BTreeMap<i64, Vec<f64>>,
}

impl Season {
    /// By hour of the week if the history holds three weeks of it, else by hour of the day if three days; `None` when history is
    /// shorter, or when hours do not differ enough to matter. Hours are UTC hours: the cycle is what counts, not its name.
    pub(super) fn of(series: &Series) -> Option<Self> {
        let cycle = [WEEK, DAY].into_iter().find(|&cycle| is_covered(series, cycle))?;
        let mut slots: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for point in series.points() {
            slots.entry(slot(point.at, cycle)).or_default().push(point.value);
        }
        let season = Self { cycle, slots };
        let all: Vec<_> = series.values().collect();
        let left: Vec<_> =
            series.points().iter().filter_map(|point| Some(point.value - season.usual(point.at)?)).collect();
        // The spread of what is left lies around 0, where `scatter` has no floor of its own to hide in.
        (scatter(&left) < (1.0 - SHARE_MIN) * scatter(&all)).then_some(season)
    }

    /// The values seen at this hour.
    pub(super) fn values(&self, at: i64) -> Option<&[f64]> {
        self.slots.get(&slot(at, self.cycle)).map(Vec::as_slice)
    }

    /// The usual value at this hour.
    pub(super) fn usual(&self, at: i64) -> Option<f64> {
        median(self.values(at)?)
    }
}

fn slot(at: i64, cycle: i64) -> i64 {
    at.rem_euclid(cycle) / HOUR
}

/// Whether every slot that occurs was seen in enough different cycles, and all of the cycle occurs.
fn is_covered(series: &Series, cycle: i64) -> bool {
    let mut seen: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for point in series.points() {
        seen.entry(slot(point.at, cycle)).or_default().insert(point.at.div_euclid(cycle));
    }
    let hours = usize::try_from(cycle / HOUR).unwrap_or(usize::MAX);
    seen.len() == hours && seen.values().all(|cycles| cycles.len() >= CYCLES_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Statistic;

    fn days(days: i64, value: impl Fn(i64) -> f64) -> Series {
        Series::new(Statistic::Average, 300, (0..days * 288).map(|index| (index * 300, value(index * 300))))
    }

    #[test]
    fn a_season_needs_three_cycles_and_must_explain_something() {
        let daily =
            |at: i64| 100.0 + 50.0 * f64::from(u8::from(at % DAY > 12 * HOUR)) + (at / 300 % 7) as f64;
        assert!(Season::of(&days(2, daily)).is_none());
        let season = Season::of(&days(4, daily)).unwrap();
        assert!((season.usual(13 * HOUR).unwrap() - season.usual(2 * HOUR).unwrap() - 50.0).abs() < 3.0);
        assert!(Season::of(&days(4, |at| (at / 300 % 7) as f64)).is_none());
        assert!(Season::of(&days(0, daily)).is_none());
    }

    #[test]
    fn with_weeks_of_history_the_weekend_is_its_own() {
        let weekly = |at: i64| if at / DAY % 7 >= 5 { 10.0 } else { 100.0 + (at / 300 % 5) as f64 };
        let season = Season::of(&days(22, weekly)).unwrap();
        assert_eq!(season.usual(5 * DAY), Some(10.0));
        assert!(season.usual(2 * DAY).unwrap() >= 100.0);
    }
}
