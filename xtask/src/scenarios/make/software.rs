//! What runs and what stores: functions and services with the code they got, databases with their metrics, and what a code host
//! said about it.

use super::cloud::Place;
use super::story::Story;
use super::trail::{Actor, Dialect};
use serde_json::{Value, json};

/// A bucket that pipelines put packages into.
const PACKAGES: &str = "build-artifacts-5102";

/// A service on ECS.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub name: &'static str,
    pub revision: u32,
    /// The image of each revision from the first one recorded on.
    pub images: Vec<(u32, String)>,
}

impl Running {
    fn group(&self) -> String {
        format!("/ecs/{}", self.name)
    }

    fn definition(&self, place: &Place, revision: u32) -> String {
        place.arn("ecs", &format!("task-definition/{}:{revision}", self.name))
    }

    pub(super) fn arn(&self, place: &Place) -> String {
        place.arn("ecs", &format!("service/shop/{}", self.name))
    }
}

/// Where a pipeline puts a package.
pub(super) fn package(name: &str, build: &str) -> Value {
    json!({ "FunctionName": name, "S3Bucket": PACKAGES, "S3Key": format!("{name}/{build}.zip") })
}

impl Story {
    /// The functions of a place as they are now: name and checksum of the code.
    pub(super) fn list_functions(&mut self, place: &Place, functions: &[(&str, &str)]) {
        let listed: Vec<Value> =
            functions.iter().map(|(name, sum)| configuration(place, name, sum)).collect();
        self.call(place, "lambda", "ListFunctions", json!({}), json!({ "Functions": listed }));
    }

    /// A function gets a package.
    pub(super) fn update_code(
        &mut self,
        actor: &Actor,
        place: &Place,
        name: &str,
        (build, sum): (&str, &str),
    ) -> String {
        let request = json!({ "functionName": name, "s3Bucket": PACKAGES, "s3Key": format!("{name}/{build}.zip"),
            "publish": false, "dryRun": false });
        let answer = json!({ "functionName": name, "functionArn": place.arn("lambda", &format!("function:{name}")),
            "runtime": "python3.13", "codeSha256": sum, "version": "$LATEST", "lastUpdateStatus": "InProgress" });
        self.made_in(actor, place, "lambda", "UpdateFunctionCode20150331v2", Dialect::Flat, request, answer)
    }

