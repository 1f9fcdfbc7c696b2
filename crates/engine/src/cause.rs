//! From a hypothesis to a cause as a report states it.

use crate::act::{Act, ActEvent};
use crate::deploy::behind::{self, Behind};
use crate::hypothesis::Hypothesis;
use crate::impact::{Broken, Recovered};
use crate::probe::Probe;
use crate::scene::Scene;
use crate::wording;
use crate::wording::denied;
use butfor_incident::{Affected, AffectedKind, Cause, CauseChange, Cites, Grade, ResourceRef};
use butfor_world::{ResourceKey, When};

/// Servers named in one sentence at the most.
const SERVERS_NAMED_MAX: usize = 2;

/// States a hypothesis; `None` when nothing can be cited for it, for then it is no claim.
pub(crate) fn of(scene: &Scene<'_>, hypothesis: &Hypothesis) -> Option<Cause> {
    let refused = hypothesis.flows.first().and_then(|index| scene.impact.broken.get(*index));
    let denied = denied::of(scene, hypothesis);
    let stated = hypothesis.stated.clone();
    let wording = stated
        .or_else(|| wording::of(&hypothesis.fault, scene.now()))
        .or_else(|| wording::of_blockers(&refused?.trace.blockers, scene.now()))
        .or_else(|| denied::wording(scene, &denied))?;
    let act = hypothesis.act.and_then(|index| scene.acts.get(index));
    let flows: Vec<&Broken> =
        hypothesis.flows.iter().filter_map(|index| scene.impact.broken.get(*index)).collect();
    let first = flows.first();
    let blockers = first.map(|first| first.trace.blockers.as_slice()).unwrap_or_default();
    let code = blockers
        .iter()
        .find(|blocker| hypothesis.fault.edits.iter().any(|edit| edit.resource.id == blocker.component.id))
        .or(blockers.first())
        .map(|blocker| blocker.code.to_owned())
        .or_else(|| denied::code(&denied));
    let seen = first.iter().flat_map(|first| first.probe.ground.evidence.iter().copied());
    let behind = hypothesis.act.and_then(|act| behind::find(scene, act));
    let cites = [
        behind.as_ref().map(|behind| behind.deploy.cites.clone()),
        first.and_then(|first| scene.cite_trace(&first.trace)),
        act.map(|act| act.cites.clone()),
        denied::cites(scene, &denied),
        Cites::many(seen.chain(hypothesis.evidence.iter().copied())),
        scene.now().get(&wording.resource).and_then(butfor_world::Resource::cites).cloned(),
    ];
    let cites = cites.into_iter().flatten().reduce(|a, b| a.and(&b))?;
    let mut affected: Vec<Affected> = flows.iter().map(|broken| flow(scene, &broken.probe)).collect();
    affected.extend(hypothesis.requests.iter().cloned());
    affected.extend(denied.iter().map(|one| denied::affected(scene, &one.ask)));
    affected.sort();
    affected.dedup();
    Some(Cause {
        headline: format!("{}, {} {}", wording.phrase, joint(hypothesis), consequence(&affected)),
        grade: hypothesis.grade,
        defect: wording.defect.clone(),
        resource: resource_ref(scene, &wording.resource),
        component: wording.component,
        code,
        change: act.and_then(Act::event).map(change).or_else(|| told(hypothesis).cloned()),
        change_note: [change_note(act, hypothesis), behind.iter().map(Behind::note).collect()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("; "),
        together_with: together(scene, hypothesis),
        affected,
        explains: None,
        cites,
    })
}

/// What only came before something is not said to be the reason for it.
fn joint(hypothesis: &Hypothesis) -> &'static str {
    if hypothesis.empirical.is_some() && hypothesis.grade == Grade::Suspected { "and" } else { "so" }
}

/// Who did what the world knows no act for.
fn told(hypothesis: &Hypothesis) -> Option<&CauseChange> {
    hypothesis.empirical.as_ref()?.change.as_ref()
}

/// States the cause of something that works again.
pub(crate) fn of_recovered(
    scene: &Scene<'_>,
    broken_by: usize,
    undone_by: usize,
    found: &[&Recovered],
) -> Option<Cause> {
    let act = scene.acts.get(broken_by)?;
    let undo = scene.acts.get(undone_by)?;
    let wording = wording::of(&crate::hypothesis::net(&act.delta), scene.now())?;
    let first = found.first()?;
    // One sentence speaks for all of them: no surer than the least sure.
    let grade = found.iter().map(|one| one.grade).max()?;
    let seconds = first.until.seconds_since(first.from);
    let mut affected: Vec<Affected> = found.iter().map(|one| one.what.clone()).collect();
    affected.sort();
    affected.dedup();
    let broke = consequence(&affected)
        .replace("cannot reach", "could not reach")
        .replace(" is denied ", " was denied ")
        .replace(" are denied ", " were denied ");
    Some(Cause {
        headline: format!("{}, so {broke}; undone after {seconds} s by {}", wording.phrase, undo.label()),
        grade,
        defect: wording.defect.clone(),
        resource: resource_ref(scene, &wording.resource),
        component: wording.component,
        code: None,
        change: act.event().map(change),
        change_note: format!("undone at {} by {}", undo.at(), undo.label()),
        together_with: Vec::new(),
        affected,
        explains: None,
        cites: act.cites.and(&undo.cites),
    })
}

