//! The network of a world: its documents, without what the network would take for known.

use super::World;
use crate::delta::{ResourceKey, State};
use crate::facets;
use crate::resource::Resource;
use butfor_network::describe::{Document, Listing};
use butfor_network::{Network, Warning};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The network of a world, with what was wrong with its documents.
#[derive(Debug)]
pub(super) struct Model {
    network: Network,
    warnings: Vec<Warning>,
    /// Listings it was told of.
    listings: BTreeSet<Listing>,
}

impl World {
    /// The network of this world; built when it is first asked for.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.model().network
    }

    /// What could not be read in the documents of the network.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.model().warnings
    }

    fn model(&self) -> &Model {
        self.model.get_or_init(|| Arc::new(self.build()))
    }

    fn build(&self) -> Model {
        let listings = self.certain_listings();
        if let Some((basis, touched)) = self.basis.as_ref().filter(|(basis, _)| basis.listings == listings) {
            let shown = |key: &ResourceKey| self.get(key).and_then(|resource| self.shown(resource));
            let replaced: Vec<Document> = touched.iter().filter_map(shown).collect();
            let gone = touched.iter().filter(|key| shown(key).is_none());
            let removed: Vec<_> = gone.map(|key| (key.kind.clone(), key.id.clone())).collect();
            let (network, warnings) = basis.network.updated(replaced, removed);
            let is_touched = |warning: &&Warning| {
                touched.iter().any(|key| key.kind == warning.kind && key.id == warning.id)
            };
            let kept = basis.warnings.iter().filter(|warning| !is_touched(warning));
            let warnings = kept.cloned().chain(warnings).collect();
            return Model { network, warnings, listings };
        }
        let documents = self.resources().filter_map(|resource| self.shown(resource));
        let (network, warnings) = Network::parse(documents, listings.iter().cloned());
        Model { network, warnings, listings }
    }

    /// A document as the network may see it; nothing where it would take something unknown for known.
    fn shown(&self, resource: &Resource) -> Option<Document> {
        let document = resource.document();
        if !self.changed.contains_key(&resource.key) || !facets::may_hide(&document.json) {
            return Some(document.clone());
        }
        let json = facets::without_unknown(&resource.key.kind, &resource.value())?.to_string().into();
        Some(Document { json, ..document.clone() })
    }

    /// Listings of kinds of which every document is shown and every resource's existence is known: what is not among
    /// the documents of the others is missing, not absent.
    pub(super) fn certain_listings(&self) -> BTreeSet<Listing> {
        let nobody_knows = self
            .loose
            .iter()
            .filter(|((_, facet), state)| facet.member.is_empty() && **state == State::Unknown);
        let mut uncertain: BTreeSet<&str> = nobody_knows.map(|((key, _), _)| key.kind.as_str()).collect();
        let hidden = self.changed.values().flatten().filter(|resource| self.shown(resource).is_none());
        uncertain.extend(hidden.map(|resource| resource.key.kind.as_str()));
        self.listings.iter().filter(|listing| !uncertain.contains(listing.kind)).cloned().collect()
    }
}
