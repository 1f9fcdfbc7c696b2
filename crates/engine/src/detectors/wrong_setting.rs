//! `wrong-setting`: a function that is throttled, lacks a variable or runs out of time or memory, and the change that made it so.
//!
//! Two witnesses: the log or the metric names the setting, and undoing the change in the model sets it right. Load and code are not
//! modelled, so that this is corroborated, never proven.

use super::Finding;
use crate::hypothesis::{Hypothesis, net};
use crate::scene::Scene;
use crate::setting::{Need, Setting, Wrong};
use butfor_incident::{Affected, AffectedKind, Grade};
use butfor_world::{Delta, Edit, State};

/// Explains the settings the alerts are about.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    let tied = scene.settings.wrong.iter().enumerate().filter(|(_, wrong)| wrong.setting.is_tied);
    tied.flat_map(|(index, wrong)| explain(scene, index, wrong)).map(Box::new).map(Finding::Cause).collect()
}

fn explain(scene: &Scene<'_>, index: usize, wrong: &Wrong) -> Vec<Hypothesis> {
    let of_act = |act: &usize| {
        let fault = net(&scene.acts.get(*act)?.delta);
        let fix = fault.inverse();
        let others = wrong.acts.iter().copied().filter(|other| other != act).collect();
        let explained = Hypothesis::of_requests(Vec::new(), Some(*act), fault, fix, Grade::Corroborated);
        Some(Hypothesis {
            together: others,
            settings: vec![index],
            requests: vec![affected(&wrong.setting)],
            evidence: wrong.setting.evidence.clone(),
            ..explained
        })
    };
    let untold = wrong.touched_by.and_then(|act| explain_untold(scene, index, wrong, act));
    wrong.acts.iter().filter_map(of_act).chain(untold).collect()
}

/// The change that touched a setting, where no record tells what it was before. A limit of nothing is taken away; a variable has to be
/// set again by whoever knows its value.
fn explain_untold(scene: &Scene<'_>, index: usize, wrong: &Wrong, act: usize) -> Option<Hypothesis> {
    let setting = &wrong.setting;
    let own =
        |edit: &&Edit| edit.resource == setting.key && setting.facet.member.starts_with(&edit.facet.member);
    let delta = net(&scene.acts.get(act)?.delta);
    let fault = Delta { edits: delta.edits.iter().filter(own).cloned().collect() };
    let is_limit = matches!(setting.need, Need::NoLessThan(_));
    let (fix, assumption, advice) = if is_limit {
        let now = scene.now().state(&setting.key, &setting.facet);
        let lift = Edit {
            resource: setting.key.clone(),
            facet: setting.facet.clone(),
            before: now,
            after: State::Absent,
        };
        let assumption = "what it was before is not recorded; this takes the limit away";
        (Delta { edits: vec![lift] }, assumption.to_owned(), String::new())
    } else {
        let what = setting
            .facet
            .element
            .as_ref()
            .map_or_else(|| "the setting as it was".to_owned(), |name| format!("the variable {name}"));
        let advice = format!(
            "set {what} of {} again; no record tells what it was: its template or an earlier version does",
            setting.label()
        );
        (Delta::default(), String::new(), advice)
    };
    let explained = Hypothesis::of_requests(Vec::new(), Some(act), fault, fix, Grade::Corroborated);
    Some(Hypothesis {
        settings: vec![index],
        requests: vec![affected(setting)],
        evidence: setting.evidence.clone(),
        assumption,
        advice,
        ..explained
    })
}

/// `its callers`, `function orders`, `is throttled`.
pub(super) fn affected(setting: &Setting) -> Affected {
    Affected {
        kind: AffectedKind::Request,
        from: "its callers".to_owned(),
        to: setting.label(),
        detail: format!("it {}", setting.saying.words()),
    }
}
