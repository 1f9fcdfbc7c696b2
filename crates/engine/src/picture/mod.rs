//! An assessment as a picture: places and what connects them, ways of packets and requests, changes, measured values.
//!
//! It draws what the assessment knows and nothing else: the flows and requests that were asked about, the hypotheses behind the causes, the
//! worlds of now and with the changes undone. What is not known stays unknown, with what is missing. Everything is bounded, for a
//! drawing that nobody can read is worth nothing, and its order follows from the case alone.

mod charts;
mod comparisons;
mod edges;
mod facet_text;
mod joins;
mod map;
mod owners;
mod paths;
mod requests;
mod view;

use crate::scene::Scene;
use crate::verdict::Concluded;
use butfor_incident::picture::Picture;
use butfor_incident::{Cites, EvidenceId};
use map::Map;
use std::collections::BTreeSet;
use view::View;

/// Digests of one node, edge or step at the most: a few documents are enough to check a claim.
const CITES_MAX: usize = 12;

/// Characters of one text at the most: names and rules are shorter, and a document is no label.
const TEXT_CHARS_MAX: usize = 240;

/// Draws an assessment.
pub(crate) fn of(scene: &Scene<'_>, concluded: &Concluded) -> Picture {
    let view = View::read(scene, concluded);
    let mut map = Map::new(&view);
    map.add_world();
    map.add_causes();
    let mut edges = edges::of(&view, &mut map);
    edges.extend(joins::of(&view, &mut map));
    let nodes = map.finish();
    let known: BTreeSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    let edges = edges::finish(edges, &known);
    Picture {
        paths: paths::of(&view),
        comparisons: comparisons::of(&view),
        charts: charts::of(&view),
        edges,
        nodes,
    }
}

/// Digests of evidence, in order.
fn digests(ids: impl IntoIterator<Item = EvidenceId>) -> Vec<String> {
    let ids: BTreeSet<EvidenceId> = ids.into_iter().collect();
    ids.into_iter().take(CITES_MAX).map(|id| id.digest()).collect()
}

/// The same of citations, where there are any.
fn cited(cites: Option<&Cites>) -> Vec<String> {
    digests(cites.into_iter().flat_map(|cites| cites.ids().iter().copied()))
}

/// A text that fits a drawing.
fn clipped(text: &str) -> String {
    if text.chars().count() <= TEXT_CHARS_MAX {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(TEXT_CHARS_MAX - 1).collect();
    cut.push('…');
    cut
}
