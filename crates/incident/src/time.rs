//! Moments in time, in the notations AWS uses.

use std::fmt;

/// A moment, UTC, with millisecond precision. The pure rooms get every moment from data; none reads a clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    epoch_ms: i64,
}

/// A text that is no moment in any notation we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time: expected ISO 8601 such as 2026-05-02T13:37:00Z")]
pub struct TimestampError {
    text: String,
}

impl Timestamp {
    /// From milliseconds since 1970 (CloudWatch Logs); values outside the years -9999 to 9999 are clamped.
    #[must_use]
    pub fn from_millis(epoch_ms: i64) -> Self {
        let min = jiff::Timestamp::MIN.as_millisecond();
        let max = jiff::Timestamp::MAX.as_millisecond();
        Self { epoch_ms: epoch_ms.clamp(min, max) }
    }

    /// From seconds since 1970 (flow logs).
    #[must_use]
    pub fn from_seconds(epoch_s: i64) -> Self {
        Self::from_millis(epoch_s.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.epoch_ms
    }

    /// The moment `seconds` later (earlier when negative).
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_millis(self.epoch_ms.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Whole seconds from `earlier` to `self`, negative when `earlier` is later.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        (self.epoch_ms - earlier.epoch_ms).div_euclid(1000)
    }

    /// Parses the notations seen in AWS data: `2026-05-02T13:37:00Z`, with a fraction, with an offset with or
    /// without a colon (`+0000`, alarm states), or with a space instead of the `T` (AWS CLI output saved by Python).
    ///
    /// # Errors
    /// [`TimestampError`] when the text is none of these.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let error = || TimestampError { text: text.chars().take(60).collect() };
        let text = text.trim();
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return Ok(Self { epoch_ms: at.as_millisecond() });
        }
        // `+0000` without a colon: the alarm state's own notation (webhook-formats, section 5).
        let at = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text)
            .and_then(|broken| broken.to_timestamp())
            .map_err(|_| error())?;
        Ok(Self { epoch_ms: at.as_millisecond() })
    }

    /// `13:37:05`, for a column of times on one day.
    #[must_use]
    pub fn clock(self) -> String {
        self.to_string().get(11..19).unwrap_or_default().to_owned()
    }

    /// `2026-05-02`.
    #[must_use]
    pub fn date(self) -> String {
        self.to_string().get(..10).unwrap_or_default().to_owned()
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601 in UTC; milliseconds only where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.epoch_ms) {
            Ok(at) if self.epoch_ms % 1000 == 0 => write!(f, "{at}"),
            Ok(at) => write!(f, "{at:.3}"),
            Err(_) => write!(f, "{} ms", self.epoch_ms),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    fn check(text: &str, expected: &str) {
        assert_eq!(Timestamp::parse(text).unwrap().to_string(), expected, "{text}");
    }

    #[test]
    fn reads_every_notation_aws_uses() {
        check("2026-05-02T13:37:00Z", "2026-05-02T13:37:00Z");
        check("2026-05-02T13:37:00.120Z", "2026-05-02T13:37:00.120Z");
        check("2025-12-01T13:42:04.919+0000", "2025-12-01T13:42:04.919Z");
        check("2025-12-01T13:42:04+0200", "2025-12-01T11:42:04Z");
        check("2019-11-29 18:59:04+00:00", "2019-11-29T18:59:04Z");
        check("2020-02-25 04:56:32.326000+00:00", "2020-02-25T04:56:32.326Z");
    }

    #[test]
    fn refuses_what_is_no_time_and_says_what_to_write() {
        let error = Timestamp::parse("yesterday").unwrap_err().to_string();
        assert!(error.contains("`yesterday`") && error.contains("2026-05-02T13:37:00Z"), "{error}");
    }

    #[test]
    fn arithmetic_does_not_overflow() {
        assert_eq!(
            Timestamp::from_seconds(i64::MAX).plus_seconds(i64::MAX),
            Timestamp::from_millis(i64::MAX)
        );
    }
}
