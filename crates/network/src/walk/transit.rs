//! Over transit gateways; semantics 53 to 61.

use super::{End, Walker, place, premises};
use crate::codes;
use crate::filter::Way;
use crate::learned::LearnedRoute;
use crate::model::route_table::Target;
use crate::model::transit_gateway::{Attached, Attachment, TransitRouteTable};
use crate::model::vpc::Subnet;
use crate::model::{Item, Text};
use crate::route::{self, Choice, Entries};
use ipnet::IpNet;
use std::cmp::Ordering;

const GATEWAY: &str = "AWS::EC2::TransitGateway";
const ATTACHMENT: &str = "AWS::EC2::TransitGatewayAttachment";
const TABLE: &str = "AWS::EC2::TransitGatewayRouteTable";
/// The zone where transit gateways do not support references to groups (TGW guide, "VPC attachments").
const ZONE_WITHOUT_REFERENCES: &str = "use1-az3";

/// Which table routes what arrives from an attachment.
enum Association<'n> {
    Table(&'n Item<TransitRouteTable>),
    /// It is associated with none.
    None,
    /// Noted as missing.
    Unknown,
}

/// A route of a transit gateway.
#[derive(Clone, Copy)]
struct Onward<'n> {
    block: IpNet,
    attachment: Option<&'n str>,
    learned: bool,
    blackhole: bool,
}

