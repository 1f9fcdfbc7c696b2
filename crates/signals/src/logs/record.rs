//! Lines to records: the header of a line is read, lines that belong together are joined.
//!
//! A record is what one call of a logger wrote. Formats are recognised line by line, because one stream carries several:
//! the platform's lines, the program's, those of a library. What is not recognised is a message, never an error.

mod header;
mod json;
mod lambda;
mod logfmt;
mod stamp;
pub(in crate::logs) mod trace;

pub use header::Header;
pub use lambda::{InitReport, Platform, Report};
pub use stamp::Stamp;

use super::scan::{Scan, cut};
use trace::Trace;

/// Lines joined to one record at most; the rest of a trace is counted and dropped.
const LINES_MAX: u64 = 512;

/// Bytes of a record's text and exception at most.
const BYTES_MAX: usize = 64 * 1024;

/// How bad a record says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Trace.
    Trace,
    /// Debug.
    Debug,
    /// Info, notice.
    Info,
    /// Warning.
    Warn,
    /// Error.
    Error,
    /// Fatal, critical, panic.
    Fatal,
}

impl Level {
    /// The level a word stands for, in any case.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        let word = word.trim();
        if word.len() > 13 {
            return None;
        }
        Some(match word.to_ascii_lowercase().as_str() {
            "trace" | "verbose" | "finest" | "finer" => Self::Trace,
            "debug" | "dbg" | "fine" => Self::Debug,
            "info" | "information" | "informational" | "notice" | "log" | "inf" => Self::Info,
            "warn" | "warning" | "wrn" => Self::Warn,
            "error" | "err" | "severe" => Self::Error,
            "fatal" | "critical" | "crit" | "panic" | "emerg" | "emergency" | "alert" => Self::Fatal,
            _ => return None,
        })
    }

    /// The level of a syslog severity (RFC 5424, table 2).
    fn of_severity(severity: u32) -> Option<Self> {
        Some(match severity {
            0..=2 => Self::Fatal,
            3 => Self::Error,
            4 => Self::Warn,
            5 | 6 => Self::Info,
            7 => Self::Debug,
            _ => return None,
        })
    }
}

/// What one call of a logger wrote.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// The number of its first line, as the caller counts.
    pub source: u64,
    /// Lines it has.
    pub lines: u64,
    /// What stands before the message.
    pub header: Header,
    /// The message, without header; of several lines the first.
    pub message: String,
    /// What follows the message: the lines of a stack trace, the exception fields of JSON.
    pub exception: Option<String>,
    /// Further fields of JSON and logfmt, in the order of their names or of the line.
    pub fields: Vec<(String, String)>,
    /// The line of the Lambda platform it is.
    pub platform: Option<Platform>,
    /// Whether something was dropped because it was too long.
    pub cut: bool,
}

impl Record {
    /// Message and exception, as one text.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.exception {
            Some(exception) if self.message.is_empty() => exception.clone(),
            Some(exception) => format!("{}\n{exception}", self.message),
            None => self.message.clone(),
        }
    }
}

/// Joins lines to records. Give it lines in order, then [`Reader::finish`].
#[derive(Debug, Default)]
pub struct Reader {
    open: Option<Record>,
    trace: Trace,
    /// The container runtime cut the line before into parts.
    partial: bool,
}

impl Reader {
    /// A reader that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a line, which came from `source`. Gives the record before it, when that is complete.
    pub fn push(&mut self, line: &str, source: u64) -> Option<Record> {
        let clean = without_escapes(line.trim_end_matches(['\r', '\n']));
        let (line, partial) = container(&clean);
        let line = line.as_ref();
        let was_partial = std::mem::replace(&mut self.partial, partial);
        if let Some(open) = &mut self.open
            && (was_partial || self.trace.goes_on(line) && json::object(line).is_none())
        {
            self.trace = self.trace.after(line);
            join(open, line, was_partial);
            return None;
        }
        let record = one(line, source);
        // `Exception in ...` written by the logger, its trace written below it without a header.
        if let Some(open) = &mut self.open
            && record.header == Header::default()
            && record.platform.is_none()
            && open.exception.is_none()
            && open.header.level.is_some_and(|level| level >= Level::Warn)
            && trace::exception_type(line)
                .is_some_and(|name| trace::names_exception(name) && name.contains('.'))
        {
            self.trace = self.trace.after(line);
            join(open, line, false);
            return None;
        }
        self.trace = Trace::Plain.after(&record.message);
        self.open.replace(record)
    }

    /// The last record.
    pub fn finish(&mut self) -> Option<Record> {
        self.partial = false;
        self.open.take()
    }
}

/// All records of a text, their sources the numbers of its lines from 0.
#[must_use]
pub fn records(text: &str) -> Vec<Record> {
    let mut reader = Reader::new();
    let mut records: Vec<Record> =
        (0..).zip(text.lines()).filter_map(|(number, line)| reader.push(line, number)).collect();
    records.extend(reader.finish());
    records
}

