//! The answer of a scenario, in the schema of the recorded ones (`truth.json`), and what we say about it
//! (`scenario.toml`).

use serde_json::{Value, json};

/// What an investigation should find.
#[derive(Debug, Clone, Default)]
pub(super) struct Truth {
    pub title: &'static str,
    /// Why the scenario is there.
    pub why: &'static str,
    pub outcome: &'static str,
    /// Further outcomes that are honest.
    pub also_allowed: Vec<&'static str>,
    pub causes: Vec<Cause>,
    pub must_not_blame: Vec<String>,
    pub must_rule_out: Vec<String>,
    pub unaffected: Vec<String>,
    pub intentional: Option<bool>,
    pub plan_status: Vec<&'static str>,
    /// Service, operation, parameters, in order.
    pub apply: Vec<(&'static str, &'static str, Value)>,
    /// Other sequences that do the same.
    pub apply_instead: Vec<Vec<(&'static str, &'static str, Value)>>,
    pub must_mention: Vec<&'static str>,
    pub must_state_gaps: Vec<&'static str>,
    /// What the causes have to name, letter by letter.
    pub exact_names: Vec<String>,
    /// Account of every apply step, where it is not the caller's.
    pub plan_account: Option<String>,
    pub notes: &'static str,
    /// The issue that will let the engine give the whole answer; until then an honest one is enough.
    pub honest_until: Option<&'static str>,
}

/// One root cause.
#[derive(Debug, Clone, Default)]
pub(super) struct Cause {
    pub resource: String,
    pub account: String,
    pub region: String,
    /// Other resources that name the same fault.
    pub also: Vec<String>,
    pub words: Vec<&'static str>,
    pub component: String,
    pub events: Vec<String>,
    pub actor: Option<&'static str>,
}

impl Truth {
    pub(super) fn json(&self, id: &str) -> Value {
        let causes: Vec<_> = self.causes.iter().map(Cause::json).collect();
        let calls = |calls: &[(&str, &str, Value)]| -> Vec<Value> {
            calls.iter().map(|(service, call, with)| json!([service, call, with])).collect()
        };
        let mut plan = json!({ "status": self.plan_status.first(), "allowed_status": self.plan_status,
            "apply_equivalent": calls(&self.apply) });
        if let Some(members) = plan.as_object_mut()
            && !self.apply_instead.is_empty()
        {
            members.insert(
                "apply_instead".to_owned(),
                json!(self.apply_instead.iter().map(|other| calls(other)).collect::<Vec<_>>()),
            );
        }
        if let (Some(members), Some(account)) = (plan.as_object_mut(), &self.plan_account) {
            members.insert("account".to_owned(), json!(account));
        }
        let mut allowed = vec![self.outcome];
        allowed.extend(&self.also_allowed);
        let mut truth = json!({
            "id": id, "title": self.title, "outcome": self.outcome, "allowed_outcomes": allowed,
            "root_causes": causes, "must_not_blame": self.must_not_blame, "must_rule_out": self.must_rule_out,
            "unaffected": self.unaffected, "accounting": null, "intentional": self.intentional,
            "plan": plan, "notes": self.notes
        });
        if let Some(members) = truth.as_object_mut() {
            for (member, texts) in
                [("must_mention", &self.must_mention), ("must_state_gaps", &self.must_state_gaps)]
            {
                if !texts.is_empty() {
                    members.insert(member.to_owned(), json!(texts));
                }
            }
        }
        if let Some(members) = truth.as_object_mut()
            && !self.exact_names.is_empty()
        {
            members.insert("exact_names".to_owned(), json!(self.exact_names));
        }
        truth
    }

    /// `scenario.toml`.
    pub(super) fn about(&self) -> String {
        let expect = if self.honest_until.is_some() { "honest" } else { "full" };
        let until = self.honest_until.map(|issue| format!("until = {issue:?}\n")).unwrap_or_default();
        format!(
            "# Made by `cargo xtask scenarios make`.\ntitle = {:?}\nwhy = {:?}\nexpect = {expect:?}\n{until}",
            self.title, self.why
        )
    }
}

impl Cause {
    fn json(&self) -> Value {
        json!({
            "resource_id": self.resource, "account": self.account, "region": self.region, "also": self.also,
            "defect_words": self.words, "component": self.component, "change_event_ids": self.events,
            "actor_contains": self.actor
        })
    }
}
