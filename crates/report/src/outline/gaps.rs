//! What could not be seen, and what to do about it.

use super::Outline;
use crate::document::{Block, Item, Line, Section, Tone};
use crate::words;
use butfor_incident::{Gap, Outcome};

/// Entries a screen shows, of the gaps that mattered and of the others.
const NEEDED_SHOWN: usize = 6;
const OTHER_SHOWN: usize = 3;

impl Outline<'_> {
    /// What could not be looked at. Gaps that mattered come first; those with the same remedy are one entry.
    pub(super) fn gaps(&self) -> Option<Section> {
        let gaps = &self.assessment.gaps;
        let (needed, other): (Vec<&Gap>, Vec<&Gap>) =
            gaps.iter().partition(|gap| !gap.needed_for.trim().is_empty());
        if gaps.is_empty() {
            return None;
        }
        let (needed, other) = (entries(&needed), entries(&other));
        if self.assessment.verdict.outcome == Outcome::Undetermined {
            return Some(to_do(needed, other));
        }
        let mut blocks = Vec::new();
        let lead = if needed.is_empty() { "Nothing here needed them:" } else { "And, not needed here:" };
        if !needed.is_empty() {
            blocks.push(Block::List { numbered: false, shown: NEEDED_SHOWN, items: needed });
        }
        if !other.is_empty() {
            blocks.push(Block::Text(Line::toned(Tone::Dim, lead)));
            blocks.push(Block::List { numbered: false, shown: OTHER_SHOWN, items: other });
        }
        Some(Section::new("COULD NOT BE SEEN", blocks))
    }
}

/// Without a verdict the gaps are the answer: a numbered list of what to do to get one.
fn to_do(needed: Vec<Item>, other: Vec<Item>) -> Section {
    let mut blocks = Vec::new();
    if needed.is_empty() {
        blocks.push(Block::List { numbered: true, shown: NEEDED_SHOWN, items: other });
    } else {
        blocks.push(Block::List { numbered: true, shown: NEEDED_SHOWN, items: needed });
        if !other.is_empty() {
            blocks.push(Block::Text(Line::toned(Tone::Dim, "And, not needed here:")));
            blocks.push(Block::List { numbered: false, shown: OTHER_SHOWN, items: other });
        }
    }
    blocks.push(Block::Text(Line::plain("Then run the same command again.")));
    Section::new("WHAT COULD NOT BE SEEN, AND WHAT TO DO", blocks)
}

/// One entry for all gaps with the same reason and remedy.
fn entries(gaps: &[&Gap]) -> Vec<Item> {
    let by_remedy = |part: for<'a> fn(&'a Gap) -> &'a str| {
        words::fold(gaps.iter().map(|gap| ((gap.reason, gap.remedy.trim()), part(gap).trim())))
    };
    // Both have the same keys in the same order.
    let (whats, uses) = (by_remedy(|gap| &gap.what), by_remedy(|gap| &gap.needed_for));
    let entry = |(((reason, remedy), whats), (_, uses)): (Remedied, Remedied)| -> Item {
        let mut line =
            Line::plain(words::some(&whats)).then(Tone::Hedge, format!(" ({})", words::gap_reason(reason)));
        let uses: Vec<&str> = uses.into_iter().filter(|it| !it.is_empty()).collect();
        if !uses.is_empty() {
            line = line.then(Tone::Plain, format!(", needed for {}", words::some(&uses)));
        }
        let mut lines = vec![line];
        if !remedy.is_empty() {
            lines.push(Line::toned(Tone::Strong, "To do: ").then(Tone::Plain, remedy));
        }
        lines
    };
    whats.into_iter().zip(uses).map(entry).collect()
}

/// A reason and a remedy, with the texts of the gaps that share them.
type Remedied<'a> = ((butfor_incident::GapReason, &'a str), Vec<&'a str>);
