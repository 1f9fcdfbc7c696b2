//! Times as logs write them.

use crate::logs::scan::Scan;

/// The time a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// As written.
    pub text: String,
    /// Milliseconds since 1970 UTC; a time without a zone is read as UTC. None where the year or the day is not said.
    pub unix_ms: Option<i64>,
    /// Whether the zone is said.
    pub zoned: bool,
}

#[derive(Default)]
struct Parts {
    date: Option<(u32, u32, u32)>,
    day_ms: i64,
    /// Minutes east of UTC.
    offset: Option<i64>,
    absolute: Option<i64>,
}

/// The time at the start of `text`, and what follows it. Brackets are the caller's.
pub(super) fn read(text: &str) -> Option<(Stamp, &str)> {
    let readers: [fn(&mut Scan) -> Option<Parts>; 8] =
        [iso, slashes, common, names, weekday, mail, epoch, clock_only];
    for reader in readers {
        let mut scan = Scan::new(text);
        let Some(parts) = reader(&mut scan) else { continue };
        // A time ends where it ends: `10:00:00x` is none.
        if scan.rest().starts_with(|letter: char| letter.is_alphanumeric() || letter == '_') {
            continue;
        }
        let length = text.len() - scan.rest().len();
        let unix_ms = parts.absolute.or_else(|| {
            let (year, month, day) = parts.date?;
            Some(days(year, month, day)? * 86_400_000 + parts.day_ms - parts.offset.unwrap_or(0) * 60_000)
        });
        let zoned = parts.absolute.is_some() || parts.offset.is_some();
        return Some((Stamp { text: text.get(..length)?.to_owned(), unix_ms, zoned }, scan.rest()));
    }
    None
}

/// `2026-01-05T10:00:00.123Z`, `2026-01-05 10:00:00,123`, `20260105T100000Z`.
fn iso(scan: &mut Scan) -> Option<Parts> {
    let year = scan.number(4).or_else(|| {
        let digits =
            scan.rest().get(..8).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
        digits.get(..4)?.parse().ok()
    })?;
    let (month, day) = if scan.eat("-").is_some() {
        let month = scan.number(2)?;
        scan.eat("-")?;
        (month, scan.number(2)?)
    } else {
        let date = scan.number(8)?;
        (date / 100 % 100, date % 100)
    };
    scan.one_of(&['T', 't', ' ', '_', '-'])?;
    let day_ms = clock(scan).or_else(|| {
        let time = scan.number(6)?;
        Some(i64::from(time / 10_000 * 3600 + time / 100 % 100 * 60 + time % 100) * 1000)
    })?;
    Some(Parts { date: Some((year, month, day)), day_ms, offset: zone(scan), absolute: None })
}

/// `2026/01/05 10:00:00` and, as log4j does, `26/01/05 10:00:00`.
fn slashes(scan: &mut Scan) -> Option<Parts> {
    let year = scan.number(4).or_else(|| Some(2000 + scan.number(2)?))?;
    scan.eat("/")?;
    let month = scan.number_of(1, 2)?;
    scan.eat("/")?;
    let day = scan.number_of(1, 2)?;
    scan.one_of(&[' ', '-'])?;
    let day_ms = clock(scan)?;
    Some(Parts { date: Some((year, month, day)), day_ms, offset: zone(scan), absolute: None })
}

/// `05/Jan/2026:10:00:00 +0000`, `05-Jan-2026 10:00:00.123`.
fn common(scan: &mut Scan) -> Option<Parts> {
    let day = scan.number_of(1, 2)?;
    scan.one_of(&['/', '-'])?;
    let month = month(scan)?;
    scan.one_of(&['/', '-'])?;
    let year = scan.number(4)?;
    scan.one_of(&[':', ' '])?;
    let day_ms = clock(scan)?;
    Some(Parts { date: Some((year, month, day)), day_ms, offset: zone(scan), absolute: None })
}

/// `Jan  5 10:00:00`, of syslog: no year.
fn names(scan: &mut Scan) -> Option<Parts> {
    month(scan)?;
    scan.eat(" ")?;
    scan.spaces();
    scan.number_of(1, 2)?;
    scan.eat(" ")?;
    Some(Parts { day_ms: clock(scan)?, ..Parts::default() })
}

/// `Mon Jan  5 10:00:00 2026`, the zone before the year or not said.
fn weekday(scan: &mut Scan) -> Option<Parts> {
    weekday_name(scan)?;
    scan.eat(" ")?;
    let month = month(scan)?;
    scan.eat(" ")?;
    scan.spaces();
    let day = scan.number_of(1, 2)?;
    scan.eat(" ")?;
    let day_ms = clock(scan)?;
    let offset = zone(scan);
    scan.eat(" ")?;
    Some(Parts { date: Some((scan.number(4)?, month, day)), day_ms, offset, absolute: None })
}

/// `Mon, 05 Jan 2026 10:00:00 GMT` (RFC 9110).
fn mail(scan: &mut Scan) -> Option<Parts> {
    weekday_name(scan)?;
    scan.eat(", ")?;
    let day = scan.number_of(1, 2)?;
    scan.eat(" ")?;
    let month = month(scan)?;
    scan.eat(" ")?;
    let year = scan.number(4)?;
    scan.eat(" ")?;
    let day_ms = clock(scan)?;
    Some(Parts { date: Some((year, month, day)), day_ms, offset: zone(scan), absolute: None })
}

