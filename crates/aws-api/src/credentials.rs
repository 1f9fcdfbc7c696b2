//! Who asks: the standard chain of AWS's tools, and one role for each account.
//!
//! The chain is `aws-config`'s: environment, shared profiles (with SSO, processes, roles), web identity (EKS), the
//! endpoints of ECS and EKS, IMDSv2. Credentials are held in memory only, and no `Debug` shows them.

use crate::Error;
use crate::http::{self, Http};
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// Credentials are fetched anew this long before they expire; AWS's own tools do the same.
const MARGIN: Duration = Duration::from_secs(300);
/// The region that STS is asked in where none is configured.
const USUAL_REGION: &str = "us-east-1";

/// What the standard chain may be told.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    /// A profile of `~/.aws/config`, instead of the environment's.
    pub profile: Option<String>,
    /// The region in which roles are assumed.
    pub region: Option<String>,
    /// The address of STS and the like, for tests.
    pub endpoint_url: Option<String>,
}

/// The role by which an account is read.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// The role's ARN.
    pub arn: String,
    /// What the role's trust policy asks for, if it does.
    pub external_id: Option<String>,
    /// The name of the session, which CloudTrail shows; `butfor` if there is none.
    pub session_name: Option<String>,
    /// Session tags; the trust policy must allow `sts:TagSession`.
    pub tags: BTreeMap<String, String>,
    /// How long the session lasts; AWS's hour if there is none. Chained roles have at most an hour.
    pub duration: Option<Duration>,
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Role")
            .field("arn", &self.arn)
            .field("external_id", &self.external_id.as_ref().map(|_| "***"))
            .field("session_name", &self.session_name)
            .field("tags", &self.tags)
            .field("duration", &self.duration)
            .finish()
    }
}

/// Where credentials come from; cheap to clone.
#[derive(Clone)]
pub struct Credentials {
    base: Arc<Source>,
    roles: Arc<BTreeMap<String, Arc<Source>>>,
    config: SdkConfig,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("accounts", &self.roles.keys()).finish_non_exhaustive()
    }
}

/// One provider and what it gave last.
struct Source {
    provider: SharedCredentialsProvider,
    last: Mutex<Option<aws_credential_types::Credentials>>,
}

