//! Gateways, peerings and endpoints.

use super::packet::{Packet, within};
use super::routing::is_private;
use super::walk::{Came, End, Path, Translation, Walk};
use super::{Doc, Literal, address, list, text};
use butfor_network::{Disposition, Flow, Place};
use serde_json::Value;
use std::net::IpAddr;

const INTERFACE: &str = "AWS::EC2::NetworkInterface";

impl<'w> Walk<'w> {
    /// (32), (33)
    pub(super) fn internet_gateway(&mut self, id: &str, vpc: &str) -> End {
        let from = self.packet.from;
        let public = self.world.public_of(vpc, from).filter(|_| from.is_ipv4());
        if from.is_ipv4() && public.is_none() {
            return self.dead(format!("{from} has no public address"));
        }
        if is_private(self.packet.to) {
            return self.dead("a private address in the internet");
        }
        match self.world.find("AWS::EC2::InternetGateway", id) {
            Some(doc) if attached(doc, vpc) => {}
            Some(_) => return self.dead(format!("{id} is not attached")),
            None => {
                let account = self.world.account_of(vpc).to_owned();
                if self.absent("AWS::EC2::InternetGateway", &account, id) == End::Nowhere {
                    return End::Nowhere;
                }
            }
        }
        self.packet.from = public.unwrap_or(from);
        self.path = Path::Outside;
        if !self.reply {
            self.left_through.push(id.to_owned());
        }
        self.across_internet(id)
    }

    /// (37) Out only.
    pub(super) fn egress_only_gateway(&mut self, id: &str, vpc: &str) -> End {
        match self.world.find("AWS::EC2::EgressOnlyInternetGateway", id) {
            Some(doc) if attached(doc, vpc) => {}
            Some(_) => return self.dead(format!("{id} is not attached")),
            None => {
                let account = self.world.account_of(vpc).to_owned();
                if self.absent("AWS::EC2::EgressOnlyInternetGateway", &account, id) == End::Nowhere {
                    return End::Nowhere;
                }
            }
        }
        if self.reply {
            return self.dead("an egress-only gateway does not know this connection");
        }
        self.path = Path::Outside;
        if !self.reply {
            self.left_through.push(id.to_owned());
        }
        self.across_internet(id)
    }

    /// Through the internet, to wherever the address is. `gateway` is the one it left through.
    pub(super) fn across_internet(&mut self, gateway: &str) -> End {
        let to = self.packet.to;
        if let Some((doc, private)) = self.world.interface_behind(to) {
            self.packet.to = private;
            return self.enter_from_internet(doc);
        }
        let nat = self.world.all("AWS::EC2::NatGateway").find_map(|nat| {
            let entry = list(&nat.value, "NatGatewayAddresses")
                .iter()
                .find(|entry| address(entry, "PublicIp") == Some(to))?;
            Some((text(entry, "NetworkInterfaceId"), address(entry, "PrivateIp")?))
        });
        if let Some((interface, private)) = nat {
            let Some(doc) = self.world.find(INTERFACE, interface) else {
                return self.lost("the interface of a NAT gateway is not described");
            };
            self.packet.to = private;
            return self.enter_from_internet(doc);
        }
        if !self.reply && self.client.is_none() {
            // (33) From outside only public addresses of somebody here can be meant.
            let private = self.world.all(INTERFACE).any(|doc| super::has_private(&doc.value, to));
            return if private {
                self.dead("a private address in the internet")
            } else {
                self.lost("nobody known has this address")
            };
        }
        self.arrive_outside(gateway)
    }

    fn enter_from_internet(&mut self, interface: &'w Doc) -> End {
        let (vpc, subnet) = (text(&interface.value, "VpcId"), text(&interface.value, "SubnetId"));
        // The reply comes in where the request went out, whether that is described or not.
        let kinds = ["AWS::EC2::InternetGateway", "AWS::EC2::EgressOnlyInternetGateway"];
        let mut out = self.left_through.iter();
        let returns = self.reply
            && out.any(|id| {
                kinds.iter().find_map(|kind| self.world.find(kind, id)).is_none_or(|doc| attached(doc, vpc))
            });
        if !returns && !self.world.all("AWS::EC2::InternetGateway").any(|doc| attached(doc, vpc)) {
            let account = self.world.account_of(vpc).to_owned();
            return self.absent(
                "AWS::EC2::InternetGateway",
                &account,
                "an internet gateway of the addressee",
            );
        }
        let packet = self.packet.clone();
        self.network_acl(subnet, vpc, &packet, true);
        self.arrive(interface)
    }

