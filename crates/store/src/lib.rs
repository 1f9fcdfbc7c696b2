//! What must not be lost, in SQLite or Postgres.
//!
//! [`Store::open`] takes an address: none or a path is a SQLite file, `postgres://` any number of replicas. The crate
//! keeps rows; it decides nothing about incidents, and reads no clock: every moment comes from the caller.
//!
//! [`History`] is the configuration observed over time, [`Redactor`] what stands before it.

mod database;
mod error;
mod history;
mod json;
mod key;
mod migrate;
mod redact;
mod store;

pub use error::{Error, Result};
pub use history::{Filter, History, Kept, Observed, Size, SpanCursor};
pub use redact::{Observation, Redacted, Redactor};
pub use store::Store;
