//! One packet on its way, remembering what it met.

use super::filters::Sure;
use super::packet::Packet;
use super::{Doc, Literal, address, list, text};
use butfor_network::{Flow, Place};
use std::net::IpAddr;

/// Where a walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// At an interface.
    Interface(String),
    /// In the internet.
    Internet(String),
    /// At the service behind a gateway endpoint of this VPC.
    Service(String),
    /// Refused for good.
    Nowhere,
    /// What follows is not described.
    Lost,
}

/// What lies between the two ends, as far as group references care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    Inside,
    Peering,
    Transit { references: Sure },
    Outside,
    Lost,
}

/// What a packet in a subnet came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Interface,
    Nat,
    Attachment,
}

/// What a NAT gateway did.
#[derive(Debug, Clone)]
pub(super) struct Translation {
    pub nat: String,
    pub from: IpAddr,
    pub from_port: (u16, u16),
}

pub(super) struct Walk<'w> {
    pub world: &'w Literal,
    script: Vec<usize>,
    /// Choices made so far: which, of how many.
    pub taken: Vec<(usize, usize)>,
    pub refused: bool,
    pub unsure: bool,
    pub notes: Vec<String>,
    pub client: Option<String>,
    pub server: Option<String>,
    pub reply: bool,
    pub path: Path,
    pub packet: Packet,
    pub translations: Vec<Translation>,
    /// Gateways the request left a VPC through.
    pub left_through: Vec<String>,
    /// Interface that must be reached.
    pub target: Option<String>,
    /// Addresses the client used: its own and the one it sent to.
    asked: (IpAddr, IpAddr),
    pub steps: usize,
}

impl<'w> Walk<'w> {
    pub fn new(world: &'w Literal, script: Vec<usize>) -> Self {
        let nobody = IpAddr::from([0, 0, 0, 0]);
        let ports = (0, 0);
        Self {
            world,
            script,
            taken: Vec::new(),
            refused: false,
            unsure: false,
            notes: Vec::new(),
            client: None,
            server: None,
            reply: false,
            path: Path::Inside,
            packet: Packet {
                from: nobody,
                to: nobody,
                protocol: 0,
                from_port: ports,
                to_port: ports,
                icmp: (0, 0),
            },
            translations: Vec::new(),
            left_through: Vec::new(),
            target: None,
            asked: (nobody, nobody),
            steps: 0,
        }
    }

    /// A choice AWS leaves open.
    pub fn choose(&mut self, of: usize) -> usize {
        let chosen = self.script.get(self.taken.len()).copied().unwrap_or(0);
        self.taken.push((chosen, of));
        chosen
    }

    pub fn note(&mut self, what: String) {
        self.notes.push(what);
    }

    pub fn refuse(&mut self, why: String) {
        self.refused = true;
        self.notes.push(format!("NO: {why}"));
    }

    pub fn doubt(&mut self, why: String) {
        self.unsure = true;
        self.notes.push(format!("UNSURE: {why}"));
    }

    /// Refused, and there is no way on.
    pub fn dead(&mut self, why: impl Into<String>) -> End {
        self.refuse(why.into());
        End::Nowhere
    }

    /// Not described, and there is no way on.
    pub fn lost(&mut self, why: impl Into<String>) -> End {
        self.doubt(why.into());
        End::Lost
    }

    /// A document that is not there: it does not exist where all were listed.
    pub fn absent(&mut self, kind: &str, account: &str, what: &str) -> End {
        if self.world.listed(kind, account) {
            self.dead(format!("{what} does not exist"))
        } else {
            self.lost(format!("{what} is not described"))
        }
    }

