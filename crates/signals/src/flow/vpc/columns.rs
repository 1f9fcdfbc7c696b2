//! The columns of a flow log: what its header names, and at which place.

use super::swift::CELLS;

/// Version 2, the default format.
const DEFAULT: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/// The fields that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
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

/// The columns of a header.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// The line.
    pub(super) header: Vec<u8>,
    /// All, up to the last that is read.
    pub(super) fields: Vec<Field>,
    /// Where each is, if the format is one that most logs have.
    pub(super) places: Option<Places>,
}

/// The places of fields in a format in which every one that a record cannot do without is there, and none twice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    /// Columns up to the last that is read.
    pub(super) count: usize,
    pub(super) source: usize,
    pub(super) destination: usize,
    pub(super) source_port: usize,
    pub(super) destination_port: usize,
    pub(super) protocol: usize,
    pub(super) packets: usize,
    pub(super) bytes: usize,
    pub(super) start: usize,
    pub(super) action: usize,
    pub(super) status: Option<usize>,
    pub(super) interface: Option<usize>,
    pub(super) zone: Option<usize>,
}

impl Default for Columns {
    fn default() -> Self {
        Self::of(DEFAULT.as_bytes())
    }
}

impl Columns {
    /// The columns that a header names.
    pub(super) fn of(header: &[u8]) -> Self {
        let text = String::from_utf8_lossy(header);
        let mut fields: Vec<_> = text.split_ascii_whitespace().map(Field::of).collect();
        fields.truncate(fields.iter().rposition(|field| *field != Field::Other).map_or(0, |last| last + 1));
        let places = Places::of(&fields);
        Self { header: header.to_vec(), fields, places }
    }
}

impl Places {
    fn of(fields: &[Field]) -> Option<Self> {
        let twice = |field: &Field| {
            *field != Field::Other && fields.iter().filter(|other| *other == field).count() > 1
        };
        if fields.len() >= CELLS || fields.iter().any(twice) {
            return None;
        }
        let place = |field: Field| fields.iter().position(|other| *other == field);
        Some(Self {
            count: fields.len(),
            source: place(Field::Source)?,
            destination: place(Field::Destination)?,
            source_port: place(Field::SourcePort)?,
            destination_port: place(Field::DestinationPort)?,
            protocol: place(Field::Protocol)?,
            packets: place(Field::Packets)?,
            bytes: place(Field::Bytes)?,
            start: place(Field::Start)?,
            action: place(Field::Action)?,
            status: place(Field::Status),
            interface: place(Field::Interface),
            zone: place(Field::Zone),
        })
    }
}
