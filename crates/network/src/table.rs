//! Resources of one kind, sorted by id, found by id.

use crate::model::{Item, Text};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Resources of one kind. Items are shared between networks.
#[derive(Debug)]
pub(crate) struct Table<T> {
    items: Vec<Arc<Item<T>>>,
    by_id: FxHashMap<Text, u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { items: Vec::new(), by_id: FxHashMap::default() }
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { items: self.items.clone(), by_id: self.by_id.clone() }
    }
}

impl<T> Table<T> {
    /// Puts items in, in place of those with the same id, and takes some out.
    pub fn change(&mut self, put: Vec<Item<T>>, taken: &BTreeSet<&str>) {
        let only_known = put.iter().all(|item| self.by_id.contains_key(&item.id));
        if only_known && !taken.iter().any(|id| self.by_id.contains_key(*id)) {
            for item in put {
                let slot = self.by_id.get(&item.id).and_then(|at| self.items.get_mut(*at as usize));
                if let Some(slot) = slot {
                    *slot = Arc::new(item);
                }
            }
            return;
        }
        let mut items = std::mem::take(&mut self.items);
        items.retain(|item| !taken.contains(&*item.id));
        items.extend(put.into_iter().map(Arc::new));
        // Stable: of items with one id the last one put in counts.
        items.sort_by(|a, b| a.id.cmp(&b.id));
        items.reverse();
        items.dedup_by(|later, earlier| later.id == earlier.id);
        items.reverse();
        self.by_id = items.iter().zip(0u32..).map(|(item, at)| (item.id.clone(), at)).collect();
        self.items = items;
    }

    /// By id.
    pub fn get(&self, id: &str) -> Option<&Item<T>> {
        self.at(*self.by_id.get(id)?)
    }

    /// By position.
    pub fn at(&self, at: u32) -> Option<&Item<T>> {
        self.items.get(at as usize).map(|item| &**item)
    }

    /// Position of an id.
    pub fn position(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// All, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Item<T>> {
        self.items.iter().map(|item| &**item)
    }

    /// All with their positions.
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &Item<T>)> {
        (0u32..).zip(self.iter())
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }
}
