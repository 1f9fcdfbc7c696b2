//! Lines that are two forms of one: switches, conditions, types, names in quotes, versions.

use super::quantity::{is_manifest, is_version, quantities};
use super::{EffectKind as K, Found, likeness};
use std::collections::BTreeSet;

/// Two lines are forms of one when so much of their words is the same.
const LIKENESS_MIN: f64 = 0.3;

pub(super) fn read(found: &mut Found<'_, '_>) {
    let block = found.block;
    for removed in &block.removed {
        if block.added.contains(removed) {
            continue;
        }
        let like = block.added.iter().filter(|added| !block.removed.contains(added));
        let best = like
            .map(|added| (key_likeness(removed, added), added))
            .max_by(|left, right| left.0.total_cmp(&right.0));
        let Some((same, added)) = best.filter(|(same, _)| *same >= LIKENESS_MIN) else { continue };
        pair(found, removed, added, same);
    }
    for removed in &block.removed {
        versions(found, removed);
    }
}

/// Lines with the same key before `:` or `=` are forms of one, whatever follows.
fn key_likeness(left: &str, right: &str) -> f64 {
    let key = |line: &str| line.split_once([':', '=']).map(|(key, _)| key.trim().to_owned());
    let same_key = key(left).is_some_and(|left| !left.is_empty() && key(right) == Some(left));
    likeness(left, right).max(if same_key { 0.9 } else { 0.0 })
}

fn pair(found: &mut Found<'_, '_>, removed: &str, added: &str, same: f64) {
    let line = format!("{removed}  =>  {added}");
    if is_version(removed, &found.block.file) {
        return;
    }
    if switched(removed, added) {
        found.add(K::Switched, 0.7, &line, '~');
    }
    if same >= 0.6 && operators(removed) != operators(added) && words(removed) == words(added) {
        found.add(K::ConditionChanged, 0.8, &line, '~');
    }
    if let Some(severity) = retyped(removed, added) {
        found.add(K::TypeChanged, severity, &line, '~');
    }
    let (old, new) = (literals(removed), literals(added));
    let gone: Vec<_> = old.difference(&new).filter(|name| is_name(name)).collect();
    let came: Vec<_> = new.difference(&old).filter(|name| is_name(name)).collect();
    if !gone.is_empty() && !came.is_empty() && !is_talk(removed) {
        found.add(K::NameChanged, 0.8, &line, '~');
    } else if renamed_value(removed, added) {
        found.add(K::NameChanged, 0.7, &line, '~');
    }
}

/// A line that only says something to people: a log, a message.
fn is_talk(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    [
        "log.", "logger", "log(", "print", "console.", "logging", "log_", "info!", "warn!", "error!",
        "debug!", "trace!",
    ]
    .iter()
    .any(|word| lower.contains(word))
        || literals(line).iter().any(|literal| literal.matches(' ').count() >= 2)
}

/// A name, not a sentence.
fn is_name(literal: &str) -> bool {
    literal.len() > 1 && literal.len() <= 160 && !literal.contains(' ')
}

/// What stands in quotes.
pub(super) fn literals(line: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = line;
    while let Some(at) = rest.find(['"', '\'', '`']) {
        let (_, from) = rest.split_at_checked(at).unwrap_or(("", ""));
        let quote = from.chars().next().unwrap_or('"');
        let inside = from.get(1..).unwrap_or_default();
        let Some((text, after)) = inside.split_once(quote) else { break };
        // In a struct tag `json:"meta"` the inner quotes matter.
        if quote == '`' && text.contains('"') {
            found.extend(literals(text));
        } else {
            found.insert(text.to_owned());
        }
        rest = after;
    }
    found
}

/// `key: value` with another value that has no quotes, and is no number.
fn renamed_value(removed: &str, added: &str) -> bool {
    let value = |line: &str| {
        let (key, value) = line.split_once([':', '='])?;
        let value = value.trim().trim_end_matches(',').to_owned();
        let plain =
            !value.is_empty() && !value.contains(['(', ' ', '"', '\'', '{']) && !key.trim().contains(' ');
        (plain && quantities(&value).1.is_empty()).then(|| (key.trim().to_owned(), value))
    };
    match (value(removed), value(added)) {
        (Some(old), Some(new)) => old.0 == new.0 && old.1 != new.1 && !is_switch(&old.1),
        _ => false,
    }
}

fn is_switch(value: &str) -> bool {
    ["true", "false", "on", "off", "enabled", "disabled", "yes", "no"]
        .contains(&value.to_ascii_lowercase().as_str())
}

