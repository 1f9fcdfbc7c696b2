//! CloudTrail log files in S3, where a trail keeps them: whole, without LookupEvents' two calls a second.
//!
//! Source: CloudTrail User Guide, "CloudTrail log file names". An organization's trail has the organization's id before the
//! account.

use super::failure;
use super::objects::{self, Asked};
use super::read;
use butfor_aws_api::Client;
use butfor_incident::Query;
use butfor_ports::{Answered, Failure, Fetching, Source};
use serde::Deserialize;
use serde_json::{Value, json};

/// Reads trail files.
pub(super) struct TrailFiles {
    client: Client,
}

/// The parameters of such a query.
#[derive(Deserialize)]
struct Trail {
    #[serde(flatten)]
    objects: Asked,
    /// Whether it is an organization's trail.
    #[serde(default)]
    organization: bool,
    /// Whose events, and of which region.
    account: String,
    region: String,
}

impl TrailFiles {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    async fn read(&self, query: &Query) -> Result<Answered, Failure> {
        let trail: Trail = serde_json::from_str(&query.parameters)
            .map_err(|error| Failure { code: "BadParameter".to_owned(), message: error.to_string() })?;
        let organization =
            if trail.organization { self.organization(query, &trail.objects).await? } else { String::new() };
        let (account, region) = (&trail.account, &trail.region);
        let prefix = &trail.objects.prefix;
        let day = |day: &str| format!("{prefix}AWSLogs/{organization}{account}/CloudTrail/{region}/{day}/");
        objects::files(&self.client, query, &trail.objects, "cloudtrail", day).await
    }
}

impl TrailFiles {
    /// `o-.../`, as the folders of the bucket say.
    async fn organization(&self, query: &Query, objects: &Asked) -> Result<String, Failure> {
        let logs = format!("{}AWSLogs/", objects.prefix);
        let parameters = json!({"Bucket": objects.bucket, "Prefix": logs, "Delimiter": "/"});
        let listed = self.client.call(&read::target(query), "s3", "ListObjectsV2", &parameters).await;
        let listed = listed.map_err(|error| failure::of(&error))?.output;
        let folders = listed.get("CommonPrefixes").and_then(Value::as_array).into_iter().flatten();
        let mut names = folders.filter_map(|it| it.get("Prefix")?.as_str()?.strip_prefix(&logs));
        let own = names.find(|name| name.starts_with("o-")).map(str::to_owned);
        own.ok_or_else(|| Failure {
            code: "NotConfigured".to_owned(),
            message: format!("no folder of an organization under {logs}"),
        })
    }
}

impl Source for TrailFiles {
    fn name(&self) -> &'static str {
        "CloudTrail files in S3"
    }

    fn serves(&self, query: &Query) -> bool {
        query.service == "cloudtrail" && query.operation == "TrailFiles"
    }

    fn fetch<'a>(&'a self, query: &'a Query) -> Fetching<'a> {
        Box::pin(self.read(query))
    }
}
