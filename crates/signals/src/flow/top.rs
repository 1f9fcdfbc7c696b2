//! The most frequent of many things, in a table of limited size.

use rustc_hash::FxHashMap;
use std::hash::Hash;

/// Something that is counted.
pub trait Count {
    /// How often it was seen: what it is weighed by when there is no room for all.
    fn count(&self) -> u64;
}

/// Counts of many things. When the table is full the half counted least is forgotten, so that what is frequent stays: a
/// batch form of lossy counting (Manku and Motwani, VLDB 2002). [`Top::missed`] says how much any count may be too low.
#[derive(Clone, Debug)]
pub struct Top<K, C> {
    table: FxHashMap<K, C>,
    room: usize,
    missed: u64,
}

impl<K: Hash + Eq + Ord + Clone, C: Count + Default + Clone> Top<K, C> {
    /// A table of so many rows at most.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self { table: FxHashMap::default(), room: room.max(2), missed: 0 }
    }

    /// Counts something.
    pub fn add(&mut self, key: K, count: impl FnOnce(&mut C)) {
        if self.table.len() >= self.room && !self.table.contains_key(&key) {
            self.forget();
        }
        count(self.table.entry(key).or_default());
    }

    /// The row of something, made by `own` when it is new.
    pub fn add_ref<Q>(&mut self, key: &Q, own: impl FnOnce() -> K, count: impl FnOnce(&mut C))
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        match self.table.get_mut(key) {
            Some(row) => count(row),
            None => self.add(own(), count),
        }
    }

    /// Forgets the half counted least; of equals the later ones in their order, so that the order of the table tells nothing.
    #[cold]
    fn forget(&mut self) {
        let mut rows = self.sorted();
        let forgotten = rows.split_off(rows.len() / 2);
        // The first is the most frequent of them.
        self.missed += forgotten.first().map_or(0, |(_, row)| row.count());
        self.table = rows.into_iter().collect();
    }

    fn sorted(&self) -> Vec<(K, C)> {
        #[expect(clippy::disallowed_methods, reason = "sorted before anything sees it")]
        let mut rows: Vec<_> = self.table.iter().map(|(key, row)| (key.clone(), row.clone())).collect();
        rows.sort_by(|left, right| right.1.count().cmp(&left.1.count()).then_with(|| left.0.cmp(&right.0)));
        rows
    }

    /// All rows, the most frequent first.
    #[must_use]
    pub fn rows(&self) -> Vec<(K, C)> {
        self.sorted()
    }

    /// How much any count may be too low, as it was forgotten and began anew. 0 says that nothing was forgotten and all counts are exact.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }
}
