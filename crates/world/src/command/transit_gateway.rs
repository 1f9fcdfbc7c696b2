//! Commands for transit gateways, their attachments and route tables.

use super::gateway::{Revival, revived};
use super::plan::{Bucket, Done, Plan, element, text_key, unknown, unsupported, wanted};
use super::shell::Call;
use super::{CommandError, Place};
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use serde_json::{Map, Value};

const TABLE: &str = "AWS::EC2::TransitGatewayRouteTable";

/// An association is a request; the next one is refused while it runs (TGW guide, route table association).
const SETTLE: &str = "the association must have reached `disassociated` before the attachment can be associated again, \
                      about a minute; repeat the next command until it is accepted";

pub(super) fn table(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    match first.facet.member.as_str() {
        "Associations" => associations(plan, bucket),
        "Propagations" => bucket.edits.iter().try_for_each(|edit| propagation(plan, edit)),
        "Routes" => bucket.edits.iter().try_for_each(|edit| route(plan, edit)),
        "" if wanted(first)?.is_none() => {
            let id = first.resource.id.as_str();
            let call = Call::ec2(&plan.place(first)?, "DeleteTransitGatewayRouteTable");
            let call = call.arg("--transit-gateway-route-table-id", id);
            plan.push(call.caution("fails while an attachment uses the table").say(format!("Delete {id}")));
            Ok(())
        }
        _ => Err(unsupported(
            first,
            "a table comes back under a new id: make it anew, with its associations and routes",
        )),
    }
}

/// First everything that is left, then everything that is entered: an attachment has one association at most.
fn associations(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let entering: Vec<_> = bucket.edits.iter().filter(|edit| edit.after != State::Absent).collect();
    for edit in &bucket.edits {
        if wanted(edit)?.is_none() {
            let attachment = element(edit)?;
            let is_moving = entering.iter().any(|other| other.facet.element.as_deref() == Some(attachment));
            let place = plan.place(edit)?;
            leave(plan, &place, &edit.resource.id, attachment, is_moving);
        }
    }
    for edit in entering {
        let (place, attachment) = (plan.place(edit)?, element(edit)?);
        // Another table may have it by now, which the delta does not know of.
        let others = plan.world.of_kind(TABLE).into_iter().filter(|(table, found)| {
            let has = Fields::of(&found.document).list("Associations").into_iter().any(|one| {
                one.text("TransitGatewayAttachmentId").as_deref() == Some(attachment)
                    && one.text("State").is_none_or(|state| state.starts_with("associat"))
            });
            let is_left = bucket.edits.iter().any(|other| {
                other.resource.id == *table && other.facet.element.as_deref() == Some(attachment)
            });
            has && !is_left
        });
        for (table, found) in others.collect::<Vec<_>>() {
            leave(plan, &found.place(), &table, attachment, true);
        }
        let table = edit.resource.id.as_str();
        let call = member_call(plan, &place, "AssociateTransitGatewayRouteTable", table, attachment);
        plan.push(call.say(format!("Have traffic from {attachment} looked up in {table}")));
    }
    Ok(())
}

fn leave(plan: &mut Plan<'_>, place: &Place, table: &str, attachment: &str, is_moving: bool) {
    let call = member_call(plan, place, "DisassociateTransitGatewayRouteTable", table, attachment);
    let call = if is_moving { call.caution(SETTLE) } else { call };
    plan.push(call.say(format!("Stop looking up traffic from {attachment} in {table}")));
}

fn member_call(
    plan: &Plan<'_>,
    place: &Place,
    operation: &'static str,
    table: &str,
    attachment: &str,
) -> Call {
    Call::ec2(place, operation)
        .arg("--transit-gateway-route-table-id", table)
        .arg("--transit-gateway-attachment-id", plan.id(attachment))
}

fn propagation(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, attachment, table) = (plan.place(edit)?, element(edit)?, edit.resource.id.as_str());
    let (operation, text) = match wanted(edit)? {
        Some(_) => (
            "EnableTransitGatewayRouteTablePropagation",
            format!("Let {table} learn the routes of {attachment}"),
        ),
        None => (
            "DisableTransitGatewayRouteTablePropagation",
            format!("Stop {table} learning the routes of {attachment}"),
        ),
    };
    let call = member_call(plan, &place, operation, table, attachment);
    plan.push(call.say(text));
    Ok(())
}

/// Operations that create, replace and delete, and the flag that names the destination.
const STATIC: [&str; 3] =
    ["CreateTransitGatewayRoute", "ReplaceTransitGatewayRoute", "DeleteTransitGatewayRoute"];
const REFERENCE: [&str; 3] = [
    "CreateTransitGatewayPrefixListReference",
    "ModifyTransitGatewayPrefixListReference",
    "DeleteTransitGatewayPrefixListReference",
];

