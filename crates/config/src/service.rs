//! Settings of the service.

use crate::value::{Place, Secret};
use std::time::Duration;

/// What `butfor serve` listens to and keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Address and port.
    pub listen: String,
    /// Where people reach the page, without a slash at its end.
    pub public_url: Option<String>,
    /// Where the database is; none for a file in the data folder.
    pub database: Option<Secret>,
    /// Investigations at the same time.
    pub workers: u64,
    /// Folder of recorded incidents.
    pub bundles: Option<Place>,
    /// Days after which a closed incident is forgotten.
    pub retention_days: u64,
    /// How long people stay signed in.
    pub session: Duration,
    /// Whether messages may go to private addresses.
    pub allow_private_urls: bool,
}

/// A sender of alerts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Webhook {
    /// Part of the URL.
    pub name: String,
    /// What it sends, in a word.
    pub format: String,
    /// How it proves who it is, in a word; none for what its format does.
    pub auth: Option<String>,
    /// One or two secrets that are good.
    pub secrets: Vec<Secret>,
    /// The header that carries the secret, where `auth` says so.
    pub header: Option<String>,
    /// How old a signed message may be, in seconds.
    pub window_s: u64,
    /// SNS topics whose messages are taken.
    pub topics: Vec<String>,
    /// Whether SNS must sign with SHA-256.
    pub sha256_only: bool,
    /// PEM file of SNS's certificate.
    pub certificates: Option<Place>,
    /// Grafana's header for the signature.
    pub signature_header: Option<String>,
    /// Grafana's header for the moment.
    pub timestamp_header: Option<String>,
    /// Messages a minute.
    pub per_minute: u64,
}

/// An OpenID Connect provider, and who is what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The provider.
    pub issuer: String,
    /// What it calls Butfor.
    pub client_id: String,
    /// What Butfor proves itself with.
    pub client_secret: Option<Secret>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// The claim that tells the role.
    pub role_claim: String,
    /// Values of the claim for each role, the lowest role first: viewer, responder, approver, admin.
    pub roles: [Vec<String>; 4],
    /// What everybody else is; `None` is turned away.
    pub default_role: Option<String>,
}

/// Where people are told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Channel {
    /// What it is called here.
    pub name: String,
    /// What it is, in a word.
    pub kind: String,
    /// Where to send to.
    pub url: Option<Secret>,
    /// What to show or sign with.
    pub secret: Option<Secret>,
    /// What Slack signs buttons with.
    pub signing_secret: Option<Secret>,
    /// A channel within it.
    pub channel: Option<String>,
    /// User, or requester.
    pub user: Option<String>,
    /// Sender of e-mails.
    pub from: Option<String>,
    /// Who gets them.
    pub to: Vec<String>,
    /// Incidents below are not told.
    pub minimum_priority: String,
    /// Slack users who may press buttons.
    pub responders: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            public_url: None,
            database: None,
            workers: 2,
            bundles: None,
            retention_days: 365,
            session: Duration::from_secs(12 * 3600),
            allow_private_urls: false,
        }
    }
}
