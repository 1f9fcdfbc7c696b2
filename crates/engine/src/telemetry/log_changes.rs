//! Log templates that are new, gone or came at another rate since the onset, with their first lines as written.
//!
//! Both windows must have been recorded: a log that was only asked for after the onset has nothing to be compared with.

use super::{BASELINE_SECONDS_MIN, length, words};
use crate::scene::Scene;
use crate::symptom::log_answers::{self, LogAnswer, LogEvent};
use butfor_incident::{Cites, EvidenceId, Onset, Symptom, SymptomKind, Timestamp};
use butfor_signals::logs::compare::{Change, Comparer, P_MAX, Window};
use butfor_signals::logs::record::{Level, Reader, Record};
use butfor_signals::logs::signature;
use std::collections::{BTreeMap, BTreeSet};

/// Characters quoted of a line.
const SAMPLE_CHARS_MAX: usize = 240;

/// Lines quoted of each template.
const SAMPLES_MAX: usize = 2;

/// Changes told of one log group.
const PER_GROUP_MAX: usize = 3;

/// Records compared of one log group; a limit against floods.
const RECORDS_MAX: usize = 500_000;

/// One log group, as it was asked for.
#[derive(Default)]
struct Group<'c> {
    events: BTreeSet<(Timestamp, &'c str, &'c str)>,
    /// Stretches that were asked for.
    covered: Vec<(Timestamp, Timestamp)>,
    evidence: Vec<EvidenceId>,
}

/// Changes of all log groups, failures first.
pub(super) fn of(scene: &Scene<'_>, onset: Timestamp) -> Vec<Symptom> {
    let answers = log_answers::read(scene.case);
    let mut groups: BTreeMap<(&str, &str, &str, &str), Group<'_>> = BTreeMap::new();
    for answer in &answers {
        let place = &answer.evidence.query;
        groups.entry((&place.account, &place.region, &answer.group, &answer.filter)).or_default().add(answer);
    }
    // What two queries of one group show is told once, against the longer baseline.
    let mut told: BTreeMap<Key<'_>, (i64, Weight, Symptom)> = BTreeMap::new();
    for ((account, region, name, _), group) in &groups {
        let (baseline_s, changes) = group.changes(name, onset);
        for (weight, symptom) in changes {
            let key = (*account, *region, *name, symptom.samples.clone());
            if told.get(&key).is_none_or(|(known, ..)| *known < baseline_s) {
                told.insert(key, (baseline_s, weight, symptom));
            }
        }
    }
    let mut all: Vec<(Weight, Symptom)> =
        told.into_values().map(|(_, weight, symptom)| (weight, symptom)).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.text.cmp(&b.1.text)));
    all.into_iter().map(|(_, symptom)| symptom).collect()
}

/// Account, region and group, with the lines that are quoted.
type Key<'a> = (&'a str, &'a str, &'a str, Vec<String>);

/// What comes first: failures, then what is new, then the most lines.
type Weight = (bool, u8, std::cmp::Reverse<u64>);

/// A record with the event it begins in.
struct Seen<'c> {
    record: Record,
    at: Timestamp,
    stream: &'c str,
    line: &'c str,
}

impl Seen<'_> {
    /// What it says in known words, if it tells of a failure.
    fn failure(&self) -> Option<String> {
        let facts = signature::read_record(&self.record);
        let known = facts.first().map(|fact| words::of_kind(&fact.kind));
        let is_bad = self.record.header.level.is_some_and(|level| level >= Level::Error);
        known.or_else(|| is_bad.then(|| "an error".to_owned()))
    }

    fn sample(&self) -> String {
        let line: String =
            self.line.lines().next().unwrap_or_default().chars().take(SAMPLE_CHARS_MAX).collect();
        match self.stream {
            "" => format!("{}: {line}", self.at),
            stream => format!("{} {stream}: {line}", self.at),
        }
    }
}

impl<'c> Group<'c> {
    fn add(&mut self, answer: &'c LogAnswer<'_>) {
        let events = answer
            .events
            .iter()
            .map(|LogEvent { at, stream, message }| (*at, stream.as_str(), message.as_str()));
        self.events.extend(events);
        if let (Some(from), Some(until)) = (answer.from, answer.until)
            && from < until
        {
            self.covered.push((from, until));
        }
        self.evidence.push(answer.evidence.id());
    }

    /// Seconds that were asked for between two moments.
    fn covered_s(&self, from: Timestamp, until: Timestamp) -> i64 {
        let mut stretches: Vec<_> = self
            .covered
            .iter()
            .map(|(start, end)| ((*start).max(from), (*end).min(until)))
            .filter(|(start, end)| start < end)
            .collect();
        stretches.sort_unstable();
        let mut reached = from;
        let mut seconds = 0;
        for (start, end) in stretches {
            let start = start.max(reached);
            if end > start {
                seconds += end.seconds_since(start);
                reached = end;
            }
        }
        seconds
    }

