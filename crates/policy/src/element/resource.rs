//! `Resource` and `NotResource`: ARNs, compared with case (IAM User Guide, `reference_policies_elements_resource`).

use crate::facts::Facts;
use crate::layer::Layer;
use crate::pattern::{COLONS_OF_ARN, Template};
use crate::truth::Truth;

/// The resources of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resources {
    is_negated: bool,
    entries: Box<[Template]>,
}

impl Resources {
    pub(crate) fn new(layer: Layer, entries: &[String], is_negated: bool, has_variables: bool) -> Self {
        let mut templates = Vec::with_capacity(entries.len());
        for entry in entries {
            templates.push(Template::resource(entry, has_variables));
            // An ARN with less than six parts is completed with `*` in identity-based policies, and only there.
            if matches!(layer, Layer::Identity | Layer::Boundary) && is_short(entry) {
                let missing = COLONS_OF_ARN.saturating_sub(entry.matches(':').count());
                templates
                    .push(Template::resource(&format!("{entry}{}", ":*".repeat(missing)), has_variables));
            }
        }
        Self { is_negated, entries: templates.into() }
    }

    /// What keeps an entry from being one, if anything does.
    pub(crate) fn fault(layer: Layer, entry: &str) -> Option<String> {
        if !entry.starts_with("arn:") && !entry.starts_with(['*', '?']) {
            return Some(format!("`{entry}` is no resource; write an ARN or `*`"));
        }
        (layer == Layer::Session && is_short(entry)).then(|| {
            format!("`{entry}` has less than six parts, which session policies must have; write all of them")
        })
    }

    /// Whether they hold the resource of the request.
    pub(crate) fn matches(&self, facts: &Facts<'_>) -> Truth {
        let mut found = Truth::False;
        for entry in &self.entries {
            found = found.or(entry.matches(facts.request.resource(), facts));
            if let Some(all) = facts.all_of_service {
                found = found.or(entry.matches(all, facts));
            }
            if found.is_true() {
                break;
            }
        }
        if self.is_negated { !found } else { found }
    }
}

/// Whether it is an ARN with parts left out.
fn is_short(entry: &str) -> bool {
    entry.starts_with("arn:") && entry.matches(':').count() < COLONS_OF_ARN
}
