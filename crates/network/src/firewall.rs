//! AWS Network Firewall: what a policy says about the first packet of a flow.
//!
//! Five-tuple rules only (Network Firewall Developer Guide, "Stateless rule groups", "Stateful rule groups"); what looks
//! inside packets (domain lists, Suricata options) gives unknown where it could decide; semantics 67 to 69.

mod rules;
mod stateful;
mod stateless;

use crate::filter::Packet;
use serde_json::Value;

/// What a firewall does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Lets it through, by this rule.
    Pass(String),
    /// Drops or rejects it, by this rule of this rule group.
    Drop(String, Option<String>),
    /// It depends on something outside five-tuple rules, in this rule group.
    Unknown(String, Option<String>),
}

/// Finds rule groups by ARN.
pub(crate) type Groups<'g, 'n> = &'g dyn Fn(&str) -> Option<&'n Value>;

/// Decides about the first packet of a flow: the stateless rules, then the stateful ones.
pub(crate) fn decide(policy: &Value, groups: Groups<'_, '_>, packet: &Packet) -> Verdict {
    if !policy.is_object() {
        return Verdict::Unknown("its rules were not described".to_owned(), None);
    }
    match stateless::decide(policy, groups, packet) {
        stateless::Outcome::Forward => stateful::decide(policy, groups, packet),
        stateless::Outcome::Done(verdict) => verdict,
    }
}

/// Elements of a list member.
fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, member: &str) -> Option<i64> {
    let value = value.get(member)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// References of a policy to rule groups, by priority.
fn references<'v>(policy: &'v Value, member: &str) -> Vec<&'v Value> {
    let mut all: Vec<&Value> = list(policy, member).iter().collect();
    all.sort_by_key(|reference| number(reference, "Priority").unwrap_or(i64::MAX));
    all
}
