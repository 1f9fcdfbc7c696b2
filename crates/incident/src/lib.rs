//! The words of an investigation.
//!
//! This crate holds the types every other room speaks: what started it ([`Alert`]), what was looked at
//! ([`CaseFile`], [`Evidence`], [`Gap`]), and what came out ([`Assessment`]). It knows no vendor format and does no
//! work; its constructors keep the invariants (a claim always cites, a gap always has a reason).

mod alert;
mod assessment;
mod case;
pub mod picture;
mod time;

pub use alert::{Alert, AlertSource, AlertState, Incident, MetricRef};
pub use assessment::{
    Accounting, AccountingPart, Actor, Affected, AffectedKind, Assessment, Cause, CauseChange, Citation,
    Explains, Grade, Intentional, Onset, Outcome, Phase, Plan, PlanStatus, Proof, Reason, ResourceRef,
    RuledOut, Stats, Step, Symptom, SymptomKind, TimelineEntry, TimelineKind, Unaffected, Verdict,
};
pub use case::{Body, CaseFile, Cites, Evidence, EvidenceId, Gap, GapReason, Query};
pub use time::{Timestamp, TimestampError};
