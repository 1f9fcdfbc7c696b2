//! Exceptions and panics: type, message and innermost frame.

use super::{Facts, Kind, Line};
use crate::logs::record::trace::{exception_type, names_exception};
use crate::logs::scan::cut;

/// Bytes of a message and of a frame.
const TEXT_MAX: usize = 1024;

/// What stands before an exception that ended the program or the request.
const UNHANDLED: [&str; 7] = [
    "Unhandled exception. ",
    "Unhandled Exception: ",
    "Unhandled exception: ",
    "Uncaught exception: ",
    "Uncaught ",
    "Exception in thread ",
    "Invoke Error ",
];

/// Finds the exception of a text. Of a chain the last in Python and the last cause in Java: the root.
pub(super) fn read(text: &str, facts: &mut Facts) {
    let found = panic(text).or_else(|| raised(text));
    let Some((line, name, message, frame, unhandled)) = found else { return };
    let kind = Kind::Exception {
        name: cut(name, 256).to_owned(),
        message: cut(message, TEXT_MAX).to_owned(),
        frame: frame.map(|frame| cut(frame.trim(), TEXT_MAX).to_owned()),
        unhandled,
    };
    facts.add(&Line::new(line), kind);
}

/// The line, the type, the message, the frame, whether unhandled.
type Found<'t> = (&'t str, &'t str, &'t str, Option<&'t str>, bool);

/// `panic: ...` of Go, `thread 'x' panicked at place:` of Rust.
fn panic(text: &str) -> Option<Found<'_>> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(message) = line.trim_start().strip_prefix("panic: ") {
            return Some((line, "panic", message, go_frame(lines), true));
        }
        if let Some((thread, place)) = line.split_once(" panicked at ")
            && thread.trim_start().starts_with("thread '")
        {
            // Since 1.73 the message is the next line; before, it was quoted before the place.
            return Some(match place.strip_suffix(':') {
                Some(place) => (line, "panic", lines.next().unwrap_or_default(), Some(place), true),
                None => match place.rsplit_once("', ") {
                    Some((message, place)) => {
                        (line, "panic", message.trim_start_matches('\''), Some(place), true)
                    }
                    None => (line, "panic", place, None, true),
                },
            });
        }
    }
    None
}

/// The first frame below `goroutine` that is not the runtime's.
fn go_frame<'t>(lines: std::str::Lines<'t>) -> Option<&'t str> {
    lines.skip_while(|line| !line.starts_with("goroutine ")).skip(1).find(|line| {
        !line.starts_with(['\t', ' '])
            && line.contains('(')
            && !line.starts_with("panic(")
            && !line.starts_with("runtime.")
    })
}

fn raised(text: &str) -> Option<Found<'_>> {
    let is_python = text.contains("Traceback (most recent call last)") || text.contains("  File \"");
    let mut found: Option<Found<'_>> = None;
    let mut python_frame = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if is_python && trimmed.starts_with("File \"") {
            python_frame = Some(trimmed);
            // Lambda writes the exception first and its frames below.
            if let Some((_, _, _, frame, _)) = &mut found {
                *frame = python_frame;
            }
            continue;
        }
        let at = trimmed.strip_prefix("at ").is_some_and(|frame| frame.contains(['(', ':', ' ', '.']));
        if at {
            if let Some((_, _, _, frame, _)) = &mut found
                && frame.is_none()
            {
                *frame = Some(trimmed);
            }
            continue;
        }
        let (head, unhandled) = head(trimmed);
        let cause = trimmed.starts_with("Caused by: ");
        let Some(name) = exception_type(head).filter(|name| names_exception(name) || cause) else { continue };
        // Outside Python the first exception of a text counts, and its causes.
        if found.is_none() || cause || is_python {
            let message = head.get(name.len()..).unwrap_or_default().trim_start_matches([':', ' ']);
            let unhandled = unhandled || found.as_ref().is_some_and(|found| found.4);
            found = Some((line, name, message, python_frame, unhandled));
        }
    }
    found
}

/// A line without what may stand before the type of an exception.
fn head(line: &str) -> (&str, bool) {
    let line = line.strip_prefix("Caused by: ").unwrap_or(line);
    for before in UNHANDLED {
        if let Some(rest) = line.strip_prefix(before) {
            // `Exception in thread "main" a.b.X: y`
            let rest =
                rest.strip_prefix('"').and_then(|rest| rest.split_once("\" ")).map_or(rest, |(_, rest)| rest);
            return (rest.trim_start(), true);
        }
    }
    (line, false)
}
