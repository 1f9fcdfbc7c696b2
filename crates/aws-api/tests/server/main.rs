//! The client against a server of the test's own.

mod calls;
mod roles;
mod support;
