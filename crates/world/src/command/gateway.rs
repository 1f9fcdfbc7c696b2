//! Commands for internet, egress-only and NAT gateways, and public addresses.

use super::plan::{Bucket, Done, Plan, element, text, unknown, unsupported, wanted};
use super::route::mend_routes;
use super::shell::Call;
use super::{CommandError, Place};
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use crate::facets;
use serde_json::Value;

pub(super) fn internet(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let (place, id) = (plan.place(edit)?, edit.resource.id.as_str());
        if !edit.facet.member.is_empty() {
            internet_attachment(plan, edit)?;
            continue;
        }
        let Some(document) = wanted(edit)? else {
            let call = Call::ec2(&place, "DeleteInternetGateway").arg("--internet-gateway-id", plan.id(id));
            plan.push(call.caution("detach it first").say(format!("Delete {}", plan.shown(id))));
            continue;
        };
        let variable = plan.rename(id, "IGW_ID");
        let call = Call::ec2(&place, "CreateInternetGateway");
        let caution = format!("the gateway comes back under a new id, not {id}");
        let create = call.caution(caution).keep(
            &variable,
            "InternetGateway.InternetGatewayId",
            format!("Make {id} anew"),
        );
        plan.push(create);
        for attachment in Fields::of(document).list("Attachments") {
            if let Some(vpc) = attachment.text("VpcId") {
                let call = Call::ec2(&place, "AttachInternetGateway");
                let call = call.arg("--internet-gateway-id", plan.id(id)).arg("--vpc-id", vpc.as_str());
                plan.push(call.say(format!("Attach the new gateway to {vpc}")));
            }
        }
        mend_routes(plan, id);
    }
    Ok(())
}

fn internet_attachment(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, id, vpc) = (plan.place(edit)?, edit.resource.id.as_str(), element(edit)?);
    let (operation, text) = match wanted(edit)? {
        Some(_) => ("AttachInternetGateway", format!("Attach {id} to {vpc}; routes through it work again")),
        None => ("DetachInternetGateway", format!("Detach {id} from {vpc}")),
    };
    let call = Call::ec2(&place, operation).arg("--internet-gateway-id", plan.id(id)).arg("--vpc-id", vpc);
    plan.push(call.say(text));
    Ok(())
}

pub(super) fn egress_only(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let (place, id) = (plan.place(edit)?, edit.resource.id.as_str());
        if !edit.facet.member.is_empty() {
            return Err(unsupported(edit, "an egress-only gateway stays with its VPC until it is deleted"));
        }
        let Some(document) = wanted(edit)? else {
            let call = Call::ec2(&place, "DeleteEgressOnlyInternetGateway");
            let call = call.arg("--egress-only-internet-gateway-id", plan.id(id));
            plan.push(call.say(format!("Delete {}", plan.shown(id))));
            continue;
        };
        let vpc = Fields::of(document).list("Attachments").into_iter().find_map(|one| one.text("VpcId"));
        let vpc = vpc.ok_or_else(|| unknown(edit, "its VPC"))?;
        let variable = plan.rename(id, "EIGW_ID");
        let call = Call::ec2(&place, "CreateEgressOnlyInternetGateway").arg("--vpc-id", vpc);
        let call = call.caution(format!("the gateway comes back under a new id, not {id}"));
        let query = "EgressOnlyInternetGateway.EgressOnlyInternetGatewayId";
        plan.push(call.keep(&variable, query, format!("Make {id} anew")));
        mend_routes(plan, id);
    }
    Ok(())
}

pub(super) fn nat(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(edit) = bucket.edits.first() else { return Ok(()) };
    let (place, id) = (plan.place(edit)?, edit.resource.id.as_str());
    match revived(plan, edit, "State", "available")? {
        Revival::Anew(document) => nat_anew(plan, edit, &place, &document),
        Revival::Gone => {
            let call = Call::ec2(&place, "DeleteNatGateway").arg("--nat-gateway-id", plan.id(id));
            let call = call.caution("routes to it become blackholes");
            plan.push(call.say(format!("Delete {}", plan.shown(id))));
            Ok(())
        }
    }
}

/// Whether a resource that ends by state (`deleted`) or by absence is to come back.
pub(super) enum Revival {
    /// It must be made anew as this document has it.
    Anew(Value),
    /// It is to go.
    Gone,
}

