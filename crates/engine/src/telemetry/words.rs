//! What a known signature means, in the words of a report, and values as a person writes them.

use butfor_signals::logs::signature::{ConnectionFailure, Kind, NameFailure, Timeout, TlsFault};

/// What a log line says, for people.
pub(super) fn of_kind(kind: &Kind) -> String {
    let text = match kind {
        Kind::MissingEnvironmentVariable { name } => {
            return format!("environment variable {name} is missing");
        }
        Kind::Missing { name: Some(name), .. } => return format!("{name} is not found"),
        Kind::Exception { name, .. } => return format!("exception {name}"),
        Kind::ContainerExited { code: Some(code), .. } => {
            return format!("a container exits with code {code}");
        }
        Kind::Missing { .. } => "something is not found",
        Kind::Throttled { .. } => "requests are throttled",
        Kind::TimedOut { by: Timeout::Lambda, .. } => "the function runs out of its time",
        Kind::TimedOut { by: Timeout::Upstream, .. } => "a proxy gives up on its backend",
        Kind::TimedOut { by: Timeout::Statement, .. } => "a statement runs out of its time",
        Kind::TimedOut { .. } => "a call times out",
        Kind::Connection { failure: ConnectionFailure::Refused, .. } => "connections are refused",
        Kind::Connection { failure: ConnectionFailure::Reset, .. } => "connections break",
        Kind::Connection { failure: ConnectionFailure::TimedOut, .. } => "connections time out",
        Kind::Connection { failure: ConnectionFailure::Unreachable, .. } => "the other end is unreachable",
        Kind::OutOfMemory { .. } => "memory runs out",
        Kind::DiskFull => "a disk is full",
        Kind::NameResolution { failure: NameFailure::NotFound, .. } => "a name does not exist",
        Kind::NameResolution { .. } => "a name is not resolved",
        Kind::Tls { fault: TlsFault::Expired } => "a certificate has expired",
        Kind::Tls { fault: TlsFault::NotYetValid } => "a certificate is not valid yet",
        Kind::Tls { fault: TlsFault::NameMismatch } => "a certificate is for another name",
        Kind::Tls { fault: TlsFault::UnknownAuthority } => "a certificate is signed by nobody trusted",
        Kind::Tls { .. } => "TLS fails",
        Kind::Deadlock => "transactions wait for each other",
        Kind::LockWait => "a lock is waited for too long",
        Kind::TooManyConnections => "no connection is left",
        Kind::TooManyOpenFiles => "no file descriptor is left",
        Kind::InitFailed { .. } => "the function fails before its handler runs",
        Kind::InvocationFailed { .. } => "the handler fails",
        Kind::ContainerExited { .. } => "a container stops",
        Kind::AccessDenied => "a permission is missing",
    };
    text.to_owned()
}

/// A value with three digits that matter: `0`, `12`, `0.25`, `1,234`.
pub(super) fn value(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    if magnitude >= 2.0 || (value.fract() == 0.0 && value.abs() < 1e15) {
        return format!("{value:.0}");
    }
    let digits = (2.0 - magnitude).clamp(0.0, 9.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 9")]
    let text = format!("{value:.*}", digits as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `12 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn values_keep_what_matters() {
        for (number, expected) in [
            (0.0, "0"),
            (12.0, "12"),
            (0.25, "0.25"),
            (1234.4, "1234"),
            (0.123_456, "0.123"),
            (99.99, "100"),
            (-3.5, "-3.5"),
        ] {
            assert_eq!(value(number), expected);
        }
    }
}
