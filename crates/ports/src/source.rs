//! A source answers queries: one outside thing, read-only.

use butfor_incident::Query;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// What a source gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// JSON text of an API's answer, page by page. A last page that still names the next one tells that there is more.
    Pages(Vec<Arc<str>>),
    /// Files as they were kept: CloudTrail log files, flow logs, access logs.
    Files(Vec<File>),
    /// A part of the answer, and why the rest is missing: what came is evidence, and the rest is a gap.
    Part(Box<Answered>, Failure),
}

/// A file that a service wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path inside a bundle, `/` between its parts: `cloudtrail/AWSLogs/111122223333/...json.gz`.
    pub name: String,
    /// Its bytes, compressed or not.
    pub bytes: Vec<u8>,
}

/// Why a source has no answer: a gap of the investigation, never silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The service's own code (`AccessDenied`), or a word for what happened here: `TimedOut`, `OverBudget`, `NoCredentials`.
    pub code: String,
    /// The service's sentence, or what to do. Nothing secret.
    pub message: String,
}

/// An answer that is on its way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Answered, Failure>> + Send + 'a>>;

/// Answers queries of some kind. It cannot change anything.
pub trait Source: Send + Sync {
    /// What people call it.
    fn name(&self) -> &'static str;

    /// Whether this query is one of its own.
    fn serves(&self, query: &Query) -> bool;

    /// Answers a query: with everything there is, or with why not.
    fn fetch<'a>(&'a self, query: &'a Query) -> Fetching<'a>;
}
