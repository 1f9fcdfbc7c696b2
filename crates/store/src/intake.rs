//! Alerts come in: durable before they are answered, many in one commit.
//!
//! A commit costs one write to the disk however much is in it. So one task takes all that wait, writes them in one
//! transaction, and answers each after the commit; under load the batches grow by themselves (group commit).

mod batch;

use crate::database::Write;
use crate::error::{Error, Result};
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
    /// What correlation was told of it, as whoever correlates writes it.
    pub facts: String,
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
    /// How urgent the sender finds it, or empty.
    pub priority: String,
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
    /// What follows where it joins an incident that was there before.
    pub then: Option<Then>,
}

/// A job for an incident that an alert joins, written with the alert or not at all.
#[derive(Debug, Clone)]
pub struct Then {
    /// Kind of the job.
    pub kind: String,
    /// What makes it the same job, within its kind and incident.
    pub name: String,
    /// What it is told.
    pub payload: String,
    /// Not before this moment.
    pub run_at: Timestamp,
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
        match write_batch(&store, &batch.iter().map(|(accept, _)| accept).collect::<Vec<_>>()).await {
            Ok(accepted) => {
                for ((_, answer), accepted) in batch.drain(..).zip(accepted) {
                    // Who hung up does not want to know.
                    let _ = answer.send(Ok(accepted));
                }
            }
            // One that cannot be written must not take the others with it: each by itself.
            Err(_) => {
                for (accept, answer) in batch.drain(..) {
                    let one = write_batch(&store, &[&accept]).await;
                    let one = one.and_then(|accepted| accepted.first().copied().ok_or(Error::Closed));
                    let _ = answer.send(one);
                }
            }
        }
    }
}

async fn write_batch(store: &Store, batch: &[&Accept]) -> Result<Vec<Accepted>> {
    let mut write = store.database.write().await?;
    let accepted = batch::write(&mut write, batch).await?;
    write.commit().await?;
    Ok(accepted)
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
