//! Load balancers, interface endpoints, prefix lists and network firewalls.

use super::build::{CREATED, Subnet, Vpc, tags};
use super::cloud::{
    BALANCERS, ENDPOINTS, FIREWALL_POLICIES, FIREWALLS, INTERFACES, LISTENERS, PREFIX_LISTS, Place,
    RULE_GROUPS, TARGET_GROUPS,
};
use super::host::Host;
use super::story::Story;
use serde_json::{Value, json};

/// An application load balancer with one listener and one target group.
#[derive(Debug, Clone)]
pub(super) struct Balancer {
    pub arn: String,
    /// `app/NAME/0123456789abcdef`, the CloudWatch dimension.
    pub dimension: String,
    pub target_group: String,
    /// `targetgroup/NAME/0123456789abcdef`, the CloudWatch dimension.
    pub target_dimension: String,
    pub interfaces: Vec<(String, String)>,
}

/// An interface endpoint.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub id: String,
    pub interface: String,
    pub address: String,
}

/// A network firewall with one endpoint and one stateful rule group.
#[derive(Debug, Clone)]
pub(super) struct Firewall {
    pub endpoint: String,
    pub rule_group: String,
}

impl Story {
    /// A balancer of HTTP port 80 in front of `port` of the targets.
    pub(super) fn balancer(
        &mut self,
        subnets: &[&Subnet],
        group: &str,
        port: u16,
        targets: &[&Host],
    ) -> Option<Balancer> {
        let vpc = subnets.first()?.vpc.clone();
        let place = vpc.place.clone();
        let name = format!("{}-alb", vpc.name);
        let dimension = format!("app/{name}/{}", self.ids.hex("balancer"));
        let target_dimension = format!("targetgroup/{}-tg/{}", vpc.name, self.ids.hex("target group"));
        let arn = place.arn("elasticloadbalancing", &format!("loadbalancer/{dimension}"));
        let target_group = place.arn("elasticloadbalancing", &target_dimension);
        let zones: Vec<_> =
            subnets.iter().map(|subnet| json!({ "ZoneName": subnet.zone, "SubnetId": subnet.id })).collect();
        self.add(&place, BALANCERS, json!({
            "LoadBalancerArn": arn, "LoadBalancerName": name, "VpcId": vpc.id, "Type": "application",
            "Scheme": "internet-facing", "IpAddressType": "ipv4", "State": { "Code": "active" }, "CreatedTime": CREATED,
            "DNSName": format!("{name}-1634.{}.elb.amazonaws.com", place.region), "AvailabilityZones": zones,
            "SecurityGroups": [group],
            "_attributes": [{ "Key": "load_balancing.cross_zone.enabled", "Value": "true" }]
        }));
        let listener =
            place.arn("elasticloadbalancing", &format!("listener/{dimension}/{}", self.ids.hex("listener")));
        self.add(
            &place,
            LISTENERS,
            json!({
                "ListenerArn": listener, "LoadBalancerArn": arn, "Port": 80, "Protocol": "HTTP",
                "DefaultActions": [{ "Type": "forward", "TargetGroupArn": target_group }]
            }),
        );
        self.add(&place, TARGET_GROUPS, json!({
            "TargetGroupArn": target_group, "TargetGroupName": format!("{}-tg", vpc.name), "Protocol": "HTTP", "Port": port,
            "VpcId": vpc.id, "TargetType": "instance", "HealthCheckProtocol": "HTTP", "HealthCheckPort": "traffic-port",
            "HealthCheckEnabled": true, "HealthCheckPath": "/health", "LoadBalancerArns": [arn],
            "_health": targets.iter().map(|host| target_health(host, port, None)).collect::<Vec<_>>(), "_attributes": []
        }));
        let mut interfaces = Vec::new();
        for (number, subnet) in subnets.iter().enumerate() {
            let id = self.ids.id("eni", &format!("{arn} {number}"));
            let address = format!("10.{}.{}.{}", vpc.net, subnet.number, 60 + number);
            let roles = ("interface", format!("ELB {dimension}"), "amazon-elb");
            let mut document = self.interface(subnet, &id, &address, &[group], (roles.0, &roles.1, roles.2));
            if let Some(members) = document.as_object_mut() {
                let public =
                    json!({ "IpOwnerId": "amazon-elb", "PublicIp": format!("198.51.100.{}", 200 + number) });
                members.insert("Association".to_owned(), public);
            }
            self.add(&place, INTERFACES, document);
            interfaces.push((id, address));
        }
        Some(Balancer { arn, dimension, target_group, target_dimension, interfaces })
    }

