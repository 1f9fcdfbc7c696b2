//! One packet, and blocks of addresses.

use butfor_network::Flow;
use std::net::IpAddr;

/// One packet; a port may be any of a range where a gateway chooses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    pub from: IpAddr,
    pub to: IpAddr,
    pub protocol: u8,
    pub from_port: (u16, u16),
    pub to_port: (u16, u16),
    /// Type and code.
    pub icmp: (u8, u8),
}

impl Packet {
    pub fn of(flow: &Flow, from: IpAddr, to: IpAddr) -> Self {
        let source = flow.source_port.unwrap_or(Flow::EPHEMERAL_PORT);
        let destination = flow.destination_port.unwrap_or(0);
        let echo = if flow.protocol.0 == 58 { 128 } else { 8 };
        Self {
            from,
            to,
            protocol: flow.protocol.0,
            from_port: (source, source),
            to_port: (destination, destination),
            icmp: flow.icmp.unwrap_or((echo, 0)),
        }
    }

    /// (14) The reply goes to the client's source port; an echo is answered by an echo reply.
    pub fn reversed(&self) -> Self {
        let kind = match (self.protocol, self.icmp.0) {
            (1, 8) => 0,
            (58, 128) => 129,
            (_, other) => other,
        };
        Self {
            from: self.to,
            to: self.from,
            protocol: self.protocol,
            from_port: self.to_port,
            to_port: self.from_port,
            icmp: (kind, self.icmp.1),
        }
    }

    pub fn has_ports(&self) -> bool {
        self.protocol == 6 || self.protocol == 17
    }

    pub fn is_icmp(&self) -> bool {
        self.protocol == 1 || self.protocol == 58
    }
}

/// Whether a block has an address, and how many bits of it are fixed.
pub fn within(block: &str, address: IpAddr) -> Option<u32> {
    let (network, bits) = block.split_once('/')?;
    let (network, bits): (IpAddr, u32) = (network.parse().ok()?, bits.parse().ok()?);
    let same = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            bits == 0 || (u32::from(network) ^ u32::from(address)) >> (32 - bits) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            bits == 0 || (u128::from(network) ^ u128::from(address)) >> (128 - bits) == 0
        }
        _ => false,
    };
    same.then_some(bits)
}
