//! What could not be looked at of denied requests: documents that were not read, and records older than the denial.

use super::plain;
use crate::access::{Ask, Ruling, resource_label};
use crate::scene::Scene;
use crate::wording::{denied::words, policy::layer_word};
use butfor_incident::{Gap, GapReason};
use std::collections::BTreeSet;

/// Requests that were seen to be denied near the alert and that the model does not explain.
fn unexplained<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = (&'s Ask, &'s Ruling)> {
    let allowed = scene.access.allowed.iter().chain(&scene.access.undecided);
    let seen = |ask: &Ask| ask.ground.is_seen_failing() && ask.ground.is_recent(scene.symptom.alarm_at());
    let strongest = scene.access.strongest_tie();
    allowed.filter(move |(ask, _, tie)| seen(ask) && *tie == strongest).map(|(ask, ruling, _)| (ask, ruling))
}

/// The gaps of denied requests.
pub(super) fn of(scene: &Scene<'_>) -> Vec<Gap> {
    let mut all = Vec::new();
    for (ask, ruling) in unexplained(scene) {
        let request = request(scene, ask);
        for missing in &ruling.missing {
            let needed = format!("whether {request} is allowed");
            all.push(plain(missing, GapReason::NotConfigured, &needed, remedy(missing)));
        }
        if ruling.missing.is_empty() {
            all.push(stale(ask, &request));
        }
    }
    let denied = scene.asks.iter().filter_map(|index| scene.access.denied.get(*index));
    for one in denied.filter(|one| one.is_contradicted()) {
        all.push(stale(&one.ask, &request(scene, &one.ask)));
    }
    if scene.access.is_truncated {
        all.push(plain(
            "some requests: more could be asked about than the limit allows",
            GapReason::OverBudget,
            "requests beyond the limit were not put to the policies",
            "narrow the recording to the accounts of the incident",
        ));
    }
    all
}

fn request(scene: &Scene<'_>, ask: &Ask) -> String {
    format!("{} of {} on {}", ask.action, ask.caller.label(scene.now()), resource_label(&ask.resource))
}

/// AWS denied, and what was recorded does not: what was recorded is not what was in force.
fn stale(ask: &Ask, request: &str) -> Gap {
    let layers: BTreeSet<&str> = ask.ground.named.iter().map(|named| layer_word(named.layer)).collect();
    let named = match layers.len() {
        0 => "a policy".to_owned(),
        _ => format!("the {}", words(layers)),
    };
    plain(
        &format!("{named} that denied {request}, as it was in force"),
        GapReason::NotConfigured,
        "why it was denied: AWS names this layer, and what was recorded of it does not deny it, so the recording is older or lacks it",
        "record the policies again (iam, organizations, s3, kms, ec2 DescribeVpcEndpoints), or read iam GetRequestAuthorizationDetails \
         with the authorization id of the error",
    )
}

fn remedy(missing: &str) -> &'static str {
    if missing.contains("inline polic") {
        "record iam ListRolePolicies and GetRolePolicy"
    } else if missing.contains("managed polic") || missing.contains("boundary") {
        "record iam ListAttachedRolePolicies, GetPolicy and GetPolicyVersion"
    } else if missing.contains("control policy") || missing.contains("organization") {
        "record organizations ListPoliciesForTarget and DescribePolicy with the management account"
    } else if missing.contains("endpoint") {
        "record ec2 DescribeVpcEndpoints"
    } else if missing.starts_with("the value of") {
        "say it with --context when asking butfor authorize, or record what tells it"
    } else {
        "record the call that describes it"
    }
}

/// Why a denial that was seen is not decided, in words; `None` when none is left undecided.
pub(crate) fn undecided_denial(scene: &Scene<'_>) -> Option<String> {
    let (ask, ruling) = unexplained(scene).next()?;
    let request = request(scene, ask);
    Some(if ruling.missing.is_empty() {
        let layers: BTreeSet<&str> = ask.ground.named.iter().map(|named| layer_word(named.layer)).collect();
        let named =
            if layers.is_empty() { String::new() } else { format!(" (AWS names the {})", words(layers)) };
        format!(
            "{request} was denied{named}, while the policies as recorded allow it: the recording is older or lacks a layer"
        )
    } else {
        format!("what decides {request} could not be read ({})", ruling.missing.join(", "))
    })
}
