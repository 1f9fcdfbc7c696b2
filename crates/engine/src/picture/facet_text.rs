//! A part of a resource as short text that people read: a rule, a route, the statements of a policy.

use crate::wording::{acl_entry_text, firewall_rule_texts, route_target, rule};
use butfor_world::{Facet, State, facets};
use serde_json::Value;

/// Characters of one side of a comparison at the most: a few statements of a policy.
const SIDE_CHARS_MAX: usize = 1_200;

/// What a value that may be a secret is called.
const HIDDEN: &str = "a value not shown here";

/// Which part of its resource a facet is: `inbound rule tcp/5432 from sg-0123`, `route 0.0.0.0/0`.
pub(super) fn part(kind: &str, facet: &Facet) -> String {
    let element = facet.element.as_deref().unwrap_or_default();
    match (kind, facet.member.as_str()) {
        (_, "") => "all of it".to_owned(),
        ("AWS::EC2::SecurityGroup", "IpPermissions") => spaced("inbound rule", &rule(element, "from")),
        ("AWS::EC2::SecurityGroup", "IpPermissionsEgress") => spaced("outbound rule", &rule(element, "to")),
        (_, "Routes") => spaced("route", element),
        ("AWS::EC2::NetworkAcl", "Entries") => spaced(&element.replacen(' ', " rule ", 1), ""),
        (_, "Associations") => spaced("association of", element),
        (_, "Propagations") => spaced("propagation from", element),
        ("AWS::IAM::Role", "AssumeRolePolicyDocument") => "trust policy".to_owned(),
        (_, "InlinePolicies") => spaced("inline policy", element),
        (_, "AttachedPolicies") => spaced("managed policy", element),
        (_, "Policy" | "ResourcePolicy" | "PolicyDocument" | "KeyPolicy" | "Content") => "policy".to_owned(),
        (_, "Environment/Variables") if element.is_empty() => "environment variables".to_owned(),
        (_, member) => spaced(member_word(member), element),
    }
}

/// What people call a member; others by their API's name, which is what they look for.
fn member_word(member: &str) -> &str {
    match member {
        "Environment/Variables" => "environment variable",
        "ReservedConcurrentExecutions" => "reserved concurrency",
        "SubnetIds" | "VpcConfig/SubnetIds" => "subnet",
        "RouteTableIds" => "route table",
        "Groups" | "SecurityGroups" | "VpcSecurityGroups" | "VpcConfig/SecurityGroupIds" => "security group",
        "Timeout" => "time-out in seconds",
        "MemorySize" => "memory in MB",
        "Role" => "role",
        "IamInstanceProfile" => "instance profile",
        "CodeSha256" => "digest of the code",
        other => other,
    }
}

fn spaced(word: &str, rest: &str) -> String {
    [word, rest].join(" ").trim().to_owned()
}

/// Both sides; `None` for what is not there or not known. Of policies and rule groups only what differs is shown.
pub(super) fn pair(
    kind: &str,
    facet: &Facet,
    before: &State,
    now: &State,
) -> (Option<String>, Option<String>) {
    let (Some(was), Some(is)) = (lines(kind, before), lines(kind, now)) else {
        return (side(kind, facet, before), side(kind, facet, now));
    };
    let only = |own: &[String], other: &[String]| {
        own.iter().filter(|line| !other.contains(line)).cloned().collect::<Vec<_>>()
    };
    let (was_only, is_only) = (only(&was, &is), only(&is, &was));
    if was_only.is_empty() && is_only.is_empty() {
        return (Some(listed(was, 0)), Some(listed(is, 0)));
    }
    let same = is.len() - is_only.len();
    (Some(listed(was_only, same)), Some(listed(is_only, same)))
}

/// The lines of what is made of them: statements of a policy, rules of a firewall.
fn lines(kind: &str, state: &State) -> Option<Vec<String>> {
    match state {
        State::Present(_) if kind == "AWS::NetworkFirewall::RuleGroup" => Some(firewall_rule_texts(state)),
        State::Present(value) => statements(value),
        State::Absent | State::Unknown => None,
    }
}

/// Lines, and how many others there are on both sides.
fn listed(lines: Vec<String>, same: usize) -> String {
    let rest = match same {
        0 => None,
        1 => Some("1 more, the same on both sides".to_owned()),
        count => Some(format!("{count} more, the same on both sides")),
    };
    let all: Vec<String> = lines.into_iter().chain(rest).collect();
    if all.is_empty() { "nothing in it".to_owned() } else { cut(&all.join("\n")) }
}

fn side(kind: &str, facet: &Facet, state: &State) -> Option<String> {
    match state {
        State::Present(value) => Some(cut(&text(kind, facet, value))),
        State::Absent | State::Unknown => None,
    }
}

fn text(kind: &str, facet: &Facet, value: &Value) -> String {
    let element = facet.element.as_deref().unwrap_or_default();
    // Variables are never shown: they may be secrets.
    if facets::is_secret(facet, value) || facet.member.starts_with("Environment") {
        return HIDDEN.to_owned();
    }
    match (kind, facet.member.as_str()) {
        (_, "") => "there".to_owned(),
        ("AWS::EC2::SecurityGroup", "IpPermissions") => rule(element, "from"),
        ("AWS::EC2::SecurityGroup", "IpPermissionsEgress") => rule(element, "to"),
        (_, "Routes") => route(value),
        ("AWS::EC2::NetworkAcl", "Entries") => {
            acl_entry_text(value).trim_matches(['(', ')']).trim().to_owned()
        }
        (_, "Associations") => "associated".to_owned(),
        (_, "Propagations") => "propagated".to_owned(),
        (_, "AttachedPolicies") => "attached".to_owned(),
        _ => {
            let lines = lines(kind, &State::Present(value.clone()));
            lines.map_or_else(|| plain(value), |lines| listed(lines, 0))
        }
    }
}

