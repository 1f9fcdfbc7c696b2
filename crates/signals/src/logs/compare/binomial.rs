//! Tails of the binomial distribution, exact, by the incomplete beta function.

/// Steps of the continued fraction at most; it converges in about the square root of the count.
const STEPS_MAX: u32 = 10_000;

/// The probability of a count at least as far out as `count` of `of`, each with chance `share`: twice the smaller tail.
pub(super) fn two_sided(count: u64, of: u64, share: f64) -> f64 {
    if of == 0 {
        return 1.0;
    }
    let upper = at_least(count, of, share);
    // P(X <= k) = P(n - X >= n - k)
    let lower = at_least(of - count.min(of), of, 1.0 - share);
    (2.0 * upper.min(lower)).min(1.0)
}

/// P(X >= count) = I_p(count, of - count + 1) (Abramowitz and Stegun 26.5.24).
fn at_least(count: u64, of: u64, share: f64) -> f64 {
    if count == 0 {
        return 1.0;
    }
    if count > of {
        return 0.0;
    }
    beta(share, count as f64, (of - count + 1) as f64)
}

/// The regularised incomplete beta function (DLMF 8.17), by the continued fraction 8.17.22 on the side where it is fast.
fn beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    let value = if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    };
    value.clamp(0.0, 1.0)
}

/// Lentz's algorithm, as modified by Thompson and Barnett (1986).
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let safe = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / safe(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for step in 1..=STEPS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / safe(1.0 + even * d);
        c = safe(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / safe(1.0 + odd * d);
        c = safe(1.0 + odd / c);
        let change = d * c;
        value *= change;
        if (change - 1.0).abs() < 1e-14 {
            break;
        }
    }
    value
}

/// The logarithm of the gamma function for positive arguments: Stirling's series (DLMF 5.11.1) above 10, where its
/// first six terms are exact to 1e-15, and the recurrence below.
fn ln_gamma(x: f64) -> f64 {
    let mut shift = 0.0;
    let mut x = x;
    while x < 10.0 {
        shift -= x.ln();
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square
                        * (1.0 / 1260.0
                            - square
                                * (1.0 / 1680.0 - square * (1.0 / 1188.0 - square * 691.0 / 360_360.0)))));
    shift + (x - 0.5) * x.ln() - x + 0.918_938_533_204_672_8 + series
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The sum of the terms, by the recurrence between neighbours.
    fn literal(count: u64, of: u64, share: f64) -> f64 {
        // As logarithms: the first term of a large share is smaller than a double can be.
        let mut term = of as f64 * (1.0 - share).ln();
        let mut sum = if count == 0 { term.exp() } else { 0.0 };
        for k in 1..=of {
            term += ((of - k + 1) as f64 / k as f64 * share / (1.0 - share)).ln();
            if k >= count {
                sum += term.exp();
            }
        }
        sum
    }

    #[test]
    fn known_values() {
        // 10 heads of 10, 0 of 10; 8 or more of 10 is 56/1024.
        assert!((two_sided(10, 10, 0.5) - 2.0 / 1024.0).abs() < 1e-12);
        assert!((two_sided(0, 10, 0.5) - 2.0 / 1024.0).abs() < 1e-12);
        assert!((two_sided(8, 10, 0.5) - 112.0 / 1024.0).abs() < 1e-12);
        assert!((two_sided(5, 10, 0.5) - 1.0).abs() < 1e-12);
        assert!((ln_gamma(1.0)).abs() < 1e-13 && (ln_gamma(6.0) - 120_f64.ln()).abs() < 1e-13);
        assert!(two_sided(10_000_000, 10_000_100, 0.5) < 1e-300);
        assert!(two_sided(5_000_000, 10_000_000, 0.5) > 0.99);
    }

    proptest! {
        #[test]
        fn agrees_with_the_sum(of in 1_u64..200, part in 0.0_f64..1.0, share in 0.02_f64..0.98) {
            let count = (part * of as f64) as u64;
            let (left, right) = (at_least(count, of, share), literal(count, of, share));
            prop_assert!((left - right).abs() < 1e-9, "{left} {right}");
        }

        #[test]
        fn is_a_probability(count in any::<u64>(), of in any::<u64>(), share in any::<f64>()) {
            let p = two_sided(count.min(of), of, share);
            prop_assert!(p.is_nan() && share.is_nan() || (0.0..=1.0).contains(&p));
        }
    }
}
