//! Commands for virtual private gateways and VPN connections.

use super::gateway::{Revival, revived};
use super::plan::{Bucket, Done, Plan, element, unknown, unsupported, wanted};
use super::shell::Call;
use crate::cloudtrail::Fields;
use crate::delta::Edit;
use serde_json::{Value, json};

pub(super) fn gateway(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        let (place, id) = (plan.place(edit)?, edit.resource.id.as_str());
        let after = wanted(edit)?;
        if edit.facet.member.is_empty() {
            if after.is_some() {
                let needed =
                    "a gateway comes back under a new id: make it anew, with its VPC, connections and routes";
                return Err(unsupported(edit, needed));
            }
            plan.push(
                Call::ec2(&place, "DeleteVpnGateway").arg("--vpn-gateway-id", id).say(format!("Delete {id}")),
            );
            continue;
        }
        let vpc = element(edit)?;
        let (operation, text) = match after {
            Some(_) => ("AttachVpnGateway", format!("Attach {id} to {vpc}")),
            None => ("DetachVpnGateway", format!("Detach {id} from {vpc}")),
        };
        plan.push(Call::ec2(&place, operation).arg("--vpn-gateway-id", id).arg("--vpc-id", vpc).say(text));
    }
    Ok(())
}

pub(super) fn connection(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    for edit in &bucket.edits {
        if edit.facet.member == "Routes" {
            route(plan, edit)?;
            continue;
        }
        let (place, id) = (plan.place(edit)?, edit.resource.id.as_str());
        match revived(plan, edit, "State", "available")? {
            Revival::Anew(document) => anew(plan, edit, &document)?,
            Revival::Gone => {
                let call = Call::ec2(&place, "DeleteVpnConnection").arg("--vpn-connection-id", plan.id(id));
                let call = call.caution("its keys and tunnel addresses are lost");
                plan.push(call.say(format!("Delete {}", plan.shown(id))));
            }
        }
    }
    Ok(())
}

fn route(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, id, cidr) = (plan.place(edit)?, edit.resource.id.as_str(), element(edit)?);
    let (operation, text) = match wanted(edit)? {
        Some(_) => ("CreateVpnConnectionRoute", format!("Send {cidr} through {id}")),
        None => ("DeleteVpnConnectionRoute", format!("Stop sending {cidr} through {id}")),
    };
    let call = Call::ec2(&place, operation).arg("--vpn-connection-id", plan.id(id));
    plan.push(call.arg("--destination-cidr-block", cidr).say(text));
    Ok(())
}

fn anew(plan: &mut Plan<'_>, edit: &Edit, document: &Value) -> Done {
    let (place, id, fields) = (plan.place(edit)?, edit.resource.id.as_str(), Fields::of(document));
    let customer = fields.text("CustomerGatewayId").ok_or_else(|| unknown(edit, "its customer gateway"))?;
    let (vpn, transit) = (fields.text("VpnGatewayId"), fields.text("TransitGatewayId"));
    if vpn.is_none() && transit.is_none() {
        return Err(unknown(edit, "the gateway it ended at"));
    }
    let is_static = fields.flag("Options/StaticRoutesOnly").unwrap_or(false);
    let variable = plan.rename(id, "VPN_ID");
    let call = Call::ec2(&place, "CreateVpnConnection")
        .arg("--type", "ipsec.1")
        .arg("--customer-gateway-id", customer)
        .maybe("--vpn-gateway-id", vpn)
        .maybe("--transit-gateway-id", transit)
        .json("--options", &json!({"StaticRoutesOnly": is_static}))
        .caution("new id, keys and tunnel addresses: the device at the other end must be configured anew");
    plan.push(call.keep(&variable, "VpnConnection.VpnConnectionId", format!("Make {id} anew")));
    let wait = Call::ec2(&place, "WaitVpnConnectionAvailable").arg("--vpn-connection-ids", plan.id(id));
    plan.push(wait.say("Wait until the new VPN connection is there"));
    for route in fields.list("Routes") {
        if let Some(cidr) = route.text("DestinationCidrBlock").filter(|_| is_static) {
            let call = Call::ec2(&place, "CreateVpnConnectionRoute").arg("--vpn-connection-id", plan.id(id));
            let call = call.arg("--destination-cidr-block", cidr.as_str());
            plan.push(call.say(format!("Send {cidr} through the new connection")));
        }
    }
    Ok(())
}
