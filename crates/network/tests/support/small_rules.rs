//! Security groups, network ACLs and prefix lists.

use super::{Draft, FIRST};
use serde_json::{Value, json};

/// What AWS's own list of Amazon S3 holds here.
pub(super) const S3: [&str; 2] = ["52.218.128.0/17", "3.5.76.0/22"];
pub(super) const S3_LIST: &str = "pl-68a54001";

impl Draft {
    pub(super) fn prefix_lists(&mut self) {
        let s3 =
            json!({"PrefixListId": S3_LIST, "PrefixListName": "com.amazonaws.us-west-2.s3", "Cidrs": S3});
        self.asked.push((FIRST, "DescribePrefixLists", Value::Null, json!({"PrefixLists": [s3]})));
        if self.random.chance(50) {
            let id = self.ids.new_id("pl");
            let entries: Vec<Value> = (0..1 + self.random.below(3))
                .map(|_| json!({"Cidr": self.block(), "Description": "some network"}))
                .collect();
            self.customer_blocks =
                entries.iter().filter_map(|entry| entry["Cidr"].as_str().map(str::to_owned)).collect();
            let list = json!({"PrefixListId": id, "PrefixListName": "offices", "State": "create-complete",
                "AddressFamily": "IPv4", "OwnerId": FIRST});
            self.emit(FIRST, "DescribeManagedPrefixLists", "PrefixLists", list);
            self.asked.push((
                FIRST,
                "GetManagedPrefixListEntries",
                json!({"PrefixListId": id}),
                json!({"Entries": entries}),
            ));
            self.customer_list = Some(id);
        }
    }

    /// An IPv4 block that means something here.
    pub(super) fn block(&mut self) -> String {
        let vpc = self.random.below(self.vpcs.len());
        let net = self.vpcs[vpc].net;
        match self.random.below(12) {
            0..=2 => "0.0.0.0/0".to_owned(),
            3..=5 => format!("10.{net}.0.0/16"),
            6 | 7 => format!("10.{net}.{}.0/24", self.random.below(4)),
            8 => format!("10.{net}.{}.{}/32", self.random.below(3), 10 + self.random.below(3)),
            9 => "10.0.0.0/8".to_owned(),
            10 => S3[0].to_owned(),
            _ => "8.8.8.0/24".to_owned(),
        }
    }

    fn v6_block(&mut self) -> String {
        let vpc = self.random.below(self.vpcs.len());
        if self.random.chance(50) { "::/0".to_owned() } else { self.vpcs[vpc].v6_block() }
    }

