//! The layers of an authorization, and which policies each holds.

use crate::document::Policy;

/// A layer of policies, in the order of AWS's own check list (IAM, GetRequestAuthorizationDetails).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Resource control policies of the resource's organization.
    ResourceControl,
    /// Service control policies of the caller's organization.
    ServiceControl,
    /// The policy of the VPC endpoint the request went through.
    VpcEndpoint,
    /// The resource's own policy: bucket policy, key policy, trust policy.
    Resource,
    /// The caller's identity-based policies.
    Identity,
    /// The caller's permissions boundary.
    Boundary,
    /// The session policies of the caller's session.
    Session,
}

impl Layer {
    /// All layers, in order.
    pub const ALL: [Self; 7] = [
        Self::ResourceControl,
        Self::ServiceControl,
        Self::VpcEndpoint,
        Self::Resource,
        Self::Identity,
        Self::Boundary,
        Self::Session,
    ];

    /// Short name, as `deny_layers` of a decision in JSON writes it: `rcp`, `scp`, `vpce`, `resource`, `identity`,
    /// `boundary`, `session`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResourceControl => "rcp",
            Self::ServiceControl => "scp",
            Self::VpcEndpoint => "vpce",
            Self::Resource => "resource",
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
        }
    }

    /// AWS's own name of the check (IAM, GetRequestAuthorizationDetails): `SERVICE_CONTROL_POLICY`.
    #[must_use]
    pub fn aws_name(self) -> &'static str {
        match self {
            Self::ResourceControl => "RESOURCE_CONTROL_POLICY",
            Self::ServiceControl => "SERVICE_CONTROL_POLICY",
            Self::VpcEndpoint => "VPC_ENDPOINT",
            Self::Resource => "RESOURCE",
            Self::Identity => "PRINCIPAL",
            Self::Boundary => "PERMISSIONS_BOUNDARY",
            Self::Session => "SESSION",
        }
    }
}

/// The policies of one layer, or of one level of an organization.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attached<'a> {
    /// Documents that could be read.
    pub policies: Vec<&'a Policy>,
    /// Documents that exist, or may exist, and could not be read, in words: `policy arn:aws:iam::...`. While any is here, an
    /// absent allow or deny is not established.
    pub unseen: Vec<String>,
}

/// Everything that may have a say in one request. `None`: no policy of this layer applies (no boundary is set, the request did
/// not go through an endpoint, the account is in no organization).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policies<'a> {
    /// Resource control policies: one entry for each level from the organization's root to the resource's account.
    pub resource_control: Option<Vec<Attached<'a>>>,
    /// Service control policies: one entry for each level from the organization's root to the caller's account.
    pub service_control: Option<Vec<Attached<'a>>>,
    /// The VPC endpoint's policy; an endpoint without a policy of its own allows everything and is `None`.
    pub vpc_endpoint: Option<Attached<'a>>,
    /// The resource's policy.
    pub resource: Option<Attached<'a>>,
    /// The caller's identity policies, those of its groups included.
    pub identity: Attached<'a>,
    /// The caller's permissions boundary.
    pub boundary: Option<Attached<'a>>,
    /// The session policies of the caller's session.
    pub session: Option<Attached<'a>>,
}
