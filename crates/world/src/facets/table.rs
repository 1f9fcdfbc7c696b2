//! Which members of which kind are facets: one table, with the kinds that permissions are made of in
//! `permissions` and those of which the settings matter in `configuration`.

use super::{configuration, permissions};

/// How an element of a list member is told from the others.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    /// By the first of these members (`/` goes inside) that has a text or number.
    Member(&'static [&'static str]),
    /// The element is a text and its own key.
    Text,
    /// A security group permission with exactly one peer.
    Permission,
    /// A route table's association: its subnet, its gateway, or `main`.
    Association,
    /// A network ACL's entry: direction and number.
    Entry,
    /// A target: id and port.
    Target,
    /// The member is a map: the name of each of its members.
    Name,
}

/// What makes two sightings of an element the same.
#[derive(Debug, Clone, Copy)]
pub(super) enum Same {
    /// Its key says everything.
    Key,
    /// These members (`/` goes inside); an absent one and `null` are the same.
    Members(&'static [&'static str]),
    /// A route goes to the same target; what describe output adds beside the target does not count.
    Target,
    /// A transit gateway route goes to the same attachments.
    Attachments,
    /// A statement of a policy says the same.
    Statement,
    /// The policy in this member says the same.
    Policy(&'static str),
    /// The element is the same as a whole.
    Value,
}

/// One list member.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    pub(super) member: &'static str,
    pub(super) key: Key,
    pub(super) same: Same,
    /// The member without which only an element's name is known.
    pub(super) content: Option<&'static str>,
}

/// One kind.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) kind: &'static str,
    pub(super) lists: &'static [List],
    /// Members that are no lists; `Options/*` is every member of `Options`.
    pub(super) attributes: &'static [&'static str],
    /// Members that come from a call of their own: absent means not asked.
    pub(super) secondary: &'static [&'static str],
}

pub(super) const fn by(member: &'static str, key: &'static [&'static str]) -> List {
    List { member, key: Key::Member(key), same: Same::Key, content: None }
}

pub(super) const fn map(member: &'static str) -> List {
    List { member, key: Key::Name, same: Same::Value, content: None }
}

pub(super) const fn text(member: &'static str) -> List {
    List { member, key: Key::Text, same: Same::Key, content: None }
}

const fn permissions(member: &'static str) -> List {
    List { member, key: Key::Permission, same: Same::Key, content: None }
}

pub(super) const fn kind(
    kind: &'static str,
    lists: &'static [List],
    attributes: &'static [&'static str],
) -> Kind {
    Kind { kind, lists, attributes, secondary: &[] }
}

/// Members of a route that name its target (EC2 API reference, Route).
pub(crate) const ROUTE_TARGETS: &[&str] = &[
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
];

const ENTRY: &[&str] = &["Protocol", "RuleAction", "CidrBlock", "Ipv6CidrBlock", "PortRange", "IcmpTypeCode"];
const ROUTE_KEY: &[&str] = &["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"];

