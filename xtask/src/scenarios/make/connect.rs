//! What joins VPCs: peering connections and transit gateways.

use super::build::{CREATED, Subnet, Vpc, tags};
use super::cloud::{PEERINGS, Place, TGW_ATTACHMENTS, TGW_TABLES, TGW_VPC_ATTACHMENTS, TGWS, is, text};
use super::story::Story;
use serde_json::{Value, json};

/// A VPC's attachment to a transit gateway.
#[derive(Debug, Clone)]
pub(super) struct Attachment {
    pub id: String,
    pub vpc: Vpc,
}

impl Attachment {
    fn element(&self, state: &str) -> Value {
        json!({ "TransitGatewayAttachmentId": self.id, "ResourceId": self.vpc.id, "ResourceType": "vpc", "State": state })
    }
}

impl Story {
    /// An active peering connection, listed in both accounts.
    pub(super) fn peering(&mut self, from: &Vpc, to: &Vpc) -> String {
        let id = self.ids.id("pcx", &format!("{} {}", from.id, to.id));
        let side = |vpc: &Vpc| {
            json!({ "VpcId": vpc.id, "OwnerId": vpc.place.account, "Region": vpc.place.region, "CidrBlock": vpc.cidr,
                "CidrBlockSet": [{ "CidrBlock": vpc.cidr }], "Ipv6CidrBlockSet": [] })
        };
        let document = json!({
            "VpcPeeringConnectionId": id, "RequesterVpcInfo": side(from), "AccepterVpcInfo": side(to),
            "Status": { "Code": "active", "Message": "Active" }, "Tags": tags(&from.name, "peering")
        });
        let mut places = vec![from.place.clone(), to.place.clone()];
        places.dedup();
        for place in places {
            self.add(&place, PEERINGS, document.clone());
        }
        id
    }

    /// A transit gateway without default association or propagation.
    pub(super) fn transit_gateway(&mut self, place: &Place, name: &str) -> String {
        let id = self.ids.id("tgw", name);
        self.add(place, TGWS, json!({
            "TransitGatewayId": id, "TransitGatewayArn": place.arn("ec2", &format!("transit-gateway/{id}")),
            "State": "available", "OwnerId": place.account, "Description": name, "CreationTime": CREATED,
            "Tags": tags(name, "tgw"),
            "Options": { "AmazonSideAsn": 64512, "AutoAcceptSharedAttachments": "disable", "DnsSupport": "enable",
                "DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable",
                "VpnEcmpSupport": "enable", "MulticastSupport": "disable", "SecurityGroupReferencingSupport": "disable" }
        }));
        id
    }

    /// Attaches a VPC in these subnets.
    pub(super) fn attach(&mut self, gateway: &str, vpc: &Vpc, subnets: &[&Subnet]) -> Attachment {
        let (place, id) = (vpc.place.clone(), self.ids.id("tgw-attach", &vpc.id));
        self.add(&place, TGW_ATTACHMENTS, json!({
            "TransitGatewayAttachmentId": id, "TransitGatewayId": gateway, "TransitGatewayOwnerId": place.account,
            "ResourceOwnerId": place.account, "ResourceType": "vpc", "ResourceId": vpc.id, "State": "available",
            "CreationTime": CREATED, "Tags": tags(&vpc.name, "attachment")
        }));
        let subnets: Vec<_> = subnets.iter().map(|subnet| subnet.id.clone()).collect();
        self.add(&place, TGW_VPC_ATTACHMENTS, json!({
            "TransitGatewayAttachmentId": id, "TransitGatewayId": gateway, "VpcId": vpc.id, "VpcOwnerId": place.account,
            "State": "available", "SubnetIds": subnets, "CreationTime": CREATED, "Tags": tags(&vpc.name, "attachment"),
            "Options": { "DnsSupport": "enable", "SecurityGroupReferencingSupport": "disable",
                "Ipv6Support": "disable", "ApplianceModeSupport": "disable" }
        }));
        Attachment { id, vpc: vpc.clone() }
    }

    /// A route table of the gateway.
    pub(super) fn transit_table(&mut self, place: &Place, gateway: &str, name: &str) -> String {
        let id = self.ids.id("tgw-rtb", name);
        self.add(place, TGW_TABLES, json!({
            "TransitGatewayRouteTableId": id, "TransitGatewayId": gateway, "State": "available",
            "DefaultAssociationRouteTable": false, "DefaultPropagationRouteTable": false, "CreationTime": CREATED,
            "Tags": tags(name, "tgw-rt"), "_associations": [], "_propagations": [], "_routes": []
        }));
        id
    }

    /// Traffic that comes from the attachment uses this table.
    pub(super) fn associate_attachment(&mut self, table: &str, attachment: &Attachment) {
        self.push(TGW_TABLES, table, "_associations", &attachment.element("associated"));
        let association = json!({ "TransitGatewayRouteTableId": table, "State": "associated" });
        self.set(TGW_ATTACHMENTS, &attachment.id, "Association", &association);
    }

    pub(super) fn disassociate_attachment(&mut self, table: &str, attachment: &Attachment) {
        let gone = |element: &Value| is(element, "TransitGatewayAttachmentId", &attachment.id);
        self.pull(TGW_TABLES, table, "_associations", gone);
        self.edit(TGW_ATTACHMENTS, &attachment.id, |document| {
            if let Some(members) = document.as_object_mut() {
                members.remove("Association");
            }
        });
    }

    /// The table learns the attachment's prefix.
    pub(super) fn propagate(&mut self, table: &str, attachment: &Attachment) {
        let mut element = attachment.element("enabled");
        if let Some(members) = element.as_object_mut() {
            members.insert("_cidr".to_owned(), json!(attachment.vpc.cidr));
        }
        self.push(TGW_TABLES, table, "_propagations", &element);
    }

    pub(super) fn stop_propagation(&mut self, table: &str, attachment: &Attachment) {
        let gone = |element: &Value| text(element, "TransitGatewayAttachmentId") == attachment.id;
        self.pull(TGW_TABLES, table, "_propagations", gone);
    }
}
