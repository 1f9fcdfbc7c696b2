//! All resources at one moment.

mod model;
pub(crate) mod organization;
mod owned_interfaces;
#[cfg(test)]
mod tests;

use crate::delta::{Delta, Edit, Facet, ResourceKey, State};
use crate::facets;
use crate::resource::Resource;
use butfor_incident::{Cites, EvidenceId};
use butfor_network::describe::{Document, Listing, Origin, known_kind};
use model::Model;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// All resources at one moment. Cheap to clone and to change: what is not touched is shared.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Resources as first put together.
    base: Arc<BTreeMap<ResourceKey, Arc<Resource>>>,
    /// Resources that differ from `base`; `None` when they are gone.
    changed: BTreeMap<ResourceKey, Option<Arc<Resource>>>,
    /// States of facets that have no document to live in: of resources that were never described, and of kinds that
    /// have no documents.
    loose: BTreeMap<(ResourceKey, Facet), State>,
    listings: Arc<BTreeSet<Listing>>,
    /// Accounts and regions of resources, also of those that are gone.
    homes: Arc<BTreeMap<ResourceKey, (String, String)>>,
    model: OnceLock<Arc<Model>>,
    /// A model of another world and the resources that differ from it.
    basis: Option<(Arc<Model>, BTreeSet<ResourceKey>)>,
}

impl World {
    /// A world of documents. `evidence` names the evidence of each [`Origin`], by number.
    pub(crate) fn new(
        documents: Vec<Document>,
        listings: BTreeSet<Listing>,
        homes: BTreeMap<ResourceKey, (String, String)>,
        evidence: &[EvidenceId],
    ) -> Self {
        let cites = |origins: &[Origin]| {
            Cites::many(origins.iter().filter_map(|Origin(number)| evidence.get(*number as usize)).copied())
        };
        let resources = documents.into_iter().map(|document| {
            let cites = cites(&document.origins);
            let resource = Resource::new(document, cites);
            (resource.key.clone(), Arc::new(resource))
        });
        Self {
            base: Arc::new(resources.collect()),
            listings: Arc::new(listings),
            homes: Arc::new(homes),
            ..Self::default()
        }
    }

    /// One resource.
    #[must_use]
    pub fn get(&self, key: &ResourceKey) -> Option<&Resource> {
        match self.changed.get(key) {
            Some(changed) => changed.as_deref(),
            None => self.base.get(key).map(AsRef::as_ref),
        }
    }

