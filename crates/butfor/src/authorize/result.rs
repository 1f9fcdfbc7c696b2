//! Decisions as JSON, in the shape programs rely on. Written by hand: most of a line is the same every time.

use butfor_policy::{Check, Decision, Effect, Missing, Outcome, Problem};

/// `{"id", "decision", "deny_layers", "checks", "missing", "problems"}`. The id is JSON as it came.
pub(crate) fn decision<'p>(
    out: &mut Vec<u8>,
    id: &str,
    decision: &Decision<'_>,
    problems: impl Iterator<Item = &'p Problem>,
) {
    put(out, "{\"id\":");
    put(out, id);
    put(out, ",\"decision\":\"");
    put(out, outcome(decision.outcome));
    put(out, "\",\"deny_layers\":");
    list(out, decision.deny_layers().into_iter(), |out, layer| text(out, layer.as_str()));
    put(out, ",\"checks\":");
    list(out, decision.checks.iter(), check);
    put(out, ",\"missing\":");
    list(out, decision.missing.iter(), |out, missing| text(out, name(missing)));
    put(out, ",\"problems\":");
    list(out, problems, |out, problem| {
        put(out, "{\"policy\":");
        text(out, &problem.policy);
        put(out, ",\"path\":");
        text(out, &problem.path);
        put(out, ",\"message\":");
        text(out, &problem.message);
        put(out, "}");
    });
    put(out, "}\n");
}

/// `{"id", "line", "error"}`, in the place of a decision.
pub(crate) fn error(out: &mut Vec<u8>, id: Option<&str>, line: usize, error: &str) {
    put(out, "{\"id\":");
    put(out, id.unwrap_or("null"));
    put(out, &format!(",\"line\":{line},\"error\":"));
    text(out, error);
    put(out, "}\n");
}

fn check(out: &mut Vec<u8>, check: &Check<'_>) {
    put(out, "{\"layer\":\"");
    put(out, check.layer.aws_name());
    put(out, "\"");
    if let Some(level) = check.level {
        put(out, &format!(",\"level\":{level}"));
    }
    put(out, ",\"effect\":\"");
    put(out, effect(check.effect));
    put(out, "\",\"statements\":");
    list(out, check.matched.iter(), |out, matched| {
        put(out, "{\"policy\":");
        text(out, matched.policy.name());
        put(out, ",\"statement\":");
        match matched.statement.sid().filter(|sid| !sid.is_empty()) {
            Some(sid) => text(out, sid),
            None => put(out, &format!("\"Statement[{}]\"", matched.statement.index())),
        }
        put(out, "}");
    });
    put(out, "}");
}

/// `decision` of a result.
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "allow",
        Outcome::ExplicitDeny => "explicit_deny",
        Outcome::ImplicitDeny => "implicit_deny",
        Outcome::Unknown => "unknown",
    }
}

/// AWS's word for what a layer says.
pub(crate) fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "ALLOW",
        Effect::ExplicitDeny => "EXPLICIT_DENY",
        Effect::ImplicitDeny => "IMPLICIT_DENY",
        Effect::NoImpact => "NO_IMPACT",
        Effect::Unknown => "UNKNOWN",
    }
}

/// As a request would name it.
fn name(missing: &Missing) -> &str {
    match missing {
        Missing::ContextKey(name) | Missing::Document(name) => name,
        Missing::ResourceAccount => "resource_account",
        Missing::SessionIssuer => "role_arn",
        Missing::CanonicalUser => "canonical_user",
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// A JSON string.
fn text(out: &mut Vec<u8>, text: &str) {
    let is_plain = text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    if is_plain {
        out.push(b'"');
        put(out, text);
        out.push(b'"');
    } else {
        put(out, &serde_json::Value::from(text).to_string());
    }
}

fn list<T>(out: &mut Vec<u8>, items: impl Iterator<Item = T>, mut one: impl FnMut(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        one(out, item);
    }
    out.push(b']');
}
