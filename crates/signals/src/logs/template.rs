//! Template mining: lines of one kind become one template, whatever system wrote them.
//!
//! Three steps, in one configuration for all systems. `mask` turns a line into its *skeleton*: tokens whose type says
//! that they vary are replaced by a marker. Skeletons are looked up in a table, which is all the work for a kind of line
//! seen before. `merge` joins skeletons that differ in words which vary, by counting them over all skeletons; it runs
//! when templates are asked for, and when the table is full. The idea of a fixed number of steps a line is Drain's (He
//! et al., ICWS 2017); the tree is replaced by the table, and similarity by columns of values.
//!
//! The same lines in any order give the same groups as long as the table was never full.

mod mask;
mod matcher;
mod merge;
mod tokens;

use mask::VARIABLE;
use matcher::Matcher;
use rustc_hash::FxHashMap;
use tokens::Symbols;

/// Skeletons kept at once. Systems have hundreds of kinds of lines; text that no machine wrote has no limit.
const SKELETONS_MAX: usize = 16_384;

/// Ids handed out at most; lines of further kinds all count as [`Templates::other`].
const IDS_MAX: usize = 1 << 16;

/// First lines kept of each skeleton and shown of each template.
const SAMPLES_MAX: usize = 3;

/// Bytes of a line kept in a sample.
const SAMPLE_BYTES_MAX: usize = 1024;

/// Names the kind of a line. [`Templates::get`] tells its template; several ids may have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateId(u32);

impl TemplateId {
    /// Its number, from 0; none for lines that no table had room for.
    pub(in crate::logs) fn number(self) -> Option<usize> {
        (self.0 != u32::MAX).then_some(self.0 as usize)
    }

    pub(in crate::logs) fn from_number(number: usize) -> Option<Self> {
        u32::try_from(number).ok().map(Self)
    }
}

/// A line as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Where it came from: the number its caller gave, or that of the line, from 0.
    pub source: u64,
    /// Its text, cut after 1,024 bytes.
    pub text: String,
}

/// A kind of line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The text all its lines share, `<*>` where they differ.
    pub text: String,
    /// Lines counted.
    pub count: u64,
    /// The first lines, verbatim.
    pub samples: Vec<Sample>,
}

#[derive(Debug)]
struct Skeleton {
    key: Box<[u8]>,
    count: u64,
    samples: Vec<Sample>,
}

/// Reads lines, one at a time, and keeps what kinds there are. Memory does not grow with the number of lines.
#[derive(Debug, Default)]
pub struct Miner {
    /// The skeleton of the line at hand; kept for its memory.
    key: Vec<u8>,
    lines: u64,
    /// From skeleton to id.
    table: FxHashMap<Box<[u8]>, u32>,
    /// From id to place in `skeletons`.
    places: Vec<u32>,
    skeletons: Vec<Skeleton>,
    /// Templates from when the table was full, which new skeletons may be instances of.
    matcher: Option<Matcher>,
    /// Merging no longer makes room: no further kinds are learnt.
    saturated: bool,
    other: u64,
}

impl Miner {
    /// A miner that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a line, numbered by its order.
    pub fn add(&mut self, line: &str) -> TemplateId {
        self.add_from(line, self.lines)
    }

    /// Counts a line that came from `source`, a number the caller understands.
    pub fn add_from(&mut self, line: &str, source: u64) -> TemplateId {
        self.lines += 1;
        mask::mask(line.as_bytes(), &mut self.key);
        let id = match self.table.get(self.key.as_slice()) {
            Some(&id) => id,
            None => self.insert(),
        };
        let place = self.places.get(id as usize).copied().unwrap_or(u32::MAX);
        match self.skeletons.get_mut(place as usize) {
            Some(skeleton) => {
                skeleton.count += 1;
                if skeleton.samples.len() < SAMPLES_MAX {
                    skeleton.samples.push(Sample { source, text: cut(line).to_owned() });
                }
            }
            None => self.other += 1,
        }
        TemplateId(id)
    }

    /// The id of a skeleton that is not in the table.
    #[cold]
    fn insert(&mut self) -> u32 {
        if self.table.len() >= SKELETONS_MAX && !self.saturated {
            self.compact();
        }
        let known = self.matcher.as_ref().and_then(|matcher| matcher.find(&self.key));
        let id = match known {
            Some(id) => id,
            None if self.saturated || self.places.len() >= IDS_MAX => return u32::MAX,
            None => {
                let id = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
                self.places.push(u32::try_from(self.skeletons.len()).unwrap_or(u32::MAX));
                let key = self.key.as_slice().into();
                self.skeletons.push(Skeleton { key, count: 0, samples: Vec::new() });
                id
            }
        };
        if self.table.len() < SKELETONS_MAX {
            self.table.insert(self.key.as_slice().into(), id);
        }
        id
    }

