//! The words reports share: grades, outcomes, durations, kinds of resources.

use crate::document::Tone;
use butfor_incident::{AffectedKind, Cause, GapReason, Grade, Outcome, ResourceRef, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The outcome in a word or two, and how it looks.
pub(crate) fn outcome(outcome: Outcome, causes: usize) -> (String, Tone) {
    let (word, tone) = match outcome {
        Outcome::RootCause if causes > 1 => return (format!("{causes} ROOT CAUSES"), Tone::Bad),
        Outcome::RootCause => ("ROOT CAUSE", Tone::Bad),
        Outcome::Recovered => ("RECOVERED", Tone::Good),
        Outcome::NoFault => ("NO FAULT", Tone::Good),
        Outcome::Competing => ("NOT DECIDED", Tone::Hedge),
        Outcome::Undetermined => ("UNDETERMINED", Tone::Hedge),
    };
    (word.to_owned(), tone)
}

/// The grade in words: how we know, not how sure we feel.
pub(crate) fn grade(cause: &Cause) -> (&'static str, String, Tone) {
    match cause.grade {
        Grade::Proven => {
            let act = if cause.change.is_some() { "undoing this change" } else { "mending this" };
            let together = match cause.together_with.as_slice() {
                [] => String::new(),
                others => format!(" together with {}, as neither is enough alone,", others.join(" and ")),
            };
            ("PROVEN", format!("{act}{together} in the model restores the {}", broken(cause)), Tone::Good)
        }
        Grade::Corroborated => (
            "CORROBORATED",
            "independent evidence names the same thing; not proven in the model".to_owned(),
            Tone::Hedge,
        ),
        Grade::Suspected => {
            ("SUSPECTED", "time and place fit, and nothing more is known".to_owned(), Tone::Hedge)
        }
    }
}

/// What a cause broke, in one word.
fn broken(cause: &Cause) -> &'static str {
    let requests = cause.affected.iter().filter(|it| it.kind == AffectedKind::Request).count();
    match (cause.affected.len(), requests) {
        (0, _) => "traffic",
        (1, 0) => "flow",
        (_, 0) => "flows",
        (1, 1) => "request",
        (all, requests) if all == requests => "requests",
        _ => "traffic",
    }
}

/// Why something could not be looked at.
pub(crate) fn gap_reason(reason: GapReason) -> &'static str {
    match reason {
        GapReason::Denied => "permission denied",
        GapReason::TimedOut => "no answer in time",
        GapReason::Throttled => "throttled",
        GapReason::NotConfigured => "not in the input",
        GapReason::Malformed => "could not be read",
        GapReason::Truncated => "cut off; there is more",
        GapReason::OverBudget => "limit reached",
        GapReason::NotYetVisible => "too recent to be visible",
    }
}

/// `security group orders-db`, and the id where it tells more; an ARN only where there is no name.
pub(crate) fn resource(resource: &ResourceRef) -> (String, Option<String>) {
    let kind = kind(&resource.kind);
    let name =
        resource.name.as_deref().map(str::trim).filter(|name| !name.is_empty() && *name != resource.id);
    match name {
        Some(name) if resource.id.starts_with("arn:") => (format!("{kind} {name}"), None),
        Some(name) => (format!("{kind} {name}"), Some(resource.id.clone())),
        None => (kind, Some(short_id(&resource.id).to_owned())),
    }
}

/// What an ARN names, without partition, account and region: `loadbalancer/app/web/50dc6c49`.
fn short_id(id: &str) -> &str {
    if !id.starts_with("arn:") {
        return id;
    }
    id.splitn(6, ':').nth(5).unwrap_or(id)
}

/// A CloudFormation type name in words: `AWS::EC2::NetworkAcl` becomes `network ACL`.
pub(crate) fn kind(type_name: &str) -> String {
    let name = type_name.rsplit("::").next().unwrap_or(type_name);
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for (i, &c) in chars.iter().enumerate() {
        let next_is_lower = chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        let starts = c.is_uppercase() && (!before.is_uppercase() || next_is_lower);
        match words.last_mut() {
            Some(word) if !starts => word.push(c),
            _ => words.push(c.to_string()),
        }
        before = c;
    }
    let spoken = words.iter().map(|word| match word.as_str() {
        "Nat" | "Acl" | "Vpc" => word.to_uppercase(),
        _ if word.chars().count() > 1 && word.chars().all(char::is_uppercase) => word.clone(),
        _ => word.to_lowercase(),
    });
    spoken.collect::<Vec<_>>().join(" ")
}

/// `2026-05-02 13:37:00 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    format!("{} {} UTC", at.date(), at.clock())
}

/// How long a change came before (or after) the alarm.
pub(crate) fn distance(change: Timestamp, alarm: Timestamp) -> String {
    let seconds = alarm.seconds_since(change);
    match seconds {
        0 => "at the moment of the alarm".to_owned(),
        1.. => format!("{} before the alarm", duration(seconds)),
        _ => format!("{} after the alarm", duration(seconds.saturating_neg())),
    }
}

