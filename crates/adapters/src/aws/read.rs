//! Any read call of AWS: parameters in, pages out, as the AWS CLI would print them.

use super::failure;
use butfor_aws_api::{Client, Target};
use butfor_incident::Query;
use butfor_ports::{Answered, Failure, Fetching, Source};
use serde_json::Value;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pages are read for so long; what is left then is a gap ("more exists than was returned") instead of nothing at all. Shorter than the
/// time an investigation gives a query, which would lose the pages that came.
const PAGING_MAX: Duration = Duration::from_secs(15);

/// Bytes of one answer, all pages together: ten times the describe output of 1,000 interfaces.
const BYTES_MAX: usize = 32 << 20;

/// Calls AWS.
pub(super) struct Read {
    client: Client,
}

impl Read {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Source for Read {
    fn name(&self) -> &'static str {
        "AWS"
    }

    fn serves(&self, _: &Query) -> bool {
        true
    }

    fn fetch<'a>(&'a self, query: &'a Query) -> Fetching<'a> {
        Box::pin(async move { pages(&self.client, query).await })
    }
}

/// Where a query goes.
pub(super) fn target(query: &Query) -> Target {
    let account = Some(query.account.clone()).filter(|account| !account.is_empty());
    Target { account, region: query.region.clone() }
}

/// Services whose answers are read page by page, for so long as there is time: a part of them is worth having, and there may be no end.
const ENDLESS: [&str; 2] = ["cloudtrail", "logs"];

/// Calls whose first page is what was asked for: the latest of many, with a limit of the caller's own.
const FIRST_PAGE: [(&str, &str); 1] = [("configservice", "GetResourceConfigHistory")];

async fn pages(client: &Client, query: &Query) -> Result<Answered, Failure> {
    let parameters: Value = serde_json::from_str(&query.parameters).unwrap_or_default();
    let target = target(query);
    if FIRST_PAGE.contains(&(query.service.as_str(), query.operation.as_str())) {
        return first(client, query, &parameters).await;
    }
    if !ENDLESS.contains(&query.service.as_str()) {
        // One document, as the AWS CLI prints it: half of a configuration is none.
        let answer = client.call(&target, &query.service, &query.operation, &parameters).await;
        let mut output = answer.map_err(|error| failure::of(&error))?;
        if output.truncated
            && let Some(members) = output.output.as_object_mut()
        {
            members.insert("NextToken".to_owned(), Value::from("there is more"));
        }
        return Ok(Answered::Pages(vec![output.output.to_string().into()]));
    }
    let began = Instant::now();
    let mut pages: Vec<Arc<str>> = Vec::new();
    let mut bytes = 0;
    let read = client.pages(&target, &query.service, &query.operation, &parameters, |page| {
        let text = page.to_string();
        bytes += text.len();
        pages.push(text.into());
        if began.elapsed() > PAGING_MAX || bytes > BYTES_MAX {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    match read.await {
        // Where there is more, the last page names it.
        Ok(_) => Ok(Answered::Pages(pages)),
        Err(error) if pages.is_empty() => Err(failure::of(&error)),
        Err(error) => Ok(Answered::Part(Box::new(Answered::Pages(pages)), failure::of(&error))),
    }
}

/// The first page alone. What is older was not asked for, so that its token is no sign of something missing.
async fn first(client: &Client, query: &Query, parameters: &Value) -> Result<Answered, Failure> {
    let mut pages: Vec<Arc<str>> = Vec::new();
    let target = target(query);
    let read = client.pages(&target, &query.service, &query.operation, parameters, |mut page| {
        if let Some(members) = page.as_object_mut() {
            members.remove("nextToken");
        }
        pages.push(page.to_string().into());
        ControlFlow::Break(())
    });
    read.await.map_err(|error| failure::of(&error))?;
    Ok(Answered::Pages(pages))
}
