//! Traces as JSON, in the shape programs rely on.

use butfor_network::describe::Origin;
use butfor_network::{Blocker, Direction, Hop, Missing, Trace, Walk};
use serde_json::{Value, json};

/// Names documents: `calls.jsonl line 12`.
pub(crate) type Sources<'a> = &'a dyn Fn(&[Origin]) -> Vec<String>;

/// `{"id", "disposition", "forward", "return", "blockers", "missing"}`; every hop and blocker names the documents it
/// rests on.
pub(crate) fn of_trace(id: &Value, trace: &Trace, sources: Sources<'_>) -> Value {
    let walk = |walk: &Walk| {
        let hops: Vec<_> = walk.hops.iter().map(|step| hop(step, sources)).collect();
        json!({"disposition": walk.disposition.as_str(), "hops": hops})
    };
    json!({
        "id": id,
        "disposition": trace.disposition.as_str(),
        "forward": walk(&trace.forward),
        "return": trace.reply.as_ref().map(walk),
        "blockers": trace.blockers.iter().map(|step| blocker(step, sources)).collect::<Vec<_>>(),
        "missing": trace.missing.iter().map(missing).collect::<Vec<_>>(),
    })
}

/// `{"id", "error"}`, in the place of a result.
pub(crate) fn of_error(id: &Value, error: &str) -> Value {
    json!({"id": id, "error": error})
}

fn hop(hop: &Hop, sources: Sources<'_>) -> Value {
    json!({
        "component": hop.component.id,
        "type": hop.component.kind,
        "action": hop.action,
        "rule": hop.rule,
        "sources": sources(&hop.origins),
    })
}

fn blocker(blocker: &Blocker, sources: Sources<'_>) -> Value {
    json!({
        "code": blocker.code,
        "component": blocker.component.id,
        "type": blocker.component.kind,
        "rule": blocker.rule,
        "direction": direction(blocker.direction),
        "sources": sources(&blocker.origins),
    })
}

/// `forward` or `return`.
pub(crate) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Return => "return",
    }
}

fn missing(missing: &Missing) -> Value {
    json!({
        "type": missing.kind,
        "id": missing.id,
        "account": missing.account,
        "region": missing.region,
        "why": missing.why,
    })
}
