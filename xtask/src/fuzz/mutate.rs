//! Small changes to an input: of its bytes, of its words and lines, and of its values where it is JSON.

use serde_json::{Map, Value};

/// Steele, Lea and Flood's SplitMix64: small, and the same everywhere.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let one = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let two = (one ^ one >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        two ^ two >> 31
    }

    /// Less than this; 0 for 0.
    fn below(&mut self, end: usize) -> usize {
        self.next().checked_rem(end as u64).unwrap_or_default() as usize
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

/// Words that parsers stumble over.
const WORDS: &[&str] = &[
    "",
    " ",
    "-",
    "--",
    "-1",
    "0",
    "00",
    "1e309",
    "-0.0",
    "NaN",
    "Infinity",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "4294967296",
    "65536",
    "256",
    "999999999999999999999999",
    "0.0.0.0/0",
    "255.255.255.255/32",
    "10.0.0.0/33",
    "::/0",
    "::ffff:1.2.3.4/129",
    "2026-02-30T25:61:61Z",
    "9999-12-31T23:59:59.999999999Z",
    "-9999-01-01T00:00:00Z",
    "0000-00-00T00:00:00Z",
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\u{0}",
    "\u{feff}",
    "\u{2028}",
    "\u{1f980}",
    "e\u{301}",
    "\u{130}",
    "\u{df}",
    "\r",
    "\n",
    "\r\n",
    "\t",
    "\u{1b}[31m",
    "*",
    "?",
    "${",
    "${aws:username}",
    "%s",
    "arn:",
    "arn:aws:iam::",
    "::",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "=",
    "/",
    "..",
    "$.",
    "'",
    "`",
];

/// Values that a change adds to JSON at most: what is greater is cut anyway.
const VALUES_MAX: usize = 4000;

/// How many values there are in one, itself included.
fn size(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// A changed input.
pub(super) fn mutate(random: &mut Random, input: &[u8], other: &[u8]) -> Vec<u8> {
    if random.below(2) == 0
        && let Ok(mut value) = serde_json::from_slice::<Value>(input)
    {
        let other = serde_json::from_slice(other).unwrap_or(Value::Null);
        for _ in 0..=random.below(4) {
            json(random, &mut value, &other, 0);
            if size(&value) > VALUES_MAX {
                break;
            }
        }
        return serde_json::to_vec(&value).unwrap_or_default();
    }
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(5) {
        match random.below(3) {
            0 => change_bytes(random, &mut bytes, other),
            1 => change_words(random, &mut bytes),
            _ => change_lines(random, &mut bytes, other),
        }
    }
    bytes
}

/// Two places, in order, not too far from each other.
fn range(random: &mut Random, length: usize, most: usize) -> std::ops::Range<usize> {
    let start = random.below(length + 1);
    let most = most.min(length - start);
    start..start + random.below(most + 1)
}

fn change_bytes(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = random.below(bytes.len() + 1);
    match random.below(6) {
        0 => {
            let bit = 1 << random.below(8);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= bit;
            }
        }
        1 => bytes.insert(at, random.next() as u8),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(range(random, bytes.len(), 64))),
        4 => {
            let some = other.get(range(random, other.len(), 400)).unwrap_or_default().to_vec();
            bytes.splice(at..at, some);
        }
        _ => {
            let some = bytes.get(range(random, bytes.len(), 64)).unwrap_or_default();
            let many = some.repeat(1 << random.below(8));
            bytes.splice(at..at, many);
        }
    }
}

/// Puts a word in the place of another.
fn change_words(random: &mut Random, bytes: &mut Vec<u8>) {
    let is_end =
        |byte: &u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') || *byte >= 0x80);
    let at = random.below(bytes.len() + 1);
    let (before, after) = bytes.split_at_checked(at).unwrap_or_default();
    let start = before.iter().rposition(is_end).map_or(0, |place| place + 1);
    let end = at + after.iter().position(is_end).unwrap_or(after.len());
    let word = random.pick(WORDS).copied().unwrap_or_default();
    let many = word.repeat(if random.below(30) == 0 { 1 << random.below(14) } else { 1 });
    bytes.splice(start..end, many.bytes());
}

fn change_lines(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let more: Vec<&[u8]> = other.split(|byte| *byte == b'\n').collect();
    let (one, two) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(4) {
        0 => lines.swap(one, two),
        1 => drop(lines.remove(one)),
        2 => {
            let line = lines.get(two).copied().unwrap_or_default();
            let many = 1 << random.below(6);
            lines.splice(one..one, std::iter::repeat_n(line, many));
        }
        _ => lines.insert(one, random.pick(&more).copied().unwrap_or_default()),
    }
    *bytes = lines.join(&b'\n');
}

/// Changes a value, or one in it.
fn json(random: &mut Random, value: &mut Value, other: &Value, depth: usize) {
    let goes_in = depth < 40 && random.below(5) != 0;
    match value {
        Value::Object(members) if goes_in && !members.is_empty() => {
            let at = random.below(members.len());
            if let Some((_, inner)) = members.iter_mut().nth(at) {
                json(random, inner, other, depth + 1);
            }
        }
        Value::Array(items) if goes_in && !items.is_empty() => {
            let at = random.below(items.len());
            if let Some(inner) = items.get_mut(at) {
                json(random, inner, other, depth + 1);
            }
        }
        Value::String(text) if goes_in => *value = Value::String(inside(random, text, depth)),
        Value::Object(members) if random.below(2) == 0 => change_members(random, members, other),
        Value::Array(items) if random.below(2) == 0 => {
            let item = random.pick(items).cloned().unwrap_or_default();
            let many = (1 << random.below(7)).min(VALUES_MAX / size(&item));
            items.extend(std::iter::repeat_n(item, many));
        }
        _ => *value = replaced(random, value, other),
    }
}

/// A text changed, by its values where it is JSON itself.
fn inside(random: &mut Random, text: &str, depth: usize) -> String {
    if text.starts_with(['{', '['])
        && let Ok(mut value) = serde_json::from_str(text)
    {
        json(random, &mut value, &Value::Null, depth + 1);
        return value.to_string();
    }
    let mut bytes = text.as_bytes().to_vec();
    match random.below(3) {
        0 => change_bytes(random, &mut bytes, b""),
        1 => change_lines(random, &mut bytes, b""),
        _ => change_words(random, &mut bytes),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn change_members(random: &mut Random, members: &mut Map<String, Value>, other: &Value) {
    let names: Vec<String> = members.keys().cloned().collect();
    let Some(name) = random.pick(&names) else { return };
    match random.below(3) {
        0 => drop(members.remove(name)),
        1 => {
            let value = members.remove(name).unwrap_or_default();
            members.insert(random.pick(WORDS).copied().unwrap_or_default().to_owned(), value);
        }
        _ => {
            for (name, value) in other.as_object().into_iter().flatten().take(1 + random.below(4)) {
                members.insert(name.clone(), value.clone());
            }
        }
    }
}

fn replaced(random: &mut Random, value: &Value, other: &Value) -> Value {
    let word = random.pick(WORDS).copied().unwrap_or_default();
    match random.below(8) {
        0 => Value::Null,
        1 => Value::Bool(random.below(2) == 0),
        2 => Value::from(random.next().cast_signed()),
        3 => serde_json::from_str(word).unwrap_or_default(),
        4 => Value::Array(vec![value.clone()]),
        5 => (0..random.below(60)).fold(value.clone(), |inner, _| Value::Array(vec![inner])),
        6 => other.clone(),
        _ => Value::from(word),
    }
}
