//! What Butfor reads of AWS: every operation, the permission it needs, what it is for, and what is lost without it.
//!
//! There is one table ([`areas`]). Live sources ask for what is in it, [`Grant`] makes the policy and the role that allow it and nothing
//! else, and whoever tells a person about a missing permission looks up here what it costs ([`find`], [`by_action`]).
//!
//! *Absent:* a write. *Absent:* the values of secrets and parameters, objects other than logs, and items of tables.

mod document;
mod grant;
mod hcl;
mod table;
mod template;

pub use grant::{Grant, GrantError, LogBucket, POLICY_SIZE_MAX, Policy};
pub use table::{Area, Read, Scope, areas, by_action, find, reads};
