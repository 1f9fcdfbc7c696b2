//! What was answered so far, as JSON, by operation.

use super::Place;
use butfor_incident::{Body, CaseFile};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One answer.
pub(super) struct Answer {
    pub place: Place,
    pub output: Value,
}

/// All answers of API calls.
pub(super) struct Answers {
    by_operation: BTreeMap<String, Vec<Answer>>,
    /// Account, region and text of everything that may name resources: describe answers and CloudTrail records.
    texts: Vec<(Place, std::sync::Arc<str>)>,
    /// Places with CloudTrail records.
    recorded: BTreeSet<Place>,
}

impl Answers {
    pub(super) fn read(case: &CaseFile) -> Self {
        let mut all = Self { by_operation: BTreeMap::new(), texts: Vec::new(), recorded: BTreeSet::new() };
        for evidence in &case.evidence {
            let place =
                Place { account: evidence.query.account.clone(), region: evidence.query.region.clone() };
            match &evidence.body {
                Body::Call(text) => {
                    // Metrics and logs name no configuration, and are large.
                    if matches!(evidence.query.service.as_str(), "logs" | "cloudwatch" | "cloudtrail") {
                        let wanted = ["DescribeLogGroups", "DescribeAlarms"];
                        if !wanted.contains(&evidence.query.operation.as_str()) {
                            all.by_operation.entry(evidence.query.operation.clone()).or_default();
                            continue;
                        }
                    }
                    let output = serde_json::from_str(text).unwrap_or(Value::Null);
                    all.texts.push((place.clone(), text.clone()));
                    let entry = all.by_operation.entry(evidence.query.operation.clone()).or_default();
                    entry.push(Answer { place, output });
                }
                Body::CloudTrailRecord(text) => {
                    all.recorded.insert(place.clone());
                    all.texts.push((place, text.clone()));
                }
                _ => {}
            }
        }
        all
    }

    /// Whether an operation was answered, anywhere.
    pub(super) fn has(&self, operation: &str) -> bool {
        self.by_operation.contains_key(operation)
    }

    /// Whether CloudTrail records of a place are there.
    pub(super) fn has_records(&self, place: &Place) -> bool {
        self.recorded.contains(place)
    }

    /// The answers of an operation.
    pub(super) fn of(&self, operation: &str) -> &[Answer] {
        self.by_operation.get(operation).map(Vec::as_slice).unwrap_or_default()
    }

    /// The elements of a list in the answers of an operation in one place.
    pub(super) fn list<'s>(
        &'s self,
        operation: &str,
        key: &'s str,
        place: &'s Place,
    ) -> impl Iterator<Item = &'s Value> {
        let own = self.of(operation).iter().filter(move |answer| answer.place == *place);
        own.filter_map(move |answer| answer.output.get(key)?.as_array()).flatten()
    }

    /// Whether anything recorded of a place names an id that begins so (`nat-`).
    pub(super) fn mentions(&self, place: &Place, beginning: &str) -> bool {
        let quoted = format!("\"{beginning}");
        self.texts.iter().any(|(own, text)| {
            own == place && (text.contains(&quoted) || text.contains(&format!("\\{quoted}")))
        })
    }
}

/// A text member of a document.
pub(super) fn text<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    value.get(member).and_then(Value::as_str)
}