impl<'n> Walker<'n> {
    /// From a subnet of an attached VPC to the transit gateway.
    pub(super) fn transit_gateway(&mut self, id: &'n Text, subnet: &'n Item<Subnet>) -> End<'n> {
        let network = self.network;
        let on_gateway = network
            .fabric
            .attachments_of_gateway(id)
            .iter()
            .filter_map(|at| network.tables.attachments.at(*at));
        let own = on_gateway.filter(|it| it.attached() == Attached::Vpc && it.resource_id == subnet.vpc_id);
        self.straight = false;
        let listed = network.is_listed(ATTACHMENT, &subnet.account, &subnet.region);
        // A dead one stays listed beside its successor.
        let best = own.max_by_key(|it| (it.available(), std::cmp::Reverse(&it.id)));
        let Some(attachment) = best.filter(|it| it.available() || listed) else {
            if listed {
                let rule = format!("{} is not attached to it", subnet.vpc_id);
                self.block_at(codes::UNASSOCIATED_COMPONENT, GATEWAY, id, rule);
                return self.jump();
            }
            let why = format!("the attachment of {} to {id} was not described", subnet.vpc_id);
            self.miss(ATTACHMENT, None, place(subnet), why);
            return End::Nowhere;
        };
        self.attachment_state(attachment);
        let Some(near) = self.attachment_subnet(attachment, subnet) else { return End::Nowhere };
        if let Some(near) = near {
            // What the attachment's subnet is asked about on the way in; semantics 20.
            self.acl(near, Way::Inbound);
            self.crossed.unsupported |= &*near.availability_zone_id == ZONE_WITHOUT_REFERENCES;
        }
        self.note_reference_support(id, attachment);
        self.hop(ATTACHMENT, attachment, format!("enters {id}"), None);
        self.transit(id, attachment, Some(subnet))
    }

    fn attachment_state(&mut self, attachment: &'n Item<Attachment>) {
        if !attachment.available() {
            self.block(
                codes::BAD_STATE_ATTACHMENT,
                ATTACHMENT,
                attachment,
                format!("it is {}", attachment.state),
            );
        }
    }

    /// The attachment's subnet in the zone of a subnet; semantics 56. The inner `None` is a refusal that was noted, the
    /// outer one something missing.
    fn attachment_subnet(
        &mut self,
        attachment: &'n Item<Attachment>,
        subnet: &'n Item<Subnet>,
    ) -> Option<Option<&'n Item<Subnet>>> {
        let network = self.network;
        let Some(ids) = &attachment.subnet_ids else {
            self.miss(
                ATTACHMENT,
                Some(&attachment.id),
                place(attachment),
                "its subnets decide from which zones it forwards",
            );
            return None;
        };
        let found = ids
            .iter()
            .filter_map(|id| network.subnet(id))
            .find(|own| own.id == subnet.id || own.same_zone(subnet));
        if found.is_some() {
            return Some(found);
        }
        if let Some(absent) = ids.iter().find(|id| network.subnet(id).is_none_or(|own| !own.has_zone())) {
            self.miss(
                "AWS::EC2::Subnet",
                Some(absent),
                place(attachment),
                "its zone decides whether the attachment serves this zone",
            );
            return None;
        }
        if !subnet.has_zone() {
            self.miss("AWS::EC2::Subnet", Some(&subnet.id), place(subnet), "its zone was not described");
            return None;
        }
        let rule = format!("no subnet in {}, the zone of {}", subnet.availability_zone, subnet.id);
        self.block(codes::TGW_ROUTE_AZ_RESTRICTION, ATTACHMENT, attachment, rule);
        Some(None)
    }

    fn note_reference_support(&mut self, gateway: &str, attachment: &Attachment) {
        self.crossed.transit = true;
        match self.network.transit_gateway(gateway) {
            None => self.crossed.undescribed = true,
            Some(gateway) if !gateway.references_groups() => self.crossed.unsupported = true,
            Some(_) => match attachment.references_groups() {
                Some(true) => {}
                Some(false) => self.crossed.unsupported = true,
                None => self.crossed.undescribed = true,
            },
        }
    }

    /// Inside a transit gateway: by the table of the attachment the packet came over.
    pub(super) fn transit(
        &mut self,
        gateway: &'n Text,
        from: &'n Item<Attachment>,
        zone: Option<&'n Item<Subnet>>,
    ) -> End<'n> {
        if !self.step() {
            return End::Nowhere;
        }
        let table = match self.association(gateway, from) {
            Association::Table(table) => table,
            Association::None => {
                let rule = format!("it is associated with no route table of {gateway}");
                self.block(codes::TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION, ATTACHMENT, from, rule);
                return self.jump();
            }
            Association::Unknown => return End::Nowhere,
        };
        let Some(way) = self.transit_route(table) else { return End::Nowhere };
        let Some(way) = way else {
            let rule = format!("no route to {}", self.packet.destination);
            self.block(codes::TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT, TABLE, table, rule);
            return self.jump();
        };
        let goal = way.attachment.unwrap_or("blackhole");
        let kind = if way.learned { "propagated" } else { "static" };
        let rule = format!("{} -> {goal} ({kind})", way.block);
        let dead =
            way.blackhole && !way.attachment.is_some_and(|id| self.revived(&Target::Other(id.into()), ""));
        let Some(id) = way.attachment.filter(|_| !dead) else {
            self.block(codes::TGW_RTB_BAD_STATE_ROUTE, TABLE, table, format!("{rule}, blackhole"));
            return self.jump();
        };
        self.hop(TABLE, table, format!("routes to {id}"), Some(rule));
        let Some(attachment) = self.network.attachment(id) else {
            self.miss(ATTACHMENT, Some(id), place(table), format!("{} routes to it", table.id));
            return End::Nowhere;
        };
        self.attachment_state(attachment);
        self.out_of(gateway, attachment, zone)
    }

    /// Out of a transit gateway over an attachment.
    fn out_of(
        &mut self,
        gateway: &'n Text,
        attachment: &'n Item<Attachment>,
        zone: Option<&'n Item<Subnet>>,
    ) -> End<'n> {
        match attachment.attached() {
            Attached::Vpc => {
                self.note_reference_support(gateway, attachment);
                self.enter_vpc(attachment, zone)
            }
            Attached::TransitGateway => {
                self.crossed.unsupported = true;
                let Some(other) = attachment.other_side(gateway) else {
                    self.miss(
                        ATTACHMENT,
                        Some(&attachment.id),
                        place(attachment),
                        "the transit gateway on its other side",
                    );
                    return End::Nowhere;
                };
                self.hop(ATTACHMENT, attachment, format!("crosses to {other}"), None);
                self.transit(other, attachment, None)
            }
            Attached::Vpn | Attached::DirectConnect => {
                let door = premises::Door::Attachment(gateway, attachment);
                self.reach_premises(door, attachment)
            }
            Attached::Other => {
                let why = "what it leads to is outside what this model knows";
                self.miss(ATTACHMENT, Some(&attachment.id), place(attachment), why);
                End::Nowhere
            }
        }
    }

    fn association(&mut self, gateway: &'n str, attachment: &'n Item<Attachment>) -> Association<'n> {
        let network = self.network;
        let of = |at: &u32| network.tables.transit_tables.at(*at);
        // A table that is known only by what was asked about it does not say whose it is.
        let is_here = |table: &&Item<TransitRouteTable>| {
            let owner = &*table.transit_gateway_id;
            owner == gateway || (owner.is_empty() && attachment.attached() != Attached::TransitGateway)
        };
        let listing = network.fabric.tables_of_attachment(&attachment.id).iter().filter_map(of).find(is_here);
        if let Some(table) = listing {
            return Association::Table(table);
        }
        // Tables tell better than the attachment: they are what a change of an association changes.
        let told = || attachment.associated_tables().map(|id| (id, network.transit_table(id)));
        if let Some(table) = told().find_map(|(_, table)| table.filter(is_here)) {
            if table.associations.is_none() {
                return Association::Table(table);
            }
        } else if let Some((id, _)) = told().find(|(_, table)| table.is_none()) {
            self.miss(
                TABLE,
                Some(id),
                place(attachment),
                format!("it routes what comes from {}", attachment.id),
            );
            return Association::Unknown;
        }
        let owner = &attachment.transit_gateway_owner_id;
        let own_view = &*attachment.transit_gateway_id == gateway
            && attachment.tells_association()
            && told().next().is_none()
            && (owner.is_empty() || attachment.account.is_empty() || *owner == attachment.account);
        let mut all = network.fabric.tables_of_gateway(gateway).iter().filter_map(of).peekable();
        let any = all.peek().is_some() || network.is_listed(TABLE, owner, &attachment.region);
        let all_told = all.all(|table| table.associations.is_some());
        if own_view || (any && all_told) {
            return Association::None;
        }
        let why =
            format!("which route table of {gateway} routes what comes from {} is not known", attachment.id);
        self.miss(TABLE, None, (owner, &attachment.region), why);
        Association::Unknown
    }

    /// The winning route; the outer `None` is something missing.
    fn transit_route(&mut self, table: &'n Item<TransitRouteTable>) -> Option<Option<Onward<'n>>> {
        let network = self.network;
        let destination = self.packet.destination;
        let Some(routes) = &table.routes else {
            self.miss(TABLE, Some(&table.id), place(table), "its routes were not described");
            return None;
        };
        if table.truncated() || table.is_unread("Routes") {
            self.miss(TABLE, Some(&table.id), place(table), "some of its routes were not described");
            return None;
        }
        let derived = table.propagations.is_some();
        let all_learned_missing = !derived && routes.iter().all(|route| route.fixed);
        let told = routes.iter().filter(|route| route.fixed || !derived);
        let entries =
            |id: &'n Text, _: &'n _| match network.prefix_list(id).and_then(|list| list.cidrs.as_deref()) {
                Some(blocks) => Entries::Known(blocks),
                None => Entries::Unknown,
            };
        let best = match route::choose_transit(told, destination, entries) {
            Choice::Route(route, block) => Some(Onward {
                block,
                attachment: route.attachments.first().map(|id| &**id),
                learned: !route.fixed,
                blackhole: route.blackhole || route.attachments.is_empty(),
            }),
            Choice::None => None,
            Choice::PrefixListUnknown(id) | Choice::Ambiguous(id) => {
                self.miss(
                    "AWS::EC2::PrefixList",
                    Some(id),
                    place(table),
                    format!("a route of {} is for its entries", table.id),
                );
                return None;
            }
        };
        if all_learned_missing
            && best.is_none_or(|best| best.block.prefix_len() < best.block.max_prefix_len())
        {
            self.miss(
                TABLE,
                Some(&table.id),
                place(table),
                "what it learns from attachments was not described",
            );
            return None;
        }
        let (learned, opaque) = self.learned_route(table);
        let longer = |one: &Onward<'n>, other: &Onward<'n>| one.block.prefix_len() > other.block.prefix_len();
        let way = match (best, learned) {
            (Some(best), Some(learned)) if longer(&learned, &best) => Some(learned),
            (Some(best), _) => Some(best),
            (None, learned) => learned,
        };
        // What overlaps is learned once only (semantics 58), so only a static route can have a longer rival.
        let certain =
            way.is_some_and(|way| way.learned || way.block.prefix_len() == way.block.max_prefix_len());
        match opaque {
            Some((kind, id)) if !certain => {
                self.miss(kind, Some(id), place(table), format!("{} learns its prefixes", table.id));
                None
            }
            _ => Some(way),
        }
    }

    /// The best route of those the table learns from attachments, and an attachment whose prefixes are not known.
    fn learned_route(
        &mut self,
        table: &'n Item<TransitRouteTable>,
    ) -> (Option<Onward<'n>>, Option<(&'static str, &'n str)>) {
        let network = self.network;
        let destination = self.packet.destination;
        let position = network.tables.transit_tables.position(&table.id);
        let Some(learned) = position.and_then(|at| network.fabric.learned(at)) else { return (None, None) };
        let members = table.propagations.as_deref().unwrap_or_default();
        let mut best: Vec<LearnedRoute> = Vec::new();
        for route in learned.routes.iter().filter(|route| route.block.contains(&destination)) {
            let goodness = |route: &LearnedRoute| (route.block.prefix_len(), route.rank);
            let order = best.first().map_or(Ordering::Greater, |other| goodness(route).cmp(&goodness(other)));
            if order == Ordering::Greater {
                best.clear();
            }
            if order != Ordering::Less {
                best.push(*route);
            }
        }
        let opaque = learned.opaque.and_then(|(kind, member)| {
            let member = members.get(member)?;
            let id = &member.transit_gateway_attachment_id;
            let resource =
                network.attachment(id).map_or(&member.resource_id, |attachment| &attachment.resource_id);
            Some((kind, if kind == ATTACHMENT { &**id } else { &**resource }))
        });
        // Of attachments with overlapping blocks one came first: which is not told.
        let chosen = self.choose_blindly(best.len());
        let way = best.get(chosen).and_then(|route| {
            let attachment = Some(&*members.get(route.member)?.transit_gateway_attachment_id);
            Some(Onward { block: route.block, attachment, learned: true, blackhole: false })
        });
        (way, opaque)
    }

    /// Into an attached VPC, at the attachment's subnet of the same zone where there is one, and on by that subnet's
    /// route table; semantics 56, 57 and 59.
    fn enter_vpc(&mut self, attachment: &'n Item<Attachment>, zone: Option<&'n Item<Subnet>>) -> End<'n> {
        let network = self.network;
        let vpc = &attachment.resource_id;
        let Some(ids) = &attachment.subnet_ids else {
            self.miss(ATTACHMENT, Some(&attachment.id), place(attachment), "its subnets were not described");
            return End::Nowhere;
        };
        let pinned =
            self.session.pinned.iter().find(|(id, _)| **id == *attachment.id).map(|(_, subnet)| *subnet);
        let subnets = || ids.iter().filter_map(|id| network.subnet(id));
        let near = zone.and_then(|zone| subnets().find(|own| own.same_zone(zone)));
        let entry = match pinned.or(near) {
            Some(entry) => Some(entry),
            // Without a subnet in the zone of the sender AWS takes any other one.
            None => {
                let all: Vec<_> = subnets().collect();
                let chosen = self.choose_blindly(all.len());
                all.get(chosen).copied()
            }
        };
        let Some(entry) = entry else {
            let why = format!("traffic enters {vpc} there, and is routed by its route table");
            let owner = (&*attachment.resource_owner_id, &*attachment.region);
            match ids.first() {
                Some(id) => self.miss("AWS::EC2::Subnet", Some(id), owner, why),
                None => {
                    let rule = "it has no subnet";
                    self.block(codes::BAD_STATE_ATTACHMENT, ATTACHMENT, attachment, rule);
                    return self.jump();
                }
            }
            return End::Nowhere;
        };
        if attachment.appliance_mode() && pinned.is_none() {
            self.session.pinned.push((&attachment.id, entry));
        }
        self.crossed.unsupported |= &*entry.availability_zone_id == ZONE_WITHOUT_REFERENCES;
        self.hop(ATTACHMENT, attachment, format!("enters {vpc} at {}", entry.id), None);
        self.straight = true;
        self.leave_subnet(entry)
    }
}
