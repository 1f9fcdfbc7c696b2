//! The mark by which a message that was sent is found again.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A word that stands for a key: the same key gives the same word, and no key's text is shown.
pub(super) fn marker(key: &str) -> String {
    let mut text = "butfor-".to_owned();
    for byte in Sha256::digest(key.as_bytes()).iter().take(10) {
        // Cannot fail: text grows.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A note with its mark on the last line.
pub(super) fn marked(text: &str, marker: &str) -> String {
    format!("{}\n({marker})", text.trim_end())
}
