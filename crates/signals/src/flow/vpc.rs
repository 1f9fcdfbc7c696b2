//! VPC flow logs as text: a header line of field names, then one record a line; records of version 2 also without header.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>.

use super::{Count, Lines, Top, number};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Conversations counted at once, at some 100 bytes each.
const ROOM: usize = 1 << 16;
/// Interfaces counted at once.
const INTERFACES: usize = 1 << 12;

/// Zones counted at once; all regions together have some hundred.
const ZONES: usize = 256;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// By Availability Zone id, where the format has it.
    pub zones: BTreeMap<String, Traffic>,
    /// Records read.
    pub records: u64,
    /// Records in which nothing was captured: NODATA, SKIPDATA. Skipped data is traffic that nobody knows.
    pub empty: [u64; 2],
    /// Lines that are no record.
    pub broken: u64,
    moment: i64,
    columns: Vec<Field>,
    lines: Lines,
}

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
            zones: BTreeMap::new(),
            records: 0,
            empty: [0; 2],
            broken: 0,
            moment,
            columns: DEFAULT.split(' ').map(Field::of).collect(),
            lines: Lines::default(),
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
        self.broken += std::mem::take(&mut lines.skipped);
        self.lines = lines;
        self.columns = DEFAULT.split(' ').map(Field::of).collect();
    }

    fn line(&mut self, line: &[u8]) {
        if line.first().is_some_and(u8::is_ascii_lowercase) && line.windows(7).any(|word| word == b"srcaddr")
        {
            let header = String::from_utf8_lossy(line);
            self.columns = header.split_ascii_whitespace().map(Field::of).collect();
        } else if !line.is_empty() && self.record(line).is_none() {
            self.broken += 1;
        }
    }

    fn record(&mut self, line: &[u8]) -> Option<()> {
        let (mut interface, mut zone): (&[u8], &[u8]) = (b"", b"");
        let (mut source, mut destination) = (None, None);
        let (mut from, mut to, mut protocol) = (0, 0, 0);
        let (mut packets, mut bytes, mut start, mut action) = (0, 0, None, None);
        let mut fields = line.split(|byte| *byte == b' ');
        for column in &self.columns {
            let field = fields.next()?;
            match column {
                Field::Other => {}
                Field::Interface => interface = field,
                Field::Source => source = address(field),
                Field::Destination => destination = address(field),
                Field::SourcePort => from = number(field).unwrap_or(0),
                Field::DestinationPort => to = number(field).unwrap_or(0),
                Field::Protocol => protocol = number(field).unwrap_or(0),
                Field::Packets => packets = number(field).unwrap_or(0),
                Field::Bytes => bytes = number(field).unwrap_or(0),
                Field::Start => start = number(field),
                Field::Action => action = Some(field),
                Field::Status if field == b"NODATA" => {
                    self.empty[0] += 1;
                    return Some(());
                }
                Field::Status if field == b"SKIPDATA" => {
                    self.empty[1] += 1;
                    return Some(());
                }
                Field::Status => {}
                Field::Zone => zone = field,
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
        self.conversations.add_ref(&conversation, || conversation, |row| row.add(&record));
        if !interface.is_empty() {
            self.interfaces.add_ref(interface, || interface.into(), |row| row.add(&record));
        }
        if !zone.is_empty() && zone != b"-" {
            self.zone(zone, &record);
        }
        Some(())
    }

    fn zone(&mut self, zone: &[u8], record: &Record) {
        let Ok(zone) = std::str::from_utf8(zone) else { return };
        if let Some(row) = self.zones.get_mut(zone) {
            row.add(record);
        } else if self.zones.len() < ZONES && zone.len() <= 64 {
            // Text that is no log has no limit of its own.
            self.zones.entry(zone.to_owned()).or_default().add(record);
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
            .values()
            .fold((0, 0), |sums, row| (sums.0 + row.rejected[1], sums.1 + row.accepted[1]));
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

fn address(field: &[u8]) -> Option<IpAddr> {
    let mut octets = [0u8; 4];
    let mut parts = field.split(|byte| *byte == b'.');
    for octet in &mut octets {
        match parts.next().filter(|part| part.len() <= 3).and_then(number).map(u8::try_from) {
            Some(Ok(value)) => *octet = value,
            _ => return std::str::from_utf8(field).ok()?.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        }
    }
    parts.next().is_none().then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}
