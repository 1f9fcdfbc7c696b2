//! Which function answers which route, and which requests failed there, from an API's configuration and its access logs.

use super::total::Total;
use crate::lenient::or_default;
use crate::scene::Scene;
use crate::symptom::log_answers;
use butfor_incident::{Body, CaseFile, EvidenceId};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Requests that failed in the alarm's window.
#[derive(Debug, Default)]
pub(super) struct Failures {
    /// Ids by function.
    by_function: BTreeMap<String, BTreeSet<String>>,
    pub evidence: BTreeSet<EvidenceId>,
}

impl Failures {
    pub(super) fn of_function(&self, function: &str) -> impl Iterator<Item = &String> {
        self.by_function.get(function).into_iter().flatten()
    }
}

/// Region, method and path of a route, with the function that answers it.
pub(super) type Routes = BTreeMap<(String, String, String), String>;

/// Failed requests of access logs, by the function behind their route.
pub(super) fn failures(scene: &Scene<'_>, total: &Total) -> Failures {
    let routes = read(scene.case);
    let mut failures = Failures::default();
    for answer in log_answers::read(scene.case) {
        let region = &answer.evidence.query.region;
        for event in &answer.events {
            if event.at < total.from || event.at >= total.until || !event.message.starts_with('{') {
                continue;
            }
            let Ok(entry) = serde_json::from_str::<Entry>(&event.message) else { continue };
            let method = entry.method.unwrap_or_default();
            let key = |method: &str| (region.clone(), method.to_owned(), entry.path.clone());
            let function = routes.get(&key(&method)).or_else(|| routes.get(&key("ANY")));
            if let Some(function) = function.filter(|_| is_failure(&entry.status)) {
                failures.by_function.entry(function.clone()).or_default().insert(entry.id);
                failures.evidence.insert(answer.evidence.id());
            }
        }
    }
    failures
}

fn is_failure(status: &Value) -> bool {
    let code = status.as_u64().or_else(|| status.as_str()?.parse().ok());
    code.is_some_and(|code| (500..600).contains(&code))
}

/// Routes of REST APIs: `GetResources` tells the function of each method in the integration's URI.
pub(super) fn read(case: &CaseFile) -> Routes {
    let mut routes = Routes::new();
    for evidence in &case.evidence {
        let Body::Call(output) = &evidence.body else { continue };
        if evidence.query.service != "apigateway" || evidence.query.operation != "GetResources" {
            continue;
        }
        let Ok(answer) = serde_json::from_str::<Resources>(output) else { continue };
        for resource in answer.items {
            for (method, settings) in resource.methods {
                let uri = settings.pointer("/methodIntegration/uri").and_then(Value::as_str);
                if let Some(function) = uri.and_then(function_of) {
                    let key = (evidence.query.region.clone(), method, resource.path.clone());
                    routes.insert(key, function.to_owned());
                }
            }
        }
    }
    routes
}

/// The function's ARN in `arn:aws:apigateway:...:lambda:path/2015-03-31/functions/ARN/invocations`.
fn function_of(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("/functions/")?;
    rest.split('/').next().filter(|arn| arn.starts_with("arn:"))
}

/// A line of an access log, in the members that API Gateway's own examples use.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "requestId")]
    id: String,
    #[serde(rename = "httpMethod")]
    method: Option<String>,
    #[serde(rename = "resourcePath", alias = "path")]
    path: String,
    status: Value,
}

#[derive(Deserialize)]
struct Resources {
    #[serde(default, deserialize_with = "or_default")]
    items: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default, deserialize_with = "or_default")]
    path: String,
    #[serde(rename = "resourceMethods", default, deserialize_with = "or_default")]
    methods: BTreeMap<String, Value>,
}
