//! What the ids of sub-resources stand for.
//!
//! Many calls name only the id of an association or a rule (`DisassociateRouteTable` names `rtbassoc-...`). What the
//! id stands for is in describe output and in the answers of other calls, before or after. Ids are never reused, so
//! it does not matter when something was learned, except for security group rules, whose content can be modified.

mod chain;
#[cfg(test)]
mod tests;

use crate::cloudtrail::{Fields, Record};
use crate::events::permission;
use crate::world::organization::policy_type;
use butfor_incident::Timestamp;
use chain::Chain;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a security group rule id (`sgr-...`) stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRule {
    /// The group it belongs to.
    pub group: String,
    /// Outbound.
    pub egress: bool,
    /// The rule as an `IpPermission` with exactly one peer.
    pub permission: Value,
}

/// What an association moves around: the subnet, gateway or, for the main association of a VPC, the VPC's default.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An explicitly associated subnet.
    Subnet(String),
    /// A gateway with an edge route table.
    Gateway(String),
    /// The main association.
    Main,
}

impl Subject {
    /// The key of the association among its table's associations.
    #[must_use]
    pub fn element(&self) -> &str {
        match self {
            Self::Subnet(id) | Self::Gateway(id) => id,
            Self::Main => "main",
        }
    }
}

/// An association of something with a table or an access list, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Association {
    /// The route table or network ACL.
    pub container: Option<String>,
    /// What is associated with it.
    pub subject: Option<Subject>,
}

/// What an `eipassoc-...` id stands for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressAssociation {
    /// `eipalloc-...`.
    pub allocation: Option<String>,
    /// The interface with the address.
    pub interface: Option<String>,
    /// The private address it is mapped to.
    pub private_ip: Option<String>,
    /// The public address.
    pub public_ip: Option<String>,
}

/// What a `vpc-cidr-assoc-...` id stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CidrAssociation {
    /// The VPC.
    pub vpc: String,
    /// Member of the VPC's document (`CidrBlockAssociationSet` or `Ipv6CidrBlockAssociationSet`).
    pub member: &'static str,
    /// The block.
    pub cidr: String,
    /// The association as the VPC's document has it.
    pub document: Value,
}

/// Sub-resource ids and names, learned from observations and from the answers in records.
#[derive(Debug, Clone, Default)]
pub struct IdIndex {
    rules: BTreeMap<String, Vec<(Option<Timestamp>, GroupRule)>>,
    route_tables: Chain,
    network_acls: Chain,
    addresses: BTreeMap<String, AddressAssociation>,
    public_ips: BTreeMap<String, String>,
    cidrs: BTreeMap<String, CidrAssociation>,
    attachments: BTreeMap<String, String>,
    instance_interfaces: BTreeMap<String, BTreeSet<String>>,
    endpoint_interfaces: BTreeMap<String, BTreeMap<String, Value>>,
    endpoint_prefix_lists: BTreeMap<String, String>,
    endpoint_services: BTreeMap<String, String>,
    prefix_list_names: BTreeMap<String, String>,
    arns: BTreeMap<(String, String), String>,
    target_ports: BTreeMap<String, i64>,
    organization_policies: BTreeMap<String, String>,
}

