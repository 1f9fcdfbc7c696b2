//! What a change means, in words: the defect, the part that is wrong, the sentence.

pub(crate) mod denied;
pub(crate) mod policy;
mod setting;

use crate::ruled_out::kind_word;
use butfor_network::{Blocker, Direction};
use butfor_world::{Delta, Edit, ResourceKey, State, World, facets};
use serde_json::Value;

/// A fault in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wording {
    /// Kebab-case kind of the defect.
    pub defect: String,
    /// The resource to mend.
    pub resource: ResourceKey,
    /// The part of it.
    pub component: String,
    /// `security group x lost its inbound rule tcp/3306 from sg-y`.
    pub phrase: String,
}

/// Puts a fault into words; `None` for an empty one.
pub(crate) fn of(fault: &Delta, world: &World) -> Option<Wording> {
    let changing: Vec<&Edit> = fault.edits.iter().filter(|edit| edit.before != edit.after).collect();
    let edits = if changing.is_empty() { fault.edits.iter().collect() } else { changing };
    let first = *edits.first()?;
    if let Some(wording) = policy::of(&edits, world).or_else(|| setting::of(&edits)) {
        return Some(wording);
    }
    let name = named(world, &first.resource);
    Some(match (first.resource.kind.as_str(), first.facet.member.as_str()) {
        ("AWS::EC2::SecurityGroup", member @ ("IpPermissions" | "IpPermissionsEgress")) => {
            rules(&edits, member, &name)
        }
        ("AWS::EC2::RouteTable", "Routes") => route(first, "route table", &name),
        ("AWS::EC2::TransitGatewayRouteTable", "Routes") => {
            route(first, "transit gateway route table", &name)
        }
        ("AWS::EC2::TransitGatewayRouteTable", "Associations") => association(&edits, world),
        ("AWS::EC2::TransitGatewayRouteTable", "Propagations") => propagation(first, world, &name),
        ("AWS::EC2::RouteTable" | "AWS::EC2::NetworkAcl", "Associations") => {
            subnet_association(&edits, world)
        }
        ("AWS::EC2::NetworkAcl", "Entries") => acl_entry(first, &name),
        ("AWS::EC2::VPCEndpoint", "SubnetIds") => endpoint_subnets(&edits, world, &name),
        ("AWS::NetworkFirewall::RuleGroup", "RuleGroup") => firewall_rules(first, &name),
        _ => other(first, &name),
    })
}

/// Puts what refuses a flow into words, where no change is known.
pub(crate) fn of_blockers(blockers: &[Blocker], world: &World) -> Option<Wording> {
    let first = blockers.first()?;
    let key = |blocker: &Blocker| ResourceKey {
        kind: blocker.component.kind.to_owned(),
        id: blocker.component.id.clone(),
    };
    let one = |blocker: &Blocker| {
        let key = key(blocker);
        let word = kind_word(&key.kind).unwrap_or("component");
        let rule = blocker.rule.as_ref().map(|rule| format!(": {rule}")).unwrap_or_default();
        let walk = if blocker.direction == Direction::Return { " the reply" } else { "" };
        format!("{word} {} refuses{walk} ({}{rule})", named(world, &key), blocker.code)
    };
    let phrases: Vec<String> = blockers.iter().map(one).collect();
    Some(Wording {
        defect: "refused-by-configuration".to_owned(),
        resource: key(first),
        component: first.rule.clone().unwrap_or_else(|| first.code.to_owned()),
        phrase: phrases.join(" and "),
    })
}

/// `orders-db-sg (sg-0123)`, or the id alone.
pub(crate) fn named(world: &World, key: &ResourceKey) -> String {
    match world.get(key).and_then(butfor_world::Resource::name) {
        Some(name) if name != key.id => format!("{name} ({})", key.id),
        _ => key.id.clone(),
    }
}

/// `function orders`, from its ARN.
pub(crate) fn function(arn: &str) -> String {
    format!("function {}", arn.rsplit(':').next().unwrap_or(arn))
}

fn element(edit: &Edit) -> &str {
    edit.facet.element.as_deref().unwrap_or_default()
}

