//! What must not matter does not, and what was listed as in the way is all that was in the way, on generated networks.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "this is test code")]

#[path = "support/generate.rs"]
mod generate;

use butfor_network::describe::{Document, Listing};
use butfor_network::{Disposition, Flow, Network, Trace, codes};
use generate::{Random, Small};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NETWORKS: u64 = 60;

struct Case {
    seed: u64,
    documents: Vec<Document>,
    listings: Vec<Listing>,
    flows: Vec<Flow>,
    network: Network,
}

fn cases() -> impl Iterator<Item = Case> {
    (0..NETWORKS).map(|seed| {
        let Small { calls, flows } = generate::small(seed);
        let (documents, listings) = calls.documents();
        let (network, _) = Network::parse(documents.clone(), listings.clone());
        Case { seed, documents, listings, flows, network }
    })
}

fn traces(network: &Network, flows: &[Flow]) -> Vec<Trace> {
    flows.iter().map(|flow| network.trace(flow)).collect()
}

#[test]
fn the_order_of_documents_does_not_matter() {
    for Case { seed, mut documents, listings, flows, network } in cases() {
        let mut random = Random::new(seed);
        for at in (1..documents.len()).rev() {
            documents.swap(at, random.below(at + 1));
        }
        let (shuffled, _) = Network::parse(documents, listings.into_iter().rev());
        assert_eq!(traces(&shuffled, &flows), traces(&network, &flows), "seed {seed}");
    }
}

#[test]
fn a_network_beside_does_not_matter() {
    // Another network, with ids, accounts and public addresses of its own, and private addresses that are the same.
    let renamed = |text: &str| {
        let digits = text.replace("-00", "-0f").replace("111111111111", "333333333333");
        digits
            .replace("222222222222", "444444444444")
            .replace("54.10.", "54.20.")
            .replace("2600:1f14:", "2600:1f18:")
    };
    let beside = |seed: u64| {
        let (documents, listings) = generate::small(seed).calls.documents();
        let documents = documents.into_iter().filter(|document| !document.id.starts_with("pl-68a")).map(
            move |document| Document {
                id: renamed(&document.id),
                account: renamed(&document.account),
                json: renamed(&document.json).into(),
                ..document
            },
        );
        let listings = listings
            .into_iter()
            .map(move |listing| Listing { account: renamed(&listing.account), ..listing });
        (documents.collect::<Vec<_>>(), listings.collect::<Vec<_>>())
    };
    for Case { seed, mut documents, mut listings, flows, network } in cases() {
        let (more, more_listings) = beside(seed + 1000);
        documents.extend(more);
        listings.extend(more_listings);
        let (both, _) = Network::parse(documents, listings);
        assert_eq!(traces(&both, &flows), traces(&network, &flows), "seed {seed}");
    }
}

#[test]
fn undoing_a_deletion_restores_everything() {
    let lists = [
        ("AWS::EC2::SecurityGroup", "IpPermissions"),
        ("AWS::EC2::SecurityGroup", "IpPermissionsEgress"),
        ("AWS::EC2::NetworkAcl", "Entries"),
        ("AWS::EC2::NetworkAcl", "Associations"),
        ("AWS::EC2::RouteTable", "Routes"),
        ("AWS::EC2::RouteTable", "Associations"),
        ("AWS::EC2::NetworkInterface", "Groups"),
        ("AWS::EC2::PrefixList", "Cidrs"),
        ("AWS::EC2::TransitGatewayRouteTable", "Associations"),
        ("AWS::EC2::TransitGatewayRouteTable", "Propagations"),
        ("AWS::EC2::TransitGatewayRouteTable", "Routes"),
        ("AWS::EC2::VPC", "CidrBlockAssociationSet"),
    ];
    let mut changed = 0;
    for Case { seed, documents, flows, network, .. } in cases() {
        let mut random = Random::new(seed);
        let original = traces(&network, &flows);
        for (kind, member) in lists {
            let of_kind: Vec<&Document> = documents.iter().filter(|document| document.kind == kind).collect();
            let Some(document) = random.maybe(&of_kind) else { continue };
            let mut value: Value = serde_json::from_str(&document.json).expect("a document is JSON");
            let Some(list) = value[member].as_array_mut().filter(|list| !list.is_empty()) else { continue };
            list.remove(random.below(list.len()));
            let edited = Document { json: value.to_string().into(), ..(*document).clone() };
            let (other, _) = network.updated([edited], []);
            changed += usize::from(traces(&other, &flows) != original);
            let (restored, _) = other.updated([(*document).clone()], []);
            assert_eq!(traces(&restored, &flows), original, "seed {seed}: {kind} {member}");
        }
    }
    assert!(changed > 20, "the edits change something: {changed}");
}

/// Opens a security group or a network ACL to everything.
fn opened(document: &Document) -> Document {
    let mut value: Value = serde_json::from_str(&document.json).expect("a document is JSON");
    let everything = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}], "PrefixListIds": [], "UserIdGroupPairs": []}]);
    let entries: Vec<Value> = [(false, 1), (true, 1)]
        .iter()
        .flat_map(|(egress, number)| {
            let entry =
                json!({"RuleNumber": number, "Egress": egress, "RuleAction": "allow", "Protocol": "-1"});
            let (mut v4, mut v6) = (entry.clone(), entry);
            v4["CidrBlock"] = "0.0.0.0/0".into();
            v6["Ipv6CidrBlock"] = "::/0".into();
            v6["RuleNumber"] = 2.into();
            [v4, v6]
        })
        .collect();
    if document.kind == "AWS::EC2::SecurityGroup" {
        value["IpPermissions"] = everything.clone();
        value["IpPermissionsEgress"] = everything;
    } else {
        value["Entries"] = entries.into();
    }
    Document { json: value.to_string().into(), ..document.clone() }
}

#[test]
fn blockers_are_complete() {
    let filters = [codes::ENI_SG_RULES_MISMATCH, codes::SG_HAS_NO_RULES, codes::SUBNET_ACL_RESTRICTION];
    let mut opened_flows = 0;
    for Case { seed, documents, flows, network, .. } in cases() {
        for flow in &flows {
            let trace = network.trace(flow);
            let only_filters = trace.blockers.iter().all(|blocker| filters.contains(&blocker.code));
            if trace.disposition != Disposition::Blocked || !only_filters {
                continue;
            }
            let named: BTreeSet<&str> = trace.blockers.iter().map(|blocker| &*blocker.component.id).collect();
            let replaced = documents.iter().filter(|document| named.contains(&*document.id)).map(opened);
            let (open, _) = network.updated(replaced, []);
            let after = open.trace(flow);
            assert_ne!(
                after.disposition,
                Disposition::Blocked,
                "seed {seed}: {flow:?}\n{trace:#?}\n{after:#?}"
            );
            opened_flows += 1;
        }
    }
    assert!(opened_flows > 20, "there is something to open: {opened_flows}");
}
