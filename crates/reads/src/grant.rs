//! The least policies that allow what the table lists, and the trust policy of the role that carries them.

use crate::document::Document;
use crate::table::{Scope, reads};
use crate::{hcl, template};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Characters a managed policy may have, white space not counted
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
pub const POLICY_SIZE_MAX: usize = 6144;

/// The language of policies; there is one that is not obsolete.
const VERSION: &str = "2012-10-17";

/// A place log files are delivered to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogBucket {
    /// Name of the bucket.
    pub bucket: String,
    /// Folder before `AWSLogs`, without a slash at its ends; empty for none.
    pub prefix: String,
}

/// Who may read what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    principal: Option<String>,
    external_id: Option<String>,
    log_buckets: BTreeSet<LogBucket>,
    has_session_tags: bool,
}

/// One managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `ButforRead1`.
    pub name: String,
    /// Its document.
    pub(crate) document: Document,
}

/// What cannot be part of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantError {
    /// Not the ARN of an account, a role or a user.
    Principal(String),
    /// Not what AWS takes for an external id.
    ExternalId(String),
    /// Not the name of a bucket, with a folder or not.
    Bucket(String),
}

impl std::error::Error for GrantError {}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Principal(found) => write!(
                f,
                "`{found}` cannot be trusted: give the ARN of an account, a role or a user, such as \
                 arn:aws:iam::111122223333:role/butfor"
            ),
            Self::ExternalId(found) => write!(
                f,
                "`{found}` is no external id: 2 to 1224 letters, digits and =,.@:/-+_ are (AssumeRole)"
            ),
            Self::Bucket(found) => {
                write!(f, "`{found}` is no bucket: write its name, or name/folder")
            }
        }
    }
}

impl Grant {
    /// Nobody in particular, log files in any bucket under `AWSLogs/`, where CloudTrail and flow logs write them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts this account, role or user.
    ///
    /// # Errors
    /// When it is the ARN of none.
    pub fn principal(mut self, arn: &str) -> Result<Self, GrantError> {
        let parts: Vec<_> = arn.split(':').collect();
        let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_path = |text: &str| !text.is_empty() && text.chars().all(|c| is_text(c) || c == '/');
        let is_sound = matches!(parts.as_slice(), ["arn", partition, "iam", "", account, resource]
            if partition.starts_with("aws") && is_path(partition) && is_account(account)
                && (*resource == "root"
                    || resource.strip_prefix("role/").or(resource.strip_prefix("user/")).is_some_and(is_path)));
        if !is_sound {
            return Err(GrantError::Principal(arn.to_owned()));
        }
        self.principal = Some(arn.to_owned());
        Ok(self)
    }

