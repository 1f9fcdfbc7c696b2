//! Commands for route tables.

use super::plan::{Bucket, Done, Plan, element, text, unknown, unsupported, wanted};
use super::shell::{Call, Word};
use super::{Command, Found, Place};
use crate::cloudtrail::Fields;
use crate::delta::{Edit, State};
use serde_json::Value;

const KIND: &str = "AWS::EC2::RouteTable";

/// A route's target: member of describe output, flag of the call, kind of the target.
const TARGETS: &[(&str, &str, &str)] = &[
    ("NatGatewayId", "--nat-gateway-id", "AWS::EC2::NatGateway"),
    ("GatewayId", "--gateway-id", ""),
    ("TransitGatewayId", "--transit-gateway-id", "AWS::EC2::TransitGateway"),
    ("VpcPeeringConnectionId", "--vpc-peering-connection-id", "AWS::EC2::VPCPeeringConnection"),
    (
        "EgressOnlyInternetGatewayId",
        "--egress-only-internet-gateway-id",
        "AWS::EC2::EgressOnlyInternetGateway",
    ),
    // Describe output has the interface's instance beside the interface; a call takes one of the two.
    ("NetworkInterfaceId", "--network-interface-id", "AWS::EC2::NetworkInterface"),
    ("InstanceId", "--instance-id", "AWS::EC2::Instance"),
    ("LocalGatewayId", "--local-gateway-id", ""),
    ("CarrierGatewayId", "--carrier-gateway-id", ""),
    ("CoreNetworkArn", "--core-network-arn", ""),
    ("OdbNetworkArn", "--odb-network-arn", ""),
];

pub(super) fn plan(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let Some(first) = bucket.edits.first() else { return Ok(()) };
    match first.facet.member.as_str() {
        "Routes" => bucket.edits.iter().try_for_each(|edit| route(plan, edit)),
        "Associations" => associations(plan, bucket),
        "PropagatingVgws" => bucket.edits.iter().try_for_each(|edit| propagation(plan, edit)),
        "" if wanted(first)?.is_none() => {
            let id = first.resource.id.as_str();
            let call = Call::ec2(&plan.place(first)?, "DeleteRouteTable").arg("--route-table-id", id);
            plan.push(call.caution("fails while a subnet uses the table").say(format!("Delete {id}")));
            Ok(())
        }
        _ => Err(unsupported(
            first,
            "a table comes back under a new id: make it anew, with its routes and subnets",
        )),
    }
}

fn route(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (destination, table) = (element(edit)?, edit.resource.id.as_str());
    let value = wanted(edit)?;
    let shown = value.cloned().or_else(|| super::plan::removed(plan, edit));
    if let Some(endpoint) = shown.as_ref().and_then(|route| gateway_endpoint(route, destination)) {
        return endpoint_route(plan, edit, &endpoint, value.is_some());
    }
    let place = plan.place(edit)?;
    let Some(value) = value else {
        let call = Call::ec2(&place, "DeleteRoute").arg("--route-table-id", table);
        let call = call.arg(destination_flag(destination), destination);
        plan.push(call.say(format!("Remove the route to {destination} from {table}")));
        return Ok(());
    };
    let operation = match plan.now(edit) {
        State::Present(_) => "ReplaceRoute",
        State::Absent => "CreateRoute",
        State::Unknown => return Err(unknown(edit, "whether the route is there now")),
    };
    plan.push(
        set_route(plan, &place, operation, table, destination, value)
            .ok_or_else(|| target_error(edit, value))?,
    );
    Ok(())
}

fn target_error(edit: &Edit, route: &Value) -> super::CommandError {
    match text(route, "Origin").as_deref() {
        Some("EnableVgwRoutePropagation") => unsupported(edit, "the route is learned from a VPN gateway"),
        _ => unknown(edit, "the route's target"),
    }
}

