//! What AWS Health tells of AWS itself: entries of the timeline. That something of AWS was out of order at the time is worth knowing; that it is
//! the cause is nothing that a model shows.

use crate::lenient::or_default;
use butfor_incident::{Body, CaseFile, Cites, EvidenceId, TimelineEntry, TimelineKind, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// Resources named of one event at the most.
const ENTITIES_MAX: usize = 3;

/// Characters of AWS's description.
const DESCRIPTION_CHARS_MAX: usize = 200;

/// One event, from all answers about it.
#[derive(Default)]
struct Told {
    event: Event,
    description: String,
    entities: BTreeSet<String>,
    evidence: BTreeSet<EvidenceId>,
}

/// Events that were going on at some time from `since` on.
pub(crate) fn timeline(case: &CaseFile, since: Timestamp) -> Vec<TimelineEntry> {
    let events = read(case);
    events.into_values().filter_map(|told| entry(told, since, case.as_of)).collect()
}

fn read(case: &CaseFile) -> BTreeMap<String, Told> {
    let mut events: BTreeMap<String, Told> = BTreeMap::new();
    for evidence in &case.evidence {
        let Body::Call(text) = &evidence.body else { continue };
        if evidence.query.service != "health" {
            continue;
        }
        let mut tell = |arn: String, how: &dyn Fn(&mut Told)| {
            let told = events.entry(arn).or_default();
            told.evidence.insert(evidence.id());
            how(told);
        };
        match evidence.query.operation.as_str() {
            "DescribeEvents" => {
                for event in parse::<Events>(text).events {
                    tell(event.arn.clone(), &|told| told.event = event.clone());
                }
            }
            "DescribeEventDetails" => {
                for found in parse::<Details>(text).found {
                    tell(found.event.arn.clone(), &|told| {
                        told.event = found.event.clone();
                        told.description.clone_from(&found.description.latest);
                    });
                }
            }
            "DescribeAffectedEntities" => {
                for entity in parse::<Entities>(text).entities {
                    tell(entity.event.clone(), &|told| {
                        told.entities.insert(entity.value.clone());
                    });
                }
            }
            _ => {}
        }
    }
    events
}

fn entry(told: Told, since: Timestamp, until: Timestamp) -> Option<TimelineEntry> {
    let Event { service, code, region, from, to, status, .. } = &told.event;
    let at = Timestamp::parse(from.as_deref()?).ok()?;
    let end = to.as_deref().and_then(|end| Timestamp::parse(end).ok());
    if at > until || end.is_some_and(|end| end < since) {
        return None;
    }
    let mut text = format!("AWS Health: {service} {code} in {region}, {status}");
    if let Some(end) = end {
        text.push_str(&format!(", until {end}"));
    }
    if !told.entities.is_empty() {
        let named: Vec<&str> = told.entities.iter().take(ENTITIES_MAX).map(String::as_str).collect();
        text.push_str(&format!(", concerns {}", named.join(", ")));
        let more = told.entities.len().saturating_sub(named.len());
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
    }
    let description: String = told
        .description
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(DESCRIPTION_CHARS_MAX)
        .collect();
    if !description.is_empty() {
        text.push_str(&format!(": {description}"));
    }
    Some(TimelineEntry { at, kind: TimelineKind::Health, text, cites: Cites::many(told.evidence)? })
}

/// An answer that is not what was expected tells nothing.
fn parse<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

#[derive(Deserialize, Default)]
struct Events {
    #[serde(default, deserialize_with = "or_default")]
    events: Vec<Event>,
}

#[derive(Deserialize, Default, Clone)]
struct Event {
    #[serde(default, deserialize_with = "or_default")]
    arn: String,
    #[serde(default, deserialize_with = "or_default")]
    service: String,
    #[serde(rename = "eventTypeCode", default, deserialize_with = "or_default")]
    code: String,
    #[serde(default, deserialize_with = "or_default")]
    region: String,
    #[serde(rename = "startTime")]
    from: Option<String>,
    #[serde(rename = "endTime")]
    to: Option<String>,
    #[serde(rename = "statusCode", default, deserialize_with = "or_default")]
    status: String,
}

#[derive(Deserialize, Default)]
struct Details {
    #[serde(rename = "successfulSet", default, deserialize_with = "or_default")]
    found: Vec<Detail>,
}

#[derive(Deserialize, Default)]
struct Detail {
    #[serde(default, deserialize_with = "or_default")]
    event: Event,
    #[serde(rename = "eventDescription", default, deserialize_with = "or_default")]
    description: Description,
}

#[derive(Deserialize, Default)]
struct Description {
    #[serde(rename = "latestDescription", default, deserialize_with = "or_default")]
    latest: String,
}

#[derive(Deserialize, Default)]
struct Entities {
    #[serde(default, deserialize_with = "or_default")]
    entities: Vec<Entity>,
}

#[derive(Deserialize, Default)]
struct Entity {
    #[serde(rename = "entityValue", default, deserialize_with = "or_default")]
    value: String,
    #[serde(rename = "eventArn", default, deserialize_with = "or_default")]
    event: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use butfor_incident::{Evidence, Query};
    use serde_json::{Value, json};

    fn call(operation: &str, output: &Value) -> Evidence {
        let query = Query {
            account: "111122223333".into(),
            region: "us-east-1".into(),
            service: "health".into(),
            operation: operation.into(),
            parameters: "{}".into(),
        };
        Evidence::new(query, None, Body::Call(output.to_string().into()))
    }

    fn event(from: &str, to: Value) -> Value {
        json!({"arn": format!("arn:{from}"), "service": "EC2", "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE", "region": "us-east-1",
            "startTime": from, "endTime": to, "statusCode": "open"})
    }

    fn check(evidence: Vec<Evidence>, expected: &[&str]) {
        let at = |text| Timestamp::parse(text).unwrap();
        let case = CaseFile { as_of: at("2026-05-02T14:00:00Z"), evidence, gaps: Vec::new(), rounds: 1 };
        let entries = timeline(&case, at("2026-05-02T12:00:00Z"));
        assert_eq!(entries.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_outage_with_what_is_said_of_it() {
        let began = event("2026-05-02T13:00:00Z", Value::Null);
        let details = json!({"successfulSet": [{"event": began, "eventDescription": {"latestDescription": "We are looking\n into it."}}]});
        let entities = json!({"entities": [{"entityValue": "i-1", "eventArn": "arn:2026-05-02T13:00:00Z"}]});
        check(
            vec![
                call("DescribeEvents", &json!({ "events": [began] })),
                call("DescribeEventDetails", &details),
                call("DescribeAffectedEntities", &entities),
            ],
            &[
                "AWS Health: EC2 AWS_EC2_OPERATIONAL_ISSUE in us-east-1, open, concerns i-1: We are looking into it.",
            ],
        );
    }

    #[test]
    fn what_was_over_or_is_to_come_is_not_of_the_time() {
        let over = event("2026-05-02T09:00:00Z", json!("2026-05-02T10:00:00Z"));
        let later = event("2026-05-03T09:00:00Z", Value::Null);
        let long = event("2026-05-01T09:00:00Z", json!("2026-05-02T12:30:00Z"));
        check(
            vec![call("DescribeEvents", &json!({"events": [over, later, long]}))],
            &["AWS Health: EC2 AWS_EC2_OPERATIONAL_ISSUE in us-east-1, open, until 2026-05-02T12:30:00Z"],
        );
    }

    #[test]
    fn strange_answers_tell_nothing() {
        check(
            vec![
                call("DescribeEvents", &json!({"events": 3})),
                call("DescribeEvents", &json!({"events": [{}]})),
            ],
            &[],
        );
    }
}
