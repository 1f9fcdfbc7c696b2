//! Message authentication codes, credentials and the times signed with them.

use crate::integration::Integration;
use crate::verify::Refusal;
use butfor_incident::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt::Write as _;

type HmacSha256 = Hmac<Sha256>;

/// HMAC-SHA256 over `parts`, one after the other.
fn keyed(key: &[u8], parts: &[&[u8]]) -> Option<HmacSha256> {
    // HMAC takes keys of any length; `None` never happens, and would match nothing.
    let mut mac = HmacSha256::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac)
}

/// Whether `given` is the code of `parts` under `key`, in constant time.
pub(crate) fn is_code(key: &[u8], parts: &[&[u8]], given: &[u8]) -> bool {
    keyed(key, parts).is_some_and(|mac| mac.verify_slice(given).is_ok())
}

/// The first secret under which one of `given` is the code of `parts`. All are tried, whichever matches.
pub(crate) fn matching(integration: &Integration, parts: &[&[u8]], given: &[Vec<u8>]) -> Option<usize> {
    first(
        integration.usable().map(|secret| {
            given.iter().fold(false, |found, code| found | is_code(secret.bytes(), parts, code))
        }),
    )
}

/// The first that is true, after all were looked at.
pub(crate) fn first(tried: impl Iterator<Item = bool>) -> Option<usize> {
    tried.enumerate().fold(None, |found, (index, is_match)| found.or(is_match.then_some(index)))
}

/// Whether two credentials are the same. The time it takes tells nothing of either but its length.
pub(crate) fn is_same(given: &[u8], expected: &[u8]) -> bool {
    const LABEL: &[u8] = b"credential";
    keyed(given, &[LABEL]).is_some_and(|mac| is_code(expected, &[LABEL], &mac.finalize().into_bytes()))
        // HMAC pads a short key with zero bytes, so "a" and "a\0" are one key: the lengths must agree as well.
        && given.len() == expected.len()
}

/// The bytes of lower-case hexadecimal digits, the notation every sender here uses.
pub(crate) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
}

/// Lower-case hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `2025-11-23T18:00:00.000Z` and nothing else (requirement ING-07; JavaScript's `toISOString`).
pub(crate) fn iso(value: &[u8]) -> Result<Timestamp, Refusal> {
    const SHAPE: &[u8; 24] = b"0000-00-00T00:00:00.000Z";
    let is_shaped = value.len() == SHAPE.len()
        && value.iter().zip(SHAPE).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            _ => byte == shape,
        });
    let wrong = || {
        Refusal::new(
            401,
            "bad-timestamp",
            "the timestamp header must be like 2025-11-23T18:00:00.000Z: UTC, three decimals",
        )
    };
    let text = std::str::from_utf8(value).ok().filter(|_| is_shaped).ok_or_else(wrong)?;
    Timestamp::parse(text).map_err(|_| wrong())
}

/// Seconds since 1970 in decimal digits.
pub(crate) fn unix(value: &[u8]) -> Result<Timestamp, Refusal> {
    let is_digits = (1..=12).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value)
        .ok()
        .filter(|_| is_digits)
        .and_then(|text| text.parse().ok())
        .map(Timestamp::from_seconds)
        .ok_or_else(|| {
            Refusal::new(
                401,
                "bad-timestamp",
                "the timestamp header must be whole seconds since 1970, such as 1763920800",
            )
        })
}

/// Refuses a signed time further than the window from now, either way.
pub(crate) fn fresh(at: Timestamp, now: Timestamp, window_s: u32) -> Result<(), Refusal> {
    let apart_ms = now.as_millis().abs_diff(at.as_millis());
    if apart_ms <= u64::from(window_s) * 1000 {
        return Ok(());
    }
    Err(Refusal::new(
        401,
        "stale",
        format!("the signed time is more than {window_s} s from now: sign again, and look at both clocks"),
    ))
}

/// Until when a delivery signed at `at` would still be accepted; one second more, for the last moment of the window.
pub(crate) fn until(at: Timestamp, window_s: u32) -> Timestamp {
    at.plus_seconds(i64::from(window_s) + 1)
}

#[cfg(test)]
mod tests {
    use super::{hex, is_same, iso, to_hex, unix};

    #[test]
    fn only_the_documented_notations_of_a_time_are_read() {
        assert!(iso(b"2026-05-02T13:30:02.000Z").is_ok());
        for text in [
            "2026-05-02T13:30:02Z",
            "2026-05-02T13:30:02.000+0000",
            "2026-05-02 13:30:02.000Z",
            "2026-05-02T13:30:02.00Z",
            "2026-13-02T13:30:02.000Z",
            " 2026-05-02T13:30:02.000Z",
            "2026-05-02t13:30:02.000z",
            "1777728602",
            "",
        ] {
            assert_eq!(iso(text.as_bytes()).unwrap_err().code, "bad-timestamp", "{text}");
        }
        assert_eq!(unix(b"1777728602").unwrap().to_string(), "2026-05-02T13:30:02Z");
        for text in ["", "-1", "+1", "1.5", "1777728602000", "1e3", " 1"] {
            assert_eq!(unix(text.as_bytes()).unwrap_err().code, "bad-timestamp", "{text}");
        }
    }

    #[test]
    fn credentials_are_the_same_byte_for_byte() {
        assert!(is_same(b"key", b"key") && is_same(b"", b""));
        for other in ["Key", "key ", "key\0", "ke", ""] {
            assert!(!is_same(other.as_bytes(), b"key"), "{other}");
        }
    }

    #[test]
    fn hexadecimal_digits_are_lower_case_and_come_in_pairs() {
        assert_eq!(hex(b"00ff10"), Some(vec![0, 255, 16]));
        assert_eq!(to_hex(&[0, 255, 16]), "00ff10");
        for text in ["0", "FF", "0g", " 00"] {
            assert_eq!(hex(text.as_bytes()), None, "{text}");
        }
    }
}
