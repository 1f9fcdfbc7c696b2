//! What a failed call is recorded as.

use butfor_aws_api::Error;
use butfor_ports::Failure;

/// The service's own code where it gave one; else a word that `bundle::failed_call` knows.
pub(super) fn of(error: &Error) -> Failure {
    let code = error.code().map_or_else(
        || {
            match error {
                Error::TimedOut { .. } => "TimedOut",
                Error::Unreachable { .. } => "ConnectionError",
                Error::NoCredentials { .. } => "NoCredentials",
                Error::Malformed { .. } => "MalformedAnswer",
                Error::TooLarge { .. } => "OverBudget",
                _ => "NotSupported",
            }
            .to_owned()
        },
        str::to_owned,
    );
    Failure { code, message: error.to_string() }
}