    pub(super) fn security_groups(&mut self) {
        for vpc in 0..self.vpcs.len() {
            let groups: Vec<String> = (0..2 + self.random.below(2)).map(|_| self.ids.new_id("sg")).collect();
            self.vpcs[vpc].groups = groups;
        }
        let all: Vec<(usize, String)> = self
            .vpcs
            .iter()
            .enumerate()
            .flat_map(|(vpc, owner)| owner.groups.iter().map(move |id| (vpc, id.clone())))
            .collect();
        let open = json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
            "Ipv6Ranges": [{"CidrIpv6": "::/0"}], "PrefixListIds": [], "UserIdGroupPairs": []});
        for (vpc, id) in &all {
            let outbound = if self.random.chance(65) {
                vec![open.clone()]
            } else {
                (0..self.random.below(4)).map(|_| self.permission(&all)).collect()
            };
            let inbound = if self.random.chance(25) {
                vec![open.clone()]
            } else {
                (0..self.random.below(5)).map(|_| self.permission(&all)).collect()
            };
            let (account, vpc_id) = (self.vpcs[*vpc].account, self.vpcs[*vpc].id.clone());
            let item = json!({"GroupId": id, "GroupName": id, "VpcId": vpc_id, "OwnerId": account,
                "IpPermissions": inbound, "IpPermissionsEgress": outbound});
            self.emit(account, "DescribeSecurityGroups", "SecurityGroups", item);
        }
    }

    fn permission(&mut self, groups: &[(usize, String)]) -> Value {
        let services = [
            json!({"IpProtocol": "-1"}),
            json!({"IpProtocol": "-1"}),
            json!({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535}),
            json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}),
            json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 3306}),
            json!({"IpProtocol": "tcp", "FromPort": 20, "ToPort": 80}),
            json!({"IpProtocol": "6", "FromPort": 22, "ToPort": 22}),
            json!({"IpProtocol": "udp", "FromPort": 53, "ToPort": 53}),
            json!({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1}),
            json!({"IpProtocol": "icmp", "FromPort": 8, "ToPort": 0}),
            json!({"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1}),
            json!({"IpProtocol": "icmp", "FromPort": 3, "ToPort": 4}),
            json!({"IpProtocol": "icmpv6", "FromPort": -1, "ToPort": -1}),
            json!({"IpProtocol": "47"}),
        ];
        let mut permission = self.random.pick(&services).clone();
        let (mut ranges, mut v6, mut lists, mut pairs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..1 + self.random.below(2) {
            match self.random.below(10) {
                0..=3 => ranges.push(json!({"CidrIp": self.block()})),
                4 => v6.push(json!({"CidrIpv6": self.v6_block()})),
                5..=7 => {
                    let (vpc, id) = self.random.pick(groups).clone();
                    pairs.push(json!({"GroupId": id, "UserId": self.vpcs[vpc].account}));
                }
                _ => {
                    let id = self.customer_list.clone().filter(|_| self.random.chance(60));
                    lists.push(json!({"PrefixListId": id.unwrap_or_else(|| S3_LIST.to_owned())}));
                }
            }
        }
        permission["IpRanges"] = ranges.into();
        permission["Ipv6Ranges"] = v6.into();
        permission["PrefixListIds"] = lists.into();
        permission["UserIdGroupPairs"] = pairs.into();
        permission
    }

    pub(super) fn network_acls(&mut self) {
        for vpc in 0..self.vpcs.len() {
            let owner = &self.vpcs[vpc];
            let (account, vpc_id) = (owner.account, owner.id.clone());
            let subnets: Vec<String> = owner.subnets.iter().map(|subnet| subnet.id.clone()).collect();
            let mut of_custom = Vec::new();
            let mut of_default = Vec::new();
            for subnet in subnets {
                match self.random.below(10) {
                    0..=2 => of_custom.push(json!({"SubnetId": subnet})),
                    // Left out, which means the default one as well.
                    3 => {}
                    _ => of_default.push(json!({"SubnetId": subnet})),
                }
            }
            let id = self.ids.new_id("acl");
            let mut entries = Vec::new();
            for egress in [false, true] {
                if !self.random.chance(5) {
                    entries.push(entry(100, egress, "allow", "-1", "0.0.0.0/0"));
                    entries.push(entry(101, egress, "allow", "-1", "::/0"));
                }
                entries.push(entry(32767, egress, "deny", "-1", "0.0.0.0/0"));
                entries.push(entry(32768, egress, "deny", "-1", "::/0"));
            }
            let item = json!({"NetworkAclId": id, "VpcId": vpc_id, "OwnerId": account, "IsDefault": true,
                "Entries": entries, "Associations": of_default});
            self.emit(account, "DescribeNetworkAcls", "NetworkAcls", item);
            if !of_custom.is_empty() {
                let id = self.ids.new_id("acl");
                let entries = self.entries();
                let item = json!({"NetworkAclId": id, "VpcId": vpc_id, "OwnerId": account, "IsDefault": false,
                    "Entries": entries, "Associations": of_custom});
                self.emit(account, "DescribeNetworkAcls", "NetworkAcls", item);
            }
        }
    }

    fn entries(&mut self) -> Vec<Value> {
        let mut entries = Vec::new();
        for egress in [false, true] {
            let mut number = 0;
            for _ in 0..self.random.below(4) {
                number += 10 + self.random.below(3);
                entries.push(self.random_entry(number, egress));
            }
            if self.random.chance(60) {
                entries.push(entry(200, egress, "allow", "-1", "0.0.0.0/0"));
            }
            if self.random.chance(40) {
                // The usual entry for replies.
                let mut replies = entry(210, egress, "allow", "6", "0.0.0.0/0");
                let from = *self.random.pick(&[1024, 1024, 1025, 32768]);
                let to = *self.random.pick(&[65535, 65535, 65535, 5000, 60999]);
                replies["PortRange"] = json!({"From": from, "To": to.max(from)});
                entries.push(replies);
            }
            if self.random.chance(50) {
                entries.push(entry(220, egress, "allow", "-1", "::/0"));
            }
            entries.push(entry(32767, egress, "deny", "-1", "0.0.0.0/0"));
            entries.push(entry(32768, egress, "deny", "-1", "::/0"));
        }
        // AWS gives them in no particular order.
        if self.random.chance(50) {
            entries.reverse();
        }
        entries
    }

    fn random_entry(&mut self, number: usize, egress: bool) -> Value {
        let action = if self.random.chance(50) { "allow" } else { "deny" };
        let protocol = *self.random.pick(&["-1", "6", "6", "6", "17", "1", "58", "47"]);
        let block = if self.random.chance(15) { self.v6_block() } else { self.block() };
        let mut made = entry(number, egress, action, protocol, &block);
        match protocol {
            "6" | "17" => {
                let ports =
                    [(443, 443), (0, 65535), (1024, 65535), (22, 80), (3306, 3306), (32768, 60999), (53, 53)];
                let (from, to) = *self.random.pick(&ports);
                made["PortRange"] = json!({"From": from, "To": to});
            }
            "1" | "58" => {
                let (kind, code) =
                    *self.random.pick(&[(-1, -1), (8, -1), (8, 0), (0, 0), (128, -1), (129, 0)]);
                made["IcmpTypeCode"] = json!({"Type": kind, "Code": code});
            }
            _ => {}
        }
        made
    }
}

fn entry(number: usize, egress: bool, action: &str, protocol: &str, block: &str) -> Value {
    let member = if block.contains(':') { "Ipv6CidrBlock" } else { "CidrBlock" };
    json!({"RuleNumber": number, "Egress": egress, "RuleAction": action, "Protocol": protocol, member: block})
}
