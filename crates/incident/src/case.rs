//! The case file: everything an assessment may look at, frozen, with its own "now".

use crate::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Query {
    /// Account asked, twelve digits; empty when the input does not say.
    pub account: String,
    /// Region asked; empty when the input does not say.
    pub region: String,
    /// The AWS CLI's service name (`ec2`), or `cloudtrail`, `flow-logs`, `alert`, `deploys` for recorded files.
    pub service: String,
    /// The API operation (`DescribeSubnets`); for a CloudTrail record its event name, for a webhook the event its
    /// headers name.
    pub operation: String,
    /// The request's parameters as JSON text without page tokens; `{}` when there are none.
    pub parameters: Arc<str>,
}

/// What was answered, as it came: parsing happens in the pure rooms so that replay covers the parsers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// JSON text of an API answer.
    Call(Arc<str>),
    /// JSON text of one CloudTrail record.
    CloudTrailRecord(Arc<str>),
    /// Text of a VPC flow log file, first line the field names.
    FlowLog(Arc<str>),
    /// Text of an access log of a load balancer, one request a line.
    AccessLog(Arc<str>),
    /// JSON text of the event that started the investigation.
    Alert(Arc<str>),
    /// Spans as they were exported: OpenTelemetry's JSON, or X-Ray's.
    Trace(Arc<str>),
    /// JSON text of a message about code: a webhook of a code host, or its answer about a change.
    Delivery(Arc<str>),
}

impl Body {
    /// The text, whatever its kind.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Call(text)
            | Self::CloudTrailRecord(text)
            | Self::FlowLog(text)
            | Self::AccessLog(text)
            | Self::Alert(text)
            | Self::Trace(text)
            | Self::Delivery(text) => text,
        }
    }
}

/// Names one piece of evidence: a digest of query and answer, so it does not depend on the order of arrival.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceId([u8; 16]);

impl EvidenceId {
    fn of(query: &Query, at: Option<Timestamp>, body: &Body) -> Self {
        let mut hash = Sha256::new();
        for part in
            [&query.account, &query.region, &query.service, &query.operation, query.parameters.as_ref()]
        {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.update(at.map_or(i64::MIN, Timestamp::as_millis).to_le_bytes());
        hash.update(body.text().as_bytes());
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Self(id)
    }

    /// Lower-case hexadecimal, 32 characters.
    #[must_use]
    pub fn digest(&self) -> String {
        use fmt::Write;
        self.0.iter().fold(String::with_capacity(32), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl fmt::Debug for EvidenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digest())
    }
}

/// One answered query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    id: EvidenceId,
    /// What was asked.
    pub query: Query,
    /// The moment the answer describes: when a call was made, when a recorded event happened.
    pub at: Option<Timestamp>,
    /// The answer.
    pub body: Body,
}

impl Evidence {
    /// Evidence names itself by its content.
    #[must_use]
    pub fn new(query: Query, at: Option<Timestamp>, body: Body) -> Self {
        Self { id: EvidenceId::of(&query, at, &body), query, at, body }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> EvidenceId {
        self.id
    }

    /// The short word for where it came from: the service, or `cloudtrail`, `flow-logs`, `alert`,
    /// `deploys`.
    #[must_use]
    pub fn source(&self) -> &str {
        match self.body {
            Body::CloudTrailRecord(_) => "cloudtrail",
            Body::FlowLog(_) => "flow-logs",
            Body::AccessLog(_) => "access-logs",
            Body::Alert(_) => "alert",
            Body::Trace(_) => "traces",
            Body::Delivery(_) => "deploys",
            Body::Call(_) => &self.query.service,
        }
    }
}

/// One or more pieces of evidence: a claim without evidence cannot be constructed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cites {
    // INVARIANT: never empty, sorted, without duplicates.
    ids: Vec<EvidenceId>,
}

impl Cites {
    /// Cites one piece.
    #[must_use]
    pub fn one(id: EvidenceId) -> Self {
        Self { ids: vec![id] }
    }

    /// Cites several pieces; `None` when there are none.
    #[must_use]
    pub fn many(ids: impl IntoIterator<Item = EvidenceId>) -> Option<Self> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        (!ids.is_empty()).then_some(Self { ids })
    }

    /// Both together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut ids: Vec<_> = self.ids.iter().chain(&other.ids).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        Self { ids }
    }

    /// The ids, sorted.
    #[must_use]
    pub fn ids(&self) -> &[EvidenceId] {
        &self.ids
    }
}

/// Why something could not be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapReason {
    /// The permission is missing.
    Denied,
    /// No answer in time, or a server error.
    TimedOut,
    /// The service asked us to slow down.
    Throttled,
    /// Not part of the input: nobody recorded or configured it.
    NotConfigured,
    /// It came, and could not be read.
    Malformed,
    /// More exists than was returned.
    Truncated,
    /// A limit of the investigation was reached.
    OverBudget,
    /// It happened so recently that the service may not show it yet (CloudTrail delivery).
    NotYetVisible,
}

impl GapReason {
    /// The word of the report format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::TimedOut => "timed_out",
            Self::Throttled => "throttled",
            Self::NotConfigured => "not_configured",
            Self::Malformed => "malformed",
            Self::Truncated => "truncated",
            Self::OverBudget => "over_budget",
            Self::NotYetVisible => "not_yet_visible",
        }
    }
}

/// Something that could not be looked at. "Found nothing" is evidence; this is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What is missing, in words with the operation's name: `ec2 DescribeSecurityGroups in 444455556666 us-east-2`.
    pub what: String,
    /// Why.
    pub reason: GapReason,
    /// What it would have been used for; empty when nothing in this investigation needed it.
    pub needed_for: String,
    /// What to do about it: the permission to add, the file to mend.
    pub remedy: String,
    /// The query that failed, where there was one.
    pub query: Option<Query>,
    /// When it was asked.
    pub at: Option<Timestamp>,
}

/// Everything an investigation may look at. It only grows; `as_of` is its only "now".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// The moment of the investigation.
    pub as_of: Timestamp,
    /// Answers, in any order: an assessment does not depend on it.
    pub evidence: Vec<Evidence>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// Rounds of assessing and collecting that made it; 1 for what was recorded by hand.
    pub rounds: usize,
}
