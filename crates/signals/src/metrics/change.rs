//! Change points: when did the level of a series change, and between which two points?
//!
//! Penalised segmentation with a bounded loss (Fearnhead and Rigaill, "Changepoint Detection in the Presence of Outliers", JASA
//! 2019), solved exactly over a grid of levels by dynamic programming in time points x levels. The loss of a point is its deviance from
//! the segment's level: normal for measurements, Poisson for counts, bounded so that one spike is cheaper to leave than to
//! fit, while two points in a row are not. A change costs 3 ln n (the modified BIC of Zhang and Siegmund, Biometrics 2007),
//! more where the noise is autocorrelated.

use super::robust::{MAD_TO_SIGMA, median, quantile, scatter};
use super::season::Season;
use super::series::Series;

/// Points that are looked at, the latest ones: two weeks at five minutes.
pub const POINTS_MAX: usize = 4_096;
/// Levels of the grid by rank, and again by distance.
const LEVELS: usize = 64;
/// What one point may cost at most, in changes: above 1 so that two points in a row are worth two changes (there and
/// back), below 2 so that one is not.
const SPIKE: f64 = 1.9;
/// Positive measurements that span more than this factor are judged by their logarithms: their noise grows with them.
const WIDE: f64 = 10.0;
/// Steps from which the widest tenth says something about noise.
const STEPS_MIN: usize = 40;
/// Counts below this mean are too skewed for a normal approximation.
const SPARSE: f64 = 20.0;
/// Fall of the deviance within which a position is as likely as the best: 95 % of chi-squared with one degree (Wilks 1938).
const POSITION: f64 = 3.84;
/// Measurements must change by this many times their noise: less is real only to a statistician.
const SIGMAS_MIN: f64 = 1.0;

/// The level of a series between two changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Median of a measurement, mean of sparse counts, in the series' unit.
    pub value: f64,
    /// How many points it rests on.
    pub points: usize,
}

/// A lasting change of level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// Beginning of the first period at the new level.
    pub at: i64,
    /// Not before: the beginning of the last period surely at the old level (a change late in a period hardly shows in it).
    pub earliest: i64,
    /// Not after: the end of the first period surely at the new level.
    pub latest: i64,
    /// The level before.
    pub before: Level,
    /// The level after.
    pub after: Level,
    /// Fall of the deviance (-2 log likelihood) that this change buys; compare with `threshold`.
    pub statistic: f64,
    /// What a change has to buy to be believed.
    pub threshold: f64,
    /// Set when the level changed by just a factor of units (1000, 1024, 100, ...) while its relative scatter stayed: then
    /// the unit may have changed and nothing else.
    pub unit_factor: Option<f64>,
}

/// The lasting changes of a series, oldest first. Gaps only widen the uncertainty; a single spike is no change (see
/// [`super::anomalies`]); with three days of history the hours' usual values are taken out first. Only the last
/// [`POINTS_MAX`] points are looked at.
#[must_use]
pub fn change_points(series: &Series) -> Vec<ChangePoint> {
    let skipped = series.points().len().saturating_sub(POINTS_MAX);
    let points = series.points().get(skipped..).unwrap_or_default();
    if points.len() < 4 {
        return Vec::new();
    }
    let season = Season::of(series);
    let raw: Vec<f64> = points.iter().map(|point| point.value).collect();
    let values: Vec<f64> = if let Some(season) = &season {
        points.iter().map(|point| point.value - season.usual(point.at).unwrap_or_default()).collect()
    } else if !series.is_count() && is_wide(&raw) {
        raw.iter().map(|value| value.ln()).collect()
    } else {
        raw.clone()
    };
    let mean = raw.iter().sum::<f64>() / raw.len() as f64;
    let loss = if season.is_none() && series.is_count() && mean < SPARSE {
        Loss::poisson(&values)
    } else {
        // Even a steady demand arrives by chance: a count scatters at least by its root.
        Loss::normal(&values, if series.is_count() { median(&raw).unwrap_or_default().sqrt() } else { 0.0 })
    };
    let Some(loss) = loss else { return Vec::new() };
    let starts = segments(&values, &loss);
    let mut changes = Vec::new();
    for (index, &start) in starts.iter().enumerate().skip(1) {
        let from = starts.get(index - 1).copied().unwrap_or_default();
        let until = starts.get(index + 1).copied().unwrap_or(values.len());
        let Some(fit) = Fit::new(&values, &loss, from, start, until) else { continue };
        if fit.gain < loss.penalty || !loss.is_worth_saying(fit.left, fit.right) {
            continue;
        }
        let (Some(first), Some(earliest), Some(latest)) =
            (points.get(start), points.get(fit.first - 1), points.get(fit.last))
        else {
            continue;
        };
        let before = loss.level(raw.get(from..start).unwrap_or_default());
        let after = loss.level(raw.get(start..until).unwrap_or_default());
        changes.push(ChangePoint {
            at: first.at,
            earliest: earliest.at,
            latest: latest.at.saturating_add(i64::from(series.period())),
            before,
            after,
            statistic: fit.gain,
            threshold: loss.penalty,
            unit_factor: unit_factor(
                raw.get(from..start).unwrap_or_default(),
                raw.get(start..until).unwrap_or_default(),
            ),
        });
    }
    changes
}

