//! What a log, a series or a trace says: templates, known signatures, change points, accounting, failing spans.
//!
//! A leaf library, useful alone: it knows nothing of AWS accounts or incidents. Lines and points go in, facts come out.

pub mod accounting;
pub mod alarm;
pub mod change_match;
pub mod database;
pub mod flow;
pub mod graph;
pub mod logs;
pub mod metrics;
pub mod traces;
pub mod workload;
