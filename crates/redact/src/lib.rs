//! Makes a recorded incident shareable: consistent pseudonyms for whose it is, nothing that is secret, and the same verdict.
//!
//! In two passes. A [`Survey`] looks at every document and learns what is a name there: values of members that hold names, parts of
//! ARNs, host names, tags. The [`Redactor`] it becomes rewrites every document with the same dictionary, so that a bucket is called the
//! same in its policy, in an environment variable and in a line of a log. What has a shape of its own (addresses, ids, keys, e-mails) is
//! replaced wherever it stands.
//!
//! Pseudonyms come from a keyed digest ([`Key`]): the same key gives the same names, and without it a list of likely names
//! cannot be tried. AWS's own words stay: services, actions, regions, statuses, managed policies.
//!
//! *Absent:* files. *Absent:* names that are nowhere but in a sentence of a log and look like any other word: nothing tells them apart.

mod address;
mod document;
mod fields;
mod key;
mod names;
mod scan;
mod shape;
mod survey;
mod words;

pub use document::{Kind, Unreadable};
pub use key::Key;
pub use survey::Survey;

use address::Addresses;
use names::Names;
use std::collections::{BTreeMap, BTreeSet};

/// Rewrites documents of one incident.
#[derive(Debug)]
pub struct Redactor {
    key: Key,
    names: Names,
    addresses: Addresses,
    /// Numbers of accounts, and what they become.
    accounts: BTreeMap<String, String>,
    /// Values of variables and the like: gone wherever they are repeated.
    secrets: BTreeSet<String>,
    /// Ids that AWS gave to things of its own.
    kept_ids: BTreeSet<String>,
}

/// How much was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Accounts.
    pub accounts: usize,
    /// Words of names.
    pub words: usize,
    /// Values of variables and other secrets.
    pub secrets: usize,
}

impl Redactor {
    /// A file with everything replaced. What cannot be read is left out: what is not understood is not passed on.
    #[must_use]
    pub fn rewrite(&self, kind: Kind, text: &str) -> String {
        document::rewrite(self, kind, text)
    }

    /// The name of a file, relative to the bundle.
    #[must_use]
    pub fn file_name(&self, name: &str) -> String {
        name.split('/').map(|part| self.text(part)).collect::<Vec<_>>().join("/")
    }

    /// How much is replaced.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary { accounts: self.accounts.len(), words: self.names.len(), secrets: self.secrets.len() }
    }
}
