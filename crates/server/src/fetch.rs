//! Fetching small documents from outside; whoever implements it refuses private addresses.

use std::future::Future;
use std::pin::Pin;

/// A document on its way; the error is in words.
pub type Fetched<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>>;

/// Fetches documents: certificates of SNS, keys of an identity provider.
pub trait Fetch: Send + Sync {
    /// The body of `url`, at most so many bytes of it.
    fn get<'a>(&'a self, url: &'a str, bytes_max: usize) -> Fetched<'a>;

    /// The answer to a form sent to `url`, with credentials of basic authentication where there are any.
    fn post_form<'a>(
        &'a self,
        url: &'a str,
        form: &'a [(String, String)],
        basic: Option<(&'a str, &'a str)>,
        bytes_max: usize,
    ) -> Fetched<'a>;
}