    /// All resources of one kind, by id.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        let from = ResourceKey { kind: kind.to_owned(), id: String::new() };
        let same = kind.to_owned();
        let untouched = self.base.range(from.clone()..).filter(|(key, _)| !self.changed.contains_key(key));
        let mut found: Vec<&Resource> = untouched
            .map(|(_, resource)| resource.as_ref())
            .take_while(|resource| resource.key.kind == same)
            .collect();
        let changed = self.changed.range(from..).take_while(|(key, _)| key.kind == same);
        found.extend(changed.filter_map(|(_, resource)| resource.as_deref()));
        found.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        found.into_iter()
    }

    /// All resources, by kind and id.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        let untouched = self.base.iter().filter(|(key, _)| !self.changed.contains_key(key));
        let mut found: Vec<&Resource> = untouched.map(|(_, resource)| resource.as_ref()).collect();
        found.extend(self.changed.values().filter_map(|resource| resource.as_deref()));
        found.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        found.into_iter()
    }

    /// What a facet is. A resource in state `deleted` counts as absent; a resource nobody described is absent where its
    /// kind was listed completely, else unknown.
    #[must_use]
    pub fn state(&self, key: &ResourceKey, facet: &Facet) -> State {
        if let Some(state) = self.loose_state(key, facet) {
            return state;
        }
        match self.get(key) {
            Some(resource) => {
                let document = resource.value();
                if facets::is_deleted(&key.kind, &document) {
                    return State::Absent;
                }
                facets::state(&key.kind, &document, facet)
            }
            None if self.changed.contains_key(key)
                || self.listings.iter().any(|listing| self.would_list(listing, key)) =>
            {
                State::Absent
            }
            None => State::Unknown,
        }
    }

    /// Whether a complete listing would have had a resource: the one of the account and region its id names. A bucket's
    /// name tells no account, so that only the account that once had it can say that it is gone.
    fn would_list(&self, listing: &Listing, key: &ResourceKey) -> bool {
        if listing.kind != key.kind {
            return false;
        }
        if key.kind == "AWS::S3::Bucket" {
            return self.homes.get(key).is_some_and(|(account, _)| *account == listing.account);
        }
        // arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE; what is not named may be anywhere.
        let mut parts = key.id.strip_prefix("arn:").into_iter().flat_map(|rest| rest.split(':').skip(2));
        let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        (account.is_empty() || listing.account.is_empty() || account == listing.account)
            && (region.is_empty() || listing.region.is_empty() || region == listing.region)
    }

    fn loose_state(&self, key: &ResourceKey, facet: &Facet) -> Option<State> {
        let whole = Facet { member: String::new(), element: None };
        let of = |facet: &Facet| self.loose.get(&(key.clone(), facet.clone())).cloned();
        of(facet).or_else(|| {
            of(&whole)
                .filter(|state| *state != State::Absent && !facet.member.is_empty())
                .map(|_| State::Unknown)
        })
    }

    /// Account and region of a resource, also of one that is gone.
    pub(crate) fn home_of(&self, key: &ResourceKey) -> Option<(String, String)> {
        self.homes.get(key).cloned()
    }

    /// Whether a facet is in a state, in whatever words the state is given: describe output tells more about a route
    /// than the event that made it.
    #[must_use]
    pub fn holds(&self, key: &ResourceKey, facet: &Facet, state: &State) -> bool {
        match (&self.state(key, facet), state) {
            (State::Present(is), State::Present(wanted)) => facets::same(&key.kind, facet, is, wanted),
            (State::Absent, State::Absent) => true,
            _ => false,
        }
    }

    /// The world after a change. Edits to unknown leave the facet unknown.
    #[must_use]
    pub fn with(&self, delta: &Delta) -> Self {
        let mut next = self.clone();
        next.model = OnceLock::new();
        let mut touched = BTreeSet::new();
        for edit in &delta.edits {
            next.make(edit, &mut touched);
        }
        next.basis = match (self.model.get(), &self.basis) {
            (Some(model), _) => Some((Arc::clone(model), touched)),
            (None, Some((model, before))) => {
                touched.extend(before.iter().cloned());
                Some((Arc::clone(model), touched))
            }
            (None, None) => None,
        };
        next
    }

    fn make(&mut self, edit: &Edit, touched: &mut BTreeSet<ResourceKey>) {
        let key = &edit.resource;
        touched.insert(key.clone());
        if edit.facet.member.is_empty() {
            self.make_whole(key, &edit.facet, &edit.after);
        } else if let Some(resource) = self.get(key) {
            let mut document = resource.value();
            facets::apply(&key.kind, &mut document, edit);
            self.replace(key, &document);
        } else {
            self.loose.insert((key.clone(), edit.facet.clone()), edit.after.clone());
        }
        self.follow(edit, touched);
        self.follow_owner(edit, touched);
        self.follow_attachment(edit, touched);
    }

    fn make_whole(&mut self, key: &ResourceKey, facet: &Facet, after: &State) {
        let loose = (key.clone(), facet.clone());
        self.loose.remove(&loose);
        match (after, known_kind(&key.kind)) {
            (State::Present(document), Some(_)) => self.replace(key, document),
            (State::Absent, Some(_)) => {
                self.changed.insert(key.clone(), None);
            }
            // Whether it is there is not known: the network must not take it for absent, see `model`.
            (State::Unknown, Some(_)) => {
                self.changed.insert(key.clone(), None);
                self.loose.insert(loose, State::Unknown);
            }
            (_, None) => {
                self.loose.insert(loose, after.clone());
            }
        }
    }

    /// Puts a document in place, keeping where the resource is and what described it.
    fn replace(&mut self, key: &ResourceKey, value: &Value) {
        let Some(kind) = known_kind(&key.kind) else { return };
        let before = self.get(key).or_else(|| self.base.get(key).map(AsRef::as_ref));
        let home = before.map(|resource| (resource.account.clone(), resource.region.clone()));
        let (account, region) = home.or_else(|| self.homes.get(key).cloned()).unwrap_or_else(|| {
            let owner = value.get("OwnerId").and_then(Value::as_str).unwrap_or_default();
            (owner.to_owned(), String::new())
        });
        let origins = before.map(|resource| resource.document().origins.clone()).unwrap_or_default();
        let cites = before.and_then(Resource::cites).cloned();
        let json = value.to_string().into();
        let document = Document { kind, id: key.id.clone(), account, region, json, origins };
        self.changed.insert(key.clone(), Some(Arc::new(Resource::new(document, cites))));
    }

    /// Carries an edit over to where describe output tells the same thing a second time.
    fn follow(&mut self, edit: &Edit, touched: &mut BTreeSet<ResourceKey>) {
        // An attachment names the route table it is associated with (DescribeTransitGatewayAttachments, Association).
        let associates =
            edit.resource.kind == "AWS::EC2::TransitGatewayRouteTable" && edit.facet.member == "Associations";
        let Some(attachment) = edit.facet.element.as_ref().filter(|_| associates) else { return };
        let key =
            ResourceKey { kind: "AWS::EC2::TransitGatewayAttachment".to_owned(), id: attachment.clone() };
        let Some(mut document) = self.get(&key).map(Resource::value) else { return };
        let Some(members) = document.as_object_mut() else { return };
        let table = edit.resource.id.as_str();
        let names_it = members.get("Association").is_some_and(|association| {
            association.get("TransitGatewayRouteTableId").and_then(Value::as_str) == Some(table)
        });
        match &edit.after {
            State::Present(_) => {
                let association =
                    serde_json::json!({"TransitGatewayRouteTableId": table, "State": "associated"});
                members.insert("Association".to_owned(), association);
            }
            State::Absent if names_it => {
                members.remove("Association");
            }
            State::Absent => return,
            State::Unknown => facets::forget(members, "Association"),
        }
        touched.insert(key.clone());
        self.replace(&key, &document);
    }
}
