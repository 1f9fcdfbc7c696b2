//! A secret: used, never shown.

use std::fmt;

/// A password, token, key, or an address that is a secret by itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text from being shown.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// For a header: no line break, not empty.
    pub(super) fn is_sound(&self) -> bool {
        !self.0.is_empty() && self.0.chars().all(|c| !c.is_control())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
