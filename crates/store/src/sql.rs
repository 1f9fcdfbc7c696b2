//! Short words for statements and rows.

use crate::error::{Error, Result};
use crate::key::{digest, hex};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A statement with its parameters: `sql!("... $1 ... $2", a, b)`.
macro_rules! sql {
    ($statement:expr $(, $value:expr)* $(,)?) => {
        sqlx::query($statement)$(.bind($crate::sql::Parameter::parameter($value)))*
    };
}
pub(crate) use sql;

/// What may be a parameter. Texts lose the character Postgres cannot store ("Character Types": "The character with
/// code zero cannot be stored"), in both databases, so that nobody can have an alert refused by putting it in a title.
pub(crate) trait Parameter: Sized {
    fn parameter(self) -> Self {
        self
    }
}

impl Parameter for i64 {}
impl Parameter for Option<i64> {}
impl Parameter for Vec<u8> {}
impl Parameter for Option<Vec<u8>> {}
impl Parameter for &'static str {}

impl Parameter for String {
    fn parameter(self) -> Self {
        if self.contains('\0') { self.replace('\0', "\u{fffd}") } else { self }
    }
}

impl Parameter for Option<String> {
    fn parameter(self) -> Self {
        self.map(Parameter::parameter)
    }
}

/// Bytes a key may have: an entry of a Postgres index is at most 2,704 bytes ("B-Tree Indexes", a third of a page).
const KEY_BYTES_MAX: usize = 600;

/// A text from outside as a key: a long one by its digest.
pub(crate) fn key(text: &str) -> String {
    if text.len() <= KEY_BYTES_MAX {
        text.to_owned()
    } else {
        format!("sha256:{}", hex(&digest(text.as_bytes())))
    }
}

/// `($1, $2), ($3, $4)`: the values of so many rows.
pub(crate) fn many(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let values: Vec<String> =
            (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", values.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Numbers of rows that are not mixed up with each other.
macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    )*};
}

id! {
    /// Number of an incident.
    IncidentId,
    /// Number of an alert.
    AlertId,
    /// Number of a job.
    JobId,
    /// Number of an assessment.
    AssessmentId,
    /// Number of a person.
    PersonId,
    /// Number of an API token; not the token.
    TokenId,
}

/// Where a list goes on. As text it may travel in a link; it tells nothing that the list did not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) at: i64,
    pub(crate) id: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.id)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parse = || {
            let (at, id) = text.split_once('.')?;
            Some(Self { at: at.parse().ok()?, id: id.parse().ok()? })
        };
        parse().ok_or_else(|| Error::NotFound { what: "page", id: text.chars().take(60).collect() })
    }
}

/// A part of a list and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// The next part, if there may be one.
    pub next: Option<Cursor>,
}

/// Rows a page may have: what a person or a program reads at once.
pub(crate) const PAGE_MAX: u32 = 1000;

impl<T> Page<T> {
    /// A page of rows read with this limit; `cursor` says where a row stands.
    pub(crate) fn new(items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> Cursor) -> Self {
        let next = items.last().filter(|_| items.len() >= limit as usize).map(cursor);
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_cursor_survives_a_link_and_a_forged_one_is_refused() {
        let cursor = Cursor { at: -5, id: 7 };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        assert!("7".parse::<Cursor>().is_err() && "a.b".parse::<Cursor>().is_err());
    }
}
