//! Records of traffic: conversations that were accepted and are refused, one zone that refuses what others accept, status codes by
//! target.

use super::words;
use crate::scene::Scene;
use butfor_incident::{Body, Cites, EvidenceId, Symptom, SymptomKind, Timestamp};
use butfor_signals::flow::alb::Access;
use butfor_signals::flow::vpc::{Conversation, Flows, Traffic};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A zone is told when so much more of its traffic is refused than of the others' together.
const ASYMMETRY_MIN: f64 = 0.2;

/// Share of a target's requests that must fail to be told.
const FAILING_MIN: f64 = 0.05;

/// Refused conversations, asymmetric zones, failing targets.
pub(super) fn of(scene: &Scene<'_>, onset: Timestamp) -> Vec<Symptom> {
    let split = onset.as_millis().div_euclid(1000);
    let (mut flows, mut access) = (Flows::new(split), Access::new(split));
    let (mut flow_files, mut access_files) = (Vec::new(), Vec::new());
    for evidence in &scene.case.evidence {
        match &evidence.body {
            Body::FlowLog(text) => {
                flows.push(text.as_bytes());
                flows.finish();
                flow_files.push(evidence.id());
            }
            Body::AccessLog(text) => {
                access.push(text.as_bytes());
                access.finish();
                access_files.push(evidence.id());
            }
            _ => {}
        }
    }
    let mut all = refused(scene, &flows, &flow_files);
    all.extend(zones(&flows, &flow_files));
    all.extend(targets(&access, &access_files));
    all
}

/// Conversations that were accepted before and are refused since, the busiest first. What was never accepted is somebody knocking.
fn refused(scene: &Scene<'_>, flows: &Flows, files: &[EvidenceId]) -> Vec<Symptom> {
    let names = Names::read(scene);
    let is_new = |traffic: &Traffic| {
        let ([before, _], [refused_before, refused]) = (traffic.accepted, traffic.rejected);
        before > 0 && refused > 0 && refused_before == 0
    };
    let mut rows: Vec<(Conversation, Traffic)> =
        flows.conversations.rows().into_iter().filter(|(_, traffic)| is_new(traffic)).collect();
    rows.sort_by_key(|(conversation, traffic)| {
        let [_, refused] = traffic.rejected;
        (std::cmp::Reverse(refused), *conversation)
    });
    let told = rows.iter().map(|(conversation, traffic)| {
        let ([before, since], [_, refused]) = (traffic.accepted, traffic.rejected);
        let way = if conversation.is_reply { "replies of " } else { "" };
        let text = format!(
            "{way}{} to {} {}: {refused} records refused since the onset, {since} accepted; before it {before} accepted and \
             none refused",
            names.of(conversation.client),
            names.of(conversation.server),
            port(conversation),
        );
        symptom(text, files)
    });
    told.flatten().collect()
}

fn zones(flows: &Flows, files: &[EvidenceId]) -> Vec<Symptom> {
    let told = flows.asymmetric(ASYMMETRY_MIN).into_iter().filter_map(|(zone, own, others)| {
        let text = format!(
            "zone {zone}: {} of its records are refused since the onset, {} of the other zones'",
            words::percent(own),
            words::percent(others)
        );
        symptom(text, files)
    });
    told.collect()
}

/// Targets whose requests fail, against before; the balancer's own status counts, for it is what callers saw.
fn targets(access: &Access, files: &[EvidenceId]) -> Vec<Symptom> {
    let mut rows: Vec<(u64, String)> = Vec::new();
    for (target, requests) in access.targets.rows() {
        let [before, since] = &requests.statuses;
        let failed = |statuses: &BTreeMap<(u16, u16), u64>| failures(statuses).values().sum::<u64>();
        let total: u64 = since.values().sum();
        let (now, earlier) = (failed(since), failed(before));
        #[expect(clippy::cast_precision_loss, reason = "counts of requests, for a share")]
        let share = now as f64 / total.max(1) as f64;
        if share < FAILING_MIN {
            continue;
        }
        let by: Vec<String> =
            failures(since).iter().map(|(status, count)| format!("{count} with {status}")).collect();
        let target = match String::from_utf8_lossy(&target).into_owned() {
            none if none == "-" => "requests that no target was found for".to_owned(),
            some => format!("target {some}"),
        };
        let earlier_total: u64 = before.values().sum();
        let text = format!(
            "{target}: {now} of {total} fail since the onset ({}); before it {earlier} of {earlier_total}",
            by.join(", ")
        );
        rows.push((now, text));
    }
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    rows.into_iter().filter_map(|(_, text)| symptom(text, files)).collect()
}

/// Failed requests by the status callers saw.
fn failures(statuses: &BTreeMap<(u16, u16), u64>) -> BTreeMap<u16, u64> {
    let mut by = BTreeMap::new();
    for ((own, _), count) in statuses.iter().filter(|((own, _), _)| (500..600).contains(own)) {
        *by.entry(*own).or_default() += count;
    }
    by
}

/// What people call the owner of an address.
struct Names(BTreeMap<IpAddr, String>);

impl Names {
    fn read(scene: &Scene<'_>) -> Self {
        let parties = scene.parties.values();
        Self(
            parties
                .flat_map(|party| party.addresses.iter().map(|address| (*address, party.label())))
                .collect(),
        )
    }

    fn of(&self, address: IpAddr) -> String {
        self.0.get(&address).map_or_else(|| address.to_string(), |name| format!("{name} at {address}"))
    }
}

fn port(conversation: &Conversation) -> String {
    match conversation.protocol {
        6 => format!("tcp/{}", conversation.port),
        17 => format!("udp/{}", conversation.port),
        1 | 58 => "icmp".to_owned(),
        other => format!("protocol {other}"),
    }
}

fn symptom(text: String, files: &[EvidenceId]) -> Option<Symptom> {
    let cites = Cites::many(files.iter().copied())?;
    Some(Symptom { kind: SymptomKind::Traffic, text, onset: None, samples: Vec::new(), cites })
}
