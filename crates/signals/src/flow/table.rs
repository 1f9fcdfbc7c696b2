//! A table of things that are counted: rows in the order in which they came, found by open addressing.
//!
//! Unlike the standard library's it can be asked for many rows before any is touched, so that the processor waits for memory once and not for
//! each; and its order is that of the input.

use rustc_hash::FxHasher;
use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

/// Slots of an empty table; a power of two.
const SLOTS_MIN: usize = 16;

/// Rows at most: slots have so many bits for a row's number and the rest for the beginning of its key's hash.
pub(super) const ROWS_MAX: usize = (1 << ROW_BITS) - 2;
const ROW_BITS: u32 = 17;
const ROW: u32 = (1 << ROW_BITS) - 1;

/// Rows by key.
#[derive(Clone, Debug)]
pub(super) struct Table<K, C> {
    /// A row's number plus one and a tag, or 0. A power of two of them, at least four times the rows: looking on is a guess gone wrong.
    slots: Vec<u32>,
    rows: Vec<Row<K, C>>,
}

/// A row on as few lines of the processor's caches as it can be.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Row<K, C> {
    pub(super) key: K,
    pub(super) count: C,
}

/// The hash of a key.
#[inline]
pub(super) fn hash<Q: Hash + ?Sized>(key: &Q) -> u64 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    // Keys may differ in the last bytes of their words alone, which are the highest: what they change is brought down.
    let hash = hasher.finish();
    (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl<K: Hash + Eq, C> Table<K, C> {
    pub(super) fn new() -> Self {
        Self { slots: vec![0; SLOTS_MIN], rows: Vec::new() }
    }

    #[inline]
    pub(super) fn rows(&self) -> &[Row<K, C>] {
        &self.rows
    }

    /// Takes all rows out.
    pub(super) fn take(&mut self) -> Vec<Row<K, C>> {
        self.slots.fill(0);
        std::mem::take(&mut self.rows)
    }

    #[inline]
    pub(super) fn row(&mut self, row: usize) -> Option<&mut Row<K, C>> {
        self.rows.get_mut(row)
    }

    /// A row that may be that of a key with this hash: the only one with its tag nearly always. No row's number where there is none.
    #[inline]
    pub(super) fn guess(&self, hash: u64) -> usize {
        self.find(hash, |_| true).unwrap_or(usize::MAX)
    }

    /// The row with this hash that is the one.
    #[inline]
    fn find(&self, hash: u64, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let mut at = (hash >> 32) as usize;
        loop {
            at &= self.slots.len().wrapping_sub(1);
            let slot = *self.slots.get(at)?;
            let row = ((slot & ROW) as usize).checked_sub(1)?;
            if (slot ^ hash as u32) <= ROW && is_it(row) {
                return Some(row);
            }
            at = at.wrapping_add(1);
        }
    }

    /// The row of a key.
    #[inline]
    pub(super) fn get<Q>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.find(hash(key), |row| self.rows.get(row).is_some_and(|row| row.key.borrow() == key))
    }

    /// Adds a row for a key that has none; gives its number.
    pub(super) fn insert(&mut self, key: K, count: C) -> usize {
        if self.slots.len() < 4 * (self.rows.len() + 1) {
            self.slots = vec![0; 2 * self.slots.len()];
            for (row, own) in self.rows.iter().enumerate() {
                place(&mut self.slots, hash(&own.key), row);
            }
        }
        let row = self.rows.len();
        place(&mut self.slots, hash(&key), row);
        self.rows.push(Row { key, count });
        row
    }
}

/// Puts a row into the first free slot from its hash's on.
fn place(slots: &mut [u32], hash: u64, row: usize) {
    let start = (hash >> 32) as usize & slots.len().wrapping_sub(1);
    let (before, after) = slots.split_at_mut_checked(start).unwrap_or_default();
    if let Some(slot) = after.iter_mut().chain(before).find(|slot| **slot == 0) {
        *slot = hash as u32 & !ROW | (row as u32 + 1) & ROW;
    }
}