/// What an edit of the whole resource or of its state member comes to.
pub(super) fn revived(
    plan: &Plan<'_>,
    edit: &Edit,
    member: &str,
    alive: &str,
) -> Result<Revival, CommandError> {
    let after = wanted(edit)?;
    match (edit.facet.member.as_str(), after) {
        ("", Some(document)) => Ok(Revival::Anew(document.clone())),
        ("", None) => Ok(Revival::Gone),
        (own, Some(state)) if own == member && state.as_str() == Some(alive) => {
            let found = plan.document(&edit.resource.kind, &edit.resource.id);
            let mut document = found.ok_or_else(|| unknown(edit, "its settings"))?.document;
            // What else it lost when it went comes back with it.
            for other in plan.delta.edits.iter().filter(|other| other.resource == edit.resource) {
                facets::apply(&edit.resource.kind, &mut document, other);
            }
            Ok(Revival::Anew(document))
        }
        (own, Some(state)) if own == member && matches!(state.as_str(), Some("deleted" | "deleting")) => {
            Ok(Revival::Gone)
        }
        _ => Err(unsupported(edit, "it follows from the resource's life and has no call of its own")),
    }
}

fn nat_anew(plan: &mut Plan<'_>, edit: &Edit, place: &Place, document: &Value) -> Done {
    let id = edit.resource.id.as_str();
    let fields = Fields::of(document);
    let addresses = fields.list("NatGatewayAddresses");
    let is_private = fields.text("ConnectivityType").as_deref() == Some("private");
    let is_regional = fields.text("AvailabilityMode").as_deref() == Some("regional");
    let call = Call::ec2(place, "CreateNatGateway");
    let call = if is_regional {
        let vpc = fields.text("VpcId").ok_or_else(|| unknown(edit, "its VPC"))?;
        call.arg("--availability-mode", "regional").arg("--vpc-id", vpc)
    } else {
        let subnet = fields.text("SubnetId").ok_or_else(|| unknown(edit, "its subnet"))?;
        call.arg("--subnet-id", subnet)
    };
    let allocations: Vec<_> = addresses.iter().filter_map(|one| one.text("AllocationId")).collect();
    let call = match (is_private, is_regional, allocations.split_first()) {
        (true, ..) => call
            .arg("--connectivity-type", "private")
            .maybe("--private-ip-address", addresses.first().and_then(|one| one.text("PrivateIp"))),
        (false, true, _) => call,
        (false, false, Some((first, others))) => {
            call.arg("--allocation-id", plan.id(first)).args("--secondary-allocation-ids", others)
        }
        (false, false, None) => return Err(unknown(edit, "the Elastic IP address it had")),
    };
    let variable = plan.rename(id, "NAT_ID");
    let call = call.caution(format!(
        "the gateway comes back under a new id, not {id}; its Elastic IP must still be ours and free"
    ));
    plan.push(call.keep(&variable, "NatGateway.NatGatewayId", format!("Make {id} anew")));
    let wait = Call::ec2(place, "WaitNatGatewayAvailable").arg("--nat-gateway-ids", plan.id(id));
    plan.push(wait.say("Wait until the new NAT gateway works, usually a few minutes"));
    mend_routes(plan, id);
    Ok(())
}

/// Addresses and their interfaces: the two sides of one association.
pub(super) fn address(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        match (edit.resource.kind.as_str(), edit.facet.member.as_str()) {
            ("AWS::EC2::EIP", "") => whole_address(plan, edit)?,
            ("AWS::EC2::EIP", "NetworkInterfaceId") => associate(plan, edit)?,
            ("AWS::EC2::EIP", "AssociationId") => {
                let is_planned = bucket.edits.iter().any(|other| {
                    other.resource == edit.resource && other.facet.member == "NetworkInterfaceId"
                });
                if !is_planned {
                    match wanted(edit)? {
                        Some(_) => {
                            return Err(unknown(edit, "the interface the address was associated with"));
                        }
                        None => disassociate(plan, edit)?,
                    }
                }
            }
            _ => interface_side(plan, bucket, edit)?,
        }
    }
    Ok(())
}

