//! Which of known templates a new skeleton is an instance of.

use super::tokens::{Symbol, Symbols};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Sets of variable places tried for skeletons of one length. More would make a miss slow.
const SHAPES_MAX: usize = 64;

/// Templates by what stays the same in them: look-ups take one step for each set of variable places.
#[derive(Debug)]
pub(super) struct Matcher {
    symbols: Symbols,
    /// By length: the sets of places at which templates of that length vary.
    shapes: BTreeMap<usize, Vec<Vec<usize>>>,
    templates: FxHashMap<Vec<Symbol>, u32>,
}

impl Matcher {
    pub(super) fn new() -> Self {
        Self { symbols: Symbols::new(), shapes: BTreeMap::new(), templates: FxHashMap::default() }
    }

    pub(super) fn add(&mut self, key: &[u8], id: u32) {
        let pattern = self.symbols.read(key);
        let places: Vec<usize> = pattern
            .iter()
            .enumerate()
            .filter(|(_, symbol)| **symbol == Symbol::VARIABLE)
            .map(|(at, _)| at)
            .collect();
        let shapes = self.shapes.entry(pattern.len()).or_default();
        if !shapes.contains(&places) {
            if shapes.len() >= SHAPES_MAX {
                return;
            }
            shapes.push(places);
        }
        self.templates.entry(pattern).or_insert(id);
    }

    /// The first template that `key` is an instance of.
    pub(super) fn find(&self, key: &[u8]) -> Option<u32> {
        let row = self.symbols.look_up(key);
        let mut pattern = row.clone();
        for places in self.shapes.get(&row.len())? {
            pattern.clone_from(&row);
            for place in places {
                let symbol = pattern.get_mut(*place)?;
                // Only a word is a value: punctuation is how the sentence is built.
                if !self.symbols.is_word(*symbol) && *symbol != Symbol::UNKNOWN {
                    break;
                }
                *symbol = Symbol::VARIABLE;
            }
            if let Some(id) = self.templates.get(&pattern) {
                return Some(*id);
            }
        }
        None
    }
}