    /// Health of the targets as the balancer sees it: healthy, or the reason why not.
    pub(super) fn target_health(
        &mut self,
        balancer: &Balancer,
        port: u16,
        targets: &[&Host],
        reason: Option<&str>,
    ) {
        let health: Vec<_> = targets.iter().map(|host| target_health(host, port, reason)).collect();
        self.set(TARGET_GROUPS, &balancer.target_group, "_health", &json!(health));
    }

    /// An interface endpoint with private DNS in one subnet.
    pub(super) fn endpoint(&mut self, subnet: &Subnet, service: &str, group: &str) -> Endpoint {
        let (vpc, place) = (&subnet.vpc, subnet.vpc.place.clone());
        let id = self.ids.id("vpce", &format!("{} {service}", vpc.id));
        let endpoint = Endpoint {
            interface: self.ids.id("eni", &id),
            address: format!("10.{}.{}.88", vpc.net, subnet.number),
            id,
        };
        let name = format!("com.amazonaws.{}.{service}", place.region);
        let host = format!("{service}.{}.amazonaws.com", place.region);
        self.add(&place, ENDPOINTS, json!({
            "VpcEndpointId": endpoint.id, "VpcEndpointType": "Interface", "VpcId": vpc.id, "ServiceName": name,
            "State": "available", "PrivateDnsEnabled": true, "RequesterManaged": false, "OwnerId": place.account,
            "SubnetIds": [subnet.id], "RouteTableIds": [], "NetworkInterfaceIds": [endpoint.interface],
            "Groups": [{ "GroupId": group, "GroupName": format!("{}-endpoint-sg", vpc.name) }],
            "DnsEntries": [{ "DnsName": host, "HostedZoneId": "ZONEIDPENDING" }], "CreationTimestamp": CREATED,
            "Tags": tags(&vpc.name, service)
        }));
        let description = format!("VPC Endpoint Interface {}", endpoint.id);
        let roles = ("vpc_endpoint", description.as_str(), "amazon-aws");
        let document = self.interface(subnet, &endpoint.interface, &endpoint.address, &[group], roles);
        self.add(&place, INTERFACES, document);
        endpoint
    }

    /// A customer-managed prefix list at version 3.
    pub(super) fn prefix_list(&mut self, place: &Place, name: &str, entries: &[(&str, &str)]) -> String {
        let id = self.ids.id("pl", name);
        let entries: Vec<_> =
            entries.iter().map(|(cidr, text)| json!({ "Cidr": cidr, "Description": text })).collect();
        self.add(place, PREFIX_LISTS, json!({
            "PrefixListId": id, "PrefixListName": name, "AddressFamily": "IPv4", "MaxEntries": 10, "Version": 3,
            "State": "modify-complete", "OwnerId": place.account, "Tags": tags(name, "list"),
            "PrefixListArn": place.arn("ec2", &format!("prefix-list/{id}")), "_entries": entries
        }));
        id
    }

