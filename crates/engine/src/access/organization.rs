//! Service and resource control policies: the levels of an organization above an account.

use super::{document, text};
use butfor_world::World;
use serde_json::Value;

const POLICY: &str = "AWS::Organizations::Policy";
const ACCOUNT: &str = "AWS::Organizations::Account";
const UNIT: &str = "AWS::Organizations::OrganizationalUnit";
const ROOT: &str = "AWS::Organizations::Root";
const ORGANIZATION: &str = "AWS::Organizations::Organization";

/// Levels an organization can have: root, five nested units, account (Organizations quotas).
const LEVELS_MAX: usize = 7;

/// AWS's own policies that allow everything (Organizations User Guide): described or not, what they say is known.
const FULL_ACCESS: &[&str] = &["p-FullAWSAccess", "p-RCPFullAWSAccess"];
const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const ALLOW_ALL_RCP: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// One organization policy at one level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attachment {
    /// `p-...`
    pub policy: String,
    /// Its document; `None` when it could not be read.
    pub content: Option<Value>,
}

/// The levels from the root to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Levels {
    /// The account is in no organization, or is its management account: no policy of this type applies to it.
    Exempt,
    /// Nothing was described.
    Undescribed,
    /// Root first; a level is `None` when what is attached there was not read.
    Known(Vec<(String, Option<Vec<Attachment>>)>),
}

/// The levels of one policy type above an account.
pub(super) fn levels(world: &World, account: &str, kind: &str) -> Levels {
    let managed_by = |organization: &butfor_world::Resource| {
        let value = organization.parsed();
        text(value, "/MasterAccountId").or_else(|| text(value, "/ManagementAccountId"))
    };
    if world.of_kind(ORGANIZATION).filter_map(managed_by).any(|management| management == account) {
        return Levels::Exempt;
    }
    let mut chain = vec![account.to_owned()];
    let mut at = (ACCOUNT, account.to_owned());
    while let Some(parent) = document(world, at.0, &at.1).and_then(|one| text(one, "/ParentId")) {
        if chain.len() >= LEVELS_MAX {
            break;
        }
        at = (if parent.starts_with("r-") { ROOT } else { UNIT }, parent.clone());
        chain.push(parent);
    }
    chain.reverse();
    let known: Vec<(String, Option<Vec<Attachment>>)> = chain
        .into_iter()
        .map(|target| {
            let attached = attached(world, &target, kind);
            (target, attached)
        })
        .collect();
    if known.iter().all(|(_, attached)| attached.is_none()) {
        return Levels::Undescribed;
    }
    Levels::Known(known)
}

/// What is attached to a target; `None` when neither the target nor any policy tells.
fn attached(world: &World, target: &str, kind: &str) -> Option<Vec<Attachment>> {
    let member =
        if kind == "SERVICE_CONTROL_POLICY" { "ServiceControlPolicies" } else { "ResourceControlPolicies" };
    let node = [ACCOUNT, UNIT, ROOT].iter().find_map(|kind| document(world, kind, target));
    let listed = node.as_ref().and_then(|node| node.get(member)).and_then(Value::as_array);
    let mut ids: Vec<String> = listed.into_iter().flatten().filter_map(|one| text(one, "/Id")).collect();
    for policy in world.of_kind(POLICY) {
        let value = policy.parsed();
        let targets = value.get("Targets").and_then(Value::as_array).into_iter().flatten();
        let is_target = targets.filter_map(|one| text(one, "/TargetId")).any(|id| id == target);
        if is_target && text(value, "/Type").is_none_or(|own| own == kind) && !ids.contains(&policy.key.id) {
            ids.push(policy.key.id.clone());
        }
    }
    if listed.is_none() && ids.is_empty() {
        return None;
    }
    ids.sort();
    Some(ids.into_iter().map(|policy| Attachment { content: content(world, &policy), policy }).collect())
}

fn content(world: &World, policy: &str) -> Option<Value> {
    let described = document(world, POLICY, policy).and_then(|one| one.get("Content"));
    let full_access = || {
        let text = if policy.contains("RCP") { ALLOW_ALL_RCP } else { ALLOW_ALL };
        FULL_ACCESS.contains(&policy).then(|| Value::from(text))
    };
    described.cloned().or_else(full_access)
}

/// Id of the organization, where described: `o-...`.
pub(super) fn id(world: &World) -> Option<String> {
    world.of_kind(ORGANIZATION).map(|organization| organization.key.id.clone()).next()
}
