//! Which tokens without a digit are of a type that varies.

use super::{AT, BACKSLASH, NOT_HEX, SEPARATOR, SLASH, SPACE, STOP, Seen, VARIABLE, class};

/// Letters of the longest word [`is_date_word`] knows.
pub(super) const DATE_WORD_MAX: usize = 4;

/// Whether a token without digits is of a type that varies. `after` is what follows it, if no full stop comes between;
/// `first` says that it begins the line, where the name of a component stands.
pub(super) fn is_variable(word: &[u8], seen: Seen, after: Option<&[u8]>, first: bool) -> bool {
    let Seen(seen) = seen;
    if word.iter().all(|byte| *byte == b'*') {
        // `****` in a row of numbers: no value, or none that may be shown. At the start of a line it is an ornament.
        return !first && word.len() > 1;
    }
    if seen & SLASH != 0 {
        // A path or an address; `read/write` and `n/a` are words.
        let slashes = word.iter().filter(|byte| **byte == b'/').count();
        return word.len() > 1
            && (matches!(word.first(), Some(b'/' | b'.' | b'~')) || slashes > 1 || inner_dot(word));
    }
    if seen & (AT | BACKSLASH) != 0 {
        return word.len() > 2;
    }
    if seen & NOT_HEX == 0 {
        // `deadbeef`; shorter ones may be English (`facade`).
        return word.len() >= 8;
    }
    let next = after.and_then(|after| after.first()).copied();
    if next == Some(b':') && is_host(word) && port(after.unwrap_or_default()) {
        return true;
    }
    // `db.internal`, `app.config.Loader`, `main.rs`: a host, a class, a file. What is called, assigned or introduces
    // text is part of the message, and the type of an exception tells messages apart.
    seen & STOP != 0
        && !first
        && !matches!(next, Some(b'(' | b'=' | b':'))
        && inner_dot(word)
        && !word.ends_with(b"Exception")
        && !word.ends_with(b"Error")
}

/// Whether a word may be a host (or a class and method): parts joined by dots or hyphens; with one dot, no capital
/// within a part (`state.clipTop` is a key).
fn is_host(word: &[u8]) -> bool {
    word.iter().any(|byte| matches!(byte, b'.' | b'-'))
        && (word.iter().filter(|byte| **byte == b'.').count() > 1 || !word.windows(2).any(|pair| matches!(pair, [left, right] if left.is_ascii_lowercase() && right.is_ascii_uppercase())))
}

/// Whether a port number follows: `:5432`, and not `:0.5` or `:12:30`.
fn port(after: &[u8]) -> bool {
    let Some((b':', digits)) = after.split_first() else { return false };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (2..=5).contains(&length) && !matches!(digits.get(length), Some(b'.' | b':' | b'a'..=b'z' | b'A'..=b'Z'))
}

/// Whether a dot stands between two letters.
fn inner_dot(word: &[u8]) -> bool {
    word.windows(3).any(|three| matches!(three, [left, b'.', right] if left.is_ascii_alphabetic() && right.is_ascii_alphabetic()))
}

/// The length of hexadecimal groups joined by colons (a MAC or an IPv6 address) at the start of `rest`, else 0.
pub(super) fn groups(rest: &[u8]) -> usize {
    let run = rest.iter().take(48).take_while(|byte| byte.is_ascii_hexdigit() || **byte == b':').count();
    let Some(run) = rest.get(..run) else { return 0 };
    let mut count = 0;
    let mut digits = false;
    for group in run.split(|byte| *byte == b':') {
        if group.len() > 4 {
            return 0;
        }
        count += 1;
        digits |= group.iter().any(u8::is_ascii_digit);
    }
    let followed = rest.get(run.len()).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if (count >= 4 && digits || count >= 6) && !followed { run.len() } else { 0 }
}

/// The length of a path of Windows that begins with the letter of a drive (`C:\data\a.txt`), else 0.
pub(super) fn drive(word: &[u8], after: &[u8]) -> usize {
    if word.len() != 1 || !matches!(after, [b':', b'\\', ..]) {
        return 0;
    }
    let path = after.iter().skip(1).take_while(|byte| class(**byte) & (SPACE | SEPARATOR) == 0).count();
    word.len() + 1 + path
}

