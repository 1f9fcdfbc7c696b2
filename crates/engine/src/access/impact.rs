//! Which requests are denied now, which of them the alerts are about, and which acts made it so.

use super::{Ask, Caller, Model, Ruling, collect};
use crate::act::Act;
use crate::impact::{Tie, Undoing, begins_by, candidates, restoring};
use crate::names;
use crate::probe::Basis;
use crate::symptom::Symptom;
use butfor_incident::Timestamp;
use butfor_policy::{Effect, Outcome};
use butfor_world::{Edit, ResourceKey, State, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Clocks of hosts and of CloudTrail differ by seconds; IAM and endpoint changes take a while to apply, so that a change may be
/// recorded before its effect but not after.
const TOLERANCE_SECONDS: i64 = 30;

/// A request that is denied now.
pub(crate) struct Denied {
    pub ask: Ask,
    pub ruling: Ruling,
    pub tie: Tie,
    /// The acts whose undoing allows it: all of them together are needed.
    pub acts: Vec<usize>,
    /// Other acts each of which would allow it alone, but after which it still worked.
    pub alternatives: Vec<usize>,
    /// Acts whose undoing would allow it but that came after it began to be denied.
    pub late: Vec<usize>,
    /// An act on a document that denies now whose former text nobody recorded, or an act that made this role the caller's.
    pub unclear: Option<usize>,
    /// Acts without which nothing seen denies it, while not everything that decides was described: they may be the cause.
    pub possible: Vec<usize>,
    /// The caller's own log goes on after the alarm, and tells of no denial.
    pub is_spoken_against: bool,
}

impl Denied {
    /// Whether AWS itself named a layer that the model finds denying.
    pub(crate) fn is_confirmed(&self) -> bool {
        let denying: BTreeSet<_> = self.ruling.denying().map(|one| one.layer).collect();
        self.ask.ground.named.iter().any(|named| denying.contains(&named.layer))
    }

    /// Whether AWS named only layers that the model does not find denying: what was recorded is not what was in force.
    pub(crate) fn is_contradicted(&self) -> bool {
        !self.ask.ground.named.is_empty() && !self.is_confirmed()
    }
}

/// Everything asked of the policy model.
#[derive(Default)]
pub(crate) struct Access {
    pub model: Model,
    pub denied: Vec<Denied>,
    pub allowed: Vec<(Ask, Ruling, Tie)>,
    /// Documents or context are missing to decide.
    pub undecided: Vec<(Ask, Ruling, Tie)>,
    pub is_truncated: bool,
}

/// Puts every request to the model and finds, for each denied one, the acts whose undoing allows it.
pub(crate) fn assess(now: &World, before: &World, acts: &[Act], symptom: &Symptom) -> Access {
    let model = Model::default();
    let (asks, is_truncated) = collect::asks(now, before, acts, &symptom.denials);
    let ties = ties(&asks, now, symptom);
    let mut access = Access { is_truncated, ..Access::default() };
    let mut undoing = Undoing::new(now, acts);
    let candidates: Vec<usize> = candidates(now, acts)
        .into_iter()
        .filter(|index| acts.get(*index).is_some_and(decides_access))
        .collect();
    for ask in asks {
        let tie = ties.get(&ask.caller).copied().unwrap_or(Tie::None).max(resource_tie(&ask, symptom));
        let ruling = model.rule(now, &ask);
        match ruling.outcome {
            Outcome::Allow => access.allowed.push((ask, ruling, tie)),
            Outcome::Unknown => access.undecided.push((ask, ruling, tie)),
            Outcome::ExplicitDeny | Outcome::ImplicitDeny => {
                let is_late = |index: &usize| {
                    acts.get(*index).is_some_and(|act| is_late(act, &ask, symptom.alarm_at()))
                };
                let (late, timely): (Vec<usize>, Vec<usize>) = candidates.iter().copied().partition(is_late);
                let mut allows = |world: &World| model.allows(world, &ask);
                let (found, alternatives) = restoring(&mut undoing, &timely, &mut allows);
                let late = match found.is_empty() && !late.is_empty() {
                    true => restoring(&mut undoing, &candidates, &mut allows).0,
                    false => Vec::new(),
                };
                let mut denied = Denied {
                    tie,
                    acts: found,
                    alternatives,
                    late,
                    unclear: None,
                    possible: Vec::new(),
                    is_spoken_against: is_spoken_against(&ask, symptom),
                    ask,
                    ruling,
                };
                if denied.acts.is_empty() {
                    let mut opens = |index: &usize| {
                        model.rule(undoing.without(&[*index]), &denied.ask).outcome == Outcome::Unknown
                    };
                    denied.possible = timely.iter().copied().filter(&mut opens).collect();
                    denied.unclear = unclear(now, acts, &denied.ask, &denied.ruling, symptom)
                        .or_else(|| assignment(acts, &denied.ask, symptom));
                }
                access.denied.push(denied);
            }
        }
    }
    access.model = model;
    access
}

/// Whether an act touches anything that decides who may do what.
fn decides_access(act: &Act) -> bool {
    act.delta.edits.iter().any(|edit| {
        let kind = edit.resource.kind.as_str();
        let member = edit.facet.member.as_str();
        kind.starts_with("AWS::IAM::")
            || kind.starts_with("AWS::Organizations::")
            || matches!(
                kind,
                "AWS::S3::Bucket" | "AWS::KMS::Key" | "AWS::EC2::VPCEndpoint" | "AWS::EC2::RouteTable"
            )
            || matches!(
                member,
                "Role" | "IamInstanceProfile" | "Policy" | "ResourcePolicy" | "VpcConfig/SubnetIds"
            )
            || member.starts_with("IamInstanceProfile")
    })
}

/// Whether an act came after the trouble.
fn is_late(act: &Act, ask: &Ask, alarm_at: Option<Timestamp>) -> bool {
    let seen = ask.ground.since.map(|since| since.plus_seconds(TOLERANCE_SECONDS));
    [alarm_at, seen].into_iter().flatten().any(|since| !begins_by(act, since))
}

/// The latest act on a document that denies now whose former text is not recorded: it cannot be undone in the model, but it is the
/// change on record of exactly this document.
fn unclear(now: &World, acts: &[Act], ask: &Ask, ruling: &Ruling, symptom: &Symptom) -> Option<usize> {
    let denying: BTreeSet<&ResourceKey> = ruling
        .denying()
        .flat_map(|one| match one.effect {
            Effect::ExplicitDeny => one.statements.iter().map(|at| &at.holder).collect::<Vec<_>>(),
            _ => one.holders.iter().collect(),
        })
        .collect();
    let mut found = acts.iter().enumerate().rev().filter(|(_, act)| {
        !act.delta.inverse().is_known()
            && act.is_in_effect(now)
            && !is_late(act, ask, symptom.alarm_at())
            && act.delta.edits.iter().any(|edit| denying.contains(&edit.resource))
    });
    found.next().map(|(index, _)| index)
}

/// Whether a caller's own log was collected, goes on after the alarm, and tells of no denial: then a permission that it lost is not
/// what it suffers from.
fn is_spoken_against(ask: &Ask, symptom: &Symptom) -> bool {
    let Some(alarm_at) = symptom.alarm_at().filter(|_| !ask.ground.is_seen_failing()) else { return false };
    let names = ask.caller.names();
    let is_own = |group: &str, stream: &str| {
        names.iter().any(|name| group == name || stream == name || stream.contains(name.as_str()))
    };
    let goes_on =
        symptom.logs.streams.iter().any(|((group, stream), last)| is_own(group, stream) && *last > alarm_at);
    let tells = symptom.denials.iter().filter_map(|seen| seen.logged.as_ref());
    goes_on && !tells.clone().any(|(group, stream)| is_own(group, stream))
}

/// The latest act that made a caller's role its role, where the caller cannot be asked for with the role it had: a session tells only
/// the role, and of a function no record may tell the role before.
fn assignment(acts: &[Act], ask: &Ask, symptom: &Symptom) -> Option<usize> {
    let name = match &ask.caller {
        Caller::Session { role, .. } => role.rsplit('/').next()?,
        Caller::Function(id) => return swap(acts, id, ask, symptom),
        _ => return None,
    };
    let gives = |edit: &Edit| {
        let is_role = matches!(edit.facet.member.as_str(), "Role" | "IamInstanceProfile" | "Roles");
        let after = match &edit.after {
            State::Present(Value::String(arn)) => Some(arn.as_str()),
            State::Present(value) => value.get("Arn").and_then(Value::as_str),
            _ => None,
        };
        is_role && after.and_then(|arn| arn.rsplit('/').next()) == Some(name)
    };
    let mut given = acts
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, act)| act.delta.edits.iter().any(gives) && !is_late(act, ask, symptom.alarm_at()));
    given.next().map(|(index, _)| index)
}

