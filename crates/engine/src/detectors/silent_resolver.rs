//! `silent-resolver`: names do not resolve because the DNS attributes of the VPC are off.
//!
//! Packets to addresses still pass, so no flow is refused: the signs are name errors in the logs and the attribute. With
//! `enableDnsSupport` off the VPC's resolver does not answer; with `enableDnsHostnames` off the private names of interface
//! endpoints are not there (Amazon VPC User Guide, "DNS attributes for your VPC"; network-semantics 43).

use super::Finding;
use crate::hypothesis::{Hypothesis, net};
use crate::impact::begins_by;
use crate::party::Party;
use crate::probe::is_logged_by;
use crate::scene::Scene;
use crate::symptom::logs::{FailureKind, LoggedFailure};
use butfor_incident::{Affected, AffectedKind, Grade};
use butfor_world::{Delta, Edit, Facet, ResourceKey, State};
use serde_json::Value;
use std::collections::BTreeMap;

const VPC: &str = "AWS::EC2::VPC";

/// Finds VPCs with an attribute off whose workloads log name errors.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    let mut by_vpc: BTreeMap<&str, Vec<(&Party, &LoggedFailure)>> = BTreeMap::new();
    for failure in
        scene.symptom.logs.failures.iter().filter(|failure| failure.kind == FailureKind::NameNotFound)
    {
        for party in scene.parties.values().filter(|party| is_logged_by(party, failure)) {
            by_vpc.entry(&party.vpc).or_default().push((party, failure));
        }
    }
    by_vpc
        .into_iter()
        .filter_map(|(vpc, failures)| explain(scene, vpc, &failures))
        .map(Box::new)
        .map(Finding::Cause)
        .collect()
}

fn explain(scene: &Scene<'_>, vpc: &str, failures: &[(&Party, &LoggedFailure)]) -> Option<Hypothesis> {
    let key = ResourceKey { kind: VPC.to_owned(), id: vpc.to_owned() };
    let is_off = |member: &&&str| {
        let facet = Facet { member: (**member).to_string(), element: None };
        scene.now().state(&key, &facet) == State::Present(Value::Bool(false))
    };
    let member = ["EnableDnsSupport", "EnableDnsHostnames"].iter().find(is_off)?;
    let facet = Facet { member: (*member).to_owned(), element: None };
    let act = scene.acts.iter().enumerate().rev().find(|(_, act)| {
        act.is_in_effect(scene.now())
            && act.delta.edits.iter().any(|edit| edit.resource == key && edit.facet == facet)
            && scene.symptom.alarm_at().is_none_or(|alarm_at| begins_by(act, alarm_at))
    });
    let fault = match act {
        Some((_, act)) => net(&act.delta),
        None => Delta {
            edits: vec![Edit {
                resource: key,
                facet,
                before: State::Present(Value::Bool(true)),
                after: State::Present(Value::Bool(false)),
            }],
        },
    };
    let mut requests: Vec<Affected> = failures
        .iter()
        .map(|(party, _)| Affected {
            kind: AffectedKind::Request,
            from: party.label(),
            to: "the resolver of its VPC".to_owned(),
            detail: "DNS names".to_owned(),
        })
        .collect();
    requests.sort();
    requests.dedup();
    Some(Hypothesis {
        act: act.map(|(index, _)| index),
        fix: fault.inverse(),
        fault,
        assumption: String::new(),
        // The attribute decides whether names resolve at all, and the logs say independently that they do not.
        grade: Grade::Corroborated,
        flows: Vec::new(),
        asks: Vec::new(),
        settings: Vec::new(),
        together: Vec::new(),
        requests,
        stated: None,
        advice: String::new(),
        empirical: None,
        evidence: failures.iter().flat_map(|(_, failure)| failure.evidence.iter().copied()).collect(),
    })
}
