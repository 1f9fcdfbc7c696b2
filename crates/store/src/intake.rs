//! Alerts come in: durable before they are answered, many in one commit.
//!
//! A commit costs one write to the disk however much is in it. So one task takes all that wait, writes them in one
//! transaction, and answers each after the commit; under load the batches grow by themselves (group commit).

use crate::database::{Write, get};
use crate::error::{Error, Result};
use crate::jobs::{NewJob, enqueue};
use crate::sql::{AlertId, IncidentId, sql};
use crate::store::Store;
use butfor_incident::Timestamp;
use tokio::sync::{mpsc, oneshot};

/// Alerts written in one transaction: above that a commit hardly costs less for each, and the first waits longer.
const BATCH_MAX: usize = 256;

/// Alerts that may wait; more means that the disk cannot keep up, and senders are made to wait.
const QUEUE_MAX: usize = 4096;

/// An alert as it came.
#[derive(Debug, Clone)]
pub struct NewAlert {
    /// The integration it came by.
    pub source: String,
    /// What makes two messages the same alert; with the source it is unique for ever.
    pub dedup_key: String,
    /// The sender's own id, which every later event carries.
    pub sender_id: Option<String>,
    /// A test event: investigated by nobody.
    pub is_test: bool,
    /// What people call it.
    pub title: String,
    /// The message, byte for byte.
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: Timestamp,
}

/// What protects against the same signed message coming again.
#[derive(Debug, Clone)]
pub struct Nonce {
    /// The signature, or another value that only this message has.
    pub value: String,
    /// When the signature is too old to be accepted anyway.
    pub until: Timestamp,
}

/// What correlation decided; the reasons are stored.
#[derive(Debug, Clone)]
pub enum Decision {
    /// It opens an incident, which is investigated.
    Open(NewIncident),
    /// It belongs to an open one.
    Link {
        /// The incident.
        incident: IncidentId,
        /// Why.
        reason: String,
    },
    /// It starts nothing.
    Skip {
        /// Why.
        reason: String,
    },
}

/// An incident to be opened with its first alert.
#[derive(Debug, Clone)]
pub struct NewIncident {
    /// What people call it.
    pub title: String,
    /// Account it is in, or empty.
    pub account: String,
    /// Region it is in, or empty.
    pub region: String,
    /// Application it is about, or empty.
    pub application: String,
    /// Of incidents with the same key only one is open: the alert joins that one if another replica was faster.
    pub key: Option<String>,
    /// Why it was opened.
    pub reason: String,
    /// Kind of the job that investigates it, and what the job is told.
    pub job: Option<(String, String)>,
}

/// One alert with all that is decided about it.
#[derive(Debug, Clone)]
pub struct Accept {
    /// The alert.
    pub alert: NewAlert,
    /// Against replays, where the sender signs.
    pub nonce: Option<Nonce>,
    /// What becomes of it.
    pub decision: Decision,
}

/// What became of an alert. It is on disk when this is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It opened this incident.
    Opened(AlertId, IncidentId),
    /// It belongs to this incident.
    Linked(AlertId, IncidentId),
    /// It started nothing.
    Skipped(AlertId),
    /// It was here before; nothing was written. The incident it belongs to, if any.
    Duplicate(AlertId, Option<IncidentId>),
    /// The same signed message was here before; nothing was written.
    Replayed,
}

type Waiting = (Accept, oneshot::Sender<Result<Accepted>>);

/// The way in. Clones share one writer; it ends when the last of them is dropped.
#[derive(Debug, Clone)]
pub struct Intake {
    queue: mpsc::Sender<Waiting>,
}

impl Store {
    /// Starts the task that writes alerts; one for each process is enough. Must be called within a runtime.
    #[must_use]
    pub fn intake(&self) -> Intake {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(write_all(self.clone(), waiting));
        Intake { queue }
    }
}

impl Intake {
    /// Writes an alert down; when this returns, it is on disk.
    ///
    /// # Errors
    /// When the database fails: then nothing of it is kept, and the sender should try again.
    pub async fn accept(&self, accept: Accept) -> Result<Accepted> {
        let (answer, answered) = oneshot::channel();
        self.queue.send((accept, answer)).await.map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }
}

async fn write_all(store: Store, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while waiting.recv_many(&mut batch, BATCH_MAX).await > 0 {
        match write_batch(&store, batch.iter().map(|(accept, _)| accept)).await {
            Ok(accepted) => {
                for ((_, answer), accepted) in batch.drain(..).zip(accepted) {
                    // Who hung up does not want to know.
                    let _ = answer.send(Ok(accepted));
                }
            }
            // One that cannot be written must not take the others with it: each by itself.
            Err(_) => {
                for (accept, answer) in batch.drain(..) {
                    let one = write_batch(&store, std::iter::once(&accept)).await;
                    let one = one.and_then(|accepted| accepted.first().copied().ok_or(Error::Closed));
                    let _ = answer.send(one);
                }
            }
        }
    }
}

