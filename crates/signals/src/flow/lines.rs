//! Lines out of pieces of bytes.

use memchr::memchr;

/// Longer lines are skipped, in bytes: an access log's line is at most some ten thousand.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Puts together lines that pieces cut.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    open: Vec<u8>,
    /// The line at hand is too long; the rest of it is skipped.
    is_skipping: bool,
    /// Lines skipped.
    pub(super) skipped: u64,
}

impl Lines {
    /// Gives every line that ends in this piece to `each`, without its end.
    pub(super) fn push(&mut self, piece: &[u8], mut each: impl FnMut(&[u8])) {
        let mut rest = self.resume(piece, &mut each);
        while let Some((line, after)) = cut(rest) {
            each(line);
            rest = after;
        }
        self.keep(rest);
    }

    /// Gives the line that an earlier piece began, if it ends in this one; the bytes after it.
    pub(super) fn resume<'p>(&mut self, piece: &'p [u8], each: impl FnOnce(&[u8])) -> &'p [u8] {
        if self.open.is_empty() && !self.is_skipping {
            return piece;
        }
        let Some((line, rest)) = memchr(b'\n', piece).and_then(|end| piece.split_at_checked(end)) else {
            self.keep(piece);
            return &[];
        };
        if !std::mem::take(&mut self.is_skipping) {
            self.open.extend_from_slice(line);
            each(trimmed(&self.open));
        }
        self.open.clear();
        rest.get(1..).unwrap_or_default()
    }

    /// Keeps the beginning of a line for the next piece.
    pub(super) fn keep(&mut self, rest: &[u8]) {
        if self.is_skipping {
            return;
        }
        if self.open.len() + rest.len() > LINE_BYTES_MAX {
            self.open = Vec::new();
            self.is_skipping = true;
            self.skipped += 1;
        } else {
            self.open.extend_from_slice(rest);
        }
    }

    /// Gives the last line, if it has no end.
    pub(super) fn finish(&mut self, mut each: impl FnMut(&[u8])) {
        if !self.open.is_empty() {
            each(trimmed(&self.open));
            self.open.clear();
        }
    }
}

/// The first line without its end, and what comes after it.
pub(super) fn cut(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, rest) = bytes.split_at_checked(memchr(b'\n', bytes)?)?;
    Some((trimmed(line), rest.get(1..).unwrap_or_default()))
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