fn is_removal(edit: &Edit) -> bool {
    edit.after == State::Absent
}

fn rules(edits: &[&Edit], member: &str, name: &str) -> Wording {
    let inbound = member == "IpPermissions";
    let (word, preposition) = if inbound { ("inbound", "from") } else { ("outbound", "to") };
    let own: Vec<&&Edit> = edits.iter().filter(|edit| edit.facet.member == member).collect();
    let text = |edit: &&&Edit| match edit.facet.element {
        Some(_) => rule(element(edit), preposition),
        None => "whose content is not recorded".to_owned(),
    };
    let texts: Vec<String> = own.iter().map(text).collect();
    let component = format!("{word} rule {}", texts.join(" and "));
    let removed = own.iter().all(|edit| is_removal(edit) || edit.facet.element.is_none());
    let phrase = if removed {
        format!("security group {name} lost its {component}")
    } else if own.iter().any(|edit| is_removal(edit)) {
        format!("security group {name} had its {word} rules changed: {}", texts.join(" and "))
    } else {
        format!("security group {name} got the {component}")
    };
    let defect = match (inbound, removed) {
        (true, true) => "security-group-ingress-missing",
        (false, true) => "security-group-egress-missing",
        (true, false) => "security-group-ingress-changed",
        (false, false) => "security-group-egress-changed",
    };
    let resource = own
        .first()
        .map(|edit| edit.resource.clone())
        .unwrap_or(ResourceKey { kind: String::new(), id: String::new() });
    Wording { defect: defect.to_owned(), resource, component, phrase }
}

/// `tcp/3306 from sg-1` for the element `tcp 3306-3306 sg-1`.
pub(crate) fn rule(element: &str, preposition: &str) -> String {
    let parts: Vec<&str> = element.split(' ').collect();
    match parts.as_slice() {
        [protocol, ports, peer] => match ports.split_once('-') {
            Some((from, to)) if from == to => format!("{protocol}/{from} {preposition} {peer}"),
            _ => format!("{protocol}/{ports} {preposition} {peer}"),
        },
        ["-1", peer] => format!("all traffic {preposition} {peer}"),
        [protocol, peer] => format!("{protocol} {preposition} {peer}"),
        _ => element.to_owned(),
    }
}

fn route(edit: &Edit, table: &str, name: &str) -> Wording {
    let destination = element(edit);
    let what = if matches!(destination, "0.0.0.0/0" | "::/0") { "default route" } else { "route" };
    let (defect, phrase, component) = match (&edit.before, &edit.after) {
        (before, State::Absent) => {
            let target = before_target(before);
            let component = format!("route {destination}{target}");
            (
                if what == "default route" { "default-route-missing" } else { "route-missing" },
                format!("{table} {name} lost its {what} {destination}{target}"),
                component,
            )
        }
        (State::Absent, after) => {
            let target = before_target(after);
            (
                "route-added",
                format!("{table} {name} got a {what} {destination}{target}"),
                format!("route {destination}{target}"),
            )
        }
        (before, after) => {
            let (was, is) = (before_target(before), before_target(after));
            (
                "route-target-changed",
                format!(
                    "{table} {name} had its {what} {destination} changed from{} to{}",
                    strip_to(&was),
                    strip_to(&is)
                ),
                format!("route {destination}{is} instead of{}", strip_to(&was)),
            )
        }
    };
    Wording { defect: defect.to_owned(), resource: edit.resource.clone(), component, phrase }
}

fn strip_to(text: &str) -> &str {
    text.strip_prefix(" to").filter(|rest| !rest.is_empty()).unwrap_or(" an unknown target")
}