fn route(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, destination, table) = (plan.place(edit)?, element(edit)?, edit.resource.id.as_str());
    let ([create, replace, delete], flag) = match destination.starts_with("pl-") {
        true => (REFERENCE, "--prefix-list-id"),
        false => (STATIC, "--destination-cidr-block"),
    };
    let base = |operation: &'static str| {
        Call::ec2(&place, operation).arg("--transit-gateway-route-table-id", table).arg(flag, destination)
    };
    let Some(value) = wanted(edit)? else {
        plan.push(base(delete).say(format!("Remove the route to {destination} from {table}")));
        return Ok(());
    };
    let operation = match plan.now(edit) {
        State::Present(_) => replace,
        State::Absent => create,
        State::Unknown => return Err(unknown(edit, "whether the route is there now")),
    };
    plan.push(
        set_route(plan, base(operation), table, destination, value)
            .ok_or_else(|| unknown(edit, "the route's target"))?,
    );
    Ok(())
}

fn set_route(
    plan: &Plan<'_>,
    call: Call,
    table: &str,
    destination: &str,
    route: &Value,
) -> Option<super::Command> {
    let fields = Fields::of(route);
    if fields.text("State").as_deref() == Some("blackhole") || fields.flag("Blackhole") == Some(true) {
        return Some(call.switch("--blackhole").say(format!("Drop {destination} in {table}")));
    }
    let attachments = fields.list("TransitGatewayAttachments|TransitGatewayAttachment").into_iter();
    let mut ids = attachments.filter_map(|one| one.text("TransitGatewayAttachmentId"));
    let id = ids.next()?;
    let call = call.arg("--transit-gateway-attachment-id", plan.id(&id));
    Some(call.say(format!("Send {destination} to {id} in {table}")))
}

pub(super) fn attachment(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    // Made anew or deleted, it needs no further changes.
    if let Some(edit) = bucket.edits.iter().find(|edit| matches!(edit.facet.member.as_str(), "" | "State")) {
        return life(plan, edit);
    }
    let place = owner_place(plan, first)?;
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for edit in bucket.of("SubnetIds") {
        let list = if wanted(edit)?.is_some() { &mut added } else { &mut removed };
        list.push(element(edit)?.to_owned());
    }
    let options = options(bucket)?;
    let call = Call::ec2(&place, "ModifyTransitGatewayVpcAttachment")
        .arg("--transit-gateway-attachment-id", bucket.id)
        .args("--add-subnet-ids", &added)
        .args("--remove-subnet-ids", &removed);
    let call = if options.is_empty() { call } else { call.json("--options", &Value::Object(options)) };
    plan.push(call.say(format!("Set subnets and options of {}", bucket.id)));
    Ok(())
}

/// An attachment is changed by the owner of its VPC, whoever else sees it.
fn owner_place(plan: &Plan<'_>, edit: &Edit) -> Result<Place, CommandError> {
    let place = plan.place(edit)?;
    let found = plan.document(&edit.resource.kind, &edit.resource.id);
    let document = match (&found, &edit.after) {
        (Some(found), _) => Some(&found.document),
        (None, State::Present(document)) => Some(document),
        (None, _) => None,
    };
    let owner = document.and_then(|document| Fields::of(document).text("VpcOwnerId|ResourceOwnerId"));
    Ok(Place { account: owner.unwrap_or(place.account), region: place.region })
}

fn options(bucket: &Bucket<'_>) -> Result<Map<String, Value>, CommandError> {
    let mut options = Map::new();
    for edit in &bucket.edits {
        if let Some(name) = edit.facet.member.strip_prefix("Options/") {
            let value = wanted(edit)?.ok_or_else(|| unknown(edit, "the option's value"))?;
            options.insert(name.to_owned(), value.clone());
        } else if edit.facet.member != "SubnetIds" {
            return Err(unsupported(edit, "this member has no call of its own"));
        }
    }
    Ok(options)
}

pub(super) fn gateway(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    let place = plan.place(first)?;
    let options = options(bucket)?;
    let names: Vec<_> = options.keys().cloned().collect();
    let call = Call::ec2(&place, "ModifyTransitGateway")
        .arg("--transit-gateway-id", bucket.id)
        .json("--options", &Value::Object(options));
    plan.push(call.say(format!("Set {} of {}", names.join(", "), bucket.id)));
    Ok(())
}

