//! Associations that get a new id whenever they are replaced.

use super::{Association, Subject};
use crate::cloudtrail::Record;
use std::collections::{BTreeMap, BTreeSet};

/// Associations of which a replacement makes a new id for the same subject.
#[derive(Debug, Clone, Default)]
pub(super) struct Chain {
    known: BTreeMap<String, Association>,
    /// Ids of the same subject, both ways.
    same: BTreeMap<String, BTreeSet<String>>,
}

impl Chain {
    pub(super) fn learn(&mut self, id: &str, container: Option<String>, subject: Option<Subject>) {
        let known = self.known.entry(id.to_owned()).or_default();
        known.container = container.or(known.container.take());
        known.subject = subject.or(known.subject.take());
    }

    pub(super) fn replace(&mut self, record: &Record, container: &str) {
        let (asked, answered) = (record.asked(), record.answered());
        let (Some(old), Some(new)) = (asked.text("AssociationId"), answered.text("NewAssociationId")) else {
            return;
        };
        self.learn(&new, asked.text(container), None);
        self.same.entry(old.clone()).or_default().insert(new.clone());
        self.same.entry(new).or_default().insert(old);
    }

    pub(super) fn get(&self, id: &str) -> Association {
        let own = self.known.get(id).cloned().unwrap_or_default();
        let mut seen = BTreeSet::from([id.to_owned()]);
        let mut open = vec![id.to_owned()];
        while let Some(next) = open.pop() {
            if let Some(subject) = self.known.get(&next).and_then(|known| known.subject.clone()) {
                return Association { container: own.container, subject: Some(subject) };
            }
            for other in self.same.get(&next).into_iter().flatten() {
                if seen.insert(other.clone()) {
                    open.push(other.clone());
                }
            }
        }
        own
    }
}
