//! HTTP deliveries of other systems, verified and then read.
//!
//! A delivery is headers, raw bytes and the moment it came. [`verify`] answers whether the sender is who the
//! integration says, over the raw bytes; only then does [`read`] turn the body into [`Message`]s. Neither opens a
//! connection: a certificate that SNS signs with is fetched by the caller ([`sns::certificate_needed`]).
//! Source of every format: webhook-formats of the reference; the vendors' pages are named where a rule is theirs.

mod alertmanager;
mod certificate;
mod cloudwatch;
mod datadog;
mod delivery;
mod deployments;
mod eventbridge;
mod generic;
mod integration;
mod json;
mod mac;
mod message;
mod named;
mod pagerduty;
mod read;
mod servicenow;
pub mod slack;
pub mod sns;
mod standard;
mod verify;

pub use datadog::TEMPLATE as DATADOG_TEMPLATE;
pub use delivery::{Certificates, Delivery, Headers};
pub use integration::{
    Auth, Format, GrafanaOptions, Integration, Options, Secret, ServiceNowOptions, SnsOptions, TicketState,
};
pub use message::{Action, Content, Malformed, Message, Priority};
pub use read::read;
pub use verify::{Refusal, Verified, verify};

#[cfg(test)]
mod tests;
