//! The ends of a flow: which interface or outside place it comes from, and the address it is for.

use super::{Walker, place};
use crate::codes;
use crate::flow::{Flow, Place, Protocol};
use crate::model::Item;
use crate::model::interface::Interface;
use crate::network::Network;
use crate::outside;
use crate::trace::{Component, Missing};
use std::net::IpAddr;

const INTERFACE: &str = "AWS::EC2::NetworkInterface";

/// Where a flow starts.
#[derive(Clone, Copy)]
pub(super) enum Source<'n> {
    Interface(&'n Item<Interface>, IpAddr),
    Internet(IpAddr),
    Premises(IpAddr),
}

/// What could not be found of a flow's ends.
pub(super) struct Absent {
    pub blocker: Option<(&'static str, Component, String)>,
    pub missing: Option<Missing>,
}

impl<'n> Walker<'n> {
    /// Where the flow starts and the address it is for.
    pub(super) fn ends(&mut self, flow: &Flow) -> Result<(Source<'n>, IpAddr), Box<Absent>> {
        let wants = wanted_family(flow);
        let source = match &flow.from {
            Place::Interface { id, address } => {
                let interface = self.network.interface(id).ok_or_else(|| absent_interface(id))?;
                let own = address.filter(|address| interface.owns(*address));
                let own = own.or_else(|| interface.private_of((*address)?));
                self.interface_source(interface, own, wants)?
            }
            Place::Address(address) => self.address_source(*address, flow)?,
            Place::Resource { kind, id } => {
                let interface = self
                    .network
                    .serving_interface(kind, id, None)
                    .map_err(|()| absent_resource(self.network, kind, id, "what it sends from"))?;
                self.interface_source(interface, None, wants)?
            }
        };
        let v6 = match source {
            Source::Interface(_, address) | Source::Internet(address) | Source::Premises(address) => {
                address.is_ipv6()
            }
        };
        let public = matches!(source, Source::Internet(_));
        let subnet = match source {
            Source::Interface(interface, _) => self.network.subnet(&interface.subnet_id),
            Source::Internet(_) | Source::Premises(_) => None,
        };
        let destination = match &flow.to {
            Place::Interface { id, address } => {
                let interface = self.network.interface(id).ok_or_else(|| absent_interface(id))?;
                self.meant = Some(interface);
                address
                    .or_else(|| reachable_address(interface, v6, public))
                    .ok_or_else(|| absent_interface(id))?
            }
            Place::Address(address) => *address,
            Place::Resource { kind, id } => {
                let interface = self
                    .network
                    .serving_interface(kind, id, subnet)
                    .map_err(|()| absent_resource(self.network, kind, id, "what it is reached at"))?;
                self.meant = Some(interface);
                reachable_address(interface, v6, public).ok_or_else(|| absent_interface(&interface.id))?
            }
        };
        Ok((source, destination))
    }

    fn interface_source(
        &self,
        interface: &'n Item<Interface>,
        own: Option<IpAddr>,
        v6: Option<bool>,
    ) -> Result<Source<'n>, Box<Absent>> {
        let address = own.or_else(|| interface.first_of(v6?)).or_else(|| interface.primary());
        address
            .map(|address| Source::Interface(interface, address))
            .ok_or_else(|| absent_interface(&interface.id))
    }

    fn address_source(&self, address: IpAddr, flow: &Flow) -> Result<Source<'n>, Box<Absent>> {
        let owners = self.network.interfaces_with_address(address);
        // An address of several VPCs is the one that is in the VPC of the other end.
        let near = match &flow.to {
            Place::Interface { id, .. } => self.network.interface(id).map(|interface| &interface.vpc_id),
            Place::Address(_) | Place::Resource { .. } => None,
        };
        let owner = match owners.as_slice() {
            [only] => Some(*only),
            [] => None,
            several => {
                let mut local = several.iter().filter(|owner| Some(&owner.vpc_id) == near);
                match (local.next(), local.next()) {
                    (Some(only), None) => Some(*only),
                    _ => return Err(ambiguous(address)),
                }
            }
        };
        if let Some(owner) = owner {
            let private = owner.private_of(address).unwrap_or(address);
            return Ok(Source::Interface(owner, private));
        }
        if !outside::is_private(address) && self.network.vpcs().all(|vpc| !vpc.contains(address)) {
            return Ok(Source::Internet(address));
        }
        match self.network.vpcs().find(|vpc| vpc.contains(address)) {
            None => Ok(Source::Premises(address)),
            Some(vpc) => {
                let (account, region) = place(vpc);
                let known = self.network.is_listed(INTERFACE, account, region);
                let what = format!("no interface has {address}");
                let component = Component { kind: "AWS::EC2::VPC", id: vpc.id.to_string() };
                Err(if known {
                    Box::new(Absent {
                        blocker: Some((codes::NO_SOURCE_OR_DESTINATION, component, what)),
                        missing: None,
                    })
                } else {
                    missing(
                        INTERFACE,
                        None,
                        (account, region),
                        format!("whether an interface has {address} is not known"),
                    )
                })
            }
        }
    }
}

/// Which address family a flow needs, where its ends tell.
fn wanted_family(flow: &Flow) -> Option<bool> {
    let told = |place: &Place| match place {
        Place::Address(address) | Place::Interface { address: Some(address), .. } => Some(address.is_ipv6()),
        Place::Interface { .. } | Place::Resource { .. } => None,
    };
    told(&flow.to).or_else(|| told(&flow.from)).or(match flow.protocol {
        Protocol::ICMPV6 => Some(true),
        Protocol::ICMP => Some(false),
        _ => None,
    })
}

/// The address of an interface that a sender of this family, on the internet or not, can use.
fn reachable_address(interface: &Interface, v6: bool, from_internet: bool) -> Option<IpAddr> {
    let own = interface.first_of(v6);
    if from_internet && !v6 {
        let public = interface.addresses.iter().find_map(|address| address.public);
        return public.or(own).or_else(|| interface.primary());
    }
    own.or_else(|| interface.primary())
}

fn missing(kind: &'static str, id: Option<&str>, at: (&str, &str), why: String) -> Box<Absent> {
    let missing =
        Missing { kind, id: id.map(str::to_owned), account: at.0.to_owned(), region: at.1.to_owned(), why };
    Box::new(Absent { blocker: None, missing: Some(missing) })
}

fn absent_interface(id: &str) -> Box<Absent> {
    missing(INTERFACE, Some(id), ("", ""), "it is an end of the flow".to_owned())
}

fn ambiguous(address: IpAddr) -> Box<Absent> {
    missing(
        INTERFACE,
        None,
        ("", ""),
        format!("several interfaces have {address}: which one is meant is not known"),
    )
}

/// An endpoint without subnets serves nobody (semantics 42); of anything else the interfaces were not described.
fn absent_resource(network: &Network, kind: &str, id: &str, what: &str) -> Box<Absent> {
    let kind = crate::network::known(kind).unwrap_or(INTERFACE);
    if let Some(endpoint) = network.endpoint(id) {
        let none = endpoint.subnet_ids.as_ref().is_some_and(Vec::is_empty)
            && endpoint.network_interface_ids.is_empty();
        if none && endpoint.is_interface() {
            let component = Component { kind, id: id.to_owned() };
            let rule = "it has no subnet, so it has no interface and serves nobody".to_owned();
            return Box::new(Absent {
                blocker: Some((codes::NO_POSSIBLE_DESTINATION, component, rule)),
                missing: None,
            });
        }
    }
    missing(INTERFACE, None, ("", ""), format!("{what}: the interfaces of {id} were not described"))
}