fn set_route(
    plan: &Plan<'_>,
    place: &Place,
    operation: &'static str,
    table: &str,
    destination: &str,
    route: &Value,
) -> Option<Command> {
    if text(route, "Origin").as_deref() == Some("EnableVgwRoutePropagation") {
        return None;
    }
    let (member, flag, kind) = TARGETS.iter().find(|(member, ..)| text(route, member).is_some())?;
    let target = text(route, member)?;
    let call = Call::ec2(place, operation)
        .arg("--route-table-id", table)
        .arg(destination_flag(destination), destination);
    let call = match target.as_str() {
        "local" => call.switch("--local-target"),
        endpoint if endpoint.starts_with("vpce-") => call.arg("--vpc-endpoint-id", plan.id(endpoint)),
        target => call.arg(flag, plan.id(target)),
    };
    let call = if !kind.is_empty() && !plan.is_renamed(&target) && !is_alive(plan.document(kind, &target)) {
        call.caution(format!("{target} is not among the resources seen; the call is refused if it is gone"))
    } else {
        call
    };
    let shown = plan.shown(&target);
    Some(call.say(format!("Send {destination} to {shown} in {table}")))
}

/// Whether a target was seen and is not on its way out.
fn is_alive(found: Option<Found>) -> bool {
    let Some(found) = found else { return false };
    let state = Fields::of(&found.document).text("State|State/Name|Status/Code").unwrap_or_default();
    !["deleted", "deleting", "failed", "terminated", "shutting-down", "rejected", "expired"]
        .contains(&state.as_str())
}

fn destination_flag(destination: &str) -> &'static str {
    if destination.starts_with("pl-") {
        "--destination-prefix-list-id"
    } else if destination.contains(':') {
        "--destination-ipv6-cidr-block"
    } else {
        "--destination-cidr-block"
    }
}

/// The gateway endpoint a route belongs to: its routes go to a prefix list and cannot be made by hand.
fn gateway_endpoint(route: &Value, destination: &str) -> Option<String> {
    let gateway = text(route, "GatewayId")?;
    (destination.starts_with("pl-") && gateway.starts_with("vpce-")).then_some(gateway)
}

/// The route follows from the endpoint's list of route tables.
fn endpoint_route(plan: &mut Plan<'_>, edit: &Edit, endpoint: &str, is_wanted: bool) -> Done {
    let table = edit.resource.id.as_str();
    let is_planned = plan.delta.edits.iter().any(|other| {
        other.resource.kind == "AWS::EC2::VPCEndpoint"
            && other.resource.id == endpoint
            && (other.facet.member.is_empty() || other.facet.element.as_deref() == Some(table))
    });
    if is_planned {
        return Ok(());
    }
    let place = plan.place(edit)?;
    let flag = if is_wanted { "--add-route-table-ids" } else { "--remove-route-table-ids" };
    let call = Call::ec2(&place, "ModifyVpcEndpoint").arg("--vpc-endpoint-id", endpoint).arg(flag, table);
    let verb = if is_wanted { "Add the routes of" } else { "Remove the routes of" };
    plan.push(call.say(format!("{verb} {endpoint}: {table}")));
    Ok(())
}

/// Every route that went to `old`, sent to what it came back as; routes the delta sets itself are left to it.
pub(super) fn mend_routes(plan: &mut Plan<'_>, old: &str) {
    for (table, found) in plan.world.of_kind(KIND) {
        for route in Fields::of(&found.document).list("Routes") {
            let goes_there = TARGETS.iter().any(|(member, ..)| route.text(member).as_deref() == Some(old));
            let destination =
                route.text("DestinationCidrBlock|DestinationIpv6CidrBlock|DestinationPrefixListId");
            let (true, Some(destination)) = (goes_there, destination) else { continue };
            let is_planned = plan.delta.edits.iter().any(|edit| {
                edit.resource.id == table && edit.facet.element.as_deref() == Some(destination.as_str())
            });
            if is_planned || gateway_endpoint(route.value(), &destination).is_some() {
                continue;
            }
            let place = found.place();
            if let Some(command) =
                set_route(plan, &place, "ReplaceRoute", &table, &destination, route.value())
            {
                plan.push(command);
            }
        }
    }
}

