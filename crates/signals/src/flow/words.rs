//! Many bytes at once: where a byte is in 64 of them, and cells of a line as words.
//!
//! A log's cells are short and of varying length, so that a loop over their bytes costs less for its steps than for the guesses about its end that
//! the processor gets wrong. Nothing here loops over the bytes of a cell.

use wide::u8x16;

/// Bytes looked at together.
pub(super) const BLOCK: usize = 64;
const ONES: u64 = u64::from_ne_bytes([1; 8]);
/// The digit 0 in every byte.
const ZEROS: u64 = ONES * 0x30;

/// Which of the bytes are this one, the first in the lowest bit.
#[inline]
pub(super) fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
    bits(same(block, byte))
}

/// Which of the bytes are this one or differ from it in some of these bits alone.
#[inline]
pub(super) fn equal_but_for(block: &[u8; BLOCK], byte: u8, but: u8) -> u64 {
    let mut quarters = [u8x16::ZERO; 4];
    for (quarter, bytes) in quarters.iter_mut().zip(block.as_chunks::<16>().0) {
        *quarter = (u8x16::new(*bytes) | u8x16::splat(but)).simd_eq(u8x16::splat(byte | but));
    }
    bits(quarters)
}

/// The same for a byte that few blocks have.
#[inline]
pub(super) fn equal_rarely(block: &[u8; BLOCK], byte: u8) -> u64 {
    let same = same(block, byte);
    let [one, two, three, four] = same;
    if (one | two | three | four).to_bitmask() == 0 { 0 } else { bits(same) }
}

#[inline]
fn same(block: &[u8; BLOCK], byte: u8) -> [u8x16; 4] {
    let mut quarters = [u8x16::ZERO; 4];
    for (quarter, bytes) in quarters.iter_mut().zip(block.as_chunks::<16>().0) {
        *quarter = u8x16::new(*bytes).simd_eq(u8x16::splat(byte));
    }
    quarters
}

#[inline]
fn bits(same: [u8x16; 4]) -> u64 {
    same.into_iter().rev().fold(0, |all, quarter| all << 16 | u64::from(quarter.to_bitmask()))
}

/// The place of the lowest bit, of a word that is not 0; else any place below 64.
#[inline]
pub(super) fn lowest(bits: u64) -> usize {
    (bits | 1 << 63).trailing_zeros() as usize
}

/// The bytes from where a line begins on, as many as a line that is read at once may have. A place in it is taken modulo [`Window::LINE`]:
/// there is none that it does not have, and no check.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'l>(&'l [u8; Window::BYTES]);

/// Where a cell begins and where it ends.
pub(super) type Cell = (usize, usize);

impl<'l> Window<'l> {
    /// Places, a power of two. A record with all fields that there are has some 350 bytes.
    const LINE: usize = 512;
    /// Bytes that there must be.
    pub(super) const BYTES: usize = Self::LINE + BLOCK;

    /// The window of a line that begins at this place. None where bytes are too few.
    #[inline]
    pub(super) fn at(bytes: &'l [u8], line: usize) -> Option<Self> {
        bytes.get(line..)?.first_chunk().map(Self)
    }

    /// The blocks of the line, one after the other.
    #[inline]
    pub(super) fn blocks(self) -> impl Iterator<Item = &'l [u8; BLOCK]> {
        self.0.as_chunks::<BLOCK>().0.iter()
    }

    /// Eight bytes from a place on, the first in the lowest byte.
    #[inline]
    pub(super) fn word(self, at: usize) -> u64 {
        let bytes = self.0.get(at % Self::LINE..).and_then(|bytes| bytes.first_chunk());
        u64::from_le_bytes(bytes.copied().unwrap_or_default())
    }

    /// The bytes of a cell.
    #[inline]
    pub(super) fn text(self, (from, to): Cell) -> &'l [u8] {
        self.0.get(from..to).unwrap_or_default()
    }

    /// The bytes of a cell of at most 15, and zeros after them.
    #[inline]
    pub(super) fn short(self, (from, to): Cell) -> Option<[u64; 2]> {
        let length = to.wrapping_sub(from);
        let masks = MASKS.get(length)?;
        Some([self.word(from) & masks[0], self.word(from + 8) & masks[1]])
    }

    /// The words of a name: all that fit into it, of which there are `N - 1`, and its last eight bytes. None where it is shorter or longer.
    #[inline]
    pub(super) fn name<const N: usize>(self, (from, to): Cell) -> Option<([u64; N], usize)> {
        let length = to.wrapping_sub(from);
        if length.wrapping_sub(8 * (N - 1)) > 8 {
            return None;
        }
        let mut words = [0; N];
        let (last, first) = words.split_last_mut()?;
        for (at, word) in (from..).step_by(8).zip(first) {
            *word = self.word(at);
        }
        *last = self.word(to.wrapping_sub(8));
        Some((words, length))
    }

    /// The number in a cell, of 1 to 16 digits. Where it is none `wrong` is no longer 0: for many cells that is asked once.
    #[inline(always)]
    pub(super) fn number(self, (from, to): Cell, wrong: &mut u64) -> u64 {
        let length = to.wrapping_sub(from);
        if length <= 8 {
            return number_in(self.word(from), length, wrong);
        }
        let first = number_in(self.word(from), length.wrapping_sub(8), wrong);
        first * 100_000_000 + number_in(self.word(to.wrapping_sub(8)), 8, wrong)
    }

    /// The first and the last eight of ten digits: later numbers are greater.
    #[inline]
    pub(super) fn ten_digits(self, (from, to): Cell) -> Option<[u64; 2]> {
        let (first, last) = (self.word(from), self.word(to.wrapping_sub(8)));
        let are_digits = not_digits(first ^ ZEROS) | not_digits(last ^ ZEROS) == 0;
        (to.wrapping_sub(from) == 10 && are_digits).then_some([first.swap_bytes(), last.swap_bytes()])
    }
}

/// What to keep of two words for each number of bytes up to 15.
const MASKS: [[u64; 2]; 16] = {
    let mut masks = [[0; 2]; 16];
    let mut length = 0;
    while length < 16 {
        let all = (1u128 << (8 * length)) - 1;
        #[expect(clippy::indexing_slicing, reason = "while the program is compiled; no iterators there")]
        {
            masks[length] = [all as u64, (all >> 64) as u64];
        }
        length += 1;
    }
    masks
};

/// Bits of the bytes that are not 0 to 9.
#[inline]
fn not_digits(values: u64) -> u64 {
    (values.wrapping_add(ONES * 0x76) | values) & (ONES * 0x80)
}

/// The number in the first `length` bytes of a word, 1 to 8 of them (Lemire, "Quickly parsing eight digits").
#[inline(always)]
fn number_in(word: u64, length: usize, wrong: &mut u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    // Zeros come before, so that there are always eight.
    let digits = (word ^ ZEROS) << (64usize.wrapping_sub(8 * length) % 64);
    *wrong |= not_digits(digits) | length.wrapping_sub(1) as u64 >> 3;
    let tens = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let high = (tens & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let low = (tens >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    high.wrapping_add(low) >> 32
}
