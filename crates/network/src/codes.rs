//! Explanation codes of AWS Reachability Analyzer, as far as this model gives them.
//!
//! Source of names and meanings: <https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html>; the
//! meanings in our words are in the network semantics reference, section 2.

macro_rules! codes {
    ($($name:ident: $what:literal;)*) => {
        $(
            #[doc = $what]
            pub const $name: &str = stringify!($name);
        )*
        /// Every code this model gives, with its meaning.
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $what)),*];
    };
}

codes! {
    BAD_STATE: "A component is not functional.";
    BAD_STATE_ATTACHMENT: "An attachment is not functional.";
    BAD_STATE_ROUTE: "A route leads to something that was deleted or detached.";
    BAD_STATE_VPN: "A VPN connection is not functional.";
    NO_ROUTE_TO_DESTINATION: "The route table has no applicable route.";
    NO_POSSIBLE_DESTINATION: "There is nothing to deliver to.";
    NO_SOURCE_OR_DESTINATION: "There is nothing at the source, or nothing at the destination.";
    NO_PATH: "Packets go round in a circle, or nothing leads on.";
    ELBV2_LISTENER_REQUIRES_TG_ACCEPT: "No target group of the listener accepts the packet.";
    UNASSOCIATED_COMPONENT: "A component is attached to nothing on the way.";
    ENI_SG_RULES_MISMATCH: "No rule of the interface's security groups matches.";
    SG_HAS_NO_RULES: "The interface's security groups have no rule in this direction.";
    SG_REFERENCES_NOT_PRESERVED: "A component on the way drops group identity, so rules that refer to groups fail.";
    SG_REFERENCING_SUPPORT: "The transit gateway or its attachment does not support references to groups.";
    UNKNOWN_PEERED_SGS: "References to groups of an unknown peer VPC, or one in another region, are treated as no match.";
    ENI_ADDRESS_RESTRICTION: "The interface handles only its own addresses.";
    ENI_SOURCE_DEST_CHECK_RESTRICTION: "The source/destination check drops foreign addresses.";
    SUBNET_ACL_RESTRICTION: "The network ACL does not admit the packet.";
    ELB_ACL_RESTRICTION: "A Classic Load Balancer's network ACL does not admit the packet, even inside one subnet.";
    IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS: "The source has no public address, so the internet gateway drops it.";
    IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS: "From the internet, the destination is not a public address of an interface.";
    IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS: "A private destination is refused at the internet gateway.";
    IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS: "A shared-space destination is refused at the internet gateway.";
    GATEWAY_REJECTS_SPOOFED_TRAFFIC: "A gateway refuses a source that is not from its VPC.";
    NGW_REQUIRES_SOURCE_IN_VPC: "A NAT gateway serves its own VPC only, not peering, VPN or Direct Connect.";
    NGW_SOURCE_ADDRESS_REASSIGN: "A NAT gateway gives packets its own source address.";
    NGW_DEST_ADDRESS_PRESERVATION: "A NAT gateway takes no new connection to itself.";
    REGIONAL_NGW_ROUTE_AZ_RESTRICTION: "A regional NAT gateway is not present in the source's zone.";
    PCX_REQUIRES_ADDRESS_IN_VPC_CIDR: "Peering carries traffic between the two VPCs' own addresses only.";
    TGW_ROUTE_AZ_RESTRICTION: "The transit gateway attachment has no subnet in the source's zone.";
    TGW_ATTACH_VPC_AZ_RESTRICTION: "Zone affinity sends the reply through another zone than the request.";
    TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION: "The attachment is associated with no transit gateway route table.";
    TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT: "The transit gateway route table has no applicable route.";
    TGW_RTB_BAD_STATE_ROUTE: "The transit gateway route is a blackhole.";
    ELB_LISTENERS_MISMATCH: "The Classic Load Balancer has no listener on this port.";
    ELBV2_LISTENERS_MISMATCH: "The load balancer has no listener for this protocol and port.";
    ELBV2_LISTENER_HAS_NO_TG: "The listener has no target.";
    ELBV2_NO_TARGETS_IN_AZ: "There is no target in the load balancer node's zone, and cross-zone balancing is off.";
    ELBV2_SOURCE_ADDRESS_PRESERVATION: "A load balancer that keeps the client's address cannot send to the client itself.";
    FIREWALL_RULES_RESTRICTION: "A Network Firewall rule blocks the packet.";
    VPCE_GATEWAY_PROTOCOL_RESTRICTION: "A gateway endpoint takes TCP and ICMP echo only.";
    VPC_BLOCK_PUBLIC_ACCESS_ENABLED: "Block Public Access of the region drops it.";
    PROTOCOL_RESTRICTION: "The component takes certain protocols only.";
}
