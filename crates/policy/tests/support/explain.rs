//! Which differences to the other evaluator `docs/policy-oracle.md` explains.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "this is test code; examples use it as well"
)]

use crate::compare::{self, Hidden};
use crate::literal;
use serde_json::Value;

/// What came of one case.
pub enum Found {
    /// The same answer.
    Same,
    /// Another one, for a documented reason.
    Explained(String),
    /// Another one; in words, and the case.
    Unexplained(String, Value),
}

/// Where the other evaluator departs from the documentation: rows of `docs/policy-oracle.md`, by name.
const ROWS: [&str; 17] = [
    "session-silent",
    "root",
    "rcp-any-service",
    "rcp-retire-grant",
    "all-buckets",
    "segments",
    "variables-any-version",
    "unresolved-negated",
    "epoch",
    "service-linked",
    "scp-services",
    "not-principal",
    "short-arns-negated",
    "unique-ids",
    "any-if-exists",
    "zero-prefix",
    "ip-families",
];

/// The fewest rows with which the literal evaluator gives the other's answer.
fn explanation(case: &Value, outcome: &str) -> Option<String> {
    let mut sets: Vec<u32> = (1..1 << ROWS.len()).collect();
    sets.sort_by_key(|set| set.count_ones());
    let names =
        |set: u32| ROWS.iter().enumerate().filter(move |(at, _)| set >> at & 1 == 1).map(|(_, name)| *name);
    let set = sets.into_iter().filter(|set| set.count_ones() <= 5).find(|set| {
        let mut case = case.clone();
        case["departs"] = names(*set).collect();
        literal::evaluate(&case).0 == outcome
    })?;
    Some(names(set).collect::<Vec<_>>().join(" + "))
}

/// The case as the other evaluator takes it: of endpoint policies it wants `Principal: *` (row 6).
/// It knows no callers from identity providers, and takes a role without trust policy, of which there are none, for one that trusts
/// its account.
pub fn acceptable(mut case: Value) -> Option<Value> {
    let action = literal::text(&case["action"]);
    if action == "sts:AssumeRoleWithWebIdentity"
        || (action == "sts:AssumeRole" && case.get("resource_policy").is_none())
    {
        return None;
    }
    let statements = case.get_mut("vpce").map(|policy| &mut policy["Statement"]);
    let list = match statements {
        Some(Value::Array(list)) => list.as_mut_slice(),
        Some(one) => std::slice::from_mut(one),
        None => &mut [],
    };
    for statement in list {
        statement["Principal"] = "*".into();
    }
    // An empty list is no value; it takes it for one.
    case["context"]
        .as_object_mut()
        .unwrap()
        .retain(|_, value| value.as_array().is_none_or(|values| !values.is_empty()));
    // It takes no organization policies of an anonymous caller, who has no organization.
    if case["principal"] == "ANONYMOUS" {
        case.as_object_mut().unwrap().remove("scp");
    }
    Some(case)
}

/// What came of a case with the other's answer.
pub fn difference(answered: &Value) -> Found {
    let oracle = &answered["oracle"];
    let mut case = answered.clone();
    case.as_object_mut().unwrap().remove("oracle");
    if let Some(error) = oracle["error"].as_str() {
        return Found::Unexplained(error.to_owned(), case);
    }
    // Keys that the other does not take for this action are not in the request for us either.
    for key in literal::list(&oracle["ignored"]).map(literal::text) {
        case["context"].as_object_mut().unwrap().retain(|name, _| !name.eq_ignore_ascii_case(key));
    }
    let (outcome, layers) = compare::answer(&case, &Hidden::default());
    let outcome = compare::name(outcome);
    if oracle["outcome"] == outcome {
        return Found::Same;
    }
    if let Some(rows) = explanation(&case, oracle["outcome"].as_str().unwrap_or_default()) {
        return Found::Explained(rows);
    }
    Found::Unexplained(format!("library {outcome} {layers:?}, other {}", oracle["outcome"]), case)
}
