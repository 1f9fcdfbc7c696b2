//! CloudTrail files: records one after the other, without the file in memory.
//!
//! A file is one line, `{"Records":[{...},{...}]}`. Records are found by their braces and quotes, and the few members that decide whether one is worth
//! reading are taken where they lie; a record that is can be read whole from [`Event::record`].

mod marks;

use super::{Count, Top, seconds};
use marks::Marks;

/// Longer records are skipped: CloudTrail's own limit of an event is 256 KiB
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html>).
const RECORD_BYTES_MAX: usize = 1 << 20;
/// Bytes of a piece to look for the end of a record in that an earlier one began.
const COPIED_MIN: usize = 4096;
/// Kinds of calls, and actors, counted at once.
const ROOM: usize = 1 << 14;

/// A record's members as they are written: escapes stay, and text is not checked. Empty where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// `eventTime`.
    pub time: &'a [u8],
    /// `eventSource`.
    pub source: &'a [u8],
    /// `eventName`.
    pub name: &'a [u8],
    /// `errorCode`.
    pub error: &'a [u8],
    /// `awsRegion`.
    pub region: &'a [u8],
    /// `userIdentity.arn`.
    pub actor: &'a [u8],
    /// The record.
    pub record: &'a [u8],
}

/// Cuts files into records.
#[derive(Clone, Debug, Default)]
pub struct Records {
    open: Vec<u8>,
    /// Length from which on it is worth looking for the end of the record again.
    again: usize,
    is_inside: bool,
    /// Records and pieces of files that could not be read.
    pub broken: u64,
}

impl Records {
    /// Reads a piece of a file and gives every record that ends in it to `each`.
    pub fn push(&mut self, piece: &[u8], mut each: impl FnMut(&Event)) {
        let mut rest = piece;
        // First the record that an earlier piece began: only as much of this one is copied.
        while !self.open.is_empty() {
            let kept = self.open.len();
            let some = rest.get(..kept.max(COPIED_MIN)).unwrap_or(rest);
            self.open.extend_from_slice(some);
            if self.open.len() >= self.again {
                let open = std::mem::take(&mut self.open);
                let used = self.read(&open, kept, &mut each);
                self.open = open;
                if let Some(more) = used.checked_sub(kept) {
                    self.open.clear();
                    rest = rest.get(more..).unwrap_or_default();
                    break;
                }
                self.open.drain(..used);
                self.limit();
            }
            rest = rest.get(some.len()..).unwrap_or_default();
            if rest.is_empty() {
                return;
            }
        }
        let used = self.read(rest, rest.len(), &mut each);
        self.open.extend_from_slice(rest.get(used..).unwrap_or_default());
        self.limit();
    }

    /// After looking for the end of what is kept.
    fn limit(&mut self) {
        if self.open.len() > RECORD_BYTES_MAX {
            // Without its end nothing tells where the next one begins.
            self.broken += 1;
            self.open.clear();
            self.is_inside = false;
        }
        // A record in many small pieces is not looked through for each of them.
        self.again = self.open.len() + self.open.len() / 4;
    }

    /// Ends a file.
    pub fn finish(&mut self, mut each: impl FnMut(&Event)) {
        let open = std::mem::take(&mut self.open);
        let used = self.read(&open, open.len(), &mut each);
        let is_rest = open.get(used..).is_some_and(|rest| rest.contains(&b'{'));
        self.broken += u64::from(is_rest);
        self.is_inside = false;
        self.again = 0;
    }

    /// Gives the whole records of some bytes that begin before a place; how many bytes are done with.
    fn read(&mut self, bytes: &[u8], before: usize, each: &mut impl FnMut(&Event)) -> usize {
        let mut used = 0;
        if !self.is_inside {
            // `[` comes first in a file of records.
            let Some(at) = bytes.iter().position(|byte| *byte == b'[') else { return 0 };
            self.is_inside = true;
            used = at + 1;
        }
        while let Some(rest) = bytes.get(used..) {
            if used >= before {
                return used;
            }
            let Some(start) = rest.iter().position(|byte| matches!(byte, b'{' | b']')) else {
                return bytes.len();
            };
            if rest.get(start) == Some(&b']') {
                // What follows the list is of no use, but another file may follow.
                self.is_inside = false;
                used += start + 1;
                let Some(at) = bytes.get(used..).and_then(|rest| rest.iter().position(|byte| *byte == b'['))
                else {
                    return bytes.len();
                };
                self.is_inside = true;
                used += at + 1;
                continue;
            }
            if used + start >= before {
                return used + start;
            }
            let Some(record) = rest.get(start..) else { return bytes.len() };
            let mut event = Event::default();
            let Some(length) = scan(record, &mut event) else { return used + start };
            event.record = record.get(..length).unwrap_or_default();
            each(&event);
            used += start + length;
        }
        bytes.len()
    }
}

/// The beginning of a name, with its rest and its closing quote.
const fn name(name: &[u8; 8], rest: &'static [u8]) -> (u64, &'static [u8]) {
    (u64::from_le_bytes(*name), rest)
}

const TIME: (u64, &[u8]) = name(b"eventTim", b"e\"");
const SOURCE: (u64, &[u8]) = name(b"eventSou", b"rce\"");
const NAME: (u64, &[u8]) = name(b"eventNam", b"e\"");
const ERROR: (u64, &[u8]) = name(b"errorCod", b"e\"");
const REGION: (u64, &[u8]) = name(b"awsRegio", b"n\"");
const IDENTITY: (u64, &[u8]) = name(b"userIden", b"tity\"");

