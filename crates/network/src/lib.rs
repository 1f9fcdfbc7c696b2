//! Can this packet get there and back through AWS networking, and which rule says so?
//!
//! A leaf library, useful alone: it knows AWS describe output and nothing of incidents. Documents go in, a
//! [`Network`] and [`Warning`]s come out; [`Network::trace`] walks one flow, forward and back.

mod access;
pub mod codes;
pub mod describe;
mod diff;
mod fabric;
mod few;
pub mod filter;
mod firewall;
mod flow;
mod hosts;
mod learned;
pub mod model;
mod network;
mod outside;
mod resolve;
mod revive;
mod route;
mod table;
mod trace;
mod walk;

pub use diff::{Change, Diff, diff};
pub use flow::{Flow, FlowError, Place, Protocol};
pub use network::{KINDS, Network, Warning};
pub use trace::{Blocker, Component, Direction, Disposition, Hop, Missing, Trace, Walk};
