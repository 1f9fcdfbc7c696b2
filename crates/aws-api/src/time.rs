//! Times, in the notations that AWS's services use, as one: ISO 8601 in UTC.
//!
//! An answer has `2026-05-02T13:31:05Z`, with three or six digits of a fraction where there is one. The AWS CLI prints
//! the same moment as `2026-05-02T13:31:05+00:00`.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use serde_json::Value;

/// A notation on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `2026-05-02T13:31:05Z`.
    Iso,
    /// Seconds since 1970, with a fraction.
    Epoch,
    /// `Sat, 02 May 2026 13:31:05 GMT`.
    Http,
}

impl Notation {
    /// The notation of a trait `timestampFormat`, or `usual` where there is none.
    pub(crate) fn named(name: Option<&str>, usual: Self) -> Self {
        match name {
            Some("iso8601") => Self::Iso,
            Some("unixTimestamp") => Self::Epoch,
            Some("rfc822") => Self::Http,
            _ => usual,
        }
    }
}

/// Reads a time in any of the notations; seconds since 1970 may be a number or a text.
pub(crate) fn parse(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .map_or_else(|| epoch(number.as_f64()?), |seconds| Timestamp::from_second(seconds).ok()),
        Value::String(text) => parse_text(text.trim()),
        _ => None,
    }
}

/// As [`parse`], for a text.
pub(crate) fn parse_text(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if text.len() == 10 && text.contains('-') {
        return format!("{text}T00:00:00Z").parse().ok();
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    if let Some(time) = text.parse::<f64>().ok().and_then(epoch) {
        return Some(time);
    }
    // Some services leave the zone out (CloudWatch's dashboards, old S3 answers); they mean UTC.
    if let Ok(time) = format!("{text}Z").parse::<Timestamp>() {
        return Some(time);
    }
    // `+0000` without a colon.
    if let Ok(time) = Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text) {
        return Some(time);
    }
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// Seconds with a fraction, to the microsecond. The fraction is rounded by itself, half to even, as Python's `datetime` does and so the AWS
/// CLI: of the whole number in microseconds a double no longer holds the last digit.
fn epoch(seconds: f64) -> Option<Timestamp> {
    let whole = seconds.floor();
    // Outside of this, `as` would cut off instead of failing; jiff's own range is narrower.
    if !whole.is_finite() || whole.abs() > 9e12 {
        return None;
    }
    let micros = ((seconds - whole) * 1e6).round_ties_even();
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked above")]
    let (whole, micros) = (whole as i64, micros as i64);
    Timestamp::from_microsecond(whole.checked_mul(1_000_000)?.checked_add(micros)?).ok()
}

/// ISO 8601 in UTC: no fraction, milliseconds, or microseconds, whichever is enough.
pub(crate) fn iso(time: Timestamp) -> String {
    match time.subsec_microsecond() {
        0 => format!("{time:.0}"),
        micros if micros % 1000 == 0 => format!("{time:.3}"),
        _ => format!("{time:.6}"),
    }
}

/// The time in a notation, as a text.
pub(crate) fn write(time: Timestamp, notation: Notation) -> String {
    match notation {
        Notation::Iso => iso(time),
        Notation::Epoch if time.subsec_microsecond() == 0 => time.as_second().to_string(),
        Notation::Epoch => format!("{:.3}", seconds(time)),
        Notation::Http => time.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
    }
}

/// Seconds since 1970 as JSON has them: whole where they are whole.
pub(crate) fn number(time: Timestamp) -> Value {
    if time.subsec_microsecond() == 0 { time.as_second().into() } else { seconds(time).into() }
}

fn seconds(time: Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of our time fit a double")]
    let micros = time.as_microsecond() as f64;
    micros / 1e6
}

/// What an answer has for a time: normalised, or as it came where it is no time.
pub(crate) fn normal(value: &Value) -> Value {
    parse(value).map_or_else(|| value.clone(), |time| Value::String(iso(time)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_notation_becomes_one() {
        for (value, expected) in [
            (json!("2026-05-02T13:31:05Z"), "2026-05-02T13:31:05Z"),
            (json!("2026-05-02T13:31:05.000Z"), "2026-05-02T13:31:05Z"),
            (json!("2026-05-02T15:31:05+02:00"), "2026-05-02T13:31:05Z"),
            (json!("2026-05-02T13:31:05.123+0000"), "2026-05-02T13:31:05.123Z"),
            (json!("2026-05-02T13:31:05"), "2026-05-02T13:31:05Z"),
            (json!("2026-05-02"), "2026-05-02T00:00:00Z"),
            (json!(1_777_728_665), "2026-05-02T13:31:05Z"),
            (json!("1777728665"), "2026-05-02T13:31:05Z"),
            (json!(1_777_728_665.123), "2026-05-02T13:31:05.123Z"),
            (json!(1_777_728_665.123_456), "2026-05-02T13:31:05.123456Z"),
            // What Python's `datetime.fromtimestamp` makes of them; times a million they would round up.
            (json!(1_795_293_993.578_744_5), "2026-11-21T20:46:33.578744Z"),
            (json!(1_795_296_394.189_739_5), "2026-11-21T21:26:34.189739Z"),
            (json!(-0.25), "1969-12-31T23:59:59.750Z"),
            (json!("1.777728665E9"), "2026-05-02T13:31:05Z"),
            (json!("Sat, 02 May 2026 13:31:05 GMT"), "2026-05-02T13:31:05Z"),
        ] {
            assert_eq!(normal(&value), json!(expected), "{value}");
        }
    }

    #[test]
    fn what_is_no_time_stays() {
        for value in [json!("soon"), json!(""), json!(null), json!(1e300), json!("inf"), json!([1])] {
            assert_eq!(normal(&value), value);
        }
    }

    #[test]
    fn a_time_is_written_in_every_notation() {
        let time = parse_text("2026-05-02T13:31:05Z").unwrap();
        assert_eq!(write(time, Notation::Iso), "2026-05-02T13:31:05Z");
        assert_eq!(write(time, Notation::Epoch), "1777728665");
        assert_eq!(write(time, Notation::Http), "Sat, 02 May 2026 13:31:05 GMT");
        assert_eq!(number(time), json!(1_777_728_665));
        assert_eq!(number(parse_text("1777728665.5").unwrap()), json!(1_777_728_665.5));
    }
}
