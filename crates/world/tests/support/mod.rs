//! Cases made by hand, and changes in words: what the tests of histories share.

#![expect(clippy::unwrap_used, reason = "a test helper fails by panicking")]
#![allow(dead_code, reason = "each test uses some of it")]

use butfor_incident::{Body, CaseFile, Evidence, Query, Timestamp};
use butfor_world::{Change, Edit, Facet, History, ResourceKey, State, When};
use serde_json::{Value, json};

/// The account of every case.
pub const ACCOUNT: &str = "111122223333";

/// `12:00` or `12:00:05` on one day.
pub fn time(clock: &str) -> Timestamp {
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    Timestamp::parse(&format!("2026-05-01T{clock}{seconds}Z")).unwrap()
}

fn query(service: &str, operation: &str, parameters: &Value) -> Query {
    Query {
        account: ACCOUNT.to_owned(),
        region: "us-east-1".to_owned(),
        service: service.to_owned(),
        operation: operation.to_owned(),
        parameters: parameters.to_string().into(),
    }
}

/// `iam GetRole` and the like.
pub fn call(clock: &str, call: &str, parameters: Value, output: Value) -> Evidence {
    let (service, operation) = call.split_once(' ').unwrap();
    let body = Body::Call(output.to_string().into());
    Evidence::new(query(service, operation, &parameters), Some(time(clock)), body)
}

/// A CloudTrail record of `lambda UpdateFunctionCode20150331v2` and the like; `more` are further members.
pub fn event_of(clock: &str, call: &str, request: Value, response: Value, more: Value) -> Evidence {
    let (service, name) = call.split_once(' ').unwrap();
    let mut record = json!({
        "eventTime": time(clock).to_string(), "eventSource": format!("{service}.amazonaws.com"), "eventName": name,
        "eventID": format!("{name}-{clock}"), "awsRegion": "us-east-1", "recipientAccountId": ACCOUNT, "readOnly": false,
        "requestParameters": request, "responseElements": response,
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/kim"},
    });
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let query = query("cloudtrail", name, &json!({}));
    Evidence::new(query, Some(time(clock)), Body::CloudTrailRecord(record.to_string().into()))
}

/// What becomes of evidence, in whatever order it comes.
pub fn history(evidence: Vec<Evidence>) -> History {
    let mut case = CaseFile { as_of: time("23:00"), evidence, gaps: Vec::new(), rounds: 1 };
    let history = History::read(&case);
    case.evidence.reverse();
    assert_eq!(History::read(&case).changes(), history.changes(), "order of evidence must not matter");
    history
}

pub fn key(kind: &str, id: &str) -> ResourceKey {
    ResourceKey { kind: kind.to_owned(), id: id.to_owned() }
}

pub fn facet(member: &str, element: &str) -> Facet {
    Facet { member: member.to_owned(), element: (!element.is_empty()).then(|| element.to_owned()) }
}

/// A state in a word: the value, `absent`, `unknown`.
pub fn plain(state: &State) -> String {
    match state {
        State::Absent => "absent".to_owned(),
        State::Unknown => "unknown".to_owned(),
        State::Present(value) => value.to_string(),
    }
}

/// Changes in words: `12:00:00 UpdateTable BillingMode "PROVISIONED" -> "PAY_PER_REQUEST"`.
pub fn changes_in(history: &History, word: fn(&State) -> String) -> Vec<String> {
    let line = |change: &Change| {
        let when = match change.when {
            When::At(at) => at.clock(),
            When::Between(from, to) => format!("{}..{}", from.clock(), to.clock()),
        };
        let name = change.event.as_ref().map_or("-", |event| event.event_name.as_str());
        let edits = change.delta.edits.iter().map(|Edit { facet, before, after, .. }| {
            let element = facet.element.as_ref().map(|element| format!("[{element}]")).unwrap_or_default();
            format!("{}{element} {} -> {}", facet.member, word(before), word(after))
        });
        format!("{when} {name} {}", edits.collect::<Vec<_>>().join(", "))
    };
    history.changes().iter().map(line).collect()
}
