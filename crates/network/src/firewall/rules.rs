//! Stateful rules, from AWS's own shape and from Suricata text, reduced to addresses and ports.

use super::{list, text};
use crate::filter::Packet;
use crate::flow::Protocol;
use crate::model::read::parse_cidr;
use serde_json::Value;
use std::net::IpAddr;

/// What a rule does; in the order in which action order evaluates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Pass,
    Drop,
    Reject,
    Alert,
}

/// Whether a rule is for a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    No,
    /// Addresses and ports fit, and more is asked.
    Maybe,
    Yes,
}

/// One rule.
pub(super) struct Rule {
    pub action: Action,
    /// As it was written.
    pub text: String,
    protocol: String,
    source: Term,
    source_port: Term,
    both_ways: bool,
    destination: Term,
    destination_port: Term,
    /// It looks at more than addresses and ports.
    deeper: bool,
}

/// A condition on an address or a port, with variables put in.
enum Term {
    Any,
    /// Text of an address block, an address or a port range.
    One(String),
    Not(Box<Term>),
    /// Any of the plain ones, and none of the negated ones.
    List(Vec<Term>),
    /// Not understood.
    Unknown,
}

/// Options that say nothing about which packets match (Suricata User Guide, "Meta Keywords").
const META: &[&str] =
    &["msg", "sid", "rev", "gid", "classtype", "reference", "priority", "metadata", "target"];

/// Rules of a group; an error where the group is of a kind this model does not read.
pub(super) fn read(group: &Value, policy: &Value) -> Result<Vec<Rule>, String> {
    let variables = Variables { group: group.get("RuleVariables"), policy: policy.get("PolicyVariables") };
    let Some(source) = group.get("RulesSource") else {
        return Err("its rules were not described".to_owned());
    };
    if source.get("RulesSourceList").is_some_and(Value::is_object) {
        return Err("it is a list of domains, which is more than addresses and ports".to_owned());
    }
    let mut rules = Vec::new();
    for rule in list(source, "StatefulRules") {
        rules.push(structured(rule, &variables).ok_or("a rule of it could not be read")?);
    }
    for line in text(source, "RulesString").lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        rules.push(
            suricata(line, &variables).ok_or_else(|| format!("a rule of it could not be read: {line}"))?,
        );
    }
    Ok(rules)
}

fn action(word: &str) -> Option<Action> {
    match word.to_ascii_lowercase().as_str() {
        "pass" => Some(Action::Pass),
        "drop" => Some(Action::Drop),
        "reject" => Some(Action::Reject),
        "alert" => Some(Action::Alert),
        _ => None,
    }
}

fn structured(rule: &Value, variables: &Variables<'_>) -> Option<Rule> {
    let header = rule.get("Header")?;
    let keywords = list(rule, "RuleOptions").iter().map(|option| text(option, "Keyword"));
    let deeper = keywords.into_iter().any(|keyword| !META.contains(&keyword));
    let part = |member: &str| text(header, member).to_owned();
    let direction = if text(header, "Direction").eq_ignore_ascii_case("any") { "<>" } else { "->" };
    Some(Rule {
        action: action(text(rule, "Action"))?,
        text: format!(
            "{} {} {} {} {direction} {} {}",
            text(rule, "Action").to_ascii_lowercase(),
            part("Protocol").to_ascii_lowercase(),
            part("Source"),
            part("SourcePort"),
            part("Destination"),
            part("DestinationPort"),
        ),
        protocol: part("Protocol").to_ascii_lowercase(),
        source: variables.term(&part("Source"), 0),
        source_port: variables.term(&part("SourcePort"), 0),
        both_ways: direction == "<>",
        destination: variables.term(&part("Destination"), 0),
        destination_port: variables.term(&part("DestinationPort"), 0),
        deeper,
    })
}

/// `action protocol source port -> destination port (options)`.
fn suricata(line: &str, variables: &Variables<'_>) -> Option<Rule> {
    let (header, options) = line.split_once('(')?;
    let words = words(header);
    let [act, protocol, source, source_port, direction, destination, destination_port] = words.as_slice()
    else {
        return None;
    };
    let options = options.trim_end().strip_suffix(')').unwrap_or(options);
    let mut deeper = false;
    for option in options.split(';').map(str::trim).filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once(':').unwrap_or((option, ""));
        let only_meta = META.contains(&name.trim());
        // Of the first packets of a connection both hold, one after the other.
        let plain_flow = name.trim() == "flow"
            && value
                .split(',')
                .all(|word| matches!(word.trim(), "to_server" | "from_client" | "established" | "stateless"));
        deeper |= !only_meta && !plain_flow;
    }
    Some(Rule {
        action: action(act)?,
        text: header.trim().to_owned(),
        protocol: protocol.to_ascii_lowercase(),
        source: variables.term(source, 0),
        source_port: variables.term(source_port, 0),
        both_ways: *direction == "<>",
        destination: variables.term(destination, 0),
        destination_port: variables.term(destination_port, 0),
        deeper,
    })
}

/// Words of a rule's header; lists in brackets may hold blanks.
fn words(header: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut depth = 0_u32;
    for character in header.trim().chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if character.is_whitespace() {
            if depth == 0 && words.last().is_some_and(|word| !word.is_empty()) {
                words.push(String::new());
            }
        } else if let Some(word) = words.last_mut() {
            word.push(character);
        }
    }
    words
}

