//! Scenarios with one kind of answer taken away at a time.
//!
//! What is not there may leave a question open. It must never turn the answer into another one.

use super::{answer, card};
use anyhow::{Context, Result};
use butfor_incident::{CaseFile, Query};
use std::collections::BTreeSet;
use std::path::Path;

/// One kind of answer, as a person says it: all of one operation in one place, or all files of one sort.
pub(super) fn part(query: &Query) -> String {
    let Query { account, region, service, operation, .. } = query;
    match service.as_str() {
        "alert" | "cloudtrail" | "flow-logs" => service.clone(),
        _ => format!("{service} {operation} {account} {region}"),
    }
}

/// What became of one scenario.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    /// Runs, one for each part.
    pub runs: usize,
    /// Runs whose verdict stayed open.
    pub open: usize,
    /// The part taken away, and why the report without it is confident and wrong.
    pub wrong: Vec<(String, String)>,
}

/// Takes away one part after the other.
pub(super) fn run(folder: &Path) -> Result<Outcomes> {
    let (truth, about) = answer::read(folder)?;
    let case = butfor_adapters::bundle::read(folder, &mut |_| {})?.case;
    let parts: BTreeSet<String> = case.evidence.iter().map(|evidence| part(&evidence.query)).collect();
    let mut outcomes = Outcomes::default();
    for gone in parts {
        let report = report(&without(&case, &gone))?;
        let card = card::score(&truth, &about, &report, "")?;
        outcomes.runs += 1;
        outcomes.open += usize::from(matches!(card.outcome.as_str(), "undetermined" | "competing"));
        outcomes.wrong.extend(card.confident_and_wrong.map(|why| (gone, why)));
    }
    Ok(outcomes)
}

fn without(case: &CaseFile, gone: &str) -> CaseFile {
    let mut case = case.clone();
    case.evidence.retain(|evidence| part(&evidence.query) != gone);
    case
}

fn report(case: &CaseFile) -> Result<serde_json::Value> {
    let json = butfor_report::json(&butfor_engine::assess(case), 0);
    serde_json::from_str(&json).context("the report is no JSON")
}

#[cfg(test)]
mod tests {
    use super::{part, report, without};
    use std::path::Path;

    /// What is said of a scenario without the answers of one operation: outcome, grade, event.
    fn check(scenario: &str, operation: &str, expected: [&str; 3]) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(scenario);
        let mut case = butfor_adapters::bundle::read(&folder, &mut |_| {}).unwrap().case;
        let all = case.evidence.len();
        let parts: Vec<String> = case.evidence.iter().map(|evidence| part(&evidence.query)).collect();
        for gone in parts.iter().filter(|part| part.contains(operation)) {
            case = without(&case, gone);
        }
        assert!(case.evidence.len() < all, "{scenario} has no {operation}");
        let report = report(&case).unwrap();
        let found = ["/verdict/outcome", "/root_causes/0/grade", "/root_causes/0/change/event_id"]
            .map(|path| report.pointer(path).and_then(serde_json::Value::as_str).unwrap_or("-"));
        assert_eq!(found, expected, "{scenario} without {operation}");
        let blamed = found.last().copied().unwrap_or_default();
        let ruled_out = report.pointer("/ruled_out").unwrap().to_string();
        assert!(!ruled_out.contains("ReplaceRoute") || blamed == "-", "{ruled_out}");
    }

    #[test]
    fn a_change_that_refuses_is_named_where_the_rest_of_the_way_is_unseen() {
        let event = "eb96c0c5-9e32-4a6c-bf5b-570708eeecfe";
        for operation in ["DescribeNetworkAcls", "DescribeSecurityGroups", "DescribeNatGateways"] {
            check("132-fares-calls", operation, ["root_cause", "corroborated", event]);
        }
    }

    #[test]
    fn a_change_after_the_failure_is_not_blamed_where_the_rest_of_the_way_is_unseen() {
        for operation in ["DescribeNetworkAcls", "DescribeSecurityGroups", "DescribeNatGateways"] {
            check("140-cart-calls-b", operation, ["undetermined", "-", "-"]);
        }
    }
}
