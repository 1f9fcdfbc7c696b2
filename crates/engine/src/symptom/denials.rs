//! Denials that logs and audit events tell of.
//!
//! An endpoint policy's denial of S3 is never in ordinary CloudTrail or in server access logs (policy-semantics 2.4): a record
//! that is not there says nothing.

use crate::lenient::or_default;
use butfor_incident::{Body, CaseFile, EvidenceId, Timestamp};
use butfor_policy::denial::{self, Denial};
use butfor_world::History;
use serde::Deserialize;

/// Denials kept at the most; the earliest and the latest matter.
const DENIALS_MAX: usize = 20_000;

/// One denial.
#[derive(Debug, Clone)]
pub(crate) struct SeenDenial {
    pub at: Timestamp,
    pub denial: Denial,
    /// Log group and stream; `None` for an audit event.
    pub logged: Option<(String, String)>,
    /// Address the caller had, from an audit event.
    pub source_ip: Option<String>,
    /// The AWS service that called on the caller's behalf, from an audit event.
    pub via: Option<String>,
    /// The VPC endpoint the call came through, from an audit event.
    pub endpoint: Option<String>,
    pub evidence: Vec<EvidenceId>,
}

type Key<'a> = (Timestamp, &'a Option<(String, String)>, [Option<&'a str>; 4]);

impl SeenDenial {
    /// What makes two sightings one.
    fn key(&self) -> Key<'_> {
        let denial = &self.denial;
        let texts = [&denial.principal, &denial.action, &denial.resource, &denial.code];
        (self.at, &self.logged, texts.map(|text| text.as_deref()))
    }
}

/// Every denial of a case, by time.
pub(crate) fn read(case: &CaseFile, history: &History) -> Vec<SeenDenial> {
    let mut all = logged(case);
    all.extend(recorded(history));
    all.sort_by(|a, b| (a.at, &a.logged, &a.evidence).cmp(&(b.at, &b.logged, &b.evidence)));
    all.truncate(DENIALS_MAX);
    all
}

fn logged(case: &CaseFile) -> Vec<SeenDenial> {
    let mut all: Vec<SeenDenial> = Vec::new();
    for evidence in &case.evidence {
        let Body::Call(output) = &evidence.body else { continue };
        if !matches!(evidence.query.operation.as_str(), "FilterLogEvents" | "GetLogEvents") {
            continue;
        }
        let asked: Asked = serde_json::from_str(&evidence.query.parameters).unwrap_or_default();
        let Ok(answer) = serde_json::from_str::<Answer>(output) else { continue };
        for event in answer.events {
            let stream = event.stream.or_else(|| asked.stream.clone()).unwrap_or_default();
            // One message repeats its sentence in the exception and in the text: once is enough.
            let mut found = denial::parse(&event.message);
            found.dedup_by(|a, b| {
                (&a.principal, &a.action, &a.resource) == (&b.principal, &b.action, &b.resource)
            });
            all.extend(found.into_iter().map(|denial| SeenDenial {
                at: Timestamp::from_millis(event.timestamp),
                denial,
                logged: Some((asked.group.clone(), stream.clone())),
                source_ip: None,
                via: None,
                endpoint: None,
                evidence: vec![evidence.id()],
            }));
        }
    }
    // The same line in the answers of two queries is one denial.
    all.sort_by(|a, b| a.key().cmp(&b.key()));
    all.dedup_by(|a, b| {
        let same = a.key() == b.key();
        if same {
            b.evidence.append(&mut a.evidence);
        }
        same
    });
    all
}

fn recorded(history: &History) -> Vec<SeenDenial> {
    let mut all = Vec::new();
    for attempt in history.attempts().iter().chain(history.refused_reads()) {
        let message = attempt.message.as_deref().unwrap_or_default();
        let Some(mut denial) = denial::parse_event(Some(&attempt.code), Some(message)) else { continue };
        let actor = &attempt.info.actor;
        denial.principal = denial.principal.or_else(|| Some(actor.arn.clone()).filter(|arn| !arn.is_empty()));
        denial.action =
            denial.action.or_else(|| Some(format!("{}:{}", attempt.info.service, attempt.info.event_name)));
        let is_service = |text: &&String| text.ends_with(".amazonaws.com");
        all.push(SeenDenial {
            at: attempt.at,
            denial,
            logged: None,
            via: actor.source_ip.as_ref().filter(is_service).cloned(),
            source_ip: actor.source_ip.as_ref().filter(|text| !is_service(text)).cloned(),
            endpoint: None,
            evidence: attempt.cites.ids().to_vec(),
        });
    }
    all
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(rename = "logGroupName", default, deserialize_with = "or_default")]
    group: String,
    #[serde(rename = "logStreamName")]
    stream: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "or_default")]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "logStreamName")]
    stream: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    timestamp: i64,
    #[serde(default, deserialize_with = "or_default")]
    message: String,
}
