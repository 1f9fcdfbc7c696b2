//! Single objects and single packets: the filters alone.

use butfor_network::describe::{Document, Origin};
use butfor_network::filter::{self, GroupDecision, Match, Packet, References, Way};
use butfor_network::model::read::parse_cidr;
use butfor_network::{Network, Protocol};
use ipnet::IpNet;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;

fn number(value: &Value) -> Option<u16> {
    value.as_u64().map(|number| u16::try_from(number).unwrap())
}

fn packet(probe: &Value) -> Packet {
    let address = |name: &str| probe[name].as_str().unwrap_or("192.0.2.1").parse().unwrap();
    let byte = |name: &str| u8::try_from(probe[name].as_u64().unwrap_or_default()).unwrap();
    Packet {
        source: address("src_ip"),
        destination: address("dst_ip"),
        protocol: Protocol(byte("proto")),
        source_port: number(&probe["src_port"]).unwrap_or(49152),
        destination_port: number(&probe["dst_port"]).unwrap_or_default(),
        icmp: (byte("icmp_type"), byte("icmp_code")),
    }
}

/// Groups and prefix lists as the case tells them.
struct Told {
    members: BTreeMap<String, Vec<IpAddr>>,
    lists: BTreeMap<String, Vec<IpNet>>,
    other: IpAddr,
}

impl References for Told {
    fn member(&self, group: &str) -> Match {
        match self.members.get(group) {
            Some(members) if members.contains(&self.other) => Match::Yes,
            Some(_) => Match::No,
            None => Match::Unknown,
        }
    }

    fn prefix_list(&self, id: &str) -> Option<&[IpNet]> {
        self.lists.get(id).map(Vec::as_slice)
    }
}

fn parse(kind: &'static str, value: &Value) -> Network {
    let document = Document {
        kind,
        id: "it".into(),
        account: String::new(),
        region: String::new(),
        json: value.to_string().into(),
        origins: vec![Origin(0)],
    };
    Network::parse([document], []).0
}

fn object(case: &Value, list: &str) -> Value {
    let component = &case["component"];
    let Some(file) = component["file"].as_str() else {
        return match &component["inline"] {
            Value::Array(all) => all[0].clone(),
            inline => inline.clone(),
        };
    };
    let text = fs::read_to_string(super::root().join("components").join(file)).unwrap();
    let index = usize::try_from(component["index"].as_u64().unwrap()).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[list][index].clone()
}

fn texts<T>(value: &Value, read: impl Fn(&str) -> T) -> BTreeMap<String, Vec<T>> {
    let all = value.as_object().into_iter().flatten();
    all.map(|(name, items)| {
        (name.clone(), items.as_array().unwrap().iter().map(|it| read(it.as_str().unwrap())).collect())
    })
    .collect()
}

#[test]
fn security_groups_and_network_acls() {
    let mut count = 0;
    for case in super::cases().iter().filter(|case| case["kind"] == "component") {
        let component = &case["component"];
        let way = if component["direction"] == "egress" { Way::Outbound } else { Way::Inbound };
        let packet = packet(&case["probe"]);
        let allowed = match component["type"].as_str().unwrap() {
            "security_group" | "eni_security_groups" => {
                let network = parse("AWS::EC2::SecurityGroup", &object(case, "SecurityGroups"));
                let group = &network.security_group("it").unwrap().value;
                let told = Told {
                    members: texts(&component["members"], |text| text.parse().unwrap()),
                    lists: texts(&component["prefix_lists"], |text| parse_cidr(text).unwrap()),
                    other: packet.source,
                };
                matches!(filter::security_groups(&[group], way, &packet, &told), GroupDecision::Allowed(..))
            }
            kind @ ("network_acl" | "network_acl_entry") => {
                let object = object(case, "NetworkAcls");
                let acl = if kind == "network_acl" { object } else { json!({"Entries": [object]}) };
                let network = parse("AWS::EC2::NetworkAcl", &acl);
                let lines = network.network_acl("it").unwrap().lines.clone().unwrap();
                filter::network_acl(&lines, way, &packet).allows
            }
            _ => continue,
        };
        count += 1;
        assert_eq!(allowed, case["expected"]["action"] == "permit", "{}", case["id"]);
    }
    assert!(count > 50, "only {count}");
}

#[test]
fn listeners_accept_their_protocol_and_port() {
    for case in super::cases().iter().filter(|case| case["component"]["type"] == "load_balancer_listeners") {
        let all = case["component"]["listeners"].as_array().unwrap().iter();
        let packet = packet(&case["probe"]);
        let accepted = all
            .map(|told| {
                parse(
                    "AWS::ElasticLoadBalancingV2::Listener",
                    &json!({"LoadBalancerArn": "lb", "Protocol": told[0], "Port": told[1]}),
                )
            })
            .any(|network| {
                network
                    .listeners_of("lb")
                    .unwrap()
                    .iter()
                    .any(|it| it.accepts(packet.protocol, packet.destination_port))
            });
        assert_eq!(accepted, case["expected"]["action"] == "permit", "{}", case["id"]);
    }
}

#[test]
fn one_peering_connection_is_active() {
    let network = super::load("components");
    let active: Vec<&str> =
        network.peerings().filter(|it| it.status() == "active").map(|it| &*it.id).collect();
    assert_eq!(active.len(), 1);
    assert!(network.peerings().count() > 1);
}
