//! Fisher's exact test, one-sided, as a score: how sure it is that a share rose.

/// `-ln P` that at least `now` of `of_now` would be so, given `now + before` of `of_now + before_of` in all, if both windows had one share
/// (Fisher 1922; the hypergeometric tail). 0 where nothing can be said.
pub(super) fn rise(now: u64, of_now: u64, before: u64, of_before: u64) -> f64 {
    let (now, before) = (now.min(of_now), before.min(of_before));
    let (hits, all) = (now + before, of_now + of_before);
    if now == 0 || of_before == 0 {
        return 0.0;
    }
    let whole = ln_choose(all, hits);
    let last = hits.min(of_now);
    let terms = (now..=last)
        .filter(|&x| hits - x <= of_before)
        .map(|x| ln_choose(of_now, x) + ln_choose(of_before, hits - x) - whole);
    let terms: Vec<f64> = terms.collect();
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return 0.0;
    }
    let sum: f64 = terms.iter().map(|term| (term - largest).exp()).sum();
    (-(largest + sum.ln())).max(0.0)
}

fn ln_choose(n: u64, k: u64) -> f64 {
    if k > n { f64::NEG_INFINITY } else { ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k) }
}

/// ln n!, by Stirling's series (DLMF 5.11.1) from 10 on, where its error is below 1e-10.
fn ln_factorial(n: u64) -> f64 {
    if n < 10 {
        return (2..=n).map(|factor| (factor as f64).ln()).sum();
    }
    let x = n as f64 + 1.0;
    let inverse = 1.0 / (x * x);
    let series = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(table: [u64; 4], expected: f64) {
        let [now, of_now, before, of_before] = table;
        let p = (-rise(now, of_now, before, of_before)).exp();
        assert!((p - expected).abs() < 1e-9 * expected.max(1e-9), "{table:?}: {p}");
    }

    #[test]
    fn tails_are_those_of_the_hypergeometric_distribution() {
        // Fisher's lady tasting tea: 4 of 4 right is 1 in 70, 3 of 4 is 17 in 70.
        check([4, 4, 0, 4], 1.0 / 70.0);
        check([3, 4, 1, 4], 17.0 / 70.0);
        check([0, 9, 3, 9], 1.0);
        check([10, 10, 0, 2], 1.0 / 66.0);
        check([5, 5, 5, 5], 1.0);
        // Nothing known of before says nothing.
        check([5, 5, 0, 0], 1.0);
    }

    #[test]
    fn factorials_join_where_the_series_begins() {
        let direct: f64 = (2..=12u32).map(|factor| f64::from(factor).ln()).sum();
        assert!((ln_factorial(12) - direct).abs() < 1e-9);
    }
}
