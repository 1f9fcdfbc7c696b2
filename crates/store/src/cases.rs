//! What was looked at and what came out: cases, assessments, reports, and what people decided.
//!
//! An assessment belongs to a case by its digest and is never changed or replaced: a new look is a new row.

use crate::database::{Write, get};
use crate::error::{Error, Result};
use crate::history::{pack, unpack};
use crate::sql::{AssessmentId, IncidentId, sql};
use crate::store::Store;
use butfor_incident::Timestamp;
use sqlx::any::AnyRow;

/// A case file that is to be kept.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// Incident it is about.
    pub incident: IncidentId,
    /// Digest of the case file, by which assessments are bound to it.
    pub digest: String,
    /// The case file's own "now".
    pub as_of: Timestamp,
    /// The bundle, or where it lies.
    pub bundle: Bundle,
    /// When it was put together.
    pub created_at: Timestamp,
}

/// A bundle, here or elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bundle {
    /// Its bytes; they are compressed.
    Here(Vec<u8>),
    /// Its place (a folder, an object in S3).
    At(String),
}

/// An assessment that is to be kept.
#[derive(Debug, Clone)]
pub struct NewAssessment {
    /// Incident it is about.
    pub incident: IncidentId,
    /// Digest of the case it looked at.
    pub case_digest: String,
    /// Version of the engine.
    pub engine: String,
    /// Its verdict in a word.
    pub outcome: String,
    /// Its verdict in a sentence.
    pub summary: String,
    /// All of it, as JSON.
    pub body: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What an investigation leaves behind, kept as a whole or not at all.
#[derive(Debug, Clone)]
pub struct Investigated {
    /// What it looked at.
    pub case: NewCase,
    /// What it found.
    pub assessment: NewAssessment,
    /// Formats and texts of it.
    pub reports: Vec<(String, String)>,
}

/// An assessment as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssessmentRow {
    /// Its number; later ones have higher numbers.
    pub id: AssessmentId,
    /// Incident it is about.
    pub incident: IncidentId,
    /// Digest of the case it looked at.
    pub case_digest: String,
    /// Version of the engine.
    pub engine: String,
    /// Its verdict in a word.
    pub outcome: String,
    /// All of it, as JSON.
    pub body: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a person says about a hypothesis, or about the incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionKind {
    /// This is it.
    Accept,
    /// This is not it.
    Discard,
    /// A remark.
    Note,
}

impl DecisionKind {
    fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Discard => "discard",
            Self::Note => "note",
        }
    }
}

