//! Stateless rules: by priority, the first match decides.

use super::{Groups, Verdict, list, number, references, text};
use crate::filter::Packet;
use crate::model::read::parse_cidr;
use serde_json::Value;
use std::net::IpAddr;

/// What the stateless engine does.
pub(super) enum Outcome {
    /// Hands the packet to the stateful engine.
    Forward,
    /// Decides.
    Done(Verdict),
}

pub(super) fn decide(policy: &Value, groups: Groups<'_, '_>, packet: &Packet) -> Outcome {
    for reference in references(policy, "StatelessRuleGroupReferences") {
        let arn = text(reference, "ResourceArn");
        let Some(group) = groups(arn) else {
            return Outcome::Done(Verdict::Unknown(
                "the rule group was not described".to_owned(),
                Some(arn.to_owned()),
            ));
        };
        let source = group.get("RulesSource").and_then(|source| source.get("StatelessRulesAndCustomActions"));
        let mut rules: Vec<&Value> =
            source.map(|source| list(source, "StatelessRules")).unwrap_or_default().iter().collect();
        rules.sort_by_key(|rule| number(rule, "Priority").unwrap_or(i64::MAX));
        for rule in rules {
            let Some(definition) = rule.get("RuleDefinition") else { continue };
            let Some(attributes) = definition.get("MatchAttributes") else { continue };
            if matches(attributes, packet) {
                let name = format!("stateless rule {}", number(rule, "Priority").unwrap_or_default());
                return outcome(list(definition, "Actions"), name, Some(arn));
            }
        }
    }
    outcome(list(policy, "StatelessDefaultActions"), "the stateless default".to_owned(), None)
}

fn outcome(actions: &[Value], rule: String, group: Option<&str>) -> Outcome {
    let has = |name: &str| actions.iter().any(|action| action.as_str() == Some(name));
    let group = group.map(str::to_owned);
    if has("aws:forward_to_sfe") {
        Outcome::Forward
    } else if has("aws:pass") {
        Outcome::Done(Verdict::Pass(format!("{rule}: pass")))
    } else if has("aws:drop") {
        Outcome::Done(Verdict::Drop(format!("{rule}: drop"), group))
    } else {
        Outcome::Done(Verdict::Unknown(format!("{rule} has no action that is known"), group))
    }
}

fn matches(attributes: &Value, packet: &Packet) -> bool {
    let protocols = list(attributes, "Protocols");
    let of_protocol =
        protocols.is_empty() || protocols.iter().any(|it| it.as_i64() == Some(packet.protocol.0.into()));
    of_protocol
        && address(list(attributes, "Sources"), packet.source)
        && address(list(attributes, "Destinations"), packet.destination)
        && port(list(attributes, "SourcePorts"), packet.source_port, packet)
        && port(list(attributes, "DestinationPorts"), packet.destination_port, packet)
        && flags(list(attributes, "TCPFlags"))
}

fn address(definitions: &[Value], address: IpAddr) -> bool {
    definitions.is_empty()
        || definitions
            .iter()
            .any(|it| parse_cidr(text(it, "AddressDefinition")).is_some_and(|block| block.contains(&address)))
}

fn port(ranges: &[Value], port: u16, packet: &Packet) -> bool {
    ranges.is_empty()
        || (packet.protocol.has_ports()
            && ranges.iter().any(|range| {
                let (from, to) = (number(range, "FromPort"), number(range, "ToPort"));
                from.is_some_and(|from| from <= port.into()) && to.is_some_and(|to| i64::from(port) <= to)
            }))
}

/// The first packet of a TCP connection carries SYN alone.
fn flags(conditions: &[Value]) -> bool {
    conditions.is_empty()
        || conditions.iter().any(|condition| {
            let set: Vec<&str> = list(condition, "Flags").iter().filter_map(Value::as_str).collect();
            let masks = list(condition, "Masks");
            let seen = |flag: &str| masks.is_empty() || masks.iter().any(|mask| mask.as_str() == Some(flag));
            seen("SYN") == set.contains(&"SYN") && set.iter().all(|flag| *flag == "SYN")
        })
}
