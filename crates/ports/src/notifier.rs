//! A notifier tells people: one channel, one message at a time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// A message for one channel, rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// What makes it the same message: told again after an answer was lost, a channel that can tell shows it once.
    pub key: String,
    /// Incident it is about.
    pub incident: i64,
    /// What is said, in the form that the channel's kind takes (`butfor_report::announce::render`).
    pub body: String,
    /// Receipt of the first message about this incident on this channel: what to edit, or to answer to.
    pub previous: Option<String>,
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyError {
    /// Whether it may be taken later, as it is.
    pub is_retryable: bool,
    /// What happened and what to do. Nothing secret.
    pub message: String,
    /// How long the channel asks to wait, in seconds.
    pub retry_after_s: Option<u32>,
}

impl fmt::Display for NotifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NotifyError {}

/// A message that is on its way: its receipt, which a later message of the incident gets as its `previous`.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<String, NotifyError>> + Send + 'a>>;

/// Sends messages to one channel.
pub trait Notifier: Send + Sync {
    /// What the channel is called in the configuration.
    fn name(&self) -> &str;

    /// Sends one message. It answers within a bounded time, whatever the channel does.
    fn send<'a>(&'a self, telling: &'a Telling) -> Sending<'a>;
}
