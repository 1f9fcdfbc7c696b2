//! Examples of the user guide, and what is refused.

use super::*;
use proptest::prelude::*;

const GAP: f64 = f64::NAN;

fn metric(values: &[f64]) -> Query {
    Query::Metric(Series::new(
        Statistic::Sum,
        60,
        (0..).map(|minute| minute * 60).zip(values.iter().copied()),
    ))
}

fn queries(metrics: &[(&str, &[f64])], expressions: &[(&str, &str)]) -> Queries {
    let metrics = metrics.iter().map(|&(id, values)| (id.to_owned(), metric(values)));
    let expressions =
        expressions.iter().map(|&(id, text)| (id.to_owned(), Query::Expression(text.to_owned())));
    metrics.chain(expressions).collect()
}

/// The values of an expression minute by minute, `-` where there is none.
fn show(metrics: &[(&str, &[f64])], expression: &str) -> String {
    let length = metrics.iter().map(|(_, values)| values.len()).max().unwrap_or_default() as i64;
    match series(&queries(metrics, &[("e1", expression)]), "e1", 0, length * 60) {
        Ok(series) => (0..length)
            .map(|minute| series.at(minute * 60).map_or("-".to_owned(), |value| value.to_string()))
            .collect::<Vec<_>>()
            .join(" "),
        Err(error) => error.to_string(),
    }
}

#[test]
fn comparisons_of_the_user_guide() {
    let metrics: &[(&str, &[f64])] =
        &[("metric1", &[30.0, 20.0, 0.0, 0.0]), ("metric2", &[20.0, GAP, 20.0, GAP])];
    assert_eq!(show(metrics, "(metric1 < metric2)"), "0 0 1 0");
    assert_eq!(show(metrics, "(metric1 >= 30)"), "1 0 0 0");
    assert_eq!(show(metrics, "(metric1 > 15 AND metric2 > 15)"), "1 0 0 0");
    assert_eq!(show(metrics, "metric1 == 20 || metric2 == 20"), "1 1 1 0");
}

#[test]
fn conditions_of_the_user_guide() {
    let metrics: &[(&str, &[f64])] = &[
        ("metric1", &[1.0, 1.0, 0.0, 0.0, GAP]),
        ("metric2", &[30.0, GAP, 0.0, 0.0, 30.0]),
        ("metric3", &[0.0, 0.0, 20.0, GAP, 20.0]),
    ];
    assert_eq!(show(metrics, "IF(metric1, metric2, metric3)"), "30 0 20 - -");
    assert_eq!(show(metrics, "IF(metric1, 5, metric3)"), "5 5 20 - -");
    assert_eq!(show(metrics, "IF(metric1, metric2, 5)"), "30 0 5 5 -");
    assert_eq!(show(metrics, "IF(metric3 > 10, metric3)"), "- - 20 - 20");
    assert_eq!(show(metrics, "IF(0, metric1, metric3)"), "0 0 20 - 20");
    assert_eq!(show(metrics, "IF(0, metric1)"), "- - - - -");
}

#[test]
fn arithmetic_and_its_gaps() {
    let metrics: &[(&str, &[f64])] = &[("m1", &[10.0, GAP, 4.0, 6.0]), ("m2", &[2.0, 5.0, 0.0, GAP])];
    // Missing is 0 where the other side has a point; a division by zero drops it.
    assert_eq!(show(metrics, "m1 / m2"), "5 0 - -");
    assert_eq!(show(metrics, "m1 - m2"), "8 -5 4 6");
    assert_eq!(show(metrics, "100 * m2"), "200 500 0 -");
    assert_eq!(show(metrics, "-m1 ^ 2"), "-100 - -16 -36");
    assert_eq!(show(metrics, "SUM([m1, m2])"), "12 5 4 6");
    assert_eq!(show(metrics, "AVG(METRICS())"), "6 2.5 2 3");
    assert_eq!(show(metrics, "MIN([m1, m2])"), "2 5 0 6");
    assert_eq!(show(metrics, "MAX(METRICS(\"m1\"))"), "10 - 4 6");
    assert_eq!(show(metrics, "m2 - MIN(m2)"), "2 5 0 -");
    assert_eq!(show(metrics, "m1 / DATAPOINT_COUNT(m1)"), "3.3333333333333335 - 1.3333333333333333 2");
    assert_eq!(show(metrics, "SUM(METRICS()/2)"), "6 2.5 2 3");
    assert_eq!(show(metrics, "m1/PERIOD(m1)*60"), "10 - 4 6");
}

#[test]
fn filling_and_changing() {
    let metrics: &[(&str, &[f64])] =
        &[("m1", &[GAP, 10.0, GAP, GAP, 40.0, GAP]), ("m2", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])];
    assert_eq!(show(metrics, "FILL(m1, 0)"), "0 10 0 0 40 0");
    assert_eq!(show(metrics, "FILL(m1, m2)"), "1 10 3 4 40 6");
    assert_eq!(show(metrics, "FILL(m1, REPEAT)"), "- 10 10 10 40 40");
    assert_eq!(show(metrics, "FILL(m1, LINEAR)"), "- 10 20 30 40 -");
    assert_eq!(show(metrics, "FILL(m1, MIN(m1))"), "10 10 10 10 40 10");
    assert_eq!(show(metrics, "SUM(FILL(METRICS(), 0))"), "1 12 3 4 45 6");
    assert_eq!(show(metrics, "RATE(m1)"), "- - - - 0.16666666666666666 -");
    assert_eq!(show(metrics, "DIFF(m2)"), "- 1 1 1 1 1");
    assert_eq!(show(metrics, "DIFF_TIME(m1)"), "- - - - 180 -");
    assert_eq!(show(metrics, "RUNNING_SUM(m2)"), "1 3 6 10 15 21");
    assert_eq!(show(metrics, "TIME_SERIES(7)"), "7 7 7 7 7 7");
    assert_eq!(show(metrics, "MINUTE(m1)"), "0 1 2 3 4 5");
    assert_eq!(show(metrics, "DAY(m2)"), "4 4 4 4 4 4");
    assert_eq!(show(metrics, "FIRST(METRICS())*METRIC_COUNT(METRICS())"), "- 20 - - 80 -");
}

