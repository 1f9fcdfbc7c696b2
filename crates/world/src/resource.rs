//! One resource at one moment.

use crate::delta::ResourceKey;
use butfor_incident::Cites;
use butfor_network::describe::Document;
use serde_json::Value;
use std::sync::{Arc, OnceLock};

/// One resource: its document, where it is, and what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Kind and id.
    pub key: ResourceKey,
    /// Account it was described in; its owner's where several described it.
    pub account: String,
    /// Region it was described in.
    pub region: String,
    document: Arc<Document>,
    parsed: Parsed,
    cites: Option<Cites>,
}

/// The document as a value, made when it is first asked for. It follows from the document, so that it does not count in a
/// comparison.
#[derive(Debug, Clone, Default)]
struct Parsed(OnceLock<Value>);

impl PartialEq for Parsed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Parsed {}

/// Members that hold a resource's own name, where AWS gives it one.
const OWN_NAMES: &[&str] = &[
    "GroupName",
    "LoadBalancerName",
    "TargetGroupName",
    "FunctionName",
    "DBInstanceIdentifier",
    "FirewallName",
    "FirewallPolicyName",
    "RuleGroupName",
    "AlarmName",
    "PrefixListName",
    "virtualInterfaceName",
    "VirtualInterfaceName",
    "name",
    "RoleName",
    "UserName",
    "PolicyName",
    "InstanceProfileName",
    "AliasName",
    "TableName",
    "Name",
];

/// Members that hold a resource's ARN, where describe output gives it.
const OWN_ARNS: &[&str] = &[
    "SubnetArn",
    "TransitGatewayArn",
    "PrefixListArn",
    "SecurityGroupArn",
    "LoadBalancerArn",
    "TargetGroupArn",
    "DBInstanceArn",
    "FunctionArn",
    "FirewallArn",
    "FirewallPolicyArn",
    "RuleGroupArn",
    "AlarmArn",
    "arn",
    "Arn",
    "ARN",
];

/// Resource types in ARNs of EC2 (Service Authorization Reference, Amazon EC2, resource types).
const EC2_TYPES: &[(&str, &str)] = &[
    ("VPC", "vpc"),
    ("Subnet", "subnet"),
    ("NetworkInterface", "network-interface"),
    ("Instance", "instance"),
    ("SecurityGroup", "security-group"),
    ("RouteTable", "route-table"),
    ("NetworkAcl", "network-acl"),
    ("InternetGateway", "internet-gateway"),
    ("EgressOnlyInternetGateway", "egress-only-internet-gateway"),
    ("NatGateway", "natgateway"),
    ("EIP", "elastic-ip"),
    ("VPCPeeringConnection", "vpc-peering-connection"),
    ("VPCEndpoint", "vpc-endpoint"),
    ("VPCEndpointService", "vpc-endpoint-service"),
    ("PrefixList", "prefix-list"),
    ("TransitGateway", "transit-gateway"),
    ("TransitGatewayAttachment", "transit-gateway-attachment"),
    ("TransitGatewayRouteTable", "transit-gateway-route-table"),
    ("VPNGateway", "vpn-gateway"),
    ("VPNConnection", "vpn-connection"),
    ("CustomerGateway", "customer-gateway"),
    ("DHCPOptions", "dhcp-options"),
    ("VPCBlockPublicAccessExclusion", "vpc-block-public-access-exclusion"),
];

impl Resource {
    pub(crate) fn new(document: Document, cites: Option<Cites>) -> Self {
        Self {
            key: ResourceKey { kind: document.kind.to_owned(), id: document.id.clone() },
            account: document.account.clone(),
            region: document.region.clone(),
            document: Arc::new(document),
            parsed: Parsed::default(),
            cites,
        }
    }

    /// The document, as text in AWS's own names.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.document.json
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The document as a value; null in the unlikely case that it cannot be read.
    #[must_use]
    pub fn value(&self) -> Value {
        self.parsed().clone()
    }

    /// The same, to look at.
    #[must_use]
    pub fn parsed(&self) -> &Value {
        self.parsed.0.get_or_init(|| serde_json::from_str(self.json()).unwrap_or_default())
    }

    /// What describes it; `None` when only a change made it.
    #[must_use]
    pub fn cites(&self) -> Option<&Cites> {
        self.cites.as_ref()
    }

    /// Its `Name` tag, else its own name.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let document = self.value();
        let text = |value: &Value| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
        let tags =
            ["Tags", "TagSet", "TagList", "tags"].iter().find_map(|name| match document.get(name)? {
                Value::Array(tags) => {
                    let is_name = |tag: &&Value| tag.get("Key").and_then(Value::as_str) == Some("Name");
                    text(tags.iter().find(is_name)?.get("Value")?)
                }
                Value::Object(tags) => text(tags.get("Name")?),
                _ => None,
            });
        tags.or_else(|| OWN_NAMES.iter().find_map(|name| text(document.get(name)?)))
    }

    /// Its ARN: its own, or made from account, region and id for kinds of EC2 and buckets.
    #[must_use]
    pub fn arn(&self) -> Option<String> {
        // The ids of roles leave out the path that their ARN has.
        if self.key.id.starts_with("arn:") && !self.key.kind.starts_with("AWS::IAM::") {
            return Some(self.key.id.clone());
        }
        let document = self.value();
        if self.key.kind == "AWS::S3::Bucket" {
            return Some(format!("arn:{}:s3:::{}", partition(&self.region), self.key.id));
        }
        if self.key.id.starts_with("arn:") && !document.get("Arn").is_some_and(Value::is_string) {
            return Some(self.key.id.clone());
        }
        if let Some(arn) = OWN_ARNS.iter().find_map(|name| document.get(name)?.as_str()) {
            return Some(arn.to_owned());
        }
        let name = self.key.kind.strip_prefix("AWS::EC2::")?;
        let (_, noun) = EC2_TYPES.iter().find(|(kind, _)| *kind == name)?;
        let account = document.get("OwnerId").and_then(Value::as_str).unwrap_or(&self.account);
        if account.is_empty() || self.region.is_empty() {
            return None;
        }
        let partition = partition(&self.region);
        Some(format!("arn:{partition}:ec2:{}:{account}:{noun}/{}", self.region, self.key.id))
    }
}

/// The AWS partition of a region (AWS General Reference, ARNs).
fn partition(region: &str) -> &'static str {
    match region {
        china if china.starts_with("cn-") => "aws-cn",
        government if government.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
