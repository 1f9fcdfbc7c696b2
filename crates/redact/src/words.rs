//! Words that stay, and how a name falls into words.

use std::collections::BTreeSet;
use std::sync::LazyLock;

static VOCABULARY: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("vocabulary.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});

/// Whether a word in small letters says what a thing is and not whose.
pub(crate) fn is_common(word: &str) -> bool {
    VOCABULARY.contains(word)
}

/// Maximal runs of ASCII letters and digits, with what is between: `(text, is_run)`.
pub(crate) fn runs(text: &str) -> Vec<(&str, bool)> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_run = first.is_ascii_alphanumeric();
        let end = rest.find(|c: char| c.is_ascii_alphanumeric() != is_run).unwrap_or(rest.len());
        let (run, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        all.push((run, is_run));
        rest = after;
    }
    all
}

/// A run in words: `nightlyReport2` is `nightly`, `Report`, `2`; `SQSQueue` is `SQS`, `Queue`.
pub(crate) fn words(run: &str) -> Vec<&str> {
    let bytes = run.as_bytes();
    let mut cuts = Vec::new();
    for (index, pair) in bytes.windows(2).enumerate() {
        let [left, right] = pair else { continue };
        let after = bytes.get(index + 2);
        let is_cut = left.is_ascii_digit() != right.is_ascii_digit()
            || left.is_ascii_lowercase() && right.is_ascii_uppercase()
            || left.is_ascii_uppercase()
                && right.is_ascii_uppercase()
                && after.is_some_and(u8::is_ascii_lowercase);
        if is_cut {
            cuts.push(index + 1);
        }
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for cut in cuts.into_iter().chain([run.len()]) {
        parts.extend(run.get(start..cut).filter(|part| !part.is_empty()));
        start = cut;
    }
    parts
}

/// Whether a run is no word but made by chance: letters and digits take turns, as in `cpv170jyzw5f`.
pub(crate) fn is_random(run: &str) -> bool {
    run.len() >= 8 && words(run).len() >= 4 && run.bytes().any(|byte| byte.is_ascii_digit())
}

/// Texts that say nothing and would be found everywhere: `true`, `info`, `us-east-1`, `3000`.
pub(crate) fn is_everyday(value: &str) -> bool {
    runs(value).iter().filter(|(_, is_run)| *is_run).all(|(run, _)| {
        !is_random(run)
            && words(run).iter().all(|word| {
                is_common(&word.to_lowercase())
                    || word.len() < 3
                    || word.bytes().all(|byte| byte.is_ascii_digit())
            })
    })
}

#[cfg(test)]
mod tests {
    use super::{is_random, runs, words};

    #[test]
    fn names_fall_into_words() {
        for (run, expected) in [
            ("nightlyReport2", &["nightly", "Report", "2"][..]),
            ("SQSQueue", &["SQS", "Queue"]),
            ("HTTP", &["HTTP"]),
            ("payments", &["payments"]),
            ("A", &["A"]),
        ] {
            assert_eq!(words(run), expected, "{run}");
        }
        assert_eq!(runs("a-b::é"), [("a", true), ("-", false), ("b", true), ("::é", false)]);
        for (run, expected) in
            [("cpv170jyzw5f", true), ("payments", false), ("orders2", false), ("5nowmzj5al", true)]
        {
            assert_eq!(is_random(run), expected, "{run}");
        }
    }
}
