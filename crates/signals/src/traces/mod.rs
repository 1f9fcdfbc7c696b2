//! What traces say: spans of X-Ray, OpenTelemetry or a table, where an error began, where time was spent, who calls whom.
//!
//! Spans are untrusted data, as logs are: ids may repeat, parents may be missing or go in circles, times may run backwards.
//! Nothing here fails on them; what cannot be read is counted.

mod edges;
mod exact;
mod forest;
mod json;
pub mod otlp;
pub mod patterns;
pub mod rows;
pub mod xray;

pub use edges::{Edge, edges};
pub use forest::{Failing, Forest};

use std::sync::Arc;

/// Spans read at most from one document; the rest is counted in [`Parsed::skipped`]. At 200 bytes each 100 MB.
pub const SPANS_MAX: usize = 500_000;

/// Bytes of a name, and of what an error says, at most.
const NAME_BYTES_MAX: usize = 256;
const TEXT_BYTES_MAX: usize = 1024;

/// Which side of a call a span is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Not said.
    #[default]
    Unknown,
    /// Work within a component.
    Internal,
    /// Serves a request, or handles a message.
    Server,
    /// Waits for another component, or sends it a message.
    Client,
}

/// Whose fault a failure says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blame {
    /// The caller asked for something wrong: 4xx, X-Ray's `error`.
    Error,
    /// The caller asked too often: 429, X-Ray's `throttle`.
    Throttle,
    /// The callee could not: 5xx, an exception, X-Ray's `fault`.
    Fault,
}

impl Blame {
    /// What an HTTP status says (RFC 9110, section 15; 429 is RFC 6585); none for a success.
    fn of_status(status: u64) -> Option<Self> {
        match status {
            429 => Some(Self::Throttle),
            400..=499 => Some(Self::Error),
            500..=599 => Some(Self::Fault),
            _ => None,
        }
    }
}

/// That a span failed, and what it says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Whose fault.
    pub blame: Blame,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    /// Type and message of the exception, or the status message; cut after 1,024 bytes.
    pub text: Option<String>,
}

/// A piece of work of one component on behalf of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The request it belongs to.
    pub trace: Arc<str>,
    /// Its id within the trace.
    pub id: Arc<str>,
    /// The id of the span that caused it.
    pub parent: Option<Arc<str>>,
    /// What did the work: X-Ray's segment name, OpenTelemetry's `service.name`.
    pub component: Arc<str>,
    /// What was done.
    pub operation: Arc<str>,
    /// Side of the call.
    pub kind: Kind,
    /// Nanoseconds since 1970 UTC.
    pub start_ns: i64,
    /// Nanoseconds since 1970 UTC; none while it is not finished.
    pub end_ns: Option<i64>,
    /// Set when it failed.
    pub failure: Option<Failure>,
    /// Of a client: what it calls, if it says so.
    pub peer: Option<Arc<str>>,
}

impl Span {
    /// Nanoseconds from start to end; 0 where the end is missing or before the start.
    #[must_use]
    pub fn duration_ns(&self) -> u64 {
        let end = self.end_ns.unwrap_or(self.start_ns);
        u64::try_from(end.saturating_sub(self.start_ns)).unwrap_or(0)
    }
}

/// What a document had.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Its spans, in its order.
    pub spans: Vec<Span>,
    /// Pieces that are no span, or that there was no room for.
    pub skipped: u64,
}

impl Parsed {
    fn push(&mut self, span: Span) {
        if self.spans.len() < SPANS_MAX {
            self.spans.push(span);
        } else {
            self.skipped += 1;
        }
    }
}

/// Why a document is not read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON.
    #[error("not a JSON document: {0}; give the file as the API or the exporter wrote it")]
    Json(#[from] serde_json::Error),
    /// JSON of another kind.
    #[error("no `{0}` in the document; give the file as the API or the exporter wrote it")]
    Shape(&'static str),
    /// A table without a column that is needed.
    #[error(
        "the table has no column for the {0}; its header must name trace, span, parent, service, operation, start and end"
    )]
    Column(&'static str),
}

#[cfg(test)]
mod tests;
