//! The service: signed webhooks in, a live investigation page, nothing lost.
//!
//! [`Desk`] is everything the service can be asked or told; [`Service`] puts HTTP before it and workers behind it. The crate knows no
//! AWS, no files and no SQL: what investigates ([`Investigator`]), fetches ([`Fetch`]) and tells people
//! ([`Notifier`](butfor_ports::Notifier)) is handed in.

mod clock;
mod desk;
mod feed;
mod fetch;
mod http;
mod investigator;
mod metrics;
mod oidc;
mod secret;
mod serve;
mod settings;

pub use desk::{Desk, admin_token};
pub use fetch::{Fetch, Fetched};
pub use investigator::{Asked, Document, Found, Investigating, Investigator, Order, Step};
pub use serve::Service;
pub use settings::{Channel, Sender, Settings, SignIn, Slack};