/// The latest act that gave a function another role, where nobody recorded which it had.
fn swap(acts: &[Act], function: &str, ask: &Ask, symptom: &Symptom) -> Option<usize> {
    let gives = |edit: &Edit| {
        edit.resource.id == function && edit.facet.member == "Role" && edit.before == State::Unknown
    };
    let given = |(_, act): &(usize, &Act)| {
        act.delta.edits.iter().any(gives) && !is_late(act, ask, symptom.alarm_at())
    };
    acts.iter().enumerate().rev().find(given).map(|(index, _)| index)
}

/// How strongly each caller is tied to the alerts.
fn ties(asks: &[Ask], now: &World, symptom: &Symptom) -> BTreeMap<Caller, Tie> {
    let callers: BTreeSet<&Caller> = asks.iter().map(|ask| &ask.caller).collect();
    let callers: Vec<&Caller> = callers.into_iter().collect();
    let ids = symptom.alert_ids();
    let words: Vec<BTreeSet<String>> = callers
        .iter()
        .map(|caller| {
            let names = caller.names().into_iter().chain([caller.label(now)]);
            names.flat_map(|name| names::words(&name)).collect()
        })
        .collect();
    let affinities = names::affinity(&symptom.alert_words(), &words);
    let best = affinities.iter().copied().fold(0.0, f64::max);
    let mut all = BTreeMap::new();
    for (caller, affinity) in callers.into_iter().zip(affinities) {
        let names = caller.names();
        let is_named = names.iter().any(|name| ids.contains(name));
        // Its denials are in logs that were collected for this incident.
        let is_logged = asks.iter().any(|ask| {
            ask.caller == *caller && ask.ground.is_logged && ask.ground.is_recent(symptom.alarm_at())
        });
        let has_log = symptom.logs.streams.keys().any(|(group, stream)| {
            names.iter().any(|name| group == name || stream == name || stream.contains(name.as_str()))
        });
        let tie = match (is_named || is_logged, has_log, affinity > 0.0 && affinity >= best * 0.99) {
            (true, _, _) => Tie::Direct,
            (false, true, _) => Tie::Log,
            (false, false, true) => Tie::Name,
            _ => Tie::None,
        };
        all.insert(caller.clone(), tie);
    }
    all
}