/// The length of the record that begins here, and its members; none where its end is not in sight.
fn scan<'a>(bytes: &'a [u8], event: &mut Event<'a>) -> Option<usize> {
    let mut marks = Marks::new(bytes);
    let (mut depth, mut is_identity) = (0u32, false);
    loop {
        let at = marks.next()?;
        let byte = *bytes.get(at)?;
        if byte == b'"' {
            let text = bytes.get(at + 1..)?;
            if depth == 1 {
                is_identity |= member(text, event);
            } else if depth == 2
                && is_identity
                && let Some(actor) = text.strip_prefix(b"arn\"").and_then(value)
            {
                event.actor = actor;
            }
            continue;
        }
        // Computed, as the processor cannot foretell it.
        depth =
            depth.wrapping_add(u32::from(byte | 0x20 == b'{')).wrapping_sub(u32::from(byte | 0x20 == b'}'));
        is_identity &= depth > 1;
        if depth == 0 {
            return Some(at + 1);
        }
    }
}

/// Takes the member whose name begins here, after its quote, if it is one of those needed. Whether it is `userIdentity`, and an object.
#[inline]
fn member<'a>(text: &'a [u8], event: &mut Event<'a>) -> bool {
    let Some((first, rest)) = text.split_first_chunk() else { return false };
    let first = u64::from_le_bytes(*first);
    let (place, end) = match first {
        _ if first == TIME.0 => (&mut event.time, TIME.1),
        _ if first == SOURCE.0 => (&mut event.source, SOURCE.1),
        _ if first == NAME.0 => (&mut event.name, NAME.1),
        _ if first == ERROR.0 => (&mut event.error, ERROR.1),
        _ if first == REGION.0 => (&mut event.region, REGION.1),
        _ if first == IDENTITY.0 => {
            return rest
                .strip_prefix(IDENTITY.1)
                .and_then(after_colon)
                .is_some_and(|value| value.first().is_some_and(|first| matches!(first, b'{' | b'[')));
        }
        _ => return false,
    };
    if let Some(text) = rest.strip_prefix(end).and_then(value) {
        *place = text;
    }
    false
}

/// What comes after a colon and white space, if they come.
#[inline]
fn after_colon(bytes: &[u8]) -> Option<&[u8]> {
    Some(bytes.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())
}

/// The string that comes after a colon, as written.
#[inline]
fn value(bytes: &[u8]) -> Option<&[u8]> {
    string(after_colon(bytes)?.strip_prefix(b"\"")?)
}

/// A string from after its opening quote, as written. Eight bytes at a time: most strings are too short for anything that begins with a call.
#[inline]
fn string(bytes: &[u8]) -> Option<&[u8]> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    let mut at = 0;
    while let Some(eight) = bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()) {
        let word = u64::from_le_bytes(eight);
        // A byte is 0 where it was the one looked for; the lowest such is told right (Mycroft).
        let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
        let found = zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5c));
        if found == 0 {
            at += 8;
            continue;
        }
        at += found.trailing_zeros() as usize / 8;
        match bytes.get(at)? {
            b'"' => return bytes.get(..at),
            _ => at += 2,
        }
    }
    loop {
        match bytes.get(at)? {
            b'"' => return bytes.get(..at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// A kind of call: source, name, error.
pub type Call = Box<[u8]>;

/// How often something happened, before the moment asked about and from it on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Before, after.
    pub times: [u64; 2],
}

impl Count for Times {
    fn count(&self) -> u64 {
        self.times.iter().sum()
    }
}

/// What CloudTrail files say, in limited memory.
#[derive(Clone, Debug)]
pub struct Activity {
    /// By `source name error`, joined by spaces; without error two words.
    pub calls: Top<Call, Times>,
    /// By actor.
    pub actors: Top<Box<[u8]>, Times>,
    /// Records read.
    pub records: u64,
    moment: i64,
    key: Vec<u8>,
}

impl Activity {
    /// Counts that tell events before `moment` (seconds since 1970) from later ones.
    #[must_use]
    pub fn new(moment: i64) -> Self {
        Self { calls: Top::new(ROOM), actors: Top::new(ROOM), records: 0, moment, key: Vec::new() }
    }

    /// Counts an event. One without a time counts as after: what is not known is not history.
    pub fn add(&mut self, event: &Event) {
        let at = usize::from(seconds(event.time).is_none_or(|time| time >= self.moment));
        let count = |row: &mut Times| {
            if let Some(times) = row.times.get_mut(at) {
                *times += 1;
            }
        };
        self.records += 1;
        self.key.clear();
        for (part, space) in [(event.source, &b""[..]), (event.name, b" "), (event.error, b" ")] {
            if !part.is_empty() {
                self.key.extend_from_slice(space);
                self.key.extend_from_slice(part.get(..128).unwrap_or(part));
            }
        }
        let key = self.key.as_slice();
        self.calls.add_ref(key, || key.into(), count);
        if !event.actor.is_empty() {
            let actor = event.actor.get(..512).unwrap_or(event.actor);
            self.actors.add_ref(actor, || actor.into(), count);
        }
    }
}
