//! Values that are not compared as texts: numbers, moments, bytes, addresses.

use ipnet::IpNet;
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};
use std::cmp::Ordering;
use std::net::IpAddr;

/// What the order of two values must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// Whether the value of the request stands so to that of the policy.
    pub(super) fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// A decimal number of any length, compared exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    /// Digits before the point without leading zeros, and after it without trailing ones.
    whole: String,
    fraction: String,
}

impl Decimal {
    /// Reads an integer or a decimal number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            is_negative: is_negative && !is_zero,
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |one: &Self, other: &Self| {
            let whole = one.whole.len().cmp(&other.whole.len()).then_with(|| one.whole.cmp(&other.whole));
            whole.then_with(|| one.fraction.cmp(&other.fraction))
        };
        match (self.is_negative, other.is_negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reads a moment: the W3C profile of ISO 8601 (from a year to fractions of a second, UTC where no offset is given), or
/// seconds since 1970.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let first_of = |year: &str, month: &str| {
        let is_date = year.len() == 4 && month.len() == 2 && is_number(year) && is_number(month);
        is_date.then(|| Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()).flatten()
    };
    // Four digits are a year: the profile has them, and no token was issued in the first hours of 1970.
    let date =
        first_of(text, "01").or_else(|| text.split_once('-').and_then(|(year, month)| first_of(year, month)));
    if let Some(date) = date {
        return date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    }
    if is_number(text.strip_prefix('-').unwrap_or(text)) {
        return Timestamp::from_second(text.parse().ok()?).ok();
    }
    if let Some((seconds, fraction)) = text.split_once('.')
        && is_number(seconds)
        && is_number(fraction)
    {
        let nanoseconds = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
        return Timestamp::new(seconds.parse().ok()?, nanoseconds).ok();
    }
    let moment: DateTime = text.parse().ok()?;
    moment.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// An address or a block of them. IPv4 in IPv6 notation (`::ffff:192.0.2.1`) is the same address as without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address(IpNet);

impl Address {
    /// Reads an address, or a block in CIDR notation; without a prefix it is that one address.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let net = match text.split_once('/') {
            Some(_) => text.parse().ok()?,
            None => IpNet::from(text.parse::<IpAddr>().ok()?),
        };
        // 96 bits of the mapped form are always the same (RFC 4291, 2.5.5.2).
        if let IpNet::V6(block) = net
            && let Some(address) = block.addr().to_ipv4_mapped()
            && let Some(length) = block.prefix_len().checked_sub(96)
        {
            return ipnet::Ipv4Net::new(address, length).ok().map(|net| Self(net.into()));
        }
        Some(Self(net))
    }

    /// Whether another one lies in this one.
    pub(super) fn contains(&self, other: &Self) -> bool {
        self.0.contains(&other.0)
    }
}

/// Decodes base64 (RFC 4648) of either alphabet, with or without padding.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let digits = text.trim_end_matches('=');
    if text.len() - digits.len() > 2 || digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(bytes)
}
