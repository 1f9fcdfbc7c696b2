//! Skeletons as rows of symbols: words and separators by number, and what is known of each word by itself.

use super::mask::VARIABLE;
use rustc_hash::FxHashMap;

/// A word, a separator or the variable, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Symbol(pub(super) u32);

impl Symbol {
    /// The variable.
    pub(super) const VARIABLE: Symbol = Symbol(0);
    /// A word that was never read.
    pub(super) const UNKNOWN: Symbol = Symbol(u32::MAX);
}

/// What a word tells by itself about being a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A word as in a dictionary: it may be a value or the message.
    Plain,
    /// Written as names are written: with a dot, an underscore, capitals inside.
    Identifier,
    /// Never a value: function words, truth values, outcomes. They are how messages say what happened.
    Closed,
    /// Stands for no value: `null`.
    Missing,
}

/// All symbols seen so far.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    numbers: FxHashMap<Box<[u8]>, Symbol>,
    texts: Vec<Box<[u8]>>,
}

/// Function words of English and the words programs use for outcomes and truth values, lower case, sorted.
const CLOSED: &[&str] = &[
    "a",
    "aborted",
    "accepted",
    "added",
    "after",
    "all",
    "already",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "available",
    "bad",
    "be",
    "because",
    "been",
    "before",
    "begin",
    "but",
    "by",
    "can",
    "cannot",
    "closed",
    "complete",
    "completed",
    "connected",
    "could",
    "created",
    "deleted",
    "denied",
    "did",
    "disabled",
    "disconnected",
    "does",
    "done",
    "down",
    "empty",
    "enabled",
    "end",
    "ended",
    "error",
    "exited",
    "expired",
    "fail",
    "failed",
    "fails",
    "failure",
    "false",
    "finished",
    "for",
    "found",
    "from",
    "full",
    "had",
    "has",
    "have",
    "if",
    "in",
    "into",
    "invalid",
    "is",
    "it",
    "its",
    "killed",
    "less",
    "lost",
    "missing",
    "more",
    "must",
    "never",
    "new",
    "no",
    "not",
    "of",
    "off",
    "ok",
    "old",
    "on",
    "only",
    "open",
    "opened",
    "or",
    "out",
    "over",
    "ready",
    "received",
    "refused",
    "registered",
    "rejected",
    "removed",
    "running",
    "sent",
    "should",
    "start",
    "started",
    "starting",
    "stop",
    "stopped",
    "stopping",
    "succeeded",
    "success",
    "successful",
    "terminated",
    "than",
    "that",
    "the",
    "then",
    "there",
    "this",
    "timeout",
    "to",
    "too",
    "true",
    "unable",
    "under",
    "unknown",
    "until",
    "up",
    "valid",
    "was",
    "were",
    "when",
    "while",
    "will",
    "with",
    "without",
    "yes",
];

/// Nouns that announce a name: what follows them is one of many, sorted.
const NOUNS: &[&str] = &[
    "account",
    "agent",
    "alias",
    "app",
    "application",
    "attribute",
    "bucket",
    "bundle",
    "channel",
    "class",
    "client",
    "cluster",
    "collection",
    "column",
    "command",
    "component",
    "container",
    "daemon",
    "database",
    "device",
    "directory",
    "disk",
    "domain",
    "driver",
    "endpoint",
    "event",
    "exchange",
    "executable",
    "feature",
    "field",
    "file",
    "folder",
    "function",
    "group",
    "handler",
    "host",
    "hostname",
    "image",
    "index",
    "instance",
    "interface",
    "job",
    "key",
    "lock",
    "machine",
    "member",
    "method",
    "metric",
    "module",
    "namespace",
    "network",
    "node",
    "object",
    "operation",
    "package",
    "parameter",
    "partition",
    "path",
    "peer",
    "plugin",
    "pod",
    "policy",
    "pool",
    "principal",
    "process",
    "profile",
    "program",
    "project",
    "property",
    "proxy",
    "query",
    "queue",
    "region",
    "repository",
    "request",
    "resource",
    "role",
    "route",
    "schema",
    "script",
    "secret",
    "server",
    "service",
    "session",
    "setting",
    "shard",
    "stage",
    "stream",
    "subnet",
    "subscription",
    "symbol",
    "system",
    "table",
    "target",
    "task",
    "template",
    "tenant",
    "thread",
    "token",
    "topic",
    "type",
    "unit",
    "user",
    "username",
    "variable",
    "version",
    "volume",
    "worker",
    "zone",
];

