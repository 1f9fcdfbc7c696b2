//! An answer for programs.

use super::result::{effect, outcome};
use butfor_engine::Answer;
use butfor_policy::{Effect, Layer};
use serde_json::{Value, json};

/// The answer in the members of a line of `authorize --jsonl`, with what was assumed.
pub(crate) fn json(answer: &Answer) -> Value {
    let denies = |effect: Effect| matches!(effect, Effect::ExplicitDeny | Effect::ImplicitDeny);
    let denying = answer.layers.iter().filter(|one| denies(one.effect)).map(|one| Layer::as_str(one.layer));
    let checks = answer.layers.iter().map(|one| {
        let statements = one.statements.iter();
        let statements: Vec<Value> =
            statements.map(|(policy, label)| json!({"policy": policy, "statement": label})).collect();
        json!({"layer": one.layer.aws_name(), "effect": effect(one.effect), "statements": statements})
    });
    json!({
        "decision": outcome(answer.outcome),
        "deny_layers": denying.collect::<Vec<_>>(),
        "checks": checks.collect::<Vec<_>>(),
        "missing": answer.missing,
        "assumed": answer.assumed,
    })
}
