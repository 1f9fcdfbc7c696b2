//! What people are told: written with what it is about, sent by a job, once.
//!
//! A notice has a key that says what it tells whom ("verdict of incident 7 to Slack"); it is made once however often
//! the job that makes it runs. Sending is a job of its own, by channel, so that a channel that is down delays nobody.
//! No store can make sure that a channel that took a message and died before it answered is not asked again: where a
//! channel takes an idempotency key, the notice's is the one to give.

use crate::database::{Write, get};
use crate::error::{Error, Result};
use crate::jobs::{NewJob, enqueue};
use crate::sql::{IncidentId, key, sql};
use crate::store::Store;
use butfor_incident::Timestamp;

/// How often a message is tried: with the pauses between them eight hours, as long as an outage of a chat service may last.
const ATTEMPTS: u32 = 40;

/// What the kinds of jobs that send notices begin with; the channel follows.
pub const NOTIFY: &str = "notify/";

/// Something people are to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// What makes it the same notice.
    pub key: String,
    /// Incident it is about.
    pub incident: IncidentId,
    /// Where it goes.
    pub channel: String,
    /// What is said, as the channel's sender wants it.
    pub body: String,
}

/// A notice as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What was to be told.
    pub notice: NewNotice,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// What the channel answered (the message to edit later, for instance).
    pub receipt: Option<String>,
}

impl Store {
    /// Writes notices down with the jobs that send them; those that are there already are left as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notify(&self, notices: &[NewNotice], now: Timestamp) -> Result<()> {
        if notices.is_empty() {
            return Ok(());
        }
        let mut write = self.database.write().await?;
        for new in notices {
            notice(&mut write, new, now).await?;
        }
        write.commit().await?;
        Ok(())
    }

    /// Notices about an incident that went to a channel, in the order they were written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn told(&self, incident: IncidentId, channel: &str) -> Result<Vec<Notice>> {
        let rows = sql!(
            "SELECT key FROM notice WHERE incident_id = $1 AND channel = $2 AND sent_at IS NOT NULL ORDER BY created_at, key",
            incident.0,
            channel.to_owned()
        )
        .fetch_all(self.database.read())
        .await?;
        let mut notices = Vec::with_capacity(rows.len());
        for row in &rows {
            notices.push(self.notice(&get::<String>(row, "key")?).await?);
        }
        Ok(notices)
    }

    /// A notice by its key, which is the payload of the job that sends it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn notice(&self, key: &str) -> Result<Notice> {
        let row = sql!(
            "SELECT key, incident_id, channel, body, sent_at, receipt FROM notice WHERE key = $1",
            crate::sql::key(key)
        )
        .fetch_optional(self.database.read())
        .await?
        .ok_or_else(|| Error::NotFound { what: "notice", id: key.to_owned() })?;
        Ok(Notice {
            notice: NewNotice {
                key: get(&row, "key")?,
                incident: IncidentId(get(&row, "incident_id")?),
                channel: get(&row, "channel")?,
                body: get(&row, "body")?,
            },
            sent_at: get::<Option<i64>>(&row, "sent_at")?.map(Timestamp::from_millis),
            receipt: get(&row, "receipt")?,
        })
    }
}

/// Writes a notice down with the job that sends it, unless there is one with its key.
pub(crate) async fn notice(write: &mut Write, new: &NewNotice, now: Timestamp) -> Result<()> {
    let made = sql!(
        "INSERT INTO notice (key, incident_id, channel, body, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (key) DO NOTHING",
        key(&new.key),
        new.incident.0,
        new.channel.clone(),
        new.body.clone(),
        now.as_millis(),
    )
    .execute(&mut **write)
    .await?;
    if made.rows_affected() > 0 {
        let kind = format!("{NOTIFY}{}", new.channel);
        let job = NewJob::new(&format!("{NOTIFY}{}", new.key), &kind, &new.key, now);
        enqueue(write, &NewJob { incident: Some(new.incident), attempts_max: ATTEMPTS, ..job }).await?;
    }
    Ok(())
}
