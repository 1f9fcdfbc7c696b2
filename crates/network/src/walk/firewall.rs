//! Through AWS Network Firewall.

use super::{Walker, place};
use crate::codes;
use crate::firewall::{self, Verdict};
use crate::model::Item;
use crate::model::firewall::Firewall;

const FIREWALL: &str = "AWS::NetworkFirewall::Firewall";
const POLICY: &str = "AWS::NetworkFirewall::FirewallPolicy";
const RULE_GROUP: &str = "AWS::NetworkFirewall::RuleGroup";

impl<'n> Walker<'n> {
    /// Asks the firewall's policy. A reply belongs to the connection that its stateful engine let through, if it comes
    /// by the same endpoint; that is looked at when both walks are known; semantics 67 to 69.
    pub(super) fn inspect(&mut self, firewall: &'n Item<Firewall>, endpoint: &str) {
        let network = self.network;
        if !self.forward() {
            self.hop(FIREWALL, firewall, format!("passes on the reply at {endpoint}"), None);
            return;
        }
        let Some(policy) = network.tables.firewall_policies.get(&firewall.firewall_policy_arn) else {
            let why = format!("its rules decide what {} lets through", firewall.id);
            self.miss(POLICY, Some(&firewall.firewall_policy_arn), place(firewall), why);
            return;
        };
        let groups = |arn: &str| network.tables.rule_groups.get(arn).map(|group| group.value.json());
        match firewall::decide(policy.json(), &groups, &self.packet) {
            Verdict::Pass(rule) => {
                self.hop(FIREWALL, firewall, format!("passes on at {endpoint}"), Some(rule))
            }
            Verdict::Drop(rule, group) => {
                match group.as_deref().and_then(|arn| network.tables.rule_groups.get(arn)) {
                    Some(group) => self.block(codes::FIREWALL_RULES_RESTRICTION, RULE_GROUP, group, rule),
                    None => self.block(codes::FIREWALL_RULES_RESTRICTION, POLICY, policy, rule),
                }
            }
            Verdict::Unknown(why, group) => {
                let (kind, id) = match &group {
                    Some(arn) => (RULE_GROUP, arn.as_str()),
                    None => (POLICY, &*policy.id),
                };
                self.miss(kind, Some(id), place(firewall), why);
            }
        }
    }
}