/// How far a value is from a level, in deviance.
struct Loss {
    /// What a change costs.
    penalty: f64,
    kind: Kind,
}

enum Kind {
    /// Noise of this standard deviation.
    Normal(f64),
    /// Counts, with this many times the variance of a Poisson process.
    Poisson(f64),
}

impl Loss {
    fn normal(values: &[f64], floor: f64) -> Option<Self> {
        let memory = autocorrelation(values);
        let sigma = noise(values, memory)?.max(floor);
        Some(Self { penalty: penalty(values.len(), memory), kind: Kind::Normal(sigma) })
    }

    fn poisson(values: &[f64]) -> Option<Self> {
        // Anscombe 1948: the square root of a Poisson count has variance 1/4 whatever its mean.
        let roots: Vec<_> = values.iter().map(|value| 2.0 * (value + 0.375).sqrt()).collect();
        let memory = autocorrelation(&roots);
        let sigma = noise(&roots, memory)?.max(1.0);
        Some(Self { penalty: penalty(roots.len(), memory), kind: Kind::Poisson(sigma * sigma) })
    }

    fn of(&self, value: f64, level: f64) -> f64 {
        let deviance = match self.kind {
            Kind::Normal(sigma) => ((value - level) / sigma).powi(2),
            Kind::Poisson(dispersion) => {
                // A rate of exactly 0 would make one event impossible for ever.
                let level = level.max(0.01);
                let surprise = if value > 0.0 { value * (value / level).ln() } else { 0.0 };
                2.0 * (surprise - (value - level)) / dispersion
            }
        };
        deviance.clamp(0.0, SPIKE * self.penalty)
    }

    fn location(&self, values: &[f64]) -> f64 {
        match self.kind {
            Kind::Normal(_) => median(values).unwrap_or_default(),
            Kind::Poisson(_) => values.iter().sum::<f64>() / values.len().max(1) as f64,
        }
    }

    fn level(&self, values: &[f64]) -> Level {
        Level { value: self.location(values), points: values.len() }
    }

    fn is_worth_saying(&self, left: f64, right: f64) -> bool {
        match self.kind {
            Kind::Normal(sigma) => (right - left).abs() >= SIGMAS_MIN * sigma,
            Kind::Poisson(_) => true,
        }
    }
}

/// Standard deviation of the noise, from differences of neighbours, which a change of level does not widen; differences of an
/// autoregression are narrower than its noise by the root of 1 - r.
fn noise(values: &[f64], memory: f64) -> Option<f64> {
    let steps = steps(values, 1);
    let narrowed = (2.0 * (1.0 - memory)).sqrt();
    let middle = median(&steps)? * MAD_TO_SIGMA / narrowed;
    // Where more than one step in ten is wide, wide steps are how the series is. In a short series they may be its changes.
    let wide = if steps.len() >= STEPS_MIN { quantile(&steps, 0.9)? / 1.645 / narrowed } else { 0.0 };
    let middle = middle.max(wide);
    if middle > 0.0 {
        return middle.is_finite().then_some(middle);
    }
    // Mostly constant: the mean step stands in (E|x - y| = 2 sigma / sqrt(pi)), then a thousandth of the level.
    let mean = steps.iter().sum::<f64>() / steps.len() as f64 * 0.886;
    let floor = median(values)?.abs() * 1e-3;
    let sigma = mean.max(floor);
    (sigma > 0.0 && sigma.is_finite()).then_some(sigma)
}

