//! Route tables and gateway endpoints.

use super::Draft;
use super::rules::S3_LIST;
use serde_json::{Value, json};

impl Draft {
    pub(super) fn route_tables(&mut self) {
        for vpc in 0..self.vpcs.len() {
            let owner = &self.vpcs[vpc];
            let subnets: Vec<String> = owner.subnets.iter().map(|subnet| subnet.id.clone()).collect();
            let (account, vpc_id) = (owner.account, owner.id.clone());
            let gateway_endpoint = self.random.chance(35).then(|| self.ids.new_id("vpce"));
            let mut with_endpoint = Vec::new();
            let mut left = subnets;
            let explicit = 1 + self.random.below(2);
            for table in 0..=explicit {
                let id = self.ids.new_id("rtb");
                let mut associations = Vec::new();
                if table == 0 {
                    associations.push(json!({"Main": true, "RouteTableId": id,
                        "AssociationState": {"State": "associated"}}));
                } else {
                    let mut stay = Vec::new();
                    for subnet in left {
                        if self.random.chance(50) {
                            associations.push(json!({"Main": false, "RouteTableId": id, "SubnetId": subnet,
                                "AssociationState": {"State": "associated"}}));
                        } else {
                            stay.push(subnet);
                        }
                    }
                    left = stay;
                }
                let mut routes = self.routes(vpc);
                if let Some(endpoint) = &gateway_endpoint
                    && self.random.chance(60)
                {
                    routes.push(json!({"DestinationPrefixListId": S3_LIST, "GatewayId": endpoint,
                        "Origin": "CreateRoute", "State": "active"}));
                    with_endpoint.push(id.clone());
                }
                let item = json!({"RouteTableId": id, "VpcId": vpc_id, "OwnerId": account, "Routes": routes,
                    "Associations": associations, "PropagatingVgws": []});
                self.emit(account, "DescribeRouteTables", "RouteTables", item);
            }
            if let Some(id) = gateway_endpoint {
                let state = if self.random.chance(95) { "available" } else { "deleted" };
                let item = json!({"VpcEndpointId": id, "VpcEndpointType": "Gateway", "VpcId": vpc_id, "State": state,
                    "ServiceName": "com.amazonaws.us-west-2.s3", "SubnetIds": [], "NetworkInterfaceIds": [],
                    "Groups": [], "RouteTableIds": with_endpoint});
                self.emit(account, "DescribeVpcEndpoints", "VpcEndpoints", item);
            }
        }
    }

    fn routes(&mut self, vpc: usize) -> Vec<Value> {
        let mut routes = Vec::new();
        for block in self.vpcs[vpc].cidrs.clone() {
            routes.push(
                json!({"DestinationCidrBlock": block, "GatewayId": "local", "Origin": "CreateRouteTable",
                "State": "active"}),
            );
        }
        if self.vpcs[vpc].v6 {
            routes.push(json!({"DestinationIpv6CidrBlock": self.vpcs[vpc].v6_block(), "GatewayId": "local",
                "Origin": "CreateRouteTable", "State": "active"}));
        }
        if self.random.chance(80) {
            let target = self.way_out(vpc);
            self.route(&mut routes, "0.0.0.0/0", target);
        }
        if self.vpcs[vpc].v6 && self.random.chance(70) {
            let (internet, egress_only) =
                (self.vpcs[vpc].internet.clone(), self.vpcs[vpc].egress_only.clone());
            let target = match (internet, egress_only) {
                (Some(id), None) => Some(("GatewayId", id)),
                (Some(id), Some(_)) if self.random.chance(50) => Some(("GatewayId", id)),
                (_, Some(id)) => Some(("EgressOnlyInternetGatewayId", id)),
                (None, None) => None,
            };
            self.route(&mut routes, "::/0", target);
        }
        for other in 0..self.vpcs.len() {
            if other != vpc {
                self.routes_to(vpc, other, &mut routes);
            }
        }
        // A more specific route to some other place.
        if self.random.chance(15) {
            let block = *self.random.pick(&[
                "8.8.8.0/24",
                "10.1.1.0/24",
                "10.2.0.0/24",
                "52.218.128.0/18",
                "10.0.0.0/8",
            ]);
            let target = self.way_out(vpc);
            let own = format!("10.{}.", self.vpcs[vpc].net);
            if !block.starts_with(&own) {
                self.route(&mut routes, block, target);
            }
        }
        // AWS takes no route that is more specific than the local one, but for few targets (25).
        let own = format!("10.{}.", self.vpcs[vpc].net);
        if self.random.chance(20)
            && let (Some(list), Some((member, id))) = (self.customer_list.clone(), self.way_out(vpc))
            && !self.customer_blocks.iter().any(|block| block.starts_with(&own))
        {
            routes.push(json!({"DestinationPrefixListId": list, member: id, "Origin": "CreateRoute",
                "State": "active"}));
        }
        routes
    }

    fn routes_to(&mut self, vpc: usize, other: usize, routes: &mut Vec<Value>) {
        let mut targets = Vec::new();
        for (id, one, two) in &self.peerings {
            if (*one, *two) == (vpc, other) || (*one, *two) == (other, vpc) {
                targets.push(("VpcPeeringConnectionId", id.clone()));
            }
        }
        if let Some(id) = &self.transit {
            targets.push(("TransitGatewayId", id.clone()));
        }
        if self.vpcs[other].net == self.vpcs[vpc].net {
            targets.clear();
        }
        // Sometimes there is no route back.
        if targets.is_empty() || !self.random.chance(80) {
            return;
        }
        let target = self.random.pick(&targets).clone();
        let whole = self.random.chance(80);
        let block = if whole {
            self.vpcs[other].cidrs[0].clone()
        } else {
            format!("10.{}.{}.0/24", self.vpcs[other].net, self.random.below(3))
        };
        self.route(routes, &block, Some(target));
        if self.vpcs[other].v6 && self.vpcs[vpc].v6 && self.random.chance(70) {
            let target = self.random.pick(&targets).clone();
            let block = self.vpcs[other].v6_block();
            self.route(routes, &block, Some(target));
        }
    }

    /// Adds a route unless there is one for the block; without a target it is a blackhole.
    fn route(&mut self, routes: &mut Vec<Value>, block: &str, target: Option<(&'static str, String)>) {
        let member = if block.contains(':') { "DestinationIpv6CidrBlock" } else { "DestinationCidrBlock" };
        if routes.iter().any(|route| route[member] == *block) {
            return;
        }
        let blackhole = target.is_none() || self.random.chance(4);
        let (name, id) = target.unwrap_or_else(|| ("NatGatewayId", self.ids.new_id("nat")));
        let state = if blackhole { "blackhole" } else { "active" };
        routes.push(json!({member: block, name: id, "Origin": "CreateRoute", "State": state}));
    }

    /// Something traffic may leave this VPC through, right or wrong.
    fn way_out(&mut self, vpc: usize) -> Option<(&'static str, String)> {
        let owner = &self.vpcs[vpc];
        let mut targets: Vec<(&'static str, String)> = Vec::new();
        for _ in 0..2 {
            targets.extend(owner.internet.iter().map(|id| ("GatewayId", id.clone())));
            targets.extend(owner.nats.iter().map(|id| ("NatGatewayId", id.clone())));
        }
        targets.extend(self.transit.iter().map(|id| ("TransitGatewayId", id.clone())));
        self.random.maybe(&targets).cloned()
    }
}
