//! Logs of a volume that no one reads whole: VPC flow logs, access logs of load balancers, CloudTrail.
//!
//! Bytes are pushed in as they come (a caller unpacks gzip), facts come out, memory has a limit: lines and records have a greatest length,
//! tables a greatest number of rows ([`Top`]). What is too long or broken is counted, never an error: a log is cut where it is cut.

pub mod alb;
pub mod cloudtrail;
mod lines;
mod table;
mod top;
pub mod vpc;
mod words;

pub use top::{Count, Top};

use lines::Lines;

/// A number of decimal digits, nothing else.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    digits.iter().try_fold(0u64, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + u64::from(digit))
    })
}

/// Seconds since 1970 of `2026-01-05T10:00:00`; what follows is ignored.
fn seconds(stamp: &[u8]) -> Option<i64> {
    let field =
        |from: usize, to: usize| stamp.get(from..to).and_then(number).and_then(|it| i64::try_from(it).ok());
    let is_stamp =
        stamp.get(4) == Some(&b'-') && stamp.get(10) == Some(&b'T') && stamp.get(13) == Some(&b':');
    let (year, month, day) = (field(0, 4)?, field(5, 7)?, field(8, 10)?);
    let (hour, minute, second) = (field(11, 13)?, field(14, 16)?, field(17, 19)?);
    // Days since 1970 (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    let (year, from_march) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    is_stamp.then_some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests;
