//! A second evaluator, written from the reference text alone and as literally as possible: no indices, no shared code
//! with the library, every question answered by looking through all documents.
//!
//! Numbers in brackets are points of the list "AWS network semantics" that the rule comes from.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "this is test code; an example uses it as well"
)]

mod filters;
mod gateways;
mod packet;
mod routing;
mod transit;
mod walk;

use butfor_network::describe::{Document, Listing};
use butfor_network::{Disposition, Flow, Place};
use serde_json::Value;
use std::net::IpAddr;
use walk::{End, Walk};

/// One described resource.
pub(crate) struct Doc {
    pub kind: &'static str,
    pub id: String,
    pub account: String,
    pub value: Value,
}

/// All that was described.
pub struct Literal {
    docs: Vec<Doc>,
    listings: Vec<Listing>,
}

/// What the literal evaluator says of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub overall: Disposition,
    pub forward: Disposition,
    pub reply: Option<Disposition>,
    /// What was met, for people.
    pub notes: Vec<String>,
}

/// Member of an object as text; empty where it is not there.
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or("")
}

/// Member of an object as a list; empty where it is not there.
pub(crate) fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn address(value: &Value, member: &str) -> Option<IpAddr> {
    text(value, member).parse().ok()
}

impl Literal {
    pub fn new(documents: &[Document], listings: &[Listing]) -> Self {
        let docs = documents
            .iter()
            .map(|document| Doc {
                kind: document.kind,
                id: document.id.clone(),
                account: document.account.clone(),
                value: serde_json::from_str(&document.json).expect("a generated document is JSON"),
            })
            .collect();
        Self { docs, listings: listings.to_vec() }
    }

    pub(crate) fn find(&self, kind: &str, id: &str) -> Option<&Doc> {
        self.docs.iter().find(|doc| doc.kind == kind && doc.id == id)
    }

    pub(crate) fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Doc> {
        self.docs.iter().filter(move |doc| doc.kind == kind)
    }

    /// Whether what is not among the documents of the kind does not exist.
    pub(crate) fn listed(&self, kind: &str, account: &str) -> bool {
        self.listings.iter().any(|listing| listing.kind == kind && listing.account == account)
    }

    /// The account a VPC's things are described in.
    pub(crate) fn account_of(&self, vpc: &str) -> &str {
        let with = self
            .docs
            .iter()
            .find(|doc| text(&doc.value, "VpcId") == vpc && doc.kind != "AWS::EC2::TransitGatewayAttachment");
        with.map_or("", |doc| &doc.account)
    }

    /// Whether the traffic ends where it was meant to, for every choice AWS leaves open; where the choices differ,
    /// nobody can tell.
    pub fn trace(&self, flow: &Flow) -> Outcome {
        let mut outcomes: Vec<Outcome> = Vec::new();
        let mut script: Vec<usize> = Vec::new();
        loop {
            let mut walk = Walk::new(self, script.clone());
            outcomes.push(walk.both(flow));
            // The next combination of choices, like counting.
            let mut taken = walk.taken;
            while let Some((chosen, of)) = taken.pop() {
                if chosen + 1 < of {
                    taken.push((chosen + 1, of));
                    break;
                }
            }
            if taken.is_empty() || outcomes.len() > 200 {
                break;
            }
            script = taken.iter().map(|(chosen, _)| *chosen).collect();
        }
        let mut first = outcomes[0].clone();
        for other in &outcomes[1..] {
            first.notes.push("or".to_owned());
            first.notes.extend(other.notes.iter().cloned());
            if other.overall != first.overall {
                first.overall = Disposition::Unknown;
            }
            if other.forward != first.forward {
                first.forward = Disposition::Unknown;
            }
            if other.reply != first.reply {
                first.reply = first.reply.and(other.reply).map(|_| Disposition::Unknown);
            }
        }
        first
    }

    /// The interface that has a private or IPv6 address in a VPC.
    pub(crate) fn interface_at(&self, vpc: &str, wanted: IpAddr) -> Option<&Doc> {
        self.all("AWS::EC2::NetworkInterface")
            .find(|doc| text(&doc.value, "VpcId") == vpc && has_private(&doc.value, wanted))
    }

