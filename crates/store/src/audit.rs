//! The audit log: rows that are only added, each bound to the one before it.
//!
//! The digest of a row covers the digest of the row before it, so a row that was changed, taken out or moved breaks the
//! chain there; the last row is signed with the installation key, so rows cut off at the end are missed too. Who can
//! write to the database *and* has the key in it could forge the whole: [`AuditHead`] is what to keep elsewhere (a
//! ticket, a log of another system) to find even that.

use crate::database::{Turn, Write, get};
use crate::error::Result;
use crate::key::{digest, hex};
use crate::sql::{Parameter, sql};
use crate::store::Store;
use butfor_incident::Timestamp;
use sqlx::any::AnyRow;

/// What the first row is bound to: 32 bytes, as many as a digest has.
const GENESIS: [u8; 32] = [0; 32];

/// Rows read at once.
const BATCH: i64 = 1000;

/// Something that was done, to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: String,
    /// What (`hypothesis.accept`).
    pub action: String,
    /// To what (`incident/7`).
    pub subject: String,
    /// More, in words or JSON; no secrets.
    pub detail: String,
}

/// The end of the log: how many rows, and the digest that stands for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// Number of the last row; 0 when there is none.
    pub seq: i64,
    /// Its digest as hexadecimal text.
    pub digest: String,
}

/// What a look at the whole log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditCheck {
    /// Every row is there as it was written.
    Sound(AuditHead),
    /// The log was tampered with.
    Broken {
        /// The first row that does not fit.
        seq: i64,
        /// What is wrong there.
        what: &'static str,
    },
}

impl Store {
    /// Adds to the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self, entry: &AuditEntry) -> Result<AuditHead> {
        // The digest is of what is stored.
        let entry = &AuditEntry {
            at: entry.at,
            actor: entry.actor.clone().parameter(),
            action: entry.action.clone().parameter(),
            subject: entry.subject.clone().parameter(),
            detail: entry.detail.clone().parameter(),
        };
        let mut write = self.database.write().await?;
        self.database.take_turn(&mut write, Turn::Audit).await?;
        let (last, previous, _) = head(&mut write).await?;
        let seq = last + 1;
        let chained = chain(&previous, seq, entry);
        sql!(
            "INSERT INTO audit (seq, at, actor, action, subject, detail, previous, digest) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            seq,
            entry.at.as_millis(),
            entry.actor.clone(),
            entry.action.clone(),
            entry.subject.clone(),
            entry.detail.clone(),
            previous,
            chained.clone(),
        )
        .execute(&mut *write)
        .await?;
        sql!(
            "INSERT INTO audit_head (one, seq, digest, mac) VALUES (1, $1, $2, $3) ON CONFLICT (one) DO UPDATE \
             SET seq = excluded.seq, digest = excluded.digest, mac = excluded.mac",
            seq,
            chained.clone(),
            self.key.sign(&signed(seq, &chained)),
        )
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(AuditHead { seq, digest: hex(&chained) })
    }

    /// Reads the whole log and says whether it is as it was written. `kept` is a head noted elsewhere earlier.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_audit(&self, kept: Option<&AuditHead>) -> Result<AuditCheck> {
        let mut write = self.database.write().await?;
        self.database.take_turn(&mut write, Turn::Audit).await?;
        let broken = |seq, what| Ok(AuditCheck::Broken { seq, what });
        let (last, last_digest, mac) = head(&mut write).await?;
        if last > 0 && mac != self.key.sign(&signed(last, &last_digest)) {
            return broken(last, "the signature of the last row is not ours");
        }
        let (mut seq, mut previous) = (0, GENESIS.to_vec());
        let mut meets_kept = kept.is_none_or(|kept| kept.seq == 0);
        loop {
            let rows = sql!(
                "SELECT seq, at, actor, action, subject, detail, previous, digest FROM audit WHERE seq > $1 \
                 ORDER BY seq LIMIT $2",
                seq,
                BATCH
            )
            .fetch_all(&mut *write)
            .await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let found: i64 = get(row, "seq")?;
                if found != seq + 1 {
                    return broken(seq + 1, "the row is missing");
                }
                seq = found;
                if get::<Vec<u8>>(row, "previous")? != previous {
                    return broken(seq, "the row does not follow the one before it");
                }
                let written: Vec<u8> = get(row, "digest")?;
                if chain(&previous, seq, &entry(row)?) != written {
                    return broken(seq, "the row was changed");
                }
                previous = written;
                if let Some(kept) = kept.filter(|kept| kept.seq == seq) {
                    if kept.digest != hex(&previous) {
                        return broken(seq, "the row is not the one that was noted elsewhere");
                    }
                    meets_kept = true;
                }
            }
        }
        if seq != last || previous != last_digest {
            return broken(seq + 1, "the end of the log is missing");
        }
        if !meets_kept {
            return broken(seq + 1, "the log ends before the row that was noted elsewhere");
        }
        Ok(AuditCheck::Sound(AuditHead { seq, digest: hex(&previous) }))
    }

    /// Part of the log, oldest first: rows after number `after`, with their numbers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_log(&self, after: i64, limit: u32) -> Result<Vec<(i64, AuditEntry)>> {
        let rows = sql!(
            "SELECT seq, at, actor, action, subject, detail FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
            after,
            i64::from(limit)
        )
        .fetch_all(self.database.read())
        .await?;
        rows.iter().map(|row| Ok((get(row, "seq")?, entry(row)?))).collect()
    }
}

/// Number, digest and signature of the last row.
async fn head(write: &mut Write) -> Result<(i64, Vec<u8>, Vec<u8>)> {
    let row = sql!("SELECT seq, digest, mac FROM audit_head").fetch_optional(&mut **write).await?;
    match row {
        Some(row) => Ok((get(&row, "seq")?, get(&row, "digest")?, get(&row, "mac")?)),
        None => Ok((0, GENESIS.to_vec(), Vec::new())),
    }
}

fn entry(row: &AnyRow) -> Result<AuditEntry> {
    Ok(AuditEntry {
        at: Timestamp::from_millis(get(row, "at")?),
        actor: get(row, "actor")?,
        action: get(row, "action")?,
        subject: get(row, "subject")?,
        detail: get(row, "detail")?,
    })
}

/// The digest of a row. Every part is preceded by its length: no two rows give the same bytes.
fn chain(previous: &[u8], seq: i64, entry: &AuditEntry) -> Vec<u8> {
    let (seq, at) = (seq.to_be_bytes(), entry.at.as_millis().to_be_bytes());
    let parts = [
        previous,
        &seq,
        &at,
        entry.actor.as_bytes(),
        entry.action.as_bytes(),
        entry.subject.as_bytes(),
        entry.detail.as_bytes(),
    ];
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    digest(&bytes)
}

fn signed(seq: i64, digest: &[u8]) -> Vec<u8> {
    let mut bytes = b"butfor audit head".to_vec();
    bytes.extend_from_slice(&seq.to_be_bytes());
    bytes.extend_from_slice(digest);
    bytes
}
