//! What changes from call to call although nothing was changed: dropped, or every hour would be a new state.

use crate::json::Node;

/// A member that says nothing about configuration.
struct Noise {
    /// Service, or empty for every one.
    service: &'static str,
    /// Operation, or empty for every one.
    operation: &'static str,
    /// The member's name, at whatever level.
    member: &'static str,
}

const fn noise(service: &'static str, operation: &'static str, member: &'static str) -> Noise {
    Noise { service, operation, member }
}

/// The whole table, with reasons. What is not surely noise stays: `LastModified` of a function (it was changed),
/// `createdAt` of a deployment (it is another one), `AvailableIpAddressCount` of a subnet (its end is a cause), `storedBytes` of a log group
/// (how large it is decides how it is asked).
#[rustfmt::skip]
const TABLE: &[Noise] = &[
    // About the call, not about what was asked (AWS CLI, boto3 and the Smithy SDKs call it differently).
    noise("", "", "ResponseMetadata"),
    noise("", "", "$metadata"),
    // "Updated every five minutes" while automated backups are on (RDS API, DBInstance and DBCluster).
    noise("rds", "DescribeDBInstances", "LatestRestorableTime"),
    noise("rds", "DescribeDBClusters", "LatestRestorableTime"),
    // Moves with the retention window (RDS API, DBCluster).
    noise("rds", "DescribeDBClusters", "EarliestRestorableTime"),
    // Five minutes before now, and the retention window before now (DynamoDB API, PointInTimeRecoveryDescription).
    noise("dynamodb", "DescribeContinuousBackups", "LatestRestorableDateTime"),
    noise("dynamodb", "DescribeContinuousBackups", "EarliestRestorableDateTime"),
    // Counted anew about every six hours (DynamoDB API, TableDescription); how full a table is, metrics tell.
    noise("dynamodb", "DescribeTable", "ItemCount"),
    noise("dynamodb", "DescribeTable", "TableSizeBytes"),
    noise("dynamodb", "DescribeTable", "IndexSizeBytes"),
    // When it was used, up to the day or the hour, not how it is set (IAM API, RoleLastUsed and User).
    noise("iam", "", "RoleLastUsed"),
    noise("iam", "", "PasswordLastUsed"),
    // Rounded to the day it was read last (Secrets Manager API, SecretListEntry).
    noise("secretsmanager", "", "LastAccessedDate"),
    // A heartbeat (Systems Manager API, InstanceInformation).
    noise("ssm", "DescribeInstanceInformation", "LastPingDateTime"),
    // Lengths of queues at this moment; their metrics have them for every minute (SQS API, GetQueueAttributes).
    noise("sqs", "GetQueueAttributes", "ApproximateNumberOfMessages"),
    noise("sqs", "GetQueueAttributes", "ApproximateNumberOfMessagesDelayed"),
    noise("sqs", "GetQueueAttributes", "ApproximateNumberOfMessagesNotVisible"),
    // A link signed for this call, good for ten minutes (Lambda API, FunctionCodeLocation). It is a secret as well.
    noise("lambda", "GetFunction", "Location"),
];

/// Takes the noise out of an answer.
pub(super) fn drop(service: &str, operation: &str, output: &mut Node) {
    let names: Vec<&str> = TABLE
        .iter()
        .filter(|noise| noise.service.is_empty() || noise.service == service)
        .filter(|noise| noise.operation.is_empty() || noise.operation == operation)
        .map(|noise| noise.member)
        .collect();
    drop_members(&names, output);
}

fn drop_members(names: &[&str], node: &mut Node) {
    match node {
        Node::Object(members) => {
            members.retain(|name, _| !names.contains(&name.as_str()));
            members.values_mut().for_each(|node| drop_members(names, node));
        }
        Node::List(nodes) => nodes.iter_mut().for_each(|node| drop_members(names, node)),
        Node::Plain(_) | Node::Text(_) => {}
    }
}

/// Sorts lists that have no order of their own: those of resources in answers of `Describe...` and `List...` calls
/// (EC2 API, for instance: "the order of the elements in the response [...] might vary"), and tags everywhere. Lists
/// of `Get...` calls stay as they are: the layers of a function and the rules of a bucket count in their order.
pub(super) fn sort(operation: &str, output: &mut Node) {
    if (operation.starts_with("Describe") || operation.starts_with("List"))
        && let Node::Object(members) = output
    {
        for node in members.values_mut() {
            sort_list(node);
        }
    }
    sort_tags(output);
}

fn sort_tags(node: &mut Node) {
    match node {
        Node::Object(members) => {
            for (name, node) in members {
                sort_tags(node);
                if matches!(name.as_str(), "Tags" | "tags" | "TagSet" | "TagList") {
                    sort_list(node);
                }
            }
        }
        Node::List(nodes) => nodes.iter_mut().for_each(sort_tags),
        Node::Plain(_) | Node::Text(_) => {}
    }
}

fn sort_list(node: &mut Node) {
    if let Node::List(nodes) = node
        && nodes.iter().all(|node| matches!(node, Node::Object(_)))
    {
        nodes.sort_by_cached_key(Node::to_text);
    }
}
