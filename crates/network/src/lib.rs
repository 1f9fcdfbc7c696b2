//! Can this packet get there and back through AWS networking, and which rule says so?
//!
//! A leaf library, useful alone: it knows AWS describe output and nothing of incidents. Documents go in, a
//! [`Network`] and [`Warning`]s come out; [`Network::trace`] walks one flow, forward and back.

pub mod describe;
mod flow;
mod trace;

pub use flow::{Flow, FlowError, Place, Protocol};
pub use trace::{Blocker, Component, Direction, Disposition, Hop, Missing, Trace, Walk};
