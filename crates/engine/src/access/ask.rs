//! One request that is put to the policy model, and why.

use super::Caller;
use crate::probe::Basis;
use butfor_incident::{EvidenceId, Timestamp};
use butfor_policy::denial::NamedLayer;

/// Denials that went on for so long before the alert are part of the background.
const CHRONIC_SECONDS: i64 = 15 * 60;

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ask {
    pub caller: Caller,
    /// `s3:GetObject`.
    pub action: String,
    /// ARN, or `*`.
    pub resource: String,
    /// Context keys that somebody told.
    pub told: Vec<(String, String)>,
    pub ground: AskGround,
}

/// Why a request is asked about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AskGround {
    /// The strongest reason.
    pub basis: Basis,
    /// Somebody logged the denial in a log that was collected for this incident, not only in an audit trail.
    pub is_logged: bool,
    /// Since when it is seen to be denied.
    pub since: Option<Timestamp>,
    /// When it was last seen to be denied.
    pub last: Option<Timestamp>,
    /// How often.
    pub count: u64,
    /// The layers that denials named.
    pub named: Vec<NamedLayer>,
    /// The service that made the call on the caller's behalf (`secretsmanager.amazonaws.com`).
    pub via: Option<String>,
    /// The address it came from, where a record tells.
    pub source_ip: Option<String>,
    /// The VPC endpoint it came through, where a record tells.
    pub endpoint: Option<String>,
    /// The log group, where logged.
    pub group: Option<String>,
    pub evidence: Vec<EvidenceId>,
}

impl AskGround {
    /// Configuration provides for it.
    pub(super) fn provided() -> Self {
        Self {
            basis: Basis::Provided,
            is_logged: false,
            since: None,
            last: None,
            count: 0,
            named: Vec::new(),
            via: None,
            source_ip: None,
            endpoint: None,
            group: None,
            evidence: Vec::new(),
        }
    }

    /// Whether somebody saw it denied.
    pub(crate) fn is_seen_failing(&self) -> bool {
        self.basis == Basis::Failing
    }

    /// Whether denials began near an alert, and are not part of a background that was always there.
    pub(crate) fn is_recent(&self, alarm_at: Option<Timestamp>) -> bool {
        match (self.since, alarm_at) {
            (Some(since), Some(alarm_at)) => alarm_at.seconds_since(since) <= CHRONIC_SECONDS,
            _ => true,
        }
    }

    /// Takes over what another ground of the same request tells.
    pub(super) fn merge(&mut self, other: Self) {
        self.basis = self.basis.min(other.basis);
        self.is_logged |= other.is_logged;
        self.since = [self.since, other.since].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        self.count += other.count;
        self.named.extend(other.named);
        self.named.dedup();
        self.via = self.via.take().or(other.via);
        self.source_ip = self.source_ip.take().or(other.source_ip);
        self.endpoint = self.endpoint.take().or(other.endpoint);
        self.group = self.group.take().or(other.group);
        self.evidence.extend(other.evidence);
        self.evidence.sort_unstable();
        self.evidence.dedup();
    }
}

impl Ask {
    /// The service of the action, in lower case: `s3`.
    pub(super) fn service(&self) -> String {
        self.action.split(':').next().unwrap_or_default().to_ascii_lowercase()
    }

    /// What makes two asks one.
    pub(super) fn key(&self) -> (Caller, String, String) {
        (self.caller.clone(), self.action.to_ascii_lowercase(), self.resource.clone())
    }
}
