//! What a denied request says about itself: error messages, log lines, and the error fields of CloudTrail records.
//!
//! A message names one layer, even where several deny, and often none; see the IAM User Guide, `troubleshoot_access-denied`.
//! Text comes from anywhere, so it is read once, to a bounded length, and never trusted to be well-formed.

mod assemble;
mod codes;
mod flat;
mod reason;
mod sentence;

use std::ops::Range;

pub use codes::is_denial_code;

use crate::layer::Layer;

/// Longest field that is kept, in bytes: an ARN has at most 2,048.
const LONGEST_FIELD: usize = 2_048;

/// Whether a statement denied or an allow was missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DenyKind {
    /// A statement denies: `with an explicit deny`.
    Explicit,
    /// Nothing allows: `because no ... allows`. Older messages of service control policies say explicit for this too.
    Implicit,
    /// The message does not say.
    #[default]
    Unsaid,
}

/// A layer that a message names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedLayer {
    /// The layer.
    pub layer: Layer,
    /// What else the same words say.
    pub other: Option<Other>,
}

/// What the words that name a layer say besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Other {
    /// The resource's policy is a role's trust policy.
    TrustPolicy,
    /// The named layer denied because of another: `transitively through a service control policy`.
    Through(Layer),
    /// The resource may not exist, or its policy may deny or be silent: the message leaves it open (AWS KMS, another account's key).
    AbsentResource,
}

/// A setting that denies without any policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// S3 Block Public Access, `BlockPublicAcls`.
    BlockPublicAcls,
    /// S3 Block Public Access, `BlockPublicPolicy`.
    BlockPublicPolicy,
    /// The bucket takes no uploads with keys that the customer provides (SSE-C).
    CustomerKeysBlocked,
}

/// One denied request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denial {
    /// Error code: `AccessDeniedException`.
    pub code: Option<String>,
    /// API operation, where the text names it: `Query`.
    pub operation: Option<String>,
    /// Caller as the message writes it, usually the ARN of a session.
    pub principal: Option<String>,
    /// Action as the message writes it, `dynamodb:Query`; services differ in upper case.
    pub action: Option<String>,
    /// Resource as the message writes it: an ARN, `*`, or words (`role deploy`).
    pub resource: Option<String>,
    /// Whether a statement denied or an allow was missing.
    pub kind: DenyKind,
    /// The layer, where the message names one. Others may deny too.
    pub named: Option<NamedLayer>,
    /// The setting, where no policy denied.
    pub setting: Option<Setting>,
    /// Policy that denied: its ARN, or any other name.
    pub policy: Option<String>,
    /// Id for IAM's GetRequestAuthorizationDetails, kept by AWS for 24 hours.
    pub authorization_id: Option<String>,
    /// Message for AWS STS's DecodeAuthorizationMessage.
    pub encoded: Option<String>,
    /// Where it stands in the text, in bytes.
    pub span: Range<usize>,
}

/// Reads the denials that a log line or a message holds, in order: usually none or one. Texts of others, such as `user denied`
/// or a bare `403 Forbidden`, are none.
///
/// Only the first 256 KiB are read, and at most 64 denials.
#[must_use]
pub fn parse(text: &str) -> Vec<Denial> {
    assemble::assemble(text)
}

/// Reads the error of an API answer or a CloudTrail record (`errorCode`, `errorMessage`). The fields come from AWS, so a
/// code or a text that would prove nothing in a log line is a denial here. [`Denial::span`] is of the message.
#[must_use]
pub fn parse_event(code: Option<&str>, message: Option<&str>) -> Option<Denial> {
    let denial = message.and_then(|message| assemble::first(message, code));
    let mut denial = denial.or_else(|| {
        let is_denial = code.is_some_and(is_denial_code);
        is_denial.then(|| Denial { span: 0..message.map_or(0, str::len), ..Denial::default() })
    })?;
    if let Some(code) = code {
        denial.code = Some(code.to_owned());
    }
    if denial.code.as_deref() == Some("VpceAccessDenied") && denial.named.is_none() {
        denial.named = Some(NamedLayer { layer: Layer::VpcEndpoint, other: None });
    }
    Some(denial)
}
