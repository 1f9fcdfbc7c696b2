//! The elements of a statement that say whom, what and which: prepared for matching.

mod action;
mod principal;
mod resource;

pub(crate) use action::{Actions, Head};
pub(crate) use principal::{Entry, Principals, Reach};
pub(crate) use resource::Resources;
