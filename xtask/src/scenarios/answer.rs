//! The answer of a scenario: `truth.json` as recorded, and `scenario.toml`, what we say about it.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// `truth.json`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Truth {
    pub outcome: String,
    pub allowed_outcomes: Vec<String>,
    pub root_causes: Vec<TrueCause>,
    /// Resource ids and event ids.
    pub must_not_blame: Vec<String>,
    /// Regular expressions, each to be found among what was ruled out.
    pub must_rule_out: Vec<String>,
    /// Regular expressions, each to be found among what still works.
    pub unaffected: Vec<String>,
    pub accounting: Option<TrueAccounting>,
    pub intentional: Option<bool>,
    pub plan: TruePlan,
    pub must_mention: Vec<String>,
    pub must_not_say: Vec<String>,
    pub must_state_gaps: Vec<String>,
    /// What the causes name letter by letter: the buckets that lost access.
    pub exact_names: Vec<String>,
}

/// A root cause. Members are optional where nobody can know them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct TrueCause {
    pub resource_id: String,
    /// Other ids that name the same fault.
    pub also: Vec<String>,
    pub defect_words: Vec<String>,
    pub change_event_ids: Vec<String>,
    pub actor_contains: Option<String>,
}

/// Errors counted, by the cause's resource.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct TrueAccounting {
    pub total: u64,
    pub parts: BTreeMap<String, u64>,
}

/// What the plan has to be.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct TruePlan {
    pub status: String,
    pub allowed_status: Vec<String>,
    pub account: Option<String>,
    /// Service, operation, parameters; `*` stands for a value nobody can know beforehand.
    pub apply_equivalent: Vec<(String, String, Value)>,
    /// Other sequences that do the same (ours only).
    pub apply_instead: Vec<Vec<(String, String, Value)>>,
}

impl TrueCause {
    /// Whether this id names the cause.
    pub(super) fn is_named_by(&self, id: &str) -> bool {
        !id.is_empty() && (self.resource_id == id || self.also.iter().any(|also| also == id))
    }
}

/// How much of the answer is expected today.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Expect {
    /// Everything the truth says.
    #[default]
    Full,
    /// Not confidently wrong; `undetermined` and `competing` are enough until `until` is done.
    Honest,
}

/// `scenario.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    /// What it is about, in a line.
    pub title: String,
    /// Why it is there.
    pub why: String,
    #[serde(default)]
    pub expect: Expect,
    /// The issue that will complete an honest answer.
    pub until: Option<String>,
}

/// Reads both files of a scenario.
pub(super) fn read(folder: &Path) -> Result<(Truth, About)> {
    let truth = fs::read_to_string(folder.join("truth.json")).context("cannot read truth.json")?;
    let truth = serde_json::from_str(&truth).context("truth.json")?;
    let about = fs::read_to_string(folder.join("scenario.toml")).context("cannot read scenario.toml")?;
    let about: About = toml::from_str(&about).context("scenario.toml")?;
    anyhow::ensure!(!about.title.is_empty() && !about.why.is_empty(), "scenario.toml: say title and why");
    anyhow::ensure!(
        (about.expect == Expect::Honest) == about.until.is_some(),
        "scenario.toml: `until` names the issue that completes an `expect = \"honest\"` scenario"
    );
    Ok((truth, about))
}
