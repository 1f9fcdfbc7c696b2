//! The outside world, one thing per file.
//!
//! [`aws`] answers queries with live AWS; [`bundle`] reads a recorded incident (a folder, one file, or files held in memory) into a
//! [`CaseFile`](butfor_incident::CaseFile). Nothing here interprets an answer: documents are kept as they came and
//! parsed in the pure rooms, so that replay covers the parsers. [`folder`] writes one, whole or not at all.
//!
//! [`notify`] tells people, channel by channel; [`outbound`] guards every request to an address from the configuration or from
//! outside.

pub mod aws;
pub mod bundle;
pub mod folder;
pub mod notify;
pub mod outbound;
