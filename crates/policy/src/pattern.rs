//! Texts with wildcards, and what they match.
//!
//! In an ARN, `*` and `?` stay within their segment (the parts between colons); only a `*` that ends a segment may go on
//! over the colons that follow. The sixth part, the resource, may hold colons itself and is one segment
//! (IAM User Guide, `reference_policies_elements_resource`, "Using wildcards in resource ARNs").

mod template;

pub(crate) use template::Template;

/// Colons before the sixth part of an ARN.
pub(crate) const COLONS_OF_ARN: usize = 5;

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// This text.
    Text(Box<str>),
    /// `?`: one character.
    One,
    /// `?` in one of the first five segments of an ARN: one character, no colon.
    OneOfSegment,
    /// `*`: any number of characters.
    Any,
    /// `*` in one of the first five segments of an ARN: any number of characters, no colon.
    AnyOfSegment,
}

/// A text with wildcards, prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// `*`.
    Everything,
    /// No wildcard.
    Exact(Box<str>),
    /// One `*`, at the end.
    Prefix(Box<str>),
    /// Everything else.
    General(Box<[Token]>),
}

impl Pattern {
    /// Chooses the cheapest form.
    pub(crate) fn new(tokens: Vec<Token>) -> Self {
        match tokens.as_slice() {
            [] => Self::Exact(Box::default()),
            [Token::Any, rest @ ..] if rest.iter().all(|token| *token == Token::Any) => Self::Everything,
            [Token::Text(text)] => Self::Exact(text.clone()),
            [Token::Text(text), Token::Any] => Self::Prefix(text.clone()),
            _ => Self::General(tokens.into()),
        }
    }

    /// A pattern of `*` and `?` that know no segments.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut literal = String::new();
        for c in text.chars() {
            let wildcard = match c {
                '*' => Token::Any,
                '?' => Token::One,
                _ => {
                    literal.push(c);
                    continue;
                }
            };
            if !literal.is_empty() {
                tokens.push(Token::Text(std::mem::take(&mut literal).into()));
            }
            tokens.push(wildcard);
        }
        if !literal.is_empty() {
            tokens.push(Token::Text(literal.into()));
        }
        Self::new(tokens)
    }

    /// Whether it matches the whole text.
    #[inline]
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Exact(exact) => **exact == *text,
            Self::Prefix(prefix) => text.as_bytes().starts_with(prefix.as_bytes()),
            Self::General(tokens) => matches(tokens, text.as_bytes()),
        }
    }
}

/// Walks both at once and keeps two places to come back to: the last `*`, and the last `*` of a segment after it. Earlier
/// ones need no second try: what follows them was found as far left as it can be, which leaves the later `*` every
/// choice. So the cost is at most the product of the lengths, times the longest segment.
fn matches(tokens: &[Token], text: &[u8]) -> bool {
    let (mut token, mut at) = (0, 0);
    let mut last_any: Option<(usize, usize)> = None;
    let mut last_of_segment: Option<(usize, usize)> = None;
    loop {
        let step = match tokens.get(token) {
            Some(Token::Text(literal)) => text
                .get(at..)
                .is_some_and(|rest| rest.starts_with(literal.as_bytes()))
                .then_some(literal.len()),
            Some(Token::One) => width(text, at),
            Some(Token::OneOfSegment) => width_of_segment(text, at),
            Some(Token::Any) => {
                (last_any, last_of_segment) = (Some((token + 1, at)), None);
                Some(0)
            }
            Some(Token::AnyOfSegment) => {
                last_of_segment = Some((token + 1, at));
                Some(0)
            }
            None if at == text.len() => return true,
            None => None,
        };
        if let Some(step) = step {
            (token, at) = (token + 1, at + step);
            continue;
        }
        if let Some((next, from)) = last_of_segment
            && let Some(step) = width_of_segment(text, from)
        {
            (token, at) = (next, from + step);
            last_of_segment = Some((token, at));
        } else if let Some((next, from)) = last_any
            && let Some(step) = width(text, from)
        {
            (token, at) = (next, from + step);
            (last_any, last_of_segment) = (Some((token, at)), None);
        } else {
            return false;
        }
    }
}

/// Bytes of the character at a place, of which the first byte tells (RFC 3629).
fn width(text: &[u8], at: usize) -> Option<usize> {
    Some(match text.get(at)? {
        ..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    })
}

fn width_of_segment(text: &[u8], at: usize) -> Option<usize> {
    width(text, at).filter(|_| text.get(at) != Some(&b':'))
}

#[cfg(test)]
mod tests;
