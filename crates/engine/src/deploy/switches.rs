//! Flags and parameters that code reads: they change what it does without a deploy.
//!
//! Sources: AWS AppConfig API reference, StartDeployment; AWS Systems Manager API reference, PutParameter.

use super::aws::{by, text};
use super::{Brings, Deploy, Standing};
use butfor_world::{History, OtherEvent};

/// Every flag that was set.
pub(super) fn of_events(history: &History) -> Vec<Deploy> {
    history.other_events().iter().filter_map(of_event).collect()
}

fn of_event(event: &OtherEvent) -> Option<Deploy> {
    let request = &event.request;
    let (what, names) = match (event.info.service.as_str(), event.info.event_name.as_str()) {
        ("appconfig", "StartDeployment") => {
            let application = text(request, "ApplicationId")?;
            let profile = text(request, "ConfigurationProfileId").unwrap_or_default();
            let version = text(request, "ConfigurationVersion").map(|text| format!(" version {text}"));
            let what = format!(
                "AppConfig deployment of profile {profile}{} of application {application}",
                version.unwrap_or_default()
            );
            (what, vec![application, profile])
        }
        ("ssm", "PutParameter") => {
            let name = text(request, "Name")?;
            (format!("parameter {name} set"), vec![name])
        }
        _ => return None,
    };
    Some(Deploy {
        at: event.at,
        brings: Brings::Switch,
        // Records have no values: what was set may be what was there.
        standing: Standing::Unclear,
        what,
        by: by(&event.info, event.at),
        names: names.into_iter().filter(|name| !name.is_empty()).map(str::to_lowercase).collect(),
        keys: Vec::new(),
        region: event.info.region.clone(),
        commit: None,
        act: None,
        commits: Vec::new(),
        cites: event.cites.clone(),
    })
}
