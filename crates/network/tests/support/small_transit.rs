//! A transit gateway with two route tables.

use super::{Draft, FIRST};
use serde_json::{Value, json};

impl Draft {
    pub(super) fn transit_gateway(&mut self) {
        if !self.random.chance(70) {
            return;
        }
        let id = self.ids.new_id("tgw");
        let referencing = if self.random.chance(60) { "enable" } else { "disable" };
        let item = json!({"TransitGatewayId": id, "OwnerId": FIRST, "State": "available",
            "Options": {"SecurityGroupReferencingSupport": referencing, "DnsSupport": "enable",
                "DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable"}});
        self.emit(FIRST, "DescribeTransitGateways", "TransitGateways", item);
        let tables = [self.ids.new_id("tgw-rtb"), self.ids.new_id("tgw-rtb")];
        for table in &tables {
            let item = json!({"TransitGatewayRouteTableId": table, "TransitGatewayId": id, "State": "available",
                "DefaultAssociationRouteTable": false, "DefaultPropagationRouteTable": false});
            self.emit(FIRST, "DescribeTransitGatewayRouteTables", "TransitGatewayRouteTables", item);
        }
        self.transit = Some(id);
        let mut made: Vec<Attached> = Vec::new();
        for vpc in 0..self.vpcs.len() {
            // Not twice the same block: AWS would not propagate the second.
            let twin = made.iter().any(|other| self.vpcs[other.vpc].net == self.vpcs[vpc].net);
            if !twin && self.random.chance(85) {
                let attached = self.attach(vpc, &tables);
                made.push(attached);
            }
        }
        for table in &tables {
            self.transit_table(table, &made);
        }
    }

    fn attach(&mut self, vpc: usize, tables: &[String; 2]) -> Attached {
        let id = self.ids.new_id("tgw-attach");
        let gateway = self.transit.clone().unwrap_or_default();
        let mut subnets: Vec<usize> = Vec::new();
        for at in 0..self.vpcs[vpc].subnets.len() {
            let zone = self.vpcs[vpc].subnets[at].zone;
            let taken = subnets.iter().any(|other| self.vpcs[vpc].subnets[*other].zone == zone);
            // One subnet a zone.
            if !taken && self.random.chance(75) {
                subnets.push(at);
            }
        }
        if subnets.is_empty() {
            subnets.push(0);
        }
        let owner = &self.vpcs[vpc];
        let (account, vpc_id) = (owner.account, owner.id.clone());
        let subnets: Vec<String> = subnets.iter().map(|at| owner.subnets[*at].id.clone()).collect();
        let state = if self.random.chance(95) { "available" } else { "deleted" };
        let table = self.random.chance(93).then(|| self.random.pick(tables).clone());
        let mut item = json!({"TransitGatewayAttachmentId": id, "TransitGatewayId": gateway,
            "TransitGatewayOwnerId": FIRST, "ResourceOwnerId": account, "ResourceType": "vpc",
            "ResourceId": vpc_id, "State": state});
        if let Some(table) = &table {
            item["Association"] = json!({"TransitGatewayRouteTableId": table, "State": "associated"});
        }
        self.emit(FIRST, "DescribeTransitGatewayAttachments", "TransitGatewayAttachments", item);
        let referencing = if self.random.chance(80) { "enable" } else { "disable" };
        let detail = json!({"TransitGatewayAttachmentId": id, "TransitGatewayId": gateway, "VpcId": vpc_id,
            "VpcOwnerId": account, "State": state, "SubnetIds": subnets,
            "Options": {"DnsSupport": "enable", "Ipv6Support": "enable", "ApplianceModeSupport": "disable",
                "SecurityGroupReferencingSupport": referencing}});
        self.emit(account, "DescribeTransitGatewayVpcAttachments", "TransitGatewayVpcAttachments", detail);
        Attached { id, vpc, table }
    }

    fn transit_table(&mut self, table: &str, attached: &[Attached]) {
        let asked = json!({"TransitGatewayRouteTableId": table});
        let naming = |draft: &Self, one: &Attached| {
            json!({"TransitGatewayAttachmentId": one.id, "ResourceType": "vpc",
                "ResourceId": draft.vpcs[one.vpc].id})
        };
        let mut associations = Vec::new();
        for one in attached.iter().filter(|one| one.table.as_deref() == Some(table)) {
            let mut item = naming(self, one);
            item["State"] = "associated".into();
            associations.push(item);
        }
        let mut propagations = Vec::new();
        let mut routes: Vec<Value> = Vec::new();
        for one in attached {
            if !self.random.chance(75) {
                continue;
            }
            let mut item = naming(self, one);
            item["State"] = "enabled".into();
            propagations.push(item);
            let mut blocks = self.vpcs[one.vpc].cidrs.clone();
            if self.vpcs[one.vpc].v6 {
                blocks.push(self.vpcs[one.vpc].v6_block());
            }
            for block in blocks {
                routes.push(json!({"DestinationCidrBlock": block, "Type": "propagated", "State": "active",
                    "TransitGatewayAttachments": [naming(self, one)]}));
            }
        }
        // A search for static routes only is usual as well.
        if self.random.chance(40) {
            routes.clear();
        }
        for _ in 0..self.random.below(3) {
            let vpc = self.random.below(self.vpcs.len());
            let net = self.vpcs[vpc].net;
            let block = match self.random.below(5) {
                0 | 1 => "0.0.0.0/0".to_owned(),
                2 => format!("10.{net}.0.0/16"),
                3 => format!("10.{net}.{}.0/24", self.random.below(3)),
                _ => "10.0.0.0/8".to_owned(),
            };
            if routes.iter().any(|route| route["DestinationCidrBlock"] == *block && route["Type"] == "static")
            {
                continue;
            }
            // A static route takes the place of a propagated one in what AWS prints.
            routes.retain(|route| route["DestinationCidrBlock"] != *block);
            let aimed = self.random.chance(75);
            let to = self.random.maybe(attached).filter(|_| aimed);
            routes.push(match to {
                Some(one) => json!({"DestinationCidrBlock": block, "Type": "static", "State": "active",
                    "TransitGatewayAttachments": [naming(self, one)]}),
                None => json!({"DestinationCidrBlock": block, "Type": "static", "State": "blackhole"}),
            });
        }
        self.asked.push((
            FIRST,
            "GetTransitGatewayRouteTableAssociations",
            asked.clone(),
            json!({"Associations": associations}),
        ));
        self.asked.push((
            FIRST,
            "GetTransitGatewayRouteTablePropagations",
            asked.clone(),
            json!({"TransitGatewayRouteTablePropagations": propagations}),
        ));
        self.asked.push((
            FIRST,
            "SearchTransitGatewayRoutes",
            asked,
            json!({"Routes": routes, "AdditionalRoutesAvailable": false}),
        ));
    }
}

struct Attached {
    id: String,
    vpc: usize,
    table: Option<String>,
}
