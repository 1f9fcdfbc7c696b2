//! Load by statement, wait and user, as Performance Insights answers.
//!
//! Source: Amazon RDS Performance Insights API reference, GetResourceMetrics and DescribeDimensionKeys.

use super::collect::Collected;
use butfor_incident::{Body, CaseFile};
use butfor_signals::database::{Part, Statement};
use butfor_world::Resource;
use serde_json::Value;
use std::collections::BTreeMap;

/// Statements kept, and the length of one.
const STATEMENTS_MAX: usize = 25;
const STATEMENT_CHARS_MAX: usize = 300;

type Dimensions = serde_json::Map<String, Value>;

/// Adds what is answered about a database.
pub(super) fn read(case: &CaseFile, resource: &Resource, into: &mut Collected) {
    let own = resource.parsed().get("DbiResourceId").and_then(Value::as_str);
    let Some(own) = own else { return };
    let mut statements: BTreeMap<String, (f64, Vec<Part>)> = BTreeMap::new();
    let (mut waits, mut users) = (BTreeMap::new(), BTreeMap::new());
    for evidence in &case.evidence {
        let Body::Call(output) = &evidence.body else { continue };
        if !matches!(evidence.query.operation.as_str(), "GetResourceMetrics" | "DescribeDimensionKeys") {
            continue;
        }
        let asked: Value = serde_json::from_str(&evidence.query.parameters).unwrap_or_default();
        let Ok(output) = serde_json::from_str::<Value>(output) else { continue };
        let is_own = [&asked, &output]
            .iter()
            .any(|value| value.get("Identifier").and_then(Value::as_str) == Some(own));
        if !is_own {
            continue;
        }
        into.evidence.insert(evidence.id());
        for (dimensions, load, parts) in loads(&output) {
            if let Some(text) = statement(dimensions) {
                let entry = statements.entry(text).or_default();
                entry.0 = entry.0.max(load);
                if !parts.is_empty() {
                    entry.1 = parts;
                } else if let Some(wait) = wait(dimensions) {
                    entry.1.push(Part { name: wait, load });
                }
            } else if let Some(name) = wait(dimensions) {
                keep_most(&mut waits, name, load);
            } else if let Some(name) = dimension(dimensions, "db.user.name") {
                keep_most(&mut users, name, load);
            }
        }
    }
    let parts = |all: BTreeMap<String, f64>| -> Vec<Part> {
        all.into_iter().map(|(name, load)| Part { name, load }).collect()
    };
    into.database.waits = parts(waits);
    into.database.users = parts(users);
    let mut all: Vec<Statement> =
        statements.into_iter().map(|(text, (load, waits))| Statement { text, load, waits }).collect();
    all.sort_by(|a, b| b.load.total_cmp(&a.load).then_with(|| a.text.cmp(&b.text)));
    all.truncate(STATEMENTS_MAX);
    into.database.statements = all;
}

fn keep_most(all: &mut BTreeMap<String, f64>, name: String, load: f64) {
    let known = all.entry(name).or_default();
    *known = known.max(load);
}

/// Dimensions, their load, and its parts where the answer is partitioned.
fn loads(output: &Value) -> Vec<(&Dimensions, f64, Vec<Part>)> {
    let list = |member: &str| output.get(member).and_then(Value::as_array).into_iter().flatten();
    let metrics = list("MetricList").filter_map(|metric| {
        let dimensions = metric.pointer("/Key/Dimensions")?.as_object()?;
        let points = metric.get("DataPoints")?.as_array()?;
        let values: Vec<f64> = points.iter().filter_map(|point| point.get("Value")?.as_f64()).collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        Some((dimensions, mean, Vec::new()))
    });
    let partitions: Vec<Option<String>> =
        list("PartitionKeys").map(|key| wait(key.get("Dimensions")?.as_object()?)).collect();
    let keys = list("Keys").filter_map(|key| {
        let dimensions = key.get("Dimensions")?.as_object()?;
        let own = key.get("Partitions").and_then(Value::as_array).into_iter().flatten();
        let parts = own.zip(&partitions).filter_map(|(load, name)| {
            Some(Part { name: name.clone()?, load: load.as_f64().filter(|load| *load > 0.0)? })
        });
        Some((dimensions, key.get("Total")?.as_f64()?, parts.collect()))
    });
    metrics.chain(keys).collect()
}

fn dimension(dimensions: &Dimensions, name: &str) -> Option<String> {
    dimensions.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn statement(dimensions: &Dimensions) -> Option<String> {
    let text = dimension(dimensions, "db.sql.statement")
        .or_else(|| dimension(dimensions, "db.sql_tokenized.statement"))?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(STATEMENT_CHARS_MAX).collect())
}

/// `Lock:relation`: type and name, of which some answers have only the name.
fn wait(dimensions: &Dimensions) -> Option<String> {
    let name = dimension(dimensions, "db.wait_event.name")?;
    let kind = dimension(dimensions, "db.wait_event.type")
        .or_else(|| dimension(dimensions, "db.wait_event_type.name"));
    Some(match kind {
        Some(kind) if kind != name && !name.contains(':') => format!("{kind}:{name}"),
        _ => name,
    })
}
