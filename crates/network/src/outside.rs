//! Which addresses are private, and which can be on the internet.

use std::net::{IpAddr, Ipv4Addr};

/// RFC 1918, the shared space of RFC 6598, link-local, and unique local IPv6: never routed on the internet.
pub(crate) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private() || is_shared(address) || address.is_link_local() || address.is_loopback()
        }
        IpAddr::V6(address) => {
            let [first, ..] = address.segments();
            first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 || address.is_loopback()
        }
    }
}

/// 100.64.0.0/10 (RFC 6598).
pub(crate) fn is_shared(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && second & 0xc0 == 64
}

/// Whether an address can belong to somebody on the internet: not private, not reserved for documentation, tests or
/// the future (IANA special-purpose address registries).
pub(crate) fn is_global(address: IpAddr) -> bool {
    if is_private(address) || address.is_multicast() || address.is_unspecified() {
        return false;
    }
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            !address.is_documentation() && first < 240 && first != 0 && (first, second & 0xfe) != (198, 18)
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            first & 0xe000 == 0x2000 && (first, second) != (0x2001, 0xdb8)
        }
    }
}
