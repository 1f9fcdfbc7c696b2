//! Denials that logs and audit events tell of.
//!
//! An endpoint policy's denial of S3 is never in ordinary CloudTrail or in server access logs (policy-semantics 2.4): a record
//! that is not there says nothing.

use super::log_answers::LogAnswer;
use butfor_incident::{EvidenceId, Timestamp};
use butfor_policy::denial::{self, Denial};
use butfor_world::{Attempt, History};
use serde_json::Value;

/// Denials kept at the most; the earliest and the latest matter.
const DENIALS_MAX: usize = 20_000;

/// One denial.
#[derive(Debug, Clone)]
pub(crate) struct SeenDenial {
    pub at: Timestamp,
    pub denial: Denial,
    /// Region of the log or of the record.
    pub region: String,
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
pub(crate) fn read(answers: &[LogAnswer<'_>], history: &History) -> Vec<SeenDenial> {
    let mut all = logged(answers);
    all.extend(recorded(history));
    all.sort_by(|a, b| (a.at, &a.logged, &a.evidence).cmp(&(b.at, &b.logged, &b.evidence)));
    all.truncate(DENIALS_MAX);
    all
}

fn logged(answers: &[LogAnswer<'_>]) -> Vec<SeenDenial> {
    let mut all: Vec<SeenDenial> = Vec::new();
    for answer in answers {
        for event in &answer.events {
            // One message repeats its sentence in the exception and in the text: once is enough.
            let mut found = denial::parse(&event.message);
            found.dedup_by(|a, b| {
                (&a.principal, &a.action, &a.resource) == (&b.principal, &b.action, &b.resource)
            });
            all.extend(found.into_iter().map(|denial| SeenDenial {
                at: event.at,
                denial,
                region: answer.evidence.query.region.clone(),
                logged: Some((answer.group.clone(), event.stream.clone())),
                source_ip: None,
                via: None,
                endpoint: None,
                evidence: vec![answer.evidence.id()],
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
            denial.action.or_else(|| Some(action(&attempt.info.service, &attempt.info.event_name)));
        denial.resource = denial.resource.or_else(|| resource(attempt));
        let is_service = |text: &&String| text.ends_with(".amazonaws.com");
        all.push(SeenDenial {
            at: attempt.at,
            denial,
            region: attempt.info.region.clone(),
            logged: None,
            via: actor.source_ip.as_ref().filter(is_service).cloned(),
            source_ip: actor.source_ip.as_ref().filter(|text| !is_service(text)).cloned(),
            endpoint: attempt.vpc_endpoint.clone(),
            evidence: attempt.cites.ids().to_vec(),
        });
    }
    all
}

/// API operations whose permission has another name (Service Authorization Reference; Amazon S3 User Guide, "Required permissions for
/// Amazon S3 API operations").
const ACTIONS: &[(&str, &str, &str)] = &[
    ("s3", "ListObjects", "s3:ListBucket"),
    ("s3", "ListObjectsV2", "s3:ListBucket"),
    ("s3", "HeadBucket", "s3:ListBucket"),
    ("s3", "HeadObject", "s3:GetObject"),
    ("s3", "CreateMultipartUpload", "s3:PutObject"),
    ("s3", "UploadPart", "s3:PutObject"),
    ("s3", "CompleteMultipartUpload", "s3:PutObject"),
    ("s3", "ListBuckets", "s3:ListAllMyBuckets"),
    ("s3", "DeleteObjects", "s3:DeleteObject"),
    ("lambda", "Invoke", "lambda:InvokeFunction"),
    ("monitoring", "PutMetricData", "cloudwatch:PutMetricData"),
];

/// The permission that an operation needs.
fn action(service: &str, operation: &str) -> String {
    let known = ACTIONS.iter().find(|(of, name, _)| *of == service && *name == operation);
    known.map_or_else(|| format!("{service}:{operation}"), |(.., action)| (*action).to_owned())
}

/// The resource a refused call was about: what the record names, the object of a bucket before the bucket.
fn resource(attempt: &Attempt) -> Option<String> {
    let named = attempt.resources.iter().filter(|arn| arn.starts_with("arn:"));
    if let Some(arn) = named.max_by_key(|arn| (arn.contains('/'), arn.len())) {
        return Some(arn.clone());
    }
    let text =
        |member: &str| attempt.request.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    if attempt.info.service == "s3" {
        let bucket = text("BucketName").or_else(|| text("Bucket"))?;
        return Some(match text("Key") {
            Some(key) => format!("arn:aws:s3:::{bucket}/{key}"),
            None => format!("arn:aws:s3:::{bucket}"),
        });
    }
    let (account, region) = (&attempt.info.account, &attempt.info.region);
    let arn = ["SecretId", "KeyId", "TopicArn", "ResourceArn", "FunctionName"]
        .iter()
        .find_map(|member| text(member));
    if let Some(arn) = arn.filter(|arn| arn.starts_with("arn:")) {
        return Some(arn.to_owned());
    }
    let table = text("TableName").map(|table| format!("arn:aws:dynamodb:{region}:{account}:table/{table}"));
    table.filter(|_| attempt.info.service == "dynamodb")
}
