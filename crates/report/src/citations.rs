//! Short names for evidence: `e1`, `e2`, ... in the order of the assessment's list.

use butfor_incident::{Assessment, Cites, EvidenceId};
use std::collections::BTreeMap;

/// Number of every piece of evidence of one assessment.
pub(crate) struct Citations {
    numbers: BTreeMap<EvidenceId, usize>,
}

impl Citations {
    pub(crate) fn of(assessment: &Assessment) -> Self {
        let mut numbers = BTreeMap::new();
        for (number, evidence) in (1..).zip(&assessment.evidence) {
            numbers.entry(evidence.id()).or_insert(number);
        }
        Self { numbers }
    }

    /// `["e2", "e10"]`, in order of number. A citation that is not in the list keeps its digest, so it stays traceable.
    pub(crate) fn names(&self, cites: &Cites) -> Vec<String> {
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        for id in cites.ids() {
            match self.numbers.get(id) {
                Some(number) => known.push(*number),
                None => unknown.push(id.digest()),
            }
        }
        known.sort_unstable();
        known.into_iter().map(name).chain(unknown).collect()
    }

    /// The names of citations that may be absent.
    pub(crate) fn names_if_any(&self, cites: Option<&Cites>) -> Vec<String> {
        cites.map(|cites| self.names(cites)).unwrap_or_default()
    }
}

/// The short name of the evidence with this number, counted from one.
pub(crate) fn name(number: usize) -> String {
    format!("e{number}")
}
