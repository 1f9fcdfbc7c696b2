//! Looked at and not to blame: other changes, refused calls, and every component on the way that lets the flow pass.

mod requests;

use crate::act::Act;
use crate::hypothesis::Hypothesis;
use crate::impact::Broken;
use crate::party::Owner;
use crate::probe::Destination;
use crate::scene::{RECENT_SECONDS, Scene};
use crate::wording;
use butfor_incident::{Cites, RuledOut, Timestamp};
use butfor_network::Hop;
use butfor_world::{Attempt, OtherEvent, ResourceKey};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Changes listed at the most.
const CHANGES_MAX: usize = 30;

/// Everything ruled out for these hypotheses.
pub(crate) fn of(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Vec<RuledOut> {
    let blamed: BTreeSet<String> =
        hypotheses.iter().flat_map(|one| &one.fault.edits).map(|edit| edit.resource.id.clone()).collect();
    let mut all = Vec::new();
    let broken: Vec<&Broken> =
        scene.flows.iter().filter_map(|index| scene.impact.broken.get(*index)).collect();
    all.extend(servers(scene, &broken));
    all.extend(crate::detectors::short_timeout::ruled_out(scene));
    all.extend(crate::database::ruled_out(scene));
    all.extend(requests::layers(scene));
    all.extend(requests::targets(scene));
    all.extend(components(scene, &broken, &blamed, hypotheses));
    all.extend(gateways(scene, hypotheses));
    all.extend(changes(scene, hypotheses));
    all.extend(attempts(scene));
    let mut seen = BTreeSet::new();
    all.retain(|one| seen.insert(one.what.clone()));
    all
}

/// The far ends that are healthy by their own account.
pub(crate) fn servers(scene: &Scene<'_>, broken: &[&Broken]) -> Vec<RuledOut> {
    let mut all = Vec::new();
    for one in broken {
        match &one.probe.to {
            Destination::Party(interface) => {
                let Some(party) = scene.parties.get(interface) else { continue };
                if party.owner == Owner::Database {
                    all.extend(database(scene, party.resource.as_ref().map(|(_, id)| id.as_str())));
                }
            }
            Destination::Endpoint { id, service } => all.extend(endpoint(scene, id, service)),
            _ => {}
        }
    }
    all
}

fn database(scene: &Scene<'_>, id: Option<&str>) -> Option<RuledOut> {
    let key = ResourceKey { kind: "AWS::RDS::DBInstance".to_owned(), id: id?.to_owned() };
    let resource = scene.now().get(&key)?;
    let status =
        resource.value().get("DBInstanceStatus").and_then(Value::as_str).unwrap_or("unknown").to_owned();
    let connections = scene.symptom.series.iter().find(|series| {
        series.metric.name == "DatabaseConnections"
            && series.metric.dimensions.get("DBInstanceIdentifier").is_some_and(|name| *name == key.id)
    });
    let reading = connections
        .and_then(|series| series.points.last())
        .map(|(_, value)| format!(", with {value:.0} connections"))
        .unwrap_or_default();
    if status != "available" {
        return None;
    }
    let cites = resource.cites().cloned();
    let cites = match (cites, connections.map(|series| Cites::one(series.evidence))) {
        (Some(a), Some(b)) => Some(a.and(&b)),
        (a, b) => a.or(b),
    };
    Some(RuledOut {
        what: format!("RDS database {}", key.id),
        why: format!("its status is {status}{reading}: healthy, the packets do not reach it"),
        cites,
    })
}

fn endpoint(scene: &Scene<'_>, id: &str, service: &str) -> Option<RuledOut> {
    let resource =
        scene.now().get(&ResourceKey { kind: "AWS::EC2::VPCEndpoint".to_owned(), id: id.to_owned() })?;
    let value = resource.value();
    let state = value.get("State").and_then(Value::as_str)?;
    let private_dns = value.get("PrivateDnsEnabled").and_then(Value::as_bool).unwrap_or(false);
    let dns = if private_dns { ", and private DNS still resolves its name" } else { "" };
    Some(RuledOut {
        what: format!("state of endpoint {id} ({service})"),
        why: format!("it is {state}{dns}; the state alone says nothing about whether anything can reach it"),
        cites: resource.cites().cloned(),
    })
}

/// Far ends of the refused flows that are healthy by their own account, each named once.
pub(crate) fn healthy_far_ends(scene: &Scene<'_>) -> Vec<String> {
    let broken: Vec<&Broken> =
        scene.flows.iter().filter_map(|index| scene.impact.broken.get(*index)).collect();
    let databases = servers(scene, &broken).into_iter().filter(|one| one.what.starts_with("RDS database"));
    let names: BTreeSet<String> = databases.map(|one| one.what).collect();
    names.into_iter().collect()
}

/// A database that is available and reached.
pub(crate) fn healthy_server(
    scene: &Scene<'_>,
    probe: &crate::probe::Probe,
    trace: &butfor_network::Trace,
) -> Option<RuledOut> {
    let Destination::Party(interface) = &probe.to else { return None };
    let party = scene.parties.get(interface).filter(|party| party.owner == Owner::Database)?;
    let mut healthy = database(scene, party.resource.as_ref().map(|(_, id)| id.as_str()))?;
    healthy.why = "it is available, and the flow to it is delivered in the model".to_owned();
    healthy.cites = match (healthy.cites, scene.cite_trace(trace)) {
        (Some(a), Some(b)) => Some(a.and(&b)),
        (a, b) => a.or(b),
    };
    Some(healthy)
}

/// Components on the way that let the flow pass, and the groups at both ends that would.
fn components(
    scene: &Scene<'_>,
    broken: &[&Broken],
    blamed: &BTreeSet<String>,
    hypotheses: &[Hypothesis],
) -> Vec<RuledOut> {
    let mut passing: BTreeMap<(&'static str, String), &Hop> = BTreeMap::new();
    let mut refusing: BTreeSet<String> = BTreeSet::new();
    let mut traces: Vec<&butfor_network::Trace> = broken.iter().map(|one| &one.trace).collect();
    // The cured walk goes all the way: it shows that nothing else on it refuses.
    let cured: Vec<butfor_network::Trace> = hypotheses
        .iter()
        .filter(|one| one.together.is_empty())
        .flat_map(|one| {
            let world = scene.now().with(&one.fix);
            let flows = one.flows.iter().filter_map(|index| scene.impact.broken.get(*index)).take(3);
            flows.map(|broken| world.network().trace(&broken.probe.flow)).collect::<Vec<_>>()
        })
        .collect();
    traces.extend(cured.iter());
    for trace in broken.iter().map(|one| &one.trace) {
        refusing.extend(trace.blockers.iter().map(|blocker| blocker.component.id.clone()));
    }
    for trace in traces {
        for hop in trace.forward.hops.iter().chain(trace.reply.iter().flat_map(|reply| &reply.hops)) {
            passing.entry((hop.component.kind, hop.component.id.clone())).or_insert(hop);
        }
    }
    passing
        .into_iter()
        .filter(|((_, id), _)| !blamed.contains(id) && !refusing.contains(id))
        .filter_map(|((kind, id), hop)| {
            let word = suspect_word(kind)?;
            let name = wording::named(scene.now(), &ResourceKey { kind: kind.to_owned(), id });
            let rule = hop.rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
            Some(RuledOut {
                what: format!("{word} {name}"),
                why: format!("lets the flow pass: {}{rule}", hop.action),
                cites: scene.cite(hop.origins.iter().copied()),
            })
        })
        .collect()
}

/// The word for a kind of component; `None` for what is no suspect.
pub(crate) fn suspect_word(kind: &str) -> Option<&'static str> {
    let is_suspect = !matches!(
        kind,
        "AWS::EC2::VPC"
            | "AWS::EC2::Subnet"
            | "AWS::EC2::Instance"
            | "AWS::EC2::NetworkInterface"
            | "AWS::RDS::DBInstance"
    );
    kind_word(kind).filter(|_| is_suspect)
}

/// The word for a kind of resource.
pub(crate) fn kind_word(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "AWS::EC2::VPC" => "VPC",
        "AWS::EC2::Subnet" => "subnet",
        "AWS::EC2::Instance" => "instance",
        "AWS::EC2::NetworkInterface" => "network interface",
        "AWS::RDS::DBInstance" => "database",
        "AWS::EC2::PrefixList" => "prefix list",
        "AWS::EC2::EgressOnlyInternetGateway" => "egress-only internet gateway",
        "AWS::EC2::VPCBlockPublicAccessOptions" => "VPC block public access of",
        "AWS::EC2::VPCBlockPublicAccessExclusion" => "VPC block public access exclusion",
        "AWS::EC2::VPNGateway" => "VPN gateway",
        "AWS::EC2::VPNConnection" => "VPN connection",
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => "load balancer",
        "AWS::ElasticLoadBalancingV2::Listener" => "listener",
        "AWS::ElasticLoadBalancingV2::TargetGroup" => "target group",
        "AWS::NetworkFirewall::RuleGroup" => "network firewall rule group",
        "AWS::NetworkFirewall::FirewallPolicy" => "network firewall policy",
        "AWS::Lambda::Function" => "Lambda function",
        "AWS::EC2::SecurityGroup" => "security group",
        "AWS::EC2::NetworkAcl" => "network ACL",
        "AWS::EC2::RouteTable" => "route table",
        "AWS::EC2::TransitGatewayRouteTable" => "transit gateway route table",
        "AWS::EC2::TransitGatewayAttachment" => "transit gateway attachment",
        "AWS::EC2::TransitGateway" => "transit gateway",
        "AWS::EC2::NatGateway" => "NAT gateway",
        "AWS::EC2::InternetGateway" => "internet gateway",
        "AWS::EC2::VPCPeeringConnection" => "VPC peering connection",
        "AWS::EC2::VPCEndpoint" => "VPC endpoint",
        "AWS::NetworkFirewall::Firewall" => "network firewall",
        _ => return None,
    })
}

