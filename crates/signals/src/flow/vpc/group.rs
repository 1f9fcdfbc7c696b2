//! What is counted by interface and by zone: first by both together, as nearly every record has one of a few pairs.

use super::{Record, Traffic};
use crate::flow::table::{Row, Table};
use std::hash::{Hash, Hasher};

/// Pairs counted before they are passed on.
const ROOM: usize = 4096;

/// An interface and a zone of the length that such names have, or none. With its length every text is other words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// The first, the second and the last eight bytes of 16 to 24.
    interface: [u64; 3],
    /// The first and the last eight bytes of 8 to 16.
    zone: [u64; 2],
    lengths: u64,
}

/// The words of a text and its length.
pub(super) type Words<const N: usize> = ([u64; N], usize);

impl Hash for Pair {
    /// Names differ at their ends.
    #[inline]
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.interface[2]);
        hasher.write_u64(self.interface[1] ^ self.zone[1]);
    }
}

/// Records by interface and zone, in the order of the first of each.
#[derive(Clone, Debug)]
pub(super) struct Groups(Table<Pair, Traffic>);

impl Groups {
    pub(super) fn new() -> Self {
        Self(Table::new())
    }

    /// Whether there is no room for another pair.
    pub(super) fn is_full(&self) -> bool {
        self.0.rows().len() >= ROOM
    }

    /// Counts a record.
    #[inline]
    pub(super) fn add(&mut self, pair: Pair, record: &Record) {
        let row = match self.0.get(&pair) {
            Some(row) => row,
            None => self.0.insert(pair, Traffic::default()),
        };
        if let Some(row) = self.0.row(row) {
            row.count.add(record);
        }
    }

    /// Takes all out.
    pub(super) fn take(&mut self) -> Vec<Row<Pair, Traffic>> {
        self.0.take()
    }
}

impl Pair {
    /// From words as [`Window::name`](crate::flow::words::Window::name) gives them.
    #[inline]
    pub(super) fn of(interface: Words<3>, zone: Words<2>) -> Self {
        Self { interface: interface.0, zone: zone.0, lengths: (interface.1 << 8 | zone.1) as u64 }
    }

    /// From names, if they are of a usual length. `-` stands for no zone.
    pub(super) fn from_names(interface: &[u8], zone: &[u8]) -> Option<Self> {
        let word = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_le_bytes(*bytes));
        let interface_words = match interface.len() {
            0 => [0; 3],
            16..=24 => {
                let second = interface.get(8..).and_then(|rest| rest.first_chunk());
                [word(interface.first_chunk())?, word(second)?, word(interface.last_chunk())?]
            }
            _ => return None,
        };
        let (zone_words, zone_length) = match zone.len() {
            _ if zone == b"-" => ([0; 2], 0),
            0 => ([0; 2], 0),
            8..=16 => ([word(zone.first_chunk())?, word(zone.last_chunk())?], zone.len()),
            _ => return None,
        };
        Some(Self::of((interface_words, interface.len()), (zone_words, zone_length)))
    }

    /// The names; empty where there is none.
    pub(super) fn names(&self) -> [Vec<u8>; 2] {
        let [one, two, three] = self.interface;
        let [first, last] = self.zone;
        [
            text(&[one, two], three, (self.lengths >> 8) as usize),
            text(&[first], last, (self.lengths & 0xff) as usize),
        ]
    }
}

/// A text of so many bytes from its first words and its last.
fn text(first: &[u64], last: u64, length: usize) -> Vec<u8> {
    if length == 0 {
        return Vec::new();
    }
    let mut text: Vec<_> = first.iter().flat_map(|word| word.to_le_bytes()).collect();
    text.truncate(length.saturating_sub(8));
    text.extend(last.to_le_bytes());
    text
}
