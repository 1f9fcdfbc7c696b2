//! What matters of JSON: braces and brackets that are not in strings, and strings whose first letter a needed name has. 64 bytes at a time (Langdale
//! and Lemire, "Parsing Gigabytes of JSON per Second", VLDB Journal 2019), which is quicker than going over strings one by one.

use crate::flow::words::{self, BLOCK};

/// The marks of some bytes, from left to right.
pub(super) struct Marks<'a> {
    bytes: &'a [u8],
    /// The end of the block at hand.
    end: usize,
    /// What was not given yet of the block.
    marks: u64,
    /// All ones where the next block begins in a string.
    inside: u64,
    /// Whether the next block's first byte is escaped.
    is_escaped: bool,
}

impl<'a> Marks<'a> {
    /// From bytes that begin outside of strings.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, end: 0, marks: 0, inside: 0, is_escaped: false }
    }

    /// The place of the next brace or bracket outside of strings, or of the opening quote of a string that begins with `a`, `e`, `q` or `u`. A
    /// few letters that no JSON has outside of strings are taken for braces.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.marks == 0 {
            self.block()?;
        }
        let place = words::lowest(self.marks);
        self.marks &= self.marks.wrapping_sub(1);
        Some(self.end - BLOCK + place)
    }

    /// Looks at the next block, and one byte on.
    #[inline]
    fn block(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.end..)?;
        match rest.first_chunk() {
            Some(bytes) => self.look(bytes)?,
            None if rest.is_empty() => return None,
            None => {
                let mut bytes = [0; BLOCK + 1];
                bytes.iter_mut().zip(rest).for_each(|(byte, own)| *byte = *own);
                self.look(&bytes)?;
            }
        }
        self.end += BLOCK;
        Some(())
    }

    #[inline]
    fn look(&mut self, bytes: &[u8; BLOCK + 1]) -> Option<()> {
        let (block, next) = (bytes.first_chunk()?, bytes.last_chunk()?);
        let mut quotes = words::equal(block, b'"');
        let backslashes = words::equal_rarely(block, b'\\');
        if backslashes != 0 || self.is_escaped {
            quotes = self.unescaped(quotes, backslashes);
        }
        // From each opening quote to before its closing one.
        let within = [1, 2, 4, 8, 16, 32].into_iter().fold(quotes, |bits, shift| bits ^ bits << shift);
        let strings = within ^ self.inside;
        self.inside = (strings >> 63).wrapping_neg();
        // Braces and brackets differ from each other, and from `Y`, `_` and `y`, in these bits alone; so do the four letters.
        let braces = words::equal_but_for(block, b'}', 0x26) & !strings;
        let letters = words::equal_but_for(next, b'a', 0x14) & quotes & strings;
        self.marks = braces | letters;
        Some(())
    }

    /// The quotes that are not escaped, one after the other. A backslash escapes in strings alone.
    #[cold]
    fn unescaped(&mut self, quotes: u64, backslashes: u64) -> u64 {
        let mut both = quotes | backslashes;
        if std::mem::take(&mut self.is_escaped) {
            both &= !1;
        }
        let mut is_inside = self.inside != 0;
        let mut real = 0;
        while both != 0 {
            let bit = both & both.wrapping_neg();
            both ^= bit;
            if quotes & bit != 0 {
                real |= bit;
                is_inside = !is_inside;
            } else if is_inside {
                self.is_escaped = bit >> 63 != 0;
                both &= !(bit << 1);
            }
        }
        real
    }
}
