//! What people asked about an incident, and what they were answered.

use crate::database::get;
use crate::error::Result;
use crate::sql::{IncidentId, sql};
use crate::store::Store;
use butfor_incident::Timestamp;

/// A question with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Incident it is about.
    pub incident: IncidentId,
    /// Who asked.
    pub who: String,
    /// What.
    pub question: String,
    /// The answer, as whoever answers writes it.
    pub answer: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Keeps a question with its answer.
    ///
    /// # Errors
    /// When the database fails, or there is no such incident.
    pub async fn ask(&self, question: &Question) -> Result<()> {
        sql!(
            "INSERT INTO question (incident_id, who, question, answer, asked_at) VALUES ($1, $2, $3, $4, $5)",
            question.incident.0,
            question.who.clone(),
            question.question.clone(),
            question.answer.clone(),
            question.at.as_millis(),
        )
        .execute(self.database.writer())
        .await?;
        Ok(())
    }

    /// What was asked about an incident, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn questions(&self, incident: IncidentId) -> Result<Vec<Question>> {
        let rows = sql!(
            "SELECT who, question, answer, asked_at FROM question WHERE incident_id = $1 ORDER BY id",
            incident.0
        )
        .fetch_all(self.database.read())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Question {
                    incident,
                    who: get(row, "who")?,
                    question: get(row, "question")?,
                    answer: get(row, "answer")?,
                    at: Timestamp::from_millis(get(row, "asked_at")?),
                })
            })
            .collect()
    }
}