impl IdIndex {
    /// Learns from a document of describe output.
    pub fn learn_document(&mut self, kind: &str, id: &str, document: &Value) {
        let fields = Fields::of(document);
        // Rules come alone, as a list, or as a member beside a group's other members (DescribeSecurityGroupRules).
        let alone = fields.has("SecurityGroupRuleId").then_some(fields);
        let listed = document.as_array().into_iter().flatten().map(Fields::of);
        for rule in alone.into_iter().chain(listed).chain(fields.list("SecurityGroupRules")) {
            self.learn_rule(None, rule);
        }
        match kind {
            "AWS::EC2::RouteTable" => self.learn_route_table(id, fields),
            "AWS::EC2::NetworkAcl" => self.learn_network_acl(id, fields),
            "AWS::EC2::EIP" => self.learn_address(id, fields),
            "AWS::EC2::VPC" => self.learn_cidrs(id, fields),
            "AWS::EC2::NetworkInterface" => self.learn_interface(id, fields),
            "AWS::EC2::VPCEndpoint" => {
                if let Some(service) = fields.text("ServiceName") {
                    self.endpoint_services.insert(id.to_owned(), service);
                }
            }
            "AWS::EC2::PrefixList" => {
                if let Some(name) = fields.text("PrefixListName") {
                    self.prefix_list_names.insert(name, id.to_owned());
                }
            }
            "AWS::ElasticLoadBalancingV2::TargetGroup" => {
                if let Some(port) = fields.number("Port") {
                    self.target_ports.insert(id.to_owned(), port);
                }
            }
            "AWS::NetworkFirewall::RuleGroup" => {
                self.learn_name(kind, "RuleGroupName|RuleGroupResponse/RuleGroupName", id, fields)
            }
            "AWS::NetworkFirewall::FirewallPolicy" => {
                self.learn_name(
                    kind,
                    "FirewallPolicyName|FirewallPolicyResponse/FirewallPolicyName",
                    id,
                    fields,
                );
            }
            "AWS::NetworkFirewall::Firewall" => {
                self.learn_name(kind, "FirewallName|Firewall/FirewallName", id, fields)
            }
            "AWS::SecretsManager::Secret" => self.learn_name(kind, "Name", id, fields),
            "AWS::Organizations::Policy" => {
                if let Some(known) = policy_type(document) {
                    self.organization_policies.insert(id.to_owned(), known);
                }
            }
            "AWS::EC2::SecurityGroup" => self.learn_name(kind, "GroupName", id, fields),
            _ => {}
        }
    }

    /// Learns from the answer of a call that succeeded.
    pub fn learn_record(&mut self, record: &Record) {
        if record.error.is_some() || record.read_only {
            return;
        }
        let (asked, answered) = (record.asked(), record.answered());
        let at = Some(record.at);
        match (record.service.as_str(), record.operation()) {
            ("ec2", "AuthorizeSecurityGroupIngress" | "AuthorizeSecurityGroupEgress") => {
                answered.list("SecurityGroupRules").into_iter().for_each(|rule| self.learn_rule(at, rule));
            }
            ("ec2", "RevokeSecurityGroupIngress" | "RevokeSecurityGroupEgress") => {
                // What was revoked existed before: undated, so that it counts as the state before as well.
                answered
                    .list("RevokedSecurityGroupRules")
                    .into_iter()
                    .for_each(|rule| self.learn_rule(None, rule));
            }
            ("ec2", "ModifySecurityGroupRules") => self.learn_modified_rules(record),
            ("ec2", "AssociateRouteTable") => {
                if let Some(association) = answered.text("AssociationId") {
                    let subject = subject(asked);
                    self.route_tables.learn(&association, asked.text("RouteTableId"), subject);
                }
            }
            ("ec2", "ReplaceRouteTableAssociation") => self.route_tables.replace(record, "RouteTableId"),
            ("ec2", "ReplaceNetworkAclAssociation") => self.network_acls.replace(record, "NetworkAclId"),
            ("ec2", "AssociateAddress") => self.learn_address_call(asked, answered),
            ("ec2", "AllocateAddress") => {
                if let (Some(id), Some(ip)) = (answered.text("AllocationId"), answered.text("PublicIp")) {
                    self.public_ips.insert(id, ip);
                }
            }
            ("ec2", "AttachNetworkInterface") => {
                if let (Some(id), Some(eni)) =
                    (answered.text("AttachmentId"), asked.text("NetworkInterfaceId"))
                {
                    self.attachments.insert(id, eni.clone());
                    if let Some(instance) = asked.text("InstanceId") {
                        self.instance_interfaces.entry(instance).or_default().insert(eni);
                    }
                }
            }
            ("ec2", "AssociateVpcCidrBlock") => {
                if let Some(vpc) = answered.text("VpcId").or_else(|| asked.text("VpcId")) {
                    self.learn_cidrs(&vpc, answered);
                }
            }
            ("organizations", "CreatePolicy") => {
                let made = answered.at("Policy/PolicySummary");
                if let Some(id) = made.text("Id") {
                    self.learn_document("AWS::Organizations::Policy", &id, made.value());
                }
            }
            _ => self.learn_created(record),
        }
    }

