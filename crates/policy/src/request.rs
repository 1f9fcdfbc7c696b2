//! Who asks for what.

use crate::context::{Context, ContextValue, Lookup};
use crate::element::Head;

/// A caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Somebody from an identity provider before any role is assumed: an OIDC provider's name or ARN, or a SAML
    /// provider's ARN.
    Federated,
    /// Nobody: an unsigned request, `ANONYMOUS`.
    Anonymous,
}

/// What follows from the resource alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Whose the ARN says it is.
    pub(crate) owner: OwnerOfArn,
    /// Whether its own policy has the last word: KMS keys, and roles to assume.
    pub(crate) is_strict: bool,
}

/// What an ARN says about the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OwnerOfArn {
    /// This account.
    Account(String),
    /// What has no account, or AWS's, is there for everyone and is authorized in the caller's account.
    Caller,
    /// Buckets and their objects may be anybody's.
    Unknown,
}

impl Target {
    fn new(service_of_action: &str, resource: &str) -> Self {
        let mut fields = resource.splitn(6, ':').skip(2);
        let (service, account) = (fields.next().unwrap_or_default(), fields.nth(1).unwrap_or_default());
        let kind = fields.next().unwrap_or_default();
        let is_strict = match service_of_action {
            "kms" => service == "kms" && kind.starts_with("key/"),
            "sts" => service == "iam" && kind.starts_with("role/"),
            _ => false,
        };
        let owner = match account {
            "" if service == "s3" => OwnerOfArn::Unknown,
            "" | "aws" => OwnerOfArn::Caller,
            account => OwnerOfArn::Account(account.to_owned()),
        };
        Self { owner, is_strict }
    }
}

/// One request. What follows from its texts is worked out once, when it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    kind: Principal,
    principal: String,
    account: Option<String>,
    name: String,
    role_arn: Option<String>,
    action: String,
    lower_case_action: String,
    head: Head,
    service_length: usize,
    resource: String,
    target: Target,
    resource_account: Option<String>,
    canonical_user: Option<String>,
    is_aws_managed_key: bool,
    context: Context,
}

impl Request {
    /// A request without context: what is not set is absent. See [`Request::with_context`].
    ///
    /// # Errors
    /// When one of the three is none of the known forms.
    pub fn new(principal: &str, action: &str, resource: &str) -> Result<Self, RequestError> {
        let lower_case_action = action.to_ascii_lowercase();
        let service = match lower_case_action.split_once(':') {
            Some((service, name)) if !service.is_empty() && !name.is_empty() => service,
            _ => return Err(RequestError::Action(action.to_owned())),
        };
        if resource != "*" && (!resource.starts_with("arn:") || resource.split(':').count() < 6) {
            return Err(RequestError::Resource(resource.to_owned()));
        }
        let (kind, account, name) = caller(principal, &lower_case_action)
            .ok_or_else(|| RequestError::Principal(principal.to_owned()))?;
        Ok(Self {
            kind,
            principal: principal.to_owned(),
            account: account.map(ToOwned::to_owned),
            name: name.to_owned(),
            role_arn: None,
            action: action.to_owned(),
            head: Head::of(&lower_case_action),
            service_length: service.len(),
            target: Target::new(service, resource),
            lower_case_action,
            resource: resource.to_owned(),
            resource_account: None,
            canonical_user: None,
            is_aws_managed_key: false,
            context: Context::complete(),
        })
    }

    /// Sets the ARN, with its path, of the role behind a session, or of the IAM user behind a federated user session.
    /// The session's own ARN has no path; `sessionContext.sessionIssuer.arn` of a CloudTrail record tells it.
    #[must_use]
    pub fn with_role_arn(mut self, arn: impl Into<String>) -> Self {
        self.role_arn = Some(arn.into());
        self
    }

    /// Sets the account that owns the resource. Bucket ARNs do not carry it; without it a bucket's owner is unknown.
    #[must_use]
    pub fn with_resource_account(mut self, account: impl Into<String>) -> Self {
        self.resource_account = Some(account.into());
        self
    }

    /// Sets the context keys.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// Sets the canonical user id of the caller's account, as S3 policies may name it.
    #[must_use]
    pub fn with_canonical_user(mut self, id: impl Into<String>) -> Self {
        self.canonical_user = Some(id.into());
        self
    }

