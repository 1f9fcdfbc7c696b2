//! What a diff does to the behaviour of a program, and which symptoms that can produce.

mod data;
mod flow;
mod guard;
mod kind;
mod pair;
mod quantity;

use super::diff::{self, Block};
use std::collections::BTreeSet;

use EffectKind as K;
pub use kind::EffectKind;

/// Effects of one diff that are kept.
const EFFECTS_MAX: usize = 64;

/// Something a diff does.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// What.
    pub kind: EffectKind,
    /// How much it can do, 0 to 1, whatever the symptoms.
    pub severity: f64,
    /// The file.
    pub file: String,
    /// The line that shows it, verbatim, with its sign.
    pub line: String,
    /// More lines around it, for their words.
    pub(super) text: String,
}

/// The effects of a diff, the severest first. Files that cannot change a running service have none.
pub(super) fn effects(text: &str, files: &[String]) -> Vec<Effect> {
    let blocks = diff::blocks(text, files);
    let blocks: Vec<_> = blocks.into_iter().filter(|block| !diff::is_inert(&block.file)).collect();
    let side = |lines: fn(&Block) -> &Vec<String>| {
        let lines =
            blocks.iter().flat_map(|block| lines(block).iter()).filter(|line| !diff::is_comment(line));
        lines.cloned().collect::<Vec<_>>().join("\n")
    };
    // What is taken here may come back elsewhere in the same diff.
    let whole = Whole {
        removed: side(|block| &block.removed),
        added: side(|block| &block.added),
        context: side(|block| &block.context),
    };
    let mut effects = Vec::new();
    for block in &blocks {
        let code = Block {
            removed: block.removed.iter().filter(|line| !diff::is_comment(line)).cloned().collect(),
            added: block.added.iter().filter(|line| !diff::is_comment(line)).cloned().collect(),
            ..block.clone()
        };
        if code.removed.is_empty() && code.added.is_empty() {
            continue;
        }
        let mut found = Found { block: &code, effects: &mut effects };
        quantity::read(&mut found);
        pair::read(&mut found);
        guard::read(&mut found, &whole);
        data::read(&mut found, &whole);
        flow::read(&mut found);
        found.add(
            K::Reshaped,
            0.3,
            code.added.iter().chain(&code.removed).next().map_or("", |line| line),
            '~',
        );
    }
    effects.sort_by(|left, right| right.severity.total_cmp(&left.severity));
    effects.truncate(EFFECTS_MAX);
    effects
}

/// All changed lines of a commit.
pub(super) struct Whole {
    removed: String,
    added: String,
    context: String,
}

/// Where effects of a block go.
pub(super) struct Found<'b, 'e> {
    block: &'b Block,
    effects: &'e mut Vec<Effect>,
}

impl Found<'_, '_> {
    fn add(&mut self, kind: EffectKind, severity: f64, line: &str, sign: char) {
        let text = self.block.all_text();
        self.effects.push(Effect {
            kind,
            severity,
            file: self.block.file.clone(),
            line: format!("{sign} {line}"),
            text,
        });
    }
}

/// Words of a line, in lower case, capitals split.
pub(super) fn lower_words(text: &str) -> BTreeSet<String> {
    super::words::identifiers(text)
        .flat_map(|word| {
            let mut pieces = cut(word);
            pieces.push(word.to_lowercase());
            pieces
        })
        .collect()
}

fn cut(identifier: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut was_lower = false;
    for letter in identifier.chars() {
        if letter == '_' || (letter.is_uppercase() && was_lower) {
            pieces.push(String::new());
        }
        was_lower = letter.is_lowercase() || letter.is_ascii_digit();
        if let Some(last) = pieces.last_mut().filter(|_| letter != '_') {
            last.extend(letter.to_lowercase());
        }
    }
    pieces
}

/// Share of the words of one line that are in the other, both ways (Jaccard 1901).
pub(super) fn likeness(left: &str, right: &str) -> f64 {
    let left: BTreeSet<_> = super::words::identifiers(left).collect();
    let right: BTreeSet<_> = super::words::identifiers(right).collect();
    let both = left.intersection(&right).count() as f64;
    let either = left.union(&right).count() as f64;
    if either == 0.0 { 0.0 } else { both / either }
}
