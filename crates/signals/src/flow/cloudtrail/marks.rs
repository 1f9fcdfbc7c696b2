//! Where JSON has quotes, and braces and brackets that are not in strings: 64 bytes at a time (Langdale and Lemire, "Parsing Gigabytes of JSON
//! per Second", VLDB Journal 2019), which is quicker than going over strings one by one.
//!
//! A backslash escapes in strings alone, so that what is no JSON is read as if from byte to byte, too.

use crate::flow::words::{self, BLOCK};

/// The marks of some bytes, from left to right.
pub(super) struct Marks<'a> {
    bytes: &'a [u8],
    /// The end of the block at hand.
    end: usize,
    /// What was not given yet of the block: quotes, braces and brackets.
    quotes: u64,
    braces: u64,
    /// All ones where the next block begins in a string.
    inside: u64,
    /// 1 where the next block's first byte is escaped.
    escaped: u64,
}

impl<'a> Marks<'a> {
    /// From bytes that begin outside of strings.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, end: 0, quotes: 0, braces: 0, inside: 0, escaped: 0 }
    }

    /// The place of the next quote, brace or bracket. After an opening quote this is the closing one. Outside of strings a few letters that no
    /// JSON has there are taken for braces.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.quotes | self.braces == 0 {
            self.block()?;
        }
        let all = self.quotes | self.braces;
        let rest = all & all.wrapping_sub(1);
        self.quotes &= rest;
        self.braces &= rest;
        Some(self.end - BLOCK + all.trailing_zeros() as usize)
    }

    /// Goes to the end of the object or the list whose brace or bracket was the last mark.
    #[inline]
    pub(super) fn leave(&mut self) -> Option<()> {
        let mut depth = 1u32;
        loop {
            while self.braces == 0 {
                self.block()?;
            }
            let place = self.braces.trailing_zeros();
            self.braces &= self.braces.wrapping_sub(1);
            // `{` and `[` have a bit that the others have not.
            match self.bytes.get(self.end - BLOCK + place as usize)? {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.quotes &= (u64::MAX << place) & !(1 << place);
                return Some(());
            }
        }
    }

    /// Looks at the next block.
    #[inline]
    fn block(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.end..)?;
        match rest.first_chunk() {
            Some(block) => self.marks(block),
            None if rest.is_empty() => return None,
            None => {
                let mut block = [0; BLOCK];
                block.iter_mut().zip(rest).for_each(|(byte, own)| *byte = *own);
                self.marks(&block);
            }
        }
        self.end += BLOCK;
        Some(())
    }

    #[inline]
    fn marks(&mut self, block: &[u8; BLOCK]) {
        let mut quotes = words::equal(block, b'"');
        let backslashes = words::equal_rarely(block, b'\\');
        if backslashes | self.escaped != 0 {
            quotes = self.unescaped(quotes, backslashes);
        }
        let strings = within(quotes) ^ self.inside;
        self.inside = ((strings >> 63) as i64).wrapping_neg() as u64;
        self.quotes = quotes;
        // Braces and brackets differ in these bits alone, from each other and from `Y`, `_` and `y`, which are in strings only.
        self.braces = words::equal_but_for(block, b'}', 0x26) & !strings;
    }

    /// The quotes that are not escaped, one after the other.
    #[cold]
    fn unescaped(&mut self, quotes: u64, backslashes: u64) -> u64 {
        let mut both = quotes | backslashes;
        if std::mem::take(&mut self.escaped) != 0 {
            both &= !1;
        }
        let mut inside = self.inside != 0;
        let mut real = 0;
        while both != 0 {
            let bit = both & both.wrapping_neg();
            both ^= bit;
            if quotes & bit != 0 {
                real |= bit;
                inside = !inside;
            } else if inside {
                self.escaped = bit >> 63;
                both &= !(bit << 1);
            }
        }
        real
    }
}

/// From each opening quote to before its closing one.
#[inline]
fn within(quotes: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].into_iter().fold(quotes, |bits, shift| bits ^ bits << shift)
}
