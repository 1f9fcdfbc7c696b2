//! CloudTrail files: records one after the other, without the file in memory.
//!
//! A file is one line, `{"Records":[{...},{...}]}`. Records are found by their braces and quotes, and the few members that decide whether one is worth
//! reading are taken where they lie; a record that is can be read whole from [`Event::record`].

use super::{Count, Top, seconds};

/// Longer records are skipped: CloudTrail's own limit of an event is 256 KiB
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html>).
const RECORD_BYTES_MAX: usize = 1 << 20;
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
        if self.open.is_empty() {
            let used = self.read(piece, &mut each);
            self.open.extend_from_slice(piece.get(used..).unwrap_or_default());
        } else {
            self.open.extend_from_slice(piece);
            if self.open.len() < self.again {
                return;
            }
            let open = std::mem::take(&mut self.open);
            let used = self.read(&open, &mut each);
            self.open = open;
            self.open.drain(..used);
        }
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
        let used = self.read(&open, &mut each);
        let is_rest = open.get(used..).is_some_and(|rest| rest.contains(&b'{'));
        self.broken += u64::from(is_rest);
        self.is_inside = false;
        self.again = 0;
    }

    /// Gives the whole records of some bytes; how many bytes are done with.
    fn read(&mut self, bytes: &[u8], each: &mut impl FnMut(&Event)) -> usize {
        let mut used = 0;
        if !self.is_inside {
            // `[` comes first in a file of records.
            let Some(at) = bytes.iter().position(|byte| *byte == b'[') else { return 0 };
            self.is_inside = true;
            used = at + 1;
        }
        while let Some(rest) = bytes.get(used..) {
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

/// Where a member's value goes.
fn member<'e, 'a>(event: &'e mut Event<'a>, name: &[u8]) -> Option<&'e mut &'a [u8]> {
    Some(match name {
        b"eventTime" => &mut event.time,
        b"eventSource" => &mut event.source,
        b"eventName" => &mut event.name,
        b"errorCode" => &mut event.error,
        b"awsRegion" => &mut event.region,
        _ => return None,
    })
}

/// The length of the record that begins here, and its members; none where its end is not in sight.
fn scan<'a>(bytes: &'a [u8], event: &mut Event<'a>) -> Option<usize> {
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'"' => {
                let (name, after) = string(bytes, at + 1)?;
                at = spaces(bytes, after)?;
                if bytes.get(at)? != &b':' {
                    continue;
                }
                at = spaces(bytes, at + 1)?;
                match bytes.get(at)? {
                    b'"' => {
                        let (text, after) = string(bytes, at + 1)?;
                        at = after;
                        if let Some(value) = member(event, name) {
                            *value = text;
                        }
                    }
                    b'{' | b'[' if name == b"userIdentity" => at = identity(bytes, at, event)?,
                    b'{' | b'[' => at = nested(bytes, at)?,
                    _ => {}
                }
            }
            b'{' | b'[' => at = nested(bytes, at)?,
            b'}' | b']' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// Goes over `userIdentity`, and takes the actor.
fn identity<'a>(bytes: &'a [u8], start: usize, event: &mut Event<'a>) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => {
                let (name, after) = string(bytes, at + 1)?;
                at = spaces(bytes, after)?;
                if name != b"arn" || bytes.get(at)? != &b':' {
                    continue;
                }
                at = spaces(bytes, at + 1)?;
                if bytes.get(at)? == &b'"' {
                    let (text, after) = string(bytes, at + 1)?;
                    at = after;
                    event.actor = text;
                }
            }
            b'{' | b'[' => at = nested(bytes, at)?,
            b'}' | b']' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// Goes over an object or a list and all that is in it.
fn nested(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0u32;
    let mut at = start;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = string(bytes, at + 1)?.1;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// The place of the next byte that is no white space.
fn spaces(bytes: &[u8], mut at: usize) -> Option<usize> {
    while bytes.get(at)?.is_ascii_whitespace() {
        at += 1;
    }
    Some(at)
}

/// A string from after its opening quote, as written, and the place after its closing one. Eight bytes at a time: most strings are too short for
/// anything that begins with a call.
#[inline]
fn string(bytes: &[u8], start: usize) -> Option<(&[u8], usize)> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    let mut at = start;
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
            b'"' => return Some((bytes.get(start..at)?, at + 1)),
            _ => at += 2,
        }
    }
    loop {
        match bytes.get(at)? {
            b'"' => return Some((bytes.get(start..at)?, at + 1)),
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