    fn learn_created(&mut self, record: &Record) {
        for (operation, member, kind, id) in [
            ("CreateRouteTable", "RouteTable", "AWS::EC2::RouteTable", "RouteTableId"),
            ("CreateNetworkAcl", "NetworkAcl", "AWS::EC2::NetworkAcl", "NetworkAclId"),
            ("CreateVpc", "Vpc", "AWS::EC2::VPC", "VpcId"),
            (
                "CreateNetworkInterface",
                "NetworkInterface",
                "AWS::EC2::NetworkInterface",
                "NetworkInterfaceId",
            ),
            ("CreateVpcEndpoint", "VpcEndpoint", "AWS::EC2::VPCEndpoint", "VpcEndpointId"),
        ] {
            if record.operation() == operation {
                let created = record.answered().at(member);
                if let Some(id) = created.text(id) {
                    self.learn_document(kind, &id, created.value());
                }
            }
        }
        if record.operation() == "CreateTargetGroup" {
            for group in record.answered().list("TargetGroups") {
                if let Some(arn) = group.text("TargetGroupArn") {
                    self.learn_document("AWS::ElasticLoadBalancingV2::TargetGroup", &arn, group.value());
                }
            }
        }
    }

    /// The content of a rule just before `at`; `None` when it is not known or not certain.
    #[must_use]
    pub fn group_rule(&self, id: &str, at: Timestamp) -> Option<&GroupRule> {
        let known = self.rules.get(id)?;
        // A dated content is what a call set; the latest one before `at` is in force.
        let dated = known.iter().filter_map(|(set, rule)| set.filter(|set| *set < at).map(|set| (set, rule)));
        if let Some((_, rule)) = dated.max_by_key(|(set, _)| *set) {
            return Some(rule);
        }
        // Otherwise what was observed, unless a later call changed it: then it may be of before or of after.
        let later: Vec<_> =
            known.iter().filter(|(set, _)| set.is_some_and(|set| set >= at)).map(|(_, rule)| rule).collect();
        let mut observed =
            known.iter().filter(|(set, rule)| set.is_none() && !later.contains(&rule)).map(|(_, rule)| rule);
        let first = observed.next()?;
        observed.all(|other| other == first).then_some(first)
    }

    /// The group and direction of a rule: these never change.
    #[must_use]
    pub fn group_rule_place(&self, id: &str) -> Option<(&str, bool)> {
        self.rules.get(id)?.first().map(|(_, rule)| (rule.group.as_str(), rule.egress))
    }

    /// What an `rtbassoc-...` id stands for.
    #[must_use]
    pub fn route_table_association(&self, id: &str) -> Association {
        self.route_tables.get(id)
    }

    /// What an `aclassoc-...` id stands for.
    #[must_use]
    pub fn network_acl_association(&self, id: &str) -> Association {
        self.network_acls.get(id)
    }

    /// What an `eipassoc-...` id stands for.
    #[must_use]
    pub fn address_association(&self, id: &str) -> Option<&AddressAssociation> {
        self.addresses.get(id)
    }

    /// The public address of an allocation.
    #[must_use]
    pub fn public_ip(&self, allocation: &str) -> Option<&str> {
        self.public_ips.get(allocation).map(String::as_str)
    }

    /// The allocation of a public address.
    #[must_use]
    pub fn allocation(&self, public_ip: &str) -> Option<&str> {
        self.public_ips.iter().find(|(_, ip)| *ip == public_ip).map(|(id, _)| id.as_str())
    }

    /// What a `vpc-cidr-assoc-...` id stands for.
    #[must_use]
    pub fn cidr_association(&self, id: &str) -> Option<&CidrAssociation> {
        self.cidrs.get(id)
    }

    /// The interface of an `eni-attach-...` id.
    #[must_use]
    pub fn attached_interface(&self, attachment: &str) -> Option<&str> {
        self.attachments.get(attachment).map(String::as_str)
    }

