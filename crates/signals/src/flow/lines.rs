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
    pub(super) fn push(&mut self, mut piece: &[u8], mut each: impl FnMut(&[u8])) {
        while let Some(end) = memchr(b'\n', piece) {
            let Some((line, rest)) = piece.split_at_checked(end) else { return };
            piece = rest.get(1..).unwrap_or_default();
            if std::mem::take(&mut self.is_skipping) {
                self.open.clear();
            } else if self.open.is_empty() {
                each(line.strip_suffix(b"\r").unwrap_or(line));
            } else {
                self.open.extend_from_slice(line);
                each(self.open.strip_suffix(b"\r").unwrap_or(&self.open));
                self.open.clear();
            }
        }
        if self.is_skipping {
            return;
        }
        if self.open.len() + piece.len() > LINE_BYTES_MAX {
            self.open = Vec::new();
            self.is_skipping = true;
            self.skipped += 1;
        } else {
            self.open.extend_from_slice(piece);
        }
    }

    /// Gives the last line, if it has no end.
    pub(super) fn finish(&mut self, mut each: impl FnMut(&[u8])) {
        if !self.open.is_empty() {
            each(self.open.strip_suffix(b"\r").unwrap_or(&self.open));
            self.open.clear();
        }
    }
}
