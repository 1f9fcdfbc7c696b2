//! What to ask next: the queries whose answers an assessment of this case still needs.
//!
//! A pure function of the case, the scope and what was asked already, so that a live investigation is a loop of *assess, collect what
//! is wanted, assess again*. It asks for what the alert and the first findings need and no more: what routes point at, functions
//! behind the alarmed API, policies only where something was denied. Every rule is a table or a small function in a file
//! of its own.

mod answers;
mod changes;
mod functions;
mod health;
mod logs;
mod metrics;
mod network;
mod old_values;
mod permissions;
#[cfg(test)]
mod tests;

use crate::scene::Scene;
use crate::symptom::Symptom;
use answers::Answers;
use butfor_incident::{CaseFile, Query, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;

/// How long before the alarm changes are looked for at first (requirements, T1: 30 to 60 minutes, and an alarm may be late).
pub const CHANGES_BEFORE_SECONDS: i64 = 2 * 3600;

/// How long before the alarm logs and metrics are read: what is usual must be in the window, too.
const TELEMETRY_BEFORE_SECONDS: i64 = 3600;

/// Where an investigation may look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Account and region of the alert, asked first.
    pub home: Place,
    /// Further accounts that may be read, each in its regions.
    pub others: Vec<Place>,
    /// Log groups of the application, by name.
    pub log_groups: Vec<String>,
    /// The present, when the investigation began.
    pub now: Timestamp,
    /// How long before the alarm changes are looked for, seconds.
    pub changes_before_s: i64,
    /// Where CloudTrail keeps its files, if it does.
    pub trail: Option<Trail>,
}

/// A trail's files in S3 (CloudTrail User Guide, "CloudTrail log file names").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// The bucket.
    pub bucket: String,
    /// What stands before `AWSLogs/`, without slashes at its ends; empty for nothing.
    pub prefix: String,
    /// The account and the region that the bucket is read in.
    pub place: Place,
    /// Whether it is a trail of the organization, whose id then stands before the account.
    pub is_organization: bool,
}

/// An account in a region.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    /// Region code.
    pub region: String,
}

/// A query worth making.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// What comes first when not everything can be asked: lower numbers.
    pub rank: u8,
    /// What to ask.
    pub query: Query,
}

/// The queries that a case still lacks, the most telling first; empty when there is nothing more to ask.
#[must_use]
pub fn wanted(case: &CaseFile, scope: &Scope, asked: &BTreeSet<Query>) -> Vec<Wanted> {
    let scene = Scene::read(case);
    let look = Look { scope, asked, symptom: &scene.symptom, answers: Answers::read(case), scene: &scene };
    let mut all = BTreeSet::new();
    all.extend(look.first());
    all.extend(changes::wanted(&look));
    all.extend(metrics::wanted(&look));
    all.extend(logs::wanted(&look));
    all.extend(network::wanted(&look));
    all.extend(functions::wanted(&look));
    all.extend(permissions::wanted(&look));
    all.extend(old_values::wanted(&look));
    all.extend(health::watched(&look));
    let new = new(all, asked);
    // When nothing of the account's own is left to ask.
    if new.is_empty() { self::new(health::unanswered(&look), asked) } else { new }
}

/// What was not asked before; one query for two reasons once, by its better rank.
fn new(all: impl IntoIterator<Item = Wanted>, asked: &BTreeSet<Query>) -> Vec<Wanted> {
    let mut seen = BTreeSet::new();
    let is_new = |wanted: &Wanted| !asked.contains(&wanted.query);
    all.into_iter().filter(is_new).filter(|wanted| seen.insert(wanted.query.clone())).collect()
}

/// Everything that configures a place, whatever the alert: what a snapshot keeps.
#[must_use]
pub fn configuration(case: &CaseFile, scope: &Scope, asked: &BTreeSet<Query>) -> Vec<Wanted> {
    let scene = Scene::read(case);
    let look = Look { scope, asked, symptom: &scene.symptom, answers: Answers::read(case), scene: &scene };
    let mut all = BTreeSet::new();
    all.extend(network::configuration(&look));
    all.extend(functions::configuration(&look));
    all.extend(permissions::configuration(&look));
    new(all, asked)
}

