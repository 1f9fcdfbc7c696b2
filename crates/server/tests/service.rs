//! The service through its front door: real HTTP on a port of its own, a store in a temporary folder, an investigator that finds what a
//! test says.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop"
)]

#[path = "service/access.rs"]
mod access;
#[path = "service/api.rs"]
mod api;
#[path = "service/deliveries.rs"]
mod deliveries;
#[path = "service/grouping.rs"]
mod grouping;
#[path = "service/pages.rs"]
mod pages;
#[path = "service/sign_in.rs"]
mod sign_in;
#[path = "service/support.rs"]
mod support;
#[path = "service/telling.rs"]
mod telling;
