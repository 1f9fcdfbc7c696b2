//! Addresses: prefix-preserving, so that who is in which block is as before.
//!
//! Bits are turned over by a keyed digest of the bits before them (the scheme of Crypto-PAn, Xu et al. 2002): two addresses that agree in
//! their first n bits agree in as many afterwards. What a range is for stays: private is private. The last bits stay, too, and with
//! them the order within a subnet and AWS's reserved addresses.

use crate::key::Key;
use ipnet::{Ipv4Net, Ipv6Net};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Ranges of IPv4, and which of their bits are turned: from one, up to another. More specific ones first.
///
/// In `10.0.0.0/8` a VPC, of which none is larger than a /16, keeps its inside as it is.
const RANGES: [(&str, u32, u32); 15] = [
    // Well-known resolvers.
    ("8.8.8.8/32", 0, 0),
    ("8.8.4.4/32", 0, 0),
    ("1.1.1.1/32", 0, 0),
    // This network, loopback, link-local (instance metadata, the resolver, time), documentation, benchmarks, multicast and beyond
    // (RFC 6890).
    ("0.0.0.0/8", 0, 0),
    ("127.0.0.0/8", 0, 0),
    ("169.254.0.0/16", 0, 0),
    ("192.0.2.0/24", 0, 0),
    ("198.51.100.0/24", 0, 0),
    ("203.0.113.0/24", 0, 0),
    ("198.18.0.0/15", 0, 0),
    ("224.0.0.0/3", 0, 0),
    // Private (RFC 1918) and shared (RFC 6598).
    ("10.0.0.0/8", 8, 16),
    ("172.16.0.0/12", 12, 24),
    ("192.168.0.0/16", 16, 24),
    ("100.64.0.0/10", 10, 24),
];

/// Bits of public addresses that are turned.
const PUBLIC: (u32, u32) = (8, 24);

/// Ranges of IPv6 that stay: unspecified and loopback, link-local, multicast, documentation, AWS's own services, NAT64.
const FIXED_V6: [&str; 6] =
    ["::/16", "fe80::/10", "ff00::/8", "2001:db8::/32", "fd00:ec2::/32", "64:ff9b::/96"];

/// Bits of IPv6 that are turned: those of networks, not of interfaces.
const V6: (u32, u32) = (16, 64);

/// How often another turn is tried until no address of the recording becomes another one of it.
const ATTEMPTS: u32 = 64;

/// The addresses of one incident.
#[derive(Debug)]
pub(crate) struct Addresses {
    key: Key,
    turn: u32,
    /// Bits turned before: most addresses share all but their last ones.
    known: RefCell<HashMap<(u32, u128), bool>>,
    ranges: Vec<(Ipv4Net, u32, u32)>,
    fixed_v6: Vec<Ipv6Net>,
    kept: Vec<Ipv4Net>,
    /// Resolvers of VPCs: the third address of the network, wherever its first subnet has gone.
    resolvers: BTreeMap<Ipv4Addr, Ipv4Addr>,
}

impl Addresses {
    /// For the addresses seen; blocks of AWS are kept, and the third address of a VPC stays the third.
    pub(crate) fn new(
        key: Key,
        seen: &BTreeSet<Ipv4Addr>,
        kept: Vec<Ipv4Net>,
        vpcs: &BTreeSet<Ipv4Net>,
    ) -> Self {
        let ranges = RANGES.iter().filter_map(|(net, from, to)| Some((net.parse().ok()?, *from, *to)));
        let fixed_v6 = FIXED_V6.iter().filter_map(|net| net.parse().ok());
        let mut addresses = Self {
            key,
            turn: 0,
            known: RefCell::default(),
            ranges: ranges.collect(),
            fixed_v6: fixed_v6.collect(),
            kept,
            resolvers: BTreeMap::new(),
        };
        let conflicts =
            |addresses: &Self| seen.iter().filter(|address| addresses.is_bad(**address, seen)).count();
        let mut best = (usize::MAX, 0);
        for turn in 0..ATTEMPTS {
            addresses.set_turn(turn);
            best = best.min((conflicts(&addresses), turn));
            if best.0 == 0 {
                break;
            }
        }
        addresses.set_turn(best.1);
        for vpc in vpcs {
            let third = |net: Ipv4Net| Ipv4Addr::from(u32::from(net.network()).saturating_add(2));
            let other = addresses.net_v4(*vpc);
            addresses.resolvers.insert(third(*vpc), third(other));
        }
        addresses
    }

