//! One line to its skeleton: every token whose *type* says that it varies becomes one marker.
//!
//! What counts as a variable is decided by form alone, never by a word of some system: anything with a digit, paths,
//! addresses, mails, long hexadecimal, quoted values. Words stay; [`super::merge`] finds those that vary by counting.
//! One pass, no allocation once the buffer has grown: this is the whole cost of a line seen before.

/// Stands for a variable in a skeleton. 0xFF is in no UTF-8 text, so a line cannot forge one.
pub(super) const VARIABLE: u8 = 0xFF;

/// Lines are looked at up to here, in bytes: a template is told by how a message begins, and time must stay bounded.
pub(super) const LINE_MAX: usize = 2048;

/// A quoted value is at most this long, in bytes; a longer quotation is text and read as such.
const QUOTED_MAX: usize = 128;

mod types;

/// The classes of bytes a token has.
#[derive(Clone, Copy)]
struct Seen(u8);

const SPACE: u8 = 1;
const SEPARATOR: u8 = 2;
const DIGIT: u8 = 4;
const SLASH: u8 = 8;
const AT: u8 = 16;
/// A letter that is no hexadecimal digit, or anything else no hexadecimal number has.
const NOT_HEX: u8 = 32;
const BACKSLASH: u8 = 64;
/// Punctuation that ends a sentence or a label when it ends a token.
const STOP: u8 = 128;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [NOT_HEX; 256];
    let mut byte = 0;
    #[expect(clippy::indexing_slicing, reason = "a constant: out of bounds would not compile")]
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let class = match byte as u8 {
            b' ' | b'\t' | b'\r' | b'\n' => SPACE,
            b'=' | b',' | b';' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'"' | b'\''
            | b'|' | b':' => SEPARATOR,
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => 0,
            b'/' => SLASH | NOT_HEX,
            b'@' => AT | NOT_HEX,
            b'\\' => BACKSLASH | NOT_HEX,
            b'.' | b'!' | b'?' => STOP | NOT_HEX,
            _ => NOT_HEX,
        };
        table[byte] = class;
        byte += 1;
    }
    table
}

fn class(byte: u8) -> u8 {
    // The table has an entry for every byte; the compiler drops the check.
    CLASSES.get(usize::from(byte)).copied().unwrap_or(NOT_HEX)
}

/// Writes the skeleton of `line` to `key` (emptied first): words and punctuation as they are, white space as one
/// space, variables as [`VARIABLE`].
pub(super) fn mask(line: &[u8], key: &mut Vec<u8>) {
    key.clear();
    let line = line.get(..LINE_MAX).unwrap_or(line);
    let mut rest = line;
    while let Some((&byte, after)) = rest.split_first() {
        let kind = class(byte);
        if kind & SPACE != 0 {
            if !key.is_empty() && key.last() != Some(&b' ') {
                key.push(b' ');
            }
            rest = after;
        } else if kind & SEPARATOR != 0 {
            rest = separator(byte, after, key);
        } else {
            rest = token(rest, key);
        }
    }
    while key.last() == Some(&b' ') {
        key.pop();
    }
}

