//! Forgetting incidents that were closed long ago, and taking one of them along.
//!
//! The audit log is not pruned: it says who did what, and is small.

use crate::cases::Bundle;
use crate::database::get;
use crate::error::Result;
use crate::sql::{Cursor, IncidentId, PAGE_MAX, sql};
use crate::store::Store;
use butfor_incident::Timestamp;
use serde_json::{Value, json};

/// What is deleted with incidents closed before `$1`, in an order that leaves no row without what it refers to.
const OF_INCIDENTS: [&str; 9] = [
    "DELETE FROM report WHERE assessment_id IN (SELECT id FROM assessment WHERE incident_id IN \
     (SELECT id FROM incident WHERE closed_at < $1))",
    "DELETE FROM assessment WHERE incident_id IN (SELECT id FROM incident WHERE closed_at < $1)",
    "DELETE FROM case_file WHERE incident_id IN (SELECT id FROM incident WHERE closed_at < $1)",
    "DELETE FROM decision WHERE incident_id IN (SELECT id FROM incident WHERE closed_at < $1)",
    "DELETE FROM question WHERE incident_id IN (SELECT id FROM incident WHERE closed_at < $1)",
    "DELETE FROM notice WHERE incident_id IN (SELECT id FROM incident WHERE closed_at < $1)",
    "DELETE FROM job WHERE incident_id IN (SELECT id FROM incident WHERE closed_at < $1)",
    "DELETE FROM alert_link WHERE incident_id IN (SELECT id FROM incident WHERE closed_at < $1)",
    "DELETE FROM incident WHERE closed_at < $1",
];

/// What else is deleted: alerts that belong to nothing, and jobs that belonged to no incident.
const ALONE: [&str; 2] = [
    "DELETE FROM alert WHERE received_at < $1 AND NOT EXISTS (SELECT 1 FROM alert_link WHERE alert_id = alert.id)",
    "DELETE FROM job WHERE incident_id IS NULL AND state IN ('done', 'dead') AND finished_at < $1",
];

/// What has run out at `$1`.
const RUN_OUT: [&str; 2] =
    ["DELETE FROM seen WHERE until_at < $1", "DELETE FROM session WHERE expires_at < $1"];

impl Store {
    /// Forgets incidents closed before a moment with all that belongs to them, and what has run out by `now`. Returns
    /// how many incidents that were. The history has its own [`prune`](crate::History::prune).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune(&self, before: Timestamp, now: Timestamp) -> Result<u64> {
        let mut write = self.database.write().await?;
        let mut incidents = 0;
        for statement in OF_INCIDENTS {
            // The last statement is the one that counts.
            incidents = sql!(statement, before.as_millis()).execute(&mut *write).await?.rows_affected();
        }
        for statement in ALONE {
            sql!(statement, before.as_millis()).execute(&mut *write).await?;
        }
        for statement in RUN_OUT {
            sql!(statement, now.as_millis()).execute(&mut *write).await?;
        }
        write.commit().await?;
        if incidents > 0 {
            self.database.tidy().await?;
        }
        Ok(incidents)
    }

    /// All that is known of an incident as lines of JSON, one for each row; the first is the incident.
    ///
    /// # Errors
    /// [`NotFound`](crate::Error::NotFound) when there is no such incident.
    pub async fn export(&self, id: IncidentId) -> Result<Vec<String>> {
        let incident = self.incident(id).await?;
        let mut lines = vec![json!({
            "kind": "incident", "id": id.0, "title": incident.title, "open": incident.is_open, "test": incident.is_test,
            "account": incident.account, "region": incident.region, "application": incident.application,
            "outcome": incident.outcome, "summary": incident.summary, "priority": incident.priority, "opened_at": incident.opened_at.to_string(),
            "closed_at": incident.closed_at.map(|at| at.to_string()),
        })];
        self.export_alerts(id, &mut lines).await?;
        self.export_cases(id, &mut lines).await?;
        for decision in self.decisions(id).await? {
            lines.push(json!({
                "kind": "decision", "hypothesis": decision.hypothesis, "decision": format!("{:?}", decision.kind).to_lowercase(),
                "note": decision.note, "who": decision.who, "at": decision.at.to_string(),
            }));
        }
        for question in self.questions(id).await? {
            lines.push(json!({
                "kind": "question", "question": question.question, "answer": question.answer, "who": question.who,
                "at": question.at.to_string(),
            }));
        }
        let notices = sql!("SELECT key FROM notice WHERE incident_id = $1 ORDER BY created_at, key", id.0)
            .fetch_all(self.database.read())
            .await?;
        for row in &notices {
            let notice = self.notice(&get::<String>(row, "key")?).await?;
            lines.push(json!({
                "kind": "notice", "key": notice.notice.key, "channel": notice.notice.channel, "body": notice.notice.body,
                "sent_at": notice.sent_at.map(|at| at.to_string()), "receipt": notice.receipt,
            }));
        }
        Ok(lines.iter().map(Value::to_string).collect())
    }

    async fn export_alerts(&self, id: IncidentId, lines: &mut Vec<Value>) -> Result<()> {
        let mut after: Option<Cursor> = None;
        loop {
            let page = self.alerts(id, after, PAGE_MAX).await?;
            for alert in page.items {
                lines.push(json!({
                    "kind": "alert", "id": alert.id.0, "source": alert.source, "sender_id": alert.sender_id,
                    "title": alert.title, "facts": alert.facts, "received_at": alert.received_at.to_string(), "reason": alert.reason,
                    "unlinked_at": alert.unlinked.as_ref().map(|(at, _)| at.to_string()),
                    "unlinked_by": alert.unlinked.map(|(_, who)| who), "body": text(&self.alert_body(alert.id).await?),
                }));
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn export_cases(&self, id: IncidentId, lines: &mut Vec<Value>) -> Result<()> {
        let rows = sql!(
            "SELECT digest, as_of FROM case_file WHERE incident_id = $1 ORDER BY created_at, digest",
            id.0
        )
        .fetch_all(self.database.read())
        .await?;
        for row in &rows {
            let digest: String = get(row, "digest")?;
            let (body, place) = match self.case(id, &digest).await? {
                Bundle::Here(bytes) => (Some(text(&bytes)), None),
                Bundle::At(place) => (None, Some(place)),
            };
            let as_of = Timestamp::from_millis(get(row, "as_of")?).to_string();
            lines.push(
                json!({"kind": "case", "digest": digest, "as_of": as_of, "bundle": body, "place": place}),
            );
        }
        for assessment in self.assessments(id).await? {
            lines.push(json!({
                "kind": "assessment", "id": assessment.id.0, "case": assessment.case_digest,
                "engine": assessment.engine, "outcome": assessment.outcome, "at": assessment.created_at.to_string(),
                "body": document(&assessment.body),
            }));
            let formats =
                sql!("SELECT format FROM report WHERE assessment_id = $1 ORDER BY format", assessment.id.0)
                    .fetch_all(self.database.read())
                    .await?;
            for row in &formats {
                let format: String = get(row, "format")?;
                let body = self.report(assessment.id, &format).await?;
                lines.push(
                    json!({"kind": "report", "assessment": assessment.id.0, "format": format, "body": body}),
                );
            }
        }
        Ok(())
    }
}

/// Bytes as text, where they are text; else as hexadecimal digits, and it says so.
fn text(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::from(text),
        Err(_) => json!({"hex": crate::key::hex(bytes)}),
    }
}

/// JSON as JSON, anything else as text.
fn document(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| Value::from(body))
}
