//! `Principal` and `NotPrincipal`: who is meant, and by which of a caller's names (IAM User Guide,
//! `reference_policies_elements_principal` and `..._notprincipal`).

use crate::context::{ContextValue, Lookup};
use crate::decision::Missing;
use crate::facts::Facts;
use crate::request::Principal;
use crate::truth::Truth;

/// By which name a policy means a caller. It decides what an allow stands for (`..._evaluation-logic_policy-eval-denyallow`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// By its account: the account may let it in, which takes an identity-based allow.
    Account,
    /// By the role behind the session: boundary and session policies still count.
    Role,
    /// By itself, or as anybody.
    Direct,
}

/// Whether a caller is meant, by each name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) account: Truth,
    pub(crate) role: Truth,
    pub(crate) direct: Truth,
}

impl Reach {
    pub(crate) const NOBODY: Self = Self { account: Truth::False, role: Truth::False, direct: Truth::False };
    pub(crate) const EVERYBODY: Self = Self { direct: Truth::True, ..Self::NOBODY };

    pub(crate) fn of(grade: Grade, truth: Truth) -> Self {
        match grade {
            Grade::Account => Self { account: truth, ..Self::NOBODY },
            Grade::Role => Self { role: truth, ..Self::NOBODY },
            Grade::Direct => Self { direct: truth, ..Self::NOBODY },
        }
    }

    /// By any name.
    pub(crate) fn any(self) -> Truth {
        self.account.or(self.role).or(self.direct)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            account: self.account.or(other.account),
            role: self.role.or(other.role),
            direct: self.direct.or(other.direct),
        }
    }

    pub(crate) fn and(self, truth: Truth) -> Self {
        Self { account: self.account.and(truth), role: self.role.and(truth), direct: self.direct.and(truth) }
    }
}

/// One principal of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// `*`, anonymous callers included.
    Anyone,
    /// A whole account.
    Account(String),
    /// A user, a role, or a session of either.
    Arn(Named),
    /// The unique id of a user or role that was deleted; one of the same name that came later is somebody else.
    Id(String),
    /// An AWS service.
    Service(String),
    /// An identity provider.
    Federated(String),
    /// An account, by the id S3 gives it.
    CanonicalUser(String),
}

/// An ARN and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    arn: String,
    account: String,
    /// `user`, `role`, `assumed-role`, `federated-user`.
    kind: String,
    /// Of a user or role without its path, of a session its role's.
    name: String,
    has_path: bool,
}

impl Entry {
    /// Reads an entry of `Principal`: its kind (`AWS`, `Service`, ...) and its text.
    pub(crate) fn parse(kind: &str, text: &str) -> Result<Self, String> {
        match kind {
            "Service" => Ok(Self::Service(text.to_ascii_lowercase())),
            "Federated" => Ok(Self::Federated(text.to_owned())),
            "CanonicalUser" => Ok(Self::CanonicalUser(text.to_owned())),
            "AWS" if text == "*" => Ok(Self::Anyone),
            "AWS" => aws(text),
            _ => Err(format!(
                "`{kind}` is no kind of principal; use `AWS`, `Service`, `Federated` or `CanonicalUser`"
            )),
        }
    }

    /// Whether it means the caller, and by which name.
    fn reach(&self, facts: &Facts<'_>, is_gateway: bool) -> Reach {
        let request = facts.request;
        let kind = request.kind();
        match self {
            Self::Anyone => Reach::EVERYBODY,
            // At a gateway endpoint an account is its root user only (VPC guide, "Principals for gateway endpoints").
            Self::Account(_) if is_gateway && kind != Principal::Root => Reach::NOBODY,
            Self::Account(account) => {
                Reach::of(Grade::Account, (request.account() == Some(account.as_str())).into())
            }
            Self::CanonicalUser(id) => Reach::of(Grade::Account, canonical_user(id, facts)),
            Self::Service(name) => {
                let is_it = kind == Principal::Service && request.principal().eq_ignore_ascii_case(name);
                Reach::of(Grade::Direct, is_it.into())
            }
            Self::Federated(provider) => {
                let given = request.principal();
                let is_it = provider == given
                    || provider.split_once(":oidc-provider/").is_some_and(|(_, host)| host == given);
                Reach::of(Grade::Direct, (kind == Principal::Federated && is_it).into())
            }
            Self::Id(id) => {
                let grade = if kind == Principal::User { Grade::Direct } else { Grade::Role };
                Reach::of(grade, unique_id(id, facts))
            }
            Self::Arn(named) if named.arn == request.principal() => match kind {
                Principal::Role => Reach::of(Grade::Role, Truth::True),
                _ => Reach::of(Grade::Direct, Truth::True),
            },
            Self::Arn(named) => Reach::of(Grade::Role, named.is_behind(facts)),
        }
    }
}

