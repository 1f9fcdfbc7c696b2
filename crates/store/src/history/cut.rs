//! Answers as lists of items that are stored once: cutting, and putting together again.

use super::pack::{pack, unpack};
use crate::database::{Database, Write, get};
use crate::error::{Error, Result};
use crate::json::Node;
use crate::key::digest;
use crate::redact::Observation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an answer consists of, by the numbers of its items.
#[derive(Debug, Serialize, Deserialize)]
struct Parts {
    /// The answer with its lists taken out.
    #[serde(rename = "s")]
    skeleton: i64,
    /// The elements of each list, in order.
    #[serde(rename = "l")]
    lists: BTreeMap<String, Vec<i64>>,
}

impl Parts {
    fn read(body: &[u8]) -> Result<Self> {
        serde_json::from_slice(&unpack(body, b"")?).map_err(|_| Error::damaged("an answer cannot be read"))
    }

    fn items(&self) -> impl Iterator<Item = i64> {
        std::iter::once(self.skeleton).chain(self.lists.values().flatten().copied())
    }
}

/// Items an answer refers to.
pub(super) fn items(body: &[u8]) -> Result<Vec<i64>> {
    Ok(Parts::read(body)?.items().collect())
}

/// The number of an answer, which is cut and stored if it is a new one.
pub(super) async fn store(write: &mut Write, observation: &Observation) -> Result<i64> {
    let key = digest(observation.output.as_bytes());
    let found = sqlx::query("SELECT id FROM history_answer WHERE digest = $1")
        .bind(key.clone())
        .fetch_optional(&mut **write)
        .await?;
    if let Some(row) = found {
        return get(&row, "id");
    }
    let family = format!("{}/{}", observation.service, observation.operation);
    let mut skeleton = Node::parse(&observation.output).map_err(|reason| Error::NotJson {
        what: "output",
        operation: family.clone(),
        reason,
    })?;
    let mut lists = BTreeMap::new();
    if let Node::Object(members) = &mut skeleton {
        for (name, node) in members {
            if let Node::List(nodes) = node {
                let family = format!("{family}/{name}");
                let mut ids = Vec::with_capacity(nodes.len());
                for element in std::mem::take(nodes) {
                    ids.push(item(write, &family, &element.to_text()).await?);
                }
                lists.insert(name.clone(), ids);
            }
        }
    }
    let parts = Parts { skeleton: item(write, &family, &skeleton.to_text()).await?, lists };
    let body = serde_json::to_vec(&parts).map_err(|_| Error::damaged("an answer cannot be written"))?;
    let row =
        sqlx::query("INSERT INTO history_answer (digest, size_bytes, body) VALUES ($1, $2, $3) RETURNING id")
            .bind(key)
            .bind(size(observation.output.len()))
            .bind(pack(&body, b"")?)
            .fetch_one(&mut **write)
            .await?;
    get(&row, "id")
}

/// The number of an item, which is stored if it is a new one.
async fn item(write: &mut Write, family: &str, text: &str) -> Result<i64> {
    let key = digest(text.as_bytes());
    let found = sqlx::query("SELECT id FROM history_item WHERE digest = $1")
        .bind(key.clone())
        .fetch_optional(&mut **write)
        .await?;
    if let Some(row) = found {
        return get(&row, "id");
    }
    // The first of a family is the dictionary of all others: two steps to read any item, never a chain.
    let base = sqlx::query(
        "SELECT i.id, i.body FROM history_base b JOIN history_item i ON i.id = b.item_id WHERE b.family = $1",
    )
    .bind(family.to_owned())
    .fetch_optional(&mut **write)
    .await?;
    let (base, dictionary) = match &base {
        Some(row) => (Some(get::<i64>(row, "id")?), unpack(&get::<Vec<u8>>(row, "body")?, b"")?),
        None => (None, Vec::new()),
    };
    let row = sqlx::query(
        "INSERT INTO history_item (digest, base, size_bytes, body) VALUES ($1, $2, $3, $4) RETURNING id",
    )
    .bind(key)
    .bind(base)
    .bind(size(text.len()))
    .bind(pack(text.as_bytes(), &dictionary)?)
    .fetch_one(&mut **write)
    .await?;
    let id = get(&row, "id")?;
    if base.is_none() {
        sqlx::query("INSERT INTO history_base (family, item_id) VALUES ($1, $2)")
            .bind(family.to_owned())
            .bind(id)
            .execute(&mut **write)
            .await?;
    }
    Ok(id)
}

fn size(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Puts answers together; items that several answers share are read once.
pub(super) struct Unpack<'d> {
    database: &'d Database,
    texts: BTreeMap<i64, String>,
}

impl<'d> Unpack<'d> {
    pub(super) fn new(database: &'d Database) -> Self {
        Self { database, texts: BTreeMap::new() }
    }

    /// The output whose parts these are, byte for byte.
    pub(super) async fn answer(&mut self, body: &[u8]) -> Result<String> {
        let parts = Parts::read(body)?;
        let mut skeleton = Node::parse(&self.text(parts.skeleton).await?)
            .map_err(|_| Error::damaged("an item is not JSON"))?;
        if let Node::Object(members) = &mut skeleton {
            for (name, ids) in &parts.lists {
                let mut elements = Vec::with_capacity(ids.len());
                for id in ids {
                    // Already in canonical form: written out as it is.
                    elements.push(Node::Plain(self.text(*id).await?));
                }
                members.insert(name.clone(), Node::List(elements));
            }
        }
        Ok(skeleton.to_text())
    }

    async fn text(&mut self, id: i64) -> Result<String> {
        if let Some(text) = self.texts.get(&id) {
            return Ok(text.clone());
        }
        let (base, body) = self.row(id).await?;
        let dictionary = match base {
            // A base has no base of its own.
            Some(base) => match self.texts.get(&base) {
                Some(text) => text.clone(),
                None => {
                    let text = utf8(unpack(&self.row(base).await?.1, b"")?)?;
                    self.texts.insert(base, text.clone());
                    text
                }
            },
            None => String::new(),
        };
        let text = utf8(unpack(&body, dictionary.as_bytes())?)?;
        self.texts.insert(id, text.clone());
        Ok(text)
    }

    async fn row(&self, id: i64) -> Result<(Option<i64>, Vec<u8>)> {
        let row = sqlx::query("SELECT base, body FROM history_item WHERE id = $1")
            .bind(id)
            .fetch_optional(self.database.read())
            .await?
            .ok_or_else(|| Error::damaged(format!("item {id} of an answer is missing")))?;
        Ok((get(&row, "base")?, get(&row, "body")?))
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| Error::damaged("an item is not text"))
}
