//! Which addresses may be talked to.
//!
//! Sources: the special-purpose registries of IANA (<https://www.iana.org/assignments/iana-ipv4-special-registry>,
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>) and the addresses clouds give out credentials at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Anybody's.
    Public,
    /// Of this network or this machine: talked to where the configuration allows it.
    Private,
    /// Never talked to: credentials, many listeners, nobody.
    Never,
}

impl Reach {
    /// What an address is for.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => v4(address),
            IpAddr::V6(address) => v6(address),
        }
    }
}

fn v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        // Metadata outside of the link-local range: Azure's wire server, Alibaba's metadata.
        [168, 63, 129, 16] | [100, 100, 100, 200] => Reach::Never,
        // "This network"; link-local, where EC2, ECS and EKS give out credentials; multicast; reserved and broadcast.
        [0, ..] | [169, 254, ..] | [224..=255, ..] => Reach::Never,
        // Protocol assignments (Oracle's metadata is among them), documentation, the 6to4 relay.
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] => Reach::Never,
        // RFC 1918, loopback.
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] => Reach::Private,
        // Carrier-grade NAT (RFC 6598), benchmarking (RFC 2544).
        [100, 64..=127, ..] | [198, 18 | 19, ..] => Reach::Private,
        _ => Reach::Public,
    }
}

fn v6(address: Ipv6Addr) -> Reach {
    let inner = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Private,
        // The same machine under another name: IPv4-mapped, and through NAT64 (RFC 6052) and 6to4 (RFC 3056).
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inner(high, low),
        [0x2002, high, low, ..] => inner(high, low),
        // EC2's metadata and EKS's credentials.
        [0xfd00, 0x0ec2, ..] => Reach::Never,
        [0xfc00..=0xfdff, ..] => Reach::Private,
        // Teredo, protocol assignments, documentation.
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Reach::Never,
        // Global unicast is 2000::/3; everything else is link-local, multicast, unspecified or nobody's.
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::Reach;

    #[test]
    fn addresses_are_told_apart() {
        let check = |expected, addresses: &[&str]| {
            for address in addresses {
                assert_eq!(Reach::of(address.parse().unwrap()), expected, "{address}");
            }
        };
        check(
            Reach::Public,
            &["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.1", "223.255.255.255"],
        );
        check(Reach::Public, &["2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2a05:d014::1"]);
        check(
            Reach::Private,
            &["127.0.0.1", "127.255.255.255", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1"],
        );
        check(Reach::Private, &["100.64.0.1", "100.127.255.255", "198.18.0.1", "::1", "fd12::1", "fc00::1"]);
        check(Reach::Private, &["::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1"]);
        check(
            Reach::Never,
            &["0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.170.2", "224.0.0.1", "255.255.255.255"],
        );
        check(Reach::Never, &["240.0.0.1", "192.0.0.192", "168.63.129.16", "100.100.100.200", "203.0.113.9"]);
        check(
            Reach::Never,
            &["::", "fe80::1", "fec0::1", "ff02::1", "fd00:ec2::254", "fd00:ec2::23", "::7f00:1"],
        );
        check(
            Reach::Never,
            &["::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "2001::1"],
        );
        check(Reach::Never, &["2001:db8::1", "3fff::1", "64:ff9b:1::1", "100::1", "::ffff:0.0.0.0"]);
    }
}
