//! What can go wrong with a call, told apart by what the caller can do about it.

use std::time::Duration;
use thiserror::Error;

/// Why a call gave no answer. Nothing secret is in a text: no key, token, signature or header.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// No service of that name is known here.
    #[error("unknown service `{service}`: use the AWS CLI's name{}", suggest(.suggestion))]
    UnknownService {
        /// As it was asked for.
        service: String,
        /// A name that is like it.
        suggestion: Option<String>,
    },
    /// The service has no such operation, or it is no read.
    #[error("`{service}` has no read operation `{operation}`{}", suggest(.suggestion))]
    UnknownOperation {
        /// The service, as it was asked for.
        service: String,
        /// As it was asked for.
        operation: String,
        /// A name that is like it.
        suggestion: Option<String>,
    },
    /// A parameter does not fit the operation; nothing was sent.
    #[error("parameter `{path}`: {problem}")]
    BadParameter {
        /// Where it is: `Filters[0].Values`.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// No address is known for the service where it was asked for.
    #[error("no endpoint of `{service}` is known in partition `{partition}`: give its address")]
    NoEndpoint {
        /// The service.
        service: String,
        /// The region's partition: `aws`, `aws-cn`, ...
        partition: String,
    },
    /// No credentials were found, or AWS does not know them.
    #[error("no usable credentials: {reason}; log in or configure a profile")]
    NoCredentials {
        /// Why, without any secret.
        reason: String,
    },
    /// The credentials are no longer valid.
    #[error("the credentials have expired ({code}): log in again")]
    ExpiredCredentials {
        /// AWS's code.
        code: String,
    },
    /// The caller may not do that.
    #[error("denied ({code}): {message}; `{action}` is needed")]
    Denied {
        /// AWS's code.
        code: String,
        /// AWS's sentence.
        message: String,
        /// The IAM action of the operation: `ec2:DescribeInstances`.
        action: String,
    },
    /// AWS asked to slow down, more often than retries were allowed.
    #[error("throttled ({code}) after {attempts} attempts: {message}")]
    Throttled {
        /// AWS's code.
        code: String,
        /// AWS's sentence.
        message: String,
        /// Requests made.
        attempts: u32,
    },
    /// Any other error that the service told.
    #[error("{code} (status {status}): {message}")]
    Service {
        /// AWS's code.
        code: String,
        /// The HTTP status.
        status: u16,
        /// AWS's sentence.
        message: String,
    },
    /// No answer in time.
    #[error("no answer within {} seconds", .after.as_secs())]
    TimedOut {
        /// How long was waited for one request.
        after: Duration,
    },
    /// The connection failed or was cut off.
    #[error("`{host}` cannot be reached: {reason}")]
    Unreachable {
        /// The host asked.
        host: String,
        /// What the network said.
        reason: String,
    },
    /// The answer is not what the model says.
    #[error("the answer cannot be read: {problem}")]
    Malformed {
        /// What is wrong with it.
        problem: String,
    },
    /// One answer is larger than the limit.
    #[error("the answer has more than {limit} bytes")]
    TooLarge {
        /// The limit, bytes.
        limit: usize,
    },
}

fn suggest(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

impl Error {
    /// AWS's code, where AWS answered with one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::ExpiredCredentials { code }
            | Self::Denied { code, .. }
            | Self::Throttled { code, .. }
            | Self::Service { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether the same call may succeed later, with nothing changed.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::TimedOut { .. } | Self::Unreachable { .. } => true,
            Self::Service { code, status, .. } => crate::retry::is_transient(code, *status),
            _ => false,
        }
    }

    /// Whether a permission is missing.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Denied { .. })
    }
}
