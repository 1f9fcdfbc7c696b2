//! What started an investigation.

use crate::Cites;
use crate::Timestamp;
use std::collections::BTreeMap;

/// Where an alert came from, by the shape of its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertSource {
    /// An EventBridge "CloudWatch Alarm State Change" event.
    EventBridge,
    /// A CloudWatch alarm message through SNS.
    Sns,
    /// A generic HMAC webhook payload (`eventType: incident`).
    Webhook,
    /// A PagerDuty v3 event.
    PagerDuty,
    /// A payload in a form we could only read in part.
    Unknown,
}

impl AlertSource {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EventBridge => "eventbridge",
            Self::Sns => "sns",
            Self::Webhook => "webhook",
            Self::PagerDuty => "pagerduty",
            Self::Unknown => "unknown",
        }
    }
}

/// The state an alarm went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// `ALARM`, or an incident that was triggered.
    Alarm,
    /// `OK`, or an incident that was resolved.
    Ok,
    /// `INSUFFICIENT_DATA`.
    InsufficientData,
}

/// A CloudWatch metric an alarm watches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricRef {
    /// `AWS/RDS`, `Orders/App`.
    pub namespace: String,
    /// `DatabaseConnections`.
    pub name: String,
    /// Dimension name to value.
    pub dimensions: BTreeMap<String, String>,
}

/// One alarm or incident message, read from any of the accepted payloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Payload shape.
    pub source: AlertSource,
    /// Alarm name, or the incident's title where there is no alarm.
    pub name: String,
    /// The alarm's description, or the incident's.
    pub description: Option<String>,
    /// State it went to.
    pub state: AlertState,
    /// Why, in the sender's words; untrusted text.
    pub reason: Option<String>,
    /// When the state changed.
    pub at: Option<Timestamp>,
    /// Twelve-digit account.
    pub account: Option<String>,
    /// Region code (`us-east-1`).
    pub region: Option<String>,
    /// Alarm ARN.
    pub arn: Option<String>,
    /// Metrics the alarm watches.
    pub metrics: Vec<MetricRef>,
    /// Comparison threshold, where the payload has it.
    pub threshold: Option<String>,
    /// The sender's own incident id, kept so that answers can carry it.
    pub incident_id: Option<String>,
    /// Where this was read from.
    pub cites: Cites,
}

/// What is being investigated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// The sender's incident id, or one derived from alarm and time.
    pub id: String,
    /// `CloudWatch Alarm: NAME` (ING-04).
    pub title: String,
    /// The alerts, in order of time.
    pub alerts: Vec<Alert>,
}
