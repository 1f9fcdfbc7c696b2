//! A world as the commands see it.

use crate::command::{Found, Lookup};
use crate::delta::ResourceKey;
use crate::resource::Resource;
use crate::world::World;

impl Lookup for World {
    fn document(&self, kind: &str, id: &str) -> Option<Found> {
        self.get(&ResourceKey { kind: kind.to_owned(), id: id.to_owned() }).map(found)
    }

    fn of_kind(&self, kind: &str) -> Vec<(String, Found)> {
        Self::of_kind(self, kind).map(|resource| (resource.key.id.clone(), found(resource))).collect()
    }

    fn home(&self, kind: &str, id: &str) -> Option<(String, String)> {
        self.home_of(&ResourceKey { kind: kind.to_owned(), id: id.to_owned() })
    }
}

fn found(resource: &Resource) -> Found {
    Found { account: resource.account.clone(), region: resource.region.clone(), document: resource.value() }
}