/// Adds a line to a record.
fn join(record: &mut Record, line: &str, same_line: bool) {
    record.lines += u64::from(!same_line);
    let used = record.message.len() + record.exception.as_ref().map_or(0, String::len);
    if record.lines > LINES_MAX || used + line.len() > BYTES_MAX {
        record.cut = true;
        return;
    }
    if same_line && record.exception.is_none() {
        record.message.push_str(line);
        return;
    }
    let exception = record.exception.get_or_insert_with(String::new);
    if !exception.is_empty() && !same_line {
        exception.push('\n');
    }
    exception.push_str(line);
}

/// One line as a record.
fn one(line: &str, source: u64) -> Record {
    let mut record = Record { source, lines: 1, ..Record::default() };
    let (line, cut) = (cut(line, BYTES_MAX), line.len() > BYTES_MAX);
    record.cut = cut;
    if let Some(platform) = lambda::read(line) {
        record.platform = Some(platform);
        line.clone_into(&mut record.message);
        return record;
    }
    if read_object(line, &mut record) {
        return record;
    }
    let (header, message) = header::read(line);
    record.header = header;
    if read_object(message, &mut record) {
        return record;
    }
    // logfmt with a word of a logger in it; other pairs are a message.
    if let Some(pairs) = logfmt::read(line).or_else(|| logfmt::read(message))
        && pairs.iter().any(|(key, _)| matches!(key.as_str(), "msg" | "message" | "level" | "lvl"))
    {
        read_pairs(pairs, message, &mut record);
        return record;
    }
    // Runtimes write lines of one event with carriage returns.
    let mut parts = message.splitn(2, '\r');
    parts.next().unwrap_or_default().clone_into(&mut record.message);
    record.exception = parts.next().map(|rest| rest.replace('\r', "\n")).filter(|rest| !rest.is_empty());
    record
}

/// Reads a line that is a JSON object, the header of the line staying where the object says nothing.
fn read_object(line: &str, record: &mut Record) -> bool {
    let Some(object) = json::object(line) else { return false };
    let parsed = json::read(&object, line);
    let outer = std::mem::take(&mut record.header);
    record.header = Header {
        stamp: parsed.header.stamp.or(outer.stamp),
        level: parsed.header.level.or(outer.level),
        logger: parsed.header.logger.or(outer.logger),
        request: parsed.header.request.or(outer.request),
        ..outer
    };
    record.message = parsed.message;
    record.exception = parsed.exception;
    record.fields = parsed.fields;
    record.platform = parsed.platform;
    true
}

fn read_pairs(pairs: Vec<(String, String)>, line: &str, record: &mut Record) {
    let mut message = None;
    for (key, value) in pairs {
        match key.as_str() {
            "msg" | "message" => message = Some(value),
            "level" | "lvl" => record.header.level = Level::read(&value),
            "ts" | "time" | "timestamp" => {
                record.header.stamp =
                    stamp::read(&value).map(|(stamp, _)| stamp).or(record.header.stamp.take());
            }
            "logger" | "component" => record.header.logger = Some(value),
            "err" | "error" | "exception" | "stacktrace" => record.exception = Some(value),
            _ => record.fields.push((key, value)),
        }
    }
    record.message = message.unwrap_or_else(|| line.to_owned());
}

/// What a container's runtime wrote around a line, and whether the line goes on in the next: CRI
/// (`2026-01-05T10:00:00Z stdout F text`) and Docker's json-file (`{"log": "text\n", "stream": ...}`).
fn container(line: &str) -> (std::borrow::Cow<'_, str>, bool) {
    if let Some(object) = json::object(line)
        && object.contains_key("stream")
        && let Some(log) = object.get("log").and_then(serde_json::Value::as_str)
    {
        let partial = !log.ends_with('\n');
        return (log.trim_end_matches(['\r', '\n']).to_owned().into(), partial);
    }
    let cri = || {
        let mut scan = Scan::new(line);
        let first = scan.until(" ", 40)?;
        stamp::read(first).filter(|(_, rest)| rest.is_empty())?;
        scan.eat("stdout ").or_else(|| scan.eat("stderr "))?;
        let tag = scan.one_of(&['F', 'P'])?;
        scan.eat(" ").or_else(|| scan.rest().is_empty().then_some(()))?;
        Some((scan.rest().into(), tag == 'P'))
    };
    cri().unwrap_or((line.into(), false))
}

/// A line without the escape sequences that colour it (ECMA-48 control sequences).
fn without_escapes(line: &str) -> std::borrow::Cow<'_, str> {
    if !line.contains('\u{1b}') {
        return line.into();
    }
    let mut clean = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        clean.push_str(before);
        rest = after.strip_prefix('[').map_or(after, |sequence| {
            let parameters = sequence.trim_start_matches(|letter: char| matches!(letter, '0'..='?'));
            parameters.strip_prefix(|letter: char| matches!(letter, '@'..='~')).unwrap_or(parameters)
        });
    }
    clean.push_str(rest);
    clean.into()
}

#[cfg(test)]
mod tests;
