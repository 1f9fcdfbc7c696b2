//! Which route of a table a destination takes.

use crate::model::Text;
use crate::model::route_table::{Destination, Route, RouteTable, Target};
use crate::model::transit_gateway::TransitRoute;
use ipnet::IpNet;
use std::cmp::Ordering;
use std::net::IpAddr;

/// The winner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice<'a, R> {
    /// This route, by this address block.
    Route(&'a R, IpNet),
    /// No route matches.
    None,
    /// It depends on a prefix list whose entries were not described.
    PrefixListUnknown(&'a Text),
    /// Several prefix lists of the same length lead to different targets; semantics 24.
    Ambiguous(&'a Text),
}

/// Entries of a prefix list, when they are known and when the address could be in them at all.
pub(crate) enum Entries<'a> {
    Known(&'a [IpNet]),
    Unknown,
    /// Not described, and the address can not be in it.
    Excluded,
}

fn longest(blocks: &[IpNet], address: IpAddr) -> Option<IpNet> {
    blocks.iter().filter(|block| block.contains(&address)).max_by_key(|block| block.prefix_len()).copied()
}

/// Longest prefix first, then a static CIDR over a prefix list over a propagated route; semantics 23.
pub(crate) fn choose<'a>(
    table: &'a RouteTable,
    address: IpAddr,
    prefix_list: impl Fn(&'a Text, &'a Route) -> Entries<'a>,
) -> Choice<'a, Route> {
    pick(
        table.routes.iter().flatten(),
        address,
        |route| &route.destination,
        |route| match (&route.destination, route.propagated, &route.target) {
            // Gateway routes AWS makes itself are static as well (VPC User Guide, "Route priority").
            (_, _, Target::Local) => 3,
            (Destination::Cidr(_), false, _) => 2,
            (Destination::PrefixList(_), _, _) => 1,
            (Destination::Cidr(_), true, _) => 0,
        },
        |route| (route.target.id(), route.blackhole),
        prefix_list,
    )
}

/// Longest prefix first, then static over prefix list references over learned ones; semantics 54.
pub(crate) fn choose_transit<'a>(
    routes: impl Iterator<Item = &'a TransitRoute>,
    address: IpAddr,
    prefix_list: impl Fn(&'a Text, &'a TransitRoute) -> Entries<'a>,
) -> Choice<'a, TransitRoute> {
    pick(
        routes,
        address,
        |route| &route.destination,
        |route| match (&route.destination, route.fixed) {
            (Destination::Cidr(_), true) => 2,
            (Destination::PrefixList(_), _) => 1,
            (Destination::Cidr(_), false) => 0,
        },
        |route| (route.attachments.first().map_or("", |id| &**id), route.blackhole),
        prefix_list,
    )
}

fn pick<'a, R: 'a>(
    routes: impl Iterator<Item = &'a R>,
    address: IpAddr,
    destination: impl Fn(&'a R) -> &'a Destination,
    rank: impl Fn(&'a R) -> u8,
    goal: impl Fn(&'a R) -> (&'a str, bool),
    prefix_list: impl Fn(&'a Text, &'a R) -> Entries<'a>,
) -> Choice<'a, R> {
    let mut best: Option<(&'a R, IpNet, u8)> = None;
    let mut unknown: Option<&'a Text> = None;
    let mut rival: Option<(&'a Text, u8)> = None;
    for route in routes {
        let block = match destination(route) {
            Destination::Cidr(block) => block.contains(&address).then_some(*block),
            Destination::PrefixList(id) => match prefix_list(id, route) {
                Entries::Known(blocks) => longest(blocks, address),
                Entries::Unknown => {
                    unknown = unknown.or(Some(id));
                    None
                }
                Entries::Excluded => None,
            },
        };
        let Some(block) = block else { continue };
        let rank = rank(route);
        let order = best.map_or(Ordering::Greater, |(_, other, other_rank)| {
            (block.prefix_len(), rank).cmp(&(other.prefix_len(), other_rank))
        });
        match (order, destination(route), best) {
            (Ordering::Greater, _, _) => best = Some((route, block, rank)),
            (Ordering::Equal, Destination::PrefixList(id), Some((other, _, _)))
                if goal(other) != goal(route) =>
            {
                rival = Some((id, block.prefix_len()));
            }
            _ => {}
        }
    }
    let Some((route, block, _)) = best else {
        return unknown.map_or(Choice::None, Choice::PrefixListUnknown);
    };
    // Nothing is longer than a whole address, and a static route of that length beats a prefix list.
    match unknown {
        Some(id) if block.prefix_len() < block.max_prefix_len() => return Choice::PrefixListUnknown(id),
        _ => {}
    }
    match rival {
        Some((id, length))
            if length == block.prefix_len() && matches!(destination(route), Destination::PrefixList(_)) =>
        {
            Choice::Ambiguous(id)
        }
        _ => Choice::Route(route, block),
    }
}
