//! What must not be lost, in SQLite or Postgres.
//!
//! [`Store::open`] takes an address: none or a path is a SQLite file, `postgres://` any number of replicas. The crate
//! keeps rows; it decides nothing about incidents, and reads no clock: every moment comes from the caller.
//!
//! [`History`] is the configuration observed over time, [`Redactor`] what stands before it. [`Intake`] takes alerts and
//! answers after the commit; jobs are claimed by [`Store::claim`] and finished once with all they lead to
//! ([`Outcome`]); what people are told lies in the store until it is sent ([`Notice`]).

mod audit;
mod cases;
mod database;
mod error;
mod history;
mod incidents;
mod intake;
mod jobs;
mod json;
mod key;
mod migrate;
mod notices;
mod people;
mod questions;
mod redact;
mod retention;
mod settings;
mod sql;
mod store;

pub use audit::{AuditCheck, AuditEntry, AuditHead};
pub use cases::{AssessmentRow, Bundle, DecisionKind, Investigated, NewAssessment, NewCase, PersonDecision};

pub use error::{Error, Result};
pub use history::{Filter, History, Kept, Observed, Size, SpanCursor};
pub use incidents::{IncidentRow, LinkedAlert};
pub use intake::{Accept, Accepted, Decision, Intake, NewAlert, NewIncident, Nonce, Then};
pub use jobs::{JobRow, JobState, Lease, NewJob, Outcome};
pub use key::digest_of;
pub use notices::{NOTIFY, NewNotice, Notice};
pub use people::{Person, Role, SignIn, TokenRow};
pub use questions::Question;
pub use redact::{Observation, Redacted, Redactor};
pub use sql::{AlertId, AssessmentId, Cursor, IncidentId, JobId, Page, PersonId, TokenId};
pub use store::Store;
