//! Transit gateways.

use super::filters::Sure;
use super::packet::within;
use super::walk::{Came, End, Path, Walk};
use super::{Doc, Literal, list, text};
use serde_json::Value;
use std::net::IpAddr;

const ATTACHMENT: &str = "AWS::EC2::TransitGatewayAttachment";
const TABLE: &str = "AWS::EC2::TransitGatewayRouteTable";

impl<'w> Walk<'w> {
    /// (20), (53) to (57)
    pub(super) fn transit_gateway(&mut self, id: &str, vpc: &str, subnet: &str) -> End {
        let gateway = self.world.find("AWS::EC2::TransitGateway", id);
        self.path = Path::Transit { references: Sure::Unsure };
        let attachment = self.world.all(ATTACHMENT).find(|doc| {
            text(&doc.value, "TransitGatewayId") == id && resource(doc) == vpc && state(doc) == "available"
        });
        let Some(attachment) = attachment else {
            if self.world.listed(ATTACHMENT, self.world.account_of(vpc)) {
                return self.dead(format!("{vpc} is not attached to {id}"));
            }
            return self.lost("attachments are not described");
        };
        let door = match self.world.door(attachment, subnet) {
            Err(()) => return self.lost(format!("the zones of {} are not described", attachment.id)),
            Ok(None) => return self.dead(format!("{} has no subnet in this zone", attachment.id)),
            Ok(Some(door)) => door,
        };
        let packet = self.packet.clone();
        self.network_acl(&door, vpc, &packet, true);
        let table = match self.world.association(attachment) {
            Err(()) => return self.lost("associations are not described"),
            Ok(None) => return self.dead(format!("{} is associated with no table", attachment.id)),
            Ok(Some(table)) => table,
        };
        let next = match self.transit_route(&table, packet.to) {
            Err(()) => return self.lost(format!("routes of {table} are not described")),
            Ok(None) => return self.dead(format!("{table} has no route to {}", packet.to)),
            Ok(Some(Next::Blackhole)) => {
                return self.dead(format!("{table} has a blackhole for {}", packet.to));
            }
            Ok(Some(Next::Attachment(next))) => next,
        };
        self.note(format!("{table} routes to {next}"));
        let Some(other) = self.world.find(ATTACHMENT, &next) else {
            return self.lost(format!("{next} is not described"));
        };
        if state(other) != "available" {
            return self.dead(format!("{next} is {}", state(other)));
        }
        let references = gateway.map_or(Sure::Unsure, |gateway| {
            weakest([supports(gateway), supports(attachment), supports(other)])
        });
        self.path = Path::Transit { references };
        self.leave_transit(other, &door)
    }

    /// Into a VPC: in the zone it came from where there is a subnet, else in any other (57).
    fn leave_transit(&mut self, attachment: &Doc, from: &str) -> End {
        let Some(subnets) = attachment.value["SubnetIds"].as_array() else {
            return self.lost(format!("the subnets of {} are not described", attachment.id));
        };
        let subnets: Vec<&str> = subnets.iter().filter_map(Value::as_str).collect();
        if subnets.is_empty() {
            return self.dead(format!("{} has no subnets", attachment.id));
        }
        let zone = self.world.zone(from);
        let same = subnets.iter().find(|id| zone.is_some() && self.world.zone(id) == zone);
        let door = match same {
            Some(door) => (*door).to_owned(),
            None => {
                let at = self.choose(subnets.len());
                subnets[at].to_owned()
            }
        };
        let vpc = resource(attachment).to_owned();
        self.note(format!("into {vpc} through {door}"));
        self.leave_subnet(&vpc, &door, Came::Attachment)
    }

