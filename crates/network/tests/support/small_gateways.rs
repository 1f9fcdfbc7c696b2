//! Internet, egress-only and NAT gateways, peerings, interface endpoints.

use super::{Draft, FIRST, Vpc};
use serde_json::{Value, json};

impl Draft {
    pub(super) fn internet_gateways(&mut self) {
        for vpc in 0..self.vpcs.len() {
            let (account, vpc_id) = (self.vpcs[vpc].account, self.vpcs[vpc].id.clone());
            if self.random.chance(80) {
                let id = self.ids.new_id("igw");
                let attached = if self.random.chance(95) {
                    json!([{"VpcId": vpc_id, "State": "available"}])
                } else {
                    json!([])
                };
                let item = json!({"InternetGatewayId": id, "OwnerId": account, "Attachments": attached});
                self.emit(account, "DescribeInternetGateways", "InternetGateways", item);
                self.vpcs[vpc].internet = Some(id);
            }
            if self.vpcs[vpc].v6 && self.random.chance(60) {
                let id = self.ids.new_id("eigw");
                let item = json!({"EgressOnlyInternetGatewayId": id,
                    "Attachments": [{"VpcId": vpc_id, "State": "attached"}]});
                self.emit(account, "DescribeEgressOnlyInternetGateways", "EgressOnlyInternetGateways", item);
                self.vpcs[vpc].egress_only = Some(id);
            }
        }
    }

    pub(super) fn nat_gateways(&mut self) {
        for vpc in 0..self.vpcs.len() {
            let count = usize::from(self.random.chance(60)) + usize::from(self.random.chance(20));
            for _ in 0..count {
                let id = self.ids.new_id("nat");
                let subnet = self.random.below(self.vpcs[vpc].subnets.len());
                let (interface, private) = self.interface(vpc, subnet, "nat_gateway", None);
                let connectivity = if self.random.chance(80) { "public" } else { "private" };
                let state = *self.random.pick(&[
                    "available",
                    "available",
                    "available",
                    "available",
                    "available",
                    "available",
                    "available",
                    "available",
                    "deleted",
                    "failed",
                ]);
                let mut address = json!({"NetworkInterfaceId": interface, "PrivateIp": private, "IsPrimary": true,
                    "Status": "succeeded"});
                if connectivity == "public" {
                    address["PublicIp"] = self.public().into();
                    address["AllocationId"] = self.ids.new_id("eipalloc").into();
                }
                let owner = &self.vpcs[vpc];
                let item = json!({"NatGatewayId": id, "VpcId": owner.id, "SubnetId": owner.subnets[subnet].id,
                    "ConnectivityType": connectivity, "State": state, "NatGatewayAddresses": [address]});
                let account = owner.account;
                self.emit(account, "DescribeNatGateways", "NatGateways", item);
                self.vpcs[vpc].nats.push(id);
            }
        }
    }

    pub(super) fn peerings(&mut self) {
        for one in 0..self.vpcs.len() {
            for other in one + 1..self.vpcs.len() {
                // AWS refuses peerings of VPCs whose blocks overlap.
                if self.vpcs[one].net == self.vpcs[other].net || !self.random.chance(40) {
                    continue;
                }
                let id = self.ids.new_id("pcx");
                let status = *self.random.pick(&[
                    "active",
                    "active",
                    "active",
                    "active",
                    "active",
                    "active",
                    "deleted",
                    "pending-acceptance",
                ]);
                let item = json!({"VpcPeeringConnectionId": id, "Status": {"Code": status},
                    "RequesterVpcInfo": side(&self.vpcs[one]), "AccepterVpcInfo": side(&self.vpcs[other])});
                let accounts = [self.vpcs[one].account, self.vpcs[other].account];
                self.emit(
                    accounts[0],
                    "DescribeVpcPeeringConnections",
                    "VpcPeeringConnections",
                    item.clone(),
                );
                if accounts[0] != accounts[1] {
                    self.emit(accounts[1], "DescribeVpcPeeringConnections", "VpcPeeringConnections", item);
                }
                self.peerings.push((id, one, other));
            }
        }
    }

    pub(super) fn interface_endpoints(&mut self) {
        for vpc in 0..self.vpcs.len() {
            if !self.random.chance(30) {
                continue;
            }
            let id = self.ids.new_id("vpce");
            let mut interfaces = Vec::new();
            let mut subnets: Vec<usize> = Vec::new();
            for subnet in 0..self.vpcs[vpc].subnets.len() {
                let zone = self.vpcs[vpc].subnets[subnet].zone;
                let taken = subnets.iter().any(|other| self.vpcs[vpc].subnets[*other].zone == zone);
                // One subnet a zone.
                if !taken && self.random.chance(45) {
                    interfaces.push(self.interface(vpc, subnet, "vpc_endpoint", None).0);
                    subnets.push(subnet);
                }
            }
            let owner = &self.vpcs[vpc];
            let subnets: Vec<&String> = subnets.iter().map(|at| &owner.subnets[*at].id).collect();
            let state = if self.random.chance(92) { "available" } else { "pending" };
            let groups: Vec<Value> = owner.groups.iter().take(1).map(|id| json!({"GroupId": id})).collect();
            let item = json!({"VpcEndpointId": id, "VpcEndpointType": "Interface", "VpcId": owner.id, "State": state,
                "ServiceName": "com.amazonaws.us-west-2.sqs", "SubnetIds": subnets, "RouteTableIds": [],
                "NetworkInterfaceIds": interfaces, "Groups": groups, "PrivateDnsEnabled": true});
            let account = owner.account;
            self.emit(account, "DescribeVpcEndpoints", "VpcEndpoints", item);
            if account == FIRST {
                self.endpoints.push(id);
            }
        }
    }
}

fn side(vpc: &Vpc) -> Value {
    let blocks: Vec<Value> = vpc.cidrs.iter().map(|block| json!({"CidrBlock": block})).collect();
    let v6: Vec<Value> = vpc.v6.then(|| json!({"Ipv6CidrBlock": vpc.v6_block()})).into_iter().collect();
    json!({"VpcId": vpc.id, "OwnerId": vpc.account, "Region": super::REGION, "CidrBlock": vpc.cidrs[0],
        "CidrBlockSet": blocks, "Ipv6CidrBlockSet": v6})
}
