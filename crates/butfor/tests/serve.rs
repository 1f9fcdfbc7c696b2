//! The service as people run it: the real program, spoken to over HTTP, killed, doubled, and looked at with a browser.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers of a test may stop it"
)]

#[path = "serve/browser.rs"]
mod browser;
#[path = "serve/chromium.rs"]
mod chromium;
#[path = "serve/crash.rs"]
mod crash;
#[path = "serve/demo.rs"]
mod demo;
#[path = "serve/load.rs"]
mod load;
#[path = "../../store/tests/exam/postgres.rs"]
mod postgres;
#[path = "serve/replicas.rs"]
mod replicas;
#[path = "serve/sender.rs"]
mod sender;
#[path = "serve/support.rs"]
mod support;
