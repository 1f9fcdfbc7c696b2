//! Where an application logs: the log groups among its parts, and those of the functions among them.

use super::Connection;
use butfor_config::{Application, LogGroup};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Log groups that the configuration names for every application, and those of the applications that the alert is about, or of all where it
/// tells none apart.
pub(super) async fn log_groups(connection: &Connection, alert: &Value) -> Vec<String> {
    let config = &connection.config;
    let mut known = Vec::new();
    for application in &config.applications {
        known.push((application, parts(connection, application).await));
    }
    let named = names(alert);
    let is_meant = |parts: &BTreeSet<Part>| parts.iter().any(|part| named.iter().any(|name| part.is(name)));
    let is_told = known.iter().any(|(_, parts)| is_meant(parts));
    known.retain(|(_, parts)| !is_told || is_meant(parts));
    let mut groups: BTreeSet<String> =
        known.iter().flat_map(|(_, parts)| parts.iter().filter_map(Part::log_group)).collect();
    let listed =
        config.log_groups.iter().chain(known.iter().flat_map(|(application, _)| &application.log_groups));
    for group in listed {
        match group {
            LogGroup::Exact(name) => {
                groups.insert(name.clone());
            }
            LogGroup::Prefix(prefix) => groups.extend(beginning(connection, prefix).await),
        }
    }
    groups.into_iter().collect()
}

/// Something that belongs to an application.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    LogGroup(String),
    Function(String),
    /// Anything else, by id or ARN.
    Other(String),
}

impl Part {
    /// Of an ARN, or of an id.
    fn of(id: &str) -> Self {
        let end = |mark: &str| id.split_once(mark).map(|(_, name)| name.trim_end_matches(":*").to_owned());
        match (end(":log-group:"), end(":function:")) {
            (Some(group), _) => Self::LogGroup(group),
            (_, Some(function)) => Self::Function(function.split(':').next().unwrap_or_default().to_owned()),
            _ => Self::Other(id.to_owned()),
        }
    }

    /// Lambda's own name for a function's log group, unless the function is set to log elsewhere (Lambda Developer Guide, "Configuring log
    /// groups").
    fn log_group(&self) -> Option<String> {
        match self {
            Self::LogGroup(name) => Some(name.clone()),
            Self::Function(name) => Some(format!("/aws/lambda/{name}")),
            Self::Other(_) => None,
        }
    }

    /// Whether a dimension of a metric names it: by its id, its name, or the end of its ARN (`app/web/0123`).
    fn is(&self, name: &str) -> bool {
        match self {
            Self::LogGroup(own) | Self::Function(own) => own == name,
            Self::Other(own) => {
                let ends =
                    |separator: char| own.strip_suffix(name).is_some_and(|rest| rest.ends_with(separator));
                own == name || ends(':') || ends('/')
            }
        }
    }
}

/// The parts of an application, as far as they can be had: an application that cannot be looked up says no more than the groups it lists.
async fn parts(connection: &Connection, application: &Application) -> BTreeSet<Part> {
    let mut parts: BTreeSet<Part> = application.resources.iter().map(|id| Part::of(id)).collect();
    if !application.tags.is_empty() {
        let filters: Vec<Value> =
            application.tags.iter().map(|(key, value)| json!({"Key": key, "Values": [value]})).collect();
        let asked = json!({"TagFilters": filters});
        let found =
            list(connection, "resourcegroupstaggingapi", "GetResources", &asked, "ResourceTagMappingList")
                .await;
        parts.extend(found.iter().filter_map(|it| Some(Part::of(it.get("ResourceARN")?.as_str()?))));
    }
    for stack in &application.stacks {
        let asked = json!({"StackName": stack});
        let found =
            list(connection, "cloudformation", "ListStackResources", &asked, "StackResourceSummaries").await;
        parts.extend(found.iter().filter_map(|it| {
            let id = it.get("PhysicalResourceId")?.as_str()?.to_owned();
            Some(match it.get("ResourceType")?.as_str()? {
                "AWS::Logs::LogGroup" => Part::LogGroup(id),
                "AWS::Lambda::Function" => Part::Function(id),
                _ => Part::Other(id),
            })
        }));
    }
    parts
}

async fn beginning(connection: &Connection, prefix: &str) -> Vec<String> {
    let asked = json!({"logGroupNamePrefix": prefix});
    let found = list(connection, "logs", "DescribeLogGroups", &asked, "logGroups").await;
    found.iter().filter_map(|it| it.get("logGroupName")?.as_str().map(str::to_owned)).collect()
}

/// A list of an answer; a refusal is said, and nothing is found.
async fn list(
    connection: &Connection,
    service: &str,
    operation: &str,
    asked: &Value,
    key: &str,
) -> Vec<Value> {
    match connection.call(service, operation, asked).await {
        Ok(found) => found.get(key).and_then(Value::as_array).cloned().unwrap_or_default(),
        Err(error) => {
            crate::output::warn(&format!("an application of the configuration is not looked up: {error:#}"));
            Vec::new()
        }
    }
}

/// What the metrics of an alert are about: the values of their dimensions.
fn names(alert: &Value) -> BTreeSet<&str> {
    let metrics = alert.pointer("/detail/configuration/metrics").and_then(Value::as_array);
    let dimensions = metrics
        .into_iter()
        .flatten()
        .filter_map(|it| it.pointer("/metricStat/metric/dimensions")?.as_object());
    dimensions.flat_map(|all| all.values().filter_map(Value::as_str)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_tell_where_they_log() {
        for (id, group) in [
            ("arn:aws:logs:us-east-1:111122223333:log-group:/app/web:*", Some("/app/web")),
            ("arn:aws:lambda:us-east-1:111122223333:function:list", Some("/aws/lambda/list")),
            ("arn:aws:lambda:us-east-1:111122223333:function:list:live", Some("/aws/lambda/list")),
            ("i-0123456789abcdef0", None),
        ] {
            assert_eq!(Part::of(id).log_group().as_deref(), group, "{id}");
        }
    }

    #[test]
    fn dimensions_name_parts() {
        let balancer = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/0123";
        for (id, name, expected) in [
            (balancer, "app/web/0123", true),
            (balancer, "web/0123", true),
            (balancer, "b/0123", false),
            ("arn:aws:lambda:us-east-1:111122223333:function:list", "list", true),
            ("arn:aws:lambda:us-east-1:111122223333:function:list", "ist", false),
            ("i-0123", "i-0123", true),
        ] {
            assert_eq!(Part::of(id).is(name), expected, "{id} {name}");
        }
        let alert = json!({"detail": {"configuration": {"metrics": [{"metricStat": {"metric": {"dimensions": {"FunctionName": "list"}}}}, {}]}}});
        assert_eq!(names(&alert), BTreeSet::from(["list"]));
    }
}
