//! The time a question is about: "in the last 30 minutes", "since 14:05".

use super::document::Document;
use super::words::Word;
use butfor_incident::Timestamp;

/// From one moment to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Window {
    pub(super) fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at <= self.to
    }
}

/// Seconds of the units people use.
const UNITS: &[(&[&str], i64)] = &[
    (&["s", "sec", "secs", "second", "seconds"], 1),
    (&["m", "min", "mins", "minute", "minutes"], 60),
    (&["h", "hr", "hrs", "hour", "hours"], 3600),
    (&["d", "day", "days"], 86_400),
];

/// Longest window, in units: more is a slip of the finger.
const COUNT_MAX: i64 = 10_000;

/// The window and the words without it. Without a moment to count from there is none, and the words stay.
pub(super) fn taken_from(words: Vec<Word>, about: &Document<'_>) -> (Option<Window>, Vec<Word>) {
    let Some(now) = about.now() else { return (None, words) };
    for start in 0..words.len() {
        let rest = words.get(start..).unwrap_or_default();
        let Some((from, length)) = last(rest, now).or_else(|| since(rest, now)) else { continue };
        let mut before = start;
        let leads = |word: &Word| {
            matches!(word.lower.as_str(), "in" | "within" | "during" | "over" | "for" | "the" | "of" | "from")
        };
        while before > 0 && words.get(before - 1).is_some_and(leads) {
            before -= 1;
        }
        let kept = words.iter().take(before).chain(words.iter().skip(start + length)).cloned().collect();
        return (Some(Window { from, to: now }), kept);
    }
    (None, words)
}

/// `last 30 minutes`, `past hour`, `last 2h`: since when, and how many words that is.
fn last(words: &[Word], now: Timestamp) -> Option<(Timestamp, usize)> {
    let word = |at: usize| words.get(at).map(|word| word.lower.as_str());
    if !matches!(word(0)?, "last" | "past" | "previous") {
        return None;
    }
    let next = word(1)?;
    if let Some(unit) = unit(next) {
        return Some((now.plus_seconds(-unit), 2));
    }
    if let Some(unit) = word(2).and_then(unit)
        && let Some(count) = count(next)
    {
        return Some((now.plus_seconds(-count * unit), 3));
    }
    let digits = next.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = unit(next.strip_prefix(digits)?)?;
    Some((now.plus_seconds(-count(digits)? * unit), 2))
}

/// `since 14:05`, `since 2026-05-06T14:05:00Z`; a clock without a date is the latest such time, in UTC.
fn since(words: &[Word], now: Timestamp) -> Option<(Timestamp, usize)> {
    let word = |at: usize| words.get(at).map(|word| word.lower.as_str());
    if !matches!(word(0)?, "since" | "after") {
        return None;
    }
    let time = word(1)?;
    let length = if word(2) == Some("utc") { 3 } else { 2 };
    if let Ok(at) = Timestamp::parse(&time.to_uppercase()) {
        return Some((at, length));
    }
    let clock = time.trim_end_matches('z');
    let full = if clock.len() == 5 { format!("{clock}:00") } else { clock.to_owned() };
    if full.len() != 8 || full.split(':').count() != 3 {
        return None;
    }
    let at = Timestamp::parse(&format!("{}T{full}Z", now.date())).ok()?;
    Some((if at > now { at.plus_seconds(-86_400) } else { at }, length))
}

fn unit(word: &str) -> Option<i64> {
    UNITS.iter().find(|(names, _)| names.contains(&word)).map(|(_, seconds)| *seconds)
}

fn count(word: &str) -> Option<i64> {
    const WORDS: &[(&str, i64)] =
        &[("one", 1), ("two", 2), ("three", 3), ("five", 5), ("ten", 10), ("fifteen", 15), ("thirty", 30)];
    let spoken = WORDS.iter().find(|(name, _)| *name == word).map(|(_, count)| *count);
    spoken.or_else(|| word.parse().ok().filter(|count| (1..=COUNT_MAX).contains(count)))
}

#[cfg(test)]
mod tests {
    use super::super::{About, words};
    use super::{Document, taken_from};
    use butfor_incident::Timestamp;

    #[test]
    fn times_are_taken_out_of_a_question() {
        let report = serde_json::json!({});
        let now = Timestamp::parse("2026-05-06T14:30:00Z").ok();
        let document = Document::of(&About { report: &report, calls: &[], decisions: &[], now });
        let check = |question: &str, since: Option<&str>, rest: &str| {
            let (window, words) = taken_from(words::of(question), &document);
            assert_eq!(window.map(|it| it.from.to_string()).as_deref(), since, "{question}");
            assert_eq!(words::shown(&words), rest);
        };
        check("what changed in the last 30 minutes?", Some("2026-05-06T14:00:00Z"), "what changed");
        check("what changed in the last hour on sg-1", Some("2026-05-06T13:30:00Z"), "what changed on sg-1");
        check("last 2h", Some("2026-05-06T12:30:00Z"), "");
        check("changes since 14:05", Some("2026-05-06T14:05:00Z"), "changes");
        check("changes since 23:05:30 UTC", Some("2026-05-05T23:05:30Z"), "changes");
        check("since 2026-05-01T00:00:00Z", Some("2026-05-01T00:00:00Z"), "");
        check("last 99999999999999999999 days", None, "last 99999999999999999999 days");
        check("the last change", None, "the last change");
        check("since when", None, "since when");
        check("since é4:05", None, "since é4:05");
    }
}
