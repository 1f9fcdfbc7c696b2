//! Lines that are JSON objects: the message, level and exception under their usual names.

use super::header::Header;
use super::{Level, Platform, lambda, stamp};
use crate::logs::scan::cut;
use serde_json::{Map, Value};

/// Bytes of JSON that are parsed; a longer line is text.
const JSON_MAX: usize = 256 * 1024;

/// Fields kept besides the known ones, and bytes of each.
const FIELDS_MAX: usize = 64;
const FIELD_BYTES_MAX: usize = 1024;

const MESSAGES: [&str; 8] = ["message", "msg", "log", "text", "body", "errorMessage", "event", "@message"];
const LEVELS: [&str; 8] =
    ["level", "severity", "lvl", "levelname", "log.level", "loglevel", "logLevel", "severityText"];
const TIMES: [&str; 9] =
    ["timestamp", "time", "ts", "@timestamp", "asctime", "eventTime", "datetime", "date", "t"];
const LOGGERS: [&str; 7] =
    ["logger", "loggerName", "logger_name", "log.logger", "name", "module", "component"];
const REQUESTS: [&str; 5] =
    ["requestId", "request_id", "function_request_id", "AWSRequestId", "awsRequestId"];
const EXCEPTIONS: [&str; 13] = [
    "exception",
    "error",
    "err",
    "stack",
    "stack_trace",
    "stackTrace",
    "stacktrace",
    "trace",
    "exc_info",
    "traceback",
    "error.stack_trace",
    "exception.stacktrace",
    "thrown",
];

/// What a JSON line holds.
pub(super) struct Parsed {
    pub(super) header: Header,
    pub(super) message: String,
    pub(super) exception: Option<String>,
    pub(super) fields: Vec<(String, String)>,
    pub(super) platform: Option<Platform>,
}

/// The object a line is, if it is one.
pub(super) fn object(line: &str) -> Option<Map<String, Value>> {
    let line = line.trim();
    if !line.starts_with('{') || !line.ends_with('}') || line.len() > JSON_MAX {
        return None;
    }
    match serde_json::from_str(line) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// Reads a log line that is an object.
pub(super) fn read(object: &Map<String, Value>, line: &str) -> Parsed {
    let first =
        |names: &[&str]| names.iter().find_map(|name| object.get(*name).filter(|value| !value.is_null()));
    let message = first(&MESSAGES).map(plain);
    let mut header = Header { level: first(&LEVELS).and_then(level), ..Header::default() };
    header.stamp = first(&TIMES).map(plain).and_then(|text| stamp::read(&text).map(|(stamp, _)| stamp));
    header.logger = first(&LOGGERS).and_then(Value::as_str).map(|name| cut(name, 128).to_owned());
    header.request = first(&REQUESTS).and_then(Value::as_str).map(|id| cut(id, 128).to_owned());
    let mut exceptions: Vec<String> = Vec::new();
    if let Some(kind) = object.get("errorType").and_then(Value::as_str) {
        // Lambda's runtimes: type, message and trace in three fields.
        let text = object.get("errorMessage").map(plain).unwrap_or_default();
        exceptions.push(format!("{kind}: {text}"));
    }
    exceptions.extend(EXCEPTIONS.iter().filter_map(|name| object.get(*name)).filter_map(exception));
    let known = |name: &str| {
        [&MESSAGES[..], &LEVELS, &TIMES, &LOGGERS, &REQUESTS, &EXCEPTIONS]
            .iter()
            .any(|names| names.contains(&name))
    };
    let fields = object
        .iter()
        .filter(|(name, _)| !known(name))
        .take(FIELDS_MAX)
        .map(|(name, value)| (cut(name, 128).to_owned(), cut(&plain(value), FIELD_BYTES_MAX).to_owned()))
        .collect();
    Parsed {
        header,
        message: message.unwrap_or_else(|| line.trim().to_owned()),
        exception: (!exceptions.is_empty()).then(|| exceptions.join("\n")),
        fields,
        platform: lambda::read_json(object),
    }
}

/// A level as a word, or as the numbers of bunyan and pino (10 to 60).
fn level(value: &Value) -> Option<Level> {
    match value {
        Value::String(word) => Level::read(word),
        Value::Number(number) => match number.as_u64()? {
            10 | 20 => Some(Level::Debug),
            30 => Some(Level::Info),
            40 => Some(Level::Warn),
            50 => Some(Level::Error),
            60 => Some(Level::Fatal),
            _ => None,
        },
        _ => None,
    }
}

/// A string as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An exception as text: a string, a list of frames, or an object with a type, a message and a stack.
fn exception(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Array(lines) => {
            let lines: Vec<_> = lines.iter().map(plain).collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        }
        Value::Object(object) => {
            let text =
                |names: &[&str]| names.iter().find_map(|name| object.get(*name).and_then(Value::as_str));
            let kind = text(&["type", "name", "class", "kind", "exceptionClass"]);
            let message = text(&["message", "msg", "exceptionMessage"]);
            let stack = text(&["stack", "stack_trace", "stackTrace", "stacktrace", "trace"]);
            let head = match (kind, message) {
                (Some(kind), Some(message)) => Some(format!("{kind}: {message}")),
                (one, other) => one.or(other).map(str::to_owned),
            };
            // A JavaScript stack begins with its own head.
            match (head, stack) {
                (Some(head), Some(stack)) if stack.starts_with(&head) => Some(stack.to_owned()),
                (Some(head), Some(stack)) => Some(format!("{head}\n{stack}")),
                (head, stack) => head.or(stack.map(str::to_owned)),
            }
        }
        _ => None,
    }
}
