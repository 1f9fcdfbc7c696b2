//! A window of logs against its baseline: which templates are new, gone, or came at another rate.
//!
//! Statistic: the conditional exact test of two Poisson rates. If a template comes at one rate in both windows, then of
//! its `n` lines the number in the second is binomial with `p = t2 / (t1 + t2)` (Przyborowski and Wilenski, Biometrika 31,
//! 1940, pp. 313-323). Two-sided by doubling the smaller tail, Bonferroni-corrected for the number of templates. Lines come
//! in bursts, more than a Poisson process has, so that a small p alone says little: a change must also be one by
//! [`RATIO_MIN`].

mod binomial;

use super::scan::cut;
use super::template::{Miner, Sample, TemplateId, Templates};

/// Changes below a corrected p of this are reported.
pub const P_MAX: f64 = 0.001;

/// A rate changed when it is this many times the other, up or down.
pub const RATIO_MIN: f64 = 2.0;

/// Sample lines kept of each kind of line and window, and their bytes.
const SAMPLES_MAX: usize = 3;
const SAMPLE_BYTES_MAX: usize = 512;

/// The two windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Before: what is usual.
    Baseline,
    /// What is asked about.
    Incident,
}

/// Reads the lines of both windows, in any order.
#[derive(Debug, Default)]
pub struct Comparer {
    miner: Miner,
    /// By id: what was seen in each window.
    seen: Vec<[Seen; 2]>,
    lines: [u64; 2],
    is_baseline_recorded: bool,
}

#[derive(Debug, Clone, Default)]
struct Seen {
    count: u64,
    samples: Vec<Sample>,
}

/// A template in two windows.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its text, `<*>` where lines differ.
    pub text: String,
    /// Lines in the baseline.
    pub baseline: u64,
    /// Lines in the window asked about.
    pub incident: u64,
    /// Lines a second in the window over those in the baseline; none where the baseline has no line.
    pub rate_ratio: Option<f64>,
    /// Probability of counts at least so far apart if the rate were one, corrected for the number of templates.
    pub p_value: f64,
    /// The first lines, verbatim, with their source: of the window asked about, or of the baseline if it has none there.
    pub samples: Vec<Sample>,
}

/// What differs between two windows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// Templates with no line in the baseline, most lines first. `p_value` says how far one may believe that the baseline
    /// would have had them.
    pub new: Vec<Change>,
    /// Templates that are missed: none in the window, and the baseline's rate says that there should be.
    pub gone: Vec<Change>,
    /// Templates at another rate, the surest first.
    pub changed: Vec<Change>,
    /// Lines of each window, baseline first.
    pub lines: (u64, u64),
    /// Templates in both windows together.
    pub templates: usize,
    /// Lines of kinds that no table had room for: they are not compared.
    pub other: u64,
}

/// Why two windows cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// No line: nothing recorded is not the same as nothing said.
    #[error("the baseline has no lines; collect logs from before the incident")]
    NoBaseline,
    /// A window without a length has no rate.
    #[error("both windows must be longer than 0 seconds")]
    NoLength,
}

impl Comparer {
    /// A comparer that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a line of a window; `source` is a number the caller understands.
    pub fn add(&mut self, window: Window, line: &str, source: u64) {
        let id = self.miner.add_from(line, source);
        let side = usize::from(window == Window::Incident);
        if let Some(lines) = self.lines.get_mut(side) {
            *lines += 1;
        }
        let Some(number) = id.number() else { return };
        if self.seen.len() <= number {
            self.seen.resize(number + 1, <[Seen; 2]>::default());
        }
        let Some(seen) = self.seen.get_mut(number).and_then(|seen| seen.get_mut(side)) else { return };
        seen.count += 1;
        if seen.samples.len() < SAMPLES_MAX {
            seen.samples.push(Sample { source, text: cut(line, SAMPLE_BYTES_MAX).to_owned() });
        }
    }

    /// Says that the baseline was recorded even if it turns out to have no line: then silence was usual.
    pub fn baseline_was_recorded(&mut self) {
        self.is_baseline_recorded = true;
    }

    /// Compares what was read. The lengths of the windows are in seconds.
    ///
    /// # Errors
    ///
    /// When the baseline has no lines and nobody said that it was recorded, or a window no length. A window asked about may be silent: then all is gone.
    pub fn compare(&self, baseline_s: f64, incident_s: f64) -> Result<Comparison, CompareError> {
        let [baseline_lines, incident_lines] = self.lines;
        if baseline_lines == 0 && !self.is_baseline_recorded {
            return Err(CompareError::NoBaseline);
        }
        if !(baseline_s > 0.0 && incident_s > 0.0 && baseline_s.is_finite() && incident_s.is_finite()) {
            return Err(CompareError::NoLength);
        }
        let templates = self.miner.templates();
        let sides = self.by_template(&templates);
        let mut comparison = Comparison {
            lines: (baseline_lines, incident_lines),
            templates: sides.len(),
            other: templates.other(),
            ..Comparison::default()
        };
        let share = incident_s / (baseline_s + incident_s);
        for (template, [baseline, incident]) in templates.list().iter().zip(sides) {
            let p = binomial::two_sided(incident.count, baseline.count + incident.count, share);
            let p_value = (p * comparison.templates as f64).min(1.0);
            let rate_ratio = (baseline.count > 0)
                .then(|| incident.count as f64 / incident_s / (baseline.count as f64 / baseline_s));
            let change = Change {
                text: template.text.clone(),
                baseline: baseline.count,
                incident: incident.count,
                rate_ratio,
                p_value,
                samples: if incident.count > 0 { incident.samples } else { baseline.samples },
            };
            match rate_ratio {
                None => comparison.new.push(change),
                Some(_) if p_value >= P_MAX => {}
                Some(_) if change.incident == 0 => comparison.gone.push(change),
                Some(ratio) if ratio >= RATIO_MIN || ratio <= 1.0 / RATIO_MIN => {
                    comparison.changed.push(change)
                }
                Some(_) => {}
            }
        }
        comparison.new.sort_by(|left, right| {
            right.incident.cmp(&left.incident).then_with(|| left.text.cmp(&right.text))
        });
        comparison.gone.sort_by(|left, right| {
            right.baseline.cmp(&left.baseline).then_with(|| left.text.cmp(&right.text))
        });
        comparison.changed.sort_by(|left, right| {
            left.p_value.total_cmp(&right.p_value).then_with(|| left.text.cmp(&right.text))
        });
        Ok(comparison)
    }

    /// What was seen of each template, in the order of their list.
    fn by_template(&self, templates: &Templates) -> Vec<[Seen; 2]> {
        let mut sides = vec![<[Seen; 2]>::default(); templates.list().len()];
        for (number, seen) in self.seen.iter().enumerate() {
            let place = TemplateId::from_number(number).and_then(|id| templates.place(id));
            let Some(into) = place.and_then(|place| sides.get_mut(place)) else { continue };
            for (into, seen) in into.iter_mut().zip(seen) {
                into.count += seen.count;
                into.samples.extend_from_slice(&seen.samples);
            }
        }
        for seen in sides.iter_mut().flatten() {
            seen.samples.sort_by_key(|sample| sample.source);
            seen.samples.truncate(SAMPLES_MAX);
        }
        sides
    }
}

#[cfg(test)]
mod tests;