/// Seconds or milliseconds since 1970, from 2001 to 2286.
fn epoch(scan: &mut Scan) -> Option<Parts> {
    let digits = scan.take_while(|letter| letter.is_ascii_digit());
    let number: i64 = digits.parse().ok()?;
    let absolute = match digits.len() {
        13 => number,
        10 => {
            let mut ms = 0;
            if scan.rest().starts_with('.') {
                scan.eat(".")?;
                ms = thousandths(scan.take_while(|letter| letter.is_ascii_digit()))?;
            }
            number * 1000 + ms
        }
        _ => return None,
    };
    (!digits.starts_with('0')).then_some(Parts { absolute: Some(absolute), ..Parts::default() })
}

/// `10:00:00.123` alone.
fn clock_only(scan: &mut Scan) -> Option<Parts> {
    Some(Parts { day_ms: clock(scan)?, ..Parts::default() })
}

/// Milliseconds of the day: `10:00:00`, with a fraction after `.` or `,`.
fn clock(scan: &mut Scan) -> Option<i64> {
    let mut ahead = *scan;
    let hour = ahead.number(2)?;
    ahead.eat(":")?;
    let minute = ahead.number(2)?;
    ahead.eat(":")?;
    let second = ahead.number(2)?;
    // 60 is a leap second.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut ms = i64::from(hour * 3600 + minute * 60 + second) * 1000;
    let mut fraction = ahead;
    if fraction.one_of(&['.', ',']).is_some() {
        let digits = fraction.take_while(|letter| letter.is_ascii_digit());
        if let Some(part) = thousandths(digits) {
            ms += part;
            ahead = fraction;
        }
    }
    *scan = ahead;
    Some(ms)
}

/// A fraction's digits as thousandths.
fn thousandths(digits: &str) -> Option<i64> {
    let first: i64 = digits.get(..digits.len().min(3)).filter(|first| !first.is_empty())?.parse().ok()?;
    Some(match digits.len() {
        1 => first * 100,
        2 => first * 10,
        _ => first,
    })
}

/// Minutes east of UTC: `Z`, `+02:00`, ` -0500`, ` UTC`.
fn zone(scan: &mut Scan) -> Option<i64> {
    let mut ahead = *scan;
    ahead.spaces();
    for name in ["Z", "UTC", "GMT"] {
        let mut named = ahead;
        if named.eat(name).is_some() && !named.rest().starts_with(|letter: char| letter.is_alphanumeric()) {
            *scan = named;
            return Some(0);
        }
    }
    let sign = if ahead.one_of(&['+', '-'])? == '-' { -1 } else { 1 };
    let hours =
        ahead.number(2).map(|hours| (hours, ahead.eat(":").and_then(|()| ahead.number(2)).unwrap_or(0)));
    let (hours, minutes) = hours.or_else(|| ahead.number(4).map(|both| (both / 100, both % 100)))?;
    if hours > 14 || minutes > 59 {
        return None;
    }
    *scan = ahead;
    Some(sign * i64::from(hours * 60 + minutes))
}

fn month(scan: &mut Scan) -> Option<u32> {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    (1..).zip(months).find_map(|(number, name)| scan.eat(name).map(|()| number))
}

fn weekday_name(scan: &mut Scan) -> Option<()> {
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].into_iter().find_map(|name| scan.eat(name))
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "`chrono`-Compatible Low-Level Date Algorithms").
fn days(year: u32, month: u32, day: u32) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(1970..=9999).contains(&year) {
        return None;
    }
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[track_caller]
    fn check(text: &str, expected: Option<(Option<i64>, bool, &str)>) {
        let found = read(text);
        let found = found.as_ref().map(|(stamp, rest)| (stamp.unix_ms, stamp.zoned, *rest));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn notations() {
        let moment = 1_767_607_200_000; // 2026-01-05T10:00:00Z
        for text in [
            "2026-01-05T10:00:00Z",
            "2026-01-05T10:00:00.000Z",
            "20260105T100000Z",
            "2026-01-05T12:00:00+02:00",
            "2026-01-05 05:00:00 -0500",
            "05/Jan/2026:10:00:00 +0000",
            "Mon, 05 Jan 2026 10:00:00 GMT",
            "Mon Jan  5 10:00:00 UTC 2026",
            "1767607200",
            "1767607200000",
            "1767607200.000",
            "2026-01-05 10:00:00,000 UTC",
        ] {
            check(text, Some((Some(moment), true, "")));
        }
        for text in [
            "2026-01-05 10:00:00",
            "2026/01/05 10:00:00",
            "26/01/05 10:00:00",
            "05-Jan-2026 10:00:00.000",
            "Mon Jan 5 10:00:00 2026",
            "2026-01-05-10:00:00",
        ] {
            check(text, Some((Some(moment), false, "")));
        }
        check("2026-01-05 10:00:00,123 INFO", Some((Some(moment + 123), false, " INFO")));
        check("2026-01-05T10:00:00.123456Z x", Some((Some(moment + 123), true, " x")));
        check("Jan  5 10:00:00 host", Some((None, false, " host")));
        check("10:00:00.5 x", Some((None, false, " x")));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "2026",
            "2026-01-05",
            "12345",
            "25:00:00",
            "10:00",
            "2026-01-05T10:00:00x",
            "May I",
            "Monday",
            "17676072001",
        ] {
            check(text, None);
        }
        // A day that no month has is not turned into a moment.
        check("2026-13-05T10:00:00Z", Some((None, true, "")));
    }
}
