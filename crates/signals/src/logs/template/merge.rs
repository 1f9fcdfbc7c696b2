//! Merging: words that vary are found by counting, over skeletons and not over lines.
//!
//! Skeletons that are equal but for the word at one place are a *column* of values. A column is a variable when it has
//! more values than a program has ways to say one thing; how many that is depends on where it stands, see [`Column`].
//! Evidence is taken from all skeletons at once, so the order of lines does not matter.

use super::tokens::{Symbol, Symbols, Word};
use rustc_hash::FxHashMap;

/// Rounds of merging: each can make one more place of a template a variable, and places that vary together need one
/// each.
const ROUNDS: usize = 4;

/// Values a word column must have to be a variable, by what is known of the place.
///
/// Messages of one program differ in a word for two reasons: the word is a value (a user, a table), or the program
/// has several ways to say a thing (`opened`, `closed`). The second kind is a short list.
mod enough {
    /// Nowhere in particular, plain words.
    pub(super) const WORDS: usize = 5;
    /// The first word, which says what a message is about.
    pub(super) const FIRST: usize = 16;
    /// Where values stand: after `=`, alone in brackets. Three is what an enumeration often has.
    pub(super) const VALUES: usize = 4;
    /// After a noun that announces a name (`user`, `table`), and where every value looks like an identifier.
    pub(super) const NAMES: usize = 2;
}

/// A pattern: symbols, [`Symbol::VARIABLE`] where it varies.
pub(super) type Pattern = Vec<Symbol>;

/// For every pattern the pattern it belongs to after merging, as an index into the second.
pub(super) fn merge(rows: Vec<Pattern>, symbols: &Symbols) -> (Vec<usize>, Vec<Pattern>) {
    let mut group: Vec<usize> = (0..rows.len()).collect();
    let mut patterns = rows;
    for _ in 0..ROUNDS {
        let (places, merged) = round(&patterns, symbols);
        let done = merged.len() == patterns.len();
        for member in &mut group {
            *member = places.get(*member).copied().unwrap_or_default();
        }
        patterns = merged;
        if done {
            break;
        }
    }
    (group, patterns)
}

/// One round: every column that is a variable joins its patterns.
fn round(patterns: &[Pattern], symbols: &Symbols) -> (Vec<usize>, Vec<Pattern>) {
    let mut sets = Sets::new(patterns.len());
    for members in columns(patterns, symbols) {
        let Some((place, rows)) = members else { continue };
        let column = Column::new(patterns, &rows, place, symbols);
        let joined = column.joined();
        for pair in joined.windows(2) {
            if let [left, right] = pair {
                sets.join(*left, *right);
            }
        }
    }
    let mut index: FxHashMap<usize, usize> = FxHashMap::default();
    let mut merged: Vec<Pattern> = Vec::new();
    let mut places = Vec::with_capacity(patterns.len());
    for (row, pattern) in patterns.iter().enumerate() {
        let root = sets.root(row);
        let place = *index.entry(root).or_insert_with(|| {
            merged.push(pattern.clone());
            merged.len() - 1
        });
        if let Some(into) = merged.get_mut(place) {
            for (left, right) in into.iter_mut().zip(pattern) {
                if left != right {
                    *left = Symbol::VARIABLE;
                }
            }
        }
        places.push(place);
    }
    fold_equal(places, merged)
}

/// Patterns that became equal are one.
fn fold_equal(places: Vec<usize>, merged: Vec<Pattern>) -> (Vec<usize>, Vec<Pattern>) {
    let mut seen: FxHashMap<Pattern, usize> = FxHashMap::default();
    let mut folded = Vec::new();
    let mut moved = Vec::with_capacity(merged.len());
    for pattern in merged {
        let place = *seen.entry(pattern.clone()).or_insert_with(|| {
            folded.push(pattern);
            folded.len() - 1
        });
        moved.push(place);
    }
    let places = places.into_iter().map(|place| moved.get(place).copied().unwrap_or_default()).collect();
    (places, folded)
}

/// All columns with more than one value: the place, and the patterns that differ there only.
fn columns<'p>(
    patterns: &'p [Pattern],
    symbols: &'p Symbols,
) -> impl Iterator<Item = Option<(usize, Vec<usize>)>> + use<'p> {
    let mut entries: Vec<(u64, usize, usize)> = Vec::new();
    for (row, pattern) in patterns.iter().enumerate() {
        let whole = pattern
            .iter()
            .enumerate()
            .fold(length_seed(pattern.len()), |sum, (at, symbol)| sum.wrapping_add(spread(at, *symbol)));
        for (place, symbol) in pattern.iter().enumerate() {
            if symbols.is_word(*symbol) {
                // The sum without this place; the place itself is part of the key.
                let without = whole.wrapping_sub(spread(place, *symbol));
                entries.push((without.rotate_left(17) ^ spread(place, Symbol::VARIABLE), place, row));
            }
        }
    }
    entries.sort_unstable();
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = entries.get(start)?;
        let length =
            entries.iter().skip(start).take_while(|entry| entry.0 == first.0 && entry.1 == first.1).count();
        let rows: Vec<usize> = entries.iter().skip(start).take(length).map(|entry| entry.2).collect();
        let place = first.1;
        start += length;
        let (Some(model), true) = (rows.first().and_then(|row| patterns.get(*row)), length > 1) else {
            return Some(None);
        };
        // A hash may lie; a comparison does not.
        let rows = rows
            .into_iter()
            .filter(|row| patterns.get(*row).is_some_and(|other| same_but(model, other, place)));
        Some(Some((place, rows.collect())))
    })
}

