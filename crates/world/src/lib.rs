//! Resources at a moment, and changes to them as reversible deltas.
//!
//! [`History`] is read from a case file: the latest observation of every resource and every change to it, seen as
//! a CloudTrail event or as a difference between two observations. [`World`] is the state at one moment; applying a
//! [`Delta`] gives another world, and the inverse of the delta leads back. A change event, a mitigation step and a
//! rollback are all deltas.

pub mod cloudtrail;
pub mod command;
mod delta;
pub mod events;
pub mod facets;
mod history;
pub mod ids;
mod lookup;
mod resource;
mod world;

pub use command::{Command, CommandError, Found, Inspection, Lookup, commands, inspect};
pub use delta::{Delta, Edit, Facet, ResourceKey, State};
pub use history::{Attempt, Change, Coverage, Doubt, EventInfo, History, OtherEvent, When, config_name};
pub use resource::Resource;
pub use world::World;
