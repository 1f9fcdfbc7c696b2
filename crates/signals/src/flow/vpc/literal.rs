//! A record of a flow log read cell by cell: any format, anything in a cell.

use super::Record;
use super::columns::Field;
use super::written::{self, Written};
use crate::flow::number;
use std::net::IpAddr;

/// What a line says.
pub(super) enum Said<'l> {
    Record {
        written: Written,
        record: Record,
        /// Empty where the format has none; so is the zone.
        interface: &'l [u8],
        zone: &'l [u8],
    },
    /// NODATA: there was nothing.
    Nothing,
    /// SKIPDATA: nobody knows.
    Skipped,
}

/// Reads a line without its end. None where it is no record.
pub(super) fn read<'l>(columns: &[Field], line: &'l [u8], moment: i64) -> Option<Said<'l>> {
    let (mut interface, mut zone): (&[u8], &[u8]) = (b"", b"");
    let (mut source, mut destination) = (None, None);
    let (mut from, mut to, mut protocol) = (0, 0, 0);
    let (mut packets, mut bytes, mut start, mut action) = (0, 0, None, None);
    let mut cells = Cells { rest: line };
    for column in columns {
        let cell = cells.next()?;
        let value = || number(cell).unwrap_or(0);
        match column {
            Field::Other => {}
            Field::Interface => interface = cell,
            Field::Source => source = address(cell),
            Field::Destination => destination = address(cell),
            Field::SourcePort => from = value(),
            Field::DestinationPort => to = value(),
            Field::Protocol => protocol = value(),
            Field::Packets => packets = value(),
            Field::Bytes => bytes = value(),
            Field::Start => start = number(cell),
            Field::Action => action = Some(cell),
            Field::Status => match cell {
                b"NODATA" => return Some(Said::Nothing),
                b"SKIPDATA" => return Some(Said::Skipped),
                _ => {}
            },
            Field::Zone => zone = cell,
        }
    }
    let is_accepted = match action? {
        b"ACCEPT" => true,
        b"REJECT" => false,
        // Nothing was captured, in a format without the status.
        b"-" => return Some(Said::Nothing),
        _ => return None,
    };
    let is_after = start.and_then(|start| i64::try_from(start).ok())? >= moment;
    let record = Record { is_after, is_accepted, packets, bytes };
    let protocol = written::protocol(u8::try_from(protocol).ok()?);
    let (source, destination) = (written::address(source?), written::address(destination?));
    let written = Written::of((source, from), (destination, to), protocol)?;
    Some(Said::Record { written, record, interface, zone })
}

/// The cells of a line, from left to right. After the last there is none, not even an empty one.
struct Cells<'l> {
    rest: &'l [u8],
}

impl<'l> Iterator for Cells<'l> {
    type Item = &'l [u8];

    fn next(&mut self) -> Option<&'l [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b' ', self.rest).unwrap_or(self.rest.len());
        let (cell, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.get(1..).unwrap_or_default();
        Some(cell)
    }
}

/// The address in a cell, if it is one.
pub(super) fn address(cell: &[u8]) -> Option<IpAddr> {
    let octet =
        |part: &[u8]| number(part).filter(|_| part.len() <= 3).and_then(|octet| u8::try_from(octet).ok());
    let mut octets = cell.split(|byte| *byte == b'.').map(octet);
    match (octets.next(), octets.next(), octets.next(), octets.next(), octets.next()) {
        (Some(Some(first)), Some(Some(second)), Some(Some(third)), Some(Some(fourth)), None) => {
            Some(IpAddr::from([first, second, third, fourth]))
        }
        _ => std::str::from_utf8(cell).ok()?.parse().ok(),
    }
}
