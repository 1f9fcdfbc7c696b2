//! Stateful rules: in action order (pass, drop, reject, alert) or in strict order.

use super::rules::{Action, Fit, Rule};
use super::{Groups, Verdict, list, references, rules, text};
use crate::filter::Packet;
use serde_json::Value;

/// A rule, or a rule group whose rules cannot be told from addresses and ports (a list of domains).
enum Entry {
    Rule(Rule, String),
    Opaque(String, String),
}

pub(super) fn decide(policy: &Value, groups: Groups<'_, '_>, packet: &Packet) -> Verdict {
    let options = policy.get("StatefulEngineOptions");
    let strict = options.is_some_and(|options| text(options, "RuleOrder") == "STRICT_ORDER");
    let mut all: Vec<Entry> = Vec::new();
    for reference in references(policy, "StatefulRuleGroupReferences") {
        let arn = text(reference, "ResourceArn");
        let Some(group) = groups(arn) else {
            return Verdict::Unknown("the rule group was not described".to_owned(), Some(arn.to_owned()));
        };
        match rules::read(group, policy) {
            Ok(rules) => all.extend(rules.into_iter().map(|rule| Entry::Rule(rule, arn.to_owned()))),
            Err(why) => all.push(Entry::Opaque(why, arn.to_owned())),
        }
    }
    if !strict {
        // A group that cannot be read may hold pass rules, which come before every drop.
        all.sort_by_key(|entry| match entry {
            Entry::Rule(rule, _) => (rule.action, 0),
            Entry::Opaque(..) => (Action::Pass, 1),
        });
    }
    let mut doubt: Option<(String, String, Action)> = None;
    for entry in &all {
        let (rule, arn) = match entry {
            Entry::Rule(rule, arn) => (rule, arn),
            // What an earlier rule decides is decided; from here on this group may decide first.
            Entry::Opaque(why, arn) => return Verdict::Unknown(why.clone(), Some(arn.clone())),
        };
        if rule.action == Action::Alert {
            continue;
        }
        match rule.fits(packet) {
            Fit::No => {}
            Fit::Maybe => {
                if doubt.is_none() {
                    doubt = Some((rule.text.clone(), arn.clone(), rule.action));
                }
            }
            Fit::Yes => {
                let verdict = match rule.action {
                    Action::Pass => Verdict::Pass(rule.text.clone()),
                    _ => Verdict::Drop(rule.text.clone(), Some(arn.clone())),
                };
                return unless_doubtful(doubt, rule.action, verdict);
            }
        }
    }
    let default = list(policy, "StatefulDefaultActions")
        .iter()
        .filter_map(Value::as_str)
        .find(|it| it.starts_with("aws:drop"));
    let (verdict, action) = match default.filter(|_| strict) {
        Some(action) => (Verdict::Drop(format!("the stateful default: {action}"), None), Action::Drop),
        None => (Verdict::Pass("no stateful rule drops it".to_owned()), Action::Pass),
    };
    unless_doubtful(doubt, action, verdict)
}

/// A rule that may match, ahead of the one that decides, matters when it would do something else.
fn unless_doubtful(doubt: Option<(String, String, Action)>, decided: Action, verdict: Verdict) -> Verdict {
    match doubt {
        Some((rule, arn, action)) if (action == Action::Pass) != (decided == Action::Pass) => {
            Verdict::Unknown(format!("it depends on more than addresses and ports: {rule}"), Some(arn))
        }
        _ => verdict,
    }
}
