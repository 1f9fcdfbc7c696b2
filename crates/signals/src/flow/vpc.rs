//! VPC flow logs as text: a header line of field names, then one record a line; records of version 2 also without header.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>.

mod columns;
mod group;
mod literal;
mod swift;
mod written;

use super::words::{Cell, Window};
use super::{Count, Lines, Top, lines, table};
use columns::Columns;
use group::{Groups, Pair};
use literal::Said;
use std::net::IpAddr;
use swift::Moment;
pub use written::Written;

/// Conversations counted at once, at 128 bytes each.
const ROOM: usize = 1 << 16;
/// Records whose conversations are looked up together.
const BATCH: usize = 64;
/// Interfaces counted at once.
const INTERFACES: usize = 1 << 12;

/// Zones counted at once; a region has three to six.
const ZONES: usize = 128;

/// Who talks to whom. The side with the smaller port is taken for the server, as clients choose theirs from 1024 up (RFC 6056).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conversation {
    /// The side that asks.
    pub client: IpAddr,
    /// The side that is asked.
    pub server: IpAddr,
    /// The server's port; 0 for protocols without.
    pub port: u16,
    /// IANA's number: 6 is TCP, 17 is UDP.
    pub protocol: u8,
    /// Whether the record is of the way back. A network ACL can refuse one way alone.
    pub is_reply: bool,
}

/// Records of a conversation, an interface or a zone: before the moment asked about, and from it on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Records with ACCEPT, before and after.
    pub accepted: [u64; 2],
    /// Records with REJECT, before and after.
    pub rejected: [u64; 2],
    /// Packets, before and after.
    pub packets: [u64; 2],
    /// Bytes, before and after.
    pub bytes: [u64; 2],
}

impl Traffic {
    #[inline]
    fn add(&mut self, record: &Record) {
        let at = usize::from(record.is_after);
        let records = if record.is_accepted { &mut self.accepted } else { &mut self.rejected };
        for (sum, more) in
            [(records, 1), (&mut self.packets, record.packets), (&mut self.bytes, record.bytes)]
        {
            if let Some(sum) = sum.get_mut(at) {
                *sum = sum.saturating_add(more);
            }
        }
    }

    /// Whether sums are far from the end of their numbers.
    #[inline]
    fn has_room(&self) -> bool {
        (self.packets[0] | self.packets[1] | self.bytes[0] | self.bytes[1]) >> 62 == 0
    }

    /// Where there is room, a record of numbers that were read swiftly: those have 16 digits at most.
    #[inline]
    fn add_small(&mut self, record: &Record) {
        let at = usize::from(record.is_after);
        let records = if record.is_accepted { &mut self.accepted } else { &mut self.rejected };
        for (sum, more) in
            [(records, 1), (&mut self.packets, record.packets), (&mut self.bytes, record.bytes)]
        {
            if let Some(sum) = sum.get_mut(at) {
                *sum = sum.wrapping_add(more);
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        for (sums, more) in [
            (&mut self.accepted, other.accepted),
            (&mut self.rejected, other.rejected),
            (&mut self.packets, other.packets),
            (&mut self.bytes, other.bytes),
        ] {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum = sum.saturating_add(more);
            }
        }
    }
}

impl Count for Traffic {
    /// Bytes say who talks most; a refused packet has none that matter, so records count, too.
    fn count(&self) -> u64 {
        let records: u64 = self.accepted.iter().chain(&self.rejected).sum();
        self.bytes.iter().fold(records, |sum, bytes| sum.saturating_add(*bytes))
    }
}

/// What flow logs say, in limited memory; all of it once a file is ended ([`Flows::finish`]).
#[derive(Clone, Debug)]
pub struct Flows {
    /// All records.
    pub total: Traffic,
    /// Who talks to whom.
    pub conversations: Top<Written, Traffic, Conversation>,
    /// By network interface.
    pub interfaces: Top<Box<[u8]>, Traffic>,
    /// By Availability Zone id, where the format has it; in the order of their first records.
    pub zones: Vec<(String, Traffic)>,
    /// Records read.
    pub records: u64,
    /// Records in which nothing was captured: NODATA, SKIPDATA. Skipped data is traffic that nobody knows.
    pub empty: [u64; 2],
    /// Lines that are no record.
    pub broken: u64,
    moment: Moment,
    /// Of a file without header; and of the last header.
    standard: Columns,
    named: Columns,
    is_named: bool,
    ends: swift::Ends,
    lines: Lines,
    groups: Groups,
    batch: Vec<Pending>,
    tail: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    is_after: bool,
    is_accepted: bool,
    packets: u64,
    bytes: u64,
}

/// A line that was read swiftly.
#[derive(Clone, Copy, Debug)]
struct Entry {
    written: Written,
    pair: Pair,
    record: Record,
}

/// It, until it is counted.
#[derive(Clone, Copy, Debug)]
struct Pending {
    entry: Entry,
    hash: u64,
    /// Where the line begins and ends.
    line: Cell,
}

/// Whether a line that begins with a lower-case letter names columns.
fn is_header(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"srcaddr").is_some()
}