    /// Makes room: skeletons become the templates they merge to.
    fn compact(&mut self) {
        let (groups, merged) = self.merged();
        for place in &mut self.places {
            *place = groups.get(*place as usize).copied().unwrap_or(u32::MAX);
        }
        self.skeletons = merged;
        self.table.clear();
        let mut first: Vec<Option<u32>> = vec![None; self.skeletons.len()];
        for (id, place) in (0..).zip(&self.places) {
            if let Some(slot) = first.get_mut(*place as usize)
                && slot.is_none()
            {
                *slot = Some(id);
            }
        }
        let mut matcher = Matcher::new();
        for (skeleton, id) in self.skeletons.iter().zip(&first) {
            let Some(id) = *id else { continue };
            self.table.insert(skeleton.key.clone(), id);
            matcher.add(&skeleton.key, id);
        }
        self.matcher = Some(matcher);
        // So that the next time is not soon: making room costs as much as many lines.
        self.saturated = self.skeletons.len() > SKELETONS_MAX / 4 * 3;
    }

    /// What the skeletons merge to, and where each of them went.
    fn merged(&self) -> (Vec<u32>, Vec<Skeleton>) {
        let mut symbols = Symbols::new();
        let rows: Vec<_> = self.skeletons.iter().map(|skeleton| symbols.read(&skeleton.key)).collect();
        let (groups, patterns) = merge::merge(rows, &symbols);
        let mut merged: Vec<Skeleton> = patterns
            .iter()
            .map(|pattern| Skeleton { key: symbols.write(pattern).into(), count: 0, samples: Vec::new() })
            .collect();
        for (skeleton, group) in self.skeletons.iter().zip(&groups) {
            if let Some(into) = merged.get_mut(*group) {
                into.count += skeleton.count;
                into.samples.extend_from_slice(&skeleton.samples);
            }
        }
        for skeleton in &mut merged {
            skeleton.samples.sort_by_key(|sample| sample.source);
            skeleton.samples.truncate(SAMPLES_MAX);
        }
        (groups.into_iter().map(|group| u32::try_from(group).unwrap_or(u32::MAX)).collect(), merged)
    }

    /// The templates of all lines so far, in the order of their first lines.
    #[must_use]
    pub fn templates(&self) -> Templates {
        let (groups, merged) = self.merged();
        let of = self
            .places
            .iter()
            .map(|place| groups.get(*place as usize).copied().unwrap_or(u32::MAX))
            .collect();
        let list = merged
            .into_iter()
            .map(|skeleton| Template {
                text: text(&skeleton.key),
                count: skeleton.count,
                samples: skeleton.samples,
            })
            .collect();
        Templates { list, of, other: self.other }
    }
}

/// What a miner found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    list: Vec<Template>,
    of: Vec<u32>,
    other: u64,
}

impl Templates {
    /// All templates, in the order of their first lines.
    #[must_use]
    pub fn list(&self) -> &[Template] {
        &self.list
    }

    /// The place in [`Self::list`] of the template that `id` has; none for lines that no table had room for.
    #[must_use]
    pub fn place(&self, id: TemplateId) -> Option<usize> {
        self.of.get(id.0 as usize).map(|place| *place as usize).filter(|place| *place < self.list.len())
    }

    /// The template that `id` has.
    #[must_use]
    pub fn get(&self, id: TemplateId) -> Option<&Template> {
        self.place(id).and_then(|place| self.list.get(place))
    }

    /// Lines of kinds there was no room for: more than 16,384 kinds of lines are not the output of a program. Not 0
    /// means that the list is not complete.
    #[must_use]
    pub fn other(&self) -> u64 {
        self.other
    }
}

fn text(key: &[u8]) -> String {
    let mut text = Vec::with_capacity(key.len() + 8);
    for byte in key {
        match *byte {
            VARIABLE => text.extend_from_slice(b"<*>"),
            byte => text.push(byte),
        }
    }
    // A line cut in the middle of a character is the only thing that is not UTF-8.
    String::from_utf8_lossy(&text).into_owned()
}

/// The first bytes of a line, whole characters only.
fn cut(line: &str) -> &str {
    line.get(..line.floor_char_boundary(SAMPLE_BYTES_MAX)).unwrap_or(line)
}

#[cfg(test)]
mod tests;