fn associate(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let Some(interface) = wanted(edit)? else { return disassociate(plan, edit) };
    let interface = interface.as_str().ok_or_else(|| unknown(edit, "the interface"))?;
    let allocation = edit.resource.id.as_str();
    let place = plan.place(edit)?;
    // The interface may have several private addresses; the association named one.
    let private = plan.document("AWS::EC2::NetworkInterface", interface).and_then(|found| {
        let is_this =
            |address: &Fields<'_>| address.text("Association/AllocationId").as_deref() == Some(allocation);
        let addresses = Fields::of(&found.document).list("PrivateIpAddresses");
        addresses.into_iter().filter(is_this).find_map(|address| address.text("PrivateIpAddress"))
    });
    let call = Call::ec2(&place, "AssociateAddress")
        .arg("--allocation-id", plan.id(allocation))
        .arg("--network-interface-id", interface)
        .maybe("--private-ip-address", private);
    plan.push(call.say(format!("Give {interface} the address {allocation}")));
    Ok(())
}

fn disassociate(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let key = &edit.resource;
    let observed = plan.document(&key.kind, &key.id).and_then(|found| text(&found.document, "AssociationId"));
    let known = || {
        plan.delta
            .edits
            .iter()
            .filter(|other| other.resource == *key && other.facet.member == "AssociationId")
            .find_map(|other| match &other.before {
                State::Present(Value::String(id)) => Some(id.clone()),
                _ => None,
            })
    };
    let id = observed.or_else(known).ok_or_else(|| unknown(edit, "the id of the association"))?;
    let call = Call::ec2(&plan.place(edit)?, "DisassociateAddress").arg("--association-id", id);
    plan.push(call.say(format!("Take the address {} from its interface", key.id)));
    Ok(())
}

/// The interface's side, where the address's side is not in the delta.
fn interface_side(plan: &mut Plan<'_>, bucket: &Bucket<'_>, edit: &Edit) -> Done {
    let has_address = bucket.edits.iter().any(|other| other.resource.kind == "AWS::EC2::EIP");
    if has_address {
        return Ok(());
    }
    let (place, interface) = (plan.place(edit)?, edit.resource.id.as_str());
    match wanted(edit)? {
        Some(association) => {
            let allocation = text(association, "AllocationId").ok_or_else(|| {
                unsupported(
                    edit,
                    "an address AWS assigned itself does not come back; allocate and associate an Elastic IP",
                )
            })?;
            let call = Call::ec2(&place, "AssociateAddress").arg("--allocation-id", allocation.as_str());
            let call = call.arg("--network-interface-id", interface);
            plan.push(call.say(format!("Give {interface} the address {allocation}")));
        }
        None => {
            let id =
                super::plan::removed(plan, edit).and_then(|association| text(&association, "AssociationId"));
            let id = id.ok_or_else(|| unknown(edit, "the id of the association"))?;
            let call = Call::ec2(&place, "DisassociateAddress").arg("--association-id", id);
            plan.push(call.say(format!("Take its public address from {interface}")));
        }
    }
    Ok(())
}

fn whole_address(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let id = edit.resource.id.as_str();
    let Some(document) = wanted(edit)? else {
        let call = Call::ec2(&plan.place(edit)?, "ReleaseAddress").arg("--allocation-id", plan.id(id));
        let call = call.caution("a released address may never come back");
        plan.push(call.say(format!("Release {}", plan.shown(id))));
        return Ok(());
    };
    let place = plan.place(edit)?;
    let ip = text(document, "PublicIp").ok_or_else(|| unknown(edit, "the public address"))?;
    let variable = plan.rename(id, "ALLOCATION_ID");
    let call = Call::ec2(&place, "AllocateAddress").arg("--domain", "vpc").arg("--address", ip.as_str());
    let call =
        call.caution(format!("works only while nobody else was given {ip}; the allocation id will be new"));
    plan.push(call.keep(&variable, "AllocationId", format!("Ask for the address {ip} back")));
    if let Some(interface) = text(document, "NetworkInterfaceId") {
        let call = Call::ec2(&place, "AssociateAddress").arg("--allocation-id", plan.id(id));
        let call = call.arg("--network-interface-id", interface.as_str());
        plan.push(call.say(format!("Give {interface} the address {ip}")));
    }
    Ok(())
}
