//! Text out of files that may be compressed, too long, or no text at all.

use super::files::reason;
use super::{Problem, Reading};
use butfor_incident::{Gap, GapReason};
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};

/// First bytes of a gzip member (RFC 1952, section 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A line of a file.
pub(super) enum Line {
    /// Its text, without the line end.
    Text(String),
    /// It could not be read as text.
    Bad(&'static str),
    /// The file cannot be read any further.
    Broken(String),
    /// The limit was reached; there is more.
    Cut,
}

/// The lines of a file, at most a number of bytes.
pub(super) struct Lines<'a> {
    input: Box<dyn BufRead + 'a>,
    left: u64,
    /// Bytes given out so far.
    pub(super) taken: u64,
    over: bool,
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        if self.over {
            return None;
        }
        let mut bytes = Vec::new();
        // One byte more than allowed tells "exactly full" from "too long".
        let read = self.input.by_ref().take(self.left.saturating_add(1)).read_until(b'\n', &mut bytes);
        let length = bytes.len() as u64;
        match read {
            Err(error) => {
                self.over = true;
                Some(Line::Broken(reason(&error)))
            }
            Ok(0) => None,
            Ok(_) if length > self.left => {
                self.over = true;
                Some(Line::Cut)
            }
            Ok(_) => {
                self.left -= length;
                self.taken += length;
                Some(String::from_utf8(bytes).map_or(Line::Bad("not UTF-8 text"), |text| {
                    let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
                    Line::Text(text.to_owned())
                }))
            }
        }
    }
}

impl<'a> Reading<'a> {
    fn allowance(&self) -> u64 {
        self.limits.file_bytes.min(self.bytes_left)
    }

    /// The lines of a file; a file that cannot be opened is reported here.
    pub(super) fn lines(&mut self, name: &str) -> Option<Lines<'a>> {
        match open(self.files.open(name)) {
            Ok(input) => Some(Lines { input, left: self.allowance(), taken: 0, over: false }),
            Err(error) => {
                self.unreadable(Problem { text: reason(&error), ..Problem::of(name) });
                None
            }
        }
    }

    /// Counts what was read against the limit over all files.
    pub(super) fn spend(&mut self, bytes: u64) {
        self.bytes_left = self.bytes_left.saturating_sub(bytes);
    }

    /// A whole file as text. One that is too long, broken or no text is reported and not used: half a JSON document
    /// is none.
    pub(super) fn whole_text(&mut self, name: &str) -> Option<String> {
        let limit = self.allowance();
        let mut bytes = Vec::new();
        let read = open(self.files.open(name))
            .and_then(|input| input.take(limit.saturating_add(1)).read_to_end(&mut bytes));
        self.spend(bytes.len() as u64);
        if let Err(error) = read {
            self.unreadable(Problem { text: reason(&error), ..Problem::of(name) });
            return None;
        }
        if bytes.len() as u64 > limit {
            self.over_limit(name, GapReason::OverBudget);
            return None;
        }
        match String::from_utf8(bytes) {
            Ok(text) => Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
            Err(_) => {
                self.unreadable(Problem { text: "not UTF-8 text".to_owned(), ..Problem::of(name) });
                None
            }
        }
    }

    /// A limit was reached in this file.
    pub(super) fn over_limit(&mut self, name: &str, reason: GapReason) {
        let how_much = match reason {
            GapReason::Truncated => "the rest of ",
            _ => "",
        };
        self.gaps.push(Gap {
            what: format!("{how_much}{name}"),
            reason,
            needed_for: String::new(),
            remedy: format!(
                "record less: one file may hold {} MiB and a bundle {} MiB, uncompressed",
                self.limits.file_bytes >> 20,
                self.limits.total_bytes >> 20
            ),
            query: None,
            at: None,
        });
    }
}

/// Decompresses what starts like gzip, whatever its name says: log files are renamed often.
fn open<'a>(file: io::Result<Box<dyn Read + 'a>>) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut input = BufReader::with_capacity(1 << 16, file?);
    Ok(if input.fill_buf()?.starts_with(&GZIP_MAGIC) {
        Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(input)))
    } else {
        Box::new(input)
    })
}
