//! Route tables of subnets.

use super::packet::within;
use super::walk::{Came, End, Walk};
use super::{Doc, Literal, list, text};
use serde_json::Value;
use std::net::IpAddr;

impl<'w> Walk<'w> {
    /// From something in a subnet towards wherever the packet is addressed.
    pub(super) fn leave_subnet(&mut self, vpc: &str, subnet: &str, came: Came) -> End {
        self.steps += 1;
        if self.steps > 12 {
            return self.dead("it goes round in circles");
        }
        let to = self.packet.to;
        if self.world.find("AWS::EC2::Subnet", subnet).is_none() {
            return self.lost(format!("{subnet} is not described"));
        }
        // (16) Inside the subnet nothing is between.
        if came != Came::Attachment {
            if let Some(doc) = self.world.interface_at(vpc, to)
                && text(&doc.value, "SubnetId") == subnet
            {
                return self.arrive(doc);
            }
            if self.world.find("AWS::EC2::Subnet", subnet).is_some_and(|doc| subnet_has(doc, to)) {
                let account = self.world.account_of(vpc).to_owned();
                return self.absent("AWS::EC2::NetworkInterface", &account, "the addressee");
            }
        }
        if came != Came::Attachment {
            let packet = self.packet.clone();
            self.network_acl(subnet, vpc, &packet, false);
        }
        let Some(table) = self.world.table_of(subnet, vpc) else {
            return self.lost(format!("the route table of {subnet} is not described"));
        };
        let route = match self.route(table, to) {
            Err(()) => return self.lost("a prefix list of the route table is not described"),
            Ok(None) => return self.dead(format!("{} has no route to {to}", table.id)),
            Ok(Some(route)) => route,
        };
        self.note(format!("{} routes by {route}", table.id));
        // (27)
        if text(route, "State") == "blackhole" {
            return self.dead("a blackhole");
        }
        self.follow(route, vpc, subnet, came)
    }

    fn follow(&mut self, route: &Value, vpc: &str, subnet: &str, came: Came) -> End {
        let gateway = text(route, "GatewayId");
        if gateway == "local" {
            return self.local(vpc, subnet, came);
        }
        let nat = text(route, "NatGatewayId");
        if !nat.is_empty() {
            return self.nat_gateway(nat, vpc, subnet, came);
        }
        // Nothing that came into a VPC from elsewhere may leave it through another door (50), (46).
        if came == Came::Attachment {
            return self.dead("what came through the transit gateway may not leave this way");
        }
        if gateway.starts_with("igw-") {
            return self.internet_gateway(gateway, vpc);
        }
        if gateway.starts_with("vpce-") {
            return self.gateway_endpoint(gateway, vpc);
        }
        let egress_only = text(route, "EgressOnlyInternetGatewayId");
        if !egress_only.is_empty() {
            return self.egress_only_gateway(egress_only, vpc);
        }
        let peering = text(route, "VpcPeeringConnectionId");
        if !peering.is_empty() {
            return self.peering(peering, vpc);
        }
        let transit = text(route, "TransitGatewayId");
        if !transit.is_empty() {
            return self.transit_gateway(transit, vpc, subnet);
        }
        self.lost("a target nothing is known of")
    }

    /// Inside the VPC, from one subnet to another.
    fn local(&mut self, vpc: &str, subnet: &str, came: Came) -> End {
        let packet = self.packet.clone();
        let Some(doc) = self.world.interface_at(vpc, packet.to) else {
            let own = self.world.find("AWS::EC2::Subnet", subnet);
            if came == Came::Attachment && own.is_some_and(|doc| !subnet_has(doc, packet.to)) {
                self.network_acl(subnet, vpc, &packet, false);
            }
            let meant = self.target.as_ref().and_then(|id| self.world.find("AWS::EC2::NetworkInterface", id));
            if meant.is_some_and(|doc| text(&doc.value, "VpcId") != vpc) {
                return self.dead("what was meant is in another VPC");
            }
            let account = self.world.account_of(vpc).to_owned();
            return self.absent("AWS::EC2::NetworkInterface", &account, "the addressee");
        };
        let there = text(&doc.value, "SubnetId").to_owned();
        // (20) What comes from a transit gateway into its own subnet is not filtered.
        if there != subnet {
            if came == Came::Attachment {
                self.network_acl(subnet, vpc, &packet, false);
            }
            self.network_acl(&there, vpc, &packet, true);
        }
        self.arrive(doc)
    }

    /// (23), (24): longest prefix, then static before prefix list before propagated.
    fn route(&mut self, table: &'w Doc, to: IpAddr) -> Result<Option<&'w Value>, ()> {
        let mut best: Vec<(u32, u32, &Value)> = Vec::new();
        let mut unknown: Vec<&Value> = Vec::new();
        for route in list(&table.value, "Routes") {
            let (bits, rank) = if let Some(id) = route["DestinationPrefixListId"].as_str() {
                match self.world.in_prefix_list(id, to) {
                    Ok(bits) => (bits, 1),
                    // The list of a gateway endpoint holds public addresses of a service.
                    Err(()) if text(route, "GatewayId").starts_with("vpce-") && is_private(to) => (None, 1),
                    Err(()) => {
                        unknown.push(route);
                        continue;
                    }
                }
            } else {
                let member = if to.is_ipv4() { "DestinationCidrBlock" } else { "DestinationIpv6CidrBlock" };
                let propagated = text(route, "Origin") == "EnableVgwRoutePropagation";
                (within(text(route, member), to), if propagated { 0 } else { 2 })
            };
            if let Some(bits) = bits {
                best.push((bits, rank, route));
            }
        }
        let top = best.iter().map(|(bits, rank, _)| (*bits, *rank)).max();
        let host = if to.is_ipv4() { 32 } else { 128 };
        if !unknown.is_empty() && top != Some((host, 2)) {
            return Err(());
        }
        best.retain(|(bits, rank, _)| Some((*bits, *rank)) == top);
        match best.len() {
            0 => Ok(None),
            1 => Ok(Some(best[0].2)),
            several => {
                let at = self.choose(several);
                Ok(Some(best[at].2))
            }
        }
    }
}

/// RFC 1918 and RFC 6598.
pub(super) fn is_private(wanted: IpAddr) -> bool {
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
        .iter()
        .any(|block| within(block, wanted).is_some())
}

pub(super) fn subnet_has(subnet: &Doc, wanted: IpAddr) -> bool {
    within(text(&subnet.value, "CidrBlock"), wanted).is_some()
        || list(&subnet.value, "Ipv6CidrBlockAssociationSet")
            .iter()
            .any(|entry| within(text(entry, "Ipv6CidrBlock"), wanted).is_some())
}

impl Literal {
    /// (26) The table associated with the subnet, else the main one of the VPC.
    fn table_of(&self, subnet: &str, vpc: &str) -> Option<&Doc> {
        let kind = "AWS::EC2::RouteTable";
        let named = self
            .all(kind)
            .find(|doc| list(&doc.value, "Associations").iter().any(|one| text(one, "SubnetId") == subnet));
        if named.is_some() {
            return named;
        }
        // Another one, not described, may be associated with it.
        if !self.listed(kind, self.account_of(vpc)) {
            return None;
        }
        self.all(kind).find(|doc| {
            text(&doc.value, "VpcId") == vpc
                && list(&doc.value, "Associations").iter().any(|one| one["Main"] == true)
        })
    }
}