    /// Whether an address becomes one that was there before, or changes what it is for.
    fn is_bad(&self, address: Ipv4Addr, seen: &BTreeSet<Ipv4Addr>) -> bool {
        let other = self.v4(address);
        if self.is_kept(address) || self.bits(address).1 == 0 {
            return false;
        }
        seen.contains(&other) || self.bits(other) != self.bits(address) || self.is_kept(other)
    }

    fn set_turn(&mut self, turn: u32) {
        if self.turn != turn {
            self.turn = turn;
            self.known.get_mut().clear();
        }
    }

    fn is_kept(&self, address: Ipv4Addr) -> bool {
        self.kept.iter().any(|net| net.contains(&address))
    }

    /// Which bits of an address are turned.
    fn bits(&self, address: Ipv4Addr) -> (u32, u32) {
        let range = self.ranges.iter().find(|(net, _, _)| net.contains(&address));
        range.map_or(PUBLIC, |(_, from, to)| (*from, *to))
    }

    /// Another address for one.
    pub(crate) fn v4(&self, address: Ipv4Addr) -> Ipv4Addr {
        if let Some(resolver) = self.resolvers.get(&address) {
            return *resolver;
        }
        if self.is_kept(address) {
            return address;
        }
        let (from, to) = self.bits(address);
        let bits = u128::from(u32::from(address)) << 96;
        let turned = self.turn(bits, from, to) >> 96;
        u32::try_from(turned).map_or(address, Ipv4Addr::from)
    }

    /// Another block for one: as wide, and with the same addresses inside.
    pub(crate) fn net_v4(&self, net: Ipv4Net) -> Ipv4Net {
        if self.kept.iter().any(|kept| kept.contains(&net) || net.contains(kept)) {
            return net;
        }
        let (from, to) = self.bits(net.addr());
        let width = u32::from(net.prefix_len());
        let bits = u128::from(u32::from(net.addr())) << 96;
        let turned = self.turn(bits, from, to.min(width)) >> 96;
        let address = u32::try_from(turned).map_or(net.addr(), Ipv4Addr::from);
        Ipv4Net::new(address, net.prefix_len()).unwrap_or(net)
    }

    pub(crate) fn v6(&self, address: Ipv6Addr) -> Ipv6Addr {
        self.v6_within(address, V6.1)
    }

    pub(crate) fn net_v6(&self, net: Ipv6Net) -> Ipv6Net {
        let address = self.v6_within(net.addr(), V6.1.min(u32::from(net.prefix_len())));
        Ipv6Net::new(address, net.prefix_len()).unwrap_or(net)
    }

    fn v6_within(&self, address: Ipv6Addr, to: u32) -> Ipv6Addr {
        if self.fixed_v6.iter().any(|net| net.contains(&address)) {
            return address;
        }
        Ipv6Addr::from(self.turn(u128::from(address), V6.0, to))
    }

    /// Turns bits, counted from the most significant, each as the bits before it say.
    fn turn(&self, bits: u128, from: u32, to: u32) -> u128 {
        let mut turned = bits;
        for bit in from..to {
            let before = bits.checked_shr(128 - bit).unwrap_or_default();
            let fresh = || self.key.bit("address", &format!("{} {bit} {before:x}", self.turn));
            if *self.known.borrow_mut().entry((bit, before)).or_insert_with(fresh) {
                turned ^= 1 << (127 - bit);
            }
        }
        turned
    }
}