#[test]
fn the_error_rate_of_an_api() {
    let requests: &[(&str, &[f64])] = &[("errors", &[0.0, 90.0]), ("requests", &[100.0, 100.0])];
    let queries = queries(requests, &[("e1", "100*(errors/requests)"), ("e2", "IF(e1 > 50, 1, 0)")]);
    assert_eq!(series(&queries, "e2", 0, 120).unwrap().values().collect::<Vec<_>>(), [0.0, 1.0]);
    assert_eq!(series(&queries, "errors", 0, 60).unwrap().points().len(), 1);
}

#[test]
fn what_cannot_be_computed_is_refused() {
    let metrics: &[(&str, &[f64])] = &[("m1", &[1.0])];
    for (expression, expected) in [
        (
            "ANOMALY_DETECTION_BAND(m1)",
            "metric math function `ANOMALY_DETECTION_BAND` is not supported; read the recorded values of the expression instead",
        ),
        ("m9 + 1", "metric math uses `m9`, which is neither a metric nor an expression of this request"),
        ("e1 + 1", "expression `e1` uses itself"),
        ("AVG(m1)", "`e1` is a single number; the result of metric math must be a time series"),
        ("[m1, m1]", "`e1` is 2 time series; an alarm watches one"),
        (
            "FILL(m1, OFTEN)",
            "`FILL` does not take these arguments: time series, and a number, a time series, REPEAT or LINEAR",
        ),
        ("IF(m1)", "`IF` does not take these arguments: a condition, a value if it is true, and one if not"),
        (
            "[m1] + [m1]",
            "`operator` does not take these arguments: numbers, time series, or an array and one of these",
        ),
        ("PERIOD(e1)", "`PERIOD` does not take these arguments: one metric"),
    ] {
        if expression != "FILL(m1, OFTEN)" {
            assert_eq!(show(metrics, expression), expected);
        } else {
            let gap: &[(&str, &[f64])] = &[("m1", &[1.0, GAP])];
            assert_eq!(show(gap, expression), expected);
        }
    }
    let mut mixed = queries(metrics, &[("e1", "m1 + m2")]);
    mixed.insert("m2".to_owned(), Query::Metric(Series::new(Statistic::Sum, 300, [(0, 1.0)])));
    assert_eq!(
        series(&mixed, "e1", 0, 60).unwrap_err().to_string(),
        "metric math needs metrics of one period; there are 60 s and 300 s"
    );
    let large = queries(metrics, &[("e1", "TIME_SERIES(1)")]);
    assert_eq!(series(&large, "e1", i64::MIN, i64::MAX), Err(MathError::TooLarge));
}

#[test]
fn expressions_that_double_each_other_end() {
    let list: Vec<(String, String)> =
        (1..40).map(|index| (format!("e{index}"), format!("[e{0}, e{0}]", index + 1))).collect();
    let expressions: Vec<_> = list.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let mut all = queries(&[("m1", &[1.0])], &expressions);
    all.insert("e40".to_owned(), Query::Expression("[m1]".to_owned()));
    assert_eq!(series(&all, "e1", 0, 60), Err(MathError::TooLarge));
    // Each is computed once, else this would take 2^30 steps.
    let list: Vec<(String, String)> =
        (1..30).map(|index| (format!("e{index}"), format!("e{0} + e{0}", index + 1))).collect();
    let expressions: Vec<_> = list.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let mut all = queries(&[("m1", &[1.0])], &expressions);
    all.insert("e30".to_owned(), Query::Expression("m1".to_owned()));
    assert_eq!(series(&all, "e1", 0, 60).unwrap().sum(), f64::from(1 << 29));
}

proptest! {
    #[test]
    fn anything_goes(
        text in "(SUM|AVG|FILL|IF|RATE|METRICS|DAY|TIME_SERIES|m1|m2|e1|-|\\(|\\)|,|\\[|\\]| AND |/|<|1|0|REPEAT|LINEAR){0,14}",
        points in prop::collection::vec((prop_oneof![any::<i64>(), -9_i64..9], prop::num::f64::ANY), 0..10),
        period in 0_u32..400, from: i64, length in 0_i64..10_000,
    ) {
        let metric = Series::new(Statistic::Sum, period, points);
        let queries = Queries::from([
            ("m1".to_owned(), Query::Metric(metric.clone())),
            ("m2".to_owned(), Query::Metric(metric.between(0, 1000))),
            ("e1".to_owned(), Query::Expression(text)),
        ]);
        if let Ok(series) = series(&queries, "e1", from, from.saturating_add(length)) {
            prop_assert!(series.values().all(f64::is_finite));
        }
        let _ = series(&queries, "e1", i64::MIN, i64::MAX);
    }

    #[test]
    fn operators_over_any_values(left in prop::num::f64::ANY, right in prop::num::f64::ANY, operator in "(\\+|-|\\*|/|\\^|==|!=|<|>|<=|>=|AND|OR)") {
        let queries = queries(&[("m1", &[left]), ("m2", &[right])], &[("e1", &format!("m1 {operator} m2"))]);
        prop_assert!(series(&queries, "e1", 0, 60).unwrap().values().all(f64::is_finite));
    }
}
