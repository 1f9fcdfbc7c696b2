//! VPC flow logs as text: a header line of field names, then one record a line; records of version 2 also without header.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>.

use super::{Count, Lines, Top, number};
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};

/// Conversations counted at once, at some 100 bytes each.
const ROOM: usize = 1 << 16;
/// Records whose conversations are looked up together.
const BATCH: usize = 256;
/// Interfaces counted at once.
const INTERFACES: usize = 1 << 12;

/// Zones counted at once; a region has three to six.
const ZONES: usize = 128;

/// The fields that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Interface,
    Source,
    Destination,
    SourcePort,
    DestinationPort,
    Protocol,
    Packets,
    Bytes,
    Start,
    Action,
    Status,
    Zone,
    Other,
}

/// Version 2, the default format.
const DEFAULT: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/// The columns of a header, up to the last that is read.
fn columns(header: &str) -> Vec<Field> {
    let mut columns: Vec<_> = header.split_ascii_whitespace().map(Field::of).collect();
    columns.truncate(columns.iter().rposition(|column| *column != Field::Other).map_or(0, |last| last + 1));
    columns
}

impl Field {
    fn of(name: &str) -> Self {
        match name {
            "interface-id" => Self::Interface,
            "srcaddr" => Self::Source,
            "dstaddr" => Self::Destination,
            "srcport" => Self::SourcePort,
            "dstport" => Self::DestinationPort,
            "protocol" => Self::Protocol,
            "packets" => Self::Packets,
            "bytes" => Self::Bytes,
            "start" => Self::Start,
            "action" => Self::Action,
            "log-status" => Self::Status,
            "az-id" => Self::Zone,
            _ => Self::Other,
        }
    }
}

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

impl Hash for Conversation {
    /// As few words as there are: this is done for every record.
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let rest = u64::from(self.port) << 16 | u64::from(self.protocol) << 8 | u64::from(self.is_reply);
        match (self.client, self.server) {
            (IpAddr::V4(client), IpAddr::V4(server)) => {
                hasher.write_u64(u64::from(client.to_bits()) << 32 | u64::from(server.to_bits()));
            }
            (client, server) => (client, server).hash(hasher),
        }
        hasher.write_u64(rest);
    }
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
}

impl Count for Traffic {
    /// Bytes say who talks most; a refused packet has none that matter, so records count, too.
    fn count(&self) -> u64 {
        let records: u64 = self.accepted.iter().chain(&self.rejected).sum();
        self.bytes.iter().fold(records, |sum, bytes| sum.saturating_add(*bytes))
    }
}