    /// Says that the action knows no resource types: it is authorized against `*`, whatever resource was given.
    #[must_use]
    pub fn on_any_resource(mut self) -> Self {
        "*".clone_into(&mut self.resource);
        self.target = Target::new(self.service(), "*");
        self
    }

    /// Says that the resource is an AWS managed KMS key, which resource control policies do not touch.
    #[must_use]
    pub fn on_aws_managed_key(mut self) -> Self {
        self.is_aws_managed_key = true;
        self
    }

    /// What the caller is.
    #[must_use]
    pub fn kind(&self) -> Principal {
        self.kind
    }

    /// The caller as given.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// The caller's account; services, identity providers and anonymous callers have none.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The ARN of the role behind a session (or of the user behind a federated user session) where it is known: as set,
    /// else from `aws:PrincipalArn`, which is the role's ARN for its sessions.
    #[must_use]
    pub fn role_arn(&self) -> Option<&str> {
        if let Some(arn) = &self.role_arn {
            return Some(arn);
        }
        match (self.kind, self.context.get("aws:principalarn")) {
            (Principal::Role, _) => Some(&self.principal),
            (Principal::Session, Lookup::Present(ContextValue::One(arn))) if arn.contains(":role/") => {
                Some(arn)
            }
            _ => None,
        }
    }

    /// The name of the caller without its path; of a session its role's.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The canonical user id of the caller's account, where it was set.
    #[must_use]
    pub fn canonical_user(&self) -> Option<&str> {
        self.canonical_user.as_deref()
    }

    /// Service and name as given, `s3:GetObject`.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    pub(crate) fn lower_case_action(&self) -> &str {
        &self.lower_case_action
    }

    pub(crate) fn head(&self) -> Head {
        self.head
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Whether the resource is an AWS managed KMS key.
    pub(crate) fn is_on_aws_managed_key(&self) -> bool {
        self.is_aws_managed_key
    }

    /// The service of the action, in lower case.
    #[must_use]
    pub fn service(&self) -> &str {
        self.lower_case_action.get(..self.service_length).unwrap_or_default()
    }

    /// ARN, or `*` for actions that know no resource.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The account that owns the resource, where it was set.
    #[must_use]
    pub fn resource_account(&self) -> Option<&str> {
        self.resource_account.as_deref()
    }

    /// The context keys.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The context keys, to change them.
    pub fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }
}

/// What a caller is, its account, and its name: of a user or role without the path, of a session the role's.
fn caller<'a>(text: &'a str, action: &str) -> Option<(Principal, Option<&'a str>, &'a str)> {
    if text == "ANONYMOUS" {
        return Some((Principal::Anonymous, None, text));
    }
    if let Some(rest) = text.strip_prefix("arn:") {
        let mut fields = rest.splitn(5, ':').skip(1);
        let (service, _, account, name) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let (kind, tail) = name.split_once('/').unwrap_or((name, ""));
        let last = tail.rsplit('/').next().unwrap_or(tail);
        let (kind, name) = match (service, kind) {
            ("iam", "root") => (Principal::Root, kind),
            ("iam", "user") => (Principal::User, last),
            ("iam", "role") => (Principal::Role, last),
            ("iam", "oidc-provider" | "saml-provider") => (Principal::Federated, tail),
            ("sts", "assumed-role") => (Principal::Session, tail.split_once('/')?.0),
            ("sts", "federated-user") => (Principal::FederatedUser, tail),
            _ => return None,
        };
        let is_named = !account.is_empty() && !name.is_empty();
        return is_named.then_some((kind, (kind != Principal::Federated).then_some(account), name));
    }
    let is_host =
        text.contains('.') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"./-_:".contains(&b));
    // Cognito is a service and an identity provider; what is asked for tells which.
    let is_federation = matches!(action, "sts:assumerolewithwebidentity" | "sts:assumerolewithsaml");
    match text {
        _ if !is_host => None,
        _ if is_federation => Some((Principal::Federated, None, text)),
        _ if text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn") => {
            Some((Principal::Service, None, text))
        }
        _ => Some((Principal::Federated, None, text)),
    }
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
