//! What could not be looked at, and what it would have been needed for.

mod requests;

pub(crate) use requests::undecided_denial;

use crate::hypothesis::Hypothesis;
use crate::impact::Tie;
use crate::scene::Scene;
use butfor_incident::{Body, Gap, GapReason, Query};
use butfor_network::Missing;
use std::collections::{BTreeMap, BTreeSet};

/// How long LookupEvents may take to show an event: CloudTrail User Guide, "Viewing events with event history" (events
/// typically within 5 minutes, up to 15).
pub(crate) const CLOUDTRAIL_LAG_SECONDS: i64 = 15 * 60;

/// All gaps, the ones a verdict needed first.
pub(crate) fn of(scene: &Scene<'_>, hypotheses: &[Hypothesis]) -> Vec<Gap> {
    let missing = missing(scene);
    let mut all: Vec<Gap> = scene.case.gaps.iter().map(|gap| explained(scene, gap, &missing)).collect();
    all.extend(missing.iter().filter(|one| !is_covered(one, &all)).map(gap_of).collect::<Vec<_>>());
    all.extend(change_history(scene, hypotheses, &all));
    all.extend(scene.alert_problems.iter().map(|problem| {
        plain(
            &format!("the alert in alert.json: {problem}"),
            GapReason::Malformed,
            "which application this is about, and since when",
            "mend alert.json, or record the alarm event again",
        )
    }));
    all.extend(scene.deploys.problems.iter().map(|problem| {
        plain(
            problem,
            GapReason::Malformed,
            "what was deployed, and when",
            "record the message again as it came, one a file under deploys/",
        )
    }));
    all.extend(requests::of(scene));
    all.extend(scene.symptom.traces.unread.iter().map(|(_, problem)| {
        plain(
            &format!("spans of a trace: {problem}"),
            GapReason::Malformed,
            "where errors begin among the components",
            "record the traces again, as the API or the exporter writes them",
        )
    }));
    if scene.symptom.alerts.is_empty() {
        all.push(plain(
            "the alert that started this",
            GapReason::NotConfigured,
            "which application this is about",
            "put the alarm event into alert.json",
        ));
    }
    if scene.is_truncated {
        all.push(plain(
            "some flows: more could be asked about than the limit allows",
            GapReason::OverBudget,
            "flows beyond the limit were not traced",
            "narrow the recording to the accounts of the incident",
        ));
    }
    all.sort_by_key(|gap| (gap.needed_for.is_empty(), gap.reason, gap.what.clone(), gap.at));
    // The same call of two observations, and pages of one call, are one gap.
    all.dedup_by(|a, b| a.what == b.what && a.reason == b.reason);
    all
}

fn plain(what: &str, reason: GapReason, needed_for: &str, remedy: &str) -> Gap {
    Gap {
        what: what.to_owned(),
        reason,
        needed_for: needed_for.to_owned(),
        remedy: remedy.to_owned(),
        query: None,
        at: None,
    }
}

/// Documents that undecided flows of the alerted application lacked.
pub(crate) fn missing(scene: &Scene<'_>) -> Vec<Missing> {
    let strongest = scene.impact.undecided.iter().map(|(_, _, tie)| *tie).max().unwrap_or(Tie::None);
    let tied = scene.impact.undecided.iter().filter(|(_, _, tie)| *tie == strongest);
    let unseen =
        scene.flows.iter().filter_map(|flow| scene.impact.broken.get(*flow)).flat_map(|one| &one.unseen);
    let undecided = tied.flat_map(|(_, trace, _)| &trace.missing);
    let all: BTreeSet<Missing> = undecided.chain(unseen).cloned().collect();
    let mut by_subject: BTreeMap<(&'static str, Option<String>), Missing> = BTreeMap::new();
    for one in all {
        by_subject.entry((one.kind, one.id.clone())).or_insert(one);
    }
    by_subject.into_values().collect()
}

/// The call that describes a kind.
fn operation(kind: &str) -> &'static str {
    match kind {
        "AWS::EC2::SecurityGroup" => "DescribeSecurityGroups",
        "AWS::EC2::NetworkAcl" => "DescribeNetworkAcls",
        "AWS::EC2::RouteTable" => "DescribeRouteTables",
        "AWS::EC2::NetworkInterface" => "DescribeNetworkInterfaces",
        "AWS::EC2::Subnet" => "DescribeSubnets",
        "AWS::EC2::VPC" => "DescribeVpcs",
        "AWS::EC2::PrefixList" => "DescribePrefixLists",
        "AWS::EC2::NatGateway" => "DescribeNatGateways",
        "AWS::EC2::InternetGateway" => "DescribeInternetGateways",
        "AWS::EC2::VPCPeeringConnection" => "DescribeVpcPeeringConnections",
        "AWS::EC2::VPCEndpoint" => "DescribeVpcEndpoints",
        "AWS::EC2::TransitGatewayRouteTable" => "SearchTransitGatewayRoutes",
        "AWS::EC2::TransitGatewayAttachment" => "DescribeTransitGatewayVpcAttachments",
        "AWS::NetworkFirewall::RuleGroup" => "DescribeRuleGroup",
        _ => "the describe call of this kind",
    }
}

