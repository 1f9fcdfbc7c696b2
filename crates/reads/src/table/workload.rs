//! What runs in the network: functions, containers, databases, and how they came to be.

use super::{Area, read, rows};

pub(super) const AREAS: &[Area] = &[
    Area {
        about: "Lambda functions",
        lost: "faults of functions: settings, roles, networks, throttling",
        reads: rows!("lambda", "lambda";
            "ListFunctions": "functions, their networks and roles",
            "GetFunctionConfiguration": "settings; values of variables are redacted before they are kept",
            "GetFunctionConcurrency": "reserved concurrency",
            "GetPolicy": "who may invoke a function",
            "ListEventSourceMappings": "queues and streams a function reads",
            "ListAliases": "which version is served",
        ),
    },
    Area {
        about: "databases",
        lost: "databases as the far end of a flow, and their own state",
        reads: rows!("rds", "rds";
            "DescribeDBInstances": "databases, their groups, state and endpoints",
            "DescribeDBClusters": "clusters, their writer and readers",
            "DescribeDBSubnetGroups": "where a database may be",
            "DescribeDBParameters": "limits such as the most connections",
            "DescribeEvents": "restarts, fail-overs and full disks",
            "DescribeDBProxies": "proxies in front of a database",
            "DescribeDBProxyTargets": "whether they reach it",
        ),
    },
    Area {
        about: "DynamoDB tables",
        lost: "tables as a cause: capacity, state, policy",
        reads: rows!("dynamodb", "dynamodb";
            "ListTables": "which tables there are",
            "DescribeTable": "capacity, indexes and state",
            "GetResourcePolicy": "who may use a table",
        ),
    },
    Area {
        about: "ECS services",
        lost: "which task an address belongs to, and failed deployments",
        reads: rows!("ecs", "ecs";
            "ListClusters": "which clusters there are",
            "DescribeClusters": "their state",
            "ListServices": "which services run",
            "DescribeServices": "their networks, deployments and events",
            "ListTasks": "which tasks run or have stopped",
            "DescribeTasks": "their interfaces, and why they stopped",
            "DescribeTaskDefinition": "image, role and variables' names",
        ),
    },
    Area {
        about: "EKS clusters",
        lost: "which cluster and nodes an address belongs to",
        reads: rows!("eks", "eks";
            "ListClusters": "which clusters there are",
            "DescribeCluster": "networks, groups and state",
            "ListNodegroups": "which groups of nodes there are",
            "DescribeNodegroup": "their health and size",
        ),
    },
    Area {
        about: "scaling of instances",
        lost: "instances replaced or missing because of Auto Scaling",
        reads: rows!("autoscaling", "autoscaling";
            "DescribeAutoScalingGroups": "sizes and suspended processes",
            "DescribeScalingActivities": "what was started and stopped, and why",
            "DescribePolicies": "when it scales",
            "DescribeLaunchConfigurations": "what new instances look like",
        ),
    },
    Area {
        about: "launch templates",
        lost: "new instances that differ from those before",
        reads: rows!("ec2", "ec2";
            "DescribeLaunchTemplates": "which templates there are",
            "DescribeLaunchTemplateVersions": "what a new version changed",
            "DescribeInstanceStatus": "checks of the host and the machine",
            "DescribeVolumes": "disks and their state",
        ),
    },
    Area {
        about: "scaling of services",
        lost: "limits of capacity that were set or reached",
        reads: rows!("application-autoscaling", "application-autoscaling";
            "DescribeScalableTargets": "least and most capacity",
            "DescribeScalingActivities": "what was scaled, and why it could not",
            "DescribeScalingPolicies": "when it scales",
        ),
    },
    Area {
        about: "API Gateway",
        lost: "which function or host stands behind an API, and its throttling",
        reads: &[
            read("apigateway", "GetRestApis", GET, "which APIs there are, and their policies"),
            read("apigateway", "GetResources", GET, "paths and what they lead to"),
            read("apigateway", "GetStages", GET, "what is deployed, and limits"),
            read("apigateway", "GetIntegration", GET, "back end and time-out of a method"),
            read("apigatewayv2", "GetApis", GET, "which HTTP APIs there are"),
            read("apigatewayv2", "GetStages", GET, "what is deployed, and limits"),
            read("apigatewayv2", "GetRoutes", GET, "paths of HTTP APIs"),
            read("apigatewayv2", "GetIntegrations", GET, "what those paths lead to"),
        ],
    },
    Area {
        about: "stacks",
        lost: "which resources belong to one application, and changes made by deployments",
        reads: rows!("cloudformation", "cloudformation";
            "DescribeStacks": "stacks, their state and outputs",
            "DescribeStackResources": "what belongs to a stack",
            "ListStackResources": "what belongs to a large stack",
            "DescribeStackEvents": "what a deployment changed, and what failed",
        ),
    },
    Area {
        about: "deployments",
        lost: "new code as a cause",
        reads: rows!("codedeploy", "codedeploy";
            "ListApplications": "what is deployed",
            "ListDeploymentGroups": "where to",
            "GetDeploymentGroup": "how, and onto what",
            "ListDeployments": "deployments around the incident",
            "GetDeployment": "revision, time and outcome",
        ),
    },
    Area {
        about: "tags",
        lost: "applications told by tag",
        reads: &[read(
            "resourcegroupstaggingapi",
            "GetResources",
            &["tag:GetResources"],
            "which resources carry an application's tag",
        )],
    },
    Area {
        about: "events",
        lost: "rules that start or stop things by the clock or on an event",
        reads: rows!("events", "events";
            "ListRules": "which rules there are, and whether they are on",
            "ListTargetsByRule": "what they start",
            "DescribeEventBus": "who may send events",
        ),
    },
];

/// API Gateway has one action for all that reads
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html>).
const GET: &[&str] = &["apigateway:GET"];
