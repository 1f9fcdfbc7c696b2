//! `wrong-setting`: a function that is throttled, lacks a variable or runs out of time or memory, and the change that made it so.
//!
//! Two witnesses: the log or the metric names the setting, and undoing the change in the model sets it right. Load and code are not
//! modelled, so that this is corroborated, never proven.

use super::Finding;
use crate::hypothesis::{Hypothesis, net};
use crate::scene::Scene;
use crate::setting::{Setting, Wrong};
use butfor_incident::{Affected, AffectedKind, Grade};

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
    wrong.acts.iter().filter_map(of_act).collect()
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