    /// The services of the cluster `shop` as they are now, and all their revisions.
    pub(super) fn list_services(&mut self, place: &Place, services: &[&Running]) {
        let cluster = place.arn("ecs", "cluster/shop");
        let listed: Vec<Value> = services
            .iter()
            .map(|one| {
                json!({ "serviceName": one.name, "serviceArn": one.arn(place), "clusterArn": cluster, "status": "ACTIVE",
                    "desiredCount": 2, "runningCount": 2, "pendingCount": 0, "launchType": "FARGATE",
                    "taskDefinition": one.definition(place, one.revision) })
            })
            .collect();
        let names: Vec<&str> = services.iter().map(|one| one.name).collect();
        let parameters = json!({ "cluster": "shop", "services": names });
        self.call(
            place,
            "ecs",
            "DescribeServices",
            parameters,
            json!({ "services": listed, "failures": [] }),
        );
        for one in services {
            for (revision, image) in &one.images {
                let arn = one.definition(place, *revision);
                let container = json!({ "name": one.name, "image": image, "essential": true,
                    "environment": [{ "name": "LOG_LEVEL", "value": "info" }],
                    "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": one.group(),
                        "awslogs-region": place.region, "awslogs-stream-prefix": "ecs" } } });
                let definition = json!({ "taskDefinitionArn": arn, "family": one.name, "revision": revision,
                    "status": "ACTIVE", "cpu": "512", "memory": "1024", "networkMode": "awsvpc",
                    "containerDefinitions": [container] });
                let parameters = json!({ "taskDefinition": arn });
                self.call(
                    place,
                    "ecs",
                    "DescribeTaskDefinition",
                    parameters,
                    json!({ "taskDefinition": definition }),
                );
            }
        }
    }

    /// A service gets another revision.
    pub(super) fn update_service(
        &mut self,
        actor: &Actor,
        place: &Place,
        service: &mut Running,
        revision: u32,
    ) -> String {
        service.revision = revision;
        let definition = service.definition(place, revision);
        let request = json!({ "cluster": "shop", "service": service.name, "taskDefinition": definition });
        let answer = json!({ "service": { "serviceName": service.name, "serviceArn": service.arn(place),
            "clusterArn": place.arn("ecs", "cluster/shop"), "taskDefinition": definition, "desiredCount": 2 } });
        self.made_in(actor, place, "ecs", "UpdateService", Dialect::Flat, request, answer)
    }

    /// A line every so many seconds.
    pub(super) fn log_every(
        &mut self,
        place: &Place,
        (group, stream): (&str, &str),
        (from, every, count): (&str, i64, i64),
        text: &str,
    ) {
        let (now, from) = (self.now, self.moment(from));
        for number in 0..count {
            self.now = from.plus_seconds(every * number);
            let at = self.now.to_string().replace('Z', ".207Z");
            self.log(place, group, stream, &text.replace("{at}", &at));
        }
        self.now = now;
    }

    /// A message of a code host, recorded beside the incident.
    pub(super) fn delivered(&mut self, name: &str, event: &str, payload: Value) {
        self.deliveries.insert(format!("deploys/{name}.json"), payload);
        if !event.is_empty() {
            let headers = json!({ "X-GitHub-Event": event, "X-GitHub-Delivery": self.ids.uuid(name) });
            self.deliveries.insert(format!("deploys/{name}.headers.json"), headers);
        }
    }

    /// A deployment of GitHub that ended in a state.
    pub(super) fn github_deployment(
        &mut self,
        (repository, sha): (&str, &str),
        (began, ended, state): (&str, &str, &str),
    ) {
        let (began, ended) = (self.moment(began).to_string(), self.moment(ended).to_string());
        let number = self.ids.number(&format!("{repository} {sha} {began}"));
        let deployment = json!({ "id": number, "sha": sha, "ref": "main", "task": "deploy", "environment": "production",
            "payload": {}, "description": null, "creator": { "login": "r.okafor" }, "created_at": began,
            "updated_at": ended });
        let status = json!({ "id": number + 1, "state": state, "creator": { "login": "r.okafor" },
            "environment": "production", "created_at": ended, "updated_at": ended });
        let name = repository.rsplit('/').next().unwrap_or(repository);
        let payload = json!({ "action": "created", "deployment_status": status, "deployment": deployment,
            "repository": { "full_name": repository, "name": name }, "sender": { "login": "r.okafor" } });
        self.delivered(&format!("{name}-{number}"), "deployment_status", payload);
    }

    /// What a comparison with the version before shows.
    pub(super) fn github_compare(
        &mut self,
        (repository, before, sha): (&str, &str, &str),
        (committed, message): (&str, &str),
        files: &[(&str, &str)],
    ) {
        let at = self.moment(committed).to_string();
        let files: Vec<Value> = files
            .iter()
            .map(|(name, patch)| {
                json!({ "filename": name, "status": "modified", "additions": 1, "deletions": 1, "changes": 2,
                    "patch": patch })
            })
            .collect();
        let person = json!({ "name": "R. Okafor", "email": "r.okafor@example.com", "date": at });
        let payload = json!({ "url": format!("https://api.github.com/repos/{repository}/compare/{before}...{sha}"),
            "base_commit": { "sha": before }, "status": "ahead", "ahead_by": 1, "total_commits": 1,
            "commits": [{ "sha": sha, "commit": { "message": message, "author": person, "committer": person } }],
            "files": files });
        let short: String = sha.chars().take(7).collect();
        self.delivered(&format!("compare-{short}"), "", payload);
    }

    /// A database instance as it is now.
    pub(super) fn list_database(&mut self, place: &Place, name: &str, status: &str) {
        let document = json!({ "DBInstanceIdentifier": name, "DBInstanceClass": "db.m6g.large", "Engine": "postgres",
            "EngineVersion": "16.4", "DBInstanceStatus": status, "AllocatedStorage": 100, "StorageType": "gp3",
            "DbiResourceId": self.database_resource(name), "MultiAZ": false,
            "DBInstanceArn": place.arn("rds", &format!("db:{name}")), "PubliclyAccessible": false,
            "Endpoint": { "Address": endpoint(place, name), "Port": 5432 }, "VpcSecurityGroups": [] });
        self.call(place, "rds", "DescribeDBInstances", json!({}), json!({ "DBInstances": [document] }));
    }

    pub(super) fn database_resource(&self, name: &str) -> String {
        self.ids.capitals("db-", name, 26)
    }

    /// A metric of a database, a point every five minutes.
    pub(super) fn database_metric(
        &mut self,
        place: &Place,
        (name, metric): (&str, &str),
        from: &str,
        values: &[f64],
    ) {
        let from = self.moment(from);
        let times: Vec<String> =
            (0..).zip(values).map(|(number, _)| from.plus_seconds(300 * number).to_string()).collect();
        let query = json!({ "Id": "m1", "ReturnData": true, "MetricStat": { "Period": 300, "Stat": "Average", "Metric": {
            "Namespace": "AWS/RDS", "MetricName": metric,
            "Dimensions": [{ "Name": "DBInstanceIdentifier", "Value": name }] } } });
        let parameters =
            json!({ "MetricDataQueries": [query], "StartTime": times.first(), "EndTime": times.last() });
        let output = json!({ "MetricDataResults": [{ "Id": "m1", "Label": metric, "Timestamps": times, "Values": values,
            "StatusCode": "Complete" }], "Messages": [] });
        self.call(place, "cloudwatch", "GetMetricData", parameters, output);
    }

    /// What the service says happened to a database.
    pub(super) fn database_events(&mut self, place: &Place, name: &str, events: &[(&str, &str)]) {
        let mut listed = Vec::new();
        for (at, message) in events {
            let at = self.moment(at).to_string();
            listed.push(
                json!({ "SourceIdentifier": name, "SourceType": "db-instance", "Message": message, "Date": at,
                "EventCategories": [], "SourceArn": place.arn("rds", &format!("db:{name}")) }),
            );
        }
        let parameters = json!({ "SourceType": "db-instance", "Duration": 180 });
        self.call(place, "rds", "DescribeEvents", parameters, json!({ "Events": listed }));
    }
}

/// The address of a database.
pub(super) fn endpoint(place: &Place, name: &str) -> String {
    format!("{name}.c9akciq32rmq.{}.rds.amazonaws.com", place.region)
}

fn configuration(place: &Place, name: &str, sum: &str) -> Value {
    json!({
        "FunctionName": name, "FunctionArn": place.arn("lambda", &format!("function:{name}")), "Runtime": "python3.13",
        "Role": format!("arn:aws:iam::{}:role/{name}-role", place.account), "Handler": "app.handler", "CodeSize": 48_213,
        "CodeSha256": sum, "Timeout": 30, "MemorySize": 512, "Version": "$LATEST", "State": "Active",
        "LastUpdateStatus": "Successful", "PackageType": "Zip", "Architectures": ["arm64"],
        "Environment": { "Variables": { "LOG_LEVEL": "INFO" } }
    })
}