fn associations(plan: &mut Plan<'_>, bucket: &Bucket<'_>) -> Done {
    let mut done: Vec<&str> = Vec::new();
    for edit in &bucket.edits {
        let subject = element(edit)?;
        if done.contains(&subject) {
            continue;
        }
        done.push(subject);
        let mut entering = bucket
            .edits
            .iter()
            .filter(|edit| edit.facet.element.as_deref() == Some(subject) && edit.after != State::Absent);
        let entered = entering.next();
        if entering.next().is_some() {
            return Err(unsupported(edit, "it can use one table only; undo the changes one VPC at a time"));
        }
        let place = plan.place(edit)?;
        let present = present_association(plan, bucket, subject);
        let Some(entered) = entered else {
            if subject == "main" {
                return Err(unknown(edit, "the table that is to be the main one instead"));
            }
            let id = present.ok_or_else(|| unknown(edit, "the id of the association"))?;
            let call = Call::ec2(&place, "DisassociateRouteTable").arg("--association-id", id);
            plan.push(
                call.say(format!("Have {subject} use the main route table instead of {}", edit.resource.id)),
            );
            continue;
        };
        wanted(entered)?;
        let table = entered.resource.id.as_str();
        let what = if subject == "main" { "subnets without a table of their own" } else { subject };
        let call = match present {
            Some(id) => Call::ec2(&place, "ReplaceRouteTableAssociation").arg("--association-id", id),
            None if subject == "main" => return Err(unknown(entered, "the id of the main association")),
            None if subject.starts_with("subnet-") => {
                Call::ec2(&place, "AssociateRouteTable").arg("--subnet-id", subject)
            }
            None => Call::ec2(&place, "AssociateRouteTable").arg("--gateway-id", subject),
        };
        plan.push(call.arg("--route-table-id", table).say(format!("Have {what} use {table}")));
    }
    Ok(())
}

/// The id of the association the subject has now: as the world has it, else as the delta takes it away.
fn present_association(plan: &Plan<'_>, bucket: &Bucket<'_>, subject: &str) -> Option<String> {
    let tables: Vec<_> = bucket.edits.iter().map(|edit| edit.resource.id.as_str()).collect();
    let is_subject = |one: &Fields<'_>| match subject {
        // A VPC has one main association; the tables of the delta say which VPC.
        "main" => {
            one.flag("Main") == Some(true)
                && one.text("RouteTableId").is_none_or(|id| tables.contains(&id.as_str()))
        }
        id => one.text("SubnetId|GatewayId").as_deref() == Some(id),
    };
    let observed = plan.world.of_kind(KIND).into_iter().find_map(|(table, found)| {
        if subject == "main" && !tables.contains(&table.as_str()) {
            return None;
        }
        let associations = Fields::of(&found.document).list("Associations");
        let own = associations.into_iter().find(is_subject)?;
        own.text("RouteTableAssociationId")
    });
    let mut edits = bucket.edits.iter().filter(|edit| edit.facet.element.as_deref() == Some(subject));
    observed.or_else(|| {
        edits.find_map(|edit| match (&edit.before, &edit.after) {
            (State::Present(value), State::Absent) => text(value, "RouteTableAssociationId"),
            _ => None,
        })
    })
}

fn propagation(plan: &mut Plan<'_>, edit: &Edit) -> Done {
    let (place, gateway, table) = (plan.place(edit)?, element(edit)?, edit.resource.id.as_str());
    let (operation, text) = match wanted(edit)? {
        Some(_) => ("EnableVgwRoutePropagation", format!("Let {table} learn the routes of {gateway}")),
        None => ("DisableVgwRoutePropagation", format!("Stop {table} learning the routes of {gateway}")),
    };
    let gateway: Word = plan.id(gateway);
    let call = Call::ec2(&place, operation).arg("--route-table-id", table).arg("--gateway-id", gateway);
    plan.push(call.say(text));
    Ok(())
}
