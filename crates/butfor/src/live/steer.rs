//! A pass that a person narrowed: other services are not asked, and the report says so.

use butfor_incident::Query;
use butfor_ports::{Failure, Fetching, Source};
use std::sync::Arc;

/// A source of which only some services are asked.
pub(crate) struct Steered<S: ?Sized> {
    /// The services; all where there is none.
    pub(crate) services: Vec<String>,
    pub(crate) inner: Arc<S>,
}

impl<S: Source + ?Sized> Source for Steered<S> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn serves(&self, query: &Query) -> bool {
        self.inner.serves(query)
    }

    fn fetch<'a>(&'a self, query: &'a Query) -> Fetching<'a> {
        if self.services.is_empty() || self.services.contains(&query.service) {
            return self.inner.fetch(query);
        }
        let message = format!("left out: this pass was to look at {} only", self.services.join(", "));
        Box::pin(async { Err(Failure { code: "OverBudget".to_owned(), message }) })
    }
}
