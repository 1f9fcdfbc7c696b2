//! Series whose changes are known.

use super::*;
use crate::metrics::Statistic;
use proptest::prelude::*;

/// Noise that is the same every time: the sum of a few congruential numbers, roughly normal, mean 0, deviation 1.
fn noise_at(seed: u64, index: usize) -> f64 {
    let mut state = seed
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(index as u64)
        .wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mut sum = 0.0;
    for _ in 0..12 {
        state ^= state >> 30;
        state = state.wrapping_mul(0x94D0_49BB_1331_11EB).wrapping_add(0x1234_5678_9ABC_DEF1);
        sum += (state >> 11) as f64 / (1_u64 << 53) as f64;
    }
    sum - 6.0
}

fn series(statistic: Statistic, values: impl IntoIterator<Item = f64>) -> Series {
    Series::new(statistic, 60, (0..).map(|minute| minute * 60).zip(values))
}

fn at(values: impl IntoIterator<Item = f64>) -> Vec<i64> {
    change_points(&series(Statistic::Average, values)).iter().map(|change| change.at / 60).collect()
}

#[test]
fn steps_are_found_where_they_are() {
    let noisy = |index: usize, level: f64| level + noise_at(1, index);
    assert_eq!(at((0..100).map(|index| noisy(index, if index < 60 { 50.0 } else { 60.0 }))), [60]);
    assert_eq!(
        at((0..120).map(|index| noisy(index, if (40..80).contains(&index) { 10.0 } else { 30.0 }))),
        [40, 80]
    );
    // Two minutes of an outage, as in the incident that was over before its alarm.
    assert_eq!(
        at((0..60).map(|index| noisy(index, if (27..29).contains(&index) { 80.0 } else { 0.0 }))),
        [27, 29]
    );
    // Constant before and after.
    assert_eq!(at([5.0; 20].into_iter().chain([9.0; 20])), [20]);
}

#[test]
fn a_spike_a_constant_and_short_series_are_no_change() {
    let mut values = vec![10.0; 50];
    values[25] = 1e9;
    assert_eq!(at(values.clone()), [0; 0]);
    values[49] = 1e9;
    values[0] = -1e9;
    assert_eq!(at(values), [0; 0]);
    assert_eq!(at([1.0; 100]), [0; 0]);
    assert_eq!(at([1.0, 1.0, 9.0]), [0; 0]);
    assert_eq!(at([]), [0; 0]);
}

#[test]
fn noise_alone_changes_nothing() {
    let mut found = 0;
    for seed in 0..200 {
        found += at((0..200).map(|index| noise_at(seed, index))).len();
    }
    assert!(found <= 2, "{found} changes in 200 series of noise");
}

#[test]
fn wandering_noise_is_not_cut_to_pieces() {
    let mut found = 0;
    for seed in 0..50 {
        let mut last = 0.0;
        found += at((0..200).map(|index| {
            last = 0.6 * last + noise_at(seed, index);
            last
        }))
        .len();
    }
    assert!(found <= 10, "{found} changes in 50 series of autocorrelated noise");
}

#[test]
fn sparse_counts_change_by_their_rate() {
    // One error in ten minutes, then one a minute.
    let counts = (0..180)
        .map(|minute| f64::from(u8::from(if minute < 120 { minute % 10 == 3 } else { minute % 7 != 2 })));
    let changes = change_points(&series(Statistic::Sum, counts));
    assert_eq!(changes.len(), 1);
    let change = changes[0];
    assert!((117..=123).contains(&(change.at / 60)), "{change:?}");
    assert!(
        (change.before.value - 0.1).abs() < 0.03 && (change.after.value - 0.86).abs() < 0.1,
        "{change:?}"
    );
    assert!(change.statistic > change.threshold);
    // Single errors now and then are the usual, and so is one burst within one minute.
    let quiet =
        (0..180).map(|minute| if minute == 90 { 40.0 } else { f64::from(u8::from(minute % 37 == 3)) });
    assert_eq!(change_points(&series(Statistic::Sum, quiet)), []);
}