#[cfg(test)]
mod tests {
    use super::Addresses;
    use crate::key::Key;
    use ipnet::Ipv4Net;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::net::{Ipv4Addr, Ipv6Addr};

    fn addresses(seen: &[&str]) -> Addresses {
        let seen: BTreeSet<_> = seen.iter().map(|text| text.parse().unwrap()).collect();
        let vpcs = BTreeSet::from(["192.168.0.0/16".parse().unwrap()]);
        Addresses::new(Key::new(b"k"), &seen, vec!["52.216.0.0/15".parse().unwrap()], &vpcs)
    }

    #[test]
    fn what_everybody_has_stays() {
        let addresses = addresses(&[]);
        for text in [
            "0.0.0.0",
            "127.0.0.1",
            "169.254.169.253",
            "203.0.113.9",
            "255.255.255.255",
            "8.8.8.8",
            "52.217.1.1",
        ] {
            let address: Ipv4Addr = text.parse().unwrap();
            assert_eq!(addresses.v4(address), address);
        }
        for text in ["0.0.0.0/0", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "52.216.0.0/15"] {
            let net: Ipv4Net = text.parse().unwrap();
            assert_eq!(addresses.net_v4(net), net);
        }
        for text in ["::", "::1", "fe80::1", "2001:db8::1", "fd00:ec2::253"] {
            let address: Ipv6Addr = text.parse().unwrap();
            assert_eq!(addresses.v6(address), address);
        }
    }

    #[test]
    fn no_address_becomes_another_of_the_recording() {
        let seen = [
            "10.0.0.4",
            "10.1.0.4",
            "10.2.0.4",
            "10.0.1.9",
            "172.31.5.6",
            "192.168.7.8",
            "54.1.2.3",
            "3.233.158.34",
        ];
        let addresses = addresses(&seen);
        for text in seen {
            let address: Ipv4Addr = text.parse().unwrap();
            let other = addresses.v4(address);
            assert!(!seen.contains(&other.to_string().as_str()), "{text} {other}");
            assert_eq!(other.is_private(), address.is_private(), "{text} {other}");
            assert_eq!(other.octets()[3], address.octets()[3]);
        }
    }

    #[test]
    fn the_resolver_of_a_network_stays_its_third_address() {
        assert_eq!(addresses(&[]).v4("192.168.0.2".parse().unwrap()).to_string(), "192.168.0.2");
    }

    proptest! {
        #[test]
        fn blocks_hold_what_they_held(one: u32, other: u32, width in 0..=32_u8) {
            let addresses = addresses(&[]);
            let (one, other) = (Ipv4Addr::from(one), Ipv4Addr::from(other));
            let net = Ipv4Net::new(one, width).unwrap().trunc();
            // Blocks and addresses that AWS shares with everybody are not moved, and what is beside them is.
            prop_assume!(addresses.bits(net.network()) == addresses.bits(other) || width == 0);
            prop_assume!(!addresses.is_kept(other) && addresses.kept.iter().all(|kept| !net.contains(kept) && !kept.contains(&net)));
            prop_assume!(!addresses.resolvers.contains_key(&other));
            prop_assert_eq!(addresses.net_v4(net).contains(&addresses.v4(other)), net.contains(&other));
            prop_assert_eq!(addresses.net_v4(net).trunc(), addresses.net_v4(net));
        }

        #[test]
        fn blocks_of_ipv6_hold_what_they_held(one: u128, other: u64, width in 16..=128_u8) {
            let addresses = addresses(&[]);
            let (one, other) = (Ipv6Addr::from(one), Ipv6Addr::from((one >> 64 << 64) | u128::from(other)));
            let net = ipnet::Ipv6Net::new(one, width).unwrap().trunc();
            prop_assume!(addresses.fixed_v6.iter().all(|fixed| !fixed.contains(&net) && !net.contains(fixed) && !fixed.contains(&other)));
            prop_assert_eq!(addresses.net_v6(net).contains(&addresses.v6(other)), net.contains(&other));
        }
    }
}
