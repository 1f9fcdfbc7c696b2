//! Words of code and of messages: identifiers cut at capitals and underscores, with plain endings removed.

use std::collections::{BTreeMap, BTreeSet};

/// Words that say nothing about what a line is for: of languages, of every error message, of logging.
const STOP: &[&str] = &[
    "a",
    "able",
    "above",
    "add",
    "after",
    "all",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "before",
    "below",
    "by",
    "byte",
    "call",
    "chore",
    "class",
    "code",
    "const",
    "context",
    "ctx",
    "def",
    "default",
    "defer",
    "desc",
    "do",
    "down",
    "else",
    "err",
    "error",
    "errorf",
    "export",
    "fail",
    "failed",
    "failure",
    "false",
    "feat",
    "fix",
    "float",
    "fmt",
    "for",
    "from",
    "func",
    "function",
    "go",
    "good",
    "handle",
    "handler",
    "has",
    "high",
    "http",
    "https",
    "if",
    "import",
    "in",
    "info",
    "int",
    "into",
    "is",
    "it",
    "key",
    "let",
    "line",
    "log",
    "logger",
    "main",
    "make",
    "map",
    "msg",
    "name",
    "new",
    "nil",
    "no",
    "none",
    "not",
    "null",
    "number",
    "of",
    "off",
    "ok",
    "on",
    "one",
    "only",
    "or",
    "out",
    "over",
    "p",
    "package",
    "per",
    "pkg",
    "print",
    "printf",
    "ratio",
    "refactor",
    "req",
    "request",
    "res",
    "resp",
    "response",
    "result",
    "return",
    "returned",
    "run",
    "s",
    "self",
    "service",
    "services",
    "set",
    "src",
    "start",
    "static",
    "status",
    "str",
    "string",
    "struct",
    "svc",
    "switch",
    "test",
    "than",
    "that",
    "the",
    "then",
    "this",
    "tidy",
    "to",
    "total",
    "true",
    "type",
    "up",
    "use",
    "value",
    "var",
    "void",
    "warn",
    "was",
    "when",
    "while",
    "with",
    "write",
    "x",
    "y",
    "data",
    "id",
    "get",
    "list",
    "item",
    "time",
    "second",
    "minute",
    "millisecond",
    "ms",
    "span",
];

/// Identifiers of a text: letters, digits and underscores, at least one letter.
pub(super) fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| word.len() > 1 && word.chars().any(char::is_alphabetic))
}

/// The parts of an identifier, in lower case, without endings and without words that say nothing.
pub(super) fn parts(identifier: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for piece in identifier.split('_') {
        let mut word = String::new();
        let mut lower_before = false;
        let letters: Vec<char> = piece.chars().collect();
        for (index, letter) in letters.iter().enumerate() {
            let next_lower = letters.get(index + 1).is_some_and(|next| next.is_lowercase());
            // `dbPool` is cut before P; `HTTPServer` before S.
            if letter.is_uppercase() && !word.is_empty() && (lower_before || next_lower) {
                parts.push(std::mem::take(&mut word));
            }
            lower_before = letter.is_lowercase() || letter.is_ascii_digit();
            word.extend(letter.to_lowercase());
        }
        parts.push(word);
    }
    parts.retain(|word| word.len() > 1 && word.chars().any(char::is_alphabetic));
    let mut stems: Vec<String> = parts.iter().map(|word| stem(word)).collect();
    stems.retain(|word| word.len() > 1 && !is_stop(word));
    stems
}

/// All words of a text, each once.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    identifiers(text).flat_map(parts).collect()
}

fn is_stop(word: &str) -> bool {
    STOP.contains(&word)
}

/// A word without plural, `-ing` and `-ed`: crude on purpose, both sides go through it.
pub(super) fn stem(word: &str) -> String {
    for (ending, least) in [("ies", 4), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4)] {
        if word.len() >= least
            && let Some(rest) = word.strip_suffix(ending)
            && !rest.ends_with('s')
        {
            // `caches` and `cache` meet at `cach`.
            return rest.trim_end_matches('e').to_owned() + if ending == "ies" { "y" } else { "" };
        }
    }
    if word.len() >= 4 { word.trim_end_matches('e').to_owned() } else { word.to_owned() }
}

/// How much a word tells: the rarer among the documents, the more.
#[derive(Debug, Default)]
pub(super) struct Rarity {
    documents: f64,
    count: BTreeMap<String, f64>,
}

impl Rarity {
    pub(super) fn add(&mut self, words: &BTreeSet<String>) {
        self.documents += 1.0;
        for word in words {
            *self.count.entry(word.clone()).or_default() += 1.0;
        }
    }

    /// Inverse document frequency (Spärck Jones, J. Documentation 28, 1972): 0 for a word in all of them, 1 for a word in one.
    pub(super) fn of(&self, word: &str) -> f64 {
        let count = self.count.get(word).copied().unwrap_or(1.0).max(1.0);
        let most = self.documents.max(2.0);
        ((most / count).ln() / most.ln()).clamp(0.0, 1.0)
    }
}