impl Symbols {
    pub(super) fn new() -> Self {
        let mut symbols = Self::default();
        symbols.number(&[VARIABLE]);
        symbols
    }

    fn number(&mut self, text: &[u8]) -> Symbol {
        if let Some(&symbol) = self.numbers.get(text) {
            return symbol;
        }
        let symbol = Symbol(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.numbers.insert(text.into(), symbol);
        self.texts.push(text.into());
        symbol
    }

    /// The skeleton's symbols in order; new words get a number.
    pub(super) fn read(&mut self, key: &[u8]) -> Vec<Symbol> {
        pieces(key).map(|piece| self.number(piece)).collect()
    }

    /// The skeleton's symbols in order; a word that was never read is [`Symbol::UNKNOWN`].
    pub(super) fn look_up(&self, key: &[u8]) -> Vec<Symbol> {
        pieces(key).map(|piece| self.numbers.get(piece).copied().unwrap_or(Symbol::UNKNOWN)).collect()
    }

    /// A row as a skeleton again.
    pub(super) fn write(&self, row: &[Symbol]) -> Vec<u8> {
        row.iter().flat_map(|symbol| self.text(*symbol)).copied().collect()
    }

    pub(super) fn text(&self, symbol: Symbol) -> &[u8] {
        self.texts.get(symbol.0 as usize).map_or(&[], |text| text)
    }

    /// A word or the variable: what may be a value.
    pub(super) fn is_word(&self, symbol: Symbol) -> bool {
        symbol == Symbol::VARIABLE || self.text(symbol).first().is_some_and(|byte| is_word_byte(*byte))
    }

    /// A word of letters: what a template is recognised by.
    pub(super) fn is_constant(&self, symbol: Symbol) -> bool {
        symbol != Symbol::VARIABLE
            && self.text(symbol).iter().any(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80)
    }

    pub(super) fn is_space(&self, symbol: Symbol) -> bool {
        self.text(symbol) == b" "
    }

    pub(super) fn separator(&self, symbol: Symbol) -> Option<u8> {
        match self.text(symbol) {
            [byte] if !is_word_byte(*byte) && *byte != VARIABLE => Some(*byte),
            _ => None,
        }
    }

    pub(super) fn is_noun(&self, symbol: Symbol) -> bool {
        contains(NOUNS, self.text(symbol))
    }

    pub(super) fn word(&self, symbol: Symbol) -> Word {
        let text = self.text(symbol);
        if [b"null".as_slice(), b"nil", b"none", b"undefined", b"-", b"None", b"NULL"].contains(&text) {
            return Word::Missing;
        }
        // The type of an exception says what happened.
        if contains(CLOSED, text) || text.ends_with(b"Exception") || text.ends_with(b"Error") {
            return Word::Closed;
        }
        let inner = |byte: &u8| matches!(byte, b'_' | b'.' | b'-' | b'/' | b'$' | b'@' | b'#' | b'\\');
        let capitals = text.windows(2).any(
            |pair| matches!(pair, [left, right] if left.is_ascii_lowercase() && right.is_ascii_uppercase()),
        );
        // `CONNECTION_LOST` is one of an enumeration.
        let lower = text.iter().any(u8::is_ascii_lowercase);
        if lower && (capitals || text.iter().any(inner)) { Word::Identifier } else { Word::Plain }
    }
}

/// Words whole, separators and variables one by one.
fn pieces(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = key;
    std::iter::from_fn(move || {
        let first = rest.first()?;
        let length = if is_word_byte(*first) {
            rest.iter().take_while(|byte| is_word_byte(**byte)).count()
        } else {
            1
        };
        let (piece, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(piece)
    })
}

fn contains(words: &[&str], text: &[u8]) -> bool {
    if text.len() > 16 {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    words.binary_search_by(|word| word.as_bytes().cmp(&lower)).is_ok()
}

fn is_word_byte(byte: u8) -> bool {
    byte != VARIABLE
        && !matches!(
            byte,
            b' ' | b'='
                | b','
                | b';'
                | b'('
                | b')'
                | b'['
                | b']'
                | b'{'
                | b'}'
                | b'<'
                | b'>'
                | b'"'
                | b'\''
                | b'|'
                | b':'
                | b'!'
                | b'?'
        )
}

/// Lists that are searched by halving must be sorted.
#[cfg(test)]
pub(super) fn check_lists() {
    assert!(CLOSED.is_sorted() && NOUNS.is_sorted());
}