async fn write_batch(store: &Store, batch: impl Iterator<Item = &Accept> + Send) -> Result<Vec<Accepted>> {
    let mut write = store.database.write().await?;
    let mut accepted = Vec::new();
    for accept in batch {
        accepted.push(write_one(&mut write, accept).await?);
    }
    write.commit().await?;
    Ok(accepted)
}

async fn write_one(write: &mut Write, accept: &Accept) -> Result<Accepted> {
    let Accept { alert, nonce, decision } = accept;
    if let Some(nonce) = nonce {
        let fresh = sql!(
            "INSERT INTO seen (source, nonce, until_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            alert.source.clone(),
            nonce.value.clone(),
            nonce.until.as_millis(),
        )
        .execute(&mut **write)
        .await?;
        if fresh.rows_affected() == 0 {
            return Ok(Accepted::Replayed);
        }
    }
    let (word, reason) = match decision {
        Decision::Open(incident) => ("open", &incident.reason),
        Decision::Link { reason, .. } => ("link", reason),
        Decision::Skip { reason } => ("skip", reason),
    };
    let row = sql!(
        "INSERT INTO alert (source, dedup_key, sender_id, is_test, title, body, decision, reason, received_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (source, dedup_key) DO NOTHING RETURNING id",
        alert.source.clone(),
        alert.dedup_key.clone(),
        alert.sender_id.clone(),
        i64::from(alert.is_test),
        alert.title.clone(),
        alert.body.clone(),
        word,
        reason.clone(),
        alert.received_at.as_millis(),
    )
    .fetch_optional(&mut **write)
    .await?;
    let Some(row) = row else { return known(write, alert).await };
    let id = AlertId(get(&row, "id")?);
    match decision {
        Decision::Open(new) => open(write, id, alert, new).await,
        Decision::Link { incident, reason } => {
            link(write, *incident, id, reason, alert.received_at).await?;
            Ok(Accepted::Linked(id, *incident))
        }
        Decision::Skip { .. } => Ok(Accepted::Skipped(id)),
    }
}

async fn known(write: &mut Write, alert: &NewAlert) -> Result<Accepted> {
    let row = sql!(
        "SELECT id, (SELECT MAX(incident_id) FROM alert_link WHERE alert_id = alert.id AND unlinked_at IS NULL) \
         AS incident FROM alert WHERE source = $1 AND dedup_key = $2",
        alert.source.clone(),
        alert.dedup_key.clone(),
    )
    .fetch_one(&mut **write)
    .await?;
    let incident: Option<i64> = get(&row, "incident")?;
    Ok(Accepted::Duplicate(AlertId(get(&row, "id")?), incident.map(IncidentId)))
}

async fn open(write: &mut Write, id: AlertId, alert: &NewAlert, new: &NewIncident) -> Result<Accepted> {
    let at = alert.received_at.as_millis();
    let row = sql!(
        "INSERT INTO incident (title, state, is_test, account, region, application, open_key, opened_at, updated_at) \
         VALUES ($1, 'open', $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (open_key) DO NOTHING RETURNING id",
        new.title.clone(),
        i64::from(alert.is_test),
        new.account.clone(),
        new.region.clone(),
        new.application.clone(),
        new.key.clone(),
        at,
    )
    .fetch_optional(&mut **write)
    .await?;
    let Some(row) = row else {
        let row = sql!("SELECT id FROM incident WHERE open_key = $1", new.key.clone())
            .fetch_one(&mut **write)
            .await?;
        let incident = IncidentId(get(&row, "id")?);
        link(write, incident, id, &new.reason, alert.received_at).await?;
        return Ok(Accepted::Linked(id, incident));
    };
    let incident = IncidentId(get(&row, "id")?);
    link(write, incident, id, &new.reason, alert.received_at).await?;
    if let Some((kind, payload)) = &new.job {
        let job = NewJob {
            incident: Some(incident),
            ..NewJob::new(&format!("{kind}/{incident}"), kind, payload, alert.received_at)
        };
        enqueue(write, &job).await?;
    }
    Ok(Accepted::Opened(id, incident))
}

pub(crate) async fn link(
    write: &mut Write,
    incident: IncidentId,
    alert: AlertId,
    reason: &str,
    at: Timestamp,
) -> Result<()> {
    let touched = sql!("UPDATE incident SET updated_at = $2 WHERE id = $1", incident.0, at.as_millis())
        .execute(&mut **write)
        .await?;
    if touched.rows_affected() == 0 {
        return Err(Error::NotFound { what: "incident", id: incident.to_string() });
    }
    // A person who links again takes the unlinking back.
    sql!(
        "INSERT INTO alert_link (incident_id, alert_id, reason, linked_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (incident_id, alert_id) DO UPDATE SET reason = excluded.reason, linked_at = excluded.linked_at, \
         unlinked_at = NULL, unlinked_by = NULL",
        incident.0,
        alert.0,
        reason.to_owned(),
        at.as_millis(),
    )
    .execute(&mut **write)
    .await?;
    Ok(())
}
