//! What is wrong, since when, and the words it is told in.

use super::class::{Class, Presence, classes};
use super::words::{identifiers, words};
use super::{Incident, LogRecord};
use crate::logs::signature::{self, Kind};
use crate::logs::template::Miner;
use crate::metrics::{Series, Statistic, change_points};
use std::collections::{BTreeMap, BTreeSet};

/// Records of a kind that come first after this share of the time before the alarm are new.
const QUIET_SHARE: f64 = 0.2;
/// A kind that was there before is new again when it comes so many times as often.
const BURST: f64 = 4.0;
/// A series changed when its last level is so many times its first, or the other way round.
const SHIFT_RATIO: f64 = 1.4;
/// Bytes of a text that are read.
const TEXT_MAX: usize = 4096;

/// How much what is said by whom counts.
const WEIGHT_ERROR: f64 = 1.0;
const WEIGHT_SPAN: f64 = 0.9;
const WEIGHT_WARNING: f64 = 0.8;
const WEIGHT_ALERT: f64 = 0.8;
const WEIGHT_PATTERN: f64 = 0.7;
const WEIGHT_METRIC: f64 = 0.6;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Symptom {
    pub(super) service: String,
    pub(super) text: String,
    /// Fields of all its records: name and values.
    pub(super) fields: BTreeMap<String, BTreeSet<String>>,
    /// When first; none where only a count is known.
    pub(super) at: Option<i64>,
    pub(super) count: usize,
    pub(super) weight: f64,
    /// A call was given up by its caller: the symptom of a victim.
    pub(super) is_cancelled: bool,
}

/// A lasting change of a series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shift {
    pub(super) service: String,
    pub(super) metric: String,
    pub(super) at: i64,
    pub(super) before: f64,
    pub(super) after: f64,
}

/// All symptoms.
#[derive(Debug, Clone, Default)]
pub(super) struct Symptoms {
    pub(super) list: Vec<Symptom>,
    pub(super) shifts: Vec<Shift>,
    /// Words with the weight of the weightiest symptom that uses them.
    pub(super) words: BTreeMap<String, f64>,
    /// Identifiers that were written by programmers, as they are.
    pub(super) identifiers: BTreeSet<String>,
    /// Names of things that are said to be missing or invalid.
    pub(super) names: BTreeSet<String>,
    /// Numbers in fields and with units, as written.
    pub(super) numbers: BTreeSet<String>,
    /// Source files of stack traces.
    pub(super) files: BTreeSet<String>,
    pub(super) presence: Presence,
    /// When something failed for the first time.
    pub(super) failing_at: i64,
    /// When something was unusual for the first time; not after `failing_at`.
    pub(super) first_sign: i64,
}

impl Symptoms {
    pub(super) fn of(incident: &Incident) -> Self {
        let mut all = Self { failing_at: incident.alert.at, ..Self::default() };
        all.records(incident);
        all.patterns(incident);
        all.spans(incident);
        all.shifts(incident);
        all.times();
        all.read(incident);
        all
    }

    fn records(&mut self, incident: &Incident) {
        let alert = incident.alert.at;
        let start = incident.records.iter().map(|record| record.at).min().unwrap_or(alert);
        let quiet = start + ((alert - start).max(0) as f64 * QUIET_SHARE) as i64;
        let half = start + (alert - start).max(0) / 2;
        let mut miner = Miner::new();
        let mut groups: BTreeMap<(&str, _), Vec<&LogRecord>> = BTreeMap::new();
        for record in incident.records.iter().filter(|record| record.is_warning) {
            groups.entry((record.service.as_str(), miner.add(cut(&record.text)))).or_default().push(record);
        }
        let mut found: Vec<(bool, Symptom)> = Vec::new();
        for ((service, _), records) in groups {
            let first = records.iter().map(|record| record.at).min().unwrap_or(alert);
            let early = records.iter().filter(|record| record.at < half).count() as f64;
            let late = records.len() as f64 - early;
            let is_new = first >= quiet || late > early * BURST;
            let Some(sample) = records.iter().min_by_key(|record| record.at) else { continue };
            let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (name, value) in records.iter().flat_map(|record| &record.fields) {
                fields.entry(name.clone()).or_default().insert(cut(value).to_owned());
            }
            for (name, value) in records.iter().flat_map(|record| pairs(cut(&record.text))) {
                fields.entry(name).or_default().insert(value);
            }
            // The moment of what was there before and grew is not known well enough.
            let at = if first >= quiet { Some(first) } else { None };
            let weight = if sample.is_error { WEIGHT_ERROR } else { WEIGHT_WARNING };
            let text = cut(&sample.text).to_owned();
            let is_cancelled = is_cancelled(&text);
            found.push((
                is_new,
                Symptom {
                    service: service.to_owned(),
                    text,
                    fields,
                    at,
                    count: records.len(),
                    weight,
                    is_cancelled,
                },
            ));
        }
        let any_new = found.iter().any(|(is_new, _)| *is_new);
        self.list
            .extend(found.into_iter().filter(|(is_new, _)| *is_new || !any_new).map(|(_, symptom)| symptom));
    }