/// How much a value resembles its neighbour, 0 to 0.8. Squared steps over two points are as wide as over one for white noise, and 1 + r
/// times for an autoregression.
fn autocorrelation(values: &[f64]) -> f64 {
    let ratio = |kept: usize| {
        let width = |lag| {
            let mut steps = steps(values, lag);
            steps.sort_by(f64::total_cmp);
            let narrow = steps.get(..steps.len() * kept / 10).unwrap_or_default();
            narrow.iter().map(|step| step * step).sum::<f64>() / narrow.len().max(1) as f64
        };
        let (one, two) = (width(1), width(2));
        if one > 0.0 && two.is_finite() { two / one - 1.0 } else { 0.0 }
    };
    // Without the widest steps, where changes and spikes are: a tenth of them, or more where there are more.
    ratio(9).min(ratio(7)).clamp(0.0, 0.8)
}

fn steps(values: &[f64], lag: usize) -> Vec<f64> {
    values.iter().zip(values.iter().skip(lag)).map(|(left, right)| (right - left).abs()).collect()
}

/// 3 ln n, times (1 + r) / (1 - r) for noise with autocorrelation r, because then n points say less than n.
fn penalty(count: usize, memory: f64) -> f64 {
    3.0 * (count as f64).ln() * (1.0 + memory) / (1.0 - memory)
}

/// Whether noise grows with the level, as that of latencies does: values all above 0, over a wide range, with wider steps
/// between high values than between low ones.
fn is_wide(values: &[f64]) -> bool {
    let is_positive = values.iter().all(|&value| value > 0.0);
    let range = quantile(values, 0.98).zip(quantile(values, 0.02));
    if !is_positive || !range.is_some_and(|(high, low)| high / low > WIDE) {
        return false;
    }
    let middle = median(values).unwrap_or_default();
    let width = |is_high: bool| {
        let pairs = values.iter().zip(values.iter().skip(1));
        let steps: Vec<_> = pairs
            .filter(|&(&left, &right)| (left > middle) == is_high && (right > middle) == is_high)
            .map(|(left, right)| (right - left).abs())
            .collect();
        median(&steps).unwrap_or_default()
    };
    width(true) > 3.0 * width(false)
}

/// Where segments of the best segmentation begin; the first is 0.
fn segments(values: &[f64], loss: &Loss) -> Vec<usize> {
    let grid = levels(values);
    // For each level the cost so far, and for each point which level it came from.
    let mut costs = vec![0.0; grid.len()];
    let mut origins: Vec<Vec<u16>> = Vec::with_capacity(values.len());
    for (index, &value) in values.iter().enumerate() {
        let (best, cheapest) = least(&costs);
        let mut from = Vec::with_capacity(grid.len());
        for (level, (cost, &height)) in (0_u16..).zip(costs.iter_mut().zip(&grid)) {
            let changed = cheapest + loss.penalty;
            from.push(if index > 0 && changed < *cost { best } else { level });
            if index > 0 {
                *cost = cost.min(changed);
            }
            *cost += loss.of(value, height);
        }
        origins.push(from);
    }
    let (mut level, _) = least(&costs);
    let mut starts = Vec::new();
    for (index, from) in origins.iter().enumerate().rev() {
        let before = from.get(usize::from(level)).copied().unwrap_or(level);
        if before != level {
            starts.push(index);
            level = before;
        }
    }
    starts.push(0);
    starts.reverse();
    // At either end one change is enough to fit a spike; that is no lasting level.
    if starts.len() > 1 && starts.last().is_some_and(|&last| last + 1 >= values.len()) {
        starts.pop();
    }
    if starts.get(1) == Some(&1) {
        starts.remove(1);
    }
    // Where the level changes anyway, a spike on the way costs only one change more; it is no level either.
    let next: Vec<_> = starts.iter().skip(1).copied().chain([usize::MAX]).collect();
    starts
        .into_iter()
        .zip(next)
        .filter(|&(start, next)| start == 0 || start + 1 != next)
        .map(|(start, _)| start)
        .collect()
}

