//! The kinds of things the network is made of, one file per concern, read from AWS's own JSON.

pub mod endpoint;
pub mod firewall;
pub mod gateway;
pub mod interface;
pub mod load_balancer;
pub mod network_acl;
pub mod read;
pub mod route_table;
pub mod security_group;
pub mod service;
pub mod transit_gateway;
pub mod vpc;

use crate::describe::Origin;
use std::ops::Deref;

pub use read::Text;

/// A resource with its id, its place, and the documents it was read from.
#[derive(Debug, Clone)]
pub struct Item<T> {
    /// The id AWS's own references use.
    pub id: Text,
    /// Account it was described in.
    pub account: Text,
    /// Region it was described in.
    pub region: Text,
    /// Where it was read.
    pub origins: Vec<Origin>,
    /// Members that could not be read (`IpPermissions[2]`): what depends on them is unknown.
    pub unread: Vec<String>,
    /// The resource.
    pub value: T,
}

impl<T> Item<T> {
    /// Whether a member, or an element of it, could not be read.
    #[must_use]
    pub fn is_unread(&self, member: &str) -> bool {
        self.unread.iter().any(|name| {
            name.strip_prefix(member).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        })
    }
}

impl<T> Deref for Item<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
