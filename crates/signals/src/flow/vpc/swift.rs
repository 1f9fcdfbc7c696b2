//! A record of a flow log read at once: the formats and cells that nearly all records have.
//!
//! Whatever is unusual is left to [`super::literal`], which says the same of every line that is read here.

use super::columns::Places;
use super::written::{self, Address, Written};
use super::{Entry, Record, literal};
use crate::flow::words::{self, Cell, Window};

/// Cells of a line at most, up to the last that is needed. A power of two.
pub(super) const CELLS: usize = 64;

/// One place past the end of each of a line's cells; before them all, the place of the first.
#[derive(Clone, Debug)]
pub(super) struct Ends([usize; CELLS + 16]);

impl Default for Ends {
    fn default() -> Self {
        Self([0; CELLS + 16])
    }
}

const ACCEPT: u64 = u64::from_le_bytes(*b"ACCEPT\0\0");
const REJECT: u64 = u64::from_le_bytes(*b"REJECT\0\0");
const SIX: u64 = 0xffff_ffff_ffff;

/// Reads the line that begins at a place, and gives the place after its end. Whether texts that stand for addresses are any is not asked.
#[inline]
pub(super) fn read<'l>(
    places: &Places,
    bytes: &'l [u8],
    start: usize,
    moment: i64,
    ends: &mut Ends,
) -> Option<(Entry<'l>, usize)> {
    let window = Window::at(bytes, start)?;
    let end = ends.find(window, places.count)?;
    // Nothing captured is another thing to say.
    if let Some(status) = places.status
        && window.text(ends.cell(status)) != b"OK"
    {
        return None;
    }
    let (from, to) = ends.cell(places.action);
    let action = window.word(from) & SIX;
    let is_accepted = action == ACCEPT;
    if !(is_accepted | (action == REJECT)) || to - from != 6 {
        return None;
    }
    let is_after = window.number(ends.cell(places.start))?.cast_signed() >= moment;
    let packets = window.number(ends.cell(places.packets))?;
    let bytes = window.number(ends.cell(places.bytes))?;
    let from = window.number(ends.cell(places.source_port))?;
    let to = window.number(ends.cell(places.destination_port))?;
    let protocol = window.number(ends.cell(places.protocol))?;
    let source = address(window, ends.cell(places.source))?;
    let destination = address(window, ends.cell(places.destination))?;
    let entry = Entry {
        written: Written::of((source, from), (destination, to), protocol)?,
        record: Record { is_after, is_accepted, packets, bytes },
        interface: places.interface.map_or(&[], |place| window.text(ends.cell(place))),
        zone: places.zone.map_or(&[], |place| window.text(ends.cell(place))),
    };
    Some((entry, start + end + 1))
}

#[inline]
fn address(window: Window, cell: Cell) -> Option<Address> {
    match window.short(cell) {
        Some(words) => Some((words, false)),
        None => literal::address(window.text(cell)).map(written::words),
    }
}

impl Ends {
    /// Finds the cells of a line that has at least so many, and where it ends. None where the end is not in sight, or too far.
    #[inline]
    fn find(&mut self, window: Window, count: usize) -> Option<usize> {
        let mut found = 0;
        let mut at = 0;
        for block in window.blocks() {
            let (mut spaces, line) = (words::equal(block, b' '), words::equal(block, b'\n'));
            // The line's end is its last cell's. Without one this takes nothing away.
            spaces = (spaces | line) & (line ^ line.wrapping_sub(1));
            let mut more = found;
            let mut rest = spaces;
            // Eight at a time whether there are as many or not: their number is hard to foretell. What is not there is past the block.
            while rest != 0 {
                for end in self.0.get_mut(more + 1..)?.first_chunk_mut::<8>()? {
                    *end = at + rest.trailing_zeros() as usize + 1;
                    rest &= rest.wrapping_sub(1);
                }
                more += 8;
            }
            if line == 0 {
                found += spaces.count_ones() as usize;
                at += words::BLOCK;
                continue;
            }
            let end = at + words::lowest(line);
            // Later places than `more` are those of another line.
            if count > more || *self.0.get(count)? > end + 1 {
                return None;
            }
            if window.word(end.wrapping_sub(1)) as u8 == b'\r' {
                let last = self.0.get_mut(1..)?.iter_mut().find(|last| **last == end + 1)?;
                *last -= 1;
            }
            return Some(end);
        }
        None
    }

    #[inline]
    fn cell(&self, place: usize) -> Cell {
        let end = |place: usize| self.0.get(place % CELLS).copied().unwrap_or_default();
        (end(place), end(place + 1) - 1)
    }
}
