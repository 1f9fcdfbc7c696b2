//! The configuration as the rest of the program sees it.

use crate::service::{Channel, Server, SignIn, Webhook};
use crate::value::{LogGroup, Place, Secret};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything that can be set. [`Config::default`] holds without a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Regions of accounts that name none.
    pub regions: Vec<String>,
    /// Log groups that matter to every application.
    pub log_groups: Vec<LogGroup>,
    /// Where Butfor keeps what it keeps.
    pub data_dir: Place,
    /// Where calls go instead of AWS.
    pub endpoint_url: Option<String>,
    /// Accounts to look at; the one of the credentials where there is none.
    pub accounts: Vec<Account>,
    /// What belongs together.
    pub applications: Vec<Application>,
    /// Files of CloudTrail.
    pub trail: Option<Trail>,
    /// Where flow logs are, beyond what AWS tells.
    pub flow_logs: Vec<FlowLogs>,
    /// How much one investigation may ask.
    pub budgets: Budgets,
    /// Configuration kept over time.
    pub history: History,
    /// What `butfor serve` listens to and keeps.
    pub server: Server,
    /// Senders of alerts.
    pub webhooks: Vec<Webhook>,
    /// Who knows who people are.
    pub sign_in: Option<SignIn>,
    /// Where people are told.
    pub notify: Vec<Channel>,
}

/// An account to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// ARN of the role to assume; one given by name has been completed, in the partition `aws`.
    pub role_arn: Option<String>,
    /// What the role asks for.
    pub external_id: Option<Secret>,
    /// Tags of the session.
    pub session_tags: BTreeMap<String, String>,
    /// Profile of the AWS CLI.
    pub profile: Option<String>,
    /// Regions to look at; the general ones where it names none.
    pub regions: Vec<String>,
}

/// Resources that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// What people call it.
    pub name: String,
    /// Resources with all these tags.
    pub tags: BTreeMap<String, String>,
    /// Resources of these CloudFormation stacks.
    pub stacks: Vec<String>,
    /// These resources, by id or ARN.
    pub resources: Vec<String>,
    /// Where it logs.
    pub log_groups: Vec<LogGroup>,
}

/// Where files of a CloudTrail trail are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// The bucket.
    pub bucket: String,
    /// Folder before `AWSLogs`, without slashes at its ends; empty for none.
    pub prefix: String,
    /// The account to read the bucket with.
    pub account: Option<String>,
    /// The region of the bucket.
    pub region: Option<String>,
    /// Whether it is a trail of the organization.
    pub organization: bool,
}

/// Where VPC flow logs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowLogs {
    /// A bucket and the folder in it before `AWSLogs`, or a log group.
    pub place: FlowLogPlace,
    /// The account to read them with.
    pub account: Option<String>,
    /// Their region.
    pub region: Option<String>,
}

/// How flow logs are delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlowLogPlace {
    /// As files.
    Bucket {
        /// The bucket.
        bucket: String,
        /// Folder before `AWSLogs`; empty for none.
        prefix: String,
    },
    /// As lines of a log group.
    LogGroup(String),
}

/// How much one investigation may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// Calls in all.
    pub calls: u64,
    /// Time in all.
    pub time: Duration,
    /// Rounds of asking.
    pub rounds: u64,
    /// Pages of one answer.
    pub pages: u64,
    /// Bytes of all answers.
    pub bytes: u64,
}

/// Configuration kept over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Where it is kept; relative to [`Config::data_dir`].
    pub path: Place,
    /// How often everything is looked at; `None` for never.
    pub every: Option<Duration>,
    /// Days after which an old state is forgotten.
    pub retention_days: u64,
}

impl Config {
    /// The account of this number.
    #[must_use]
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// Regions to look at in an account: its own, else the general ones.
    #[must_use]
    pub fn regions_of<'a>(&'a self, account: &'a Account) -> &'a [String] {
        if account.regions.is_empty() { &self.regions } else { &account.regions }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            regions: Vec::new(),
            log_groups: Vec::new(),
            data_dir: Place::new("~/.local/share/butfor"),
            endpoint_url: None,
            accounts: Vec::new(),
            applications: Vec::new(),
            trail: None,
            flow_logs: Vec::new(),
            budgets: Budgets::default(),
            history: History::default(),
            server: Server::default(),
            webhooks: Vec::new(),
            sign_in: None,
            notify: Vec::new(),
        }
    }
}

impl Default for Budgets {
    /// An incident of two accounts and three regions takes some 60 calls; eight times that leaves room for large ones, and a minute is
    /// what a person waits for.
    fn default() -> Self {
        Self { calls: 500, time: Duration::from_secs(60), rounds: 8, pages: 50, bytes: 256 << 20 }
    }
}

impl Default for History {
    fn default() -> Self {
        Self { path: Place::new("history"), every: Some(Duration::from_secs(3600)), retention_days: 90 }
    }
}