    fn patterns(&mut self, incident: &Incident) {
        for pattern in incident.patterns.iter().filter(|pattern| pattern.is_negative && pattern.more > 0) {
            let text = cut(&pattern.text).to_owned();
            self.list.push(Symptom {
                service: pattern.service.clone(),
                is_cancelled: is_cancelled(&text),
                text,
                fields: BTreeMap::new(),
                at: None,
                count: usize::try_from(pattern.count).unwrap_or(0),
                weight: WEIGHT_PATTERN,
            });
        }
    }

    fn spans(&mut self, incident: &Incident) {
        for span in incident.spans.iter().filter(|span| span.failed) {
            let text = format!("{} {}", span.name, cut(&span.text));
            self.list.push(Symptom {
                service: span.service.clone(),
                is_cancelled: is_cancelled(&text),
                text,
                fields: BTreeMap::new(),
                at: None,
                count: 1,
                weight: WEIGHT_SPAN,
            });
        }
    }

    fn shifts(&mut self, incident: &Incident) {
        for measured in &incident.series {
            let series = Series::new(Statistic::Average, 0, measured.points.iter().copied());
            let changes = change_points(&series);
            let (Some(first), Some(last)) = (changes.first(), changes.last()) else { continue };
            if is_apart(first.before.value, last.after.value) {
                self.shifts.push(Shift {
                    service: measured.service.clone(),
                    metric: measured.metric.clone(),
                    at: first.at,
                    before: first.before.value,
                    after: last.after.value,
                });
            }
        }
    }

    fn times(&mut self) {
        let failing = self
            .list
            .iter()
            .filter(|symptom| symptom.weight >= WEIGHT_ERROR)
            .filter_map(|symptom| symptom.at)
            .min();
        self.failing_at = failing.map_or(self.failing_at, |at| at.min(self.failing_at));
        let warned = self.list.iter().filter_map(|symptom| symptom.at).min();
        // What counts down from the beginning did not begin.
        let shifted =
            self.shifts.iter().filter(|shift| !is_countdown(&shift.metric)).map(|shift| shift.at).min();
        self.first_sign = [warned, shifted].into_iter().flatten().fold(self.failing_at, i64::min);
    }

    fn read(&mut self, incident: &Incident) {
        let mut texts: Vec<(String, f64)> = self
            .list
            .iter()
            .map(|symptom| {
                let fields = symptom.fields.iter().map(|(name, values)| {
                    format!("{name}={}", values.iter().next().map_or("", String::as_str))
                });
                (format!("{}\n{}", symptom.text, fields.collect::<Vec<_>>().join("\n")), symptom.weight)
            })
            .collect();
        texts.push((cut(&incident.alert.text).to_owned(), WEIGHT_ALERT));
        texts.push((incident.alert.metric.clone(), WEIGHT_METRIC));
        texts.extend(self.shifts.iter().map(|shift| (shift.metric.clone(), WEIGHT_METRIC)));
        for (text, weight) in &texts {
            self.text(text, *weight);
        }
        for symptom in &self.list {
            for values in symptom.fields.values() {
                self.numbers.extend(values.iter().filter(|value| is_telling_number(value)).cloned());
            }
        }
    }