impl Flows {
    /// A reader that tells records that begin before `moment` (seconds since 1970) from later ones.
    #[must_use]
    pub fn new(moment: i64) -> Self {
        Self {
            total: Traffic::default(),
            conversations: Top::new(ROOM),
            interfaces: Top::new(INTERFACES),
            zones: Vec::new(),
            records: 0,
            empty: [0; 2],
            broken: 0,
            moment: Moment::new(moment),
            standard: Columns::default(),
            named: Columns::default(),
            is_named: false,
            ends: swift::Ends::default(),
            lines: Lines::default(),
            groups: Groups::new(),
            batch: Vec::with_capacity(BATCH),
            tail: Vec::new(),
        }
    }

    /// Reads a piece of a file. A new file's header is recognised; call [`Flows::finish`] at the end of each file.
    pub fn push(&mut self, piece: &[u8]) {
        let mut lines = std::mem::take(&mut self.lines);
        let rest = lines.resume(piece, |line| self.line(line));
        let mut at = piece.len() - rest.len();
        loop {
            at = self.swift(piece, at);
            let rest = piece.get(at..).unwrap_or_default();
            let Some((line, after)) = lines::cut(rest) else {
                lines.keep(rest);
                break;
            };
            let before = at;
            if rest.len() < Window::BYTES {
                at += self.tail(rest);
            }
            if at == before {
                self.line(line);
                at = piece.len() - after.len();
            }
        }
        self.lines = lines;
    }

    /// Reads the last lines of a piece, after which there are too few bytes for a window: with more bytes after them. How many bytes it read.
    fn tail(&mut self, rest: &[u8]) -> usize {
        let mut tail = std::mem::take(&mut self.tail);
        tail.clear();
        tail.extend_from_slice(rest);
        tail.resize(rest.len() + Window::BYTES, 0);
        let read = self.swift(&tail, 0);
        self.tail = tail;
        read
    }

    /// Reads the lines from a place on that can be read swiftly; the place of the first that cannot.
    fn swift(&mut self, piece: &[u8], mut at: usize) -> usize {
        let Some(places) = self.columns().places else { return at };
        let mut batch = std::mem::take(&mut self.batch);
        loop {
            batch.clear();
            while batch.len() < BATCH
                && let Some((entry, after)) = swift::read(&places, piece, at, &self.moment, &mut self.ends)
            {
                batch.push(Pending { entry, hash: table::hash(&entry.written), line: (at, after) });
                at = after;
            }
            self.settle(piece, &batch);
            if batch.len() < BATCH {
                self.batch = batch;
                return at;
            }
        }
    }

    /// Counts records. Their rows are looked for at once, so that the processor waits for memory once and not for each.
    fn settle(&mut self, piece: &[u8], batch: &[Pending]) {
        let mut rows = [usize::MAX; BATCH];
        for (row, pending) in rows.iter_mut().zip(batch) {
            *row = self.conversations.guess(pending.hash);
        }
        for (row, pending) in rows.iter_mut().zip(batch) {
            if !self.conversations.is(*row, &pending.entry.written, Traffic::has_room) {
                *row = usize::MAX;
            }
        }
        let missed = self.conversations.missed();
        for (row, Pending { entry, line, .. }) in rows.into_iter().zip(batch) {
            // Once rows were forgotten, the others have new numbers.
            if missed == self.conversations.missed()
                && let Some(row) = self.conversations.row(row)
            {
                row.add_small(&entry.record);
            } else if entry.written.is_valid() {
                self.conversations.add(entry.written, |row| row.add(&entry.record));
            } else {
                let line = piece.get(line.0..line.1).unwrap_or_default();
                if let Some((line, _)) = lines::cut(line) {
                    self.line(line);
                }
                continue;
            }
            self.records += 1;
            self.count(entry.pair, &entry.record);
        }
    }

