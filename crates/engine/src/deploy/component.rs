//! Components: who writes a log, told by what the recorded configuration says, and which deploys are of it.

use super::{Brings, Deploy};
use crate::symptom::Symptom;
use butfor_world::{Resource, ResourceKey, World};
use serde_json::Value;
use std::collections::BTreeSet;

const FUNCTION: &str = "AWS::Lambda::Function";
const SERVICE: &str = "AWS::ECS::Service";
const TASK_DEFINITION: &str = "AWS::ECS::TaskDefinition";

/// Shortest beginning of a commit's id that names it: Git's own default is 7 digits.
const COMMIT_DIGITS_MIN: usize = 7;

/// Something that writes a log of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Component {
    /// In lower case.
    pub name: String,
    /// `function orders`, `service orders`, or the log group.
    pub label: String,
    pub group: String,
    pub account: String,
    pub region: String,
    /// The function, or the services; empty where the configuration does not say whose log it is.
    pub keys: Vec<ResourceKey>,
    /// Identifiers that its configuration contains: names of parameters, of flags, commits in image tags.
    pub mentions: BTreeSet<String>,
}

/// How a deploy is of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tie {
    /// Its record names the component.
    Record,
    /// The component's configuration names the commit, the flag or the parameter.
    Configuration,
    /// Both have the same name, which is all.
    Name,
}

/// The components whose logs were collected.
pub(crate) fn components<'g>(
    now: &World,
    groups: impl Iterator<Item = (&'g str, &'g str, &'g str)>,
) -> Vec<Component> {
    let distinct: BTreeSet<(&str, &str, &str)> = groups.filter(|(_, _, group)| !group.is_empty()).collect();
    distinct.into_iter().map(|(account, region, group)| component(now, account, region, group)).collect()
}

fn component(now: &World, account: &str, region: &str, group: &str) -> Component {
    let is_here = |resource: &&Resource| {
        (account.is_empty() || resource.account == account)
            && (region.is_empty() || resource.region == region)
    };
    let own: Vec<&Resource> = match group.strip_prefix("/aws/lambda/") {
        Some(name) => now
            .of_kind(FUNCTION)
            .filter(is_here)
            .filter(|function| function.key.id.rsplit(':').next() == Some(name))
            .collect(),
        None => services_of(now, group).into_iter().filter(is_here).collect(),
    };
    let last = group.rsplit('/').next().unwrap_or(group);
    let name = match own.as_slice() {
        [only] => only.key.id.rsplit([':', '/']).next().unwrap_or(last),
        _ => last,
    };
    let label = match (group.starts_with("/aws/lambda/"), own.is_empty()) {
        (true, _) => format!("function {name}"),
        (false, false) => format!("service {name}"),
        (false, true) if group.contains(":service/") => format!("service {name}"),
        (false, true) => format!("what writes to {group}"),
    };
    let definitions = own.iter().filter_map(|service| definition_of(now, service));
    let mentions = own.iter().copied().chain(definitions).flat_map(|one| mentions(one.parsed()));
    Component {
        name: name.to_lowercase(),
        label,
        group: group.to_owned(),
        account: account.to_owned(),
        region: region.to_owned(),
        keys: own.iter().map(|one| one.key.clone()).collect(),
        mentions: mentions.collect(),
    }
}

/// The functions and services that alerts name, whether or not a log of theirs was collected.
pub(crate) fn alerted(now: &World, symptom: &Symptom) -> Vec<Component> {
    let mut all = BTreeSet::new();
    for alert in &symptom.alerts {
        let account = alert.account.as_deref().unwrap_or_default();
        let region = alert.region.as_deref().unwrap_or_default();
        for metric in &alert.metrics {
            if let Some(name) = metric.dimensions.get("FunctionName") {
                all.insert(component(now, account, region, &format!("/aws/lambda/{name}")));
            }
            let named = metric.dimensions.get("ServiceName");
            let services = now.of_kind(SERVICE).filter(|service| {
                named.is_some_and(|name| service.key.id.rsplit('/').next() == Some(name))
                    && (account.is_empty() || service.account == account)
                    && (region.is_empty() || service.region == region)
            });
            all.extend(services.map(|service| Component {
                keys: vec![service.key.clone()],
                ..component(now, account, region, &service.key.id)
            }));
        }
    }
    all.into_iter().collect()
}

