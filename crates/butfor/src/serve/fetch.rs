//! Fetching from outside, past the guard that keeps private addresses out.

use butfor_adapters::outbound::Outbound;
use butfor_server::{Fetch, Fetched};

/// The outside.
pub(super) struct Outside(Outbound);

impl Outside {
    pub(super) fn new(allow_private: bool) -> anyhow::Result<Self> {
        Ok(Self(Outbound::new(allow_private)?))
    }
}

impl Fetch for Outside {
    fn get<'a>(&'a self, url: &'a str, bytes_max: usize) -> Fetched<'a> {
        Box::pin(async move { self.0.fetch(url, bytes_max).await.map_err(|error| error.to_string()) })
    }

    fn post_form<'a>(
        &'a self,
        url: &'a str,
        form: &'a [(String, String)],
        basic: Option<(&'a str, &'a str)>,
        bytes_max: usize,
    ) -> Fetched<'a> {
        Box::pin(async move {
            self.0.post_form(url, form, basic, bytes_max).await.map_err(|error| error.to_string())
        })
    }
}
