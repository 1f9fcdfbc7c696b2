//! Configuration observed over time, so that the state before any incident is known.
//!
//! An answer is cut into the elements of its lists (each security group, each instance); an element is stored once
//! however often it is seen. What an observation adds is then a line: "this query, that answer, from then to then",
//! and one that equals the last only moves its end. See `docs/performance.md` for what that comes to.
//!
//! *Absent:* what an answer means; the world reads the answers as it reads those of a bundle.

mod cut;
mod pack;
mod prune;
mod span;

pub(crate) use pack::{pack, unpack};

use crate::database::{Database, Turn, get, unsigned};
use crate::error::Result;
use crate::redact::{Observation, Redacted};
use butfor_incident::Timestamp;
use sqlx::any::AnyRow;

/// What was observed, over time.
#[derive(Debug, Clone)]
pub struct History {
    database: Database,
}

/// How many observations told something new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// The answer differs from the one before, or there was none before.
    pub new: u64,
    /// The answer was the one before.
    pub same: u64,
}

/// Which queries are meant; what is not given is any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this account.
    pub account: Option<String>,
    /// Only this region.
    pub region: Option<String>,
    /// Only this service.
    pub service: Option<String>,
    /// Only this operation.
    pub operation: Option<String>,
}

/// A stored answer and when it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The answer; its `at` is the last moment of the span that is not after the moment asked for.
    pub observation: Observation,
    /// When this answer was first seen.
    pub first_at: Timestamp,
    /// When it was last seen, with no other answer between.
    pub last_at: Timestamp,
}

/// Where [`History::between`] goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanCursor {
    first_at: i64,
    query: i64,
}

/// What the history holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Distinct queries.
    pub queries: u64,
    /// Spans of time in which a query had one answer.
    pub spans: u64,
    /// Distinct answers.
    pub answers: u64,
    /// Distinct elements of answers.
    pub items: u64,
    /// Bytes of the distinct elements before compression.
    pub text_bytes: u64,
    /// Bytes of the elements and answers as stored.
    pub stored_bytes: u64,
    /// Bytes of the whole database, the other tables included.
    pub database_bytes: u64,
}

/// Members of a span with those of its query, by which [`observed`] reads them. The filter is `$1` to `$4`.
const COLUMNS: &str = "SELECT q.id AS query, q.account, q.region, q.service, q.operation, q.parameters, \
     s.first_at, s.last_at, a.body FROM history_span s \
     JOIN history_query q ON q.id = s.query_id JOIN history_answer a ON a.id = s.answer_id \
     WHERE ($1 = '' OR q.account = $1) AND ($2 = '' OR q.region = $2) AND ($3 = '' OR q.service = $3) \
     AND ($4 = '' OR q.operation = $4)";

impl History {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Keeps what was observed, all of it or, on an error, nothing. Observations may come in any order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put(&self, observations: &[Redacted<Observation>]) -> Result<Kept> {
        let mut kept = Kept::default();
        let mut write = self.database.write().await?;
        self.database.take_turn(&mut write, Turn::History).await?;
        for observation in observations {
            let query = span::query(&mut write, observation).await?;
            let answer = cut::store(&mut write, observation).await?;
            if span::extend(&mut write, query, answer, observation.at.as_millis()).await? {
                kept.new += 1;
            } else {
                kept.same += 1;
            }
        }
        write.commit().await?;
        Ok(kept)
    }

