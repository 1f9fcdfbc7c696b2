//! The comparison of networks by classes of interfaces against one trace for every pair.

#[path = "support/generate.rs"]
mod generate;

use butfor_network::describe::Document;
use butfor_network::{Change, Diff, Disposition, Flow, Network, Place, Protocol, diff};
use generate::Random;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SERVICES: [(Protocol, Option<u16>); 3] =
    [(Protocol::TCP, Some(443)), (Protocol::UDP, Some(53)), (Protocol::ICMP, None)];

type Pair = (String, String, Protocol);

/// Every pair, traced.
fn brute_force(network: &Network) -> BTreeMap<Pair, Disposition> {
    let end = |id: &str| Place::Interface { id: id.to_owned(), address: None };
    let ids: Vec<String> = network.interfaces().map(|interface| interface.id.to_string()).collect();
    let mut all = BTreeMap::new();
    for from in &ids {
        for to in ids.iter().filter(|to| *to != from) {
            for (protocol, port) in SERVICES {
                let (from, to) = (from.clone(), to.clone());
                let flow = Flow {
                    from: end(&from),
                    to: end(&to),
                    protocol,
                    source_port: None,
                    destination_port: port,
                    icmp: None,
                };
                all.insert((from, to, protocol), network.trace(&flow).disposition);
            }
        }
    }
    all
}

fn pairs(diff: &Diff, changes: &[Change]) -> Vec<Pair> {
    let named = |change: &Change| {
        let protocol = change.protocol;
        diff.pairs(change).map(|(from, to)| (from.to_string(), to.to_string(), protocol)).collect::<Vec<_>>()
    };
    let mut all: Vec<Pair> = changes.iter().flat_map(named).collect();
    all.sort();
    all
}

/// Checks a comparison against one trace for every pair; gives how many pairs changed.
fn check(before: &Network, after: &Network, seed: u64) -> usize {
    let found = diff(before, after, &SERVICES);
    let (was, is) = (brute_force(before), brute_force(after));
    let mut gained = Vec::new();
    let mut lost = Vec::new();
    let mut unsure = Vec::new();
    let keys: std::collections::BTreeSet<&Pair> = was.keys().chain(is.keys()).collect();
    for pair in keys {
        use Disposition::{Delivered, Unknown};
        match (was.get(pair), is.get(pair)) {
            (one, other) if one == other => {}
            (one, Some(Delivered)) if one != Some(&Unknown) => gained.push(pair.clone()),
            (Some(Delivered), other) if other != Some(&Unknown) => lost.push(pair.clone()),
            (Some(Delivered), _) | (_, Some(Delivered)) => unsure.push(pair.clone()),
            _ => {}
        }
    }
    assert_eq!(pairs(&found, &found.gained), gained, "gained, seed {seed}");
    assert_eq!(pairs(&found, &found.lost), lost, "lost, seed {seed}");
    assert_eq!(pairs(&found, &found.unsure), unsure, "unsure, seed {seed}");
    assert_eq!(found.count(&found.lost), lost.len());
    gained.len() + lost.len() + unsure.len()
}

/// Takes an element out of a list of the document, as a person deleting a rule or a route does.
fn without_element(document: &Document, member: &str, random: &mut Random) -> Option<Document> {
    let mut value: Value = serde_json::from_str(&document.json).ok()?;
    let list = value.get_mut(member)?.as_array_mut()?;
    let at = random.below(list.len());
    (at < list.len()).then(|| list.remove(at))?;
    Some(Document { json: value.to_string().into(), ..document.clone() })
}

/// One random deletion.
fn edited(documents: &[Document], kinds: &[(&str, &str)], random: &mut Random) -> Option<Document> {
    let (kind, member) = *random.pick(kinds);
    let of_kind: Vec<&Document> = documents.iter().filter(|document| document.kind == kind).collect();
    without_element(random.maybe(&of_kind)?, member, random)
}

#[test]
fn small_networks_are_compared_exactly() {
    let kinds = [
        ("AWS::EC2::SecurityGroup", "IpPermissions"),
        ("AWS::EC2::SecurityGroup", "IpPermissionsEgress"),
        ("AWS::EC2::NetworkAcl", "Entries"),
        ("AWS::EC2::RouteTable", "Routes"),
        ("AWS::EC2::RouteTable", "Associations"),
        ("AWS::EC2::NetworkInterface", "Groups"),
        ("AWS::EC2::TransitGatewayRouteTable", "Propagations"),
    ];
    let mut changed = 0;
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let (documents, listings) = generate::small(seed).calls.documents();
        let (before, _) = Network::parse(documents.clone(), listings.clone());
        let Some(document) = edited(&documents, &kinds, &mut random) else { continue };
        changed += check(&before, &before.updated([document.clone()], []).0, seed);
        // Two networks that share nothing.
        let replaced = documents
            .iter()
            .map(|old| if (old.kind, &old.id) == (document.kind, &document.id) { &document } else { old });
        changed += check(&before, &Network::parse(replaced.cloned(), listings).0, seed);
        // An interface that is gone.
        let gone = random
            .maybe(&before.interfaces().map(|interface| interface.id.to_string()).collect::<Vec<_>>())
            .cloned();
        let removed = gone.map(|id| ("AWS::EC2::NetworkInterface".to_owned(), id));
        changed += check(&before, &before.updated([], removed).0, seed);
    }
    assert!(changed > 20, "the edits change something: {changed}");
}

#[test]
fn large_networks_have_few_classes() {
    let made = generate::realistic(1000);
    let (documents, listings) = made.calls.documents();
    let (before, warnings) = Network::parse(documents.clone(), listings);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(before.interfaces().count(), 1000);
    for (name, flow) in &made.flows {
        assert_eq!(
            before.trace(flow).disposition,
            Disposition::Delivered,
            "{name}: {:#?}",
            before.trace(flow)
        );
    }
    let group = documents.iter().find(|document| document.id == made.group).expect("the group is there");
    let mut value: Value = serde_json::from_str(&group.json).expect("JSON");
    value["IpPermissions"] = json!([]);
    let closed = Document { json: value.to_string().into(), ..group.clone() };
    let (after, _) = before.updated([closed], []);
    let found = diff(&before, &after, &[(Protocol::TCP, Some(8080)), (Protocol::TCP, Some(8443))]);
    assert!(found.classes.len() < 250, "{}", found.classes.len());
    assert!(found.gained.is_empty() && found.unsure.is_empty());
    // Servers of the group: their own balancers can no longer reach 8080, everybody inside no longer 8443.
    let members = before.interfaces_of_group(&made.group).count();
    let balancers =
        before.interfaces().filter(|interface| interface.description.starts_with("ELB")).count() / 20;
    let unreachable = found.count(&found.lost);
    assert!(
        unreachable >= members * balancers,
        "{unreachable} lost, {members} servers, {balancers} balancers"
    );
    let same = diff(&before, &before.clone(), &SERVICES);
    assert_eq!((same.traces, same.gained.len(), same.lost.len()), (0, 0, 0));
}
