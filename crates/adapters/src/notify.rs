//! Channels that tell people, one a file. Each takes what `butfor_report::announce` rendered for its kind.
//!
//! A sender answers within a bounded time. What it says of a failure names the channel's host and what to do, and never what
//! the other side sent or what it was given as a secret.

mod email;
mod marker;
mod pagerduty;
mod secret;
mod servicenow;
mod slack;
mod sns;
mod stream;
mod teams;
mod webhook;

pub use email::Email;
pub use pagerduty::PagerDuty;
pub use secret::Secret;
pub use servicenow::ServiceNow;
pub use slack::Slack;
pub use sns::Sns;
pub use teams::Teams;
pub use webhook::Webhook;

use crate::outbound::{Answer, OutboundError};
use butfor_ports::NotifyError;
use serde_json::Value;

/// The largest answer of a channel that is read, bytes; what is looked at is far smaller.
const ANSWER_MAX: usize = 256 << 10;

/// Why a channel cannot be used as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the channel `{channel}` cannot be used: {problem}")]
pub struct SetupError {
    /// Its name.
    pub channel: String,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl SetupError {
    fn new(channel: &str, problem: impl Into<String>) -> Self {
        Self { channel: channel.to_owned(), problem: problem.into() }
    }
}

/// It is given up, and this has to be done.
fn never(message: impl Into<String>) -> NotifyError {
    NotifyError { is_retryable: false, message: message.into(), retry_after_s: None }
}

/// It may be taken later.
fn later(message: impl Into<String>, retry_after_s: Option<u32>) -> NotifyError {
    NotifyError { is_retryable: true, message: message.into(), retry_after_s }
}

fn unsent(error: &OutboundError) -> NotifyError {
    // A name that cannot be resolved now may be resolved later, and so on: it has been configured by hand and was good once.
    NotifyError { is_retryable: error.is_retryable(), message: error.to_string(), retry_after_s: None }
}

/// The body as JSON, which our own renderer made.
fn rendered(body: &str) -> Result<Value, NotifyError> {
    serde_json::from_str(body)
        .map_err(|_| never("the message is none for this kind of channel: it was rendered for another"))
}

/// An answer that is a success; `hint` says what to do where the channel does not know who we are.
fn taken(answer: &Answer, hint: &str) -> Result<(), NotifyError> {
    let (host, status) = (&answer.host, answer.status);
    let says = |advice: &str| format!("`{host}` answered with status {status}: {advice}");
    match status {
        200..=299 => Ok(()),
        429 => Err(later(says("it asks to wait"), answer.retry_after_s)),
        408 | 425 | 500.. => Err(later(says("it is tried again"), answer.retry_after_s)),
        401 | 403 => Err(never(says(hint))),
        300..=399 => Err(never(says("redirects are not followed, so configure the address it leads to"))),
        404 | 410 => Err(never(says("what is written to is not there, so look at the configured address"))),
        _ => Err(never(says("it does not take the message"))),
    }
}

/// The configured address of an API, without a slash at its end, looked at.
fn base(channel: &str, url: &str, allow_private: bool) -> Result<String, SetupError> {
    crate::outbound::look(url, allow_private).map_err(|error| SetupError::new(channel, error.to_string()))?;
    if url.contains(['?', '#']) {
        return Err(SetupError::new(channel, "the URL has a query: write `https://host`"));
    }
    Ok(url.trim_end_matches('/').to_owned())
}
