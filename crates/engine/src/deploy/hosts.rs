//! Deployments and runs as code hosts tell them: several messages are one deployment.

use super::message::{Messages, Sort, State, Told, person};
use super::{Brings, Deploy, Standing};
use butfor_incident::CauseChange;
use std::collections::BTreeMap;

/// One deployment or run.
type Key<'m> = (&'static str, Sort, &'m str, &'m str);

/// Every deployment and run, each once.
pub(super) fn deploys(messages: &Messages) -> Vec<Deploy> {
    let mut groups: BTreeMap<Key<'_>, Vec<&Told>> = BTreeMap::new();
    for told in &messages.told {
        groups.entry((told.host, told.sort, &told.repository, &told.id)).or_default().push(told);
    }
    let mut all: Vec<(&Told, Deploy)> = groups.values().filter_map(|messages| one(messages)).collect();
    all.sort_by(|(_, a), (_, b)| (a.at, &a.what).cmp(&(b.at, &b.what)));
    mark_repeated(&mut all);
    all.into_iter().map(|(_, deploy)| deploy).collect()
}

fn one<'m>(messages: &[&'m Told]) -> Option<(&'m Told, Deploy)> {
    let began = messages.iter().map(|told| told.at).min()?;
    // What is said last counts; that another one took its place says nothing about how this one went.
    let over = messages
        .iter()
        .filter(|told| matches!(told.state, State::Succeeded | State::Failed))
        .max_by_key(|told| (told.at, told.state));
    let standing = match over.map(|told| told.state) {
        Some(State::Succeeded) => Standing::Live,
        Some(_) => Standing::Failed,
        None => Standing::Unfinished,
    };
    let told = *messages.iter().max_by_key(|told| (told.names.len(), told.environment.is_some(), told.at))?;
    let at = over.map_or(began, |over| over.at);
    let repository = told.repository.rsplit('/').next().unwrap_or_default().to_lowercase();
    let mut names =
        told.names.iter().map(|name| name.to_lowercase()).collect::<std::collections::BTreeSet<_>>();
    names.insert(repository);
    names.retain(|name| !name.is_empty());
    let to = told.environment.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
    let mut cites = told.cites.clone();
    for other in messages {
        cites = cites.and(&other.cites);
    }
    let deploy = Deploy {
        at,
        brings: if told.sort == Sort::Deployment { Brings::Code } else { Brings::Run },
        standing,
        what: format!("{} {} {} of {}{to}", told.host, told.word, told.id, told.repository),
        by: CauseChange {
            // A commit is what a person looks up; a deployment's number means nothing outside its repository.
            event_id: told.commit.clone().unwrap_or_else(|| told.id.clone()),
            event_name: format!("{} {}", told.host, told.word),
            at,
            account: String::new(),
            actor: person(told.host, &told.by),
        },
        names,
        keys: Vec::new(),
        region: String::new(),
        commit: told.commit.clone(),
        act: None,
        commits: Vec::new(),
        cites,
    };
    Some((told, deploy))
}

/// A deployment of the commit that was live there already changes nothing.
fn mark_repeated(all: &mut [(&Told, Deploy)]) {
    let mut live: BTreeMap<(&str, Option<&str>), String> = BTreeMap::new();
    for (told, deploy) in all {
        if told.sort != Sort::Deployment || deploy.standing != Standing::Live {
            continue;
        }
        let Some(commit) = &deploy.commit else { continue };
        let place = (told.repository.as_str(), told.environment.as_deref());
        if live.insert(place, commit.clone()).as_ref() == Some(commit) {
            deploy.standing = Standing::SameCode;
        }
    }
}
