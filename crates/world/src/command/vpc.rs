//! Commands for VPCs, subnets, prefix lists and VPC Block Public Access.

use super::plan::{Bucket, Done, Plan, element, removed, text, unknown, unsupported, wanted};
use super::shell::{Call, Word};
use crate::cloudtrail::Fields;
use crate::delta::Edit;
use serde_json::{Value, json};

pub(super) fn plan(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let (place, id) = (plan.place(edit)?, edit.resource.id.as_str());
        let base = |operation: &'static str| Call::ec2(&place, operation).arg("--vpc-id", id);
        let command = match edit.facet.member.as_str() {
            "EnableDnsSupport" => {
                attribute(edit, base("ModifyVpcAttribute"), "--enable-dns-support", "DNS resolution")?
            }
            "EnableDnsHostnames" => {
                attribute(edit, base("ModifyVpcAttribute"), "--enable-dns-hostnames", "DNS host names")?
            }
            "DhcpOptionsId" => {
                // Without options of its own a VPC has the set `default`.
                let options = wanted(edit)?.and_then(Value::as_str).unwrap_or("default");
                let call = Call::ec2(&place, "AssociateDhcpOptions").arg("--dhcp-options-id", options);
                call.arg("--vpc-id", id)
                    .caution("instances take the new DNS servers when they renew their DHCP lease")
                    .say(format!("Have {id} use {options}"))
            }
            "CidrBlockAssociationSet" | "Ipv6CidrBlockAssociationSet" => block(plan, edit, &base)?,
            "" if wanted(edit)?.is_none() => base("DeleteVpc").say(format!("Delete {id}")),
            "" => {
                return Err(unsupported(
                    edit,
                    "a VPC comes back under a new id, and everything in it with it",
                ));
            }
            _ => return Err(unsupported(edit, "this member has no call of its own")),
        };
        plan.push(command);
    }
    Ok(())
}

fn attribute(edit: &Edit, call: Call, flag: &str, name: &str) -> Result<super::Command, super::CommandError> {
    let is_on = wanted(edit)?.and_then(Value::as_bool).ok_or_else(|| unknown(edit, "whether it was on"))?;
    let turned = if is_on { "on" } else { "off" };
    Ok(call.json(flag, &json!({"Value": is_on})).say(format!("Turn {name} {turned} in {}", edit.resource.id)))
}

fn block(
    plan: &Plan<'_>,
    edit: &Edit,
    base: &dyn Fn(&'static str) -> Call,
) -> Result<super::Command, super::CommandError> {
    let (cidr, id, place) = (element(edit)?, edit.resource.id.as_str(), plan.place(edit)?);
    let is_ipv6 = edit.facet.member.starts_with("Ipv6");
    let Some(value) = wanted(edit)? else {
        let association = removed(plan, edit).and_then(|value| text(&value, "AssociationId"));
        let association = association.ok_or_else(|| unknown(edit, "the id of the association"))?;
        let call = Call::ec2(&place, "DisassociateVpcCidrBlock").arg("--association-id", association);
        return Ok(call.caution("fails while a subnet uses the block").say(format!("Take {cidr} from {id}")));
    };
    let call = base("AssociateVpcCidrBlock");
    if !is_ipv6 {
        return Ok(call.arg("--cidr-block", cidr).say(format!("Give {cidr} to {id}")));
    }
    let pool = text(value, "Ipv6Pool").filter(|pool| pool != "Amazon");
    let pool = pool.ok_or_else(|| unsupported(edit, "a block Amazon provided does not come back"))?;
    let call = call.arg("--ipv6-cidr-block", cidr).arg("--ipv6-pool", pool);
    Ok(call.say(format!("Give {cidr} to {id}")))
}

pub(super) fn subnet(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let id = edit.resource.id.as_str();
        if !edit.facet.member.is_empty() || wanted(edit)?.is_some() {
            return Err(unsupported(
                edit,
                "a subnet comes back under a new id: make it anew, and what was in it",
            ));
        }
        plan.push(
            Call::ec2(&plan.place(edit)?, "DeleteSubnet").arg("--subnet-id", id).say(format!("Delete {id}")),
        );
    }
    Ok(())
}