    /// Counts a record for its interface and its zone.
    #[inline]
    fn count(&mut self, pair: Pair, record: &Record) {
        self.groups.add(pair, record);
        if self.groups.is_full() {
            self.pass_on();
        }
    }

    /// The columns of the file at hand.
    fn columns(&self) -> &Columns {
        if self.is_named { &self.named } else { &self.standard }
    }

    /// Ends a file.
    pub fn finish(&mut self) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.finish(|line| self.line(line));
        self.pass_on();
        self.broken += std::mem::take(&mut lines.skipped);
        self.lines = lines;
        self.is_named = false;
    }

    fn line(&mut self, line: &[u8]) {
        if line.first().is_some_and(u8::is_ascii_lowercase) && is_header(line) {
            // Files of a log have the same.
            if self.named.header != line {
                self.named = Columns::of(line);
            }
            self.is_named = true;
        } else if !line.is_empty() && self.record(line).is_none() {
            self.broken += 1;
        }
    }

    fn record(&mut self, line: &[u8]) -> Option<()> {
        match literal::read(&self.columns().fields, line, self.moment.seconds)? {
            Said::Record { written, record, interface, zone } => {
                self.records += 1;
                self.conversations.add(written, |row| row.add(&record));
                if let Some(pair) = Pair::from_names(interface, zone) {
                    self.count(pair, &record);
                } else {
                    // In the order of the lines.
                    self.pass_on();
                    let mut traffic = Traffic::default();
                    traffic.add(&record);
                    self.group(interface, zone, &traffic);
                }
            }
            Said::Nothing => self.empty[0] += 1,
            Said::Skipped => self.empty[1] += 1,
        }
        Some(())
    }

    /// Counts by interface and by zone what was counted by both together.
    fn pass_on(&mut self) {
        for row in self.groups.take() {
            let [interface, zone] = row.key.names();
            self.group(&interface, &zone, &row.count);
        }
    }

    fn group(&mut self, interface: &[u8], zone: &[u8], traffic: &Traffic) {
        self.total.merge(traffic);
        if !interface.is_empty() {
            self.interfaces.add_ref(interface, || interface.into(), |row| row.merge(traffic));
        }
        if !zone.is_empty() && zone != b"-" {
            self.zone(zone, traffic);
        }
    }

    fn zone(&mut self, zone: &[u8], traffic: &Traffic) {
        if let Some((_, row)) = self.zones.iter_mut().find(|(name, _)| name.as_bytes() == zone) {
            row.merge(traffic);
        } else if self.zones.len() < ZONES && zone.len() <= 64 {
            // Text that is no log has no limit of its own.
            self.zones.push((String::from_utf8_lossy(zone).into_owned(), *traffic));
        }
    }

    /// Zones in which the share of refused records after the moment is at least so much above that of the others together, worst first, with
    /// both shares. One zone that refuses what others accept is a matter of a subnet: its network ACL, its routes.
    #[must_use]
    pub fn asymmetric(&self, by: f64) -> Vec<(&str, f64, f64)> {
        let share = |rejected: u64, accepted: u64| {
            let all = rejected + accepted;
            (all > 0).then(|| rejected as f64 / all as f64)
        };
        let sums = self
            .zones
            .iter()
            .fold((0, 0), |sums, (_, row)| (sums.0 + row.rejected[1], sums.1 + row.accepted[1]));
        let mut zones: Vec<_> = self
            .zones
            .iter()
            .filter_map(|(zone, row)| {
                let own = share(row.rejected[1], row.accepted[1])?;
                let others = share(sums.0 - row.rejected[1], sums.1 - row.accepted[1])?;
                (own - others >= by).then_some((zone.as_str(), own, others))
            })
            .collect();
        zones.sort_by(|left, right| {
            (right.1 - right.2).total_cmp(&(left.1 - left.2)).then_with(|| left.0.cmp(right.0))
        });
        zones
    }
}
