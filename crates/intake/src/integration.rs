//! What is known of a sender: its format, how it proves itself, its secrets.

use std::collections::BTreeMap;
use std::fmt;

/// How far the time in a signed delivery may be from ours, where an integration does not say: five minutes either way.
pub const WINDOW_S: u32 = 300;

/// The form a sender's bodies have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// The generic incident webhook, version 1 (HMAC) and 2 (bearer).
    Generic,
    /// Amazon SNS over HTTP(S).
    Sns,
    /// EventBridge API destinations.
    EventBridge,
    /// Prometheus Alertmanager, version 4.
    Alertmanager,
    /// Grafana Alerting contact point.
    Grafana,
    /// PagerDuty webhooks, version 3.
    PagerDuty,
    /// Datadog webhooks with [`crate::DATADOG_TEMPLATE`].
    Datadog,
    /// ServiceNow incidents by business rule.
    ServiceNow,
    /// GitHub deployment hooks.
    GitHub,
    /// GitLab deployment hooks.
    GitLab,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 10] = [
        Self::Generic,
        Self::Sns,
        Self::EventBridge,
        Self::Alertmanager,
        Self::Grafana,
        Self::PagerDuty,
        Self::Datadog,
        Self::ServiceNow,
        Self::GitHub,
        Self::GitLab,
    ];

    /// The word for it in settings and URLs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Sns => "sns",
            Self::EventBridge => "eventbridge",
            Self::Alertmanager => "alertmanager",
            Self::Grafana => "grafana",
            Self::PagerDuty => "pagerduty",
            Self::Datadog => "datadog",
            Self::ServiceNow => "servicenow",
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
        }
    }

    /// The format a word names.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }
}

/// How a sender proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// The format's own scheme; for SNS its certificate.
    Signature,
    /// `Authorization: Bearer SECRET`.
    Bearer,
    /// `Authorization: Basic ...`; the secret is `user:password`.
    Basic,
    /// The header named here holds the secret.
    Header(String),
}

impl Auth {
    /// The word for it in settings: `signature`, `bearer`, `basic`, `header:X-Api-Key`.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Signature => "signature".to_owned(),
            Self::Bearer => "bearer".to_owned(),
            Self::Basic => "basic".to_owned(),
            Self::Header(name) => format!("header:{name}"),
        }
    }

    /// What a word names.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "signature" => Some(Self::Signature),
            "bearer" => Some(Self::Bearer),
            "basic" => Some(Self::Basic),
            _ => {
                let name = word.strip_prefix("header:")?;
                let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
                (!name.is_empty() && name.chars().all(is_token)).then(|| Self::Header(name.to_owned()))
            }
        }
    }
}

/// A secret shared with a sender; never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret as text, used as given: never decoded, but for `whsec_...` under Standard Webhooks.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// One sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// Its name, for messages.
    pub name: String,
    /// The form of its bodies.
    pub format: Format,
    /// How it proves who it is.
    pub auth: Auth,
    /// One, or two while they are changed; an empty one matches nothing.
    pub secrets: Vec<Secret>,
    /// Seconds that a signed time may be from ours, either way.
    pub window_s: u32,
    /// What only some formats have.
    pub options: Options,
}

impl Integration {
    /// A sender with the default window and options.
    #[must_use]
    pub fn new(name: impl Into<String>, format: Format, auth: Auth, secrets: Vec<Secret>) -> Self {
        Self { name: name.into(), format, auth, secrets, window_s: WINDOW_S, options: Options::default() }
    }

    /// The secrets that can match.
    pub(crate) fn usable(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.iter().filter(|secret| !secret.bytes().is_empty())
    }
}

/// What only some formats have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// For [`Format::Grafana`].
    pub grafana: GrafanaOptions,
    /// For [`Format::Sns`].
    pub sns: SnsOptions,
    /// For [`Format::ServiceNow`].
    pub servicenow: ServiceNowOptions,
}

/// Header names as set in the contact point (Grafana documentation, "Webhook notifications", HMAC signature).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrafanaOptions {
    /// Where the signature is.
    pub signature_header: String,
    /// Where the time is; without it the body alone is signed, and a replay is only known by its alert.
    pub timestamp_header: Option<String>,
}

impl Default for GrafanaOptions {
    fn default() -> Self {
        Self { signature_header: "X-Grafana-Alerting-Signature".to_owned(), timestamp_header: None }
    }
}

/// What is accepted from SNS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnsOptions {
    /// ARNs of the topics that may send; none may where this is empty and the certificate is the only proof.
    pub topics: Vec<String>,
    /// Refuse `SignatureVersion` 1, which is SHA-1.
    pub require_version_2: bool,
    /// PEM certificates to verify with instead of fetched ones, for sites without a way out.
    pub pinned: Vec<String>,
    /// DER certificates of authorities. Where there are any, a fetched certificate must lead to one of them.
    pub roots: Vec<Vec<u8>>,
    /// Refuse messages published longer ago. `None`: SNS retries for an hour, and replays are known by their id.
    pub max_age_s: Option<u32>,
}

/// How this instance of ServiceNow numbers its states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceNowOptions {
    /// `incidentState`, as number or display value, to what it means; those not here are open.
    pub states: BTreeMap<String, TicketState>,
}

impl Default for ServiceNowOptions {
    /// ServiceNow's own: 6 resolved, 7 closed, 8 cancelled.
    fn default() -> Self {
        let states = [("6", TicketState::Resolved), ("7", TicketState::Closed), ("8", TicketState::Closed)];
        Self { states: states.map(|(word, state)| (word.to_owned(), state)).into() }
    }
}

/// What the state of a ticket means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketState {
    /// Somebody works on it, or should.
    Open,
    /// The fault is gone.
    Resolved,
    /// The ticket is done with.
    Closed,
}
