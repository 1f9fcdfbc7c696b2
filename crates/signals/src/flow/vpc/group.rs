//! What is counted by interface and by zone: first by both together, as nearly every record has one of a few pairs.

use super::{Record, Traffic};
use crate::flow::table::Table;
use std::hash::{Hash, Hasher};

/// Pairs counted before they are passed on.
const ROOM: usize = 4096;

/// An interface and a zone of the length that such names have. With its length every text is other words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair {
    interface: [u64; 3],
    zone: [u64; 2],
    lengths: u64,
}

impl Hash for Pair {
    /// Names differ at their ends.
    #[inline]
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.interface[2] ^ self.interface[1].rotate_left(16) ^ self.zone[1] ^ self.lengths);
    }
}

/// What is counted for a pair: its names and its records.
pub(super) type Group = (Box<[u8]>, Box<[u8]>, Traffic);

/// Records by interface and zone, in the order of the first of each.
#[derive(Clone, Debug)]
pub(super) struct Groups(Table<Pair, Group>);

impl Groups {
    pub(super) fn new() -> Self {
        Self(Table::new())
    }

    /// Counts a record. False where it cannot: a name is too long, or there are too many pairs.
    #[inline]
    pub(super) fn add(&mut self, interface: &[u8], zone: &[u8], record: &Record) -> bool {
        let Some(pair) = Pair::of(interface, zone) else { return false };
        let row = match self.0.get(&pair) {
            Some(row) => row,
            None if self.0.rows().len() >= ROOM => return false,
            None => self.0.insert(pair, (interface.into(), zone.into(), Traffic::default())),
        };
        if let Some((_, (_, _, traffic))) = self.0.row(row) {
            traffic.add(record);
        }
        true
    }

    /// Takes all out.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Group> + use<> {
        self.0.take().into_iter().map(|(_, group)| group)
    }
}

impl Pair {
    #[inline]
    fn of(interface: &[u8], zone: &[u8]) -> Option<Self> {
        if interface.len() > 24 || zone.len() > 16 {
            return None;
        }
        let [one, two, three] = words(interface);
        let [first, second, _] = words(zone);
        let lengths = (interface.len() << 8 | zone.len()) as u64;
        Some(Self { interface: [one, two, three], zone: [first, second], lengths })
    }
}

/// The words of a text of at most 24 bytes. The last are its last eight, which may be in the word before, too.
#[inline]
fn words(text: &[u8]) -> [u64; 3] {
    let last = || text.last_chunk().map_or(0, |word| u64::from_le_bytes(*word));
    match text.as_chunks().0 {
        [] => {
            let mut word = [0; 8];
            word.iter_mut().zip(text).for_each(|(byte, own)| *byte = *own);
            [u64::from_le_bytes(word), 0, 0]
        }
        [one] => [u64::from_le_bytes(*one), last(), 0],
        [one, two, ..] => [u64::from_le_bytes(*one), u64::from_le_bytes(*two), last()],
    }
}
