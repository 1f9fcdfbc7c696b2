//! A record of a flow log read at once: the formats and cells that nearly all records have.
//!
//! Whatever is unusual is left to [`super::literal`], which says the same of every line that is read here.

use super::columns::Places;
use super::group::Pair;
use super::written::{self, Text, Written};
use super::{Entry, Record, is_header, literal};
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

/// The moment that tells before from after.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Since 1970.
    pub(super) seconds: i64,
    /// As [`Window::ten_digits`] gives them, if it has ten: from 2001 to 2286.
    digits: Option<[u64; 2]>,
}

impl Moment {
    pub(super) fn new(seconds: i64) -> Self {
        let text = seconds.to_string();
        let word = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_be_bytes(*bytes));
        let bytes = Some(text.as_bytes()).filter(|text| text.len() == 10 && seconds > 0);
        let digits = bytes.and_then(|bytes| Some([word(bytes.first_chunk())?, word(bytes.last_chunk())?]));
        Self { seconds, digits }
    }
}

/// Reads the line that begins at a place, and gives the place after its end. Whether texts that stand for addresses are any is not asked.
#[inline]
pub(super) fn read(
    places: &Places,
    bytes: &[u8],
    start: usize,
    moment: &Moment,
    ends: &mut Ends,
) -> Option<(Entry, usize)> {
    let window = Window::at(bytes, start)?;
    let end = ends.find(window, places.count)?;
    if (window.word(0) as u8).is_ascii_lowercase() && is_header(window.text((0, end))) {
        return None;
    }
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
    let start_cell = ends.cell(places.start);
    let mut wrong = 0;
    let is_after = match (moment.digits, window.ten_digits(start_cell)) {
        (Some(moment), Some(start)) => start >= moment,
        _ => window.number(start_cell, &mut wrong).cast_signed() >= moment.seconds,
    };
    let mut number = |place: usize| window.number(ends.cell(place), &mut wrong);
    let packets = number(places.packets);
    let bytes = number(places.bytes);
    let from = number(places.source_port);
    let to = number(places.destination_port);
    let protocol = ends.cell(places.protocol);
    let length = protocol.1.wrapping_sub(protocol.0);
    if wrong != 0 || length > 3 {
        return None;
    }
    let protocol = (window.word(protocol.0) & ((1 << (8 * length)) - 1), length as u64);
    let source = address(window, ends.cell(places.source))?;
    let destination = address(window, ends.cell(places.destination))?;
    let entry = Entry {
        written: Written::of((source, from), (destination, to), protocol)?,
        record: Record { is_after, is_accepted, packets, bytes },
        pair: Pair::of(
            places.interface.map_or(Some(([0; 3], 0)), |place| window.name(ends.cell(place)))?,
            places.zone.map_or(Some(([0; 2], 0)), |place| window.name(ends.cell(place)))?,
        ),
    };
    Some((entry, start + end + 1))
}

#[inline]
fn address(window: Window, cell: Cell) -> Option<Text<[u64; 2]>> {
    match window.short(cell) {
        Some(words) => Some((words, (cell.1 - cell.0) as u64)),
        None => literal::address(window.text(cell)).map(written::address),
    }
}

impl Ends {
    /// Finds the cells of a line that has at least so many, and where it ends. None where the end is not in sight, or too far.
    #[inline]
    fn find(&mut self, window: Window, count: usize) -> Option<usize> {
        let mut found = 0;
        let mut at = 0;
        for block in window.blocks() {
            let (mut spaces, line) = (words::equal(block, b' '), words::equal_rarely(block, b'\n'));
            // The line's end is its last cell's. Without one this takes nothing away.
            spaces = (spaces | line) & (line ^ line.wrapping_sub(1));
            let mut more = found;
            let mut rest = spaces;
            // Ten at a time whether there are as many or not: their number is hard to foretell. What is not there is past the block.
            while rest != 0 {
                for end in self.0.get_mut(more + 1..)?.first_chunk_mut::<10>()? {
                    *end = at + rest.trailing_zeros() as usize + 1;
                    rest &= rest.wrapping_sub(1);
                }
                more += 10;
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