/// A token: a run without white space and separators.
fn token<'l>(rest: &'l [u8], key: &mut Vec<u8>) -> &'l [u8] {
    let mut seen = 0;
    let mut length = 0;
    for &byte in rest {
        let kind = class(byte);
        if kind & (SPACE | SEPARATOR) != 0 {
            break;
        }
        seen |= kind;
        length += 1;
    }
    let (mut word, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    let mut stops: &[u8] = &[];
    if seen & STOP != 0 {
        let kept = word.iter().rposition(|byte| class(*byte) & STOP == 0).map_or(0, |last| last + 1);
        (word, stops) = word.split_at_checked(kept).unwrap_or((word, &[]));
    }
    if word.is_empty() {
        key.extend_from_slice(stops);
        return after;
    }
    if after.first() == Some(&b':') && word.len() <= 4 {
        let length = if seen & NOT_HEX == 0 { types::groups(rest) } else { 0 };
        let length = if length == 0 { types::drive(word, after) } else { length };
        if length > 0 {
            push_variable(key);
            return rest.get(length..).unwrap_or_default();
        }
    }
    if key.last() == Some(&b'=')
        && let Some(length) = types::composite(after)
    {
        push_variable(key);
        return after.get(length..).unwrap_or_default();
    }
    let first = key.is_empty();
    if types::is_unit(word) && key.ends_with(&[VARIABLE, b' ']) {
        // `5.2 KB` is one quantity, and `317 MB` the next one of the same kind.
        key.pop();
        if after.first() == Some(&b')') && types::repeats_quantity(key) {
            // `3637 bytes (3.55 KB)` says it twice.
            key.truncate(key.len() - 3);
            return after.get(1..).unwrap_or_default();
        }
        key.extend_from_slice(stops);
        return after;
    }
    if seen & DIGIT != 0
        || (word.len() <= types::DATE_WORD_MAX && types::is_date_word(word, after, key.as_slice()))
        || types::is_variable(word, Seen(seen), stops.is_empty().then_some(after), first)
    {
        push_variable(key);
    } else {
        key.extend_from_slice(word);
    }
    key.extend_from_slice(stops);
    after
}

/// A variable; variables in a row are one, so that lists of any length have one skeleton.
fn push_variable(key: &mut Vec<u8>) {
    let kept = key.iter().rposition(|byte| !matches!(byte, b' ' | b',' | b':')).map_or(0, |last| last + 1);
    if kept > 0 && key.get(kept - 1) == Some(&VARIABLE) {
        key.truncate(kept);
    } else {
        key.push(VARIABLE);
    }
}

/// One separator; a quotation that is a value is taken whole.
fn separator<'l>(byte: u8, after: &'l [u8], key: &mut Vec<u8>) -> &'l [u8] {
    match byte {
        b'"' | b'\'' => {
            let Some((quotation, rest)) = quoted(byte, after, key) else {
                key.push(byte);
                return after;
            };
            key.push(byte);
            match quotation {
                Quotation::Key(name) => key.extend_from_slice(name),
                Quotation::Value => push_variable(key),
                Quotation::Request(method) => {
                    key.extend_from_slice(method);
                    key.push(b' ');
                    push_variable(key);
                }
            }
            key.push(byte);
            return rest;
        }
        // `lifetime <1 sec`: less than, not a bracket.
        b'<' if after.first().is_some_and(u8::is_ascii_digit) && types::is_bare_number(after) => {}
        // `connection from 192.0.2.1 () at`: a value that was empty this time.
        b'(' if after.first() == Some(&b')') && key.last() == Some(&b' ') => {
            key.push(b'(');
            push_variable(key);
        }
        _ => key.push(byte),
    }
    after
}

/// What is in quotes.
enum Quotation<'l> {
    /// `"key": value`.
    Key(&'l [u8]),
    /// A value, which may be empty.
    Value,
    /// The first line of an HTTP request; its method is part of the message.
    Request(&'l [u8]),
}

/// The quotation that starts here, and what follows it.
fn quoted<'l>(quote: u8, after: &'l [u8], key: &[u8]) -> Option<(Quotation<'l>, &'l [u8])> {
    // An apostrophe is no quotation: `can't`.
    if quote == b'\'' && key.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == VARIABLE) {
        return None;
    }
    let window = after.get(..QUOTED_MAX + 1).unwrap_or(after);
    let length = window.iter().position(|byte| *byte == quote);
    let (text, rest) = match length {
        Some(length) => (window.get(..length)?, after.get(length + 1..)?),
        None => {
            // The target of a request is long as often as not.
            types::method(after)?;
            let length = after.iter().position(|byte| *byte == quote)?;
            (after.get(..length)?, after.get(length + 1..)?)
        }
    };
    let next = rest.first();
    if quote == b'\'' && next.is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    if let Some(method) = types::method(text) {
        return Some((Quotation::Request(method), rest));
    }
    let quotation = if matches!(next, Some(b':' | b'=')) { Quotation::Key(text) } else { Quotation::Value };
    Some((quotation, rest))
}