    /// The state at a moment: of each query the latest answer at or before it. How old that is, `last_at` says.
    ///
    /// # Errors
    /// When the database fails or is damaged.
    pub async fn at(&self, time: Timestamp, filter: &Filter) -> Result<Vec<Observed>> {
        let sql = format!(
            "{COLUMNS} AND s.first_at = (SELECT MAX(t.first_at) FROM history_span t \
             WHERE t.query_id = s.query_id AND t.first_at <= $5) ORDER BY q.id"
        );
        let rows = bound(&sql, filter).bind(time.as_millis()).fetch_all(self.database.read()).await?;
        let mut unpack = cut::Unpack::new(&self.database);
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            all.push(observed(&row, time, &mut unpack).await?);
        }
        Ok(all)
    }

    /// What was seen between two moments, oldest first, at most `limit` answers; the cursor leads to the next ones.
    ///
    /// # Errors
    /// When the database fails or is damaged.
    pub async fn between(
        &self,
        from: Timestamp,
        to: Timestamp,
        filter: &Filter,
        after: Option<SpanCursor>,
        limit: u32,
    ) -> Result<(Vec<Observed>, Option<SpanCursor>)> {
        let sql = format!(
            "{COLUMNS} AND s.last_at >= $5 AND s.first_at <= $6 \
             AND (s.first_at > $7 OR (s.first_at = $7 AND s.query_id > $8)) ORDER BY s.first_at, s.query_id LIMIT $9"
        );
        let after = after.unwrap_or(SpanCursor { first_at: i64::MIN, query: 0 });
        let rows = bound(&sql, filter)
            .bind(from.as_millis())
            .bind(to.as_millis())
            .bind(after.first_at)
            .bind(after.query)
            .bind(i64::from(limit))
            .fetch_all(self.database.read())
            .await?;
        let mut unpack = cut::Unpack::new(&self.database);
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            all.push(observed(row, to, &mut unpack).await?);
        }
        let next = match rows.last() {
            Some(row) if rows.len() == limit as usize => {
                Some(SpanCursor { first_at: get(row, "first_at")?, query: get(row, "query")? })
            }
            _ => None,
        };
        Ok((all, next))
    }

    /// Forgets answers last seen before `before`, but for those that were the state until a later one was seen after
    /// it: what [`History::at`] says of a moment from `before` on stays, where a query was asked since. Returns how many
    /// spans were forgotten.
    ///
    /// # Errors
    /// When the database fails or is damaged.
    pub async fn prune(&self, before: Timestamp) -> Result<u64> {
        let mut write = self.database.write().await?;
        self.database.take_turn(&mut write, Turn::History).await?;
        let spans = prune::prune(&mut write, before.as_millis()).await?;
        write.commit().await?;
        if spans > 0 {
            self.database.tidy().await?;
        }
        Ok(spans)
    }

    /// What the history holds and how much room it takes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn size(&self) -> Result<Size> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM history_query) AS queries, (SELECT COUNT(*) FROM history_span) AS spans, \
             (SELECT COUNT(*) FROM history_answer) AS answers, (SELECT COUNT(*) FROM history_item) AS items, \
             (SELECT CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM history_item) AS text_bytes, \
             (SELECT CAST(COALESCE(SUM(LENGTH(body)), 0) AS BIGINT) FROM history_item) AS item_bytes, \
             (SELECT CAST(COALESCE(SUM(LENGTH(body)), 0) AS BIGINT) FROM history_answer) AS answer_bytes",
        )
        .fetch_one(self.database.read())
        .await?;
        let number = |name| Ok::<_, crate::Error>(unsigned(get(&row, name)?));
        Ok(Size {
            queries: number("queries")?,
            spans: number("spans")?,
            answers: number("answers")?,
            items: number("items")?,
            text_bytes: number("text_bytes")?,
            stored_bytes: number("item_bytes")? + number("answer_bytes")?,
            database_bytes: self.database.size_bytes().await?,
        })
    }
}

/// A statement over [`COLUMNS`] with the filter filled in.
fn bound(sql: &str, filter: &Filter) -> sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments> {
    let text = |member: &Option<String>| member.clone().unwrap_or_default();
    sqlx::query(sqlx::AssertSqlSafe(sql.to_owned()))
        .bind(text(&filter.account))
        .bind(text(&filter.region))
        .bind(text(&filter.service))
        .bind(text(&filter.operation))
}

async fn observed(row: &AnyRow, time: Timestamp, unpack: &mut cut::Unpack<'_>) -> Result<Observed> {
    let first_at = Timestamp::from_millis(get(row, "first_at")?);
    let last_at = Timestamp::from_millis(get(row, "last_at")?);
    let body: Vec<u8> = get(row, "body")?;
    Ok(Observed {
        observation: Observation {
            at: last_at.min(time),
            account: get(row, "account")?,
            region: get(row, "region")?,
            service: get(row, "service")?,
            operation: get(row, "operation")?,
            parameters: get(row, "parameters")?,
            output: unpack.answer(&body).await?,
        },
        first_at,
        last_at,
    })
}
