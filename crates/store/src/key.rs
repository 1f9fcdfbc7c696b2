//! The installation key: made at first use, kept in the store, never shown.

use crate::database::{Database, get};
use crate::error::{Error, Result};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt;

/// Bytes of the key: the block of SHA-256 would take 64, its strength is that of 32 (RFC 2104, section 3).
const KEY_BYTES: usize = 32;

/// What makes redacted values comparable within this installation, and useless outside.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct InstallationKey([u8; KEY_BYTES]);

impl fmt::Debug for InstallationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstallationKey(..)")
    }
}

impl InstallationKey {
    /// A new key.
    pub(crate) fn generate() -> Result<Self> {
        let mut fresh = [0; KEY_BYTES];
        getrandom::fill(&mut fresh).map_err(Error::Random)?;
        Ok(Self(fresh))
    }

    /// The key of this database; of two replicas that start together one wins and both use its key.
    pub(crate) async fn load(database: &Database) -> Result<Self> {
        let Self(fresh) = Self::generate()?;
        let mut write = database.write().await?;
        sqlx::query("INSERT INTO installation (one, key) VALUES (1, $1) ON CONFLICT DO NOTHING")
            .bind(fresh.to_vec())
            .execute(&mut *write)
            .await?;
        let row = sqlx::query("SELECT key FROM installation").fetch_one(&mut *write).await?;
        write.commit().await?;
        let key: Vec<u8> = get(&row, "key")?;
        key.try_into().map(Self).map_err(|_| Error::damaged("the installation key has the wrong length"))
    }

    #[cfg(test)]
    pub(crate) fn of(byte: u8) -> Self {
        Self([byte; KEY_BYTES])
    }

    /// HMAC-SHA256 of `text`; empty only if the library refused the key, which it does for no length.
    pub(crate) fn sign(&self, text: &[u8]) -> Vec<u8> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return Vec::new() };
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    }
}

/// SHA-256, by which contents are known.
pub(crate) fn digest(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// SHA-256 as hexadecimal text: the name of a bundle.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> String {
    hex(&digest(bytes))
}

/// Bytes as hexadecimal text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
