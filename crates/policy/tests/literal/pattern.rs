//! Wildcards and variables, by trying every way.

use super::{context, departs};
use serde_json::Value;

/// A character of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// This character.
    Is(char),
    /// `?`
    One,
    /// `*`
    Any,
}

/// `*` and `?` anywhere.
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let signs: Vec<Sign> = pattern.chars().map(sign).collect();
    matches(&signs, &text.chars().collect::<Vec<_>>(), |_, _| true)
}

fn sign(letter: char) -> Sign {
    match letter {
        '*' => Sign::Any,
        '?' => Sign::One,
        other => Sign::Is(other),
    }
}

/// Tries every length of every `*`. `may` says whether the sign at a place of the pattern may stand for a character.
fn matches(signs: &[Sign], text: &[char], may: impl Fn(usize, char) -> bool + Copy) -> bool {
    fn from(signs: &[Sign], at: usize, text: &[char], may: impl Fn(usize, char) -> bool + Copy) -> bool {
        match signs.get(at) {
            None => text.is_empty(),
            Some(Sign::Is(letter)) => text.first() == Some(letter) && from(signs, at + 1, &text[1..], may),
            Some(Sign::One) => {
                text.first().is_some_and(|c| may(at, *c)) && from(signs, at + 1, &text[1..], may)
            }
            Some(Sign::Any) => {
                from(signs, at + 1, text, may)
                    || (text.first().is_some_and(|c| may(at, *c)) && from(signs, at, &text[1..], may))
            }
        }
    }
    from(signs, 0, text, may)
}

/// A resource: wildcards stay in their segment of the first five, but a `*` that ends one may go on over colons.
pub fn arn(case: &Value, pattern: &str, resource: &str, has_variables: bool) -> bool {
    let fifth = pattern.match_indices(':').nth(4).map_or(pattern.len(), |(at, _)| at + 1);
    let mut signs: Vec<Sign> = pattern[..fifth].chars().map(sign).collect();
    let Some(rest) = expand(case, &pattern[fifth..], has_variables, true) else { return false };
    signs.extend(rest);
    let may = |at: usize, letter: char| {
        let colons = signs[..at].iter().filter(|sign| **sign == Sign::Is(':')).count();
        let ends_segment = matches!(signs.get(at + 1), None | Some(Sign::Is(':')));
        let crosses =
            signs[at] == Sign::Any && ends_segment && (pattern == "*" || !departs(case, "segments"));
        letter != ':' || colons >= 5 || crosses
    };
    matches(&signs, &resource.chars().collect::<Vec<_>>(), may)
}

/// `ArnLike`: six parts, each on its own.
pub fn arn_like(case: &Value, pattern: &str, value: &str, has_variables: bool) -> bool {
    let Some(signs) = expand(case, pattern, has_variables, true) else { return false };
    let mut parts: Vec<Vec<Sign>> = vec![Vec::new()];
    for sign in signs {
        if sign == Sign::Is(':') && parts.len() < 6 {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(sign);
        }
    }
    let values: Vec<&str> = value.splitn(6, ':').collect();
    parts.len() == values.len()
        && parts
            .iter()
            .zip(values)
            .all(|(part, value)| matches(part, &value.chars().collect::<Vec<_>>(), |_, _| true))
}

/// `StringLike` and, without wildcards, `StringEquals`.
pub fn text(case: &Value, pattern: &str, value: &str, has_variables: bool, is_like: bool) -> bool {
    let Some(signs) = expand(case, pattern, has_variables, is_like) else { return false };
    matches(&signs, &value.chars().collect::<Vec<_>>(), |_, _| true)
}

/// Puts variables in; `None` when one has no value and no default. What is put in is taken as it is.
fn expand(case: &Value, pattern: &str, has_variables: bool, has_wildcards: bool) -> Option<Vec<Sign>> {
    let plain = |letter: char| if has_wildcards { sign(letter) } else { Sign::Is(letter) };
    let mut signs = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if has_variables
            && rest.starts_with("${")
            && let Some(end) = rest.find('}')
        {
            let inside = &rest[2..end];
            match inside {
                "*" | "?" | "$" => signs.extend(inside.chars().map(Sign::Is)),
                _ => {
                    let (key, default) = match inside.split_once(',') {
                        Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
                        None => (inside.trim(), None),
                    };
                    let value = context(case, key).and_then(Value::as_str).or(default)?;
                    signs.extend(value.chars().map(Sign::Is));
                }
            }
            rest = &rest[end + 1..];
        } else {
            signs.push(plain(first));
            rest = &rest[first.len_utf8()..];
        }
    }
    Some(signs)
}

/// Whether a text has a variable without value and default.
pub fn is_unresolved(case: &Value, pattern: &str, has_variables: bool) -> bool {
    expand(case, pattern, has_variables, true).is_none()
}
