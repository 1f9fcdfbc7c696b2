//! What came over HTTP.

use crate::verify::Refusal;
use butfor_incident::Timestamp;
use std::collections::BTreeMap;

/// Certificates that were fetched, PEM by the URL they came from.
pub type Certificates = BTreeMap<String, String>;

/// The headers of a request; names in any case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// Lower-case names.
    values: BTreeMap<String, Vec<Vec<u8>>>,
}

impl Headers {
    /// From pairs of name and value, in the order they came.
    pub fn new<N: AsRef<str>, V: AsRef<[u8]>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut values: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for (name, value) in pairs {
            values.entry(name.as_ref().to_ascii_lowercase()).or_default().push(value.as_ref().to_owned());
        }
        Self { values }
    }

    /// The first value of a header.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.values.get(&name.to_ascii_lowercase())?.first().map(Vec::as_slice)
    }

    /// The first value, where it is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.get(name)?).ok()
    }

    /// The value of a header that must not come twice: two could be read differently by two programs on the way.
    pub(crate) fn single(&self, name: &str) -> Result<Option<&[u8]>, Refusal> {
        match self.values.get(&name.to_ascii_lowercase()).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([value]) => Ok(Some(value)),
            Some(_) => Err(Refusal::new(
                401,
                "repeated-header",
                format!("`{name}` came more than once: send it once"),
            )),
        }
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self::new(pairs)
    }
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// Its headers.
    pub headers: &'a Headers,
    /// Its body, byte for byte as it came.
    pub body: &'a [u8],
    /// When it came.
    pub now: Timestamp,
    /// Certificates fetched for it; only SNS needs any.
    pub certificates: Option<&'a Certificates>,
}

impl<'a> Delivery<'a> {
    /// A request without fetched certificates.
    #[must_use]
    pub fn new(headers: &'a Headers, body: &'a [u8], now: Timestamp) -> Self {
        Self { headers, body, now, certificates: None }
    }

    /// With the certificates fetched so far.
    #[must_use]
    pub fn with_certificates(self, certificates: &'a Certificates) -> Self {
        Self { certificates: Some(certificates), ..self }
    }
}