fn is_covered(missing: &Missing, gaps: &[Gap]) -> bool {
    let wanted = operation(missing.kind);
    gaps.iter().filter_map(|gap| gap.query.as_ref()).any(|query| {
        query.operation == wanted && (missing.account.is_empty() || missing.account == query.account)
    })
}

fn gap_of(missing: &Missing) -> Gap {
    let id = missing.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let place = [missing.account.as_str(), missing.region.as_str()].join(" ");
    let place = if place.trim().is_empty() { String::new() } else { format!(" in {}", place.trim()) };
    let call = operation(missing.kind);
    plain(
        &format!("{call}{place}: {}{id}", missing.kind),
        GapReason::NotConfigured,
        &missing.why,
        &format!("record {call}{place}"),
    )
}

/// Whether a call tells of permissions.
fn is_about_permissions(query: &Query) -> bool {
    matches!(query.service.as_str(), "iam" | "organizations")
        || matches!(query.operation.as_str(), "GetBucketPolicy" | "GetKeyPolicy" | "GetResourcePolicy")
}

/// A failed call, with what it would have been needed for.
fn explained(scene: &Scene<'_>, gap: &Gap, missing: &[Missing]) -> Gap {
    let mut gap = gap.clone();
    if !gap.needed_for.is_empty() {
        return gap;
    }
    let Some(query) = &gap.query else { return gap };
    let needed: BTreeSet<&str> = missing
        .iter()
        .filter(|one| operation(one.kind) == query.operation)
        .map(|one| one.why.as_str())
        .collect();
    gap.needed_for = match (needed.first(), query.operation.as_str()) {
        (Some(why), _) => (*why).to_owned(),
        (None, "LookupEvents") => "who changed what, and when".to_owned(),
        (None, _) if is_about_permissions(query) && undecided_denial(scene).is_some() => {
            "whether what was denied is allowed".to_owned()
        }
        (None, "FilterLogEvents" | "GetLogEvents" | "StartQuery" | "GetQueryResults") => {
            "what the application itself says of the failure".to_owned()
        }
        (None, "DescribeDBInstances") => "whether the database itself is healthy".to_owned(),
        (None, "DescribeTargetHealth" | "DescribeListeners" | "DescribeTargetGroups") => {
            "whether load balancers reach their targets".to_owned()
        }
        (None, "DescribeFlowLogs") => "which traffic was accepted and refused".to_owned(),
        (None, "DescribeSecurityGroups" | "DescribeSecurityGroupRules") => {
            "which connections are admitted".to_owned()
        }
        (None, "DescribeRouteTables" | "SearchTransitGatewayRoutes") => "where packets are sent".to_owned(),
        (None, "DescribeNetworkAcls") => "which packets a subnet lets in and out".to_owned(),
        (None, "DescribeNetworkInterfaces") => "who has which address and which security groups".to_owned(),
        _ => String::new(),
    };
    gap
}

/// Change events: not recorded at all for an account, or so recent that they may not be visible yet. "No event" then does
/// not mean "no change" (EVI-21, T8).
fn change_history(scene: &Scene<'_>, hypotheses: &[Hypothesis], known: &[Gap]) -> Vec<Gap> {
    let mut recorded: BTreeSet<&str> = BTreeSet::new();
    let mut accounts: BTreeSet<&str> = BTreeSet::new();
    for evidence in &scene.case.evidence {
        let account = evidence.query.account.as_str();
        match &evidence.body {
            Body::CloudTrailRecord(_) => {
                recorded.insert(account);
            }
            Body::Call(_) if evidence.query.operation == "LookupEvents" => {
                recorded.insert(account);
            }
            Body::Call(_) => {
                accounts.insert(account);
            }
            _ => {}
        }
    }
    let refused: BTreeSet<&str> = known
        .iter()
        .filter_map(|gap| gap.query.as_ref())
        .filter(|query| query.operation == "LookupEvents")
        .map(|query| query.account.as_str())
        .collect();
    let mut all: Vec<Gap> = accounts
        .iter()
        .filter(|account| !account.is_empty() && !recorded.contains(*account) && !refused.contains(*account))
        .map(|account| {
            plain(
                &format!("cloudtrail events of account {account}"),
                GapReason::NotConfigured,
                "who changed what, and when",
                "record cloudtrail LookupEvents (permission cloudtrail:LookupEvents), or add the trail's log files under cloudtrail/",
            )
        })
        .collect();
    let unseen = hypotheses.is_empty()
        || hypotheses.iter().any(|one| {
            one.act.and_then(|index| scene.acts.get(index)).is_none_or(|act| act.events.is_empty())
        });
    if unseen && !recorded.is_empty() {
        let since = scene.case.as_of.plus_seconds(-CLOUDTRAIL_LAG_SECONDS);
        all.push(plain(
            &format!("cloudtrail events since {since}"),
            GapReason::NotYetVisible,
            "who changed what, and when: no event is not yet proof of no change",
            "look again in 15 minutes: CloudTrail shows events with a delay",
        ));
    }
    all
}
