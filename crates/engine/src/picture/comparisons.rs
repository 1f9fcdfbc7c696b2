//! What changed: each part that a cause is about, as it was and as it is.

use super::view::View;
use super::{cited, clipped, facet_text};
use crate::act::{Act, short_actor};
use crate::hypothesis::net;
use crate::ruled_out::kind_word;
use crate::wording::named;
use butfor_incident::Cites;
use butfor_incident::picture::Comparison;
use butfor_world::{Delta, Edit, Resource, ResourceKey, State, When};

/// Comparisons at the most: nobody reads more side by side.
const COMPARISONS_MAX: usize = 40;

/// All of them, in the order of the causes, then of the edits.
pub(super) fn of(view: &View<'_, '_>) -> Vec<Comparison> {
    let mut all = Vec::new();
    for hypothesis in &view.concluded.hypotheses {
        let acts = hypothesis.act.into_iter().chain(hypothesis.together.iter().copied());
        for (place, index) in acts.enumerate() {
            let Some(act) = view.scene.acts.get(index) else { continue };
            let delta = if place == 0 { hypothesis.fault.clone() } else { net(&act.delta) };
            all.extend(telling(&delta).filter_map(|edit| compared(view, edit, Some(act))));
        }
        if hypothesis.act.is_none() {
            all.extend(telling(&hypothesis.fault).filter_map(|edit| compared(view, edit, None)));
        }
    }
    for one in &view.concluded.recoveries {
        let acts = (view.scene.acts.get(one.broken_by), view.scene.acts.get(one.undone_by));
        if let (Some(broke), Some(undid)) = acts {
            let delta = net(&broke.delta);
            all.extend(telling(&delta).map(|edit| recovered(view, edit, broke, undid)));
        }
    }
    let mut kept: Vec<Comparison> = Vec::new();
    for one in all {
        if kept.len() < COMPARISONS_MAX && !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

/// Edits without those of interfaces that AWS makes and removes for what was changed.
fn telling(delta: &Delta) -> impl Iterator<Item = &Edit> {
    let follows =
        |edit: &Edit| edit.resource.kind == "AWS::EC2::NetworkInterface" && edit.facet.member.is_empty();
    let has_other = delta.edits.iter().any(|edit| !follows(edit));
    delta.edits.iter().filter(move |edit| !has_other || !follows(edit))
}

/// A part as it was and as it is; `None` where nothing is different.
fn compared(view: &View<'_, '_>, edit: &Edit, act: Option<&Act>) -> Option<Comparison> {
    let now = present(view, edit);
    if edit.before == now || edit.before == edit.after {
        return None;
    }
    // A state that nobody was seen making was never seen otherwise: what it should be is the plan's to say.
    let before = if act.is_some() { edit.before.clone() } else { State::Unknown };
    let (was, is) = facet_text::pair(&edit.resource.kind, &edit.facet, &before, &now);
    Some(Comparison {
        resource: resource(view, &edit.resource),
        part: clipped(&facet_text::part(&edit.resource.kind, &edit.facet)),
        before: was,
        now: is,
        is_known: before != State::Unknown,
        at: act.and_then(at),
        who: act.map(who).unwrap_or_default(),
        cites: cites(view, edit, act),
    })
}

/// A part that was changed and changed back: it is as it was, and in between it was not.
fn recovered(view: &View<'_, '_>, edit: &Edit, broke: &Act, undid: &Act) -> Comparison {
    let now = present(view, edit);
    let (kind, facet) = (edit.resource.kind.as_str(), &edit.facet);
    let (was, is) = facet_text::pair(kind, facet, &edit.before, &now);
    let (_, between) = facet_text::pair(kind, facet, &now, &edit.after);
    let between = between.unwrap_or_else(|| "not there".to_owned());
    let part = facet_text::part(kind, facet);
    Comparison {
        resource: resource(view, &edit.resource),
        part: clipped(&format!("{part} (in between, until {} by {}: {between})", undid.at(), who(undid))),
        before: was,
        now: is,
        is_known: edit.before != State::Unknown,
        at: at(broke),
        who: who(broke),
        cites: cited(Some(&broke.cites.and(&undid.cites))),
    }
}

/// What the world shows now; what the change left, where the world does not tell.
fn present(view: &View<'_, '_>, edit: &Edit) -> State {
    match view.now().state(&edit.resource, &edit.facet) {
        State::Unknown => edit.after.clone(),
        state => state,
    }
}

/// `security group orders-db (sg-0123)`.
fn resource(view: &View<'_, '_>, key: &ResourceKey) -> String {
    let bare = key.kind.rsplit("::").next().unwrap_or_default();
    let word = kind_word(&key.kind).unwrap_or(bare).trim_end_matches(" of");
    // A name is enough where the id is an ARN that ends with it.
    let name = if key.id.starts_with("arn:") { view.label_of(key) } else { named(view.world_with(key), key) };
    clipped(&format!("{word} {name}"))
}

/// When an act was complete; `None` where only an interval is known.
fn at(act: &Act) -> Option<String> {
    matches!(act.end, When::At(_)).then(|| act.at().to_string())
}

/// Who made an act; for one that no event tells of, between which moments it was made.
fn who(act: &Act) -> String {
    match (act.event(), act.end) {
        (Some(event), _) => clipped(&short_actor(&event.info.actor)),
        (None, When::Between(earlier, later)) => format!("not recorded, between {earlier} and {later}"),
        (None, When::At(_)) => "not recorded".to_owned(),
    }
}

fn cites(view: &View<'_, '_>, edit: &Edit, act: Option<&Act>) -> Vec<String> {
    let resource = view.resource(&edit.resource).and_then(Resource::cites).cloned();
    let cites: Option<Cites> =
        act.map(|act| act.cites.clone()).into_iter().chain(resource).reduce(|a, b| a.and(&b));
    cited(cites.as_ref())
}
