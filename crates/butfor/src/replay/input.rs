//! Recorded alarms out of files: JSON lines, one JSON document, a list of them, or a folder of such files.
//!
//! A line is a payload as a sender sent it, or `{"received_at": ..., "is_test": ..., "body": <payload>}`.

use super::Recorded;
use crate::output::BadInput;
use butfor_adapters::bundle::Problem;
use butfor_engine::alert;
use butfor_engine::correlate::{Arrival, Arriving};
use butfor_incident::{Body, Cites, Evidence, Query, Timestamp};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest file, in bytes: a month of an alarm every second has about 2 GiB in JSON lines, and nobody has that.
const FILE_MAX: u64 = 1 << 30;

/// Folders within folders at the most; links are not followed.
const DEPTH_MAX: usize = 8;

/// Ends of names of files that may hold alarms.
const EXTENSIONS: [&str; 4] = ["json", "jsonl", "ndjson", "log"];

/// Payloads within payloads at the most: an SNS message in an envelope in a Lambda event, and some more.
const WITHIN_MAX: usize = 6;

/// What was read, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) arrivals: Vec<Recorded>,
    pub(crate) problems: Vec<Problem>,
}

/// Reads a file or a folder.
///
/// # Errors
/// [`BadInput`] when nothing can be read at all.
pub(crate) fn read(path: &Path) -> Result<Read, BadInput> {
    let mut read = Read::default();
    if !path.is_dir() {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        read.file(&name, &text_of(path)?);
        return Ok(read);
    }
    let mut files = Vec::new();
    list(path, 0, &mut files)?;
    files.sort();
    if files.is_empty() {
        return Err(BadInput(format!(
            "no alarms in `{}`: expected files that end in .json, .jsonl, .ndjson or .log",
            path.display()
        )));
    }
    for file in files {
        let name = file.strip_prefix(path).unwrap_or(&file).to_string_lossy().into_owned();
        match text_of(&file) {
            Ok(text) => read.file(&name, &text),
            Err(error) => read.problem(&name, None, None, error.0),
        }
    }
    Ok(read)
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), BadInput> {
    let wrong = |error: std::io::Error| BadInput(format!("cannot read `{}`: {error}", folder.display()));
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let (kind, path) = (entry.file_type().map_err(wrong)?, entry.path());
        let ends = path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase();
        if kind.is_dir() && depth < DEPTH_MAX {
            list(&path, depth + 1, files)?;
        } else if kind.is_file() && EXTENSIONS.contains(&ends.as_str()) {
            files.push(path);
        }
    }
    Ok(())
}

fn text_of(path: &Path) -> Result<String, BadInput> {
    let wrong = |error: std::io::Error| BadInput(format!("cannot read `{}`: {error}", path.display()));
    if fs::metadata(path).map_err(wrong)?.len() > FILE_MAX {
        return Err(BadInput(format!("`{}` is longer than {FILE_MAX} bytes: split it", path.display())));
    }
    Ok(String::from_utf8_lossy(&fs::read(path).map_err(wrong)?).into_owned())
}

