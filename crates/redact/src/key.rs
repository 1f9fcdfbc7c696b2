//! Keyed digests: HMAC with SHA-256 (RFC 2104).

use sha2::{Digest, Sha256};
use std::fmt;

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// What pseudonyms are made with. Whoever has it can test a guess; whoever has not cannot.
#[derive(Clone)]
pub struct Key {
    /// Digests that have taken the padded key already: each value costs two blocks less.
    inner: Sha256,
    outer: Sha256,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(redacted)")
    }
}

impl Key {
    /// From any bytes: a text that is given again next time, or chance.
    #[must_use]
    pub fn new(seed: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        // Longer keys are hashed, as the RFC says; shorter ones too, so that no two seeds give one key.
        for (place, byte) in block.iter_mut().zip(Sha256::digest(seed)) {
            *place = byte;
        }
        let padded = |byte: u8| Sha256::new().chain_update(block.map(|own| own ^ byte));
        Self { inner: padded(0x36), outer: padded(0x5c) }
    }

    /// The digest of a value, apart for every use.
    pub(crate) fn digest(&self, used_for: &str, value: &str) -> [u8; 32] {
        let inner = self.inner.clone();
        let inner = inner.chain_update(used_for.as_bytes()).chain_update([0]).chain_update(value.as_bytes());
        self.outer.clone().chain_update(inner.finalize()).finalize().into()
    }

    /// As many pseudo-random bytes as wanted.
    pub(crate) fn stream(&self, used_for: &str, value: &str) -> impl Iterator<Item = u8> {
        let (key, used_for, value) = (self.clone(), used_for.to_owned(), value.to_owned());
        (0_u32..).flat_map(move |block| key.digest(&format!("{used_for} {block}"), &value))
    }

    /// One bit.
    pub(crate) fn bit(&self, used_for: &str, value: &str) -> bool {
        self.digest(used_for, value).first().is_some_and(|byte| byte & 1 == 1)
    }

    /// `redacted-5f1c09ab`: the same for the same value, so that a change of it is still one.
    pub(crate) fn token(&self, value: &str) -> String {
        let digest = self.digest("secret", value);
        let hex: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        format!("redacted-{hex}")
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn one_key_gives_one_answer_and_two_keys_two() {
        let (one, other) = (Key::new(b"one"), Key::new(b"other"));
        assert_eq!(one.digest("a", "b"), Key::new(b"one").digest("a", "b"));
        assert_ne!(one.digest("a", "b"), other.digest("a", "b"));
        assert_ne!(one.digest("a", "b"), one.digest("b", "a"));
        assert_eq!(format!("{one:?}"), "Key(redacted)");
    }
}
