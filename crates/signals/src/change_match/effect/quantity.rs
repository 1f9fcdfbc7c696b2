//! Numbers that changed: time limits, lifetimes, pools, retries, pauses.

use super::{EffectKind as K, Found, likeness, lower_words};
use std::collections::BTreeSet;

/// Lines are two forms of one when so much of their words is the same.
const LIKENESS_MIN: f64 = 0.45;

/// A number with its unit taken into account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quantity {
    /// In seconds or bytes where a unit is said, else as written.
    pub(super) value: f64,
}

pub(super) fn read(found: &mut Found<'_, '_>) {
    let block = found.block;
    let mut used = vec![false; block.added.len()];
    for removed in &block.removed {
        let (skeleton, before) = quantities(removed);
        if before.is_empty() {
            continue;
        }
        let mut best: Option<(f64, usize, &String, Vec<Quantity>)> = None;
        for (index, added) in block.added.iter().enumerate() {
            if used.get(index).copied().unwrap_or(true) {
                continue;
            }
            let (other, after) = quantities(added);
            if after.len() != before.len() {
                continue;
            }
            let same = if other == skeleton { 1.0 } else { likeness(&other, &skeleton) };
            if same >= LIKENESS_MIN && best.as_ref().is_none_or(|(known, ..)| same > *known) {
                best = Some((same, index, added, after));
            }
        }
        let Some((_, index, added, after)) = best else { continue };
        if let Some(place) = used.get_mut(index) {
            *place = true;
        }
        if is_version(removed, &block.file) {
            continue;
        }
        for (old, new) in before.iter().zip(&after) {
            if old != new {
                changed(found, removed, added, old.value, new.value);
            }
        }
    }
}

fn changed(found: &mut Found<'_, '_>, removed: &str, added: &str, old: f64, new: f64) {
    let mut words = lower_words(removed);
    words.extend(lower_words(added));
    let kind = kind(&words, old, new)
        .or_else(|| {
            // A bare key below a telling one, a bare number in a telling function.
            let mut around = lower_words(&found.block.place);
            around.extend(lower_words(&found.block.file));
            around.extend(found.block.context.iter().rev().take(4).flat_map(|line| lower_words(line)));
            kind(&around, old, new)
        })
        .unwrap_or(K::NumberChanged);
    let severity = severity(old, new);
    found.add(kind, severity, &format!("{removed}  =>  {added}"), '~');
}

/// From nothing for a few percent to 1 for a factor of six.
fn severity(old: f64, new: f64) -> f64 {
    if old == 0.0 || new == 0.0 || (old < 0.0) != (new < 0.0) {
        return 0.9;
    }
    let ratio = (new / old).abs().ln().abs();
    ((ratio - 0.3) / 1.5).clamp(0.05, 1.0)
}

fn kind(words: &BTreeSet<String>, old: f64, new: f64) -> Option<K> {
    let any = |list: &[&str]| list.iter().any(|word| words.contains(*word));
    let (down, up) = (new < old, new > old);
    let pick = |cut: K, raised: K| {
        if down {
            Some(cut)
        } else if up {
            Some(raised)
        } else {
            None
        }
    };
    if any(&["timeout", "deadline", "budget", "timeoutms", "timeoutseconds", "statementtimeout"]) {
        return pick(K::TimeLimitCut, K::TimeLimitRaised);
    }
    if any(&[
        "ttl",
        "expiry",
        "expiration",
        "expires",
        "expire",
        "maxage",
        "age",
        "lifetime",
        "retention",
        "keepalive",
        "stale",
    ]) {
        return pick(K::LifetimeCut, K::LifetimeRaised);
    }
    if any(&["retry", "retries", "attempts", "tries", "redelivery"]) {
        return pick(K::CapacityCut, K::RetriesRaised);
    }
    if any(&[
        "interval", "backoff", "delay", "sleep", "wait", "jitter", "debounce", "cooldown", "period", "poll",
    ]) {
        return pick(K::PauseCut, K::LifetimeRaised);
    }
    const CAPACITY: &[&str] = &[
        "pool",
        "conn",
        "conns",
        "connections",
        "limit",
        "limits",
        "max",
        "size",
        "memory",
        "cpu",
        "replicas",
        "capacity",
        "workers",
        "concurrency",
        "threads",
        "quota",
        "rate",
        "qps",
        "rps",
        "buffer",
        "queue",
        "prefetch",
        "units",
        "iops",
        "heap",
        "shards",
        "partitions",
        "batch",
        "chunk",
        "page",
        "burst",
        "min",
        "instances",
        "tasks",
        "storage",
        "entries",
        "inflight",
        "limiter",
        "permits",
        "semaphore",
        "xmx",
        "rcu",
        "wcu",
        "provisioned",
        "parallelism",
        "slots",
    ];
    if any(CAPACITY) {
        return pick(K::CapacityCut, K::CapacityRaised);
    }
    None
}

/// Whether numbers of a line are those of a version.
pub(super) fn is_version(line: &str, file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file).to_ascii_lowercase();
    let lower = line.to_ascii_lowercase();
    is_manifest(&name) && !lower.contains("timeout") || lower.contains("version") || has_version(&lower)
}