fn switched(removed: &str, added: &str) -> bool {
    let states = [
        ("true", "false"),
        ("on", "off"),
        ("enabled", "disabled"),
        ("yes", "no"),
        ("enable", "disable"),
        ("strict", "lax"),
        ("required", "optional"),
        ("sync", "async"),
        ("require", "disable"),
    ];
    let (old, new) = (words(removed), words(added));
    states.iter().any(|(one, other)| {
        let turned = |from: &BTreeSet<String>, to: &BTreeSet<String>, a: &str, b: &str| {
            from.contains(a) && !to.contains(a) && to.contains(b) && !from.contains(b)
        };
        turned(&old, &new, one, other) || turned(&old, &new, other, one)
    })
}

fn words(line: &str) -> BTreeSet<String> {
    super::super::words::identifiers(line).map(str::to_lowercase).collect()
}

/// The operators of comparison and logic, in order.
fn operators(line: &str) -> Vec<&'static str> {
    const ALL: [&str; 12] = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", " - ", " * ", " / "];
    let mut found = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let operator = ALL.iter().find(|operator| rest.starts_with(**operator));
        let width =
            operator.map_or_else(|| rest.chars().next().map_or(1, char::len_utf8), |operator| operator.len());
        // `=>`, `->` and `<-` compare nothing.
        let arrow = rest.starts_with("->") || rest.starts_with("=>") || rest.starts_with("<-");
        let width = if arrow { 2 } else { width };
        if let Some(operator) = operator.filter(|_| !arrow) {
            found.push(*operator);
        }
        rest = rest.get(width..).unwrap_or_default();
    }
    found
}

/// Another type for the same thing, or another unit; narrower is worse.
fn retyped(removed: &str, added: &str) -> Option<f64> {
    const TYPES: [&str; 26] = [
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "i8",
        "i16",
        "i32",
        "i64",
        "u8",
        "u16",
        "u32",
        "u64",
        "float32",
        "float64",
        "f32",
        "f64",
        "decimal",
        "bigdecimal",
        "double",
        "bigint",
        "integer",
        "varchar",
    ];
    let (old, new) = (words(removed), words(added));
    let of = |words: &BTreeSet<String>| {
        TYPES.iter().copied().filter(|name| words.contains(*name)).collect::<BTreeSet<_>>()
    };
    let (from, to) = (of(&old), of(&new));
    if !from.is_empty() && !to.is_empty() && from != to {
        return Some(0.8);
    }
    const UNITS: [&str; 9] =
        ["milliseconds", "seconds", "unix", "unixmilli", "unixnano", "utc", "cents", "millis", "local"];
    let of = |words: &BTreeSet<String>| {
        UNITS.iter().copied().filter(|name| words.contains(*name)).collect::<BTreeSet<_>>()
    };
    let (from, to) = (of(&old), of(&new));
    (from != to && (!from.is_empty() || !to.is_empty())).then_some(0.7)
}

/// A dependency's version: how far it moved.
fn versions(found: &mut Found<'_, '_>, removed: &str) {
    let name = found.block.file.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    if !is_manifest(&name) || name.ends_with(".sum") || name.ends_with(".lock") {
        return;
    }
    let key = removed.split([' ', ':', '=', '@']).find(|word| word.len() > 2).unwrap_or(removed);
    let Some(added) = found.block.added.iter().find(|added| added.contains(key)) else { return };
    let numbers = |line: &str| -> Vec<u64> {
        line.rsplit([' ', '"', '@', '=', 'v', '^', '~'])
            .find(|word| word.contains('.'))
            .map_or(Vec::new(), |word| word.split('.').filter_map(|part| part.parse().ok()).collect())
    };
    let (old, new) = (numbers(removed), numbers(added));
    let severity = if old.first() != new.first() {
        0.6
    } else if old.get(1) != new.get(1) {
        0.35
    } else {
        0.15
    };
    let line = format!("{removed}  =>  {added}");
    found.add(K::Dependency, severity, &line, '~');
}

#[cfg(test)]
mod tests {
    use super::{literals, operators, retyped, switched};

    #[test]
    fn forms_of_a_line() {
        assert_eq!(operators("if a <= b && !c"), ["<=", "&&", "!"]);
        assert!(operators("x -> y => z").is_empty());
        assert!(switched("verify: true", "verify: false"));
        assert!(!switched("verify: true", "verify: true"));
        assert!(retyped("Amount int64", "Amount int32").is_some());
        assert!(retyped("Amount int64", "Amount int64").is_none());
        let found = literals("Meta map[string]string `json:\"meta\"`");
        assert!(found.contains("meta"), "{found:?}");
    }
}
