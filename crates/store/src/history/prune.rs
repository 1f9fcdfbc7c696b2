//! Forgetting: spans first, then the answers no span has, then the items no answer has.

use super::cut;
use crate::database::{Write, get};
use crate::error::Result;
use std::collections::BTreeSet;

/// Rows read at once.
const BATCH: i64 = 1000;

/// Forgets what is no longer the state at `before` or later; returns how many spans that were.
pub(super) async fn prune(write: &mut Write, before: i64) -> Result<u64> {
    // A span that was followed by another one after `before` still is the state until then, and stays.
    let spans = sqlx::query(
        "DELETE FROM history_span WHERE last_at < $1 AND NOT EXISTS (SELECT 1 FROM history_span later \
         WHERE later.query_id = history_span.query_id AND later.first_at > $1 AND NOT EXISTS ( \
         SELECT 1 FROM history_span between_them WHERE between_them.query_id = history_span.query_id \
         AND between_them.first_at > history_span.first_at AND between_them.first_at <= $1))",
    )
    .bind(before)
    .execute(&mut **write)
    .await?
    .rows_affected();
    if spans == 0 {
        return Ok(0);
    }
    sqlx::query("DELETE FROM history_query WHERE NOT EXISTS (SELECT 1 FROM history_span WHERE query_id = history_query.id)")
        .execute(&mut **write)
        .await?;
    sqlx::query("DELETE FROM history_answer WHERE NOT EXISTS (SELECT 1 FROM history_span WHERE answer_id = history_answer.id)")
        .execute(&mut **write)
        .await?;
    let used = used(write).await?;
    sweep(write, &used).await?;
    Ok(spans)
}

/// Items that are part of an answer. Which they are only the answers know, so all of them are read.
async fn used(write: &mut Write) -> Result<BTreeSet<i64>> {
    let mut used = BTreeSet::new();
    let mut last = 0;
    loop {
        let rows = sqlx::query("SELECT id, body FROM history_answer WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(last)
            .bind(BATCH)
            .fetch_all(&mut **write)
            .await?;
        let Some(row) = rows.last() else { return Ok(used) };
        last = get(row, "id")?;
        for row in &rows {
            used.extend(cut::items(&get::<Vec<u8>>(row, "body")?)?);
        }
    }
}

/// Deletes the items that are not used; dictionaries after those that need them.
async fn sweep(write: &mut Write, used: &BTreeSet<i64>) -> Result<()> {
    let rows = sqlx::query("SELECT id FROM history_item").fetch_all(&mut **write).await?;
    let mut unused = Vec::new();
    for row in &rows {
        let id: i64 = get(row, "id")?;
        if !used.contains(&id) {
            unused.push(id);
        }
    }
    // Bases come last: a base is older than the items it serves.
    for id in unused.into_iter().rev() {
        sqlx::query("DELETE FROM history_base WHERE item_id = $1 AND NOT EXISTS (SELECT 1 FROM history_item WHERE base = $1)")
            .bind(id)
            .execute(&mut **write)
            .await?;
        sqlx::query(
            "DELETE FROM history_item WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM history_item i WHERE i.base = $1)",
        )
        .bind(id)
        .execute(&mut **write)
        .await?;
    }
    Ok(())
}
