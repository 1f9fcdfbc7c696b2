//! Which call about settings tells what: functions and what feeds them, stages of APIs, services, groups of instances.

use super::Part;
use super::calls::{Call, Row, Special, Told};

pub(super) const ALIAS: &str = "AWS::Lambda::Alias";
pub(super) const VERSION: &str = "AWS::Lambda::Version";
pub(super) const MAPPING: &str = "AWS::Lambda::EventSourceMapping";
pub(super) const REST_API: &str = "AWS::ApiGateway::RestApi";
pub(super) const STAGE: &str = "AWS::ApiGateway::Stage";
pub(super) const RESOURCE: &str = "AWS::ApiGateway::Resource";
pub(super) const HTTP_API: &str = "AWS::ApiGatewayV2::Api";
pub(super) const HTTP_STAGE: &str = "AWS::ApiGatewayV2::Stage";
const ECS_SERVICE: &str = "AWS::ECS::Service";
const TASK_DEFINITION: &str = "AWS::ECS::TaskDefinition";
const SCALING_GROUP: &str = "AWS::AutoScaling::AutoScalingGroup";
const DATABASE_CLUSTER: &str = "AWS::RDS::DBCluster";

/// All kinds of this table.
pub(super) const KINDS: &[&str] = &[
    ALIAS,
    VERSION,
    MAPPING,
    REST_API,
    STAGE,
    RESOURCE,
    HTTP_API,
    HTTP_STAGE,
    ECS_SERVICE,
    TASK_DEFINITION,
    SCALING_GROUP,
    DATABASE_CLUSTER,
];

const NOTHING: Told = Told { lifts: &[], tells: &[], lists: &[] };

const fn one(kind: &'static str, key: &'static str, id: &'static str) -> Call {
    Call::One { kind, key, id, told: NOTHING }
}

/// A list of objects told in full, which has all of the kind where nothing was chosen.
const fn all(kind: &'static str, key: &'static str, id: &'static str) -> Call {
    Call::All { kind, key, id, told: NOTHING, part: Part::Object }
}

/// Things inside an API, which the request names.
const fn inside(kind: &'static str, api: &'static str, key: &'static str, name: &'static str) -> Call {
    Call::Special(Special::Inside { kind, api, key, name })
}

/// Every call about settings that is understood.
pub(super) const CALLS: &[Row] = &[
    ("GetFunction", "Configuration", Call::Special(Special::Function)),
    ("ListAliases", "FunctionName", all(ALIAS, "Aliases", "AliasArn")),
    ("GetAlias", "AliasArn", one(ALIAS, "", "AliasArn")),
    ("ListVersionsByFunction", "Versions", all(VERSION, "Versions", "FunctionArn")),
    ("ListEventSourceMappings", "EventSourceMappings", all(MAPPING, "EventSourceMappings", "UUID")),
    ("GetEventSourceMapping", "UUID", one(MAPPING, "", "UUID")),
    // The REST APIs' answers have names in camel case, those of HTTP and WebSocket APIs in Pascal case.
    ("GetRestApis", "items", all(REST_API, "items", "id")),
    ("GetRestApi", "id", one(REST_API, "", "id")),
    ("GetStages", "item", inside(STAGE, "restApiId", "item", "stageName")),
    ("GetStage", "stageName", inside(STAGE, "restApiId", "", "stageName")),
    ("GetResources", "items", inside(RESOURCE, "restApiId", "items", "id")),
    ("GetResource", "path", inside(RESOURCE, "restApiId", "", "id")),
    ("GetApis", "Items", all(HTTP_API, "Items", "ApiId")),
    ("GetApi", "ApiEndpoint", one(HTTP_API, "", "ApiId")),
    ("GetStages", "Items", inside(HTTP_STAGE, "ApiId", "Items", "StageName")),
    ("GetStage", "StageName", inside(HTTP_STAGE, "ApiId", "", "StageName")),
    ("DescribeServices", "services", all(ECS_SERVICE, "services", "serviceArn")),
    ("DescribeTaskDefinition", "taskDefinition", one(TASK_DEFINITION, "taskDefinition", "taskDefinitionArn")),
    (
        "DescribeAutoScalingGroups",
        "AutoScalingGroups",
        all(SCALING_GROUP, "AutoScalingGroups", "AutoScalingGroupName"),
    ),
    ("DescribeDBClusters", "DBClusters", all(DATABASE_CLUSTER, "DBClusters", "DBClusterIdentifier")),
];
