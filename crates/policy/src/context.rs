//! The context keys of a request: what is known of them, and what is known to be absent.

use std::collections::BTreeMap;

/// The value of a context key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextValue {
    /// A single-valued key.
    One(String),
    /// A multivalued key.
    Many(Vec<String>),
}

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// It has this value.
    Present(&'a ContextValue),
    /// It is not in the request. Absence has a meaning: negated operators match.
    Absent,
    /// Whether it is there, and what it is, is not known.
    Unknown,
}

/// The context of a request. Names of keys are compared without case, the tag part included (IAM User Guide,
/// `reference_policies_elements_condition`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// By lower-case name; `None` is known to be absent.
    keys: BTreeMap<String, Option<ContextValue>>,
    /// What is not in `keys` may be there all the same.
    is_partial: bool,
}

impl Context {
    /// A context in which what is not set is absent.
    #[must_use]
    pub fn complete() -> Self {
        Self::default()
    }

    /// A context in which what is not set is unknown.
    #[must_use]
    pub fn partial() -> Self {
        Self { is_partial: true, ..Self::default() }
    }

    /// Sets a single-valued key.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.keys.insert(key.to_ascii_lowercase(), Some(ContextValue::One(value.into())));
    }

    /// Sets a multivalued key.
    pub fn set_many(&mut self, key: &str, values: Vec<String>) {
        self.keys.insert(key.to_ascii_lowercase(), Some(ContextValue::Many(values)));
    }

    /// Says that a key is not in the request.
    pub fn set_absent(&mut self, key: &str) {
        self.keys.insert(key.to_ascii_lowercase(), None);
    }

    /// Whether what is not set is unknown.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// What is known of a key, by lower-case name.
    #[must_use]
    pub fn get(&self, lower_case_key: &str) -> Lookup<'_> {
        match self.keys.get(lower_case_key) {
            Some(Some(value)) => Lookup::Present(value),
            Some(None) => Lookup::Absent,
            None if self.is_partial => Lookup::Unknown,
            None => Lookup::Absent,
        }
    }
}
