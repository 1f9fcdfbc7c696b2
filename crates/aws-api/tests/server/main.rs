//! The client against a server of the test's own.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test may stop it"
)]

mod calls;
mod chain;
mod roles;
mod support;
