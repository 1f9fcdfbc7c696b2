//! Names, numbers and addresses in the neighbourhood of a phrase.

use crate::logs::scan::cut;
use std::net::IpAddr;

/// Bytes of a name.
const NAME_MAX: usize = 256;

/// The name at the start of `text`: quoted, or up to white space or punctuation.
pub(super) fn name(text: &str) -> Option<String> {
    let text = text.trim_start_matches([' ', ':', '=', '\t', '(']);
    for quote in ['"', '\'', '`'] {
        if let Some(rest) = text.strip_prefix(quote) {
            let inside = cut(rest, NAME_MAX + 1).split_once(quote)?.0;
            return (!inside.trim().is_empty()).then(|| inside.to_owned());
        }
    }
    let end = text
        .find(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | ')' | '"' | '\''))
        .unwrap_or(text.len());
    let word = text.get(..end)?.trim_end_matches(['.', ':', '!', '?']);
    (!word.is_empty() && word.len() <= NAME_MAX).then(|| word.to_owned())
}

/// The last quoted name in `text`.
pub(super) fn last_quoted(text: &str) -> Option<String> {
    ['"', '\'', '`'].iter().find_map(|quote| {
        let text = text.trim_end().strip_suffix(*quote)?;
        let inside = text.rsplit_once(*quote)?.1;
        (!inside.is_empty() && inside.len() <= NAME_MAX).then(|| inside.to_owned())
    })
}

/// Whether a word is written as environment variables are: capitals, digits and underscores.
pub(super) fn is_variable_name(word: &str) -> bool {
    word.len() >= 2
        && word.len() <= NAME_MAX
        && word.starts_with(|letter: char| letter.is_ascii_uppercase() || letter == '_')
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Milliseconds of the first `number unit` in `text`: `3.00 seconds`, `500ms`, `30s`.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let text = cut(text, NAME_MAX);
    let start = text.find(|letter: char| letter.is_ascii_digit())?;
    let text = text.get(start..)?;
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let number: f64 = number.trim_end_matches('.').parse().ok()?;
    let unit = unit.trim_start().split(|letter: char| !letter.is_ascii_alphabetic()).next()?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "ms" | "msec" | "millis" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1000.0,
        "m" | "min" | "minute" | "minutes" => 60_000.0,
        _ => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; `as` saturates"
    )]
    Some((number * factor).round() as u64)
}

/// The three digits of an HTTP status that the line says it is one.
pub(super) fn status(lower: &str) -> Option<u32> {
    const BEFORE: [&str; 13] = [
        "http/1.1\" ",
        "http/1.0\" ",
        "http/2.0\" ",
        "http/2\" ",
        "status code: ",
        "status code ",
        "statuscode: ",
        "statuscode=",
        "status=",
        "status: ",
        "\"status\":",
        "http status ",
        "http error ",
    ];
    BEFORE.iter().find_map(|before| {
        let after = lower.get(lower.find(before)? + before.len()..)?;
        let digits = after.get(..3)?;
        let ended = !after.get(3..)?.starts_with(|letter: char| letter.is_ascii_alphanumeric());
        (ended && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse().ok())?
    })
}

/// The first `host:port` in `text`; `loader.js:12` is a place in a program and none.
pub(super) fn peer(text: &str) -> Option<String> {
    let ends = |letter: char| {
        letter.is_whitespace()
            || matches!(letter, '"' | '\'' | '(' | ')' | ',' | ';' | '/' | '<' | '>' | '|' | '=')
    };
    text.split(ends).find_map(|word| {
        let word = word.trim_end_matches([':', '.', ']', '}']);
        let (host, port) = word.rsplit_once(':')?;
        let host = host.trim_start_matches(['[', '{', '@']);
        port.parse::<u16>().ok().filter(|port| *port > 0)?;
        (is_host(host)).then(|| format!("{host}:{port}"))
    })
}

fn is_host(host: &str) -> bool {
    if host.parse::<IpAddr>().is_ok() || host == "localhost" {
        return true;
    }
    let labels = host.len() <= 253
        && host.contains('.')
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let last = host.rsplit('.').next().unwrap_or_default();
    let source = matches!(
        last,
        "js" | "ts"
            | "mjs"
            | "cjs"
            | "jsx"
            | "tsx"
            | "py"
            | "java"
            | "kt"
            | "go"
            | "rs"
            | "cs"
            | "rb"
            | "php"
            | "c"
            | "cc"
            | "cpp"
            | "h"
            | "scala"
    );
    labels && !source && last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_lowercase())
}
