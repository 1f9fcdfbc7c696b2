//! Many alerts in few statements: one for each table, however many alerts there are.
//!
//! A statement costs a hand-over to the thread of the database and back, which is more than the row it writes.

use super::{Accept, Accepted, Decision};
use crate::database::{Write, get};
use crate::error::{Error, Result};
use crate::jobs::{NewJob, enqueue_all};
use crate::sql::{AlertId, IncidentId, Parameter, key, many, sql};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};

/// A source and what is unique within it, as stored.
type Name = (String, String);

/// What is known of an alert of the batch so far.
struct Entry<'a> {
    accept: &'a Accept,
    /// Its signed message was here before.
    is_replay: bool,
    /// Its number, if it is a new alert.
    id: Option<i64>,
    /// The incident it belongs to, and whether it opened it.
    incident: Option<(i64, bool)>,
}

/// Writes a batch; the answers are in its order.
pub(super) async fn write(write: &mut Write, batch: &[&Accept]) -> Result<Vec<Accepted>> {
    let mut entries: Vec<Entry<'_>> =
        batch.iter().map(|accept| Entry { accept, is_replay: false, id: None, incident: None }).collect();
    nonces(write, &mut entries).await?;
    alerts(write, &mut entries).await?;
    incidents(write, &mut entries).await?;
    links(write, &entries).await?;
    jobs(write, &entries).await?;
    let mut answers = Vec::with_capacity(entries.len());
    for entry in &entries {
        answers.push(match (entry.id, entry.incident) {
            _ if entry.is_replay => Accepted::Replayed,
            (None, _) => known(write, entry.accept).await?,
            (Some(id), None) => Accepted::Skipped(AlertId(id)),
            (Some(id), Some((incident, true))) => Accepted::Opened(AlertId(id), IncidentId(incident)),
            (Some(id), Some((incident, false))) => Accepted::Linked(AlertId(id), IncidentId(incident)),
        });
    }
    Ok(answers)
}

/// Notes the signed messages; the first with a nonce is fresh, here and ever.
async fn nonces(write: &mut Write, entries: &mut [Entry<'_>]) -> Result<()> {
    let name = |entry: &Entry<'_>| -> Option<Name> {
        let nonce = entry.accept.nonce.as_ref()?;
        Some((entry.accept.alert.source.clone().parameter(), key(&nonce.value).parameter()))
    };
    let mut new = BTreeMap::new();
    for entry in entries.iter() {
        if let (Some(name), Some(nonce)) = (name(entry), &entry.accept.nonce) {
            new.entry(name).or_insert(nonce.until.as_millis());
        }
    }
    let mut fresh = BTreeSet::new();
    if !new.is_empty() {
        let statement = format!(
            "INSERT INTO seen (source, nonce, until_at) VALUES {} ON CONFLICT DO NOTHING RETURNING source, nonce",
            many(new.len(), 3)
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(statement)).persistent(false);
        for ((source, nonce), until) in new {
            query = query.bind(source).bind(nonce).bind(until);
        }
        for row in query.fetch_all(&mut **write).await? {
            fresh.insert((row.try_get("source")?, row.try_get("nonce")?));
        }
    }
    for entry in entries {
        // Taken out, so that only the first of the batch is fresh.
        entry.is_replay = name(entry).is_some_and(|name| !fresh.remove(&name));
    }
    Ok(())
}

fn dedup(accept: &Accept) -> Name {
    (accept.alert.source.clone().parameter(), key(&accept.alert.dedup_key).parameter())
}

