//! Who asks for what.

use crate::context::Context;

/// A caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The account's root user: `arn:aws:iam::111111111111:root`.
    Root,
    /// An IAM user: `arn:aws:iam::111111111111:user/path/name`.
    User,
    /// A role itself; evaluated as any session of it.
    Role,
    /// A session of a role: `arn:aws:sts::111111111111:assumed-role/name/session`.
    Session,
    /// A federated user session: `arn:aws:sts::111111111111:federated-user/name`.
    FederatedUser,
    /// An AWS service: `s3.amazonaws.com`.
    Service,
    /// Somebody from an identity provider before any role is assumed: an OIDC provider's name or a SAML provider's ARN.
    Federated,
    /// Nobody: an unsigned request.
    Anonymous,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What the caller is; private parts are derived from `principal_text` once.
    pub kind: Principal,
    /// The caller as given.
    pub principal: String,
    /// The ARN of the role behind a session, with its path, where it is known; the session's own ARN has no path.
    pub role_arn: Option<String>,
    /// Service and name, `s3:GetObject`.
    pub action: String,
    /// ARN, or `*` for actions that know no resource.
    pub resource: String,
    /// The account that owns the resource; bucket ARNs do not carry it.
    pub resource_account: Option<String>,
    /// Context keys.
    pub context: Context,
}

/// Why a request cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The principal is none of the known forms.
    #[error("principal `{0}` is no ARN of a user, role or session, no service name, and not ANONYMOUS")]
    Principal(String),
    /// The action has no service.
    #[error("action `{0}` has no service; write it as `s3:GetObject`")]
    Action(String),
    /// The resource is no ARN.
    #[error("resource `{0}` is neither an ARN nor `*`")]
    Resource(String),
}