    /// The interface a public address (or an IPv6 one, which is public by nature) leads to, and the private address
    /// behind it.
    pub(crate) fn interface_behind(&self, wanted: IpAddr) -> Option<(&Doc, IpAddr)> {
        self.all("AWS::EC2::NetworkInterface").find_map(|doc| {
            if wanted.is_ipv6() {
                return has_private(&doc.value, wanted).then_some((doc, wanted));
            }
            let entry = list(&doc.value, "PrivateIpAddresses")
                .iter()
                .find(|entry| address(&entry["Association"], "PublicIp") == Some(wanted))?;
            Some((doc, address(entry, "PrivateIpAddress")?))
        })
    }

    /// Addresses a flow may be sent to, with the interface it must reach if any certain one.
    fn destinations(&self, flow: &Flow) -> Result<Vec<(IpAddr, Option<String>)>, Disposition> {
        if let Place::Interface { id, .. } = &flow.from
            && self.find("AWS::EC2::NetworkInterface", id).is_none()
        {
            return Err(Disposition::Unknown);
        }
        match &flow.to {
            Place::Address(wanted) => Ok(vec![(*wanted, None)]),
            // (72) A side that is not described.
            Place::Interface { id, .. } if self.find("AWS::EC2::NetworkInterface", id).is_none() => {
                Err(Disposition::Unknown)
            }
            Place::Interface { id, address: Some(given) } => Ok(vec![(*given, Some(id.clone()))]),
            Place::Interface { id, address: None } => {
                let Some(doc) = self.find("AWS::EC2::NetworkInterface", id) else {
                    return Err(Disposition::Unknown);
                };
                let outside = matches!(&flow.from, Place::Address(_));
                let wanted = if outside {
                    list(&doc.value, "PrivateIpAddresses")
                        .iter()
                        .find_map(|entry| address(&entry["Association"], "PublicIp"))
                } else {
                    address(&doc.value, "PrivateIpAddress")
                };
                // (33) From outside only a public address can be addressed.
                wanted.map(|wanted| vec![(wanted, Some(id.clone()))]).ok_or(Disposition::Blocked)
            }
            Place::Resource { id, .. } => self.endpoint_addresses(flow, id),
        }
    }
}

pub(crate) fn has_private(interface: &Value, wanted: IpAddr) -> bool {
    address(interface, "PrivateIpAddress") == Some(wanted)
        || list(interface, "PrivateIpAddresses")
            .iter()
            .any(|entry| address(entry, "PrivateIpAddress") == Some(wanted))
        || list(interface, "Ipv6Addresses").iter().any(|entry| address(entry, "Ipv6Address") == Some(wanted))
}

impl Walk<'_> {
    /// Forward, and back if there is a place to come back from.
    fn both(&mut self, flow: &Flow) -> Outcome {
        let destinations = match self.world.destinations(flow) {
            Ok(destinations) => destinations,
            Err(known) => {
                return Outcome {
                    overall: known,
                    forward: known,
                    reply: None,
                    notes: vec!["no such end".to_owned()],
                };
            }
        };
        let at = self.choose(destinations.len());
        let (to, target) = destinations[at].clone();
        let (packet, end) = self.forward(flow, to, target.as_deref());
        let forward = self.answer(&end);
        let mut notes = std::mem::take(&mut self.notes);
        let reply = match &end {
            End::Lost | End::Nowhere => None,
            End::Interface(_) | End::Internet(_) | End::Service(_) => {
                self.refused = false;
                self.unsure = false;
                let back = self.back(flow, to, &packet, &end);
                Some(self.answer(&back))
            }
        };
        notes.push("and back".to_owned());
        notes.append(&mut self.notes);
        let both = [Some(forward), reply];
        let overall = if both.contains(&Some(Disposition::Blocked)) {
            Disposition::Blocked
        } else if both.contains(&Some(Disposition::Unknown)) {
            Disposition::Unknown
        } else {
            Disposition::Delivered
        };
        Outcome { overall, forward, reply, notes }
    }

    fn answer(&self, end: &End) -> Disposition {
        if self.refused {
            Disposition::Blocked
        } else if self.unsure || matches!(end, End::Lost) {
            Disposition::Unknown
        } else {
            Disposition::Delivered
        }
    }
}