    /// (21), (34), (35)
    pub(super) fn nat_gateway(&mut self, id: &str, vpc: &str, subnet: &str, came: Came) -> End {
        if self.reply {
            return self.dead("a NAT gateway does not know this connection");
        }
        let Some(nat) = self.world.find("AWS::EC2::NatGateway", id) else {
            let account = self.world.account_of(vpc).to_owned();
            return self.absent("AWS::EC2::NatGateway", &account, id);
        };
        if text(&nat.value, "State") != "available" {
            return self.dead(format!("{id} is {}", text(&nat.value, "State")));
        }
        if ![1, 6, 17].contains(&self.packet.protocol) {
            self.refuse("a NAT gateway does not carry this protocol".to_owned());
        }
        if self.translations.iter().any(|done| done.nat == id) {
            return self.dead("it goes round in circles");
        }
        let own = text(&nat.value, "SubnetId").to_owned();
        if own != subnet {
            let packet = self.packet.clone();
            if came == Came::Attachment {
                self.network_acl(subnet, vpc, &packet, false);
            }
            self.network_acl(&own, vpc, &packet, true);
        }
        let Some(private) = address(&nat.value["NatGatewayAddresses"][0], "PrivateIp") else {
            return self.lost("a NAT gateway without address");
        };
        let Packet { from, from_port, .. } = self.packet;
        self.translations.push(Translation { nat: id.to_owned(), from, from_port });
        self.packet.from = private;
        if self.packet.has_ports() {
            // RA code REMAP_EPHEMERAL_PORT.
            self.packet.from_port = (1024, 65535);
        }
        self.leave_subnet(vpc, &own, Came::Nat)
    }

    /// A packet at the interface of a NAT gateway: the reply to what it sent, or nothing it takes (34).
    pub(super) fn arrive_at_nat(&mut self, nat: &Doc, interface: &Doc) -> End {
        let known = self.reply && self.translations.last().is_some_and(|done| done.nat == nat.id);
        if !known {
            return self.dead("a NAT gateway takes no new connections");
        }
        if let Some(done) = self.translations.pop() {
            self.packet.to = done.from;
            self.packet.to_port = done.from_port;
        }
        let (vpc, subnet) =
            (text(&interface.value, "VpcId").to_owned(), text(&interface.value, "SubnetId").to_owned());
        self.leave_subnet(&vpc, &subnet, Came::Nat)
    }

    /// (46)
    pub(super) fn gateway_endpoint(&mut self, id: &str, vpc: &str) -> End {
        match self.world.find("AWS::EC2::VPCEndpoint", id) {
            Some(doc) if text(&doc.value, "State") == "available" => {}
            Some(doc) => return self.dead(format!("{id} is {}", text(&doc.value, "State"))),
            // Its routes go when it goes, so an active one tells that it is there.
            None if !self.world.listed("AWS::EC2::VPCEndpoint", self.world.account_of(vpc)) => {}
            None => return self.dead(format!("{id} does not exist")),
        }
        if self.packet.protocol != 6 && (self.packet.protocol, self.packet.icmp.0) != (1, 8) {
            self.refuse("a gateway endpoint takes TCP and echo only".to_owned());
        }
        if self.reply {
            return self.dead("the reply goes to a service");
        }
        self.path = Path::Outside;
        End::Service(vpc.to_owned())
    }

