//! Positions under a key: mostly one, so a list only where there are more.

use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::slice;

/// One position or several.
#[derive(Debug)]
pub(crate) enum Few {
    One(u32),
    Many(Vec<u32>),
}

impl Few {
    pub fn as_slice(&self) -> &[u32] {
        match self {
            Self::One(only) => slice::from_ref(only),
            Self::Many(all) => all,
        }
    }

    fn push(&mut self, at: u32) {
        match self {
            Self::One(first) => *self = Self::Many(vec![*first, at]),
            Self::Many(all) => all.push(at),
        }
    }
}

/// Adds a position under a key; the key is cloned only when it is new.
pub(crate) fn push<K: Hash + Eq + Clone>(map: &mut FxHashMap<K, Few>, key: &K, at: u32) {
    match map.get_mut(key) {
        Some(few) => few.push(at),
        None => {
            map.insert(key.clone(), Few::One(at));
        }
    }
}