/// A text under `AWS`: an account, by number or root ARN, an ARN, or a unique id.
fn aws(text: &str) -> Result<Entry, String> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if is_account(text) {
        return Ok(Entry::Account(text.to_owned()));
    }
    // Unique ids: AIDA of users, AROA of roles (IAM User Guide, `reference_identifiers`).
    if text.len() >= 16 && text.starts_with('A') && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(Entry::Id(text.to_owned()));
    }
    if text.contains(['*', '?']) {
        return Err(format!(
            "`{text}`: a principal is named in full or as `*`; compare `aws:PrincipalArn` in a condition"
        ));
    }
    let fault =
        || format!("`{text}` is no principal; write an account, an ARN of a user, role or session, or `*`");
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", _, service, _, account, name] = fields.as_slice() else { return Err(fault()) };
    if (*service, *name) == ("iam", "root") {
        return Ok(Entry::Account((*account).to_owned()));
    }
    let (kind, path) = name.split_once('/').ok_or_else(fault)?;
    let (name, has_path) = match (*service, kind) {
        ("iam", "user" | "role") => (path.rsplit('/').next().unwrap_or(path), path.contains('/')),
        ("sts", "assumed-role") => (path.split('/').next().unwrap_or(path), false),
        ("sts", "federated-user") => (path, false),
        _ => return Err(fault()),
    };
    let (account, kind, name) = ((*account).to_owned(), kind.to_owned(), name.to_owned());
    Ok(Entry::Arn(Named { arn: text.to_owned(), account, kind, name, has_path }))
}

impl Named {
    /// Whether it is the role behind the caller's session, or the user behind a federated user session.
    fn is_behind(&self, facts: &Facts<'_>) -> Truth {
        let request = facts.request;
        let wanted = match request.kind() {
            Principal::Session => "role",
            Principal::FederatedUser => "user",
            _ => return Truth::False,
        };
        if self.kind != wanted {
            return Truth::False;
        }
        if let Some(arn) = request.role_arn() {
            return (self.arn == arn).into();
        }
        if request.account() != Some(self.account.as_str()) || request.name() != self.name {
            return Truth::False;
        }
        // A session's ARN does not tell the path of its role. AWS takes a role without path only if there is one, and
        // names of roles are unique, so that one without path is the role meant.
        match facts.lookup_issuer() {
            _ if !self.has_path => Truth::True,
            Truth::Unknown => {
                facts.lack(|| Missing::SessionIssuer);
                Truth::Unknown
            }
            _ => Truth::False,
        }
    }
}

fn canonical_user(id: &str, facts: &Facts<'_>) -> Truth {
    match facts.request.canonical_user() {
        Some(known) => (known == id).into(),
        None if facts.request.context().is_partial() && facts.request.account().is_some() => {
            facts.lack(|| Missing::CanonicalUser);
            Truth::Unknown
        }
        None => Truth::False,
    }
}

/// `aws:userid` is the unique id of a user, and `AROA...:session` of a session.
fn unique_id(id: &str, facts: &Facts<'_>) -> Truth {
    if !matches!(facts.request.kind(), Principal::User | Principal::Role | Principal::Session) {
        return Truth::False;
    }
    match facts.lookup("aws:userid") {
        Lookup::Present(ContextValue::One(value)) => (value.split(':').next() == Some(id)).into(),
        Lookup::Present(ContextValue::Many(_)) | Lookup::Absent => Truth::False,
        Lookup::Unknown => Truth::Unknown,
    }
}

/// The principals of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principals {
    is_negated: bool,
    entries: Box<[Entry]>,
}

impl Principals {
    pub(crate) fn new(entries: Vec<Entry>, is_negated: bool) -> Self {
        Self { is_negated, entries: entries.into() }
    }

    /// Whether it is `Principal: *` and nothing else.
    pub(crate) fn is_anyone(&self) -> bool {
        !self.is_negated && matches!(*self.entries, [Entry::Anyone])
    }

    /// Whether they mean the caller.
    pub(crate) fn reach(&self, facts: &Facts<'_>, is_gateway: bool) -> Reach {
        if self.is_negated {
            return Reach::of(Grade::Direct, !self.spares(facts));
        }
        let mut reach = Reach::NOBODY;
        for entry in &self.entries {
            reach = reach.or(entry.reach(facts, is_gateway));
        }
        reach
    }

    /// Whether `NotPrincipal` spares the caller. AWS may test the account, then the role, then the session, so that each
    /// must be listed; that none of a role's sessions is listed means all of them. A caller with a permissions boundary
    /// is never spared.
    fn spares(&self, facts: &Facts<'_>) -> Truth {
        let kind = facts.request.kind();
        let is_iam = matches!(kind, Principal::User | Principal::Role | Principal::Session);
        if facts.has_boundary && is_iam {
            return Truth::False;
        }
        let mut listed = Reach::NOBODY;
        let mut is_another_session_listed = false;
        for entry in &self.entries {
            if *entry == Entry::Anyone {
                return Truth::True;
            }
            listed = listed.or(entry.reach(facts, false));
            is_another_session_listed |= matches!(entry, Entry::Arn(named) if named.is_session_of(facts));
        }
        match kind {
            Principal::Root => listed.account,
            Principal::User | Principal::FederatedUser => listed.account.and(listed.direct),
            Principal::Role => listed.account.and(listed.role),
            Principal::Session if is_another_session_listed => {
                listed.account.and(listed.role).and(listed.direct)
            }
            Principal::Session => listed.account.and(listed.role),
            Principal::Service | Principal::Federated | Principal::Anonymous => listed.direct,
        }
    }
}

impl Named {
    fn is_session_of(&self, facts: &Facts<'_>) -> bool {
        let request = facts.request;
        self.kind == "assumed-role" && request.account() == Some(&self.account) && request.name() == self.name
    }
}
