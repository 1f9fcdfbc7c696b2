//! Incidents and the alerts that belong to them.

use crate::database::{Write, get, unsigned};
use crate::error::{Error, Result};
use crate::intake::{NewIncident, link};
use crate::jobs::{NewJob, enqueue};
use crate::sql::{AlertId, Cursor, IncidentId, PAGE_MAX, Page, sql};
use crate::store::Store;
use butfor_incident::Timestamp;
use sqlx::any::AnyRow;

/// An incident as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// Its number.
    pub id: IncidentId,
    /// What people call it.
    pub title: String,
    /// Whether it is open.
    pub is_open: bool,
    /// Whether a test event opened it.
    pub is_test: bool,
    /// Account it is in, or empty.
    pub account: String,
    /// Region it is in, or empty.
    pub region: String,
    /// Application it is about, or empty.
    pub application: String,
    /// What the last assessment says.
    pub outcome: Option<String>,
    /// The same in a sentence, or empty.
    pub summary: String,
    /// How urgent the sender of the first alert finds it, or empty.
    pub priority: String,
    /// Alerts that belong to it.
    pub alerts: u64,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When an alert or an assessment came last.
    pub updated_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// An alert and how it belongs to an incident; its message is [`Store::alert_body`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedAlert {
    /// Its number.
    pub id: AlertId,
    /// The integration it came by.
    pub source: String,
    /// The sender's own id.
    pub sender_id: Option<String>,
    /// What people call it.
    pub title: String,
    /// When it came.
    pub received_at: Timestamp,
    /// What correlation was told of it.
    pub facts: String,
    /// Why it belongs to the incident.
    pub reason: String,
    /// When and by whom it was taken out again.
    pub unlinked: Option<(Timestamp, String)>,
}

const COLUMNS: &str = "id, title, state, is_test, account, region, application, outcome, summary, priority, opened_at, updated_at, closed_at, \
     (SELECT COUNT(*) FROM alert_link WHERE incident_id = incident.id AND unlinked_at IS NULL) AS alerts";

impl Store {
    /// An incident by its number.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn incident(&self, id: IncidentId) -> Result<IncidentRow> {
        let statement = format!("SELECT {COLUMNS} FROM incident WHERE id = $1");
        let row = sql!(sqlx::AssertSqlSafe(statement), id.0).fetch_optional(self.database.read()).await?;
        incident(&row.ok_or_else(|| none(id))?)
    }

    /// Incidents, the newest first; only the open or the closed ones if `is_open` says so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn incidents(
        &self,
        is_open: Option<bool>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<IncidentRow>> {
        let limit = limit.clamp(1, PAGE_MAX);
        let state = match is_open {
            // Written out, not bound: with a parameter neither database could choose the right index.
            None => "",
            Some(true) => "state = 'open' AND ",
            Some(false) => "state = 'closed' AND ",
        };
        let statement = format!(
            "SELECT {COLUMNS} FROM incident WHERE {state}(opened_at, id) < ($1, $2) \
             ORDER BY opened_at DESC, id DESC LIMIT $3"
        );
        let after = after.unwrap_or(Cursor { at: i64::MAX, id: i64::MAX });
        let rows = sql!(sqlx::AssertSqlSafe(statement), after.at, after.id, i64::from(limit))
            .fetch_all(self.database.read())
            .await?;
        let incidents = rows.iter().map(incident).collect::<Result<Vec<_>>>()?;
        Ok(Page::new(incidents, limit, |row| Cursor { at: row.opened_at.as_millis(), id: row.id.0 }))
    }

    /// Alerts of an incident in the order they came, those taken out again included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alerts(
        &self,
        incident: IncidentId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<LinkedAlert>> {
        let limit = limit.clamp(1, PAGE_MAX);
        let rows = sql!(
            "SELECT a.id, a.source, a.sender_id, a.title, a.received_at, a.facts, l.reason, l.unlinked_at, l.unlinked_by \
             FROM alert_link l JOIN alert a ON a.id = l.alert_id WHERE l.incident_id = $1 AND l.alert_id > $2 \
             ORDER BY l.alert_id LIMIT $3",
            incident.0,
            after.map_or(0, |cursor| cursor.id),
            i64::from(limit),
        )
        .fetch_all(self.database.read())
        .await?;
        let alerts = rows.iter().map(linked).collect::<Result<Vec<_>>>()?;
        Ok(Page::new(alerts, limit, |alert| Cursor { at: 0, id: alert.id.0 }))
    }

    /// The message of an alert, byte for byte.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such alert.
    pub async fn alert_body(&self, id: AlertId) -> Result<Vec<u8>> {
        let row =
            sql!("SELECT body FROM alert WHERE id = $1", id.0).fetch_optional(self.database.read()).await?;
        get(&row.ok_or_else(|| Error::NotFound { what: "alert", id: id.to_string() })?, "body")
    }

    /// Messages of one sender that came within a time, the newest ones of more than `limit`, in the order they came.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alerts_of(
        &self,
        source: &str,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Vec<u8>>> {
        let rows = sql!(
            "SELECT body FROM alert WHERE received_at >= $1 AND received_at <= $2 AND source = $3 \
             ORDER BY received_at DESC, id DESC LIMIT $4",
            from.as_millis(),
            until.as_millis(),
            source.to_owned(),
            i64::from(limit.clamp(1, PAGE_MAX)),
        )
        .fetch_all(self.database.read())
        .await?;
        rows.iter().rev().map(|row| get(row, "body")).collect()
    }

    /// Says that an alert belongs to an incident, also if a person had said it does not.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such incident; a database error when there is no such alert.
    pub async fn link(
        &self,
        incident: IncidentId,
        alert: AlertId,
        reason: &str,
        at: Timestamp,
    ) -> Result<()> {
        let mut write = self.database.write().await?;
        link(&mut write, incident, alert, reason, at).await?;
        write.commit().await?;
        Ok(())
    }

    /// Notes that a person took an alert out of an incident.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it does not belong to it.
    pub async fn unlink(&self, incident: IncidentId, alert: AlertId, who: &str, at: Timestamp) -> Result<()> {
        let mut write = self.database.write().await?;
        unlink(&mut write, incident, alert, who, at).await?;
        write.commit().await?;
        Ok(())
    }

    /// Takes an alert out of an incident and opens one of its own for it, in one step: no alert is without an incident between.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it does not belong to the incident.
    pub async fn split(
        &self,
        incident: IncidentId,
        alert: AlertId,
        new: &NewIncident,
        who: &str,
        at: Timestamp,
    ) -> Result<IncidentId> {
        let mut write = self.database.write().await?;
        unlink(&mut write, incident, alert, who, at).await?;
        let row = sql!(
            "INSERT INTO incident (title, state, is_test, account, region, application, priority, alert_id, opened_at, \
             updated_at) SELECT $1, 'open', is_test, $2, $3, $4, $5, id, $6, $6 FROM alert WHERE id = $7 RETURNING id",
            new.title.clone(),
            new.account.clone(),
            new.region.clone(),
            new.application.clone(),
            new.priority.clone(),
            at.as_millis(),
            alert.0,
        )
        .fetch_one(&mut *write)
        .await?;
        let opened = IncidentId(get(&row, "id")?);
        link(&mut write, opened, alert, &new.reason, at).await?;
        if let Some((kind, payload)) = &new.job {
            let job = NewJob::new(&format!("{kind}/{opened}"), kind, payload, at);
            enqueue(&mut write, &NewJob { incident: Some(opened), ..job }).await?;
        }
        write.commit().await?;
        Ok(opened)
    }

    /// Closes an incident; its key is free for the next one.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such open incident.
    pub async fn close_incident(&self, id: IncidentId, at: Timestamp) -> Result<()> {
        let done = sql!(
            "UPDATE incident SET state = 'closed', open_key = NULL, closed_at = $2, updated_at = $2 \
             WHERE id = $1 AND state = 'open'",
            id.0,
            at.as_millis(),
        )
        .execute(self.database.writer())
        .await?;
        if done.rows_affected() == 0 { Err(none(id)) } else { Ok(()) }
    }
}