    /// A firewall in one subnet whose stateful rules, in strict order, are `rules`.
    pub(super) fn firewall(&mut self, subnet: &Subnet, name: &str, rules: &str) -> Firewall {
        let place = subnet.vpc.place.clone();
        let arn = |kind: &str| place.arn("network-firewall", &format!("{kind}/{name}"));
        let (firewall, policy, group) = (arn("firewall"), arn("firewall-policy"), arn("stateful-rulegroup"));
        let endpoint = self.ids.id("vpce", name);
        let described = json!({
            "UpdateToken": self.ids.uuid("firewall token"),
            "Firewall": { "FirewallName": name, "FirewallArn": firewall, "FirewallPolicyArn": policy,
                "VpcId": subnet.vpc.id, "SubnetMappings": [{ "SubnetId": subnet.id }], "FirewallId": self.ids.uuid("firewall") },
            "FirewallStatus": { "Status": "READY", "ConfigurationSyncStateSummary": "IN_SYNC", "SyncStates": {
                subnet.zone.as_str(): { "Attachment": { "SubnetId": subnet.id, "EndpointId": endpoint, "Status": "READY" } } } }
        });
        self.add(&place, FIREWALLS, json!({ "FirewallArn": firewall, "_described": described }));
        let described = json!({
            "UpdateToken": self.ids.uuid("policy token"),
            "FirewallPolicyResponse": { "FirewallPolicyName": name, "FirewallPolicyArn": policy,
                "FirewallPolicyId": self.ids.uuid("policy"), "FirewallPolicyStatus": "ACTIVE" },
            "FirewallPolicy": { "StatelessDefaultActions": ["aws:forward_to_sfe"],
                "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"],
                "StatefulRuleGroupReferences": [{ "ResourceArn": group, "Priority": 10 }],
                "StatefulDefaultActions": ["aws:drop_established"],
                "StatefulEngineOptions": { "RuleOrder": "STRICT_ORDER", "StreamExceptionPolicy": "DROP" } }
        });
        self.add(&place, FIREWALL_POLICIES, json!({ "FirewallPolicyArn": policy, "_described": described }));
        let described = self.rule_group(&group, name, rules, "old");
        self.add(&place, RULE_GROUPS, json!({ "RuleGroupArn": group, "_described": described }));
        let description = format!("VPC Endpoint Interface {endpoint}");
        let roles = ("gateway_load_balancer_endpoint", description.as_str(), "amazon-aws");
        let (id, address) =
            (self.ids.id("eni", &endpoint), format!("10.{}.{}.9", subnet.vpc.net, subnet.number));
        let interface = self.interface(subnet, &id, &address, &[], roles);
        self.add(&place, INTERFACES, interface);
        self.add(&place, ENDPOINTS, json!({
            "VpcEndpointId": endpoint, "VpcEndpointType": "GatewayLoadBalancer", "VpcId": subnet.vpc.id,
            "ServiceName": format!("com.amazonaws.vpce.{}.vpce-svc-{}", place.region, self.ids.hex("service")),
            "State": "available", "SubnetIds": [subnet.id], "RouteTableIds": [], "Groups": [], "PrivateDnsEnabled": false,
            "NetworkInterfaceIds": [id], "OwnerId": place.account, "RequesterManaged": true, "Tags": []
        }));
        Firewall { endpoint, rule_group: group }
    }

    /// What DescribeRuleGroup answers; `version` decides the update token.
    pub(super) fn rule_group(&self, arn: &str, name: &str, rules: &str, version: &str) -> Value {
        json!({
            "UpdateToken": self.ids.uuid(&format!("rules {version}")),
            "RuleGroup": { "RulesSource": { "RulesString": rules }, "StatefulRuleOptions": { "RuleOrder": "STRICT_ORDER" } },
            "RuleGroupResponse": { "RuleGroupArn": arn, "RuleGroupName": name, "RuleGroupId": self.ids.uuid("rule group"),
                "Type": "STATEFUL", "Capacity": 100, "RuleGroupStatus": "ACTIVE", "NumberOfAssociations": 1 }
        })
    }
}

fn target_health(host: &Host, port: u16, reason: Option<&str>) -> Value {
    let health = match reason {
        None => json!({ "State": "healthy" }),
        Some(reason) => json!({ "State": "unhealthy", "Reason": reason, "Description": "Request timed out" }),
    };
    json!({ "Target": { "Id": host.id, "Port": port }, "HealthCheckPort": port.to_string(), "TargetHealth": health })
}

/// Kept beside its users: a VPC's name server answers with the endpoint's private address only while both DNS
/// attributes are on (semantics 47).
pub(super) fn name_of(vpc: &Vpc, service: &str) -> String {
    format!("{service}.{}.amazonaws.com", vpc.place.region)
}
