//! Which answer a query had from when to when.

use crate::database::{Write, get};
use crate::error::Result;
use crate::key::digest;
use crate::redact::Observation;
use sqlx::any::AnyRow;

/// The number of a query, made at its first use.
pub(super) async fn query(write: &mut Write, asked: &Observation) -> Result<i64> {
    // No member but the last can hold a line end in AWS; were one in it, two queries would share their answers.
    let name =
        serde_json::json!([asked.account, asked.region, asked.service, asked.operation, asked.parameters]);
    let key = digest(name.to_string().as_bytes());
    let found = sqlx::query("SELECT id FROM history_query WHERE digest = $1")
        .bind(key.clone())
        .fetch_optional(&mut **write)
        .await?;
    if let Some(row) = found {
        return get(&row, "id");
    }
    let row = sqlx::query(
        "INSERT INTO history_query (account, region, service, operation, parameters, digest) \
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
    )
    .bind(asked.account.clone())
    .bind(asked.region.clone())
    .bind(asked.service.clone())
    .bind(asked.operation.clone())
    .bind(asked.parameters.clone())
    .bind(key)
    .fetch_one(&mut **write)
    .await?;
    get(&row, "id")
}

struct Span {
    first_at: i64,
    last_at: i64,
    answer: i64,
}

impl Span {
    fn of(row: &AnyRow) -> Result<Self> {
        Ok(Self {
            first_at: get(row, "first_at")?,
            last_at: get(row, "last_at")?,
            answer: get(row, "answer_id")?,
        })
    }
}

/// Notes that a query had an answer at a moment. Returns whether that is another answer than the one before it.
pub(super) async fn extend(write: &mut Write, query: i64, answer: i64, at: i64) -> Result<bool> {
    let before = neighbour(
        write,
        "SELECT first_at, last_at, answer_id FROM history_span WHERE query_id = $1 AND first_at <= $2 \
         ORDER BY first_at DESC LIMIT 1",
        query,
        at,
    )
    .await?;
    if let Some(span) = &before
        && span.answer == answer
    {
        if span.last_at < at {
            end(write, query, span.first_at, at).await?;
        }
        return Ok(false);
    }
    if let Some(span) = &before
        && span.last_at >= at
    {
        split(write, query, span, at).await?;
    } else {
        let after = neighbour(
            write,
            "SELECT first_at, last_at, answer_id FROM history_span WHERE query_id = $1 AND first_at > $2 \
             ORDER BY first_at LIMIT 1",
            query,
            at,
        )
        .await?;
        if let Some(span) = after.filter(|span| span.answer == answer) {
            // Seen earlier than was known.
            sqlx::query("UPDATE history_span SET first_at = $3 WHERE query_id = $1 AND first_at = $2")
                .bind(query)
                .bind(span.first_at)
                .bind(at)
                .execute(&mut **write)
                .await?;
            return Ok(true);
        }
    }
    insert(write, query, &Span { first_at: at, last_at: at, answer }).await?;
    Ok(true)
}

/// Makes room for another answer within a span: what was seen at its ends stays as it was seen. Of two answers at the
/// same moment the one that is put later counts.
async fn split(write: &mut Write, query: i64, span: &Span, at: i64) -> Result<()> {
    if span.first_at < at {
        end(write, query, span.first_at, at - 1).await?;
    } else {
        sqlx::query("DELETE FROM history_span WHERE query_id = $1 AND first_at = $2")
            .bind(query)
            .bind(span.first_at)
            .execute(&mut **write)
            .await?;
    }
    if span.last_at > at {
        insert(write, query, &Span { first_at: at + 1, ..*span }).await?;
    }
    Ok(())
}

async fn neighbour(write: &mut Write, sql: &'static str, query: i64, at: i64) -> Result<Option<Span>> {
    let row = sqlx::query(sql).bind(query).bind(at).fetch_optional(&mut **write).await?;
    row.as_ref().map(Span::of).transpose()
}

async fn end(write: &mut Write, query: i64, first_at: i64, last_at: i64) -> Result<()> {
    sqlx::query("UPDATE history_span SET last_at = $3 WHERE query_id = $1 AND first_at = $2")
        .bind(query)
        .bind(first_at)
        .bind(last_at)
        .execute(&mut **write)
        .await?;
    Ok(())
}

async fn insert(write: &mut Write, query: i64, span: &Span) -> Result<()> {
    sqlx::query("INSERT INTO history_span (query_id, first_at, last_at, answer_id) VALUES ($1, $2, $3, $4)")
        .bind(query)
        .bind(span.first_at)
        .bind(span.last_at)
        .bind(span.answer)
        .execute(&mut **write)
        .await?;
    Ok(())
}