/// `to nat-0123`, `to nat-0123 (blackhole)`.
fn route(value: &Value) -> String {
    route_target(value).map_or_else(|| "to an unknown target".to_owned(), |target| format!("to {target}"))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// The statements of a policy, one line each; `None` when it is none.
fn statements(value: &Value) -> Option<Vec<String>> {
    let inner = value.get("PolicyDocument").or_else(|| value.get("Document")).unwrap_or(value);
    let document = facets::policy_document(inner)?;
    match document.get("Statement")? {
        Value::Array(all) => Some(all.iter().map(statement).collect()),
        one => Some(vec![statement(one)]),
    }
}

/// `Deny s3:GetObject on arn:aws:s3:::a/* to * if StringNotEquals aws:SourceVpce vpce-0123 (OnlyFromVpc)`.
fn statement(statement: &Value) -> String {
    let list = |names: [&str; 2]| {
        let [plain, negated] = names;
        match (statement.get(plain), statement.get(negated)) {
            (Some(value), _) => Some(words(value)),
            (None, Some(value)) => Some(format!("all but {}", words(value))),
            (None, None) => None,
        }
    };
    let effect = statement.get("Effect").and_then(Value::as_str).unwrap_or("no effect:");
    let mut line = format!("{effect} {}", list(["Action", "NotAction"]).unwrap_or_default());
    if let Some(resource) = list(["Resource", "NotResource"]) {
        line.push_str(&format!(" on {resource}"));
    }
    if let Some(principal) = list(["Principal", "NotPrincipal"]) {
        line.push_str(&format!(" to {principal}"));
    }
    let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
    let conditions: Vec<String> = operators
        .flat_map(|(operator, keys)| {
            keys.as_object()
                .into_iter()
                .flatten()
                .map(move |(key, value)| format!("{operator} {key} {}", words(value)))
        })
        .collect();
    if !conditions.is_empty() {
        line.push_str(&format!(" if {}", conditions.join(" and ")));
    }
    if let Some(sid) = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty()) {
        line.push_str(&format!(" ({sid})"));
    }
    line
}

/// A text, a list of them, or principals by kind.
fn words(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            map.iter().map(|(kind, value)| format!("{kind} {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        other => plain(other),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SIDE_CHARS_MAX {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(SIDE_CHARS_MAX - 1).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn facet(member: &str, element: Option<&str>) -> Facet {
        Facet { member: member.into(), element: element.map(str::to_owned) }
    }

    fn check(
        kind: &str,
        facet: &Facet,
        before: State,
        now: State,
        expected: (&str, Option<&str>, Option<&str>),
    ) {
        let (was, is) = pair(kind, facet, &before, &now);
        assert_eq!((part(kind, facet).as_str(), was.as_deref(), is.as_deref()), expected);
    }

    #[test]
    fn parts_of_the_network_are_rules_and_routes() {
        let rule = facet("IpPermissions", Some("tcp 5432-5432 sg-1"));
        let there = State::Present(json!({"IpProtocol": "tcp"}));
        let expected = ("inbound rule tcp/5432 from sg-1", Some("tcp/5432 from sg-1"), None);
        check("AWS::EC2::SecurityGroup", &rule, there, State::Absent, expected);
        let route = facet("Routes", Some("0.0.0.0/0"));
        let was = State::Present(json!({"NatGatewayId": "nat-1", "State": "active"}));
        let is = State::Present(json!({"NatGatewayId": "nat-2", "State": "blackhole"}));
        let expected = ("route 0.0.0.0/0", Some("to nat-1"), Some("to nat-2 (blackhole)"));
        check("AWS::EC2::RouteTable", &route, was, is, expected);
        let entry = facet("Entries", Some("ingress 90"));
        let deny = json!({"RuleAction": "deny", "Protocol": "6", "CidrBlock": "10.0.0.0/8", "PortRange": {"From": 1, "To": 2}});
        let expected = ("ingress rule 90", None, Some("deny tcp ports 1-2 10.0.0.0/8"));
        check("AWS::EC2::NetworkAcl", &entry, State::Absent, State::Present(deny), expected);
        let unknown = ("route 0.0.0.0/0", None, None);
        check("AWS::EC2::RouteTable", &route, State::Unknown, State::Absent, unknown);
    }

    #[test]
    fn of_a_policy_only_what_differs_is_shown() {
        let read = json!({"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::a/*"});
        let deny = json!({"Effect": "Deny", "Principal": "*", "NotAction": "s3:ListBucket", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}});
        let was = State::Present(json!({"Statement": [read]}));
        let is = State::Present(Value::String(json!({"Statement": [read, deny]}).to_string()));
        let same = "1 more, the same on both sides";
        let now =
            format!("Deny all but s3:ListBucket on * to * if StringNotEquals aws:SourceVpce vpce-1\n{same}");
        check("AWS::S3::Bucket", &facet("Policy", None), was, is, ("policy", Some(same), Some(&now)));
    }

    #[test]
    fn variables_are_not_shown() {
        let name = facet("Environment/Variables", Some("TABLE"));
        let value = State::Present(json!("orders"));
        let expected = ("environment variable TABLE", Some(HIDDEN), None);
        check("AWS::Lambda::Function", &name, value, State::Absent, expected);
    }
}