/// `a and b cannot reach c (tcp/1), d cannot reach e (tcp/2), and 3 more flows are refused`: clients of one server in one
/// phrase.
fn consequence(affected: &[Affected]) -> String {
    let (denied, others): (Vec<Affected>, Vec<Affected>) =
        affected.iter().cloned().partition(denied::is_denial);
    let parts = [unreachable(&others), denied::consequence(&denied)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

fn unreachable(affected: &[Affected]) -> String {
    let mut by_server: Vec<(&Affected, Vec<&str>)> = Vec::new();
    for one in affected {
        let same = |(first, _): &&mut (&Affected, Vec<&str>)| {
            (first.kind, &first.to, &first.detail) == (one.kind, &one.to, &one.detail)
        };
        match by_server.iter_mut().find(same) {
            Some((_, clients)) => clients.push(&one.from),
            None => by_server.push((one, vec![&one.from])),
        }
    }
    let named = by_server.iter().take(SERVERS_NAMED_MAX).map(|(one, clients)| {
        let verb = match one.kind {
            AffectedKind::Flow => "cannot reach",
            AffectedKind::Request => "cannot get an answer from",
        };
        format!("{} {verb} {} ({})", clients_text(clients), one.to, one.detail)
    });
    let named: Vec<String> = named.collect();
    let rest: usize = by_server.iter().skip(SERVERS_NAMED_MAX).map(|(_, clients)| clients.len()).sum();
    match rest {
        0 => named.join(" and "),
        1 => format!("{}, and 1 more flow is refused", named.join(", ")),
        _ => format!("{}, and {rest} more flows are refused", named.join(", ")),
    }
}

fn clients_text(clients: &[&str]) -> String {
    match clients {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, rest @ ..] => format!("{one} and {} others", rest.len()),
    }
}

/// Other acts that must be undone too, in words.
fn together(scene: &Scene<'_>, hypothesis: &Hypothesis) -> Vec<String> {
    hypothesis.together.iter().filter_map(|index| scene.acts.get(*index)).map(Act::label).collect()
}

/// A flow that stopped working.
pub(crate) fn flow(scene: &Scene<'_>, probe: &Probe) -> Affected {
    Affected {
        kind: AffectedKind::Flow,
        from: scene.client_label(probe),
        to: scene.server_label(probe),
        detail: probe.flow.service(),
    }
}

/// A resource as a report names it.
pub(crate) fn resource_ref(scene: &Scene<'_>, key: &ResourceKey) -> ResourceRef {
    let resource = scene.now().get(key);
    ResourceRef {
        kind: key.kind.clone(),
        id: key.id.clone(),
        arn: resource.and_then(butfor_world::Resource::arn),
        name: resource.and_then(butfor_world::Resource::name),
        account: resource.map(|resource| resource.account.clone()).unwrap_or_default(),
        region: resource.map(|resource| resource.region.clone()).unwrap_or_default(),
    }
}

fn change(event: &ActEvent) -> CauseChange {
    CauseChange {
        event_id: event.info.event_id.clone(),
        event_name: event.info.event_name.clone(),
        at: event.at,
        account: event.info.account.clone(),
        actor: event.info.actor.clone(),
    }
}

fn change_note(act: Option<&Act>, hypothesis: &Hypothesis) -> String {
    let time = match act {
        None if told(hypothesis).is_some() => String::new(),
        None => "nobody was seen changing it: this is a state, found as it is".to_owned(),
        Some(act) => match (act.events.as_slice(), act.end) {
            ([], When::Between(earlier, later)) => format!(
                "who and when are not recorded: it was right at {earlier} and wrong at {later}, and no change event tells of it"
            ),
            ([], when) => format!("who and when are not recorded: it was wrong by {}", when.latest()),
            ([first, .., last], _) => {
                format!(
                    "completed a sequence that began with {} ({}) at {}",
                    first.info.event_name, first.info.event_id, first.at
                ) + if first.info.account == last.info.account { "" } else { " in another account" }
            }
            ([_], _) => String::new(),
        },
    };
    let assumption =
        if hypothesis.assumption.is_empty() || hypothesis.grade == Grade::Suspected && time.is_empty() {
            String::new()
        } else {
            format!("assumed: {}", hypothesis.assumption)
        };
    [time, assumption].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}
