//! Many bytes at once: where a byte is in 64 of them, and cells of a line as words.
//!
//! A log's cells are short and of varying length, so that a loop over their bytes costs less for its steps than for the guesses about its end that
//! the processor gets wrong. Nothing here loops over the bytes of a cell.

use wide::u8x16;

/// Bytes looked at together.
pub(super) const BLOCK: usize = 64;
const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// Which of the bytes are this one, the first in the lowest bit.
#[inline]
pub(super) fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
    let mut all = 0;
    for quarter in block.as_chunks::<16>().0.iter().rev() {
        all = all << 16 | u64::from(u8x16::new(*quarter).simd_eq(u8x16::splat(byte)).to_bitmask());
    }
    all
}

/// The place of the lowest bit, of a word that is not 0; else any place below 64.
#[inline]
pub(super) fn lowest(bits: u64) -> usize {
    (bits | 1 << 63).trailing_zeros() as usize
}

/// The bytes from where a line begins on, as many as a line that is read at once may have. A place in it is taken modulo [`Window::LINE`]:
/// there is none that it does not have, and no check.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'l>(&'l [u8; Window::LINE + BLOCK]);

/// Where a cell begins and where it ends.
pub(super) type Cell = (usize, usize);

impl<'l> Window<'l> {
    /// Places, a power of two. A record with all fields that there are has some 350 bytes.
    pub(super) const LINE: usize = 512;

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

    /// The number in a cell, of 1 to 16 digits.
    #[inline(always)]
    pub(super) fn number(self, (from, to): Cell) -> Option<u64> {
        let length = to.wrapping_sub(from);
        if length <= 8 {
            return number_in(self.word(from), length);
        }
        let first = number_in(self.word(from), length.wrapping_sub(8))?;
        Some(first * 100_000_000 + number_in(self.word(to.wrapping_sub(8)), 8)?)
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

/// The number in the first `length` bytes of a word, 1 to 8 of them (Lemire, "Quickly parsing eight digits").
#[inline(always)]
fn number_in(word: u64, length: usize) -> Option<u64> {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    if length.wrapping_sub(1) > 7 {
        return None;
    }
    // Zeros come before, so that there are always eight.
    let digits = (word ^ (ONES * 0x30)) << (64 - 8 * length);
    if (digits.wrapping_add(ONES * 0x76) | digits) & (ONES * 0x80) != 0 {
        return None;
    }
    let tens = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let high = (tens & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let low = (tens >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    Some(high.wrapping_add(low) >> 32)
}