    /// The interface of an instance, when it is known to have exactly one.
    #[must_use]
    pub fn only_interface(&self, instance: &str) -> Option<&str> {
        let interfaces = self.instance_interfaces.get(instance)?;
        interfaces.first().filter(|_| interfaces.len() == 1).map(String::as_str)
    }

    /// The interfaces an endpoint was ever seen with in a subnet, with their documents.
    #[must_use]
    pub fn endpoint_interfaces(&self, endpoint: &str, subnet: &str) -> Vec<(&str, &Value)> {
        let interfaces = self.endpoint_interfaces.get(endpoint).into_iter().flatten();
        interfaces
            .filter(|(_, document)| document.get("SubnetId").and_then(Value::as_str) == Some(subnet))
            .map(|(id, document)| (id.as_str(), document))
            .collect()
    }

    /// The prefix list whose routes a gateway endpoint adds to its route tables.
    #[must_use]
    pub fn endpoint_prefix_list(&self, endpoint: &str) -> Option<&str> {
        let by_service = || self.prefix_list_names.get(self.endpoint_services.get(endpoint)?);
        self.endpoint_prefix_lists.get(endpoint).or_else(by_service).map(String::as_str)
    }

    /// The id a resource of `kind` has whose name is `name`.
    #[must_use]
    pub fn named(&self, kind: &str, name: &str) -> Option<&str> {
        self.arns.get(&(kind.to_owned(), name.to_owned())).map(String::as_str).filter(|id| !id.is_empty())
    }

    /// The type of an organization's policy (`SERVICE_CONTROL_POLICY`).
    #[must_use]
    pub fn organization_policy_type(&self, id: &str) -> Option<&str> {
        self.organization_policies.get(id).map(String::as_str)
    }

    /// The port targets of a target group have when none is named.
    #[must_use]
    pub fn target_port(&self, target_group: &str) -> Option<i64> {
        self.target_ports.get(target_group).copied()
    }

    fn learn_rule(&mut self, at: Option<Timestamp>, rule: Fields<'_>) {
        let (Some(id), Some(group)) = (rule.text("SecurityGroupRuleId"), rule.text("GroupId")) else {
            return;
        };
        let (Some(egress), Some(permission)) = (rule.flag("IsEgress"), permission::of_rule(rule)) else {
            return;
        };
        self.add_rule(id, at, GroupRule { group, egress, permission });
    }

    fn add_rule(&mut self, id: String, at: Option<Timestamp>, rule: GroupRule) {
        let known = self.rules.entry(id).or_default();
        if !known.iter().any(|(set, other)| *set == at && *other == rule) {
            known.push((at, rule));
        }
    }

    fn learn_modified_rules(&mut self, record: &Record) {
        let Some(group) = record.asked().text("GroupId") else { return };
        for rule in record.asked().list("SecurityGroupRules") {
            let (Some(id), Some(permission)) =
                (rule.text("SecurityGroupRuleId"), permission::of_rule(rule.at("SecurityGroupRule")))
            else {
                continue;
            };
            // The request does not say the direction; another sighting of the rule must.
            if let Some(egress) = self.group_rule_place(&id).map(|(_, egress)| egress) {
                self.add_rule(id, Some(record.at), GroupRule { group: group.clone(), egress, permission });
            }
        }
    }

    fn learn_route_table(&mut self, id: &str, fields: Fields<'_>) {
        for association in fields.list("Associations") {
            if let Some(name) = association.text("RouteTableAssociationId") {
                let subject = if association.flag("Main") == Some(true) {
                    Some(Subject::Main)
                } else {
                    subject(association)
                };
                self.route_tables.learn(&name, Some(id.to_owned()), subject);
            }
        }
        for route in fields.list("Routes") {
            if let (Some(gateway), Some(list)) =
                (route.text("GatewayId"), route.text("DestinationPrefixListId"))
                && gateway.starts_with("vpce-")
            {
                self.endpoint_prefix_lists.insert(gateway, list);
            }
        }
    }

    fn learn_network_acl(&mut self, id: &str, fields: Fields<'_>) {
        for association in fields.list("Associations") {
            if let Some(name) = association.text("NetworkAclAssociationId") {
                self.network_acls.learn(&name, Some(id.to_owned()), subject(association));
            }
        }
    }