/// What a person decided or remarked, who and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonDecision {
    /// Incident it is about.
    pub incident: IncidentId,
    /// Hypothesis it is about; none for a remark about the incident.
    pub hypothesis: Option<String>,
    /// What is said.
    pub kind: DecisionKind,
    /// In words.
    pub note: String,
    /// By whom.
    pub who: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Keeps a case; the same case again changes nothing.
    ///
    /// # Errors
    /// When the database fails, or there is no such incident.
    pub async fn put_case(&self, case: &NewCase) -> Result<()> {
        let mut write = self.database.write().await?;
        put_case(&mut write, case).await?;
        write.commit().await?;
        Ok(())
    }

    /// The bundle of a case.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn case(&self, incident: IncidentId, digest: &str) -> Result<Bundle> {
        let row = sql!(
            "SELECT body, reference FROM case_file WHERE incident_id = $1 AND digest = $2",
            incident.0,
            digest.to_owned()
        )
        .fetch_optional(self.database.read())
        .await?
        .ok_or_else(|| Error::NotFound { what: "case", id: digest.to_owned() })?;
        let reference: Option<String> = get(&row, "reference")?;
        let body: Option<Vec<u8>> = get(&row, "body")?;
        match (body, reference) {
            (Some(body), _) => Ok(Bundle::Here(unpack(&body, b"")?)),
            (None, Some(place)) => Ok(Bundle::At(place)),
            (None, None) => Err(Error::damaged("a case has neither a bundle nor a place")),
        }
    }

    /// Keeps an assessment; the incident shows its outcome from now on. The case must have been kept before.
    ///
    /// # Errors
    /// When the database fails, or there is no such case.
    pub async fn put_assessment(&self, new: &NewAssessment) -> Result<AssessmentId> {
        let mut write = self.database.write().await?;
        let id = put_assessment(&mut write, new).await?;
        write.commit().await?;
        Ok(id)
    }

    /// All assessments of an incident, the first one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn assessments(&self, incident: IncidentId) -> Result<Vec<AssessmentRow>> {
        let rows = sql!(
            "SELECT id, incident_id, case_digest, engine, outcome, body, created_at FROM assessment \
             WHERE incident_id = $1 ORDER BY id",
            incident.0
        )
        .fetch_all(self.database.read())
        .await?;
        rows.iter().map(assessment).collect()
    }

    /// All assessments of an incident without what they say, the first one first: number and moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn passes(&self, incident: IncidentId) -> Result<Vec<(AssessmentId, Timestamp)>> {
        let rows =
            sql!("SELECT id, created_at FROM assessment WHERE incident_id = $1 ORDER BY id", incident.0)
                .fetch_all(self.database.read())
                .await?;
        rows.iter()
            .map(|row| Ok((AssessmentId(get(row, "id")?), Timestamp::from_millis(get(row, "created_at")?))))
            .collect()
    }

    /// An assessment by its number.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn assessment(&self, id: AssessmentId) -> Result<AssessmentRow> {
        let row = sql!(
            "SELECT id, incident_id, case_digest, engine, outcome, body, created_at FROM assessment WHERE id = $1",
            id.0
        )
        .fetch_optional(self.database.read())
        .await?;
        assessment(&row.ok_or_else(|| Error::NotFound { what: "assessment", id: id.to_string() })?)
    }

    /// The newest assessment of an incident, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_assessment(&self, incident: IncidentId) -> Result<Option<AssessmentRow>> {
        let row = sql!(
            "SELECT id, incident_id, case_digest, engine, outcome, body, created_at FROM assessment \
             WHERE incident_id = $1 ORDER BY id DESC LIMIT 1",
            incident.0
        )
        .fetch_optional(self.database.read())
        .await?;
        row.as_ref().map(assessment).transpose()
    }

    /// Keeps a rendered report of an assessment; the same format again changes nothing.
    ///
    /// # Errors
    /// When the database fails, or there is no such assessment.
    pub async fn put_report(&self, id: AssessmentId, format: &str, body: &str, at: Timestamp) -> Result<()> {
        let mut write = self.database.write().await?;
        put_report(&mut write, id, format, body, at).await?;
        write.commit().await?;
        Ok(())
    }

    /// A report of an assessment in a format, if it was kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report(&self, id: AssessmentId, format: &str) -> Result<Option<String>> {
        let row =
            sql!("SELECT body FROM report WHERE assessment_id = $1 AND format = $2", id.0, format.to_owned())
                .fetch_optional(self.database.read())
                .await?;
        row.map(|row| text(&row, "body")).transpose()
    }

    /// Keeps what a person decided.
    ///
    /// # Errors
    /// When the database fails, or there is no such incident.
    pub async fn decide(&self, decision: &PersonDecision) -> Result<()> {
        sql!(
            "INSERT INTO decision (incident_id, hypothesis, kind, note, who, decided_at) VALUES ($1, $2, $3, $4, $5, $6)",
            decision.incident.0,
            decision.hypothesis.clone(),
            decision.kind.word(),
            decision.note.clone(),
            decision.who.clone(),
            decision.at.as_millis(),
        )
        .execute(self.database.writer())
        .await?;
        Ok(())
    }

    /// What people decided about an incident, in order: of two about one hypothesis the later one counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decisions(&self, incident: IncidentId) -> Result<Vec<PersonDecision>> {
        let rows = sql!(
            "SELECT hypothesis, kind, note, who, decided_at FROM decision WHERE incident_id = $1 ORDER BY id",
            incident.0
        )
        .fetch_all(self.database.read())
        .await?;
        rows.iter().map(|row| decision(row, incident)).collect()
    }
}