fn same_but(left: &[Symbol], right: &[Symbol], place: usize) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).enumerate().all(|(at, (left, right))| at == place || left == right)
}

/// Hash of a symbol at a place (the finaliser of `SplitMix64`, Steele et al. 2014).
fn spread(place: usize, symbol: Symbol) -> u64 {
    let mut hash = (place as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ u64::from(symbol.0).wrapping_mul(0xD1B5_4A32_D192_ED03);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 31)
}

fn length_seed(length: usize) -> u64 {
    spread(length, Symbol(u32::MAX))
}

/// The values at one place.
struct Column<'p> {
    patterns: &'p [Pattern],
    rows: &'p [usize],
    place: usize,
    symbols: &'p Symbols,
}

impl<'p> Column<'p> {
    fn new(patterns: &'p [Pattern], rows: &'p [usize], place: usize, symbols: &'p Symbols) -> Self {
        Self { patterns, rows, place, symbols }
    }

    fn value(&self, row: usize) -> Option<Symbol> {
        self.patterns.get(row)?.get(self.place).copied()
    }

    /// The patterns of this column that are one template; none, when the place is no variable.
    fn joined(&self) -> Vec<usize> {
        let (mut names, mut identifiers, mut variable) = (0, 0, false);
        let mut rows = Vec::new();
        for &row in self.rows {
            let Some(value) = self.value(row) else { continue };
            if value == Symbol::VARIABLE {
                variable = true;
                rows.push(row);
                continue;
            }
            match self.symbols.word(value) {
                // `ws=null`: no value this time.
                Word::Missing => rows.push(row),
                Word::Closed => {}
                Word::Plain => {
                    names += 1;
                    rows.push(row);
                }
                Word::Identifier => {
                    names += 1;
                    identifiers += 1;
                    rows.push(row);
                }
            }
        }
        if self.is_variable(names, identifiers, variable) { rows } else { Vec::new() }
    }

    fn is_variable(&self, names: usize, identifiers: usize, variable: bool) -> bool {
        let Some(model) = self.rows.first().and_then(|row| self.patterns.get(*row)) else { return false };
        let words = model
            .iter()
            .enumerate()
            .filter(|(at, symbol)| *at != self.place && self.symbols.is_constant(**symbol));
        // Without anything that stays, there is no template to be an instance of.
        if words.count() == 0 {
            return false;
        }
        // `limit =`, `getTasks:`: a key says what the line is about.
        if self.is_key(model) {
            return false;
        }
        if self.place == 0 && !variable {
            return names >= enough::FIRST;
        }
        let named = self.follows_noun(model);
        let value = self.in_value_position(model);
        if variable {
            return named || value || identifiers > 0 && identifiers == names || names + 1 >= enough::VALUES;
        }
        if named || identifiers == names {
            return names >= enough::NAMES;
        }
        names >= if value { enough::VALUES } else { enough::WORDS }
    }

    /// Whether a value follows: the next symbol is `=` or `:`.
    fn is_key(&self, model: &[Symbol]) -> bool {
        let mut after = model.iter().skip(self.place + 1).filter(|symbol| !self.symbols.is_space(**symbol));
        after.next().is_some_and(|symbol| matches!(self.symbols.separator(*symbol), Some(b'=' | b':')))
    }

    /// Whether the word before announces a name, as `user` does in `session opened for user kim`.
    fn follows_noun(&self, model: &[Symbol]) -> bool {
        let Some(before) = self.place.checked_sub(1) else { return false };
        let before = model.get(..=before).unwrap_or_default();
        let mut back = before.iter().rev().filter(|symbol| !self.symbols.is_space(**symbol));
        let Some(word) = back.next() else { return false };
        self.symbols.is_noun(*word)
    }

    /// Whether values stand here: after `=`, or alone in brackets or quotes.
    fn in_value_position(&self, model: &[Symbol]) -> bool {
        let before = self.place.checked_sub(1).and_then(|at| model.get(at));
        let after = model.get(self.place + 1);
        let Some(before) = before else { return false };
        match self.symbols.separator(*before) {
            Some(b'=') => true,
            Some(b'(' | b'[' | b'{' | b'<' | b'"' | b'\'') => after.is_some_and(|after| {
                matches!(self.symbols.separator(*after), Some(b')' | b']' | b'}' | b'>' | b'"' | b'\''))
            }),
            _ => false,
        }
    }
}

/// Disjoint sets; the root of a set is its smallest member, so that the result does not depend on the order of joins.
struct Sets(Vec<usize>);

impl Sets {
    fn new(length: usize) -> Self {
        Self((0..length).collect())
    }

    fn root(&mut self, member: usize) -> usize {
        let mut at = member;
        while let Some(&up) = self.0.get(at).filter(|up| **up != at) {
            let above = self.0.get(up).copied().unwrap_or(up);
            if let Some(link) = self.0.get_mut(at) {
                *link = above;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, left: usize, right: usize) {
        let (left, right) = (self.root(left), self.root(right));
        if let Some(link) = self.0.get_mut(left.max(right)) {
            *link = left.min(right);
        }
    }
}