/// Whether a word is part of a date: the name of a day or a month before a number or another such name, or the
/// abbreviation of a time zone after one.
pub(super) fn is_date_word(word: &[u8], after: &[u8], key: &[u8]) -> bool {
    if is_day_or_month(word) {
        let rest = after.trim_ascii_start();
        return rest.len() < after.len()
            && (rest.first().is_some_and(u8::is_ascii_digit) || rest.get(..3).is_some_and(is_day_or_month));
    }
    let zone = matches!(
        word,
        b"UTC"
            | b"GMT"
            | b"EST"
            | b"EDT"
            | b"CST"
            | b"CDT"
            | b"MST"
            | b"MDT"
            | b"PST"
            | b"PDT"
            | b"CET"
            | b"CEST"
            | b"BST"
            | b"IST"
            | b"JST"
    );
    zone && key.ends_with(&[VARIABLE, b' '])
}

fn is_day_or_month(word: &[u8]) -> bool {
    matches!(
        word,
        b"Mon"
            | b"Tue"
            | b"Wed"
            | b"Thu"
            | b"Fri"
            | b"Sat"
            | b"Sun"
            | b"Jan"
            | b"Feb"
            | b"Mar"
            | b"Apr"
            | b"May"
            | b"Jun"
            | b"Jul"
            | b"Aug"
            | b"Sep"
            | b"Oct"
            | b"Nov"
            | b"Dec"
    )
}

/// The length of the brackets of a value such as `Work{17}` in `source=Work{17}`, `after` being what follows the word:
/// short, closed and without white space.
pub(super) fn composite(after: &[u8]) -> Option<usize> {
    let close = match after.first()? {
        b'{' => b'}',
        b'[' => b']',
        b'(' => b')',
        _ => return None,
    };
    let window = after.get(..128).unwrap_or(after);
    let length = window.iter().position(|byte| *byte == close)? + 1;
    window.get(..length)?.iter().all(|byte| *byte != b' ').then_some(length)
}

/// Whether a word is the abbreviation of a unit of size or time.
pub(super) fn is_unit(word: &[u8]) -> bool {
    matches!(
        word,
        b"B" | b"kB"
            | b"KB"
            | b"MB"
            | b"GB"
            | b"TB"
            | b"PB"
            | b"KiB"
            | b"MiB"
            | b"GiB"
            | b"TiB"
            | b"ns"
            | b"us"
            | b"ms"
            | b"s"
            | b"sec"
            | b"secs"
            | b"min"
            | b"mins"
            | b"h"
            | b"hr"
            | b"hrs"
    )
}

/// Whether a number starts here that no bracket closes: `<1 sec`, and not `<1>`.
pub(super) fn is_bare_number(rest: &[u8]) -> bool {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    matches!(rest.get(digits), None | Some(b' ' | b',' | b';'))
}

/// Whether the skeleton ends in a quantity and the same again in brackets, rounded for people: `3637 bytes (3.55 KB`.
pub(super) fn repeats_quantity(key: &[u8]) -> bool {
    let Some(before) = key.strip_suffix(&[b' ', b'(', VARIABLE]) else { return false };
    before.ends_with(&[VARIABLE])
        || [b" bytes".as_slice(), b" byte"]
            .iter()
            .any(|unit| before.strip_suffix(*unit).is_some_and(|before| before.ends_with(&[VARIABLE])))
}

/// The method of the HTTP request line `text` begins with.
pub(super) fn method(text: &[u8]) -> Option<&[u8]> {
    let (method, rest) = text.split_at_checked(text.iter().take(8).position(|byte| *byte == b' ')?)?;
    let known = matches!(
        method,
        b"GET" | b"PUT" | b"POST" | b"HEAD" | b"PATCH" | b"DELETE" | b"OPTIONS" | b"CONNECT" | b"TRACE"
    );
    (known && rest.get(1).is_some_and(|byte| matches!(byte, b'/' | b'*') || byte.is_ascii_alphabetic()))
        .then_some(method)
}
