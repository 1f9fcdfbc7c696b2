//! CloudTrail records, read into one shape whatever dialect they were written in.
//!
//! EC2 writes two dialects (change-events, section 2): flat lower-camel names with `{"items": [...]}` lists, and
//! `{Op}Request` wrappers with XML turned to JSON. Other services write their own JSON with a lower-case first
//! letter. [`Record::request`] and [`Record::response`] carry names as the AWS API writes them, plain lists, and no
//! wrapper; what is left of the dialects (one element instead of a list, singular names, numbers as text) is
//! absorbed by the accessors of [`Fields`].

mod fields;
mod normalise;

pub use fields::Fields;

use butfor_incident::{Actor, Timestamp};
use serde_json::Value;

/// One recorded API call.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// When the call was made (`eventTime`, whole seconds).
    pub at: Timestamp,
    /// `eventID`; empty when the record has none.
    pub event_id: String,
    /// `eventName` as recorded, with a version suffix where the service writes one; see [`Record::operation`].
    pub event_name: String,
    /// `eventSource` without `.amazonaws.com` (`ec2`, `elasticloadbalancing`, `monitoring`).
    pub service: String,
    /// `recipientAccountId`: the account whose trail has the record; the caller's account when absent.
    pub account: String,
    /// `awsRegion`.
    pub region: String,
    /// Who called.
    pub actor: Actor,
    /// `errorCode` of a failed or dry-run call: it changed nothing (network-semantics 70).
    pub error: Option<String>,
    /// `errorMessage`; untrusted text.
    pub error_message: Option<String>,
    /// Whether the call only reads; judged by its name when the record does not say.
    pub read_only: bool,
    /// Parameters in API names; null when the record has none.
    pub request: Value,
    /// Answer in API names; null when the record has none.
    pub response: Value,
    /// Whether the caller's credentials came from a console session.
    pub from_console: bool,
    /// `vpcEndpointId`: the VPC endpoint the call came through.
    pub vpc_endpoint: Option<String>,
    /// ARNs of `resources`, which data events name.
    pub resources: Vec<String>,
    /// `sharedEventID`, the same in every account that recorded the one call.
    pub shared_event_id: Option<String>,
}

/// Why a text is no CloudTrail record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not JSON, or not an object.
    #[error("CloudTrail record is not a JSON object: {0}")]
    NotJson(String),
    /// A member without which the record means nothing is missing or has the wrong form.
    #[error("CloudTrail record: `{field}` is missing or unreadable ({detail}); every record has one")]
    Field {
        /// Name of the member.
        field: &'static str,
        /// What was found.
        detail: String,
    },
}

impl Record {
    /// Reads one record. A LookupEvents entry is accepted too: its `CloudTrailEvent` text is the record.
    ///
    /// # Errors
    /// [`RecordError`] names the field without which the record cannot be used.
    pub fn parse(json: &str) -> Result<Self, RecordError> {
        let value: Value =
            serde_json::from_str(json).map_err(|error| RecordError::NotJson(error.to_string()))?;
        match value.get("CloudTrailEvent").and_then(Value::as_str) {
            Some(inner) => {
                let value =
                    serde_json::from_str(inner).map_err(|error| RecordError::NotJson(error.to_string()))?;
                Self::from_value(&value)
            }
            None => Self::from_value(&value),
        }
    }

    fn from_value(value: &Value) -> Result<Self, RecordError> {
        if !value.is_object() {
            return Err(RecordError::NotJson("expected `{`".to_owned()));
        }
        let fields = Fields::of(value);
        let needed = |field: &'static str| {
            fields.text(field).ok_or_else(|| RecordError::Field { field, detail: "no text".to_owned() })
        };
        let at = Timestamp::parse(&needed("eventTime")?)
            .map_err(|error| RecordError::Field { field: "eventTime", detail: error.to_string() })?;
        let event_name = needed("eventName")?;
        let source = needed("eventSource")?;
        let service = source.strip_suffix(".amazonaws.com").unwrap_or(&source).to_owned();
        let operation = unversioned(&event_name);
        let parameters = value.get("requestParameters").unwrap_or(&Value::Null);
        let elements = value.get("responseElements").unwrap_or(&Value::Null);
        Ok(Self {
            at,
            event_id: fields.text("eventID").unwrap_or_default(),
            account: fields.text("recipientAccountId|userIdentity/accountId").unwrap_or_default(),
            region: fields.text("awsRegion").unwrap_or_default(),
            actor: actor(fields),
            error: fields.text("errorCode"),
            error_message: fields.text("errorMessage"),
            read_only: fields.flag("readOnly").unwrap_or_else(|| only_reads(operation)),
            request: normalise::message(parameters, &service, operation, "Request"),
            response: normalise::message(elements, &service, operation, "Response"),
            from_console: fields.flag("sessionCredentialFromConsole").unwrap_or(false),
            vpc_endpoint: fields.text("vpcEndpointId"),
            resources: fields.list("resources").into_iter().filter_map(|one| one.text("ARN")).collect(),
            shared_event_id: fields.text("sharedEventID"),
            event_name,
            service,
        })
    }

    /// The API operation: the event name without the version suffix some services append
    /// (`UpdateFunctionConfiguration20150331v2` is `UpdateFunctionConfiguration`).
    #[must_use]
    pub fn operation(&self) -> &str {
        unversioned(&self.event_name)
    }

    /// Accessors over [`Record::request`].
    #[must_use]
    pub fn asked(&self) -> Fields<'_> {
        Fields::of(&self.request)
    }

    /// Accessors over [`Record::response`].
    #[must_use]
    pub fn answered(&self) -> Fields<'_> {
        Fields::of(&self.response)
    }
}

fn actor(fields: Fields<'_>) -> Actor {
    let identity = fields.at("userIdentity");
    let invoked_by = identity.text("invokedBy");
    let arn = identity.text("arn").or_else(|| invoked_by.clone()).unwrap_or_default();
    let kind =
        identity.text("type").or_else(|| invoked_by.map(|_| "AWSService".to_owned())).unwrap_or_default();
    // arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
    let session = arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/'));
    Actor {
        kind,
        session: session.map(|(_, session)| session.to_owned()),
        source_ip: fields.text("sourceIPAddress"),
        user_agent: fields.text("userAgent"),
        arn,
    }
}

/// Cuts a trailing API version: `20150331`, `20150331v2`, `2020_05_31`.
fn unversioned(name: &str) -> &str {
    let is_version = |rest: &str| {
        let date = rest.split('v').next().unwrap_or_default();
        let digits = date.bytes().filter(u8::is_ascii_digit).count();
        digits == 8 && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_' || byte == b'v')
    };
    let start = name.find(|letter: char| letter.is_ascii_digit()).filter(|&start| start > 0);
    match start.and_then(|start| name.split_at_checked(start)) {
        Some((operation, rest)) if is_version(rest) => operation,
        _ => name,
    }
}

/// Whether an operation of this name only reads: AWS names reads so throughout.
fn only_reads(operation: &str) -> bool {
    ["Describe", "Get", "List", "Head", "Lookup", "Search", "BatchGet", "Query", "Scan"]
        .iter()
        .any(|verb| operation.starts_with(verb))
}

#[cfg(test)]
pub(crate) mod tests;