pub(super) fn is_manifest(name: &str) -> bool {
    [
        "go.mod",
        "go.sum",
        "package.json",
        "package-lock.json",
        "yarn.lock",
        "requirements.txt",
        "cargo.toml",
        "cargo.lock",
        "pom.xml",
        "build.gradle",
        "gemfile",
        "gemfile.lock",
        "pyproject.toml",
        "poetry.lock",
        "dockerfile",
    ]
    .contains(&name)
}

/// `v1.2.3` or `1.2.3`.
fn has_version(line: &str) -> bool {
    line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.').any(|word| {
        let word = word.strip_prefix('v').unwrap_or(word);
        word.split('.').count() == 3
            && word.split('.').all(|part| part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty())
    })
}

/// The line with `#` for every quantity, and the quantities.
pub(super) fn quantities(line: &str) -> (String, Vec<Quantity>) {
    let mut skeleton = String::new();
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        let inside =
            skeleton.ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == '$');
        if letter.is_ascii_digit() && !inside {
            let (quantity, after) = quantity(rest);
            let negative = skeleton.ends_with('-')
                && !skeleton.trim_end_matches('-').trim_end().ends_with(char::is_alphanumeric);
            found.push(Quantity { value: if negative { -quantity.value } else { quantity.value } });
            skeleton.push('#');
            rest = after;
        } else {
            skeleton.push(letter);
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    (skeleton, found)
}

fn quantity(text: &str) -> (Quantity, &str) {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != '_')
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let number: f64 = digits.replace('_', "").trim_end_matches('.').parse().unwrap_or(0.0);
    // `5 * time.Second`, `5*60`, `5 minutes`, `5s`, `512Mi`.
    let ahead = rest
        .trim_start_matches([' ', '*'])
        .trim_start_matches("time.")
        .trim_start_matches("Duration.")
        .trim_start_matches("TimeUnit.");
    let unit_end =
        ahead.find(|letter: char| !letter.is_ascii_alphabetic() && letter != '%').unwrap_or(ahead.len());
    let (unit, after) = ahead.split_at_checked(unit_end).unwrap_or((ahead, ""));
    let glued = rest.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '%');
    match factor(unit, glued) {
        Some(factor) => (Quantity { value: number * factor }, after),
        None => (Quantity { value: number }, rest),
    }
}

/// Seconds of a duration, bytes of a size. Short forms count only when they touch the number.
fn factor(unit: &str, glued: bool) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().trim_end_matches('s') {
        "millisecond" | "milli" => 0.001,
        "microsecond" => 0.000_001,
        "nanosecond" => 0.000_000_001,
        "second" | "sec" => 1.0,
        "minute" | "min" => 60.0,
        "hour" => 3600.0,
        "day" => 86_400.0,
        "week" => 604_800.0,
        // `s` itself was trimmed away.
        "" if glued && unit.eq_ignore_ascii_case("s") => 1.0,
        "m" if glued && unit == "ms" => 0.001,
        "m" if glued && unit == "m" => 60.0,
        "u" if glued => 0.000_001,
        "h" if glued => 3600.0,
        "d" if glued => 86_400.0,
        "k" | "kb" | "ki" | "kib" if glued => 1024.0,
        "mb" | "mi" | "mib" if glued => 1_048_576.0,
        "gb" | "g" | "gi" | "gib" if glued => 1_073_741_824.0,
        "tb" | "ti" | "tib" if glued => 1_099_511_627_776.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{kind, lower_words, quantities};
    use crate::change_match::EffectKind as K;

    fn values(line: &str) -> Vec<f64> {
        quantities(line).1.iter().map(|quantity| quantity.value).collect()
    }

    #[test]
    fn units_are_read() {
        let cases = [
            ("Timeout: 5 * time.Second,", vec![5.0]),
            ("ctx, 300*time.Millisecond)", vec![0.3]),
            ("default_ttl: 15m", vec![900.0]),
            ("ttl: 15s", vec![15.0]),
            ("wait: 250ms", vec![0.25]),
            ("memory: 512Mi", vec![536_870_912.0]),
            ("cpu: 250m", vec![15_000.0]),
            ("WHERE id = $1", vec![]),
            ("retry(3, 100_000)", vec![3.0, 100_000.0]),
            ("if lat < -90", vec![-90.0]),
            ("int64 base64", vec![]),
            ("cfg.MaxConns = 20", vec![20.0]),
        ];
        for (line, expected) in cases {
            let found = values(line);
            assert_eq!(found.len(), expected.len(), "{line}: {found:?}");
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{line}");
            }
        }
    }

    #[test]
    fn the_words_tell_the_kind() {
        let cases = [
            ("cfg.MaxConns", K::CapacityCut),
            ("request_timeout", K::TimeLimitCut),
            ("DefaultTTL ttl", K::LifetimeCut),
            ("maxRetries", K::CapacityCut),
            ("retryBackoffMs", K::CapacityCut),
            ("poll_interval", K::PauseCut),
        ];
        for (line, expected) in cases {
            assert_eq!(kind(&lower_words(line), 10.0, 1.0), Some(expected), "{line}");
        }
    }
}
