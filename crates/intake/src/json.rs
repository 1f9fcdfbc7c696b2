//! Members of JSON bodies by dotted name.

use crate::mac;
use crate::message::Malformed;
use butfor_incident::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// The body as JSON.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Malformed> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|error| Malformed::new("(body)", format!("not valid JSON: {error}")))
}

/// The member with a dotted name; null where there is none.
pub(crate) fn get<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').try_fold(value, |value, name| value.get(name)).unwrap_or(&Value::Null)
}

/// A text that is not empty.
pub(crate) fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    get(value, path).as_str().filter(|text| !text.trim().is_empty())
}

/// The same, owned.
pub(crate) fn owned(value: &Value, path: &str) -> Option<String> {
    text(value, path).map(str::to_owned)
}

/// A text, number or truth value as text.
pub(crate) fn scalar(value: &Value, path: &str) -> Option<String> {
    match get(value, path) {
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => owned(value, path),
    }
}

/// The first of several members that has a text, number or truth value.
pub(crate) fn first(value: &Value, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| scalar(value, path))
}

/// A text that must be there.
pub(crate) fn required<'a>(value: &'a Value, path: &str) -> Result<&'a str, Malformed> {
    text(value, path).ok_or_else(|| {
        let is_there = !get(value, path).is_null();
        Malformed::new(path, if is_there { "expected a text that is not empty" } else { "missing" })
    })
}

/// A moment: ISO 8601 (without an offset it is UTC), or seconds or milliseconds since 1970. `None` where there is none.
pub(crate) fn time(value: &Value, path: &str) -> Result<Option<Timestamp>, Malformed> {
    if get(value, path).is_null() {
        return Ok(None);
    }
    let wrong = || Malformed::new(path, "expected a time such as 2026-05-02T13:37:00Z");
    let text = scalar(value, path).ok_or_else(wrong)?;
    moment(&text).map(Some).ok_or_else(wrong)
}

/// A moment in any notation; `None` for a text that is none.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        // Ten digits are seconds until the year 2286; thirteen are milliseconds.
        return match text.len() {
            9..=10 => Some(Timestamp::from_seconds(number)),
            12..=13 => Some(Timestamp::from_millis(number)),
            _ => None,
        };
    }
    Timestamp::parse(text).or_else(|_| Timestamp::parse(&format!("{text}Z"))).ok()
}

/// A short text that is the same for the same bytes.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    let mut text = mac::to_hex(&Sha256::digest(bytes));
    text.truncate(32);
    text
}

/// How the key of a message begins that has nothing but its words to be known by.
pub(crate) const BODY_KEY: &str = "body ";

/// The key of such a message. [`crate::read`] adds the hour to it where the words have no time in them.
pub(crate) fn body_key(original: &str) -> String {
    format!("{BODY_KEY}{}", fingerprint(original.as_bytes()))
}

/// An object of the members that have a value.
pub(crate) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect::<Map<_, _>>())
}

/// A text as it stands in a message: the first 60 characters.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn every_notation_of_a_moment() {
        for (text, expected) in [
            ("2025-12-01T13:42:04.919+0000", Some("2025-12-01T13:42:04.919Z")),
            ("2025-12-01T13:42:04Z", Some("2025-12-01T13:42:04Z")),
            ("2025-12-01T13:42:04.919123", Some("2025-12-01T13:42:04.919Z")),
            ("2025-12-01 13:42:04", Some("2025-12-01T13:42:04Z")),
            ("1777728602", Some("2026-05-02T13:30:02Z")),
            ("1777728602000", Some("2026-05-02T13:30:02Z")),
            ("", None),
            ("7", None),
            ("$DATE", None),
        ] {
            assert_eq!(moment(text).map(|at| at.to_string()).as_deref(), expected, "{text}");
        }
    }
}
