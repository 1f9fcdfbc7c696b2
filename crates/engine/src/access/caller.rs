//! Callers: who makes a request, told so that a swapped role is a change like any other.

use super::{arn, document, text};
use crate::act::Act;
use butfor_world::{State, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const FUNCTION: &str = "AWS::Lambda::Function";
pub(super) const INSTANCE: &str = "AWS::EC2::Instance";
pub(super) const PROFILE: &str = "AWS::IAM::InstanceProfile";
pub(super) const ROLE: &str = "AWS::IAM::Role";

/// Who makes a request.
///
/// A function or an instance has in each world the role it has there: when its role was swapped, undoing the swap gives another
/// principal, and so another answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Caller {
    /// A Lambda function, by ARN.
    Function(String),
    /// An EC2 instance, by id.
    Instance(String),
    /// A session of a role: the role's ARN without path, and the session's name.
    Session {
        /// `arn:aws:iam::111111111111:role/name`.
        role: String,
        /// `GitHubActions`.
        session: String,
    },
    /// Anybody else, as the record names them: an IAM user, the root user, a service.
    Named(String),
}

/// Functions and instances a session may belong to.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Functions, by ARN, with every role they were seen to have.
    functions: BTreeMap<String, BTreeSet<String>>,
    instances: BTreeSet<String>,
}

impl Known {
    /// Those of some worlds, and the roles that acts gave and took.
    pub(crate) fn of(worlds: &[&World], acts: &[Act]) -> Self {
        let mut known = Self::default();
        for world in worlds {
            for function in world.of_kind(FUNCTION) {
                let roles = known.functions.entry(function.key.id.clone()).or_default();
                roles.extend(role_of_function(world, &function.key.id));
            }
            known.instances.extend(world.of_kind(INSTANCE).map(|instance| instance.key.id.clone()));
        }
        let edits = acts.iter().flat_map(|act| &act.delta.edits);
        for edit in edits.filter(|edit| edit.resource.kind == FUNCTION && edit.facet.member == "Role") {
            let roles = known.functions.entry(edit.resource.id.clone()).or_default();
            for state in [&edit.before, &edit.after] {
                if let State::Present(Value::String(role)) = state {
                    roles.extend(without_path(role));
                }
            }
        }
        known
    }
}

/// A caller in one world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// ARN of the principal: the session, the user.
    pub principal: String,
    /// Id of the role's or user's resource: its ARN without path; `None` for a principal that has no identity policies.
    pub resource: Option<String>,
    /// Account of the principal.
    pub account: String,
}

impl Caller {
    /// The caller behind a principal that a record names. The session name of a function's role is the function's name
    /// and that of an instance's the instance's id (Lambda and EC2 name sessions so; policy-semantics 1.6).
    pub(crate) fn of_principal(principal: &str, region: &str, known: &Known) -> Self {
        let named = || Self::Named(principal.to_owned());
        let Some([partition, "sts", _, account, rest]) = arn(principal) else { return named() };
        let session = rest.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/'));
        let Some((role, session)) = session else { return named() };
        let role = format!("arn:{partition}:iam::{account}:role/{role}");
        if known.instances.contains(session) {
            return Self::Instance(session.to_owned());
        }
        let of_name = |id: &&String| {
            arn(id).is_some_and(|[_, _, _, own, rest]| {
                own == account && rest.strip_prefix("function:") == Some(session)
            })
        };
        let found: Vec<&String> = known.functions.keys().filter(of_name).collect();
        // One name in several regions: the one that had this role at some time.
        let has_role = |id: &&&String| known.functions.get(**id).is_some_and(|roles| roles.contains(&role));
        let exact: Vec<&String> = found.iter().filter(has_role).copied().collect();
        // Else the one of the region whose log or trail tells of it.
        let in_region = |id: &&&String| arn(id).is_some_and(|[_, _, own, ..]| own == region);
        let near: Vec<&String> = found.iter().filter(in_region).copied().collect();
        match (exact.as_slice(), found.as_slice(), near.as_slice()) {
            ([one], ..) | ([], [one], _) | (_, _, [one]) => Self::Function((*one).clone()),
            _ => Self::Session { role, session: session.to_owned() },
        }
    }