    pub fn forward(&mut self, flow: &Flow, to: IpAddr, target: Option<&str>) -> (Packet, End) {
        self.target = target.map(str::to_owned);
        let from = match &flow.from {
            Place::Address(from) => {
                self.packet = Packet::of(flow, *from, to);
                self.asked = (*from, to);
                if from.is_ipv4() != to.is_ipv4() {
                    return (self.packet.clone(), self.dead("two families of addresses"));
                }
                self.path = Path::Outside;
                let end = self.across_internet("internet");
                return (self.packet.clone(), end);
            }
            Place::Interface { id, address: given } => {
                let Some(doc) = self.world.find("AWS::EC2::NetworkInterface", id) else {
                    self.asked = (to, to);
                    return (self.packet.clone(), self.lost("the client is not described"));
                };
                self.client = Some(id.clone());
                (doc, given.or(address(&doc.value, "PrivateIpAddress")))
            }
            Place::Resource { .. } => return (self.packet.clone(), self.lost("not a client")),
        };
        let (doc, Some(own)) = from else {
            return (self.packet.clone(), self.lost("the client has no address"));
        };
        if own.is_ipv4() != to.is_ipv4() {
            return (self.packet.clone(), self.dead("two families of addresses"));
        }
        self.asked = (own, to);
        self.packet = Packet::of(flow, own, to);
        let first = self.packet.clone();
        self.running(doc);
        let (vpc, subnet) = (text(&doc.value, "VpcId").to_owned(), text(&doc.value, "SubnetId").to_owned());
        let end = self.leave_subnet(&vpc, &subnet, Came::Interface);
        let path = if end == End::Lost && self.path == Path::Inside { Path::Lost } else { self.path };
        self.security_groups(doc, &first, false, path);
        (self.packet.clone(), end)
    }

    /// The reply to a packet that arrived; security groups let it pass (1).
    pub fn back(&mut self, flow: &Flow, to: IpAddr, arrived: &Packet, end: &End) -> End {
        self.reply = true;
        self.steps = 0;
        self.packet = arrived.reversed();
        debug_assert_eq!(self.asked.1, to);
        let _ = flow;
        match end {
            End::Interface(id) => {
                let doc = self.world.find("AWS::EC2::NetworkInterface", id).expect("it was reached");
                let (vpc, subnet) =
                    (text(&doc.value, "VpcId").to_owned(), text(&doc.value, "SubnetId").to_owned());
                self.leave_subnet(&vpc, &subnet, Came::Interface)
            }
            End::Internet(gateway) => self.across_internet(&gateway.clone()),
            End::Service(vpc) => match self.world.interface_at(vpc, self.packet.to) {
                Some(doc) => {
                    let subnet = text(&doc.value, "SubnetId").to_owned();
                    let packet = self.packet.clone();
                    self.network_acl(&subnet, vpc, &packet, true);
                    self.arrive(doc)
                }
                None => self.dead("the client is gone"),
            },
            End::Nowhere | End::Lost => End::Lost,
        }
    }

    /// (71) What does not run neither sends nor receives.
    fn running(&mut self, interface: &Doc) {
        let instance = text(&interface.value["Attachment"], "InstanceId");
        if let Some(doc) = self.world.find("AWS::EC2::Instance", instance)
            && text(&doc.value["State"], "Name") != "running"
        {
            self.refuse(format!("{instance} does not run"));
        }
    }

    /// At an interface, whatever filters are before it being passed.
    pub fn arrive(&mut self, interface: &'w Doc) -> End {
        let nat = self.world.all("AWS::EC2::NatGateway").find(|doc| {
            list(&doc.value, "NatGatewayAddresses")
                .iter()
                .any(|entry| text(entry, "NetworkInterfaceId") == interface.id)
        });
        if let Some(nat) = nat {
            return self.arrive_at_nat(nat, interface);
        }
        if text(&interface.value, "InterfaceType") == "nat_gateway" {
            // (34) Whatever it is, it takes no new connections.
            return if self.reply {
                self.lost("a NAT gateway that is not described")
            } else {
                self.dead("a NAT gateway takes no new connections")
            };
        }
        self.running(interface);
        if self.reply {
            let right = self.client.as_deref() == Some(&interface.id)
                && self.asked == (self.packet.to, self.packet.from)
                && self.translations.is_empty();
            if !right {
                return self.dead(format!("the reply reaches {} as {:?}", interface.id, self.packet));
            }
            return End::Interface(interface.id.clone());
        }
        self.server = Some(interface.id.clone());
        if self.target.as_ref().is_some_and(|target| *target != interface.id) {
            self.refuse(format!("{} has the address, not what was meant", interface.id));
        }
        let packet = self.packet.clone();
        self.security_groups(interface, &packet, true, self.path);
        End::Interface(interface.id.clone())
    }

    /// In the internet, having left through a gateway.
    pub fn arrive_outside(&mut self, gateway: &str) -> End {
        if self.reply && (self.client.is_some() || self.asked != (self.packet.to, self.packet.from)) {
            return self.dead("the reply is not from whom the client asked");
        }
        End::Internet(gateway.to_owned())
    }
}
