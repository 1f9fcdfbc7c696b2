//! AWS describe output, cut into resources.
//!
//! An answer of a describe call holds many resources, and one resource is told by several calls (a transit gateway
//! route table by DescribeTransitGatewayRouteTables, GetTransitGatewayRouteTableAssociations, ...Propagations and
//! SearchTransitGatewayRoutes). [`fragments`] cuts an answer into pieces, [`compose`] puts the pieces of each resource
//! together to one JSON object in AWS's own names.

use std::sync::Arc;

/// Names a document outside this library; opaque here, given back in every hop and blocker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(pub u32);

/// One resource as one JSON object in AWS's own names, members of secondary calls merged in:
///
/// | kind | member | from |
/// |---|---|---|
/// | AWS::EC2::VPC | `EnableDnsSupport`, `EnableDnsHostnames` (booleans) | DescribeVpcAttribute |
/// | AWS::EC2::TransitGatewayRouteTable | `Associations`, `Propagations`, `Routes` (lists) | Get...Associations, Get...Propagations, SearchTransitGatewayRoutes |
/// | AWS::EC2::PrefixList | `Cidrs` (list of text) | DescribePrefixLists, GetManagedPrefixListEntries |
/// | AWS::ElasticLoadBalancingV2::LoadBalancer | `Listeners`, `Attributes` (lists) | DescribeListeners, DescribeLoadBalancerAttributes |
/// | AWS::ElasticLoadBalancingV2::TargetGroup | `TargetHealthDescriptions`, `Attributes` (lists) | DescribeTargetHealth, DescribeTargetGroupAttributes |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// CloudFormation type name.
    pub kind: &'static str,
    /// The id AWS's own references use (`sg-...`; an ARN for load balancers, target groups, firewalls, functions).
    pub id: String,
    /// Account it was described in (its owner's, where several described it).
    pub account: String,
    /// Region it was described in.
    pub region: String,
    /// The object.
    pub json: Arc<str>,
    /// Where it was read.
    pub origins: Vec<Origin>,
}
