//! What every resource of a topology depends on, and which of that says anything about two alarms.
//!
//! Two alarms in the same minute are linked by what both need only where few need it. What everybody needs says nothing:
//!
//! - accounts, regions, zones, VPCs, subnets, internet gateways, DHCP options, default security groups, default network
//!   ACLs, main route tables of subnets that have none of their own, organisation policies, AWS's own policies and keys:
//!   one each for everything in a place. They are ways through the graph (a subnet leads to its route table) or left out.
//! - whatever more than [`APPLICATIONS_MAX`] applications need: a hub that everything hangs on.
//!
//! What remains tells: route tables, NAT gateways, transit gateways with their attachments and route tables, peerings,
//! VPN connections, endpoints, network ACLs and security groups that somebody made, firewalls, load balancers, databases,
//! functions, tables, queues, topics, buckets, keys, secrets and roles.

use super::application::Application;
use crate::ruled_out::kind_word;
use butfor_world::World;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Applications that may need a thing before it stops telling anything. Where twenty applications with five alarms a day
/// each share it, one alarm in fifteen has another beside it in the same minute by chance (100 alarms in 1,440 minutes).
const APPLICATIONS_MAX: usize = 20;

/// Steps from a resource to what it depends on. The way from a load balancer over its targets, their security group and
/// the database behind it to the database's cluster has six.
const STEPS_MAX: usize = 7;

/// Things one resource depends on at the most; the nearest ones.
const NEEDED_MAX: usize = 512;

/// Number of a node.
pub(super) type Node = u32;

/// A resource of the topology.
#[derive(Debug, Clone, Default)]
pub(super) struct Thing {
    /// CloudFormation type name.
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) applications: Vec<Application>,
    /// Whether to depend on it says anything, going by its kind.
    pub(super) tells: bool,
    /// What it depends on, directly.
    pub(super) needs: BTreeSet<Node>,
}

/// What everything depends on, and what belongs to which application; from a topology snapshot. The default is empty:
/// nothing is known of anything.
#[derive(Debug, Clone, Default)]
pub struct Dependencies {
    things: Vec<Thing>,
    /// Ids, ARNs and names, to everything that is called so.
    called: BTreeMap<String, Vec<Node>>,
    /// All that a node depends on which tells by its kind.
    needed: Vec<Vec<Node>>,
    /// Applications that need a node, counted up to one more than matter.
    shared_by: Vec<usize>,
}

impl Dependencies {
    /// Reads a topology: what flows through subnets, route tables, NAT, transit gateways and endpoints, what security
    /// groups let in by name, and what functions, services and load balancers name in their settings.
    #[must_use]
    pub fn read(world: &World) -> Self {
        let (things, called) = super::topology::read(world);
        Self::of(things, called)
    }

    fn of(things: Vec<Thing>, called: BTreeMap<String, Vec<Node>>) -> Self {
        let mut all = Self { things, called, needed: Vec::new(), shared_by: Vec::new() };
        let nodes = 0..Node::try_from(all.things.len()).unwrap_or(Node::MAX);
        let mut users: Vec<BTreeSet<&Application>> = vec![BTreeSet::new(); all.things.len()];
        all.needed = nodes.map(|node| needed(&all.things, node)).collect();
        for (thing, needed) in all.things.iter().zip(&all.needed) {
            for node in needed {
                let users = users.get_mut(*node as usize);
                if let Some(users) = users.filter(|users| users.len() <= APPLICATIONS_MAX) {
                    users.extend(&thing.applications);
                }
            }
        }
        all.shared_by = users.iter().map(BTreeSet::len).collect();
        all
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
    }

    pub(super) fn thing(&self, node: Node) -> Option<&Thing> {
        self.things.get(node as usize)
    }

    /// The one resource that a text names in a place; `None` where several are called so.
    pub(super) fn find(&self, text: &str, account: &str, region: &str) -> Option<Node> {
        let agree = |a: &str, b: &str| a.is_empty() || b.is_empty() || a == b;
        let is_here = |node: &&Node| {
            self.thing(**node)
                .is_some_and(|thing| agree(&thing.account, account) && agree(&thing.region, region))
        };
        let mut here = self.called.get(text)?.iter().filter(is_here);
        let first = here.next()?;
        here.next().is_none().then_some(*first)
    }

    /// Everything a node depends on that tells by its kind, however many share it; itself not included.
    pub(super) fn needed(&self, node: Node) -> &[Node] {
        self.needed.get(node as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// Applications that need a node.
    pub(super) fn shared_by(&self, node: Node) -> usize {
        self.shared_by.get(node as usize).copied().unwrap_or(0)
    }

    /// Whether few enough share a node.
    pub(super) fn is_telling(&self, node: Node) -> bool {
        self.shared_by(node) <= APPLICATIONS_MAX
    }

    /// `NAT gateway nat-0123`, `DynamoDB table orders`.
    pub(super) fn label(&self, node: Node) -> String {
        let Some(thing) = self.thing(node) else { return String::new() };
        if let Some(word) = kind_word(&thing.kind) {
            return format!("{word} {}", thing.id);
        }
        let mut parts = thing.kind.split("::").skip(1);
        let (service, noun) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        format!("{service} {} {}", noun.to_lowercase(), thing.id)
    }
}

/// What a node depends on, the nearest first.
fn needed(things: &[Thing], from: Node) -> Vec<Node> {
    let mut seen = BTreeSet::from([from]);
    let mut found = Vec::new();
    let mut queue = VecDeque::from([(from, 0)]);
    while let Some((node, steps)) = queue.pop_front() {
        let Some(thing) = things.get(node as usize) else { continue };
        if node != from && thing.tells {
            found.push(node);
        }
        if steps == STEPS_MAX || seen.len() > NEEDED_MAX {
            continue;
        }
        queue.extend(thing.needs.iter().filter(|next| seen.insert(**next)).map(|next| (*next, steps + 1)));
    }
    found.truncate(NEEDED_MAX);
    found.sort_unstable();
    found
}