    /// Who the caller is in a world; `None` when its role is not known there.
    pub(super) fn identity(&self, world: &World) -> Option<Identity> {
        match self {
            Self::Function(id) => {
                let name = text(document(world, FUNCTION, id)?, "/FunctionName")?;
                session_of(&role_of_function(world, id)?, &name)
            }
            Self::Instance(id) => session_of(&role_of_instance(world, id)?, id),
            Self::Session { role, session } => session_of(role, session),
            Self::Named(principal) => {
                let [partition, _, _, account, rest] = arn(principal).unwrap_or(["", "", "", "", ""]);
                let resource = rest.strip_prefix("user/").and_then(|path| path.rsplit('/').next());
                Some(Identity {
                    principal: principal.clone(),
                    resource: resource.map(|name| format!("arn:{partition}:iam::{account}:user/{name}")),
                    account: account.to_owned(),
                })
            }
        }
    }

    /// How people call it: `payments (i-0123)`, `function orders-api`, `role deploy (session ci)`.
    pub(crate) fn label(&self, world: &World) -> String {
        match self {
            Self::Function(id) => crate::wording::function(id),
            Self::Instance(id) => {
                let key = butfor_world::ResourceKey { kind: INSTANCE.to_owned(), id: id.clone() };
                crate::wording::named(world, &key)
            }
            Self::Session { role, session } => {
                let name = role.rsplit('/').next().unwrap_or(role);
                format!("role {name} (session {session})")
            }
            Self::Named(principal) => {
                let name = principal.rsplit([':', '/']).next().unwrap_or(principal);
                if principal.contains(":user/") { format!("user {name}") } else { principal.clone() }
            }
        }
    }

    /// The role or user whose policies speak for it in a world.
    pub(crate) fn role(&self, world: &World) -> Option<butfor_world::ResourceKey> {
        let id = self.identity(world)?.resource?;
        let kind = if id.contains(":user/") { "AWS::IAM::User" } else { ROLE };
        Some(butfor_world::ResourceKey { kind: kind.to_owned(), id })
    }

    /// Everything an alert or a log group may call it.
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::Function(id) => {
                let name = id.rsplit(':').next().unwrap_or(id).to_owned();
                vec![id.clone(), format!("/aws/lambda/{name}"), name]
            }
            Self::Instance(id) => vec![id.clone()],
            Self::Session { role, session } => {
                vec![role.clone(), role.rsplit('/').next().unwrap_or(role).to_owned(), session.clone()]
            }
            Self::Named(principal) => vec![principal.clone()],
        }
    }
}

/// The ARN without path of a role's or user's ARN with path: what names its resource.
pub(super) fn without_path(full: &str) -> Option<String> {
    let [partition, _, _, account, rest] = arn(full)?;
    let (kind, path) = rest.split_once('/')?;
    let name = path.rsplit('/').next()?;
    Some(format!("arn:{partition}:iam::{account}:{kind}/{name}"))
}

fn session_of(role: &str, session: &str) -> Option<Identity> {
    let [partition, _, _, account, rest] = arn(role)?;
    let name = rest.rsplit('/').next()?;
    Some(Identity {
        principal: format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"),
        resource: Some(format!("arn:{partition}:iam::{account}:role/{name}")),
        account: account.to_owned(),
    })
}

pub(super) fn role_of_function(world: &World, id: &str) -> Option<String> {
    without_path(&text(document(world, FUNCTION, id)?, "/Role")?)
}

/// The role of an instance, through its instance profile. A profile that was not described is taken to hold the role of its own
/// name, which is what the console and most tools make (IAM User Guide, "Using instance profiles").
pub(super) fn role_of_instance(world: &World, id: &str) -> Option<String> {
    let full = text(document(world, INSTANCE, id)?, "/IamInstanceProfile/Arn")?;
    let profile = without_path(&full)?;
    let Some(described) = document(world, PROFILE, &profile) else {
        return Some(profile.replacen(":instance-profile/", ":role/", 1));
    };
    let first = described.pointer("/Roles/0")?;
    without_path(&text(first, "/Arn")?)
}

/// Every caller whose role a world tells: functions and running instances.
pub(super) fn of_world(world: &World) -> Vec<Caller> {
    let functions = world.of_kind(FUNCTION).map(|function| Caller::Function(function.key.id.clone()));
    let is_running = |instance: &&butfor_world::Resource| {
        let state = text(instance.parsed(), "/State/Name");
        matches!(state.as_deref(), None | Some("running" | "pending"))
    };
    let instances =
        world.of_kind(INSTANCE).filter(is_running).map(|instance| Caller::Instance(instance.key.id.clone()));
    functions.chain(instances).filter(|caller| caller.identity(world).is_some()).collect()
}

/// Tags of a role or user, by key.
pub(super) fn tags(document: &Value) -> Vec<(String, String)> {
    let tags = document.get("Tags").and_then(Value::as_array).into_iter().flatten();
    tags.filter_map(|tag| Some((text(tag, "/Key")?, tag.get("Value")?.as_str()?.to_owned()))).collect()
}
