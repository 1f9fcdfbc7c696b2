//! Recorded outcomes of other projects (see data/aws-networks/ORIGIN.md), through the front door.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the recorded snapshots are files of this crate")]

mod components;

use butfor_network::describe::{Listing, Origin, Piece, compose, fragments};
use butfor_network::{Disposition, Flow, Network, Place, Protocol, Trace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/aws-networks")
}

fn cases() -> Vec<Value> {
    let text = fs::read_to_string(root().join("cases.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

/// Loads a folder of describe output, or one np-guard file.
fn load(data: &str) -> Network {
    let path = root().join(data);
    let mut paths = Vec::new();
    if path.is_dir() {
        files(&path, &mut paths);
    } else {
        paths.push(path.clone());
    }
    let texts: Vec<(String, String, String)> = paths
        .iter()
        .map(|file| {
            let parts = || {
                file.strip_prefix(root()).unwrap().components().map(|part| part.as_os_str().to_string_lossy())
            };
            let account = parts().find(|part| part.len() == 12 && part.chars().all(|c| c.is_ascii_digit()));
            let region = parts()
                .find(|part| part.split('-').count() == 3 && part.ends_with(|c: char| c.is_ascii_digit()));
            (
                account.unwrap_or_default().into_owned(),
                region.unwrap_or_default().into_owned(),
                fs::read_to_string(file).unwrap(),
            )
        })
        .collect();
    let mut pieces = Vec::new();
    let mut listings = Vec::new();
    for (number, (account, region, text)) in texts.iter().enumerate() {
        let answer = fragments(None, "", text).unwrap();
        for kind in answer.listed {
            listings.push(Listing { account: account.clone(), region: region.clone(), kind });
        }
        let origin = Origin(u32::try_from(number).unwrap());
        pieces.extend(answer.fragments.into_iter().map(|fragment| Piece {
            fragment,
            account,
            region,
            origin,
        }));
    }
    let (network, _) = Network::parse(compose(pieces), listings);
    if path.is_dir() { network } else { network.assuming_routing() }
}

fn place(end: &Value, address: Option<&Value>) -> Place {
    if let Some(address) = address.and_then(Value::as_str) {
        let address: IpAddr = address.parse().unwrap();
        return match end.get("eni").and_then(Value::as_str) {
            Some(id) if end["kind"] != "internet" => {
                Place::Interface { id: id.to_owned(), address: Some(address) }
            }
            _ => Place::Address(address),
        };
    }
    Place::Interface { id: end["eni"].as_str().unwrap().to_owned(), address: None }
}

fn port(value: &Value) -> Option<u16> {
    value.as_u64().map(|port| u16::try_from(port).unwrap())
}

fn protocol(value: &Value) -> Protocol {
    match value {
        Value::String(name) => Protocol::parse(name).unwrap(),
        number => Protocol(u8::try_from(number.as_u64().unwrap_or_default()).unwrap()),
    }
}

fn delivered(disposition: Disposition) -> bool {
    disposition == Disposition::Delivered
}

fn show(trace: &Trace) -> String {
    let mut text = format!("{:?}\n", trace.disposition);
    for (name, walk) in [("forward", Some(&trace.forward)), ("reply", trace.reply.as_ref())] {
        let Some(walk) = walk else { continue };
        text += &format!("  {name} {:?}\n", walk.disposition);
        for hop in &walk.hops {
            text +=
                &format!("    {} {}: {} {:?}\n", hop.component.kind, hop.component.id, hop.action, hop.rule);
        }
    }
    for blocker in &trace.blockers {
        text += &format!(
            "  BLOCKED {} {} {:?} {:?}\n",
            blocker.code, blocker.component.id, blocker.rule, blocker.direction
        );
    }
    for missing in &trace.missing {
        text += &format!("  MISSING {missing:?}\n");
    }
    text
}

struct Loaded(BTreeMap<String, Network>);

impl Loaded {
    fn get(&mut self, data: &str) -> &Network {
        self.0.entry(data.to_owned()).or_insert_with(|| load(data))
    }
}

#[test]
fn flows_end_as_recorded() {
    let mut loaded = Loaded(BTreeMap::new());
    let mut failures = Vec::new();
    let mut count = 0;
    for case in cases().iter().filter(|case| case["kind"] == "flow" && case["applicability"] == "core") {
        let id = case["id"].as_str().unwrap();
        let network = loaded.get(case["data"].as_str().unwrap());
        let told = &case["flow"];
        let flow = |protocol, source_port, destination_port| Flow {
            from: place(&told["from"], told.get("src_ip")),
            to: place(&told["to"], told.get("to_ip")),
            protocol,
            source_port,
            destination_port,
            icmp: None,
        };
        let mut check = |name: &str, expected: bool, is: bool, trace: &Trace| {
            count += 1;
            if expected != is {
                failures.push(format!("{id} {name}: expected {expected}\n{}", show(trace)));
            }
        };
        let trace =
            network.trace(&flow(protocol(&told["proto"]), port(&told["src_port"]), port(&told["dst_port"])));
        let expected = case["expected"]["reachable"].as_bool().unwrap();
        check("known", true, trace.missing.is_empty(), &trace);
        check("forward", expected, delivered(trace.forward.disposition), &trace);
        if let Some(code) = case["derived"]["ra_code"].as_str() {
            let component = case["derived"]["blocking_component"].as_str().unwrap();
            let named = trace.blockers.iter().any(|it| it.code == code && it.component.id == component);
            check(&format!("{code} at {component}"), true, named, &trace);
        }
        if let Some(back) = case["expected"]["reverse"]["reachable"].as_bool() {
            check("reverse", back, trace.reply.as_ref().is_some_and(|it| delivered(it.disposition)), &trace);
        }
        let twin = &case["derived"]["twin"];
        if twin.is_object() {
            let trace = network.trace(&flow(
                protocol(&twin["proto"]),
                port(&twin["src_port"]),
                port(&twin["dst_port"]),
            ));
            check("twin", twin["forward"].as_bool().unwrap(), delivered(trace.forward.disposition), &trace);
            check(
                "twin round trip",
                twin["round_trip"].as_bool().unwrap_or(true),
                delivered(trace.disposition),
                &trace,
            );
            if let Some(blocker) = twin["return_blocker"].as_str() {
                let named = trace.blockers.iter().any(|it| blocker.starts_with(&it.component.id));
                check("return blocker", true, named, &trace);
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} differ\n{}", failures.len(), failures.join("\n"));
    assert!(count > 50, "only {count} checks");
}

#[test]
fn something_reaches_it_as_recorded() {
    let mut loaded = Loaded(BTreeMap::new());
    for case in cases().iter().filter(|case| case["kind"] == "reachability_exists") {
        let network = loaded.get(case["data"].as_str().unwrap());
        let to = network.resolve(case["flow"]["to"]["id"].as_str().unwrap()).unwrap().remove(0);
        let reachable = [22, 80, 443].into_iter().any(|port| {
            let flow = Flow {
                from: place(&case["flow"]["from"], None),
                to: to.clone(),
                protocol: Protocol::TCP,
                source_port: None,
                destination_port: Some(port),
                icmp: None,
            };
            delivered(network.trace(&flow).disposition)
        });
        assert_eq!(reachable, case["expected"]["reachable"].as_bool().unwrap(), "{}", case["id"]);
    }
}

#[test]
fn filters_allow_what_is_recorded() {
    let mut loaded = Loaded(BTreeMap::new());
    let mut failures = Vec::new();
    let mut count = 0;
    for case in cases().iter().filter(|case| case["kind"] == "connectivity") {
        let id = case["id"].as_str().unwrap();
        let network = loaded.get(case["data"].as_str().unwrap());
        let told = &case["flow"];
        for probe in case["probes"].as_array().unwrap() {
            let end = |end: &Value, address: &str| match end["kind"].as_str() {
                Some("internet") => Place::Address(probe["peer_ip"].as_str().unwrap().parse().unwrap()),
                _ => place(end, told.get(address)),
            };
            let trace = network.trace(&Flow {
                from: end(&told["from"], "src_ip"),
                to: end(&told["to"], "to_ip"),
                protocol: protocol(&probe["proto"]),
                source_port: port(&probe["src_port"]),
                destination_port: port(&probe["dst_port"]),
                icmp: None,
            });
            let forward = delivered(trace.forward.disposition);
            let round_trip = delivered(trace.disposition);
            count += 1;
            if Some(forward) != probe["forward"].as_bool()
                || probe["round_trip"].as_bool().is_some_and(|expected| expected != round_trip)
            {
                failures.push(format!("{id} {probe}\n{}", show(&trace)));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} differ\n{}", failures.len(), failures.join("\n"));
    assert!(count > 200, "only {count} probes");
}

#[test]
fn refusals_are_explained_as_recorded() {
    let mut loaded = Loaded(BTreeMap::new());
    let mut count = 0;
    for case in cases().iter().filter(|case| case["kind"] == "explanation") {
        let network = loaded.get(case["data"].as_str().unwrap());
        let end = |name: &str| {
            let text = case["flow"][name]["ip_or_name"].as_str().unwrap();
            Place::Address(text.split('/').next().unwrap().parse().unwrap())
        };
        let (from, to) = (end("from"), end("to"));
        let probes = [
            (Protocol::TCP, Some(22)),
            (Protocol::TCP, Some(9080)),
            (Protocol::UDP, Some(53)),
            (Protocol::ICMP, None),
        ];
        let traces = probes.map(|(protocol, destination_port)| {
            let (from, to) = (from.clone(), to.clone());
            network.trace(&Flow { from, to, protocol, source_port: None, destination_port, icmp: None })
        });
        let reachable = traces.iter().any(|trace| delivered(trace.forward.disposition));
        assert_eq!(Some(reachable), case["expected"]["reachable"].as_bool(), "{}", case["id"]);
        let components = case["expected"]["components"].as_array().unwrap();
        for blocks in components.iter().filter(|it| it["state"].as_str().unwrap().starts_with("BLOCKS")) {
            let name = blocks["component"].as_str().unwrap();
            let named = |trace: &Trace| {
                trace.blockers.iter().any(|it| {
                    let is_acl = name.contains("network ACL") && it.code == "SUBNET_ACL_RESTRICTION";
                    is_acl || name.ends_with(&it.component.id)
                })
            };
            assert!(traces.iter().all(named), "{} {name}\n{}", case["id"], show(&traces[0]));
            count += 1;
        }
    }
    assert!(count > 1);
}
