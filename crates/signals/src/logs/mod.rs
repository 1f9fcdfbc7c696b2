//! What log lines say: records, templates, a window against its baseline, known signatures.
//!
//! Log text is untrusted data. Nothing here runs it, follows it or lets it choose what is done next: it is cut into
//! pieces, counted and quoted.

pub mod compare;
pub mod record;
mod scan;
pub mod signature;
pub mod template;
