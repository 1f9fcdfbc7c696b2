//! What correlation is told of an alert, as JSON in the alert's row: an incident can be put together again from its alerts.

use butfor_engine::correlate::{Arrival, Arriving, Explained, ExplainedCause};
use butfor_incident::{Body, Cites, Evidence, Query, Timestamp};
use butfor_intake::{Action, Message};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is kept of an alert. Short names: there may be millions.
#[derive(Debug, Serialize, Deserialize)]
struct Facts {
    at: i64,
    received_at: i64,
    source: String,
    name: String,
    key: String,
    state: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    suppressed_by: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    account: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    region: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    application: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
    is_test: bool,
}

/// A message as correlation wants it: what the engine reads of its payload, and what its sender says of it besides.
pub(crate) fn arrival(source: &str, message: &Message, received_at: Timestamp) -> Arrival {
    let read = read_alert(&message.payload, received_at);
    let account =
        message.account.clone().or_else(|| read.as_ref().map(|it| it.account.clone())).unwrap_or_default();
    let region =
        message.region.clone().or_else(|| read.as_ref().map(|it| it.region.clone())).unwrap_or_default();
    let name = message.alarm.clone().unwrap_or_else(|| message.title.clone());
    let state = match &message.action {
        Action::Trigger => Arriving::Trigger,
        Action::Update | Action::Ignore { .. } => Arriving::Update,
        Action::Resolve => Arriving::Resolve,
        Action::Suppressed { by } => Arriving::Suppressed { by: by.clone() },
        Action::Change => Arriving::Change,
    };
    // An alarm is the same whoever forwards it; what has no name of its own is known by its sender's id.
    let key = match (&message.alarm, &message.sender_id) {
        (Some(alarm), _) => Arrival::key_of("", alarm, &account, &region),
        (None, Some(id)) => Arrival::key_of(source, id, &account, &region),
        (None, None) => Arrival::key_of(source, &name, &account, &region),
    };
    let (application, resources) = read.map(|it| (it.application, it.resources)).unwrap_or_default();
    Arrival {
        at: message.at.unwrap_or(received_at),
        received_at,
        source: source.to_owned(),
        name,
        key,
        state,
        account,
        region,
        application: message.service.clone().or(application),
        resources: if resources.is_empty() { message.resources.clone() } else { resources },
        is_test: message.is_test,
    }
}

/// What the engine reads of a payload.
fn read_alert(payload: &str, received_at: Timestamp) -> Option<Arrival> {
    let query = Query {
        account: String::new(),
        region: String::new(),
        service: "alert".to_owned(),
        operation: String::new(),
        parameters: "{}".into(),
    };
    let evidence = Evidence::new(query, None, Body::Alert("{}".into()));
    let alerts = butfor_engine::alert::parse(payload, Cites::one(evidence.id())).ok()?;
    Some(Arrival::from_alert(alerts.first()?, received_at))
}

/// The row's text.
pub(crate) fn write(arrival: &Arrival) -> String {
    let (state, suppressed_by) = match &arrival.state {
        Arriving::Trigger => ("trigger", ""),
        Arriving::Update => ("update", ""),
        Arriving::Resolve => ("resolve", ""),
        Arriving::Change => ("change", ""),
        Arriving::Suppressed { by } => ("suppressed", by.as_str()),
    };
    let facts = Facts {
        at: arrival.at.as_millis(),
        received_at: arrival.received_at.as_millis(),
        source: arrival.source.clone(),
        name: arrival.name.clone(),
        key: arrival.key.clone(),
        state: state.to_owned(),
        suppressed_by: suppressed_by.to_owned(),
        account: arrival.account.clone(),
        region: arrival.region.clone(),
        application: arrival.application.clone(),
        resources: arrival.resources.clone(),
        is_test: arrival.is_test,
    };
    // Cannot fail: texts and numbers only.
    serde_json::to_string(&facts).unwrap_or_default()
}

/// Reads a row's text; `None` for one an older version wrote without.
pub(crate) fn read(text: &str) -> Option<Arrival> {
    let facts: Facts = serde_json::from_str(text).ok()?;
    let state = match facts.state.as_str() {
        "trigger" => Arriving::Trigger,
        "resolve" => Arriving::Resolve,
        "change" => Arriving::Change,
        "suppressed" => Arriving::Suppressed { by: facts.suppressed_by },
        _ => Arriving::Update,
    };
    Some(Arrival {
        at: Timestamp::from_millis(facts.at),
        received_at: Timestamp::from_millis(facts.received_at),
        source: facts.source,
        name: facts.name,
        key: facts.key,
        state,
        account: facts.account,
        region: facts.region,
        application: facts.application,
        resources: facts.resources,
        is_test: facts.is_test,
    })
}

/// What an investigation explained, as it is kept with its assessment.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Causes {
    causes: Vec<Cause>,
    unaffected: BTreeSet<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Cause {
    headline: String,
    resource_ids: BTreeSet<String>,
    changed_at: Option<i64>,
    affected: BTreeSet<String>,
}

/// What an investigation explained, as text.
pub(crate) fn write_explained(explained: &Explained) -> String {
    let cause = |cause: &ExplainedCause| Cause {
        headline: cause.headline.clone(),
        resource_ids: cause.resource_ids.clone(),
        changed_at: cause.changed_at.map(Timestamp::as_millis),
        affected: cause.affected.clone(),
    };
    let causes = Causes {
        causes: explained.causes.iter().map(cause).collect(),
        unaffected: explained.unaffected.clone(),
    };
    serde_json::to_string(&causes).unwrap_or_default()
}

/// The same, read.
pub(crate) fn read_explained(text: &str) -> Option<Explained> {
    let causes: Causes = serde_json::from_str(text).ok()?;
    let cause = |cause: Cause| ExplainedCause {
        headline: cause.headline,
        resource_ids: cause.resource_ids,
        changed_at: cause.changed_at.map(Timestamp::from_millis),
        affected: cause.affected,
    };
    Some(Explained { causes: causes.causes.into_iter().map(cause).collect(), unaffected: causes.unaffected })
}