    /// (50) to (52)
    pub(super) fn peering(&mut self, id: &str, vpc: &str) -> End {
        let Some(doc) = self.world.find("AWS::EC2::VPCPeeringConnection", id) else {
            let account = self.world.account_of(vpc).to_owned();
            return self.absent("AWS::EC2::VPCPeeringConnection", &account, id);
        };
        if text(&doc.value["Status"], "Code") != "active" {
            return self.dead(format!("{id} is {}", text(&doc.value["Status"], "Code")));
        }
        let (one, two) = (&doc.value["RequesterVpcInfo"], &doc.value["AccepterVpcInfo"]);
        let (own, other) = if text(one, "VpcId") == vpc { (one, two) } else { (two, one) };
        if !side_has(own, self.packet.from) || !side_has(other, self.packet.to) {
            return self.dead("a peering carries addresses of its two VPCs only");
        }
        self.path = Path::Peering;
        let there = text(other, "VpcId");
        let Some(interface) = self.world.interface_at(there, self.packet.to) else {
            return self.absent(INTERFACE, text(other, "OwnerId"), "the addressee");
        };
        let packet = self.packet.clone();
        self.network_acl(text(&interface.value, "SubnetId"), there, &packet, true);
        self.arrive(interface)
    }
}

fn attached(gateway: &Doc, vpc: &str) -> bool {
    list(&gateway.value, "Attachments")
        .iter()
        .any(|one| text(one, "VpcId") == vpc && matches!(text(one, "State"), "available" | "attached"))
}

fn side_has(side: &Value, wanted: IpAddr) -> bool {
    let v4 = list(side, "CidrBlockSet").iter().map(|block| text(block, "CidrBlock"));
    let v6 = list(side, "Ipv6CidrBlockSet").iter().map(|block| text(block, "Ipv6CidrBlock"));
    v4.chain(v6).any(|block| within(block, wanted).is_some())
}

impl Literal {
    fn public_of(&self, vpc: &str, private: IpAddr) -> Option<IpAddr> {
        if let Some(doc) = self.interface_at(vpc, private)
            && let Some(entry) = list(&doc.value, "PrivateIpAddresses")
                .iter()
                .find(|entry| address(entry, "PrivateIpAddress") == Some(private))
            && let Some(public) = address(&entry["Association"], "PublicIp")
        {
            return Some(public);
        }
        self.all("AWS::EC2::NatGateway").filter(|nat| text(&nat.value, "VpcId") == vpc).find_map(|nat| {
            let entry = list(&nat.value, "NatGatewayAddresses")
                .iter()
                .find(|entry| address(entry, "PrivateIp") == Some(private))?;
            address(entry, "PublicIp")
        })
    }

    /// (42) The interfaces of an endpoint: that in the client's zone, else any.
    pub(super) fn endpoint_addresses(
        &self,
        flow: &Flow,
        id: &str,
    ) -> Result<Vec<(IpAddr, Option<String>)>, Disposition> {
        let Some(endpoint) = self.find("AWS::EC2::VPCEndpoint", id) else {
            return Err(Disposition::Unknown);
        };
        if text(&endpoint.value, "State") != "available" {
            return Err(Disposition::Blocked);
        }
        let zone = match &flow.from {
            Place::Interface { id, .. } => self
                .find(INTERFACE, id)
                .and_then(|doc| self.find("AWS::EC2::Subnet", text(&doc.value, "SubnetId")))
                .map(|subnet| text(&subnet.value, "AvailabilityZoneId").to_owned()),
            _ => None,
        };
        let mut near = Vec::new();
        let mut all = Vec::new();
        for interface in list(&endpoint.value, "NetworkInterfaceIds") {
            let id = interface.as_str().unwrap_or("");
            let Some(doc) = self.find(INTERFACE, id) else { return Err(Disposition::Unknown) };
            let Some(own) = address(&doc.value, "PrivateIpAddress") else { continue };
            let subnet = self.find("AWS::EC2::Subnet", text(&doc.value, "SubnetId"));
            if zone.is_some()
                && zone.as_deref() == subnet.map(|subnet| text(&subnet.value, "AvailabilityZoneId"))
            {
                near.push((own, Some(id.to_owned())));
            }
            all.push((own, Some(id.to_owned())));
        }
        match (near.is_empty(), all.is_empty()) {
            (false, _) => Ok(near),
            (true, false) => Ok(all),
            (true, true) => Err(Disposition::Blocked),
        }
    }
}
