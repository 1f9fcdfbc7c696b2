//! Commands for VPC peering connections.

use super::Place;
use super::gateway::{Revival, revived};
use super::plan::{Bucket, Done, Plan, unknown};
use super::route::mend_routes;
use super::shell::Call;
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use serde_json::Value;

pub(super) fn plan(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(edit) = bucket.edits.first() else { return Ok(()) };
    let (place, id) = (plan.place(edit)?, edit.resource.id.as_str());
    let code = match (&edit.facet.member, &edit.after, &edit.before) {
        (member, State::Present(Value::String(code)), State::Present(Value::String(before)))
            if !member.is_empty() =>
        {
            Some((code.as_str(), before.as_str()))
        }
        _ => None,
    };
    match code {
        Some(("active", "pending-acceptance")) => {
            let call = Call::ec2(&place, "AcceptVpcPeeringConnection").arg("--vpc-peering-connection-id", id);
            plan.push(call.caution("run it in the account that was asked").say(format!("Accept {id}")));
            return Ok(());
        }
        Some(("rejected", _)) => {
            let call = Call::ec2(&place, "RejectVpcPeeringConnection").arg("--vpc-peering-connection-id", id);
            plan.push(call.say(format!("Reject {id}")));
            return Ok(());
        }
        // An accepted connection cannot be made pending again; deleting it ends it as well.
        Some(("pending-acceptance", _)) => return delete(plan, &place, id),
        _ => {}
    }
    match revived(plan, edit, "Status/Code", "active")? {
        Revival::Gone => delete(plan, &place, id),
        Revival::Anew(document) => anew(plan, edit, &document),
    }
}

fn delete(plan: &mut Plan<'_>, place: &Place, id: &str) -> Done {
    let call = Call::ec2(place, "DeleteVpcPeeringConnection").arg("--vpc-peering-connection-id", plan.id(id));
    let call = call.caution("routes to it become blackholes");
    plan.push(call.say(format!("Delete {}", plan.shown(id))));
    Ok(())
}

fn anew(plan: &mut Plan<'_>, edit: &Edit, document: &Value) -> Done {
    let id = edit.resource.id.as_str();
    let fields = Fields::of(document);
    let side = |name: &str| {
        let side = fields.at(name);
        Some((side.text("VpcId")?, side.text("OwnerId")?, side.text("Region")))
    };
    let (Some((vpc, owner, region)), Some((peer_vpc, peer_owner, peer_region))) =
        (side("RequesterVpcInfo"), side("AccepterVpcInfo"))
    else {
        return Err(unknown(edit, "the two VPCs and their owners"));
    };
    let seen = plan.place(edit)?;
    let place_of = |vpc: &str, owner: &str, region: Option<&String>| match plan.document("AWS::EC2::VPC", vpc)
    {
        Some(found) => found.place(),
        None => Place { account: owner.to_owned(), region: region.unwrap_or(&seen.region).clone() },
    };
    let place = place_of(&vpc, &owner, region.as_ref());
    let peer = place_of(&peer_vpc, &peer_owner, peer_region.as_ref());
    let variable = plan.rename(id, "PEERING_ID");
    let call = Call::ec2(&place, "CreateVpcPeeringConnection")
        .arg("--vpc-id", vpc.as_str())
        .arg("--peer-vpc-id", peer_vpc.as_str())
        .arg("--peer-owner-id", peer_owner)
        .arg("--peer-region", peer.region.as_str())
        .caution(format!("the connection comes back under a new id, not {id}"));
    let query = "VpcPeeringConnection.VpcPeeringConnectionId";
    plan.push(call.keep(&variable, query, format!("Ask for the peering of {vpc} with {peer_vpc} anew")));
    let accept =
        Call::ec2(&peer, "AcceptVpcPeeringConnection").arg("--vpc-peering-connection-id", plan.id(id));
    let accept = if peer.account == place.account {
        accept
    } else {
        accept.caution(format!("run it with credentials of {}, keeping ${variable}", peer.account))
    };
    plan.push(accept.say(format!("Accept it for {peer_vpc}")));
    mend_routes(plan, id);
    Ok(())
}
