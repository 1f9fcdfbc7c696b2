//! The tables of the CloudWatch user guide, row by row, and what they leave open.

use super::*;
use crate::metrics::Statistic;
use proptest::prelude::*;

fn definition(needed: u32, periods: u32, missing: Missing) -> Definition {
    Definition {
        period: 300,
        evaluation_periods: periods,
        datapoints_to_alarm: Some(needed),
        comparison: Comparison::GreaterThanThreshold,
        threshold: 50.0,
        missing,
        evaluation_range: None,
    }
}

/// Data points as the user guide draws them: `0` good, `X` breaching, `-` missing, the newest on the right.
fn drawn(picture: &str) -> Series {
    let points = (0..).zip(picture.split(' ')).filter(|(_, mark)| *mark != "-");
    Series::new(
        Statistic::Sum,
        300,
        points.map(|(slot, mark)| (slot * 300, if mark == "X" { 51.0 } else { 50.0 })),
    )
}

/// The state after the drawn points, from each state before.
fn after(definition: &Definition, picture: &str, before: State) -> State {
    let end = picture.split(' ').count() as i64 * 300;
    evaluate(definition, &drawn(picture), end, end, before).unwrap()[0].state
}

/// The columns MISSING, IGNORE, BREACHING, NOT BREACHING; `None` retains the state.
fn check(needed: u32, picture: &str, expected: [Option<State>; 4]) {
    let treatments = [Missing::Missing, Missing::Ignore, Missing::Breaching, Missing::NotBreaching];
    for (treatment, expected) in treatments.into_iter().zip(expected) {
        for before in [State::Ok, State::Alarm, State::InsufficientData] {
            let found = after(&definition(needed, 3, treatment), picture, before);
            assert_eq!(found, expected.unwrap_or(before), "{needed} of 3, {picture}, {treatment:?}");
        }
    }
}

const OK: Option<State> = Some(State::Ok);
const ALARM: Option<State> = Some(State::Alarm);
const UNKNOWN: Option<State> = Some(State::InsufficientData);

#[test]
fn three_of_three_as_the_user_guide_has_it() {
    check(3, "0 - X - X", [OK; 4]);
    check(3, "0 - - - -", [OK; 4]);
    check(3, "- - - - -", [UNKNOWN, None, ALARM, OK]);
    check(3, "0 X X - X", [ALARM; 4]);
    check(3, "- - X - -", [ALARM, None, ALARM, OK]);
    // From the text below the tables: not before the breaching point is old enough.
    check(3, "- - - - X", [UNKNOWN, None, ALARM, OK]);
    check(3, "- - - X -", [UNKNOWN, None, ALARM, OK]);
}

#[test]
fn two_of_three_as_the_user_guide_has_it() {
    check(2, "0 - X - X", [ALARM; 4]);
    check(2, "0 0 X 0 X", [ALARM; 4]);
    check(2, "0 - X - -", [OK, OK, ALARM, OK]);
    check(2, "- - - - 0", [OK, OK, ALARM, OK]);
    check(2, "- - - X -", [ALARM, None, ALARM, OK]);
}

#[test]
fn the_threshold_itself_is_not_beyond_it() {
    let fires = |comparison, value| {
        let definition = Definition { comparison, ..definition(1, 1, Missing::Missing) };
        let series = Series::new(Statistic::Sum, 300, [(0, value)]);
        evaluate(&definition, &series, 300, 300, State::Ok).unwrap()[0].state == State::Alarm
    };
    assert!(!fires(Comparison::GreaterThanThreshold, 50.0));
    assert!(fires(Comparison::GreaterThanThreshold, 50.000_001));
    assert!(fires(Comparison::GreaterThanOrEqualToThreshold, 50.0));
    assert!(!fires(Comparison::LessThanThreshold, 50.0));
    assert!(fires(Comparison::LessThanOrEqualToThreshold, 50.0));
    assert_eq!(
        Comparison::parse("GreaterThanUpperThreshold").unwrap_err().to_string(),
        "`GreaterThanUpperThreshold` is not an operator with a fixed threshold; read the alarm's recorded state instead"
    );
    assert!(Missing::parse("notBreaching").is_ok() && Missing::parse("NotBreaching").is_err());
}

