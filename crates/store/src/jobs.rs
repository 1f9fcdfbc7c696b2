//! Work to be done: rows that are leased, retried, and finished once.
//!
//! A worker claims a job for a time; who dies loses it when the time is over. The number of the attempt is the fence:
//! who comes back late with a result finds that the job is somebody else's, and nothing of the result is kept. What a
//! job leads to (notices, further jobs) is written in the transaction that finishes it.

use crate::cases::{self, Investigated};
use crate::database::{Write, get};
use crate::error::{Error, Result};
use crate::notices::{NewNotice, notice};
use crate::sql::{Cursor, IncidentId, JobId, PAGE_MAX, Page, Parameter, key, many, sql};
use crate::store::Store;
use butfor_incident::Timestamp;
use sqlx::any::AnyRow;

/// Attempts a job has when nobody says otherwise: with the pauses between them a quarter of an hour.
const ATTEMPTS: u32 = 8;

/// The first pause after a failure; each further one is twice as long.
const BACKOFF_MS: i64 = 5_000;

/// The longest pause: what is down for hours is found soon after it is up.
const BACKOFF_MAX_MS: i64 = 15 * 60_000;

/// A job to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What makes it the same job: a second one with this key is not made.
    pub key: String,
    /// Which workers can do it.
    pub kind: String,
    /// Incident it belongs to.
    pub incident: Option<IncidentId>,
    /// What it is told.
    pub payload: String,
    /// Not before this moment.
    pub run_at: Timestamp,
    /// How often it is tried before it goes to the dead letters.
    pub attempts_max: u32,
}

impl NewJob {
    /// A job without an incident, for now, with the usual number of attempts.
    #[must_use]
    pub fn new(key: &str, kind: &str, payload: &str, run_at: Timestamp) -> Self {
        let (key, kind, payload) = (key.to_owned(), kind.to_owned(), payload.to_owned());
        Self { key, kind, incident: None, payload, run_at, attempts_max: ATTEMPTS }
    }
}

/// A claimed job. Whoever holds it does the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// Its key.
    pub key: String,
    /// Its kind.
    pub kind: String,
    /// Incident it belongs to.
    pub incident: Option<IncidentId>,
    /// What it is told.
    pub payload: String,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// Who has it.
    pub owner: String,
    /// Until when.
    pub until: Timestamp,
}

/// What a finished job leads to.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Further jobs.
    pub jobs: Vec<NewJob>,
    /// What people are told.
    pub notices: Vec<NewNotice>,
    /// What it found, where it was an investigation.
    pub investigated: Option<Investigated>,
    /// The notice this job has sent, with what the channel answered.
    pub sent: Option<(String, String)>,
}

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for its time or for a worker.
    Ready,
    /// A worker has it, or had it and died.
    Leased,
    /// Done, for good.
    Done,
    /// Given up: a dead letter.
    Dead,
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its number.
    pub id: JobId,
    /// Its key.
    pub key: String,
    /// Its kind.
    pub kind: String,
    /// Incident it belongs to.
    pub incident: Option<IncidentId>,
    /// Where it is.
    pub state: JobState,
    /// How often it was begun.
    pub attempts: u32,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it may be taken.
    pub due_at: Timestamp,
}

impl JobState {
    fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    fn of(word: &str) -> Result<Self> {
        [Self::Ready, Self::Leased, Self::Done, Self::Dead]
            .into_iter()
            .find(|state| state.word() == word)
            .ok_or_else(|| Error::damaged(format!("a job has the state `{word}`")))
    }
}