fn life(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let id = edit.resource.id.as_str();
    let before = match &edit.before {
        State::Present(Value::String(state)) => state.to_ascii_lowercase(),
        _ => String::new(),
    };
    let place = plan.place(edit)?;
    if let (Some(Value::String(after)), "pendingacceptance") = (wanted(edit)?, before.as_str()) {
        let operation = match after.as_str() {
            "available" => "AcceptTransitGatewayVpcAttachment",
            _ => "RejectTransitGatewayVpcAttachment",
        };
        let call = Call::ec2(&place, operation).arg("--transit-gateway-attachment-id", id);
        plan.push(call.say(format!("Answer the request of {id}")));
        return Ok(());
    }
    match revived(plan, edit, "State", "available")? {
        Revival::Anew(document) => anew(plan, edit, &document),
        Revival::Gone => {
            let place = owner_place(plan, edit)?;
            let call = Call::ec2(&place, "DeleteTransitGatewayVpcAttachment");
            let call = call.arg("--transit-gateway-attachment-id", plan.id(id));
            plan.push(call.say(format!("Delete {}", plan.shown(id))));
            Ok(())
        }
    }
}

fn anew(plan: &mut Plan<'_>, edit: &Edit, document: &Value) -> Done {
    let (id, fields) = (edit.resource.id.as_str(), Fields::of(document));
    let vpc = fields.text("VpcId|ResourceId").filter(|vpc| vpc.starts_with("vpc-"));
    let (Some(gateway), Some(vpc)) = (fields.text("TransitGatewayId"), vpc) else {
        return Err(unsupported(
            edit,
            "only attachments of VPCs can be made anew, and its gateway and VPC must be known",
        ));
    };
    let subnets: Vec<_> = fields.list("SubnetIds").iter().filter_map(|one| text_key(one.value())).collect();
    if subnets.is_empty() {
        return Err(unknown(edit, "its subnets"));
    }
    let place = owner_place(plan, edit)?;
    let variable = plan.rename(id, "ATTACHMENT_ID");
    let call = Call::ec2(&place, "CreateTransitGatewayVpcAttachment")
        .arg("--transit-gateway-id", gateway.as_str())
        .arg("--vpc-id", vpc.as_str())
        .args("--subnet-ids", &subnets);
    let call =
        if fields.has("Options") { call.json("--options", fields.at("Options").value()) } else { call };
    let call = call.caution(format!(
        "the attachment comes back under a new id, not {id}; wait until it is `available` (a shared gateway's owner may \
         have to accept it), and if the gateway associates it with its default table, disassociate that first"
    ));
    let query = "TransitGatewayVpcAttachment.TransitGatewayAttachmentId";
    plan.push(call.keep(&variable, query, format!("Attach {vpc} to {gateway} anew")));
    rejoin(plan, id, fields);
    Ok(())
}

/// The tables that had the old attachment have the new one.
fn rejoin(plan: &mut Plan<'_>, old: &str, attachment: Fields<'_>) {
    let home = attachment.text("Association/TransitGatewayRouteTableId");
    let is_planned = |plan: &Plan<'_>, table: &str, member: &str, element: &str| {
        plan.delta.edits.iter().any(|edit| {
            edit.resource.id == table
                && edit.facet.member == member
                && edit.facet.element.as_deref() == Some(element)
        })
    };
    for (table, found) in plan.world.of_kind(TABLE) {
        let (place, fields) = (found.place(), Fields::of(&found.document));
        let has = |member: &str| {
            let list = fields.list(member).into_iter();
            list.into_iter().any(|one| one.text("TransitGatewayAttachmentId").as_deref() == Some(old))
        };
        if (home.as_deref() == Some(table.as_str()) || has("Associations"))
            && !is_planned(plan, &table, "Associations", old)
        {
            let call = member_call(plan, &place, "AssociateTransitGatewayRouteTable", &table, old);
            plan.push(call.say(format!("Have traffic from the new attachment looked up in {table}")));
        }
        if has("Propagations") && !is_planned(plan, &table, "Propagations", old) {
            let call = member_call(plan, &place, "EnableTransitGatewayRouteTablePropagation", &table, old);
            plan.push(call.say(format!("Let {table} learn the routes of the new attachment")));
        }
        for route in fields.list("Routes") {
            let goes_there = route
                .list("TransitGatewayAttachments")
                .iter()
                .any(|one| one.text("TransitGatewayAttachmentId").as_deref() == Some(old));
            let destination = route
                .text("DestinationCidrBlock")
                .filter(|_| route.text("Type").as_deref() != Some("propagated"));
            let (true, Some(destination)) = (goes_there, destination) else { continue };
            if is_planned(plan, &table, "Routes", &destination) {
                continue;
            }
            let call = Call::ec2(&place, "ReplaceTransitGatewayRoute")
                .arg("--transit-gateway-route-table-id", table.as_str())
                .arg("--destination-cidr-block", destination.as_str())
                .arg("--transit-gateway-attachment-id", plan.id(old));
            plan.push(call.say(format!("Send {destination} to the new attachment in {table}")));
        }
    }
}