impl Read {
    /// Reads one file: one document if it is one, else line by line.
    fn file(&mut self, name: &str, text: &str) {
        let text = text.trim_start_matches('\u{feff}');
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Array(list)) => {
                for (index, value) in list.iter().enumerate() {
                    let place = format!("{name}[{index}]");
                    if let Err(problem) = self.one(place, value) {
                        self.problem(name, None, Some(format!("[{index}]")), problem);
                    }
                }
            }
            Ok(value) => {
                if let Err(problem) = self.one(name.to_owned(), &value) {
                    self.problem(name, None, None, problem);
                }
            }
            Err(error) if text.trim_start().starts_with('[') => {
                self.problem(name, Some(error.line()), None, format!("not valid JSON: {error}"));
            }
            Err(_) => self.lines(name, text),
        }
    }

    fn lines(&mut self, name: &str, text: &str) {
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let read = serde_json::from_str::<Value>(line)
                .map_err(|error| format!("not valid JSON: {error}"))
                .and_then(|value| self.one(format!("{name}:{number}"), &value));
            if let Err(problem) = read {
                self.problem(name, Some(number), None, problem);
            }
        }
    }

    /// Reads one payload, wrapped or not; it may carry several alarms.
    fn one(&mut self, place: String, value: &Value) -> Result<(), String> {
        let received_at = value.get("received_at").or_else(|| value.get("receivedAt"));
        let body = value.get("body").filter(|_| received_at.is_some() || value.get("is_test").is_some());
        let payload = match body.unwrap_or(value) {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let received_at = match received_at.filter(|_| body.is_some()) {
            None => None,
            Some(Value::String(text)) => {
                Some(Timestamp::parse(text).map_err(|error| format!("received_at: {error}"))?)
            }
            Some(_) => return Err("received_at: expected a time such as 2026-05-02T13:37:00Z".to_owned()),
        };
        let is_test = body.is_some() && value.get("is_test").and_then(Value::as_bool).unwrap_or(false);
        let alerts = alert::parse(&payload, cites(&payload)).map_err(|error| error.to_string())?;
        let parsed = serde_json::from_str::<Value>(&payload).unwrap_or_default();
        for alert in alerts {
            let at = received_at.or(alert.at).ok_or(
                "it does not say when: write it as {\"received_at\": \"2026-05-02T13:37:00Z\", \"body\": ...}",
            )?;
            let mut arrival = Arrival::from_alert(&alert, at);
            arrival.is_test = is_test;
            arrival.state = state(arrival.state, &parsed);
            self.arrivals.push(Recorded { place: place.clone(), arrival });
        }
        Ok(())
    }

    fn problem(&mut self, file: &str, line: Option<usize>, field: Option<String>, text: String) {
        self.problems.push(Problem { file: file.to_owned(), line, field, text, help: String::new() });
    }
}

/// The evidence an alert is read from; nothing of it is kept here.
fn cites(payload: &str) -> Cites {
    let query = Query {
        account: String::new(),
        region: String::new(),
        service: "alert".to_owned(),
        operation: String::new(),
        parameters: "{}".into(),
    };
    Cites::one(Evidence::new(query, None, Body::Alert(payload.into())).id())
}

/// What a payload says beyond alarm or OK: that somebody muted it (CloudWatch composite alarms, mute rules), or that it is
/// only news (webhook-formats, sections 1, 5 and 9).
fn state(state: Arriving, payload: &Value) -> Arriving {
    if state != Arriving::Trigger {
        return state;
    }
    if let Some(by) = find(payload, &["actionsSuppressedBy", "mutedByArn"], 0) {
        return Arriving::Suppressed { by };
    }
    let event = payload.pointer("/event/event_type").and_then(Value::as_str);
    let is_news = event.is_some_and(|event| !matches!(event, "incident.triggered" | "incident.reopened"));
    let action = payload.get("action").and_then(Value::as_str);
    if is_news || payload.get("eventType").is_some() && action == Some("updated") {
        return Arriving::Update;
    }
    state
}

/// A text member by one of these names, wherever the wrappers have it; not that of the state before.
fn find(value: &Value, names: &[&str], depth: usize) -> Option<String> {
    if depth > WITHIN_MAX {
        return None;
    }
    match value {
        Value::Object(map) => map.iter().find_map(|(name, value)| match value {
            _ if name == "previousState" => None,
            Value::String(text) if names.contains(&name.as_str()) && !text.is_empty() => Some(text.clone()),
            _ => find(value, names, depth + 1),
        }),
        Value::Array(list) => list.iter().find_map(|value| find(value, names, depth + 1)),
        Value::String(text) if text.starts_with('{') && names.iter().any(|name| text.contains(name)) => {
            find(&serde_json::from_str(text).ok()?, names, depth + 1)
        }
        _ => None,
    }
}