    fn text(&mut self, text: &str, weight: f64) {
        let found = classes(text);
        for class in &found {
            let known = self.presence.entry(*class).or_default();
            *known = known.max(weight);
        }
        for word in words(text) {
            let known = self.words.entry(word).or_default();
            *known = known.max(weight);
        }
        for identifier in identifiers(text) {
            let telling = identifier.contains('_') || identifier.chars().skip(1).any(char::is_uppercase);
            if telling && identifier.len() >= 6 {
                self.identifiers.insert(identifier.to_owned());
            }
        }
        self.files.extend(source_files(text));
        self.numbers.extend(numbers_with_units(text));
        if found
            .iter()
            .any(|class| matches!(class, Class::Missing | Class::Format | Class::Crash | Class::Access))
        {
            self.names.extend(quoted(text));
        }
        for fact in signature::read(text) {
            match fact.kind {
                Kind::MissingEnvironmentVariable { name } | Kind::Missing { name: Some(name), .. } => {
                    self.names.insert(name);
                }
                _ => {}
            }
        }
    }

    /// Whether a service has symptoms of its own, and is not only given up by its callers.
    pub(super) fn fails(&self, service: &str) -> bool {
        self.list.iter().any(|symptom| symptom.service == service && !symptom.is_cancelled)
    }
}

/// Whether two levels are clearly apart. Near zero a ratio says nothing without a distance.
fn is_apart(before: f64, after: f64) -> bool {
    let (low, high) = (before.abs().min(after.abs()), before.abs().max(after.abs()));
    high > 0.0 && (low == 0.0 || high / low >= SHIFT_RATIO || before.signum() * after.signum() < 0.0)
}

/// A metric that runs towards an end on its own.
pub(super) fn is_countdown(metric: &str) -> bool {
    let lower = metric.to_lowercase();
    ["expir", "until", "remaining", "days_left"].iter().any(|word| lower.contains(word))
}

pub(super) fn is_cancelled(text: &str) -> bool {
    let lower = text.to_lowercase();
    [
        "context canceled",
        "context cancelled",
        "canceled by client",
        "cancelled by client",
        "client disconnected",
        "client closed request",
        "canceled by caller",
        "client cancelled",
    ]
    .iter()
    .any(|phrase| lower.contains(phrase))
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_MAX)).unwrap_or(text)
}

/// `name=value` in a text.
fn pairs(text: &str) -> Vec<(String, String)> {
    text.split([' ', ';', ',', '\n'])
        .filter_map(|word| word.split_once('='))
        .filter(|(name, value)| {
            !name.is_empty()
                && !value.is_empty()
                && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.')
        })
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Names in quotes: no sentences, no numbers.
fn quoted(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for quote in ['"', '\'', '`'] {
        for (index, piece) in text.split(quote).enumerate() {
            let is_name = piece.len() > 1
                && piece.len() <= 80
                && !piece.contains([' ', '\n', '/'])
                && piece.chars().any(char::is_alphabetic);
            if index % 2 == 1 && is_name {
                found.insert(piece.trim_matches('\\').to_owned());
            }
        }
    }
    found
}

/// A number that would not come by chance: three digits or more.
fn is_telling_number(value: &str) -> bool {
    value.len() >= 3 && value.len() <= 9 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// `750ms` gives `750`.
fn numbers_with_units(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter_map(|word| word.strip_suffix("ms").or_else(|| word.strip_suffix('s')))
        .filter(|digits| digits.len() >= 2 && is_telling_number(&format!("{digits}0")))
        .map(str::to_owned)
        .collect()
}

/// Files that a stack trace names.
fn source_files(text: &str) -> BTreeSet<String> {
    const ENDINGS: [&str; 16] = [
        ".go", ".py", ".ts", ".js", ".tsx", ".jsx", ".java", ".kt", ".rb", ".rs", ".cpp", ".cc", ".cs",
        ".php", ".scala", ".ex",
    ];
    text.split(|letter: char| letter.is_whitespace() || "()\"',;[]=".contains(letter))
        .filter_map(|word| word.split(':').next())
        .filter(|word| ENDINGS.iter().any(|ending| word.ends_with(ending)) && word.len() > 4)
        .map(|word| word.trim_start_matches(['.', '/']).to_owned())
        .collect()
}
