//! Nothing unredacted is stored: what only this module can make is what [`History::put`](crate::History::put) takes.
//!
//! A secret becomes `redacted:` and eight hex digits of its HMAC-SHA256 (RFC 2104) under the installation key: the
//! same value gives the same text, so "changed or not" stays visible, and names stay. The key lies in the store; who
//! has the store can try out short secrets, which is why the store is to be guarded, but what leaves it (a bundle, a
//! report) tells nothing.
//!
//! Two nets, one over the other: [`places`] knows where AWS's documents hold values of others, [`text`] knows what
//! secrets look like wherever they are. [`noise`] takes out what changes without meaning.

mod noise;
mod places;
mod text;

use crate::error::{Error, Result};
use crate::json::Node;
use crate::key::{InstallationKey, hex};
use butfor_incident::Timestamp;
use std::ops::Deref;

/// What a redacted value begins with.
const MARK: &str = "redacted:";

/// Bytes of the HMAC that are shown: enough to tell two values of a resource apart, too few to say anything else.
const MARK_BYTES: usize = 4;

/// The answer of one read call at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// When it was answered.
    pub at: Timestamp,
    /// Account that was asked.
    pub account: String,
    /// Region that was asked.
    pub region: String,
    /// Service by its name in the AWS CLI (`ec2`).
    pub service: String,
    /// API name of the operation (`DescribeSecurityGroups`).
    pub operation: String,
    /// Parameters as JSON; `{}` without any.
    pub parameters: String,
    /// The whole answer as JSON, all pages put together.
    pub output: String,
}

/// Something without secrets. Only [`Redactor`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<T>(T);

impl<T> Deref for Redacted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Redacted<T> {
    /// What is inside.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Takes secrets out, with the key of this installation.
#[derive(Debug, Clone)]
pub struct Redactor {
    key: InstallationKey,
}

impl Redactor {
    pub(crate) fn new(key: InstallationKey) -> Self {
        Self { key }
    }

    /// With a key of its own that nobody keeps: for what is read without a store.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn ephemeral() -> Result<Self> {
        Ok(Self::new(InstallationKey::generate()?))
    }

    /// The observation without secrets and without noise, its JSON in canonical form: members sorted, no white space,
    /// lists without an order sorted. Doing it twice changes nothing.
    ///
    /// # Errors
    /// [`Error::NotJson`] when parameters or output are not JSON.
    pub fn redact(&self, observation: Observation) -> Result<Redacted<Observation>> {
        let name = format!("{} {}", observation.service, observation.operation);
        let parse = |what, text: &str| {
            Node::parse(text).map_err(|reason| Error::NotJson { what, operation: name.clone(), reason })
        };
        let mut parameters = parse("parameters", &observation.parameters)?;
        self.document(&mut parameters);
        let mut output = parse("output", &observation.output)?;
        noise::drop(&observation.service, &observation.operation, &mut output);
        self.document(&mut output);
        noise::sort(&observation.operation, &mut output);
        Ok(Redacted(Observation {
            parameters: parameters.to_text(),
            output: output.to_text(),
            ..observation
        }))
    }

    /// A text from outside without what looks like a secret (log lines, notes, reasons).
    #[must_use]
    pub fn text(&self, text: &str) -> Redacted<String> {
        Redacted(self.scrubbed(text).unwrap_or_else(|| text.to_owned()))
    }

    /// What stands for `value`. What is empty or already masked holds no secret and stays.
    fn mark(&self, value: &str) -> String {
        if value.is_empty() || value.starts_with(MARK) || value.bytes().all(|byte| byte == b'*') {
            return value.to_owned();
        }
        let mac = self.key.sign(value.as_bytes());
        format!("{MARK}{}", hex(mac.get(..MARK_BYTES).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests;
