//! A conversation as its records write it: what rows of the table are found by.
//!
//! An address of version 4 is its text, at most 15 bytes, which two words hold, and a protocol's number is: nothing is parsed for the many
//! records of a conversation that is there already. What has more than one text is read literally and written anew.

use super::Conversation;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A conversation, to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    source: [u64; 2],
    destination: [u64; 2],
    /// From the lowest bit on: whether it is a reply (8), the protocol's text (24), the server's port (16), how the source is written (5), the
    /// destination (5), the length of the protocol's text (2).
    rest: u64,
}

/// A text of a few bytes, the first in the lowest, and its length.
pub(super) type Text<T> = (T, u64);

/// Instead of a length: an address of version 6, its 128 bits in two words.
const IS_SIX: u64 = 16;

impl Written {
    /// From the two sides of a record, each with its port, and the protocol, of at most three bytes. None where the server's port is none.
    #[inline]
    pub(super) fn of(
        (source, from): (Text<[u64; 2]>, u64),
        (destination, to): (Text<[u64; 2]>, u64),
        protocol: Text<u64>,
    ) -> Option<Self> {
        let is_reply = (from != 0) & (from < to);
        // A choice that the processor cannot foretell is computed.
        let port = to ^ (to ^ from) & u64::from(is_reply).wrapping_neg();
        if port > 0xffff {
            return None;
        }
        let lengths = source.1 | destination.1 << 5 | protocol.1 << 10;
        let rest = u64::from(is_reply) | protocol.0 << 8 | port << 32 | lengths << 48;
        Some(Self { source: source.0, destination: destination.0, rest })
    }

    /// Whether texts are those of what they stand for.
    pub(super) fn is_valid(&self) -> bool {
        self.protocol().is_some() && self.source().is_some() && self.destination().is_some()
    }

    fn protocol(&self) -> Option<u8> {
        let own = (self.rest >> 8 & 0xff_ffff, self.rest >> 58);
        let bytes = u128::from(own.0).to_le_bytes();
        let number = text(&bytes, own.1)?.parse().ok()?;
        (protocol(number) == own).then_some(number)
    }

    fn source(&self) -> Option<IpAddr> {
        side(self.source, self.rest >> 48 & 31)
    }

    fn destination(&self) -> Option<IpAddr> {
        side(self.destination, self.rest >> 53 & 31)
    }
}

fn side(words: [u64; 2], length: u64) -> Option<IpAddr> {
    let bits = u128::from(words[1]) << 64 | u128::from(words[0]);
    if length == IS_SIX {
        return Some(Ipv6Addr::from(bits.to_le_bytes()).into());
    }
    // The standard library takes one text only: no zeros before other digits.
    text(&bits.to_le_bytes(), length)?.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

fn text(bytes: &[u8; 16], length: u64) -> Option<&str> {
    std::str::from_utf8(bytes.get(..usize::try_from(length).ok()?)?).ok()
}

/// An address as it is written.
pub(super) fn address(address: IpAddr) -> Text<[u64; 2]> {
    let mut bytes = [0; 16];
    let length = match address {
        IpAddr::V4(address) => {
            let text = address.to_string();
            bytes.iter_mut().zip(text.bytes()).for_each(|(byte, own)| *byte = own);
            text.len() as u64
        }
        IpAddr::V6(address) => {
            bytes = address.octets();
            IS_SIX
        }
    };
    let bits = u128::from_le_bytes(bytes);
    ([bits as u64, (bits >> 64) as u64], length)
}

/// A protocol as it is written.
pub(super) fn protocol(number: u8) -> Text<u64> {
    let digits = [number / 100, number / 10 % 10, number % 10].map(|digit| u64::from(digit | b'0'));
    let [hundreds, tens, ones] = digits;
    match number {
        0..10 => (ones, 1),
        10..100 => (tens | ones << 8, 2),
        _ => (hundreds | tens << 8 | ones << 16, 3),
    }
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
        let side = |address: Option<IpAddr>| address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let (source, destination) = (side(written.source()), side(written.destination()));
        let is_reply = written.rest & 1 != 0;
        let (client, server) = if is_reply { (destination, source) } else { (source, destination) };
        let protocol = written.protocol().unwrap_or_default();
        Self { client, server, port: (written.rest >> 32) as u16, protocol, is_reply }
    }
}
