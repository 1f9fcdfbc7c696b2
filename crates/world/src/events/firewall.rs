//! AWS Network Firewall: rule groups, policies, and the zones a firewall has endpoints in.

use super::Event;
use super::part::Part;
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use serde_json::json;

const FIREWALL: &str = "AWS::NetworkFirewall::Firewall";
const POLICY: &str = "AWS::NetworkFirewall::FirewallPolicy";
const RULES: &str = "AWS::NetworkFirewall::RuleGroup";

pub(super) fn update_rule_group(event: &Event<'_>) -> Vec<Edit> {
    if event.asked.flag("DryRun") == Some(true) {
        return Vec::new();
    }
    let Some(arn) = arn(event, RULES, "RuleGroupArn", "RuleGroupResponse/RuleGroupArn", "RuleGroupName")
    else {
        return Vec::new();
    };
    let part = Part::of(RULES, &arn);
    // `Rules` is the short form: Suricata text in place of the structure.
    let content = match (event.asked.has("RuleGroup"), event.asked.text("Rules")) {
        (true, _) => event.asked.at("RuleGroup").value().clone(),
        (false, Some(rules)) => json!({"RulesSource": {"RulesString": rules}}),
        (false, None) => return Vec::new(),
    };
    vec![part.assigned("RuleGroup", content)]
}

pub(super) fn update_policy(event: &Event<'_>) -> Vec<Edit> {
    if event.asked.flag("DryRun") == Some(true) || !event.asked.has("FirewallPolicy") {
        return Vec::new();
    }
    let found = arn(
        event,
        POLICY,
        "FirewallPolicyArn",
        "FirewallPolicyResponse/FirewallPolicyArn",
        "FirewallPolicyName",
    );
    let content = event.asked.at("FirewallPolicy").value().clone();
    found.map(|arn| Part::of(POLICY, &arn).assigned("FirewallPolicy", content)).into_iter().collect()
}

pub(super) fn associate_policy(event: &Event<'_>) -> Vec<Edit> {
    let (Some(arn), Some(policy)) = (firewall(event), event.asked.text("FirewallPolicyArn")) else {
        return Vec::new();
    };
    vec![Part::of(FIREWALL, &arn).assigned("FirewallPolicyArn", json!(policy))]
}

pub(super) fn associate_subnets(event: &Event<'_>) -> Vec<Edit> {
    let Some(arn) = firewall(event) else { return Vec::new() };
    let part = Part::of(FIREWALL, &arn);
    let added = |mapping: Fields<'_>| {
        let subnet = mapping.text("SubnetId").or_else(|| mapping.only_text())?;
        let mut value = super::part::texts_of(mapping, &["IPAddressType"]);
        value.insert("SubnetId".to_owned(), json!(subnet));
        Some(part.added("SubnetMappings", subnet, value.into()))
    };
    event.asked.list("SubnetMappings").into_iter().filter_map(added).collect()
}

pub(super) fn disassociate_subnets(event: &Event<'_>) -> Vec<Edit> {
    let Some(arn) = firewall(event) else { return Vec::new() };
    let part = Part::of(FIREWALL, &arn);
    let removed = |subnet: String| {
        let before = State::Present(json!({"SubnetId": subnet}));
        part.removed("SubnetMappings", subnet, before)
    };
    event.asked.texts("SubnetIds").into_iter().map(removed).collect()
}

fn firewall(event: &Event<'_>) -> Option<String> {
    arn(event, FIREWALL, "FirewallArn", "FirewallArn", "FirewallName")
}

/// The calls take an ARN or a name; the answer always has the ARN.
fn arn(event: &Event<'_>, kind: &str, asked: &str, answered: &str, name: &str) -> Option<String> {
    let named = || event.ids.named(kind, &event.asked.text(name)?).map(str::to_owned);
    event.asked.text(asked).or_else(|| event.answered.text(answered)).or_else(named)
}