/// NAT gateways that a blamed route should lead to.
fn gateways(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Vec<RuledOut> {
    let targets = hypotheses.iter().flat_map(|one| &one.fix.edits).filter_map(|edit| match &edit.after {
        butfor_world::State::Present(route) => {
            route.get("NatGatewayId").and_then(Value::as_str).map(str::to_owned)
        }
        _ => None,
    });
    targets
        .filter_map(|id| {
            let key = ResourceKey { kind: "AWS::EC2::NatGateway".to_owned(), id };
            let resource = scene.now().get(&key)?;
            let state = resource.value().get("State").and_then(Value::as_str).map(str::to_owned)?;
            if state != "available" {
                return None;
            }
            let errors = scene.symptom.series.iter().find(|series| {
                series.metric.name == "ErrorPortAllocation"
                    && series.metric.dimensions.get("NatGatewayId").is_some_and(|name| *name == key.id)
            });
            let calm =
                errors.and_then(|series| series.max_since(Timestamp::from_millis(i64::MIN))) == Some(0.0);
            let reading = if calm { " and it had no port allocation errors" } else { "" };
            let cites = match (
                resource.cites().cloned(),
                errors.filter(|_| calm).map(|series| Cites::one(series.evidence)),
            ) {
                (Some(a), Some(b)) => Some(a.and(&b)),
                (a, b) => a.or(b),
            };
            Some(RuledOut {
                what: format!("NAT gateway {}", wording::named(scene.now(), &key)),
                why: format!("its state is {state}{reading}: the traffic no longer gets to it"),
                cites,
            })
        })
        .collect()
}

/// Other recent changes, each with the reason why it is not the cause.
fn changes(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Vec<RuledOut> {
    let since = scene.symptom.alarm_at().unwrap_or(scene.case.as_of).plus_seconds(-RECENT_SECONDS);
    let causes: BTreeSet<usize> =
        hypotheses.iter().flat_map(|one| one.act.into_iter().chain(one.together.iter().copied())).collect();
    let recent =
        scene.acts.iter().enumerate().filter(|(index, act)| act.at() >= since && !causes.contains(index));
    let mut all: Vec<RuledOut> = recent
        .rev()
        .take(CHANGES_MAX)
        .filter_map(|(index, act)| {
            let wording = wording::of(&crate::hypothesis::net(&act.delta), scene.now())?;
            Some(RuledOut {
                what: format!("{}: {}", act.label(), wording.phrase),
                why: why_not(scene, index, act),
                cites: Some(act.cites.clone()),
            })
        })
        .collect();
    all.extend(unrelated_calls(scene, since));
    let told = hypotheses.iter().filter_map(|one| Some(&one.empirical.as_ref()?.told));
    let behind = hypotheses.iter().filter_map(|one| crate::deploy::behind::find(scene, one.act?));
    let behind = behind.map(|behind| behind.deploy.by.event_id.clone());
    let told = told.flatten().cloned().chain(behind).collect();
    all.extend(crate::deploy::aside::ruled_out(scene, since, &told));
    all
}

/// Successful calls that touch nothing the model knows, in one entry.
fn unrelated_calls(scene: &Scene<'_>, since: Timestamp) -> Option<RuledOut> {
    let calls = scene.history.other_events().iter().filter(|event| event.at >= since);
    let calls = calls.filter(|event| !is_routine(event) && event.info.event_name != "SetAlarmState");
    // Deploys are said one by one, each with its reason.
    let calls: Vec<_> = calls.filter(|event| !scene.deploys.has_event(&event.info.event_id)).collect();
    let named: BTreeSet<String> = calls
        .iter()
        .map(|event| format!("{} by {}", event.info.event_name, crate::act::short_actor(&event.info.actor)))
        .collect();
    let named: Vec<String> = named.into_iter().take(CHANGES_MAX).collect();
    let cites = Cites::many(calls.iter().flat_map(|event| event.cites.ids().iter().copied()))?;
    Some(RuledOut {
        what: format!("other calls: {}", named.join(", ")),
        why: "they touch nothing that decides where packets go or who may do what".to_owned(),
        cites: Some(cites),
    })
}

/// Calls that agents make all day and that say nothing.
pub(crate) fn is_routine(event: &OtherEvent) -> bool {
    matches!(
        event.info.event_name.as_str(),
        "UpdateInstanceInformation"
            | "PutInventory"
            | "PutComplianceItems"
            | "UpdateInstanceAssociationStatus"
            | "SubmitTaskStateChange"
            | "SubmitContainerStateChange"
            | "RegisterContainerInstance"
            | "CreateLogStream"
            | "ConsoleLogin"
            | "AssumeRole"
            | "GenerateDataKey"
            | "Decrypt"
    )
}

fn why_not(scene: &Scene<'_>, index: usize, act: &Act) -> String {
    if !act.is_in_effect(scene.now()) {
        return "it has been undone: the present state no longer shows it".to_owned();
    }
    if let Some(alarm_at) = scene.symptom.alarm_at()
        && !crate::impact::begins_by(act, alarm_at)
    {
        return format!("it came after the alarm of {alarm_at}");
    }
    let others: Vec<&Broken> =
        scene.impact.broken.iter().filter(|broken| broken.acts.contains(&index)).collect();
    if let Some(other) = others.first() {
        return format!(
            "it stopped something else ({} to {}, {}), which this alert is not about",
            scene.client_label(&other.probe),
            scene.server_label(&other.probe),
            other.probe.flow.service()
        );
    }
    if scene.impact.broken.iter().any(|broken| broken.alternatives.contains(&index)) {
        return "undoing it alone would bring the flow back too, but the flow still worked after it"
            .to_owned();
    }
    if scene.impact.broken.iter().any(|broken| broken.late.contains(&index)) {
        return "it came after the traffic had begun to fail: it made things worse, it did not cause them"
            .to_owned();
    }
    if act.delta.edits.iter().all(|edit| edit.facet.member == "CodeSha256") {
        return "it changed the code of a function that nothing here is about".to_owned();
    }
    if let Some(why) = requests::why_not(scene, index).or_else(|| crate::deploy::aside::of_act(scene, index))
    {
        return why;
    }
    if scene.flows.is_empty() {
        return "not tested: the model refuses no flow of the alert that undoing it could bring back"
            .to_owned();
    }
    "undoing it in the model does not bring the refused flow back".to_owned()
}

/// Calls that were refused or only tried.
fn attempts(scene: &Scene<'_>) -> Vec<RuledOut> {
    let since = scene.symptom.alarm_at().unwrap_or(scene.case.as_of).plus_seconds(-RECENT_SECONDS);
    let recent = scene.history.attempts().iter().filter(|attempt| attempt.at >= since);
    recent
        .rev()
        .take(CHANGES_MAX)
        .map(|attempt| {
            let actor = crate::act::short_actor(&attempt.info.actor);
            let why = if attempt.code.contains("DryRun") {
                format!("a dry run ({}): nothing was changed", attempt.code)
            } else {
                format!("the call failed, it was denied or refused ({}): nothing was changed", attempt.code)
            };
            RuledOut {
                what: format!(
                    "{} by {actor} at {}{}",
                    attempt.info.event_name,
                    attempt.at.clock(),
                    target(attempt)
                ),
                why,
                cites: Some(attempt.cites.clone()),
            }
        })
        .collect()
}

/// On what an attempt was made.
fn target(attempt: &Attempt) -> String {
    let names: BTreeSet<&str> = attempt.would.iter().map(|edit| edit.resource.id.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() { String::new() } else { format!(" on {}", names.join(", ")) }
}