impl Store {
    /// Adds a job, unless there is one with its key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue(&self, job: &NewJob) -> Result<()> {
        let mut write = self.database.write().await?;
        enqueue(&mut write, job).await?;
        write.commit().await?;
        Ok(())
    }

    /// Takes the job of this kind that is due longest, for `lease_ms`; a job whose lease ran out is due as well. The
    /// clocks of replicas may differ: a lease should be much longer than they do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(
        &self,
        kind: &str,
        owner: &str,
        now: Timestamp,
        lease_ms: u32,
    ) -> Result<Option<Lease>> {
        // A job that takes its worker down each time must not go on doing so.
        sql!(
            "UPDATE job SET state = 'dead', finished_at = $2, error = 'its workers did not come back' WHERE kind = $1 \
             AND state = 'leased' AND due_at <= $2 AND attempts >= attempts_max",
            kind.to_owned(),
            now.as_millis(),
        )
        .execute(self.database.writer())
        .await?;
        let statement = format!(
            "UPDATE job SET state = 'leased', owner = $2, due_at = $4, attempts = attempts + 1 WHERE id = ( \
             SELECT id FROM job WHERE kind = $1 AND state IN ('ready', 'leased') AND due_at <= $3 \
             ORDER BY due_at, id LIMIT 1{}) \
             RETURNING id, key, kind, incident_id, payload, attempts, owner, due_at",
            self.database.dialect.skip_locked()
        );
        let row = sql!(
            sqlx::AssertSqlSafe(statement),
            kind.to_owned(),
            owner.to_owned(),
            now.as_millis(),
            now.as_millis() + i64::from(lease_ms),
        )
        .fetch_optional(self.database.writer())
        .await?;
        row.as_ref().map(lease).transpose()
    }

    /// Keeps a job for longer.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] when another worker has it.
    pub async fn extend(&self, lease: &Lease, now: Timestamp, lease_ms: u32) -> Result<Lease> {
        let until = now.as_millis() + i64::from(lease_ms);
        let done = sql!(
            "UPDATE job SET due_at = $4 WHERE id = $1 AND owner = $2 AND attempts = $3 AND state = 'leased'",
            lease.job.0,
            lease.owner.clone(),
            i64::from(lease.attempt),
            until,
        )
        .execute(self.database.writer())
        .await?;
        held(lease, done.rows_affected())?;
        Ok(Lease { until: Timestamp::from_millis(until), ..lease.clone() })
    }

    /// Ends a job, and writes down what it leads to, all or nothing.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] when another worker has it: then nothing of the outcome is kept.
    pub async fn finish(&self, lease: &Lease, now: Timestamp, outcome: &Outcome) -> Result<()> {
        let mut write = self.database.write().await?;
        let done = sql!(
            "UPDATE job SET state = 'done', finished_at = $4, error = NULL WHERE id = $1 AND owner = $2 \
             AND attempts = $3 AND state = 'leased'",
            lease.job.0,
            lease.owner.clone(),
            i64::from(lease.attempt),
            now.as_millis(),
        )
        .execute(&mut *write)
        .await?;
        held(lease, done.rows_affected())?;
        if let Some(investigated) = &outcome.investigated {
            cases::put(&mut write, investigated).await?;
        }
        for job in &outcome.jobs {
            enqueue(&mut write, job).await?;
        }
        for new in &outcome.notices {
            notice(&mut write, new, now).await?;
        }
        if let Some((sent, receipt)) = &outcome.sent {
            sql!(
                "UPDATE notice SET sent_at = $2, receipt = $3 WHERE key = $1 AND sent_at IS NULL",
                key(sent),
                now.as_millis(),
                receipt.clone(),
            )
            .execute(&mut *write)
            .await?;
        }
        write.commit().await?;
        Ok(())
    }

    /// Gives a job back after a failure, to be tried again after a pause, or to the dead letters. Says which.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] when another worker has it.
    pub async fn fail(&self, lease: &Lease, now: Timestamp, error: &str) -> Result<JobState> {
        let row = sql!(
            "UPDATE job SET state = CASE WHEN attempts >= attempts_max THEN 'dead' ELSE 'ready' END, due_at = $4, \
             error = $5, owner = NULL WHERE id = $1 AND owner = $2 AND attempts = $3 AND state = 'leased' \
             RETURNING state",
            lease.job.0,
            lease.owner.clone(),
            i64::from(lease.attempt),
            now.as_millis() + backoff_ms(lease),
            error.to_owned(),
        )
        .fetch_optional(self.database.writer())
        .await?;
        let row = row.ok_or(Error::LeaseLost { job: lease.job.0 })?;
        JobState::of(&get::<String>(&row, "state")?)
    }

    /// Gives a dead letter another life.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such dead letter.
    pub async fn revive(&self, job: JobId, now: Timestamp) -> Result<()> {
        let done = sql!(
            "UPDATE job SET state = 'ready', attempts = 0, due_at = $2, finished_at = NULL WHERE id = $1 AND state = 'dead'",
            job.0,
            now.as_millis(),
        )
        .execute(self.database.writer())
        .await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound { what: "dead letter", id: job.to_string() });
        }
        Ok(())
    }

    /// Jobs in a state, in the order they were made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs(&self, state: JobState, after: Option<Cursor>, limit: u32) -> Result<Page<JobRow>> {
        let limit = limit.clamp(1, PAGE_MAX);
        let rows = sql!(
            "SELECT id, key, kind, incident_id, state, attempts, error, due_at FROM job WHERE state = $1 AND id > $2 \
             ORDER BY id LIMIT $3",
            state.word(),
            after.map_or(0, |cursor| cursor.id),
            i64::from(limit),
        )
        .fetch_all(self.database.read())
        .await?;
        let jobs = rows.iter().map(job_row).collect::<Result<Vec<_>>>()?;
        Ok(Page::new(jobs, limit, |job| Cursor { at: 0, id: job.id.0 }))
    }
}

