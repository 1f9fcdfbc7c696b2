//! What has a shape of its own, and another of the same shape for it.

use crate::key::Key;

/// Beginnings of ids of credentials and principals
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>).
const PRINCIPALS: [&str; 14] = [
    "AKIA", "ASIA", "ABIA", "ACCA", "AGPA", "AIDA", "AIPA", "ANPA", "ANVA", "APKA", "AROA", "ASCA", "ASKA",
    "AVPA",
];

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Another of the same shape for an id, a digest, a key; `None` where the run is none of them.
pub(crate) fn replace(key: &Key, run: &str) -> Option<String> {
    if is_principal(run) {
        let head = run.get(..4)?;
        return Some(head.chars().chain(letters(key, "principal", run, run.len() - 4, BASE32)).collect());
    }
    is_hex(run).then(|| hex(key, run))
}

/// An id or digest in hexadecimal. Digits alone are a date, a count or an account, but for the seventeen of an id.
pub(crate) fn is_hex(run: &str) -> bool {
    let has_letter = run.bytes().any(|byte| matches!(byte, b'a'..=b'f' | b'A'..=b'F'));
    let has_digit = run.bytes().any(|byte| byte.is_ascii_digit());
    run.len() >= 8
        && run.bytes().all(|byte| byte.is_ascii_hexdigit())
        && has_digit
        && (has_letter || run.len() == 17)
}

fn is_principal(run: &str) -> bool {
    (16..=128).contains(&run.len())
        && PRINCIPALS.iter().any(|head| run.starts_with(head))
        && run.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn hex(key: &Key, run: &str) -> String {
    let is_upper = run.bytes().any(|byte| byte.is_ascii_uppercase());
    // Ids of AWS have 17 digits, of which the first is a zero; hex digits without a letter would be a number.
    let start = usize::from(run.starts_with('0'));
    let small = run.to_ascii_lowercase();
    let mut text: String = "0".repeat(start);
    text.extend(letters(key, "hex", &small, run.len() - start, HEX));
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.pop();
        text.push('a');
    }
    if is_upper { text.to_ascii_uppercase() } else { text }
}

/// `8-4-4-4-12` hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    parts.len() == 5
        && parts.iter().zip([8, 4, 4, 4, 12]).all(|(part, length)| part.len() == length)
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Another one of the same version.
pub(crate) fn uuid(key: &Key, text: &str) -> String {
    let small = text.to_ascii_lowercase();
    let mut fresh = letters(key, "uuid", &small, 36, HEX);
    let keep = |index: usize, c: char| c == '-' || index == 14 || index == 19;
    text.chars()
        .enumerate()
        .map(|(index, c)| if keep(index, c) { c } else { fresh.next().unwrap_or(c) })
        .collect()
}

/// Letters of an alphabet, by chance that depends on key and value alone.
pub(crate) fn letters(
    key: &Key,
    used_for: &str,
    value: &str,
    count: usize,
    alphabet: &[u8],
) -> impl Iterator<Item = char> {
    let bytes = key.stream(used_for, value).take(count);
    bytes.map(|byte| alphabet.get(usize::from(byte) % alphabet.len()).copied().map_or('a', char::from))
}

/// The same run with other letters for letters and other digits for digits.
pub(crate) fn alike(key: &Key, used_for: &str, run: &str) -> String {
    let bytes = key.stream(used_for, run);
    run.chars()
        .zip(bytes)
        .map(|(c, byte)| match c {
            '0'..='9' => char::from(b'0' + byte % 10),
            'a'..='z' => char::from(b'a' + byte % 26),
            'A'..='Z' => char::from(b'A' + byte % 26),
            other => other,
        })
        .collect()
}

/// Another account: twelve digits, the first not a zero.
pub(crate) fn account(key: &Key, number: &str, attempt: usize) -> String {
    let other = alike(key, "account", &format!("{number}{}", " ".repeat(attempt)));
    let digits: String = other.chars().filter(char::is_ascii_digit).collect();
    digits.strip_prefix('0').map_or(digits.clone(), |rest| format!("9{rest}"))
}

/// The header of a token in JSON is base64 of an object: `eyJ` (RFC 7519).
pub(crate) fn is_jwt(text: &str) -> bool {
    let parts: Vec<_> = text.split('.').collect();
    text.starts_with("eyJ")
        && matches!(parts.len(), 3 | 5)
        && parts.iter().all(|part| part.len() >= 2 || part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{is_uuid, replace, uuid};
    use crate::key::Key;

    #[test]
    fn shapes_stay() {
        let key = Key::new(b"k");
        for run in [
            "0e81eee69df420ab8",
            "63a5400a",
            "97f36181d1131f64b1bbe0d99d8a914e",
            "ASIAT7HIWNEHLEXAMPLE",
            "AROATNXCRIEGKQEFDSV2O",
        ] {
            let other = replace(&key, run).unwrap();
            assert_eq!(other.len(), run.len());
            assert_ne!(other, run);
            assert_eq!(other.starts_with('0'), run.starts_with('0'), "{other}");
        }
        for run in ["20260505", "deadbeef", "payments", "46544", "1778016728"] {
            assert_eq!(replace(&key, run), None, "{run}");
        }
        let id = "632df7cd-5847-4341-9755-85720c79e593";
        assert!(is_uuid(id) && is_uuid(&uuid(&key, id)) && uuid(&key, id) != id);
    }
}
