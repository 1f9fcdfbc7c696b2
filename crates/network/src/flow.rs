//! One flow: who talks to whom, with which protocol and ports.

use std::fmt;
use std::net::IpAddr;

/// An IP protocol number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Protocol(pub u8);

impl Protocol {
    /// ICMP for IPv4.
    pub const ICMP: Self = Self(1);
    /// TCP.
    pub const TCP: Self = Self(6);
    /// UDP.
    pub const UDP: Self = Self(17);
    /// ICMP for IPv6.
    pub const ICMPV6: Self = Self(58);

    /// From a number or a name (`tcp`, `udp`, `icmp`, `icmpv6`, in any case).
    ///
    /// # Errors
    /// [`FlowError::Protocol`] for anything else.
    pub fn parse(text: &str) -> Result<Self, FlowError> {
        match text.to_ascii_lowercase().as_str() {
            "icmp" => Ok(Self::ICMP),
            "tcp" => Ok(Self::TCP),
            "udp" => Ok(Self::UDP),
            "icmpv6" => Ok(Self::ICMPV6),
            number => number.parse().map(Self).map_err(|_| FlowError::Protocol(text.to_owned())),
        }
    }

    /// Whether segments of it carry ports.
    #[must_use]
    pub fn has_ports(self) -> bool {
        matches!(self, Self::TCP | Self::UDP)
    }

    /// Whether it is ICMP, of either version.
    #[must_use]
    pub fn is_icmp(self) -> bool {
        matches!(self, Self::ICMP | Self::ICMPV6)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ICMP => f.write_str("icmp"),
            Self::TCP => f.write_str("tcp"),
            Self::UDP => f.write_str("udp"),
            Self::ICMPV6 => f.write_str("icmpv6"),
            Self(number) => write!(f, "protocol {number}"),
        }
    }
}

/// A place a flow starts or ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A network interface, by id. Without `address` it is the primary private address, and for a flow that comes from
    /// the internet the public one, as nothing else can be addressed from there.
    Interface {
        /// `eni-...`
        id: String,
        /// One of its private, public or IPv6 addresses.
        address: Option<IpAddr>,
    },
    /// An address, wherever it is: an interface that carries it, the internet, on-premises. An address that several
    /// VPCs use is looked up in the VPC the flow comes from (or, for a source, must be unique).
    Address(IpAddr),
    /// A resource of a service, whichever of its interfaces serves the other end: for an endpoint the one in the
    /// client's zone where there is one. It may have none (an endpoint without subnets), and then serves nobody.
    Resource {
        /// CloudFormation type name.
        kind: String,
        /// The id AWS's own references use.
        id: String,
    },
}

/// One flow. The reply is walked too, so it names the initiating direction only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// Where it starts.
    pub from: Place,
    /// Where it is addressed to.
    pub to: Place,
    /// IP protocol.
    pub protocol: Protocol,
    /// Source port; an ephemeral one (see [`Flow::EPHEMERAL_PORT`]) is used where absent.
    pub source_port: Option<u16>,
    /// Destination port, for TCP and UDP.
    pub destination_port: Option<u16>,
    /// ICMP type and code; echo request where absent.
    pub icmp: Option<(u8, u8)>,
}

impl Flow {
    /// The source port assumed where none is given: the first of the IANA dynamic range (RFC 6335, section 6).
    pub const EPHEMERAL_PORT: u16 = 49152;

    /// `tcp/3306`, `icmp`, `protocol 47`.
    #[must_use]
    pub fn service(&self) -> String {
        match self.destination_port {
            Some(port) if self.protocol.has_ports() => format!("{}/{port}", self.protocol),
            _ => self.protocol.to_string(),
        }
    }
}

/// A flow that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// Not a protocol name or number.
    #[error("`{0}` is not a protocol: use tcp, udp, icmp, icmpv6 or a number from 0 to 255")]
    Protocol(String),
    /// Nothing in the documents has this name.
    #[error("`{0}` is no instance, interface, address or resource in these documents")]
    Unknown(String),
    /// It names something that has no address to send to or from.
    #[error("`{0}` has no network interface in these documents")]
    NoInterface(String),
}