/// Writes the alerts that were not here before.
async fn alerts(write: &mut Write, entries: &mut [Entry<'_>]) -> Result<()> {
    // In the order they came, so that their numbers are in it too.
    let (mut new, mut names) = (Vec::new(), BTreeSet::new());
    for entry in entries.iter().filter(|entry| !entry.is_replay) {
        let name = dedup(entry.accept);
        if names.insert(name.clone()) {
            new.push((name, entry.accept));
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "INSERT INTO alert (source, dedup_key, sender_id, is_test, title, body, facts, decision, reason, received_at) \
         VALUES {} ON CONFLICT (source, dedup_key) DO NOTHING RETURNING id, source, dedup_key",
        many(new.len(), 10)
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement)).persistent(false);
    for ((source, dedup_key), Accept { alert, decision, .. }) in new {
        let (word, reason) = match decision {
            Decision::Open(incident) => ("open", &incident.reason),
            Decision::Link { reason, .. } => ("link", reason),
            Decision::Skip { reason } => ("skip", reason),
        };
        query = query
            .bind(source)
            .bind(dedup_key)
            .bind(alert.sender_id.clone().parameter())
            .bind(i64::from(alert.is_test))
            .bind(alert.title.clone().parameter())
            .bind(alert.body.clone())
            .bind(alert.facts.clone().parameter())
            .bind(word)
            .bind(reason.clone().parameter())
            .bind(alert.received_at.as_millis());
    }
    let mut ids: BTreeMap<Name, i64> = BTreeMap::new();
    for row in query.fetch_all(&mut **write).await? {
        ids.insert((row.try_get("source")?, row.try_get("dedup_key")?), get(&row, "id")?);
    }
    for entry in entries.iter_mut().filter(|entry| !entry.is_replay) {
        entry.id = ids.remove(&dedup(entry.accept));
    }
    Ok(())
}

/// Opens incidents, and finds those another alert has opened with the same key.
async fn incidents(write: &mut Write, entries: &mut [Entry<'_>]) -> Result<()> {
    still_open(write, entries).await?;
    let mut new = Vec::new();
    for entry in entries.iter_mut() {
        match (&entry.accept.decision, entry.id) {
            (Decision::Open(incident), Some(id)) => new.push((entry.accept, incident, id)),
            (Decision::Link { incident, .. }, Some(_)) => entry.incident = Some((incident.0, false)),
            _ => {}
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "INSERT INTO incident (title, state, is_test, account, region, application, priority, alert_id, open_key, opened_at, \
         updated_at) VALUES {} ON CONFLICT (open_key) DO NOTHING RETURNING id, alert_id",
        many(new.len(), 11)
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement)).persistent(false);
    for (accept, incident, id) in new {
        let at = accept.alert.received_at.as_millis();
        query = query
            .bind(incident.title.clone().parameter())
            .bind("open")
            .bind(i64::from(accept.alert.is_test))
            .bind(incident.account.clone().parameter())
            .bind(incident.region.clone().parameter())
            .bind(incident.application.clone().parameter())
            .bind(incident.priority.clone().parameter())
            .bind(id)
            .bind(incident.key.as_deref().map(key).parameter())
            .bind(at)
            .bind(at);
    }
    let mut opened: BTreeMap<i64, i64> = BTreeMap::new();
    for row in query.fetch_all(&mut **write).await? {
        opened.insert(get(&row, "alert_id")?, get(&row, "id")?);
    }
    let mut by_key: BTreeMap<String, i64> = BTreeMap::new();
    for entry in entries {
        let (Decision::Open(new), Some(id)) = (&entry.accept.decision, entry.id) else { continue };
        entry.incident = match (opened.get(&id), &new.key) {
            (Some(incident), _) => Some((*incident, true)),
            (None, None) => return Err(Error::damaged("an incident without a key was not opened")),
            (None, Some(open_key)) => {
                let incident = match by_key.get(open_key) {
                    Some(incident) => *incident,
                    None => open_with(write, open_key).await?,
                };
                by_key.insert(open_key.clone(), incident);
                Some((incident, false))
            }
        };
    }
    Ok(())
}

/// What an alert is to join must still be open when it is written: a closed incident is looked at by nobody. On Postgres this also keeps
/// others from closing it meanwhile.
async fn still_open(write: &mut Write, entries: &[Entry<'_>]) -> Result<()> {
    let joined =
        entries.iter().filter(|entry| entry.id.is_some()).filter_map(|entry| match &entry.accept.decision {
            Decision::Link { incident, .. } => Some(incident.0),
            _ => None,
        });
    // In one order, so that two replicas do not wait for each other.
    for incident in joined.collect::<BTreeSet<i64>>() {
        let found =
            sql!("UPDATE incident SET updated_at = updated_at WHERE id = $1 AND state = 'open'", incident)
                .execute(&mut **write)
                .await?;
        if found.rows_affected() == 0 {
            return Err(Error::NotFound { what: "open incident", id: incident.to_string() });
        }
    }
    Ok(())
}

async fn open_with(write: &mut Write, open_key: &str) -> Result<i64> {
    let row =
        sql!("SELECT id FROM incident WHERE open_key = $1", key(open_key)).fetch_one(&mut **write).await?;
    get(&row, "id")
}

async fn links(write: &mut Write, entries: &[Entry<'_>]) -> Result<()> {
    let linked: Vec<_> =
        entries.iter().filter_map(|entry| Some((entry, entry.id?, entry.incident?.0))).collect();
    if linked.is_empty() {
        return Ok(());
    }
    // When an alert came last, for each incident that was there before.
    let mut touched: BTreeMap<i64, i64> = BTreeMap::new();
    let statement = format!(
        "INSERT INTO alert_link (incident_id, alert_id, reason, linked_at) VALUES {}",
        many(linked.len(), 4)
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement)).persistent(false);
    for (entry, id, incident) in linked {
        let at = entry.accept.alert.received_at.as_millis();
        let reason = match &entry.accept.decision {
            Decision::Open(new) => &new.reason,
            Decision::Link { reason, .. } | Decision::Skip { reason } => reason,
        };
        query = query.bind(incident).bind(id).bind(reason.clone().parameter()).bind(at);
        if let Some((_, false)) = entry.incident {
            let last = touched.entry(incident).or_insert(at);
            *last = at.max(*last);
        }
    }
    query.execute(&mut **write).await.map_err(no_incident)?;
    for (incident, at) in touched {
        sql!("UPDATE incident SET updated_at = $2 WHERE id = $1 AND updated_at < $2", incident, at)
            .execute(&mut **write)
            .await?;
    }
    Ok(())
}

/// The only thing a new link can refer to in vain is its incident.
fn no_incident(error: sqlx::Error) -> Error {
    if error.as_database_error().is_some_and(|error| error.is_foreign_key_violation()) {
        return Error::NotFound { what: "incident", id: "the alert was to be linked to".to_owned() };
    }
    error.into()
}

async fn jobs(write: &mut Write, entries: &[Entry<'_>]) -> Result<()> {
    let mut jobs = Vec::new();
    for entry in entries {
        if let (Decision::Open(new), Some((incident, true))) = (&entry.accept.decision, entry.incident)
            && let Some((kind, payload)) = &new.job
        {
            let job =
                NewJob::new(&format!("{kind}/{incident}"), kind, payload, entry.accept.alert.received_at);
            jobs.push(NewJob { incident: Some(IncidentId(incident)), ..job });
        }
        if let (Some(then), Some(_), Some((incident, false))) = (&entry.accept.then, entry.id, entry.incident)
        {
            let key = format!("{}/{incident}/{}", then.kind, then.name);
            let job = NewJob::new(&key, &then.kind, &then.payload, then.run_at);
            jobs.push(NewJob { incident: Some(IncidentId(incident)), ..job });
        }
    }
    enqueue_all(write, &jobs).await
}

/// What was here before.
async fn known(write: &mut Write, accept: &Accept) -> Result<Accepted> {
    let (source, dedup_key) = dedup(accept);
    let row = sql!(
        "SELECT id, (SELECT MAX(incident_id) FROM alert_link WHERE alert_id = alert.id AND unlinked_at IS NULL) \
         AS incident FROM alert WHERE source = $1 AND dedup_key = $2",
        source,
        dedup_key,
    )
    .fetch_one(&mut **write)
    .await?;
    let incident: Option<i64> = get(&row, "incident")?;
    Ok(Accepted::Duplicate(AlertId(get(&row, "id")?), incident.map(IncidentId)))
}