impl Credentials {
    /// The standard chain. Nothing is asked for before the first call.
    ///
    /// # Errors
    /// [`Error::Unreachable`] where TLS cannot be set up, [`Error::NoCredentials`] where the chain is empty.
    pub async fn standard(chain: Chain) -> Result<Self, Error> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(Http::new()?);
        if let Some(profile) = &chain.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &chain.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Some(region) = chain.region {
            loader = loader.region(Region::new(region));
        }
        let config = with_region(loader.load().await);
        let provider = config.credentials_provider().ok_or_else(|| Error::NoCredentials {
            reason: "nothing in the standard chain has any".to_owned(),
        })?;
        Ok(Self::of(provider, config))
    }

    /// Fixed credentials, for tests and for callers who have their own.
    ///
    /// # Errors
    /// [`Error::Unreachable`] where TLS cannot be set up.
    pub async fn fixed(
        access_key_id: &str,
        secret_access_key: &str,
        session_token: Option<&str>,
        chain: Chain,
    ) -> Result<Self, Error> {
        let token = session_token.map(str::to_owned);
        let fixed =
            aws_credential_types::Credentials::new(access_key_id, secret_access_key, token, None, "fixed");
        let provider = SharedCredentialsProvider::new(fixed);
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(Http::new()?)
            .credentials_provider(provider.clone())
            .region(Region::new(chain.region.unwrap_or_else(|| USUAL_REGION.to_owned())));
        if let Some(url) = &chain.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        Ok(Self::of(provider, loader.load().await))
    }

    fn of(provider: SharedCredentialsProvider, config: SdkConfig) -> Self {
        Self { base: Arc::new(Source::new(provider)), roles: Arc::default(), config }
    }

    /// Reads an account by a role, assumed with the credentials found before. One role an account: the last counts.
    #[must_use]
    pub async fn with_role(mut self, account: &str, role: Role) -> Self {
        let mut builder = AssumeRoleProvider::builder(role.arn)
            .session_name(role.session_name.unwrap_or_else(|| "butfor".to_owned()))
            .configure(&self.config);
        if let Some(id) = role.external_id {
            builder = builder.external_id(id);
        }
        if !role.tags.is_empty() {
            builder = builder.tags(role.tags);
        }
        if let Some(duration) = role.duration {
            builder = builder.session_length(duration);
        }
        let provider = builder.build_from_provider(Shared(Arc::clone(&self.base))).await;
        let source = Source::new(SharedCredentialsProvider::new(provider));
        Arc::make_mut(&mut self.roles).insert(account.to_owned(), Arc::new(source));
        self
    }

    /// Reads an account with other credentials: their role for it, else what they are themselves. The caller vouches for it that they
    /// are of that account.
    #[must_use]
    pub fn with_account(mut self, account: &str, other: &Self) -> Self {
        let source = other.roles.get(account).unwrap_or(&other.base);
        Arc::make_mut(&mut self.roles).insert(account.to_owned(), Arc::clone(source));
        self
    }

    /// What should be told to whoever runs this: long-term keys.
    ///
    /// # Errors
    /// As for a call: the credentials must be had to be looked at.
    pub async fn warnings(&self) -> Result<Vec<String>, Error> {
        let found = self.base.get().await?;
        // Keys of users begin with AKIA, those of sessions with ASIA:
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
        let is_long_term = found.session_token().is_none() && found.access_key_id().starts_with("AKIA");
        let warning = "the credentials are long-term keys of a user: use a role or SSO, whose keys expire";
        Ok(is_long_term.then(|| warning.to_owned()).into_iter().collect())
    }

    /// The credentials found first, for who signs a request of its own (a message to a topic): nothing of this crate
    /// signs other requests than reads.
    #[must_use]
    pub fn provider(&self) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(Shared(Arc::clone(&self.base)))
    }

    /// Whether a role is known for the account.
    pub(crate) fn has_role(&self, account: &str) -> bool {
        self.roles.contains_key(account)
    }

    fn source(&self, account: Option<&str>) -> &Source {
        account.and_then(|account| self.roles.get(account)).unwrap_or(&self.base)
    }

    /// Valid credentials: of the account's role, or without one those found first.
    pub(crate) async fn get(
        &self,
        account: Option<&str>,
    ) -> Result<aws_credential_types::Credentials, Error> {
        self.source(account).get().await
    }

    /// Drops what AWS called expired, so that the next call fetches anew.
    pub(crate) async fn forget(&self, account: Option<&str>) {
        *self.source(account).last.lock().await = None;
        if account.is_some_and(|account| self.has_role(account)) {
            *self.base.last.lock().await = None;
        }
    }
}

fn with_region(config: SdkConfig) -> SdkConfig {
    if config.region().is_some() {
        return config;
    }
    config.into_builder().region(Region::from_static(USUAL_REGION)).build()
}

impl Source {
    fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, last: Mutex::default() }
    }

    async fn get(&self) -> Result<aws_credential_types::Credentials, Error> {
        let mut last = self.last.lock().await;
        let now = SystemTime::now();
        let lasts = |found: &aws_credential_types::Credentials, margin| {
            found.expiry().is_none_or(|expiry| expiry > now + margin)
        };
        if let Some(found) = last.as_ref().filter(|found| lasts(found, MARGIN)) {
            return Ok(found.clone());
        }
        match self.provider.provide_credentials().await {
            Ok(found) => {
                *last = Some(found.clone());
                Ok(found)
            }
            // Not renewed, but still good for some minutes: the next call tries again.
            Err(error) => match last.as_ref().filter(|found| lasts(found, Duration::ZERO)) {
                Some(found) => Ok(found.clone()),
                None => Err(refused(&error)),
            },
        }
    }
}

/// Why there are no credentials, told apart where the chain says so.
fn refused(error: &dyn std::error::Error) -> Error {
    let reason = http::chain(error);
    if reason.contains("AccessDenied") || reason.contains("not authorized to perform") {
        return Error::Denied {
            code: "AccessDenied".to_owned(),
            message: reason,
            action: "sts:AssumeRole".to_owned(),
        };
    }
    if reason.contains("ExpiredToken") || reason.contains("expired") {
        return Error::ExpiredCredentials { code: "ExpiredToken".to_owned() };
    }
    Error::NoCredentials { reason }
}

/// The source as a provider for roles, so that what it has is used by all.
#[derive(Clone)]
struct Shared(Arc<Source>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

impl ProvideCredentials for Shared {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        aws_credential_types::provider::future::ProvideCredentials::new(async {
            self.0
                .get()
                .await
                .map_err(aws_credential_types::provider::error::CredentialsError::provider_error)
        })
    }
}
