//! The client against a server of the test's own.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of a test may stop it")]

mod calls;
mod roles;
mod support;
