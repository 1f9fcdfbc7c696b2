//! The text of a log line as one run of words: escapes undone, white space made one blank, where each byte came from.

use std::ops::Range;

/// Longest text that is read, in bytes; a log event of Amazon CloudWatch holds at most 1 MiB, and a denial near its front.
const LONGEST: usize = 256 * 1024;

/// A text in which phrases can be found whatever was done to its line breaks and quotes on the way into a log.
#[derive(Debug)]
pub(super) struct Flat {
    /// Words as they were written; a run of white space is one blank, or one `\n` when a line ended in it.
    text: String,
    /// The same in lower case with every blank a blank; byte for byte as long as `text`.
    lower: String,
    /// For every byte of `text`, the range of the original it stands for.
    origins: Vec<(usize, usize)>,
}

impl Flat {
    /// Flattens the first part of a text.
    pub(super) fn new(original: &str) -> Self {
        let mut flat = Self { text: String::new(), lower: String::new(), origins: Vec::new() };
        let mut rest = clip(original, LONGEST);
        let end = rest.len();
        while let Some(piece) = Piece::first(rest) {
            let start = end.saturating_sub(rest.len());
            flat.push(piece.character, start, start.saturating_add(piece.length));
            rest = rest.get(piece.length..).unwrap_or("");
        }
        flat.lower = flat.text.to_ascii_lowercase().replace('\n', " ");
        flat
    }

    fn push(&mut self, character: char, start: usize, end: usize) {
        if character.is_whitespace() {
            let is_line_end = matches!(character, '\n' | '\r');
            if self.text.ends_with(' ') && is_line_end {
                self.text.pop();
                self.text.push('\n');
            }
            if self.text.is_empty() || self.text.ends_with([' ', '\n']) {
                return;
            }
            self.text.push(if is_line_end { '\n' } else { ' ' });
        } else {
            // Quoting of a wrapped line (mail, terminals of Terraform) is no word of it.
            if matches!(character, '│' | '╷' | '╵')
                || (matches!(character, '>' | '|') && self.text.ends_with('\n'))
            {
                return;
            }
            self.text.push(character);
        }
        self.origins.resize(self.text.len(), (start, end));
    }

    /// The words as written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// In lower case; positions are those of [`Flat::text`].
    pub(super) fn lower(&self) -> &str {
        &self.lower
    }

    /// Lower case from a position on.
    pub(super) fn lower_from(&self, at: usize) -> &str {
        self.lower.get(at..).unwrap_or("")
    }

    /// Lower case up to a position.
    pub(super) fn lower_to(&self, at: usize) -> &str {
        self.lower.get(..at).unwrap_or("")
    }

    /// As written, of a range.
    pub(super) fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or("")
    }

    /// As written, from a position on.
    pub(super) fn from(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or("")
    }

    /// Where a range came from.
    pub(super) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.origins.get(range.start).map_or(0, |origin| origin.0);
        let end =
            range.end.checked_sub(1).and_then(|last| self.origins.get(last)).map_or(start, |origin| origin.1);
        start..end.max(start)
    }
}

/// At most so many bytes, whole characters.
pub(super) fn clip(text: &str, longest: usize) -> &str {
    let mut end = longest.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or("")
}

/// One character, and how many bytes of the original spell it.
struct Piece {
    character: char,
    length: usize,
}

impl Piece {
    fn first(rest: &str) -> Option<Self> {
        let character = rest.chars().next()?;
        let escaped = match character {
            '\\' => backslashes(rest),
            '&' => entity(rest),
            '\u{1b}' => colour(rest),
            _ => None,
        };
        Some(escaped.unwrap_or(Self { character, length: character.len_utf8() }))
    }
}

/// `\n`, `\"`, `\\\"`, `\u0022`, a backslash at the end of a line: however often a text was put into JSON. A run of backslashes
/// that escapes nothing is one backslash, so that every byte is looked at once.
fn backslashes(rest: &str) -> Option<Piece> {
    let count = rest.bytes().take_while(|byte| *byte == b'\\').count();
    let after = rest.get(count..)?;
    let next = after.chars().next();
    let whole = count.checked_add(next.map_or(0, char::len_utf8))?;
    match next {
        Some('n' | 'r' | '\n' | '\r') => Some(Piece { character: '\n', length: whole }),
        Some('t') => Some(Piece { character: ' ', length: whole }),
        Some(quote @ ('"' | '\'' | '/' | '`')) => Some(Piece { character: quote, length: whole }),
        Some('u') => {
            let code = after
                .get(1..5)
                .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                .and_then(char::from_u32);
            let escape = code.map(|character| Piece { character, length: whole.saturating_add(4) });
            Some(escape.unwrap_or(Piece { character: '\\', length: count }))
        }
        _ => Some(Piece { character: '\\', length: count }),
    }
}

/// The five entities of XML, in which S3 writes its errors.
fn entity(rest: &str) -> Option<Piece> {
    const ENTITIES: [(&str, char); 7] = [
        ("&quot;", '"'),
        ("&#34;", '"'),
        ("&apos;", '\''),
        ("&#39;", '\''),
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
    ];
    let (name, character) = ENTITIES.into_iter().find(|(name, _)| rest.starts_with(name))?;
    Some(Piece { character, length: name.len() })
}

/// A terminal's colour: a blank.
fn colour(rest: &str) -> Option<Piece> {
    let parameters = rest.strip_prefix("\u{1b}[")?;
    let length = parameters.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    parameters
        .get(length..)?
        .starts_with('m')
        .then_some(Piece { character: ' ', length: length.checked_add(3)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let flat = Flat::new(text);
        assert_eq!(flat.text(), expected);
        assert_eq!(flat.lower().len(), flat.text().len());
        assert_eq!(flat.origins.len(), flat.text.len());
    }

    #[test]
    fn escapes_and_white_space() {
        check("a  b\t c", "a b c");
        check("a \n  b", "a\nb");
        check(r"a\n  b", "a\nb");
        check(r#"on \"x\" and \\\"y\\\""#, r#"on "x" and "y""#);
        check("on &quot;x&quot;", "on \"x\"");
        check(r"\u0022x\u0022", "\"x\"");
        check("│ Error: a\n│ b", "Error: a\nb");
        check("> a\n> b", "> a\nb");
        check("\u{1b}[31mred\u{1b}[0m", "red ");
        check("trailing \\", "trailing \\");
        check("", "");
    }

    #[test]
    fn origins_point_into_the_original() {
        let original = "xx  User:\\n \\\"é\\\" end";
        let flat = Flat::new(original);
        let at = flat.text().find("User:").unwrap();
        let origin = flat.origin(&(at..flat.text().len()));
        assert_eq!(original.get(origin), Some("User:\\n \\\"é\\\" end"));
    }
}