    /// (54), (58)
    fn transit_route(&mut self, table: &str, to: IpAddr) -> Result<Option<Next>, ()> {
        let doc = self.world.find(TABLE, table).ok_or(())?;
        let routes = doc.value["Routes"].as_array().ok_or(())?;
        let propagated =
            routes.iter().filter(|route| text(route, "Type") == "propagated").collect::<Vec<_>>();
        let mut found: Vec<(u32, bool, Next)> = Vec::new();
        for route in routes.iter().filter(|route| text(route, "Type") == "static") {
            let Some(bits) = within(text(route, "DestinationCidrBlock"), to) else { continue };
            let next = if text(route, "State") == "blackhole" {
                Next::Blackhole
            } else {
                Next::Attachment(
                    text(&route["TransitGatewayAttachments"][0], "TransitGatewayAttachmentId").to_owned(),
                )
            };
            found.push((bits, true, next));
        }
        let mut undescribed = false;
        match doc.value["Propagations"].as_array() {
            Some(propagations) => {
                for one in propagations.iter().filter(|one| text(one, "State") == "enabled") {
                    let id = text(one, "TransitGatewayAttachmentId");
                    let Some(attachment) = self.world.find(ATTACHMENT, id) else {
                        undescribed = true;
                        continue;
                    };
                    if state(attachment) != "available" {
                        continue;
                    }
                    let learned = self.world.learned(resource(attachment), id, &propagated);
                    undescribed |= learned.is_err();
                    for block in learned.unwrap_or_default() {
                        if let Some(bits) = within(&block, to) {
                            found.push((bits, false, Next::Attachment(id.to_owned())));
                        }
                    }
                }
            }
            None if propagated.is_empty() => return Err(()),
            None => {
                for route in propagated {
                    let id = text(&route["TransitGatewayAttachments"][0], "TransitGatewayAttachmentId");
                    if let Some(bits) = within(text(route, "DestinationCidrBlock"), to) {
                        found.push((bits, false, Next::Attachment(id.to_owned())));
                    }
                }
            }
        }
        let top = found.iter().map(|(bits, is_static, _)| (*bits, *is_static)).max();
        // (58) Blocks that overlap are propagated once only: what is learned from another VPC cannot have this address.
        if undescribed && top.is_none_or(|(_, is_static)| is_static) {
            return Err(());
        }
        found.retain(|(bits, is_static, _)| Some((*bits, *is_static)) == top);
        let at = if found.len() > 1 { self.choose(found.len()) } else { 0 };
        Ok(found.into_iter().nth(at).map(|(_, _, next)| next))
    }
}

enum Next {
    Blackhole,
    Attachment(String),
}

fn state(attachment: &Doc) -> &str {
    text(&attachment.value, "State")
}

fn resource(attachment: &Doc) -> &str {
    match text(&attachment.value, "ResourceId") {
        "" => text(&attachment.value, "VpcId"),
        id => id,
    }
}

/// (11)
fn supports(doc: &Doc) -> Sure {
    match doc.value["Options"]["SecurityGroupReferencingSupport"].as_str() {
        Some("enable") => Sure::Yes,
        Some(_) => Sure::No,
        None => Sure::Unsure,
    }
}

fn weakest(all: [Sure; 3]) -> Sure {
    if all.contains(&Sure::No) {
        Sure::No
    } else if all.contains(&Sure::Unsure) {
        Sure::Unsure
    } else {
        Sure::Yes
    }
}

impl Literal {
    fn zone(&self, subnet: &str) -> Option<&str> {
        self.find("AWS::EC2::Subnet", subnet).map(|doc| text(&doc.value, "AvailabilityZoneId"))
    }

    /// (56) The attachment's subnet in the zone of a subnet.
    fn door(&self, attachment: &Doc, subnet: &str) -> Result<Option<String>, ()> {
        let subnets = attachment.value["SubnetIds"].as_array().ok_or(())?;
        let subnets: Vec<&str> = subnets.iter().filter_map(Value::as_str).collect();
        if subnets.contains(&subnet) {
            return Ok(Some(subnet.to_owned()));
        }
        let zone = self.zone(subnet).ok_or(())?;
        if let Some(door) = subnets.iter().find(|id| self.zone(id) == Some(zone)) {
            return Ok(Some((*door).to_owned()));
        }
        if subnets.iter().any(|id| self.zone(id).is_none()) { Err(()) } else { Ok(None) }
    }

    /// (53) The table that decides about what comes from an attachment.
    fn association(&self, attachment: &Doc) -> Result<Option<String>, ()> {
        let named = self.all(TABLE).find(|doc| {
            list(&doc.value, "Associations").iter().any(|one| {
                text(one, "TransitGatewayAttachmentId") == attachment.id && text(one, "State") == "associated"
            })
        });
        if let Some(table) = named {
            return Ok(Some(table.id.clone()));
        }
        let own = &attachment.value["Association"];
        if text(own, "State") == "associated" {
            return Ok(Some(text(own, "TransitGatewayRouteTableId").to_owned()));
        }
        if attachment.value["ResourceId"].is_string() { Ok(None) } else { Err(()) }
    }

    /// What a VPC makes known of itself, by its document or else by what was found in the table.
    fn learned(&self, vpc: &str, attachment: &str, propagated: &[&Value]) -> Result<Vec<String>, ()> {
        if let Some(doc) = self.find("AWS::EC2::VPC", vpc) {
            let v4 = list(&doc.value, "CidrBlockAssociationSet").iter().map(|one| text(one, "CidrBlock"));
            let v6 =
                list(&doc.value, "Ipv6CidrBlockAssociationSet").iter().map(|one| text(one, "Ipv6CidrBlock"));
            return Ok(v4.chain(v6).map(str::to_owned).collect());
        }
        let found: Vec<String> = propagated
            .iter()
            .filter(|route| {
                text(&route["TransitGatewayAttachments"][0], "TransitGatewayAttachmentId") == attachment
            })
            .map(|route| text(route, "DestinationCidrBlock").to_owned())
            .collect();
        if found.is_empty() { Err(()) } else { Ok(found) }
    }
}