    /// Asks for this external id, so that nobody else can have the role assumed for them
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>).
    ///
    /// # Errors
    /// When AWS would not take it.
    pub fn external_id(mut self, id: &str) -> Result<Self, GrantError> {
        let is_sound = (2..=1224).contains(&id.len()) && id.chars().all(|c| is_text(c) || ":/".contains(c));
        if !is_sound {
            return Err(GrantError::ExternalId(id.to_owned()));
        }
        self.external_id = Some(id.to_owned());
        Ok(self)
    }

    /// Reads log files only from the buckets named: `logs` or `logs/folder`.
    ///
    /// # Errors
    /// When it is no bucket.
    pub fn log_bucket(mut self, place: &str) -> Result<Self, GrantError> {
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let is_name = (3..=63).contains(&bucket.len())
            && bucket.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
        let prefix = prefix.trim_matches('/');
        if !is_name || !prefix.chars().all(|c| is_text(c) || c == '/') {
            return Err(GrantError::Bucket(place.to_owned()));
        }
        self.log_buckets.insert(LogBucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() });
        Ok(self)
    }

    /// Lets the role be assumed with session tags.
    #[must_use]
    pub fn session_tags(mut self) -> Self {
        self.has_session_tags = true;
        self
    }

    /// The managed policies, each within [`POLICY_SIZE_MAX`], exact actions only.
    #[must_use]
    pub fn policies(&self) -> Vec<Policy> {
        let mut lists = vec![self.logs()];
        let mut services: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (_, read) in reads().filter(|(_, read)| read.scope == Scope::Any) {
            for action in read.actions {
                let service = action.split(':').next().unwrap_or_default();
                services.entry(service).or_default().insert(action);
            }
        }
        // A service is not torn apart: whoever reads a policy finds all of it in one place.
        let mut open: Vec<&str> = Vec::new();
        let mut full: Vec<Vec<&str>> = Vec::new();
        for actions in services.into_values() {
            let both: Vec<_> = open.iter().copied().chain(actions.iter().copied()).collect();
            let mut statements = if full.is_empty() { lists.concat() } else { Vec::new() };
            statements.push(on_any(&both));
            if policy(statements).compact().len() > POLICY_SIZE_MAX && !open.is_empty() {
                full.push(std::mem::take(&mut open));
                open.extend(actions);
            } else {
                open = both;
            }
        }
        full.push(open);
        lists.resize(full.len(), Vec::new());
        (1..)
            .zip(lists.into_iter().zip(full))
            .map(|(number, (logs, actions))| Policy {
                name: format!("ButforRead{number}"),
                document: policy(std::iter::once(on_any(&actions)).chain(logs).collect()),
            })
            .collect()
    }

    /// Who may assume the role; `None` where nobody was named.
    pub(crate) fn trust(&self) -> Option<Document> {
        let principal = Document::text(self.principal.clone()?);
        let condition = self.external_id.clone().map(|id| external_id(Document::text(id)));
        Some(self.trust_of(principal, condition))
    }

    /// The trust policy, with a principal and a condition in whatever language.
    pub(crate) fn trust_of(&self, principal: Document, condition: Option<Document>) -> Document {
        let action = if self.has_session_tags {
            Document::texts(["sts:AssumeRole", "sts:TagSession"])
        } else {
            Document::text("sts:AssumeRole")
        };
        let mut statement = vec![
            ("Effect", Document::text("Allow")),
            ("Principal", Document::Map(vec![("AWS", principal)])),
            ("Action", action),
        ];
        statement.extend(condition.map(|condition| ("Condition", condition)));
        policy(vec![Document::Map(statement)])
    }

    pub(crate) fn principal_arn(&self) -> Option<&str> {
        self.principal.as_deref()
    }

    pub(crate) fn external_id_text(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    /// `{"policies": [{"name", "document"}], "trust_policy": ...}`; `null` where nobody was named to trust.
    #[must_use]
    pub fn json(&self) -> String {
        let policies = self.policies().into_iter().map(|policy| {
            Document::Map(vec![("name", Document::text(policy.name)), ("document", policy.document)])
        });
        let trust = self.trust().unwrap_or(Document::Expression("null"));
        let whole =
            Document::Map(vec![("policies", Document::List(policies.collect())), ("trust_policy", trust)]);
        whole.pretty(0) + "\n"
    }

    /// A CloudFormation template of the policies and the role.
    #[must_use]
    pub fn cloudformation(&self) -> String {
        template::write(self)
    }

    /// The same for Terraform.
    #[must_use]
    pub fn terraform(&self) -> String {
        hcl::write(self)
    }

    /// The statements about log files.
    fn logs(&self) -> Vec<Document> {
        let actions = |scope: Scope| -> BTreeSet<&str> {
            reads()
                .filter(|(_, read)| read.scope == scope)
                .flat_map(|(_, read)| read.actions)
                .copied()
                .collect()
        };
        let partition = self.principal.as_deref().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
        let arn = |rest: &str| format!("arn:{partition}:s3:::{rest}");
        let folders: Vec<_> = self.log_buckets.iter().map(LogBucket::folder).collect();
        let (buckets, prefixes, files) = if self.log_buckets.is_empty() {
            (vec![arn("*")], vec!["*AWSLogs/*".to_owned()], vec![arn("*/AWSLogs/*")])
        } else {
            let names: BTreeSet<_> = self.log_buckets.iter().map(|place| arn(&place.bucket)).collect();
            let prefixes: BTreeSet<_> = folders.iter().map(|folder| format!("{folder}*")).collect();
            let files =
                self.log_buckets.iter().map(|place| arn(&format!("{}/{}*", place.bucket, place.folder())));
            (names.into_iter().collect(), prefixes.into_iter().collect(), files.collect())
        };
        let condition = Document::Map(vec![("s3:prefix", Document::texts(prefixes))]);
        vec![
            Document::Map(vec![
                ("Sid", Document::text("ListLogFiles")),
                ("Effect", Document::text("Allow")),
                ("Action", Document::texts(actions(Scope::LogBucket))),
                ("Resource", Document::texts(buckets)),
                ("Condition", Document::Map(vec![("StringLike", condition)])),
            ]),
            Document::Map(vec![
                ("Sid", Document::text("ReadLogFiles")),
                ("Effect", Document::text("Allow")),
                ("Action", Document::texts(actions(Scope::LogFile))),
                ("Resource", Document::texts(files)),
            ]),
        ]
    }
}

impl Policy {
    /// The document, indented.
    #[must_use]
    pub fn pretty(&self) -> String {
        self.document.pretty(0)
    }

    /// The document without white space, as IAM counts its length.
    #[must_use]
    pub fn compact(&self) -> String {
        self.document.compact()
    }
}

impl LogBucket {
    /// Where AWS writes log files of this bucket.
    fn folder(&self) -> String {
        if self.prefix.is_empty() { "AWSLogs/".to_owned() } else { format!("{}/AWSLogs/", self.prefix) }
    }
}

pub(crate) fn external_id(id: Document) -> Document {
    Document::Map(vec![("StringEquals", Document::Map(vec![("sts:ExternalId", id)]))])
}

fn policy(statements: Vec<Document>) -> Document {
    Document::Map(vec![("Version", Document::text(VERSION)), ("Statement", Document::List(statements))])
}

fn on_any(actions: &[&str]) -> Document {
    Document::Map(vec![
        ("Sid", Document::text("Read")),
        ("Effect", Document::text("Allow")),
        ("Action", Document::texts(actions.iter().copied())),
        ("Resource", Document::text("*")),
    ])
}

/// Characters of names in IAM: `[\w+=,.@-]`.
fn is_text(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}
