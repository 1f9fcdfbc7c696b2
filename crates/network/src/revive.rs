//! Targets of routes that work again after a change.

use crate::model::Text;
use crate::network::Network;
use std::collections::BTreeSet;

/// Whether a route target exists and works, as far as its own document tells.
fn works(network: &Network, kind: &str, id: &str) -> bool {
    let tables = &network.tables;
    match kind {
        "AWS::EC2::InternetGateway" => {
            tables.internet_gateways.get(id).is_some_and(|it| it.vpcs().next().is_some())
        }
        "AWS::EC2::EgressOnlyInternetGateway" => {
            tables.egress_only_gateways.get(id).is_some_and(|it| it.vpcs().next().is_some())
        }
        "AWS::EC2::VPNGateway" => tables.vpn_gateways.get(id).is_some_and(|it| it.vpcs().next().is_some()),
        "AWS::EC2::NatGateway" => tables.nat_gateways.get(id).is_some_and(|it| it.available()),
        "AWS::EC2::VPCPeeringConnection" => tables.peerings.get(id).is_some_and(|it| it.status() == "active"),
        "AWS::EC2::TransitGatewayAttachment" => tables.attachments.get(id).is_some_and(|it| it.available()),
        "AWS::EC2::VPCEndpoint" => tables.endpoints.get(id).is_some_and(|it| it.available()),
        "AWS::EC2::NetworkInterface" => {
            tables.interfaces.get(id).is_some_and(|it| &*it.status != "available")
        }
        _ => false,
    }
}

/// Notes what a change of one document does to routes that lead there. Routes of a VPC name the transit gateway, not
/// the attachment, so an attachment stands for its VPC's way to the gateway.
pub(crate) fn update(before: &Network, after: &Network, kind: &str, id: &str, revived: &mut BTreeSet<Text>) {
    let now = works(after, kind, id);
    if now == works(before, kind, id) {
        return;
    }
    let mut names: Vec<Text> = vec![id.into()];
    if let Some(attachment) = after.tables.attachments.get(id).or_else(|| before.tables.attachments.get(id)) {
        names.extend(attachment.gateways().map(|gateway| via(gateway, &attachment.resource_id)));
    }
    for name in names {
        if now {
            revived.insert(name);
        } else {
            revived.remove(&name);
        }
    }
}

/// Name of a VPC's way to a transit gateway.
pub(crate) fn via(gateway: &str, vpc: &str) -> Text {
    format!("{gateway} {vpc}").into()
}
