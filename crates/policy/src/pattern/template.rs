//! Texts with wildcards and policy variables.
//!
//! `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for the characters themselves (IAM User Guide,
//! `reference_policies_variables`). What a variable stands for is taken literally: a `*` in it is no wildcard.

use super::{COLONS_OF_ARN, Pattern, Token};
use crate::context::{ContextValue, Lookup};
use crate::facts::Facts;
use crate::truth::Truth;

/// A piece of the text as written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    One,
    Any,
    Variable { key: String, default: Option<String> },
}

/// How far wildcards reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Over everything.
    Text,
    /// An ARN of a `Resource`: within a segment, or on over the colons from its end.
    Resource,
    /// An ARN of a condition: strictly within a segment.
    Segment,
}

/// A text with wildcards and variables, as far prepared as it can be without a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Template {
    /// There is no variable in it.
    Fixed(Pattern),
    /// What it matches depends on the request.
    Open(Box<Open>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    pieces: Vec<Piece>,
    scope: Scope,
    ignores_case: bool,
}

impl Template {
    /// An entry of `Resource`. Variables may stand in the sixth part only.
    pub(crate) fn resource(text: &str, has_variables: bool) -> Self {
        let sixth = text.match_indices(':').nth(COLONS_OF_ARN - 1).map_or(text.len(), |(at, _)| at + 1);
        let (head, tail) = text.split_at_checked(sixth).unwrap_or((text, ""));
        let mut pieces = pieces_of(head, true, false);
        pieces.extend(pieces_of(tail, true, has_variables));
        Self::new(pieces, Scope::Resource, false)
    }

    /// A value of a string operator.
    pub(crate) fn text(text: &str, has_wildcards: bool, has_variables: bool, ignores_case: bool) -> Self {
        Self::new(pieces_of(text, has_wildcards, has_variables), Scope::Text, ignores_case)
    }

    /// A value of an ARN operator.
    pub(crate) fn arn(text: &str, has_variables: bool) -> Self {
        Self::new(pieces_of(text, true, has_variables), Scope::Segment, false)
    }

    fn new(pieces: Vec<Piece>, scope: Scope, ignores_case: bool) -> Self {
        if pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. })) {
            return Self::Open(Box::new(Open { pieces, scope, ignores_case }));
        }
        let tokens = tokens(&pieces, scope);
        if !ignores_case {
            return Self::Fixed(Pattern::new(tokens));
        }
        let lower = |token| match token {
            Token::Text(text) => Token::Text(text.to_lowercase().into()),
            other => other,
        };
        Self::Fixed(Pattern::new(tokens.into_iter().map(lower).collect()))
    }

    /// Whether it matches a text. Where case is ignored, the text is in lower case already.
    #[inline]
    pub(crate) fn matches(&self, text: &str, facts: &Facts<'_>) -> Truth {
        match self {
            Self::Fixed(pattern) => pattern.matches(text).into(),
            Self::Open(open) => open.matches(text, facts),
        }
    }

    /// Asks for its variables, so that it is noted which are missing.
    pub(crate) fn ask(&self, facts: &Facts<'_>) {
        let Self::Open(open) = self else { return };
        for piece in &open.pieces {
            if let Piece::Variable { key, .. } = piece {
                facts.lookup(key);
            }
        }
    }
}

impl Open {
    /// Puts in what the variables stand for. One that stands for nothing makes the whole text match nothing; one that is
    /// not known may be anything, which settles it only where not even that would match.
    fn matches(&self, text: &str, facts: &Facts<'_>) -> Truth {
        let mark = facts.mark();
        let mut is_known = true;
        let mut pieces = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let Piece::Variable { key, default } = piece else {
                pieces.push(piece.clone());
                continue;
            };
            match (facts.lookup(key), default) {
                (Lookup::Present(ContextValue::One(value)), _) => pieces.push(Piece::Text(value.clone())),
                (Lookup::Absent, Some(default)) => pieces.push(Piece::Text(default.clone())),
                (Lookup::Present(ContextValue::Many(_)) | Lookup::Absent, _) => {
                    facts.forget(mark);
                    return Truth::False;
                }
                (Lookup::Unknown, _) => {
                    is_known = false;
                    pieces.push(Piece::Any);
                }
            }
        }
        // An unknown value may hold colons, so that nothing can be said of segments.
        let scope = if is_known { self.scope } else { Scope::Text };
        let mut tokens = tokens(&pieces, scope);
        if self.ignores_case {
            for token in &mut tokens {
                if let Token::Text(text) = token {
                    *text = text.to_lowercase().into();
                }
            }
        }
        if !Pattern::new(tokens).matches(text) {
            facts.forget(mark);
            return Truth::False;
        }
        if is_known { Truth::True } else { Truth::Unknown }
    }
}

/// Cuts a text into pieces.
fn pieces_of(text: &str, has_wildcards: bool, has_variables: bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    let mut push = |piece: Option<Piece>, literal: &mut String| {
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(literal)));
        }
        pieces.extend(piece);
    };
    loop {
        if has_variables
            && let Some(inside) = rest.strip_prefix("${")
            && let Some((inside, after)) = closed(inside)
        {
            rest = after;
            if matches!(inside, "*" | "?" | "$") {
                literal.push_str(inside);
            } else {
                push(Some(variable(inside)), &mut literal);
            }
            continue;
        }
        let mut characters = rest.chars();
        match characters.next() {
            None => break,
            Some('*') if has_wildcards => push(Some(Piece::Any), &mut literal),
            Some('?') if has_wildcards => push(Some(Piece::One), &mut literal),
            Some(other) => literal.push(other),
        }
        rest = characters.as_str();
    }
    push(None, &mut literal);
    pieces
}

/// What is before the closing brace, and what is after it; a quoted default may hold braces.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut is_quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '\'' => is_quoted = !is_quoted,
            '}' if !is_quoted => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

fn variable(inside: &str) -> Piece {
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => (key, Some(default.trim())),
        None => (inside, None),
    };
    let unquoted = |text: &str| {
        text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text).to_owned()
    };
    Piece::Variable { key: key.trim().to_ascii_lowercase(), default: default.map(unquoted) }
}

/// Gives wildcards their reach.
fn tokens(pieces: &[Piece], scope: Scope) -> Vec<Token> {
    let mut colons = 0;
    let mut tokens: Vec<Token> = Vec::with_capacity(pieces.len());
    for (index, piece) in pieces.iter().enumerate() {
        let is_segment = scope != Scope::Text && colons < COLONS_OF_ARN;
        let token = match piece {
            Piece::Text(text) => {
                colons += text.bytes().filter(|b| *b == b':').count();
                Token::Text(text.as_str().into())
            }
            Piece::One if is_segment => Token::OneOfSegment,
            Piece::One => Token::One,
            Piece::Any if is_segment && (scope == Scope::Segment || !ends_segment(pieces.get(index + 1))) => {
                Token::AnyOfSegment
            }
            Piece::Any => Token::Any,
            Piece::Variable { .. } => continue,
        };
        match (tokens.last_mut(), token) {
            (Some(Token::Text(before)), Token::Text(text)) => *before = format!("{before}{text}").into(),
            (_, token) => tokens.push(token),
        }
    }
    tokens
}

/// Whether a segment ends before a piece.
fn ends_segment(next: Option<&Piece>) -> bool {
    match next {
        None => true,
        Some(Piece::Text(text)) => text.starts_with(':'),
        Some(_) => false,
    }
}