/// What the rules look at.
struct Look<'a> {
    scope: &'a Scope,
    asked: &'a BTreeSet<Query>,
    symptom: &'a Symptom,
    answers: Answers,
    scene: &'a Scene<'a>,
}

/// What an alarm is about, told by the namespaces of its metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Domain {
    /// Functions and the services in front of and behind them.
    Functions,
    /// Everything that has an address.
    Network,
}

impl Look<'_> {
    /// The alarm's own past.
    fn first(&self) -> Vec<Wanted> {
        let names: BTreeSet<&str> = self.symptom.alerts.iter().map(|alert| alert.name.as_str()).collect();
        let window = (self.since(72 * 3600), self.scope.now);
        let history = names.iter().map(|name| {
            let parameters = serde_json::json!({
                "AlarmName": name, "StartDate": window.0.to_string(), "EndDate": window.1.to_string(), "ScanBy": "TimestampDescending",
            });
            self.ask(0, "cloudwatch", "DescribeAlarmHistory", &parameters)
        });
        history.collect()
    }

    /// When the alarm went off; the present where nobody knows.
    fn alarm_at(&self) -> Timestamp {
        self.symptom.alarm_at().unwrap_or(self.scope.now)
    }

    fn since(&self, seconds_before_alarm: i64) -> Timestamp {
        self.alarm_at().plus_seconds(-seconds_before_alarm)
    }

    /// A query of the alert's own place.
    fn ask(&self, rank: u8, service: &str, operation: &str, parameters: &Value) -> Wanted {
        ask(&self.scope.home, rank, service, operation, parameters)
    }

    /// Whether an alarm watches a metric of a namespace.
    fn watches(&self, namespace: &str) -> bool {
        self.symptom
            .alerts
            .iter()
            .flat_map(|alert| &alert.metrics)
            .any(|metric| metric.namespace == namespace)
    }

    /// Which domains to look at: the alarm's own, and the other one when the first holds no answer.
    fn domains(&self) -> Vec<Domain> {
        let namespaces: BTreeSet<&str> = self
            .symptom
            .alerts
            .iter()
            .flat_map(|alert| &alert.metrics)
            .map(|metric| metric.namespace.as_str())
            .collect();
        let is_functions = |namespace: &&str| {
            ["AWS/Lambda", "AWS/ApiGateway", "AWS/DynamoDB", "AWS/SQS", "AWS/States"].contains(namespace)
        };
        let own = if !namespaces.is_empty() && namespaces.iter().all(is_functions) {
            Domain::Functions
        } else {
            Domain::Network
        };
        let other = if own == Domain::Network { Domain::Functions } else { Domain::Network };
        if self.is_unanswered() { vec![own, other] } else { vec![own] }
    }

    /// Whether the own domain was looked at and shows nothing that fails.
    fn is_unanswered(&self) -> bool {
        let scene = self.scene;
        let looked = self.answers.has("DescribeNetworkInterfaces")
            || self.answers.has("ListFunctions")
            || self.answers.has("GetFunctionConfiguration");
        looked && scene.flows.is_empty() && scene.asks.is_empty() && scene.settings.is_empty()
    }
}

fn ask(place: &Place, rank: u8, service: &str, operation: &str, parameters: &Value) -> Wanted {
    let query = Query {
        account: place.account.clone(),
        region: region_of(service, &place.region),
        service: service.to_owned(),
        operation: operation.to_owned(),
        parameters: parameters.to_string().into(),
    };
    Wanted { rank, query }
}

/// Global services are asked, and recorded, in one region of the partition (formats.md, section 1).
fn region_of(service: &str, region: &str) -> String {
    let home = match region {
        // AWS Health User Guide, "Endpoints": the active one of China is the other region's.
        _ if region.starts_with("cn-") && service == "health" => "cn-northwest-1",
        _ if region.starts_with("cn-") => "cn-north-1",
        _ if region.starts_with("us-gov-") => "us-gov-west-1",
        _ => "us-east-1",
    };
    if ["iam", "organizations", "route53", "cloudfront", "s3", "health"].contains(&service) {
        home.to_owned()
    } else {
        region.to_owned()
    }
}
