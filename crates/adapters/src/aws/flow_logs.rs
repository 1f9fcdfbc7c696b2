//! VPC flow logs, where they are kept: files in S3, or a log group.
//!
//! Source: VPC User Guide, "Flow log files" and "Publish flow logs to CloudWatch Logs". Both become flow log files of a bundle: field names in
//! the first line, then records.

use super::objects::{self, Asked};
use super::{failure, read};
use butfor_aws_api::Client;
use butfor_incident::{Query, Timestamp};
use butfor_ports::{Answered, Failure, Fetching, File, Source};
use serde::Deserialize;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Time and bytes for records out of a log group.
const PAGING_MAX: Duration = Duration::from_secs(15);
const BYTES_MAX: usize = 32 << 20;

/// Reads flow logs.
pub(super) struct FlowLogs {
    client: Client,
}

/// The parameters of such a query, one of the two places.
#[derive(Deserialize)]
struct Kept {
    /// `fl-...`
    flow_log: String,
    /// Field names as the flow log has them, `${srcaddr} ${dstaddr}`; empty for the default format.
    #[serde(default)]
    format: String,
    #[serde(default)]
    log_group: Option<String>,
    #[serde(default)]
    bucket: Option<String>,
    #[serde(default)]
    prefix: String,
    from: String,
    until: String,
}

impl FlowLogs {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    async fn read(&self, query: &Query) -> Result<Answered, Failure> {
        let bad = |message: String| Failure { code: "BadParameter".to_owned(), message };
        let kept: Kept = serde_json::from_str(&query.parameters).map_err(|error| bad(error.to_string()))?;
        if let Some(bucket) = &kept.bucket {
            let asked = Asked {
                bucket: bucket.clone(),
                prefix: kept.prefix.clone(),
                from: kept.from.clone(),
                until: kept.until.clone(),
            };
            let (account, region, prefix) = (&query.account, &query.region, &kept.prefix);
            let day = |day: &str| format!("{prefix}AWSLogs/{account}/vpcflowlogs/{region}/{day}/");
            return objects::files(&self.client, query, &asked, "flow-logs", day).await;
        }
        let group =
            kept.log_group.as_deref().ok_or_else(|| bad("neither bucket nor log group".to_owned()))?;
        self.group(query, &kept, group).await
    }

    /// Records of a log group, as one file.
    async fn group(&self, query: &Query, kept: &Kept, group: &str) -> Result<Answered, Failure> {
        let millis = |text: &str| {
            Timestamp::parse(text)
                .map(Timestamp::as_millis)
                .map_err(|error| Failure { code: "BadParameter".to_owned(), message: error.to_string() })
        };
        let parameters =
            json!({"logGroupName": group, "startTime": millis(&kept.from)?, "endTime": millis(&kept.until)?});
        let mut text: String = kept.format.replace("${", "").replace('}', "");
        if !text.is_empty() {
            text.push('\n');
        }
        let head = text.len();
        let began = Instant::now();
        let target = read::target(query);
        let pages = self.client.pages(&target, "logs", "FilterLogEvents", &parameters, |page| {
            for event in page.get("events").and_then(Value::as_array).into_iter().flatten() {
                if let Some(record) = event.get("message").and_then(Value::as_str) {
                    text.push_str(record.trim_end());
                    text.push('\n');
                }
            }
            let is_enough = began.elapsed() > PAGING_MAX || text.len() > BYTES_MAX;
            if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let rest = match pages.await {
            Ok(stats) if stats.truncated => Some(Failure {
                code: "OverBudget".to_owned(),
                message: format!("there are more records than the {} bytes that were read", text.len()),
            }),
            Ok(_) => None,
            Err(error) if text.len() == head => return Err(failure::of(&error)),
            Err(error) => Some(failure::of(&error)),
        };
        if text.len() == head {
            // A flow log says even that there was no traffic (VPC User Guide, "Flow log records": NODATA).
            let message = format!(
                "log group `{group}` has no record of this time: check that the flow log is delivered there"
            );
            return Err(Failure { code: "NotConfigured".to_owned(), message });
        }
        let name = format!("flow-logs/{}_vpcflowlogs_{}_{}.log", query.account, query.region, kept.flow_log);
        let file = Answered::Files(vec![File { name, bytes: text.into_bytes() }]);
        Ok(match rest {
            Some(rest) => Answered::Part(Box::new(file), rest),
            None => file,
        })
    }
}

impl Source for FlowLogs {
    fn name(&self) -> &'static str {
        "VPC flow logs"
    }

    fn serves(&self, query: &Query) -> bool {
        query.service == "ec2" && query.operation == "FlowLogRecords"
    }

    fn fetch<'a>(&'a self, query: &'a Query) -> Fetching<'a> {
        Box::pin(self.read(query))
    }
}