/// What flow logs say, in limited memory.
#[derive(Clone, Debug)]
pub struct Flows {
    /// All records.
    pub total: Traffic,
    /// Who talks to whom.
    pub conversations: Top<Conversation, Traffic>,
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
    moment: i64,
    columns: Vec<Field>,
    lines: Lines,
    pending: Vec<(Conversation, Record)>,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    is_after: bool,
    is_accepted: bool,
    packets: u64,
    bytes: u64,
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
            moment,
            columns: columns(DEFAULT),
            lines: Lines::default(),
            pending: Vec::with_capacity(BATCH),
        }
    }

    /// Reads a piece of a file. A new file's header is recognised; call [`Flows::finish`] at the end of each file.
    pub fn push(&mut self, piece: &[u8]) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.push(piece, |line| self.line(line));
        self.lines = lines;
    }

    /// Ends a file.
    pub fn finish(&mut self) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.finish(|line| self.line(line));
        self.settle();
        self.broken += std::mem::take(&mut lines.skipped);
        self.lines = lines;
        self.columns = columns(DEFAULT);
    }

    fn line(&mut self, line: &[u8]) {
        if line.first().is_some_and(u8::is_ascii_lowercase) && line.windows(7).any(|word| word == b"srcaddr")
        {
            let header = String::from_utf8_lossy(line);
            self.columns = columns(&header);
        } else if !line.is_empty() && self.record(line).is_none() {
            self.broken += 1;
        }
    }

    fn record(&mut self, line: &[u8]) -> Option<()> {
        let (mut interface, mut zone): (&[u8], &[u8]) = (b"", b"");
        let (mut source, mut destination) = (None, None);
        let (mut from, mut to, mut protocol) = (0, 0, 0);
        let (mut packets, mut bytes, mut start, mut action) = (0, 0, None, None);
        let mut cells = Cells { rest: line };
        for column in &self.columns {
            match column {
                Field::Other => cells.skip()?,
                Field::Interface => interface = cells.text()?,
                Field::Source => source = cells.address()?,
                Field::Destination => destination = cells.address()?,
                Field::SourcePort => from = cells.number()?.unwrap_or(0),
                Field::DestinationPort => to = cells.number()?.unwrap_or(0),
                Field::Protocol => protocol = cells.number()?.unwrap_or(0),
                Field::Packets => packets = cells.number()?.unwrap_or(0),
                Field::Bytes => bytes = cells.number()?.unwrap_or(0),
                Field::Start => start = cells.number()?,
                Field::Action => action = Some(cells.text()?),
                Field::Status => match cells.text()? {
                    b"NODATA" => {
                        self.empty[0] += 1;
                        return Some(());
                    }
                    b"SKIPDATA" => {
                        self.empty[1] += 1;
                        return Some(());
                    }
                    _ => {}
                },
                Field::Zone => zone = cells.text()?,
            }
        }
        let is_accepted = match action? {
            b"ACCEPT" => true,
            b"REJECT" => false,
            // Nothing was captured, in a format without the status.
            b"-" => {
                self.empty[0] += 1;
                return Some(());
            }
            _ => return None,
        };
        let is_after = start.and_then(|start| i64::try_from(start).ok())? >= self.moment;
        let record = Record { is_after, is_accepted, packets, bytes };
        let (source, destination) = (source?, destination?);
        let is_reply = from != 0 && from < to;
        let (client, server, port) =
            if is_reply { (destination, source, from) } else { (source, destination, to) };
        let conversation = Conversation {
            client,
            server,
            port: u16::try_from(port).ok()?,
            protocol: u8::try_from(protocol).ok()?,
            is_reply,
        };
        self.records += 1;
        self.total.add(&record);
        self.pending.push((conversation, record));
        if self.pending.len() >= BATCH {
            self.settle();
        }
        if !interface.is_empty() {
            self.interfaces.add_ref(interface, || interface.into(), |row| row.add(&record));
        }
        if !zone.is_empty() && zone != b"-" {
            self.zone(zone, &record);
        }
        Some(())
    }

    /// Looks up the conversations of many records at once, so that the processor waits for memory once and not for each.
    fn settle(&mut self) {
        for (conversation, record) in self.pending.drain(..) {
            self.conversations.add_ref(&conversation, || conversation, |row| row.add(&record));
        }
    }

    fn zone(&mut self, zone: &[u8], record: &Record) {
        // A handful: comparing them all is quicker than any table.
        if let Some((_, row)) = self.zones.iter_mut().find(|(name, _)| name.as_bytes() == zone) {
            row.add(record);
        } else if self.zones.len() < ZONES && zone.len() <= 64 {
            // Text that is no log has no limit of its own.
            let mut row = Traffic::default();
            row.add(record);
            self.zones.push((String::from_utf8_lossy(zone).into_owned(), row));
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

/// The cells of a line, from left to right, each looked at once. `None` is a line that ends too early.
struct Cells<'l> {
    rest: &'l [u8],
}

impl<'l> Cells<'l> {
    fn skip(&mut self) -> Option<()> {
        self.text().map(|_| ())
    }

    #[inline]
    fn text(&mut self) -> Option<&'l [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = space(self.rest);
        let (cell, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.get(1..).unwrap_or_default();
        Some(cell)
    }

    /// The number in a cell, if it is one of at most 19 digits.
    fn number(&mut self) -> Option<Option<u64>> {
        let mut value = 0u64;
        let mut bytes = self.rest.iter();
        for _ in 0..19 {
            match bytes.next() {
                Some(digit @ b'0'..=b'9') => value = value.wrapping_mul(10) + u64::from(digit - b'0'),
                Some(b' ') if bytes.len() + 1 < self.rest.len() => {
                    self.rest = bytes.as_slice();
                    return Some(Some(value));
                }
                None if !self.rest.is_empty() => {
                    self.rest = &[];
                    return Some(Some(value));
                }
                _ => break,
            }
        }
        let cell = self.text()?;
        Some(number(cell))
    }

    /// The address in a cell, if it is one.
    fn address(&mut self) -> Option<Option<IpAddr>> {
        let (mut value, mut octet, mut digits, mut dots) = (0u32, 0u32, 0, 0);
        let mut bytes = self.rest.iter();
        loop {
            match bytes.next() {
                Some(digit @ b'0'..=b'9') if digits < 3 => {
                    octet = octet * 10 + u32::from(digit - b'0');
                    digits += 1;
                }
                Some(b'.') if digits > 0 && dots < 3 && octet < 256 => {
                    value = value << 8 | octet;
                    (octet, digits, dots) = (0, 0, dots + 1);
                }
                Some(b' ') if digits > 0 && dots == 3 && octet < 256 => {
                    self.rest = bytes.as_slice();
                    return Some(Some(IpAddr::V4(Ipv4Addr::from(value << 8 | octet))));
                }
                // Version 6, a dash, or the end of the line.
                _ => break,
            }
        }
        let cell = std::str::from_utf8(self.text()?).ok();
        Some(cell.and_then(|cell| cell.parse().ok()))
    }
}

/// The place of the first space, or the length. Eight bytes at a time: cells are too short for anything that begins with a call.
#[inline]
fn space(line: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let mut at = 0;
    while let Some(eight) = line.get(at..at + 8).and_then(|eight| eight.try_into().ok()) {
        // A byte is 0 where it was a space; the lowest such is told right (Mycroft).
        let word = u64::from_le_bytes(eight) ^ (ONES * 0x20);
        let found = word.wrapping_sub(ONES) & !word & (ONES << 7);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = line.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len())
}
