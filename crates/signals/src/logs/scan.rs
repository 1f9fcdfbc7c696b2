//! Reading text from left to right, without an index in sight.

/// What is left of a text. Every method that fails leaves the text as it was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'t> {
    rest: &'t str,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    pub(super) fn rest(&self) -> &'t str {
        self.rest
    }

    pub(super) fn spaces(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// Takes `text`.
    pub(super) fn eat(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// Takes one of `letters`.
    pub(super) fn one_of(&mut self, letters: &[char]) -> Option<char> {
        let letter = self.rest.chars().next().filter(|letter| letters.contains(letter))?;
        self.rest = self.rest.strip_prefix(letter)?;
        Some(letter)
    }

    /// Takes characters as long as they are wanted; may be empty.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|letter| !wanted(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Takes what stands before `text`, and `text`; `text` must come within `limit` bytes.
    pub(super) fn until(&mut self, text: &str, limit: usize) -> Option<&'t str> {
        let window = self.rest.get(..self.rest.floor_char_boundary(limit + text.len()))?;
        let at = window.find(text)?;
        let (taken, rest) = self.rest.split_at_checked(at)?;
        self.rest = rest.strip_prefix(text)?;
        Some(taken)
    }

    /// Takes a number of exactly `digits` digits.
    pub(super) fn number(&mut self, digits: usize) -> Option<u32> {
        self.number_of(digits, digits)
    }

    /// Takes a number of `least` to `most` digits; a further digit means that it is none.
    pub(super) fn number_of(&mut self, least: usize, most: usize) -> Option<u32> {
        let mut ahead = *self;
        let digits = ahead.take_while(|letter| letter.is_ascii_digit());
        if digits.len() < least || digits.len() > most {
            return None;
        }
        let number = digits.parse().ok()?;
        *self = ahead;
        Some(number)
    }
}

/// The first bytes of a text, whole characters only.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

/// What stands between the first `open` and the next `close`.
pub(super) fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let (_, after) = text.split_once(open)?;
    after.split_once(close).map(|(inside, _)| inside)
}
