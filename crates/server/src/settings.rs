//! What the service is told when it starts: everything resolved, nothing read from files here.

use butfor_intake::Integration;
use butfor_store::Role;
use std::time::Duration;

/// How the service behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach the page, without a slash at its end; links in messages begin with it.
    pub public_url: Option<String>,
    /// What this process is called among replicas.
    pub replica: String,
    /// Whether other replicas work on the same store.
    pub is_shared: bool,
    /// Investigations at the same time.
    pub workers: usize,
    /// How long people stay signed in.
    pub session: Duration,
    /// How long closed incidents are kept.
    pub retention: Duration,
    /// Senders of alerts.
    pub senders: Vec<Sender>,
    /// Where people are told.
    pub channels: Vec<Channel>,
    /// What Slack signs buttons with, and who may press them.
    pub slack: Option<Slack>,
    /// An OpenID Connect provider.
    pub sign_in: Option<SignIn>,
    /// Accounts that can be chosen where an investigation is started, with what people call them; any where there is none.
    pub accounts: Vec<(String, String)>,
    /// Regions that can be chosen; any where there is none.
    pub regions: Vec<String>,
    /// A demonstration: whoever opens the page is signed in.
    pub is_demo: bool,
}

/// A sender of alerts.
#[derive(Debug, Clone)]
pub struct Sender {
    /// How it is verified and read.
    pub integration: Integration,
    /// Messages a minute above which it is told to wait.
    pub per_minute: u64,
}

/// Where people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: butfor_report::announce::Channel,
    /// Incidents below are not told.
    pub minimum_priority: butfor_intake::Priority,
}

/// What Slack needs to press buttons.
#[derive(Clone)]
pub struct Slack {
    /// The signing secret.
    pub signing_secret: butfor_intake::Secret,
    /// Ids of users who may decide.
    pub responders: Vec<String>,
}

impl std::fmt::Debug for Slack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slack").field("responders", &self.responders).finish_non_exhaustive()
    }
}

/// An OpenID Connect provider, and who is what.
#[derive(Clone)]
pub struct SignIn {
    /// The provider.
    pub issuer: String,
    /// What it calls Butfor.
    pub client_id: String,
    /// What Butfor proves itself with.
    pub client_secret: Option<String>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// The claim that tells the role.
    pub role_claim: String,
    /// Values of the claim and the role they make, the highest role first.
    pub roles: Vec<(String, Role)>,
    /// What everybody else is; `None` is turned away.
    pub default_role: Option<Role>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
