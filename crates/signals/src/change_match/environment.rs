//! Causes that need no change: certificates, resolvers, providers, poison records, demand, machines, clocks, credentials.

use super::class::classes;
use super::symptom::{Symptoms, is_countdown};
use super::words::words;
use super::{Class, Incident, Remedy};
use crate::logs::signature::{self, Kind, TlsFault};
use std::collections::{BTreeMap, BTreeSet};

/// A notice counts when it was given at most so many seconds before the first failure, or before the alarm.
const NOTICE_S: i64 = 3600;
/// The same record must fail so many times to be called poison.
const POISON_MIN: usize = 4;
/// A demand that is so many times the usual explains trouble.
const SURGE: f64 = 1.7;

/// A cause outside of all changes, and its sign.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// What.
    pub kind: EnvironmentKind,
    /// How sure the sign is, 0 to 1.
    pub strength: f64,
    /// Why, with a quote.
    pub reason: String,
}

/// Kinds of causes outside of all changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvironmentKind {
    /// A certificate's time is over.
    CertificateExpired,
    /// Names are not resolved, for several names or callers.
    NameResolution,
    /// A provider or a third party fails.
    Provider,
    /// One record fails again and again.
    PoisonRecord,
    /// More is asked for than usual.
    Demand,
    /// A machine, a disk or a network device.
    Hardware,
    /// Clocks disagree.
    Clock,
    /// A credential's time is over, or somebody withdrew it.
    Credential,
}

impl EnvironmentKind {
    pub(super) fn remedy(self) -> Remedy {
        match self {
            Self::CertificateExpired => Remedy::RotateCertificate,
            Self::NameResolution | Self::Clock => Remedy::EscalateUpstream,
            Self::Provider | Self::Hardware => Remedy::Failover,
            Self::PoisonRecord => Remedy::PurgeBadData,
            Self::Demand => Remedy::ScaleUp,
            Self::Credential => Remedy::RotateCredential,
        }
    }
}

/// The surest sign.
pub(super) fn sign(incident: &Incident, symptoms: &Symptoms) -> Option<Environment> {
    let signs = [
        certificate(incident, symptoms),
        resolution(symptoms),
        provider(incident, symptoms),
        poison(symptoms),
        demand(incident, symptoms),
        phrases(
            symptoms,
            EnvironmentKind::Hardware,
            0.75,
            &[
                "i/o error",
                "input/output error",
                "read-only file system",
                "hardware",
                "instance retirement",
                "spot interruption",
                "ebs volume",
                "node not ready",
                "nodenotready",
                "kernel panic",
                "ecc error",
                "packet loss",
                "network partition",
                "bgp",
                "link down",
                "smart error",
                "bad sector",
                "availability zone",
            ],
        ),
        phrases(
            symptoms,
            EnvironmentKind::Clock,
            0.85,
            &[
                "clock skew",
                "clock drift",
                "requesttimetooskewed",
                "ntp",
                "used before issued",
                "token issued in the future",
                "time offset",
                "chrony",
                "clock is",
                "clock_offset",
                "clock_skew",
            ],
        ),
        phrases(
            symptoms,
            EnvironmentKind::Credential,
            0.75,
            &[
                "token has expired",
                "token expired",
                "expired token",
                "expiredtoken",
                "credentials expired",
                "credential expired",
                "password expired",
                "api key expired",
                "key expired",
                "api key revoked",
                "key has been revoked",
                "license expired",
                "secret expired",
            ],
        ),
    ];
    signs.into_iter().flatten().max_by(|left, right| left.strength.total_cmp(&right.strength))
}

