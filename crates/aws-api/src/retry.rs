//! What is tried again, and after how long.
//!
//! Codes are those of botocore's standard retry mode; waiting is exponential with full jitter
//! (<https://docs.aws.amazon.com/general/latest/gr/api-retries.html>).

use crate::answer::Raw;
use std::time::Duration;

/// Codes by which services say that they were asked too often.
const THROTTLES: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Codes of what passes by itself.
const TRANSIENT: &[&str] =
    &["InternalError", "InternalFailure", "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable"];

/// The first wait is up to this long after a throttle.
const THROTTLE_BASE: Duration = Duration::from_secs(1);
/// The first wait is up to this long after anything else.
const BASE: Duration = Duration::from_millis(200);
/// No wait is longer than this, botocore's limit.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// Whether the service asks to slow down.
pub(crate) fn is_throttle(code: &str, status: u16) -> bool {
    status == 429 || THROTTLES.contains(&code)
}

/// Whether the same request may succeed later.
pub(crate) fn is_transient(code: &str, status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504) && !is_unimplemented(code) || TRANSIENT.contains(&code)
}

/// An operation that is not there does not come by waiting.
fn is_unimplemented(code: &str) -> bool {
    matches!(code, "NotImplemented" | "InvalidAction" | "UnknownOperationException")
}

/// How long to wait before the next attempt; `attempt` counts from 0.
pub(crate) fn wait(attempt: u32, is_throttle: bool, asked: Option<Duration>) -> Duration {
    let base = if is_throttle { THROTTLE_BASE } else { BASE };
    let most = base.saturating_mul(2_u32.saturating_pow(attempt)).min(WAIT_MAX);
    let jittered = most.mul_f64(fastrand::f64());
    asked.map_or(jittered, |asked| asked.min(WAIT_MAX).max(jittered))
}

/// What the service asks to wait: `retry-after` in seconds, or Smithy's `x-amz-retry-after` in milliseconds.
pub(crate) fn asked(raw: &Raw) -> Option<Duration> {
    let number = |name: &str| raw.header(name)?.trim().parse::<u64>().ok();
    number("x-amz-retry-after")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart() {
        assert!(
            is_throttle("Throttling", 400) && is_throttle("whatever", 429) && is_throttle("SlowDown", 503)
        );
        assert!(!is_throttle("AccessDenied", 403));
        assert!(is_transient("500", 500) && is_transient("InternalError", 400) && is_transient("x", 503));
        assert!(!is_transient("ValidationError", 400) && !is_transient("NotImplemented", 501));
    }

    #[test]
    fn waits_grow_and_have_a_limit() {
        for attempt in 0..40 {
            let most = THROTTLE_BASE.saturating_mul(2_u32.saturating_pow(attempt)).min(WAIT_MAX);
            assert!(wait(attempt, true, None) <= most);
            assert!(wait(attempt, false, None) <= WAIT_MAX);
        }
        assert!(wait(0, false, Some(Duration::from_secs(3))) >= Duration::from_secs(3));
        assert!(wait(0, false, Some(Duration::from_secs(3000))) <= WAIT_MAX);
    }

    #[test]
    fn a_service_may_ask_for_time() {
        let raw =
            |name: &str, value: &str| Raw { headers: vec![(name.into(), value.into())], ..Raw::default() };
        assert_eq!(asked(&raw("retry-after", "2")), Some(Duration::from_secs(2)));
        assert_eq!(asked(&raw("X-Amz-Retry-After", "1500")), Some(Duration::from_millis(1500)));
        assert_eq!(asked(&raw("retry-after", "tomorrow")), None);
    }
}