    fn learn_address(&mut self, id: &str, fields: Fields<'_>) {
        let public_ip = fields.text("PublicIp");
        if let Some(ip) = &public_ip {
            self.public_ips.insert(id.to_owned(), ip.clone());
        }
        if let Some(association) = fields.text("AssociationId") {
            let known = AddressAssociation {
                allocation: Some(id.to_owned()),
                interface: fields.text("NetworkInterfaceId"),
                private_ip: fields.text("PrivateIpAddress"),
                public_ip,
            };
            self.addresses.insert(association, known);
        }
    }

    fn learn_address_call(&mut self, asked: Fields<'_>, answered: Fields<'_>) {
        let Some(association) = answered.text("AssociationId") else { return };
        let instance = asked.text("InstanceId");
        let only = instance.as_deref().and_then(|instance| self.only_interface(instance)).map(str::to_owned);
        let allocation = asked.text("AllocationId");
        let known_ip = allocation.as_deref().and_then(|id| self.public_ip(id)).map(str::to_owned);
        let known = AddressAssociation {
            allocation,
            interface: asked.text("NetworkInterfaceId").or(only),
            private_ip: asked.text("PrivateIpAddress"),
            public_ip: asked.text("PublicIp").or(known_ip),
        };
        self.addresses.entry(association).or_insert(known);
    }

    fn learn_cidrs(&mut self, vpc: &str, fields: Fields<'_>) {
        for (member, paths, name) in [
            ("CidrBlockAssociationSet", "CidrBlockAssociationSet|CidrBlockAssociation", "CidrBlock"),
            (
                "Ipv6CidrBlockAssociationSet",
                "Ipv6CidrBlockAssociationSet|Ipv6CidrBlockAssociation",
                "Ipv6CidrBlock",
            ),
        ] {
            for association in fields.list(paths) {
                if let (Some(id), Some(cidr)) = (association.text("AssociationId"), association.text(name)) {
                    let document = association.value().clone();
                    self.cidrs.insert(id, CidrAssociation { vpc: vpc.to_owned(), member, cidr, document });
                }
            }
        }
    }

    fn learn_interface(&mut self, id: &str, fields: Fields<'_>) {
        if let Some(attachment) = fields.text("Attachment/AttachmentId") {
            self.attachments.insert(attachment, id.to_owned());
        }
        if let Some(instance) = fields.text("Attachment/InstanceId") {
            self.instance_interfaces.entry(instance).or_default().insert(id.to_owned());
        }
        if let Some(association) = fields.text("Association/AssociationId") {
            let known = AddressAssociation {
                allocation: fields.text("Association/AllocationId"),
                interface: Some(id.to_owned()),
                private_ip: fields.text("PrivateIpAddress"),
                public_ip: fields.text("Association/PublicIp"),
            };
            self.addresses.insert(association, known);
        }
        // The interface's description is where AWS names the endpoint: "VPC Endpoint Interface vpce-...".
        let description = fields.text("Description").unwrap_or_default();
        let endpoint = description.split_whitespace().find(|word| word.starts_with("vpce-"));
        if let (Some(endpoint), Some("vpc_endpoint")) = (endpoint, fields.text("InterfaceType").as_deref()) {
            let interfaces = self.endpoint_interfaces.entry(endpoint.to_owned()).or_default();
            interfaces.insert(id.to_owned(), fields.value().clone());
        }
    }

    fn learn_name(&mut self, kind: &str, path: &str, id: &str, fields: Fields<'_>) {
        let Some(name) = fields.text(path) else { return };
        let known = self.arns.entry((kind.to_owned(), name)).or_insert_with(|| id.to_owned());
        if known != id {
            // Two resources of one name (in two accounts or VPCs): the name tells nothing.
            known.clear();
        }
    }
}

fn subject(fields: Fields<'_>) -> Option<Subject> {
    fields.text("SubnetId").map(Subject::Subnet).or_else(|| fields.text("GatewayId").map(Subject::Gateway))
}