#[test]
fn the_state_over_time() {
    // The figure of the user guide: three of three, breached in periods 3 to 5 and once in 9.
    let series = drawn("0 0 X X X 0 0 0 X 0");
    let found = transitions(&definition(3, 3, Missing::Missing), &series, 300, 3000, State::Ok).unwrap();
    let changes: Vec<_> = found.iter().map(|moment| (moment.at / 300, moment.state)).collect();
    assert_eq!(changes, [(5, State::Alarm), (6, State::Ok)]);
    assert_eq!(found[0].breaching.iter().map(|point| point.at / 300).collect::<Vec<_>>(), [4, 3, 2]);
}

#[test]
fn minutes_are_added_up_to_the_alarms_period() {
    // 11 and 79 in two minutes of one period: neither is above 80, together they are.
    let series = Series::new(Statistic::Sum, 60, [(1620, 11.0), (1680, 79.0)]);
    let alarm = Definition { threshold: 80.0, ..definition(1, 1, Missing::NotBreaching) };
    let found = transitions(&alarm, &series, 300, 3600, State::Ok).unwrap();
    let changes: Vec<_> = found.iter().map(|moment| (moment.at, moment.state)).collect();
    // The period from 1500 ends at 1800; then there is no more data, and two earlier periods are still looked at.
    assert_eq!(changes, [(1800, State::Alarm), (2700, State::Ok)]);
    let percentile = Series::new(Statistic::parse("p99"), 60, [(0, 1.0)]);
    assert!(matches!(evaluate(&alarm, &percentile, 0, 300, State::Ok), Err(AlarmError::Period(_))));
}

#[test]
fn impossible_definitions_are_refused() {
    let series = drawn("X");
    let refused = |definition: Definition| evaluate(&definition, &series, 0, 300, State::Ok).is_err();
    assert!(refused(definition(4, 3, Missing::Missing)));
    assert!(refused(definition(0, 3, Missing::Missing)));
    assert!(refused(definition(0, 0, Missing::Missing)));
    assert!(refused(Definition { period: 0, ..definition(1, 1, Missing::Missing) }));
    assert!(evaluate(&definition(1, 1, Missing::Missing), &series, i64::MIN, i64::MAX, State::Ok).is_err());
    assert_eq!(evaluate(&definition(1, 1, Missing::Missing), &series, 300, 0, State::Ok), Ok(Vec::new()));
}

proptest! {
    #[test]
    fn anything_goes(
        points in prop::collection::vec((prop_oneof![any::<i64>(), -9_i64..9], prop::num::f64::ANY), 0..20),
        period: u32, needed in 0_u32..20, periods in 0_u32..20, range in prop::option::of(0_u32..50),
        threshold in prop::num::f64::ANY, from: i64, length in 0_i64..100_000,
    ) {
        let definition = Definition {
            period, threshold, evaluation_range: range, ..definition(needed, periods, Missing::Ignore)
        };
        let series = Series::new(Statistic::Sum, period, points);
        let _ = evaluate(&definition, &series, from, from.saturating_add(length), State::Ok);
    }

    #[test]
    fn more_breaching_never_ends_an_alarm(marks in prop::collection::vec(0_u8..3, 5), at in 0_usize..5, needed in 1_u32..4) {
        let picture = |marks: &[u8]| marks.iter().map(|mark| ["0", "X", "-"][usize::from(*mark)]).collect::<Vec<_>>().join(" ");
        let mut worse = marks.clone();
        if worse[at] == 0 {
            worse[at] = 1;
        }
        for treatment in [Missing::Missing, Missing::Breaching, Missing::NotBreaching] {
            let definition = definition(needed, 3, treatment);
            if after(&definition, &picture(&marks), State::Ok) == State::Alarm {
                prop_assert_eq!(after(&definition, &picture(&worse), State::Ok), State::Alarm);
            }
        }
    }
}