    /// Its records in order; lines of one stream that belong together are one.
    fn records(&self) -> Vec<Seen<'c>> {
        let events: Vec<_> = self.events.iter().copied().take(RECORDS_MAX).collect();
        let mut readers: BTreeMap<&str, Reader> = BTreeMap::new();
        let mut records = Vec::new();
        for (number, (_, stream, message)) in (0_u64..).zip(&events) {
            let reader = readers.entry(stream).or_default();
            for line in message.lines() {
                records.extend(reader.push(line, number));
            }
        }
        records.extend(readers.into_values().filter_map(|mut reader| reader.finish()));
        records.sort_by_key(|record| record.source);
        let seen = |record: Record| {
            let place = usize::try_from(record.source).ok()?;
            let (at, stream, line) = *events.get(place)?;
            Some(Seen { record, at, stream, line })
        };
        records.into_iter().filter_map(seen).collect()
    }

    /// Seconds of the baseline, and what changed against it.
    fn changes(&self, name: &str, onset: Timestamp) -> (i64, Vec<(Weight, Symptom)>) {
        let start = self.covered.iter().map(|(from, _)| *from).min();
        let end = self.covered.iter().map(|(_, until)| *until).max();
        let (Some(start), Some(end)) = (start, end) else { return (0, Vec::new()) };
        let (baseline_s, incident_s) = (self.covered_s(start, onset), self.covered_s(onset, end));
        if baseline_s < BASELINE_SECONDS_MIN || incident_s <= 0 {
            return (baseline_s, Vec::new());
        }
        (baseline_s, self.compared(name, onset, (baseline_s, incident_s)).unwrap_or_default())
    }

    fn compared(
        &self,
        name: &str,
        onset: Timestamp,
        (baseline_s, incident_s): (i64, i64),
    ) -> Option<Vec<(Weight, Symptom)>> {
        let records = self.records();
        let mut comparer = Comparer::new();
        comparer.baseline_was_recorded();
        for (number, seen) in (0..).zip(&records) {
            let window = if seen.at < onset { Window::Baseline } else { Window::Incident };
            comparer.add(window, &seen.record.message, number);
        }
        #[expect(clippy::cast_precision_loss, reason = "seconds of a log, far below 2^52")]
        let found = comparer.compare(baseline_s as f64, incident_s as f64).ok()?;
        let cites = Cites::many(self.evidence.iter().copied())?;
        let spoken = Spoken { name, baseline_s, records: &records, cites: &cites };
        let new = found.new.iter().filter_map(|change| spoken.appeared(change));
        let changed = found.changed.iter().filter_map(|change| spoken.changed(change));
        let gone = found.gone.iter().map(|change| spoken.gone(change));
        let mut all: Vec<_> = new.chain(changed).chain(gone).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.text.cmp(&b.1.text)));
        all.truncate(PER_GROUP_MAX);
        Some(all)
    }
}

/// What is needed to put a change into words.
struct Spoken<'a> {
    name: &'a str,
    baseline_s: i64,
    records: &'a [Seen<'a>],
    cites: &'a Cites,
}

impl Spoken<'_> {
    fn samples<'s>(&'s self, change: &'s Change) -> impl Iterator<Item = &'s Seen<'s>> {
        change.samples.iter().filter_map(|sample| self.records.get(usize::try_from(sample.source).ok()?))
    }

    /// `None` for lines that say nothing bad and may have been missed by chance before.
    fn appeared(&self, change: &Change) -> Option<(Weight, Symptom)> {
        let failure = self.samples(change).find_map(Seen::failure);
        if failure.is_none() && change.p_value >= P_MAX {
            return None;
        }
        let what = failure.as_ref().map(|failure| format!(" ({failure})")).unwrap_or_default();
        let lines = if change.incident == 1 { "line" } else { "lines" };
        let text = format!(
            "{}: {} new {lines}{what}; none in the {} before",
            self.name,
            change.incident,
            length(self.baseline_s)
        );
        Some(self.symptom(failure.is_some(), 0, change, text))
    }

    /// `None` for a change of lines that are no failures and not many times as many.
    fn changed(&self, change: &Change) -> Option<(Weight, Symptom)> {
        let failure = self.samples(change).find_map(Seen::failure);
        let ratio = change.rate_ratio?;
        let what = failure.as_ref().map(|failure| format!(" ({failure})")).unwrap_or_default();
        let rate = if ratio >= 1.0 {
            format!("{} times as often", words::value(ratio))
        } else {
            format!("at {} of the usual rate", words::percent(ratio))
        };
        let text = format!(
            "{}: `{}`{what} {rate}: {} lines since, {} in the {} before",
            self.name,
            cut(&change.text),
            change.incident,
            change.baseline,
            length(self.baseline_s)
        );
        Some(self.symptom(failure.is_some() && ratio > 1.0, 1, change, text))
    }

    fn gone(&self, change: &Change) -> (Weight, Symptom) {
        let text = format!(
            "{}: `{}` no longer comes; {} lines in the {} before",
            self.name,
            cut(&change.text),
            change.baseline,
            length(self.baseline_s)
        );
        self.symptom(false, 2, change, text)
    }

    fn symptom(&self, is_failure: bool, order: u8, change: &Change, text: String) -> (Weight, Symptom) {
        let first =
            self.samples(change).map(|seen| seen.at).min().filter(|_| change.incident > 0 && order == 0);
        let lines = change.incident.max(change.baseline);
        let symptom = Symptom {
            kind: SymptomKind::Log,
            text,
            onset: first.map(|at| Onset { at, earliest: at, latest: at }),
            samples: self.samples(change).map(Seen::sample).take(SAMPLES_MAX).collect(),
            cites: self.cites.clone(),
        };
        ((!is_failure, order, std::cmp::Reverse(lines)), symptom)
    }
}

fn cut(text: &str) -> String {
    let cut: String = text.chars().take(SAMPLE_CHARS_MAX / 2).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}
