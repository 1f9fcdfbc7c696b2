//! Spans as a table of comma-separated values, the form researchers and spreadsheets use: a header, one span a row.
//!
//! Columns are found by their names, letter case and everything but letters ignored: `TraceID` and `trace_id` are one.

use super::json::name;
use super::{Kind, Parsed, ReadError, Span};
use std::borrow::Cow;
use std::sync::Arc;

/// Names of columns, without anything but letters.
const TRACE: [&str; 1] = ["traceid"];
const SPAN: [&str; 1] = ["spanid"];
const PARENT: [&str; 4] = ["parentid", "parentspanid", "parentspan", "parent"];
const COMPONENT: [&str; 6] = ["podname", "service", "servicename", "component", "cmdbid", "pod"];
const OPERATION: [&str; 4] = ["operationname", "operation", "spanname", "name"];
const START: [&str; 3] = ["starttimeunixnano", "startns", "starttimens"];
const END: [&str; 3] = ["endtimeunixnano", "endns", "endtimens"];

/// The spans of a table. Times are nanoseconds since 1970 UTC; a parent that is empty or `root` is none.
///
/// # Errors
///
/// When a column is missing. Rows that do not fit are counted as skipped.
pub fn read(table: &str) -> Result<Parsed, ReadError> {
    let mut rows = Rows { rest: table };
    let header: Vec<String> = rows.next().unwrap_or_default().iter().map(|cell| letters(cell)).collect();
    let column = |names: &[&str], what| {
        let found = names.iter().find_map(|name| header.iter().position(|cell| cell == name));
        found.ok_or(ReadError::Column(what))
    };
    let (trace, id) = (column(&TRACE, "trace")?, column(&SPAN, "span")?);
    let (parent, component) = (column(&PARENT, "parent")?, column(&COMPONENT, "service")?);
    let operation = column(&OPERATION, "operation")?;
    let (start, end) = (column(&START, "start")?, column(&END, "end")?);
    let mut parsed = Parsed::default();
    let mut seen = Names::default();
    for row in rows {
        let cell = |at: usize| row.get(at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
        let time = |at: usize| cell(at).and_then(|cell| cell.parse::<i64>().ok());
        let (Some(trace), Some(id), Some(component), Some(start_ns)) =
            (cell(trace), cell(id), cell(component), time(start))
        else {
            parsed.skipped += 1;
            continue;
        };
        parsed.push(Span {
            trace: seen.get(trace),
            id: name(id),
            parent: cell(parent).filter(|parent| *parent != "root").map(name),
            component: seen.get(component),
            operation: seen.get(cell(operation).unwrap_or_default()),
            kind: Kind::Unknown,
            start_ns,
            end_ns: time(end),
            failure: None,
            peer: None,
        });
    }
    Ok(parsed)
}

fn letters(cell: &str) -> String {
    cell.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// One copy of each name.
#[derive(Default)]
struct Names(std::collections::BTreeSet<Arc<str>>);

impl Names {
    fn get(&mut self, text: &str) -> Arc<str> {
        let text = name(text);
        if let Some(known) = self.0.get(&text) {
            return known.clone();
        }
        self.0.insert(text.clone());
        text
    }
}

/// Rows of comma-separated values as of RFC 4180, read where they lie. Spans are millions of rows, so cells are copied only where a quote was
/// doubled. A quote that is never closed takes the rest.
struct Rows<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Rows<'t> {
    type Item = Vec<Cow<'t, str>>;

    fn next(&mut self) -> Option<Self::Item> {
        // Empty lines are none.
        self.rest = self.rest.trim_start_matches(['\r', '\n']);
        if self.rest.is_empty() {
            return None;
        }
        let mut row = Vec::new();
        loop {
            let (cell, after) = match self.rest.strip_prefix('"') {
                Some(inside) => quoted(inside),
                None => {
                    let end = self.rest.find([',', '\n', '\r']).unwrap_or(self.rest.len());
                    let (cell, after) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
                    (cell.into(), after)
                }
            };
            row.push(cell);
            match after.strip_prefix(',') {
                Some(next) => self.rest = next,
                None => {
                    // Text after a closing quote belongs to no cell.
                    let end = after.find('\n').unwrap_or(after.len());
                    self.rest = after.get(end..).unwrap_or_default();
                    return Some(row);
                }
            }
        }
    }
}

/// A cell after its opening quote, and what follows the closing one.
fn quoted(inside: &str) -> (Cow<'_, str>, &str) {
    let mut from = 0;
    let mut doubled = false;
    while let Some(at) = inside.get(from..).and_then(|rest| rest.find('"')) {
        let at = from + at;
        let after = inside.get(at + 1..).unwrap_or_default();
        if !after.starts_with('"') {
            let cell = inside.get(..at).unwrap_or_default();
            let cell = if doubled { cell.replace("\"\"", "\"").into() } else { cell.into() };
            return (cell, after);
        }
        doubled = true;
        from = at + 2;
    }
    (inside.into(), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_commas_quotes_and_line_ends() {
        let table = "a,b\r\n\"one, \"\"two\"\"\",3\n\n\"x\ny\",\n\"open";
        let rows: Vec<_> = Rows { rest: table }.collect();
        assert_eq!(rows, [vec!["a", "b"], vec!["one, \"two\"", "3"], vec!["x\ny", ""], vec!["open"]]);
    }

    #[test]
    fn columns_are_found_by_name() {
        let table = "Duration,trace_id,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano\n\
            1,t,a,root,front,GET /,10,30\n1,t,b,a,back,\"q,1\",x,30\n1,t,c,a,back,read,12,\n";
        let parsed = read(table).unwrap();
        assert_eq!(parsed.skipped, 1);
        let seen: Vec<_> =
            parsed.spans.iter().map(|span| (&*span.id, span.parent.as_deref(), span.end_ns)).collect();
        assert_eq!(seen, [("a", None, Some(30)), ("c", Some("a"), None)]);
        assert!(matches!(read("TraceID,SpanID\n"), Err(ReadError::Column("parent"))));
    }
}