/// Whether an alert names the resource itself: a bucket, a table, a queue.
fn resource_tie(ask: &Ask, symptom: &Symptom) -> Tie {
    let ids = symptom.alert_ids();
    let label = super::resource_label(&ask.resource);
    let name = label.rsplit(' ').next().unwrap_or(&label);
    if ids.contains(name) || ids.contains(&ask.resource) { Tie::Direct } else { Tie::None }
}

impl Access {
    /// The strongest tie among requests that were seen to be denied.
    pub(crate) fn strongest_tie(&self) -> Tie {
        let seen = |ask: &Ask| ask.ground.is_seen_failing();
        let denied = self.denied.iter().filter(|one| seen(&one.ask)).map(|one| one.tie);
        let others =
            self.allowed.iter().chain(&self.undecided).filter(|(ask, ..)| seen(ask)).map(|(.., tie)| *tie);
        // What nothing ties to the alerts is the background of every account.
        denied.chain(others).max().unwrap_or(Tie::None).max(Tie::Name)
    }

    /// Indexes of the denied requests the alerts are about: those with the strongest tie, among requests that a known act took
    /// away or that somebody saw denied; requests seen denied, and what the same acts took away with them, come before requests
    /// that are only provided for.
    pub(crate) fn relevant(&self, alarm_at: Option<Timestamp>) -> Vec<usize> {
        let get = |index: &usize| self.denied.get(*index);
        let mut found: Vec<usize> = (0..self.denied.len()).collect();
        found.retain(|index| {
            get(index).is_some_and(|one| {
                !one.acts.is_empty() && !one.is_spoken_against
                    || one.ask.ground.is_seen_failing() && one.ask.ground.is_recent(alarm_at)
            })
        });
        let tie = |index: &usize| get(index).map_or(Tie::None, |one| one.tie);
        let strongest = found.iter().map(tie).max().unwrap_or(Tie::None);
        found.retain(|index| tie(index) == strongest && strongest > Tie::None);
        let is_seen = |index: &usize| get(index).is_some_and(|one| one.ask.ground.basis == Basis::Failing);
        let seen: Vec<usize> = found.iter().copied().filter(is_seen).collect();
        if seen.is_empty() {
            return found;
        }
        let acts: BTreeSet<usize> = seen.iter().filter_map(get).flat_map(|one| one.acts.clone()).collect();
        let callers: BTreeSet<&Caller> = seen.iter().filter_map(get).map(|one| &one.ask.caller).collect();
        let callers: BTreeSet<Caller> = callers.into_iter().cloned().collect();
        found.retain(|index| {
            is_seen(index)
                || get(index).is_some_and(|one| {
                    callers.contains(&one.ask.caller)
                        && !one.acts.is_empty()
                        && one.acts.iter().all(|act| acts.contains(act))
                })
        });
        found
    }
}