/// ` to nat-0123`, or nothing when unknown.
fn before_target(state: &State) -> String {
    match state {
        State::Present(route) => {
            route_target(route).map(|target| format!(" to {target}")).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// Where a route points.
pub(crate) fn route_target(route: &Value) -> Option<String> {
    const MEMBERS: [&str; 11] = [
        "NatGatewayId",
        "TransitGatewayId",
        "VpcPeeringConnectionId",
        "NetworkInterfaceId",
        "EgressOnlyInternetGatewayId",
        "VpcEndpointId",
        "LocalGatewayId",
        "CarrierGatewayId",
        "CoreNetworkArn",
        "GatewayId",
        "InstanceId",
    ];
    let direct = MEMBERS.iter().find_map(|member| route.get(member).and_then(Value::as_str));
    let attached =
        || route.pointer("/TransitGatewayAttachments/0/TransitGatewayAttachmentId").and_then(Value::as_str);
    let text = direct.or_else(attached).map(str::to_owned);
    match (text, route.get("State").and_then(Value::as_str)) {
        (None, Some("blackhole")) => Some("nowhere (blackhole)".to_owned()),
        (Some(text), Some("blackhole")) => Some(format!("{text} (blackhole)")),
        (text, _) => text,
    }
}

fn association(edits: &[&Edit], world: &World) -> Wording {
    let attachment = edits.first().map(|edit| element(edit).to_owned()).unwrap_or_default();
    let of = |present: bool| {
        edits
            .iter()
            .filter(|edit| edit.facet.member == "Associations" && element(edit) == attachment)
            .filter(|edit| matches!(edit.after, State::Present(_)) == present)
            .map(|edit| &edit.resource)
            .next_back()
    };
    let key = ResourceKey { kind: "AWS::EC2::TransitGatewayAttachment".to_owned(), id: attachment.clone() };
    let name = named(world, &key);
    let (lost, got) = (of(false), of(true));
    let (defect, component, phrase) = match (lost, got) {
        (Some(lost), Some(got)) => (
            "transit-gateway-association-wrong",
            format!("association of {attachment} with {} instead of {}", got.id, lost.id),
            format!(
                "transit gateway attachment {name} was moved: it is associated with route table {} instead of {}",
                named(world, got),
                named(world, lost)
            ),
        ),
        (Some(lost), None) => (
            "transit-gateway-association-missing",
            format!("association of {attachment} with {}", lost.id),
            format!(
                "transit gateway attachment {name} lost its association with route table {}",
                named(world, lost)
            ),
        ),
        _ => (
            "transit-gateway-association-wrong",
            format!("association of {attachment}"),
            format!(
                "transit gateway attachment {name} was associated with route table {}",
                got.map(|got| named(world, got)).unwrap_or_default()
            ),
        ),
    };
    Wording { defect: defect.to_owned(), resource: key, component, phrase }
}

fn propagation(edit: &Edit, world: &World, name: &str) -> Wording {
    let key =
        ResourceKey { kind: "AWS::EC2::TransitGatewayAttachment".to_owned(), id: element(edit).to_owned() };
    let attachment = named(world, &key);
    let verb = if is_removal(edit) { "no longer learns" } else { "now learns" };
    Wording {
        defect: "transit-gateway-propagation-changed".to_owned(),
        resource: edit.resource.clone(),
        component: format!("propagation from {}", key.id),
        phrase: format!(
            "transit gateway route table {name} {verb} the routes of attachment {attachment} (propagation)"
        ),
    }
}

fn subnet_association(edits: &[&Edit], world: &World) -> Wording {
    let first = edits.first();
    let kind = first.map(|edit| edit.resource.kind.as_str()).unwrap_or_default();
    let subnet = first.map(|edit| element(edit).to_owned()).unwrap_or_default();
    let of = |present: bool| {
        edits
            .iter()
            .filter(|edit| element(edit) == subnet && matches!(edit.after, State::Present(_)) == present)
            .map(|edit| &edit.resource)
            .next_back()
    };
    let is_acl = kind == "AWS::EC2::NetworkAcl";
    let thing = if is_acl { "network ACL" } else { "route table" };
    let subnet_key = ResourceKey { kind: "AWS::EC2::Subnet".to_owned(), id: subnet.clone() };
    let place = if subnet == "main" {
        "the main association".to_owned()
    } else {
        format!("subnet {}", named(world, &subnet_key))
    };
    let (component, phrase, resource) = match (of(false), of(true)) {
        (lost, Some(got)) => {
            let was = lost.map(|lost| format!(" instead of {}", named(world, lost))).unwrap_or_default();
            (
                format!("association of {subnet} with {}", got.id),
                format!("{place} was moved to {thing} {}{was}", named(world, got)),
                got.clone(),
            )
        }
        (Some(lost), None) => (
            format!("association of {subnet} with {}", lost.id),
            format!(
                "{place} lost its association with {thing} {} and fell back to the default one",
                named(world, lost)
            ),
            lost.clone(),
        ),
        (None, None) => (subnet.clone(), format!("{place} changed its {thing}"), subnet_key),
    };
    let defect = if is_acl { "network-acl-association-changed" } else { "route-table-association-changed" };
    Wording { defect: defect.to_owned(), resource, component, phrase }
}

fn acl_entry(edit: &Edit, name: &str) -> Wording {
    let text = |state: &State| match state {
        State::Present(entry) => acl_entry_text(entry),
        _ => String::new(),
    };
    let number = element(edit);
    let (verb, value) = match (&edit.before, &edit.after) {
        (before, State::Absent) => ("lost", text(before)),
        (State::Absent, after) => ("got", text(after)),
        (_, after) => ("had changed", text(after)),
    };
    let component = format!("{} entry {value}", number.replace(' ', " rule ")).trim_end().to_owned();
    Wording {
        defect: if verb == "lost" { "network-acl-entry-missing" } else { "network-acl-entry-changed" }
            .to_owned(),
        resource: edit.resource.clone(),
        phrase: format!("network ACL {name} {verb} its {component}"),
        component,
    }
}

/// `(allow tcp ports 443-443 10.0.0.0/8)`.
pub(crate) fn acl_entry_text(entry: &Value) -> String {
    let text = |member: &str| entry.get(member).and_then(Value::as_str).unwrap_or_default();
    let cidr = [text("CidrBlock"), text("Ipv6CidrBlock")].concat();
    let ports = match (entry.pointer("/PortRange/From"), entry.pointer("/PortRange/To")) {
        (Some(from), Some(to)) => format!(" ports {from}-{to}"),
        _ => String::new(),
    };
    let protocol = match text("Protocol") {
        "-1" => "all",
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        other => other,
    };
    format!("({} {protocol}{ports} {cidr})", text("RuleAction"))
}

fn endpoint_subnets(edits: &[&Edit], world: &World, name: &str) -> Wording {
    let own: Vec<&&Edit> = edits.iter().filter(|edit| edit.facet.member == "SubnetIds").collect();
    let subnets: Vec<&str> = own.iter().map(|edit| element(edit)).collect();
    let key = own
        .first()
        .map(|edit| edit.resource.clone())
        .unwrap_or(ResourceKey { kind: String::new(), id: String::new() });
    let left = world
        .get(&key)
        .map(butfor_world::Resource::value)
        .and_then(|value| value.get("SubnetIds").and_then(Value::as_array).map(Vec::len))
        .unwrap_or(0);
    let rest = if left == 0 {
        " and has no subnet left: no interface, although its state is available".to_owned()
    } else {
        format!("; {left} left")
    };
    let plural = if subnets.len() == 1 { "subnet" } else { "subnets" };
    Wording {
        defect: if left == 0 { "endpoint-without-subnets" } else { "endpoint-subnet-missing" }.to_owned(),
        resource: key,
        component: format!("{plural} {}", subnets.join(" and ")),
        phrase: format!("interface endpoint {name} lost its {plural} {}{rest}", subnets.join(" and ")),
    }
}

/// What changed in a rule group, rule by rule.
fn firewall_rules(edit: &Edit, name: &str) -> Wording {
    let (before, after) = (firewall_rule_texts(&edit.before), firewall_rule_texts(&edit.after));
    let list = |these: &[String], but: &[String]| -> Vec<String> {
        these.iter().filter(|rule| !but.contains(rule)).map(|rule| format!("`{rule}`")).collect()
    };
    let (added, removed) = (list(&after, &before), list(&before, &after));
    let mut parts = Vec::new();
    if !added.is_empty() {
        parts.push(format!("got the rule {}", added.join(" and ")));
    }
    if !removed.is_empty() {
        parts.push(format!("lost the rule {}", removed.join(" and ")));
    }
    if parts.is_empty() {
        parts.push("had the order or the settings of its rules changed".to_owned());
    }
    let component = if added.is_empty() { removed.join(" and ") } else { added.join(" and ") };
    Wording {
        defect: "firewall-rule-changed".to_owned(),
        resource: edit.resource.clone(),
        component: format!("rule {component}"),
        phrase: format!("network firewall rule group {name} {}", parts.join(" and ")),
    }
}

/// The stateful rules of a rule group, one text each, without comments.
pub(crate) fn firewall_rule_texts(state: &State) -> Vec<String> {
    let State::Present(group) = state else { return Vec::new() };
    let lines = group.pointer("/RulesSource/RulesString").and_then(Value::as_str).unwrap_or_default().lines();
    let lines =
        lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned);
    let structured =
        group.pointer("/RulesSource/StatefulRules").and_then(Value::as_array).into_iter().flatten();
    lines.chain(structured.map(Value::to_string)).collect()
}

fn unsaid(state: &State) -> bool {
    *state == State::Unknown
}

fn other(edit: &Edit, name: &str) -> Wording {
    let bare = edit.resource.kind.rsplit("::").next().unwrap_or_default();
    let kind = kind_word(&edit.resource.kind).unwrap_or(bare);
    let member = edit.facet.member.as_str();
    let element = element(edit);
    let part =
        [member, element].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ");
    let value = |state: &State| match state {
        // Only the command that needs a secret shows it.
        State::Present(value) if facets::is_secret(&edit.facet, value) => "a value not shown here".to_owned(),
        State::Present(Value::String(text)) => text.clone(),
        State::Present(value) if value.is_object() || value.is_array() => "a new value".to_owned(),
        State::Present(value) => value.to_string(),
        State::Absent => "nothing".to_owned(),
        State::Unknown => "an unknown value".to_owned(),
    };
    let (component, phrase) = match (&edit.before, &edit.after) {
        _ if member.is_empty() && is_removal(edit) => (kind.to_owned(), format!("{kind} {name} was deleted")),
        _ if member.is_empty() => (kind.to_owned(), format!("{kind} {name} was created")),
        (_, State::Absent) => (part.clone(), format!("{kind} {name} lost its {part}")),
        (State::Absent, _) => (part.clone(), format!("{kind} {name} got {part}")),
        (before, after) => (
            format!("{part} {}", value(after)),
            format!("{kind} {name} had its {part} changed from {} to {}", value(before), value(after)),
        ),
    };
    let (component, phrase) = match (edit.resource.kind.as_str(), member) {
        ("AWS::EC2::VPC", "EnableDnsSupport") => (
            member.to_owned(),
            format!("DNS support of VPC {name} was switched off: its resolver does not answer"),
        ),
        ("AWS::EC2::VPC", "EnableDnsHostnames") => (
            member.to_owned(),
            format!("DNS hostnames of VPC {name} were switched off: private names of endpoints are gone"),
        ),
        // A checksum says nothing to a reader.
        ("AWS::Lambda::Function", "CodeSha256") => {
            ("code".to_owned(), format!("{kind} {name} had its code replaced"))
        }
        ("AWS::Lambda::Function", "Environment/Variables")
            if edit.facet.element.is_none() && (unsaid(&edit.before) || unsaid(&edit.after)) =>
        {
            let phrase = format!("{kind} {name} may have had variables changed: the record does not say");
            ("variables".to_owned(), phrase)
        }
        _ => (component, phrase),
    };
    let what = [kind.trim_end_matches(" of"), member, if member.is_empty() { "deleted" } else { "changed" }]
        .join(" ");
    let defect = kebab(&what);
    Wording { defect, resource: edit.resource.clone(), component, phrase }
}

/// `nat-gateway-deleted` of `NAT gateway  deleted`.
fn kebab(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}
