//! What the service needs to have an incident investigated: it knows no AWS and no files.

use butfor_engine::correlate::{Dependencies, Explained};
use butfor_incident::picture::Picture;
use butfor_incident::{Assessment, Timestamp};
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;

/// What is to be investigated.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Payloads of the alerts, in the order they came.
    pub alerts: Vec<Value>,
    /// What code hosts said of late, as they said it, in the order it came.
    pub deliveries: Vec<Value>,
    /// Which pass this is, from 1.
    pub pass: u32,
    /// What a person asked for, beyond the alerts.
    pub asked: Asked,
}

/// What a person asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    /// A starting point without an alert: `latest-alarm`, `error-rate`, `high-cpu`.
    pub preset: Option<String>,
    /// The moment of the incident, ISO 8601.
    pub at: Option<String>,
    /// Account to begin in.
    pub account: Option<String>,
    /// Region to begin in.
    pub region: Option<String>,
    /// The only log groups to read; all that matter where there is none.
    pub log_groups: Vec<String>,
    /// The only services to ask, as the AWS CLI calls them; all where there is none.
    pub services: Vec<String>,
    /// Since when changes are looked for, ISO 8601.
    pub since: Option<String>,
    /// In a person's words.
    pub details: String,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The assessment.
    pub assessment: Assessment,
    /// What there is to draw.
    pub picture: Picture,
    /// What correlation learns from it.
    pub explained: Explained,
    /// What depends on what.
    pub dependencies: Dependencies,
    /// The case as a bundle: a gzip archive of its files.
    pub bundle: Vec<u8>,
    /// The case's own "now".
    pub as_of: Timestamp,
    /// What the person who runs the service should know.
    pub warnings: Vec<String>,
}

/// A step of an investigation, as it is made.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Questions answered.
    pub done: usize,
    /// Questions asked so far.
    pub asked: usize,
    /// What was done.
    pub line: &'a str,
}

/// An investigation on its way; the error is in words, and the job is tried again.
pub type Investigating<'a> = Pin<Box<dyn Future<Output = Result<Found, String>> + Send + 'a>>;

/// Investigates. What it cannot see is a gap of the assessment, no error.
pub trait Investigator: Send + Sync {
    /// Investigates what was ordered, and tells each step.
    fn investigate<'a>(
        &'a self,
        order: &'a Order,
        step: &'a (dyn Fn(Step<'_>) + Send + Sync),
    ) -> Investigating<'a>;

    /// The assessment of a bundle made earlier, once more.
    fn assess(&self, bundle: &[u8]) -> Option<Assessment>;

    /// A document of a bundle made earlier, by the digest of its evidence: the query, the moment, the text.
    fn evidence(&self, bundle: &[u8], digest: &str) -> Option<Document>;

    /// Every query of a bundle made earlier, with what came of it.
    fn calls(&self, bundle: &[u8]) -> Vec<butfor_report::ask::Call>;
}

/// A piece of evidence as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The service asked.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// Account it was asked in.
    pub account: String,
    /// Region it was asked in.
    pub region: String,
    /// What was asked, as JSON.
    pub parameters: String,
    /// The moment it describes.
    pub at: Option<Timestamp>,
    /// The answer.
    pub body: String,
}