async fn unlink(
    write: &mut Write,
    incident: IncidentId,
    alert: AlertId,
    who: &str,
    at: Timestamp,
) -> Result<()> {
    let done = sql!(
        "UPDATE alert_link SET unlinked_at = $3, unlinked_by = $4 \
         WHERE incident_id = $1 AND alert_id = $2 AND unlinked_at IS NULL",
        incident.0,
        alert.0,
        at.as_millis(),
        who.to_owned(),
    )
    .execute(&mut **write)
    .await?;
    if done.rows_affected() == 0 {
        let id = format!("{alert} of incident {incident}");
        return Err(Error::NotFound { what: "linked alert", id });
    }
    // Other replicas must see it; and the alarm that opened it must be able to open another.
    sql!(
        "UPDATE incident SET updated_at = $3, open_key = CASE WHEN alert_id = $2 THEN NULL ELSE open_key END WHERE id = $1",
        incident.0,
        alert.0,
        at.as_millis(),
    )
    .execute(&mut **write)
    .await?;
    Ok(())
}

fn none(id: IncidentId) -> Error {
    Error::NotFound { what: "incident", id: id.to_string() }
}

fn incident(row: &AnyRow) -> Result<IncidentRow> {
    let at = |name| Ok::<_, Error>(Timestamp::from_millis(get(row, name)?));
    Ok(IncidentRow {
        id: IncidentId(get(row, "id")?),
        title: get(row, "title")?,
        is_open: get::<String>(row, "state")? == "open",
        is_test: get::<i64>(row, "is_test")? != 0,
        account: get(row, "account")?,
        region: get(row, "region")?,
        application: get(row, "application")?,
        outcome: get(row, "outcome")?,
        summary: get(row, "summary")?,
        priority: get(row, "priority")?,
        alerts: unsigned(get(row, "alerts")?),
        opened_at: at("opened_at")?,
        updated_at: at("updated_at")?,
        closed_at: get::<Option<i64>>(row, "closed_at")?.map(Timestamp::from_millis),
    })
}

fn linked(row: &AnyRow) -> Result<LinkedAlert> {
    let unlinked_at: Option<i64> = get(row, "unlinked_at")?;
    let unlinked_by: Option<String> = get(row, "unlinked_by")?;
    Ok(LinkedAlert {
        id: AlertId(get(row, "id")?),
        source: get(row, "source")?,
        sender_id: get(row, "sender_id")?,
        title: get(row, "title")?,
        received_at: Timestamp::from_millis(get(row, "received_at")?),
        facts: get(row, "facts")?,
        reason: get(row, "reason")?,
        unlinked: unlinked_at.map(Timestamp::from_millis).zip(unlinked_by),
    })
}