#[test]
fn the_throttling_of_two_minutes_is_bracketed() {
    let counts = (0..60).map(|minute| match minute {
        27 => 60.0,
        28 => 79.0,
        _ => 0.0,
    });
    let changes = change_points(&series(Statistic::Sum, counts));
    let brackets: Vec<_> = changes.iter().map(|change| (change.earliest / 60, change.latest / 60)).collect();
    // The first began between minute 26 (nothing) and the end of minute 27 (sixty).
    assert_eq!(brackets, [(26, 28), (28, 30)]);
}

#[test]
fn a_gap_widens_the_bracket() {
    let points = (0..80)
        .filter(|minute| !(35..45).contains(minute))
        .map(|minute| (minute * 60, if minute < 40 { 5.0 } else { 50.0 } + noise_at(3, minute as usize)));
    let changes = change_points(&Series::new(Statistic::Average, 60, points));
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].at / 60, changes[0].earliest / 60, changes[0].latest / 60), (45, 34, 46));
}

#[test]
fn a_change_of_unit_is_told_apart() {
    let shape = |index: usize| 0.2 + 0.01 * noise_at(4, index);
    let changes = change_points(&series(
        Statistic::Average,
        (0..60).map(|index| shape(index) * if index < 30 { 1.0 } else { 1000.0 }),
    ));
    assert_eq!(changes.iter().map(|change| change.unit_factor).collect::<Vec<_>>(), [Some(1000.0)]);
    let slower = change_points(&series(
        Statistic::Average,
        (0..60).map(|index| shape(index) * if index < 30 { 1.0 } else { 40.0 }),
    ));
    assert_eq!(slower.iter().map(|change| change.unit_factor).collect::<Vec<_>>(), [None]);
}

#[test]
fn the_hour_of_the_day_is_no_change() {
    let hour =
        |index: i64| 100.0 + 80.0 * f64::from(u8::from(index % 288 > 144)) + noise_at(5, index as usize);
    let days = |days: i64, extra: fn(i64) -> f64| {
        Series::new(
            Statistic::Average,
            300,
            (0..days * 288).map(|index| (index * 300, hour(index) + extra(index))),
        )
    };
    assert_eq!(change_points(&days(5, |_| 0.0)), []);
    let changes = change_points(&days(5, |index| if index >= 1300 { 40.0 } else { 0.0 }));
    assert_eq!(changes.iter().map(|change| change.at / 300).collect::<Vec<_>>(), [1300]);
}

proptest! {
    #[test]
    fn anything_goes(values in prop::collection::vec(prop::num::f64::ANY, 0..60), sum: bool, at in prop::collection::vec(any::<i64>(), 0..60)) {
        let statistic = if sum { Statistic::Sum } else { Statistic::Average };
        let _ = change_points(&series(statistic.clone(), values.clone()));
        let _ = change_points(&Series::new(statistic, 0, at.into_iter().zip(values)));
    }

    #[test]
    fn changes_are_in_order_and_bracketed(values in prop::collection::vec(0_u8..20, 4..120)) {
        let changes = change_points(&series(Statistic::Sum, values.into_iter().map(f64::from)));
        prop_assert!(changes.is_sorted_by(|left, right| left.at < right.at));
        for change in changes {
            prop_assert!(change.earliest < change.at && change.at < change.latest);
            prop_assert!(change.statistic >= change.threshold);
        }
    }

    #[test]
    fn scale_and_place_do_not_matter(seed in 0_u64..50, factor in 0.001_f64..1000.0, offset in -1000_i64..1000) {
        let value = |index: usize| 100.0 + noise_at(seed, index) + if index > 40 { 12.0 } else { 0.0 };
        let plain = change_points(&series(Statistic::Average, (0..80).map(value)));
        let moved = change_points(&Series::new(
            Statistic::Average, 60, (0..80).map(|index| ((index as i64 + offset) * 60, value(index) * factor)),
        ));
        let at = |changes: &[ChangePoint], offset: i64| changes.iter().map(|change| change.at - offset * 60).collect::<Vec<_>>();
        prop_assert_eq!(at(&plain, 0), at(&moved, offset));
    }
}
