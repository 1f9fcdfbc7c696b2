//! A conversation as its records write it: what rows of the table are found by.
//!
//! An address of version 4 is its text, at most 15 bytes, which two words hold: nothing is parsed for the many records of a conversation that is
//! there already. Every address has one text: another spelling of it is read literally and written anew.

use super::Conversation;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A conversation, to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    source: [u64; 2],
    destination: [u64; 2],
    /// The server's port, the protocol, flags.
    rest: u64,
}

const IS_REPLY: u64 = 1;
/// The source is an address of version 6, its 128 bits in two words; and the destination.
const IS_SIX: [u64; 2] = [2, 4];

/// An address in two words, and whether it is of version 6.
pub(super) type Address = ([u64; 2], bool);

impl Written {
    /// From the two sides of a record, each with its port. None where the server's port is none, or the protocol.
    #[inline]
    pub(super) fn of(
        (source, from): (Address, u64),
        (destination, to): (Address, u64),
        protocol: u64,
    ) -> Option<Self> {
        let is_reply = (from != 0) & (from < to);
        let port = if is_reply { from } else { to };
        if (port > 0xffff) | (protocol > 0xff) {
            return None;
        }
        let flags = u64::from(is_reply) | u64::from(source.1) << 1 | u64::from(destination.1) << 2;
        Some(Self { source: source.0, destination: destination.0, rest: port << 16 | protocol << 8 | flags })
    }

    /// Whether addresses are addresses.
    pub(super) fn is_valid(&self) -> bool {
        self.side(self.source, IS_SIX[0]).is_some() && self.side(self.destination, IS_SIX[1]).is_some()
    }

    fn side(&self, words: [u64; 2], is_six: u64) -> Option<IpAddr> {
        let bytes = (u128::from(words[1]) << 64 | u128::from(words[0])).to_le_bytes();
        if self.rest & is_six != 0 {
            return Some(Ipv6Addr::from(bytes).into());
        }
        let length = bytes.iter().position(|byte| *byte == 0)?;
        let text = bytes.split_at_checked(length).filter(|(_, rest)| rest.iter().all(|byte| *byte == 0))?.0;
        // The standard library takes one spelling only: no zeros before other digits.
        std::str::from_utf8(text).ok()?.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
    }
}

/// The two words of an address.
pub(super) fn words(address: IpAddr) -> Address {
    let mut bytes = [0; 16];
    match address {
        IpAddr::V4(address) => {
            let text = address.to_string();
            bytes.iter_mut().zip(text.bytes()).for_each(|(byte, own)| *byte = own);
        }
        IpAddr::V6(address) => bytes = address.octets(),
    }
    let both = u128::from_le_bytes(bytes);
    ([both as u64, (both >> 64) as u64], address.is_ipv6())
}

impl Hash for Written {
    #[inline]
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        for word in [self.source[0], self.source[1], self.destination[0], self.destination[1], self.rest] {
            hasher.write_u64(word);
        }
    }
}

impl From<Written> for Conversation {
    fn from(written: Written) -> Self {
        let side =
            |words, is_six| written.side(words, is_six).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let (source, destination) =
            (side(written.source, IS_SIX[0]), side(written.destination, IS_SIX[1]));
        let is_reply = written.rest & IS_REPLY != 0;
        let (client, server) = if is_reply { (destination, source) } else { (source, destination) };
        let (port, protocol) = ((written.rest >> 16) as u16, (written.rest >> 8) as u8);
        Self { client, server, port, protocol, is_reply }
    }
}