/// Named sets of addresses and ports.
struct Variables<'v> {
    group: Option<&'v Value>,
    policy: Option<&'v Value>,
}

impl Variables<'_> {
    fn definition(&self, name: &str) -> Option<Vec<String>> {
        let sets = [(self.group, "IPSets"), (self.group, "PortSets"), (self.policy, "RuleVariables")];
        for (from, member) in sets {
            let set = from.and_then(|from| from.get(member)?.get(name)?.get("Definition")?.as_array());
            if let Some(set) = set {
                return Some(set.iter().filter_map(Value::as_str).map(str::to_owned).collect());
            }
        }
        None
    }

    fn term(&self, text: &str, depth: u32) -> Term {
        let text = text.trim();
        if depth > 8 {
            return Term::Unknown;
        }
        if text.is_empty() || text.eq_ignore_ascii_case("any") {
            return Term::Any;
        }
        if let Some(rest) = text.strip_prefix('!') {
            return Term::Not(Box::new(self.term(rest, depth + 1)));
        }
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return Term::List(split_list(inner).iter().map(|item| self.term(item, depth + 1)).collect());
        }
        if let Some(name) = text.strip_prefix('$') {
            return match self.definition(name) {
                Some(items) => Term::List(items.iter().map(|item| self.term(item, depth + 1)).collect()),
                // Outside is what is not at home, when that is not said otherwise (Network Firewall Developer Guide).
                None if name == "EXTERNAL_NET" => match self.definition("HOME_NET") {
                    Some(_) => Term::Not(Box::new(self.term("$HOME_NET", depth + 1))),
                    None => Term::Unknown,
                },
                None => Term::Unknown,
            };
        }
        if text.starts_with('@') { Term::Unknown } else { Term::One(text.to_owned()) }
    }
}

fn split_list(inner: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0_u32;
    for character in inner.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if character == ',' && depth == 0 {
            items.push(String::new());
        } else if let Some(item) = items.last_mut() {
            item.push(character);
        }
    }
    items
}

impl Term {
    fn fits(&self, one: &dyn Fn(&str) -> Option<bool>) -> Fit {
        match self {
            Self::Any => Fit::Yes,
            Self::Unknown => Fit::Maybe,
            Self::One(text) => match one(text) {
                Some(true) => Fit::Yes,
                Some(false) => Fit::No,
                None => Fit::Maybe,
            },
            Self::Not(inner) => match inner.fits(one) {
                Fit::Yes => Fit::No,
                Fit::Maybe => Fit::Maybe,
                Fit::No => Fit::Yes,
            },
            Self::List(items) => {
                let of = |negated: bool| {
                    items
                        .iter()
                        .filter(move |item| matches!(item, Self::Not(_)) == negated)
                        .map(|item| item.fits(one))
                };
                if of(true).any(|fit| fit == Fit::No) {
                    return Fit::No;
                }
                let plain = of(false).fold(Fit::No, Fit::or);
                let plain = if of(false).next().is_none() { Fit::Yes } else { plain };
                of(true).fold(plain, Fit::and)
            }
        }
    }
}

impl Fit {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Maybe, _) | (_, Self::Maybe) => Self::Maybe,
            _ => Self::No,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Maybe, _) | (_, Self::Maybe) => Self::Maybe,
            _ => Self::Yes,
        }
    }
}

fn at_address(term: &Term, address: IpAddr) -> Fit {
    term.fits(&|text| Some(parse_cidr(text)?.contains(&address)))
}

fn at_port(term: &Term, port: u16) -> Fit {
    term.fits(&|text| {
        let number =
            |text: &str, default: u16| if text.is_empty() { Some(default) } else { text.parse().ok() };
        match text.split_once(':') {
            Some((from, to)) => Some((number(from, 0)?..=number(to, u16::MAX)?).contains(&port)),
            None => Some(text.parse::<u16>().ok()? == port),
        }
    })
}

impl Rule {
    pub fn fits(&self, packet: &Packet) -> Fit {
        let protocol = match self.protocol.as_str() {
            "ip" => Fit::Yes,
            "tcp" if packet.protocol == Protocol::TCP => Fit::Yes,
            "udp" if packet.protocol == Protocol::UDP => Fit::Yes,
            "icmp" if packet.protocol.is_icmp() => Fit::Yes,
            "tcp" | "udp" | "icmp" => Fit::No,
            // What is spoken inside is not known from addresses and ports.
            "dns" | "ntp" | "tftp" | "dhcp" | "krb5" | "ikev2" | "quic" if packet.protocol.has_ports() => {
                Fit::Maybe
            }
            _ if packet.protocol == Protocol::TCP => Fit::Maybe,
            _ => Fit::No,
        };
        let one_way = |source: &Term, source_port: &Term, destination: &Term, destination_port: &Term| {
            let ports = if packet.protocol.has_ports() {
                at_port(source_port, packet.source_port)
                    .and(at_port(destination_port, packet.destination_port))
            } else {
                Fit::Yes
            };
            at_address(source, packet.source).and(at_address(destination, packet.destination)).and(ports)
        };
        let mut fit = one_way(&self.source, &self.source_port, &self.destination, &self.destination_port);
        if self.both_ways {
            fit = fit.or(one_way(&self.destination, &self.destination_port, &self.source, &self.source_port));
        }
        let fit = fit.and(protocol);
        if self.deeper { fit.and(Fit::Maybe) } else { fit }
    }
}