/// Keeps what an investigation leaves behind, in the transaction that ends its job.
pub(crate) async fn put(write: &mut Write, new: &Investigated) -> Result<()> {
    put_case(write, &new.case).await?;
    let id = put_assessment(write, &new.assessment).await?;
    for (format, body) in &new.reports {
        put_report(write, id, format, body, new.assessment.created_at).await?;
    }
    Ok(())
}

async fn put_case(write: &mut Write, case: &NewCase) -> Result<()> {
    let (body, reference) = match &case.bundle {
        Bundle::Here(bytes) => (Some(pack(bytes, b"")?), None),
        Bundle::At(place) => (None, Some(place.clone())),
    };
    sql!(
        "INSERT INTO case_file (incident_id, digest, as_of, body, reference, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (incident_id, digest) DO NOTHING",
        case.incident.0,
        case.digest.clone(),
        case.as_of.as_millis(),
        body,
        reference,
        case.created_at.as_millis(),
    )
    .execute(&mut **write)
    .await?;
    Ok(())
}

async fn put_assessment(write: &mut Write, new: &NewAssessment) -> Result<AssessmentId> {
    let row = sql!(
        "INSERT INTO assessment (incident_id, case_digest, engine, outcome, body, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        new.incident.0,
        new.case_digest.clone(),
        new.engine.clone(),
        new.outcome.clone(),
        pack(new.body.as_bytes(), b"")?,
        new.created_at.as_millis(),
    )
    .fetch_one(&mut **write)
    .await?;
    sql!(
        "UPDATE incident SET outcome = $2, summary = $3, updated_at = $4 WHERE id = $1",
        new.incident.0,
        new.outcome.clone(),
        new.summary.clone(),
        new.created_at.as_millis(),
    )
    .execute(&mut **write)
    .await?;
    Ok(AssessmentId(get(&row, "id")?))
}

async fn put_report(
    write: &mut Write,
    id: AssessmentId,
    format: &str,
    body: &str,
    at: Timestamp,
) -> Result<()> {
    sql!(
        "INSERT INTO report (assessment_id, format, body, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (assessment_id, format) DO NOTHING",
        id.0,
        format.to_owned(),
        pack(body.as_bytes(), b"")?,
        at.as_millis(),
    )
    .execute(&mut **write)
    .await?;
    Ok(())
}

fn text(row: &AnyRow, name: &str) -> Result<String> {
    String::from_utf8(unpack(&get::<Vec<u8>>(row, name)?, b"")?).map_err(|_| Error::damaged("a text is none"))
}

fn assessment(row: &AnyRow) -> Result<AssessmentRow> {
    Ok(AssessmentRow {
        id: AssessmentId(get(row, "id")?),
        incident: IncidentId(get(row, "incident_id")?),
        case_digest: get(row, "case_digest")?,
        engine: get(row, "engine")?,
        outcome: get(row, "outcome")?,
        body: text(row, "body")?,
        created_at: Timestamp::from_millis(get(row, "created_at")?),
    })
}

fn decision(row: &AnyRow, incident: IncidentId) -> Result<PersonDecision> {
    let word: String = get(row, "kind")?;
    let kinds = [DecisionKind::Accept, DecisionKind::Discard, DecisionKind::Note];
    Ok(PersonDecision {
        incident,
        hypothesis: get(row, "hypothesis")?,
        kind: kinds
            .into_iter()
            .find(|kind| kind.word() == word)
            .ok_or_else(|| Error::damaged(format!("a decision has the kind `{word}`")))?,
        note: get(row, "note")?,
        who: get(row, "who")?,
        at: Timestamp::from_millis(get(row, "decided_at")?),
    })
}
