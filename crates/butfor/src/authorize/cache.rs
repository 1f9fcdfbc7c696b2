//! Policies by their text: programs that ask many questions repeat the same few documents.

use butfor_policy::{Layer, Policy, Problem};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;
use std::rc::Rc;

/// Bytes of text kept at most; a parsed policy takes some times as much.
const BYTES_MAX: usize = 32 << 20;

/// Where in a request a document stands. Its name tells, so that one text in two places is two policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) layer: Layer,
    /// The level of an organization.
    pub(crate) level: Option<usize>,
    /// The place in a list.
    pub(crate) index: Option<usize>,
}

impl Slot {
    /// `identity[0]`, `scp[1][0]`, `resource`.
    fn name(self) -> String {
        let place = |place: Option<usize>| place.map(|place| format!("[{place}]")).unwrap_or_default();
        format!("{}{}{}", self.layer.as_str(), place(self.level), place(self.index))
    }

    fn hash(self, text: &str) -> u64 {
        let mut hasher = FxHasher::default();
        hasher.write_u8(self.layer as u8);
        hasher.write_usize(self.level.map_or(0, |level| level + 1));
        hasher.write_usize(self.index.map_or(0, |index| index + 1));
        hasher.write(text.as_bytes());
        hasher.finish()
    }
}

/// A document that was read.
#[derive(Debug)]
pub(crate) struct Cached {
    slot: Slot,
    text: Box<str>,
    pub(crate) policy: Policy,
    pub(crate) problems: Vec<Problem>,
}

/// Documents that were read.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    by_hash: FxHashMap<u64, Vec<Rc<Cached>>>,
    bytes: usize,
}

impl Cache {
    /// The policy of a text, read once.
    pub(crate) fn get(&mut self, slot: Slot, text: &str) -> Rc<Cached> {
        let hash = slot.hash(text);
        let found = self.by_hash.get(&hash).into_iter().flatten();
        if let Some(cached) = found.into_iter().find(|cached| cached.slot == slot && *cached.text == *text) {
            return Rc::clone(cached);
        }
        if self.bytes + text.len() > BYTES_MAX {
            // What is still asked about comes back soon; it is simpler than to keep count of use.
            self.by_hash.clear();
            self.bytes = 0;
        }
        let (policy, problems) = Policy::parse(slot.layer, &slot.name(), text);
        let cached = Rc::new(Cached { slot, text: text.into(), policy, problems });
        self.bytes += text.len();
        self.by_hash.entry(hash).or_default().push(Rc::clone(&cached));
        cached
    }
}