fn certificate(incident: &Incident, symptoms: &Symptoms) -> Option<Environment> {
    let ended = incident.series.iter().find(|measured| {
        let last = measured.points.iter().max_by_key(|(at, _)| *at);
        is_countdown(&measured.metric)
            && classes(&measured.metric).contains(&Class::Tls)
            && last.is_some_and(|(_, value)| *value <= 0.0)
    });
    let said = symptoms.list.iter().find(|symptom| {
        signature::read(&symptom.text).iter().any(|fact| fact.kind == Kind::Tls { fault: TlsFault::Expired })
    });
    let quote = said.map(|symptom| symptom.text.clone()).or_else(|| {
        ended.map(|measured| format!("{} {} is not above 0", measured.service, measured.metric))
    })?;
    let strength = if ended.is_some() && said.is_some() { 0.98 } else { 0.9 };
    Some(Environment {
        kind: EnvironmentKind::CertificateExpired,
        strength,
        reason: format!("a certificate's time is over: `{quote}`"),
    })
}

fn resolution(symptoms: &Symptoms) -> Option<Environment> {
    let (mut names, mut callers, mut quote) = (BTreeSet::new(), BTreeSet::new(), None);
    for symptom in &symptoms.list {
        for fact in signature::read(&symptom.text) {
            if let Kind::NameResolution { name, .. } = fact.kind {
                names.extend(name);
                callers.insert(symptom.service.as_str());
                quote.get_or_insert(fact.quote);
            }
        }
    }
    let strength = match (callers.len(), names.len()) {
        (0, _) => return None,
        (1, 0 | 1) => 0.2,
        (1, _) => 0.6,
        (2, _) => 0.75,
        _ => 0.95,
    };
    let reason = format!(
        "{} services cannot resolve {} names: `{}`",
        callers.len(),
        names.len(),
        quote.unwrap_or_default()
    );
    Some(Environment { kind: EnvironmentKind::NameResolution, strength, reason })
}

/// A provider says so itself, or only its endpoints fail.
fn provider(incident: &Incident, symptoms: &Symptoms) -> Option<Environment> {
    let mut best: Option<Environment> = None;
    for notice in &incident.notices {
        let lower = notice.text.to_lowercase();
        let is_bad = [
            "degrad",
            "impair",
            "outage",
            "elevated",
            "disrupt",
            "investigating",
            "increased",
            "incident",
            "partial",
            "major",
        ]
        .iter()
        .any(|word| lower.contains(word));
        let in_time = notice.at >= symptoms.first_sign - NOTICE_S
            && notice.at <= incident.alert.at.max(symptoms.failing_at) + NOTICE_S;
        let shared: Vec<String> =
            words(&notice.text).into_iter().filter(|word| symptoms.words.contains_key(word)).collect();
        if is_bad && in_time && shared.len() >= 3 {
            let reason = format!("its operator says so: `{}`", notice.text);
            best = Some(Environment { kind: EnvironmentKind::Provider, strength: 0.92, reason });
            break;
        }
    }
    let failing: Vec<_> = symptoms.list.iter().filter(|symptom| is_remote_failure(&symptom.text)).collect();
    let callers: BTreeSet<_> = failing.iter().map(|symptom| symptom.service.as_str()).collect();
    let strength = match callers.len() {
        0 => 0.0,
        1 => 0.5,
        _ => 0.8,
    };
    if best.as_ref().is_none_or(|known| known.strength < strength)
        && let Some(symptom) = failing.first()
    {
        let reason =
            format!("{} services fail at an endpoint that is not ours: `{}`", callers.len(), symptom.text);
        best = Some(Environment { kind: EnvironmentKind::Provider, strength, reason });
    }
    best
}

/// An answer of a server that is not ours, saying that the fault is its own.
fn is_remote_failure(text: &str) -> bool {
    let lower = text.to_lowercase();
    let foreign = [
        ".amazonaws.com",
        ".googleapis.com",
        ".azure.com",
        ".windows.net",
        ".cloudfront.net",
        "api.stripe.com",
        ".sendgrid.net",
        ".twilio.com",
        ".auth0.com",
        ".okta.com",
        ".paypal.com",
        "third-party",
        "third party",
        "external provider",
        "vendor api",
        "partner api",
        "upstream provider",
        "status page",
    ];
    let own_fault = [
        "503",
        "500",
        "502",
        "504",
        "serviceunavailable",
        "service unavailable",
        "internalerror",
        "slowdown",
        "bad gateway",
        "outage",
        "degraded",
    ];
    foreign.iter().any(|word| lower.contains(word)) && own_fault.iter().any(|word| lower.contains(word))
}

