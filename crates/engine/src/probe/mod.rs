//! Probes: the flows an investigation asks about.
//!
//! Nobody writes down which traffic an application needs. It is read from what there is: conversations in flow logs,
//! rules that name a group or a range as a client, endpoints and their users, load balancers and their targets,
//! default routes, and addresses that failing log lines name. Rules and routes of the past count too, so a flow whose
//! rule was removed is still asked about.

mod collect;
mod documents;
mod hosts;

pub(crate) use collect::{Prober, is_logged_by, is_stream_of};

use crate::symptom::logs::LoggedFailure;
use butfor_incident::{EvidenceId, Timestamp};
use butfor_network::Flow;
use std::net::IpAddr;

/// Stands for "the internet": an address of TEST-NET-1 (RFC 5737), which no VPC routes and no prefix list holds.
pub(crate) const INTERNET: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

/// The same for IPv6: an address of the documentation prefix (RFC 3849).
pub(crate) const INTERNET_V6: IpAddr = IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

/// Probes asked at the most; reached, it is said in the report.
pub(crate) const PROBES_MAX: usize = 5_000;

/// Where a probe goes, for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Destination {
    /// Another interface.
    Party(String),
    /// The internet.
    Internet,
    /// The internet over IPv6: another address, other routes, other rules.
    InternetV6,
    /// An interface endpoint, by id, whether or not it has interfaces.
    Endpoint { id: String, service: String },
    /// An AWS service through a gateway endpoint's prefix list.
    GatewayEndpoint { id: String, service: String },
    /// An address outside the described networks.
    Address(IpAddr),
}

/// Why a probe is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Basis {
    /// An application logged a failure towards it, or an alert names it.
    Failing,
    /// Flow logs show the conversation accepted.
    Used,
    /// Configuration provides for it.
    Provided,
}

/// One flow to ask about.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    pub flow: Flow,
    /// Interface it starts at; `None` for the internet.
    pub from: Option<String>,
    pub to: Destination,
    pub ground: Ground,
}

/// What a probe rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ground {
    /// The strongest reason.
    pub basis: Basis,
    /// Flow logs show that it was accepted and then refused, or that it fell silent.
    pub stopped: bool,
    /// Since when an application logs that it fails.
    pub failing_since: Option<Timestamp>,
    /// Evidence for the reason, where it is not configuration.
    pub evidence: Vec<EvidenceId>,
}

impl Ground {
    /// Configuration provides for it.
    fn provided() -> Self {
        Self { basis: Basis::Provided, stopped: false, failing_since: None, evidence: Vec::new() }
    }

    /// Whether evidence outside the model says that it fails: a log line, an alert, flow logs.
    pub(crate) fn is_seen_failing(&self) -> bool {
        self.basis == Basis::Failing || self.stopped
    }

    /// Somebody saw it fail.
    fn failing(failure: &LoggedFailure, alarm_at: Option<Timestamp>) -> Self {
        Self {
            basis: Basis::Failing,
            stopped: false,
            failing_since: Some(alarm_at.map_or(failure.first, |alarm_at| failure.since(alarm_at))),
            evidence: failure.evidence.clone(),
        }
    }
}
