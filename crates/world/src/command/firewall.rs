//! Commands for AWS Network Firewall.

use super::Place;
use super::plan::{Bucket, Done, Plan, element, text, unknown, unsupported, wanted};
use super::shell::{Call, Word};
use crate::delta::Edit;

fn call(place: &Place, operation: &'static str) -> Call {
    Call::new(place, "network-firewall", operation)
}

pub(super) fn rule_group(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let describe = ("DescribeRuleGroup", "--rule-group-arn");
    content(plan, bucket, "RuleGroup", "UpdateRuleGroup", "--rule-group", describe)
}

pub(super) fn policy(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let describe = ("DescribeFirewallPolicy", "--firewall-policy-arn");
    content(plan, bucket, "FirewallPolicy", "UpdateFirewallPolicy", "--firewall-policy", describe)
}

fn content(
    plan: &mut Plan<'_>,
    bucket: &Bucket<'_>,
    member: &str,
    operation: &'static str,
    flag: &str,
    (describe, arn): (&'static str, &str),
) -> Done {
    for edit in &bucket.edits {
        if edit.facet.member != member {
            return Err(unsupported(edit, "only the content can be set"));
        }
        let place = plan.place(edit)?;
        let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the content it had"))?;
        let token = token(plan, edit, &place, describe, arn);
        let caution = match token {
            Word::Output(_) => "the update replaces whatever the content is when it runs: look at it first",
            _ => "the update is refused if somebody changed the content since it was observed",
        };
        let command = call(&place, operation)
            .arg(arn, bucket.id)
            .arg("--update-token", token)
            .json(flag, value)
            .caution(caution);
        plan.push(command.say(format!("Put the content of {} back", name(bucket.id))));
    }
    Ok(())
}

/// The token of the state the update is based on: as observed, else asked for in the same command.
fn token(plan: &Plan<'_>, edit: &Edit, place: &Place, describe: &'static str, arn: &str) -> Word {
    let found = plan.document(&edit.resource.kind, &edit.resource.id);
    match found.and_then(|found| text(&found.document, "UpdateToken")) {
        Some(token) => Word::Text(token),
        None => {
            let ask = call(place, describe).arg(arn, edit.resource.id.as_str());
            Word::Output(ask.arg("--query", "UpdateToken").arg("--output", "text").line())
        }
    }
}

fn name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

pub(super) fn firewall(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for edit in &bucket.edits {
        match edit.facet.member.as_str() {
            "FirewallPolicyArn" => {
                let policy = wanted(edit)?.and_then(|value| value.as_str());
                let policy = policy.ok_or_else(|| unknown(edit, "the policy it had"))?;
                let command = call(&place, "AssociateFirewallPolicy").arg("--firewall-arn", bucket.id);
                let command = command.arg("--firewall-policy-arn", policy);
                plan.push(command.say(format!("Have {} use {}", name(bucket.id), name(policy))));
            }
            "SubnetMappings" => match wanted(edit)? {
                Some(value) => {
                    let kind = text(value, "IPAddressType").map(|kind| format!(",IPAddressType={kind}"));
                    added.push(format!("SubnetId={}{}", element(edit)?, kind.unwrap_or_default()));
                }
                None => removed.push(element(edit)?.to_owned()),
            },
            _ => {
                return Err(unsupported(
                    edit,
                    "a firewall comes back with new endpoints: make it anew, with its routes",
                ));
            }
        }
    }
    if !added.is_empty() {
        let command = call(&place, "AssociateSubnets").arg("--firewall-arn", bucket.id);
        let command = command.caution("the new endpoints have new ids: routes must be sent to them");
        let command = command.args("--subnet-mappings", &added);
        plan.push(command.say(format!("Have {} in more subnets", name(bucket.id))));
    }
    if !removed.is_empty() {
        let command = call(&place, "DisassociateSubnets")
            .arg("--firewall-arn", bucket.id)
            .args("--subnet-ids", &removed);
        plan.push(command.say(format!("Take {} out of {}", name(bucket.id), removed.join(" and "))));
    }
    Ok(())
}