pub(crate) async fn enqueue(write: &mut Write, job: &NewJob) -> Result<()> {
    enqueue_all(write, std::slice::from_ref(job)).await
}

/// Adds jobs, but for those whose key there is already.
pub(crate) async fn enqueue_all(write: &mut Write, jobs: &[NewJob]) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "INSERT INTO job (key, kind, incident_id, payload, state, due_at, attempts, attempts_max, created_at) \
         VALUES {} ON CONFLICT (key) DO NOTHING",
        many(jobs.len(), 9)
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement)).persistent(jobs.len() == 1);
    for job in jobs {
        query = query
            .bind(key(&job.key).parameter())
            .bind(job.kind.clone().parameter())
            .bind(job.incident.map(|incident| incident.0))
            .bind(job.payload.clone().parameter())
            .bind(JobState::Ready.word())
            .bind(job.run_at.as_millis())
            .bind(0_i64)
            .bind(i64::from(job.attempts_max))
            .bind(job.run_at.as_millis());
    }
    query.execute(&mut **write).await?;
    Ok(())
}

fn held(lease: &Lease, rows: u64) -> Result<()> {
    if rows == 0 { Err(Error::LeaseLost { job: lease.job.0 }) } else { Ok(()) }
}

/// The pause after this attempt. Jobs that fail together do not all come back together: each waits up to a quarter
/// longer, by its number, so that no randomness is needed.
fn backoff_ms(lease: &Lease) -> i64 {
    let doubled =
        BACKOFF_MS.saturating_mul(1_i64 << lease.attempt.saturating_sub(1).min(20)).min(BACKOFF_MAX_MS);
    doubled + doubled * (lease.job.0 % 26) / 100
}

fn count(row: &AnyRow, name: &str) -> Result<u32> {
    Ok(u32::try_from(get::<i64>(row, name)?).unwrap_or(u32::MAX))
}

fn lease(row: &AnyRow) -> Result<Lease> {
    Ok(Lease {
        job: JobId(get(row, "id")?),
        key: get(row, "key")?,
        kind: get(row, "kind")?,
        incident: get::<Option<i64>>(row, "incident_id")?.map(IncidentId),
        payload: get(row, "payload")?,
        attempt: count(row, "attempts")?,
        owner: get(row, "owner")?,
        until: Timestamp::from_millis(get(row, "due_at")?),
    })
}

fn job_row(row: &AnyRow) -> Result<JobRow> {
    Ok(JobRow {
        id: JobId(get(row, "id")?),
        key: get(row, "key")?,
        kind: get(row, "kind")?,
        incident: get::<Option<i64>>(row, "incident_id")?.map(IncidentId),
        state: JobState::of(&get::<String>(row, "state")?)?,
        attempts: count(row, "attempts")?,
        error: get(row, "error")?,
        due_at: Timestamp::from_millis(get(row, "due_at")?),
    })
}
