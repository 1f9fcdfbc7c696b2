//! What a set of hypotheses explains: the refused flows and the denied requests that a plan must restore.

use crate::access::{Denied, resource_label};
use crate::hypothesis::Hypothesis;
use crate::impact::Broken;
use crate::scene::Scene;
use crate::setting::Setting;
use butfor_network::Disposition;
use butfor_world::World;
use std::collections::BTreeSet;

/// Flows and requests.
pub(crate) struct Explained<'s> {
    flows: Vec<&'s Broken>,
    requests: Vec<&'s Denied>,
    settings: Vec<&'s Setting>,
}

impl<'s> Explained<'s> {
    /// Of all hypotheses, each once.
    pub(crate) fn by(scene: &'s Scene<'_>, hypotheses: &[Hypothesis]) -> Self {
        let flows: BTreeSet<usize> = hypotheses.iter().flat_map(|one| one.flows.iter().copied()).collect();
        let asks: BTreeSet<usize> = hypotheses.iter().flat_map(|one| one.asks.iter().copied()).collect();
        let settings: BTreeSet<usize> =
            hypotheses.iter().flat_map(|one| one.settings.iter().copied()).collect();
        Self {
            flows: flows.into_iter().filter_map(|index| scene.impact.broken.get(index)).collect(),
            requests: asks.into_iter().filter_map(|index| scene.access.denied.get(index)).collect(),
            settings: settings
                .into_iter()
                .filter_map(|index| scene.settings.wrong.get(index))
                .map(|wrong| &wrong.setting)
                .collect(),
        }
    }

    /// Whether a world delivers and allows all of it.
    pub(crate) fn is_restored(&self, scene: &Scene<'_>, world: &World) -> bool {
        let delivered =
            |one: &&Broken| world.network().trace(&one.probe.flow).disposition == Disposition::Delivered;
        self.flows.iter().all(delivered)
            && self.requests.iter().all(|one| scene.access.model.allows(world, &one.ask))
            && self.settings.iter().all(|one| one.works(world) == Some(true))
    }

    /// Whether nothing seen in a world refuses or denies any of it.
    pub(crate) fn is_not_refused(&self, scene: &Scene<'_>, world: &World) -> bool {
        let blocked =
            |one: &&Broken| world.network().trace(&one.probe.flow).disposition == Disposition::Blocked;
        !self.flows.iter().any(blocked)
            && !self.requests.iter().any(|one| scene.access.model.rule(world, &one.ask).is_denied())
            && !self.settings.iter().any(|one| one.works(world) == Some(false))
    }

    /// `the refused flows are delivered again`, `3 denied requests are allowed again`.
    pub(crate) fn restored_text(&self) -> String {
        let flows = match self.flows.len() {
            0 => None,
            1 => Some("1 refused flow is delivered again".to_owned()),
            count => Some(format!("{count} refused flows are delivered again")),
        };
        // Objects of one bucket are one thing to whoever reads this.
        let distinct: BTreeSet<_> = self
            .requests
            .iter()
            .map(|one| (&one.ask.caller, &one.ask.action, resource_label(&one.ask.resource)))
            .collect();
        let requests = match distinct.len() {
            0 => None,
            1 => Some("1 denied request is allowed again".to_owned()),
            count => Some(format!("{count} denied requests are allowed again")),
        };
        let settings = match self.settings.len() {
            0 => None,
            1 => Some("1 setting is as it must be".to_owned()),
            count => Some(format!("{count} settings are as they must be")),
        };
        let parts: Vec<String> = flows.into_iter().chain(requests).chain(settings).collect();
        match parts.is_empty() {
            true => "what was changed is as it was before".to_owned(),
            false => parts.join(" and "),
        }
    }

    /// Whether only requests are explained, no flow.
    pub(crate) fn is_only_requests(&self) -> bool {
        self.flows.is_empty() && !self.requests.is_empty()
    }
}