fn definition_of<'w>(now: &'w World, service: &Resource) -> Option<&'w Resource> {
    let id = service.parsed().get("taskDefinition")?.as_str()?;
    now.get(&ResourceKey { kind: TASK_DEFINITION.to_owned(), id: id.to_owned() })
}

/// `...:task-definition/FAMILY:7`: the family; revisions of one family write to one log.
fn family(definition: &str) -> &str {
    let last = definition.rsplit('/').next().unwrap_or(definition);
    last.split(':').next().unwrap_or(last)
}

/// The services whose containers write to a log group.
fn services_of<'w>(now: &'w World, group: &str) -> Vec<&'w Resource> {
    let writes = |definition: &&Resource| {
        let containers = definition.parsed().get("containerDefinitions").and_then(Value::as_array);
        containers.into_iter().flatten().any(|container| {
            container.pointer("/logConfiguration/options/awslogs-group").and_then(Value::as_str)
                == Some(group)
        })
    };
    let families: BTreeSet<&str> =
        now.of_kind(TASK_DEFINITION).filter(writes).map(|definition| family(&definition.key.id)).collect();
    let runs = |service: &&Resource| {
        let own = service.parsed().get("taskDefinition").and_then(Value::as_str);
        own.is_some_and(|own| families.contains(family(own)))
    };
    now.of_kind(SERVICE).filter(runs).collect()
}

/// Texts of a configuration, whole and in pieces, in lower case: `/shop/flags/new-price`, the tag of an image.
fn mentions(document: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut open = vec![document];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => {
                let text = text.to_lowercase();
                all.extend(text.split([':', '@', '=', ',', ' ', '/']).map(str::to_owned));
                all.insert(text);
            }
            Value::Array(elements) => open.extend(elements),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    all.retain(|text| text.len() >= COMMIT_DIGITS_MIN);
    all
}

impl Component {
    /// Whether an alert names it.
    pub(crate) fn is_alerted(&self, symptom: &Symptom) -> bool {
        let ids = symptom.alert_ids();
        ids.iter().any(|id| id.to_lowercase() == self.name || *id == self.group)
    }

    /// How a deploy is of this component; `None` where it is not.
    pub(crate) fn tie(&self, deploy: &Deploy) -> Option<Tie> {
        if deploy.keys.iter().any(|key| self.keys.contains(key)) {
            return Some(Tie::Record);
        }
        if !deploy.keys.is_empty() {
            // Its record says what it changes, and that is something else, or something of which only the name is known.
            let is_unknown = self.keys.is_empty() && deploy.region == self.region;
            // Only for functions does the name of the log group say whose it is.
            let tie = if self.group.starts_with("/aws/lambda/") { Tie::Record } else { Tie::Name };
            return (is_unknown && deploy.names.contains(&self.name)).then_some(tie);
        }
        let is_elsewhere =
            !deploy.region.is_empty() && !self.region.is_empty() && deploy.region != self.region;
        if is_elsewhere {
            return None;
        }
        let carries = |commit: &String| {
            let commit = commit.to_lowercase();
            self.mentions.iter().any(|text| {
                commit.starts_with(text.as_str()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
        };
        let is_named = || deploy.names.iter().any(|name| self.mentions.contains(name));
        if deploy.commit.as_ref().is_some_and(carries) || deploy.brings == Brings::Switch && is_named() {
            return Some(Tie::Configuration);
        }
        (deploy.brings != Brings::Switch && deploy.names.contains(&self.name)).then_some(Tie::Name)
    }
}
