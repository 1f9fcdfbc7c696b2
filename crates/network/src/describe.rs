//! AWS describe output, cut into resources.
//!
//! An answer of a describe call holds many resources, and one resource is told by several calls (a transit gateway
//! route table by DescribeTransitGatewayRouteTables, GetTransitGatewayRouteTableAssociations, ...Propagations and
//! SearchTransitGatewayRoutes). [`fragments`] cuts an answer into pieces, [`compose`] puts the pieces of each resource
//! together to one JSON object in AWS's own names.
//!
//! Answers are cut as text ([`serde_json::value::RawValue`]): no tree is built for what is only passed on.

mod calls;
mod compose;
mod cut;
mod elements;
mod ids;
mod keys;
mod permissions;
mod raw;
mod settings;
#[cfg(test)]
mod tests;

pub use compose::compose;
pub use cut::fragments;
pub use elements::{UNKNOWN, element_name};
pub use ids::resource_id;
pub use keys::known_kind;

use std::borrow::Cow;
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
/// | AWS::EC2::TransitGatewayAttachment | `Associations` (list) | the `Association` of each side, where both sides of a peering were described |
/// | AWS::EC2::PrefixList | `Cidrs` (list of text) | DescribePrefixLists, GetManagedPrefixListEntries |
/// | AWS::ElasticLoadBalancingV2::LoadBalancer | `Listeners`, `Attributes` (lists) | DescribeListeners, DescribeLoadBalancerAttributes |
/// | AWS::ElasticLoadBalancingV2::TargetGroup | `TargetHealthDescriptions`, `Attributes` (lists) | DescribeTargetHealth, DescribeTargetGroupAttributes |
/// | AWS::IAM::Role, User, Group | `AttachedPolicies`, `InlinePolicies`, `Tags` (lists), `PermissionsBoundary`, of a user `Groups` | List..., Get...Policy, GetAccountAuthorizationDetails |
/// | AWS::IAM::ManagedPolicy | `Versions` (list), `DefaultVersionId` | ListPolicyVersions, GetPolicyVersion, GetPolicy |
/// | AWS::S3::Bucket | `Policy`, `PublicAccessBlockConfiguration`, `LocationConstraint` | GetBucketPolicy, GetPublicAccessBlock, GetBucketLocation |
/// | AWS::KMS::Key | `KeyPolicy`, `KeyState`, `Grants` (list) | GetKeyPolicy, DescribeKey, ListGrants |
/// | AWS::Lambda::Function | `Policy`, `ReservedConcurrentExecutions` | GetPolicy, GetFunctionConcurrency, GetFunction |
/// | AWS::SQS::Queue, AWS::SNS::Topic | `Policy`, `KmsMasterKeyId` | GetQueueAttributes, GetTopicAttributes |
/// | AWS::SecretsManager::Secret | `ResourcePolicy`, `KmsKeyId` | GetResourcePolicy, DescribeSecret |
/// | AWS::DynamoDB::Table | `ResourcePolicy`, `SSEDescription`, `BillingModeSummary`, `ProvisionedThroughput`, `GlobalSecondaryIndexes` (list) and others | GetResourcePolicy, DescribeTable |
/// | AWS::ApiGateway::Stage, Resource, AWS::ApiGatewayV2::Stage | none; their id is `API/NAME` | GetStages, GetResources |
/// | AWS::Organizations::Policy | `Content`, `Targets` (list) | DescribePolicy, ListTargetsForPolicy |
/// | AWS::Organizations::Root, OrganizationalUnit, Account | `ParentId`, `ServiceControlPolicies`, `ResourceControlPolicies` (lists) | ListParents, List...ForParent, ListPoliciesForTarget |
///
/// A member of such a call that was not made is absent; one that was asked for and is not set is `null`, or an empty
/// list. An element of `InlinePolicies` or `Versions` whose content nobody read has no `PolicyDocument` or `Document`;
/// where nobody asked for the whole list, it has the text [`UNKNOWN`] among its elements.
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

/// A kind that was listed completely in an account and region: what is not among its documents does not exist there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listing {
    /// Account that was asked.
    pub account: String,
    /// Region that was asked.
    pub region: String,
    /// CloudFormation type name.
    pub kind: &'static str,
}

/// What a fragment's text is of its resource. The order is the order of preference among objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The resource's object, from the call that is about it.
    Object,
    /// An object with some of its members, from another call; members the first object lacks are added from it.
    Partial,
    /// An object found inside another resource (interfaces inside instances); used only where no other object is.
    Embedded,
    /// The whole value of the member.
    Value,
    /// A list of elements of the member; lists of several pages are joined.
    Elements,
    /// One element of the member; several are joined to a list.
    Element,
    /// All elements of the member, or all on this page: the latest call that lists them counts, whichever it is.
    Listed,
    /// One element of the member from a call about it alone: it replaces the element of the same name.
    Told,
    /// The name of an element of the member that is not there.
    Gone,
}

impl Part {
    /// Whether the text is an object of the resource itself, not of one member.
    #[must_use]
    pub fn is_object(self) -> bool {
        matches!(self, Self::Object | Self::Partial | Self::Embedded)
    }
}

/// One piece of an answer: a resource's object, or a value of a member that is merged into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// CloudFormation type name.
    pub kind: &'static str,
    /// The resource's id. Where the answer does not give the id in the form of [`Document::id`] (a function's name
    /// instead of its ARN, settings that exist once per account and region), [`compose`] completes it.
    pub id: String,
    /// The member it is the value of; `None` for an object.
    pub member: Option<&'static str>,
    /// How it goes into the resource.
    pub part: Part,
    /// JSON text.
    pub json: Cow<'a, str>,
}

/// One answer, cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer<'a> {
    /// In the order of the answer.
    pub fragments: Vec<Fragment<'a>>,
    /// Kinds this call lists completely: it was asked without ids and filters. Where [`Answer::continues`] is set, the
    /// listing is complete only together with its further pages.
    pub listed: Vec<&'static str>,
    /// There is a further page.
    pub continues: bool,
    /// Top-level keys nothing is known about.
    pub unknown_keys: Vec<String>,
    /// Items that could not be used; the rest was.
    pub problems: Vec<Problem>,
}

/// An item of an answer that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("`{place}` {what}")]
pub struct Problem {
    /// Key and index: `SecurityGroups[3]`.
    pub place: String,
    /// What is wrong with it: `is null`, `has no GroupId`.
    pub what: String,
}

/// An answer that could not be cut at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescribeError {
    /// Not JSON.
    #[error("the answer is no valid JSON: {0}")]
    Json(String),
    /// JSON, but no object.
    #[error("the answer is no JSON object, as the AWS CLI prints it: it starts with `{0}`")]
    NotAnObject(String),
}

/// A fragment with the place it was described in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The fragment.
    pub fragment: Fragment<'a>,
    /// Account that was asked; empty when the input does not say.
    pub account: &'a str,
    /// Region that was asked; empty when the input does not say.
    pub region: &'a str,
    /// Names the answer.
    pub origin: Origin,
}
