//! Which top-level key of an answer holds which resources: one table for every describe call that is understood.

use super::Part;

/// What a top-level key holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// A list of objects; the id is the first of these members that is there. `all`: the list has all of the kind when
    /// no ids and filters were asked for.
    List { kind: &'static str, id: &'static [&'static str], part: Part, all: bool },
    /// One object.
    One { kind: &'static str, id: &'static [&'static str] },
    /// Batfish's packing of several calls: a list of `{id, inner: [...]}`.
    Wrapped { kind: &'static str, id: &'static str, inner: &'static str, member: &'static str },
    /// Elements of a list member, each naming its resource.
    Elements { kind: &'static str, id: &'static str, member: &'static str },
    /// Elements of a list member of the resource the request names.
    Asked { kind: &'static str, parameter: &'static str, member: &'static str },
    /// The managed prefix list's `Entries[].Cidr`, which become `Cidrs`.
    Entries,
    /// `Reservations[].Instances[]`, with interfaces inside.
    Reservations,
    /// Instances without reservations.
    Instances,
    /// Listeners are resources of their own and a member of their load balancer.
    Listeners,
    /// Batfish's packing of several calls: a list of `{LoadBalancerArn, Listeners: [...]}`.
    PackedListeners,
    /// Understood together with another key, or of no use here.
    Ignored,
}

const fn list(kind: &'static str, id: &'static [&'static str]) -> Shape {
    Shape::List { kind, id, part: Part::Object, all: true }
}

/// All resources of the kind, but not all about them.
const fn brief(kind: &'static str, id: &'static [&'static str]) -> Shape {
    Shape::List { kind, id, part: Part::Partial, all: true }
}

/// Some resources of the kind, and not all about them.
const fn some(kind: &'static str, id: &'static [&'static str]) -> Shape {
    Shape::List { kind, id, part: Part::Partial, all: false }
}

pub(super) const VPC: &str = "AWS::EC2::VPC";
pub(super) const INSTANCE: &str = "AWS::EC2::Instance";
pub(super) const INTERFACE: &str = "AWS::EC2::NetworkInterface";
pub(super) const PREFIX_LIST: &str = "AWS::EC2::PrefixList";
pub(super) const TGW_ATTACHMENT: &str = "AWS::EC2::TransitGatewayAttachment";
pub(super) const TGW_TABLE: &str = "AWS::EC2::TransitGatewayRouteTable";
pub(super) const BPA_OPTIONS: &str = "AWS::EC2::VPCBlockPublicAccessOptions";
pub(super) const LOAD_BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
pub(super) const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
pub(super) const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
pub(super) const FIREWALL: &str = "AWS::NetworkFirewall::Firewall";
pub(super) const FIREWALL_POLICY: &str = "AWS::NetworkFirewall::FirewallPolicy";
pub(super) const RULE_GROUP: &str = "AWS::NetworkFirewall::RuleGroup";
pub(super) const FUNCTION: &str = "AWS::Lambda::Function";
const SECURITY_GROUP: &str = "AWS::EC2::SecurityGroup";
const ENDPOINT_SERVICE: &str = "AWS::EC2::VPCEndpointService";
const VIRTUAL_INTERFACE: &str = "AWS::DirectConnect::VirtualInterface";
const ALARM: &str = "AWS::CloudWatch::Alarm";

/// Every top-level key that is understood. Names are those of the AWS APIs as the AWS CLI prints them; those marked
/// "Batfish" are that tool's packing of several calls into one file.
pub(super) const KEYS: &[(&str, Shape)] = &[
    ("Vpcs", list(VPC, &["VpcId"])),
    ("Subnets", list("AWS::EC2::Subnet", &["SubnetId"])),
    ("NetworkInterfaces", list(INTERFACE, &["NetworkInterfaceId"])),
    ("Reservations", Shape::Reservations),
    ("SecurityGroups", list(SECURITY_GROUP, &["GroupId"])),
    (
        "SecurityGroupRules",
        Shape::Elements { kind: SECURITY_GROUP, id: "GroupId", member: "SecurityGroupRules" },
    ),
    (
        "SecurityGroupVpcAssociations",
        Shape::Elements { kind: SECURITY_GROUP, id: "GroupId", member: "VpcAssociations" },
    ),
    ("RouteTables", list("AWS::EC2::RouteTable", &["RouteTableId"])),
    ("NetworkAcls", list("AWS::EC2::NetworkAcl", &["NetworkAclId"])),
    ("InternetGateways", list("AWS::EC2::InternetGateway", &["InternetGatewayId"])),
    (
        "EgressOnlyInternetGateways",
        list("AWS::EC2::EgressOnlyInternetGateway", &["EgressOnlyInternetGatewayId"]),
    ),
    ("NatGateways", list("AWS::EC2::NatGateway", &["NatGatewayId"])),
    // An address of EC2-Classic has no allocation.
    ("Addresses", list("AWS::EC2::EIP", &["AllocationId", "PublicIp"])),
    ("VpcPeeringConnections", list("AWS::EC2::VPCPeeringConnection", &["VpcPeeringConnectionId"])),
    ("VpcEndpoints", list("AWS::EC2::VPCEndpoint", &["VpcEndpointId"])),
    ("ServiceConfigurations", list(ENDPOINT_SERVICE, &["ServiceId"])),
    // DescribeVpcEndpointServices: what a consumer sees of a service, AWS's own services among them.
    ("ServiceDetails", some(ENDPOINT_SERVICE, &["ServiceId"])),
    ("ServiceNames", Shape::Ignored),
    (
        "AllowedPrincipals",
        Shape::Asked { kind: ENDPOINT_SERVICE, parameter: "ServiceId", member: "AllowedPrincipals" },
    ),
    // DescribePrefixLists (AWS's own lists, with Cidrs) and DescribeManagedPrefixLists (all lists, without) answer under
    // the same key; `shape` tells them apart.
    ("PrefixLists", some(PREFIX_LIST, &["PrefixListId"])),
    ("Entries", Shape::Entries),
    ("TransitGateways", list("AWS::EC2::TransitGateway", &["TransitGatewayId"])),
    ("TransitGatewayAttachments", list(TGW_ATTACHMENT, &["TransitGatewayAttachmentId"])),
    ("TransitGatewayVpcAttachments", some(TGW_ATTACHMENT, &["TransitGatewayAttachmentId"])),
    ("TransitGatewayPeeringAttachments", some(TGW_ATTACHMENT, &["TransitGatewayAttachmentId"])),
    ("TransitGatewayRouteTables", list(TGW_TABLE, &["TransitGatewayRouteTableId"])),
    (
        "Associations",
        Shape::Asked { kind: TGW_TABLE, parameter: "TransitGatewayRouteTableId", member: "Associations" },
    ),
    (
        "TransitGatewayRouteTablePropagations",
        Shape::Asked { kind: TGW_TABLE, parameter: "TransitGatewayRouteTableId", member: "Propagations" },
    ),
    ("Routes", Shape::Asked { kind: TGW_TABLE, parameter: "TransitGatewayRouteTableId", member: "Routes" }),
    (
        "TransitGatewayPrefixListReferences",
        Shape::Asked {
            kind: TGW_TABLE,
            parameter: "TransitGatewayRouteTableId",
            member: "PrefixListReferences",
        },
    ),
    (
        "TransitGatewayPropagations", // Batfish
        Shape::Wrapped {
            kind: TGW_TABLE,
            id: "TransitGatewayRouteTableId",
            inner: "TransitGatewayRouteTablePropagations",
            member: "Propagations",
        },
    ),
    (
        "TransitGatewayStaticRoutes", // Batfish
        Shape::Wrapped {
            kind: TGW_TABLE,
            id: "TransitGatewayRouteTableId",
            inner: "Routes",
            member: "Routes",
        },
    ),
    ("VpnGateways", list("AWS::EC2::VPNGateway", &["VpnGatewayId"])),
    ("VpnConnections", list("AWS::EC2::VPNConnection", &["VpnConnectionId"])),
    ("CustomerGateways", list("AWS::EC2::CustomerGateway", &["CustomerGatewayId"])),
    ("DhcpOptions", list("AWS::EC2::DHCPOptions", &["DhcpOptionsId"])),
    ("virtualInterfaces", list(VIRTUAL_INTERFACE, &["virtualInterfaceId"])),
    ("VirtualInterfaces", list(VIRTUAL_INTERFACE, &["VirtualInterfaceId"])), // Batfish
    ("VpcBlockPublicAccessOptions", Shape::One { kind: BPA_OPTIONS, id: &[] }),
    ("VpcBlockPublicAccessExclusions", list("AWS::EC2::VPCBlockPublicAccessExclusion", &["ExclusionId"])),
    ("LoadBalancers", list(LOAD_BALANCER, &["LoadBalancerArn"])),
    ("Listeners", Shape::Listeners),
    ("TargetGroups", list(TARGET_GROUP, &["TargetGroupArn"])),
    (
        "TargetHealthDescriptions",
        Shape::Asked { kind: TARGET_GROUP, parameter: "TargetGroupArn", member: "TargetHealthDescriptions" },
    ),
    // DescribeLoadBalancerAttributes; DescribeTargetGroupAttributes is told by its parameter, in `cut`.
    ("Attributes", Shape::Asked { kind: LOAD_BALANCER, parameter: "LoadBalancerArn", member: "Attributes" }),
    ("LoadBalancerListeners", Shape::PackedListeners), // Batfish
    (
        "LoadBalancerAttributes", // Batfish
        Shape::Wrapped {
            kind: LOAD_BALANCER,
            id: "LoadBalancerArn",
            inner: "Attributes",
            member: "Attributes",
        },
    ),
    (
        "LoadBalancerTargetHealth", // Batfish
        Shape::Wrapped {
            kind: TARGET_GROUP,
            id: "TargetGroupArn",
            inner: "TargetHealthDescriptions",
            member: "TargetHealthDescriptions",
        },
    ),
    ("LoadBalancerDescriptions", list("AWS::ElasticLoadBalancing::LoadBalancer", &["LoadBalancerName"])),
    ("Firewall", Shape::One { kind: FIREWALL, id: &["FirewallArn"] }),
    ("Firewalls", brief(FIREWALL, &["FirewallArn"])),
    ("FirewallPolicyResponse", Shape::One { kind: FIREWALL_POLICY, id: &["FirewallPolicyArn"] }),
    ("RuleGroupResponse", Shape::One { kind: RULE_GROUP, id: &["RuleGroupArn"] }),
    ("DBInstances", list("AWS::RDS::DBInstance", &["DBInstanceIdentifier"])),
    ("Functions", brief(FUNCTION, &["FunctionArn"])),
    ("cluster", Shape::One { kind: "AWS::EKS::Cluster", id: &["name"] }),
    ("MetricAlarms", list(ALARM, &["AlarmArn"])),
    ("CompositeAlarms", list(ALARM, &["AlarmArn"])),
    ("Configuration", Shape::One { kind: FUNCTION, id: &["FunctionArn"] }),
    // np-guard's snapshots: one object with these keys, the members inside in AWS's own names.
    ("vpcs", list(VPC, &["VpcId"])),
    ("subnets", list("AWS::EC2::Subnet", &["SubnetId"])),
    ("instances", Shape::Instances),
    ("security_groups", list(SECURITY_GROUP, &["GroupId"])),
    ("network_acls", list("AWS::EC2::NetworkAcl", &["NetworkAclId"])),
    ("internet_gateways", list("AWS::EC2::InternetGateway", &["InternetGatewayId"])),
];

/// Keys whose sibling in the same answer is a member of their object.
pub(super) const COMPANIONS: &[(&str, &str)] = &[
    ("Firewall", "FirewallStatus"),
    ("FirewallPolicyResponse", "FirewallPolicy"),
    ("RuleGroupResponse", "RuleGroup"),
];

/// What a key holds in an answer to this operation.
pub(super) fn shape(key: &str, operation: Option<&str>) -> Option<Shape> {
    let (_, shape) = KEYS.iter().find(|(name, _)| *name == key)?;
    // np-guard's keys are ordinary words that other services use too; its files name no operation.
    let np_guard = key.starts_with(|first: char| first.is_lowercase())
        && !matches!(key, "cluster" | "virtualInterfaces");
    match (*shape, operation) {
        _ if np_guard && operation.is_some() => None,
        (Shape::List { kind: PREFIX_LIST, id, .. }, Some("DescribeManagedPrefixLists")) => {
            Some(brief(PREFIX_LIST, id))
        }
        (shape, _) => Some(shape),
    }
}

/// The static form of a CloudFormation type name, where documents of it can exist.
#[must_use]
pub fn known_kind(kind: &str) -> Option<&'static str> {
    let of = |shape: &Shape| match *shape {
        Shape::List { kind, .. }
        | Shape::One { kind, .. }
        | Shape::Wrapped { kind, .. }
        | Shape::Elements { kind, .. }
        | Shape::Asked { kind, .. } => Some(kind),
        Shape::Entries => Some(PREFIX_LIST),
        Shape::Reservations | Shape::Instances => Some(INSTANCE),
        Shape::Listeners | Shape::PackedListeners => Some(LISTENER),
        Shape::Ignored => None,
    };
    let of_network = KEYS.iter().filter_map(|(_, shape)| of(shape));
    let told = super::calls::KINDS.iter().chain(super::settings::KINDS).copied();
    of_network.chain(told).find(|known| *known == kind)
}
