//! Which pairs of interfaces can talk after a change that could not before, and the other way round.
//!
//! Tracing every pair is out of the question (a thousand interfaces are a million pairs), and needless: interfaces
//! that nothing in the documents tells apart give the same traces. [`classes`] sorts interfaces into such classes; one
//! trace for each pair of classes then stands for all pairs of their members.

mod classes;

use crate::flow::{Flow, Place, Protocol};
use crate::model::Text;
use crate::network::Network;
use crate::trace::Disposition;
use classes::Classes;
use std::sync::Arc;

/// What differs between two networks, for pairs of interfaces and their primary private addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// Ids of interfaces that nothing tells apart, in both networks.
    pub classes: Vec<Vec<Text>>,
    /// Pairs that could not talk and can.
    pub gained: Vec<Change>,
    /// Pairs that could talk and cannot.
    pub lost: Vec<Change>,
    /// Pairs that could or can talk, while missing documents leave the other side open.
    pub unsure: Vec<Change>,
    /// Flows that were traced, in one network or the other.
    pub traces: usize,
}

/// A change for all pairs of interfaces of two classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Position in [`Diff::classes`] of those who start.
    pub from: usize,
    /// Position in [`Diff::classes`] of those who are addressed.
    pub to: usize,
    /// IP protocol.
    pub protocol: Protocol,
    /// Destination port.
    pub port: Option<u16>,
    /// Before the change; `None` where one of the two did not exist.
    pub before: Option<Disposition>,
    /// After the change; `None` where one of the two does not exist.
    pub after: Option<Disposition>,
}

impl Diff {
    /// The pairs of interfaces a change stands for.
    pub fn pairs(&self, change: &Change) -> impl Iterator<Item = (&Text, &Text)> {
        let members = |class: usize| self.classes.get(class).map(Vec::as_slice).unwrap_or_default();
        let to = members(change.to);
        members(change.from)
            .iter()
            .flat_map(move |from| to.iter().map(move |to| (from, to)))
            .filter(|(a, b)| a != b)
    }

    /// How many pairs of interfaces these changes stand for.
    #[must_use]
    pub fn count(&self, changes: &[Change]) -> usize {
        let size = |class: usize| self.classes.get(class).map_or(0, Vec::len);
        let pairs = |change: &Change| {
            size(change.from)
                * (size(change.to) - usize::from(change.from == change.to && size(change.to) > 0))
        };
        changes.iter().map(pairs).sum()
    }
}

/// Traces all pairs of interfaces in both networks, class by class, and gives the differences. A service is a protocol
/// with the destination port it needs.
///
/// Exact: for every pair it says what two calls of [`Network::trace`] would say.
#[must_use]
pub fn diff(before: &Network, after: &Network, services: &[(Protocol, Option<u16>)]) -> Diff {
    let classes = Classes::of(before, after);
    let scope = Scope::of(before, after);
    let mut diff = Diff::default();
    for (from, one) in classes.all.iter().enumerate() {
        for (to, other) in classes.all.iter().enumerate() {
            let ends =
                (one.members.first(), other.members.iter().find(|id| one.members.first() != Some(*id)));
            let (Some(client), Some(server)) = ends else { continue };
            if !scope.touches(one, other) {
                continue;
            }
            for (protocol, port) in services {
                let flow = flow(client, server, *protocol, *port);
                let mut trace = |network: &Network, exist: bool| {
                    exist.then(|| {
                        diff.traces += 1;
                        network.trace(&flow).disposition
                    })
                };
                let was = trace(before, one.before && other.before);
                let is = trace(after, one.after && other.after);
                let change = Change { from, to, protocol: *protocol, port: *port, before: was, after: is };
                diff.sort_in(change);
            }
        }
    }
    diff.classes = classes.all.into_iter().map(|class| class.members).collect();
    diff
}

impl Diff {
    fn sort_in(&mut self, change: Change) {
        let (delivered, unknown) = (Some(Disposition::Delivered), Some(Disposition::Unknown));
        match (change.before, change.after) {
            (before, after) if before == after => {}
            (before, after) if after == delivered && before != unknown => self.gained.push(change),
            (before, after) if before == delivered && after != unknown => self.lost.push(change),
            (before, after) if before == delivered || after == delivered => self.unsure.push(change),
            _ => {}
        }
    }
}

fn flow(from: &Text, to: &Text, protocol: Protocol, port: Option<u16>) -> Flow {
    let end = |id: &Text| Place::Interface { id: id.to_string(), address: None };
    Flow { from: end(from), to: end(to), protocol, source_port: None, destination_port: port, icmp: None }
}

/// Which pairs a difference between two networks can touch.
enum Scope {
    /// Any.
    All,
    /// Only those with an interface in a group that changed.
    ///
    /// A trace reads security groups of the interfaces it meets: of the two ends, and of what stands between them or
    /// passes traffic on (a load balancer and its targets, an appliance). Where nothing but groups differs, no routes
    /// lead to interfaces, and neither end is something that stands for others, both traces read the same documents,
    /// but for the groups of the two ends.
    Groups(Vec<Text>),
}

impl Scope {
    fn of(before: &Network, after: &Network) -> Self {
        let (one, other) = (&before.tables, &after.tables);
        // Sharing tells that nothing was replaced: `Network::updated` rebuilds an index when a document it is built
        // from is touched, and takes a copy of a table when one of its documents is.
        let shared = Arc::ptr_eq(&before.hosts, &after.hosts)
            && Arc::ptr_eq(&before.fabric, &after.fabric)
            && Arc::ptr_eq(&before.listings, &after.listings)
            && Arc::ptr_eq(&one.interfaces, &other.interfaces)
            && Arc::ptr_eq(&one.instances, &other.instances)
            && Arc::ptr_eq(&one.prefix_lists, &other.prefix_lists)
            && before.revived == after.revived
            && before.assumes_routing == after.assumes_routing;
        if !shared || classes::routes_to_interfaces(before) {
            return Self::All;
        }
        let mut changed: Vec<Text> = Vec::new();
        for (from, to) in [(before, after), (after, before)] {
            changed.extend(
                from.security_groups()
                    .filter(|group| {
                        to.security_group(&group.id).is_none_or(|same| {
                            same.inbound != group.inbound
                                || same.outbound != group.outbound
                                || same.associated_vpcs != group.associated_vpcs
                                || same.unread != group.unread
                                || same.vpc_id != group.vpc_id
                        })
                    })
                    .map(|group| group.id.clone()),
            );
        }
        changed.sort_unstable();
        changed.dedup();
        Self::Groups(changed)
    }

    fn touches(&self, one: &classes::Class, other: &classes::Class) -> bool {
        let Self::Groups(changed) = self else { return true };
        if changed.is_empty() {
            return false;
        }
        let in_changed =
            |class: &classes::Class| class.groups.iter().any(|group| changed.binary_search(group).is_ok());
        one.stands_for_others || other.stands_for_others || in_changed(one) || in_changed(other)
    }
}
