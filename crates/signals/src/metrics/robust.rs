//! Statistics that one wild value cannot move: median, median absolute deviation, quantiles, counting tails.

/// 1 / Φ⁻¹(3/4): makes the median absolute deviation of normal noise its standard deviation
/// (Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", 1993).
pub const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// The middle value, the mean of the two middle ones if their number is even. `None` without a finite value.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    // Halved first: the sum of two huge values is infinite.
    sorted.get(middle.checked_sub(1)?).map(|lower| lower / 2.0 + upper / 2.0)
}

/// Median absolute deviation from the median, scaled to the standard deviation of normal noise.
#[must_use]
pub fn deviation(values: &[f64]) -> Option<f64> {
    let middle = median(values)?;
    let distances: Vec<_> = values.iter().map(|value| (value - middle).abs()).collect();
    median(&distances).map(|distance| distance * MAD_TO_SIGMA)
}

/// The smallest value that at least `share` (0 to 1) of the values do not exceed. `None` without a finite value.
#[must_use]
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let sorted = sorted(values);
    let rank = (share.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// How wide values usually scatter, never 0: where more than half of them are equal the deviation is 0 and says nothing, so the mean
/// distance stands in, and for a constant series 1 % of its level.
#[must_use]
pub fn scatter(values: &[f64]) -> f64 {
    let Some(middle) = median(values) else { return 1.0 };
    let spread = deviation(values).unwrap_or_default();
    // Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993: 1.2533 times the mean distance when the MAD is 0.
    let mean = 1.253_314 * values.iter().map(|value| (value - middle).abs()).sum::<f64>()
        / values.len().max(1) as f64;
    let floor = (middle.abs() * 0.01).max(f64::MIN_POSITIVE);
    let width = if spread > 0.0 { spread } else { mean };
    if width.is_finite() { width.max(floor) } else { f64::MAX }
}

/// Probability of at least `count` events where `mean` are expected (Poisson). For a rate of 0 any event is impossible.
#[must_use]
pub fn poisson_at_least(count: u64, mean: f64) -> f64 {
    if count == 0 {
        return 1.0;
    }
    if mean <= 0.0 || mean.is_nan() {
        return 0.0;
    }
    // Far from the middle the normal approximation with continuity correction is good enough, and quick.
    if count > 10_000 || mean > 10_000.0 {
        return normal_tail((count as f64 - 0.5 - mean) / mean.sqrt());
    }
    // Terms below `count`, in logarithms because `exp(-mean)` underflows early.
    let mut log_term = -mean;
    let mut below = log_term.exp();
    for k in 1..count {
        log_term += mean.ln() - (k as f64).ln();
        below += log_term.exp();
    }
    if below < 0.999_999 {
        return (1.0 - below).clamp(0.0, 1.0);
    }
    // The tail itself, where 1 - x has lost its digits.
    let mut term = (log_term + mean.ln() - (count as f64).ln()).exp();
    let mut tail = 0.0;
    for k in count + 1..count + 200 {
        tail += term;
        term *= mean / k as f64;
    }
    tail.clamp(0.0, 1.0)
}

/// Probability of at most `count` events where `mean` are expected (Poisson).
#[must_use]
pub fn poisson_at_most(count: u64, mean: f64) -> f64 {
    1.0 - poisson_at_least(count.saturating_add(1), mean)
}

/// Probability that a standard normal value exceeds `z` (Abramowitz and Stegun 26.2.17; absolute error below 1e-7).
#[must_use]
pub fn normal_tail(z: f64) -> f64 {
    if z.is_nan() {
        return 1.0;
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let polynomial = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * polynomial;
    if z >= 0.0 { tail } else { 1.0 - tail }
}

/// Median of the slopes of all pairs, per second: the trend 29 % of wild values cannot turn (Theil 1950, Sen 1968). At most the last
/// 200 points are paired. `None` with fewer than two moments.
#[must_use]
pub fn slope(points: &[(i64, f64)]) -> Option<f64> {
    let points = points.get(points.len().saturating_sub(200)..)?;
    let mut slopes = Vec::new();
    for (index, (at, value)) in points.iter().enumerate() {
        for (later, other) in points.iter().skip(index + 1) {
            let seconds = later.saturating_sub(*at);
            if seconds != 0 {
                slopes.push((other - value) / seconds as f64);
            }
        }
    }
    median(&slopes)
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<_> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_wild_value_moves_nothing() {
        assert_eq!(median(&[1.0, 2.0, 3.0, 4.0, 1e300]), Some(3.0));
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[f64::NAN, 7.0]), Some(7.0));
        assert_eq!(deviation(&[1.0, 2.0, 3.0, 4.0, 1e300]), Some(MAD_TO_SIGMA));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 1.0), Some(4.0));
        assert_eq!(scatter(&[100.0; 5]), 1.0);
    }

    #[test]
    fn counting_tails_agree_with_the_tables() {
        let near =
            |left: f64, right: f64| assert!((left - right).abs() <= 1e-4 * right.max(1e-3), "{left} {right}");
        near(poisson_at_least(1, 1.0), 0.632_120_6);
        near(poisson_at_least(5, 2.0), 0.052_653);
        near(poisson_at_most(2, 5.0), 0.124_652);
        // 1 - cdf is 0 in floats here; the tail is not.
        assert!(poisson_at_least(80, 20.0) > 0.0 && poisson_at_least(80, 20.0) < 1e-20);
        near(normal_tail(1.96), 0.024_998);
    }

    #[test]
    fn a_trend_survives_a_spike() {
        let mut points: Vec<_> = (0..20).map(|minute| (minute * 60, 100.0 - minute as f64)).collect();
        points[7].1 = 1e9;
        assert!((slope(&points).unwrap() + 1.0 / 60.0).abs() < 1e-9);
        assert_eq!(slope(&[(5, 1.0), (5, 2.0)]), None);
    }

    proptest! {
        #[test]
        fn anything_goes(values in prop::collection::vec(prop::num::f64::ANY, 0..30), share in prop::num::f64::ANY, count: u64, mean in prop::num::f64::ANY) {
            let _ = (median(&values), deviation(&values), quantile(&values, share));
            prop_assert!(scatter(&values) > 0.0);
            prop_assert!((0.0..=1.0).contains(&poisson_at_least(count, mean)));
            prop_assert!((-1e-9..=1.0).contains(&poisson_at_most(count % 500, mean)));
            let points: Vec<_> = values.iter().zip(0..).map(|(&value, at)| (at * (count as i64 % 1000), value)).collect();
            let _ = slope(&points);
        }
    }
}
