//! What a log or a series says: templates, known signatures, change points, accounting.
//!
//! A leaf library, useful alone: it knows nothing of AWS accounts or incidents. Lines and points go in, facts come out.

pub mod accounting;
pub mod alarm;
pub mod graph;
pub mod metrics;