/// One record that fails again and again: a field that identifies it has one value in all failures of a kind.
fn poison(symptoms: &Symptoms) -> Option<Environment> {
    const IDENTITIES: &[&str] = &[
        "record", "offset", "message", "event", "msg", "seq", "sequence", "document", "row", "job",
        "payload", "batch", "file",
    ];
    const NOT_ONE: &[&str] =
        &["type", "name", "count", "size", "partition", "code", "kind", "version", "group", "queue", "topic"];
    for symptom in symptoms.list.iter().filter(|symptom| symptom.count >= POISON_MIN) {
        let found = classes(&symptom.text);
        if !found
            .iter()
            .any(|class| matches!(class, Class::Format | Class::Crash | Class::Wrong | Class::Backlog))
        {
            continue;
        }
        for (name, values) in &symptom.fields {
            let lower = name.to_lowercase();
            let is_identity = IDENTITIES.iter().any(|word| lower.contains(word))
                && !NOT_ONE.iter().any(|word| lower.contains(word));
            let only = values.iter().next().filter(|value| {
                values.len() == 1 && value.len() >= 3 && value.chars().any(|letter| letter.is_ascii_digit())
            });
            if let (true, Some(value)) = (is_identity, only) {
                let reason =
                    format!("{} failures, all with {name}={value}: `{}`", symptom.count, symptom.text);
                return Some(Environment { kind: EnvironmentKind::PoisonRecord, strength: 0.9, reason });
            }
        }
    }
    None
}

/// More is asked for than usual, at the edge: a rate within the system also grows by its own faults.
fn demand(incident: &Incident, symptoms: &Symptoms) -> Option<Environment> {
    let called: BTreeSet<_> = incident
        .spans
        .iter()
        .filter(|span| span.parent.is_some())
        .map(|span| span.service.as_str())
        .collect();
    let mut found: BTreeMap<i64, Environment> = BTreeMap::new();
    for shift in &symptoms.shifts {
        let lower = shift.metric.to_lowercase();
        let is_demand = [
            "requests_per",
            "request_rate",
            "rps",
            "traffic",
            "ingress",
            "incoming",
            "requests_total",
            "request_count",
            "sessions",
            "orders_per",
            "visitors",
            "http_requests",
        ]
        .iter()
        .any(|word| lower.contains(word))
            && !["error", "5xx", "retry", "db_", "query", "cache"].iter().any(|word| lower.contains(word));
        let at_edge = !called.contains(shift.service.as_str());
        if is_demand
            && at_edge
            && shift.before > 0.0
            && shift.after / shift.before >= SURGE
            && shift.at <= symptoms.failing_at + 120
        {
            let ratio = shift.after / shift.before;
            let reason = format!(
                "{} {} rose from {:.0} to {:.0} before anything failed",
                shift.service, shift.metric, shift.before, shift.after
            );
            let strength = (0.35 + 0.1 * ratio).min(0.8);
            found.insert(shift.at, Environment { kind: EnvironmentKind::Demand, strength, reason });
        }
    }
    found.into_values().next()
}

fn phrases(symptoms: &Symptoms, kind: EnvironmentKind, strength: f64, list: &[&str]) -> Option<Environment> {
    let says = |text: &str| {
        let lower = text.to_lowercase();
        list.iter().any(|phrase| {
            lower.match_indices(phrase).any(|(at, _)| {
                let before = lower.get(..at).unwrap_or_default();
                let after = lower.get(at + phrase.len()..).unwrap_or_default();
                !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
            })
        })
    };
    let symptom = symptoms.list.iter().find(|symptom| says(&symptom.text))?;
    Some(Environment { kind, strength, reason: format!("said by {}: `{}`", symptom.service, symptom.text) })
}