pub(super) fn prefix_list(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let (mut added, mut gone) = (Vec::new(), Vec::new());
    for edit in &bucket.edits {
        if edit.facet.member != "Cidrs" {
            return Err(unsupported(edit, "this member has no call of its own"));
        }
        let list = if wanted(edit)?.is_some() { &mut added } else { &mut gone };
        list.push(format!("Cidr={}", element(edit)?));
    }
    // The call names the version it changes; asking for it leaves nothing to be typed in.
    let version = Call::ec2(&place, "DescribeManagedPrefixLists")
        .arg("--prefix-list-ids", bucket.id)
        .arg("--query", "PrefixLists[0].Version")
        .arg("--output", "text")
        .line();
    let call = Call::ec2(&place, "ModifyManagedPrefixList")
        .arg("--prefix-list-id", bucket.id)
        .arg("--current-version", Word::Output(version))
        .args("--add-entries", &added)
        .args("--remove-entries", &gone);
    plan.push(call.say(format!("Set the entries of {}", bucket.id)));
    Ok(())
}

pub(super) fn block_public_access(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let mode = wanted(edit)?.and_then(|value| match value {
            Value::String(mode) => Some(mode.clone()),
            document => text(document, "InternetGatewayBlockMode"),
        });
        let mode = mode.ok_or_else(|| unknown(edit, "the mode"))?;
        let place = plan.place(edit)?;
        let call = Call::ec2(&place, "ModifyVpcBlockPublicAccessOptions");
        let call = call.arg("--internet-gateway-block-mode", mode.as_str());
        let call = call.caution("this is a setting of the whole account and Region");
        plan.push(call.say(format!("Set VPC Block Public Access of {} to {mode}", place.account)));
    }
    Ok(())
}

pub(super) fn exclusion(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let (place, id) = (plan.place(edit)?, edit.resource.id.as_str());
        let command = match (edit.facet.member.as_str(), wanted(edit)?) {
            ("InternetGatewayExclusionMode", Some(mode)) => {
                let mode = mode.as_str().ok_or_else(|| unknown(edit, "the mode"))?;
                let call = Call::ec2(&place, "ModifyVpcBlockPublicAccessExclusion").arg("--exclusion-id", id);
                call.arg("--internet-gateway-exclusion-mode", mode).say(format!("Set {id} to {mode}"))
            }
            ("", None) => {
                let call = Call::ec2(&place, "DeleteVpcBlockPublicAccessExclusion");
                let call = call.arg("--exclusion-id", plan.id(id));
                call.say(format!("Delete the exclusion {}", plan.shown(id)))
            }
            ("", Some(document)) => {
                let fields = Fields::of(document);
                // The resource is an ARN: arn:aws:ec2:us-east-1:111122223333:vpc/vpc-0123.
                let of = fields.text("ResourceArn").unwrap_or_default();
                let of = of.rsplit('/').next().unwrap_or_default().to_owned();
                let mode = fields.text("InternetGatewayExclusionMode");
                let mode = mode.ok_or_else(|| unknown(edit, "the mode"))?;
                let flag = match &of {
                    id if id.starts_with("vpc-") => "--vpc-id",
                    id if id.starts_with("subnet-") => "--subnet-id",
                    _ => return Err(unknown(edit, "the VPC or subnet it was for")),
                };
                let call = Call::ec2(&place, "CreateVpcBlockPublicAccessExclusion").arg(flag, of.as_str());
                let call = call.arg("--internet-gateway-exclusion-mode", mode);
                let call = call.caution(format!("the exclusion comes back under a new id, not {id}"));
                let query = "VpcBlockPublicAccessExclusion.ExclusionId";
                call.keep(&plan.rename(id, "EXCLUSION_ID"), query, format!("Make the exclusion of {of} anew"))
            }
            _ => return Err(unsupported(edit, "it follows from the exclusion's life")),
        };
        plan.push(command);
    }
    Ok(())
}