fn least(costs: &[f64]) -> (u16, f64) {
    (0_u16..).zip(costs).fold(
        (0, f64::INFINITY),
        |(at, least), (index, &cost)| {
            if cost < least { (index, cost) } else { (at, least) }
        },
    )
}

/// Levels a segment may have: taken from medians of three neighbours, which no single spike reaches and every burst of two does.
fn levels(values: &[f64]) -> Vec<f64> {
    let mut smooth: Vec<_> = values.windows(3).filter_map(median).collect();
    smooth.sort_by(f64::total_cmp);
    smooth.dedup();
    let (Some(&low), Some(&high)) = (smooth.first(), smooth.last()) else { return vec![0.0] };
    let count = smooth.len();
    let mut levels: Vec<f64> = if count <= LEVELS {
        smooth
    } else {
        (0..LEVELS).filter_map(|rank| smooth.get(rank * (count - 1) / (LEVELS - 1)).copied()).collect()
    };
    // Halves, because the distance of two huge values is infinite.
    let step = (high / 2.0 - low / 2.0) / (LEVELS as f64 / 2.0);
    levels.extend((0..LEVELS).map(|rank| low + step * rank as f64).filter(|level| level.is_finite()));
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    levels
}

/// A change between two neighbouring segments, measured.
struct Fit {
    left: f64,
    right: f64,
    /// What the change buys against one level for both segments.
    gain: f64,
    /// First and last position of the change that is as likely as the best.
    first: usize,
    last: usize,
}

impl Fit {
    fn new(values: &[f64], loss: &Loss, from: usize, start: usize, until: usize) -> Option<Self> {
        let (before, after) = (values.get(from..start)?, values.get(start..until)?);
        let both = values.get(from..until)?;
        let (left, right, common) = (loss.location(before), loss.location(after), loss.location(both));
        let cost =
            |values: &[f64], level: f64| values.iter().map(|&value| loss.of(value, level)).sum::<f64>();
        // One level for all may best be that of either side, too: the median of both is not the minimum of a bounded loss.
        let together =
            [left, right, common].map(|level| cost(both, level)).into_iter().fold(f64::INFINITY, f64::min);
        let gain = together - cost(before, left) - cost(after, right);
        let (mut first, mut last) = (start, start);
        let mut worse = 0.0;
        for (back, &value) in before.iter().enumerate().skip(1).rev() {
            worse += loss.of(value, right) - loss.of(value, left);
            if worse > POSITION {
                break;
            }
            first = from + back;
        }
        worse = 0.0;
        for (ahead, &value) in after.iter().enumerate().take(after.len().saturating_sub(1)) {
            worse += loss.of(value, left) - loss.of(value, right);
            if worse > POSITION {
                break;
            }
            last = start + ahead + 1;
        }
        gain.is_finite().then_some(Self { left, right, gain, first, last })
    }
}

/// The factor between two units, if that alone tells the two pieces apart.
fn unit_factor(before: &[f64], after: &[f64]) -> Option<f64> {
    const FACTORS: [f64; 6] = [100.0, 1e3, 1024.0, 1e6, 1_048_576.0, 1e9];
    // Fewer points do not show a shape.
    if before.len() < 8 || after.len() < 8 {
        return None;
    }
    let (left, right) = (median(before)?, median(after)?);
    if left == 0.0 || right == 0.0 || (left < 0.0) != (right < 0.0) {
        return None;
    }
    let ratio = right / left;
    let spread = (scatter(after) / right.abs()) / (scatter(before) / left.abs());
    let is_alike = (0.6..1.7).contains(&spread);
    FACTORS
        .into_iter()
        .flat_map(|factor| [factor, 1.0 / factor])
        .filter(|factor| is_alike && (ratio / factor - 1.0).abs() < 0.1)
        .min_by(|left, right| (ratio / left - 1.0).abs().total_cmp(&(ratio / right - 1.0).abs()))
}

#[cfg(test)]
mod tests;