pub(super) static KINDS: &[Kind] = &[
    Kind {
        kind: "AWS::EC2::VPC",
        lists: &[
            by("CidrBlockAssociationSet", &["CidrBlock"]),
            by("Ipv6CidrBlockAssociationSet", &["Ipv6CidrBlock"]),
        ],
        attributes: &["EnableDnsSupport", "EnableDnsHostnames", "DhcpOptionsId"],
        secondary: &["EnableDnsSupport", "EnableDnsHostnames"],
    },
    kind("AWS::EC2::Subnet", &[], &[]),
    kind(
        "AWS::EC2::NetworkInterface",
        &[by("Groups", &["GroupId"])],
        &["SourceDestCheck", "Association", "Status"],
    ),
    kind("AWS::EC2::Instance", &[], &["State/Name", "IamInstanceProfile"]),
    Kind {
        kind: "AWS::EC2::SecurityGroup",
        lists: &[
            permissions("IpPermissions"),
            permissions("IpPermissionsEgress"),
            by("VpcAssociations", &["VpcId"]),
        ],
        attributes: &[],
        secondary: &["VpcAssociations"],
    },
    kind(
        "AWS::EC2::RouteTable",
        &[
            List { member: "Routes", key: Key::Member(ROUTE_KEY), same: Same::Target, content: None },
            List { member: "Associations", key: Key::Association, same: Same::Key, content: None },
            by("PropagatingVgws", &["GatewayId"]),
        ],
        &[],
    ),
    kind(
        "AWS::EC2::NetworkAcl",
        &[
            List { member: "Entries", key: Key::Entry, same: Same::Members(ENTRY), content: None },
            by("Associations", &["SubnetId"]),
        ],
        &[],
    ),
    kind("AWS::EC2::InternetGateway", &[by("Attachments", &["VpcId"])], &[]),
    kind("AWS::EC2::EgressOnlyInternetGateway", &[by("Attachments", &["VpcId"])], &[]),
    kind("AWS::EC2::NatGateway", &[], &["State"]),
    kind("AWS::EC2::EIP", &[], &["AssociationId", "NetworkInterfaceId"]),
    kind("AWS::EC2::VPCPeeringConnection", &[], &["Status/Code"]),
    kind(
        "AWS::EC2::VPCEndpoint",
        &[text("SubnetIds"), text("RouteTableIds"), by("Groups", &["GroupId"])],
        &["PolicyDocument", "PrivateDnsEnabled", "State"],
    ),
    Kind {
        kind: "AWS::EC2::VPCEndpointService",
        lists: &[by("AllowedPrincipals", &["Principal"])],
        attributes: &[],
        secondary: &["AllowedPrincipals"],
    },
    Kind { kind: "AWS::EC2::PrefixList", lists: &[text("Cidrs")], attributes: &[], secondary: &["Cidrs"] },
    kind("AWS::EC2::TransitGateway", &[], &["Options/*"]),
    Kind {
        kind: "AWS::EC2::TransitGatewayAttachment",
        lists: &[text("SubnetIds")],
        attributes: &["State", "Options/*"],
        secondary: &["SubnetIds", "Options"],
    },
    Kind {
        kind: "AWS::EC2::TransitGatewayRouteTable",
        lists: &[
            by("Associations", &["TransitGatewayAttachmentId"]),
            by("Propagations", &["TransitGatewayAttachmentId"]),
            List {
                member: "Routes",
                key: Key::Member(&["DestinationCidrBlock", "PrefixListId"]),
                same: Same::Attachments,
                content: None,
            },
        ],
        attributes: &[],
        secondary: &["Associations", "Propagations", "Routes"],
    },
    kind("AWS::EC2::VPNGateway", &[by("VpcAttachments", &["VpcId"])], &[]),
    kind("AWS::EC2::VPNConnection", &[by("Routes", &["DestinationCidrBlock"])], &["State"]),
    kind("AWS::EC2::CustomerGateway", &[], &[]),
    kind("AWS::EC2::DHCPOptions", &[], &[]),
    kind("AWS::DirectConnect::VirtualInterface", &[], &[]),
    kind("AWS::EC2::VPCBlockPublicAccessOptions", &[], &["InternetGatewayBlockMode"]),
    kind("AWS::EC2::VPCBlockPublicAccessExclusion", &[], &["InternetGatewayExclusionMode", "State"]),
    Kind {
        kind: "AWS::ElasticLoadBalancingV2::LoadBalancer",
        lists: &[text("SecurityGroups"), by("AvailabilityZones", &["SubnetId"]), ATTRIBUTES],
        attributes: &["State/Code"],
        secondary: &["Attributes"],
    },
    kind("AWS::ElasticLoadBalancingV2::Listener", &[], &["Port", "Protocol", "DefaultActions"]),
    Kind {
        kind: "AWS::ElasticLoadBalancingV2::TargetGroup",
        lists: &[
            List { member: "TargetHealthDescriptions", key: Key::Target, same: Same::Key, content: None },
            ATTRIBUTES,
        ],
        attributes: &[
            "Port",
            "Protocol",
            "TargetType",
            "HealthCheckPort",
            "HealthCheckProtocol",
            "HealthCheckPath",
            "HealthCheckEnabled",
            "HealthCheckIntervalSeconds",
            "HealthCheckTimeoutSeconds",
            "HealthyThresholdCount",
            "UnhealthyThresholdCount",
            "Matcher",
        ],
        secondary: &["TargetHealthDescriptions", "Attributes"],
    },
    kind(
        "AWS::ElasticLoadBalancing::LoadBalancer",
        &[by("Instances", &["InstanceId"]), text("Subnets"), text("SecurityGroups")],
        &[],
    ),
    kind("AWS::NetworkFirewall::Firewall", &[by("SubnetMappings", &["SubnetId"])], &["FirewallPolicyArn"]),
    Kind {
        kind: "AWS::NetworkFirewall::FirewallPolicy",
        lists: &[],
        attributes: &["FirewallPolicy"],
        secondary: &["FirewallPolicy"],
    },
    Kind {
        kind: "AWS::NetworkFirewall::RuleGroup",
        lists: &[],
        attributes: &["RuleGroup"],
        secondary: &["RuleGroup"],
    },
    kind("AWS::EKS::Cluster", &[], &["resourcesVpcConfig"]),
];

const ATTRIBUTES: List =
    List { member: "Attributes", key: Key::Member(&["Key"]), same: Same::Members(&["Value"]), content: None };

impl List {
    /// Whether the member is a map instead of a list.
    pub(super) fn is_map(&self) -> bool {
        matches!(self.key, Key::Name)
    }
}

/// The row of a kind.
pub(super) fn of(kind: &str) -> Option<&'static Kind> {
    KINDS.iter().chain(permissions::KINDS).chain(configuration::KINDS).find(|row| row.kind == kind)
}

impl Kind {
    pub(super) fn list(&self, member: &str) -> Option<&'static List>
    where
        Self: 'static,
    {
        self.lists.iter().find(|list| list.member == member)
    }
}

/// The member that holds a route's destination; `None` for what is no element of a route table's routes. A transit
/// gateway's route without attachment is a blackhole, so that an unknown one cannot be written this way.
pub(super) fn route_key(list: &List, destination: &str) -> Option<&'static str> {
    let is_route = matches!(list.same, Same::Target) && !destination.is_empty();
    is_route.then_some(match destination {
        list if list.starts_with("pl-") => "DestinationPrefixListId",
        v6 if v6.contains(':') => "DestinationIpv6CidrBlock",
        _ => "DestinationCidrBlock",
    })
}