/// A duration in its two largest units.
fn duration(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let parts =
        [(days, if days == 1 { "day" } else { "days" }), (hours, "h"), (minutes, "min"), (seconds % 60, "s")];
    let shown = parts.iter().skip_while(|(count, _)| *count == 0).take(2).filter(|(count, _)| *count > 0);
    shown.map(|(count, unit)| format!("{count} {unit}")).collect::<Vec<_>>().join(" ")
}

/// Groups members by key: keys in order of first appearance, and so the members of each, every member once.
pub(crate) fn fold<K: Ord + Copy, M: Ord + Copy>(pairs: impl Iterator<Item = (K, M)>) -> Vec<(K, Vec<M>)> {
    let mut places: BTreeMap<K, usize> = BTreeMap::new();
    let mut seen: BTreeSet<(K, M)> = BTreeSet::new();
    let mut groups: Vec<(K, Vec<M>)> = Vec::new();
    for (key, member) in pairs {
        let place = *places.entry(key).or_insert(groups.len());
        let is_new = seen.insert((key, member));
        match groups.get_mut(place) {
            Some((_, members)) if is_new => members.push(member),
            Some(_) => {}
            None => groups.push((key, vec![member])),
        }
    }
    groups
}

/// How many names stand for a group before the rest is only counted.
const NAMES_SHOWN: usize = 3;

/// The first few names, and how many more there are.
pub(crate) fn some(names: &[&str]) -> String {
    // Four names are not longer than three and a count.
    let shown = if names.len() == NAMES_SHOWN + 1 { names.len() } else { NAMES_SHOWN };
    let text = names.iter().take(shown).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(shown) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// `1 flow`, `3 flows`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A share, 0 to 1, as a percentage; never rounded up to all or down to nothing.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        _ if percent > 99.0 && percent < 100.0 => "over 99%".to_owned(),
        _ if percent > 0.0 && percent < 1.0 => "under 1%".to_owned(),
        _ => format!("{percent:.0}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::{distance, fold, kind, percent, resource, some};
    use butfor_incident::{ResourceRef, Timestamp};

    #[test]
    fn a_type_name_becomes_words() {
        let check = |name, expected| assert_eq!(kind(name), expected, "{name}");
        check("AWS::EC2::SecurityGroup", "security group");
        check("AWS::EC2::NetworkAcl", "network ACL");
        check("AWS::EC2::NatGateway", "NAT gateway");
        check("AWS::EC2::VPCPeeringConnection", "VPC peering connection");
        check("AWS::EC2::TransitGatewayRouteTable", "transit gateway route table");
        check("AWS::RDS::DBInstance", "DB instance");
        check("AWS::EC2::EIP", "EIP");
        check("", "");
    }

    #[test]
    fn members_are_grouped_in_order_and_once() {
        let pairs = [("b", 1), ("a", 2), ("b", 3), ("b", 1)];
        assert_eq!(fold(pairs.into_iter()), [("b", vec![1, 3]), ("a", vec![2])]);
    }

    #[test]
    fn a_group_is_a_few_names_and_a_count() {
        let check = |count: usize, expected| {
            let names = ["a", "b", "c", "d", "e"];
            assert_eq!(some(names.get(..count).unwrap()), expected);
        };
        check(0, "");
        check(1, "a");
        check(4, "a, b, c, d");
        check(5, "a, b, c and 2 more");
    }

    #[test]
    fn time_before_the_alarm_has_two_units() {
        let check = |seconds: i64, expected| {
            let alarm = Timestamp::from_seconds(1_000_000);
            assert_eq!(distance(alarm.plus_seconds(-seconds), alarm), expected);
        };
        check(439, "7 min 19 s before the alarm");
        check(60, "1 min before the alarm");
        check(7500, "2 h 5 min before the alarm");
        check(86_400 + 30, "1 day before the alarm");
        check(3 * 86_400 + 4 * 3600, "3 days 4 h before the alarm");
        check(0, "at the moment of the alarm");
        check(-45, "45 s after the alarm");
    }

    #[test]
    fn a_share_is_not_rounded_to_all_or_nothing() {
        let check = |share, expected| assert_eq!(percent(share), expected);
        check(0.9, "90%");
        check(0.999, "over 99%");
        check(0.001, "under 1%");
        check(1.0, "100%");
        check(0.0, "0%");
    }

    #[test]
    fn a_resource_is_not_a_wall_of_ids() {
        let check = |id: &str, name: Option<&str>, expected: (&str, Option<&str>)| {
            let it = ResourceRef {
                kind: "AWS::ElasticLoadBalancingV2::LoadBalancer".to_owned(),
                id: id.to_owned(),
                arn: None,
                name: name.map(str::to_owned),
                account: String::new(),
                region: String::new(),
            };
            let (words, id) = resource(&it);
            assert_eq!((words.as_str(), id.as_deref()), expected);
        };
        let arn = "arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/web/50dc6c49";
        check(arn, Some("web"), ("load balancer web", None));
        check(arn, None, ("load balancer", Some("loadbalancer/app/web/50dc6c49")));
        check("web", Some("web"), ("load balancer", Some("web")));
        check("lb-1", Some("web"), ("load balancer web", Some("lb-1")));
    }
}
