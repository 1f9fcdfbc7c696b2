//! Services whose interfaces others own: databases and functions.

use super::read::{self, Text, named};
use serde::Deserialize;

named!(VpcGroup, "VpcSecurityGroupId");
named!(GroupSubnet, "SubnetIdentifier");

/// A database instance (RDS API, `DBInstance`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Database {
    /// ARN.
    #[serde(rename = "DBInstanceArn", deserialize_with = "read::text")]
    pub arn: Text,
    /// `available`, `stopped`, ...
    #[serde(rename = "DBInstanceStatus", deserialize_with = "read::text")]
    pub status: Text,
    /// Zone it runs in.
    #[serde(deserialize_with = "read::text")]
    pub availability_zone: Text,
    #[serde(deserialize_with = "read::list")]
    vpc_security_groups: Vec<VpcGroup>,
    #[serde(deserialize_with = "read::object")]
    endpoint: RawEndpoint,
    #[serde(rename = "DBSubnetGroup", deserialize_with = "read::object")]
    subnet_group: RawSubnetGroup,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawEndpoint {
    #[serde(deserialize_with = "read::text")]
    address: Text,
    #[serde(deserialize_with = "read::number")]
    port: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawSubnetGroup {
    #[serde(deserialize_with = "read::text")]
    vpc_id: Text,
    #[serde(deserialize_with = "read::list")]
    subnets: Vec<GroupSubnet>,
}

impl Database {
    /// Security groups of its interfaces.
    pub fn groups(&self) -> impl Iterator<Item = &Text> {
        self.vpc_security_groups.iter().map(|group| &group.id)
    }

    /// Subnets its interfaces may be in.
    pub fn subnets(&self) -> impl Iterator<Item = &Text> {
        self.subnet_group.subnets.iter().map(|subnet| &subnet.id)
    }

    /// Its VPC.
    #[must_use]
    pub fn vpc_id(&self) -> &Text {
        &self.subnet_group.vpc_id
    }

    /// Name clients connect to.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.endpoint.address
    }

    /// Port clients connect to.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        u16::try_from(self.endpoint.port?).ok()
    }
}

/// A function (Lambda API, `FunctionConfiguration`); semantics 39.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Function {
    /// Its name.
    #[serde(deserialize_with = "read::text")]
    pub function_name: Text,
    #[serde(deserialize_with = "read::object")]
    vpc_config: RawVpcConfig,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RawVpcConfig {
    #[serde(deserialize_with = "read::text")]
    vpc_id: Text,
    #[serde(deserialize_with = "read::texts")]
    subnet_ids: Vec<Text>,
    #[serde(deserialize_with = "read::texts")]
    security_group_ids: Vec<Text>,
}

impl Function {
    /// Its VPC; empty when it runs outside any.
    #[must_use]
    pub fn vpc_id(&self) -> &Text {
        &self.vpc_config.vpc_id
    }

    /// Subnets its interfaces are in.
    #[must_use]
    pub fn subnets(&self) -> &[Text] {
        &self.vpc_config.subnet_ids
    }

    /// Security groups of its interfaces.
    #[must_use]
    pub fn groups(&self) -> &[Text] {
        &self.vpc_config.security_group_ids
    }
}
