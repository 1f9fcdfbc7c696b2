//! The most frequent of many things, in a table of limited size.

use super::table::{ROWS_MAX, Row, Table};
use std::borrow::Borrow;
use std::hash::Hash;
use std::marker::PhantomData;

/// Something that is counted.
pub trait Count {
    /// How often it was seen: what it is weighed by when there is no room for all.
    fn count(&self) -> u64;
}

/// Counts of many things. When the table is full the half counted least is forgotten, so that what is frequent stays: a
/// batch form of lossy counting (Manku and Motwani, VLDB 2002). [`Top::missed`] says how much any count may be too low.
///
/// `K` is what things are found by, `N` what they are called and ordered by.
#[derive(Clone, Debug)]
pub struct Top<K, C, N = K> {
    table: Table<K, C>,
    room: usize,
    missed: u64,
    names: PhantomData<fn() -> N>,
}

impl<K: Hash + Eq + Clone + Into<N>, C: Count + Default + Clone, N: Ord> Top<K, C, N> {
    /// A table of so many rows at most.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self { table: Table::new(), room: room.clamp(2, ROWS_MAX), missed: 0, names: PhantomData }
    }

    /// Counts something.
    pub fn add(&mut self, key: K, count: impl FnOnce(&mut C)) {
        let row = match self.table.get(&key) {
            Some(row) => row,
            None => self.insert(key),
        };
        self.count(row, count);
    }

    /// The row of something, made by `own` when it is new.
    pub fn add_ref<Q>(&mut self, key: &Q, own: impl FnOnce() -> K, count: impl FnOnce(&mut C))
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let row = match self.table.get(key) {
            Some(row) => row,
            None => self.insert(own()),
        };
        self.count(row, count);
    }

    fn count(&mut self, row: usize, count: impl FnOnce(&mut C)) {
        if let Some(row) = self.table.row(row) {
            count(&mut row.count);
        }
    }

    /// A row that may be that of a key with this hash ([`super::table::hash`]).
    #[inline]
    pub(super) fn guess(&self, hash: u64) -> usize {
        self.table.guess(hash)
    }

    /// Whether a row that was guessed is that of this key, and something else.
    #[inline]
    pub(super) fn is(&self, row: usize, key: &K, and: impl Fn(&C) -> bool) -> bool {
        self.table.rows().get(row).is_some_and(|row| row.key == *key && and(&row.count))
    }

    /// The row with this number.
    #[inline]
    pub(super) fn row(&mut self, row: usize) -> Option<&mut C> {
        self.table.row(row).map(|row| &mut row.count)
    }

    /// A new row.
    #[cold]
    fn insert(&mut self, key: K) -> usize {
        if self.table.rows().len() >= self.room {
            self.forget();
        }
        self.table.insert(key, C::default())
    }

    /// Forgets the half counted least; of equals the later ones in their order.
    fn forget(&mut self) {
        let rows = self.table.take();
        let mut counts: Vec<_> = rows.iter().map(|row| row.count.count()).collect();
        let kept = counts.len() / 2;
        let (more, limit, _) = counts.select_nth_unstable_by(kept, |left, right| right.cmp(left));
        // The most frequent of those forgotten.
        let limit = *limit;
        self.missed += limit;
        // Names are for equals alone: to make one takes time.
        let equals = kept - more.iter().filter(|count| **count > limit).count();
        let mut names: Vec<(N, usize)> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            if row.count.count() == limit {
                names.push((row.key.clone().into(), at));
            }
        }
        names.sort_unstable();
        let mut stay: Vec<_> = names.into_iter().take(equals).map(|(_, at)| at).collect();
        stay.sort_unstable();
        let mut stay = stay.into_iter().peekable();
        for (at, Row { key, count }) in rows.into_iter().enumerate() {
            if stay.next_if_eq(&at).is_some() || count.count() > limit {
                self.table.insert(key, count);
            }
        }
    }

    /// The names of all rows and their numbers, the most frequent first.
    fn order(&self) -> Vec<(N, usize)> {
        let rows = self.table.rows().iter().enumerate();
        let mut order: Vec<_> =
            rows.map(|(at, row)| (row.count.count(), row.key.clone().into(), at)).collect();
        order.sort_unstable_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
        order.into_iter().map(|(_, name, row)| (name, row)).collect()
    }

    /// All rows, the most frequent first.
    #[must_use]
    pub fn rows(&self) -> Vec<(N, C)> {
        let row = |row: usize| self.table.rows().get(row).map(|row| row.count.clone());
        self.order().into_iter().filter_map(|(name, at)| Some((name, row(at)?))).collect()
    }

    /// How much any count may be too low, as it was forgotten and began anew. 0 says that nothing was forgotten and all counts are exact.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }
}
