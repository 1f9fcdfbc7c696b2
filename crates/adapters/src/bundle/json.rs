//! JSON looked into without being interpreted: members keep their text.

use super::Problem;
use butfor_incident::Timestamp;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The members of an object, each as the text it came as.
pub(super) type Object<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// Why a text is not the JSON it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JsonError {
    line: usize,
    text: String,
}

impl JsonError {
    /// As a problem with a whole file.
    pub(super) fn in_file(self, file: &str) -> Problem {
        Problem { line: (self.line > 0).then_some(self.line), text: self.text, ..Problem::of(file) }
    }

    /// As a problem with one line of a file.
    pub(super) fn in_line(self, file: &str, line: usize) -> Problem {
        Problem { line: Some(line), text: self.text, ..Problem::of(file) }
    }
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        // The parser ends its sentence with the place, which is named by file and line elsewhere.
        let sentence = text.split(" at line ").next().unwrap_or(&text);
        Self { line: error.line(), text: format!("not valid JSON: {sentence} (column {})", error.column()) }
    }
}

/// The members of an object.
pub(super) fn object(text: &str) -> Result<Object<'_>, JsonError> {
    if !text.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return Err(JsonError {
            line: 0,
            text: format!("expected a JSON object, found `{}`", shorten(text)),
        });
    }
    Ok(serde_json::from_str::<BorrowedObject>(text)?
        .0
        .into_iter()
        .map(|(key, value)| (key.0, value))
        .collect())
}

/// The elements of a list, or none for `null`.
pub(super) fn list(value: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str::<Option<Vec<&RawValue>>>(value.get()).ok().map(Option::unwrap_or_default)
}

/// Whether the whole text is one JSON value.
pub(super) fn check(text: &str) -> Result<(), JsonError> {
    serde_json::from_str::<IgnoredAny>(text)?;
    Ok(())
}

/// A text; a number is taken as its digits (account numbers lose their quotes in some tools).
pub(super) fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    let raw = value.get();
    if raw.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(Cow::Borrowed(raw));
    }
    serde_json::from_str::<Key>(raw).ok().map(|key| key.0)
}

/// A moment; the error is a sentence about the value.
pub(super) fn time(value: &RawValue) -> Result<Timestamp, String> {
    let Some(text) = text(value) else {
        return Err(format!(
            "`{}` is not a time: expected ISO 8601 such as 2026-05-02T13:37:00Z",
            shorten(value.get())
        ));
    };
    Timestamp::parse(&text).map_err(|error| error.to_string())
}

/// Untrusted input in an error message.
pub(super) fn shorten(text: &str) -> String {
    let mut short: String = text.trim().chars().take(60).collect();
    if short.len() < text.trim().len() {
        short.push_str("...");
    }
    short
}

#[derive(serde::Deserialize)]
#[serde(transparent)]
struct BorrowedObject<'a>(#[serde(borrow)] BTreeMap<Key<'a>, &'a RawValue>);

/// A text that borrows unless it holds escapes.
#[derive(serde::Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
